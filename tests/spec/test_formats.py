"""Formats: codes and data, there and back, and what is refused."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import CATALOGUE, get_format, p3109_formats
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, Special
from refsim.spec.formats import FloatGrid, UniformGrid, Unrepresentable
from refsim.spec.projection import Projection
from refsim.testing.strategies import codes, formats

NAMES = [entry.format.name for entry in CATALOGUE]


@pytest.mark.clause("grid/uniform")
@given(st.integers(0, 1 << 40), st.integers(-50, 50))
def test_uniform_grid(n, quantum):
    """Points are whole steps from zero, and a number between two of them lies above the lower one."""
    grid, step = UniformGrid(quantum), Fraction(2) ** quantum
    assert grid.magnitude(n) == n * step
    assert grid.floor(n * step) == grid.floor(n * step + step * Fraction(999, 1000)) == n


@pytest.mark.clause("grid/float")
@pytest.mark.parametrize("subnormals", [True, False])
def test_small_float_grid(subnormals):
    """Three significant bits from 1/4 up, written out: steps of 1/16, 1/16, 1/8, 1/4, and below a quarter by hand."""
    grid = FloatGrid(3, -2, subnormals)
    normal = ["4/16", "5/16", "6/16", "7/16", "4/8", "5/8", "6/8", "7/8", "1", "5/4", "3/2", "7/4", "2", "5/2"]
    below = ["0", "1/16", "2/16", "3/16"] if subnormals else ["0"]
    expected = [Fraction(text) for text in below + normal]
    assert [grid.magnitude(n) for n in range(len(expected))] == expected
    assert grid.first_normal == len(below)
    for n, (low, high) in enumerate(itertools.pairwise(expected)):
        assert {grid.floor(low), grid.floor((low + high) / 2), grid.floor(high - Fraction(1, 10**9))} == {n}


@pytest.mark.clause("grid/float")
@given(st.integers(1, 30), st.integers(-40, 40), st.booleans(), st.integers(0, 1 << 40))
def test_float_grid_has_equal_binades(precision, emin, subnormals, n):
    """Every binade from ``emin`` up holds 2**(precision - 1) points, the first a power of two, evenly spaced."""
    grid = FloatGrid(precision, emin, subnormals)
    per_binade = 1 << precision - 1
    n %= 40 * per_binade
    binade, place = divmod(n, per_binade)
    power = Fraction(2) ** (emin + binade)
    assert grid.magnitude(grid.first_normal + n) == power + power * place / per_binade
    assert grid.floor(grid.magnitude(grid.first_normal + n)) == grid.first_normal + n


@pytest.mark.clause("format/decode", "format/code", "format/special")
@given(st.data())
def test_codes_survive_a_round_trip(data):
    """Encoding what a code names gives the code back, or the canonical code of the same datum."""
    format = data.draw(formats())
    code = data.draw(codes(format))
    datum = format.decode(code)
    if isinstance(datum, Special) and datum is not NEGATIVE_ZERO:
        back = format.special(datum)
        assert format.decode(back) is (NAN if datum is SIGNALING_NAN else datum)
        assert back == min(c for first, last, d in format.specials for c in (first, last) if d is format.decode(back))
    else:
        back = format.code(*format.point(code))
        assert format.decode(back) is datum or format.decode(back) == datum
        assert back == code or datum in {0, NEGATIVE_ZERO}


@pytest.mark.clause("format/decode")
@given(formats(max_width=10))
def test_a_number_has_one_code(format):
    """No two codes name the same number, unless the format has no subnormals and ignores the fraction of a zero."""
    data = [format.decode(code) for code in range(1 << format.width)]
    values = [x for x in data if isinstance(x, Fraction) and x]
    assert len(values) == len(set(values))
    if format.offset <= 0:
        assert len([x for x in data if x == 0]) == (format.first == 0)
        assert data.count(NEGATIVE_ZERO) == format.has_negative_zero


@pytest.mark.clause("format/decode")
@pytest.mark.parametrize("name", NAMES)
def test_code_out_of_range(name):
    """A code that is wider than the format, or negative, is refused with the range."""
    format = get_format(name)
    last = "0x" + "f" * (format.width // 4) if format.width % 4 == 0 else hex(2**format.width - 1)
    for code in (1 << format.width, -1):
        for refuse in (format.decode, format.fields, format.check_code):
            with pytest.raises(ValueError, match=rf"^code {code:#x} is not in 0\.\.{last} of {name}$"):
                refuse(code)


def test_the_message_of_a_code_out_of_range():
    """Subject, requirement, what came."""
    with pytest.raises(ValueError, match=r"^code 0x1ff is not in 0\.\.0xff of float8_e4m3fn$"):
        get_format("float8_e4m3fn").decode(0x1FF)


@pytest.mark.clause("format/point")
@pytest.mark.parametrize(
    ("name", "code", "point"),
    [
        ("float8_e4m3fn", 0x85, (True, 5)),
        ("int8", 0x80, (True, 128)),
        ("int8", 0xFF, (True, 1)),
        ("uint8", 0xFF, (False, 255)),
        # Without subnormals the eight codes of the zero exponent are all zero, and 0x08 is the first number.
        ("e4m3nosub", 0x00, (False, 0)),
        ("e4m3nosub", 0x07, (False, 0)),
        ("e4m3nosub", 0x08, (False, 1)),
        ("e4m3nosub", 0x87, (True, 0)),
        ("e4m3nosub", 0x89, (True, 2)),
        # E8M0 has no zero: its code 0 is the first point past it.
        ("float8_e8m0fnu", 0x00, (False, 1)),
    ],
)
def test_points_of_codes(name, code, point):
    """Sign and magnitude, two's complement, unsigned; fields below the offset are zero."""
    assert get_format(name).point(code) == point


