"""Affine quantization: published examples, NumPy's binary32, and the laws that bind quantizing and dequantizing."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.affine import (
    DEQUANTIZATIONS,
    MODELS,
    Granularity,
    dequantize,
    dequantize_as,
    get_model,
    quantize,
    quantize_as,
)
from refsim.spec.catalogue import get_format
from refsim.spec.flags import Flags
from refsim.spec.formats import Number, Unrepresentable
from refsim.spec.overflow import OverflowRaised
from refsim.spec.projection import Projection

from .affine_data import BINARY32, INT8, INT32, NARROW, UINT8, clamped, double, library, signed, single

SINGLES = st.floats(width=32, allow_nan=False)
SCALES = st.floats(width=32, min_value=2.0**-149, allow_nan=False, allow_infinity=False)
USUAL = st.floats(width=32, min_value=2.0**-10, max_value=2.0**6)


def attempt(model, x, scale, zero_point, format):
    """The integer that the specification gives, or ``None``."""
    try:
        return signed(quantize_as(model, single(x), single(scale), zero_point, format), format)
    except Unrepresentable:
        return None


@pytest.mark.clause("affine/quantize-as", "affine/times-reciprocal", "affine/divided")
def test_a_published_difference_of_product_and_quotient():
    """The example in FBGEMM's QuantUtils.h: 127.5 by the reciprocal, 127.499992 by division."""
    x, scale = 0.273939937, 0.00214854861
    assert {model: attempt(model, x, scale, 0, UINT8) for model in ("pytorch", "onnx", "tflite")} == {
        "pytorch": 128,
        "onnx": 127,
        "tflite": 127,
    }


@pytest.mark.clause("affine/quantize-as", "affine/position")
def test_ties_of_vitis():
    """The DPU rounds 2.5 to 3, -2.5 to -2 and -1.5 to -1; Python to even; the standard rounding away from zero."""
    ties = (2.5, -2.5, -1.5)
    assert [attempt("vitis_dpu", x, 1, 0, INT8) for x in ties] == [3, -2, -1]
    assert [attempt("vitis_py3", x, 1, 0, INT8) for x in ties] == [2, -2, -2]
    assert [attempt("vitis_std", x, 1, 0, INT8) for x in ties] == [3, -3, -2]
    assert [attempt("vitis_dpu", x, 2.0**-6, 0, INT8) for x in (1.0, 2.0, -2.0, -2.1)] == [64, 127, -128, -128]
    with pytest.raises(ValueError, match="a Vitis AI scale must be a power of two, not 3"):
        quantize_as("vitis_dpu", single(1), single(3), 0, INT8)


@pytest.mark.clause("affine/order", "affine/quantize-as", "affine/quantize")
def test_the_zero_point_is_added_after_rounding():
    """ONNX: round(1.5) + 1 = 3 and round(2.5) + 1 = 3; rounding the sum would give 2 and 4."""
    assert [attempt("onnx", x, 1, 1, INT8) for x in (0.5, 1.5, 2.5, -0.5, -1.5)] == [1, 3, 3, 1, -1]
    assert [attempt("tflite", x, 1, 1, INT8) for x in (0.5, 1.5, 2.5, -0.5, -1.5)] == [2, 3, 4, 0, -1]
    to = Projection(INT8, "ties_to_even", "saturate")
    assert [signed(quantize(single(x), single(1), 1, to).code, INT8) for x in (0.5, 1.5, 2.5)] == [1, 3, 3]


@pytest.mark.clause("affine/quantize-as", "affine/divided", "affine/times-reciprocal", "affine/position")
@given(st.sampled_from(sorted(MODELS)), SINGLES, SCALES | USUAL, st.sampled_from(NARROW), st.data())
def test_models_against_numpy(model, x, scale, format, data):
    """Every model on any numbers and scales, against NumPy's binary32."""
    if model.startswith("vitis"):
        scale = 2.0 ** data.draw(st.integers(-149, 127))
    zero = data.draw(st.integers(-format.top_negative, format.top))
    assert attempt(model, x, scale, zero, format) == clamped(library(model, x, scale, zero), format)


@pytest.mark.clause("affine/quantize-as")
@pytest.mark.parametrize("model", MODELS)
def test_ties_against_numpy(model):
    """Ties, what lies beside them in binary32, and the ends of the range, for scales of all kinds."""
    for scale, half, format, zero in product(
        (1, 0.5, 3, 0.1), (0.5, 1.5, 2.5, 126.5, 127.5, 128.5, 254.5), (INT8, UINT8), (0, 7)
    ):
        if model.startswith("vitis") and scale in {3, 0.1}:
            continue
        for x in (np.float32(half * scale), np.float32(-half * scale)):
            for y in (x, np.nextafter(x, np.float32(0)), np.nextafter(x, np.float32(np.copysign(1000, x)))):
                assert attempt(model, y, scale, zero, format) == clamped(library(model, y, scale, zero), format)


