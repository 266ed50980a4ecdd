"""Signs and neighbours of codes: IEEE 754-2019 5.5.1 and 5.3.1, and the host's nextafter."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.codes import absolute, copy_sign, negate, next_down, next_up
from refsim.spec.flags import Flags
from refsim.spec.formats import Number, Unrepresentable

NONE = Flags.NONE


@pytest.mark.clause("codes/sign", "codes/negate", "codes/absolute", "codes/copy-sign")
@pytest.mark.parametrize("name", ["binary16", "float8_e4m3fn", "float6_e2m3fn", "float8_e5m2"])
def test_a_sign_bit_is_all_that_changes(name):
    """Where every datum has both signs, operations on signs change the first bit, of signaling NaNs too, and raise nothing."""
    format = get_format(name)
    sign = 1 << format.width - 1
    for code in range(0, 1 << format.width, 1 if format.width < 10 else 37):
        x = Number(code, format)
        assert negate(x) == (code ^ sign, NONE)
        assert absolute(x) == (code & ~sign, NONE)
        assert copy_sign(x, Number(0x80, get_format("int8"))) == (code | sign, NONE)
        assert copy_sign(Number(1, format), x) == (1 | code & sign, NONE)


@pytest.mark.clause("codes/sign")
@pytest.mark.parametrize(
    ("name", "code", "negated"),
    [
        ("float8_e4m3fnuz", 0x80, 0x80),
        ("float8_e4m3fnuz", 0x00, 0x00),
        ("float8_e4m3fnuz", 0x01, 0x81),
        ("binary8p3se", 0x80, 0x80),
        ("binary8p3se", 0x00, 0x00),
        ("binary8p3se", 0x7F, 0xFF),
        ("binary8p3ue", 0xFF, 0xFF),
        ("float8_e8m0fnu", 0xFF, 0xFF),
        ("int8", 0x00, 0x00),
        ("int8", 0x01, 0xFF),
        ("int8", 0x81, 0x7F),
        ("uint8", 0x00, 0x00),
        ("e5m10nosub", 0x0000, 0x8000),
    ],
)
def test_one_code_or_two(name, code, negated):
    """A zero or a NaN that has no code of the other sign stays; two's complement changes more than a bit."""
    assert negate(Number(code, get_format(name))) == (negated, NONE)


@pytest.mark.clause("codes/sign", "codes/negate", "codes/absolute", "codes/copy-sign")
@pytest.mark.parametrize(
    ("operation", "name", "codes"),
    [
        (negate, "uint8", [1]),
        (negate, "binary8p3ue", [0xFE]),
        (negate, "float8_e8m0fnu", [0]),
        (negate, "int8", [0x80]),
        (absolute, "int8", [0x80]),
        (copy_sign, "uint8", [1]),
    ],
)
def test_a_sign_that_a_format_lacks(operation, name, codes):
    """A number or an infinity that has no code of the other sign is refused."""
    arguments = [Number(code, get_format(name)) for code in codes]
    arguments += [Number(0xFF, get_format("int8"))] * (operation is copy_sign)
    with pytest.raises(Unrepresentable, match=f"^{name} has no code for "):
        operation(*arguments)


@pytest.mark.clause("codes/copy-sign")
def test_the_sign_of_a_nan_without_a_sign():
    """A NaN of a format whose NaNs have one sign has the plus sign, and a zero the one that it shows."""
    one = Number(0xBC00, get_format("binary16"))
    assert copy_sign(one, Number(0x80, get_format("binary8p3se"))) == (0x3C00, NONE)
    assert copy_sign(one, Number(0xFE00, get_format("binary16"))) == (0xBC00, NONE)
    assert copy_sign(Number(0x3C00, one.format), Number(0x8000, one.format)) == (0xBC00, NONE)


@pytest.mark.clause("codes/next-up", "codes/next-down")
@pytest.mark.parametrize(
    ("name", "code", "up", "down"),
    [
        ("binary16", 0x0000, 0x0001, 0x8001),
        ("binary16", 0x8000, 0x0001, 0x8001),
        ("binary16", 0x8001, 0x8000, 0x8002),
        ("binary16", 0x0001, 0x0002, 0x0000),
        ("binary16", 0x03FF, 0x0400, 0x03FE),
        ("binary16", 0x7BFF, 0x7C00, 0x7BFE),
        ("binary16", 0x7C00, 0x7C00, 0x7BFF),
        ("binary16", 0xFC00, 0xFBFF, 0xFC00),
        ("binary16", 0xFBFF, 0xFBFE, 0xFC00),
        ("float8_e4m3fn", 0x7E, 0x7E, 0x7D),
        ("float8_e4m3fn", 0xFE, 0xFD, 0xFE),
        ("float8_e4m3fnuz", 0x81, 0x00, 0x82),
        ("float8_e4m3fnuz", 0x00, 0x01, 0x81),
        ("float8_e8m0fnu", 0x00, 0x01, 0x00),
        ("float8_e8m0fnu", 0xFE, 0xFE, 0xFD),
        ("int8", 0x7F, 0x7F, 0x7E),
        ("int8", 0x80, 0x81, 0x80),
        ("int8", 0xFF, 0x00, 0xFE),
        ("uint8", 0x00, 0x01, 0x00),
        ("binary8p3ue", 0x00, 0x01, 0x00),
        ("binary8p3se", 0x7E, 0x7F, 0x7D),
        ("binary8p3sf", 0x7F, 0x7F, 0x7E),
        ("e5m10nosub", 0x0000, 0x0400, 0x8400),
        ("e5m10nosub", 0x0123, 0x0400, 0x8400),
        ("e5m10nosub", 0x8400, 0x8000, 0x8401),
    ],
)
def test_neighbours(name, code, up, down):
    """IEEE 754-2019 5.3.1: around zero, at the ends of the subnormals, at infinity, and where there is none."""
    x = Number(code, get_format(name))
    assert next_up(x) == (up, NONE)
    assert next_down(x) == (down, NONE)


@pytest.mark.clause("codes/next-up", "codes/next-down")
@pytest.mark.parametrize(("code", "flags"), [(0xFE12, NONE), (0x7E00, NONE), (0x7C01, Flags.INVALID), (0xFD00, Flags.INVALID)])
def test_neighbours_of_nans(code, flags):
    """A NaN has none: the canonical NaN, invalid for a signaling one."""
    x = Number(code, get_format("binary16"))
    assert next_up(x) == next_down(x) == (0x7E00, flags)


def binary64(x):
    """The operand that a Python float is."""
    return Number(struct.unpack("<Q", struct.pack("<d", x))[0], get_format("binary64"))


@pytest.mark.clause("codes/next-up", "codes/next-down")
@given(st.floats(allow_nan=False))
def test_neighbours_against_the_host(x):
    """The host's nextafter of binary64 toward both infinities, but for the sign of a zero, which C leaves to the direction."""
    for operation, end in ((next_up, math.inf), (next_down, -math.inf)):
        expected = math.nextafter(x, end)
        if expected:
            assert operation(binary64(x)) == (binary64(expected).code, NONE)
        else:
            assert operation(binary64(x)) == (binary64(math.copysign(0.0, x)).code, NONE)
