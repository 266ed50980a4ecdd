"""The closed forms of faults of cells, on seeded trials: how many, where, of which length and in which direction."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.engine.array import Array
from refsim.engine.faults import Target, apply
from refsim.engine.samplers import sample
from refsim.spec.bursts import Burst, Cluster
from refsim.spec.catalogue import get_format
from refsim.spec.cells import Asymmetric, Banked, PerBit, StuckAt
from refsim.spec.layouts import Layout
from refsim.spec.sites import Site
from refsim.spec.value_faults import Random

INT8 = get_format("int8")
ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)
COUNT = 1 << 17
ROWS = Layout(1024)
BITS = 8 * COUNT


def target(layout=ROWS, seed=0):
    """A site of a million bits."""
    codes = np.random.default_rng(seed).integers(0, 256, COUNT, dtype=np.uint8)
    return Target(0, Site("w", "weight", INT8, COUNT, layout), Array(codes, INT8))


def planes(codes):
    """The bits of codes, one column for each."""
    return (codes[:, np.newaxis] >> np.arange(8) & 1).astype(bool)


def flipped(model, site, trial):
    """Which bits are inverted, an element in each row."""
    found = np.zeros(COUNT, np.uint8)
    for masks in sample(model, 42, trial, [site]).values():
        found[masks.elements] = masks.inverted
    return planes(found)


def is_near(count, n, p, sigmas=4.5):
    """A count of n independent events is within some deviations of its mean."""
    return abs(count - n * p) <= sigmas * (n * p * (1 - p)) ** 0.5


def chi_square(counts, shares):
    """The sum of squared deviations, in units of its own deviations from its mean."""
    counts, wanted = np.asarray(counts, float), np.asarray(shares, float) * np.sum(counts)
    freedom = len(counts) - 1
    return (((counts - wanted) ** 2 / wanted).sum() - freedom) / (2 * freedom) ** 0.5


@pytest.mark.clause("burst/start", "burst/length", "burst/burst")
def test_bursts_have_their_lengths():
    """Runs of flipped cells in a row: as many as cells are hit, with the shares of the lengths, where few meet."""
    shares = (Fraction(1, 2), Fraction(1, 4), Fraction(0), Fraction(1, 8), Fraction(1, 8))
    p, counts = Fraction(1, 2000), np.zeros(6)
    for trial in range(8):
        line = flipped(Burst(p, shares, "all", "clip"), target(), trial).reshape(-1)
        edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]])))
        lengths = edges[1::2] - edges[::2]
        counts[:5] += np.bincount(lengths, minlength=6)[1:6]
        counts[5] += (lengths > 5).sum()
    assert is_near(counts.sum(), 8 * BITS, float(p))
    assert counts[2] + counts[5] < 0.01 * counts.sum()
    assert chi_square(counts[[0, 1, 3, 4]], [0.5, 0.25, 0.125, 0.125]) < 5


@pytest.mark.clause("burst/row", "burst/start")
def test_bursts_go_to_the_right():
    """From each of the cells that a rate hits to those of the higher columns; rows do not run into each other."""
    site, p = target(Layout(64)), Fraction(1, 1000)
    starts = flipped(Burst(p, (ONE,), "all", "clip"), site, 1).reshape(-1, 64)
    triple = flipped(Burst(p, (ZERO, ZERO, ONE), "all", "clip"), site, 1).reshape(-1, 64)
    one, two = np.zeros_like(starts), np.zeros_like(starts)
    one[:, 1:], two[:, 2:] = starts[:, :-1], starts[:, :-2]
    assert (triple == starts | one | two).all()
    wrapped = flipped(Burst(p, (ZERO, ZERO, ONE), "all", "wrap"), site, 1).reshape(-1, 64)
    assert (wrapped == starts | np.roll(starts, 1, 1) | np.roll(starts, 2, 1)).all()
    assert (wrapped != triple).any()


@pytest.mark.clause("burst/pattern")
def test_inner_bits_are_flipped_half_the_time():
    """Of bursts of five cells the ends always, and each of the eight patterns between them as often as any other."""
    site, p = target(Layout(1024)), Fraction(1, 500)
    patterns = np.zeros(8)
    for trial in range(4):
        starts = np.flatnonzero(flipped(Burst(p, (ONE,), "all", "wrap"), site, trial).reshape(-1))
        line = flipped(Burst(p, (ZERO,) * 4 + (ONE,), "random", "wrap"), site, trial).reshape(-1)
        gaps = np.diff(starts, prepend=-99, append=BITS + 99)
        alone = starts[(gaps[:-1] > 5) & (gaps[1:] > 5) & (starts % 1024 < 1019)]
        assert line[alone].all()
        assert line[alone + 4].all()
        patterns += np.bincount(line[alone + 1] + 2 * line[alone + 2] + 4 * line[alone + 3], minlength=8)
    assert chi_square(patterns, [1 / 8] * 8) < 5


@pytest.mark.clause("burst/cluster")
def test_clusters_have_as_many_cells():
    """Inside the bank all cells of the footprint; at its edges those that are there."""
    p, site = Fraction(1, 3000), target(Layout(1024, 1, 2))
    single = flipped(Cluster(p, ((0, 0),)), site, 1).sum()
    square = flipped(Cluster(p, ((0, 0), (0, 1), (1, 0), (1, 1))), site, 1).sum()
    assert is_near(single, BITS, float(p))
    assert 3.9 * single < square <= 4 * single


@pytest.mark.clause("cells/asymmetric")
def test_both_polarities():
    """Of the zeros the part ``up`` rises and of the ones the part ``down`` falls, all over the bits."""
    up, down, site = Fraction(1, 500), Fraction(1, 100), target()
    before = planes(site.codes.codes)
    (masks,) = sample(Asymmetric(up, down), 42, 0, [site]).values()
    changed = planes(apply(site.codes.codes, masks)) != before
    assert is_near(changed[~before].sum(), (~before).sum(), float(up))
    assert is_near(changed[before].sum(), before.sum(), float(down))
    assert (
        chi_square(
            changed.sum(0),
            before.mean(0) * float(down) / changed.mean() / 8 + (1 - before.mean(0)) * float(up) / changed.mean() / 8,
        )
        < 5
    )


@pytest.mark.clause("cells/stuck")
def test_shares_of_stuck_bits():
    """The rate, and the share of ones; another device is stuck in other cells."""
    model, site = StuckAt(Fraction(1, 200), Fraction(1, 4)), target()
    (masks,), (others,) = (sample(model, 42, trial, [site]).values() for trial in (0, 1))
    ones, zeros = (int(np.bitwise_count(part).sum()) for part in (masks.set, masks.cleared))
    assert is_near(ones + zeros, BITS, 1 / 200)
    assert is_near(ones, ones + zeros, 1 / 4)
    assert not masks.inverted.any()
    assert is_near(len(np.intersect1d(masks.elements, others.elements)), COUNT, (1 - (199 / 200) ** 8) ** 2)


@pytest.mark.clause("cells/banks")
def test_rates_of_banks():
    """Each row of cells has the rate of its bank."""
    site = target(Layout(1024, 1, 4))
    factors = (ONE, HALF, Fraction(3), ZERO)
    rows = flipped(Banked(Fraction(1, 300), factors), site, 0).reshape(-1, 1024).sum(1)
    for bank, factor in enumerate(factors):
        assert is_near(rows[bank::4].sum(), BITS // 4, float(factor) / 300)


@pytest.mark.clause("cells/per-bit")
def test_rates_of_bits():
    """Each bit has its own rate, and bits of one element are hit independently of each other."""
    rates = tuple(Fraction(n, 200) for n in (1, 2, 3, 4, 0, 30, 40, 200))
    found = flipped(PerBit(rates), target(), 0)
    for bit, rate in enumerate(rates):
        assert is_near(found[:, bit].sum(), COUNT, float(rate))
    assert is_near((found[:, 5] & found[:, 6]).sum(), COUNT, float(rates[5] * rates[6]))


@pytest.mark.clause("value-fault/random")
def test_random_codes_are_all_as_likely():
    """All 256 codes, whatever the codes were."""
    (masks,) = sample(Random(HALF), 42, 0, [target()]).values()
    assert is_near(len(masks), COUNT, 0.5)
    assert abs(chi_square(np.bincount(masks.set, minlength=256), [1 / 256] * 256)) < 5
    assert (masks.set ^ masks.cleared == 255).all()


@pytest.mark.clause("burst/row")
def test_interleaving_splits_bursts():
    """Without interleaving bursts of four flip several bits of an element; of four interleaved elements one each, in a trial in
    which no two bursts meet.
    """
    model = Burst(Fraction(1, 50000), (ZERO, ZERO, ZERO, ONE), "all", "clip")
    for interleave, most in ((1, 4), (2, 2), (4, 1), (8, 1)):
        bits = flipped(model, target(Layout(1024, interleave)), 3).sum(1)
        assert bits.max() == most
