"""ONNX's operators on floating-point numbers as layers: matrices, convolutions, normalizations, and what is on elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...spec.tensors import size
from ..layers.kind import Floats
from .attributes import WINDOW, Windowing, attributes, axis_of, check_sixth, image_size, need, per_channel, take, windowing
from .building import NONE, Building, Flow, is_flat
from .model import Operator, RefusedModel, shown

Translate = Callable[[Building, Operator], Flow]


def matrix(building: Building, operator: Operator, name: str, weights: Floats, bias: Floats | None) -> Flow:
    """A dense layer on a value; where that was transposed before it became flat, so are the columns of the weights."""
    flow = building.flow(operator, name)
    if flow.order is not None and flow.padding == NONE and len(flow.shape) == 1:
        if weights.shape[1:] == flow.order.shape:
            weights = np.ascontiguousarray(weights[:, np.argsort(flow.order)])
        flow = building.flat(operator, flow)
    else:
        flow = building.plain(operator, name)
    if not flow.shape or weights.ndim != 2 or weights.shape[1] != flow.shape[-1]:
        raise RefusedModel(f"{operator} multiplies samples of {shown(flow.shape)} by a matrix of {shown(weights.T.shape)}")
    roles = {"weights": weights} if bias is None else {"weights": weights, "bias": bias}
    return building.emit(operator, "dense", [flow], {"outputs": weights.shape[0], "bias": bias is not None}, roles)


def gemm(building: Building, operator: Operator) -> Flow:
    """``Gemm`` by constant weights: factors are multiplied into the weights and the bias."""
    given = attributes(operator, alpha=1.0, beta=1.0, transA=0, transB=0, broadcast=1)
    x, w, c = take(operator, 2, 3)
    need(operator, "transA", given["transA"], 0)
    weights = building.floats(operator, w, "weights")
    if weights.ndim != 2:
        raise RefusedModel(f"{operator} has weights of {shown(weights.shape)}; a matrix is needed")
    rows = weights if given["transB"] else weights.T
    bias = None
    if c:
        bias = building.floats(operator, c, "a bias")
        if bias.size not in {1, len(rows)} or bias.shape[-1:] not in {(), (1,), (len(rows),)}:
            raise RefusedModel(
                f"{operator} has a bias of {shown(bias.shape)}; supported is one number for each of {len(rows)} outputs"
            )
        bias = times(np.broadcast_to(bias.reshape(-1), len(rows)), given["beta"])
    return matrix(building, operator, x, times(rows, given["alpha"]), bias)


def times(x: Floats, factor: float) -> Floats:
    """An array of its own, multiplied by a factor in binary64 and rounded to its type."""
    return np.ascontiguousarray(x) if factor == 1 else (x.astype(np.float64) * factor).astype(x.dtype)


def matmul(building: Building, operator: Operator) -> Flow:
    """``MatMul`` by constant weights, along the last axis."""
    attributes(operator)
    x, w = take(operator, 2, 2)
    return matrix(building, operator, x, np.ascontiguousarray(building.floats(operator, w, "weights").T), None)


def convolution_options(window: Windowing, kernels: int, groups: int, bias: bool) -> dict[str, Any]:
    """The options of a convolution."""
    return {
        "kernels": kernels,
        "kernel": list(window.kernel),
        "stride": list(window.stride),
        "padding": list(window.padding),
        "dilation": list(window.dilation),
        "groups": groups,
        "bias": bias,
    }


def convolution_roles(building: Building, operator: Operator, w: str, b: str) -> dict[str, Floats]:
    """Weights of four axes, and a bias where there is one."""
    weights = building.floats(operator, w, "weights")
    if weights.ndim != 4:
        raise RefusedModel(f"{operator} has weights of {shown(weights.shape)}; supported are convolutions of images, of 4 axes")
    return {"weights": weights, "bias": building.floats(operator, b, "a bias")} if b else {"weights": weights}


def conv(building: Building, operator: Operator) -> Flow:
    """``Conv`` of images; a ``Pad`` before it becomes its padding."""
    given = attributes(operator, **WINDOW, group=1)
    x, w, b = take(operator, 2, 3)
    flow, roles = building.flow(operator, x), convolution_roles(building, operator, w, b)
    padded = flow.padding
    flow = unpadded(building, operator, x)
    lengths = [n + padded[2 * i] + padded[2 * i + 1] for i, n in enumerate(image_size(operator, flow.shape))]
    window = windowing(operator, given, lengths, roles["weights"].shape[2:])
    window = window._replace(padding=added(window.padding, padded))
    return building.emit(
        operator, "conv2d", [flow], convolution_options(window, len(roles["weights"]), given["group"], bool(b)), roles
    )


def unpadded(building: Building, operator: Operator, name: str) -> Flow:
    """A value without the zeros around it, which the caller takes over."""
    flow = building.flow(operator, name)
    if flow.padding != NONE and flow.order is None:
        return Flow(flow.layer, flow.shape)
    return building.plain(operator, name)


def added(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Two paddings together."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]


def conv_transpose(building: Building, operator: Operator) -> Flow:
    """``ConvTranspose`` of images."""
    given = attributes(operator, **WINDOW, group=1, output_padding=None, output_shape=None)
    x, w, b = take(operator, 2, 3)
    flow, roles = building.plain(operator, x), convolution_roles(building, operator, w, b)
    need(operator, "auto_pad", given["auto_pad"], "NOTSET", "VALID")
    need(operator, "output_shape", given["output_shape"], None)
    window = windowing(operator, given, image_size(operator, flow.shape), roles["weights"].shape[2:])
    extra = given["output_padding"] or [0, 0]
    if len(extra) != 2 or min(extra) < 0:
        raise RefusedModel(f"{operator} has output_padding {list(extra)}; supported are 2 numbers that are not negative")
    kernels = roles["weights"].shape[1] * given["group"]
    options = {**convolution_options(window, kernels, given["group"], bool(b)), "output_padding": list(extra)}
    return building.emit(operator, "conv_transpose2d", [flow], options, roles)


def batch_normalization(building: Building, operator: Operator) -> Flow:
    """``BatchNormalization`` by running statistics. ONNX's momentum is the weight of the old ones, ours that of the new."""
    given = attributes(operator, epsilon=1e-5, momentum=0.9, training_mode=0, spatial=1, is_test=1)
    need(operator, "training_mode", given["training_mode"], 0)
    need(operator, "spatial", given["spatial"], 1)
    x, *names = take(operator, 5, 5)
    roles = zip(("scale", "shift", "mean", "variance"), names, strict=True)
    parameters = {role: building.floats(operator, name, role) for role, name in roles}
    if (parameters["variance"] < 0).any():
        raise RefusedModel(f"{operator} has a negative variance")
    options = {"epsilon": given["epsilon"], "momentum": round(1 - given["momentum"], 7)}
    return building.emit(operator, "batch_norm", [building.plain(operator, x)], options, parameters)


