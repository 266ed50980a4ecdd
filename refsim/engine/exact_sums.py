"""Exact sums of products, rounded once, for whole matrices.

Operands are cut into pieces of a few bits at fixed places, so that the products of two pieces, added up over all terms, are
integers that binary64 holds: the host's matrix product then makes no error. The integers are carried into limbs that do not
overlap, and the limbs are added from the least to the greatest, rounding to odd.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.accumulators import Total
from ..spec.arithmetic import vanished
from ..spec.exact import NEGATIVE_ZERO
from ..spec.formats import Format
from ..spec.log_grids import LogGrid
from ..spec.products import ExactProduct
from .decode import exponents, fits, numbers
from .floats import bits_of, significant, to_odd, two_sum_error
from .jobs import Job, Kernel, Sums
from .projection import is_reached, project

BINARY64 = np.dtype(np.float64)
BITS = bits_of(BINARY64)
REACH = 300
"""Formats whose numbers lie within 2**-REACH and 2**REACH: no product or sum comes near the ends of binary64."""
SPARE = 48
"""The most significant bits of a result: binary64 has some more for a last bit that is rounded to odd."""

Values = NDArray[np.float64]
Limbs = list[NDArray[np.int64]]


def is_plain(format: Format) -> bool:
    """Whether binary64 holds all numbers of a format, far from its ends."""
    if isinstance(format.grid, LogGrid):
        return False
    least, most = exponents(format)
    return fits(format, BINARY64) and least > -REACH and most < REACH


def suits(job: Job) -> bool:
    """Exact products, one write."""
    to = job.accumulator.to
    return (
        isinstance(job.accumulator, Total)
        and isinstance(job.multiplier, ExactProduct)
        and all(is_plain(format) for format in job.formats if format is not None)
        and not to.rounding.bits
        and to.overflow.wrap is None
        and is_reached(to)
        and is_plain(to.format)
        and significant(to.format) <= SPARE
    )


def run(job: Job) -> Sums:
    """The exact sums, projected."""
    x, y = (
        numbers(np.ascontiguousarray(z).reshape(-1), format, BINARY64).reshape(z.shape)
        for z, format in ((job.x, job.formats[0]), (job.y, job.formats[1]))
    )
    start = None
    if job.initial is not None:
        assert job.formats[2] is not None, "it has a format"
        start = numbers(np.ascontiguousarray(job.initial).reshape(-1), job.formats[2], BINARY64).reshape(job.initial.shape)
    hard = np.broadcast_to(~np.isfinite(x).all(axis=0) | ~np.isfinite(y).all(axis=0), job.shape)
    if start is not None:
        hard = hard | ~np.isfinite(start)
        start = np.where(np.isfinite(start), start, 0)
    signs = (np.signbit(x), np.signbit(y))
    x, y = (np.where(np.isfinite(z), z, 0) for z in (x, y))
    limbs, least, width = limbs_of(x, y, start)
    total, inexact = join(limbs, least, width)
    zero = total == 0
    if zero.any():
        total[zero & is_minus_zero(job, x, y, start, signs)] = -0.0
    found = project(total.reshape(-1), job.accumulator.to, None, inexact.reshape(-1), flags=job.flags)
    codes = found.codes.reshape(job.shape)
    flags = None if found.flags is None else found.flags.reshape(job.shape)
    return Sums(codes, flags, hard | found.hard.reshape(job.shape))


def product(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """The sums of products over the first axis: a matrix product, or one of pairs."""
    if x.ndim == 3:
        return np.asarray(x[:, :, 0].T @ y[:, 0, :])
    return np.asarray(np.einsum("kr,kr->r", x, y))


def limbs_of(x: Values, y: Values, start: Values | None) -> tuple[Limbs, int, int]:
    """The sums as limbs of so many bits, each an integer times 2**(least + width * i), of which all but the last are worth
    half a unit of the next at most.

    A piece has ``width`` bits and a sign, so K products of two are at most K * 2**(2 * width) <= 2**53, and exact. As many such
    sums of one place as there are pieces, fewer than 2**6, are added as integers of 64 bits.
    """
    width = (BITS - len(x).bit_length()) // 2
    (low_x, high_x), (low_y, high_y) = ends(x), ends(y)
    if start is not None:
        low, high = ends(start)
        low_x -= max(low_x + low_y - low, 0)
    pieces = pieces_of(x, low_x, high_x, width), pieces_of(y, low_y, high_y, width)
    least = low_x + low_y
    count = len(pieces[0]) + len(pieces[1]) - 1
    if start is not None:
        count = max(count, -(-(high + 1 - least) // width))
    shape = np.broadcast_shapes(x.shape[1:], y.shape[1:])
    limbs = [np.zeros(shape, np.int64) for _ in range(count)]
    for i, a in enumerate(pieces[0]):
        for j, b in enumerate(pieces[1]):
            limbs[i + j] += product(a, b).astype(np.int64)
    if start is not None:
        for i, piece in enumerate(pieces_of(start, least, least + width * count - 1, width)):
            limbs[i] += piece.astype(np.int64)
    return carried(limbs, width), least, width


def ends(x: Values) -> tuple[int, int]:
    """The exponents of the last bit that is set in any number and of the leading bit of the greatest; of zeros alone 0."""
    fraction, exponent = np.frexp(x[x != 0])
    if not exponent.size:
        return 0, 0
    m = np.abs(fraction * 2.0**BITS).astype(np.int64)
    last = np.frexp((m & -m).astype(np.float64))[1] - 1
    return int((exponent - BITS + last).min()), int(exponent.max()) - 1


def pieces_of(x: Values, low: int, high: int, width: int) -> list[Values]:
    """Numbers between two exponents as integers of ``width`` bits and a sign, the piece of the last bits first."""
    count = max(-(-(high + 1 - low) // width), 1)
    rest, pieces = np.ldexp(x, -low), list[Values]()
    for i in reversed(range(count)):
        piece = np.trunc(np.ldexp(rest, -width * i)) if i else rest
        rest = rest - np.ldexp(piece, width * i)
        pieces.insert(0, piece)
    return pieces


def carried(limbs: Limbs, width: int) -> Limbs:
    """The same sums in limbs that do not overlap: of all but the last, what is past half a unit of the next is carried there.
    A limb of less than 2**62 leaves a last one that is small."""
    limbs = [*limbs, *(np.zeros_like(limbs[0]) for _ in range(-(-(62 - width) // width)))]
    half = 1 << width - 1
    for i in range(len(limbs) - 1):
        carry = (limbs[i] + half) >> width
        limbs[i] = limbs[i] - (carry << width)
        limbs[i + 1] = limbs[i + 1] + carry
    return limbs


def join(limbs: Limbs, least: int, width: int) -> tuple[Values, NDArray[np.bool_]]:
    """Limbs added from the least to the greatest, each sum rounded to odd, and where one was rounded.

    What lies below a limb is little more than half a unit of it, so a sum with a limb that is not zero keeps its leading bit or
    the one below it: rounded to odd before with a unit of 2**-53 at most, it is so still, but for one bit of the 53.
    """
    total = limbs[0].astype(np.float64)
    inexact = np.zeros(total.shape, bool)
    for limb in limbs[1:]:
        below, above = np.ldexp(total, -width), limb.astype(np.float64)
        rounded = above + below
        total, raised = to_odd(rounded, two_sum_error(rounded, above, below))
        inexact |= raised
    return np.ldexp(total, least + width * (len(limbs) - 1)), inexact


def is_minus_zero(
    job: Job, x: Values, y: Values, start: Values | None, signs: tuple[NDArray[np.bool_], NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Where a sum that is zero has a minus: a sum of zeros of one sign keeps it, any other has that of a vanished sum."""
    balance = product(*(np.where(z, -1.0, 1.0) for z in signs))  # Terms without a minus, less those with one.
    negative, positive = len(x) - balance, len(x) + balance
    only = product((x != 0).astype(np.float64), (y != 0).astype(np.float64)) == 0
    if start is not None:
        negative, positive = negative + np.signbit(start), positive + ~np.signbit(start)
        only &= start == 0
    one_sign = only & ((negative == 0) | (positive == 0))
    minus = vanished(job.accumulator.to) is NEGATIVE_ZERO
    return np.where(one_sign, negative > 0, minus)


KERNEL = Kernel("exact", suits, run, (1024, 1024), threaded=False)
