"""Activation functions that are made of pieces of straight lines and parabolas: their values are rational.

The infinities and the zeros have the values that the pieces have there; no infinity is multiplied by a zero that was not given.
"""

from __future__ import annotations

from fractions import Fraction

from .arithmetic import exact_product
from .exact import NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, Exact, is_infinite, is_negative, is_zero
from .flags import Flags, Result
from .formats import Number
from .operands import Outcome, Setting, nan_of, perform
from .projection import Projection
from .surds import Algebraic, algebraic


def _clamped(x: Exact, low: int, high: int) -> Exact:
    """The nearest number in an interval; a zero inside it stays as it is."""
    if is_zero(x):
        return x
    if is_infinite(x):
        return Fraction(low if is_negative(x) else high)
    return min(max(algebraic(x), Fraction(low)), Fraction(high))


def exact_relu(_: Setting, x: Exact) -> Outcome:
    """The greater of x and the positive zero **must** be the positive zero for either zero and for all below, minus infinity
    too; a NaN stays one.

    [activation/rectified]
    """
    return nan_of(x) or (Fraction(0) if is_negative(x) else x, Flags.NONE)


def exact_relu6(setting: Setting, x: Exact) -> Outcome:
    """The lesser of relu(x) and 6."""
    rectified, flags = exact_relu(setting, x)
    return nan_of(x) or (_clamped(rectified, 0, 6), flags)


def exact_hard_tanh(_: Setting, x: Exact) -> Outcome:
    """x cut to the interval from -1 to 1 **must** keep the sign of a zero. [activation/clamped]"""
    return nan_of(x) or (_clamped(x, -1, 1), Flags.NONE)


def _gate(x: Exact, slope: Fraction) -> Algebraic:
    """slope * x + 1/2, cut to the interval from 0 to 1, of a datum that is no NaN."""
    if is_infinite(x):
        return Fraction(not is_negative(x))
    number = Fraction(0) if is_zero(x) else algebraic(x)
    return min(max(slope * number + Fraction(1, 2), Fraction(0)), Fraction(1))


def exact_hard_sigmoid(_: Setting, x: Exact) -> Outcome:
    """Hard sigmoids of minus infinity **must** be the positive zero, of infinity 1, of a zero 1/2. [activation/gate]"""
    return nan_of(x) or (_gate(x, Fraction(1, 6)), Flags.NONE)


def exact_hard_sigmoid_fifth(_: Setting, x: Exact) -> Outcome:
    """The hard sigmoid with the slope 1/5."""
    return nan_of(x) or (_gate(x, Fraction(1, 5)), Flags.NONE)


DPU_SIXTH = Fraction(2731, 1 << 14)
"""What stands for one sixth in Vitis AI's hard sigmoid: a factor and a shift."""


def exact_hard_sigmoid_dpu(_: Setting, x: Exact) -> Outcome:
    """The hard sigmoid of Vitis AI **must** be the positive zero at -3 and below, and 6 * 2731 / 16384, more than 1, at 3 and
    above, at the infinities too. [activation/dpu-cases]
    """
    if nan := nan_of(x):
        return nan
    if is_infinite(x):
        return Fraction(0) if is_negative(x) else 6 * DPU_SIXTH, Flags.NONE
    moved = Fraction(3) + (Fraction(0) if is_zero(x) else algebraic(x))
    return min(max(moved, Fraction(0)), Fraction(6)) * DPU_SIXTH, Flags.NONE


def exact_leaky_relu(_: Setting, x: Exact, slope: Exact) -> Outcome:
    """What is not below zero, either zero among it, **must** stay as it is; the slope multiplies what is below, as products
    are made: minus infinity and a slope of zero make NaN and invalid.

    [activation/leaky]
    """
    if nan := nan_of(x, slope):
        return nan
    return exact_product(x, slope) if is_negative(x) and not is_zero(x) else (x, Flags.NONE)


def exact_hard_swish(_: Setting, x: Exact) -> Outcome:
    """The product of x and its hard sigmoid **must** be the zero of the sign of x where it vanishes, of minus infinity too.

    [activation/gated]
    """
    if nan := nan_of(x):
        return nan
    if x is POSITIVE_INFINITY or is_zero(x):
        return x, Flags.NONE
    if x is NEGATIVE_INFINITY:
        return NEGATIVE_ZERO, Flags.NONE
    return algebraic(x) * _gate(x, Fraction(1, 6)) or NEGATIVE_ZERO, Flags.NONE


def relu(x: Number, to: Projection, draw: int | None = None) -> Result:
    """relu **must** be the projection of the greater of x and the positive zero. [activation/relu]"""
    return perform(exact_relu, (x,), to, draw)


def relu6(x: Number, to: Projection, draw: int | None = None) -> Result:
    """relu6 **must** be the projection of the lesser of relu(x) and 6. [activation/relu6]"""
    return perform(exact_relu6, (x,), to, draw)


def hard_tanh(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The hard tanh **must** be the projection of x cut to the interval from -1 to 1. [activation/hard-tanh]"""
    return perform(exact_hard_tanh, (x,), to, draw)


def hard_sigmoid(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The hard sigmoid **must** be the projection of the exact x / 6 + 1/2, cut to the interval from 0 to 1.

    PyTorch; ONNX HardSigmoid with alpha 1/6, as in ONNX HardSwish. [activation/hard-sigmoid]
    """
    return perform(exact_hard_sigmoid, (x,), to, draw)


def hard_sigmoid_fifth(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The hard sigmoid of slope 1/5 **must** be the projection of the exact x / 5 + 1/2, cut to the interval from 0 to 1.

    ONNX HardSigmoid; Keras 2. [activation/hard-sigmoid-fifth]
    """
    return perform(exact_hard_sigmoid_fifth, (x,), to, draw)


def hard_sigmoid_dpu(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The hard sigmoid of Vitis AI **must** be the projection of the exact relu6(x + 3) * 2731 / 16384.

    pytorch_nndct Hardsigmoid, for the DPU. [activation/hard-sigmoid-dpu]
    """
    return perform(exact_hard_sigmoid_dpu, (x,), to, draw)


def leaky_relu(x: Number, slope: Number, to: Projection, draw: int | None = None) -> Result:
    """The leaky relu **must** be the projection of x where it is not below zero, and elsewhere of the exact product of x and
    the slope.

    ONNX LeakyRelu and PRelu; PyTorch. [activation/leaky-relu]
    """
    return perform(exact_leaky_relu, (x, slope), to, draw)


def hard_swish(x: Number, to: Projection, draw: int | None = None) -> Result:
    """The hard swish **must** be the projection of the exact product of x and its hard sigmoid of slope 1/6.

    [activation/hard-swish]
    """
    return perform(exact_hard_swish, (x,), to, draw)
