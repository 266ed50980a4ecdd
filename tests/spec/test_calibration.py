"""Choosing scales and zero points: NumPy's rendering of each source, published positions, and what a range must hold."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.affine import quantize_as
from refsim.spec.calibration import (
    choose_parameters,
    dynamic_parameters,
    least_squares_position,
    overflow_position,
    symmetric_scale,
)
from refsim.spec.catalogue import get_format

from .affine_data import INT8, INT16, UINT8, double, half_away, signed, single

UNIT = Fraction(1)


def number(x):
    """The number of an operand, in NumPy's type."""
    return {"binary32": np.uint32(x.code % (1 << 32)).view(np.float32), "binary64": np.uint64(x.code).view(np.float64)}[
        x.format.name
    ]


def nudged(low, high, least, greatest):
    """TensorFlow Lite's steps in NumPy's binary64."""
    low, high, least, greatest = map(np.float64, (low, high, least, greatest))
    if low == high:
        return 0.0, 0
    scale = (high - low) / (greatest - least)
    from_low, from_high = least - low / scale, greatest - high / scale
    first = abs(least) + abs(low / scale) < abs(greatest) + abs(high / scale)
    point = from_low if first else from_high
    return float(scale), int(least if point < least else greatest if point > greatest else half_away(point))


@pytest.mark.clause("calibration/nudged")
@given(st.floats(-1e6, 0), st.floats(0, 1e6), st.sampled_from([INT8, UINT8, INT16]), st.booleans())
def test_nudged_against_numpy(low, high, format, narrow):
    """Any range with zero in it."""
    if (np.float64(high) - np.float64(low)) / 65535 == 0 and low != high:
        return
    found = choose_parameters(double(low), double(high), format, narrow_range=narrow)
    assert (float(number(found.scale)), found.zero_point) == nudged(low, high, narrow - format.top_negative, format.top)


@pytest.mark.clause("calibration/nudged")
def test_nudged():
    """The zero point is a code of its own: -1..2 in uint8 has the zero point 85; the ends of one-sided ranges."""
    for low, high, format, zero in (
        (-1, 2, UINT8, 85),
        (-1, 2, INT8, -43),
        (0, 6, UINT8, 0),
        (0, 6, INT8, -128),
        (-6, 0, UINT8, 255),
    ):
        assert choose_parameters(double(low), double(high), format, narrow_range=False).zero_point == zero
    assert choose_parameters(double(-1), double(1), INT8, narrow_range=True).zero_point == 0
    assert number(choose_parameters(double(-1.27), double(1.27), INT8, narrow_range=True).scale) == np.float64(2.54) / 254
    assert choose_parameters(double(0), double(-0.0), UINT8, narrow_range=False) == (double(0), 0)


@pytest.mark.clause("calibration/nudged", "calibration/symmetric", "calibration/dynamic")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: choose_parameters(double(1), double(2), UINT8, narrow_range=False), r"the range 1..2 does not hold zero"),
        (lambda: choose_parameters(double(-2), double(-1), UINT8, narrow_range=False), r"the range -2..-1 does not hold zero"),
        (
            lambda: choose_parameters(double(-1), double(np.inf), UINT8, narrow_range=False),
            "a range needs finite binary64 numbers",
        ),
        (lambda: choose_parameters(single(-1), single(1), UINT8, narrow_range=False), "a range needs finite binary64 numbers"),
        (
            lambda: choose_parameters(double(-1.7e308), double(1.7e308), UINT8, narrow_range=False),
            "a scale must be a positive finite",
        ),
        (lambda: choose_parameters(double(0), double(5e-324), UINT8, narrow_range=False), "a scale must be a positive finite"),
        (
            lambda: choose_parameters(double(0), double(1), get_format("binary16"), narrow_range=False),
            "a range needs an integer format",
        ),
        (
            lambda: symmetric_scale(single(0), single(1), UINT8, narrow_range=True),
            "a symmetric scale needs a signed integer format",
        ),
        (lambda: symmetric_scale(single(np.nan), single(1), INT8, narrow_range=True), "a range needs finite binary32 numbers"),
        (lambda: dynamic_parameters(single(0), single(np.inf)), "a range needs finite binary32 numbers"),
        (lambda: dynamic_parameters(single(-3e38), single(3e38)), "a scale must be a positive finite number"),
        (lambda: least_squares_position([single(np.nan)], INT8, "vitis_dpu"), "a range needs finite binary32 numbers"),
    ],
)
def test_refusals(call, message):
    """What is no range, or leads to no scale."""
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.clause("calibration/symmetric")
@given(*[st.floats(width=32, min_value=-1e6, max_value=1e6)] * 2, st.booleans())
def test_symmetric_against_numpy(low, high, narrow):
    """The greater magnitude over 127, or over 127.5."""
    reach = max(abs(np.float32(low)), abs(np.float32(high)))
    expected = reach / np.float32(127 if narrow else 127.5) if reach else np.float32(1)
    if expected:
        found = symmetric_scale(single(low), single(high), INT8, narrow_range=narrow)
        assert (number(found.scale), found.zero_point) == (expected, 0)


