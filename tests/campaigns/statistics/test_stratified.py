"""Recombination by flips against closed forms and the enumeration of all masks, and coverage by seeded trials."""

from fractions import Fraction
from itertools import product
from math import comb, isclose

import numpy as np
import pytest

from refsim.campaigns.statistics.intervals import SHARES, Estimate, Interval, clopper_pearson
from refsim.campaigns.statistics.planning import bonferroni
from refsim.campaigns.statistics.sequences import mean_sequence
from refsim.campaigns.statistics.stratified import (
    combined,
    curve,
    neyman,
    point,
    point_of_trials,
    weights,
    weights_given_a_flip,
    worst,
)
from refsim.spec.catalogue import get_format
from refsim.spec.exact import is_nan
from refsim.spec.samplers import Count
from refsim.spec.sites import Site, Target

from .cases import pmf

BITS, CRITICAL = 1000, 40
"""A device of so many bits that fails where one of the critical ones flips."""
RATES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2)


def fails(k):
    """The part of all sets of k flips that have a critical bit."""
    return Fraction(comb(BITS, k) - comb(BITS - CRITICAL, k), comb(BITS, k))


def known(value):
    return Estimate(float(value), float(value), float(value))


@pytest.mark.parametrize("p", RATES)
def test_closed_form(p):
    """With all strata that matter it is ``1 - (1 - p)**c`` at every rate, to the last digits of a rare failure."""
    found = point({k: known(fails(k)) for k in range(60)}, BITS, p, SHARES, sure=False)
    exact = 1 - (1 - Fraction(p)) ** CRITICAL
    assert isclose(found.value, exact, rel_tol=1e-11)
    assert found.missing < 1e-15


def test_enumeration():
    """Of a code of eight bits all 256 masks, weighted by their probability, and the strata: the same mean error."""
    format = get_format("float8_e4m3fn")

    def error(mask):
        value = format.decode(0x3A ^ mask)
        number = value if isinstance(value, Fraction) else Fraction(0)
        return Fraction(1) if is_nan(value) else min(Fraction(1), abs(number - Fraction(5, 4)))

    errors = [[error(mask) for mask in range(256) if mask.bit_count() == k] for k in range(9)]
    strata = {k: known(sum(found) / len(found)) for k, found in enumerate(errors)}
    for p in (Fraction(1, 1000), Fraction(1, 10), Fraction(1, 2)):
        exact = sum(p ** mask.bit_count() * (1 - p) ** (8 - mask.bit_count()) * error(mask) for mask in range(256))
        found = point(strata, 8, float(p), SHARES, sure=True)
        assert isclose(found.value, exact, rel_tol=1e-12)
        assert isclose(found.high, exact, rel_tol=1e-12)


@pytest.mark.parametrize("strata", [range(3), range(10), (0, 1, 2, 4, 8), (2, 3), ()], ids=str)
def test_what_is_missing(strata):
    """Numbers of flips without a stratum count as anything between the bounds: the truth is never outside."""
    for p in (1e-5, 1e-3, 3e-3):
        found = point({k: known(fails(k)) for k in strata}, BITS, p, SHARES, sure=True)
        missing = 1 - sum(pmf(k, BITS, p) for k in strata)
        assert isclose(found.missing, missing, rel_tol=1e-9)
        assert isclose(found.high - found.low, missing, rel_tol=1e-9, abs_tol=1e-15)
        assert found.low - 1e-15 <= 1 - (1 - Fraction(p)) ** CRITICAL <= found.high + 1e-15
        assert found.value == pytest.approx((found.low + found.high) / 2)


def test_tiny_tails():
    found = point({k: known(0) for k in range(4)}, BITS, 1e-7, SHARES, sure=True)
    assert isclose(found.missing, sum(pmf(k, BITS, 1e-7) for k in range(4, 9)), rel_tol=1e-9)
    assert point({0: known(2)}, 0, 0.5, Interval(1.0, 3.0), sure=True) == (0.5, 2, 2, 2, 0)


