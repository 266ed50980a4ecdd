"""Terms of sums as floating-point numbers of the host: the factors of a job, and what is known of their products."""

from __future__ import annotations

from collections.abc import Callable
from math import frexp
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format
from ..spec.log_grids import LogGrid
from ..spec.products import ExactProduct, Multiplier, RoundedProduct
from .decode import exponents, fits, host_type, is_signaling, numbers
from .exact_sums import product
from .floats import significant
from .jobs import Job
from .products import ProductTable

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


def flushed(x: Numbers, format: Format) -> Numbers:
    """Numbers with the subnormal ones as zeros of their signs."""
    if not isinstance(format.grid, FloatGrid):
        return x
    return x._replace(values=np.where(np.abs(x.values) < 2.0**format.grid.emin, np.copysign(0, x.values), x.values))


class Terms(Protocol):
    """Terms of sums: each a multiple of 2**low of so many bits, the greatest magnitude of those that are finite, a power of two
    above the exponents at which they are held, whether all are finite, and whether binary32 holds what they are made of."""

    bits: int
    low: int
    most: float
    top: float
    finite: bool
    single: bool

    def filling(self, kind: np.dtype[Any], flags: NDArray[np.uint8] | None, hard: Bools) -> Callable[[int, Floats], None]:
        """What writes the term of a number into an array."""

    def held(self) -> Callable[[int], Ints] | None:
        """What gives the exponents at which a term is held; ``None`` where that is not known."""

    def raise_of_operands(self, flags: NDArray[np.uint8]) -> None:
        """Raise what the operands do in the multiplier."""


class Products:
    """Exact products."""

    def __init__(self, job: Job, *, flushes: bool) -> None:
        self.job, self.formats = job, job.formats[:2]
        self.x, self.y = (numbers_of(z, format) for z, format in zip((job.x, job.y), self.formats, strict=True))
        if flushes:
            self.x, self.y = (flushed(z, format) for z, format in zip((self.x, self.y), self.formats, strict=True))
        self.bits, self.low = self.x.bits + self.y.bits, self.x.low + self.y.low
        self.most = self.x.most * self.y.most
        self.finite = self.x.finite and self.y.finite
        self.single = self.x.values.dtype == self.y.values.dtype == BINARY32
        tops = [
            max(z.most, 2.0 ** (format.grid.emin + 1)) if isinstance(format.grid, FloatGrid) else z.most
            for z, format in zip((self.x, self.y), self.formats, strict=True)
        ]
        self.top = tops[0] * tops[1]

    def filling(self, kind: np.dtype[Any], flags: NDArray[np.uint8] | None, hard: Bools) -> Callable[[int, Floats], None]:
        """One multiplication."""
        del flags, hard
        x, y = (z.values.astype(kind, copy=False) for z in (self.x, self.y))

        def fill(k: int, out: Floats) -> None:
            np.multiply(x[k], y[k], out=out)

        return fill

    def held(self) -> Callable[[int], Ints]:
        """The sums of the exponents at which the factors are held."""
        x, y = (held_exponents(z, format) for z, format in zip((self.x, self.y), self.formats, strict=True))
        return lambda k: np.asarray(np.add(x[k], y[k]))

    def raise_of_operands(self, flags: NDArray[np.uint8]) -> None:
        """Invalid for signaling NaNs, and for products of zeros and infinities."""
        if self.finite:
            return
        for z, codes, format in zip((self.x, self.y), (self.job.x, self.job.y), self.formats, strict=True):
            if not z.finite:
                signaling = is_signaling(codes, format).any(axis=0)
                flags[np.broadcast_to(signaling, flags.shape)] |= np.uint8(Flags.INVALID)
        x, y = self.x.values, self.y.values
        pairs = ((x == 0, np.isinf(y)), (np.isinf(x), y == 0))
        met = sum(product(a.astype(np.float32), b.astype(np.float32)) for a, b in pairs)
        flags[np.asarray(met) > 0] |= np.uint8(Flags.INVALID)


class Looked:
    """What a table of products has. It does not tell zeros apart by sign: see ``float_sums``."""

    def __init__(self, job: Job, table: ProductTable) -> None:
        self.job, self.table = job, table
        size = np.abs(table.integers)
        last = size & -size
        lengths = np.frexp(size.astype(np.float64))[1] - np.frexp(last.astype(np.float64))[1] + 1
        self.bits, self.low = int(lengths.max()), table.quantum
        self.most = self.top = float(np.ldexp(float(size.max()), table.quantum))
        self.finite = True
        self.single = np.float32(self.most) == self.most

    def filling(self, kind: np.dtype[Any], flags: NDArray[np.uint8] | None, hard: Bools) -> Callable[[int, Floats], None]:
        """One look, and one each for flags and for what is no number."""
        x, y = self.job.x.astype(np.intp) << self.job.formats[1].width, self.job.y.astype(np.intp)
        values = np.ldexp(self.table.integers.astype(np.float64), self.table.quantum).astype(kind).reshape(-1)
        raised, special = (None if z is None else z.reshape(-1) for z in (self.table.flags, self.table.special))

        def fill(k: int, out: Floats) -> None:
            at = x[k] | y[k]
            values.take(at, out=out, mode="clip")  # Without a buffer; every index is in range.
            if flags is not None and raised is not None:
                np.bitwise_or(flags, raised.take(at), out=flags)
            if special is not None:
                np.logical_or(hard, special.take(at), out=hard)

        return fill

    def held(self) -> None:
        """They are known by value alone."""
        return

    def raise_of_operands(self, flags: NDArray[np.uint8]) -> None:
        """It is in the table."""


def is_foreign(multiplier: Multiplier) -> bool:
    """Whether a multiplier is known by its table alone."""
    return not isinstance(multiplier, ExactProduct | RoundedProduct)
