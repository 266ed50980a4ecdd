"""Families of formats: every code against the closed form that the family's standard gives."""

import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import CATALOGUE, get_format, p3109_formats
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, is_nan
from refsim.spec.families import float_format
from refsim.testing.strategies import fixed_formats, float_formats


def of_float(x: float, code: int, quiet: int):
    """A Python float as a datum; whether a NaN is quiet is told by a bit of its code."""
    if x != x:  # noqa: PLR0124
        return NAN if code & quiet else SIGNALING_NAN
    if x in (float("inf"), float("-inf")):
        return POSITIVE_INFINITY if x > 0 else NEGATIVE_INFINITY
    return NEGATIVE_ZERO if x == 0 and str(x) == "-0.0" else Fraction(x)


@pytest.mark.clause("family/float", "grid/float", "format/point", "format/decode")
def test_every_binary16_code_against_struct():
    """The standard library's half precision reads every code alike."""
    binary16 = get_format("binary16")
    for code in range(1 << 16):
        assert binary16.decode(code) == of_float(struct.unpack("<e", struct.pack("<H", code))[0], code, 1 << 9)


@pytest.mark.clause("family/float", "grid/float")
@pytest.mark.parametrize(("name", "shift"), [("binary32", 0), ("tf32", 13), ("bfloat16", 16)])
@given(data=st.data())
def test_upper_bits_of_binary32_against_struct(name, shift, data):
    """bfloat16 and TF32 are the upper bits of binary32, which the standard library reads alike."""
    format = get_format(name)
    code = data.draw(st.integers(0, (1 << format.width) - 1))
    value = struct.unpack("<f", struct.pack("<I", code << shift))[0]
    assert format.decode(code) == of_float(value, code << shift, 1 << 22)


@pytest.mark.clause("family/float", "grid/float")
@given(st.integers(0, (1 << 64) - 1))
def test_binary64_against_struct(code):
    """Python's own floats are binary64."""
    assert get_format("binary64").decode(code) == of_float(struct.unpack("<d", struct.pack("<Q", code))[0], code, 1 << 51)


def ieee_value(code: int, exponent: int, fraction: int, bias: int, *, subnormals: bool = True):
    """IEEE 754-2019 3.4: (-1)**s * 2**(E - bias) * (1 + T * 2**-f), and 2**(1 - bias) * (T * 2**-f) where E is 0."""
    sign, field, trailing = code >> exponent + fraction, code >> fraction & (1 << exponent) - 1, code & (1 << fraction) - 1
    if field == 0:
        m = Fraction(2) ** (1 - bias) * trailing / 2**fraction if subnormals else Fraction(0)
    else:
        m = Fraction(2) ** (field - bias) * (1 + Fraction(trailing, 2**fraction))
    return (-m if m else NEGATIVE_ZERO) if sign else m


@pytest.mark.clause("family/float", "format/point", "grid/float")
@pytest.mark.parametrize("specials", ["ieee", "fn", "fnuz", "finite"])
@pytest.mark.parametrize(("exponent", "fraction"), [(4, 3), (5, 2), (3, 4), (2, 1), (1, 4), (5, 1)])
@pytest.mark.parametrize("bias", [None, 0, 11, -3])
@pytest.mark.parametrize("subnormals", [True, False])
def test_every_code_of_a_float(exponent, fraction, bias, specials, subnormals):
    """Numbers follow the formula; the other codes are the infinities and NaNs that the kind of specials lists."""
    try:
        format = float_format("f", exponent, fraction, bias, specials, subnormals=subnormals)
    except ValueError as refused:
        assert str(refused) == "f: no code is left for a number other than zero"
        assert exponent == 1
        return
    actual_bias = 2 ** (exponent - 1) - 1 if bias is None else bias
    half = 1 << exponent + fraction
    for code in range(2 * half):
        m, sign = code % half, code >= half
        top_exponent = m >> fraction == (1 << exponent) - 1
        trailing = m & (1 << fraction) - 1
        expected = ieee_value(code, exponent, fraction, actual_bias, subnormals=subnormals)
        if specials == "ieee" and top_exponent:
            expected = NAN if trailing >> fraction - 1 else SIGNALING_NAN
            if trailing == 0:
                expected = NEGATIVE_INFINITY if sign else POSITIVE_INFINITY
        elif (specials == "fn" and m == half - 1) or (specials == "fnuz" and code == half):
            expected = NAN
        if specials == "fnuz" and expected is NEGATIVE_ZERO:
            expected = Fraction(0)  # Its negative zero is NaN, so that without subnormals no other code is one either.
        assert format.decode(code) == expected, hex(code)


@pytest.mark.clause("family/p3109", "grid/float", "format/decode")
@pytest.mark.parametrize("width", range(3, 10))
def test_every_code_of_p3109(width):
    """P3109 interim report 3.2.2, 4.5: NaN, zero and infinities first, then the value of exponent and trailing field."""
    for format in (format for format in p3109_formats() if format.width == width):
        precision, signed = int(format.name.split("p")[1][:-2]), format.name[-2] == "s"
        extended = format.name.endswith("e")
        bias = 2 ** (width - precision - 1) if signed else 2 ** (width - precision)
        nan = 2 ** (width - 1) if signed else 2**width - 1
        for code in range(2**width):
            negative = signed and code > nan
            m = code - nan if negative else code
            field, trailing = divmod(m, 2 ** (precision - 1))
            if field == 0:
                value = trailing * Fraction(2) ** (1 - bias - (precision - 1))
            else:
                value = (2 ** (precision - 1) + trailing) * Fraction(2) ** (field - bias - (precision - 1))
            expected = -value if negative else value
            if extended and m == nan - 1:
                expected = NEGATIVE_INFINITY if negative else POSITIVE_INFINITY
            assert format.decode(code) == (NAN if code == nan else expected), (format.name, hex(code))


