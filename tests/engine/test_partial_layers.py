"""A part of a layer's result has the codes of that part of the whole, and it is known which part takes a parameter."""

import numpy as np
import pytest

from refsim import Array, get_format
from refsim.engine.datapaths import NO_PORTS
from refsim.engine.networks import compute
from refsim.engine.partial_layers import every_code, has_kernels, is_by_channel, part, touched
from refsim.spec.convolutions import Window
from refsim.spec.datapath_names import get_datapath
from refsim.spec.layers import Conv2d, Dense, Elementwise
from refsim.spec.networks import Node
from refsim.spec.pooling import AveragePool, MaxPool
from refsim.spec.projection import Projection
from refsim.spec.range_guards import RangeGuard
from refsim.spec.tensors import TensorType
from refsim.spec.terms import Port
from refsim.spec.transposed import ConvTranspose2d

INT8 = get_format("int8")
TO = Projection("int8", "ties_to_even", "saturate")
PATH = get_datapath("datapath(exact,sequential(int12/toward_zero/saturate),first,sum,output=int8/ties_to_even/saturate)")
IMAGE, VECTOR = (4, 5, 5), (6,)
WEIGHTS = {"weights": (4, 4, 3, 3), "bias": (4,), "scale": (4,), "scale2": (1,)}
ALIKE = {
    "dense": (Dense(PATH), VECTOR, {"weights": (4, 6), "bias": (4,), "scale": (4,), "scale2": (1,)}),
    "conv2d": (Conv2d(PATH, Window(padding=(1, 1, 1, 1)), 3), IMAGE, WEIGHTS),
    "groups": (Conv2d(PATH, Window(groups=2), 3), IMAGE, {**WEIGHTS, "weights": (4, 2, 3, 3)}),
    "depthwise": (Conv2d(PATH, Window(groups=4), 3), IMAGE, {**WEIGHTS, "weights": (4, 1, 3, 3)}),
    "conv_transpose2d": (ConvTranspose2d(PATH, Window(stride=(2, 2)), (0, 0), 0), IMAGE, {**WEIGHTS, "weights": (4, 4, 2, 2)}),
    "elementwise": (Elementwise("fma", TO), IMAGE, {"b": (4,), "c": (1,)}),
    "range_guard": (RangeGuard("saturate", "keep"), IMAGE, {"low": (4,), "high": (1,)}),
    "max_pool": (MaxPool("maximum", (2, 2), Window(), ceil=False), IMAGE, {}),
    "average_pool": (AveragePool(PATH.accumulator, TO, (2, 2), Window(), ceil=False, count_padding=False), IMAGE, {}),
}


def codes(shape, seed):
    """Any codes of int8."""
    return Array(np.random.default_rng(seed).integers(0, 256, shape), INT8)


def case(name):
    """A rule, its input for two samples, its parameters, and the types."""
    rule, shape, shapes = ALIKE[name]
    x = codes((2, *shape), 1)
    parameters = {role: codes(shape, i + 2) for i, (role, shape) in enumerate(shapes.items())}
    types = [TensorType(shape, INT8)]
    made = rule.infer(types, {role: TensorType(array.shape, INT8) for role, array in parameters.items()})
    return rule, x, parameters, types, made


def whole(rule, x, parameters, ports=NO_PORTS):
    """The whole result."""
    return compute(Node("layer", rule, ("input",)), [x], parameters, ports, None)


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("channels", [[0], [1, 3], [0, 1, 2, 3]], ids=str)
def test_parts(name, channels):
    """Some channels, by what they take; elements with ports too."""
    rule, x, parameters, types, made = case(name)
    own = np.array(channels)
    inside = x[:, own] if is_by_channel(rule, types, made) else x
    assert is_by_channel(rule, types, made) != has_kernels(rule, types)
    found = part(rule, [inside], parameters, own, made.shape[0])
    np.testing.assert_array_equal(found.codes, whole(rule, x, parameters).codes[:, own])
    if name not in {"elementwise", "max_pool", "range_guard"}:
        port = Port(hold=lambda register, step, result: result.code ^ 1)  # noqa: ARG005 what a port tells
        last = (0,) * (len(made.shape) - 1)
        ports = {(1, channels[-1], *last): port}
        found = part(
            rule, [inside], parameters, own, made.shape[0], {**ports, **({(0, 2, *last): port} if 2 in channels else {})}
        )
        wanted = whole(rule, x, parameters, {**ports, **({(0, 2, *last): port} if 2 in channels else {})})
        np.testing.assert_array_equal(found.codes, wanted.codes[:, own])


@pytest.mark.parametrize("name", [name for name in ALIKE if ALIKE[name][2]])
def test_channels_that_take_a_parameter(name):
    """One element of a parameter changes: no other channel than those that are named can change, and some does."""
    rule, x, parameters, types, made = case(name)
    before = whole(rule, x, parameters).codes
    for role, array in parameters.items():
        for place in range(0, array.codes.size, max(array.codes.size // 16, 1)):
            changed = array.codes.copy()
            changed.reshape(-1)[place] ^= 0x55
            after = {**parameters, role: Array(changed, INT8)}
            named = touched(rule, types, made, parameters, after)
            differs = (whole(rule, x, after).codes != before).reshape(2, made.shape[0], -1).any(axis=(0, 2))
            assert set(np.flatnonzero(differs)) <= set(named)
            assert len(named) == (made.shape[0] if array.codes.size == 1 else 1)
    assert not len(touched(rule, types, made, parameters, {role: array[:] for role, array in parameters.items()}))


def test_channels_are_not_known_everywhere():
    """Of a dense layer along the last of two axes all of the result takes each weight, and channels are not its outputs."""
    parameters = {"weights": codes((3, 5), 1)}
    types, made = [TensorType((2, 5), INT8)], TensorType((2, 3), INT8)
    after = {"weights": Array(parameters["weights"].codes ^ np.uint8(1), INT8)}
    assert not has_kernels(Dense(PATH), types)
    assert not is_by_channel(Dense(PATH), types, made)
    assert touched(Dense(PATH), types, made, parameters, after).tolist() == [0, 1]


def test_functions_of_one_code():
    """All codes of an operation of one input, and of one with a number beside it; none where channels, inputs or codes are too
    many, or a code is refused."""
    relu, fma = Elementwise("relu", TO), Elementwise("fma", TO)
    x = Array(np.arange(256)[:, None], INT8)
    np.testing.assert_array_equal(every_code(relu, INT8, {}).codes, whole(relu, x, {}).codes[:, 0])
    one = {"b": codes((1,), 1), "c": codes((1,), 2)}
    np.testing.assert_array_equal(every_code(fma, INT8, one).codes, whole(fma, x, one).codes[:, 0])
    assert every_code(fma, INT8, {"b": codes((4,), 1), "c": one["c"]}) is None
    assert every_code(fma, INT8, {"b": one["b"]}) is None
    assert every_code(relu, get_format("binary16"), {}) is None
    assert every_code(Elementwise("convert", Projection("int4", "ties_to_even", "error")), INT8, {}) is None
    assert every_code(ALIKE["max_pool"][0], INT8, {}) is None
