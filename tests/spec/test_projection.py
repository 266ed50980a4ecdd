"""Projection: the formulas of the P3109 report, correctly rounded square roots, and what is refused."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format, p3109_formats
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, root
from refsim.spec.flags import Flags, Result
from refsim.spec.projection import Projection

P3109_ROUNDINGS = ("NearestTiesToEven", "NearestTiesToAway", "TowardZero", "TowardPositive", "TowardNegative", "ToOdd")
P3109_SATURATIONS = ("SatFinite", "SatPropagate", "SatNone")


def round_to_precision(x, precision, bias, rounding):
    """P3109 interim report 3.2.2, 4.7.4, RoundToPrecision for a rational x other than zero."""
    exponent = math.frexp(abs(x))[1] - 1
    q = max(exponent, 1 - bias) - precision + 1
    scaled = abs(x) / Fraction(2) ** q
    whole = math.floor(scaled)
    rest = scaled - whole
    code_is_even = whole % 2 == 0 if precision > 1 else whole == 0 or (q + bias) % 2 == 0
    half = Fraction(1, 2)
    away = {
        "NearestTiesToEven": rest > half or (rest == half and not code_is_even),
        "NearestTiesToAway": rest >= half,
        "TowardZero": False,
        "TowardPositive": rest > 0 and x > 0,
        "TowardNegative": rest > 0 and x < 0,
        "ToOdd": rest > 0 and code_is_even,
    }[rounding]
    return (1 if x > 0 else -1) * (whole + away) * Fraction(2) ** q


def saturate(x, low, high, rounding, saturation, signed, extended):
    """P3109 4.7.5 for a rounded x: a datum, ``None`` for NaN. SatNone is asked of the extended domain alone."""
    if x not in (POSITIVE_INFINITY, NEGATIVE_INFINITY) and low <= x <= high:
        return x
    above = x is POSITIVE_INFINITY or (x is not NEGATIVE_INFINITY and x > high)
    infinite = x in (POSITIVE_INFINITY, NEGATIVE_INFINITY)
    if saturation == "SatFinite" or (saturation == "SatPropagate" and not (infinite and extended and (above or signed))):
        return high if above else low
    if saturation == "SatNone" and not infinite:
        stays = {"TowardZero"} | ({"TowardNegative"} if above else {"TowardPositive"})
        if above and not signed:
            stays.add("ToOdd")
        if rounding in stays:
            return high if above else low
    if not above and not signed:
        return None
    return POSITIVE_INFINITY if above else NEGATIVE_INFINITY


def p3109_cases(format):
    """Every quarter of every gap, numbers past the ends, on both sides of zero."""
    top = (1 << format.width - format.signed) + 2
    values = [format.grid.magnitude(n) for n in range(top + 1)]
    quarters = [low + (high - low) * Fraction(k, 4) for low, high in itertools.pairwise(values) for k in range(4)]
    return [x for m in [*quarters, values[-1] * 1000] if m for x in (m, -m)]


@pytest.mark.clause("project/order", "project/round", "overflow/saturate", "round/ties-to-even", "round/ties-to-away")
@pytest.mark.clause("round/toward-zero", "round/toward-positive", "round/toward-negative", "round/to-odd", "project/past-end")
@pytest.mark.clause("overflow/saturate-propagate", "overflow/infinity", "format/parity")
@pytest.mark.parametrize("width", range(3, 7))
def test_projection_is_that_of_p3109(width):
    """RoundToPrecision, then Saturate, then the one code of the datum: all formats of the width, roundings, saturations."""
    for format in (format for format in p3109_formats() if format.width == width):
        precision, signed, extended = format.grid.precision, format.name[-2] == "s", format.name[-1] == "e"
        bias = 2 ** (width - precision - 1) if signed else 2 ** (width - precision)
        codes = {format.decode(code): code for code in range(1 << width)}
        finite = [x for x in codes if isinstance(x, Fraction)]
        low, high = min(finite), max(finite)
        cases = p3109_cases(format)
        for rounding in P3109_ROUNDINGS:
            for saturation in P3109_SATURATIONS if extended else P3109_SATURATIONS[:2]:
                to = Projection(format, rounding, saturation)
                for x in cases:
                    rounded = round_to_precision(x, precision, bias, rounding)
                    if saturation != "SatFinite" and low < rounded < high:
                        continue  # saturation says nothing here that SatFinite has not said
                    datum = saturate(rounded, low, high, rounding, saturation, signed, extended)
                    assert to(x).code == codes[NAN if datum is None else datum], (format.name, rounding, saturation, x)
                for x in (POSITIVE_INFINITY, NEGATIVE_INFINITY):
                    datum = saturate(x, low, high, rounding, saturation, signed, extended)
                    assert to(x).code == codes[NAN if datum is None else datum], (format.name, rounding, saturation, x)


def correctly_rounded_root(v, format):
    """The code of the nearest number to sqrt(v), found by bisection on squares and a comparison with the middle's square."""
    low, high = 0, format.top + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if format.decode(middle) ** 2 <= v else (low, middle)
    middle = (format.decode(low) + format.decode(low + 1)) / 2
    return low + (middle**2 < v)


