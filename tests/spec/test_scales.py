"""Scale rules: the formulas that their authors write, decided here with integers, the published tables, and their borders."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.block_formats import BLOCK_FORMATS, get_block_format
from refsim.spec.exact import NAN, floor_log2, power_of_two
from refsim.spec.formats import Unrepresentable
from refsim.spec.projection import Projection
from refsim.spec.scales import LIMITS, RULES, exponent, get_scale_rule, greatest, least_scale, scale_of, spacing

from .blocks import MX, binary32, floats

E4M3 = get_block_format("mxfp8_e4m3")


def scale(a, format, rule, zero_block="least", overflow="saturate"):
    """The scale's code."""
    return scale_of(Fraction(a) if a is not NAN else a, format, get_scale_rule(rule), zero_block, overflow)


def ceil_log2(x):
    """The least integer e with x <= 2**e."""
    e = floor_log2(x)
    return e + (x > power_of_two(e))


FORMULAS = {
    "floor": lambda a, _m, emax, _bits: floor_log2(a) - emax,
    "ceil": lambda a, _m, emax, _bits: ceil_log2(a) - emax,
    "rceil": lambda a, m, _emax, _bits: ceil_log2(a / m),
    "even": lambda a, _m, emax, bits: floor_log2(half_up(a, bits)) - emax,
    "midmax": lambda a, m, emax, _bits: ceil_log2(a / ((m + power_of_two(emax + 1)) / 2)),
}
"""The rules as their sources write them, of amax, the greatest element, its exponent and the fraction bits."""
FRACTION_BITS = {"mxfp8_e4m3": 3, "mxfp8_e5m2": 2, "mxfp6_e2m3": 3, "mxfp6_e3m2": 2, "mxfp4": 1, "mxint8": 6}


