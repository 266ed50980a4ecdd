"""Operations on arrays of codes: the names and the argument order of ``refsim.spec.arithmetic``.

An operation on at most 16 bits of operands is a table. A wider one is computed in binary64: exactly where that is proven,
rounded to odd elsewhere, which loses nothing that a projection to fewer bits could ask for (Boldo and Melquiond, 2008).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..spec import arithmetic as spec
from ..spec.exact import NEGATIVE_ZERO
from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format
from ..spec.projection import Projection, Result
from .array import Array, as_array, code_dtype
from .decode import decode, exponents, fits, is_signaling
from .host import check_host
from .projection import Bools, Projected, is_supported, project
from .run import Finished, Work, draws, finish, map_chunks
from .tables import Table, table_of

Floats = NDArray[np.float64]
TABLE_BITS = 16
"""Operands of at most this many bits together are looked up."""
SIGNIFICAND = 53
REACH = 1000
"""Exponents within this distance of zero are safe from binary64's ends in every error-free transformation here."""


@dataclass(frozen=True)
class Operation:
    """An operation of the specification, and its array form in binary64: the value, exact or rounded to odd, and where it
    was rounded (``None``: nowhere)."""

    specification: Callable[..., Result]
    compute: Callable[..., tuple[Floats, Bools | None]]


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
        numbers = (spec.Number(int(codes[i]), format) for codes, format in zip(flat, formats, strict=True))
        return operation.specification(*numbers, to, None if random is None else int(random[i]))

    work = Work(specification, to, shape, flags)
    if not (is_supported(to) and all(_in_reach(format) for format in formats)):
        return finish(work, None)
    check_host()
    if random is None and sum(format.width for format in formats) <= TABLE_BITS:
        return finish(work, _table(operation, formats, to).look_up(size, _index(flat, formats), flags=flags))
    return finish(
        work,
        map_chunks(
            work,
            size,
            lambda part: _chunk(
                operation,
                tuple(codes[part] for codes in flat),
                formats,
                to,
                None if random is None else random[part],
                flags=flags,
            ),
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
    arrays = tuple(Array(c, f) for c, f in zip(codes, formats, strict=True))
    values = tuple(decode(x) for x in arrays)
    exact_or_odd, inexact = operation.compute(values, formats, to)
    found = project(exact_or_odd, to, draw, inexact, flags=flags)
    if found.flags is not None:
        found.flags[_invalid(exact_or_odd, values, arrays)] |= np.uint8(Flags.INVALID)
    return found


def _invalid(result: Floats, values: tuple[Floats, ...], arrays: tuple[Array, ...]) -> Bools:
    """A NaN made of numbers, or a signaling NaN among the operands."""
    made = np.isnan(result)
    for value in values:
        made &= ~np.isnan(value)
    for x in arrays:
        made |= is_signaling(x)
    return made


def _in_reach(format: Format) -> bool:
    """Whether products and error-free sums of the format's numbers stay clear of binary64's ends."""
    least, most = exponents(format)
    return format.width <= 32 and fits(format, np.dtype(np.float64)) and least > -REACH // 2 and most < REACH // 2


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
    return table_of(found.codes, cast(NDArray[np.uint8], found.flags), found.hard)


def _compute_convert(values: tuple[Floats, ...], *_: Any) -> tuple[Floats, Bools | None]:
    return values[0], None


def _compute_add(values: tuple[Floats, ...], formats: tuple[Format, ...], to: Projection) -> tuple[Floats, Bools | None]:
    x, y = values
    total = x + y
    if spec.vanished(to) is NEGATIVE_ZERO:
        total[(total == 0) & (np.signbit(x) | np.signbit(y))] = -0.0
    least = min(exponents(format)[0] for format in formats)
    most = max(exponents(format)[1] for format in formats)
    if most + 2 - least <= SIGNIFICAND:
        return total, None
    # Knuth's TwoSum: the error of a sum rounded to nearest is a number of the format, and these six operations give it.
    other = total - x
    return _to_odd(total, (x - (total - other)) + (y - other))


def _compute_subtract(values: tuple[Floats, ...], formats: tuple[Format, ...], to: Projection) -> tuple[Floats, Bools | None]:
    return _compute_add((values[0], -values[1]), formats, to)


def _compute_multiply(values: tuple[Floats, ...], formats: tuple[Format, ...], _: Projection) -> tuple[Floats, Bools | None]:
    x, y = values
    product = x * y
    if sum(_significant(format) for format in formats) <= SIGNIFICAND:
        return product, None
    # Dekker's product: the halves have at most 26 bits, so that their products are exact.
    (xh, xl), (yh, yl) = _split(x), _split(y)
    return _to_odd(product, xl * yl - (((product - xh * yh) - xl * yh) - xh * yl))


def _significant(format: Format) -> int:
    return format.grid.precision if isinstance(format.grid, FloatGrid) else format.width


def _split(x: Floats) -> tuple[Floats, Floats]:
    """Veltkamp's splitting of 53 bits into 26 and 26 with a sign."""
    big = x * (2.0**27 + 1)
    high = big - (big - x)
    return high, x - high


def _to_odd(rounded: Floats, error: Floats) -> tuple[Floats, Bools]:
    """A number rounded to nearest and its error, as the number rounded to odd: where the error is not zero and the last bit
    is even, the neighbour on the error's side."""
    inexact = np.abs(error) > 0
    bits = rounded.view(np.int64)
    step = np.where((error > 0) == (rounded > 0), 1, -1)
    return (bits + np.where(inexact & (bits & 1 == 0), step, 0)).view(np.float64), inexact


CONVERT = Operation(spec.convert, _compute_convert)
ADD = Operation(spec.add, _compute_add)
SUBTRACT = Operation(spec.subtract, _compute_subtract)
MULTIPLY = Operation(spec.multiply, _compute_multiply)
