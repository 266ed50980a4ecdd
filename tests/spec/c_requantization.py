"""What the C and C++ sources of requantization compute, in Python integers with C's semantics, written from their formulas.

Division truncates, shifts to the right are arithmetic, and conversions to 32 bits wrap. Where C defines nothing, or an
assertion of the source fails, there is ``None``.
"""

import numpy as np

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1


def fits(x):
    """Whether an int32 holds it."""
    return INT32_MIN <= x <= INT32_MAX


def int32(x):
    """A conversion to int32."""
    return (x + (1 << 31)) % (1 << 32) - (1 << 31)


def quotient(a, b):
    """C's division, which truncates."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def saturating_rounding_doubling_high_mul(a, b):
    """gemmlowp's: a nudge that depends on the sign, then a truncating division."""
    if a == b == INT32_MIN:
        return INT32_MAX
    product = a * b
    nudge = 1 << 30 if product >= 0 else 1 - (1 << 30)
    return int32(quotient(product + nudge, 1 << 31))


def rounding_divide_by_pot(x, exponent):
    """gemmlowp's: the remainder against a threshold that is greater for negative numbers."""
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def gemmlowp(x, m, s):
    """TensorFlow Lite with double rounding."""
    left, right = max(s, 0), max(-s, 0)
    if not fits(x << left):
        return None
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(x << left, m), right)


def tflite_single(x, m, s):
    """TensorFlow Lite with single rounding."""
    total = 31 - s
    result = (x * m + (1 << total - 1)) >> total
    return result if fits(result) else None


def tflite_int64(x, m, s):
    """TensorFlow Lite for 64-bit accumulators."""
    reduced = (m + (1 << 15)) >> 16 if m < 0x7FFF0000 else 0x7FFF
    total = 15 - s
    result = (x * reduced + (1 << total - 1)) >> total
    return result if fits(result) else None


def tosa_32(x, m, s, *, double=False):
    """The pseudocode of TOSA."""
    if not -(1 << s - 1) <= x < 1 << s - 1:
        return None
    nudge = 1 << s - 1
    if double and s > 31:
        nudge += 1 << 30 if x >= 0 else -(1 << 30)
    result = (x * m + nudge) >> s
    return result if fits(result) else None


def tosa_32_double(x, m, s):
    """The pseudocode of TOSA with double rounding."""
    return tosa_32(x, m, s, double=True)


def tosa_16(x, m, s):
    """The pseudocode of TOSA for 48-bit accumulators."""
    result = (x * m + (1 << s - 1)) >> s
    return result if fits(result) else None


def cmsis_nn(x, m, s):
    """CMSIS-NN: one nudge for both signs, an arithmetic shift, then the threshold as in gemmlowp."""
    left, right = max(s, 0), max(-s, 0)
    if not fits(x << left):
        return None
    high = int32(((1 << 30) + (x << left) * m) >> 31)
    mask = (1 << right) - 1
    threshold = (mask >> 1) + ((high >> right) < 0)
    return (high >> right) + ((high & mask) > threshold)


def cmsis_nn_single(x, m, s):
    """CMSIS-NN with single rounding: a shift by one place less, one added, and the last place."""
    result = (x * m) >> (31 - s - 1)
    if not fits(result) or not fits(result + 1):
        return None
    return (result + 1) >> 1


def halide(x, m, s):
    """Halide's hannk: a nudge for both signs, saturated, and a rounding shift."""
    high = max(INT32_MIN, min(INT32_MAX, (x * m + (1 << 30)) >> 31))
    return (high + (1 << -s >> 1)) >> -s


def dpu(x, _, s):
    """``floor(y + 0.5)`` on a binary64 quotient, which holds it."""
    return int(np.floor(np.ldexp(np.float64(x), -s) + 0.5)) if s > 0 else x << -s


@np.errstate(over="ignore")
def float_scale(x, m, _):
    """NumPy's binary32."""
    y = np.float32(x) * np.uint32(m).view(np.float32)
    return int(np.rint(np.clip(y, np.float32(-(2.0**40)), np.float32(2.0**40))))


RENDERINGS = {
    f.__name__: f
    for f in (
        *(gemmlowp, tflite_single, tflite_int64, tosa_32, tosa_32_double, tosa_16, cmsis_nn, cmsis_nn_single),
        *(halide, dpu, float_scale),
    )
}


def requantized(name, x, m, s, zero_point, low, high):
    """The clamped sum of a rendering and the zero point, or ``None``."""
    y = RENDERINGS[name](x, m, s)
    wide = name in {"halide", "dpu", "float_scale"}
    if y is None or (not wide and not fits(y + zero_point)):
        return None
    return max(low, min(high, y + zero_point))
