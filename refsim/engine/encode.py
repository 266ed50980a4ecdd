"""Numbers to codes, on arrays."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, Exact, Root, Special
from ..spec.formats import FloatGrid
from ..spec.log_grids import LogGrid
from ..spec.projection import Projection
from ..spec.surds import Surd
from ..spec.text import parse_exact
from . import log_encoding
from .array import Array, as_array, is_foreign
from .decode import decode
from .fixed import quantize, quantizes
from .host import check_host
from .projection import Projected, is_reached, project
from .run import Finished, Raised, Work, draws, finish, map_chunks
from .tables import CHUNK, Table, table_of

SIGNIFICAND = 53
"""The significant bits of binary64: integers up to 2**53 are among its numbers."""
WIDTH = 16
"""The widest codes that are held in a table."""
INDEX_BITS = 21
"""The longest index of an encoding table: four megabytes of 16-bit codes."""


@np.errstate(all="ignore")
def encode(values: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The codes of numbers in a format, each number rounded once from its exact value.

    ``values``: anything array-like of integers, floats of any NumPy or ml_dtypes type, ``Fraction``, ``Decimal`` or exact
    numbers of the specification. ``draw``: the random bits of a stochastic rule, one integer a number, broadcast to the
    values. With ``flags`` the result is a pair, the codes and an array of status flags. ``Unrepresentable`` where the format
    has no code for a result, ``TypeError`` for what is no number.
    """
    source = as_numbers(values)
    shape = np.broadcast_shapes(source.shape, np.shape(draw)) if draw is not None else source.shape
    random = draws(to, draw, shape)
    flat = np.ascontiguousarray(np.broadcast_to(source, shape)).reshape(-1)
    work = Work(lambda i: to(as_exact(flat[i]), None if random is None else int(random[i])), to, shape, flags)
    if flat.dtype == object or not is_reached(to):
        return finish(work, None)
    check_host()
    if random is None and has_table(to, flat.dtype):
        return finish(work, by_table(to, flat, flags=flags))
    return finish(
        work,
        map_chunks(
            to,
            flat.size,
            lambda part: _chunk(flat[part], to, None if random is None else random[part], flags=flags),
            flags=flags,
        ),
    )


def _chunk(x: NDArray[Any], to: Projection, draw: NDArray[Any] | None, *, flags: bool) -> Projected:
    """Floating-point numbers of any type, projected: in integers of the host where that will do."""
    if draw is None and not flags and log_encoding.covers(to, x.dtype) and (logarithmic := log_encoding.encode(x, to)):
        return logarithmic
    if draw is None and quantizes(to, x.dtype) and (found := quantize(x, to, flags=flags)):
        return found
    return project(x.astype(np.float64), to, draw, flags=flags)


