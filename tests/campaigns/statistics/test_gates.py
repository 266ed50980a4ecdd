"""Checks: sound campaigns pass, and each way of being unsound is seen."""

from dataclasses import replace
from fractions import Fraction
from math import isclose

import numpy as np
import pytest
from scipy import stats

from refsim.campaigns.statistics.gates import (
    ALARM,
    FEWEST,
    bit_positions,
    chi_square_tail,
    clean_without_flips,
    non_effective,
    realised_count,
    realised_rate,
    replayed,
    together,
    unchanged,
    whole_counts,
)
from refsim.engine.faults import Target
from refsim.engine.samplers import sample
from refsim.spec.catalogue import get_format
from refsim.spec.samplers import Rate
from refsim.spec.sites import Site

from .cases import row, rows

TRIALS, COUNT, P = 50, 1000, Fraction(1, 100)


def counted():
    """The flips of a real model in 50 trials of a thousand bytes, by bit."""
    target = Target(0, Site("w", "weight", get_format("float8_e4m3fn"), COUNT, None), None, ())
    found = dict.fromkeys(range(8), 0)
    for trial in range(TRIALS):
        for masks in sample(Rate(P), 7, trial, [target]).values():
            for bit in range(8):
                found[bit] += int((masks.inverted >> bit & 1).sum())
    return found


def test_a_real_sampler():
    """A fault model passes at its rate and at no other, and hits all positions of bits alike."""
    flips = counted()
    total, each = sum(flips.values()), dict.fromkeys(range(8), COUNT)
    assert realised_rate(total, 8 * COUNT, TRIALS, 0.01).passed
    assert not realised_rate(total, 8 * COUNT, TRIALS, 0.011).passed
    assert not realised_rate(total, 8 * COUNT, TRIALS, 0.009).passed
    assert bit_positions(flips, each).passed
    assert not bit_positions({**flips, 7: flips[7] + 150}, each).passed
    assert not bit_positions(flips, {**each, 7: COUNT // 2}).passed


def test_alarms_are_rare():
    """Exactly: whatever the rate, no more than four standard deviations of a normal number allow; few flips are no alarm."""
    assert isclose(ALARM, 2 * stats.norm.sf(4))
    for n, p in ((100, 0.001), (1000, 0.01), (50, 0.5), (10**6, 1e-8)):
        ks = range(min(n, 60) + 1)
        seen = {k: realised_rate(k, n, 1, p).passed for k in ks}
        assert stats.binom.cdf(60, n, p) > 1 - 1e-15
        assert sum(stats.binom.pmf(k, n, p) for k in ks if not seen[k]) <= ALARM
        assert not seen[ks[-1]]
    assert realised_rate(1, 10**6, 1, 1e-8).passed
    assert realised_rate(0, 10, 3, 0.0).passed
    assert not realised_rate(1, 10, 3, 0.0).passed
    assert realised_rate(99, 1000, 1, 0.1).said == "99 flips in 1000 bits, 100 expected, 9.487 standard deviation"


def test_positions():
    assert bit_positions({}, {0: 5}).said == "0 flips are too few to judge"
    assert bit_positions({3: 1}, {0: 5}).said == "bit 3 flipped, which is no candidate"
    found = bit_positions({0: 30, 1: 70, 2: 1}, {0: 100, 1: 100, 2: 2})
    square, tail = stats.chisquare([31, 70], [100 + 101 * 2 / 202 - 100 + 50 * 1.0, 50.0])
    assert not bit_positions({0: 10, 1: 90}, {0: 1, 1: 1, 2: 0}).passed
    assert found.said == f"chi-square {square:.4g} with 1 degrees of freedom, p = {tail:.3g}"
    assert together([(1, 8.0), (9, 27.0), (0, 4.0), (3, 9.5)]) == [(4, 21.5), (9, 27.0)]
    assert together([(9, 27.0), (1, 8.0), (4, 26.0)]) == [(5, 34.0), (9, 27.0)]
    assert together([(1, 2.0)]) == []


@pytest.mark.parametrize("degrees", [1, 2, 3, 7, 8, 15, 31])
def test_chi_square(degrees):
    for x in (0.0, 0.5, degrees, 3 * degrees, 100):
        assert isclose(chi_square_tail(x, degrees), stats.chi2.sf(x, degrees), rel_tol=1e-10)


def test_alarms_of_positions_are_rare():
    """With as few flips as are judged the chi-square is no exact number: of sound campaigns it stops hardly more than it says,
    and with five expected ones of a bit three times as many, of an alarm that several checks share.
    """
    rare, found = ALARM / 20, {}
    for each in (5, FEWEST):
        squares = [
            ((np.random.default_rng(seed).multinomial(8 * each, [1 / 8] * 8, 250_000) - each) ** 2).sum(axis=1)
            for seed in range(4)
        ]
        found[each] = (np.array(squares) / each >= stats.chi2.isf(rare, 7)).mean() / rare
    assert found[FEWEST] < 1.5
    assert found[5] > 2
    even = dict.fromkeys(range(8), 1)
    assert bit_positions(dict.fromkeys(range(8), FEWEST), even).said.startswith("chi-square 0 with 7 degrees")
    assert bit_positions(dict.fromkeys(range(8), FEWEST - 1), even).said.startswith("chi-square 0 with 3 degrees")


def test_rows():
    good = rows(0, 2, 0, 1)
    assert clean_without_flips(good, "00") == ("clean without flips", True, "2 trials without a flip are clean")
    assert not clean_without_flips(good, "01").passed
    assert not clean_without_flips([row(0, 3, flips=0)], "03").passed
    assert whole_counts(good).passed
    twice = replace(good[3], counts=replace(good[3].counts, benign=1))
    assert whole_counts([*good[:3], twice]).said == "trial 3 has samples in no or two classes"
    assert not whole_counts([replace(good[1], effective=3)]).passed
    assert realised_count(rows(2, 2), 2).passed
    assert realised_count(good, 2).said == "trial 0 does not have 2 flips"


def test_replay_and_digests():
    assert replayed(row(1, 2), row(1, 2)).passed
    assert not replayed(row(1, 2), replace(row(1, 2), digest="ff")).passed
    assert unchanged("plain", "00", "00") == ("clean run unchanged", True, "plain: 00 before, 00 after")
    assert not unchanged("plain", "00", "01").passed


def test_hits_without_effect():
    idle = [replace(row(0, 3), effective=2), row(1, 1)]
    assert non_effective(idle, inverts=False) == ("non-effective hits", True, "1 of 4 hits changed no code")
    assert not non_effective(idle, inverts=True).passed
    assert non_effective(rows(1, 2), inverts=True).passed
