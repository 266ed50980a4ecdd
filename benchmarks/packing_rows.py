"""The rows of packing: codes into the bytes of a memory, and out of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import bitstring
import data
import numpy as np
import peers
from numpy.typing import NDArray
from peers import as_float64
from records import Row, Way

import refsim
from refsim.spec.packing import LSB_FIRST, Packing, get_packing

BIT_ORDERS = {"lsb_first": "little", "msb_first": "big"}
FEW = 1 << 14
"""Elements for a library that takes them one by one."""
LAYOUTS = (
    *(("float4_e2m1fn", name) for name in ("lsb_first", "msb_first")),
    *(("float6_e2m3fn", name) for name in ("lsb_first", "msb_first", "lsb_first:32:little:whole")),
    *(("uint12", "lsb_first"), ("q2.8", "lsb_first"), ("uint1", "lsb_first")),
)


def packing() -> Iterator[Row]:
    """Packing and unpacking of narrow codes, and of few beside a library that works bit by bit."""
    for name, order in LAYOUTS:
        layout = get_packing(order, refsim.get_format(name).width)
        others = tuple(ways(layout))
        source = partial(data.codes, refsim.get_format(name)) if name != "uint1" else one_bit
        yield Row(f"pack/{name}/{order}", source, refsim_pack(layout), tuple(pair[0] for pair in others))
        yield Row(f"unpack/{name}/{order}", source, refsim_unpack(layout), tuple(pair[1] for pair in others))
    layout = get_packing("msb_first", 6)
    source = partial(data.codes, refsim.get_format("float6_e2m3fn"))
    yield Row("pack/float6_e2m3fn/few", source, refsim_pack(layout), (bitstring_pack(6),), FEW)
    yield Row("unpack/float6_e2m3fn/few", source, refsim_unpack(layout), (bitstring_unpack(6),), FEW)


def one_bit(size: int) -> tuple[refsim.Array]:
    """Codes of one bit."""
    codes = np.random.default_rng(data.SEED).integers(0, 2, size, dtype=np.uint8)
    return (refsim.Array(codes, refsim.get_format("uint1")),)


def refsim_pack(layout: Packing) -> Way:
    """Codes to bytes."""
    return Way("refsim", peers.as_they_are, lambda x: refsim.engine.pack(x, layout), as_float64)


def refsim_unpack(layout: Packing) -> Way:
    """Bytes to codes."""
    return Way("refsim", partial(image_and_count, layout), lambda b, n: refsim.engine.unpack(b, n, layout), as_float64)


def image_and_count(layout: Packing, x: refsim.Array) -> tuple[Any, ...]:
    """The image of codes, and how many they are."""
    return refsim.engine.pack(x, layout), len(x)


def ways(layout: Packing) -> Iterator[tuple[Way, Way]]:
    """The peers' ways to pack and to unpack, in pairs."""
    if not layout.straddle:
        return
    if layout.width <= 8:
        yield numpy_pack(layout), numpy_unpack(layout)
    if layout.order == LSB_FIRST and layout.width in (4, 6):
        yield onnx_pack(layout.width), onnx_unpack(layout.width)


def bytes_of(x: refsim.Array) -> tuple[NDArray[Any]]:
    """The codes, as ONNX and NumPy take them."""
    return (x.codes,)


def numpy_pack(layout: Packing) -> Way:
    """The bits of each byte, those of the code, and bytes of them: NumPy's idiom."""
    order, width = BIT_ORDERS[layout.order], layout.width
    kept = slice(0, width) if order == "little" else slice(8 - width, 8)

    def work(codes: NDArray[np.uint8]) -> Any:
        if width == 1:
            return np.packbits(codes, bitorder=order)
        return np.packbits(np.unpackbits(codes[:, None], axis=1, bitorder=order)[:, kept], bitorder=order)

    return Way("numpy", bytes_of, work, as_float64)


def numpy_unpack(layout: Packing) -> Way:
    """The way back: the bits of the image, in rows, filled up to bytes."""
    order, width = BIT_ORDERS[layout.order], layout.width

    def work(image: NDArray[np.uint8], count: int) -> Any:
        bits = np.unpackbits(image, count=count * width, bitorder=order)
        if width == 1:
            return bits
        filled = np.zeros((count, 8), np.uint8)
        filled[:, slice(0, width) if order == "little" else slice(8 - width, 8)] = bits.reshape(count, width)
        return np.packbits(filled, bitorder=order)

    return Way("numpy", partial(image_and_count, layout), work, as_float64)


def onnx_pack(width: int) -> Way:
    """What ONNX stores 4-bit and 6-bit tensors with."""
    return Way(
        "onnx", bytes_of, lambda codes: getattr(peers.onnx, {4: "_pack_4bitx2", 6: "_pack_6bit"}[width])(codes), as_float64
    )


def onnx_unpack(width: int) -> Way:
    """What ONNX reads them with."""

    def work(image: NDArray[np.uint8], count: int) -> Any:
        return getattr(peers.onnx, {4: "_unpack_4bit", 6: "_unpack_6bit"}[width])(image, [count])

    return Way("onnx", partial(image_and_count, get_packing("lsb_first", width)), work, as_float64)


def bitstring_pack(width: int) -> Way:
    """An array of unsigned integers, as bytes."""

    def work(codes: list[int]) -> bytes:
        return bitstring.Array(f"uint{width}", codes).to_bytes()

    return Way("bitstring", lambda x: (x.codes.tolist(),), work, lambda found: as_float64(np.frombuffer(found, np.uint8)))


def bitstring_unpack(width: int) -> Way:
    """The list of an array over bytes."""

    def work(image: bytes, count: int) -> Any:
        return bitstring.Array.from_bytes(f"uint{width}", image).to_list()[:count]

    layout = get_packing("msb_first", width)
    return Way("bitstring", lambda x: (refsim.engine.pack(x, layout).tobytes(), len(x)), work, as_float64)
