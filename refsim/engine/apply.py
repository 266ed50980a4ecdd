"""Carrying out any operation of the table on arrays of codes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Result
from ..spec.formats import Format, Number
from ..spec.operations import Kind, Operation, get_operation
from ..spec.projection import Projection
from . import fixed, native
from .array import as_array, code_dtype
from .on_codes import on_codes
from .projection import Projected
from .run import Finished, Raised, Work, draws, finish, map_chunks
from .tables import Table, table_of
from .ways import Codes, Draw, Way, ways

TABLE_BITS = 16
"""Operands of at most this many bits together are looked up where that is worth the making of the table."""
SMALL_BITS, WORTH = 10, 16
"""A table of so few bits always is; a larger one for arrays of at least a sixteenth of its length."""


@np.errstate(all="ignore")
def apply(name: str, operands: tuple[Any, ...], to: Projection | None, draw: Any = None, *, flags: bool = False) -> Finished:
    """An operation by name on arrays of codes, broadcast; with ``flags`` a pair of results and status flags.

    Results are an ``Array``, truth values an array of bool, classes one of integers. ``TypeError`` and ``ValueError`` as the
    specification raises them.
    """
    operation = get_operation(name)
    operation.roles_of(len(operands))
    arrays = tuple(as_array(x) for x in operands)
    if operation.kind is not Kind.NUMBER or to is None:
        return on_codes(operation, arrays, to, flags=flags)
    shape = np.broadcast_shapes(*(x.shape for x in arrays), *([] if draw is None else [np.shape(draw)]))
    random = draws(to, draw, shape)
    formats = tuple(x.format for x in arrays)
    flat = tuple(np.ascontiguousarray(np.broadcast_to(x.codes, shape)).reshape(-1) for x in arrays)
    work = Work(
        _specification(operation, flat, formats, to, random), to, shape, flags, flat if random is None else (*flat, random)
    )
    bits = sum(format.width for format in formats)
    whole = bits > SMALL_BITS and fixed.plan(name, formats, to) is not None
    if random is None and (bits <= SMALL_BITS or (not whole and bits <= TABLE_BITS and flat[0].size * WORTH >= 1 << bits)):
        table = _table(operation, formats, to)
        return finish(work, table.look_up(flat[0].size, _index(flat, formats), flags=flags))
    return finish(work, _computed(name, ways(operation, formats, to), flat, formats, to, random, flags=flags))


def _specification(
    operation: Operation, flat: Codes, formats: tuple[Format, ...], to: Projection, random: Draw
) -> Callable[[int], Result]:
    def answer(i: int) -> Result:
        numbers = (Number(int(codes[i]), format) for codes, format in zip(flat, formats, strict=True))
        return operation(*numbers, to=to, draw=None if random is None else int(random[i]))

    return answer


def _computed(
    name: str, suitable: tuple[Way, ...], flat: Codes, formats: tuple[Format, ...], to: Projection, random: Draw, *, flags: bool
) -> Raised | None:
    """What the ways find, each given what the one before it could not decide."""
    kind = native.covers(name, formats, to)
    if not suitable and kind is None:
        return None

    def run(way: Way, codes: Codes, draw: Draw) -> tuple[NDArray[Any], NDArray[np.uint8] | None, NDArray[np.bool_]]:
        def chunk(part: slice) -> Projected:
            return way(tuple(c[part] for c in codes), formats, to, None if draw is None else draw[part], flags)

        return map_chunks(to, codes[0].size, chunk, flags=flags)

    found, raised, hard = native.run(name, flat, to, kind, flags=flags) if kind else run(suitable[0], flat, random)
    for way in suitable[0 if kind else 1 :]:
        if hard is None:
            break
        rest = np.flatnonzero(hard)
        if not rest.size:
            break
        part = run(way, tuple(c[rest] for c in flat), None if random is None else random[rest])
        found[rest], hard[rest] = part[0], part[2]
        if raised is not None and part[1] is not None:
            raised[rest] = part[1]
    return found, raised, hard


def _index(flat: Codes, formats: tuple[Format, ...]) -> Callable[[slice, NDArray[np.intp]], None]:
    def index(part: slice, at: NDArray[np.intp]) -> None:
        np.copyto(at, flat[0][part], casting="unsafe")
        for codes, format in zip(flat[1:], formats[1:], strict=True):
            np.left_shift(at, format.width, out=at)
            np.bitwise_or(at, codes[part], out=at, casting="unsafe")

    return index


@lru_cache(maxsize=256)
def _table(operation: Operation, formats: tuple[Format, ...], to: Projection) -> Table:
    """The operation on every combination of codes, in the order of ``_index``; what the specification refuses stays hard."""
    flat = every_combination(formats)
    found = _computed(operation.name, ways(operation, formats, to), flat, formats, to, None, flags=True)
    size = flat[0].size
    codes, flags, hard = found or (np.zeros(size, code_dtype(to.format)), np.zeros(size, np.uint8), np.ones(size, bool))
    assert flags is not None, "they were asked for"
    assert hard is not None, "it is always told"
    answer = _specification(operation, flat, formats, to, None)
    for i in np.flatnonzero(hard):
        try:
            result = answer(int(i))
        except ValueError:
            continue
        codes[i], flags[i], hard[i] = result.code, int(result.flags), False
    return table_of(codes, flags, hard)


def every_combination(formats: tuple[Format, ...]) -> Codes:
    """The codes of all operands in every combination, the last operand's changing fastest."""
    index = np.arange(1 << sum(format.width for format in formats))
    codes: list[NDArray[Any]] = []
    for format in reversed(formats):
        codes.insert(0, (index & (1 << format.width) - 1).astype(code_dtype(format)))
        index = index >> format.width
    return tuple(codes)