@pytest.mark.clause("affine/quantize-as", "affine/scale")
def test_special_data():
    """Infinities saturate, except where the source converts first; NaN has no result, a zero is the zero point."""
    assert [attempt("onnx", x, 1, 3, INT8) for x in (np.inf, -np.inf, -0.0, 1e30)] == [127, -128, 3, 127]
    assert [attempt("tflite", x, 1, 3, INT8) for x in (np.inf, -np.inf, -0.0, 1e30)] == [None, None, 3, None]
    for model in MODELS:
        with pytest.raises(Unrepresentable, match=f"{model} has no result for a quotient that is NaN"):
            quantize_as(model, single(np.nan), single(1), 0, INT8)
    with pytest.raises(OverflowRaised, match=r"0x1p\+31 is outside the range of int32"):
        quantize_as("tflite", single(2.0**31), single(1), 0, INT8)
    with pytest.raises(OverflowRaised, match=r"0x1p\+31 is outside the range of int32"):
        quantize_as("tflite", single(2.0**31 - 128), single(1), 128, UINT8)
    # The reciprocal of the scale overflows, and zero times infinity is NaN.
    assert attempt("pytorch", 0, 2.0**-149, 0, INT8) is None
    assert attempt("onnx", 0, 2.0**-149, 0, INT8) == 0


@pytest.mark.clause("affine/scale", "affine/quantize-as", "affine/dequantize-as")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quantize_as("onxx", single(1), single(1), 0, INT8), "unknown quantization model 'onxx'; the models are onnx,"),
        (lambda: quantize_as("onnx", double(1), single(1), 0, INT8), "the models work on binary32 numbers, not on binary64"),
        (lambda: quantize_as("onnx", single(1), single(0), 0, INT8), "a scale must be a positive finite number, not 0x0 of"),
        (lambda: quantize_as("onnx", single(1), single(-1), 0, INT8), "a scale must be a positive finite number"),
        (lambda: quantize_as("onnx", single(1), single(np.inf), 0, INT8), "a scale must be a positive finite number"),
        (lambda: quantize_as("onnx", single(1), single(1), 128, INT8), "zero point 128 is not in -128..127 of int8"),
        (lambda: quantize_as("onnx", single(1), single(1), 0, INT32), "the models quantize to at most 16 bits, not to int32"),
        (
            lambda: quantize(single(1), single(np.nan), 0, Projection(INT8, "to_odd", "wrap")),
            "a scale must be a positive finite",
        ),
        (lambda: quantize(single(1), single(1), 0, Projection("binary16", "to_odd", "saturate")), "needs an integer format"),
        (lambda: dequantize_as("vitis", Number(0, INT8), single(1), 0), "unknown dequantization model 'vitis'; the models are"),
        (lambda: dequantize_as("onnx", Number(0, INT8), double(1), 0), "the models work on binary32 numbers, not on binary64"),
        (lambda: dequantize_as("onnx", Number(0, INT8), single(1), -129), "zero point -129 is not in -128..127 of int8"),
    ],
)
def test_refusals(call, message):
    """What is no scale, no zero point, no model."""
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.clause("affine/quantize", "affine/order")
@given(
    *(st.integers(-(1 << 20), 1 << 20), st.integers(1, 1 << 12), st.integers(-8, 7)),
    *(
        st.sampled_from(["ties_to_even", "toward_zero", "toward_negative", "ties_to_away", "to_odd"]),
        st.sampled_from(["saturate", "wrap"]),
    ),
)
def test_exact_quantization(numerator, denominator, zero, rounding, overflow):
    """The rounded quotient of two integers, in Python's integers."""
    to = Projection("int4", rounding, overflow)
    x, scale = Number(numerator % (1 << 24), get_format("int24")), Number(denominator, get_format("int24"))
    below, rest = divmod(abs(numerator), denominator)
    up = {
        "ties_to_even": 2 * rest > denominator or (2 * rest == denominator and below % 2),
        "toward_zero": False,
        "toward_negative": numerator < 0 < rest,
        "ties_to_away": 2 * rest >= denominator,
        "to_odd": rest > 0 and below % 2 == 0,
    }[rounding]
    total = (below + up) * (-1 if numerator < 0 else 1) + zero
    code, flags = quantize(x, scale, zero, to)
    assert code == (max(-8, min(7, total)) if overflow == "saturate" else total) % 16
    overflown = Flags.OVERFLOW | Flags.INEXACT if not -8 <= total <= 7 else Flags.NONE
    assert flags == (overflown or (Flags.INEXACT if rest else Flags.NONE))


