"""Operations whose result is a code, a truth value or a class, on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.comparison import PREDICATES, NumberClass, Relation
from ..spec.exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, SIGNALING_NAN, is_nan
from ..spec.flags import Flags
from ..spec.formats import Coding, Format, Number
from ..spec.operations import Kind, Operation
from ..spec.projection import Projection
from .array import Array, code_dtype
from .decode import fits, is_signaling, numbers, of_points, points
from .run import in_parts

Codes = tuple[NDArray[Any], ...]
BINARY64 = np.dtype(np.float64)
DTYPES = {Kind.TRUTH: np.dtype(bool), Kind.CLASS: np.dtype(np.uint8)}


def on_codes(operation: Operation, arrays: tuple[Array, ...], to: Projection | None, *, flags: bool) -> Any:
    """An operation on arrays of codes, broadcast; with ``flags`` a pair of results and status flags."""
    if (to is None) != (operation.kind is not Kind.NUMBER):
        raise TypeError(f"{operation} {'needs a' if to is None else 'takes no'} projection of its result")
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    formats = tuple(x.format for x in arrays)
    flat = tuple(np.ascontiguousarray(np.broadcast_to(x.codes, shape)).reshape(-1) for x in arrays)
    dtype = DTYPES.get(operation.kind, code_dtype(formats[0]))
    found, raised = np.zeros(flat[0].size, dtype), np.zeros(flat[0].size, np.uint8)
    hard = np.zeros(flat[0].size, bool)

    def fill(part: slice) -> None:
        codes = tuple(c[part] for c in flat)
        known = _array_form(operation, codes, formats)
        if known is None:
            hard[part] = True
        else:
            found[part], raised[part], hard[part] = known

    in_parts(flat[0].size, fill)
    answers: dict[tuple[int, ...], Any] = {}
    for i in np.flatnonzero(hard):
        key = tuple(int(c[i]) for c in flat)
        if key not in answers:
            answers[key] = operation(*(Number(code, format) for code, format in zip(key, formats, strict=True)))
        found[i], raised[i] = answers[key].code, int(answers[key].flags)
    result = found.reshape(shape) if operation.kind in DTYPES else Array(found.reshape(shape), formats[0])
    return (result, raised.reshape(shape)) if flags else result


Known = tuple[NDArray[Any], Any, Any]
"""Results, flags, and which elements the specification must decide."""


def _array_form(operation: Operation, codes: Codes, formats: tuple[Format, ...]) -> Known | None:
    name = operation.name
    if any(format.width > 64 for format in formats):
        return None
    if name in PREDICATES:
        return _compare(name, codes, formats) if all(fits(format, BINARY64) for format in formats) else None
    if name in {"total_order", "total_order_magnitude"}:
        return _total_order(codes, formats, magnitude=name.endswith("magnitude"))
    if max(formats[0].top, formats[0].top_negative) >= 1 << 63:
        return _sign_bits(name, codes, formats) if formats[0].coding is Coding.SIGN_MAGNITUDE else None
    if name == "classify":
        return _classify(codes[0], formats[0]), 0, False
    if name in {"next_up", "next_down"}:
        return _step(codes[0], formats[0], up=name == "next_up")
    return _sign_bits(name, codes, formats)


def _compare(name: str, codes: Codes, formats: tuple[Format, ...]) -> Known:
    """The array form of ``comparison.compare``."""
    true_for, signaling = PREDICATES[name]
    x, y = (numbers(c, format, BINARY64) for c, format in zip(codes, formats, strict=True))
    unordered = np.isnan(x) | np.isnan(y)
    relations = {
        Relation.LESS: x < y,
        Relation.EQUAL: x == y,
        Relation.GREATER: x > y,
        Relation.UNORDERED: unordered,
    }
    result = np.zeros(x.shape, bool)
    for relation in true_for:
        result |= relations[relation]
    invalid = unordered if signaling else is_signaling(codes[0], formats[0]) | is_signaling(codes[1], formats[1])
    return result, invalid.astype(np.uint8) * np.uint8(Flags.INVALID), False


def _total_order(codes: Codes, formats: tuple[Format, ...], *, magnitude: bool) -> Known | None:
    """Codes of one format with a sign bit are in total order as signed integers, whose zero is between the two zeros."""
    first = formats[0]
    if formats[1] != first or not _has_free_sign(first):
        return None
    if first.offset:
        return None
    keys = []
    for c in codes:
        spare = np.uint64(64 - first.width)
        top = (c.astype(np.uint64) << spare).view(np.int64)
        size = (top & np.iinfo(np.int64).max) >> spare.view(np.int64)
        keys.append(size if magnitude else np.where(top < 0, ~size, size))
    return keys[0] <= keys[1], 0, False


def _has_free_sign(format: Format) -> bool:
    """Whether the sign bit stands by itself: both zeros and, if there are NaNs, NaNs of both signs have codes."""
    one_sided = any(is_nan(block.datum) for block in format.specials) and not format.has_signed_nan
    return format.coding is Coding.SIGN_MAGNITUDE and format.has_negative_zero and not one_sided


def _special(codes: NDArray[Any], format: Format, *data: Any) -> NDArray[np.bool_]:
    found = np.zeros(codes.shape, bool)
    for first, last, datum in format.specials:
        if datum in data:
            found |= (codes >= codes.dtype.type(first)) & (codes <= codes.dtype.type(last))
    return found


def _classify(codes: NDArray[Any], format: Format) -> NDArray[np.uint8]:
    """The array form of ``comparison.classify``."""
    negative, n = points(codes, format)
    distance = np.where(n == 0, 0, np.where(n < (format.least_normal or 0), 1, 2))
    minus = negative & ((n > 0) | format.has_negative_zero)
    found = np.where(minus, NumberClass.NEGATIVE_ZERO - distance, NumberClass.POSITIVE_ZERO + distance)
    for datum, known in (
        (NEGATIVE_INFINITY, NumberClass.NEGATIVE_INFINITY),
        (POSITIVE_INFINITY, NumberClass.POSITIVE_INFINITY),
        (SIGNALING_NAN, NumberClass.SIGNALING_NAN),
        (NAN, NumberClass.QUIET_NAN),
    ):
        found[_special(codes, format, datum)] = known
    return found.astype(np.uint8)


def _step(codes: NDArray[Any], format: Format, *, up: bool) -> Known:
    """The array form of ``codes.next_up`` and ``codes.next_down``: the next point between the ends; the rest is rare."""
    negative, n = points(codes, format)
    negative = np.where(n == 0, not up, negative)
    n = n + np.where(negative != up, 1, -1)
    limit = np.where(negative, format.top_negative, format.top)
    hard = _special(codes, format, NAN, SIGNALING_NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY) | (n > limit) | (n < format.first)
    return of_points(negative, n, format).astype(code_dtype(format)), 0, hard


def _sign_bits(name: str, codes: Codes, formats: tuple[Format, ...]) -> Known | None:
    """The sign bit, in formats that have one and both zeros and, if any, NaNs of both signs: only then it stands by itself."""
    if not all(map(_has_free_sign, formats)):
        return None
    sign = codes[0].dtype.type(1 << formats[0].width - 1)
    if name == "negate":
        return codes[0] ^ sign, 0, False
    if name == "absolute":
        return codes[0] & ~sign, 0, False
    if name == "copy_sign":
        minus = (codes[1] >> codes[1].dtype.type(formats[1].width - 1)).astype(codes[0].dtype)
        return (codes[0] & ~sign) | (minus << codes[0].dtype.type(formats[0].width - 1)), 0, False
    return None
