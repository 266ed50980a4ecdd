"""Datapaths: a multiplier, an accumulator and an output stage, and what they make of vectors, matrices and images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from .arithmetic import exact_product
from .exact import Exact
from .flags import Flags, Result
from .formats import Number
from .operands import Outcome
from .products import Multiplier, Product
from .projection import Projection
from .terms import NO_PORT, Accumulator, Port, Term, exact_sum, term_of

BIASES = ("first", "last", "output")
"""Where a bias is added: the sum starts from it, it comes after the last term, or after the scales."""
SCALINGS = ("terms", "sum", "steps")
"""Where scales are applied: to every term, to the sum all at once, or to the sum one after the other."""


@dataclass(frozen=True)
class Datapath:
    """A multiplier, an accumulator, where bias and scales come in, and the projection of the output.

    Without ``output`` the output is the accumulator's register. ``ValueError`` for an unknown place of bias or scales.
    """

    multiplier: Multiplier
    accumulator: Accumulator
    bias: str
    scaling: str
    output: Projection | None

    def __post_init__(self) -> None:
        for what, given, known in (("bias", self.bias, BIASES), ("scaling", self.scaling, SCALINGS)):
            if given not in known:
                raise ValueError(f"{what} {given!r} of a datapath is none of {', '.join(known)}")

    @property
    def to(self) -> Projection:
        """The projection of the output."""
        return self.output or self.accumulator.to


def dot(
    xs: Sequence[Number],
    ys: Sequence[Number],
    path: Datapath,
    bias: Number | None = None,
    scales: Sequence[Number] = (),
    port: Port = NO_PORT,
) -> Result:
    """The dot product of a datapath **must** be the sum that its accumulator makes of the products that its multiplier makes of
    neighbouring operands, k = 0 first, brought to the output by the output stage; with the flags of all of it.

    ``ValueError`` for vectors of different lengths. [datapath/dot]
    """
    if len(xs) != len(ys):
        raise ValueError(f"a dot product needs vectors of one length, not of {len(xs)} and {len(ys)} numbers")
    made = [path.multiplier.product(x, y, port, step) for step, (x, y) in enumerate(zip(xs, ys, strict=True))]
    if path.scaling == "terms":
        made = [scaled_term(product, scales) for product in made]
    initial = bias.exact if bias is not None and path.bias == "first" else None
    total = path.accumulator.total([product.term for product in made], initial, port)
    result = output(total, path, bias, scales, port)
    return Result(result.code, reduce(or_, (product.flags for product in made), result.flags))


def scaled(factors: Sequence[Exact]) -> Outcome:
    """The exact product of a number and its scales."""
    value, flags = factors[0], Flags.NONE
    for scale in factors[1:]:
        value, raised = exact_product(value, scale)
        flags |= raised
    return value, flags


def scaled_term(product: Product, scales: Sequence[Number]) -> Product:
    """Where scales are applied to the terms, each term **must** be multiplied by all of them exactly before it is added, and
    held at its exponent plus those of the scales. [datapath/scale-terms]
    """
    value, flags = scaled([product.term.value, *(scale.exact for scale in scales)])
    exponents = [product.term.exponent, *(term_of(scale).exponent for scale in scales)]
    known = [e for e in exponents if e is not None]
    return Product(Term(value, sum(known) if len(known) == len(exponents) else None), product.flags | flags)


def output(total: Result, path: Datapath, bias: Number | None, scales: Sequence[Number], port: Port) -> Result:
    """A bias that comes last **must** be added to the accumulator's register, and the sum written by the register's projection.
    Then the register **must** be brought to the output: multiplied by the exact product of all scales and written once; or, in
    steps, multiplied by one scale after the other and written each time; or, without scales, written as it is where the output
    has a projection of its own. A bias of the output **must** then be added to what was written, and the sum written. Each of
    these is an operation, whose operands its projection reads. [datapath/output]
    """
    register, to = path.accumulator.to, path.to
    writes, held, step = [total], Number(total.code, register.format), 0

    def write(
        operate: Callable[[Sequence[Exact], Projection], Outcome], others: Sequence[Number], to: Projection, name: str
    ) -> None:
        nonlocal held
        operands = (held, *others)
        writes.append(port.write(operate([to.read(x) for x in operands], to), to, name, step, operands))
        held = Number(writes[-1].code, to.format)

    if bias is not None and path.bias == "last":
        write(exact_sum, [bias], register, "bias")
    factors: list[Sequence[Number]] = []
    if scales and path.scaling != "terms":
        factors = [scales] if path.scaling == "sum" else [[scale] for scale in scales]
    for group in factors or ([()] if path.output else []):
        write(lambda operands, _: scaled(operands), group, to, "output")
        step += 1
    if bias is not None and path.bias == "output":
        write(exact_sum, [bias], to, "output")
    return Result(writes[-1].code, reduce(or_, (write.flags for write in writes)))


class Write(NamedTuple):
    """One write to a register: the register's name, the how manyth write it was, what was written, and the flags of it."""

    register: str
    step: int
    result: Result


