"""NVFP4 as its libraries compute it: which operations of binary32, in which order.

The block's scale is itself a rounded number, and the tensor's is another one; so the order in which they are multiplied,
divided and rounded shows in the bits. Each model here is that order. Exact division is in ``blocks``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from .arithmetic import divide, multiply
from .block_formats import BlockFormat, get_block_format
from .blocks import Quantized, as_binary32, in_binary32, scale_in_binary32
from .exact import NAN, Exact, is_nan, is_negative, is_zero
from .extrema import minimum_number
from .formats import Number
from .projection import Projection
from .scales import BINARY32, greatest, least_scale

NVFP4 = get_block_format("nvfp4")
ELEMENT_MAX, SCALE_MAX = greatest(NVFP4.element), greatest(NVFP4.scale)
LARGEST = as_binary32(greatest(BINARY32.format))
ONE, SIX, BOTH = (as_binary32(x) for x in (Fraction(1), ELEMENT_MAX, ELEMENT_MAX * SCALE_MAX))
TO_ELEMENT, TO_SCALE = (Projection(format, "ties_to_even", "saturate") for format in (NVFP4.element, NVFP4.scale))
LEAST_NORMAL_SCALE = Fraction(1, 1 << 6)


class Coded(NamedTuple):
    """A tensor's scale, a code of binary32, and a block."""

    tensor: int
    block: Quantized


def magnitude32(x: Number) -> Number:
    """The same number without its sign."""
    return Number(x.code & (1 << 31) - 1, x.format)


def amax32(values: Sequence[Number], *, propagate: bool) -> Number:
    """The greatest magnitude, an infinity among them; a NaN wins where it is propagated, and else is passed over."""
    magnitudes = [magnitude32(x) for x in values]
    if propagate and any(is_nan(x.exact) for x in magnitudes):
        return Number(BINARY32(NAN).code, BINARY32.format)
    codes = [x.code for x in magnitudes if not is_nan(x.exact)]
    # Codes of numbers without a sign are ordered as the numbers are.
    return Number(max(codes, default=0), BINARY32.format)


def element(x: Number) -> int:
    """A scaled number **must** be rounded to the element format ties to even, saturating; where it is NaN its code is 0.

    [nvfp4/element]
    """
    return 0 if is_nan(x.exact) else TO_ELEMENT(x.exact).code


def encode_scale(amax: Number) -> Number:
    """The tensor's encoding scale **must** be 2688 / amax in binary32, at most the greatest number; 1 where amax is zero or the
    quotient is. Transformer Engine, compute_global_encode_scaling_factor_FP4. [nvfp4/encode-scale]
    """
    found = in_binary32(minimum_number, in_binary32(divide, BOTH, amax), LARGEST)
    return ONE if is_zero(amax.exact) or is_zero(found.exact) else found


def transformer_engine(values: Sequence[Number], tensor_amax: Number) -> Coded:
    """With S the tensor's encoding scale, every step in binary32, ties to even: the block's scale **must** be amax times the
    product of S and the rounded 1/6, at most the greatest number, rounded to E4M3, saturating; an element is the datum times
    1 / (scale times the rounded 1/S), which is at most the greatest number. The tensor's scale is the rounded 1/S.

    Transformer Engine, NVFP4QuantizerRef, which its kernels are compared with bit by bit. A block whose scale rounds to zero
    keeps elements, which are multiplied by zero. [nvfp4/transformer-engine]
    """
    s = encode_scale(tensor_amax)
    decoding = in_binary32(divide, ONE, s)
    multiplier = in_binary32(multiply, s, in_binary32(divide, ONE, SIX))
    amax = amax32(values, propagate=True)
    if is_nan(amax.exact):
        return Coded(decoding.code, _poisoned(len(values)))
    scaled = in_binary32(minimum_number, in_binary32(multiply, amax, multiplier), LARGEST)
    scale = Number(TO_SCALE(scaled.exact).code, NVFP4.scale)
    step = in_binary32(multiply, as_binary32(scale.exact), decoding)
    encoding = in_binary32(minimum_number, in_binary32(divide, ONE, step), LARGEST)
    return Coded(decoding.code, Quantized(scale.code, tuple(element(in_binary32(multiply, x, encoding)) for x in values)))


