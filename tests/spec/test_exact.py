"""Exact numbers: comparisons and roots against integer arithmetic."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refsim.spec.exact import (
    NAN,
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    POSITIVE_INFINITY,
    SIGNALING_NAN,
    Root,
    dyadic,
    floor_log2,
    integer_root,
    is_infinite,
    is_nan,
    is_negative,
    is_zero,
    magnitude,
    negate,
    power_of_two,
    root,
)

positive = st.fractions(min_value=Fraction(1, 10**6), max_value=10**6)
degrees = st.integers(2, 6)


@given(st.integers(0, 1 << 200))
def test_integer_square_root_is_isqrt(n):
    """The integer root of degree two is the standard library's."""
    assert integer_root(n, 2) == math.isqrt(n)


@given(st.integers(0, 1 << 200), st.integers(1, 12))
def test_integer_root_by_its_definition(n, degree):
    """The integer root is the last integer whose power does not exceed the number."""
    r = integer_root(n, degree)
    assert r**degree <= n < (r + 1) ** degree


@pytest.mark.clause("exact/root")
@given(st.fractions(min_value=0, max_denominator=10**6), degrees)
def test_rational_root_is_a_fraction(q, degree):
    """The root of a perfect power is the rational itself."""
    found = root(q**degree, degree)
    assert isinstance(found, Fraction)
    assert found == q


@pytest.mark.clause("exact/root")
@pytest.mark.parametrize(
    ("radicand", "degree", "simplest"),
    [
        (2, 2, (2, 2)),
        (4, 4, (2, 2)),
        (8, 6, (2, 2)),
        (Fraction(1, 2), 2, (Fraction(1, 2), 2)),
        (9, 6, (3, 3)),
        (12, 2, (12, 2)),
    ],
)
def test_irrational_root_in_lowest_terms(radicand, degree, simplest):
    """An irrational root stays a root, of the least degree."""
    found = root(radicand, degree)
    assert isinstance(found, Root)
    assert (found.radicand, found.degree) == simplest


@pytest.mark.parametrize(("radicand", "degree"), [(-1, 2), (Fraction(-1, 3), 3), (2, 0)])
def test_root_refuses(radicand, degree):
    """There is no positive root of a negative number, nor a root of degree zero."""
    with pytest.raises(ValueError, match=f"not {radicand} and {degree}"):
        root(radicand, degree)


@given(positive, positive, degrees)
def test_root_compares_with_rationals_as_its_power_does(radicand, q, degree):
    """A root is less than q exactly where the radicand is less than the power of q."""
    r = Root(radicand, degree)
    assert (r < q) == (radicand < q**degree)
    assert (r > q) == (radicand > q**degree)
    assert (q < r) == (q**degree < radicand)
    assert (-r < -q) == (radicand > q**degree)
    assert -r < q
    assert r > -q


@given(positive, positive, degrees, degrees)
def test_roots_are_ordered_as_their_common_powers(a, b, d, e):
    """Two roots are ordered as their powers of the product of the degrees."""
    x, y = Root(a, d), Root(b, e)
    assert (x < y) == (a**e < b**d)
    assert (x == y) == (a**e == b**d)
    assert (x >= y) == (a**e >= b**d)
    assert (-x < -y) == (a**e > b**d)
    assert -x < y


@pytest.mark.parametrize(("less", "more"), [((2, 2), (3, 2)), ((2, 2), (3, 3)), ((5, 3), (3, 2)), ((10, 4), (6, 3))])
def test_order_of_well_known_roots(less, more):
    """By hand: 8 < 9 for the second pair, 25 < 27 for the third, 1000 < 1296 for the fourth."""
    assert root(*less) < root(*more)
    assert root(*more) > root(*less)
    assert root(*less) != root(*more)


def test_equal_roots_hash_alike():
    """Roots that are equal numbers are one key."""
    assert len({root(2, 2), root(4, 4), root(Fraction(8), 6)}) == 1


def test_root_is_no_rational():
    """An irrational root equals no rational, and no other kind of object."""
    r = root(2, 2)
    assert r != Fraction(141421356, 100000000)
    assert r != 1
    assert r != "sqrt(2)"


