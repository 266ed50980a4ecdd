"""Means and rates of samples over trials, by hand and by brute force."""

from fractions import Fraction
from itertools import product
from math import isclose, isnan

import numpy as np
import pytest

from refsim.campaigns.statistics.intervals import SHARES, Interval, clopper_pearson, wilson
from refsim.campaigns.statistics.means import clustering, correlation, design_effect, mean, rate_of_samples


def test_mean():
    values = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
    found = mean(values, 1, 0.9, SHARES)
    assert isclose(found.value, 1 / 3)
    assert 1 / 6 <= found.low < found.value < found.high <= 1 / 2
    scaled = mean([6 * value for value in values], 1, 0.9, Interval(0.0, 6.0))
    assert all(isclose(6 * a, b) for a, b in zip(found, scaled, strict=True))
    with pytest.raises(ValueError, match="one trial"):
        mean([], 1, 0.9, SHARES)


def test_rate_of_samples_is_over_trials():
    """Three of four trials of a hundred samples lose all of them or none: that is four observations, not four hundred."""
    pairs = [(100, 100), (0, 100), (0, 100), (100, 100)]
    found = rate_of_samples(pairs, 1, 0.95)
    pooled = wilson(200, 400, 0.95)
    assert found.value == 0.5
    assert found.high - found.low > 7 * (pooled.high - pooled.low)
    assert rate_of_samples([(1, 2), (1, 8)], 1, 0.95).value == 0.2


def test_rate_without_events():
    """A bootstrap would say 0..0; a trial in which the bound lets something happen may lose all samples."""
    assert rate_of_samples([(0, 10)] * 30, 1, 0.95) == (0, *clopper_pearson(0, 30, 0.95))
    assert rate_of_samples([(10, 10)] * 30, 1, 0.95) == (1, *clopper_pearson(30, 30, 0.95))
    assert rate_of_samples([(5, 10)], 1, 0.95) == (0.5, 0, 1)
    with pytest.raises(ValueError, match="needs a sample"):
        rate_of_samples([], 1, 0.95)


def test_clustering_by_hand():
    """Trials that are all or nothing: 2 samples of 4 each are worth one. Independent halves are worth what they are."""
    found = clustering([(4, 4), (0, 4), (4, 4), (0, 4)])
    assert found.correlation == 1
    assert isclose(found.error**2, 4 / 3 * 4 * 4 / 16**2)
    assert isclose(found.effect, 16 / 3)
    assert isclose(found.effective, 3)
    assert isclose(correlation([(1, 2)] * 6), -1)
    assert isnan(correlation([(1, 1), (0, 1)]))
    assert all(isnan(x) for x in clustering([(0, 5), (0, 5)])[1:])


def test_correlation_is_that_of_pairs():
    """With as many samples in each trial it is, but for one part in as many as trials, that of all pairs of samples."""
    rng = np.random.default_rng(3)
    hits = rng.random((400, 6)) < rng.beta(1, 4, size=(400, 1))
    pairs = [(int(row.sum()), 6) for row in hits]
    one, other = zip(*((row[i], row[j]) for row in hits for i, j in product(range(6), repeat=2) if i != j), strict=True)
    assert abs(correlation(pairs) - np.corrcoef(one, other)[0, 1]) < 3 / 400
    assert isclose(clustering(pairs).effect, design_effect(6, correlation(pairs)), rel_tol=0.01)


def test_error_of_a_ratio():
    """The standard error is the spread of the rate over many campaigns with trials of unequal sizes."""
    rng = np.random.default_rng(8)
    sizes = rng.integers(1, 20, size=(2000, 50))
    events = rng.binomial(sizes, rng.beta(1, 3, size=sizes.shape))
    spread = (events.sum(axis=1) / sizes.sum(axis=1)).std()
    errors = [clustering(list(zip(k.tolist(), n.tolist(), strict=True))).error for k, n in zip(events, sizes, strict=True)]
    assert isclose(np.sqrt(np.square(errors).mean()), spread, rel_tol=0.04)


@pytest.mark.parametrize("pairs", [[], [(1, 2)], [(0, 0), (1, 2)]], ids=len)
def test_refused(pairs):
    with pytest.raises(ValueError, match="two trials or more"):
        clustering(pairs)
