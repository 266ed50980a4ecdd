"""Packing on arrays: the names of ``refsim.spec.packing``. Codes go in and come out as arrays, memory as arrays of bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.packing import (
    CHECKS,
    LSB_FIRST,
    MSB_FIRST,
    DigitPacking,
    Layout,
    Packing,
    check_choice,
    check_codes,
    check_length,
    padding_error,
)
from .array import Array, as_integers, width_dtype
from .bits import filled, from_stream, stream

Bytes = NDArray[np.uint8]


def pack(codes: Any, packing: Layout) -> Bytes:
    """The bytes of a memory that holds the codes, which are an ``Array`` or an array of integers, in C order.

    ``TypeError`` for codes that are not integers, ``ValueError`` for one that does not fit.
    """
    flat = _flat(codes, packing)
    if isinstance(packing, DigitPacking):
        return _pack_digits(flat, packing)
    natural = _pack_whole(flat, packing) if _has_gaps(packing) else stream(flat, packing.width, packing.order)
    return _own(_reordered(natural, packing), flat)


def unpack(image: Any, count: int, packing: Layout, padding: str = "zero") -> NDArray[Any]:
    """The codes of ``count`` elements from ``bytes`` or an array of bytes, in the smallest unsigned dtype that holds them.

    ``ValueError`` for an image of another length, for bytes that no digits make, and for padding that is not zero, unless
    ``padding`` is "any".
    """
    check_choice("padding", padding, CHECKS)
    given = np.frombuffer(image, np.uint8) if isinstance(image, bytes | bytearray | memoryview) else np.asarray(image)
    if given.dtype != np.uint8:
        raise TypeError(f"an image must be of bytes, not {given.dtype}")
    memory = given.ravel()
    check_length(memory.size, count, packing)
    if isinstance(packing, DigitPacking):
        codes, clean = _unpack_digits(memory, count, packing)
    else:
        natural = _reordered(memory, packing)
        codes, clean = (_unpack_whole if _has_gaps(packing) else _unpack_stream)(natural, count, packing)
    if padding == "zero" and not clean:
        raise ValueError(padding_error(memory.tobytes(), pack(codes, packing).tobytes()))
    return _own(codes, memory)


def _own(found: NDArray[Any], given: NDArray[Any]) -> NDArray[Any]:
    """What was found, in memory of its own: elements of whole bytes may lie in memory as they are given."""
    return found.copy() if np.may_share_memory(found, given) else found


def _flat(codes: Any, packing: Layout) -> NDArray[Any]:
    """The codes in one row, in the smallest dtype that holds them, after a check of each; an ``Array`` has checked its own."""
    if isinstance(codes, Array):
        if codes.format.width != packing.width:
            raise ValueError(
                f"codes of {codes.format} have {codes.format.width} bits, and elements of {packing} {packing.width}"
            )
        given = codes.codes.ravel()
        if isinstance(packing, Packing):
            return given
    else:
        given = as_integers(codes).ravel()
    if given.size and not _are_integers(given):
        raise TypeError(f"codes to pack must be integers, not {given.dtype}")
    if given.size and (given.min() < 0 or given.max() >= packing.codes):
        check_codes(given.tolist(), packing)
    return given.astype(width_dtype(packing.width), copy=False)


def _are_integers(given: NDArray[Any]) -> bool:
    if given.dtype == object:
        return all(isinstance(code, int | np.integer) and not isinstance(code, bool) for code in given)
    return given.dtype.kind in "ui"


def _has_gaps(packing: Packing) -> bool:
    """Whether words have padding between elements; whole elements that fill their words are a stream."""
    return not packing.straddle and packing.word % packing.width != 0


def _reordered(natural: Bytes, packing: Packing) -> Bytes:
    """Bytes in the order of memory from the order of the stream, or back: little-endian words for ``lsb_first``, big-endian
    ones for ``msb_first``. Words are filled up with zeros.
    """
    size = packing.word // 8
    natural = filled(natural, size)
    if packing.byte_order in (None, "little" if packing.order == LSB_FIRST else "big"):
        return natural
    return np.ascontiguousarray(natural.reshape(-1, size)[:, ::-1]).ravel()


def _unpack_stream(natural: Bytes, count: int, packing: Packing) -> tuple[NDArray[Any], bool]:
    """Codes out of a stream, and whether nothing lies behind them."""
    used, part = divmod(count * packing.width, 8)
    rest = natural[used:]
    if part:
        mask = 0xFF << part & 0xFF if packing.order == LSB_FIRST else 0xFF >> part
        rest = np.concatenate([rest[:1] & np.uint8(mask), rest[1:]])
    return from_stream(natural, count, packing.width, packing.order), not rest.any()


def _gap(packing: Packing) -> int:
    """The padding in front of a word's elements, in the order of the stream."""
    at_the_end = (packing.padding == "bottom") == (packing.order == MSB_FIRST)
    return 0 if at_the_end else packing.word - packing.per_word * packing.width


