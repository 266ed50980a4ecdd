"""Sums of powers of two with fractional exponents: mpmath's decimals, and identities of radicals from any algebra book."""

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.exact import floor_log2, root
from refsim.spec.functions import exact_exp2
from refsim.spec.operands import Setting
from refsim.spec.projection import Projection
from refsim.spec.surds import Surd, SurdRoot, algebraic, exact_log2, floor_of_log2, power, power_bounds, square_root, surd

HALF = Fraction(1, 2)
EXPONENTS = st.fractions(-4, 4, max_denominator=16) | st.integers(-70, 70).map(lambda n: Fraction(n, 16))
TERMS = st.lists(st.tuples(EXPONENTS, st.fractions(-9, 9, max_denominator=6)), min_size=1, max_size=4)


@pytest.fixture(autouse=True, scope="module")
def _many_digits():
    """mpmath with more digits than any of these tests looks at."""
    with mpmath.workdps(80):
        yield


def decimal(x):
    """The number in mpmath's decimals."""
    if isinstance(x, Surd):
        return sum(mpmath.mpf(2) ** decimal(e) * decimal(c) for e, c in x.terms)
    return mpmath.mpf(x.numerator) / x.denominator


@pytest.mark.clause("surd/sum")
def test_like_powers_are_taken_together():
    """sqrt(2) + sqrt(2) is sqrt(8), sqrt(2) * sqrt(2) is 2, (1 + sqrt(2)) * (1 - sqrt(2)) is -1, and what cancels is gone."""
    r = power(HALF)
    assert r + r == power(Fraction(3, 2))
    assert r * r == 2
    assert isinstance(r * r, Fraction)
    assert (1 + r) * (1 - r) == -1
    assert r - r == 0
    assert isinstance(r - r, Fraction)
    assert power(Fraction(1, 4)) * power(Fraction(3, 4)) == 2
    assert (r + power(Fraction(1, 4))) / power(Fraction(1, 4)) == power(Fraction(1, 4)) + 1
    assert 1 / r == power(-HALF) == r / 2
    assert (r + Fraction(1, 3)) - Fraction(1, 3) == r
    assert 1 - r == -(r - 1)


@pytest.mark.clause("surd/sum")
@given(TERMS, TERMS)
def test_sums_and_products_against_mpmath(a, b):
    """Sums, differences and products have mpmath's value."""
    x, y = surd(a), surd(b)
    for found, expected in (
        (x + y, decimal(x) + decimal(y)),
        (x - y, decimal(x) - decimal(y)),
        (x * y, decimal(x) * decimal(y)),
    ):
        assert abs(decimal(found) - expected) < mpmath.mpf(10) ** -60


@pytest.mark.clause("surd/compare")
@given(TERMS, TERMS, st.fractions(-9, 9, max_denominator=7))
def test_comparisons_against_mpmath(a, b, r):
    """Comparisons with sums and with rationals, the integer part and the leading bit."""
    x, y = surd(a), surd(b)
    assert (x < y, x > y, x == y) == (decimal(x - y) < 0, decimal(x - y) > 0, x - y == 0)
    assert (x < r, x > r) == (decimal(x) < decimal(r), decimal(x) > decimal(r))
    if x > 0:
        assert x // Fraction(1, 3) == mpmath.floor(decimal(x) * 3)
        assert floor_log2(x) == mpmath.floor(mpmath.log(decimal(x), 2))


@pytest.mark.clause("surd/compare")
def test_comparisons_that_nearly_vanish():
    """Pell's convergents of sqrt(2) lie beside it by turns: 3**2 - 2 * 2**2 = 1, 7**2 - 2 * 5**2 = -1, and so on."""
    r, p, q = power(HALF), 1, 1
    for _ in range(200):
        p, q = p + 2 * q, p + q
        above = p * p - 2 * q * q == 1
        assert (r < Fraction(p, q), r > Fraction(p, q)) == (above, not above)
        assert (r - Fraction(p, q) < 0) is above


@pytest.mark.clause("surd/compare")
def test_comparisons_with_other_irrational_numbers():
    """sqrt(3) lies between sqrt(2) + 0.3 and sqrt(2) + 0.4, and sqrt(2) is no less and no more than itself as a root."""
    r, three, two = power(HALF), root(3, 2), root(2, 2)
    low, high = r + Fraction(3, 10), r + Fraction(4, 10)
    assert (low < three, low > three, high < three, high > three) == (True, False, False, True)
    assert (three > low, three < low, three < high, three > high) == (True, False, True, False)
    assert (-low > -three, -high < -three, -low < three, low > -three) == (True, True, True, True)
    assert (r < two, r > two, two < r, two > r) == (False, False, False, False)


