"""The power of two nearest to each number of an array, by its logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.log_quantization import power_of_two_rule
from ..spec.rounding import Gap, Rounding
from . import logs


@np.errstate(all="ignore")
def to_power_of_two(x: Any, rounding: Rounding | str) -> NDArray[Any]:
    """AP2 of each number of a binary32 or binary64 array, in its type: ``spec.log_quantization.to_power_of_two``.

    Zeros, infinities and NaNs stay. ``TypeError`` for another type, ``ValueError`` for a rule that takes random bits, and where
    the power of two is past the type's last number.
    """
    given, rule = np.asarray(x), power_of_two_rule(rounding)
    if given.dtype not in (np.float32, np.float64):
        raise TypeError(f"to_power_of_two takes an array of binary32 or binary64, not {given.dtype}")
    fraction, length = np.frexp(given.astype(np.float64))
    m = np.abs(np.ldexp(fraction, logs.LEAD)).astype(np.int64)
    regular = np.isfinite(given) & (given != 0)
    steps, exact, _ = logs.of_numbers(
        np.where(regular, m, 1 << logs.LEAD - 1), np.zeros(m.shape, np.int64), logs.LEAD - 1, None, 2
    )
    steps -= (logs.LEAD - 1) << 2
    # A quarter of the octave, or more than it: what lies inside is never a tie.
    place = np.where(exact, 0.0, (steps & 3) * 0.25 + 0.125)
    exponent = length.astype(np.int64) - 1
    up = np.asarray(rule.goes_up(Gap(place, exponent & 1 == 1, given < 0)), bool)
    found = np.copysign(np.ldexp(1.0, exponent + up), given).astype(given.dtype)
    if (~np.isfinite(found) & regular).any():
        raise ValueError(f"a power of two is past the last number of {given.dtype}")
    # What binary32 rounds to zero is past its first number.
    if ((found == 0) & regular).any():
        raise ValueError(f"a power of two is below the first number of {given.dtype}")
    return np.where(regular, found, given)
