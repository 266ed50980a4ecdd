"""Affine joins: sums, products and averages of affine codes, as one exact projection or as libraries compute them in binary32.

Every operand has its own scale and zero point, and so has the result. The ways:

``exact``
   The exact real result, divided by the result's scale and rounded once.
``binary32``
   The operands dequantized, joined in binary32, and quantized, as a model with QuantizeLinear and DequantizeLinear says.
``onnxruntime``
   As the kernels of ONNX Runtime 1.32 for x86-64 with AVX2 compute in binary32 without going back to real numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from .affine import dequantize_as, positive, quantize_as, shifted
from .affine_layers import check_affine, check_integers, combined_scale
from .arithmetic import add, divide, fma, multiply, subtract
from .catalogue import get_format
from .convolutions import Window
from .exact import Exact
from .formats import Format, Number
from .layers import check_roles, only, types
from .operands import integer
from .projection import Projection
from .requantization import BINARY32, requantize
from .tensors import Shape, Tensor, TensorType, gathered

WAYS = ("exact", "binary32", "onnxruntime")
WIDEST = 16
"""The widest codes that these layers take and give."""
JOIN_ROLES = ("a_scale", "a_zero_point", "b_scale", "b_zero_point", "y_scale", "y_zero_point")
POOL_ROLES = ("x_scale", "x_zero_point", "y_scale", "y_zero_point")


def check_way(what: str, way: str, to: Projection, known: Sequence[str] = WAYS) -> None:
    """``ValueError`` for an unknown way, and for a projection that the way does not have."""
    if way not in known:
        raise ValueError(f"unknown way {way!r} of {what}; the ways are {', '.join(known)}")
    check_integers(what, to.format)
    if to.format.width > WIDEST:
        raise ValueError(f"{what} gives codes of at most {WIDEST} bits, not of {to.format.name}")
    if to.overflow.name != "saturate" or (way != "exact" and to.rounding.name != "ties_to_even"):
        rounding = "any rounding rule" if way == "exact" else "ties_to_even"
        raise ValueError(f"{way} {what} needs {rounding} and saturate, not {to.rounding.name} and {to.overflow.name}")
    to.rounding.check_draw(None)


def check_codes(what: str, format: Format) -> None:
    """``ValueError`` for operands that are no integers of at most ``WIDEST`` bits."""
    check_integers(what, format)
    if format.width > WIDEST:
        raise ValueError(f"{what} takes codes of at most {WIDEST} bits, not of {format.name}")
