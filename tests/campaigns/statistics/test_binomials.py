"""Binomial probabilities against exact fractions, 60 digits, and the limits that they have."""

from fractions import Fraction
from math import exp, factorial, isclose

import mpmath
import pytest

from refsim.campaigns.statistics.binomials import at_least, at_most, deviance, log_probability, probability, stirling_error

from .cases import pmf, tail


@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 60])
@pytest.mark.parametrize("p", ["0", "1/1000", "1/3", "1/2", "99/100", "1"])
def test_exact_fractions(n, p):
    p = Fraction(p)
    for k in range(n + 1):
        assert isclose(probability(k, n, float(p)), pmf(k, n, p), rel_tol=1e-12)
        assert isclose(at_least(k, n, float(p)), tail(k, n, p), rel_tol=1e-12)
        assert isclose(at_most(k, n, float(p)), 1 - tail(k + 1, n, p), rel_tol=1e-12, abs_tol=1e-300)


@pytest.mark.parametrize(
    ("n", "p", "ks"),
    [
        (10**6, 1e-4, (0, 1, 60, 100, 101, 150)),
        (10**12, 1e-10, (0, 3, 100, 140)),
        (10**12, 1e-4, (10**8 - 30000, 10**8, 10**8 + 30000)),
        (10**15, 1e-15, (0, 1, 2, 20)),
        (10**15, 0.5, (5 * 10**14, 5 * 10**14 + 10**8)),
    ],
)
def test_sixty_digits(n, p, ks):
    """Where a difference of logarithms of gamma functions has no digit left, this has twelve."""
    with mpmath.workdps(60):
        for k in ks:
            q = mpmath.mpf(p)
            logs = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
            exact = logs + k * mpmath.log(q) + (n - k) * mpmath.log(1 - q)
            assert isclose(log_probability(k, n, p), float(exact), rel_tol=1e-12, abs_tol=1e-12)


def test_tails_far_out():
    """A tail of many bits is that of a Poisson number, and keeps its digits where one less its complement has none."""
    poisson = sum(exp(-1) / factorial(j) for j in range(30, 60))
    assert isclose(at_least(30, 10**15, 1e-15), poisson, rel_tol=1e-10)
    assert at_most(-1, 10, 0.5) == 0 == at_least(11, 10, 0.5)
    assert isclose(at_least(101, 10**6, 1e-4) + at_most(100, 10**6, 1e-4), 1, rel_tol=1e-14)


def test_its_parts():
    for n in (1, 15, 16, 100):
        exact = mpmath.log(mpmath.factorial(n)) - (n + 0.5) * mpmath.log(n) + n - mpmath.log(2 * mpmath.pi) / 2
        assert isclose(stirling_error(n), float(exact), rel_tol=1e-9)
    assert deviance(5.0, 5.0) == 0
    for x, mean in ((5, 5.1), (5, 5.9), (5, 60)):
        assert isclose(deviance(x, mean), float(x * mpmath.log(mpmath.mpf(x) / mean) + mean - x), rel_tol=1e-12)


@pytest.mark.parametrize(("n", "p"), [(-1, 0.5), (1, 1.5), (1, -0.1), (1, float("nan"))])
def test_refused(n, p):
    with pytest.raises(ValueError, match=r"0 or more|0\.\.1"):
        probability(0, n, p)
