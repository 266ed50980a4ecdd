"""Overflow rules: the tables of HLS types, IEEE 754-2019 7.4, OCP's and P3109's sentences, and formats that lack data."""

from fractions import Fraction

import pytest

from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.formats import Unrepresentable
from refsim.spec.naming import get_overflow, overflow_names
from refsim.spec.overflow import OverflowRaised
from refsim.spec.projection import Projection

OVERFLOWED = Flags.OVERFLOW | Flags.INEXACT

# Results of the vendors' own headers for -10 to 10 in a type of three bits.
SIGNED = {
    "AP_SAT": "-4 -4 -4 -4 -4 -4 -4 -3 -2 -1 0 1 2 3 3 3 3 3 3 3 3",
    "AP_SAT_ZERO": "0  0  0  0  0  0 -4 -3 -2 -1 0 1 2 3 0 0 0 0 0 0 0",
    "AP_SAT_SYM": "-3 -3 -3 -3 -3 -3 -3 -3 -2 -1 0 1 2 3 3 3 3 3 3 3 3",
    "AP_WRAP": "-2 -1  0  1  2  3 -4 -3 -2 -1 0 1 2 3 -4 -3 -2 -1 0 1 2",
    "AP_WRAP:1": "-2 -1 -4 -3 -2 -1 -4 -3 -2 -1 0 1 2 3 0 1 2 3 0 1 2",
    "AP_WRAP:2": "-4 -3 -4 -3 -4 -3 -4 -3 -2 -1 0 1 2 3 2 3 2 3 2 3 2",
    "AP_WRAP_SM": "1  0 -1 -2 -3 -4 -4 -3 -2 -1 0 1 2 3 3 2 1 0 -1 -2 -3",
    "AP_WRAP_SM:1": "-2 -1 -1 -2 -3 -4 -4 -3 -2 -1 0 1 2 3 3 2 1 0 0 1 2",
    "AP_WRAP_SM:2": "-3 -4 -4 -3 -3 -4 -4 -3 -2 -1 0 1 2 3 3 2 2 3 3 2 2",
}
UNSIGNED = {
    "AP_WRAP:1": "6 7 4 5 6 7 4 5 6 7 0 1 2 3 4 5 6 7 4 5 6",
    "AP_WRAP:2": "6 7 6 7 6 7 6 7 6 7 0 1 2 3 4 5 6 7 6 7 6",
}
HLS = [("int3", name, row) for name, row in SIGNED.items()] + [("uint3", name, row) for name, row in UNSIGNED.items()]


def code(x, format, rounding, overflow):
    """The code of a rational written as text, or of a datum."""
    return Projection(format, rounding, overflow)(Fraction(x) if isinstance(x, str) else x).code


@pytest.mark.clause(
    "overflow/saturate",
    "overflow/saturate-zero",
    "overflow/saturate-symmetric",
    "overflow/wrap",
    "overflow/wrap-sign-magnitude",
)
@pytest.mark.parametrize(("format", "alias", "row"), HLS)
def test_hls_tables(format, alias, row):
    """Each overflow mode of ap_fixed gives the results of the vendor's headers, with saturated bits and without."""
    to = Projection(format, "ties_to_even", alias)
    assert [to.format.decode(to(x).code) for x in range(-10, 11)] == [int(text) for text in row.split()]


@pytest.mark.clause("overflow/wrap")
@pytest.mark.parametrize("name", ["uint3", "uq1.2", "int5", "q0.3"])
def test_wrapping_is_modulo_the_range(name):
    """Two numbers with the same low bits have one code, far from the range too."""
    to = Projection(name, "toward_negative", "wrap")
    step, width = to.format.grid.magnitude(1), to.format.width
    for n in range(1 << width):
        for turns in (-3, -1, 0, 1, 1 << 70):
            assert to((n + (turns << width)) * step).code == n


@pytest.mark.clause("overflow/wrap", "project/order")
def test_rounding_precedes_wrapping():
    """3.5 rounds to 4, which three signed bits hold as -4; rounded down it stays 3."""
    assert code("7/2", "int3", "ties_to_even", "wrap") == 0b100
    assert code("7/2", "int3", "toward_negative", "wrap") == 0b011


