"""ONNX's operators that choose, move or compute single codes, of integers and of the binary32 numbers between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...engine.array import Array
from ...spec.convolutions import Window
from ...spec.layers import Elementwise
from ...spec.moves import Concat, Pad, Reshape, Transpose, Upsample
from ...spec.pooling import MaxPool
from ...spec.projection import Projection
from ...spec.softmax import RealSoftmax
from .attributes import (
    WINDOW,
    attributes,
    check_sixth,
    image_size,
    need,
    per_channel,
    reshaped,
    squeezed,
    take,
    windowing,
)
from .coding import Codes, Coding, coded, element_of_codes
from .constants import Constant, integers
from .integer_joins import sample_axis
from .integer_operators import Translate
from .model import ELEMENTS, Operator, RefusedModel, element_of
from .resizing import whole_factors

BINARY32 = Projection("binary32", "ties_to_even", "infinity")


def kept(flow: Codes) -> Projection:
    """The projection of an operation that chooses among codes of a format, which rounds nothing."""
    return Projection(flow.format, "ties_to_even", "infinity" if flow.format.name.startswith("binary") else "saturate")


def max_pool(coding: Coding, operator: Operator) -> Codes:
    """``MaxPool`` without indices."""
    given = attributes(operator, **WINDOW, ceil_mode=0, storage_order=0)
    need(operator, "storage_order", given["storage_order"], 0)
    flow = coding.codes(operator, take(operator, 1, 1)[0])
    how = windowing(operator, given, image_size(operator, flow.shape))
    window = Window(how.stride, how.padding, how.dilation)
    return coding.emit(operator, MaxPool("maximum", how.kernel, window, bool(given["ceil_mode"])), [flow])


def shaped(coding: Coding, operator: Operator, flow: Codes, shape: Sequence[int]) -> Codes:
    """A value in another shape; as it is where that is its own."""
    return flow if tuple(shape) == flow.shape else coding.emit(operator, Reshape(tuple(shape)), [flow])


def flatten(coding: Coding, operator: Operator) -> Codes:
    """``Flatten`` of all axes of a sample."""
    axis = attributes(operator, axis=1)["axis"]
    flow = coding.codes(operator, take(operator, 1, 1)[0])
    if axis not in {1, -len(flow.shape)}:
        raise RefusedModel(f"{operator} is at axis {axis}; supported is 1, which keeps the axis of samples")
    return shaped(coding, operator, flow, [int(np.prod(flow.shape))])


def reshape(coding: Coding, operator: Operator) -> Codes:
    """``Reshape`` by a constant, within samples."""
    given = attributes(operator, shape=None, allowzero=0)
    x, target = take(operator, 1, 2)
    flow = coding.codes(operator, x)
    wanted = integers(operator, coding.constant(operator, target, "a shape") if target else given["shape"], "shape")
    if given["allowzero"]:
        need(operator, "allowzero with a zero in the shape", 0 in wanted, False)
    batch = (coding.graph.input.shape or (None,))[0]
    return shaped(coding, operator, flow, reshaped(operator, flow.shape, wanted, batch))


def squeeze(coding: Coding, operator: Operator) -> Codes:
    """``Squeeze`` and ``Unsqueeze`` of axes of samples."""
    given = attributes(operator, axes=None)["axes"]
    x, axes = take(operator, 1, 2)
    flow = coding.codes(operator, x)
    numbers = integers(operator, coding.constant(operator, axes, "axes") if axes else given, "axes")
    return shaped(coding, operator, flow, squeezed(operator, flow.shape, numbers))


def transpose(coding: Coding, operator: Operator) -> Codes:
    """``Transpose`` within samples."""
    perm = attributes(operator, perm=None)["perm"]
    flow = coding.codes(operator, take(operator, 1, 1)[0])
    if perm is None or sorted(perm) != list(range(len(flow.shape) + 1)) or perm[0]:
        raise RefusedModel(f"{operator} has perm {perm}; supported is one that leaves the axis of samples first")
    return coding.emit(operator, Transpose(tuple(n - 1 for n in perm[1:])), [flow])


def concat(coding: Coding, operator: Operator) -> Codes:
    """``Concat`` of codes of one format, within samples."""
    axis = attributes(operator, axis=1)["axis"]
    flows = [coding.codes(operator, name) for name in take(operator, 1, max(len(operator.inputs), 1))]
    return coding.emit(operator, Concat(sample_axis(operator, axis, flows[0])), flows)


def pad(coding: Coding, operator: Operator) -> Codes:
    """``Pad`` by a constant, within samples."""
    given = attributes(operator, mode="constant", pads=None, value=0.0)
    x, pads, value, axes = take(operator, 1, 4)
    need(operator, "mode", given["mode"], "constant")
    need(operator, "axes", axes, "")
    flow = coding.codes(operator, x)
    numbers = integers(operator, coding.constant(operator, pads, "pads") if pads else given["pads"], "pads")
    count = len(flow.shape) + 1
    if len(numbers) != 2 * count or min(numbers) < 0 or numbers[0] or numbers[count]:
        raise RefusedModel(f"{operator} has pads {numbers}; supported are those of samples that add something")
    element = element_of_codes(flow, operator)
    outside = coding.constant(operator, value, "a value", element.name) if value else np.array(given["value"], element)
    code = int(coded(outside.reshape(-1), operator).codes[0])
    return coding.emit(operator, Pad(tuple(numbers[1:count]), tuple(numbers[count + 1 :]), code), [flow])


def resize(coding: Coding, operator: Operator) -> Codes:
    """``Resize`` and ``Upsample`` to the nearest neighbour."""
    flow = coding.codes(operator, operator.inputs[0])
    factor = whole_factors(operator, flow.shape, lambda name, what: coding.constant(operator, name, what))
    return coding.emit(operator, Upsample(factor), [flow])


def elementwise(operation: str) -> Translate:
    """An operation on each element of binary32 numbers, rounded once, with two results or a result and a constant."""

    def translate(coding: Coding, operator: Operator) -> Codes:
        attributes(operator)
        names = take(operator, 1, 2)
        flows, parameters = operands(coding, operator, [name for name in names if name], "binary32")
        return coding.emit(operator, Elementwise(operation, BINARY32), flows, parameters)

    return translate


def operands(coding: Coding, operator: Operator, names: Sequence[str], *formats: str) -> tuple[list[Codes], dict[str, Array]]:
    """The operands of an operation: layers' results, and constants that are one for all or one for each channel."""
    flows, parameters = [], {}
    first = next((value for name in names if isinstance(value := coding.values[name], Codes)), None)
    for role, name in zip("ab", names, strict=False):
        if isinstance(coding.values[name], Codes) or first is None:
            flows.append(coding.codes(operator, name, *formats))
        else:
            value = coding.constant(operator, name, "a constant", element_of_codes(first, operator).name)
            parameters[role] = coded(per_channel(operator, first.shape, value), operator)
    return flows, parameters