def trace(
    xs: Sequence[Number], ys: Sequence[Number], path: Datapath, bias: Number | None = None, scales: Sequence[Number] = ()
) -> tuple[Write, ...]:
    """Every write to a register that a dot product makes, in order: each partial sum."""
    writes: list[Write] = []

    def hold(register: str, step: int, result: Result) -> int:
        writes.append(Write(register, step, result))
        return result.code

    dot(xs, ys, path, bias, scales, Port(hold=hold))
    return tuple(writes)


Vector = Sequence[Number]
Matrix = Sequence[Vector]
"""Rows of numbers."""


def element(scale: Matrix, i: int, j: int) -> Number:
    """The element of a matrix of scales, in which one row or column stands for all."""
    row = scale[i if len(scale) > 1 else 0]
    return row[j if len(row) > 1 else 0]


def check_scale(scale: Matrix, rows: int, columns: int) -> None:
    """``ValueError`` for a matrix of scales that is none of one or all rows and one or all columns."""
    widths = {len(row) for row in scale}
    if len(scale) not in {1, rows} or len(widths) != 1 or not widths <= {1, columns}:
        raise ValueError(
            f"scales of a product of {rows} x {columns} have 1 or all rows and columns, not {len(scale)} x {sorted(widths)}"
        )


def matmul(
    a: Matrix,
    b: Matrix,
    path: Datapath,
    bias: Vector | None = None,
    scales: Sequence[Matrix] = (),
    port: Callable[[int, int], Port] = lambda i, j: NO_PORT,  # noqa: ARG005 nobody looks
) -> list[list[Result]]:
    """Element i, j of a matrix product **must** be the dot product of row i of a and column j of b, with element j of the bias,
    and of each matrix of scales its element i, j, where one row or column stands for all.

    ``ValueError`` where rows of a and columns of b, or rows of one matrix, or columns and bias are not of one length, or scales
    of another shape. [datapath/matmul]
    """
    for what, rows, length in (("a", a, len(b)), ("b", b, len(b[0]) if b else 0)):
        if wrong := [len(row) for row in rows if len(row) != length]:
            raise ValueError(f"a matrix product needs rows of {what} of length {length}, not {wrong[0]}")
    columns = list(zip(*b, strict=True))
    if bias is not None and len(bias) != len(columns):
        raise ValueError(f"a matrix product of {len(columns)} columns needs a bias of as many, not {len(bias)}")
    for scale in scales:
        check_scale(scale, len(a), len(columns))
    return [
        [
            dot(row, column, path, None if bias is None else bias[j], [element(s, i, j) for s in scales], port(i, j))
            for j, column in enumerate(columns)
        ]
        for i, row in enumerate(a)
    ]
