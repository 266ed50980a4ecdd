"""Families: the shapes and parameters that are published, gradients of whole networks, and options that mean nothing."""

import numpy as np
import pytest

from refsim.nn.families import FAMILIES, build
from refsim.nn.layers.kind import INFERENCE, Mode
from refsim.nn.losses import softmax_cross_entropy
from refsim.nn.networks import backward, forward, initial_parameters, predict

DIGITS = (1, 8, 8)
SMALL = {
    "mlp": {"hidden": (5,), "activation": "tanh"},
    "maxout_mlp": {"hidden": (4, 3), "pieces": 3},
    "lenet": {"input": (1, 14, 12), "activation": "sigmoid", "pool": "average_pool"},
    "vgg": {"input": DIGITS, "widths": (2, 3), "hidden": (4,)},
    "resnet": {"input": DIGITS, "widths": (2, 3), "blocks": 2, "activation": "leaky_relu"},
    "densenet": {"input": DIGITS, "first": 3, "growth": 2},
    "unet": {"input": (2, 4, 8), "levels": 2, "filters": 2, "classes": 3, "activation": "hard_sigmoid"},
}


def test_all_are_tried():
    """There is no family without a small network."""
    assert set(SMALL) == set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_as_they_come(name):
    """With no options a network is made whose result has ten classes, or five for each pixel."""
    network = FAMILIES[name]()
    assert network.name == name
    x = np.random.default_rng(1).random((2, *network.input), np.float32)
    y = predict(network, initial_parameters(network, 1), x)
    assert y.shape == ((2, 5, 32, 32) if name == "unet" else (2, 10))
    assert y.dtype == np.float32
    assert np.isfinite(y).all()


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("train", [False, True], ids=["inference", "training"])
def test_gradients(name, train):
    """Central differences of the loss with respect to the input and some elements of every learned parameter."""
    network = build(name, SMALL[name])
    parameters = initial_parameters(network, 3, np.float64)
    random = np.random.default_rng(5)
    # Shifts other than 0 keep rectifiers away from their kink where a whole channel is padding.
    parameters = {key: p + random.normal(0, 0.1, p.shape) * ("variance" not in key) for key, p in parameters.items()}
    x = random.normal(0, 1, (4, *network.input))
    shape = network.shapes()[network.layers[-1].name]
    t = random.integers(0, shape[0], (4, *shape[1:]))

    def run():
        mode = Mode(True, np.random.Generator(np.random.Philox(3))) if train else INFERENCE
        done = forward(network, parameters, x, mode)
        return done, softmax_cross_entropy(done.results[network.layers[-1].name], t)

    done, loss = run()
    gradients, of_input = backward(network, done, loss.gradient)
    assert sorted(gradients) == sorted(network.learned())
    for array, gradient in [(x, of_input), *((parameters[key], gradients[key]) for key in gradients)]:
        flat = array.reshape(-1)
        for at in random.choice(array.size, min(3, array.size), replace=False):
            kept = flat[at]
            ends = []
            for step in (1e-5, -1e-5):
                flat[at] = kept + step
                ends.append(run()[1].value)
            flat[at] = kept
            assert gradient.reshape(-1)[at] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-4, abs=1e-8)


def count(network):
    return sum(int(np.prod(shape)) for name, shape in network.parameter_shapes().items() if name in network.learned())


def test_lenet():
    """LeCun et al.: 6 planes of 28 x 28, 14 x 14, 16 of 10 x 10, 5 x 5, then 120, 84, 10; 156 numbers in C1, 10164 in F6."""
    network = FAMILIES["lenet"]()
    shapes = network.shapes()
    planes = [shapes[name] for name in ("conv1", "pool1", "conv2", "pool2", "flatten", "dense1", "dense2", "dense3")]
    assert planes == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]
    sizes = {name: int(np.prod(shape)) for name, shape in network.parameter_shapes().items()}
    assert sizes["conv1.weights"] + sizes["conv1.bias"] == 156
    assert sizes["dense1.weights"] + sizes["dense1.bias"] == 48120
    assert sizes["dense2.weights"] + sizes["dense2.bias"] == 10164
    assert count(network) == 61706


def test_vgg_of_miyashita():
    """2x64C3-MP-2x128C3-MP-2x256C3-MP-1024FC-1024FC-10 on CIFAR-10."""
    network = build("vgg", {"input": [3, 32, 32], "widths": [64, 128, 256], "hidden": [1024, 1024]})
    kernels = [shape for name, shape in network.parameter_shapes().items() if name.endswith("weights")]
    convolutions = [(64, 3, 3, 3), (64, 64, 3, 3), (128, 64, 3, 3), (128, 128, 3, 3), (256, 128, 3, 3), (256, 256, 3, 3)]
    assert kernels == [*convolutions, (1024, 4096), (1024, 1024), (10, 1024)]
    assert network.shapes()["flatten"] == (256 * 4 * 4,)


