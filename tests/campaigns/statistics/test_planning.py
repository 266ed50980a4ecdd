"""Numbers of trials: published tables, and that one trial fewer is not enough."""

from fractions import Fraction
from math import isclose

import pytest

from refsim.campaigns.statistics.intervals import clopper_pearson, normal_quantile, upper_bound, wilson
from refsim.campaigns.statistics.planning import (
    bonferroni,
    events_for_relative_error,
    expected_flips,
    holm,
    no_flip,
    outlook,
    trials_for_events,
    trials_for_half_width,
    trials_for_relative_width,
    trials_of_list,
    trials_without_failure,
)
from refsim.campaigns.statistics.stopping import inverse_sampling


@pytest.mark.parametrize(
    ("p", "trials"),
    [
        (0.5, [381, 2398, 9600, 38411, 960361]),
        (0.1, [141, 868, 3461, 13833, 345735]),
        (0.01, [43, 150, 454, 1606, 38120]),
    ],
)
def test_half_widths(p, trials):
    """The first number of trials after which Wilson's interval is narrow enough."""
    for half, n in zip((0.05, 0.02, 0.01, 0.005, 0.001), trials, strict=True):
        assert trials_for_half_width(p, half, 0.95) == n
        widths = [high - low for low, high in (wilson(p * m, m, 0.95) for m in (n - 1, n))]
        assert widths[1] <= 2 * half < widths[0]
    assert trials_for_half_width(0.5, 0.49, 0.5) == 1


@pytest.mark.parametrize(("p", "trials"), [(0.01, [38031, 9508, 1522]), (0.001, [383762, 95941, 15351])])
def test_relative_widths(p, trials):
    for part, n in zip((0.1, 0.2, 0.5), trials, strict=True):
        assert trials_for_relative_width(p, part, 0.95) == n
        margins = [normal_quantile(0.95) * (p * (1 - p) / m) ** 0.5 for m in (n - 1, n)]
        assert margins[1] <= part * p < margins[0]


@pytest.mark.parametrize(("level", "trials"), [("0.95", [29, 299, 2995, 29956]), ("0.99", [44, 459, 4603, 46050])])
def test_no_failure(level, trials):
    for exponent, n in enumerate(trials, 1):
        bound = Fraction(1, 10**exponent)
        assert trials_without_failure(float(bound), float(level)) == n
        assert (1 - bound) ** n <= 1 - Fraction(level) < (1 - bound) ** (n - 1)
        assert upper_bound(0, n, float(level)) <= bound


def test_lists():
    """Half of a list of 10**4 faults is nearly two thirds of it at one per cent and 99 %; of a long list it is as of any."""
    assert [trials_of_list(size, 0.01, 0.5, 0.99) for size in (10**15, 10**6, 10**4, 1)] == [16588, 16317, 6240, 1]
    for size in (500, 10**4):
        n = trials_of_list(size, 0.02, 0.3, 0.95)
        margins = [normal_quantile(0.95) * (0.21 / m * (size - m) / (size - 1)) ** 0.5 for m in (n - 1, n)]
        assert margins[1] <= 0.02 < margins[0]


def test_events():
    assert trials_for_events(0.01, 100) == 10000
    assert trials_for_events(0.3, 1) == 4
    assert [events_for_relative_error(part, 0.95) for part in (0.2, 0.1)] == [97, 385]
    found = inverse_sampling(385, 385 * 1000, 0.95)
    assert isclose((found.high - found.low) / 2, 0.1 * found.value, rel_tol=0.02)


def test_several_claims():
    """Adjusted p-values as R's p.adjust gives them for its own example, and a level for each of some intervals."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([]) == []
    assert isclose(bonferroni(0.95, 10), 0.995)
    assert bonferroni(0.95, 1) == 0.95
    low, high = clopper_pearson(3, 50, bonferroni(0.9, 2))
    assert (low, high) == pytest.approx(clopper_pearson(3, 50, 0.95))


def test_flips():
    assert expected_flips(10**6, 1e-7) == pytest.approx(0.1)
    assert isclose(no_flip(10**6, 1e-7), 0.904837413, rel_tol=1e-8)
    assert (no_flip(0, 1.0), no_flip(3, 1.0), no_flip(3, 0.0)) == (1, 0, 1)
    assert isclose(no_flip(20, 0.25), float(Fraction(3, 4) ** 20))


def test_outlook():
    found = outlook({"weight": 900000, "check": 100000}, 1e-6, 0.95, 1)
    assert (found.expected, found.deviation) == pytest.approx((1, 1), rel=1e-6)
    assert isclose(found.clean, 0.36787925, rel_tol=1e-6)
    assert (found.for_point, found.below_hundredth, found.below_thousandth) == (9600, 299, 2995)
    assert found.advice.startswith("36.8% of trials have no flip")
    assert outlook({"weight": 10}, 0.0, 0.95, 1).advice.startswith("nothing flips")
    assert outlook({"weight": 10**6}, 1e-3, 0.95, 1).advice.startswith("use the rule events")
    assert outlook({"weight": 10}, 0.1, 0.95, 5).for_point == trials_for_half_width(0.5, 0.01, 0.99)


@pytest.mark.parametrize(
    "call",
    [
        lambda: trials_for_half_width(0.5, 0.0, 0.95),
        lambda: trials_for_half_width(1.5, 0.1, 0.95),
        lambda: trials_for_relative_width(0.0, 0.1, 0.95),
        lambda: trials_for_relative_width(0.1, 0.0, 0.95),
        lambda: trials_without_failure(1.0, 0.95),
        lambda: trials_without_failure(0.1, 1.0),
        lambda: trials_for_events(0.0, 1),
        lambda: events_for_relative_error(1.0, 0.9),
        lambda: trials_of_list(0, 0.1, 0.5, 0.9),
        lambda: bonferroni(0.9, 0),
        lambda: holm([1.2]),
        lambda: no_flip(-1, 0.5),
    ],
    ids=range(12),
)
def test_refused(call):
    with pytest.raises(ValueError, match="not"):
        call()
