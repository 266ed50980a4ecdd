"""Rounding to integral values, conversion to integers, and remainders: Python's own floor, round, remainder and fmod."""

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.arithmetic import convert
from refsim.spec.catalogue import get_format
from refsim.spec.exact import is_nan
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.integral import fmod, remainder, round_to_integral, round_to_integral_exact, to_integer
from refsim.spec.projection import Projection

from .data import BINARY16, number, outcome, table

HALF = Fraction(1, 2)
RULES = {
    "ties_to_even": round,
    "ties_to_away": lambda x: math.floor(abs(x) + HALF) * (1 if x > 0 else -1),
    "ties_toward_zero": lambda x: math.ceil(abs(x) - HALF) * (1 if x > 0 else -1),
    "ties_toward_positive": lambda x: math.floor(x + HALF),
    "ties_toward_negative": lambda x: math.ceil(x - HALF),
    "ties_to_odd": lambda x: round(x - 1) + 1,
    "toward_zero": math.trunc,
    "away_from_zero": lambda x: math.ceil(abs(x)) * (1 if x > 0 else -1),
    "toward_positive": math.ceil,
    "toward_negative": math.floor,
    "to_odd": lambda x: x if x == math.floor(x) else math.floor(x) | 1,
}
"""The rules on rationals, restated."""


@pytest.mark.clause("integral/round", "integral/round-exact")
@pytest.mark.parametrize("rule", RULES)
def test_integral_values(rule):
    """Every rule gives the integer that it gives by its own words, with the sign of x, and raises inexact only if asked to."""
    to = Projection(BINARY16, rule, "infinity")
    for code in (*range(0, 0x7C00, 97), *range(0x3700, 0x4500, 23), *range(0x3800, 0x4900, 0x80)):
        for sign in (0, 0x8000):
            x = Number(code | sign, BINARY16)
            value = x.exact if isinstance(x.exact, Fraction) else Fraction(0)
            expected = RULES[rule](value)
            quiet, loud = round_to_integral(x, to), round_to_integral_exact(x, to)
            assert quiet.code == loud.code == (to(expected).code if expected else sign)
            assert quiet.flags == Flags.NONE
            assert loud.flags == (Flags.INEXACT if expected != value else Flags.NONE)


@pytest.mark.clause("integral/round", "integral/round-exact")
@pytest.mark.parametrize(
    ("operands", "result", "flags"),
    table("""
        inf = inf
        -inf = -inf
        0 = 0
        -0 = -0
        1/2 = 0
        -1/2 = -0
        -2 = -2
        nan = nan
        snan = nan invalid
    """),
)
def test_special_integral_values(operands, result, flags):
    """Infinities and zeros stay, and a zero keeps the sign of what it was rounded from."""
    assert outcome("round_to_integral", *operands) == (result, flags)
    inexact = Flags.INEXACT if "1/2" in operands[0] else Flags.NONE
    assert outcome("round_to_integral_exact", *operands) == (result, flags | inexact)


@pytest.mark.clause("integral/round", "round/stochastic-a", "round/draw")
@pytest.mark.parametrize("draw", range(4))
def test_stochastic_integral_values(draw):
    """2.25 becomes 3 for one of four draws, and a draw that is missing is refused."""
    to = Projection(BINARY16, "stochastic_a:2", "infinity")
    assert round_to_integral_exact(Number(0x4080, BINARY16), to, draw) == (0x4200 if draw == 3 else 0x4000, Flags.INEXACT)
    for name in ("1", "nan", "inf"):
        with pytest.raises(ValueError, match=r"^stochastic_a:2 needs 2 random bits a number$"):
            round_to_integral(number(name), to)


@pytest.mark.clause("integral/round")
def test_an_integral_value_that_the_format_lacks():
    """The integer is projected: 2047.5 becomes 2048, and 2049 is none of binary16's."""
    to = Projection(BINARY16, "ties_to_away", "infinity")
    source = get_format("binary32")
    x = Number(struct.unpack("<I", struct.pack("<f", 2048.5))[0], source)
    assert round_to_integral(x, to) == (0x6801, Flags.INEXACT)
    assert round_to_integral(x, Projection("binary32", "ties_to_away", "infinity")).flags == Flags.NONE


