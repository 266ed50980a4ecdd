"""Blocks on arrays: the names of ``refsim.spec.blocks`` and ``refsim.spec.block_dots``.

An array is cut along an axis, or its last two axes into tiles. What cannot be decided in the host's floating point, and what
the specification refuses, is asked of it, block by block.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import blocks as specification
from ..spec.block_formats import BlockFormat
from ..spec.blocks import Quantized, Quantizer, check_tensor, divisor
from ..spec.exact import NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, Exact, Special, floor_log2
from ..spec.formats import Format, Number
from ..spec.projection import Projection
from .array import Array, code_dtype
from .decode import decode, exponents, fits, numbers
from .encode import as_exact, as_numbers, encode
from .floats import significant
from .host import check_host
from .run import Finished, draws
from .scales import WIDEST, Choice, decides, scale_codes
from .tiling import Tiling

BINARY64 = np.dtype(np.float64)
_SPECIAL = {POSITIVE_INFINITY: np.inf, NEGATIVE_INFINITY: -np.inf, NEGATIVE_ZERO: -0.0}
TO_NEAREST = ("ties_to_even", "ties_to_away", "ties_toward_zero", "ties_toward_positive", "ties_toward_negative", "ties_to_odd")


@dataclass(frozen=True)
class Blocks:
    """An array in blocks: the codes of the scales, those of the elements, the format, the tensor's scale and the axis."""

    scales: Array
    elements: Array
    format: BlockFormat
    tensor: Number | None = None
    axis: int = -1

    def __post_init__(self) -> None:
        check_tensor(self.format, self.tensor)
        if self.scales.format != self.format.scale or self.elements.format != self.format.element:
            raise ValueError(
                f"{self.format} has scales in {self.format.scale} and elements in {self.format.element}, "
                f"not {self.scales.format} and {self.elements.format}"
            )
        if self.scales.shape != self.tiling.scales:
            raise ValueError(
                f"elements of shape {self.elements.shape} in blocks of {self.format} "
                f"have scales of shape {self.tiling.scales}, not {self.scales.shape}"
            )

    @property
    def tiling(self) -> Tiling:
        """How the elements are cut."""
        return Tiling(self.format, self.elements.shape, self.axis)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the elements."""
        return self.elements.shape

    def values(self) -> NDArray[np.float64]:
        """The values of the elements in binary64, exactly; ``ValueError`` where they do not all fit."""
        return values_of(self)

    def block(self, row: int) -> Quantized:
        """A block as the specification has it, by its place among all blocks."""
        used = self.tiling.used()[row]
        elements = self.tiling.cut(self.elements.codes)[row][used]
        return Quantized(int(self.tiling.cut_scales(self.scales.codes)[row]), tuple(int(code) for code in elements))


@np.errstate(all="ignore")
def quantize(values: Any, how: Quantizer, tensor: Number | None = None, draws: Any = None, axis: int = -1) -> Blocks:
    """An array of numbers in blocks along an axis; of a format with tiles of several rows, the last two axes in tiles.

    ``values``: anything that ``encode`` takes, or an ``Array``. ``draws``: the random bits of a stochastic rule, one integer an
    element, broadcast to the values.
    """
    source = _source(values)
    tiling = Tiling(how.format, source.shape, axis)
    by = divisor(how.format, tensor)
    x, random = tiling.cut(source), _random(draws, how.to, tiling)
    if x.dtype == object:
        scales, elements = _asked(x, how, tensor, random, np.arange(len(x)), tiling)
    else:
        check_host()
        scales, elements = _quantized(x, how, tensor, by, random, tiling)
    found = Array(tiling.join_scales(scales), how.format.scale), Array(tiling.join(elements), how.format.element)
    return Blocks(*found, how.format, tensor, axis)


def _source(values: Any) -> NDArray[Any]:
    """Numbers as binary32 or binary64 where one of them holds all, else as objects."""
    if isinstance(values, Array):
        for kind in (np.dtype(np.float32), BINARY64):
            if fits(values.format, kind):
                return decode(values, kind)
        return values.exact()
    given = as_numbers(values)
    return given.astype(np.float32) if given.dtype == np.float16 else given


def _random(given: Any, to: Projection, tiling: Tiling) -> NDArray[np.uint64] | None:
    random = draws(to, given, tiling.shape)
    return None if random is None else tiling.cut(random.reshape(tiling.shape))


def _asked(
    x: NDArray[Any],
    how: Quantizer,
    tensor: Number | None,
    random: NDArray[np.uint64] | None,
    rows: NDArray[np.intp],
    tiling: Tiling,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The specification's own blocks for rows of numbers, padded with zeros."""
    scales = np.zeros(len(rows), code_dtype(how.format.scale))
    elements = np.zeros((len(rows), how.format.size), code_dtype(how.format.element))
    masks = tiling.used()
    for i, row in enumerate(rows):
        used = masks[row]
        bits = None if random is None else [int(draw) for draw in random[row][used]]
        block = specification.quantize([as_exact(value) for value in x[row][used]], how, tensor, bits)
        scales[i], elements[i, used] = block.scale, block.elements
    return scales, elements


