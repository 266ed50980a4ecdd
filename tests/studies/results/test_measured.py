"""Values have intervals that are right, and say how many trials are behind them."""

from math import sqrt
from statistics import fmean, stdev

import numpy as np
import pytest
from scipy import stats

from refsim.studies.results.measured import PERCENT, Measured, exact, expanded, over_seeds, over_trials, paired, percent


def test_over_seeds_is_the_interval_of_student():
    """SciPy's distribution of Student gives the same interval."""
    for values in ([1.0, 2.0], [90.1, 92.4, 91.0], [3.0, 5.5, 2.25, 8.0, 4.0]):
        n, middle, error = len(values), fmean(values), stdev(values) / sqrt(len(values))
        low, high = stats.t.interval(0.95, n - 1, middle, error)
        assert over_seeds(values) == (pytest.approx(middle), pytest.approx(low), pytest.approx(high), n)


def test_an_interval_over_seeds_ends_at_its_bounds():
    """No error is below 0 or above 100 %."""
    assert over_seeds([0.0, 99.0], PERCENT) == Measured(49.5, 0.0, 100.0, 2)
    assert over_seeds([0.0, 99.0]).low < 0
    assert over_seeds([40.0, 41.0, 42.0], PERCENT) == over_seeds([40.0, 41.0, 42.0])


def test_over_seeds_covers():
    """Of intervals of normal values with mean 0, 95 % have it inside, within what chance allows."""
    rows = np.random.default_rng(1).normal(size=(2000, 4))
    inside = sum(low <= 0 <= high for _, low, high, _ in map(over_seeds, rows.tolist()))
    assert stats.binomtest(inside, 2000, 0.95).pvalue > 0.001


def test_few_values():
    """One value is no mean over seeds; one trial bounds nothing; none is refused."""
    with pytest.raises(ValueError, match="two or more, not 1"):
        over_seeds([1.0])
    assert over_trials([40.0]) == (40.0, 0.0, 100.0, 1)
    with pytest.raises(ValueError, match="one trial or more"):
        over_trials([])


def test_over_trials_is_the_interval_of_scipy():
    """SciPy's BCa interval of a skewed sample has about the same ends, though its draws are others, at the same level."""
    values = (100 * np.random.default_rng(2).beta(8, 1, 60)).tolist()
    level = expanded(60)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20000, confidence_level=level, random_state=3).confidence_interval
    found = over_trials(values)
    assert found.value == pytest.approx(fmean(values))
    assert (found.low, found.high) == pytest.approx(tuple(theirs), abs=0.15)
    assert found.trials == 60


def test_few_trials_have_a_wider_bootstrap():
    """The level is that of Student's quantile times sqrt(n / (n - 1)), as SciPy has it, and 95 % in the end."""
    for n in (3, 7, 30):
        most = stats.norm.cdf(stats.t.ppf(0.975, n - 1) * sqrt(n / (n - 1)))
        assert expanded(n) == pytest.approx(2 * most - 1)
    assert expanded(2) < 1
    assert expanded(100_000) == pytest.approx(0.95, abs=1e-5)


def test_over_few_trials_covers():
    """Of intervals over seven normal values about 95 % have the mean inside; BCa at 95 % has less than 90 %."""
    rows = np.random.default_rng(1).normal(50, 10, size=(300, 7))
    inside = sum(low <= 50 <= high for _, low, high, _ in map(over_trials, rows.tolist()))
    assert stats.binomtest(inside, 300, 0.95).pvalue > 0.01


def test_percent():
    """Clopper and Pearson's interval, as SciPy has it; nothing is known of no trials."""
    for k, n in ((0, 10), (3, 10), (10, 10), (17, 400)):
        theirs = stats.binomtest(k, n).proportion_ci(0.95, "exact")
        assert percent(k, n) == (100 * k / n, pytest.approx(100 * theirs.low), pytest.approx(100 * theirs.high), n)
    assert percent(0, 0) == (50.0, 0.0, 100.0, 0)


def test_exact_and_paired():
    """What is without chance has no width; pairs have to be pairs."""
    assert exact(3.5) == Measured(3.5, 3.5, 3.5, 1)
    assert paired([1.0, 5.0], [2.0, 3.0]) == [1.0, -2.0]
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        paired([1.0, 5.0], [2.0])
