"""Operands of affine quantization, and NumPy's rendering of what the libraries compute."""

import numpy as np

from refsim.spec.catalogue import get_format
from refsim.spec.formats import Number

BINARY32, BINARY64 = get_format("binary32"), get_format("binary64")
INT8, UINT8, INT16, UINT16, INT4, INT32 = map(get_format, ("int8", "uint8", "int16", "uint16", "int4", "int32"))
NARROW = (INT8, UINT8, INT16, UINT16, INT4)


def single(x):
    """The operand that is a number rounded to binary32."""
    return Number(int(np.float32(x).view(np.uint32)), BINARY32)


def double(x):
    """The operand that is a Python float."""
    return Number(int(np.float64(x).view(np.uint64)), BINARY64)


def signed(code, format):
    """The integer that a code names."""
    return int(format.decode(code))


def half_away(x):
    """C's round, on binary64."""
    return np.copysign(np.floor(np.abs(np.float64(x)) + 0.5), x)


@np.errstate(all="ignore")
def library(model, x, scale, zero_point):
    """The integer that a library's formula gives in NumPy's binary32, not clamped yet; ``None`` where C has none."""
    x, scale = np.float32(x), np.float32(scale)
    quotient = x * (np.float32(1) / scale) if model == "pytorch" else x / scale
    if model.startswith("vitis"):
        quotient = np.float64(x) / np.float64(scale)
    rounding = {"tflite": half_away, "vitis_std": half_away, "vitis_dpu": lambda y: np.floor(np.float64(y) + 0.5)}
    whole = rounding.get(model, np.rint)(quotient)
    if np.isnan(whole):
        return None
    if model == "tflite" and not (-(2**31) <= whole < 2**31 and -(2**31) <= whole + zero_point < 2**31):
        return None
    return int(np.clip(np.float64(whole), -(2.0**40), 2.0**40)) + zero_point


def clamped(x, format):
    """An integer, or ``None``, within a format."""
    return None if x is None else max(-format.top_negative, min(format.top, x))