def _quantized(
    x: NDArray[Any],
    how: Quantizer,
    tensor: Number | None,
    by: Fraction,
    random: NDArray[np.uint64] | None,
    tiling: Tiling,
) -> tuple[NDArray[Any], NDArray[Any]]:
    format, practice = how.format, how.practice
    amax = _greatest(x, practice.specials, None if tiling.is_whole else tiling.used())
    choice = Choice(format, how.rule, practice.zero_block, practice.scale_overflow)
    if format.scale.width > WIDEST:
        return _asked(x, how, tensor, random, np.arange(len(x)), tiling)
    scales = scale_codes(amax, choice, by, narrow=x.dtype == np.float32)
    y, hard = _divided(x, scales, amax, how, by)
    if y is None:
        return _asked(x, how, tensor, random, np.arange(len(x)), tiling)
    poisoned = np.isnan(_scale_values(format.scale)[scales])
    if poisoned.any():
        y[poisoned] = 0
    if hard is not None:
        y[hard] = 0
    elements = encode(y, how.to, random).codes
    if poisoned.any():
        elements[poisoned] = format.filler
    if hard is not None and (rows := np.flatnonzero(hard)).size:
        scales[rows], elements[rows] = _asked(x, how, tensor, random, rows, tiling)
    return scales, elements


def _greatest(x: NDArray[Any], specials: str, used: NDArray[np.bool_] | None) -> NDArray[np.float64]:
    """The array form of ``greatest_magnitude``, one number a row, of those that are used."""
    magnitudes = np.abs(x)
    if specials == "ignore":
        finite = np.isfinite(magnitudes) if used is None else np.isfinite(magnitudes) & used
        if not finite.all():
            magnitudes = np.where(finite, magnitudes, -1)
    amax = magnitudes.max(axis=1).astype(np.float64)
    return np.where(np.isfinite(amax) & (amax >= 0), amax, np.nan)


@lru_cache(maxsize=64)
def _scale_values(scale: Format) -> NDArray[np.float64]:
    """The number of every code of a scale format."""
    values = numbers(np.arange(1 << scale.width, dtype=code_dtype(scale)), scale, BINARY64)
    values.setflags(write=False)
    return values


