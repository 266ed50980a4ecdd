"""The bootstrap against a plain rendering, SciPy's, and a published example."""

from fractions import Fraction
from math import isclose
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from refsim.campaigns.statistics import bootstrap as module
from refsim.campaigns.statistics.bootstrap import RESAMPLES, acceleration, bootstrap, resamples
from refsim.campaigns.statistics.intervals import SHARES, Interval
from refsim.spec.randomness import ALL_SITES, stream, word64

ANYWHERE = Interval(-1e9, 1e9)
SPATIAL = [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41]
"""Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), table 14.1, test A."""


def mean(sums):
    return sums[..., 0] / sums[..., 1]


def variance(sums):
    """From the number, the sum and the sum of squares."""
    return sums[..., 2] / sums[..., 0] - (sums[..., 1] / sums[..., 0]) ** 2


def with_ones(values):
    return np.array([[value, 1] for value in values], np.int64)


def test_draws(monkeypatch):
    """The trials that are drawn are those of the specification's words, however many are drawn at once."""
    plain = [[word64(stream(9, r, ALL_SITES, "bootstrap"), j) * 7 >> 64 for j in range(7)] for r in range(5)]
    assert np.concatenate(list(resamples(9, 7, 5))).tolist() == plain
    monkeypatch.setattr(module, "CHUNK", 14)
    assert [rows.tolist() for rows in resamples(9, 7, 5)] == [plain[:2], plain[2:4], plain[4:]]


def test_draws_are_even():
    drawn = np.bincount(np.concatenate(list(resamples(1, 11, 2000))).reshape(-1), minlength=11)
    assert stats.chisquare(drawn).pvalue > 0.01


def test_a_plain_rendering():
    """BCa by its formulas, in sorted lists, over one resample after the other."""
    values, level, normal = [0, 0, 0, 1, 2, 2, 9], 0.9, NormalDist()
    n, value = len(values), sum(values) / len(values)
    means = []
    for r in range(RESAMPLES):
        words = stream(3, r, ALL_SITES, "bootstrap")
        means.append(sum(values[word64(words, j) * n >> 64] for j in range(n)) / n)
    means.sort()
    z0 = normal.inv_cdf((sum(x < value for x in means) + sum(x == value for x in means) / 2) / RESAMPLES)
    left = [(sum(values) - x) / (n - 1) for x in values]
    around = [sum(left) / n - x for x in left]
    a = sum(x**3 for x in around) / (6 * sum(x**2 for x in around) ** 1.5)
    low, high = (normal.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))) for z in (-normal.inv_cdf(0.95), normal.inv_cdf(0.95)))
    found = bootstrap(with_ones(values), mean, 3, level, ANYWHERE)
    assert found == (value, means[int(low * (RESAMPLES + 1)) - 1], means[int(high * (RESAMPLES + 1))])


def test_published():
    """The variance of test A has the estimate 171.5, the acceleration 0.061 and the interval 115.8..259.6 at 90 %."""
    columns = np.array([[1, x, x * x] for x in SPATIAL], np.int64)
    found = bootstrap(columns, variance, 1, 0.9, ANYWHERE)
    assert round(found.value, 1) == 171.5
    assert round(acceleration(variance(columns.sum(axis=0) - columns)), 3) == 0.061
    assert abs(found.low - 115.8) < 5
    assert abs(found.high - 259.6) < 8


@pytest.mark.parametrize("skew", [1, 4])
def test_scipy(skew):
    values = (np.random.default_rng(5).gamma(1 / skew, size=60) * 1000).astype(np.int64)
    found = bootstrap(with_ones(values.tolist()), mean, 1, 0.95, ANYWHERE)
    other = stats.bootstrap((values,), np.mean, n_resamples=20000, rng=np.random.default_rng(2)).confidence_interval
    width = other.high - other.low
    assert abs(found.low - other.low) < 0.05 * width
    assert abs(found.high - other.high) < 0.08 * width


def test_few_trials():
    assert bootstrap(with_ones([1]), mean, 1, 0.95, SHARES) == (1, 0, 1)
    assert bootstrap(with_ones([1] * 5), mean, 1, 0.95, SHARES) == (1, 1, 1)
    assert bootstrap(with_ones([0, 1]), mean, 1, 0.95, SHARES) == (0.5, 0, 1)
    assert bootstrap(with_ones([0, 90]), mean, 1, 0.95, Interval(10.0, 60.0))[1:] == (10, 60)
    with pytest.raises(ValueError, match="one trial or more"):
        bootstrap(np.zeros((0, 2), np.int64), mean, 1, 0.95, SHARES)
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap(with_ones([1, 2]), mean, 1, 95, SHARES)


def test_chunks(monkeypatch):
    """Sums are the same however many resamples are summed at once."""
    columns = with_ones(range(30))
    whole = module.sums_of_resamples(columns, 2)
    monkeypatch.setattr(module, "CHUNK", 30 * 77)
    assert (module.sums_of_resamples(columns, 2) == whole).all()
    assert whole.shape == (RESAMPLES, 2)
    assert set(whole[:, 1]) == {30}


def test_the_seed_decides():
    columns = with_ones(range(20))
    found = [bootstrap(columns, mean, seed, 0.95, ANYWHERE) for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


def test_turned_around():
    """The interval of the negative numbers is the negative interval, but for the place in the sorted resamples."""
    values = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]
    one = bootstrap(with_ones(values), mean, 4, 0.9, ANYWHERE)
    other = bootstrap(with_ones([-x for x in values]), mean, 4, 0.9, ANYWHERE)
    assert isclose(one.low, -other.high, rel_tol=0.02)
    assert isclose(one.high, -other.low, rel_tol=0.02)
    assert Fraction(one.value) == -Fraction(other.value)


def test_how_often_trials_are_drawn():
    """As the resamples say, in a byte each, and of one number of trials at a time: they are most of what a report needs."""
    found = module.drawn_times(5, 300)
    drawn = np.concatenate(list(resamples(5, 300, RESAMPLES)))
    assert all((row == np.bincount(one, minlength=300)).all() for row, one in zip(found, drawn, strict=True))
    assert found.itemsize == module.drawn_times.cache_info().maxsize == 1
