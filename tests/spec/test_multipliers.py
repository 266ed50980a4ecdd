"""Multipliers and shifts: the host's frexp and round, and what the converters' sources do at their ends."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.multipliers import (
    Scaling,
    effective_scale,
    quantize_multiplier,
    quantize_multiplier_greater_than_one,
    quantize_multiplier_smaller_than_one,
    significand,
    tosa_scale,
    vitis_shift,
)
from refsim.spec.requantization import MODELS, requantize

from .affine_data import single

DOUBLES = st.floats(min_value=2.0**-1074, max_value=2.0**40, allow_nan=False) | st.floats(2.0**-34, 2.0**33)


def frexp(scale, bits):
    """frexp and C's round, which on a significand times 2**31 adds a half exactly."""
    q, e = math.frexp(scale)
    q = math.floor(q * 2.0**bits + 0.5)
    return (q // 2, e + 1) if q == 1 << bits else (q, e)


@pytest.mark.clause("multiplier/significand")
@given(DOUBLES, st.sampled_from([15, 31]))
def test_significand_against_the_host(scale, bits):
    """A double as the host splits and rounds it."""
    assert significand(Fraction(scale), bits) == frexp(scale, bits)


@pytest.mark.clause("multiplier/significand")
def test_significand():
    """Ties away from zero, and the carry into the exponent."""
    assert significand(Fraction(1), 31) == (1 << 30, 1)
    assert significand(Fraction(1, 2), 31) == (1 << 30, 0)
    assert significand(1 - Fraction(1, 1 << 32), 31) == (1 << 30, 1)
    assert significand(1 - Fraction(3, 1 << 32), 31) == ((1 << 31) - 1, 0)
    assert significand(Fraction((1 << 15) + 1, 1 << 16), 15) == ((1 << 14) + 1, 0)
    # A rational that is no double.
    assert significand(Fraction(1, 3), 31) == (0x55555555, -1)


@pytest.mark.clause("multiplier/tflite")
@given(DOUBLES, st.booleans())
def test_tflite_against_the_host(scale, single_rounding):
    """The cut at -31 and, for single rounding, the cap at 30."""
    q, e = frexp(scale, 31)
    expected = (0, 0) if e < -31 else ((1 << 31) - 1, 30) if single_rounding and e > 30 else (q, e)
    assert quantize_multiplier(Fraction(scale), single_rounding=single_rounding) == expected


@pytest.mark.clause("multiplier/tflite", "multiplier/smaller-than-one", "multiplier/greater-than-one")
def test_ends_of_tflite():
    """The least scale whose shift is -31; zero; scales that round to one."""
    least = Fraction(1, 1 << 32)
    for single_rounding in (False, True):
        assert quantize_multiplier(least, single_rounding=single_rounding) == (1 << 30, -31)
        assert quantize_multiplier(least - Fraction(1, 1 << 63), single_rounding=single_rounding) == (0, 0)
        assert quantize_multiplier(least - Fraction(1, 1 << 64), single_rounding=single_rounding) == (1 << 30, -31)
        assert quantize_multiplier(0, single_rounding=single_rounding) == (0, 0)
    assert quantize_multiplier(1 << 30, single_rounding=False) == (1 << 30, 31)
    assert quantize_multiplier(1 << 30, single_rounding=True) == ((1 << 31) - 1, 30)
    assert quantize_multiplier_smaller_than_one(Fraction(1, 2)) == Scaling(1 << 30, 0)
    assert quantize_multiplier_greater_than_one(Fraction(3, 2)) == Scaling(3 << 29, 1)
    for call, message in (
        (lambda: quantize_multiplier(-1, single_rounding=False), "a scale must not be negative, not -1"),
        (lambda: quantize_multiplier_smaller_than_one(1), "a scale smaller than one must lie between 0 and 1, not be 1"),
        (lambda: quantize_multiplier_smaller_than_one(1 - Fraction(1, 1 << 40)), "rounds to 1, which is not smaller than one"),
        (lambda: quantize_multiplier_greater_than_one(1), "a scale greater than one is needed, not 1"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.clause("multiplier/tosa")
@given(DOUBLES, st.sampled_from([16, 32]))
def test_tosa_against_the_host(scale, bits):
    """MLIR's steps: the shift from the top, tiny scales with fewer bits of the multiplier, and large ones refused."""
    q, e = frexp(scale, bits - 1)
    shift = bits - 1 - e
    if shift < 2:
        with pytest.raises(ValueError, match=f"needs a TOSA shift of {shift}, which must be at least 2"):
            tosa_scale(Fraction(scale), bits)
        return
    expected = (q >> min(31, shift - 62), 62) if shift > 62 else (q, shift)
    assert tosa_scale(Fraction(scale), bits) == expected


@pytest.mark.clause("multiplier/tosa", "multiplier/vitis")
def test_tosa_and_vitis():
    """A scale of one, zero, and the sum of positions."""
    assert tosa_scale(1, 32) == (1 << 30, 30)
    assert tosa_scale(1, 16) == (1 << 14, 14)
    assert tosa_scale(0, 32) == (0, 31)
    assert tosa_scale(Fraction(1, 1 << 32), 32) == (1 << 30, 62)
    assert tosa_scale(Fraction(1, 1 << 33), 32) == (1 << 29, 62)
    assert vitis_shift(6, 7, 4) == (1, 9)
    assert vitis_shift(2, 3, 7) == (1, -2)
    with pytest.raises(ValueError, match="a TOSA multiplier has 16 or 32 bits, not 8"):
        tosa_scale(1, 8)


@pytest.mark.clause("multiplier/effective-scale")
@given(*[st.floats(width=32, min_value=2.0**-60, max_value=2.0**60)] * 3)
def test_effective_scale_against_the_host(a, b, c):
    """The host's doubles."""
    assert effective_scale(single(a), single(b), single(c)) == Fraction(np.float64(a) * np.float64(b) / np.float64(c))


@pytest.mark.clause("multiplier/effective-scale")
def test_effective_scale_refuses():
    """Zero is no scale."""
    with pytest.raises(ValueError, match="a scale must be a positive finite binary32 number, not 0x0 of binary32"):
        effective_scale(single(1), single(0), single(1))


@pytest.mark.clause("multiplier/tflite", "multiplier/tosa", "requantize/domain")
@given(st.floats(2.0**-20, 2.0**-8), st.integers(-(1 << 20), 1 << 20))
def test_derived_scales_requantize_within_one(scale, x):
    """With what each converter derives, every model is within one of the real product: the scale has 15 bits and more."""
    int32, exact = get_format("int32"), Fraction(scale) * x
    tflite = quantize_multiplier(Fraction(scale), single_rounding=True)
    scalings = dict.fromkeys(("gemmlowp", "tflite_single", "tflite_int64", "cmsis_nn", "cmsis_nn_single", "halide"), tflite)
    scalings |= {"tosa_32": tosa_scale(Fraction(scale), 32), "tosa_32_double": tosa_scale(Fraction(scale), 32)}
    scalings |= {"tosa_16": tosa_scale(Fraction(scale), 16), "float_scale": (single(scale).code, 0)}
    assert set(scalings) == set(MODELS) - {"dpu"}
    for name, (m, s) in scalings.items():
        assert abs(int32.decode(requantize(name, x, m, s, 0, int32)) - exact) <= 1
