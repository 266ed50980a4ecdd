"""Dot products of blocks: the exact one, and two datapaths that round in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .arithmetic import exact_dot_product
from .block_formats import BlockFormat
from .blocks import Quantized, product, total_scale, values_of
from .exact import Exact, is_nan
from .flags import Flags, Result
from .formats import Number
from .operands import Setting
from .projection import Projection


class Operand(NamedTuple):
    """A block with its format and, where the format has one, the tensor's scale: an operand of a dot product."""

    block: Quantized
    format: BlockFormat
    tensor: Number | None = None

    @property
    def values(self) -> tuple[Exact, ...]:
        """The values of the elements."""
        return values_of(self.block, self.format, self.tensor)

    @property
    def elements(self) -> tuple[Exact, ...]:
        """The elements before they are scaled."""
        return tuple(self.format.element.decode(code) for code in self.block.elements)

    @property
    def scale(self) -> Exact:
        """The product of the scales."""
        return total_scale(self.format, self.block.scale, self.tensor)


def _dot(xs: Sequence[Exact], ys: Sequence[Exact], to: Projection, draw: int | None = None) -> Result:
    if len(xs) != len(ys):
        raise ValueError(f"a dot product needs blocks of one size, not of {len(xs)} and {len(ys)} elements")
    value, flags = exact_dot_product(Setting((), to), *xs, *ys)
    if is_nan(value):
        to.rounding.check_draw(draw)
        return to.nan_result(flags)
    return to(value, draw, flags)


def block_dot(x: Operand, y: Operand, to: Projection, draw: int | None = None) -> Result:
    """The dot product of two blocks **must** be the projection of the exact sum of the exact products of their values; by the
    rules of sums and products. Whether the scales are applied to the elements or to the sum does not matter.

    P3109 BlockDotProduct; OCP Microscaling Formats 1.0, 6.1 leaves precision and order to the implementation. [block/dot]
    """
    return _dot(x.values, y.values, to, draw)


def dot_general(xs: Sequence[Operand], ys: Sequence[Operand], to: Projection, draw: int | None = None) -> Result:
    """The dot product of two vectors in blocks **must** be the projection of the exact sum over all blocks.

    OCP Microscaling Formats 1.0, 6.2. [block/dot-general]
    """
    return _dot([v for x in xs for v in x.values], [v for y in ys for v in y.values], to, draw)


def dot_scaled_last(x: Operand, y: Operand, to: Projection) -> Result:
    """The exact dot product of the elements **must** be projected first, then its product with all scales: a datapath that sums
    elements in a register and scales it afterwards. [block/dot-scaled-last]
    """
    inner = _dot(x.elements, y.elements, to)
    return _scaled(to.format.decode(inner.code), product(x.scale, y.scale), to, inner.flags)


def _scaled(x: Exact, scale: Exact, to: Projection, flags: Flags) -> Result:
    value = product(x, scale)
    return to.nan_result(flags) if is_nan(value) else to(value, None, flags)


def dot_scaled_first(x: Operand, y: Operand, to: Projection) -> Result:
    """Every value **must** be projected first, then the exact dot product of those: a datapath that dequantizes its operands.

    [block/dot-scaled-first]
    """
    xs, ys = ([to.format.decode(to(v).code) for v in o.values] for o in (x, y))
    return _dot(xs, ys, to)


DOTS: dict[str, Callable[[Operand, Operand, Projection], Result]] = {
    "exact": block_dot,
    "scaled_last": dot_scaled_last,
    "scaled_first": dot_scaled_first,
}
"""The orders of scaling and summing, by name."""
