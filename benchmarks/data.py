"""The data of the rows: seeded, without NaN, and the same for every library."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

import refsim
from refsim.spec.formats import Format
from refsim.spec.operations import Operation

SEED = 20260
POSITIVE = ("sqrt", "rsqrt", "log", "log2", "log1p")
"""The operations that are given no negative numbers: nearly all of their results would be NaN."""
SCALES = {"integral": 64, "function": 4, "activation": 4}
"""The scale of the first operand by the chapter of the operation's clauses; elsewhere it is spread over all of its format."""


def host_type(format: Format) -> Any:
    """The type in which the numbers of a format are drawn."""
    return np.float64 if format.width > 32 else np.float32


def spread(format: Format, size: int, dtype: Any = None, seed: int = SEED) -> NDArray[Any]:
    """Normally distributed numbers on the scale of a format: most in its middle, a sixteenth of them near its least number
    and a sixteenth near its last, of which a few are past it.

    The three scales come one after the other, so that no branch of any library has to guess between them.
    """
    dtype = dtype or host_type(format)
    least, last = (float(format.grid.magnitude(n)) for n in (1, format.top))
    part = size // 16
    scale = np.repeat([4 * least, np.sqrt(least) * np.sqrt(last), last / 3], [part, size - 2 * part, part])
    end = np.finfo(dtype).max
    with np.errstate(over="ignore"):
        drawn = np.random.default_rng(seed).standard_normal(size) * scale
    return np.clip(drawn, -end, end).astype(dtype)


def around(scale: float, format: Format, size: int, seed: int) -> NDArray[Any]:
    """Normally distributed numbers on a scale."""
    return (scale * np.random.default_rng(seed).standard_normal(size)).astype(host_type(format))


def encoded(numbers: NDArray[Any], format: Format) -> refsim.Array:
    """Numbers as codes of a format."""
    return refsim.encode(numbers, refsim.Projection(format, "ties_to_even", "saturate"))


def codes(format: Format, size: int) -> tuple[refsim.Array]:
    """The spread as codes of the format."""
    return (encoded(spread(format, size), format),)


def operands(operation: Operation, format: Format, size: int) -> tuple[refsim.Array, ...]:
    """The operands of an operation: the first spread over all of the format, or on the scale that suits the operation; the
    second around 1; others spread again. Exponents are small integers, bounds are in order, vectors have two elements.
    """
    scale = SCALES.get(operation.clauses[0].partition("/")[0])
    found = []
    for number, role in enumerate(operation.roles or ("a0", "a1", "b0", "b1")):
        seed = SEED + number
        if role in operation.exponents:
            found.append(encoded(np.random.default_rng(seed).integers(-8, 9, size).astype(float), refsim.get_format("int8")))
        elif number == 1:
            found.append(encoded(around(1, format, size, seed), format))
        elif scale:
            found.append(encoded(around(scale, format, size, seed), format))
        else:
            found.append(encoded(spread(format, size, seed=seed), format))
    if operation.name == "clamp":
        to = refsim.Projection(format, "ties_to_even", "infinity")
        found[1:] = (bound(*found[1:], to) for bound in (refsim.engine.minimum, refsim.engine.maximum))
    if operation.name in POSITIVE:
        found = [refsim.engine.absolute(x) for x in found]
    return tuple(found)


def random_bits(bits: int, size: int) -> NDArray[np.int64]:
    """The draws of stochastic rounding."""
    return np.random.default_rng(SEED + 2).integers(0, 1 << bits, size)


def fractions(format: Format, size: int) -> list[Fraction]:
    """The spread as exact numbers."""
    return [Fraction(float(x)) for x in spread(format, size)]
