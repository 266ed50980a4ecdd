"""Samplers: their masks follow from their streams, and their closed forms hold exactly, not only nearly."""

import re
from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise, product

import pytest

from refsim.spec import samplers
from refsim.spec.catalogue import get_format
from refsim.spec.faults import Event, flip
from refsim.spec.gaps import gap_table, hits
from refsim.spec.randomness import ALL_SITES, Drawn, stream, word32, word64
from refsim.spec.samplers import Count, DenseRate, Exhaustive, Rate, Thinned, distinct, limit, struck
from refsim.spec.sites import Site, Target

SEED, HALF = 77, Fraction(1, 2)


def target(number, count, name="int8", selection=()):
    """A site without codes, which has all bits or those of a selection."""
    return Target(number, Site(f"s{number}", "weight", get_format(name), count), None, selection)


PAIR = (target(4, 6), target(2, 5, "float8_e4m3fn", ("exponent", 0)))
"""Two sites, not in order: 48 candidates, and before them five times five."""


def bits(events):
    """Site, element and bit of flips."""
    return [(event.site, event.element, event.mask.inverted.bit_length() - 1) for event in events]


@pytest.mark.clause("sampler/rate")
def test_a_rate_hits_the_positions_of_each_site():
    """Sites in order of their numbers, candidates by the stream of the site alone, so that other sites do not matter."""
    found = bits(Rate(Fraction(1, 5)).events(SEED, 9, PAIR))
    expected = []
    for number, candidates in (
        (2, [(e, b) for e in range(5) for b in (0, 3, 4, 5, 6)]),
        (4, list(product(range(6), range(8)))),
    ):
        positions = hits(gap_table(Fraction(1, 5)), stream(SEED, 9, number, "positions"), len(candidates))
        expected += [(number, *candidates[i]) for i in positions]
    assert found == expected
    assert [one for one in found if one[0] == 4] == bits(Rate(Fraction(1, 5)).events(SEED, 9, PAIR[:1]))


@pytest.mark.clause("sampler/rate", "sampler/certain")
@pytest.mark.parametrize("make", [Rate, DenseRate, lambda p: Thinned(p, Fraction(1))], ids=["rate", "dense", "thinned"])
def test_never_and_always(make):
    """The rate 0 flips nothing, the rate 1 everything."""
    assert make(Fraction(0)).events(SEED, 0, PAIR) == []
    assert len(make(Fraction(1)).events(SEED, 0, PAIR)) == 48 + 25
    assert struck(Fraction(1), SEED, 0, 0, 3) == [0, 1, 2]