def _pack_whole(flat: NDArray[Any], packing: Packing) -> Bytes:
    """A stream in which every word has a gap: the elements of a word make one number of the word's width."""
    per_word = packing.per_word
    table = filled(flat, per_word).reshape(-1, per_word)
    words = np.zeros(len(table), width_dtype(packing.word))
    for nth in range(per_word):
        words |= table[:, nth].astype(words.dtype) << _shift(packing, nth)
    return stream(words, packing.word, packing.order)


def _unpack_whole(natural: Bytes, count: int, packing: Packing) -> tuple[NDArray[Any], bool]:
    """Codes out of words that have gaps, and whether the gaps and what follows the codes are zero."""
    words = from_stream(natural, len(natural) * 8 // packing.word, packing.word, packing.order)
    table = np.zeros((len(words), packing.per_word), width_dtype(packing.width))
    rest, mask = words.copy(), words.dtype.type((1 << packing.width) - 1) if words.dtype != object else (1 << packing.width) - 1
    for nth in range(packing.per_word):
        code = words >> _shift(packing, nth) & mask
        table[:, nth] = code
        rest ^= code << _shift(packing, nth)
    codes = table.ravel()
    return codes[:count], not (rest.any() or codes[count:].any())


def _shift(packing: Packing, nth: int) -> Any:
    """The place in a word of an element's least significant bit, of a type that the word can be shifted by."""
    places = _gap(packing) + nth * packing.width
    shift = places if packing.order == LSB_FIRST else packing.word - places - packing.width
    return shift if packing.word > 64 else width_dtype(packing.word).type(shift)


@cache
def _digit_tables(packing: DigitPacking) -> tuple[Bytes, NDArray[np.uint8], NDArray[np.bool_]]:
    """The byte of each number that digits make, the digits of each byte, and whether a byte is digits at all."""
    numbers = range(packing.base**packing.per_word)
    made = np.array([packing.byte(number) for number in numbers], np.uint8)
    digits, known = np.zeros((256, packing.per_word), np.uint8), np.zeros(256, np.bool_)
    known[made] = True
    for byte in made.tolist():
        digits[byte] = packing.take([byte], packing.per_word)
    return made, digits, known


def _pack_digits(flat: NDArray[Any], packing: DigitPacking) -> Bytes:
    weights = [packing.weight(nth) for nth in range(packing.per_word)]
    table = filled(flat, packing.per_word).reshape(-1, packing.per_word)
    numbers = np.zeros(len(table), np.uint8)
    for nth, weight in enumerate(weights):
        # At most base**n - 1, which is below 256.
        numbers += table[:, nth] * np.uint8(weight)
    return _digit_tables(packing)[0][numbers]


def _unpack_digits(memory: Bytes, count: int, packing: DigitPacking) -> tuple[NDArray[Any], bool]:
    _, digits, known = _digit_tables(packing)
    if not known[memory].all():
        packing.take(memory.tolist(), 0)
    codes = digits[memory].ravel()
    return codes[:count], not codes[count:].any()
