"""Networks of codes out of networks in floating point: names, formats, where they are rounded, and what is refused."""

import numpy as np
import pytest

from refsim.engine.array import as_array
from refsim.engine.networks import run, trace
from refsim.nn.families import FAMILIES
from refsim.nn.networks import INPUT, Layer, Network, forward, predict
from refsim.nn.quantization.presets import PRESETS
from refsim.nn.quantization.quantize import quantize, scheme_of

from .quantized_cases import (
    affine,
    error_of,
    fixed,
    floats,
    mixed,
    parameters_of,
    samples_of,
)


def test_names_of_nodes_and_parameters():
    """The node that completes a layer has its name; parameters are those of the layer by role."""
    network = mixed()
    made, tensors = quantize(network, parameters_of(network), "int8", samples_of(network))
    nodes = [node.name for node in made.nodes]
    assert [name for name in nodes if "/" not in name] == [layer.name for layer in network.layers]
    assert nodes[-1] == "output/real"
    assert nodes[:7] == ["input/codes", "conv1/centred", "conv1/sum", "conv1", "act1", "depth/sum", "depth"]
    assert {"conv1.weights", "conv1.bias", "conv1.scale", "conv1.zero_point", "input.scale", "depth.weights"} <= set(tensors)
    assert "depth.bias" not in tensors
    fixed_made, fixed_tensors = quantize(network, parameters_of(network), "q2.5")
    assert [node.name for node in fixed_made.nodes][:3] == ["input/codes", "conv1", "act1"]
    assert {"norm.b", "norm.c", "act2.b", "dense.bias"} <= set(fixed_tensors)


def test_every_layer_is_near_its_original():
    """In binary32 not only the result but every layer's codes are near the numbers of the network in floating point."""
    network = mixed()
    parameters, samples = parameters_of(network), samples_of(network)
    wide = floats("binary32")
    made, tensors = quantize(network, parameters, wide)
    found, wanted = trace(made, tensors, as_array(samples)), forward(network, parameters, samples).results
    for layer in network.layers:
        np.testing.assert_allclose(found[layer.name].values(), wanted[layer.name], rtol=1e-5, atol=1e-6)


def test_overrides_by_name():
    """A pattern changes the formats of the layers that it matches, and of no others; the input is one of the names."""
    network = mixed()
    scheme = fixed("q3.6", layers={"conv*": {"weights": "q1.8", "activations": "q4.9"}, "input": {"activations": "uq2.6"}})
    made, tensors = quantize(network, parameters_of(network), scheme)
    types = made.types()
    assert types["input/codes"].format.name == "uq2.6"
    assert types["conv1"].format.name == "q4.9"
    assert types["act1"].format.name == "q3.6"
    assert tensors["conv1.weights"].format.name == "q1.8"
    assert tensors["depth.weights"].format.name == "q3.6"


def test_concatenated_formats():
    """Results of different formats are brought into that of the concatenation; those that have it are not."""
    network = mixed()
    made, _ = quantize(network, parameters_of(network), fixed("q3.6", layers={"act1": {"activations": "q2.9"}}))
    nodes = [node.name for node in made.nodes]
    assert "both/2" in nodes
    assert "both/1" not in nodes
    assert made.types()["both"].format.name == "q3.6"


def test_fused_sums():
    """Fused, the activation rounds the accumulator itself: it is rounded once."""
    network = Network("one", (3,), (Layer("dense", "dense", (INPUT,), {"outputs": 2}), Layer("act", "sigmoid", ("dense",))))
    parameters, samples = parameters_of(network), samples_of(network, 300)
    wide = "datapath(exact,total({32}/toward_zero/saturate),first,sum)"
    made = {
        sums: quantize(network, parameters, fixed("q2.5", sums=sums, datapath=wide)) for sums in ("rounded", "fused", "kept")
    }
    nodes = {sums: [node.name for node in network.nodes] for sums, (network, _) in made.items()}
    assert nodes["rounded"] == ["input/codes", "dense/sum", "dense", "act"]
    assert nodes["fused"] == nodes["kept"] == ["input/codes", "dense", "act"]
    assert made["fused"][0].types()["dense"].format.name == "q21.10"
    once, twice = (run(*made[sums], as_array(samples)).values() for sums in ("fused", "rounded"))
    wanted = predict(network, parameters, samples)
    assert np.abs(once - wanted).mean() < np.abs(twice - wanted).mean()


