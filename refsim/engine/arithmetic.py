"""Operations on arrays of codes: the names and the argument order of ``refsim.spec.arithmetic``.

An operation on at most 16 bits of operands is a table. A wider one is computed in the host's arithmetic, exactly where that is
proven, rounded to odd elsewhere, and then projected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import arithmetic as spec
from ..spec.flags import Flags, Result
from ..spec.formats import Format, Number
from ..spec.projection import Projection
from . import transformations
from .array import as_array, code_dtype
from .decode import is_signaling, numbers
from .encode import by_table, has_table, keeps_sticky
from .host import check_host
from .projection import Projected, is_supported, project
from .run import Finished, Work, draws, finish, map_chunks
from .tables import Table, table_of
from .transformations import Bools, Compute, Floats

TABLE_BITS = 16
"""Operands of at most this many bits together are looked up."""
BINARY32, BINARY64 = np.dtype(np.float32), np.dtype(np.float64)


@dataclass(frozen=True)
class Operation:
    """An operation of the specification, and its array form in the host's arithmetic, with the formats for which that form is
    exact or rounded to odd."""

    specification: Callable[..., Result]
    compute: Compute
    is_safe: Callable[[tuple[Format, ...], np.dtype[Any]], bool]


def convert(x: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The same data in another format. ``x``: an ``Array``, or an array of a NumPy or ml_dtypes floating-point type."""
    return _apply(CONVERT, (x,), to, draw, flags=flags)


def add(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The sums of two arrays of codes, broadcast; with ``flags`` a pair of codes and status flags."""
    return _apply(ADD, (x, y), to, draw, flags=flags)


def subtract(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The differences x - y of two arrays of codes, broadcast; with ``flags`` a pair of codes and status flags."""
    return _apply(SUBTRACT, (x, y), to, draw, flags=flags)


def multiply(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The products of two arrays of codes, broadcast; with ``flags`` a pair of codes and status flags."""
    return _apply(MULTIPLY, (x, y), to, draw, flags=flags)


@np.errstate(all="ignore")
def _apply(operation: Operation, operands: tuple[Any, ...], to: Projection, draw: Any, *, flags: bool) -> Finished:
    arrays = tuple(as_array(x) for x in operands)
    shape = np.broadcast_shapes(*(x.shape for x in arrays), *([] if draw is None else [np.shape(draw)]))
    random = draws(to, draw, shape)
    formats = tuple(x.format for x in arrays)
    flat = tuple(np.ascontiguousarray(np.broadcast_to(x.codes, shape)).reshape(-1) for x in arrays)
    size = flat[0].size

    def specification(i: int) -> Result:
        numbers = (Number(int(codes[i]), format) for codes, format in zip(flat, formats, strict=True))
        return operation.specification(*numbers, to, None if random is None else int(random[i]))

    work = Work(specification, to, shape, flags)
    if not (is_supported(to) and operation.is_safe(formats, BINARY64)):
        return finish(work, None)
    check_host()
    if random is None and sum(format.width for format in formats) <= TABLE_BITS:
        return finish(work, _table(operation, formats, to).look_up(size, _index(flat, formats), flags=flags))
    return finish(
        work,
        map_chunks(
            to,
            size,
            lambda part: _chunk(
                operation,
                tuple(codes[part] for codes in flat),
                formats,
                to,
                None if random is None else random[part],
                flags=flags,
            ),
            flags=flags,
        ),
    )


def _chunk(
    operation: Operation,
    codes: tuple[NDArray[Any], ...],
    formats: tuple[Format, ...],
    to: Projection,
    draw: NDArray[Any] | None,
    *,
    flags: bool,
) -> Projected:
    """The operation on flat arrays of codes, computed in the narrowest host type that an encoding table then takes over."""
    single = draw is None and has_table(to, BINARY32) and operation.is_safe(formats, BINARY32) and keeps_sticky(to, BINARY32)
    kind = BINARY32 if single else BINARY64
    values = tuple(numbers(c, format, kind) for c, format in zip(codes, formats, strict=True))
    exact_or_odd, inexact = operation.compute(values, formats, to)
    if draw is None and has_table(to, kind) and keeps_sticky(to, kind):
        result, raised, hard = by_table(to, exact_or_odd, flags=flags)
        found = Projected(result, raised, np.zeros(result.shape, bool) if hard is None else hard)
    else:
        found = project(exact_or_odd, to, draw, inexact, flags=flags)
    if found.flags is not None:
        found.flags[_invalid(exact_or_odd, values, codes, formats)] |= np.uint8(Flags.INVALID)
    return found


def _invalid(result: Floats, values: tuple[Floats, ...], codes: tuple[NDArray[Any], ...], formats: tuple[Format, ...]) -> Bools:
    """A NaN made of numbers, or a signaling NaN among the operands."""
    made = np.isnan(result)
    for value in values:
        made &= ~np.isnan(value)
    for c, format in zip(codes, formats, strict=True):
        made |= is_signaling(c, format)
    return made


def _index(flat: tuple[NDArray[Any], ...], formats: tuple[Format, ...]) -> Callable[[slice, NDArray[np.intp]], None]:
    def index(part: slice, at: NDArray[np.intp]) -> None:
        np.copyto(at, flat[0][part], casting="unsafe")
        for codes, format in zip(flat[1:], formats[1:], strict=True):
            np.left_shift(at, format.width, out=at)
            np.bitwise_or(at, codes[part], out=at, casting="unsafe")

    return index


@lru_cache(maxsize=128)
def _table(operation: Operation, formats: tuple[Format, ...], to: Projection) -> Table:
    """The operation on every combination of codes, in the order of ``_index``."""
    index = np.arange(1 << sum(format.width for format in formats))
    codes: list[NDArray[Any]] = []
    for format in reversed(formats):
        codes.insert(0, (index & (1 << format.width) - 1).astype(code_dtype(format)))
        index >>= format.width
    found = _chunk(operation, tuple(codes), formats, to, None, flags=True)
    assert found.flags is not None, "they were asked for"
    return table_of(found.codes, found.flags, found.hard)


CONVERT = Operation(spec.convert, transformations.convert, transformations.convert_is_safe)
ADD = Operation(spec.add, transformations.add, transformations.add_is_safe)
SUBTRACT = Operation(spec.subtract, transformations.subtract, transformations.add_is_safe)
MULTIPLY = Operation(spec.multiply, transformations.multiply, transformations.multiply_is_safe)
