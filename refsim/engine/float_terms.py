"""Terms of sums as floating-point numbers of the host: the factors of a job, and what is known of their products."""

from __future__ import annotations

from math import frexp
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.formats import FloatGrid, Format
from ..spec.log_grids import LogGrid
from .decode import exponents, fits, host_type, is_signaling, numbers
from .floats import significant
from .jobs import Job

Floats = NDArray[Any]
Ints = NDArray[Any]
Bools = NDArray[np.bool_]

BINARY32, BINARY64 = np.dtype(np.float32), np.dtype(np.float64)
REACH = 240
"""Formats whose numbers lie within 2**-REACH and 2**REACH: no product or sum comes near the ends of binary64."""
NOWHERE = -(1 << 13)
"""The exponent of what has none: below that of every number, even with another one added."""


def is_plain(format: Format) -> bool:
    """Whether binary64 holds all numbers of a format, far from its ends."""
    if isinstance(format.grid, LogGrid) and format.grid.fraction:
        return False
    least, most = exponents(format)
    return fits(format, BINARY64) and least > -REACH and most < REACH


def is_host(format: Format, kind: np.dtype[Any]) -> bool:
    """Whether a format is the host's type itself."""
    found = host_type(format)
    return found is not None and found == kind  # NumPy takes None for binary64.


class Numbers(NamedTuple):
    """Numbers of the host, and what is known of them: every one is a multiple of 2**low with so many significant bits; the
    greatest magnitude of those that are finite, and whether all are."""

    values: Floats
    bits: int
    low: int
    most: float
    finite: bool


def numbers_of(codes: Ints, format: Format) -> Numbers:
    """The numbers of codes, in binary32 where it holds the format."""
    kind = BINARY32 if fits(format, BINARY32) else BINARY64
    values = numbers(np.ascontiguousarray(codes).reshape(-1), format, kind).reshape(codes.shape)
    sizes = np.abs(values)
    finite = bool(np.isfinite(sizes).all())
    known = sizes if finite else sizes[np.isfinite(sizes)]
    if not finite:  # The payload of a NaN would be rounded with its number.
        values = np.where(np.isnan(values), kind.type(np.nan), values)
    least = float(np.min(known, where=known > 0, initial=np.inf))
    most = float(known.max()) if known.size else 0.0
    bits, place = significant(format), exponents(format)[0]
    low = place if least == np.inf else max(frexp(least)[1] - bits, place)
    return Numbers(values, bits, low, most, finite)


def held_exponents(x: Numbers, format: Format) -> Ints:
    """The exponents at which numbers are held, as ``terms.held_exponent`` has them; ``NOWHERE`` where they are held at none."""
    exponent = np.frexp(x.values)[1].astype(np.int16) - np.int16(1)
    if isinstance(format.grid, FloatGrid):
        np.maximum(exponent, format.grid.emin, out=exponent)
    exponent[(x.values == 0) | ~np.isfinite(x.values)] = NOWHERE
    return exponent


def signals(job: Job) -> Bools | None:
    """Which sums have a signaling NaN among their operands; ``None`` where none has."""
    found: Bools | None = None
    operands = [(job.x, job.formats[0]), (job.y, job.formats[1])]
    if job.initial is not None and job.formats[2] is not None:
        operands.append((job.initial[None], job.formats[2]))
    for codes, format in operands:
        each: Bools = np.asarray(is_signaling(codes, format).any(axis=0))
        if each.any():
            found = each if found is None else np.asarray(each | found)
    return None if found is None else np.broadcast_to(found, job.shape)
