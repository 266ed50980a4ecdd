"""The data of the rows: seeded, without NaN, and the same for every library."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

import refsim
from refsim.spec.formats import Format

SEED = 20260


def spread(format: Format, size: int, dtype: Any = np.float32) -> NDArray[Any]:
    """Normally distributed numbers on the scale of a format: most in its middle, a sixteenth of them near its least number
    and a sixteenth near its last, of which a few are past it.

    The three scales come one after the other, so that no branch of any library has to guess between them.
    """
    least, last = (float(format.grid.magnitude(n)) for n in (1, format.top))
    part = size // 16
    scale = np.repeat([4 * least, np.sqrt(least) * np.sqrt(last), last / 3], [part, size - 2 * part, part])
    end = np.finfo(dtype).max
    return np.clip(np.random.default_rng(SEED).standard_normal(size) * scale, -end, end).astype(dtype)


def codes(format: Format, size: int) -> tuple[refsim.Array]:
    """The spread as codes of the format."""
    return (refsim.encode(spread(format, size), refsim.Projection(format, "ties_to_even", "saturate")),)


def pairs(format: Format, size: int) -> tuple[refsim.Array, refsim.Array]:
    """Two operands of a format: one spread over all of it, the other around 1."""
    around_one = np.random.default_rng(SEED + 1).standard_normal(size).astype(np.float32)
    return *codes(format, size), refsim.encode(around_one, refsim.Projection(format, "ties_to_even", "saturate"))


def random_bits(bits: int, size: int) -> NDArray[np.int64]:
    """The draws of stochastic rounding."""
    return np.random.default_rng(SEED + 2).integers(0, 1 << bits, size)


def fractions(format: Format, size: int) -> list[Fraction]:
    """The spread as exact numbers."""
    return [Fraction(float(x)) for x in spread(format, size)]
