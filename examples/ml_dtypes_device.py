"""ml_dtypes as a device: each function takes arrays of codes and gives an array of codes.

refsim verify 'multiply/float8_e4m3fn/ties_to_even.infinity.*' --dut py:ml_dtypes_device:float8_e4m3fn_multiply --nan any
"""

import ml_dtypes
import numpy as np


def _operation(name, operate):
    dtype = np.dtype(getattr(ml_dtypes, name))

    def device(a, b):
        with np.errstate(all="ignore"):
            return operate(a.view(dtype), b.view(dtype)).view(a.dtype)

    return device


def _conversion(name, source):
    dtype = np.dtype(getattr(ml_dtypes, name))

    def device(a):
        with np.errstate(all="ignore"):
            return a.view(source).astype(dtype).view(f"u{dtype.itemsize}")

    return device


float8_e4m3fn_add = _operation("float8_e4m3fn", np.add)
float8_e4m3fn_multiply = _operation("float8_e4m3fn", np.multiply)
float8_e5m2_add = _operation("float8_e5m2", np.add)
float8_e5m2_multiply = _operation("float8_e5m2", np.multiply)
bfloat16_from_binary32 = _conversion("bfloat16", np.float32)
bfloat16_from_binary64 = _conversion("bfloat16", np.float64)
float8_e4m3fn_from_binary32 = _conversion("float8_e4m3fn", np.float32)
float8_e4m3fn_from_binary64 = _conversion("float8_e4m3fn", np.float64)
float8_e5m2_from_binary32 = _conversion("float8_e5m2", np.float32)
float8_e5m2_from_binary64 = _conversion("float8_e5m2", np.float64)