@given(st.integers(1, 1 << 100), st.integers(1, 1 << 40), st.integers(1, 1 << 20))
def test_floor_division_of_a_root(n, under, step):
    """The whole steps in sqrt(n / under**2) are counted by isqrt."""
    assume(math.isqrt(n) ** 2 != n)
    assert Root(Fraction(n, under**2), 2) // Fraction(step, under) == math.isqrt(n) // step


@pytest.mark.parametrize(("dividend", "step"), [(-Root(Fraction(2), 2), Fraction(1)), (Root(Fraction(2), 2), Fraction(0))])
def test_floor_division_refuses(dividend, step):
    """Floor division is for positive numbers."""
    with pytest.raises(ValueError, match="needs a positive root and step"):
        _ = dividend // step


@given(positive)
def test_floor_log2_by_its_definition(m):
    """The exponent e is the one with 2**e <= m < 2**(e + 1)."""
    e = floor_log2(m)
    assert Fraction(2) ** e <= m < Fraction(2) ** (e + 1)


@given(positive, degrees)
def test_floor_log2_of_a_root(radicand, degree):
    """The exponent of a root is decided by its power."""
    e = floor_log2(Root(radicand, degree))
    assert Fraction(2) ** (e * degree) <= radicand < Fraction(2) ** ((e + 1) * degree)


@pytest.mark.parametrize("m", [Fraction(0), Fraction(-1)])
def test_floor_log2_refuses(m):
    """Zero and negative numbers have no logarithm."""
    with pytest.raises(ValueError, match=f"floor_log2 needs a positive number, not {m}"):
        floor_log2(m)


@given(st.integers(-(1 << 60), 1 << 60), st.integers(-200, 200))
def test_dyadic(n, exponent):
    """n * 2**exponent, by rational exponentiation."""
    assert dyadic(n, exponent) == n * Fraction(2) ** exponent
    assert power_of_two(exponent) == Fraction(2) ** exponent


def test_what_a_special_datum_is():
    """Each predicate holds for exactly the data that it names."""
    everything = [
        NAN,
        SIGNALING_NAN,
        POSITIVE_INFINITY,
        NEGATIVE_INFINITY,
        NEGATIVE_ZERO,
        Fraction(0),
        Fraction(-1),
        -root(2, 2),
    ]
    assert [x for x in everything if is_nan(x)] == [NAN, SIGNALING_NAN]
    assert [x for x in everything if is_infinite(x)] == [POSITIVE_INFINITY, NEGATIVE_INFINITY]
    assert [x for x in everything if is_zero(x)] == [NEGATIVE_ZERO, Fraction(0)]
    assert [x for x in everything if is_negative(x)] == [NEGATIVE_INFINITY, NEGATIVE_ZERO, Fraction(-1), -root(2, 2)]


def test_negation():
    """Every datum but NaN has an opposite, and the opposite of zero is the negative zero."""
    pairs = [(POSITIVE_INFINITY, NEGATIVE_INFINITY), (Fraction(0), NEGATIVE_ZERO), (Fraction(1), Fraction(-1))]
    for x, y in [*pairs, (root(2, 2), -root(2, 2))]:
        assert negate(x) == y
        assert negate(y) == x
    assert negate(NAN) is NAN
    assert negate(SIGNALING_NAN) is SIGNALING_NAN


def test_magnitude():
    """The magnitude of a finite datum has no sign, and other data have none."""
    assert magnitude(NEGATIVE_ZERO) == 0
    assert magnitude(Fraction(-3, 4)) == Fraction(3, 4)
    assert magnitude(-root(2, 2)) == root(2, 2) == abs(-root(2, 2))
    with pytest.raises(ValueError, match=r"^-inf has no finite magnitude$"):
        magnitude(NEGATIVE_INFINITY)


def test_roots_print_as_powers():
    """A root prints as the expression that it stands for."""
    assert str(-root(Fraction(1, 2), 2)) == "-(1/2)**(1/2)"
