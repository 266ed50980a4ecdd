"""Dot products of blocks on arrays: the names of ``refsim.spec.block_dots``.

Where binary64 holds the exact sum of the elements' products, and that times the scales, it is projected as it is; elsewhere
sums are exact rationals, and zeros and special data are the specification's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import block_dots as specification
from ..spec.block_dots import Operand
from ..spec.blocks import Quantized
from ..spec.flags import Result
from ..spec.formats import Format
from ..spec.projection import Projection
from .array import Array, code_dtype
from .blocks import Blocks
from .decode import decode, exponents, fits
from .encode import encode
from .floats import significant
from .run import Finished, Work, draws, finish


def operands(blocks: Blocks) -> Callable[[int], Operand]:
    """The blocks as the specification's operands, by their place among all blocks."""
    tiling, format, tensor = blocks.tiling, blocks.format, blocks.tensor
    scales, elements = tiling.cut_scales(blocks.scales.codes), tiling.cut(blocks.elements.codes)
    used = tiling.used()

    def operand(row: int) -> Operand:
        codes = tuple(int(code) for code in elements[row][used[row]])
        return Operand(Quantized(int(scales[row]), codes), format, tensor)

    return operand


@np.errstate(all="ignore")
def block_dot(x: Blocks, y: Blocks, to: Projection, draw: Any = None, *, flags: bool = False) -> Finished:
    """The exact dot products of blocks with blocks, in the shape of the scales; with ``flags`` a pair of codes and status
    flags.

    ``ValueError`` for arrays of blocks that do not match.
    """
    if x.shape != y.shape or x.tiling.counts != y.tiling.counts or x.format.columns != y.format.columns or x.axis != y.axis:
        raise ValueError(f"block_dot needs blocks of one shape, not {x.shape} of {x.format} and {y.shape} of {y.format}")
    tiling, shape = x.tiling, x.scales.shape
    random = draws(to, draw, shape)
    random = None if random is None else tiling.cut_scales(random.reshape(shape))

    left, right = operands(x), operands(y)

    def answer(i: int) -> Result:
        return specification.block_dot(left(i), right(i), to, None if random is None else int(random[i]))

    size = int(np.prod(shape, dtype=np.int64))
    work = Work(answer, to, (size,), flags=True)
    totals = _totals(x, y)
    if totals is None:
        codes, raised = finish(work, None)
    else:
        known = np.isfinite(totals) & (totals != 0)
        found = encode(np.where(known, totals, 1), to, random, flags=True)
        codes, raised = finish(work, (found[0].codes, found[1], ~known))
    dots = Array(tiling.join_scales(codes.codes).astype(code_dtype(to.format), copy=False), to.format)
    return (dots, tiling.join_scales(raised)) if flags else dots


def _totals(x: Blocks, y: Blocks) -> NDArray[np.float64] | None:
    """The exact dot products; ``None`` where binary64 does not hold them all."""
    if x.tensor is not None or y.tensor is not None or not sums_fit(x, y):
        return None
    elements = [decode(Array(z.tiling.cut(z.elements.codes), z.format.element)) for z in (x, y)]
    scales = [decode(Array(z.tiling.cut_scales(z.scales.codes), z.format.scale)) for z in (x, y)]
    return np.asarray((elements[0] * elements[1]).sum(axis=1) * (scales[0] * scales[1]))


def sums_fit(x: Blocks, y: Blocks) -> bool:
    """Whether binary64 holds every sum of products of elements, and that times the scales."""
    formats: list[Format] = [x.format.element, y.format.element, x.format.scale, y.format.scale]
    least, most = (sum(ends) for ends in zip(*map(exponents, formats[:2]), strict=True))
    bits = most + 2 - least + x.format.size.bit_length()
    reach = sum(max(map(abs, exponents(format))) for format in formats) + bits
    return (
        bits + sum(map(significant, formats[2:])) <= 53 and reach < 1000 and all(fits(f, np.dtype(np.float64)) for f in formats)
    )
