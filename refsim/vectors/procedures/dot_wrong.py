"""What is put in the place of parts of a datapath to model a bug."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from ...spec.accumulators import Blocked, Sequential
from ...spec.alignment import Alignment
from ...spec.catalogue import get_format
from ...spec.exact import Exact
from ...spec.families import fixed_format, float_format
from ...spec.flags import Result
from ...spec.formats import FloatGrid, Format, Number, UniformGrid
from ...spec.operands import Outcome
from ...spec.products import RoundedProduct
from ...spec.projection import Projection
from ...spec.terms import Accumulator, Port, Term
from .dot import Given, given
from .procedure import Parameters, Run, Values

Change = Callable[[Any], Any]
Wrong = Callable[[Given], Given]
SINGLE = Projection("binary32", "ties_to_even", "infinity")


def changed(record: Any, kind: type[Any] | tuple[type[Any], ...], change: Change) -> Any:
    """The record with every part of a kind changed, the innermost first; formats and rules are no parts."""
    if isinstance(record, tuple) and type(record) is tuple:
        found: Any = tuple(changed(part, kind, change) for part in record)
    elif is_dataclass(record) and not isinstance(record, type | Projection | Alignment | Format):
        parts = {name: getattr(record, name) for name in (attribute.name for attribute in fields(record))}
        found = replace(record, **{name: changed(part, kind, change) for name, part in parts.items()})
    else:
        found = record
    return change(found) if isinstance(found, kind) else found


def as_projection(to: Projection, **others: Any) -> Projection:
    """The projection with other rules or another format."""
    names = ("format", "rounding", "overflow", "tininess", "subnormals", "nan")
    return Projection(**{name: others.get(name, getattr(to, name)) for name in names})


def as_alignment(a: Alignment, **others: Any) -> Alignment:
    """The alignment with other bits or another way."""
    names = ("bits", "rounding", "exponent", "with_sum")
    return Alignment(**{name: others.get(name, getattr(a, name)) for name in names})


def wider(format: Format, bits: int) -> Format:
    """The fixed-point format with more bits on top or fewer; the float with more bits of significand or fewer."""
    grid = format.grid
    if isinstance(grid, UniformGrid):
        width, below = format.width + bits, -grid.quantum
        return fixed_format(f"wider {width}", width - below - format.signed, below, signed=format.signed)
    assert isinstance(grid, FloatGrid), "of other formats no bits are lost"
    fraction = grid.precision - 1 + bits
    return float_format(f"wider {format}", format.width - grid.precision, fraction, None, "ieee", subnormals=grid.subnormals)


def fitted(result: Result, held: Format, to: Projection) -> Result:
    """What a port of the right width shows of another register: low bits of an integer, the number of a float."""
    if held == to.format:
        return result
    if isinstance(held.grid, UniformGrid):
        wrapped = as_projection(to, rounding="toward_zero", overflow="wrap")
        return Result(wrapped(held.decode(result.code)).code, result.flags)
    return Result(to(held.decode(result.code)).code, result.flags)


@dataclass(frozen=True)
class FromZero:
    """A sum that starts from +0 where it should start from its first term."""

    inner: Accumulator

    @property
    def to(self) -> Projection:
        """The projection of the register."""
        return self.inner.to

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The sum."""
        start = self.to.format.decode(0) if initial is None else initial
        return self.inner.total(terms, start, port)


@dataclass(frozen=True)
class Twice(Port):
    """A port whose writes are rounded to binary32 before they are rounded to the register."""

    def write(self, outcome: Outcome, to: Projection, register: str, step: int, operands: Sequence[Number] = ()) -> Result:
        """The write after another rounding."""
        value, flags = outcome
        first = SINGLE(value, None, flags)
        return super().write((SINGLE.format.decode(first.code), first.flags), to, register, step, operands)


@dataclass(frozen=True)
class LastFlags(Port):
    """A port that forgets the flags of a write when the next one comes; ``last`` holds those of the last."""

    last: list[Result] = field(default_factory=list)

    def keep(self, result: Result, format: Format, register: str, step: int) -> Result:
        """The write."""
        self.last[:] = [result]
        return super().keep(result, format, register, step)


