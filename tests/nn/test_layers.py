"""What layers in floating point compute: against plain loops, in both types, at kinks, and what they refuse."""

import numpy as np
import pytest

from refsim.nn.layers.kind import INFERENCE, Mode
from refsim.nn.layers.kinds import KINDS
from refsim.nn.networks import Layer, Network, forward, initial_parameters

from . import plain
from .layer_cases import CASES, Case, case, numbers


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


CONV = {"kernels": 4, "kernel": [3, 3]}
POOL = {"kernel": [2, 2], "stride": [2, 2]}
REFUSED = [
    (Case("dense", {}, ((2,),)), "layer it: dense needs the option 'outputs'"),
    (case("dense", (2,), outputs=0), "layer it: the option outputs is a whole number of at least 1, not 0"),
    (case("dense", (2,), outputs=2.0), "layer it: the option outputs is a whole number of at least 1, not 2.0"),
    (case("dense", (2,), outputs=True), "layer it: the option outputs is a whole number of at least 1, not True"),
    (case("dense", (), outputs=2), "layer it: dense takes an input with at least one axis"),
    (case("dense", (2,), (2,), outputs=2), "layer it: dense takes one input, not 2"),
    (case("conv2d", (2, 5), **CONV), "layer it: conv2d takes channels of rows and columns, not the shape (2, 5)"),
    (case("conv2d", (2, 2, 5), **CONV), "layer it: a kernel of 3 x 3 has no place on an image of 2 x 5"),
    (case("conv2d", (3, 5, 5), **CONV, groups=2), "layer it: conv2d cannot deal out 3 channels and 4 kernels to 2 groups"),
    (case("conv2d", (3, 5, 5), **CONV, groups=3), "layer it: conv2d cannot deal out 3 channels and 4 kernels to 3 groups"),
    (case("conv2d", (2, 5, 5), **CONV, padding=[1, 1]), "layer it: the option padding is 4 whole numbers, not [1, 1]"),
    (
        case("conv2d", (2, 5, 5), **CONV, padding=[0, 0, 0, -1]),
        "layer it: each of the option padding is a whole number of at least 0, not -1",
    ),
    (case("conv2d", (2, 5, 5), **CONV, stride=2), "layer it: the option stride is 2 whole numbers, not 2"),
    (case("conv2d", (2, 5, 5), **CONV, bias=1), "layer it: the option bias is true or false, not 1"),
    (case("conv2d", (2, 5, 5), **CONV, steps=1), "layer it: conv2d has no option 'steps'; there are kernels, kernel, "),
    (
        case("conv_transpose2d", (2, 5, 5), **CONV, output_padding=[1, 0]),
        "layer it: the output_padding of conv_transpose2d is less than its stride (1, 1), not (1, 0)",
    ),
    (
        case("conv_transpose2d", (2, 1, 1), **CONV, padding=[2, 1, 0, 0]),
        "layer it: nothing is left of conv_transpose2d within its padding (2, 1, 0, 0)",
    ),
    (
        case("conv_transpose2d", (3, 5, 5), **CONV, groups=2),
        "layer it: conv_transpose2d cannot deal out 3 channels and 4 kernels to 2 groups",
    ),
    (
        case("max_pool", (2, 5, 5), **POOL, padding=[0, 2, 0, 0]),
        "layer it: the padding of max_pool is less than its kernel (2, 2), not (0, 2, 0, 0)",
    ),
    (case("average_pool", (2, 5, 5), **POOL, count_padding=0), "layer it: the option count_padding is true or false, not 0"),
    (case("average_pool", (2, 5, 5), kernel=[2, 2]), "layer it: average_pool needs the option 'stride'"),
    (case("global_average_pool", (2,)), "layer it: global_average_pool takes channels of rows and columns, not the shape (2,)"),
    (case("batch_norm", (2,), epsilon=-1), "layer it: the option epsilon is a number from 0 to 1, not -1"),
    (case("batch_norm", (2,), momentum="x"), "layer it: the option momentum is a number from 0 to 1, not 'x'"),
    (case("add", (2,)), "layer it: add takes two inputs or more, not 1"),
    (case("add", (2,), (3,)), "layer it: add takes inputs of one shape, not (2,) and (3,)"),
    (case("concat", (2,)), "layer it: concat takes two inputs or more, not 1"),
    (case("concat", (), ()), "layer it: concat takes inputs with at least one axis"),
    (
        case("concat", (2, 3), (2, 4)),
        "layer it: concat takes inputs that differ along the first axis only, not (2, 3) and (2, 4)",
    ),
    (case("upsample", (2, 3, 3), factor=0), "layer it: each of the option factor is a whole number of at least 1, not 0"),
    (case("upsample", (2, 3, 3), factor="up"), "layer it: the option factor is 2 whole numbers, not 'up'"),
    (case("flatten", (2,), (2,)), "layer it: flatten takes one input, not 2"),
    (case("dropout", (2,), keep=0), "layer it: the option keep is more than 0"),
    (case("dropout", (2,), keep=1.5), "layer it: the option keep is a number from 0 to 1, not 1.5"),
    (case("dropout", (2,), keep=float("nan")), "layer it: the option keep is a number from 0 to 1, not nan"),
    (case("maxout", (5,), pieces=2), "layer it: maxout cannot take 5 results in groups of 2"),
    (case("softmax", (2,), (2,)), "layer it: softmax takes one input, not 2"),
    (case("relu", (2,), (2,)), "layer it: relu takes one input, not 2"),
    (case("leaky_relu", (2,), slope=2), "layer it: the option slope is a number from 0 to 1, not 2"),
]


@pytest.mark.parametrize(("found", "message"), REFUSED, ids=[str(found) for found, _ in REFUSED])
def test_refusals(found, message):
    """What a kind does not take, a network refuses in one line when it is made."""
    with pytest.raises(ValueError, match=r"^layer it: ") as caught:
        refuse(found)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def refuse(found):
    """Make a network of the layer or, where its inputs differ, check it as a network does."""
    layer = Layer("it", found.kind, ("input",) * len(found.shapes), found.options)
    if len(set(found.shapes)) == 1:
        Network("n", found.shapes[0], (layer,))
    try:
        KINDS[found.kind].shape(layer.all_options, found.shapes)
    except ValueError as error:
        raise ValueError(f"layer it: {error}") from None