@pytest.mark.clause("project/irrational", "project/round")
@given(st.fractions(Fraction(1, 10**6), 60000, max_denominator=10**6))
def test_square_roots_are_correctly_rounded(v):
    """A square root in binary16 is the nearest number, found by searching squares; no tie can come up."""
    binary16 = get_format("binary16")
    assert Projection(binary16, "ties_to_even", "infinity")(root(v, 2)).code == correctly_rounded_root(v, binary16)


@pytest.mark.clause("project/irrational")
@pytest.mark.parametrize("code", [0x3C00, 0x0400, 0x5555, 0x7BFE])
def test_square_roots_next_to_a_tie(code):
    """The least change to the square of a middle decides the rounding, on each side."""
    binary16 = get_format("binary16")
    middle = (binary16.decode(code) + binary16.decode(code + 1)) / 2
    nearest, odd = (Projection(binary16, rounding, "infinity") for rounding in ("ties_to_even", "to_odd"))
    tiny = Fraction(1, 1 << 300)
    assert nearest(root(middle**2 - tiny, 2)).code == code
    assert nearest(root(middle**2 + tiny, 2)).code == code + 1
    assert nearest(root(middle**2, 2)).code == code + code % 2
    for v in (middle**2 - tiny, middle**2, middle**2 + tiny, binary16.decode(code) ** 2 + tiny):
        assert odd(root(v, 2)).code == code | 1
        assert odd(-root(v, 2) if v != middle**2 else -middle).code == code | 1 | 0x8000


@pytest.mark.clause("project/irrational")
@pytest.mark.parametrize("rule", ["stochastic_a", "stochastic_b", "stochastic_c"])
@pytest.mark.parametrize("draw", range(8))
def test_stochastic_rounding_of_a_root(rule, draw):
    """sqrt(2) - 1 = 0.41421..., which is 3.31 eighths: 3 of 8 draws carry, by every rule."""
    to = Projection("int8", f"{rule}:3", "saturate")
    assert to(root(2, 2), draw) == (1 + (draw >= 5), Flags.INEXACT)
    assert to(-root(2, 2), draw) == (0xFF - (draw >= 5), Flags.INEXACT)


@pytest.mark.clause("project/irrational", "flags/raise")
def test_a_root_outside_the_range():
    """Roots overflow, underflow and are tiny as rationals are."""
    to = Projection("binary16", "ties_to_even", "infinity")
    assert to(root(Fraction(10) ** 11, 2)) == (0x7C00, Flags.OVERFLOW | Flags.INEXACT)
    assert to(root(Fraction(2) ** -51, 2)) == (0, Flags.UNDERFLOW | Flags.INEXACT)
    # Just below the least normal number, nearer to it than to the last number that 11 bits hold below it.
    almost = root(Fraction(2) ** -28 - Fraction(2) ** -80, 2)
    assert to(almost) == (0x0400, Flags.INEXACT)
    before = Projection("binary16", "ties_to_even", "infinity", "before")
    assert before(almost) == (0x0400, Flags.UNDERFLOW | Flags.INEXACT)


