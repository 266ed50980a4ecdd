"""Computable irrational numbers: against exact roots, whose comparisons are integer arithmetic, and against closed forms."""

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refsim.spec import enclosures
from refsim.spec.enclosures import bell_between, parts
from refsim.spec.exact import Root, floor_log2, power_of_two, root
from refsim.spec.reals import LARGEST, PRECISIONS, Enclosure, Real, Undecided, order
from refsim.spec.series import (
    ceil_div,
    half_pi,
    integer_sqrt,
    inverse,
    ln2,
    log_of,
    mills_series,
    one_minus,
    plus_one,
    shifted,
    sine_of,
)

rationals = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9)


def sqrt_between(x, w):
    """Bounds of a square root from the standard library's integer one."""
    low = math.isqrt((x.numerator << 2 * w) // x.denominator)
    return Enclosure(low, low + 1, -w)


def sqrt(x):
    """An irrational square root as a computable number, and as a root."""
    exact = root(x, 2)
    assume(isinstance(exact, Root))
    return Real("sqrt", Fraction(x), sqrt_between), exact


@pytest.mark.clause("real/compare")
@given(rationals, rationals)
def test_comparisons(x, other):
    """A computable root compares with rationals of either sign, near ones too, as the exact root does."""
    real, exact = sqrt(x)
    near = Fraction(math.isqrt(int(x * 4**200)), 2**200)
    for q in (other, -other, near, near + Fraction(1, 2**200), 0, -near, 1):
        for number, same in ((real, exact), (-real, -exact)):
            assert (number < q) == (same < q)
            assert (number > q) == (same > q)
            assert number != q


@given(rationals, rationals)
def test_whole_steps(x, step):
    """A computable root has the whole steps and the binary exponent of the exact root."""
    real, exact = sqrt(x)
    assert real // step == exact // step
    assert real.floor_log2() == exact.floor_log2()


def test_signs():
    """Negation and magnitude change the sign alone, and two numbers are equal where they are made alike."""
    two = Real("sqrt", Fraction(2), sqrt_between)
    less = -two
    assert -less == two == abs(less)
    assert two != -two
    assert two != Real("sqrt", Fraction(3), sqrt_between)
    assert two != "sqrt(2)"
    assert len({two, abs(-two), -two}) == 2
    assert str(-two) == "-sqrt(2)"
    with pytest.raises(TypeError):
        assert two < "2"
    with pytest.raises(TypeError):
        assert two > None


@pytest.mark.parametrize("step", [Fraction(0), Fraction(-1)])
def test_steps_must_be_positive(step):
    """A number is divided downwards by positive steps, and is positive itself."""
    two = Real("sqrt", Fraction(2), sqrt_between)
    with pytest.raises(ValueError, match="needs a positive number and step"):
        two // step
    with pytest.raises(ValueError, match="needs a positive number and step"):
        -two // Fraction(1)


@pytest.mark.clause("real/bounds")
@pytest.mark.parametrize("bits", [32, 256, 2048])
@pytest.mark.parametrize(
    ("enclose", "x"),
    [
        (sqrt_between, Fraction(1, 10**40)),
        (enclosures.expm1, Fraction(1, 2**90)),
        (enclosures.sin, Fraction(355)),
        (enclosures.cos, Fraction(11)),
        (enclosures.log, 1 + Fraction(1, 2**60)),
        (enclosures.gelu, Fraction(-9)),
        (enclosures.gelu, Fraction(-90)),
        (enclosures.softplus, Fraction(-50)),
        (enclosures.erf, Fraction(1, 8)),
    ],
)
def test_bounds_are_close(enclose, x, bits):
    """Bounds are as close as asked for where leading bits cancel, too, and each precision's lie within the last one's."""
    real = Real("f", x, enclose)
    low, high, exponent = real.bounds(bits)
    assert 0 < low < high
    assert (high - low) * 2**bits <= low
    least, most, other = real.bounds(2 * bits)
    scale = power_of_two(exponent - other)
    assert low * scale <= most
    assert least <= high * scale


def test_what_is_rational_is_undecided():
    """A number that is told to be irrational and is not ends the refinement with an error that names it."""
    third = Real("third", Fraction(3), lambda _, w: Enclosure((1 << w) // 3, (1 << w) // 3 + 1, -w))
    assert Fraction(333, 1000) < third < Fraction(334, 1000)
    with pytest.raises(Undecided, match=rf"third\(3\) is not told from a rational by {PRECISIONS[-1]} bits"):
        assert third < Fraction(1, 3)
    loose = Real("loose", Fraction(1), lambda _, w: Enclosure(1, 2, -w))
    with pytest.raises(Undecided, match=r"loose\(1\) has no bounds of 32 bits"):
        loose.floor_log2()


@pytest.mark.parametrize("x", [Fraction(255 << 120), -Fraction(255 << 120), Fraction(-(10**30)), Fraction(10**12)])
def test_gigantic_exponents(x):
    """exp(3.4e38) has 5e38 binary digits; it is compared by its exponent, which is the integer part of x / ln 2."""
    real = Real("exp", x, enclosures.exp)
    with mpmath.workprec(1000):
        assert real.floor_log2() == int(mpmath.floor(mpmath.mpf(int(x)) / mpmath.log(2)))
    for q in (Fraction(1), power_of_two(2000), power_of_two(-2000)):
        assert (real < q) == (x < 0)
        assert (real > q) == (x > 0)
    if x < 0:
        assert real // power_of_two(-2000) == 0
    else:
        with pytest.raises(ValueError, match=rf"exp\(.*\) has more than {LARGEST} bits in units of 1, too many to count"):
            real // Fraction(1)


@given(st.integers(1, 1 << 80), st.integers(-300, 300), rationals)
def test_order(n, exponent, q):
    """The order of n * 2**exponent and a rational is that of two rationals."""
    x = n * power_of_two(exponent)
    assert order(n, exponent, q) == (x > q) - (x < q)
    assert order(n, exponent, x) == 0
    assert (order(n, 10**40, q), order(n, -(10**40), q)) == (1, -1)


@given(st.integers(1, 1 << 300))
def test_integer_sqrt(n):
    """Newton's integer root is the standard library's."""
    assert integer_sqrt(n) == math.isqrt(n)


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**9), st.integers(-90, 90))
def test_integer_division(n, d, places):
    """Division upwards and shifts round as their names say."""
    assert ceil_div(n, d) == math.ceil(Fraction(n, d))
    assert shifted(n, places) == math.floor(n * Fraction(2) ** places)


@pytest.mark.parametrize("w", [48, 53, 100, 1000, 5000])
def test_constants(w):
    """The logarithm of 2 and half of pi lie within bounds that are at most two last places apart."""
    with mpmath.workprec(w + 64):
        for (low, high), value in ((ln2(w), mpmath.log(2)), (half_pi(w), mpmath.pi / 2)):
            assert low <= mpmath.ldexp(value, w) <= high
            assert high - low <= 2


@given(st.integers(1, 10**30), st.integers(0, 10**30), st.integers(-60, 0))
def test_steps_of_bounds(low, width, exponent):
    """1 / x, 1 + x and 1 - x of bounds are bounds of all of them."""
    x = Enclosure(low, low + width, exponent)
    ends = [n * power_of_two(exponent) for n in x[:2]]
    for found, values in (
        (inverse(x, 40), [1 / y for y in ends]),
        (plus_one(x), [1 + y for y in ends]),
        (one_minus(x), [1 - y for y in ends]),
    ):
        assert found.low * power_of_two(found.exponent) <= min(values)
        assert max(values) <= found.high * power_of_two(found.exponent)


def test_one_below_the_last_place():
    """A one that is less than the last place is within the bounds."""
    assert plus_one(Enclosure(5, 6, 3)) == Enclosure(5, 7, 3)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_logarithms_of_ratios(n, d):
    """log(n / d) lies within its bounds, near 1 and far from it."""
    assume(n > d)
    found = log_of(n, d, 80)
    with mpmath.workprec(300):
        value = mpmath.log(mpmath.mpf(n) / d)
        assert found.low * mpmath.mpf(2) ** found.exponent <= value <= found.high * mpmath.mpf(2) ** found.exponent


@given(st.integers(0, half_pi(60)[0]), st.booleans())
def test_sines_of_the_first_quadrant(r, cosine):
    """sin and cos of up to pi / 2 lie within bounds a few last places apart, and never above 1."""
    low, high = sine_of(r, int(cosine), 60)
    with mpmath.workprec(200):
        value = (mpmath.cos if cosine else mpmath.sin)(mpmath.mpf(r) / 2**60)
        assert low <= mpmath.ldexp(value, 60) <= high
    assert high - low <= 4
    assert high <= 1 << 60


@given(st.one_of(st.integers(1, 1 << 70), st.integers(1 << 57, 1 << 62)), st.integers(-66, -56))
def test_the_mean_of_a_bell(n, exponent):
    """The mean of exp(-u t**2 / 2) over 0 to 1, sqrt(pi / (2 u)) erf(sqrt(u / 2)), lies within bounds,
    although the last places of u are cut off."""
    n |= 63
    found = bell_between(n * power_of_two(exponent), 50)
    with mpmath.workprec(2200):
        u = mpmath.ldexp(n, exponent)
        value = mpmath.ldexp(mpmath.sqrt(mpmath.pi / (2 * u)) * mpmath.erf(mpmath.sqrt(u / 2)), -found.exponent)
    assert found.low <= value <= found.high


@given(st.integers(1 << 8, 1 << 20), st.integers(-6, 3), st.integers(20, 200))
def test_the_series_after_mills(n, exponent, w):
    """exp(u / 2) sqrt(2 pi u) times the normal distribution function at -sqrt(u) lies within bounds."""
    low, high = mills_series(n, exponent, w)
    with mpmath.workprec(400):
        u = mpmath.ldexp(n, exponent)
        value = mpmath.exp(u / 2) * mpmath.sqrt(2 * mpmath.pi * u) * mpmath.erfc(mpmath.sqrt(u / 2)) / 2
        assert low <= mpmath.ldexp(value, w) <= high
        assert high - low < 2 * w + 10 or u < 2 * w


NEAREST, FARTHEST = power_of_two(-100_000), Fraction(10**6)


@pytest.mark.clause("real/compare")
@pytest.mark.parametrize(
    ("enclose", "x", "simple", "above"),
    [
        *[(enclosures.exp, NEAREST, 1, True), (enclosures.exp, -NEAREST, 1, False)],
        *[(enclosures.exp2, NEAREST, 1, True), (enclosures.exp2, -NEAREST, 1, False)],
        *[(enclosures.expm1, NEAREST, NEAREST, True), (enclosures.expm1, -NEAREST, NEAREST, False)],
        *[(enclosures.log1p, NEAREST, NEAREST, False), (enclosures.log1p, -NEAREST, NEAREST, True)],
        *[(enclosures.sigmoid, NEAREST, Fraction(1, 2), True), (enclosures.sigmoid, -NEAREST, Fraction(1, 2), False)],
        *[(enclosures.silu, NEAREST, NEAREST / 2, True), (enclosures.silu, -NEAREST, NEAREST / 2, False)],
        *[(enclosures.gelu, NEAREST, NEAREST / 2, True), (enclosures.gelu, -NEAREST, NEAREST / 2, False)],
        *[(enclosures.gelu_tanh, NEAREST, NEAREST / 2, True), (enclosures.gelu_tanh, -NEAREST, NEAREST / 2, False)],
        *[(enclosures.sin, NEAREST, NEAREST, False), (enclosures.tanh, NEAREST, NEAREST, False)],
        *[(enclosures.cos, NEAREST, 1, False), (enclosures.expm1, -FARTHEST, 1, False)],
        *[
            (enclosures.sigmoid, FARTHEST, 1, False),
            (enclosures.tanh, FARTHEST, 1, False),
            (enclosures.erf, FARTHEST, 1, False),
        ],
        *[(enclosures.softplus, FARTHEST, FARTHEST, True), (enclosures.silu, FARTHEST, FARTHEST, False)],
        *[(enclosures.gelu, FARTHEST, FARTHEST, False), (enclosures.gelu_tanh, FARTHEST, FARTHEST, False)],
    ],
)
def test_simple_numbers_are_bounds(enclose, x, simple, above):
    """Beside the simple number that a value comes near no precision is needed: 2**-100000 apart is decided at once."""
    real = Real("f", x, enclose)
    assert (real > simple, real < simple) == (above, not above)
    assert set(real.known) == {PRECISIONS[0]}


@given(st.integers(-(10**6), 10**6), st.integers(-60, 60))
def test_parts(n, exponent):
    """A dyadic rational is its parts, but for the sign."""
    assume(n)
    x = n * power_of_two(exponent)
    integer, e = parts(x)
    assert integer * power_of_two(e) == abs(x)
    assert 2 ** floor_log2(abs(x)) <= abs(x)
