"""Linear codes on arrays: the names of ``refsim.spec.linear_codes``, for many words at once.

Check bits are sums modulo 2, so those of a word are those of its bytes, from tables that the specification fills.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import linear_codes as spec
from ..spec.linear_codes import FOUND, LinearCode
from .array import width_dtype

CLEAN, CORRECTED, DETECTED = range(len(FOUND))
"""What was found of a word, as its number in ``FOUND``."""


WIDEST, MOST_CHECKS = 64, 16


class Decoded(NamedTuple):
    """The data that words are taken for, and the numbers of what was found of them."""

    data: NDArray[Any]
    found: NDArray[np.uint8]

    def specified(self) -> list[spec.Decoded]:
        """The same of the specification."""
        return [spec.Decoded(data, FOUND[found]) for data, found in zip(self.data.tolist(), self.found.tolist(), strict=True)]


class Tables(NamedTuple):
    """The check bits of each byte at each of its places, and for each syndrome the bits to invert and what it tells."""

    checks: NDArray[Any]
    inverted: NDArray[Any]
    found: NDArray[np.uint8]


@cache
def tables_of(code: LinearCode) -> Tables:
    """The tables of a code; ``ValueError`` for one of more than 64 data bits or 16 check bits."""
    if code.width > WIDEST or code.checks > MOST_CHECKS:
        bits = f"{WIDEST} data bits and {MOST_CHECKS} check bits, not of {code.width} and {code.checks}"
        raise ValueError(f"on arrays there are codes of at most {bits}")
    dtype, places = width_dtype(code.checks), -(-code.width // 8)
    checks = np.zeros((places, 256), dtype)
    for bit, column in enumerate(code.columns):
        byte = np.arange(256) >> bit % 8 & 1
        checks[bit // 8] ^= (byte * column).astype(dtype)
    told = [code.decode(0, syndrome) for syndrome in range(1 << code.checks)]
    inverted = np.array([one.data for one in told], width_dtype(code.width))
    return Tables(checks, inverted, np.array([FOUND.index(one.found) for one in told], np.uint8))


def encode(code: LinearCode, data: NDArray[Any]) -> NDArray[Any]:
    """The check bits of words of data, in the smallest unsigned dtype that holds them.

    ``ValueError`` for a word that has more bits than the code.
    """
    _check(code, "data", data, code.width)
    table = tables_of(code).checks
    size = width_dtype(code.width).itemsize
    octets = np.ascontiguousarray(data.astype(f"<u{size}", copy=False)).view(np.uint8).reshape(len(data), size)
    found: NDArray[Any] = table[0][octets[:, 0]]
    for place in range(1, len(table)):
        found ^= table[place][octets[:, place]]
    return found


def syndrome(code: LinearCode, data: NDArray[Any], check: NDArray[Any]) -> NDArray[Any]:
    """The syndromes of words; ``ValueError`` for words that have more bits than the code."""
    _check(code, "check bits", check, code.checks)
    found: NDArray[Any] = encode(code, data) ^ check.astype(width_dtype(code.checks), copy=False)
    return found


def decode(code: LinearCode, data: NDArray[Any], check: NDArray[Any]) -> Decoded:
    """What words are taken for; ``ValueError`` for words that have more bits than the code."""
    syndromes, tables = syndrome(code, data, check), tables_of(code)
    return Decoded(data ^ tables.inverted[syndromes].astype(data.dtype), tables.found[syndromes])


def _check(code: LinearCode, what: str, words: NDArray[Any], width: int) -> None:
    if words.size and (int(words.min()) < 0 or int(words.max()) >> width):
        wrong = next(int(word) for word in words.tolist() if not 0 <= word < 1 << width)
        code.check(what, wrong, width)
