"""Digests of arrays of codes, the same on every machine."""

from __future__ import annotations

import hashlib

import numpy as np

from .array import Array


def content(array: Array) -> bytes:
    """The codes in order, each as whole bytes with the least significant one first: as many as its dtype has, or as its format
    needs where that is wider than 64 bits."""
    if array.codes.dtype == object:
        size = -(-array.format.width // 8)
        return b"".join(int(code).to_bytes(size, "little") for code in array.codes.reshape(-1))
    return np.ascontiguousarray(array.codes, array.codes.dtype.newbyteorder("<")).tobytes()


def digest(array: Array) -> str:
    """The SHA-256 of the codes, in hexadecimal."""
    return hashlib.sha256(content(array)).hexdigest()
