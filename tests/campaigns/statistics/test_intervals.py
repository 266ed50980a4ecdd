"""Intervals against their definitions in exact fractions, and published tables."""

import sys
from fractions import Fraction
from itertools import product
from math import isclose, sqrt

import pytest

from refsim.campaigns.statistics.intervals import (
    SHARES,
    Interval,
    clopper_pearson,
    lower_bound,
    normal_quantile,
    quantile,
    ranks,
    student_quantile,
    upper_bound,
    upper_bound_without_events,
    wilson,
)

from .cases import covered, pmf, tail

NEWCOMBE = {
    (81, 263): ((0.2553, 0.3662), (0.2527, 0.3676)),
    (15, 148): ((0.0624, 0.1605), (0.0578, 0.1617)),
    (0, 20): ((0.0, 0.1611), (0.0, 0.1684)),
    (1, 29): ((0.0061, 0.1718), (0.0009, 0.1776)),
}
"""Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I: methods 3 and 5."""


@pytest.mark.parametrize(("counts", "table"), NEWCOMBE.items(), ids=str)
def test_published(counts, table):
    for interval, ends in zip((wilson(*counts, 0.95), clopper_pearson(*counts, 0.95)), table, strict=True):
        assert tuple(round(end, 4) for end in interval) == ends


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_clopper_and_pearson_by_definition(level):
    """Each end is the rate at which the tail has half of what the level leaves."""
    for n in (1, 2, 7, 20):
        for k in range(n + 1):
            low, high = clopper_pearson(k, n, level)
            assert (low == 0) == (k == 0)
            assert (high == 1) == (k == n)
            if k:
                assert isclose(tail(k, n, low), (1 - level) / 2, rel_tol=1e-9)
                assert low == lower_bound(k, n, (1 + level) / 2)
            if k < n:
                assert isclose(1 - tail(k + 1, n, high), (1 - level) / 2, rel_tol=1e-9)
                assert high == upper_bound(k, n, (1 + level) / 2)


def test_clopper_and_pearson_never_cover_less():
    for n, i in product((5, 20), range(1, 40)):
        assert covered(lambda k, n=n: clopper_pearson(k, n, 0.9), n, Fraction(i, 40)) >= 0.9


@pytest.mark.parametrize(
    ("n", "p", "coverage"),
    [(100, "1/100", (0.633, 0.921, 0.982)), (1000, "1/1000", (0.632, 0.920, 0.981)), (384, "1/100", (0.891, 0.938, 0.962))],
)
def test_coverage_of_rare_events(n, p, coverage):
    """What Wald's interval would cover, and what Wilson's and the exact one do."""
    z = normal_quantile(0.95)

    def wald(k):
        margin = z * sqrt(k / n * (1 - k / n) / n)
        return k / n - margin, k / n + margin

    methods = (wald, lambda k: wilson(k, n, 0.95), lambda k: clopper_pearson(k, n, 0.95))
    near = range(min(n, 40) + 1)
    for interval, expected in zip(methods, coverage, strict=True):
        found = sum(pmf(k, n, Fraction(p)) for k in near if interval(k)[0] <= Fraction(p) <= interval(k)[1])
        assert round(float(found), 3) == expected


STUDENT = {
    (0.95, 1): 12.706,
    (0.95, 2): 4.303,
    (0.95, 5): 2.571,
    (0.95, 10): 2.228,
    (0.95, 30): 2.042,
    (0.99, 2): 9.925,
    (0.90, 4): 2.132,
}
"""As tables of Student's distribution have them."""


@pytest.mark.parametrize(("given", "published"), STUDENT.items())
def test_student(given, published):
    """The quantiles of published tables; no degrees of freedom are refused."""
    assert student_quantile(*given) == pytest.approx(published, abs=5e-4)
    with pytest.raises(ValueError, match="one degree of freedom or more, not 0"):
        student_quantile(0.95, 0)


