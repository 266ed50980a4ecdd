"""Failures in time, by hand."""

from math import inf

import pytest

from refsim.campaigns.statistics.fit import MEGABIT, Part, fit_of_device, fit_of_part, fit_per_bit, hours_between_failures
from refsim.campaigns.statistics.intervals import Estimate

WEIGHTS = Part("weights", fit_per_bit(600), 8 * MEGABIT, 0.5, Estimate(0.01, 0.005, 0.02))
BUFFER = Part("buffer", fit_per_bit(600), MEGABIT, 1.0, Estimate(0.1, 0.1, 0.1))


def test_parts():
    """600 FIT per megabit, eight of them, half of the time, one flip in a hundred: 24 failures in 10**9 hours."""
    assert fit_of_part(WEIGHTS) == pytest.approx((24, 12, 48))
    assert fit_of_part(BUFFER) == pytest.approx((60, 60, 60))
    assert fit_of_device([WEIGHTS, BUFFER], sure=False) == pytest.approx((84, 72, 108))
    both = fit_of_device([WEIGHTS, WEIGHTS], sure=False)
    assert both == pytest.approx((48, 48 - 12 * 2**0.5, 48 + 24 * 2**0.5))
    assert fit_of_device([WEIGHTS, WEIGHTS], sure=True) == pytest.approx((48, 24, 96))
    assert fit_of_device([], sure=False) == fit_of_device([], sure=True) == (0, 0, 0)


def test_hours():
    assert hours_between_failures(100.0) == 1e7
    assert hours_between_failures(0.0) == inf


@pytest.mark.parametrize(
    "part",
    [
        WEIGHTS._replace(exposure=1.5),
        WEIGHTS._replace(bits=-1),
        WEIGHTS._replace(fit_per_bit=-1.0),
        WEIGHTS._replace(failure=Estimate(0.5, 0.1, 1.1)),
        WEIGHTS._replace(failure=Estimate(0.5, -0.1, 1.0)),
    ],
    ids=range(5),
)
def test_refused(part):
    with pytest.raises(ValueError, match=r"in 0\.\.1; not Part"):
        fit_of_part(part)
