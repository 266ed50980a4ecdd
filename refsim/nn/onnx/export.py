"""Networks in floating point as ONNX models, so that they can be taken elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import FloatNetwork
from ..layers.activations import DPU_SIXTH
from ..networks import INPUT, Layer
from ..storage import save

OPSET, IR_VERSION = 17, 8
Nodes = list[Any]
Constants = dict[str, NDArray[Any]]


def save_onnx(path: Path, found: FloatNetwork) -> None:
    """Write a network as an ONNX model, whole or not at all. The number of samples is left open.

    ``ValueError`` for a network that has no parameters to say of which type it is, and a kind of layer that ONNX does not have.
    """
    save(path, model_of(found).SerializeToString())


def model_of(found: FloatNetwork) -> Any:
    """The ONNX model of a network, with its parameters in their own type; ``ValueError`` as for ``save_onnx``."""
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415 an extra

    kinds = {value.dtype for value in found.parameters.values()} or {np.dtype(np.float32)}
    if len(kinds) != 1 or not kinds <= {np.dtype(np.float32), np.dtype(np.float64)}:
        raise ValueError(
            f"the parameters of a network are all binary32 or all binary64, not {', '.join(sorted(map(str, kinds)))}"
        )
    dtype = kinds.pop()
    element = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    shapes, nodes, constants = found.network.shapes(), [], dict[str, NDArray[Any]]()
    for layer in found.network.layers:
        inputs = [shapes[name] for name in layer.inputs]
        own = {role: f"{layer.name}.{role}" for role in layer.known.parameters(layer.all_options, inputs)}
        constants |= {name: found.parameters[name] for name in own.values()}
        if layer.kind not in EXPORTED:
            raise ValueError(f"layer {layer.name}: ONNX has no operator for {layer.kind}; it has for {', '.join(EXPORTED)}")
        nodes += EXPORTED[layer.kind](layer, list(own.values()), inputs, Extra(layer.name, constants, dtype))
    last = found.network.layers[-1].name
    graph = helper.make_graph(
        nodes,
        found.network.name,
        [helper.make_tensor_value_info(INPUT, element, ["samples", *found.network.input])],
        [helper.make_tensor_value_info(last, element, ["samples", *shapes[last]])],
        [numpy_helper.from_array(np.asarray(value, order="C"), name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


@dataclass(frozen=True)
class Extra:
    """Constants of a layer that are no parameters; the name of each is given back."""

    layer: str
    constants: Constants
    dtype: np.dtype[Any]

    def real(self, role: str, value: float) -> str:
        """A number of the network's own type."""
        return self.add(role, np.array(value, self.dtype))

    def add(self, role: str, value: NDArray[Any]) -> str:
        """Any array."""
        self.constants[name := f"{self.layer}.{role}"] = value
        return name


def node(layer: Layer, type: str, inputs: Sequence[str], output: str | None = None, **attributes: Any) -> Any:
    """A node that makes a layer's result, or one on the way to it."""
    from onnx import helper  # noqa: PLC0415 an extra

    made = output or layer.name
    return helper.make_node(type, list(inputs), [made], name=made, **attributes)


Export = Callable[[Layer, list[str], list[tuple[int, ...]], Extra], Nodes]