def by_element(kind: str, **options: Any) -> Translate:
    """An operator on elements that has no attributes; a value that waits to become flat goes on waiting."""

    def translate(building: Building, operator: Operator) -> Flow:
        attributes(operator)
        return on_elements(building, operator, take(operator, 1, 1)[0], kind, options)

    return translate


def on_elements(building: Building, operator: Operator, name: str, kind: str, options: Mapping[str, Any]) -> Flow:
    """A layer that computes each element by itself."""
    flow = building.flow(operator, name)
    if flow.padding != NONE or is_flat(flow):
        flow = building.plain(operator, name)
    made = building.emit(operator, kind, [flow], options)
    return made if flow.order is None else Flow(made.layer, flow.shape, flow.order)


def clip(building: Building, operator: Operator) -> Flow:
    """``Clip`` to the ranges that are activation functions."""
    given = attributes(operator, min=None, max=None)
    x, low, high = take(operator, 1, 3)
    limits = []
    for role, name in (("min", low), ("max", high)):
        value = building.constant(operator, name, role) if name else given[role]
        if value is not None and np.size(value) != 1:
            raise RefusedModel(f"{operator} has {role} of {np.size(value)} numbers; one is needed")
        limits.append(None if value is None or np.abs(value) >= np.finfo(np.float32).max else float(np.reshape(value, ())))
    kinds: dict[tuple[float | None, ...], str] = {(0.0, 6.0): "relu6", (-1.0, 1.0): "hard_tanh", (0.0, None): "relu"}
    if tuple(limits) not in kinds:
        known = ", ".join(f"{kind} ({a} to {b})" for (a, b), kind in kinds.items())
        raise RefusedModel(f"{operator} clips from {limits[0]} to {limits[1]}; supported are {known}")
    return on_elements(building, operator, x, kinds[tuple(limits)], {})


def leaky_relu(building: Building, operator: Operator) -> Flow:
    """``LeakyRelu``."""
    slope = attributes(operator, alpha=0.01)["alpha"]
    return on_elements(building, operator, take(operator, 1, 1)[0], "leaky_relu", {"slope": slope})


