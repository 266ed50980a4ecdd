"""Code books on arrays: thresholds between the values in order, read off the rounding rule."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import codebooks as spec
from ..spec.codebooks import CodeBook
from ..spec.flags import Flags
from ..spec.rounding import Rounding
from .array import as_integers
from .encode import as_exact, as_numbers
from .run import in_parts
from .thresholds import Rise, held, host_numbers, passed, rise, thresholds


class _Stairs(NamedTuple):
    """The thresholds between the values in order, and the values in the host's type, NaN for those that it does not have."""

    at: NDArray[Any]
    values: NDArray[Any]


@lru_cache(maxsize=64)
def _stairs(book: CodeBook, rounding: Rounding, kind: np.dtype[Any]) -> _Stairs:
    rises = []
    for low, high in pairwise(book.ascending):
        if high <= 0:
            rises.append(rise(rounding, -high, -low, odd=False, negative=True).mirrored())
        else:
            rises.append(rise(rounding, low, high, odd=False, negative=False))
    return _Stairs(thresholds(rises, kind), held(book.ascending, kind))


def code_type(book: CodeBook) -> np.dtype[Any]:
    """The smallest unsigned type that holds the codes of a book."""
    return np.dtype(np.uint8 if book.width <= 8 else np.uint16)


@np.errstate(all="ignore")
def quantize(x: Any, book: CodeBook, rounding: Rounding, draw: Any = None, *, flags: bool = False) -> Any:
    """The codes of numbers, as unsigned integers of the shape of ``x``; with ``flags`` a pair of codes and status flags.

    ``x``: numbers as ``encode`` takes them; ``draw``: one integer a number. Errors are those of the specification.
    """
    book.check_rule(rounding)
    source = as_numbers(x)
    if source.dtype == object or rounding.bits or draw is not None:
        return _one_by_one(source, book, rounding, draw, flags=flags)
    numbers = host_numbers(source)
    if (nan := np.isnan(numbers)).any():
        spec.quantize(as_exact(numbers[np.argmax(nan)]), book, rounding)
    stairs = _stairs(book, rounding, numbers.dtype)
    at: NDArray[np.uint16] = np.empty(numbers.size, np.uint16)

    def part(here: slice) -> None:
        at[here] = passed(numbers[here], stairs.at)

    in_parts(numbers.size, part)
    codes = np.array(book.order, code_type(book)).take(at).reshape(source.shape)
    if not flags:
        return codes
    raised = (stairs.values.take(at) != numbers).astype(np.uint8) * np.uint8(Flags.INEXACT)
    ends = thresholds([Rise(book.ascending[0], included=True), Rise(book.ascending[-1], included=False)], numbers.dtype)
    raised[(numbers < ends[0]) | (numbers >= ends[1])] = Flags.OVERFLOW | Flags.INEXACT
    raised[np.isinf(numbers)] = 0
    return codes, raised.reshape(source.shape)


def decode(codes: Any, book: CodeBook) -> NDArray[np.float64]:
    """The values of codes in binary64.

    ``ValueError`` for what is no code or not used, and for a book of which binary64 does not hold every value.
    """
    given = as_integers(codes)
    values = held(book.ascending, np.dtype(np.float64))
    if np.isnan(values).any():
        raise ValueError(f"binary64 does not hold every value of {book}")
    table = np.full(1 << book.width, np.nan)
    table[list(book.order)] = values
    if given.size:
        for end in (given.min(), given.max()):
            if not 0 <= end < len(table):
                book.decode(int(end))
    found: NDArray[np.float64] = table[given.astype(np.intp)]
    if (unused := np.isnan(found)).any():
        book.decode(int(given[unused].reshape(-1)[0]))
    return found


def _one_by_one(source: NDArray[Any], book: CodeBook, rounding: Rounding, draw: Any, *, flags: bool) -> Any:
    shape = np.broadcast_shapes(source.shape, np.shape(draw)) if draw is not None else source.shape
    numbers = np.broadcast_to(source, shape)
    draws = np.broadcast_to(np.asarray(draw, object), shape)
    codes, raised = np.empty(shape, code_type(book)), np.empty(shape, np.uint8)
    for index in np.ndindex(shape):
        bits = draws[index]
        result = spec.quantize(as_exact(numbers[index]), book, rounding, None if bits is None else int(bits))
        codes[index], raised[index] = result.code, int(result.flags)
    return (codes, raised) if flags else codes