def dense(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:
    """``Gemm`` of vectors; of samples with more axes ``MatMul`` and ``Add``."""
    if len(shapes[0]) == 1:
        return [node(layer, "Gemm", [*layer.inputs, *own], transB=1)]
    turned = extra.add("turned", np.ascontiguousarray(extra.constants.pop(own[0]).T))
    if len(own) == 1:
        return [node(layer, "MatMul", [*layer.inputs, turned])]
    product = f"{layer.name}.product"
    return [node(layer, "MatMul", [*layer.inputs, turned], product), node(layer, "Add", [product, own[1]])]


def window(options: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a window: the padding at the beginning of all axes, then at the end."""
    top, bottom, left, right = options["padding"]
    return {"kernel_shape": options["kernel"], "strides": options["stride"], "pads": [top, left, bottom, right]}


def convolution(type: str) -> Export:
    """``Conv`` and ``ConvTranspose``."""

    def export(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
        options = layer.all_options
        more = {"output_padding": options["output_padding"]} if "output_padding" in options else {}
        kept = {"dilations": options["dilation"], "group": options["groups"], **more}
        return [node(layer, type, [*layer.inputs, *own], **window(options), **kept)]

    return export


def pool(type: str) -> Export:
    """``MaxPool`` and ``AveragePool``."""

    def export(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
        options = layer.all_options
        more: dict[str, Any] = {"count_include_pad": int(options["count_padding"])} if "count_padding" in options else {}
        return [node(layer, type, layer.inputs, **window(options), **more)]

    return export


def batch_norm(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
    """``BatchNormalization``; ONNX's momentum is the weight of the old statistics."""
    options = layer.all_options
    kept: dict[str, Any] = {"epsilon": float(options["epsilon"]), "momentum": 1 - float(options["momentum"])}
    return [node(layer, "BatchNormalization", [*layer.inputs, *own], **kept)]


def plain(type: str, **attributes: Any) -> Export:
    """One operator on the inputs."""
    return lambda layer, own, shapes, extra: [node(layer, type, [*layer.inputs, *own], **attributes)]  # noqa: ARG005


def clip(low: float, high: float) -> Export:
    """``Clip``."""
    return lambda layer, own, shapes, extra: [  # noqa: ARG005
        node(layer, "Clip", [*layer.inputs, extra.real("low", low), extra.real("high", high)])
    ]


def add(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
    """``Add`` of two, ``Sum`` of more."""
    return [node(layer, "Add" if len(layer.inputs) == 2 else "Sum", layer.inputs)]


def upsample(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
    """``Resize`` to the nearest neighbour."""
    given = layer.all_options["factor"]
    factors = [given, given] if isinstance(given, int) else list(given)
    scales = extra.add("scales", np.array([1, 1, *factors], np.float32))
    kept = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return [node(layer, "Resize", [*layer.inputs, "", scales], **kept)]


def dropout(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
    """``Dropout``, which does nothing but in training; one whose results are scaled afterwards is a ``Mul``."""
    options = layer.all_options
    if options["inverted"]:
        return [node(layer, "Dropout", [*layer.inputs, extra.real("ratio", 1 - options["keep"])])]
    return [node(layer, "Mul", [*layer.inputs, extra.real("keep", options["keep"])])]


def maxout(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
    """``ReduceMax`` of neighbours that ``Reshape`` has put in an axis of their own."""
    pieces, (count, *rest) = layer.all_options["pieces"], shapes[0]
    groups = f"{layer.name}.groups"
    shape = extra.add("shape", np.array([0, count // pieces, pieces, *rest]))
    return [
        node(layer, "Reshape", [*layer.inputs, shape], groups),
        node(layer, "ReduceMax", [groups], axes=[2], keepdims=0),
    ]


def hard_sigmoid_dpu(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
    """``Add``, ``Clip`` and ``Mul``."""
    up, cut = f"{layer.name}.up", f"{layer.name}.cut"
    return [
        node(layer, "Add", [*layer.inputs, extra.real("three", 3.0)], up),
        node(layer, "Clip", [up, extra.real("zero", 0.0), extra.real("six", 6.0)], cut),
        node(layer, "Mul", [cut, extra.real("sixth", DPU_SIXTH)]),
    ]


def leaky_relu(layer: Layer, own: list[str], shapes: list[tuple[int, ...]], extra: Extra) -> Nodes:  # noqa: ARG001
    """``LeakyRelu``."""
    return [node(layer, "LeakyRelu", layer.inputs, alpha=float(layer.all_options["slope"]))]


EXPORTED: Mapping[str, Export] = {
    "dense": dense,
    "conv2d": convolution("Conv"),
    "conv_transpose2d": convolution("ConvTranspose"),
    "max_pool": pool("MaxPool"),
    "average_pool": pool("AveragePool"),
    "global_average_pool": plain("GlobalAveragePool"),
    "batch_norm": batch_norm,
    "add": add,
    "concat": plain("Concat", axis=1),
    "upsample": upsample,
    "flatten": plain("Flatten", axis=1),
    "dropout": dropout,
    "maxout": maxout,
    "relu": plain("Relu"),
    "relu6": clip(0.0, 6.0),
    "leaky_relu": leaky_relu,
    "sigmoid": plain("Sigmoid"),
    "hard_sigmoid": plain("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_sigmoid_dpu": hard_sigmoid_dpu,
    "tanh": plain("Tanh"),
    "hard_tanh": clip(-1.0, 1.0),
    "softmax": plain("Softmax", axis=1),
}
"""By kind of layer, the nodes that it becomes."""
