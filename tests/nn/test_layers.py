"""What layers in floating point compute: against plain loops, in both types, at kinks, and how they begin."""

import numpy as np
import pytest

from refsim.nn.layers import windows
from refsim.nn.layers.kind import INFERENCE, Mode
from refsim.nn.layers.kinds import KINDS
from refsim.nn.networks import Layer, Network, forward, initial_parameters

from . import plain
from .layer_cases import CASES, case, numbers


def training(seed=1):
    return Mode(True, np.random.Generator(np.random.Philox(seed)))


def test_every_kind_is_tried():
    """There is no kind without cases, and every plain rendering is used."""
    assert {found.kind for found in CASES} == set(KINDS) == set(plain.KINDS)
    assert all(KINDS[name].name == name for name in KINDS)


@pytest.mark.parametrize("found", CASES, ids=str)
def test_forward_is_the_definition(found):
    """Result and shape are those of plain loops, for each sample."""
    kind, options = KINDS[found.kind], found.all_options
    xs, parameters = numbers(found)
    y = kind.forward(options, xs, parameters, INFERENCE).y
    assert y.shape == (len(xs[0]), *kind.shape(options, found.shapes))
    for i in range(len(y)):
        wanted = plain.KINDS[found.kind](options, [x[i] for x in xs], parameters)
        np.testing.assert_allclose(y[i], wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("found", CASES, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("mode", [INFERENCE, training()], ids=["inference", "training"])
def test_the_type_is_kept(found, dtype, mode):
    """Results, gradients and moved statistics have the type of the input; binary32 is as near as its roundings allow."""
    kind, options = KINDS[found.kind], found.all_options
    xs, parameters = numbers(found, dtype)
    made = kind.forward(options, xs, parameters, mode)
    back = kind.backward(options, made.y, made.cache)
    everything = [made.y, *made.moved.values(), *back.inputs, *back.parameters.values()]
    assert {array.dtype for array in everything} == {np.dtype(dtype)}
    if mode is INFERENCE:
        wide = kind.forward(options, *numbers(found), mode).y
        assert np.abs(made.y - wide).max() <= 64 * np.finfo(dtype).eps * max(1, np.abs(wide).max())


@pytest.mark.parametrize("found", [found for found in CASES if found.kind.startswith("conv")], ids=str)
def test_sample_by_sample(found, monkeypatch):
    """Convolutions whose columns would take too much memory at once are made in pieces, and give the same."""
    kind, options = KINDS[found.kind], found.all_options
    xs, parameters = numbers(found)
    made = kind.forward(options, xs, parameters, INFERENCE)
    back = kind.backward(options, made.y, made.cache)
    monkeypatch.setattr(windows, "MOST", 1)
    again = kind.forward(options, xs, parameters, INFERENCE)
    pieces = kind.backward(options, made.y, again.cache)
    np.testing.assert_allclose(again.y, made.y, rtol=1e-13)
    np.testing.assert_allclose(pieces.inputs[0], back.inputs[0], rtol=1e-12, atol=1e-13)
    for role, gradient in back.parameters.items():
        np.testing.assert_allclose(pieces.parameters[role], gradient, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("found", CASES, ids=str)
def test_inputs_stay(found):
    """Neither pass writes into what it is given."""
    kind, options = KINDS[found.kind], found.all_options
    xs, parameters = numbers(found)
    gradient = np.ones((len(xs[0]), *kind.shape(options, found.shapes)))
    for array in (*xs, *parameters.values(), gradient):
        array.flags.writeable = False
    kind.backward(options, gradient, kind.forward(options, xs, parameters, training()).cache)


@pytest.mark.parametrize("found", CASES, ids=str)
def test_no_samples(found):
    """A batch without samples gives a result without samples."""
    kind, options = KINDS[found.kind], found.all_options
    xs, parameters = numbers(found, samples=0)
    y = kind.forward(options, xs, parameters, INFERENCE).y
    assert y.shape == (0, *kind.shape(options, found.shapes))


KINKS = {
    "relu": {0: 0, 1: 1},
    "relu6": {0: 0, 6: 0, 5.5: 1},
    "leaky_relu": {0: 0.01, 1: 1},
    "hard_sigmoid": {-3: 0, 3: 0, 0: 1 / 6},
    "hard_sigmoid_dpu": {-3: 0, 3: 0, 0: 2731 / 16384},
    "hard_tanh": {-1: 0, 1: 0, 0: 1},
}


@pytest.mark.parametrize("name", KINKS)
def test_slopes_at_kinks(name):
    """At a kink the slope is the lesser one."""
    kind, x = KINDS[name], np.array([list(KINKS[name])], np.float64)
    made = kind.forward(kind.options, [x], {}, INFERENCE)
    (found,) = kind.backward(kind.options, np.ones_like(x), made.cache).inputs
    assert found.tolist() == [list(KINKS[name].values())]


def test_the_first_of_several_greatest_gets_the_gradient():
    """Below a kernel row by row, and in a group in order."""
    image = np.array([[[[1.0, 2, 0], [2, 2, 0], [5, 0, 5]]]])
    pool = case("max_pool", (1, 3, 3), kernel=[2, 2], stride=[1, 1])
    made = KINDS["max_pool"].forward(pool.all_options, [image], {}, INFERENCE)
    assert made.y.tolist() == [[[[2, 2], [5, 5]]]]
    (found,) = KINDS["max_pool"].backward(pool.all_options, np.array([[[[1.0, 2], [4, 8]]]]), made.cache).inputs
    assert found.tolist() == [[[[0, 3, 0], [0, 0, 0], [4, 0, 8]]]]
    made = KINDS["maxout"].forward({"pieces": 3}, [np.array([[1.0, 7, 7, 2, 2, 2]])], {}, INFERENCE)
    (found,) = KINDS["maxout"].backward({"pieces": 3}, np.array([[1.0, 2]]), made.cache).inputs
    assert (made.y.tolist(), found.tolist()) == ([[7, 2]], [[0, 1, 0, 2, 0, 0]])


def test_padding_never_wins():
    """All below zero: what lies outside the image is not the greatest, and no mean counts it."""
    x = np.full((1, 1, 2, 2), -4.0)
    for name in ("max_pool", "average_pool"):
        found = case(name, (1, 2, 2), kernel=[2, 2], stride=[1, 1], padding=[1, 1, 1, 1])
        assert (KINDS[name].forward(found.all_options, [x], {}, INFERENCE).y == -4).all()


def test_batch_statistics():
    """In training the batch gives mean and variance, and the running ones move toward them: the mean of squares, not more."""
    options = {"epsilon": 0.0, "momentum": 0.25}
    parameters = {"scale": [2.0], "shift": [1.0], "mean": [4.0], "variance": [8.0]}
    parameters = {role: np.array(value) for role, value in parameters.items()}
    made = KINDS["batch_norm"].forward(options, [np.array([[1.0], [5.0]])], parameters, training())
    assert made.y.tolist() == [[-1], [3]]
    assert {role: value.tolist() for role, value in made.moved.items()} == {"mean": [3.75], "variance": [7.0]}
    image = np.array([[[[0.0, 4]]], [[[8.0, 12]]]])
    made = KINDS["batch_norm"].forward(options, [image], parameters, training())
    assert {role: value.tolist() for role, value in made.moved.items()} == {"mean": [4.5], "variance": [11.0]}
    assert not KINDS["batch_norm"].forward(options, [image], parameters, INFERENCE).moved
    assert KINDS["batch_norm"].fixed == ("mean", "variance")


def test_moved_statistics_of_a_network():
    """A pass through a network names them by layer, and a pass that is no training has none."""
    network = Network("n", (2,), (Layer("dense", "dense", ("input",), {"outputs": 3}), Layer("bn", "batch_norm", ("dense",))))
    parameters = initial_parameters(network, 1)
    x = np.float32([[1, 2], [3, 5]])
    done = forward(network, parameters, x, training())
    z = done.results["dense"]
    np.testing.assert_allclose(done.moved["bn.mean"], z.mean(0) * np.float32(0.1), rtol=1e-6)
    np.testing.assert_allclose(done.moved["bn.variance"], 0.9 + 0.1 * z.var(0), rtol=1e-6)
    assert not forward(network, parameters, x).moved
    assert network.learned() == ["dense.weights", "dense.bias", "bn.scale", "bn.shift"]


@pytest.mark.parametrize("inverted", [True, False])
def test_dropout(inverted):
    """So many elements stay, divided by that share or not; the same elements get a gradient; the generator decides which."""
    options, x = {"keep": 0.25, "inverted": inverted}, np.ones((100, 400))
    made = KINDS["dropout"].forward(options, [x], {}, training(3))
    assert set(np.unique(made.y)) == {0, 4 if inverted else 1}
    assert abs((made.y > 0).mean() - 0.25) < 0.01
    assert (KINDS["dropout"].backward(options, x, made.cache).inputs[0] == made.y).all()
    assert (KINDS["dropout"].forward(options, [x], {}, training(3)).y == made.y).all()
    assert (KINDS["dropout"].forward(options, [x], {}, training(4)).y != made.y).any()
    assert (KINDS["dropout"].forward(options, [x], {}, INFERENCE).y == (1 if inverted else 0.25)).all()
    with pytest.raises(ValueError, match="dropout needs random numbers in training"):
        KINDS["dropout"].forward(options, [x], {}, Mode(True))


def test_functions_at_great_arguments():
    """No overflow: the ends of sigmoid, tanh and softmax are reached, and a small sigmoid keeps its digits."""
    x = np.float32([[-1e30, -80, 80, 1e30]])
    small = np.float32(np.exp(-80.0))
    y = KINDS["sigmoid"].forward({}, [x], {}, INFERENCE).y
    np.testing.assert_allclose(y, [[0, small, 1, 1]], rtol=1e-6)
    assert KINDS["tanh"].forward({}, [x], {}, INFERENCE).y.tolist() == [[-1, -1, 1, 1]]
    assert KINDS["softmax"].forward({}, [x], {}, INFERENCE).y.tolist() == [[0, 0, 0, 1]]


def test_not_a_number_goes_on():
    """A NaN of the input is one of the result, as in IEEE 754."""
    x = np.array([[np.nan, 1.0]])
    for name in plain.FUNCTIONS:
        assert np.isnan(KINDS[name].forward({}, [x], {}, INFERENCE).y).tolist() == [[True, False]]


def test_first_values():
    """Glorot's bounds for dense layers, He's deviation for convolutions; zeros, and ones for scales and variances."""
    layers = (
        Layer("conv", "conv2d", ("input",), {"kernels": 64, "kernel": [3, 5], "groups": 2}),
        Layer("bn", "batch_norm", ("conv",)),
        Layer("up", "conv_transpose2d", ("bn",), {"kernels": 64, "kernel": [2, 4], "stride": [2, 2], "groups": 4}),
        Layer("flat", "flatten", ("up",)),
        Layer("dense", "dense", ("flat",), {"outputs": 100}),
    )
    network = Network("n", (32, 4, 6), layers)
    found = initial_parameters(network, 5, np.float64)
    assert list(found) == list(network.parameter_shapes())
    most = (6 / (found["dense.weights"].shape[1] + 100)) ** 0.5
    assert 0.999 * most < np.abs(found["dense.weights"]).max() <= most
    assert abs(found["dense.weights"].std() / (most / 3**0.5) - 1) < 0.02
    assert abs(found["conv.weights"].std() / (2 / (16 * 15)) ** 0.5 - 1) < 0.02
    assert abs(found["up.weights"].std() / (2 / (16 * 2)) ** 0.5 - 1) < 0.03
    for name in ("conv.bias", "up.bias", "dense.bias", "bn.shift", "bn.mean"):
        assert not found[name].any()
    for name in ("bn.scale", "bn.variance"):
        assert (found[name] == 1).all()
    again = initial_parameters(network, 5, np.float64)
    assert all((found[name] == again[name]).all() for name in found)
    assert (initial_parameters(network, 6, np.float64)["conv.weights"] != found["conv.weights"]).any()


def test_names_with_dots():
    """A layer whose name begins with another's and a dot keeps its own parameters."""
    layers = (Layer("a.b", "dense", ("input",), {"outputs": 2}), Layer("a", "batch_norm", ("a.b",)))
    network = Network("n", (2,), layers)
    found = initial_parameters(network, 1)
    assert list(found) == list(network.parameter_shapes())
    assert found["a.b.weights"].all()
