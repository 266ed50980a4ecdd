"""Status flags: IEEE 754-2019 7.4 to 7.6 worked out by hand at the boundaries of binary16 and of smaller formats."""

from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN
from refsim.spec.flags import Flags
from refsim.spec.projection import Projection

NONE, INEXACT = Flags.NONE, Flags.INEXACT
UNDERFLOW, OVERFLOW = Flags.UNDERFLOW | Flags.INEXACT, Flags.OVERFLOW | Flags.INEXACT
LEAST = Fraction(1, 2**14)
ULP = Fraction(1, 2**24)
"""The least normal number of binary16, and the step below it."""


def test_bits_are_those_of_testfloat():
    """Berkeley TestFloat prints inexact 1, underflow 2, overflow 4, infinite 8 and invalid 16."""
    assert [int(flag) for flag in (Flags.INEXACT, Flags.UNDERFLOW, Flags.OVERFLOW, Flags.INFINITE, Flags.INVALID)] == [
        1,
        2,
        4,
        8,
        16,
    ]
    assert (Flags.INVALID | Flags.INEXACT).names() == ("inexact", "invalid")
    assert Flags.NONE.names() == ()
    assert Flags(31).names() == ("inexact", "underflow", "overflow", "infinite", "invalid")


@pytest.mark.clause("flags/raise")
@pytest.mark.parametrize(
    ("x", "rounding", "code", "flags"),
    [
        (Fraction(65504), "ties_to_even", 0x7BFF, NONE),
        # 65504 + 16 is the middle to 65536, which the format would have next: below it nothing overflows.
        (Fraction(65519), "ties_to_even", 0x7BFF, INEXACT),
        (Fraction(65520), "ties_to_even", 0x7C00, OVERFLOW),
        (Fraction(65520), "ties_toward_zero", 0x7BFF, INEXACT),
        (Fraction(65521), "ties_toward_zero", 0x7C00, OVERFLOW),
        # Truncated, everything below 65536 is 65504, which is in range; from 65536 on it is not.
        (Fraction(65535), "toward_zero", 0x7BFF, INEXACT),
        (Fraction(65536), "toward_zero", 0x7BFF, OVERFLOW),
        (Fraction(65505), "toward_positive", 0x7C00, OVERFLOW),
        (Fraction(-65505), "toward_positive", 0xFBFF, INEXACT),
        (Fraction(-65536), "toward_positive", 0xFBFF, OVERFLOW),
        (Fraction(-65505), "toward_negative", 0xFC00, OVERFLOW),
        (POSITIVE_INFINITY, "ties_to_even", 0x7C00, NONE),
        (NEGATIVE_INFINITY, "toward_zero", 0xFC00, NONE),
    ],
)
def test_overflow_by_hand(x, rounding, code, flags):
    """Overflow is raised where the number, rounded as if the exponent had no end, lies past the greatest finite one."""
    assert Projection("binary16", rounding, "infinity")(x) == (code, flags)


@pytest.mark.clause("flags/tiny", "flags/raise")
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("x", "rounding", "point", "after", "before"),
    [
        # With 11 bits and no least exponent, the last number below 2**-14 is 2**-14 - ULP/2.
        (LEAST, "ties_to_even", 0x400, NONE, NONE),
        (LEAST + ULP / 8, "ties_to_even", 0x400, INEXACT, INEXACT),
        (LEAST - ULP / 8, "ties_to_even", 0x400, INEXACT, UNDERFLOW),
        (LEAST - ULP / 4, "ties_to_even", 0x400, INEXACT, UNDERFLOW),
        (LEAST - ULP / 4 - ULP / 1024, "ties_to_even", 0x400, UNDERFLOW, UNDERFLOW),
        (LEAST - ULP / 2, "ties_to_even", 0x400, UNDERFLOW, UNDERFLOW),
        (LEAST - ULP / 2 - ULP / 1024, "ties_to_even", 0x3FF, UNDERFLOW, UNDERFLOW),
        (LEAST - ULP / 4, "ties_toward_zero", 0x400, UNDERFLOW, UNDERFLOW),
        (LEAST - ULP / 8, "toward_zero", 0x3FF, UNDERFLOW, UNDERFLOW),
        (LEAST - ULP / 1024, "away_from_zero", 0x400, INEXACT, UNDERFLOW),
        (LEAST - ULP / 2, "away_from_zero", 0x400, UNDERFLOW, UNDERFLOW),
        (LEAST - ULP / 8, "to_odd", 0x3FF, UNDERFLOW, UNDERFLOW),
        # An exact result is tiny without underflow: default handling raises the flag with inexact only.
        (LEAST - ULP, "ties_to_even", 0x3FF, NONE, NONE),
        (ULP, "ties_to_even", 0x001, NONE, NONE),
        (ULP / 2, "ties_to_even", 0x000, UNDERFLOW, UNDERFLOW),
        (ULP / 2 + ULP / 1024, "ties_to_even", 0x001, UNDERFLOW, UNDERFLOW),
        (ULP * 3 / 2, "ties_to_even", 0x002, UNDERFLOW, UNDERFLOW),
        (Fraction(1, 2**400), "ties_to_even", 0x000, UNDERFLOW, UNDERFLOW),
        (Fraction(1, 2**400), "away_from_zero", 0x001, UNDERFLOW, UNDERFLOW),
    ],
)
def test_underflow_by_hand(x, rounding, point, after, before, sign):
    """Underflow is raised where a tiny number is not exact; just below the least normal one the two kinds differ."""
    code = point if sign > 0 else point | 0x8000
    for tininess, flags in (("after", after), ("before", before)):
        assert Projection("binary16", rounding, "infinity", tininess)(sign * x) == (code, flags)