@given(st.fractions(0, 1, max_denominator=48).filter(lambda e: e < 1), st.integers(1, 200))
def test_bounds_of_powers(exponent, bits):
    """The bounds lie on both sides of mpmath's value, two units apart at most."""
    low, high = power_bounds(exponent, bits)
    at = mpmath.mpf(2) ** (decimal(exponent) + bits)
    assert low <= at + mpmath.mpf(10) ** -9
    assert at <= high + mpmath.mpf(10) ** -9
    assert high - low <= 2


@pytest.mark.clause("surd/log2")
@given(st.fractions(Fraction(1, 10**6), 10**6, max_denominator=10**6), st.integers(0, 6))
def test_the_logarithm_is_the_leading_bit_of_a_power(m, bits):
    """floor(log2(m) * 2**f) is the exponent of the leading bit of m**2**f, which is integer arithmetic by itself."""
    assert floor_of_log2(m, bits) == floor_log2(m ** (1 << bits))


@pytest.mark.clause("surd/log2")
@given(st.fractions(Fraction(1, 10**4), 10**6, max_denominator=10**4), st.integers(2, 5), st.integers(0, 5))
def test_the_logarithm_of_a_root(radicand, degree, bits):
    """That of a root is that of the radicand over the degree."""
    m = root(radicand, degree)
    assert floor_of_log2(m, bits) == floor_log2(radicand ** (1 << bits)) // degree


@pytest.mark.clause("surd/log2")
def test_logarithms_that_are_rational():
    """Powers of two, roots of them, powers with fractional exponents, and exp2 of a fraction are known exactly; others are
    not."""
    to = Projection("binary32", "ties_to_even", "infinity")
    exp2, _ = exact_exp2(Setting((to.format,), to), Fraction(3, 2))
    for m, expected in (
        (Fraction(8), 3),
        (Fraction(1, 4), -2),
        (root(2, 2), HALF),
        (power(Fraction(-7, 16)), Fraction(-7, 16)),
        (exp2, Fraction(3, 2)),
    ):
        assert exact_log2(m) == expected
        assert floor_of_log2(m, 3) == expected * 8 // 1
    assert [exact_log2(m) for m in (Fraction(3), root(3, 2), power(HALF) + 1, 3 * power(HALF))] == [None] * 4


@pytest.mark.clause("surd/log2")
def test_a_logarithm_beside_a_point():
    """2**k + 1 and 2**k - 1 for large k are told from 2**k, whose logarithm is whole."""
    for k in (60, 300, 1000):
        for bits in (0, 1, 8):
            at = k << bits
            found = [floor_of_log2(Fraction((1 << k) + d), bits) for d in (-1, 0, 1)]
            assert found == [at - 1, at, at]


@pytest.mark.clause("surd/root")
def test_roots_of_sums():
    """sqrt(3 + 2 * sqrt(2)) is 1 + sqrt(2), and so lies between the same rationals; a power of two has a power for a root."""
    r = power(HALF)
    found = square_root(3 + 2 * r)
    assert isinstance(found, SurdRoot)
    for n in range(200, 300):
        at = Fraction(n, 100)
        assert (found < at, found > at) == (1 + r < at, 1 + r > at)
        assert (-found < -at, -found > -at) == (found > at, found < at)
    assert found // Fraction(1, 10**9) == (1 + r) // Fraction(1, 10**9)
    assert found.floor_log2() == 1
    assert not found < 0
    assert -found < 0
    assert square_root(r) == power(Fraction(1, 4))
    assert square_root(Fraction(9)) == 3
    assert str(-found) == "-sqrt(2**(3/2) + 3)"


def test_text():
    """Powers of two are written as such, other coefficients beside them, the greatest exponent first."""
    assert str(power(Fraction(-7, 4))) == "2**(-7/4)"
    assert str(-power(HALF)) == "-2**(1/2)"
    assert str(5 * power(HALF) - Fraction(7, 3)) == "5*2**(1/2) - 7/3"
    assert str(power(Fraction(3, 4)) + power(Fraction(1, 4)) + 1) == "2**(3/4) + 2**(1/4) + 1"


def test_what_is_refused():
    """A quotient by a sum, and arithmetic on what is no such number."""
    with pytest.raises(TypeError, match=r"^2\*\*\(1/2\) \+ 1 is a sum, and a quotient is taken only by a rational"):
        1 / (power(HALF) + 1)
    with pytest.raises(TypeError, match=r"is neither a rational number nor a sum of powers of two$"):
        algebraic(root(3, 2))