@pytest.mark.clause("calibration/dynamic")
@given(*[st.floats(width=32, min_value=-1e6, max_value=1e6)] * 2)
def test_dynamic_against_numpy(a, b):
    """ONNX's steps in NumPy's binary32."""
    low, high = np.float32(min(a, b, 0)), np.float32(max(a, b, 0))
    scale = (high - low) / np.float32(255) if high != low else np.float32(1)
    if scale:
        point = int(np.rint(np.clip(np.float32(0) - low / scale, 0, 255)))
        found = dynamic_parameters(single(min(a, b)), single(max(a, b)))
        assert (number(found.scale), found.zero_point) == (scale, point)


@pytest.mark.clause("calibration/position")
def test_published_positions():
    """Ranges of the pof2s quantizer, and the powers of two between which the logarithm decides."""
    known = {(-1, 1): 6, (Fraction(-1, 2), Fraction(1, 2)): 7, (Fraction(-9, 10), Fraction(7, 10)): 7, (0, 6): 4}
    assert {ends: overflow_position(list(map(Fraction, ends)), 8) for ends in known} == known
    assert overflow_position([Fraction(-128)], 8) == 0
    assert overflow_position([Fraction(-129)], 8) == -1
    assert overflow_position([Fraction(127)], 8) == 0
    assert overflow_position([Fraction(127) + Fraction(1, 10**9)], 8) == -1
    assert overflow_position([Fraction(126)], 8) == 0
    assert overflow_position([], 8) == overflow_position([Fraction(1, 10**8)], 8) == 127
    assert overflow_position([Fraction(127, 10**9)], 8) == 29


@pytest.mark.clause("calibration/position")
@given(st.floats(-1e6, 0), st.floats(0, 1e6))
def test_positions_against_the_host(low, high):
    """floor(-log2) of the host, where rounding does not matter to it."""
    reach = max(Fraction(low) / -128, Fraction(high) / 127)
    position = overflow_position([Fraction(low), Fraction(high)], 8)
    if reach < Fraction(1, 10**9):
        assert position == 127
        return
    assert Fraction(2) ** -position >= reach > Fraction(2) ** -(position + 1)
    logarithm = -math.log2(reach)
    if abs(logarithm - round(logarithm)) > 1e-9:
        assert position == math.floor(logarithm)


@pytest.mark.clause("calibration/least-squares")
@given(
    st.lists(st.floats(width=32, min_value=-8, max_value=8), min_size=1, max_size=6),
    st.sampled_from(["vitis_dpu", "vitis_py3"]),
)
def test_least_squares_against_floats(numbers, model):
    """The sums of squares in the host's binary64, where they are not too close to tell."""
    if not any(abs(x) > 1e-4 for x in numbers):
        return
    found = least_squares_position(list(map(single, numbers)), INT8, model)
    first = overflow_position([Fraction(x) for x in numbers], 8)
    rounding = np.rint if model == "vitis_py3" else lambda y: np.floor(y + 0.5)
    x = np.array(numbers, dtype=np.float64)
    errors = {p: float(((x - np.clip(rounding(x * 2.0**p), -128, 127) / 2.0**p) ** 2).sum()) for p in range(first, first + 5)}
    assert errors[found] <= min(errors.values()) * (1 + 1e-12)
    assert all(errors[p] > errors[found] * (1 - 1e-12) for p in range(first, found))


@pytest.mark.clause("calibration/least-squares")
def test_least_squares():
    """An outlier that saturates can buy precision for the rest; of equal errors the first position is taken."""
    assert least_squares_position([single(1)], INT8, "vitis_dpu") == 6
    assert least_squares_position([single(0)], INT8, "vitis_dpu") == 127
    many = [single(x / 512) for x in range(1, 200, 2)]
    assert overflow_position([UNIT], 8) == 6
    assert least_squares_position([*many, single(1)], INT8, "vitis_dpu") == 7
    assert signed(quantize_as("vitis_dpu", single(1), single(2.0**-7), 0, INT8), INT8) == 127
    # In two bits the sixteenths are exact at the fifth position alone, and outweigh a one that saturates.
    sixteenths = [single(1 / 16)] * 300
    assert least_squares_position([*sixteenths, single(1)], get_format("int2"), "vitis_dpu") == 4
    assert least_squares_position([*sixteenths[:200], single(1)], get_format("int2"), "vitis_dpu") == 0
