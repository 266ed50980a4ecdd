"""The exact dot product on arrays, over the last axis.

Every product is cut at fixed places into pieces that binary64 adds up without rounding; the few sums of pieces are put together
as integers, and projected once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.accumulators import Total
from ..spec.arithmetic import dot_product as exact_dot_product
from ..spec.exact import dyadic
from ..spec.flags import Result
from ..spec.formats import Format, Number
from ..spec.products import ExactProduct
from ..spec.projection import Projection
from . import exact_sums
from .array import Array, as_array, code_dtype
from .decode import exponents, fits, numbers
from .floats import bits_of, significant
from .host import check_host
from .jobs import Job
from .run import CHUNK, Finished, Raised, Work, draws, finish, in_parts

BINARY64 = np.dtype(np.float64)


@np.errstate(all="ignore")
def dot_product(x: Any, y: Any, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The exact dot products of the vectors along the last axis, other axes broadcast; with ``flags`` a pair of codes and
    status flags.

    ``ValueError`` for vectors of different lengths.
    """
    a, b = as_array(x), as_array(y)
    if not a.shape or not b.shape or a.shape[-1] != b.shape[-1]:
        raise ValueError(f"dot_product needs vectors of one length, not arrays of shapes {a.shape} and {b.shape}")
    shape = np.broadcast_shapes(a.shape[:-1], b.shape[:-1], *([] if draw is None else [np.shape(draw)]))
    random, length = draws(to, draw, shape), a.shape[-1]
    rows = int(np.prod(shape, dtype=np.int64))
    left, right = (np.broadcast_to(z.codes, (*shape, length)).reshape(rows, length) for z in (a, b))

    def specification(i: int) -> Result:
        first, second = ([Number(int(code), z.format) for code in row] for row, z in ((left[i], a), (right[i], b)))
        return exact_dot_product(first, second, to, None if random is None else int(random[i]))

    work = Work(specification, to, shape, flags)
    if not length or not fits_in_pieces(a.format, b.format) or to.subnormals in {"flush_inputs", "flush"}:
        return finish(work, None)
    check_host()
    job = Job(left.T, right.T, None, (a.format, b.format, None), ExactProduct(), Total(to), flags)
    if random is None and exact_sums.suits(job):
        return finish(work, _by_limbs(job))
    totals = _totals(_values(left, a), _values(right, b), (a.format, b.format))
    codes, raised, hard = _projected(totals, to, random)
    return finish(work, (codes, raised if flags else None, hard))


def _by_limbs(job: Job) -> Raised:
    """The sums as those of an accumulator, projected all at once; so many at a time that their pieces stay in the cache."""
    codes, hard = np.empty(job.size, code_dtype(job.accumulator.to.format)), np.empty(job.size, bool)
    raised = np.empty(job.size, np.uint8) if job.flags else None

    def fill(part: slice) -> None:
        found = exact_sums.run(job.part((part,)))
        codes[part], hard[part] = found.codes, found.hard
        if raised is not None and found.flags is not None:
            raised[part] = found.flags

    in_parts(job.size, fill, max(CHUNK // job.length, 1))
    return codes, raised, hard


def _values(codes: NDArray[Any], x: Array) -> NDArray[np.float64]:
    flat = numbers(np.ascontiguousarray(codes).reshape(-1), x.format, BINARY64)
    return np.asarray(flat).reshape(codes.shape)


def fits_in_pieces(*formats: Format) -> bool:
    """Whether binary64 holds the formats and every product exactly, none of them near the ends of its range."""
    least, most = (sum(ends) for ends in zip(*map(exponents, formats), strict=True))
    exact = sum(map(significant, formats)) <= bits_of(BINARY64)
    return (
        exact
        and least > np.finfo(BINARY64).minexp
        and most + 2 < np.finfo(BINARY64).maxexp
        and all(fits(format, BINARY64) for format in formats)
    )


def _totals(x: NDArray[np.float64], y: NDArray[np.float64], formats: tuple[Format, Format]) -> list[Fraction | None]:
    """The exact sums; ``None`` where a datum is no number or the sum vanishes, which the specification decides."""
    products = x * y
    length = products.shape[-1]
    least, most = (sum(ends) for ends in zip(*map(exponents, formats), strict=True))
    room = bits_of(BINARY64) - length.bit_length()
    known = np.asarray(np.isfinite(products).all(axis=-1))
    sums = np.zeros(len(products), dtype=object)
    products[~known] = 0
    place = most + 2
    while place > least:
        place = max(place - room, least)
        # The part of each product above the place, exactly: adding up so many of them needs no more than 53 bits.
        unit = 2.0**place
        piece = np.trunc(products / unit) if place > least else products / unit
        sums += [int(total) << place - least for total in piece.sum(axis=-1)]
        products -= piece * unit
    return [dyadic(total, least) if ok and total else None for total, ok in zip(sums, known, strict=True)]


def _projected(
    totals: list[Fraction | None], to: Projection, random: NDArray[Any] | None
) -> tuple[NDArray[Any], NDArray[np.uint8], NDArray[np.bool_]]:
    """The totals through the specification's own projection, one by one."""
    codes = np.empty(len(totals), code_dtype(to.format))
    raised, hard = np.zeros(len(totals), np.uint8), np.zeros(len(totals), bool)
    for i, total in enumerate(totals):
        if total is None:
            hard[i] = True
        else:
            result = to(total, None if random is None else int(random[i]))
            codes[i], raised[i] = result.code, int(result.flags)
    return codes, raised, hard