def hard_sigmoid(building: Building, operator: Operator) -> Flow:
    """``HardSigmoid`` of slope 1/6: the one that is relu6(x + 3) / 6."""
    check_sixth(operator)
    return on_elements(building, operator, take(operator, 1, 1)[0], "hard_sigmoid", {})


def softmax(building: Building, operator: Operator) -> Flow:
    """``Softmax`` along the axis of the channels."""
    axis = attributes(operator, axis=1 if operator.version < 13 else -1)["axis"]
    flow = building.plain(operator, take(operator, 1, 1)[0])
    axes = len(flow.shape) + 1
    # Before version 13 the axis was the first of all that are taken together.
    if axis_of(operator, axis, axes) != 1 or (operator.version < 13 and size(flow.shape) != flow.shape[0]):
        raise RefusedModel(
            f"{operator} is along axis {axis} of {axes}; supported are the elements of vectors or the channels, axis 1"
        )
    return building.emit(operator, "softmax", [flow])


def identity(building: Building, operator: Operator) -> Flow:
    """A value as it is."""
    attributes(operator)
    return building.flow(operator, take(operator, 1, 1)[0])


def dropout(building: Building, operator: Operator) -> Flow:
    """``Dropout`` of a trained network: the value as it is."""
    attributes(operator, ratio=0.5, seed=0, is_test=1)
    x, _, mode = take(operator, 1, 3)
    if mode and building.constant(operator, mode, "a mode").any():
        raise RefusedModel(f"{operator} is in training mode; supported is a trained network")
    return building.flow(operator, x)


def arithmetic(building: Building, operator: Operator) -> Flow:
    """``Add`` of two results, and ``Add``, ``Sub``, ``Mul``, ``Div`` with a constant for each channel: a bias of the layer
    before, or a batch normalization that has nothing to normalize."""
    axis = attributes(operator, axis=None, broadcast=1)["axis"]
    names = take(operator, 2, 2)
    first, second = (building.values[name] for name in names)
    if isinstance(first, Flow) and isinstance(second, Flow):
        if operator.type != "Add":
            raise RefusedModel(f"{operator} is on two results; supported is Add")
        return joined(building, operator, names, "add")
    constant_first = not isinstance(first, Flow)
    if constant_first and operator.type in {"Sub", "Div"}:
        raise RefusedModel(f"{operator} has a constant on the left; supported is one on the right")
    name, other = (names[1], names[0]) if constant_first else (names[0], names[1])
    value, flow = building.floats(operator, other, "a constant"), building.flow(operator, name)
    if axis is not None:  # Before version 7 it said with which axis the constant begins.
        begin = axis_of(operator, axis, len(flow.shape) + 1)
        value = value.reshape(*value.shape, *(1,) * (len(flow.shape) + 1 - begin - value.ndim))
    if operator.type in {"Add", "Sub"} and flow.order is None:
        found = building.with_bias(flow, name, value if operator.type == "Add" else -value)
        if found is not None:
            return found
    numbers = per_channel(operator, flow.shape, value)
    if operator.type == "Div" and not numbers.all():
        raise RefusedModel(f"{operator} divides by zero")
    if operator.type in {"Add", "Sub"}:
        shift = numbers if operator.type == "Add" else -numbers
        return scaled(building, operator, name, np.ones_like(shift), shift)
    scale = numbers if operator.type == "Mul" else (1 / numbers.astype(np.float64)).astype(numbers.dtype)
    return scaled(building, operator, name, scale, np.zeros_like(scale))


def scaled(building: Building, operator: Operator, name: str, scale: Floats, shift: Floats) -> Flow:
    """Each channel by a factor, with a summand: a batch normalization of mean 0 and variance 1."""
    flow = building.plain(operator, name)
    count = flow.shape[:1]
    roles = {"scale": np.broadcast_to(scale, count).copy(), "shift": np.broadcast_to(shift, count).copy()}
    fixed = {"mean": np.zeros_like(roles["scale"]), "variance": np.ones_like(roles["scale"])}
    return building.emit(operator, "batch_norm", [flow], {"epsilon": 0.0}, {**roles, **fixed})


def joined(building: Building, operator: Operator, names: list[str], kind: str) -> Flow:
    """Layers' results of one shape together; the same reshaped values stay so."""
    flows = [building.plain(operator, name) for name in names]
    if kind == "add" and len({flow.shape for flow in flows}) != 1:
        raise RefusedModel(
            f"{operator} adds samples of {' and '.join(shown(f.shape) for f in flows)}; supported are equal ones"
        )
    found = flows[0]
    if kind == "concat":
        return building.emit(operator, kind, flows)
    for other in flows[1:]:
        found = building.emit(operator, kind, [found, other])
    return found
