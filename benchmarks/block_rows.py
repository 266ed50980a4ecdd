"""The rows of block formats: quantizing binary32, back to binary64, NVFP4 in binary32, and dot products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import data
import numpy as np
import peers
from numpy.typing import NDArray
from peers import as_float64, as_they_are, gfloat, gfloat_format, gfloat_formats, verifloat
from records import Claim, Goal, Row, Way

from refsim import Projection
from refsim.engine import block_dots, blocks, nvfp4
from refsim.spec.block_formats import get_block_format
from refsim.spec.blocks import Quantizer

FIVE_TIMES = Goal("ratio", 5)
ROW = 1024


def block_rows() -> Iterator[Row]:
    """Every row of blocks."""
    for name in ("mxfp8_e4m3", "mxfp8_e5m2", "mxfp4"):
        ways = (gfloat_quantize(name), verifloat_quantize(name), peers.copy(5))
        yield Row(f"blocks/quantize/{name}", drawn, quantize(name, "gfloat"), ways)
    yield Row("blocks/quantize/mxfp8_e4m3/torchao_rceil", drawn, quantize("mxfp8_e4m3", "torchao_rceil"), (peers.copy(5),))
    yield Row("blocks/quantize/nvfp4/transformer_engine", drawn, model("transformer_engine"), (numpy_model(),))
    yield Row("blocks/values/mxfp8_e4m3", drawn, values("mxfp8_e4m3"), (gfloat_values("mxfp8_e4m3"), peers.copy(9)))
    yield Row("blocks/dot/mxfp8_e4m3", drawn, dots("mxfp8_e4m3"))


def drawn(size: int) -> tuple[NDArray[np.float32]]:
    """Normally distributed numbers in rows, each row on a scale of its own, one after the other."""
    rows = max(size // ROW, 1)
    random = np.random.default_rng(data.SEED)
    found = random.standard_normal((rows, min(size, ROW))) * np.exp2(random.integers(-20, 20, (rows, 1)))
    return (found.astype(np.float32).reshape(-1),)


def quantizer(name: str, practice: str) -> Quantizer:
    """Elements to nearest, saturating."""
    format = get_block_format(name)
    return Quantizer(format, Projection(format.element, "ties_to_even", "saturate"), practice)


def quantize(name: str, practice: str) -> Way:
    """Scales and elements."""
    how = quantizer(name, practice)
    return Way("refsim", as_they_are, lambda x: blocks.quantize(x, how), lambda found: found.values())


def gfloat_quantize(name: str) -> Way:
    """gfloat quantizes a block a call; its array functions do the same with a scale for each row, found in NumPy."""

    def work(x: NDArray[np.float32]) -> Any:
        info = gfloat_format(get_block_format(name).element)
        each = x.reshape(-1, 32)
        exponents = np.floor(np.log2(np.abs(each).max(axis=1).astype(np.float64))) - info.emax
        scales = 2.0 ** np.clip(exponents, -127, 127)
        rounded = gfloat.round_ndarray(info, each / scales[:, None], gfloat.RoundMode.TiesToEven, sat=True)
        return gfloat.encode_ndarray(gfloat_formats.format_info_ocp_e8m0, scales), gfloat.encode_ndarray(info, rounded), x.shape

    return Way("gfloat", as_they_are, work, lambda found: gfloat_numbers(name, found), goal=FIVE_TIMES)


def gfloat_numbers(name: str, found: Any) -> NDArray[np.float64]:
    """The values of gfloat's codes."""
    scales, elements, shape = found
    numbers = gfloat.decode_ndarray(gfloat_format(get_block_format(name).element), elements)
    return np.asarray(numbers * gfloat.decode_ndarray(gfloat_formats.format_info_ocp_e8m0, scales)[:, None]).reshape(shape)


def verifloat_quantize(name: str) -> Way:
    """VeriFloat's own recipe, number by number."""

    def work(x: NDArray[np.float32]) -> Any:
        to = Projection(get_block_format(name).element, "ties_to_even", "saturate")
        element = peers.verifloat_format(to.format, to)
        return verifloat.BlockTensor.quantize(x, verifloat.BlockFormat(element, 32, verifloat.UE8M0))

    return Way(
        "verifloat", as_they_are, work, lambda found: as_float64(found.to_float()), Claim.OTHER, "its own rule of the scale"
    )


def model(name: str) -> Way:
    """NVFP4 by a model, with the tensor's greatest magnitude."""
    return Way(
        "refsim", as_they_are, lambda x: nvfp4.nvfp4_quantize(name, x, float(np.abs(x).max())), lambda found: found.values()
    )


def numpy_model() -> Way:
    """Transformer Engine's reference in NumPy with the casts of ml_dtypes."""

    def work(x: NDArray[np.float32]) -> Any:
        f, each = np.float32, x.reshape(-1, 16)
        encoding = min(f(2688) / np.abs(x).max(), np.finfo(f).max)
        block = np.minimum(np.abs(each).max(axis=1) * (encoding * (f(1) / f(6))), f(448))
        scales = block.astype(peers.ml_dtypes.float8_e4m3fn)
        with np.errstate(divide="ignore"):
            by = np.minimum(f(1) / (scales.astype(f) * (f(1) / encoding)), np.finfo(f).max)
        elements = np.clip(each * by[:, None], -6, 6).astype(peers.ml_dtypes.float4_e2m1fn)
        return scales, elements, f(1) / encoding, x.shape

    def numbers(found: Any) -> NDArray[np.float64]:
        scales, elements, tensor, shape = found
        return (as_float64(elements) * as_float64(scales)[:, None] * np.float64(tensor)).reshape(shape)

    return Way("ml_dtypes", as_they_are, work, numbers)


def values(name: str) -> Way:
    """Blocks to binary64."""
    how = quantizer(name, "gfloat")
    return Way("refsim", lambda x: (blocks.quantize(x, how),), blocks.values_of, as_float64)


def gfloat_values(name: str) -> Way:
    """gfloat's codes to binary64."""
    way = gfloat_quantize(name)
    return Way("gfloat", lambda x: (way.work(x),), lambda found: gfloat_numbers(name, found), as_float64)


def dots(name: str) -> Way:
    """Dot products of blocks with themselves, to binary32."""
    how, to = quantizer(name, "gfloat"), Projection("binary32", "ties_to_even", "infinity")

    def prepare(x: NDArray[np.float32]) -> tuple[Any, ...]:
        found = blocks.quantize(x, how)
        return found, found

    return Way("refsim", prepare, lambda x, y: block_dots.block_dot(x, y, to), lambda found: found.values())
