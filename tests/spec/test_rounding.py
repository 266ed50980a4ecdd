"""Rounding rules: the tables of HLS types, the decimal module, and the formulas of the P3109 report."""

import decimal
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.naming import get_rounding, rounding_names
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC, Gap

QUARTERS = [Fraction(n, 4) for n in range(-11, 12)]

# Results of the vendors' own headers for -11/4 to 11/4 in steps of a quarter.
HLS = {
    "AP_RND": "-3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 1 1 1 1 2 2 2 2 3 3",
    "AP_RND_ZERO": "-3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 0 1 1 1 1 2 2 2 2 3",
    "AP_RND_MIN_INF": "-3 -3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 1 1 1 1 2 2 2 2 3",
    "AP_RND_INF": "-3 -3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 1 1 1 1 2 2 2 2 3 3",
    "AP_RND_CONV": "-3 -2 -2 -2 -2 -2 -1 -1 -1 0 0 0 0 0 1 1 1 2 2 2 2 2 3",
    "AP_TRN": "-3 -3 -3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 1 1 1 1 2 2 2 2",
    "AP_TRN_ZERO": "-2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 0 0 0 1 1 1 1 2 2 2 2",
    "AC_RND_CONV_ODD": "-3 -3 -2 -2 -2 -1 -1 -1 -1 -1 0 0 0 1 1 1 1 1 2 2 2 3 3",
}

# The decimal module's rules for the tenth digit, by the same meaning.
DECIMAL = {
    "ties_to_even": decimal.ROUND_HALF_EVEN,
    "ties_to_away": decimal.ROUND_HALF_UP,
    "ties_toward_zero": decimal.ROUND_HALF_DOWN,
    "toward_zero": decimal.ROUND_DOWN,
    "away_from_zero": decimal.ROUND_UP,
    "toward_positive": decimal.ROUND_CEILING,
    "toward_negative": decimal.ROUND_FLOOR,
}


def to_integer(x, rounding, draw=None):
    """A rational rounded to a 16-bit integer."""
    int16 = get_format("int16")
    return int16.decode(Projection(int16, rounding, "error")(x, draw).code)


@pytest.mark.clause(
    "round/ties-toward-positive",
    "round/ties-toward-zero",
    "round/ties-toward-negative",
    "round/ties-to-away",
    "round/ties-to-even",
    "round/toward-negative",
    "round/toward-zero",
    "round/ties-to-odd",
)
@pytest.mark.parametrize("alias", HLS)
def test_hls_tables(alias):
    """Each mode of ap_fixed and ac_fixed gives the results of the vendor's headers."""
    assert [to_integer(x, alias) for x in QUARTERS] == [int(text) for text in HLS[alias].split()]


@pytest.mark.clause(
    "round/ties-to-even",
    "round/ties-to-away",
    "round/ties-toward-zero",
    "round/toward-zero",
    "round/away-from-zero",
    "round/toward-positive",
    "round/toward-negative",
)
@pytest.mark.parametrize("rule", DECIMAL)
@given(st.decimals(-1000, 1000, places=3) | st.integers(-999, 999).map(lambda n: decimal.Decimal(n) / 2))
def test_against_the_decimal_module(rule, x):
    """Rules that the decimal module has too agree with it."""
    assert to_integer(Fraction(x), rule) == int(x.quantize(decimal.Decimal(1), rounding=DECIMAL[rule]))


@pytest.mark.clause(
    "round/ties-toward-positive", "round/ties-toward-negative", "round/toward-positive", "round/toward-negative"
)
@given(st.fractions(-1000, 1000, max_denominator=64))
def test_against_floor_and_ceiling(x):
    """The rules with a direction are floors and ceilings, half a unit aside where they are nearest."""
    half = Fraction(1, 2)
    assert to_integer(x, "ties_toward_positive") == math.floor(x + half)
    assert to_integer(x, "ties_toward_negative") == math.ceil(x - half)
    assert to_integer(x, "toward_positive") == math.ceil(x)
    assert to_integer(x, "toward_negative") == math.floor(x)


@pytest.mark.clause("round/to-odd", "round/ties-to-odd")
@given(st.fractions(-1000, 1000, max_denominator=64))
def test_odd_rules_by_their_definition(x):
    """Of the floor and the ceiling the odd one: always where x lies between them, or only at the middle."""
    low, high = math.floor(x), math.ceil(x)
    odd = low if low % 2 else high
    assert to_integer(x, "to_odd") == (odd if low != high else x)
    nearest = {x - low < high - x: low, x - low > high - x: high}.get(True, odd if low != high else low)
    assert to_integer(x, "ties_to_odd") == nearest


@pytest.mark.clause("round/ties-to-even")
@pytest.mark.parametrize(("x", "code"), [("1", 0x38), ("17/16", 0x38), ("35/32", 0x39), ("19/16", 0x3A), ("2049/2048", 0x38)])
def test_ties_to_even_in_e4m3(x, code):
    """Between 1 = 0x38, 9/8 = 0x39 and 5/4 = 0x3a, by hand: both middles go to the even code."""
    assert Projection("float8_e4m3fn", "ties_to_even", "saturate")(Fraction(x)).code == code


