"""Shifts: textbook patterns, the arithmetic of two's complement, counts of any size."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.projection import Projection
from refsim.spec.scaling import scale_b
from refsim.spec.shifts import shift_left, shift_right_arithmetic, shift_right_logical

UINT8, INT8 = get_format("uint8"), get_format("int8")
WIDE = get_format("uint64")


def number(code, name):
    """A code of a format."""
    return Number(code, get_format(name))


def places(n):
    """A count."""
    return Number(n, UINT8)


@pytest.mark.clause("shift/left", "shift/right-logical", "shift/right-arithmetic")
@pytest.mark.parametrize(
    ("shift", "format", "code", "count", "expected"),
    [
        # RISC-V, Volume I, 2.4: SLL, SRL and SRA on the patterns of its examples cut to 8 bits.
        (shift_left, "int8", 0b1000_0001, 1, 0b0000_0010),
        (shift_left, "int8", 0b0000_0001, 7, 0b1000_0000),
        (shift_right_logical, "int8", 0b1000_0001, 1, 0b0100_0000),
        (shift_right_logical, "int8", 0b1111_1111, 7, 0b0000_0001),
        (shift_right_arithmetic, "int8", 0b1000_0001, 1, 0b1100_0000),
        (shift_right_arithmetic, "int8", 0b1000_0000, 7, 0b1111_1111),
        (shift_right_arithmetic, "int8", 0b0100_0000, 6, 0b0000_0001),
        # Of an unsigned number there is no sign to repeat.
        (shift_right_arithmetic, "uint8", 0b1000_0001, 1, 0b0100_0000),
        (shift_right_arithmetic, "uq3.5", 0b1000_0001, 1, 0b0100_0000),
        # Bits of any format are bits.
        (shift_left, "float8_e4m3fn", 0b0111_1111, 1, 0b1111_1110),
        (shift_right_arithmetic, "binary16", 0x8001, 4, 0xF800),
    ],
)
def test_patterns(shift, format, code, count, expected):
    """Bits move by so many places, and what comes in is zeros or the sign."""
    assert shift(number(code, format), places(count)) == (expected, Flags.NONE)


@pytest.mark.clause("shift/count")
@pytest.mark.parametrize("count", [8, 9, 16, 64, 255])
def test_counts_of_the_width_and_more(count):
    """No part of a count is ignored: every bit has left, and zeros or the sign are there."""
    for code in range(256):
        x = number(code, "int8")
        assert shift_left(x, places(count)).code == shift_right_logical(x, places(count)).code == 0
        assert shift_right_arithmetic(x, places(count)).code == (0xFF if code & 0x80 else 0)


@pytest.mark.clause("shift/count")
def test_what_a_count_may_be():
    """A count is an integer that is not negative, of any integer format, however wide."""
    x = number(0xFF, "int8")
    assert shift_left(x, Number((1 << 64) - 1, WIDE)).code == 0
    assert shift_left(x, Number((1 << 512) - 1, get_format("uint512"))).code == 0
    assert shift_left(x, Number(3, INT8)).code == 0xF8
    with pytest.raises(ValueError, match="-1 is no number of places to shift by"):
        shift_left(x, Number(0xFF, INT8))
    with pytest.raises(ValueError, match="1/2 is no integer"):
        shift_right_logical(x, number(0x04, "q4.3"))


@pytest.mark.clause("shift/right-arithmetic", "shift/right-logical", "shift/left")
@given(st.data())
def test_shifts_are_arithmetic(data):
    """To the right, arithmetically, a number is divided and rounded down; logically, its code is; to the left the code is
    multiplied modulo two to the power of the width."""
    name = data.draw(st.sampled_from(["int8", "uint8", "q2.5", "q7.8", "uq4.12", "q-2.9", "int200"]))
    format, count = get_format(name), data.draw(st.integers(0, 255))
    x = Number(data.draw(st.integers(0, (1 << format.width) - 1)), format)
    step = format.grid.magnitude(1)
    floor = Fraction(x.exact / step // 2**count) * step
    assert format.decode(shift_right_arithmetic(x, places(count)).code) == floor
    assert shift_right_logical(x, places(count)).code == x.code >> count
    assert shift_left(x, places(count)).code == (x.code << count) % (1 << format.width)


@pytest.mark.clause("shift/right-arithmetic", "scaling/scale-b")
@pytest.mark.parametrize("name", ["int8", "q2.5", "uint8"])
def test_a_rounding_shift_is_a_scaling(name):
    """The arithmetic shift to the right is scaling by a power of two rounded down; other rules round the same quotient."""
    format = get_format(name)
    down = Projection(format, "toward_negative", "error")
    for code in range(256):
        for count in range(9):
            x, n = Number(code, format), Number(-count % 256, INT8)
            assert shift_right_arithmetic(x, places(count)).code == scale_b(x, n, down).code


@pytest.mark.clause("shift/left", "scaling/scale-b")
def test_a_shift_to_the_left_is_a_scaling_that_wraps():
    """Which numbers survive a shift to the left is what wrapping says."""
    to = Projection("int8", "toward_zero", "wrap")
    for code in range(256):
        for count in range(9):
            x = number(code, "int8")
            assert shift_left(x, places(count)).code == scale_b(x, Number(count, INT8), to).code
