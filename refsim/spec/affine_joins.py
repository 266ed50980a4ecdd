"""Affine joins: sums and products of affine codes, as one exact projection or as libraries compute them in binary32.

Both operands have a scale and a zero point of their own, and so has the result. The ways:

``exact``
   The exact real result, divided by the result's scale and rounded once.
``binary32``
   The operands dequantized, joined in binary32, and quantized: what a model with QuantizeLinear and DequantizeLinear says.
``onnxruntime``
   What the kernels of ONNX Runtime 1.32 for x86-64 with AVX2 and FMA compute in binary32 without going back to real numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import NamedTuple

from .affine import dequantize_as, positive, quantize_as, shifted
from .affine_layers import NARROW, check_affine, check_integers, combined_scale
from .arithmetic import add, divide, fma, multiply, subtract
from .exact import Exact
from .flags import Result
from .formats import Format, Number
from .layers import check_roles, types
from .operands import integer
from .projection import Projection
from .requantization import BINARY32, projected
from .tensors import Shape, Tensor, TensorType, gathered

WAYS = ("exact", "binary32", "onnxruntime")
ROUNDED32 = Projection("int32", "ties_to_even", "error")
"""Where a number of binary32 is made an integer of 32 bits; x86 has no result for one that does not fit."""


@dataclass(frozen=True)
class Affine:
    """What the codes of a format stand for: the scale, a binary32 number, and the zero point.

    ``ValueError`` for a scale that is not positive and finite.
    """

    scale: Number
    zero_point: int

    def __post_init__(self) -> None:
        positive(self.scale)


def affine_of(parameters: Mapping[str, Tensor], name: str) -> Affine:
    """The scale and the zero point of an operand, or of the result."""
    return Affine(parameters[f"{name}_scale"].numbers()[0], integer(parameters[f"{name}_zero_point"].numbers()[0].exact))


def affine_roles(*names: str) -> list[str]:
    """The roles of the scales and zero points of operands and result."""
    return [f"{name}_{part}" for name in names for part in ("scale", "zero_point")]


def check_way(what: str, way: str, to: Projection, known: Sequence[str] = WAYS) -> None:
    """``ValueError`` for an unknown way, and for a projection that the way does not have."""
    if way not in known:
        raise ValueError(f"unknown way {way!r} of {what}; the ways are {', '.join(known)}")
    check_codes(what, to.format)
    if to.overflow.name != "saturate" or to.rounding.bits or (way != "exact" and to.rounding.name != "ties_to_even"):
        rule = "a deterministic rule" if way == "exact" else "ties_to_even"
        raise ValueError(f"{what} the way {way} needs {rule} and saturate, not {to.rounding.name} and {to.overflow.name}")


def check_codes(what: str, format: Format) -> None:
    """``ValueError`` for codes that are no integers of at most ``NARROW`` bits."""
    check_integers(what, format, NARROW)


def check_operands(what: str, way: str, formats: Mapping[str, Format], parameters: Mapping[str, TensorType]) -> None:
    """``ValueError`` for codes that are too wide or, the way of ONNX Runtime, not all int8 or all uint8, and for scales and
    zero points that are not of their formats, or several."""
    names = [format.name for format in formats.values()]
    if way == "onnxruntime" and set(names) not in ({"int8"}, {"uint8"}):
        raise ValueError(f"{what} the way onnxruntime has int8 throughout or uint8, not {', '.join(names)}")
    for name, format in formats.items():
        check_codes(what, format)
        check_affine(what, parameters, {f"{name}_scale": BINARY32.format, f"{name}_zero_point": format})


def real(q: Number, of: Affine) -> Fraction:
    """The real number that a code stands for."""
    return (integer(q.exact) - of.zero_point) * positive(of.scale)


def quantized(quotient: Exact, zero_point: int, to: Projection) -> int:
    """The code of an exact result **must** be the quotient by the result's scale, rounded once to an integer, plus the zero
    point, clamped to the format. [affine-join/quantized]
    """
    return to(shifted(quotient, zero_point, to)).code


def in32(operation: Callable[..., Result], *operands: Number) -> Number:
    """An operation whose result is rounded to binary32 with ties to even."""
    return Number(operation(*operands, BINARY32).code, BINARY32.format)


def whole32(n: int) -> Number:
    """A small integer, which binary32 has exactly."""
    return Number(BINARY32(n).code, BINARY32.format)


def dequantized(q: Number, of: Affine) -> Number:
    """The real number of a code, rounded to binary32."""
    return Number(dequantize_as("onnx", q, of.scale, of.zero_point), BINARY32.format)


def rounded32(x: Number, to: Projection) -> int:
    """The code of a binary32 number that has the zero point in it: it **must** be rounded to an integer with ties to even, a
    tie depending on the zero point, and clamped to the format. There is no result where the integer does not fit in 32 bits:
    ``OverflowRaised``. [affine-join/rounded]
    """
    return to(projected(x.exact, ROUNDED32)).code


def fused_sum(a: Number, b: Number, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> int:
    """ONNX Runtime's sum **must** be made of the ratios of the operands' scales to the result's, each rounded to binary32:
    the result's zero point less ``fma(ratio a, zero point a, ratio b * zero point b)``; onto that ``fma(b, ratio b, ...)``,
    and onto that ``fma(a, ratio a, ...)``, every step rounded to binary32.

    ONNX Runtime 1.32, qladd_avx2.cpp; that the compiler fuses the first of the two products of the zero points has been found
    by experiment. [affine-join/fused-sum]
    """
    ratio_a, ratio_b = in32(divide, of_a.scale, of_y.scale), in32(divide, of_b.scale, of_y.scale)
    points = in32(fma, ratio_a, whole32(of_a.zero_point), in32(multiply, ratio_b, whole32(of_b.zero_point)))
    fixed = in32(subtract, whole32(of_y.zero_point), points)
    partial = in32(fma, whole32(integer(b.exact)), ratio_b, fixed)
    return rounded32(in32(fma, whole32(integer(a.exact)), ratio_a, partial), to)


def scaled_product(a: Number, b: Number, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> int:
    """ONNX Runtime's product **must** be the product of the two differences from the zero points, an exact integer, times the
    combined scale, plus the result's zero point, each of the two rounded to binary32.

    ONNX Runtime 1.32, qlmul.cpp. [affine-join/scaled-product]
    """
    n = (integer(a.exact) - of_a.zero_point) * (integer(b.exact) - of_b.zero_point)
    ratio = combined_scale([of_a.scale, of_b.scale], of_y.scale)
    return rounded32(in32(add, in32(multiply, whole32(n), ratio), whole32(of_y.zero_point)), to)


class Join(NamedTuple):
    """An operation of two operands, exactly, in binary32, and as ONNX Runtime has it."""

    exact: Callable[[Fraction, Fraction], Fraction]
    in_binary32: Callable[..., Result]
    in_onnxruntime: Callable[[Number, Number, Affine, Affine, Affine, Projection], int]


JOINS: dict[str, Join] = {
    "add": Join(lambda a, b: a + b, add, fused_sum),
    "multiply": Join(lambda a, b: a * b, multiply, scaled_product),
}
"""The operations by name."""


def join(operation: str, way: str, a: Number, b: Number, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> int:
    """The sum or product of two affine codes **must** be the quotient of the exact real result by the result's scale,
    quantized; or, in binary32, what the model ``onnx`` makes of the binary32 result of the dequantized operands; or what ONNX
    Runtime makes of the two. [affine-join/ways]
    """
    known = JOINS[operation]
    if way == "onnxruntime":
        return known.in_onnxruntime(a, b, of_a, of_b, of_y, to)
    if way == "binary32":
        found = in32(known.in_binary32, dequantized(a, of_a), dequantized(b, of_b))
        return quantize_as("onnx", found, of_y.scale, of_y.zero_point, to.format)
    return quantized(known.exact(real(a, of_a), real(b, of_b)) / positive(of_y.scale), of_y.zero_point, to)


def broadcast(what: str, a: Shape, b: Shape) -> Shape:
    """The shape of the result: along each axis, the last ones beside each other, lengths **must** be equal or one of them 1.

    ``ValueError`` for others. ONNX, multidirectional broadcasting. [affine-join/broadcast]
    """
    if any(m != n and 1 not in {m, n} for m, n in zip(reversed(a), reversed(b), strict=False)):
        raise ValueError(f"{what} needs shapes that are broadcast together, not {a} and {b}")
    return tuple(n if m == 1 else m for m, n in zip_longest(reversed(a), reversed(b), fillvalue=1))[::-1]


def spread(x: Tensor, shape: Shape) -> Callable[[Shape], Number]:
    """The numbers of a tensor by the places of a shape that it is broadcast to."""
    skipped = len(shape) - len(x.shape)
    return lambda index: x.at(*(0 if n == 1 else i for i, n in zip(index[skipped:], x.shape, strict=True)))


@dataclass(frozen=True)
class AffineJoin:
    """Each element of the result **must** be the sum (``add``) or the product (``multiply``) of the elements of the operands at
    its place, computed one of the ways. Operands are broadcast; ``b`` can be a parameter. All formats may differ.

    Parameters: scale (binary32) and zero point of each operand and of the result, one element each, as ``a_scale``,
    ``a_zero_point``, ``b_scale``, ``b_zero_point``, ``y_scale``, ``y_zero_point``. The sum the way of ONNX Runtime takes
    operands of one shape, since its kernel computes in another order where it broadcasts. [affine-join/element]
    """

    operation: str
    way: str
    to: Projection

    def __post_init__(self) -> None:
        if self.operation not in JOINS:
            raise ValueError(f"{self.operation!r} joins no affine codes; what does is {', '.join(JOINS)}")
        check_way(f"affine {self.operation}", self.way, self.to)

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The shape to which the operands are broadcast."""
        what = f"affine {self.operation}"
        check_roles(what, parameters, affine_roles("a", "b", "y"), ["b"])
        operands = [*xs, *([parameters["b"]] if "b" in parameters else [])]
        if len(operands) != 2 or not xs:
            raise ValueError(f"{what} takes two operands, not {len(operands)}")
        a, b = operands
        check_operands(what, self.way, {"a": a.format, "b": b.format, "y": self.to.format}, parameters)
        if self.operation == "add" and self.way == "onnxruntime" and a.shape != b.shape:
            raise ValueError(f"{what} the way onnxruntime takes operands of one shape, not {a.shape} and {b.shape}")
        return TensorType(broadcast(what, a.shape, b.shape), self.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        a, b = (spread(x, made.shape) for x in [*xs, *([parameters["b"]] if "b" in parameters else [])])
        of_a, of_b, of_y = (affine_of(parameters, name) for name in ("a", "b", "y"))
        return gathered(lambda index: join(self.operation, self.way, a(index), b(index), of_a, of_b, of_y, self.to), *made)