def convert_text(texts: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The codes of numbers written as text, decimal or hexadecimal or as fractions, each rounded once from what is written.

    ``TypeError`` for what is no text, ``ValueError`` for a text that is no number.
    """
    given = np.asarray(texts, dtype=object)
    if wrong := [x for x in given.flat if not isinstance(x, str)]:
        raise TypeError(f"convert_text takes texts, not {type(wrong[0]).__name__}")
    numbers = np.empty(given.shape, dtype=object)
    for index, text in np.ndenumerate(given):
        numbers[index] = parse_exact(text)
    return encode(numbers, to, draw, flags=flags)


def as_numbers(values: Any) -> NDArray[Any]:
    """The values as a floating-point array where binary64 holds them all, else as an object array."""
    if isinstance(values, Array):
        raise TypeError("encode takes numbers; convert takes an Array to another format")
    given = np.asarray(values)
    if not hasattr(values, "dtype") and given.dtype.kind in "fiub":
        # NumPy gives a list one type, in which large integers lose bits and truth values become numbers.
        each = np.array(values, dtype=object)
        if any(isinstance(x, bool) or (isinstance(x, int) and abs(x) > 1 << SIGNIFICAND) for x in each.flat):
            given = each
    kind = given.dtype.kind
    if is_foreign(given.dtype):
        return decode(as_array(given), np.float32)
    if kind == "f":
        return given.astype(given.dtype.newbyteorder("="), copy=False) if given.dtype.itemsize <= 8 else given.astype(object)
    if kind in "iu":
        wide = given.size and (int(given.max()) > 1 << SIGNIFICAND or int(given.min()) < -(1 << SIGNIFICAND))
        return given.astype(object if wide else np.float64)
    if kind == "O":
        return given
    if given.size == 0:
        return given.astype(np.float64)
    raise TypeError(f"encode takes numbers, not an array of {given.dtype}")


def as_exact(x: Any) -> Exact:
    """Any number as an exact number of the specification."""
    if isinstance(x, Special | Root | Surd | Fraction):
        return x
    if isinstance(x, int | np.integer) and not isinstance(x, bool):
        return Fraction(int(x))
    if isinstance(x, float | np.floating | Decimal):
        if x.is_nan() if isinstance(x, Decimal) else np.isnan(x):
            return NAN
        if x in (np.inf, -np.inf):
            return POSITIVE_INFINITY if x > 0 else NEGATIVE_INFINITY
        if x == 0:
            minus = x.is_signed() if isinstance(x, Decimal) else np.signbit(x)
            return NEGATIVE_ZERO if minus else Fraction(0)
        return Fraction(*x.as_integer_ratio())
    raise TypeError(f"encode takes numbers, not {type(x).__name__}")


def _index_shape(to: Projection, kind: np.dtype[Any]) -> tuple[int, int]:
    """The length of the index into an encoding table, and how many low bits of the number it leaves out.

    Every point, every middle between two points and every bound of tininess has at most ``kept`` fraction bits, so what such
    a prefix of the number leaves out matters only by being there or not: one more bit. The type's own subnormals hold
    fraction bits of fixed places, the last one that matters being a quarter of the format's least step.
    """
    grid, width, info = to.format.grid, 8 * kind.itemsize, np.finfo(kind)
    kept = grid.precision if isinstance(grid, FloatGrid) else to.format.width
    kept = max(kept, int(info.minexp) - (grid.quantum - 2))
    dropped = info.nmant - kept - 1
    return width - max(dropped, 0), max(dropped, 0)


@lru_cache(maxsize=1024)
def has_table(to: Projection, kind: np.dtype[Any]) -> bool:
    """Whether numbers of the type are encoded by a table: the index must be short and the result a function of the place."""
    constant = not to.rounding.bits and not to.overflow.wrap and not isinstance(to.format.grid, LogGrid)
    return constant and to.format.width <= WIDTH and _index_shape(to, kind)[0] <= INDEX_BITS


def keeps_sticky(to: Projection, kind: np.dtype[Any]) -> bool:
    """Whether the index leaves out the type's last bit, so that a number rounded to odd is encoded as the exact one."""
    return _index_shape(to, kind)[1] > 0


@lru_cache(maxsize=32)
@np.errstate(all="ignore")
def _tables(to: Projection, kind: np.dtype[Any]) -> tuple[Table, Table]:
    """The encoding table of a projection for data of a floating-point type, and the same for data without NaN, which seldom
    needs a hard column."""
    length, dropped = _index_shape(to, kind)
    bits = np.arange(1 << length, dtype=f"uint{8 * kind.itemsize}") << dropped
    given = bits.view(kind).astype(np.float64)
    codes, flags, hard = map_chunks(to, given.size, lambda part: project(given[part], to, flags=True), flags=True)
    assert flags is not None, "they were asked for"
    return table_of(codes, flags, hard), table_of(codes, flags, hard & ~np.isnan(given))


def by_table(to: Projection, flat: NDArray[Any], *, flags: bool) -> Raised:
    """The codes of a flat array of floating-point numbers by the encoding table that ``has_table`` promises."""
    whole, numbers_only = _tables(to, flat.dtype)
    table = whole if whole.hard is not None and np.isnan(flat).any() else numbers_only
    _, dropped = _index_shape(to, flat.dtype)
    numbers = flat.view(f"uint{8 * flat.dtype.itemsize}")
    if not dropped:
        return table.look_up(flat.size, lambda part, at: np.copyto(at, numbers[part], casting="unsafe"), flags=flags)
    # Adding a mask of ones to the dropped bits carries into the bit above them exactly where any is set.
    low = numbers.dtype.type((1 << dropped) - 1)
    buffer = np.empty(min(CHUNK, flat.size), numbers.dtype)

    def index(part: slice, at: NDArray[np.intp]) -> None:
        work, bits = buffer[: part.stop - part.start], numbers[part]
        np.bitwise_and(bits, low, out=work)
        np.add(work, low, out=work)
        np.bitwise_or(work, bits, out=work)
        np.right_shift(work, numbers.dtype.type(dropped), out=work)
        np.copyto(at, work, casting="unsafe")

    return table.look_up(flat.size, index, flags=flags)