def test_no_events():
    assert upper_bound_without_events(0, 0.95) == 1
    assert clopper_pearson(0, 0, 0.95) == wilson(0, 0, 0.95) == SHARES
    for n in (1, 10, 3000):
        bound = upper_bound(0, n, 0.95)
        assert isclose((1 - bound) ** n, 0.05, rel_tol=1e-9)
        assert bound <= 3 / n
    assert isclose(upper_bound_without_events(10**12, 0.95), 2.995732273553991e-12, rel_tol=1e-9)


def test_wilson_by_definition():
    """At both ends the rate is as many of its own standard errors away as the level says."""
    for k, n, level in ((3, 17, 0.9), (1, 200, 0.95), (2.5, 40.5, 0.99)):
        for end in wilson(k, n, level):
            assert isclose(abs(k / n - end) / sqrt(end * (1 - end) / n), normal_quantile(level), rel_tol=1e-9)
    assert wilson(0, 9, 0.9).low == 0
    assert wilson(9, 9, 0.9).high == 1


@pytest.mark.parametrize(
    ("n", "q", "places"), [(20, 0.5, (6, 15)), (100, 0.5, (40, 61)), (72, 0.05, (1, 9)), (71, 0.05, (0, 9))]
)
def test_places(n, q, places):
    """The median's are in every table; of 5 % the least value is a bound from 72 trials on, since 0.95**72 < 0.025."""
    assert ranks(n, q, 0.95) == places
    assert ranks(n, 1 - q, 0.95) == (n + 1 - places[1], n + 1 - places[0])


@pytest.mark.parametrize("q", [Fraction(1, 20), Fraction(1, 2), Fraction(3, 4)])
def test_places_are_the_innermost(q):
    """Half of what the level leaves is missed on each side at most, and one place further in would miss more."""
    missed = Fraction(11, 200)
    for n in (1, 5, 30, 61):
        low, high = ranks(n, float(q), 0.89)
        below = [1 - tail(k, n, q) for k in range(n + 2)]
        assert below[low] <= missed or low == 0
        assert low == n or below[low + 1] > missed
        assert tail(high, n, q) <= missed
        assert high == 1 or tail(high - 1, n, q) > missed


def test_quantile():
    values = [Fraction(i, 100) for i in range(100, 0, -1)]
    assert quantile(values, 0.5, 0.95, SHARES) == (0.5, 0.4, 0.61)
    assert quantile(values, 0.05, 0.95, SHARES) == (0.05, 0.01, 0.11)
    assert quantile(values, 0.07, 0.95, SHARES).value == 0.07
    assert quantile([0.3], 0.5, 0.95, Interval(-1.0, 2.0)) == (0.3, -1, 2)


def test_a_quantile_with_jumps():
    """Of 0 with 1/4 and 1 with 3/4 the quantile of 1/10 is 0: the interval has it as often as it says, or more."""
    n, cover = 25, Fraction(0)
    for zeros in range(n + 1):
        found = quantile([0.0] * zeros + [1.0] * (n - zeros), 0.1, 0.9, SHARES)
        cover += pmf(zeros, n, Fraction(1, 4)) * (found.low <= 0 <= found.high)
    assert cover >= Fraction(9, 10)


@pytest.mark.parametrize(
    "call",
    [
        lambda: clopper_pearson(3, 2, 0.95),
        lambda: clopper_pearson(1, 2, 1.0),
        lambda: wilson(-1, 2, 0.95),
        lambda: wilson(1, 2, 0.0),
        lambda: quantile([], 0.5, 0.95, SHARES),
        lambda: quantile([1.0], 1.0, 0.95, SHARES),
    ],
    ids=range(6),
)
def test_refused(call):
    with pytest.raises(ValueError, match="not"):
        call()


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    with pytest.raises(ValueError, match=r"install refsim\[campaigns\]"):
        clopper_pearson(1, 2, 0.95)
    assert upper_bound(0, 10, 0.95) == upper_bound_without_events(10, 0.95)
