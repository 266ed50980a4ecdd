"""The host's floating point, checked before it is trusted.

The engine adds and multiplies in binary64 and relies on subnormals and on rounding to nearest. Another library in the same
process can switch either off.
"""

import numpy as np

_ONE = np.array([1.0, -1.0])
_HALF_ULP = np.array([2.0**-53, -(2.0**-53)])
_LEAST = np.array([np.float64(2.0) ** -1022, np.float32(2.0) ** -126], dtype=np.float64)
_LEAST32 = np.array([2.0**-126], dtype=np.float32)


class HostArithmeticError(RuntimeError):
    """The host's floating-point unit is in a state in which exact results cannot be had."""


def check_host() -> None:
    """``HostArithmeticError`` where the host flushes subnormals to zero or does not round to nearest, ties to even."""
    if (_ONE + _HALF_ULP != _ONE).any() or (_ONE + 3 * _HALF_ULP != _ONE + 4 * _HALF_ULP).any():
        raise HostArithmeticError(
            "the host does not round to nearest even: a library in this process changed its rounding mode"
        )
    if not (_LEAST / 4).all() or not (_LEAST32 / np.float32(4)).all():
        raise HostArithmeticError("the host flushes subnormal numbers to zero: a library in this process set that mode")