@pytest.mark.clause("round/to-odd")
@pytest.mark.parametrize(("x", "code"), [("1", 0x38), ("1025/1024", 0x39), ("19/16", 0x39), ("5/4", 0x3A), ("1/1024", 0x01)])
def test_to_odd_in_e4m3(x, code):
    """Exact numbers stay, others take the neighbour with the odd code, however far it is."""
    assert Projection("float8_e4m3fn", "to_odd", "saturate")(Fraction(x)).code == code


def p3109_stochastic(rule, place, bits, r):
    """P3109 interim report 3.2.2, 4.7.4: whether the magnitude is rounded away from zero."""
    if rule == "stochastic_a":
        return math.floor(place * 2**bits) + r >= 2**bits
    if rule == "stochastic_b":
        return math.floor(place * 2 ** (bits + 1)) + 2 * r + 1 >= 2 ** (bits + 1)
    return round(place * 2**bits) + r >= 2**bits  # Python rounds a Fraction to the nearest integer, ties to even


@pytest.mark.clause("round/stochastic-a", "round/stochastic-b", "round/stochastic-c")
@pytest.mark.parametrize("rule", ["stochastic_a", "stochastic_b", "stochastic_c"])
@pytest.mark.parametrize("bits", [1, 2, 3, 5])
def test_stochastic_rules_are_those_of_p3109(rule, bits):
    """Every draw at every place of a grid four times finer than the random bits, between and at zero and one."""
    steps = 1 << bits + 2
    for k in range(steps):
        for draw in range(1 << bits):
            up = p3109_stochastic(rule, Fraction(k, steps), bits, draw)
            assert to_integer(7 + Fraction(k, steps), f"{rule}:{bits}", draw) == 7 + up
            assert to_integer(-7 - Fraction(k, steps), f"{rule}:{bits}", draw) == -7 - up


@pytest.mark.clause("round/stochastic-a", "round/stochastic-b", "round/stochastic-c")
@given(st.fractions(0, Fraction(999, 1000)), st.integers(1, 8))
def test_how_often_a_stochastic_rule_goes_up(place, bits):
    """Counted over all draws: the place truncated, rounded with ties up, and rounded with ties to even."""
    whole = 1 << bits
    count = {
        rule: sum(to_integer(5 + place, f"stochastic_{rule}:{bits}", draw) == 6 for draw in range(whole)) for rule in "abc"
    }
    assert count == {"a": math.floor(place * whole), "b": math.floor(place * whole + Fraction(1, 2)), "c": round(place * whole)}


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_rule_takes_arrays(name):
    """A rule is written with operators that mean the same for exact numbers and for arrays."""
    import numpy as np  # noqa: PLC0415 the specification itself knows no arrays

    gaps = [Gap(Fraction(k, 8), odd, negative) for k in range(8) for odd in (0, 1) for negative in (0, 1)]
    columns = Gap(*(np.array([float(part) for part in column]) for column in zip(*gaps, strict=True)))
    rule = DETERMINISTIC[name]
    assert [bool(rule(gap)) for gap in gaps] == rule(columns).tolist()


@pytest.mark.clause("round/draw")
@pytest.mark.parametrize(
    ("rule", "draw", "message"),
    [
        ("ties_to_even", 0, "ties_to_even takes no random bits"),
        ("stochastic_a:3", None, "stochastic_a:3 needs 3 random bits a number"),
        ("stochastic_b:3", 8, "random bits 0x8 are not in 0..0x7 of stochastic_b:3"),
        ("stochastic_c:16", -1, "random bits -0x1 are not in 0..0xffff of stochastic_c:16"),
    ],
)
@pytest.mark.parametrize("x", [Fraction(1, 3), 1])
def test_random_bits_are_checked(rule, draw, message, x):
    """Random bits that are missing, superfluous or out of range are refused, for an exact number too."""
    with pytest.raises(ValueError, match="random bits") as refused:
        Projection("int8", rule, "saturate")(x, draw)
    assert str(refused.value) == message


@pytest.mark.clause("round/draw")
def test_random_bits_decide_alone():
    """The same number and the same random bits give the same result, whenever they are asked."""
    to = Projection("int8", "stochastic_a:4", "saturate")
    answers = [[to(Fraction(1, 3), draw).code for draw in range(16)] for _ in range(3)]
    # 1/3 * 16 is truncated to 5, which carries with the last five draws.
    assert answers == [[0] * 11 + [1] * 5] * 3


@pytest.mark.parametrize(
    "name",
    [
        "stochastic_a",
        "stochastic_a:",
        "stochastic_a:0",
        "stochastic_b:65",
        "stochastic_c:03",
        "stochastic_a:x",
        "stochastic_a:-1",
    ],
)
def test_stochastic_rules_name_their_bits(name):
    """A stochastic rule without a plain number of random bits from 1 to 64 is refused."""
    base = name.split(":")[0]
    with pytest.raises(ValueError, match="random bits") as refused:
        get_rounding(name)
    assert str(refused.value) == f"{base} needs the number of its random bits, 1 to 64, as in {base}:8, not {name!r}"


@pytest.mark.parametrize("name", ["nearest", "", "ties_to_even:3", "Ties_to_even"])
def test_unknown_rules(name):
    """An unknown rule is refused with the names of all."""
    with pytest.raises(ValueError, match="unknown rounding rule") as refused:
        get_rounding(name)
    assert str(refused.value) == f"unknown rounding rule {name!r}; the rules are {', '.join(rounding_names())}"
