"""The jackknife: of a mean it is Student's interval, of a ratio what the pseudo-values by hand give."""

import math
from statistics import mean

import pytest

from refsim.studies.results.jackknife import jackknifed
from refsim.studies.results.measured import over_seeds


def test_of_a_mean_it_is_students_interval():
    values = [1.0, 4.0, 2.5, 9.0, 3.0]
    assert jackknifed(values, mean) == pytest.approx(over_seeds(values))


def test_of_a_ratio_by_hand():
    rows = [(2.0, 4.0), (6.0, 8.0)]
    found = jackknifed(rows, lambda rows: sum(a for a, _ in rows) / sum(b for _, b in rows))
    # Without the first trial 6/8, without the second 2/4; pseudo-values are 2 * 8/12 less these: 7/12 and 10/12.
    assert found.value == pytest.approx(8 / 12)
    assert found.high - found.value == pytest.approx(12.7062047 * (3 / 12 / math.sqrt(2)) / math.sqrt(2))
    assert found.value - found.low == pytest.approx(found.high - found.value)
    assert found.trials == 2


def test_one_trial_is_refused():
    with pytest.raises(ValueError, match="two trials or more, not 1"):
        jackknifed([1.0], mean)
