"""ONNX Runtime and the reference implementation of ONNX against pools, transposed convolutions, moves and softmax of codes.

Numbers are small integers, whose sums and products binary32 holds exactly, so that every implementation must give the same.
"""

import tomllib
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import onnx
import pytest
import scipy.special
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from refsim import engine
from refsim.clauses import clauses
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
    if window.groups > 1 and peer is reference:
        window = replace(window, groups=1)  # Its groups are in the ledger.
    x, w, b = integers(3, 4, 4, 3), integers(4, 2, *kernel), integers(2 * window.groups)
    found = ours(ConvTranspose2d(WIDE, window, more, 0), [x], weights=w, bias=b)
    attributes = {
        "strides": list(window.stride),
        "pads": pads(window),
        "dilations": list(window.dilation),
        "group": window.groups,
        "output_padding": list(more),
    }
    theirs = peer("ConvTranspose", [x, w, b], **attributes)
    assert found.shape == theirs.shape
    assert (found == theirs).all()


def pools(most):
    """Kernels, windows and sizes along one axis whose kernel has a place."""
    for kernel, stride, before, after, dilation, ceil, size in product(
        (1, 2, 3), (1, 2, 3), (0, 1), (0, 1), (1, 2), (False, True), range(3, most)
    ):
        if max(before, after) < kernel and (kernel - 1) * dilation < size + before + after:
            yield (kernel, 1), Window((stride, 1), (before, after, 0, 0), (dilation, 1)), ceil, size


def pool_attributes(kernel, window, ceil):
    """A pool as ONNX has it."""
    return {
        "kernel_shape": list(kernel),
        "strides": list(window.stride),
        "pads": pads(window),
        "dilations": list(window.dilation),
        "ceil_mode": int(ceil),
    }


def pooled(operator, kernel, window, ceil, *, count=False):
    """Our layer for an operator."""
    if operator == "MaxPool":
        return MaxPool("maximum", kernel, window, ceil)
    return AveragePool(Total(BINARY32), BINARY32, kernel, window, count, ceil)


@pytest.mark.clause("pool/max", "pool/places", "pool/order")
def test_max_pool():
    """MaxPool in every combination of strides, paddings, dilations and rests."""
    for kernel, window, ceil, size in pools(6):
        x = integers(2, 2, size, 2)
        found = ours(pooled("MaxPool", kernel, window, ceil), [x])
        attributes = pool_attributes(kernel, window, ceil)
        peers = [runtime] if any(window.padding) and window.dilation == (1, 1) else [runtime, reference]
        for peer in peers:
            theirs = peer("MaxPool", [x], **attributes)
            assert (found.shape, found.tolist()) == (theirs.shape, theirs.tolist()), (attributes, size)


@pytest.mark.clause("pool/average", "pool/mean", "pool/places")
@pytest.mark.parametrize("count", [False, True])
def test_average_pool(count):
    """AveragePool likewise; the quotient of two integers is rounded once here, and by one part in 2**23 or less there."""
    for kernel, window, ceil, size in pools(6):
        x = integers(2, 2, size, 2)
        found = ours(pooled("AveragePool", kernel, window, ceil, count=count), [x])
        attributes = pool_attributes(kernel, window, ceil) | {"count_include_pad": int(count)}
        for peer in [runtime] if ceil else [runtime, reference]:
            theirs = peer("AveragePool", [x], **attributes)
            assert found.shape == theirs.shape
            assert np.allclose(found, theirs, rtol=2**-22, atol=0), (attributes, size)


@pytest.mark.clause("pool/max", "pool/average")
@pytest.mark.parametrize("operator", ["MaxPool", "AveragePool"])
def test_global_pools(operator):
    """GlobalMaxPool and GlobalAveragePool."""
    x = integers(3, 2, 4, 4)
    found = ours(pooled(operator, None, Window(), ceil=False), [x])
    for peer in (runtime, reference):
        assert (found == peer(f"Global{operator}", [x])).all()