@pytest.mark.clause("flags/tiny")
@pytest.mark.parametrize(
    ("rounding", "x", "after"),
    [
        ("toward_positive", LEAST - ULP / 1024, INEXACT),
        ("toward_positive", -(LEAST - ULP / 1024), UNDERFLOW),
        ("toward_negative", LEAST - ULP / 1024, UNDERFLOW),
        ("toward_negative", -(LEAST - ULP / 1024), INEXACT),
    ],
)
def test_tininess_by_direction(rounding, x, after):
    """A directed rule reaches the least normal number from one side only."""
    assert Projection("binary16", rounding, "infinity")(x).flags == after


@pytest.mark.clause("flags/tiny")
@pytest.mark.parametrize("draw", range(4))
def test_stochastic_tininess(draw):
    """Rounded with 11 bits from three quarters between 2**-14 - ULP/2 and 2**-14, three of four draws carry to 2**-14."""
    to = Projection("binary16", "stochastic_a:2", "infinity")
    assert to(LEAST - ULP / 8, draw).flags == (INEXACT if draw >= 1 else UNDERFLOW)


@pytest.mark.clause("flags/tiny")
def test_a_uniform_grid_has_nothing_tiny():
    """An integer or fixed-point result is inexact, never tiny."""
    for name in ("int8", "q0.15"):
        for tininess in ("after", "before"):
            assert Projection(name, "ties_to_even", "saturate", tininess)(Fraction(1, 10**9)) == (0, INEXACT)


@pytest.mark.clause("flags/raise")
@pytest.mark.parametrize("name", ["binary16", "float8_e4m3fn", "binary8p3ue", "int8", "q2.5", "float8_e8m0fnu"])
def test_exact_results_raise_nothing(name):
    """Every number that a format has is projected onto itself without a flag."""
    format = get_format(name)
    to = Projection(format, "ties_to_even", "error")
    for code in range(0, 1 << format.width, 7):
        x = format.decode(code)
        if isinstance(x, Fraction):
            assert to(x) == (code, NONE)


@pytest.mark.clause("flags/raise")
@pytest.mark.parametrize(
    ("x", "format", "overflow", "flags"),
    [
        (128, "int8", "saturate", OVERFLOW),
        (128, "int8", "wrap", OVERFLOW),
        (-1, "uint8", "saturate", OVERFLOW),
        (Fraction(-1, 2), "uint8", "saturate", INEXACT),
        (-1, "binary8p3ue", "saturate", OVERFLOW),
        (480, "float8_e4m3fn", "saturate", OVERFLOW),
        (7, "float4_e2m1fn", "saturate", OVERFLOW),
        (Fraction(13, 2), "float4_e2m1fn", "saturate", INEXACT),
        (0, "float8_e8m0fnu", "saturate", INEXACT),
        (Fraction(1, 2**200), "float8_e8m0fnu", "saturate", UNDERFLOW),
        (-1, "float8_e8m0fnu", "saturate", OVERFLOW),
    ],
)
def test_flags_outside_a_range(x, format, overflow, flags):
    """Overflow past either end, underflow below the least number of a format without zero."""
    assert Projection(format, "ties_to_even", overflow)(x).flags == flags


@pytest.mark.clause("flags/raise", "project/order")
def test_data_that_are_not_numbers_raise_nothing():
    """NaN, infinities and the negative zero are never inexact; only a signaling NaN is invalid."""
    to = Projection("binary16", "away_from_zero", "saturate")
    assert [to(x).flags for x in (NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_ZERO)] == [NONE] * 4
    assert to(SIGNALING_NAN).flags == Flags.INVALID