def test_weights():
    p = Fraction(1, 100)
    found = weights_given_a_flip(50, 0.01, range(4))
    assert found[0] == 0
    for k in (1, 2, 3):
        assert isclose(found[k], pmf(k, 50, p) / (1 - (1 - p) ** 50), rel_tol=1e-12)
    assert isclose(weights(50, 0.01, (2,))[2], pmf(2, 50, p), rel_tol=1e-12)
    assert isclose(weights_given_a_flip(10**6, 1e-12, (1,))[1], 1, rel_tol=1e-6)
    with pytest.raises(ValueError, match="no trial has a flip"):
        weights_given_a_flip(50, 0.0, (1,))


def test_sums():
    """Roots of squares for independent errors, all of them for sure; a part without width adds none."""
    parts, found = [0.5, 0.25, 0.25], [Estimate(0.5, 0.2, 0.6), Estimate(0.0, 0.0, 0.4), known(1)]
    assert combined(parts, found) == pytest.approx((0.5, 0.5 - 0.15, 0.5 + (0.05**2 + 0.1**2) ** 0.5))
    assert worst(parts, found) == pytest.approx((0.5, 0.35, 0.65))


def test_sure_ends():
    """At a half each of two bits: the strata of no, one and two flips have a quarter, a half and a quarter."""
    strata = {0: known(1), 1: Estimate(0.5, 0.2, 0.6), 2: Estimate(0.0, 0.0, 0.4)}
    assert point(strata, 2, 0.5, SHARES, sure=True) == pytest.approx((0.5, 0.5, 0.35, 0.65, 0))
    assert point(strata, 2, 0.5, SHARES, sure=False) == pytest.approx((0.5, 0.5, 0.35, 0.5 + (0.05**2 + 0.1**2) ** 0.5, 0))


def test_values_of_trials():
    """Accuracies of the same four trials with one flip and two: by hand, and within the interval of their weighted sums."""
    found = point_of_trials({1: [0.8, 0.8, 0.4, 0.8], 2: [0.8, 0.6, 0.2, 0.4]}, 0.8, 2, 0.5, 0.9, SHARES)
    assert found.value == pytest.approx(0.25 * 0.8 + 0.5 * 0.7 + 0.25 * 0.5)
    sums = mean_sequence([0.8, (1.6 + 0.6) / 3, 1 / 3, 2 / 3], 0.9, SHARES)
    assert found[2:4] == pytest.approx([0.2 + 0.75 * end for end in sums[1:]])
    assert point_of_trials({1: [0.4]}, 0.8, 5, 0.0, 0.9, SHARES) == (0, 0.8, 0.8, 0.8, 0)


def simulated(seed, trials, sure):
    """Strata of one to five flips from so many trials each."""
    rng, strata = np.random.default_rng(seed), {0: known(0)}
    level = bonferroni(0.9, 5) if sure else 0.9
    for k in range(1, 6):
        events = int(rng.binomial(trials, float(fails(k))))
        strata[k] = Estimate(events / trials, *clopper_pearson(events, trials, level))
    return strata


@pytest.mark.parametrize("sure", [False, True])
def test_coverage(sure):
    """The interval of the whole curve covers the truth in as many runs as it says, or more; also where failures are rare."""
    runs = [curve(simulated(seed, 60, sure), BITS, RATES[:4], SHARES, sure=sure) for seed in range(200)]
    for points in zip(*runs, strict=True):
        truth = 1 - (1 - points[0].rate) ** CRITICAL
        assert sum(one.low <= truth <= one.high for one in points) >= 0.9 * len(runs)


def nested(seed, trials):
    """Whether trials fail with one to five flips of which k are the first k, as nearly in a plan: a row for each k."""
    rng = np.random.default_rng(seed)
    return np.maximum.accumulate(rng.random((5, trials)) < CRITICAL / BITS, axis=0)


