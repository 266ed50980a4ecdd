"""Conditions on datapaths: where a bug of a dot product can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...spec.accumulators import Sequential
from ...spec.alignment import Alignment
from ...spec.formats import FloatGrid, UniformGrid
from ...spec.products import ExactProduct
from ...spec.projection import Projection
from .dot import Shape, parts_of

Applies = Callable[[Shape], bool]


def holds(*kinds: type[Any]) -> Applies:
    """Whether the accumulator is or holds one of these."""
    return lambda s: any(isinstance(part, kinds) for part in records(s.path.accumulator))


def records(accumulator: Any) -> list[Any]:
    """The accumulator and those that it is made of."""
    found = [accumulator]
    for name in ("inner", "outer"):
        if hasattr(accumulator, name):
            found += records(getattr(accumulator, name))
    return found


def fixed(s: Shape) -> bool:
    """Whether all registers are signed integers or fixed-point numbers."""
    return all(
        isinstance(to.format.grid, UniformGrid) and to.format.signed and not to.format.specials
        for to in projections(s.path.accumulator)
    )


def floats(s: Shape) -> bool:
    """Whether all registers are floats."""
    return all(
        isinstance(to.format.grid, FloatGrid) and to.format.layout[1][0] == "exponent" for to in projections(s.path.accumulator)
    )


def projections(record: Any) -> list[Projection]:
    """The projections of registers."""
    return [part for part in parts_of(record) if isinstance(part, Projection)]


def overflows(*names: str) -> Applies:
    """Whether registers are signed integers or fixed-point numbers with one of these overflow rules."""
    return lambda s: fixed(s) and any(to.overflow.name in names for to in projections(s.path.accumulator))


def rounds(*names: str) -> Applies:
    """Whether a register that does not hold every sum has one of these rounding rules."""
    return lambda s: any(to.rounding.name in names for to in projections(s.path.accumulator)) and not (integers(s) and fixed(s))


def both(*all_of: Applies) -> Applies:
    """Whether all conditions hold."""
    return lambda s: all(applies(s) for applies in all_of)


def aligned(s: Shape) -> bool:
    """Whether terms are aligned."""
    return any(isinstance(part, Alignment) for part in parts_of(s.path.accumulator))


def grouped(s: Shape) -> bool:
    """Whether more than one term is added at a time."""
    return any(getattr(record, "group", 1) > 1 for record in records(s.path.accumulator))


def one_by_one(s: Shape) -> bool:
    """Whether the accumulator is one register, to which terms are added singly and exactly."""
    a = s.path.accumulator
    return isinstance(a, Sequential) and a.group == 1 and a.alignment is None


def of_bytes(s: Shape) -> bool:
    """Whether bytes are multiplied, into an integer register."""
    return s.x.width == s.y.width == 8 and integers(s) and fixed(s)


def integers(s: Shape) -> bool:
    """Whether the operands are integers."""
    return all(isinstance(f.grid, UniformGrid) and f.grid.quantum == 0 for f in (s.x, s.y))


def exact_products(s: Shape) -> bool:
    """Whether the multiplier loses nothing."""
    return isinstance(s.path.multiplier, ExactProduct)


def has_bias(*places: str) -> Applies:
    """Whether there is a bias in one of these places."""
    return lambda s: s.bias is not None and s.path.bias in places


def has_scales(*ways: str) -> Applies:
    """Whether there are scales, applied in one of these ways."""
    return lambda s: bool(s.scales) and s.path.scaling in ways


def always(_: Shape) -> bool:
    """Everywhere."""
    return True