@pytest.mark.clause("affine/quantize")
def test_exact_quantization_of_special_data():
    """Infinities and NaN are the overflow rule's, and an integer rule raises invalid alone."""
    for rule, expected in (("saturate", (127, Flags.NONE)), ("integer_indefinite", (128, Flags.INVALID))):
        assert quantize(single(np.inf), single(1), 5, Projection(INT8, "ties_to_even", rule)) == expected
    assert quantize(single(1000.5), single(1), 5, Projection(INT8, "ties_to_even", "integer_saturate")) == (127, Flags.INVALID)
    assert quantize(single(np.nan), single(1), 5, Projection(INT8, "ties_to_even", "integer_saturate")) == (0, Flags.INVALID)
    with pytest.raises(Unrepresentable, match="int8 has no code for nan"):
        quantize(single(np.nan), single(1), 5, Projection(INT8, "ties_to_even", "saturate"))
    assert quantize(single(-0.0), single(1), 5, Projection(INT8, "ties_to_even", "saturate")) == (5, Flags.NONE)
    assert quantize(single(0.75), single(1), 0, Projection(INT8, "stochastic_a:2", "saturate"), 1) == (1, Flags.INEXACT)
    with pytest.raises(ValueError, match="needs 2 random bits"):
        quantize(single(np.inf), single(1), 0, Projection(INT8, "stochastic_a:2", "saturate"))


@pytest.mark.clause("affine/dequantize-as", "affine/dequantize")
@given(st.sampled_from(NARROW), SCALES | USUAL, st.data())
def test_dequantization_of_narrow_integers_rounds_once(format, scale, data):
    """The difference of two integers of 16 bits fits in binary32: every model rounds the exact product once."""
    q, zero = (data.draw(st.integers(-format.top_negative, format.top)) for _ in range(2))
    x = Number(q % (1 << format.width), format)
    expected = dequantize(x, single(scale), zero, Projection(BINARY32, "ties_to_even", "infinity")).code
    with np.errstate(over="ignore", under="ignore"):
        assert expected == single(np.float32(q - zero) * np.float32(scale)).code
    assert {dequantize_as(model, x, single(scale), zero) for model in DEQUANTIZATIONS} == {expected}


@pytest.mark.clause("affine/dequantize-as")
def test_dequantization_of_wide_integers():
    """An int32 is rounded to binary32 before the product by ONNX and PyTorch; TensorFlow Lite multiplies in binary64."""
    q, scale = Number((1 << 24) + 1, INT32), single(1.5)
    products = {model: BINARY32.decode(dequantize_as(model, q, scale, 0)) for model in DEQUANTIZATIONS}
    assert products == {"onnx": 3 << 23, "pytorch": 3 << 23, "tflite": (3 << 23) + 2}
    with pytest.raises(OverflowRaised, match="outside the range of int32"):
        dequantize_as("onnx", Number((1 << 31) - 1, INT32), scale, -1)


@pytest.mark.clause("affine/dequantize", "affine/quantize")
@given(st.sampled_from(NARROW), USUAL, st.data())
def test_there_and_back(format, scale, data):
    """Quantizing a dequantized integer gives it back, exactly and by the models that divide."""
    q, zero = (data.draw(st.integers(-format.top_negative, format.top)) for _ in range(2))
    code = q % (1 << format.width)
    x = dequantize(Number(code, format), single(scale), zero, Projection("binary64", "ties_to_even", "infinity")).code
    assert quantize(Number(x, get_format("binary64")), single(scale), zero, Projection(format, "ties_to_even", "error")) == (
        code,
        Flags.NONE,
    )
    rounded = Number(dequantize_as("onnx", Number(code, format), single(scale), zero), BINARY32)
    assert quantize_as("onnx", rounded, single(scale), zero, format) == code


@pytest.mark.clause("affine/granularity")
def test_granularity():
    """ONNX's three: per tensor, per axis, blocked, whose last block may be shorter."""
    shape = (2, 5, 3)
    assert Granularity().shape(shape) == ()
    assert Granularity(1).shape(shape) == (5,)
    assert Granularity(1, 2).shape(shape) == (2, 3, 3)
    assert Granularity(2, 3).shape(shape) == (2, 5, 1)
    assert [Granularity(1, 2).index(shape, (1, i, 2)) for i in range(5)] == [(1, i // 2, 2) for i in range(5)]
    assert Granularity(1).index(shape, (1, 4, 2)) == (4,)
    assert Granularity().index(shape, (1, 4, 2)) == ()
    for call, message in (
        (lambda: Granularity(None, 2), "a group needs an axis and at least one number, not axis None and group 2"),
        (lambda: Granularity(0, 0), "a group needs an axis"),
        (lambda: Granularity(3).shape(shape), r"axis 3 is not in 0..2 of a tensor of 3 axes"),
        (lambda: Granularity(1).index(shape, (0, 5, 0)), r"\(0, 5, 0\) is no place of a tensor of shape \(2, 5, 3\)"),
        (lambda: Granularity(1).index(shape, (0, 5)), r"\(0, 5\) is no place"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    assert get_model("onnx").name == "onnx"