@pytest.mark.clause("format/code")
@pytest.mark.parametrize(
    ("name", "code"),
    [("float8_e4m3fn", 0x80), ("float8_e4m3fnuz", 0), ("binary8p3se", 0), ("int8", 0), ("uint8", 0), ("e4m3nosub", 0x80)],
)
def test_code_of_the_negative_zero(name, code):
    """The negative zero has a code of its own, or that of zero."""
    assert get_format(name).code(True, 0) == code
    assert get_format(name).code(False, 0) == 0


@pytest.mark.clause("format/code")
@pytest.mark.parametrize(
    ("name", "negative", "n", "message"),
    [
        ("float8_e4m3fn", False, 0x7F, "float8_e4m3fn has no code for 480"),
        ("float8_e4m3fn", True, 0x7F, "float8_e4m3fn has no code for -480"),
        ("int8", False, 128, "int8 has no code for 128"),
        ("int8", True, 129, "int8 has no code for -129"),
        ("uint8", True, 1, "uint8 has no code for -1"),
        ("float8_e8m0fnu", False, 0, "float8_e8m0fnu has no code for 0"),
    ],
)
def test_points_without_a_code(name, negative, n, message):
    """A point past the ends, or before the first, has no code."""
    with pytest.raises(Unrepresentable) as refused:
        get_format(name).code(negative, n)
    assert str(refused.value) == message


@pytest.mark.clause("format/special")
@pytest.mark.parametrize(
    ("name", "datum", "code"),
    [
        ("binary16", NAN, 0x7E00),
        ("binary16", SIGNALING_NAN, 0x7E00),
        ("binary16", NEGATIVE_INFINITY, 0xFC00),
        ("float8_e5m2", NAN, 0x7E),
        ("float8_e4m3fn", NAN, 0x7F),
        ("float8_e4m3fnuz", NAN, 0x80),
        ("float8_e8m0fnu", NAN, 0xFF),
        ("binary8p3se", NAN, 0x80),
        ("binary8p3ue", NAN, 0xFF),
        ("binary8p3ue", POSITIVE_INFINITY, 0xFE),
    ],
)
def test_canonical_codes(name, datum, code):
    """The canonical NaN is quiet and positive, in P3109 the only one; infinities by their sign."""
    assert get_format(name).special(datum) == code


@pytest.mark.clause("format/special")
@pytest.mark.parametrize(
    ("name", "datum", "message"),
    [
        ("float8_e4m3fn", POSITIVE_INFINITY, "float8_e4m3fn has no code for inf"),
        ("binary8p3ue", NEGATIVE_INFINITY, "binary8p3ue has no code for -inf"),
        ("float4_e2m1fn", NAN, "float4_e2m1fn has no code for nan"),
        ("int8", SIGNALING_NAN, "int8 has no code for snan"),
    ],
)
def test_special_data_without_a_code(name, datum, message):
    """A datum that a format does not have is refused by name."""
    with pytest.raises(Unrepresentable) as refused:
        get_format(name).special(datum)
    assert str(refused.value) == message
    assert isinstance(refused.value, ValueError)


@pytest.mark.clause("format/parity")
@given(formats())
def test_a_point_is_odd_where_its_code_is(format):
    """The parity of a positive number is the last bit of its code, past the last code the same goes on, zero is even."""
    assert not format.is_odd(0)
    for n in {max(format.first, 1), 2, 3, format.top - 1, format.top}:
        if max(format.first, 1) <= n <= format.top:
            assert format.is_odd(n) == format.code(False, n) % 2
    assert format.is_odd(format.top + 1) != format.is_odd(format.top)
    assert format.is_odd(format.top + 2) == format.is_odd(format.top)


@pytest.mark.clause("format/parity")
@pytest.mark.parametrize(("rule", "at_half", "at_a_third"), [("ties_to_even", 0, 0), ("ties_to_odd", 1, 0), ("to_odd", 1, 1)])
def test_two_even_points_above_zero(rule, at_half, at_a_third):
    """Without subnormals both ends of the first gap are even, and its far end, 2**-14, stands for the odd one."""
    to = Projection("e5m10nosub", rule, "infinity")
    least = Fraction(1, 1 << 14)
    assert [to.format.decode(to(x).code) / least for x in (least / 2, least / 3)] == [at_half, at_a_third]


@pytest.mark.clause("format/parity")
def test_parity_where_precision_is_one():
    """P3109 3.2.2, 4.7.4: with one bit of precision a power of two is even where Q + B is, which its code tells."""
    single = [format for format in p3109_formats() if format.grid.precision == 1 and format.width <= 8]
    assert len(single) == 24  # signed or not, finite or extended, of 3 to 8 bits
    for format in single:
        bias = 1 - format.grid.emin
        for n in range(1, (1 << format.width - format.signed) - 2):
            power = format.grid.magnitude(n)
            exponent = power.numerator.bit_length() - power.denominator.bit_length()
            assert format.is_odd(n) == (exponent + bias) % 2


def test_least_normal():
    """The least normal number of a float, and none for integers."""
    binary16 = get_format("binary16")
    assert binary16.grid.magnitude(binary16.least_normal) == Fraction(1, 2**14)
    assert get_format("int8").least_normal is None