@pytest.mark.clause("project/order")
@pytest.mark.parametrize(("name", "nan"), [("binary16", 0x7E00), ("float8_e4m3fn", 0x7F), ("binary8p3se", 0x80)])
@pytest.mark.parametrize("overflow", ["saturate", "infinity", "error"])
def test_nan_stays_nan(name, nan, overflow):
    """NaN becomes the canonical NaN under every overflow rule; a signaling one raises invalid."""
    to = Projection(name, "ties_to_even", overflow)
    assert to(NAN) == (nan, Flags.NONE)
    assert to(SIGNALING_NAN) == (nan, Flags.INVALID)


@pytest.mark.clause("project/order")
def test_flags_that_were_raised_already():
    """The flags of an operation are joined with those of its rounding."""
    to = Projection("binary16", "ties_to_even", "infinity")
    assert to(Fraction(1), flags=Flags.INVALID) == (0x3C00, Flags.INVALID)
    assert to(Fraction(1, 3), flags=Flags.INFINITE) == (0x3555, Flags.INFINITE | Flags.INEXACT)
    assert to(NAN, flags=Flags.INVALID) == (0x7E00, Flags.INVALID)
    assert to(POSITIVE_INFINITY, flags=Flags.INFINITE) == (0x7C00, Flags.INFINITE)


@pytest.mark.clause("project/round", "format/code")
@pytest.mark.parametrize(
    ("name", "x", "code"),
    [
        ("binary16", NEGATIVE_ZERO, 0x8000),
        ("binary16", Fraction(-1, 1 << 30), 0x8000),
        ("float8_e4m3fnuz", NEGATIVE_ZERO, 0),
        ("float8_e4m3fnuz", Fraction(-1, 1 << 30), 0),
        ("int8", NEGATIVE_ZERO, 0),
        ("int8", Fraction(-1, 4), 0),
        ("uint8", Fraction(-1, 4), 0),
    ],
)
def test_the_sign_of_zero(name, x, code):
    """A number that rounds to zero keeps its sign where zero has one."""
    assert Projection(name, "ties_to_even", "saturate")(x).code == code


@pytest.mark.clause("project/round")
@pytest.mark.parametrize(
    ("x", "rounding", "code"),
    [
        # Without subnormals the first gap of e5m10nosub reaches from zero to 2**-14.
        ("1/32768", "ties_to_even", 0x0000),
        ("1/32768", "ties_to_away", 0x0400),
        ("3/65536", "ties_to_even", 0x0400),
        ("1/65536", "ties_to_even", 0x0000),
        ("1/999999999", "away_from_zero", 0x0400),
        ("-1/999999999", "toward_negative", 0x8400),
    ],
)
def test_the_gap_below_the_least_normal_number(x, rounding, code):
    """Between zero and the least normal number of a format without subnormals there is nothing; 0x0400 and zero are even."""
    assert Projection("e5m10nosub", rounding, "infinity")(Fraction(x)).code == code


def test_integers_are_exact_numbers():
    """A Python integer of any size is projected as it is."""
    to = Projection("binary64", "ties_to_even", "infinity")
    assert to(2**53 + 1) == to(Fraction(2**53 + 1)) == (0x4340000000000000, Flags.INEXACT)


def test_names_or_objects():
    """Formats and rules are given by name, by a name from elsewhere, or as objects."""
    to = Projection("half", "RNE", "OVF")
    assert to == Projection(get_format("binary16"), to.rounding, to.overflow)
    assert (to.rounding.name, to.overflow.name, to.tininess) == ("ties_to_even", "infinity", "after")
    assert str(to) == "binary16 ties_to_even infinity"
    assert hash(to) == hash(Projection("binary16", "ties_to_even", "infinity", "after"))
    assert to != Projection("binary16", "ties_to_even", "infinity", "before")


@pytest.mark.parametrize("tininess", ["", "After", "both"])
def test_unknown_tininess(tininess):
    """Tininess is found after rounding or before it."""
    with pytest.raises(ValueError, match=f"^tininess '{tininess}' is none of after, before$"):
        Projection("binary16", "ties_to_even", "infinity", tininess)


def test_nothing_has_a_default():
    """A reference must be told how to round and what to do past the end."""
    with pytest.raises(TypeError, match="missing 2 required"):
        Projection("binary16")
    assert Result(3).flags is Flags.NONE