def half_up(a, bits):
    """A number rounded to so many fraction bits, ties up."""
    unit = power_of_two(floor_log2(a) - bits)
    return ((a + unit / 2) // unit) * unit


@pytest.mark.clause("scale/exponent", "scale/floor", "scale/ceil", "scale/rceil", "scale/even", "scale/midmax")
@given(st.fractions(Fraction(1, 10**6), 10**6), st.sampled_from(MX))
def test_formulas(a, name):
    """What the limits give is what the formulas give."""
    format = get_block_format(name)
    m, emax = greatest(format.element), format.emax
    for rule, formula in FORMULAS.items():
        assert exponent(a, LIMITS[rule](format.element)) == formula(a, m, emax, FRACTION_BITS[name]), rule


@pytest.mark.clause("scale/floor", "scale/ceil", "scale/rceil", "scale/even", "scale/midmax", "scale/tosa", "scale/tosa-draft")
@pytest.mark.parametrize("name", MX)
def test_borders(name):
    """Each rule's exponent changes at its own multiple of a power of two and nowhere else, there or just past it."""
    element = get_block_format(name).element
    m, half = greatest(element), spacing(element) / 2
    top = power_of_two(floor_log2(m) + 1)
    first_even = name == "mxfp8_e4m3"
    borders = {
        "floor": (top, False),
        "ceil": (top / 2, True),
        "rceil": (m, True),
        "even": (top - half, False),
        "midmax": ((m + top) / 2, True),
        "tosa": (m + half, first_even),
        "tosa_draft": (m, first_even),
    }
    tiny = Fraction(1, 10**30)
    for rule, (border, reached) in borders.items():
        limit = LIMITS[rule](element)
        for e in (-130, -3, 0, 7):
            at = border * power_of_two(e)
            assert [exponent(a, limit) for a in (at * (1 - tiny), at, at * (1 + tiny))] == [e, e + (not reached), e + 1], rule


@pytest.mark.clause("scale/tosa")
@given(st.fractions(Fraction(1, 10**6), 10**6), st.sampled_from(MX))
def test_tosa_is_the_least_scale_without_overflow(a, name):
    """With a scale one lower the greatest magnitude would round past the greatest element; with this one it does not."""
    element = get_block_format(name).element
    e = exponent(a, LIMITS["tosa"](element))
    to = Projection(element, "ties_to_even", "error")
    to(a / power_of_two(e))
    with pytest.raises(Unrepresentable):
        to(a / power_of_two(e - 1))


@pytest.mark.clause("scale/floor", "scale/rceil")
def test_a_block_of_500():
    """A block whose greatest magnitude is 500, in E4M3: FLOOR keeps the scale 1 and saturates, RCEIL takes 2 (QuACK)."""
    assert [scale(500, E4M3, rule) - 127 for rule in ("floor", "rceil", "ceil", "even")] == [0, 1, 1, 1]
    assert [scale(448, E4M3, rule) - 127 for rule in ("floor", "rceil", "ceil", "even")] == [0, 0, 1, 0]


ROUND_UP_TO_E8M0 = {
    0x00000000: 0,
    0x00000001: 0,
    0x00400000: 0,
    0x00400001: 1,
    0x007FFFFF: 1,
    0x00800000: 1,
    0x1F800000: 63,
    0x1F800001: 64,
    0x3F7FFFFF: 127,
    0x3F800000: 127,
    0x3F800001: 128,
    0x5F800000: 191,
    0x5F800001: 192,
    0x7F000000: 254,
    0x7F000001: 255,
    0x7F7FFFFF: 255,
}
"""Codes of binary32 and of E8M0 to which they are rounded up, as torchao publishes them for its tests."""


@pytest.mark.clause("scale/p3109", "scale/project")
@pytest.mark.parametrize(("code", "expected"), ROUND_UP_TO_E8M0.items())
def test_rounded_up(code, expected):
    """amax itself, rounded up."""
    assert scale(binary32(code), E4M3, "p3109:toward_positive", overflow="infinity") == expected


@pytest.mark.clause("scale/rceil-reciprocal")
@pytest.mark.parametrize(
    ("code", "expected"),
    [(0x40600001, 121), (0x40600000, 120), (0x43FFFFFF, 128), (7585260, 0), (0, 0), (0x3F7E0000, 119)],
)
def test_rceil_in_binary32(code, expected):
    """3.5 and the next number, the number below 512, subnormal numbers, zero: torchao's cases for E4M3."""
    assert scale(binary32(code), E4M3, "rceil_reciprocal", overflow="infinity") == expected


@pytest.mark.clause("scale/rceil-reciprocal", "scale/rceil")
def test_the_reciprocal_shows():
    """Around the greatest number times powers of two: for elements in floating point the product of binary32 rounds past one
    exactly where amax is past the greatest number, as long as it is not subnormal; for MXINT8 it does not."""
    different = set()
    for name in MX:
        format = get_block_format(name)
        for e in (-140, -127, -126, -100, 0, 100):
            code = Projection("binary32", "ties_to_even", "infinity")(greatest(format.element) * power_of_two(e)).code
            for d in range(-3, 4):
                a = binary32(max(code + d, 0))
                assert scale(a, format, "rceil") == scale(a, format, "exact:toward_positive")
                if scale(a, format, "rceil") != scale(a, format, "rceil_reciprocal"):
                    different.add((name, e))
    assert different == {(name, -127) for name in MX} | {("mxint8", e) for e in (-126, -100, 0, 100)}


@pytest.mark.clause("scale/exact")
@given(floats(), st.sampled_from(sorted(BLOCK_FORMATS)))
def test_exact(x, name):
    """amax over the greatest element in the scale format, which is never exceeded under ``toward_positive``."""
    format = BLOCK_FORMATS[name]
    a = abs(Fraction(0) if not isinstance(x, Fraction) else x)
    code = scale(a, format, "exact:toward_positive")
    found = format.scale.decode(code)
    ratio = a / greatest(format.element)
    assert found >= min(ratio, greatest(format.scale))
    assert code == 0 or format.scale.decode(code - 1) < ratio or (code, ratio) == (format.scale.first - 1, 0)


@pytest.mark.clause("scale/project")
def test_ends_of_the_scale():
    """Powers of two below E8M0 become its least number, those above its greatest or NaN; E4M3 has a zero, which only rounded
    numbers become."""
    assert scale(power_of_two(-140), E4M3, "floor") == 0
    assert scale(power_of_two(-140), E4M3, "exact:toward_zero", overflow="infinity") == 0
    high = power_of_two(136)
    assert [scale(high * x, E4M3, "floor") for x in (Fraction(1, 2), 1, 2)] == [254, 254, 254]
    assert scale(high, E4M3, "floor", overflow="infinity") == 0xFF
    assert scale(high / 2, E4M3, "floor", overflow="infinity") == 0xFE
    assert scale(NAN, E4M3, "floor") == 0xFF
    nvfp4 = get_block_format("nvfp4")
    assert scale(Fraction(6, 1025), nvfp4, "exact:ties_to_even") == 0
    assert scale(Fraction(6, 1023), nvfp4, "exact:ties_to_even") == 1
    assert scale(Fraction(1, 10**9), nvfp4, "floor") == 1
    assert scale(10**9, nvfp4, "exact:ties_to_even") == 0x7E
    assert scale(10**9, nvfp4, "exact:ties_to_even", overflow="infinity") == 0x7F
    assert scale(NAN, nvfp4, "floor") == 0x7F
    with pytest.raises(Unrepresentable, match="no code for nan"):
        scale(NAN, get_block_format("block4<int8,uint8>"), "floor")


@pytest.mark.clause("scale/zero-block")
def test_a_block_of_zeros():
    """The three customs, in two formats, and rules that round a number."""
    zeros = ("least", "minus_emax", "binary32_least_normal")
    assert [scale(0, E4M3, "floor", z) for z in zeros] == [0, 127 - 8, 0]
    assert [scale(0, get_block_format("mxint8"), "floor", z) for z in zeros] == [0, 127, 1]
    assert [scale(0, get_block_format("mxint8"), "ceil", z) for z in zeros] == [0, 127, 1]
    assert scale(0, get_block_format("nvfp4"), "exact:ties_to_even") == 0
    assert scale(0, E4M3, "p3109:ties_to_even") == 0
    assert least_scale(get_block_format("nvfp4").scale) == power_of_two(-9)


def test_order():
    """Rules with greater limits give no greater scales."""
    for name in MX:
        element = get_block_format(name).element
        limits = [LIMITS[rule](element).number for rule in ("floor", "midmax", "rceil", "ceil")]
        assert all(x >= y for x, y in pairwise(limits))


def test_names():
    """Every rule has a name; the errors say which there are."""
    assert [get_scale_rule(name).name for name in RULES] == list(RULES)
    assert str(get_scale_rule("exact:to_odd")) == "exact:to_odd"
    for wrong, message in (
        ("floor:ties_to_even", "unknown scale rule 'floor:ties_to_even'; the rules are floor, ceil, "),
        ("exact", "exact:ROUNDING"),
        ("exact:up", "unknown rounding rule"),
        ("p3109:stochastic_a:4", "a scale is rounded by a deterministic rule"),
    ):
        with pytest.raises(ValueError, match=message):
            get_scale_rule(wrong)