def running(wrong: Wrong) -> Run:
    """The dot product of other operands or on another datapath, shown on a port of the right width."""

    def run(parameters: Parameters, values: Values) -> Values:
        asked = given(parameters, values)
        other = wrong(asked)
        result = fitted(other.result(), other.path.to.format, asked.path.to)
        return result.code, int(result.flags)

    return run


def in_accumulator(kind: type[Any] | tuple[type[Any], ...], change: Change) -> Wrong:
    """A change of every part of a kind in the accumulator."""

    def wrong(asked: Given) -> Given:
        accumulator = changed(asked.path.accumulator, kind, change)
        return asked._replace(path=replace(asked.path, accumulator=accumulator))

    return wrong


def registers(**others: Any) -> Wrong:
    """Other rules for the accumulator's registers."""
    return in_accumulator(Projection, lambda to: as_projection(to, **others))


def resized(bits: int) -> Wrong:
    """Registers of another width."""
    return in_accumulator(Projection, lambda to: as_projection(to, format=wider(to.format, bits)))


def realigned(change: Callable[[Alignment], Alignment]) -> Wrong:
    """Alignments otherwise."""
    return in_accumulator(Sequential, lambda s: replace(s, alignment=change(s.alignment)) if s.alignment else s)


def with_vectors(change: Callable[[tuple[Number, ...]], tuple[Number, ...]], *, both: bool = True) -> Wrong:
    """Other operands: of both vectors, or of the second."""
    return lambda asked: asked._replace(xs=change(asked.xs) if both else asked.xs, ys=change(asked.ys))


def dead(xs: tuple[Number, ...]) -> tuple[Number, ...]:
    """The vector with its middle element 0."""
    k = len(xs) // 2
    return (*xs[:k], replace(xs[k], code=0), *xs[k + 1 :])


def swapped(xs: tuple[Number, ...]) -> tuple[Number, ...]:
    """The vector with its last two elements in each other's place."""
    return (*xs[:-2], xs[-1], xs[-2])


def zero_extended(asked: Given) -> Given:
    """Integers read as if they had no sign."""

    def unsigned(xs: tuple[Number, ...]) -> tuple[Number, ...]:
        names = (f"uint{x.format.width}" for x in xs)
        return tuple(Number(x.code, get_format(name)) for x, name in zip(xs, names, strict=True))

    return asked._replace(xs=unsigned(asked.xs))


def with_multiplier(of: Callable[[Given], Any]) -> Wrong:
    """Another multiplier."""
    return lambda asked: asked._replace(path=replace(asked.path, multiplier=of(asked)))


def product_of(width: int) -> Wrong:
    """Products of which so many low bits are kept."""
    return with_multiplier(lambda _: RoundedProduct(Projection(f"int{width}", "toward_zero", "wrap")))


def pairs(overflow: str) -> Wrong:
    """Neighbouring products are added in 16 bits first."""
    to = Projection("int16", "toward_zero", overflow)
    return lambda asked: asked._replace(
        path=replace(asked.path, accumulator=Blocked(2, Sequential(to, 2), asked.path.accumulator))
    )


def with_path(**others: Any) -> Wrong:
    """Another place of the bias, way of the scales, or output."""
    return lambda asked: asked._replace(path=replace(asked.path, **others))


def bias_twice(asked: Given) -> Given:
    """The sum starts from the bias, which is one more product by one as well."""
    assert asked.bias is not None, "there is one"
    one = asked.ys[0].format
    code = Projection(one, "ties_to_even", "saturate")(1).code
    bias = Number(Projection(asked.xs[0].format, "toward_zero", "saturate")(asked.bias.exact).code, asked.xs[0].format)
    return asked._replace(xs=(*asked.xs, bias), ys=(*asked.ys, Number(code, one)))


def from_zero(asked: Given) -> Given:
    """The sum on an accumulator that starts from +0."""
    return asked._replace(path=replace(asked.path, accumulator=FromZero(asked.path.accumulator)))


def last_flags(parameters: Parameters, values: Values) -> Values:
    """The flags of the last write alone."""
    last: list[Any] = []
    result = given(parameters, values)._replace(port=LastFlags(last=last)).result()
    return result.code, int(last[0].flags)


def halved(x: Any) -> Any:
    """A sequential sum with groups half as long."""
    return replace(x, group=max(1, x.group // 2))