@pytest.mark.clause("sampler/dense")
def test_dense_compares_words():
    """Candidate i with word i; a rate is that of the threshold, halves to even; lower rates are nested."""
    words = stream(SEED, 3, 4, "dense")
    for p in (Fraction(1, 3), HALF, Fraction(9, 10)):
        expected = [(4, i // 8, i % 8) for i in range(48) if Fraction(word32(words, i), 1 << 32) < DenseRate(p).rate]
        assert bits(DenseRate(p).events(SEED, 3, PAIR[:1])) == expected
    lower, higher = (set(bits(DenseRate(Fraction(n, 10)).events(SEED, 3, PAIR))) for n in (2, 5))
    assert lower < higher
    ties = [DenseRate(Fraction(n, 1 << 33)).threshold for n in (1, 3, 5)]
    assert ties == [0, 2, 2]
    assert DenseRate(Fraction(1)).threshold == 1 << 32
    assert DenseRate(Fraction(1, 3)).rate == Fraction(1431655765, 1 << 32)


@pytest.mark.clause("sampler/dense")
def test_dense_is_exact(monkeypatch):
    """The word below the threshold flips, the threshold does not: so of 2**32 words as many flip as the threshold says."""
    model = DenseRate(Fraction(1, 3))
    given = [0, model.threshold - 1, model.threshold, (1 << 32) - 1, 5, 6, 7, 1 << 31]
    monkeypatch.setattr(samplers, "word32", lambda _, i: given[i])
    assert [bit for *_, bit in bits(model.events(0, 0, [target(0, 1)]))] == [0, 1, 4, 5, 6]


@pytest.mark.clause("sampler/marks", "sampler/thinned")
def test_thinning_keeps_by_marks():
    """Hit j of the greatest rate by word j of the marks; the greatest itself is the plain rate."""
    greatest, one = Fraction(1, 2), [target(4, 40)]
    positions = bits(Rate(greatest).events(SEED, 1, one))
    marks = stream(SEED, 1, 4, "marks")
    for p in (Fraction(1, 10), Fraction(1, 3), Fraction(1, 2)):
        found = bits(Thinned(p, greatest).events(SEED, 1, one))
        assert found == [place for j, place in enumerate(positions) if Fraction(word64(marks, j), 1 << 64) < p / greatest]
    assert bits(Thinned(greatest, greatest).events(SEED, 1, one)) == positions
    assert [limit(Fraction(n, 3)) for n in (0, 1, 3)] == [0, (1 << 64) // 3, 1 << 64]


@pytest.mark.clause("sampler/thinned")
def test_thinned_rates_are_nested():
    """Each among the next, in every trial."""
    rates = [Fraction(n, 20) for n in (0, 1, 3, 4, 10)]
    for trial in range(10):
        sets = [set(bits(Thinned(p, HALF).events(SEED, trial, PAIR))) for p in rates]
        assert all(lower <= higher for lower, higher in pairwise(sets))


@pytest.mark.clause("sampler/distinct")
@pytest.mark.parametrize(("k", "count"), [(0, 3), (1, 5), (2, 4), (3, 5), (4, 5), (5, 5), (3, 6)])
def test_floyd_is_uniform(k, count, monkeypatch):
    """All draws that there can be, one after the other: every subset comes out as often as any other."""
    bounds = range(count - k + 1, count + 1)
    found = Counter()
    for draws in product(*map(range, bounds)):
        given = iter(zip(draws, bounds, strict=True))

        def scripted(_, bound, place, given=given):
            number, expected = next(given)
            assert bound == expected
            return Drawn(number, place + 1)

        monkeypatch.setattr(samplers, "below", scripted)
        found[tuple(distinct(k, count, 0, 0))] += 1
    assert set(found) == set(combinations(range(count), k))
    assert len(set(found.values())) == 1


@pytest.mark.clause("sampler/distinct")
def test_where_the_draws_come_from():
    """From the positions of all sites, one word after the other."""
    words = stream(SEED, 5, ALL_SITES, "positions")
    taken = []
    for i, j in enumerate(range(90, 100)):
        number = word64(words, i) * (j + 1) >> 64
        taken.append(j if number in taken else number)
    assert distinct(10, 100, SEED, 5) == sorted(taken)


@pytest.mark.clause("sampler/count", "sampler/pool")
def test_exactly_so_many():
    """Of the candidates of both sites together, numbered through; all of them where k says so."""
    places = [(2, e, b) for e in range(5) for b in (0, 3, 4, 5, 6)] + [(4, e, b) for e in range(6) for b in range(8)]
    for trial in range(5):
        found = bits(Count(7).events(SEED, trial, PAIR))
        assert found == [places[i] for i in distinct(7, 73, SEED, trial)]
    assert bits(Count(73).events(SEED, 0, PAIR)) == places
    assert Count(0).events(SEED, 0, PAIR) == []


@pytest.mark.clause("sampler/exhaustive", "sampler/pool")
def test_each_once():
    """Trial t flips candidate t."""
    events = [Exhaustive().events(SEED, trial, PAIR) for trial in range(73)]
    assert [one for (one,) in map(bits, events)] == bits(Count(73).events(SEED, 0, PAIR))
    assert events[0] == [Event(2, 0, flip(0))]


REFUSED = [
    (lambda: Rate(Fraction(-1)), "a rate is in 0..1, not -1"),
    (lambda: DenseRate(Fraction(3, 2)), "a rate is in 0..1, not 3/2"),
    (lambda: Thinned(HALF, Fraction(1, 3)), "a thinned rate is at most the greatest, which is above 0; not 1/2 of 1/3"),
    (lambda: Thinned(Fraction(0), Fraction(0)), "a thinned rate is at most the greatest, which is above 0; not 0 of 0"),
    (lambda: Count(74).events(0, 0, PAIR), "74 distinct bits cannot be drawn from 73 candidates"),
    (lambda: Count(-1), "a count of flips is 0 or more, not -1"),
    (lambda: Exhaustive().events(0, 73, PAIR), "an exhaustive trial is in 0..72, not 73"),
    (lambda: Rate(HALF).events(0, 0, [PAIR[0], PAIR[0]]), "the site s4 is aimed at twice"),
]


@pytest.mark.parametrize(("make", "what"), REFUSED, ids=[what[:24] for _, what in REFUSED])
def test_refused(make, what):
    """Each with what was needed and what came."""
    with pytest.raises(ValueError, match=re.escape(what)):
        make()
