"""ml_dtypes, asked in our words."""

import ml_dtypes
import numpy as np

from refsim import get_format

OVERFLOW = {
    "float8_e5m2": "infinity",
    "float8_e4m3": "infinity",
    "float8_e3m4": "infinity",
    "float8_e4m3fn": "infinity",
    "float8_e4m3fnuz": "infinity",
    "float8_e5m2fnuz": "infinity",
    "float8_e4m3b11fnuz": "infinity",
    "float8_e8m0fnu": "infinity",
    "float6_e2m3fn": "saturate",
    "float6_e3m2fn": "saturate",
    "float4_e2m1fn": "saturate",
    "bfloat16": "infinity",
}
"""Every floating-point format of ml_dtypes, with the overflow rule that its casts follow."""

INTEGERS = ("int1", "uint1", "int2", "uint2", "int4", "uint4")


def dtype(name):
    """The ml_dtypes type of a format."""
    return np.dtype(getattr(ml_dtypes, name))


def from_codes(codes, name):
    """An array of an ml_dtypes floating-point type from codes."""
    return np.asarray(codes).astype(f"u{dtype(name).itemsize}").view(dtype(name))


def decode(codes, name):
    """The numbers of codes, in binary64."""
    return to_float64(from_codes(codes, name))


def to_float64(array):
    """The numbers of an array, in binary64; a signaling NaN makes the host grumble."""
    with np.errstate(invalid="ignore"):
        return array.astype(np.float64)


def encode(values, name):
    """An array of any type cast to an ml_dtypes type, as binary64."""
    with np.errstate(all="ignore"):
        return to_float64(values.astype(dtype(name)))


def apply(operation, x, y, name):
    """A NumPy operation on two arrays of codes, as binary64."""
    with np.errstate(all="ignore"):
        result = operation(from_codes(x, name), from_codes(y, name))
    assert result.dtype == dtype(name)
    return to_float64(result)


def decode_integers(codes, name):
    """The numbers of the codes of a small integer type, which ml_dtypes keeps one in a byte, sign extended."""
    width = get_format(name).width
    data = np.asarray(codes).astype(np.int8)
    if not name.startswith("u"):
        data = np.where(data >> width - 1 & 1, data - (1 << width), data).astype(np.int8)
    return data.view(dtype(name)).astype(np.float64)