@pytest.mark.clause("overflow/saturate-symmetric")
def test_symmetric_saturation_cuts_a_number_in_range():
    """-128 is a code of int8, and yet it becomes -127, which is an overflow."""
    to = Projection("int8", "toward_zero", "saturate_symmetric")
    assert to(-128) == (0x81, OVERFLOWED)
    assert to(-127) == (0x81, Flags.NONE)
    assert to(127) == (0x7F, Flags.NONE)


@pytest.mark.clause("overflow/saturate-symmetric")
@pytest.mark.parametrize(("x", "expected"), [(-1, 0), (256, 255), (255, 255), (NEGATIVE_INFINITY, 0)])
def test_symmetric_saturation_without_a_sign(x, expected):
    """AP_SAT_SYM of an unsigned type is AP_SAT."""
    assert code(x, "uint8", "ties_to_even", "saturate_symmetric") == expected


# IEEE 754-2019 7.4: which numbers overflow to infinity under which rounding direction, and which to the largest finite.
IEEE_OVERFLOW = {
    "ties_to_even": (0x7C00, 0xFC00),
    "ties_to_away": (0x7C00, 0xFC00),
    "toward_zero": (0x7BFF, 0xFBFF),
    "toward_negative": (0x7BFF, 0xFC00),
    "toward_positive": (0x7C00, 0xFBFF),
}


@pytest.mark.clause("overflow/infinity", "project/past-end", "flags/raise")
@pytest.mark.parametrize("rounding", IEEE_OVERFLOW)
@pytest.mark.parametrize("x", [Fraction(65536), Fraction(1 << 200)])
def test_overflow_of_ieee_754(rounding, x):
    """Nearest rules carry to infinity, toward_zero stays, directed rules carry on their side."""
    to = Projection("binary16", rounding, "infinity")
    positive, negative = IEEE_OVERFLOW[rounding]
    assert to(x) == (positive, OVERFLOWED)
    assert to(-x) == (negative, OVERFLOWED)


@pytest.mark.clause("project/past-end", "overflow/infinity")
@pytest.mark.parametrize(
    ("rounding", "format", "expected"),
    [
        # The last point of binary16, 0x7bff, is odd, that of binary8p3se, 0x7e, is even, that of binary8p3ue, 0xfd, is odd.
        ("to_odd", "binary16", 0x7BFF),
        ("to_odd", "binary8p3se", 0x7F),
        ("to_odd", "binary8p3ue", 0xFD),
        ("ties_to_odd", "binary16", 0x7C00),
        ("ties_toward_zero", "binary16", 0x7C00),
        ("away_from_zero", "binary16", 0x7C00),
        ("ties_toward_positive", "binary16", 0x7C00),
        ("ties_toward_negative", "binary16", 0x7C00),
    ],
)
def test_each_rule_says_whether_it_reaches_infinity(rounding, format, expected):
    """An excess lies at the far end of the last gap: nearest rules go there, and to_odd only from an even last point."""
    assert code(1 << 300, format, rounding, "infinity") == expected


@pytest.mark.clause("project/past-end")
@pytest.mark.parametrize("rule", ["stochastic_a:2", "stochastic_b:2", "stochastic_c:2"])
@pytest.mark.parametrize("draw", range(4))
def test_an_excess_is_not_random(rule, draw):
    """Past the end a stochastic rule carries, whatever its random bits."""
    assert Projection("binary16", rule, "infinity")(Fraction(65536), draw) == (0x7C00, OVERFLOWED)


@pytest.mark.clause("overflow/infinity", "overflow/saturate")
@pytest.mark.parametrize(
    ("x", "saturated", "otherwise"),
    [("448", 0x7E, 0x7E), ("464", 0x7E, 0x7E), ("4641/10", 0x7E, 0x7F), ("480", 0x7E, 0x7F), (POSITIVE_INFINITY, 0x7E, 0x7F)],
)
def test_overflow_of_ofp8_e4m3(x, saturated, otherwise):
    """OCP OFP8: E4M3 has no infinity, so that what does not saturate becomes NaN; 464 is the tie, and 448 is even."""
    assert code(x, "float8_e4m3fn", "ties_to_even", "SAT") == saturated
    assert code(x, "float8_e4m3fn", "ties_to_even", "OVF") == otherwise


