"""Views of codes as bits: fields, back again, and bitstring's own types as an independent reading."""

import re
from fractions import Fraction

import bitstring
import numpy as np
import pytest

from refsim import Array, get_format
from refsim.engine.views import bit_array, bits_of, code_of, field_text, fields_of, from_bit_array
from refsim.spec.catalogue import CATALOGUE

E4M3 = get_format("float8_e4m3fn")
FORMATS = [entry.format for entry in CATALOGUE]
VIEWS = {
    "float8_e4m3fn": "e4m3mxfp_saturate",
    "float6_e3m2fn": "e3m2mxfp",
    "float6_e2m3fn": "e2m3mxfp",
    "float4_e2m1fn": "e2m1mxfp",
}


def some_codes(format):
    """All codes of a narrow format, and some of a wide one."""
    return range(1 << format.width) if format.width <= 8 else [0, 1, (1 << format.width) - 1, (1 << format.width) // 3]


@pytest.mark.parametrize("format", FORMATS, ids=str)
def test_bits_and_fields(format):
    """Bits and fields are those of the specification, and give the code back."""
    for code in some_codes(format):
        bits, fields = bits_of(code, format), fields_of(code, format)
        assert (bits.uint, len(bits)) == (code, format.width)
        assert {name: int(field.bin or "0", 2) for name, field in fields.items()} == dict(format.fields(code))
        assert bitstring.Bits.from_joined(fields.values()) == bits
        assert code_of(bits, format) == code_of(fields, format) == code
        assert field_text(code, format).replace("|", "") == bits.bin


def test_text():
    """A bar between the fields."""
    assert field_text(0x7E, E4M3) == "0|1111|110"
    assert list(fields_of(0xFE, E4M3)) == ["sign", "exponent", "fraction"]


@pytest.mark.parametrize("name", VIEWS)
def test_bitstring_reads_the_same_numbers(name):
    """bitstring's own dtypes read the bits of every number as the number that the format's code names."""
    format = get_format(name)
    for code in range(1 << format.width):
        value = format.decode(code)
        if isinstance(value, Fraction):
            assert getattr(bits_of(code, format), VIEWS[name]) == value


@pytest.mark.parametrize("format", FORMATS, ids=str)
def test_arrays(format):
    """A bitstring.Array of the same codes, and back; its image is that of bitstring's own constructor."""
    codes = list(some_codes(format))[:33]
    x = Array(codes, format)
    found = bit_array(x)
    assert found.equals(bitstring.Array(f"uint{format.width}", codes))
    back = from_bit_array(found, format)
    assert (back.codes.tolist(), back.format) == (codes, format)


def test_arrays_of_other_types():
    """Elements of any type are their bits; no elements are none; a matrix lies in C order."""
    numbers = bitstring.Array("e2m1mxfp", [0.5, -6, 4])
    assert from_bit_array(numbers, get_format("float4_e2m1fn")).values().tolist() == [0.5, -6, 4]
    assert len(bit_array(Array([], E4M3))) == 0
    assert bit_array(Array(np.array([[1, 2], [3, 4]]), E4M3)).to_list() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: bits_of(0x100, E4M3), "code 0x100 is not in 0..0xff of float8_e4m3fn"),
        (lambda: code_of(bitstring.Bits("0b1"), E4M3), "a code of float8_e4m3fn has 8 bits, not 1"),
        (lambda: code_of({}, E4M3), "the fields of float8_e4m3fn are sign, exponent, fraction, not none"),
        (
            lambda: code_of({**fields_of(1, E4M3), "sign": bitstring.Bits("0b11")}, E4M3),
            "sign of float8_e4m3fn has 1 bits, not 2",
        ),
        (
            lambda: from_bit_array(bitstring.Array("uint7", [1]), E4M3),
            "codes of float8_e4m3fn have 8 bits, and elements of the bitstring.Array 7",
        ),
        (
            lambda: from_bit_array(bitstring.Array.from_bytes("uint6", b"abcd"), get_format("float6_e3m2fn")),
            "behind the elements of the bitstring.Array are 2 bits more",
        ),
    ],
)
def test_misuse(ask, message):
    """What does not fit is said."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ask()
