"""Functions of affine codes: any operation of the table of operations between a zero point and a scale and another.

An activation has a table of one code for each code of its input, which hardware looks up: these layers say what is in it. The
identity, ``convert``, brings codes to another scale, as the inputs of a concatenation need it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .affine import positive, quantize_as
from .affine_joins import Affine, affine_of, affine_roles, check_operands, check_way, dequantized, quantized, real
from .exact import Exact, Irrational, Special, floor_log2, power_of_two
from .formats import Number
from .layers import check_roles, only, types
from .operands import Setting, perform
from .operations import Kind, Operation, get_operation
from .projection import Projection
from .requantization import BINARY32, projected
from .tensors import Tensor, TensorType, gathered

WAYS = ("exact", "binary32")


@dataclass(frozen=True)
class Quotient:
    """An irrational number divided by a positive rational one, which is irrational too."""

    dividend: Irrational
    divisor: Fraction

    def __neg__(self) -> Quotient:
        return Quotient(-self.dividend, self.divisor)

    def __lt__(self, other: Any) -> bool:
        return bool(self.dividend < other * self.divisor)

    def __gt__(self, other: Any) -> bool:
        return bool(self.dividend > other * self.divisor)

    def __floordiv__(self, step: Fraction) -> int:
        return self.dividend // (step * self.divisor)

    def floor_log2(self) -> int:
        """The greatest integer e with 2**e below the positive quotient."""
        e = self.dividend.floor_log2() - floor_log2(self.divisor)
        return e if self > power_of_two(e) else e - 1


def quotient(x: Exact, divisor: Fraction) -> Exact:
    """An exact datum divided by a positive rational number; special data stay."""
    return x if isinstance(x, Special) else x / divisor if isinstance(x, Fraction) else Quotient(x, divisor)


def exactly(operation: Operation, q: Number, others: Sequence[Number], of_x: Affine, of_y: Affine, to: Projection) -> int:
    """The exact value of the function at the real number of the code **must** be divided by the result's scale and quantized;
    an irrational value too is rounded once. [affine-function/exact]
    """
    assert operation.exact is not None, "an operation of the kind that gives numbers has one"
    formats = tuple(x.format for x in (q, *others))
    value, _ = operation.exact(Setting(formats, to), real(q, of_x), *(x.exact for x in others))
    found = quotient(value, positive(of_y.scale))
    if not isinstance(found, Fraction | Special):
        found = Fraction(projected(found, Projection("int64", to.rounding, "saturate")))
    return quantized(found, of_y.zero_point, to)


def in_binary32(operation: Operation, q: Number, others: Sequence[Number], of_x: Affine, of_y: Affine, to: Projection) -> int:
    """In binary32 the code **must** be dequantized, the function's value there be rounded to binary32 with ties to even, and
    that be quantized, by the models ``onnx``.

    ONNX Runtime 1.32 fills the tables of QLinearLeakyRelu, QLinearSigmoid and QLinearConcat so, its sigmoid being an
    approximation. [affine-function/binary32]
    """
    assert operation.exact is not None, "an operation of the kind that gives numbers has one"
    value = perform(operation.exact, [dequantized(q, of_x), *others], BINARY32)
    return quantize_as("onnx", Number(value.code, BINARY32.format), of_y.scale, of_y.zero_point, to.format)


FUNCTIONS = {"exact": exactly, "binary32": in_binary32}


@dataclass(frozen=True)
class AffineFunction:
    """Each element of the result **must** be what the way makes of the operation of that name on the element of the input, its
    first operand; its other operands are parameters of one element, as the slope ``b`` of ``leaky_relu``.

    Parameters: ``x_scale``, ``x_zero_point``, ``y_scale``, ``y_zero_point``, and the other operands by their roles.
    [affine-function/element]
    """

    operation: str
    way: str
    to: Projection

    def __post_init__(self) -> None:
        found = get_operation(self.operation)
        if found.kind is not Kind.NUMBER or found.exact is None or not found.roles:
            raise ValueError(f"{self.operation} is no function of affine codes")
        check_way(f"affine {self.operation}", self.way, self.to, WAYS)

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape."""
        what = f"affine {self.operation}"
        x = only(what, xs)
        roles = get_operation(self.operation).roles[1:]
        check_roles(what, parameters, [*affine_roles("x", "y"), *roles])
        check_operands(what, self.way, {"x": x.format, "y": self.to.format}, parameters)
        for role in roles:
            if parameters[role].shape not in {(), (1,)}:
                raise ValueError(f"the {role} of {what} has one element, not the shape {parameters[role].shape}")
        return TensorType(x.shape, self.to.format)

    def code(self, q: Number, parameters: Mapping[str, Tensor]) -> int:
        """What becomes of one code: an entry of the table."""
        operation = get_operation(self.operation)
        others = [parameters[role].numbers()[0] for role in operation.roles[1:]]
        of_x, of_y = affine_of(parameters, "x"), affine_of(parameters, "y")
        return FUNCTIONS[self.way](operation, q, others, of_x, of_y, self.to)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        return gathered(lambda index: self.code(xs[0].at(*index), parameters), *made)