@pytest.mark.clause("overflow/saturate", "overflow/saturate-propagate", "overflow/infinity")
@pytest.mark.parametrize(
    ("rule", "finite", "infinite"),
    [("SatFinite", 0x7E, 0x7E), ("SatPropagate", 0x7E, 0x7F), ("SatNone", 0x7F, 0x7F)],
)
def test_saturation_of_p3109(rule, finite, infinite):
    """P3109 3.2.2, 4.7.5, for binary8p3se: 0x7e is the largest finite number, 0x7f infinity."""
    assert code(Fraction(2) ** 99, "binary8p3se", "NearestTiesToEven", rule) == finite
    assert code(-(Fraction(2) ** 99), "binary8p3se", "NearestTiesToEven", rule) == finite + 0x80
    assert code(POSITIVE_INFINITY, "binary8p3se", "NearestTiesToEven", rule) == infinite
    assert code(NEGATIVE_INFINITY, "binary8p3se", "NearestTiesToEven", rule) == infinite + 0x80


@pytest.mark.clause("overflow/saturate-propagate")
def test_propagating_an_infinity_that_is_not_there():
    """Where the format has not that infinity, it saturates."""
    assert code(POSITIVE_INFINITY, "float8_e4m3fn", "ties_to_even", "saturate_propagate") == 0x7E
    assert code(NEGATIVE_INFINITY, "binary8p3ue", "ties_to_even", "saturate_propagate") == 0
    assert code(NEGATIVE_INFINITY, "int8", "ties_to_even", "saturate_propagate") == 0x80


@pytest.mark.clause("overflow/infinity", "overflow/saturate")
@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("ties_to_even", 0xFF), ("toward_negative", 0xFF), ("away_from_zero", 0xFF), ("toward_zero", 0), ("toward_positive", 0)],
)
def test_negative_numbers_without_a_sign(rounding, expected):
    """An unsigned format ends at zero: rules that carry away from there find no infinity and give NaN."""
    assert code("-5", "binary8p3ue", rounding, "infinity") == expected
    assert code("-5", "binary8p3ue", rounding, "saturate") == 0
    assert code(NEGATIVE_ZERO, "binary8p3ue", rounding, "infinity") == 0


@pytest.mark.clause("overflow/saturate", "overflow/infinity")
@pytest.mark.parametrize(
    ("x", "rounding", "overflow", "expected"),
    [
        ("0", "ties_to_even", "saturate", 0),
        ("0", "ties_to_even", "infinity", 0xFF),
        ("-1", "ties_to_even", "saturate", 0),
        ("-1", "toward_zero", "infinity", 0xFF),
        (NEGATIVE_INFINITY, "ties_to_even", "saturate", 0),
        (POSITIVE_INFINITY, "ties_to_even", "saturate", 0xFE),
        (POSITIVE_INFINITY, "ties_to_even", "infinity", 0xFF),
        # 1.5 is half way from 0x7f to 0x80, 3 from 0x80 to 0x81: ties to the even code.
        ("3/2", "ties_to_even", "saturate", 0x80),
        ("3", "ties_to_even", "saturate", 0x80),
    ],
)
def test_a_format_without_zero(x, rounding, overflow, expected):
    """E8M0 has neither zero nor sign: what lies below its least number saturates to it, or is NaN."""
    assert code(x, "float8_e8m0fnu", rounding, overflow) == expected


@pytest.mark.clause("overflow/error")
@pytest.mark.parametrize(
    ("x", "format", "message"),
    [
        (128, "int8", "128 is outside the range of int8"),
        (-129, "int8", "-129 is outside the range of int8"),
        (Fraction(-1, 2), "float8_e8m0fnu", "-0.5 is outside the range of float8_e8m0fnu"),
        (Fraction(0), "float8_e8m0fnu", "0 is outside the range of float8_e8m0fnu"),
        (480, "float8_e4m3fn", "480 is outside the range of float8_e4m3fn"),
        (POSITIVE_INFINITY, "binary16", "infinity is outside the range of binary16"),
        (NEGATIVE_INFINITY, "int8", "-infinity is outside the range of int8"),
    ],
)
def test_error_has_no_result(x, format, message):
    """The rule ``error`` refuses what is out of range, by its rounded value."""
    with pytest.raises(OverflowRaised) as refused:
        Projection(format, "ties_to_even", "error")(x)
    assert str(refused.value) == message
    assert isinstance(refused.value, Unrepresentable)


