"""Operations whose result is a code, a truth value or a class, on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.comparison import POSIT_PREDICATES, PREDICATES, NumberClass, Relation
from ..spec.exact import NAN, NEGATIVE_INFINITY, POSITIVE_INFINITY, SIGNALING_NAN, is_nan
from ..spec.flags import Flags
from ..spec.formats import Coding, Format, Number, UniformGrid
from ..spec.operations import Kind, Operation
from ..spec.projection import Projection
from . import fixed
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
    if name.startswith("shift_"):
        return _shifted(name, codes, formats)
    if name in PREDICATES:
        return _compare(name, codes, formats) if all(fits(format, BINARY64) for format in formats) else None
    if name in POSIT_PREDICATES:
        return _posit_compare(name, codes, formats)
    if name in {"posit_next", "posit_prior"}:
        step = 1 if name == "posit_next" else -1
        mask = codes[0].dtype.type((1 << formats[0].width) - 1)
        return (codes[0] + codes[0].dtype.type(step % (1 << 8 * codes[0].itemsize))) & mask, 0, False
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


def _posit_compare(name: str, codes: Codes, formats: tuple[Format, ...]) -> Known | None:
    """The array form of ``comparison.posit_compare``; of codes that are in the order of their data, as integers."""
    x: NDArray[Any]
    y: NDArray[Any]
    if formats[0] == formats[1] and _is_ordered(formats[0]):
        x, y = (c.astype(np.uint64) << np.uint64(64 - formats[0].width) for c in codes)
        x, y = x.view(np.int64), y.view(np.int64)
    elif all(fits(format, BINARY64) for format in formats):
        x, y = (numbers(c, format, BINARY64) for c, format in zip(codes, formats, strict=True))
    else:
        return None
    no_x, no_y = np.isnan(x), np.isnan(y)
    relations = {
        Relation.LESS: (x < y) | (no_x & ~no_y),
        Relation.EQUAL: (x == y) | (no_x & no_y),
        Relation.GREATER: (x > y) | (no_y & ~no_x),
    }
    result = np.zeros(x.shape, bool)
    for relation in POSIT_PREDICATES[name]:
        if relation in relations:
            result |= relations[relation]
    return result, 0, False


def _is_ordered(format: Format) -> bool:
    """Whether codes as integers in two's complement are in the order of their data, NaN being the least."""
    least = 1 << format.width - 1
    nans = all(block.datum is NAN and block.first == block.last == least for block in format.specials)
    return format.coding is Coding.TWOS_COMPLEMENT and nans


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


def _shifted(name: str, codes: Codes, formats: tuple[Format, ...]) -> Known | None:
    """The array form of the operations of ``shifts``: the host's shifts by less than its width, and one place more."""
    (x, counts), (format, kind) = codes, formats
    if not isinstance(kind.grid, UniformGrid) or kind.grid.quantum or kind.specials or kind.coding is Coding.SIGN_MAGNITUDE:
        return None
    wanted = fixed.signed(counts, kind)
    count = np.clip(wanted, 0, format.width).astype(x.dtype)
    last = (count == format.width).astype(x.dtype)
    count -= last
    if name == "shift_left":
        moved = x << count << last
    elif name == "shift_right_arithmetic" and format.signed:
        whole = fixed.signed(x, format)
        moved = (whole >> count.view(whole.dtype) >> last.view(whole.dtype)).view(x.dtype)
    else:
        moved = x >> count >> last
    mask = x.dtype.type((1 << format.width) - 1)
    return moved & mask, 0, wanted < 0


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
    if all(format.coding is Coding.TWOS_COMPLEMENT for format in formats):
        return _twos_complement_signs(name, codes, formats)
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


def _twos_complement_signs(name: str, codes: Codes, formats: tuple[Format, ...]) -> Known | None:
    """The number with the other sign; a NaN, which is neither negative nor changed, stays, and what has no code is refused."""
    format = formats[0]
    signs = []
    for c, own in zip(codes, formats, strict=True):
        negative, n = points(c, own)
        signs.append((negative & ~_special(c, own, NAN), n))
    negative, n = signs[0]
    wanted = {"negate": ~negative, "absolute": np.zeros(n.shape, bool), "copy_sign": signs[-1][0]}.get(name)
    if wanted is None:
        return None
    stays = (wanted == negative) | _special(codes[0], format, NAN)
    found = of_points(wanted, n, format).astype(code_dtype(format))
    limit = np.where(wanted, format.top_negative, format.top)
    return np.where(stays, codes[0], found), 0, ~stays & ((n > limit) | (n < format.first))
