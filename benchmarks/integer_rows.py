"""The rows of affine quantization and requantization, beside ONNX Runtime and what one writes in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import data
import numpy as np
from numpy.typing import NDArray
from peers import as_float64, as_they_are, numbers_of, onnx, onnxruntime
from records import Row, Way

from refsim import Array, engine, get_format

INT8 = get_format("int8")
MULTIPLIER, SHIFT, ZERO = 0x6A09E667, -11, 3
SCALE = np.float32(0.37)
FLOAT_SCALE = int(np.float32(4e-4).view(np.uint32))


def integer_rows() -> Iterator[Row]:
    """int32 to int8 by every kind of model, per tensor and per channel; binary32 to int8 and back."""
    for model, multiplier, shift, plain in (
        ("gemmlowp", MULTIPLIER, SHIFT, twice),
        ("tflite_single", MULTIPLIER, SHIFT, once),
        ("tosa_32_double", MULTIPLIER, 31 - SHIFT, twice),
        ("float_scale", FLOAT_SCALE, 0, scaled),
    ):
        yield Row(f"requantize/{model}", accumulators, requantized(model, multiplier, shift), (in_numpy(plain),))
    yield Row("requantize/gemmlowp-per-channel", channels, requantized_channels(), (channels_in_numpy(),))
    for model, rounding in (("onnx", np.rint), ("tflite", away), ("pytorch", None)):
        others = (onnx_runtime("QuantizeLinear", SCALE, np.int8(ZERO)),) if model == "onnx" else ()
        yield Row(f"quantize/{model}", drawn, quantized(model), (quantized_in_numpy(rounding), *others))
    others = (dequantized_in_numpy(), onnx_runtime("DequantizeLinear", SCALE, np.int8(ZERO)))
    yield Row("dequantize/onnx", codes, dequantized(), others)


def accumulators(size: int) -> tuple[NDArray[Any]]:
    """Sums of products, as a layer makes them."""
    return (np.random.default_rng(data.SEED).integers(-(1 << 19), 1 << 19, size).astype(np.int32),)


def channels(size: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Accumulators in 64 columns, with a multiplier and a shift for each."""
    rng = np.random.default_rng(data.SEED)
    columns = 64 if size % 64 == 0 else 1
    (acc,) = accumulators(size)
    return acc.reshape(-1, columns), rng.integers(1 << 30, 1 << 31, columns), rng.integers(-12, -8, columns)


def drawn(size: int) -> tuple[NDArray[Any]]:
    """Normally distributed activations."""
    return ((np.random.default_rng(data.SEED).standard_normal(size) * 20).astype(np.float32),)


def codes(size: int) -> tuple[NDArray[Any]]:
    """Integers of 8 bits."""
    return (np.random.default_rng(data.SEED).integers(-128, 128, size).astype(np.int8),)


def requantized(model: str, multiplier: int, shift: int) -> Way:
    """Codes of one scale for all."""
    return Way(
        "refsim", as_they_are, lambda x: engine.requantize(model, x, multiplier, shift, ZERO, INT8), lambda y: y.values()
    )


def requantized_channels() -> Way:
    """Codes of a scale for each column."""
    return Way(
        "refsim",
        as_they_are,
        lambda x, m, s: engine.requantize("gemmlowp", x, m, s, ZERO, INT8),
        lambda y: y.values().reshape(-1),
    )


def twice(x: NDArray[Any], m: Any = MULTIPLIER, s: Any = SHIFT) -> NDArray[Any]:
    """gemmlowp's two roundings."""
    high = (x.astype(np.int64) * m + (1 << 30)) >> 31
    mask = (1 << -s) - 1
    return (high >> -s) + ((high & mask) > (mask >> 1) + (high < 0))


def once(x: NDArray[Any]) -> NDArray[Any]:
    """One rounding."""
    return (x.astype(np.int64) * MULTIPLIER + (1 << 30 - SHIFT)) >> 31 - SHIFT


def scaled(x: NDArray[Any]) -> NDArray[Any]:
    """binary32."""
    return np.rint(x.astype(np.float32) * np.uint32(FLOAT_SCALE).view(np.float32))


def in_numpy(plain: Callable[[NDArray[Any]], NDArray[Any]]) -> Way:
    """What one writes in NumPy."""
    return Way("numpy", as_they_are, lambda x: np.clip(plain(x) + ZERO, -128, 127).astype(np.int8), as_float64)


def channels_in_numpy() -> Way:
    """The same with columns."""

    def work(x: NDArray[Any], m: NDArray[Any], s: NDArray[Any]) -> NDArray[np.int8]:
        return np.clip(twice(x, m, s) + ZERO, -128, 127).astype(np.int8)

    return Way("numpy", as_they_are, work, lambda y: as_float64(y).reshape(-1))


def away(x: NDArray[Any]) -> NDArray[Any]:
    """C's round, in binary64."""
    wide = x.astype(np.float64)
    return np.copysign(np.floor(np.abs(wide) + 0.5), wide)


def quantized(model: str) -> Way:
    """Codes of a library's model."""
    return Way("refsim", as_they_are, lambda x: engine.quantize_as(model, x, SCALE, ZERO, INT8), lambda y: y.values())


def quantized_in_numpy(rounding: Callable[[NDArray[Any]], NDArray[Any]] | None) -> Way:
    """What one writes in NumPy; without a rounding by the reciprocal."""

    def work(x: NDArray[Any]) -> NDArray[np.int8]:
        whole = rounding(x / SCALE) if rounding else np.rint(x * (np.float32(1) / SCALE))
        return np.clip(whole + ZERO, -128, 127).astype(np.int8)

    return Way("numpy", as_they_are, work, as_float64)


def dequantized() -> Way:
    """Codes to binary32."""
    return Way(
        "refsim",
        lambda q: (Array(q.view(np.uint8), INT8),),
        lambda q: engine.dequantize_as("onnx", q, SCALE, ZERO),
        numbers_of_single,
    )


def numbers_of_single(y: Array) -> NDArray[np.float64]:
    """The numbers of binary32 codes."""
    return numbers_of(y.format)(y.codes)


def dequantized_in_numpy() -> Way:
    """What one writes in NumPy."""
    return Way("numpy", as_they_are, lambda q: (q.astype(np.int32) - ZERO).astype(np.float32) * SCALE, as_float64)


def onnx_runtime(operator: str, *parameters: Any) -> Way:
    """A model of one node, on one thread for each core, as ONNX Runtime runs it by default."""

    def prepare(x: NDArray[Any]) -> tuple[Any, dict[str, Any]]:
        return session(operator, x.dtype.name), {"x": x, "scale": np.asarray(parameters[0]), "zero": np.asarray(parameters[1])}

    return Way("onnxruntime", prepare, lambda model, given: model.run(None, given)[0], as_float64)


def session(operator: str, kind: str) -> Any:
    """A session of such a model; ``kind`` is the type of its input."""
    helper = onnx.onnx.helper
    types = {"float32": 1, "int8": 3}
    node = helper.make_node(operator, ["x", "scale", "zero"], ["y"])
    inputs = (("x", kind), ("scale", "float32"), ("zero", "int8"))
    described = [helper.make_tensor_value_info(name, types[of], None) for name, of in inputs]
    result = helper.make_tensor_value_info("y", types["int8" if kind == "float32" else "float32"], None)
    graph = helper.make_graph([node], operator, described, [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