@pytest.mark.clause("overflow/error")
def test_error_leaves_the_range_alone():
    """In range nothing is refused, and rounding comes first: 127.5 is out of range only if it rounds up."""
    to_even, to_zero = (Projection("int8", rounding, "error") for rounding in ("ties_to_even", "toward_zero"))
    assert to_zero(Fraction(255, 2)) == (127, Flags.INEXACT)
    with pytest.raises(OverflowRaised, match="128 is outside"):
        to_even(Fraction(255, 2))


@pytest.mark.clause("overflow/infinity", "overflow/wrap", "format/special")
@pytest.mark.parametrize(
    ("x", "format", "overflow", "message"),
    [
        (7, "float4_e2m1fn", "infinity", "float4_e2m1fn has no code for infinity, nor for NaN"),
        (-200, "int8", "infinity", "int8 has no code for -infinity, nor for NaN"),
        (POSITIVE_INFINITY, "int8", "wrap", "int8 has no code for infinity"),
        (NEGATIVE_INFINITY, "int8", "wrap_sign_magnitude", "int8 has no code for -infinity"),
        (NAN, "int8", "wrap", "int8 has no code for nan"),
        (NAN, "float4_e2m1fn", "saturate", "float4_e2m1fn has no code for nan"),
    ],
)
def test_what_no_code_can_say(x, format, overflow, message):
    """A format without NaN and infinities refuses them, and never gives a number in their place."""
    with pytest.raises(Unrepresentable) as refused:
        Projection(format, "ties_to_even", overflow)(x)
    assert str(refused.value) == message
    assert type(refused.value) is Unrepresentable


@pytest.mark.clause("overflow/saturate", "overflow/saturate-propagate", "overflow/saturate-zero", "overflow/saturate-symmetric")
@pytest.mark.parametrize(
    ("overflow", "up", "down"),
    [("saturate", 127, 128), ("saturate_propagate", 127, 128), ("saturate_zero", 0, 0), ("saturate_symmetric", 127, 129)],
)
def test_infinities_into_integers(overflow, up, down):
    """An infinity is outside every range like any other excess, and raises no flag."""
    to = Projection("int8", "ties_to_even", overflow)
    assert to(POSITIVE_INFINITY) == (up, Flags.NONE)
    assert to(NEGATIVE_INFINITY) == (down, Flags.NONE)


@pytest.mark.parametrize(
    ("format", "overflow", "message"),
    [
        ("float8_e4m3fn", "wrap", "wrap needs an integer or fixed-point format, which float8_e4m3fn is not"),
        (
            "binary8p1ue",
            "wrap_sign_magnitude",
            "wrap_sign_magnitude needs an integer or fixed-point format, which binary8p1ue is not",
        ),
        ("uint8", "wrap_sign_magnitude", "wrap_sign_magnitude needs a signed format, which uint8 is not"),
        ("int4", "wrap:5", "wrap:5 needs a format of at least 5 bits, not int4"),
        ("ternary", "wrap", "wrap needs a format of which every code is a number, which ternary is not"),
        ("float8_e8m0fnu", "saturate_zero", "saturate_zero needs a format with a zero, which float8_e8m0fnu has not"),
    ],
)
def test_rules_without_a_meaning(format, overflow, message):
    """A rule that has no meaning for the format is refused before any number comes."""
    with pytest.raises(ValueError, match="needs a") as refused:
        Projection(format, "ties_to_even", overflow)
    assert str(refused.value) == message


@pytest.mark.parametrize("name", ["clip", "", "SATURATE"])
def test_unknown_rules(name):
    """An unknown rule is refused with the names of all."""
    with pytest.raises(ValueError, match="unknown overflow rule") as refused:
        get_overflow(name)
    assert str(refused.value) == f"unknown overflow rule {name!r}; the rules are {', '.join(overflow_names())}"
