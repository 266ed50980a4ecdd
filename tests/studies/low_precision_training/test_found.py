"""What is read off records, by hand."""

import pytest

from refsim.studies.low_precision_training import found
from refsim.studies.low_precision_training.arms import FLOAT, WIDE, Arm
from refsim.studies.study import Records

from .made import errors

ARMS = [Arm("fixed", width, WIDE) for width in (8, 10, 12, 14)]
RECORDS = Records(
    [
        errors("maxout", FLOAT, [4.0, 8.0]),
        errors("maxout", ARMS[0], [5.0, 9.0]),
        errors("maxout", ARMS[1], [16.0, 2.0]),
        errors("maxout", ARMS[2], [5.0, 9.0]),
        errors("maxout", ARMS[3], [3.0, 8.0]),
    ]
)


def test_differences_are_those_of_the_same_seed():
    gap = found.more(RECORDS, "maxout", ARMS[0])
    assert (gap.value, gap.low, gap.high, gap.trials) == (1.0, 1.0, 1.0, 2)
    assert found.less(RECORDS, "maxout", ARMS[0]).value == -1.0
    assert found.more(RECORDS, "maxout", FLOAT, ARMS[0]).value == -1.0


def test_ratios_are_geometric_means():
    ratio = found.times(RECORDS, "maxout", ARMS[1])
    assert ratio.value == pytest.approx(1.0), "4 times and a quarter"
    assert ratio.low < 1 / 4
    assert ratio.high > 4


def test_no_error_counts_as_half_a_sample():
    some = Records([errors("maxout", FLOAT, [1.0, 1.0]), errors("maxout", ARMS[0], [0.0, 0.0])])
    assert found.times(some, "maxout", ARMS[0]).value == pytest.approx(0.5), "half of one sample of 100"


def test_an_interval_of_errors_stays_within_percent():
    some = Records([errors("maxout", FLOAT, [99.0, 90.0]), errors("maxout", ARMS[0], [0.0, 1.0])])
    assert found.error(some, "maxout", FLOAT).high == 100.0
    assert found.error(some, "maxout", ARMS[0]).low == 0.0


def test_the_narrowest_arm_is_good_with_all_wider_ones():
    assert not found.as_good(RECORDS, "maxout", ARMS[1])
    assert not found.as_good(RECORDS, "maxout", ARMS[3]), "two seeds that differ leave the interval wide"
    assert found.narrowest(RECORDS, "maxout", ARMS[:3]) == ARMS[2]
    assert found.narrowest(RECORDS, "maxout", ARMS) is None