@pytest.mark.parametrize("order", [("act", "sums"), ("sums", "act")])
def test_sums_that_others_take_are_not_fused(order):
    """Where a layer that is no activation takes a result too, or nothing does, it is rounded; so are affine sums."""
    network = Network(
        "one",
        (3,),
        (
            Layer("sums", "dense", (INPUT,), {"outputs": 2}),
            Layer("act", "relu", ("sums",)),
            Layer("both", "add", order),
            Layer("last", "dense", ("both",), {"outputs": 2}),
        ),
    )
    parameters, samples = parameters_of(network), samples_of(network)
    wide = "datapath(exact,total({32}/toward_zero/saturate),first,sum)"
    for scheme in (
        fixed("q2.5", sums="fused", datapath=wide),
        affine(sums="fused", output="codes", symmetric_activations=True),
    ):
        made, _ = quantize(network, parameters, scheme, samples)
        names = [node.name for node in made.nodes]
        assert names == ["input/codes", "sums/sum", "sums", "act", "both", "last/sum", "last"]


def test_fused_requantization():
    """An affine relu that is fused clamps the requantized sum at its zero point: no code is below it."""
    network = Network(
        "one",
        (4,),
        (Layer("a", "dense", (INPUT,), {"outputs": 6}), Layer("b", "relu", ("a",)), Layer("c", "relu6", ("b",))),
    )
    parameters, samples = parameters_of(network), samples_of(network, 50)
    made, tensors = quantize(network, parameters, affine(sums="fused", output="codes"), samples)
    assert [node.name for node in made.nodes] == ["input/codes", "a/centred", "a", "b", "c"]
    codes = trace(made, tensors, as_array(samples))["b"].values()
    zero = tensors["b.zero_point"].values()[0]
    assert codes.min() == zero == -128
    assert made.nodes[3].rule.low == -128


def test_fused_relu6_is_limited_above():
    """The upper limit of a fused relu6 is the code of 6."""
    network = Network("one", (2,), (Layer("a", "dense", (INPUT,), {"outputs": 2}), Layer("b", "relu6", ("a",))))
    parameters = {"a.weights": np.full((2, 2), 8, np.float32), "a.bias": np.zeros(2, np.float32)}
    samples = np.linspace(-3, 3, 40, dtype=np.float32).reshape(20, 2)
    scheme = affine(sums="fused", output="codes", symmetric_activations=True, calibration={"method": "max"})
    made, tensors = quantize(network, parameters, scheme, samples)
    rule = made.nodes[-1].rule
    assert (rule.low, rule.high) == (0, 127)
    assert run(made, tensors, as_array(samples)).values().max() == 127


