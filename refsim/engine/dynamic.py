"""Dynamic fixed point on arrays: a batch is quantized and counted; the specification's own machine moves the radix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import dynamic as spec
from ..spec.dynamic import Control, Dynamic, State, count, settle
from ..spec.exact import is_infinite, magnitude
from ..spec.flags import Flags
from .array import Array
from .encode import as_exact, as_numbers, encode
from .run import Finished


def quantize(x: Any, radix: int, to: Dynamic, draw: Any = None, *, flags: bool = False) -> Finished:
    """The codes of numbers at a radix, as ``encode`` gives them."""
    return encode(x, to.projection(radix), draw, flags=flags)


def codes_at_end(codes: NDArray[Any], to: Dynamic) -> tuple[int, int]:
    """How many codes are those of the last numbers, and of half of the last or more. Both kinds lie next to each other among
    the codes as unsigned integers: positive ones from below the sign bit, negative ones from above it."""
    last = (1 << to.width - 1) - 1

    def beyond(least: int) -> int:
        shifted = np.subtract(codes, codes.dtype.type(least))
        return int(np.count_nonzero(shifted <= codes.dtype.type((1 << to.width) - 2 * least)))

    return beyond(last), beyond(-(-last // 2))


def at_end(to: Dynamic, radix: int, held: Any) -> tuple[int, int]:
    """How many of the numbers that are held have the magnitude of the last number or more, and of half of it or more.

    ``held``: codes of any radix, or numbers as ``encode`` takes them.
    """
    if isinstance(held, Array) and held.format == to.projection(radix).format:
        return codes_at_end(held.codes, to)
    numbers = held.exact() if isinstance(held, Array) else as_numbers(held)
    if numbers.dtype == object:
        return spec.at_end(to, radix, map(as_exact, numbers.flat))
    if (nan := np.isnan(numbers)).any():
        magnitude(as_exact(numbers[nan][0]))
    # The last number has at most 31 bits, the last of them at least 2**-1055: binary64 has it, and half of it.
    magnitudes, end = np.abs(numbers.astype(np.float64)), float(to.last(radix))
    return int(np.count_nonzero(magnitudes >= end)), int(np.count_nonzero(magnitudes >= end / 2))


def past_end(to: Dynamic, radix: int, x: Any, draw: Any = None) -> tuple[int, int]:
    """How many of the numbers raise overflow at the radix, and at the radix less one."""
    numbers = as_numbers(x)
    _, flags = quantize(numbers, radix, to, draw, flags=True)
    return _overflows(numbers, flags), _overflows(numbers, quantize(numbers, radix - 1, to, draw, flags=True)[1])


def _overflows(numbers: NDArray[Any], flags: NDArray[np.uint8]) -> int:
    infinite = [is_infinite(as_exact(x)) for x in numbers.flat] if numbers.dtype == object else np.isinf(numbers).reshape(-1)
    over = flags & np.uint8(Flags.OVERFLOW) != 0
    return int(
        np.count_nonzero(over.reshape(-1) | np.broadcast_to(np.reshape(infinite, numbers.shape), over.shape).reshape(-1))
    )


class Observed(NamedTuple):
    """What a batch gave: the codes, and the state after it."""

    codes: Array
    state: State


def observe(control: Control, state: State, x: Any, draw: Any = None) -> Observed:
    """A batch, which is an array of any shape, quantized and counted, and the radix updated where it ends a period."""
    to, radix = control.to, state.radix
    codes = quantize(x, radix, to, draw)
    counts = codes_at_end(codes.codes, to) if control.counted == "at_end" else past_end(to, radix, x, draw)
    return Observed(codes, settle(control, count(state, codes.codes.size, *counts)))


def run(control: Control, state: State, batches: Iterable[Any]) -> list[Observed]:
    """The trace of a controller: each batch's codes and the state after it."""
    trace: list[Observed] = []
    for batch in batches:
        trace.append(observe(control, state, batch))
        state = trace[-1].state
    return trace
