"""Quantizers of tensors: what finds a scale for all numbers of a tensor, and makes them numbers of few codes at that scale.

A scale is an array of one or two binary64 numbers, so that it can be kept beside parameters. Every number is rounded by the
engine; nothing is rounded here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine import affine as affine_engine
from ...engine import levels as levels_engine
from ...engine.array import Array
from ...engine.decode import decode, fits
from ...engine.encode import encode
from ...engine.requantization import integers
from ...spec.affine import get_model
from ...spec.calibration import choose_parameters, overflow_position
from ...spec.catalogue import get_format
from ...spec.flags import Flags
from ...spec.formats import Format, Number
from ...spec.integral import is_integer
from ...spec.levels import method_of, published
from ...spec.log_quantization import linear_quantizer, log_quantizer
from ...spec.multipliers import BINARY64
from ...spec.projection import Projection
from ...spec.requantization import BINARY32
from ...spec.spellings import get_projection
from ..layers.kind import Floats

Scale = NDArray[np.float64]
SWEPT = 4
"""How many full scales a sweep looks at, from the one without overflow downwards."""


@dataclass(frozen=True)
class Quantizer:
    """``find`` gives the scale of numbers, ``codes`` the codes of numbers at a scale, ``numbers`` the numbers of codes at a
    scale in binary64, and ``ends`` the least and the greatest number at a scale: past them quantization saturates."""

    name: str
    find: Callable[[Floats], Scale]
    codes: Callable[[Floats, Scale], Array]
    numbers: Callable[[Array, Scale], Floats]
    ends: Callable[[Scale], tuple[float, float]]

    def __call__(self, x: Floats, scale: Scale) -> Floats:
        """The numbers that stand for those of ``x``, in its type."""
        return self.numbers(self.codes(x, scale), scale).astype(x.dtype, copy=False)


def reach_rule(name: str) -> Callable[[Floats], float]:
    """What a tensor reaches: by ``maximum`` its greatest magnitude, by ``percentile:P`` that of P percent of its numbers.

    ``ValueError`` for another name.
    """
    base, _, percent = name.partition(":")
    if name == "maximum":
        return lambda x: float(np.abs(x).max(initial=0))
    try:
        share = float(percent)
    except ValueError:
        share = -1.0
    if base != "percentile" or not 0 < share <= 100:
        raise ValueError(f"a reach is maximum or percentile:P, P being above 0 and at most 100, not {name!r:.60}")
    return lambda x: float(np.percentile(np.abs(x), share)) if x.size else 0.0


def levels(count: int, method: str = "optimal") -> Quantizer:
    """So many levels, ties away from zero, with a step that a method of ``spec.levels`` finds and binary32 holds.

    The scale is the step. Sung et al., arXiv 1511.06488.
    """
    to, top = published(count), (count - 1) // 2
    method_of(method)

    def find(x: Floats) -> Scale:
        step = BINARY32(levels_engine.find_step(x, to, method))
        return decode(Array(np.array([step.code]), BINARY32.format))

    return Quantizer(
        f"levels:{count}:{method}",
        find,
        lambda x, scale: _array(levels_engine.quantize(x, scale[0], to)),
        lambda codes, scale: integers(codes) * scale[0],
        lambda scale: (-top * float(scale[0]), top * float(scale[0])),
    )


def logarithmic(bitwidth: int, *, signed: bool = False, steps: int = 1, choice: str = "maximum") -> Quantizer:
    """LogQuant: powers of the root of two of order ``steps``, rounded to the nearest exponent. The scale is FSR in octaves.

    ``choice``: a reach, or ``sweep``, which takes the full scale of least squared error. Miyashita et al., arXiv 1603.01025.
    """
    made = lru_cache(maxsize=None)(partial(log_quantizer, bitwidth, rounding="ties_to_away", steps=steps, signed=signed))
    return _full_scale(f"log:{bitwidth}:{'signed' if signed else 'unsigned'}:{steps}:{choice}", made, choice)


def linear(bitwidth: int, *, signed: bool = False, rounding: str = "ties_to_away", choice: str = "maximum") -> Quantizer:
    """LinearQuant: fixed point of so many bits with FSR integer bits, sign included in the width. The scale is FSR.

    ``choice`` as of ``logarithmic``. Miyashita et al., arXiv 1603.01025.
    """
    made = lru_cache(maxsize=None)(partial(linear_quantizer, bitwidth, rounding=rounding, signed=signed))
    return _full_scale(f"linear:{bitwidth}:{'signed' if signed else 'unsigned'}:{choice}", made, choice)


def _full_scale(name: str, made: Callable[..., Projection], choice: str) -> Quantizer:
    """A quantizer whose scale is a whole number of octaves."""
    reach = reach_rule("maximum" if choice == "sweep" else choice)
    made(full_scale=0)

    def quantize(x: Floats, full_scale: int) -> Array:
        return _array(encode(x, made(full_scale=full_scale)))

    def find(x: Floats) -> Scale:
        first = without_overflow(made, reach(x))
        if choice != "sweep":
            return np.array([float(first)])
        candidates = range(first, first - SWEPT, -1)
        errors = [_squares(values(quantize(x, candidate)), x) for candidate in candidates]
        return np.array([float(candidates[int(np.argmin(errors))])])

    def ends(scale: Scale) -> tuple[float, float]:
        format = made(full_scale=int(scale[0])).format
        ends = encode(np.array([-np.inf, np.inf]), made(full_scale=int(scale[0])))
        low, high = values(Array(ends.codes, format))
        return float(low), float(high)

    return Quantizer(name, find, lambda x, scale: quantize(x, int(scale[0])), lambda codes, _: values(codes), ends)


def _squares(found: Floats, x: Floats) -> float:
    return float(((found - x.astype(np.float64)) ** 2).sum())


def without_overflow(made: Callable[..., Projection], reach: float) -> int:
    """The least full scale at which a magnitude does not overflow, 0 for no magnitude at all.

    It is the exponent past the magnitude, or one more where the magnitude is rounded up to that.
    """
    past = int(np.frexp(reach)[1])
    overflows = bool(reach) and bool(made(full_scale=past)(Fraction(reach)).flags & Flags.OVERFLOW)
    return past + overflows if reach else 0


def affine(format: str, model: str = "onnx", choice: str = "maximum") -> Quantizer:
    """Integers with a scale and a zero point, as a library's model has them. The scale is the pair of both.

    ``format``: an integer format. ``model``: of ``spec.affine``; those of Vitis AI have the greatest power of two that does not
    overflow, and no zero point. ``choice``: ``maximum`` for the whole range, ``percentile:P`` for the range without
    (100 - P) / 2 percent on each side. ``ValueError`` for a format that is none of integers.
    """
    to = get_format(format)
    get_model(model)
    reach_rule(choice)
    if not is_integer(to):
        raise ValueError(f"affine quantization needs an integer format, which {to.name} is not")
    if model.startswith("vitis") and not to.signed:
        raise ValueError(f"Vitis AI has signed integers, which {to.name} is not")
    share = float(choice.partition(":")[2] or 100)

    def find(x: Floats) -> Scale:
        low, high = np.percentile(x, [(100 - share) / 2, (100 + share) / 2]).tolist() if x.size else (0.0, 0.0)
        if model.startswith("vitis"):
            return np.array([2.0 ** -overflow_position([Fraction(low), Fraction(high)], to.width), 0.0])
        least, greatest = (Number(BINARY64(Fraction(end)).code, BINARY64.format) for end in (min(low, 0.0), max(high, 0.0)))
        chosen = choose_parameters(least, greatest, to, narrow_range=False)
        scale = decode(Array(np.array([chosen.scale.code]), BINARY64.format))[0].astype(np.float32)
        return np.array([scale or 1.0, chosen.zero_point], np.float64)

    def numbers(codes: Array, scale: Scale) -> Floats:
        found = affine_engine.dequantize_as("onnx", codes, np.float32(scale[0]), int(scale[1]))
        return decode(found)

    def ends(scale: Scale) -> tuple[float, float]:
        return (-to.top_negative - scale[1]) * scale[0], (to.top - scale[1]) * scale[0]

    return Quantizer(
        f"affine:{format}:{model}:{choice}",
        find,
        lambda x, scale: affine_engine.quantize_as(model, x.astype(np.float32), np.float32(scale[0]), int(scale[1]), to),
        numbers,
        ends,
    )


def projected(name: str) -> Quantizer:
    """A projection by its name, as ``float8_e4m3fn/ties_to_even/saturate``; there is nothing to scale."""
    to = get_projection(name)

    def ends(_: Scale) -> tuple[float, float]:
        low, high = (to.format.grid.magnitude(n) for n in (to.format.top_negative, to.format.top))
        return -float(low), float(high)

    return Quantizer(name, lambda _: np.zeros(1), lambda x, _: _array(encode(x, to)), lambda codes, _: values(codes), ends)


def values(codes: Array) -> Floats:
    """The numbers of codes in binary64; irrational ones rounded to it."""
    if fits(codes.format, np.dtype(np.float64)):
        return decode(codes)
    found: Floats = _nearest(codes.format)[codes.codes]
    return found


@lru_cache(maxsize=256)
def _nearest(format: Format) -> Floats:
    """The numbers of all codes, each rounded to binary64."""
    every = Array(np.arange(1 << format.width), format)
    return decode(_array(encode(every.exact(), BINARY64)))


def _array(found: Any) -> Array:
    assert isinstance(found, Array), "no flags were asked for"
    return found
