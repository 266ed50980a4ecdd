"""Samplers on arrays give the events of the specification, for every model, and what they draw has the laws that it should."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine import samplers as engine
from refsim.engine.array import Array
from refsim.engine.candidates import candidates, nth_bit
from refsim.engine.faults import Target, masks_of
from refsim.engine.samplers import distinct, sample, sample_trials
from refsim.spec.catalogue import get_format
from refsim.spec.faults import Event, Mask
from refsim.spec.samplers import Count, DenseRate, Exhaustive, Rate, Thinned
from refsim.spec.sites import Site

SEED = 20_240_229
RATES = st.one_of(
    st.fractions(0, 1), st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 10**6), Fraction(10**6 - 1, 10**6)])
)
MODELS = st.one_of(
    st.builds(Rate, RATES),
    st.builds(DenseRate, RATES),
    st.builds(lambda a, b: Thinned(min(a, b), max(a, b)), RATES, RATES.filter(bool)),
    st.builds(Count, st.integers(0, 40)),
    st.builds(Exhaustive),
)
SELECTIONS = {
    "int8": [(), (0,), (7, 0), ("sign",)],
    "int4": [(), ("integer",)],
    "float8_e4m3fn": [(), ("exponent",), ("fraction", 7)],
    "posit8": [(), ("regime",), ("exponent", "fraction"), ("exponent",), (3,)],
    "posit16": [(), ("regime", 0), ("fraction",)],
    "binary64": [(), ("exponent",)],
}


def target(number, name, codes, selection=()):
    """A site of such codes."""
    format = get_format(name)
    return Target(number, Site(f"s{number}", "weight", format, len(codes)), Array(codes, format), selection)


@st.composite
def targets(draw):
    """Up to three sites of any formats, counts and selections, in any order."""
    found = []
    for number in draw(st.lists(st.integers(0, 20), min_size=1, max_size=3, unique=True)):
        name = draw(st.sampled_from(list(SELECTIONS)))
        codes = draw(st.lists(st.integers(0, (1 << get_format(name).width) - 1), max_size=8))
        found.append(target(number, name, codes, draw(st.sampled_from(SELECTIONS[name]))))
    return found


def listed(masks):
    """Masks as events, with the dtypes of their columns."""
    return {
        number: (found.events(number), found.elements.dtype, found.inverted.dtype, found.cleared.dtype, found.set.dtype)
        for number, found in masks.items()
    }


def outcome(ask):
    """What is found, or the words of the refusal."""
    try:
        return listed(ask())
    except ValueError as error:
        return str(error)


CLAUSES = ("sampler/rate", "sampler/dense", "sampler/thinned", "sampler/marks", "sampler/count", "sampler/distinct")


@pytest.mark.clause(*CLAUSES, "sampler/exhaustive", "site/candidates")
@given(MODELS, st.integers(0, (1 << 64) - 1), st.integers(0, 60), targets())
def test_as_the_specification(model, seed, trial, aimed):
    """All models on all sites: the same masks, or the same refusal."""
    specified = [one.specified for one in aimed]
    assert outcome(lambda: sample(model, seed, trial, aimed)) == outcome(
        lambda: masks_of(model.events(seed, trial, specified), aimed)
    )


@pytest.mark.clause("sampler/rate")
@given(MODELS, targets())
def test_trials_together(model, aimed):
    """As one after the other, in the order that they are asked in."""
    trials = [5, 0, 1, 5]
    try:
        expected = [listed(sample(model, SEED, trial, aimed)) for trial in trials]
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            sample_trials(model, SEED, trials, aimed)
        return
    assert [listed(found) for found in sample_trials(model, SEED, trials, aimed)] == expected


@pytest.mark.clause("sampler/rate", "sampler/dense", "sampler/exhaustive")
def test_larger_sites():
    """Hundreds of elements, several hits on one element, the last candidate, registers without codes."""
    codes = np.random.default_rng(1).integers(0, 1 << 16, 800)
    aimed = [
        target(1, "posit16", codes, ("regime",)),
        target(0, "bfloat16", codes),
        Target(2, Site("acc", "accumulator", get_format("int32"), 500), None, ("sign", 3)),
    ]
    specified = [one.specified for one in aimed]
    for model in (Rate(Fraction(1, 20)), DenseRate(Fraction(1, 20)), Thinned(Fraction(1, 50), Fraction(1, 10)), Count(1500)):
        found = sample(model, SEED, 3, aimed)
        assert listed(found) == listed(masks_of(model.events(SEED, 3, specified), aimed))
        assert any(int(mask).bit_count() > 1 for mask in found[0].inverted)
        assert (np.diff(found[0].elements) > 0).all()
    count = sum(candidates(one).count for one in aimed)
    for trial in (0, 14_000, count - 1):
        (event,) = Exhaustive().events(SEED, trial, specified)
        assert listed(sample(Exhaustive(), SEED, trial, aimed)) == listed(masks_of([event], aimed))
    assert sample(Exhaustive(), SEED, count - 1, aimed)[2].events(2) == [Event(2, 499, Mask(1 << 31))]


@pytest.mark.clause("site/candidates")
@pytest.mark.parametrize("selection", SELECTIONS["posit8"], ids=str)
def test_candidates_of_posits(selection):
    """Every code: the places of all numbers are those of the specification."""
    one = target(0, "posit8", range(256), selection)
    found = candidates(one)
    elements, bits = found.places(np.arange(found.count))
    assert list(zip(elements.tolist(), bits.tolist(), strict=True)) == [tuple(place) for place in one.specified.candidates()]


def test_bits_by_rank():
    """Of masks of 8 and of more than 64 bits."""
    masks = [0b10110, 0b1, 0b11000000]
    for dtype in (np.uint8, object):
        assert nth_bit(np.array([masks[0]] * 3 + masks[1:], dtype), np.array([0, 1, 2, 0, 1])).tolist() == [1, 2, 4, 0, 7]


@dataclass(frozen=True)
class Every:
    """A model that nobody has a way on arrays for: bit 0 of every element."""

    def events(self, seed, trial, targets):  # noqa: ARG002
        """The flips."""
        return [Event(one.number, e, Mask(1)) for one in targets for e in range(one.site.count)]


def test_other_models():
    """They are asked for their events; sites may not be aimed at twice, by any of them."""
    aimed = [target(1, "int8", [4, 5]), target(0, "int8", [6])]
    assert listed(sample(Every(), 0, 0, aimed)) == listed(masks_of(Every().events(0, 0, aimed), aimed))
    assert [len(found) for found in sample_trials(Every(), 0, [0, 1], aimed)] == [2, 2]
    for ask in (lambda: sample(Every(), 0, 0, aimed * 2), lambda: sample_trials(Rate(Fraction(1, 2)), 0, [0], aimed * 2)):
        with pytest.raises(ValueError, match="the site s0 is aimed at twice"):
            ask()


TRIALS, SIZE = 600, 500
ONE = target(3, "int8", np.zeros(SIZE, int))
P = Fraction(1, 40)
LAWS = {"rate": Rate(P), "dense": DenseRate(P), "thinned": Thinned(P, Fraction(1, 4)), "count": Count(100)}


def flipped(model, trials=TRIALS):
    """For each trial a row of the bits of all elements, flipped or not."""
    found = np.zeros((trials, SIZE), np.uint8)
    for row, masks in zip(found, sample_trials(model, SEED, range(trials), [ONE]), strict=True):
        if 3 in masks:
            row[masks[3].elements] = masks[3].inverted
    return np.unpackbits(found, axis=1, bitorder="little")


def chi_square(observed, expected):
    """How many deviations the statistic is from its mean."""
    freedom = observed.size - 1
    return (((observed - expected) ** 2 / expected).sum() - freedom) / (2 * freedom) ** 0.5


@pytest.mark.clause("sampler/rate", "sampler/dense", "sampler/thinned", "sampler/count")
@pytest.mark.parametrize("name", LAWS)
def test_laws(name):
    """Counts have the mean and the variance of a binomial; bits, elements and neighbours are alike; words are hit as often as
    ``1 - (1-p)**w`` says. Everything within four deviations; the seed is given, so it stays there.
    """
    bits = flipped(LAWS[name])
    counts, p, n = bits.sum(axis=1).astype(float), float(P), SIZE * 8
    assert abs(counts.mean() - n * p) <= 4 * (n * p * (1 - p) / TRIALS) ** 0.5
    if name == "count":
        assert (counts == 100).all()
    else:
        assert abs(counts.var(ddof=1) / (n * p * (1 - p)) - 1) < 4 * (2 / TRIALS) ** 0.5
    per_bit = bits.reshape(TRIALS, SIZE, 8).sum(axis=(0, 1))
    per_element = bits.reshape(TRIALS, SIZE, 8).sum(axis=(0, 2))
    total = bits.sum()
    assert abs(chi_square(per_bit, total / 8)) < 4
    assert abs(chi_square(per_element, total / SIZE)) < 4
    words = (bits.reshape(-1, 8).any(axis=1)).mean()
    expected = 1 - (1 - p) ** 8
    assert abs(words - expected) < 4 * (expected * (1 - expected) / (TRIALS * SIZE)) ** 0.5
    both = (bits[:, :-1] & bits[:, 1:]).mean()
    assert abs(both - p * p) < 4 * (p * p / bits.size) ** 0.5


@pytest.mark.clause("sampler/rate")
def test_how_often_nothing_is_hit():
    """N bits have no hit with ``(1-p)**N``; gaps between hits have the mean ``1/p``; trials do not depend on each other."""
    few, trials = Rate(Fraction(1, 4000)), 4000
    none = np.array([not found for found in sample_trials(few, SEED, range(trials), [ONE])])
    expected = (1 - 1 / 4000) ** 4000
    assert abs(none.mean() - expected) < 4 * (expected * (1 - expected) / trials) ** 0.5
    pairs = (none[:-1] & none[1:]).mean()
    assert abs(pairs - expected**2) < 4 * (expected**2 * (1 - expected**2) / trials) ** 0.5 * 1.5


@pytest.mark.clause("sampler/thinned")
def test_thinned_means():
    """Rates of one sweep are nested in each trial, and each has its own mean."""
    rates = [Fraction(1, n) for n in (400, 100, 40, 10)]
    rows = [flipped(Thinned(p, rates[-1]), 200) for p in rates]
    for lower, higher in pairwise(rows):
        assert not (lower & ~higher & 1).any()
    for p, row in zip(rates, rows, strict=True):
        assert abs(row.mean() - p) < 4 * (p / row.size) ** 0.5


@pytest.mark.clause("sampler/distinct")
def test_subsets_are_alike():
    """Three of six: each of the twenty subsets as often as the others."""
    subsets = {subset: i for i, subset in enumerate(combinations(range(6), 3))}
    found = np.bincount([subsets[tuple(distinct(3, 6, SEED, trial).tolist())] for trial in range(2000)], minlength=20)
    assert abs(chi_square(found, 100)) < 4


@pytest.mark.clause("sampler/rate")
def test_sites_do_not_move_each_other():
    """What a site has does not depend on the sites beside it, nor on the order that they are named in."""
    other = target(1, "binary64", [0] * 50)
    alone = sample(Rate(P), SEED, 0, [ONE])[3].events(3)
    for aimed in ([ONE, other], [other, ONE]):
        assert sample(Rate(P), SEED, 0, aimed)[3].events(3) == alone


def test_a_sampler_for_every_model():
    """All models of the chapter have a way of their own."""
    assert {Rate, DenseRate, Thinned, Count, Exhaustive} <= set(engine.SAMPLERS)