def test_maxout_of_courbariaux():
    """784 inputs, twice 240 units of 5 pieces, 10 classes; dropout of the input keeps 0.8, that of the others 0.5."""
    network = build("maxout_mlp", {"input": (784,), "hidden": (240, 240)})
    kernels = [shape for name, shape in network.parameter_shapes().items() if name.endswith("weights")]
    assert kernels == [(1200, 784), (1200, 240), (10, 240)]
    assert [layer.options["keep"] for layer in network.layers if layer.kind == "dropout"] == [0.8, 0.5, 0.5]
    assert not any(layer.all_options["inverted"] for layer in network.layers if layer.kind == "dropout")
    whole = build("maxout_mlp", {"keep": 1, "keep_input": 1})
    assert "dropout" not in {layer.kind for layer in whole.layers}


def test_unet_of_gutierrez_zaballa():
    """Five levels of 32 filters on 25 bands: 22 convolutions with 4 learned tensors each, 5 transposed ones and the head."""
    network = build("unet", {"input": (25, 192, 384), "levels": 5, "filters": 32})
    kinds = [layer.kind for layer in network.layers]
    assert (kinds.count("conv2d"), kinds.count("batch_norm"), kinds.count("conv_transpose2d")) == (23, 22, 5)
    assert len(network.learned()) == 22 * 4 + 5 * 2 + 2 == 100
    shapes = network.parameter_shapes()
    assert (shapes["up5.weights"], shapes["up5_conv1.weights"]) == ((1024, 512, 2, 2), (512, 1024, 3, 3))
    assert (shapes["up1.weights"], shapes["up1_conv2.weights"]) == ((64, 32, 2, 2), (32, 32, 3, 3))
    assert network.shapes()["base_conv2_act"] == (1024, 6, 12)
    assert network.shapes()["head"] == (5, 192, 384)


def test_resnet():
    """Blocks of a width halve rows and columns once, except in the first; the shortcut is a convolution only there."""
    network = build("resnet", {"input": (3, 32, 32), "widths": (16, 32, 64), "blocks": 3})
    shapes = network.shapes()
    assert [shapes[f"block{i}_3_act"] for i in (1, 2, 3)] == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert [layer.name for layer in network.layers if layer.name.endswith("_short")] == ["block2_1_short", "block3_1_short"]
    # He et al. (2015), table 6: ResNet-20 of CIFAR-10 has 0.27 million; the two convolutions of the shortcuts add 2560.
    assert count(network) == 272474


def test_densenet():
    """A layer adds ``growth`` channels, and a transition halves them."""
    shapes = build("densenet", {"first": 8, "growth": 4, "blocks": (3, 2)}).shapes()
    assert shapes["block1_3_concat"] == (20, 28, 28)
    assert shapes["halve2_pool"] == (10, 14, 14)
    assert shapes["block2_2_concat"] == (18, 14, 14)


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("alexnet", {}, "there is no family 'alexnet'; there are mlp, maxout_mlp, lenet, vgg, resnet, densenet, unet"),
        ("mlp", {"depth": 3}, "mlp has no option 'depth'; there are input, hidden, classes, activation"),
        ("mlp", {"hidden": 3}, "mlp: an option is of another type than .* says: 'int' object is not iterable"),
        ("mlp", {"activation": "rely"}, r"layer act1: there is no kind 'rely'; did you mean relu\?"),
        ("mlp", {"classes": 0}, "layer dense2: the option outputs is a whole number of at least 1, not 0"),
        ("mlp", {"input": []}, r"mlp takes an input of some axes of whole lengths, not \[\]"),
        ("lenet", {"input": (8, 8)}, r"lenet takes an input of 3 axes of whole lengths, not \[8, 8\]"),
        ("lenet", {"input": (1, 8, 8)}, "layer conv2: a kernel of 5 x 5 has no place on an image of 4 x 4"),
        (
            "unet",
            {"input": (3, 20, 24), "levels": 3},
            "unet of 3 levels halves rows and columns so often, which 20 x 24 does not",
        ),
    ],
)
def test_refusals(family, options, message):
    """What means nothing is said in one line."""
    with pytest.raises(ValueError, match=message):
        build(family, options)


@pytest.mark.parametrize(
    ("family", "option", "value"),
    [("unet", "levels", 10**17), ("vgg", "widths", [1] * 1000), ("resnet", "widths", {"a": 1})],
)
def test_options_without_measure(family, option, value):
    """What no network has is refused before one is built."""
    with pytest.raises(ValueError, match=family):
        build(family, {option: value})