def test_levels_are_weights_times_a_step():
    """The weights of each layer are levels, and the sums are multiplied by the step, of each output where it has its own."""
    network = mixed()
    parameters, samples = parameters_of(network), samples_of(network)
    _, tensors = quantize(network, parameters, {**PRESETS["ternary"], "per": "channel"}, samples)
    assert set(np.unique(tensors["conv1.weights"].values())) <= {-1, 0, 1}
    assert tensors["conv1.scale"].shape == (3,)
    assert tensors["up.scale"].shape == (2,)
    steps = tensors["up.scale"].values()
    for kernel in range(2):
        weights = parameters["up.weights"][:, kernel].astype(np.float64)
        levels = tensors["up.weights"].values()[:, kernel]
        tried = [
            ((weights - step * np.clip(np.round(weights / step), -1, 1)) ** 2).sum() for step in np.linspace(0.01, 3, 3000)
        ]
        assert ((weights - steps[kernel] * levels) ** 2).sum() <= min(tried) + 1e-9


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        ("int9", "there is no scheme 'int9'; did you mean int8?"),
        (fixed("q8?"), "the scheme chooses formats or scales by samples, as for input, and there are none"),
        (affine(), "the scheme chooses formats or scales by samples, as for input, and there are none"),
        (fixed("q2.5", layers={"conv9": {}}), "no layer of the network mixed matches 'conv9'; there are input, conv1"),
        (floats("bfloat16", datapath=fixed("")["datapath"]), "layer conv1: a register of a product's places needs fixed point"),
        (
            {
                **PRESETS["ternary"],
                "datapath": PRESETS["ternary"]["datapath"].replace("output,sum", "first,sum"),
                "activations": "q2.5",
            },
            "layer conv1: a bias beside a step is added to the output, not first",
        ),
    ],
)
def test_refusals(scheme, message):
    """What cannot be done is said in one line, with the layer's name where it is one layer's fault."""
    network = mixed()
    with pytest.raises(ValueError, match="^" + message.replace("?", r"\?")) as caught:
        quantize(network, parameters_of(network), scheme)
    assert "\n" not in str(caught.value)


def test_a_layer_may_be_called_output():
    """The names of what is added do not meet those of layers."""
    layers = (Layer("codes", "dense", (INPUT,), {"outputs": 2}), Layer("output", "softmax", ("codes",)))
    network = Network("x", (2,), layers)
    made, _ = quantize(network, parameters_of(network), "int8", samples_of(network))
    assert [node.name for node in made.nodes][-4:] == ["output/1", "output/result", "output", "output/real"]


def test_missing_parameters_and_slashes():
    """A parameter that is missing, and a layer with a slash in its name, are refused."""
    network = mixed()
    parameters = parameters_of(network)
    del parameters["norm.mean"]
    with pytest.raises(ValueError, match=r"the parameter norm\.mean of the network mixed is missing"):
        quantize(network, parameters, "q2.5")
    slashed = Network("x", (2,), (Layer("a/b", "relu", (INPUT,)),))
    with pytest.raises(ValueError, match="the layer a/b has a slash in its name"):
        quantize(slashed, {}, "q2.5")


def test_a_position_out_of_reach():
    """Scales that a requantization model has no shift for are refused when the network is made, not when it runs."""
    network = Network("x", (2,), (Layer("a", "dense", (INPUT,), {"outputs": 1, "bias": False}),))
    parameters = {"a.weights": np.array([[1e12, -1e12]], np.float32)}
    samples = np.array([[1e12, 1e12], [1, 1]], np.float32)
    with pytest.raises(ValueError, match=r"^layer a: shift -?\d+ of dpu is not in -31\.\.31"):
        quantize(network, parameters, "int8-power-of-two", samples)


def test_progress():
    """Every batch of samples is told of."""
    network, told = mixed(), []
    quantize(network, parameters_of(network), "int8", samples_of(network, 130), lambda *done: told.append(done))
    assert told == [(64, 130), (128, 130), (130, 130)]


@pytest.mark.parametrize("name", PRESETS)
def test_presets(name):
    """Every preset is a scheme, and a small network is nearer to its original under it than nothing would be."""
    assert scheme_of(name).numbers == PRESETS[name]["numbers"]
    network = FAMILIES["mlp"](input=(1, 4, 4), hidden=(8,))
    assert error_of(network, parameters_of(network), name, samples_of(network)) < 0.7


def test_the_result_depends_on_the_parameters():
    """A weight that differs in its last place is noticed in the result."""
    network = mixed()
    samples = samples_of(network, 1)
    made, tensors = quantize(network, parameters_of(network), "q2.5")
    other = dict(tensors)
    other["dense.weights"] = type(tensors["dense.weights"])(tensors["dense.weights"].codes ^ 1, tensors["dense.weights"].format)
    first, second = (run(made, given, as_array(samples)).codes for given in (tensors, other))
    assert (first != second).any()
