"""Values have intervals that are right, and say how many trials are behind them."""

from math import sqrt
from statistics import fmean, stdev

import numpy as np
import pytest
from scipy import stats

from refsim.studies.results.measured import Measured, exact, over_seeds, over_trials, paired, percent


def test_over_seeds_is_the_interval_of_student():
    """SciPy's distribution of Student gives the same interval."""
    for values in ([1.0, 2.0], [90.1, 92.4, 91.0], [3.0, 5.5, 2.25, 8.0, 4.0]):
        n, middle, error = len(values), fmean(values), stdev(values) / sqrt(len(values))
        low, high = stats.t.interval(0.95, n - 1, middle, error)
        assert over_seeds(values) == (pytest.approx(middle), pytest.approx(low), pytest.approx(high), n)


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
    """SciPy's BCa interval of a skewed sample has about the same ends, though its draws are others."""
    values = (100 * np.random.default_rng(2).beta(8, 1, 60)).tolist()
    theirs = stats.bootstrap((values,), np.mean, n_resamples=20000, random_state=3).confidence_interval
    found = over_trials(values)
    assert found.value == pytest.approx(fmean(values))
    assert (found.low, found.high) == pytest.approx(tuple(theirs), abs=0.15)
    assert found.trials == 60


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