def layer_of(operator, attributes):
    """Our layer for an operator with ONNX's attributes."""
    given = {"strides": [1, 1], "pads": [0, 0, 0, 0], "dilations": [1, 1], "group": 1, "ceil_mode": 0, **attributes}
    top, left, bottom, right = given["pads"]
    window = Window(tuple(given["strides"]), (top, bottom, left, right), tuple(given["dilations"]), given["group"])
    if operator == "ConvTranspose":
        return ConvTranspose2d(WIDE, window, (0, 0), 0)
    return pooled(operator, tuple(given["kernel_shape"]), window, ceil=bool(given["ceil_mode"]))


@pytest.mark.parametrize("entry", LEDGER, ids=lambda entry: entry["name"])
def test_ledger(entry):
    """Each entry still deviates as it says, and the specification gives what it says."""
    arrays = [np.float32(x) for x in entry["inputs"]]
    parameters = dict(zip(("weights", "bias"), arrays[1:], strict=False))
    found = ours(layer_of(entry["operator"], entry["attributes"]), arrays[:1], **parameters)
    assert found.tolist() == entry["specification_gives"]
    try:
        theirs = reference(entry["operator"], arrays, **entry["attributes"]).tolist()
    except ValueError as error:
        theirs = type(error).__name__
    assert theirs == entry["peer_gives"] != entry["specification_gives"]
    assert (runtime(entry["operator"], arrays, **entry["attributes"]) == found).all()
    assert entry["clause"] in clauses()
    assert entry["version"] == onnx.__version__


MOVES = [
    (Reshape((4, -1)), [(2, 3, 4)], "Reshape", [[0, 4, -1]], {}),
    (Transpose((2, 0, 1)), [(2, 3, 4)], "Transpose", [], {"perm": [0, 3, 1, 2]}),
    (Concat(1), [(2, 3), (2, 1)], "Concat", [], {"axis": 2}),
    (Slice((1, 0, 2), (2, 3, 4)), [(2, 3, 4)], "Slice", [[1, 0, 2], [2, 3, 4], [1, 2, 3]], {}),
    (Upsample((2, 3)), [(2, 3, 2)], "Resize", [], {"mode": "nearest", "coordinate_transformation_mode": "asymmetric"}),
    (Pad((1, 0), (0, 2), 0), [(2, 3)], "Pad", [[0, 1, 0, 0, 0, 2]], {}),
]


@pytest.mark.clause(
    *("move/reshape", "move/transpose", "move/concat", "move/slice", "move/upsample", "move/pad"),
)
@pytest.mark.parametrize("case", range(len(MOVES)))
def test_moves(case):
    """ONNX's moves in its own implementation; the axis of samples stands first there."""
    rule, shapes, operator, more, attributes = MOVES[case]
    inputs = [integers(3, *shape) for shape in shapes]
    if len(inputs) > 1:
        inputs = [np.ascontiguousarray(np.swapaxes(x, 1, 2)) for x in inputs]
        rule, attributes = Concat(0), {"axis": 1}
    arrays = [*inputs, *(np.array(one, np.int64) for one in more)]
    if operator == "Resize":
        attributes = {**attributes, "nearest_mode": "floor"}
        arrays += [np.zeros(0, np.float32), np.float32([1, 1, 2, 3])]
    assert (ours(rule, inputs) == reference(operator, arrays, **attributes)).all()


@pytest.mark.clause("softmax/real")
def test_softmax():
    """ONNX Runtime, and SciPy in binary64, are near the exact shares: within some units in the last place."""
    x = RANDOM.normal(0, 3, (4, 7)).astype(np.float32)
    found = ours(RealSoftmax(0, BINARY32), [x])
    assert np.allclose(found, runtime("Softmax", [x], axis=1), rtol=2**-20, atol=0)
    wide = RealSoftmax(0, To("binary64", "ties_to_even", "infinity"))
    network = Network("one", TensorType((7,), BINARY32.format), (Node("layer", wide, ("input",)),), {})
    exact = networks.run(network, {}, engine.as_array(x)).codes.view(np.float64)
    assert np.allclose(exact, scipy.special.softmax(x.astype(np.float64), axis=1), rtol=2**-49, atol=0)
