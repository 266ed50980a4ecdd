"""Conversion to integers out of range: ECMAScript's ToInt32, WebAssembly's saturation, and RISC-V's and x86's tables."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN
from refsim.spec.flags import Flags
from refsim.spec.projection import Projection

SATURATE, HIGH = "integer_saturate", "integer_saturate_high"
INDEFINITE, MODULAR = "integer_indefinite", "integer_modular"
INVALID = Flags.INVALID
BIG = Fraction(2) ** 99

# RISC-V unprivileged ISA, table "Domains of float-to-integer conversions and behavior for invalid inputs"; WebAssembly 2.0
# trunc_sat; Intel SDM CVTTSS2SI and VCVTTSS2USI; ECMAScript 2023 7.1.6 and 7.1.7: below, above, -inf, +inf, NaN.
OUT_OF_RANGE = {
    (HIGH, "int32"): (0x80000000, 0x7FFFFFFF, 0x80000000, 0x7FFFFFFF, 0x7FFFFFFF),
    (HIGH, "uint32"): (0, 0xFFFFFFFF, 0, 0xFFFFFFFF, 0xFFFFFFFF),
    (HIGH, "int64"): (1 << 63, (1 << 63) - 1, 1 << 63, (1 << 63) - 1, (1 << 63) - 1),
    (HIGH, "uint64"): (0, (1 << 64) - 1, 0, (1 << 64) - 1, (1 << 64) - 1),
    (SATURATE, "int32"): (0x80000000, 0x7FFFFFFF, 0x80000000, 0x7FFFFFFF, 0),
    (SATURATE, "uint32"): (0, 0xFFFFFFFF, 0, 0xFFFFFFFF, 0),
    (INDEFINITE, "int32"): (0x80000000,) * 5,
    (INDEFINITE, "int64"): (1 << 63,) * 5,
    (INDEFINITE, "uint32"): (0xFFFFFFFF,) * 5,
    (INDEFINITE, "uint64"): ((1 << 64) - 1,) * 5,
    (MODULAR, "int32"): (0, 0, 0, 0, 0),
    (MODULAR, "uint32"): (0, 0, 0, 0, 0),
}
TAGS = {rule: "overflow/" + rule.replace("_", "-") for rule in (SATURATE, HIGH, INDEFINITE, MODULAR)}


def cases(*columns):
    """The table's rows, marked with the clause of their rule."""
    return [
        pytest.param(rule, format, codes, marks=pytest.mark.clause(TAGS[rule]), id=f"{rule}-{format}")
        for (rule, format), codes in columns
    ]


@pytest.mark.clause("project/nan", "flags/raise")
@pytest.mark.parametrize(("rule", "format", "codes"), cases(*OUT_OF_RANGE.items()))
def test_out_of_range(rule, format, codes):
    """Too small, too large, infinite or no number: the architecture's integer, invalid and nothing else."""
    to = Projection(format, "toward_zero", rule)
    for x, code in zip((-BIG, BIG, NEGATIVE_INFINITY, POSITIVE_INFINITY, NAN), codes, strict=True):
        assert to(x) == (code, INVALID)
    assert to(SIGNALING_NAN) == to(NAN)


@pytest.mark.parametrize("rule", [pytest.param(rule, marks=pytest.mark.clause(tag)) for rule, tag in TAGS.items()])
@pytest.mark.parametrize(("format", "low", "high"), [("int8", -128, 127), ("uint8", 0, 255), ("int3", -4, 3)])
@pytest.mark.parametrize("rounding", ["toward_zero", "ties_to_even", "toward_positive"])
def test_where_the_range_ends(rule, format, low, high, rounding):
    """A number is out of range where its rounded integer is: in range inexact alone is raised, out of it invalid alone."""
    to = Projection(format, rounding, rule)
    rounded = {"toward_zero": math.trunc, "ties_to_even": round, "toward_positive": math.ceil}[rounding]
    for quarters in range(4 * low - 9, 4 * high + 10):
        x = Fraction(quarters, 4)
        code, flags = to(x)
        if low <= rounded(x) <= high:
            assert code == rounded(x) % (1 << to.format.width)
            assert flags == (Flags.NONE if rounded(x) == x else Flags.INEXACT)
        else:
            assert flags == INVALID
    assert to(NEGATIVE_ZERO) == (0, Flags.NONE)


@pytest.mark.clause("overflow/integer-modular")
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_to_int32(x):
    """ECMAScript ToInt32: the truncated number modulo 2**32, read with a sign."""
    to = Projection("int32", "toward_zero", MODULAR)
    whole = math.trunc(x)
    assert to(Fraction(x)).code == whole % 2**32
    assert (to(Fraction(x)).flags == INVALID) == (not -(2**31) <= whole < 2**31)


@pytest.mark.clause("overflow/integer-saturate", "overflow/integer-saturate-high")
@pytest.mark.parametrize("rule", [SATURATE, HIGH])
@given(x=st.fractions(-1000, 1000))
def test_saturation_gives_the_nearest(rule, x):
    """Out of range the nearest integer stands."""
    assert Projection("int8", "ties_to_even", rule)(x).code == min(max(round(x), -128), 127) % 256


@pytest.mark.parametrize("rule", TAGS)
@pytest.mark.parametrize("format", ["binary16", "float8_e8m0fnu", "binary8p3ue"])
def test_integers_alone(rule, format):
    """The rules have no meaning for formats of floating point."""
    with pytest.raises(ValueError, match=f"^{rule} needs an integer or fixed-point format, which {format} is not$"):
        Projection(format, "toward_zero", rule)