def chosen(coding: Coding, operator: Operator, flow: Codes, limits: Mapping[str, Constant]) -> Codes:
    """The greater or lesser of each code and limits, in order."""
    for number, (operation, limit) in enumerate(limits.items()):
        parameters = {"b": coded(per_channel(operator, flow.shape, limit), operator)}
        suffix = f"_{operation}" if number < len(limits) - 1 else ""
        flow = coding.emit(operator, Elementwise(operation, kept(flow)), [flow], parameters, suffix)
    return flow


def extremum(operation: str) -> Translate:
    """``Max`` and ``Min`` of a result and a constant."""

    def translate(coding: Coding, operator: Operator) -> Codes:
        attributes(operator)
        names = take(operator, 2, 2)
        flows, parameters = operands(coding, operator, names)
        return coding.emit(operator, Elementwise(operation, kept(flows[0])), flows, parameters)

    return translate


def relu(coding: Coding, operator: Operator) -> Codes:
    """``Relu``: the greater of each number and zero."""
    attributes(operator)
    flow = coding.codes(operator, take(operator, 1, 1)[0])
    return chosen(coding, operator, flow, {"maximum": np.zeros(1, element_of_codes(flow, operator))})


def clip(coding: Coding, operator: Operator) -> Codes:
    """``Clip``: not less than the least, then not more than the greatest number."""
    given = attributes(operator, min=None, max=None)
    x, low, high = take(operator, 1, 3)
    flow = coding.codes(operator, x)
    element, limits = element_of_codes(flow, operator), {}
    for operation, role, name in (("maximum", "min", low), ("minimum", "max", high)):
        value = coding.constant(operator, name, role, element.name) if name else given[role]
        if value is not None:
            limits[operation] = np.asarray(value, element).reshape(-1)
    return chosen(coding, operator, flow, limits)


def cast(coding: Coding, operator: Operator) -> Codes:
    """``Cast`` of integers to binary32 numbers, ties to even."""
    given = attributes(operator, to=0, saturate=1, round_mode="up")
    flow = coding.codes(operator, take(operator, 1, 1)[0])
    need(operator, "to", element_of(given["to"], str(operator)), ELEMENTS["FLOAT"])
    return flow if flow.format == BINARY32.format else coding.emit(operator, Elementwise("convert", BINARY32), [flow])


def softmax(coding: Coding, operator: Operator) -> Codes:
    """``Softmax`` of binary32 numbers, the exact one rounded once."""
    axis = attributes(operator, axis=-1 if operator.version >= 13 else 1)["axis"]
    flow = coding.codes(operator, take(operator, 1, 1)[0], "binary32")
    where = sample_axis(operator, axis, flow)
    if operator.version < 13 and len(flow.shape) != 1:
        raise RefusedModel(f"{operator} is over several axes at once; supported is one")
    return coding.emit(operator, RealSoftmax(where, BINARY32), [flow])


def hard_sigmoid(coding: Coding, operator: Operator) -> Codes:
    """``HardSigmoid`` of slope 1/6 of binary32 numbers, the exact one rounded once."""
    check_sixth(operator)
    flow = coding.codes(operator, take(operator, 1, 1)[0], "binary32")
    return coding.emit(operator, Elementwise("hard_sigmoid", BINARY32), [flow])


def same(coding: Coding, operator: Operator) -> Codes:
    """``Identity``, and ``Dropout`` of a trained network."""
    attributes(operator, **({} if operator.type == "Identity" else {"ratio": 0.5, "seed": 0, "is_test": 1}))
    return coding.codes(operator, take(operator, 1, 3)[0])