@pytest.mark.clause("family/p3109")
@pytest.mark.parametrize(
    ("name", "least", "greatest"),
    [
        # By hand from K, P and the bias 2**(K-P-1): the last finite code is 0x7e where 0x7f is infinity.
        ("binary8p3se", Fraction(1, 2**17), 49152),
        ("binary8p4se", Fraction(1, 2**10), 224),
        ("binary8p1se", Fraction(1, 2**63), 2**62),
        ("binary4p2sf", Fraction(1, 4), 3),
        ("binary3p1ue", Fraction(1, 8), 2),
    ],
)
def test_range_of_p3109(name, least, greatest):
    """The least and the greatest positive number of some P3109 formats."""
    format = get_format(name)
    values = [format.decode(code) for code in range(1 << format.width)]
    positive = [x for x in values if isinstance(x, Fraction) and x > 0]
    assert (min(positive), max(positive)) == (least, greatest)


@pytest.mark.clause("family/scale")
def test_every_code_of_e8m0():
    """E8M0 is 2**(code - 127), and NaN at 0xff."""
    e8m0 = get_format("float8_e8m0fnu")
    assert [e8m0.decode(code) for code in range(255)] == [Fraction(2) ** (code - 127) for code in range(255)]
    assert e8m0.decode(0xFF) is NAN
    assert not e8m0.signed
    assert e8m0.fields(0x7F) == {"exponent": 0x7F}


@pytest.mark.clause("family/fixed", "grid/uniform", "format/point")
@given(fixed_formats(max_width=24), st.data())
def test_fixed_point_is_a_scaled_integer(format, data):
    """A code is the integer that ``int.from_bytes`` reads, over two to the fraction bits of the name."""
    signed, fraction = format.name.startswith("q"), int(format.name.split(".")[1])
    code = data.draw(st.integers(0, (1 << format.width) - 1))
    pad = 32 - format.width
    integer = int.from_bytes((code << pad).to_bytes(4, "big"), "big", signed=signed) >> pad
    assert format.decode(code) == Fraction(integer) / Fraction(2) ** fraction


@pytest.mark.clause("family/integer", "family/fixed")
@pytest.mark.parametrize(
    ("name", "least", "greatest"), [("int8", -128, 127), ("uint4", 0, 15), ("int1", -1, 0), ("uint1", 0, 1)]
)
def test_integers(name, least, greatest):
    """Integers have the ranges that every language gives them."""
    format = get_format(name)
    values = [format.decode(code) for code in range(1 << format.width)]
    assert sorted(values) == list(range(least, greatest + 1))
    assert values[1 % len(values)] in (1, -1)


@pytest.mark.clause("family/float")
@given(float_formats(max_width=10))
def test_a_float_is_symmetric(format):
    """The codes of a float with the sign bit set name the opposites of those without, NaN and zero apart."""
    half = 1 << format.width - 1
    for code in range(1, half):
        x, y = format.decode(code), format.decode(half + code)
        if isinstance(x, Fraction):
            assert y == (-x if x else NEGATIVE_ZERO if format.has_negative_zero else 0)
        else:
            assert is_nan(x) == is_nan(y)


@pytest.mark.parametrize(
    ("name", "code", "fields"),
    [
        ("float8_e4m3fn", 0xC5, {"sign": 1, "exponent": 0b1000, "fraction": 0b101}),
        ("binary16", 0x3C01, {"sign": 0, "exponent": 15, "fraction": 1}),
        ("binary8p3ue", 0b10110101, {"exponent": 0b101101, "fraction": 0b01}),
        ("binary8p3se", 0b10110101, {"sign": 1, "exponent": 0b01101, "fraction": 0b01}),
        ("q2.5", 0b1_10_01101, {"sign": 1, "integer": 0b10, "fraction": 0b01101}),
        ("uq3.5", 0b110_01101, {"integer": 0b110, "fraction": 0b01101}),
        ("int8", 0x85, {"sign": 1, "integer": 5}),
        ("uq0.8", 0x85, {"fraction": 0x85}),
        ("q-3.10", 0x85, {"sign": 1, "integer": 5}),
    ],
)
def test_fields(name, code, fields):
    """Bit fields are named and ordered from the most significant bit."""
    found = get_format(name).fields(code)
    assert list(found.items()) == list(fields.items())


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.format.name)
def test_fields_fill_the_width(entry):
    """The bit fields of a format are as wide as its codes."""
    assert sum(bits for _, bits in entry.format.layout) == entry.format.width


@pytest.mark.parametrize("specials", ["IEEE", "", "e"])
def test_unknown_specials(specials):
    """A kind of special codes that does not exist is refused."""
    with pytest.raises(ValueError, match="is none of ieee, fn, fnuz, finite"):
        float_format("f", 4, 3, specials=specials)