def _divided(
    x: NDArray[Any], scales: NDArray[Any], amax: NDArray[np.float64], how: Quantizer, by: Fraction
) -> tuple[NDArray[Any] | None, NDArray[np.bool_] | None]:
    """The data divided by the scales, so that each is encoded as the specification's quotient is; and which blocks are not."""
    product = _scale_values(how.format.scale)[scales] * float(by)
    if how.practice.division != "divide":
        return _divided_in_binary32(x, product, how.practice.division)
    nearest = how.to.rounding.name in TO_NEAREST or how.to.rounding.name == "toward_zero"
    special = ~np.isfinite(product) | (product <= 0)
    finite = np.where(special, 1, product)
    powers = bool((np.frexp(finite)[0] == 0.5).all())
    if not is_within_reach(how.format, by) or not (powers or _quotients_decide(how, by)):
        return None, None
    hard = _is_extreme(x, amax) if x.dtype == np.float64 else None
    # In binary32 a quotient may lose bits only far below the elements' least number, where it is as good as any other.
    quick = powers and nearest and x.dtype == np.float32 and exponents(how.to.format)[0] > -100
    if quick and (np.where(special, 0, amax) < 2.0**120 * finite).all() and (finite >= 2.0**-127).all():
        y: NDArray[Any] = x * (1 / finite).astype(np.float32)[:, None]
    else:
        y = x / finite[:, None]
    if special.any():
        zero = product == 0
        y[zero] = np.where(np.isnan(x[zero]), np.nan, np.copysign(0, x[zero]))
        for rows in (product == np.inf, product < 0):
            hard = rows if hard is None else hard | rows
    return y, hard


def _quotients_decide(how: Quantizer, by: Fraction) -> bool:
    """Whether binary64 quotients decide elements for every scale: the product of the scales has the bits of both at most."""
    scale = how.format.scale
    return decides(by * ((1 << significant(scale)) - 1), how.to.format, how.to.rounding.bits + 1 if how.to.rounding.bits else 0)


def is_within_reach(format: BlockFormat, by: Fraction) -> bool:
    """Whether no quotient of a number between 2**-600 and 2**600 by both scales comes near the ends of binary64."""
    ends = exponents(format.scale)
    return 600 + max(map(abs, ends)) + abs(floor_log2(by)) < 1000


def _is_extreme(x: NDArray[np.float64], amax: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """The blocks with a number near an end of binary64."""
    large = amax > 2.0**600
    magnitudes = np.abs(x)
    small = ((magnitudes < 2.0**-600) & (magnitudes > 0)).any(axis=1)
    return large | small if large.any() or small.any() else None


def _divided_in_binary32(
    x: NDArray[Any], product: NDArray[np.float64], division: str
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """The quotients of binary32; blocks with other numbers are the specification's, which refuses them."""
    narrow = x.astype(np.float32, copy=False)
    hard = None
    if x.dtype != np.float32:
        hard = ((narrow != x) & ~np.isnan(x)).any(axis=1)
    scale = product.astype(np.float32)[:, None]
    return narrow / scale if division == "divide_binary32" else narrow * (np.float32(1) / scale), hard


@np.errstate(all="ignore")
def values_of(blocks: Blocks) -> NDArray[np.float64]:
    """The values of the elements in binary64, exactly; ``ValueError`` where it does not hold them all."""
    format, tensor = blocks.format, blocks.tensor
    parts = [f for f in (format.element, format.scale, format.tensor) if f is not None]
    least, most = (sum(ends) for ends in zip(*map(exponents, parts), strict=True))
    if sum(map(significant, parts)) > 53 or least < -1074 or most + len(parts) > 1023:
        raise ValueError(f"binary64 does not hold every value of {format}; Blocks.block gives exact ones")
    tiling = blocks.tiling
    elements = decode(Array(tiling.cut(blocks.elements.codes), format.element))
    scales = decode(Array(tiling.cut_scales(blocks.scales.codes), format.scale))
    values = elements * scales[:, None]
    if tensor is not None:
        values *= _float(tensor.exact)
    return np.ascontiguousarray(tiling.join(values))


def _float(x: Exact) -> float:
    if isinstance(x, Special):
        return _SPECIAL.get(x, np.nan)
    assert isinstance(x, Fraction), "a format's numbers are rational"
    return float(x)


def dequantize(blocks: Blocks, to: Projection, draws: Any = None, *, flags: bool = False) -> Finished:
    """Every value in a format, rounded once; with ``flags`` a pair of codes and status flags."""
    return encode(values_of(blocks), to, draws, flags=flags)