def torchao_scale(values: Sequence[Number], tensor_amax: Number) -> tuple[Number, Number]:
    """With t = amax of the tensor / 2688, every step in binary32, ties to even: the block's scale **must** be (amax / 6) / t,
    no less than the least normal number of E4M3, rounded to E4M3, saturating. The tensor's scale is t.

    torchao, nvfp4_tensor.py. A datum that is NaN makes the scale NaN, and so does a block of zeros where t is zero.
    [nvfp4/torchao-scale]
    """
    tensor = in_binary32(divide, tensor_amax, BOTH)
    scaled = in_binary32(divide, in_binary32(divide, amax32(values, propagate=True), SIX), tensor).exact
    low = isinstance(scaled, Fraction) and scaled < LEAST_NORMAL_SCALE
    return tensor, Number(TO_SCALE(LEAST_NORMAL_SCALE if low else scaled).code, NVFP4.scale)


def torchao(values: Sequence[Number], tensor_amax: Number) -> Coded:
    """An element **must** be the datum divided by the rounded product of the two scales. torchao, nvfp4_tensor.py.
    [nvfp4/torchao]
    """
    return _torchao(values, tensor_amax, lambda x, t, s: in_binary32(divide, x, in_binary32(multiply, t, s)))


def torchao_reciprocal(values: Sequence[Number], tensor_amax: Number) -> Coded:
    """An element **must** be the datum times ((1 / tensor's scale) / block's scale). torchao, of August 2026.

    [nvfp4/torchao-reciprocal]
    """
    return _torchao(
        values, tensor_amax, lambda x, t, s: in_binary32(multiply, x, in_binary32(divide, in_binary32(divide, ONE, t), s))
    )


def _torchao(values: Sequence[Number], tensor_amax: Number, scaled: Callable[[Number, Number, Number], Number]) -> Coded:
    tensor, scale = torchao_scale(values, tensor_amax)
    by = scale_in_binary32(scale.exact)
    return Coded(tensor.code, Quantized(scale.code, tuple(element(scaled(x, tensor, by)) for x in values)))


def universal(values: Sequence[Number], tensor: Number) -> Coded:
    """Every step in binary32, ties to even: the data **must** first be divided by the tensor's scale; the block's scale is
    their amax / 6 rounded to E4M3, saturating, and the least positive number where that is zero; an element is the divided
    datum times the rounded 1 / scale. Of a block of zeros, and where the tensor's scale is zero, scale and elements are zero.

    Universal, nvblock_impl.hpp. Its second operand is the tensor's scale itself. [nvfp4/universal]
    """
    zero = is_zero(tensor.exact)
    divided = [as_binary32(Fraction(0)) if zero else in_binary32(divide, x, tensor) for x in values]
    amax = amax32(divided, propagate=False)
    if is_zero(amax.exact):
        return Coded(tensor.code, Quantized(0, (0,) * len(values)))
    scale = Number(TO_SCALE(in_binary32(divide, amax, SIX).exact).code, NVFP4.scale)
    if is_zero(scale.exact):
        scale = Number(TO_SCALE(least_scale(NVFP4.scale)).code, NVFP4.scale)
    inverse = in_binary32(divide, ONE, as_binary32(scale.exact))
    return Coded(tensor.code, Quantized(scale.code, tuple(element(in_binary32(multiply, x, inverse)) for x in divided)))


def _poisoned(count: int) -> Quantized:
    return Quantized(TO_SCALE(NAN).code, (NVFP4.filler,) * count)


MODELS: dict[str, Callable[[Sequence[Number], Number], Coded]] = {
    model.__name__: model for model in (transformer_engine, torchao, torchao_reciprocal, universal)
}
"""The models by name."""


def nvfp4_quantize(model: str, values: Sequence[Exact], tensor: Exact, format: BlockFormat = NVFP4) -> Coded:
    """A block by a model: the data and the model's second operand **must** be binary32 numbers; a NaN anywhere in a block makes
    its scale NaN, except for ``universal``, and the second operand is positive or zero.

    ``tensor``: the greatest magnitude of the tensor; of ``universal`` the tensor's scale. ``format``: NVFP4 with any tile.
    ``ValueError`` for an unknown model, for a datum that is not in binary32 and for too many or no data. [nvfp4/model]
    """
    if model not in MODELS:
        raise ValueError(f"unknown model {model!r} of NVFP4; the models are {', '.join(MODELS)}")
    if (format.element, format.scale, format.tensor) != (NVFP4.element, NVFP4.scale, NVFP4.tensor):
        raise ValueError(f"{format} is not NVFP4, which the models are of")
    if not 1 <= len(values) <= format.size:
        raise ValueError(f"a block of {format} has 1 to {format.size} elements, not {len(values)}")
    if is_nan(tensor) or is_negative(tensor):
        raise ValueError(f"{model} needs a positive amax or scale of the tensor, not {tensor}")
    return MODELS[model]([as_binary32(x) for x in values], as_binary32(tensor))
