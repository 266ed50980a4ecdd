"""ONNX's operators that pool, join and move floating-point numbers, as layers or as another order of a layer's result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .attributes import (
    WINDOW,
    Windowing,
    attributes,
    axis_of,
    image_size,
    need,
    padding_of,
    reshaped,
    squeezed,
    take,
    windowing,
)
from .building import NONE, Building, Flow, order_of
from .constants import integers
from .float_operators import added, joined, unpadded
from .model import Operator, RefusedModel, shown
from .resizing import whole_factors


def ceiled(window: Windowing, size: Sequence[int]) -> Windowing:
    """The window whose padding at the bottom and the right reaches as far as ``ceil_mode`` lets the kernel go: a last place may
    begin on the image or the padding before it, but not behind the image."""
    padding = list(window.padding)
    for axis, n in enumerate(size):
        span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
        before, after, stride = padding[2 * axis], padding[2 * axis + 1], window.stride[axis]
        count = -(-(n + before + after - span) // stride) + 1
        if (count - 1) * stride >= n + before:
            count -= 1
        reach = (count - 1) * stride + span - n - before
        if count != (n + before + after - span) // stride + 1:
            padding[2 * axis + 1] = max(reach, 0)
    return window._replace(padding=(padding[0], padding[1], padding[2], padding[3]))


def pool_window(operator: Operator, given: dict[str, Any], size: Sequence[int], count_padding: bool) -> Windowing:
    """The window of a pool; ``RefusedModel`` for what the layers do not have."""
    window = windowing(operator, given, size)
    need(operator, "dilations", list(window.dilation), [1, 1])
    need(operator, "ceil_mode", given["ceil_mode"], 0, 1)
    if given["ceil_mode"]:
        wider = ceiled(window, size)
        if wider != window and count_padding:
            raise RefusedModel(f"{operator} has ceil_mode and counts the padding; supported is one of both")
        return wider
    return window


def max_pool(building: Building, operator: Operator) -> Flow:
    """``MaxPool`` without indices."""
    given = attributes(operator, **WINDOW, ceil_mode=0, storage_order=0)
    need(operator, "storage_order", given["storage_order"], 0)
    flow = building.plain(operator, take(operator, 1, 1)[0])
    window = pool_window(operator, given, image_size(operator, flow.shape), count_padding=False)
    return building.emit(operator, "max_pool", [flow], pool_options(window))


def pool_options(window: Windowing) -> dict[str, Any]:
    """The options of a pool."""
    return {"kernel": list(window.kernel), "stride": list(window.stride), "padding": list(window.padding)}


def average_pool(building: Building, operator: Operator) -> Flow:
    """``AveragePool``; the zeros of a ``Pad`` before it are counted, as they are part of the image."""
    given = attributes(operator, **WINDOW, ceil_mode=0, count_include_pad=0)
    name = take(operator, 1, 1)[0]
    padded, flow = building.flow(operator, name).padding, unpadded(building, operator, name)
    counted = bool(given["count_include_pad"]) or padded != NONE
    size = [n + padded[2 * i] + padded[2 * i + 1] for i, n in enumerate(image_size(operator, flow.shape))]
    window = pool_window(operator, given, size, counted)
    if NONE not in {padded, window.padding} and not given["count_include_pad"]:
        raise RefusedModel(f"{operator} has padding that is not counted around padding that is; supported is one of both")
    options = {**pool_options(window._replace(padding=added(window.padding, padded))), "count_padding": counted}
    return building.emit(operator, "average_pool", [flow], options)


def global_average_pool(building: Building, operator: Operator) -> Flow:
    """``GlobalAveragePool`` of images, which leaves rows and columns of length 1."""
    attributes(operator)
    return whole_average(building, operator, building.plain(operator, take(operator, 1, 1)[0]), keep=True)


def reduce_mean(building: Building, operator: Operator) -> Flow:
    """``ReduceMean`` over the rows and columns of images."""
    given = attributes(operator, axes=None, keepdims=1, noop_with_empty_axes=0)
    x, axes = take(operator, 1, 2)
    flow = building.plain(operator, x)
    found = building.constant(operator, axes, "axes") if axes else given["axes"]
    along = [] if found is None else [axis_of(operator, n, len(flow.shape) + 1) for n in integers(operator, found, "axes")]
    if len(flow.shape) != 3 or sorted(along) != [2, 3]:
        raise RefusedModel(
            f"{operator} is over axes {along} of samples of {shown(flow.shape)}; supported are rows and columns, 2 and 3"
        )
    return whole_average(building, operator, flow, keep=bool(given["keepdims"]))


def reduce_max(building: Building, operator: Operator) -> Flow:
    """``ReduceMax`` over neighbouring channels that ``Reshape`` has put in an axis of their own: a maxout."""
    given = attributes(operator, axes=None, keepdims=1, noop_with_empty_axes=0)
    x, axes = take(operator, 1, 2)
    need(operator, "keepdims", given["keepdims"], 0)
    found = building.constant(operator, axes, "axes") if axes else given["axes"]
    flow = whole(building, operator, x)
    along = [axis_of(operator, n, len(flow.shape) + 1) for n in integers(operator, found, "axes")]
    pieces = flow.shape[1] if len(flow.shape) > 1 else 1
    own = (flow.shape[0] * pieces, *flow.shape[2:])
    if along != [2] or building.moved(flow, order_of(flow).reshape(own)).order is not None:
        raise RefusedModel(
            f"{operator} is over axes {along} of samples of {shown(flow.shape)}; supported are groups of channels, 2"
        )
    return building.emit(operator, "maxout", [flow], {"pieces": pieces})


def whole_average(building: Building, operator: Operator, flow: Flow, *, keep: bool) -> Flow:
    """The average of each channel of an image, with or without axes of length 1 in the place of rows and columns."""
    image_size(operator, flow.shape)
    found = building.emit(operator, "global_average_pool", [flow])
    wanted = (flow.shape[0], 1, 1) if keep else flow.shape[:1]
    return building.moved(found, order_of(found).reshape(wanted))


def concat(building: Building, operator: Operator) -> Flow:
    """``Concat`` along the channels."""
    axis = attributes(operator, axis=1)["axis"]
    names = take(operator, 1, max(len(operator.inputs), 1))
    axes = len(building.flow(operator, names[0]).shape) + 1
    if axis_of(operator, axis, axes) != 1:
        raise RefusedModel(f"{operator} is along axis {axis} of {axes}; supported are the channels, axis 1")
    return building.plain(operator, names[0]) if len(names) == 1 else joined(building, operator, names, "concat")


def total(building: Building, operator: Operator) -> Flow:
    """``Sum`` of results, one after the other."""
    attributes(operator)
    return joined(building, operator, take(operator, 1, max(len(operator.inputs), 1)), "add")


def whole(building: Building, operator: Operator, name: str) -> Flow:
    """A value that may have been moved, but not padded."""
    flow = building.flow(operator, name)
    return flow if flow.padding == NONE else building.plain(operator, name)


def flatten(building: Building, operator: Operator) -> Flow:
    """``Flatten`` of all axes of a sample."""
    axis = attributes(operator, axis=1)["axis"]
    flow = whole(building, operator, take(operator, 1, 1)[0])
    if axis not in {1, -len(flow.shape)}:
        raise RefusedModel(f"{operator} is at axis {axis}; supported is 1, which keeps the axis of samples")
    return building.moved(flow, order_of(flow).reshape(-1))


def reshape(building: Building, operator: Operator) -> Flow:
    """``Reshape`` by a constant, within samples."""
    given = attributes(operator, shape=None, allowzero=0)
    x, target = take(operator, 1, 2)
    flow = whole(building, operator, x)
    wanted = integers(operator, building.constant(operator, target, "a shape") if target else given["shape"], "shape")
    if given["allowzero"]:
        need(operator, "allowzero with a zero in the shape", 0 in wanted, False)
    batch = (building.graph.input.shape or (None,))[0]
    return building.moved(flow, order_of(flow).reshape(reshaped(operator, flow.shape, wanted, batch)))


def transpose(building: Building, operator: Operator) -> Flow:
    """``Transpose`` within samples."""
    perm = attributes(operator, perm=None)["perm"]
    flow = whole(building, operator, take(operator, 1, 1)[0])
    axes = len(flow.shape) + 1
    if perm is None or sorted(perm) != list(range(axes)) or perm[0]:
        raise RefusedModel(f"{operator} has perm {perm}; supported is one that leaves the axis of samples first")
    return building.moved(flow, order_of(flow).transpose([n - 1 for n in perm[1:]]))


def squeeze(building: Building, operator: Operator) -> Flow:
    """``Squeeze`` and ``Unsqueeze`` of axes of samples."""
    given = attributes(operator, axes=None)["axes"]
    x, axes = take(operator, 1, 2)
    flow = whole(building, operator, x)
    numbers = integers(operator, building.constant(operator, axes, "axes") if axes else given, "axes")
    return building.moved(flow, order_of(flow).reshape(squeezed(operator, flow.shape, numbers)))


def pad(building: Building, operator: Operator) -> Flow:
    """``Pad`` of images by zeros."""
    given = attributes(operator, mode="constant", pads=None, value=0.0)
    x, pads, value, axes = take(operator, 1, 4)
    need(operator, "mode", given["mode"], "constant")
    need(operator, "axes", axes, "")
    found = building.constant(operator, value, "a value").reshape(-1).tolist() if value else [given["value"]]
    need(operator, "a value", found, [0.0])
    flow = building.plain(operator, x)
    numbers = integers(operator, building.constant(operator, pads, "pads") if pads else given["pads"], "pads")
    if len(flow.shape) != 3 or len(numbers) != 8 or any(numbers[i] for i in (0, 1, 4, 5)):
        raise RefusedModel(f"{operator} has pads {numbers}; supported are those of the rows and columns of images")
    return Flow(flow.layer, flow.shape, None, padding_of(operator, [numbers[i] for i in (2, 3, 6, 7)]))


def resize(building: Building, operator: Operator) -> Flow:
    """``Resize`` and ``Upsample`` to the nearest neighbour."""
    flow = building.plain(operator, operator.inputs[0])
    found = whole_factors(operator, flow.shape, lambda name, what: building.constant(operator, name, what))
    return building.emit(operator, "upsample", [flow], {"factor": list(found)})