def test_strata_of_the_same_trials():
    """Strata that share their flips are not independent: what takes them to be misses too often, where all of them matter;
    what takes the trial for one observation does not.
    """
    p, covered = 2e-3, [0, 0]
    truth = point({k: known(1 - (1 - CRITICAL / BITS) ** k) for k in range(6)}, BITS, p, SHARES, sure=False).value
    for seed in range(200):
        fell = nested(seed, 100)
        apart = {k: Estimate(row.mean(), *clopper_pearson(int(row.sum()), 100, 0.9)) for k, row in enumerate(fell, 1)}
        alone = point({0: known(0), **apart}, BITS, p, SHARES, sure=False)
        same = point_of_trials({k: row.tolist() for k, row in enumerate(fell, 1)}, 0.0, BITS, p, 0.9, SHARES)
        assert isclose(same.value, alone.value, rel_tol=1e-12)
        assert same.missing == alone.missing
        covered = [covered[0] + (alone.low <= truth <= alone.high), covered[1] + (same.low <= truth <= same.high)]
    assert covered[0] < 0.9 * 200
    assert covered[1] >= 0.9 * 200


def test_strata_of_a_plan_share_flips():
    """Trial t with three flips hits the elements that trial t with two hits, since both are drawn with the same numbers."""
    target = Target(0, Site("w", "weight", get_format("float8_e4m3fn"), 100, None), None, ())
    hit = [[{event.element for event in Count(k).events(1, trial, [target])} for trial in range(40)] for k in (2, 3)]
    assert sum(two <= three for two, three in zip(*hit, strict=True)) > 30


def test_rare_failures_are_seen():
    """At a rate where one trial in 25000 fails, a thousand trials show none; strata of as many tell the rate within a fifth."""
    found = point(simulated(1, 1000, sure=False), BITS, 1e-6, SHARES, sure=False)
    truth = 1 - (1 - 1e-6) ** CRITICAL
    assert truth < 1 / 24999
    assert abs(found.value - truth) < truth / 5
    assert found.low < truth < found.high < 2 * truth


def test_neyman():
    """By brute force: no other allocation of twenty trials has a smaller variance."""
    parts, deviations = {0: 0.5, 1: 0.3, 2: 0.2}, {0: 0.03, 1: 0.4, 2: 0.5}

    def variance(given):
        return sum((parts[k] * deviations[k]) ** 2 / given[k] for k in parts)

    found = neyman(parts, deviations, 20, 2)
    assert sum(found.values()) == 20
    every = [dict(enumerate(n)) for n in product(range(2, 17), repeat=3) if sum(n) == 20]
    assert variance(found) == min(variance(given) for given in every)
    assert found[0] == 2
    rng = np.random.default_rng(6)
    for _ in range(30):
        parts, deviations = ({k: float(x) for k, x in enumerate(rng.random(3))} for _ in range(2))
        whole = [dict(enumerate(n)) for n in product(range(1, 7), repeat=3) if sum(n) == 8]
        assert variance(neyman(parts, deviations, 8, 1)) == min(variance(given) for given in whole)
    parts = {0: 0.5, 1: 0.3, 2: 0.2}
    assert neyman({1: 1.0, 2: 0.0}, {1: 1.0, 2: 1.0}, 10, 1) == {1: 9, 2: 1}
    assert neyman({1: 0.5, 2: 0.5}, {1: 0.0, 2: 0.0}, 7, 1) == {1: 4, 2: 3}
    with pytest.raises(ValueError, match="3 strata of 2 trials or more need 6 or more, not 5"):
        neyman(parts, deviations, 5, 2)
    with pytest.raises(ValueError, match="of 0 trials or more"):
        neyman(parts, deviations, 5, 0)


def test_refused():
    with pytest.raises(ValueError, match=r"strata have 0\.\.8 flips, not 9"):
        point({9: known(1)}, 8, 0.1, SHARES, sure=True)
    for strata in ({}, {1: [0.0], 2: [0.0, 1.0]}, {0: [0.0], 1: [0.0]}):
        with pytest.raises(ValueError, match="have the same trials"):
            point_of_trials(strata, 0.0, 8, 0.1, 0.9, SHARES)
    with pytest.raises(ValueError, match="rate"):
        point({1: known(1)}, 8, 1.1, SHARES, sure=True)