@pytest.mark.clause("integral/to-integer", "arithmetic/convert")
@pytest.mark.parametrize("rule", RULES)
def test_conversions_to_integers(rule):
    """In range, a conversion that is silent about inexactness and one that is not give the integer of the rule."""
    to = Projection("int8", rule, "integer_saturate")
    for code in range(0x3000, 0x5F00, 23):
        for sign in (0, 0x8000):
            x = Number(code | sign, BINARY16)
            expected = RULES[rule](x.exact)
            inside = -128 <= expected <= 127
            result = min(max(expected, -128), 127) % 256
            invalid = Flags.NONE if inside else Flags.INVALID
            inexact = Flags.INEXACT if inside and expected != x.exact else Flags.NONE
            assert to_integer(x, to) == (result, invalid)
            assert convert(x, to) == (result, invalid | inexact)


@pytest.mark.clause("integral/to-integer")
@pytest.mark.parametrize("name", ["binary16", "q2.5", "uq4.4"])
def test_only_integers_are_integers(name):
    """A result format with fractions or exponents is refused, for every operand."""
    with pytest.raises(ValueError, match=f"^to_integer needs an integer format, which {name} is not$"):
        to_integer(number("nan"), Projection(name, "toward_zero", "saturate"))


SPECIAL_REMAINDERS = table("""
    inf 1 = nan invalid
    -inf inf = nan invalid
    1 0 = nan invalid
    0 -0 = nan invalid
    nan 0 = nan
    inf nan = nan
    1 snan = nan invalid
    1 inf = 1
    -1 -inf = -1
    0 inf = 0
    -0 1 = -0
    0 -1 = 0
    2 1 = 0
    -2 1 = -0
    -2 -1 = -0
""")


@pytest.mark.clause("integral/remainder", "integral/fmod")
@pytest.mark.parametrize(("operands", "result", "flags"), SPECIAL_REMAINDERS)
def test_special_remainders(operands, result, flags):
    """IEEE 754-2019 5.3.1 and 7.2, ISO C fmod: x by infinity is x, and a zero has the sign of x."""
    assert outcome("remainder", *operands) == (result, flags)
    assert outcome("fmod", *operands) == (result, flags)


@pytest.mark.clause("integral/remainder", "integral/fmod")
@pytest.mark.parametrize(
    ("x", "y", "nearest", "truncated"),
    [("5", "3", "-1", "2"), ("5", "2", "1", "1"), ("3", "2", "-1", "1"), ("-5", "3", "1", "-2"), ("7", "-2", "-1", "1")],
)
def test_remainders_by_hand(x, y, nearest, truncated):
    """The quotient is rounded to nearest, a tie to the even integer, or truncated."""
    int8, to = get_format("int8"), Projection("int8", "ties_to_even", "error")
    numbers = [Number(int(text) % 256, int8) for text in (x, y)]
    assert remainder(*numbers, to) == (int(nearest) % 256, Flags.NONE)
    assert fmod(*numbers, to) == (int(truncated) % 256, Flags.NONE)


def binary64(x):
    """The operand that a Python float is."""
    return Number(struct.unpack("<Q", struct.pack("<d", x))[0], get_format("binary64"))


@pytest.mark.clause("integral/remainder", "integral/fmod")
@given(st.floats(allow_nan=False), st.floats(allow_nan=False), st.integers(0, 1 << 12))
def test_remainders_against_the_host(x, y, n):
    """The host's remainder and fmod of binary64, of any two numbers and of those with a quotient near a half."""
    to = Projection("binary64", "ties_to_even", "infinity")
    near = (n + 0.5) * y if math.isfinite((n + 0.5) * y) else x
    for a in (x, near):
        for operation, host in ((remainder, math.remainder), (fmod, math.fmod)):
            code, flags = operation(binary64(a), binary64(y), to)
            try:
                expected = host(a, y)
            except ValueError:
                assert is_nan(to.format.decode(code))
                assert flags == Flags.INVALID
            else:
                assert (code, flags) == (binary64(expected).code, Flags.NONE)
