"""Affine joins on arrays: the rules of ``refsim.spec.affine_joins``, for many samples at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import affine_joins as spec
from ..spec.affine_joins import ROUNDED32, Affine
from ..spec.flags import Flags, Result
from ..spec.formats import Number
from ..spec.projection import Projection
from ..spec.requantization import BINARY32
from .affine import dequantize_as, quantize_as
from .affine_layers import combined_scale, or_specified, small_integers
from .apply import apply
from .array import Array, code_dtype
from .decode import decode
from .layers import Compute, Parameters
from .run import Work, finish

MANTISSA = 53
"""The bits of binary64."""
REACH, NEAR = 1 << 20, 2.0**-20
"""The quotients that are not clamped lie below the first; the second is much more than they are off."""
PAIRS = 16
"""Two codes of at most so many bits together are joined once for each pair that occurs."""


def affine_of(parameters: Parameters, name: str) -> Affine:
    """The scale and the zero point of an operand, or of the result."""
    scale, point = parameters[f"{name}_scale"], parameters[f"{name}_zero_point"]
    return Affine(Number(int(scale.codes.flat[0]), scale.format), int(small_integers(point).flat[0]))


def number(x: Array, i: int) -> Number:
    """One operand for the specification."""
    return Number(int(x.codes.flat[i]), x.format)


def scale_of(of: Affine) -> Array:
    """A scale as an array without axes."""
    return Array(np.array(of.scale.code, np.uint32), BINARY32.format)


def value_of(of: Affine) -> float:
    """A scale in binary64."""
    return float(decode(scale_of(of)))


def in32(operation: str, *operands: Array) -> Array:
    """An operation whose results are rounded to binary32 with ties to even."""
    found: Array = apply(operation, operands, BINARY32)
    return found


def whole32(n: Any) -> Array:
    """Small integers in binary32, which has them exactly."""
    return Array(np.asarray(n, np.float32).view(np.uint32), BINARY32.format)


def dequantized(q: Array, of: Affine) -> Array:
    """The real numbers of codes, rounded to binary32."""
    return dequantize_as("onnx", q, scale_of(of), of.zero_point)


def rounded32(x: Array, to: Projection) -> Array:
    """The codes of binary32 numbers that have the zero point in them."""
    found: Array = apply("convert", (apply("convert", (x,), ROUNDED32),), to)
    return found


def quantized(quotients: Array, zero_point: int, to: Projection) -> Array:
    """The codes of rounded quotients, in 32 bits: with the zero point, clamped."""
    total = quotients.codes.view(np.int32).astype(np.int64) + zero_point
    clamped = np.clip(total, -to.format.top_negative, to.format.top)
    return Array((clamped & (1 << to.format.width) - 1).astype(code_dtype(to.format)), to.format)


def decided(codes: Array, hard: NDArray[np.bool_], answer: Callable[[int], int], columns: Sequence[NDArray[Any]]) -> Array:
    """Codes, of which the specification answers the hard ones, once for equal operands in the columns."""
    work = Work(
        lambda i: Result(answer(i), Flags.NONE),
        Projection(codes.format, "toward_zero", "saturate"),
        codes.shape,
        False,
        tuple(column.reshape(-1) for column in columns),
    )
    found = finish(work, (codes.codes.reshape(-1), None, hard.reshape(-1)))
    assert isinstance(found, Array), "no flags were asked for"
    return found


def exact_sum(a: Array, b: Array, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> Array:
    """Products of 17 bits and 24 are exact in binary64. Where their sum is too, the exact quotients are rounded once; the
    specification answers elsewhere."""
    left, right = ((small_integers(x) - of.zero_point) * value_of(of) for x, of in ((a, of_a), (b, of_b)))
    total = left + right
    part = total - left
    hard = ((left - (total - part)) + (right - part)) != 0

    def answer(i: int) -> int:
        return spec.join("add", "exact", number(a, i), number(b, i), of_a, of_b, of_y, to)

    return decided(divided(total, of_y, to), hard, answer, (a.codes, b.codes))


def exact_product(a: Array, b: Array, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> Array:
    """A product depends on that of the differences alone. Where it is exact in binary64, the exact quotients are rounded once.

    Elsewhere binary64's quotients are off by less than ``REACH * 2**-51``, or beyond ``REACH``, where they are clamped. No rule
    tells those from the exact ones that are farther than ``NEAR`` from a multiple of 1/2; the specification answers for the
    rest.
    """
    n = (small_integers(a).astype(np.int64) - of_a.zero_point) * (small_integers(b) - of_b.zero_point)
    factor, longest = value_of(of_a) * value_of(of_b), int(np.abs(n).max(initial=1)).bit_length()
    product = n * np.float64(factor)
    if (math.frexp(factor)[0] * (1 << MANTISSA - longest)).is_integer():
        hard = np.zeros(n.shape, bool)
    else:
        halves = 2 * product / value_of(of_y)
        hard = (np.abs(halves - np.rint(halves)) < NEAR) & (np.abs(halves) < REACH)

    def answer(i: int) -> int:
        return spec.join("multiply", "exact", number(a, i), number(b, i), of_a, of_b, of_y, to)

    return decided(divided(product, of_y, to), hard, answer, (n,))


def divided(x: NDArray[Any], of_y: Affine, to: Projection) -> Array:
    """The exact quotients of binary64 numbers by the result's scale, quantized."""
    rounded: Array = apply("divide", (x, np.float64(value_of(of_y))), Projection("int32", to.rounding, "saturate"))
    return quantized(rounded, of_y.zero_point, to)


