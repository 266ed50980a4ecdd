"""ONNX Runtime and the reference implementation of ONNX against pools, transposed convolutions, moves and softmax of codes.

Numbers are small integers, whose sums and products binary32 holds exactly, so that every implementation must give the same.
"""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from refsim import Array, Projection, engine, get_format
from refsim.engine import networks
from refsim.spec.accumulators import Sequential, Total
from refsim.spec.convolutions import Window
from refsim.spec.datapaths import Datapath
from refsim.spec.moves import Concat, Pad, Reshape, Slice, Transpose, Upsample
from refsim.spec.networks import Network, Node
from refsim.spec.pooling import AveragePool, MaxPool
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection as To
from refsim.spec.softmax import RealSoftmax
from refsim.spec.tensors import TensorType
from refsim.spec.transposed import ConvTranspose2d

from . import peer_onnxruntime

BINARY32 = To("binary32", "ties_to_even", "infinity")
WIDE = Datapath(ExactProduct(), Sequential(BINARY32), "first", "sum", None)
LEDGER = tomllib.loads((Path(__file__).parent / "ledger_of_layers.toml").read_text(encoding="utf-8"))["deviation"]
RANDOM = np.random.default_rng(4)


def integers(*shape):
    """Small integers in binary32."""
    return RANDOM.integers(-9, 10, shape).astype(np.float32)


def ours(rule, inputs, **parameters):
    """What a layer makes of samples of binary32."""
    given = {role: engine.as_array(one) for role, one in parameters.items()}
    types = {role: TensorType(one.shape, one.format) for role, one in given.items()}
    x = inputs[0] if len(inputs) == 1 else np.concatenate(inputs, axis=1)
    nodes, begin = [], 0
    for i, one in enumerate(inputs):
        cut = Slice((begin, *(0 for _ in one.shape[2:])), (begin + one.shape[1], *one.shape[2:]))
        nodes.append(Node(f"part{i}", cut, ("input",)))
        begin += one.shape[1]
    nodes.append(Node("layer", rule, tuple(node.name for node in nodes), tuple((role, role) for role in given)))
    network = Network("one", TensorType(x.shape[1:], BINARY32.format), tuple(nodes), types)
    return networks.run(network, given, engine.as_array(x)).codes.view(np.float32)


def reference(operator, arrays, **attributes):
    """ONNX's own implementation in Python."""
    names = [f"x{i}" for i in range(len(arrays))]
    node = helper.make_node(operator, names, ["y"], **attributes)
    kinds = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64}
    described = [helper.make_tensor_value_info(n, kinds[x.dtype], None) for n, x in zip(names, arrays, strict=True)]
    graph = helper.make_graph([node], operator, described, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)])
    return ReferenceEvaluator(model).run(None, dict(zip(names, arrays, strict=True)))[0]


def runtime(operator, arrays, **attributes):
    """ONNX Runtime."""
    return peer_onnxruntime.run(operator, arrays, ["float32"], **{k: freeze(v) for k, v in attributes.items()})[0]


def freeze(value):
    """A list as what a cache can hold."""
    return tuple(value) if isinstance(value, list) else value


def pads(window):
    """ONNX has both begins first."""
    top, bottom, left, right = window.padding
    return [top, left, bottom, right]


TRANSPOSED = [
    (Window((2, 2)), (0, 0), (2, 2)),
    (Window((2, 3), (1, 0, 0, 2)), (1, 2), (3, 2)),
    (Window((3, 2), (2, 3, 1, 1), (2, 3), 2), (0, 0), (3, 2)),
    (Window((2, 2), (1, 1, 1, 1), (1, 1), 4), (1, 1), (3, 3)),
    (Window((1, 1), (1, 1, 0, 0), (2, 1)), (0, 0), (3, 3)),
]


@pytest.mark.clause("transposed/element", "transposed/places")
@pytest.mark.parametrize("case", range(len(TRANSPOSED)))
@pytest.mark.parametrize("peer", [runtime, reference], ids=["runtime", "reference"])
def test_conv_transpose(case, peer):
    """ConvTranspose with strides, paddings, dilations, groups and output paddings."""
    window, more, kernel = TRANSPOSED[case]
    x, w, b = integers(3, 4, 4, 3), integers(4, 2, *kernel), integers(2 * window.groups)
    found = ours(ConvTranspose2d(WIDE, window, more, 0), [x], weights=w, bias=b)
    attributes = {
        "strides": list(window.stride),
        "pads": pads(window),
        "dilations": list(window.dilation),
        "group": window.groups,
        "output_padding": list(more),
    }
    if window.groups > 1 and peer is reference:
        theirs = np.concatenate(
            [
                peer("ConvTranspose", [np.ascontiguousarray(z) for z in (x_, w_, b_)], **{**attributes, "group": 1})
                for x_, w_, b_ in zip(
                    np.split(x, window.groups, 1), np.split(w, window.groups), np.split(b, window.groups), strict=True
                )
            ],
            axis=1,
        )
    else:
        theirs = peer("ConvTranspose", [x, w, b], **attributes)
    assert found.shape == theirs.shape
    assert (found == theirs).all()
