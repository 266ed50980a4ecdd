"""NVFP4 as its libraries compute it, on arrays: the names of ``refsim.spec.nvfp4``.

The models are sequences of operations in binary32, and the host's binary32 carries them out: each of its operations is the
specification's. Only minima are written with care for NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec import nvfp4 as specification
from ..spec.block_formats import BlockFormat
from ..spec.exact import Exact
from ..spec.formats import Number
from ..spec.nvfp4 import LEAST_NORMAL_SCALE, NVFP4, TO_ELEMENT, TO_SCALE
from ..spec.scales import BINARY32, least_scale
from .array import Array
from .blocks import Blocks
from .encode import as_exact, as_numbers, encode
from .host import check_host
from .tiling import Tiling

ONE, SIX, TOP, LARGEST = np.float32(1), np.float32(6), np.float32(2688), np.finfo(np.float32).max


class Coded(NamedTuple):
    """The tensor's scale, the codes of the blocks' scales, and the scaled numbers that become elements."""

    tensor: np.float32
    scales: NDArray[np.uint8]
    scaled: NDArray[np.float32]


def _scale_numbers(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    return Array(codes, NVFP4.scale).values().astype(np.float32)


def _greatest(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The greatest magnitude of each row; NaN where one is."""
    return np.asarray(np.abs(x).max(axis=1))


def _to_scale(x: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(encode(x, TO_SCALE).codes)


def encode_scale(amax: np.float32) -> np.float32:
    """The tensor's encoding scale."""
    found = min(TOP / amax, LARGEST)
    return ONE if amax == 0 or found == 0 else found


def transformer_engine(x: NDArray[np.float32], amax: np.float32) -> Coded:
    """The steps of ``refsim.spec.nvfp4.transformer_engine``."""
    s = encode_scale(amax)
    decoding = ONE / s
    # NumPy's minimum keeps a NaN, which makes the scale NaN, and then the scaled numbers.
    scales = _to_scale(np.minimum(_greatest(x) * (s * (ONE / SIX)), LARGEST))
    encoding = np.minimum(ONE / (_scale_numbers(scales) * decoding), LARGEST)
    return Coded(decoding, scales, x * encoding[:, None])


def _torchao(
    x: NDArray[np.float32],
    amax: np.float32,
    scaled: Callable[[NDArray[np.float32], np.float32, NDArray[np.float32]], NDArray[np.float32]],
) -> Coded:
    tensor = amax / TOP
    scales = _to_scale(np.maximum(_greatest(x) / SIX / tensor, np.float32(float(LEAST_NORMAL_SCALE))))
    return Coded(tensor, scales, scaled(x, tensor, _scale_numbers(scales)[:, None]))


def torchao(x: NDArray[np.float32], amax: np.float32) -> Coded:
    """The steps of ``refsim.spec.nvfp4.torchao``."""
    return _torchao(x, amax, lambda x, t, s: x / (t * s))


def torchao_reciprocal(x: NDArray[np.float32], amax: np.float32) -> Coded:
    """The steps of ``refsim.spec.nvfp4.torchao_reciprocal``."""
    return _torchao(x, amax, lambda x, t, s: x * ((ONE / t) / s))


def universal(x: NDArray[np.float32], tensor: np.float32) -> Coded:
    """The steps of ``refsim.spec.nvfp4.universal``."""
    divided = x / tensor if tensor else np.zeros_like(x)
    amax = np.fmax.reduce(np.abs(divided), axis=1, initial=np.float32(0))
    scales = _to_scale(amax / SIX)
    scales[(scales == 0) & (amax > 0)] = TO_SCALE(least_scale(NVFP4.scale)).code
    # Zeros times the reciprocal of a scale of zero are NaN, whose code is 0.
    return Coded(tensor, scales, divided * (ONE / _scale_numbers(scales))[:, None])


MODELS: dict[str, Callable[[NDArray[np.float32], np.float32], Coded]] = {
    model.__name__: model for model in (transformer_engine, torchao, torchao_reciprocal, universal)
}
"""The models by name: those of the specification."""


@np.errstate(all="ignore")
def nvfp4_quantize(model: str, values: Any, tensor: Exact | float, format: BlockFormat = NVFP4, axis: int = -1) -> Blocks:
    """An array of binary32 numbers in blocks of NVFP4 by a model: along an axis, or in tiles of the last two axes.

    ``tensor``: the greatest magnitude of the tensor; of ``universal`` the tensor's scale.
    """
    given, second = as_numbers(values), as_exact(tensor)
    tiling = Tiling(format, given.shape, axis)
    narrow = given.astype(np.float32) if given.dtype != object else given
    exact = given.dtype != object and bool(((narrow == given) | np.isnan(given)).all())
    x, used = tiling.cut(narrow if exact else given), tiling.used()
    # The first block is the specification's own: it says what is refused.
    first = [as_exact(value) for value in x[0][used[0]]] if len(x) else [Fraction(0)]
    coded = specification.nvfp4_quantize(model, first, second, format)
    if exact:
        check_host()
        found = MODELS[model](x, np.float32(np.array(BINARY32(second).code, np.uint32).view(np.float32)))
        scales, scaled = found.scales, found.scaled
        missing = np.isnan(scaled)
        scaled[missing] = 0
        elements = encode(scaled, TO_ELEMENT).codes
        elements[missing] = 0
    else:
        blocks = [
            specification.nvfp4_quantize(model, [as_exact(value) for value in row[mask]], second, format).block
            for row, mask in zip(x, used, strict=True)
        ]
        scales = np.array([block.scale for block in blocks], np.uint8)
        elements = np.zeros(x.shape, np.uint8)
        for i, block in enumerate(blocks):
            elements[i, used[i]] = block.elements
    return Blocks(
        Array(tiling.join_scales(scales), format.scale),
        Array(tiling.join(elements), format.element),
        format,
        Number(coded.tensor, BINARY32.format),
        axis,
    )