def fused_sum(a: Array, b: Array, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> Array:
    """ONNX Runtime's sum."""
    ratio_a, ratio_b = (in32("divide", scale_of(of), scale_of(of_y)) for of in (of_a, of_b))
    points = in32("fma", ratio_a, whole32(of_a.zero_point), in32("multiply", ratio_b, whole32(of_b.zero_point)))
    fixed = in32("subtract", whole32(of_y.zero_point), points)
    partial = in32("fma", whole32(small_integers(b)), ratio_b, fixed)
    return rounded32(in32("fma", whole32(small_integers(a)), ratio_a, partial), to)


def scaled_product(a: Array, b: Array, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> Array:
    """ONNX Runtime's product."""
    n = (small_integers(a) - of_a.zero_point) * (small_integers(b) - of_b.zero_point)
    ratio = combined_scale([scale_of(of_a), scale_of(of_b)], scale_of(of_y))
    return rounded32(in32("add", in32("multiply", whole32(n), ratio), whole32(of_y.zero_point)), to)


def in_binary32(operation: str) -> Callable[..., Array]:
    """Dequantized, joined in binary32, quantized."""

    def join(a: Array, b: Array, of_a: Affine, of_b: Affine, of_y: Affine, to: Projection) -> Array:
        found = in32(operation, dequantized(a, of_a), dequantized(b, of_b))
        return quantize_as("onnx", found, scale_of(of_y), of_y.zero_point, to.format)

    return join


WAYS: Mapping[tuple[str, str], Callable[..., Array]] = {
    ("add", "exact"): exact_sum,
    ("add", "binary32"): in_binary32("add"),
    ("add", "onnxruntime"): fused_sum,
    ("multiply", "exact"): exact_product,
    ("multiply", "binary32"): in_binary32("multiply"),
    ("multiply", "onnxruntime"): scaled_product,
}


def table(index: NDArray[Any], bits: int, compute: Callable[[NDArray[Any]], Array]) -> Array:
    """What a function makes of indices of so many bits, asked once for each that occurs."""
    present = np.zeros(1 << bits, bool)
    present[index.reshape(-1)] = True
    keys = np.flatnonzero(present)
    made = compute(keys)
    entries = np.zeros(1 << bits, made.codes.dtype)
    entries[keys] = made.codes
    return Array(entries[index], made.format)


def aligned(x: Array, axes: int, *, samples: bool) -> Array:
    """An operand with so many axes behind that of the samples, which a parameter has not."""
    own = x.codes.shape[1:] if samples else x.codes.shape
    return Array(x.codes.reshape((*x.codes.shape[: int(samples)], *(1,) * (axes - len(own)), *own)), x.format)


def affine_join(rule: spec.AffineJoin, xs: Sequence[Array], parameters: Parameters) -> Array:
    """Operands of few bits are joined once for each pair of codes that occurs."""
    axes = max(*(x.codes.ndim - 1 for x in xs), parameters["b"].codes.ndim if "b" in parameters else 0)
    operands = [aligned(x, axes, samples=True) for x in xs]
    if "b" in parameters:
        operands.append(aligned(parameters["b"], axes, samples=False))
    a, b = operands
    of_a, of_b, of_y = (affine_of(parameters, name) for name in ("a", "b", "y"))
    way = WAYS[rule.operation, rule.way]
    bits = a.format.width + b.format.width
    if bits > PAIRS:
        first, second = np.broadcast_arrays(a.codes, b.codes)
        return way(Array(first, a.format), Array(second, b.format), of_a, of_b, of_y, rule.to)

    def pairs(keys: NDArray[Any]) -> Array:
        first, second = keys >> b.format.width, keys & (1 << b.format.width) - 1
        return way(Array(first, a.format), Array(second, b.format), of_a, of_b, of_y, rule.to)

    return table((a.codes.astype(np.intp) << b.format.width) | b.codes, bits, pairs)


RULES: Mapping[type, Compute] = {spec.AffineJoin: or_specified(affine_join)}
"""By rule."""
