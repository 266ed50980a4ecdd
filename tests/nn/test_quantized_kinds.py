"""Every kind of layer and every family under every kind of scheme: against the specification, and near to its original."""

import json

import pytest

from refsim.nn.families import FAMILIES
from refsim.nn.folding import fold, shared
from refsim.nn.quantization.presets import PRESETS
from refsim.nn.quantization.quantize import quantize
from refsim.spec.network_names import read_network, write_network

from .layer_cases import CASES
from .quantized_cases import (
    affine,
    check_against_the_specification,
    error_of,
    fixed,
    floats,
    mixed,
    of_case,
    parameters_of,
    samples_of,
)

SCHEMES = {
    **{name: PRESETS[name] for name in ("int8", "int8-power-of-two", "q2.5", "q8?", "fp8", "log4", "ternary")},
    "kept": fixed("q3.8", sums="kept", datapath="datapath(exact,sequential({24}/ties_to_even/saturate),last,sum)"),
    "steps": floats("bfloat16", softmax="steps", pool="sequential(binary32/ties_to_even/infinity)", constants="bfloat16"),
    "gemmlowp": affine(
        requantization="gemmlowp", symmetric_weights=False, per="tensor", quantization="tflite", sums="fused", way="onnxruntime"
    ),
    "int24": affine(
        activations="uint8",
        requantization="tosa_32",
        datapath="datapath(exact,sequential(int24/toward_zero/saturate),last,sum)",
        calibration={"method": "percentile", "percentile": 99},
    ),
}
SMALL = {
    "mlp": {"input": (1, 3, 3), "hidden": (4,), "classes": 3},
    "maxout_mlp": {"input": (1, 3, 3), "hidden": (3,), "pieces": 2, "classes": 3},
    "lenet": {"input": (1, 12, 12)},
    "vgg": {"input": (1, 4, 4), "widths": (3,), "hidden": (4,)},
    "resnet": {"input": (1, 4, 4), "widths": (2, 3)},
    "densenet": {"input": (1, 4, 4), "first": 2, "growth": 2, "blocks": (1, 1)},
    "unet": {"input": (2, 4, 4), "levels": 1, "filters": 2, "classes": 2},
}


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("name", SCHEMES)
def test_every_kind_of_layer(name, case):
    """Each kind becomes rules whose results are the specification's on arrays, and whose last one has the layer's name."""
    network = of_case(case)
    parameters, samples = parameters_of(network), samples_of(network, 2)
    made, tensors = quantize(network, parameters, SCHEMES[name], samples)
    nodes = [node.name for node in made.nodes]
    assert nodes[0] == "input/codes"
    assert "layer" in nodes[-2:]
    assert made.types()["layer"].shape == network.shapes()["layer"]
    check_against_the_specification(made, tensors, samples[:1])


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize(
    ("scheme", "most"),
    [
        (floats("binary32"), 2e-6),
        (affine(activations="int12", weights="int10", requantization="tosa_32", sums="fused"), 0.01),
        (affine(activations="uint12", weights="int10", way="binary32", per="tensor"), 0.01),
        (
            affine(activations="int16", power_of_two=True, quantization="vitis_dpu", requantization="dpu", weights="int12"),
            0.005,
        ),
    ],
    ids=["binary32", "exact", "binary32 between codes", "powers of two"],
)
def test_every_kind_is_near_its_original(case, scheme, most):
    """With enough bits each kind comes as near to its original as they allow."""
    network = of_case(case)
    assert error_of(network, parameters_of(network), scheme, samples_of(network, 30)) < most


@pytest.mark.parametrize("name", SCHEMES)
def test_plain_data(name):
    """What is made can be written as plain data and read again."""
    network = mixed()
    made, _ = quantize(network, parameters_of(network), SCHEMES[name], samples_of(network))
    assert read_network(json.loads(json.dumps(write_network(made)))) == made


@pytest.mark.parametrize("family", [name for name in SMALL if name != "lenet"])
@pytest.mark.parametrize("name", ["int8", "int8-power-of-two", "fp8", "ternary"])
def test_families(family, name):
    """Networks of all families, folded where they can be, are computed on arrays as by the specification."""
    network = FAMILIES[family](**SMALL[family])
    network, parameters = fold(network, parameters_of(network), leave=shared(network))
    samples = samples_of(network)
    made, tensors = quantize(network, parameters, name, samples)
    check_against_the_specification(made, tensors, samples[:1])


@pytest.mark.parametrize("family", SMALL)
def test_wide_formats_are_nearly_floating_point(family):
    """In binary32 nothing but the order of the sums and their roundings differs."""
    network = FAMILIES[family](**SMALL[family])
    parameters, samples = parameters_of(network), samples_of(network)
    assert error_of(network, parameters, floats("binary32"), samples) < 2e-6


@pytest.mark.parametrize("family", ["maxout_mlp", "resnet", "densenet", "unet"])
@pytest.mark.parametrize(
    "schemes",
    [
        [fixed("q3.4"), fixed("q5.10", datapath=fixed("q3.4")["datapath"].replace("32", "48")), floats("binary32")],
        [
            fixed("q4?"),
            fixed("q6?"),
            fixed("q8?"),
            fixed("q12?"),
            fixed("q16?", datapath=fixed("")["datapath"].replace("32", "48")),
        ],
        [floats("float8_e5m2"), floats("bfloat16"), floats("binary16")],
        [floats("slog2_fsr?", "saturate"), floats("slog4_fsr?", "saturate")],
        [
            affine(weights="int4", activations="int4"),
            affine(weights="int6", activations="int6"),
            affine(),
            affine(activations="int12", weights="int10"),
        ],
        [affine(), affine(activations="uint12", weights="int12", symmetric_weights=True)],
    ],
    ids=["fixed", "dynamic-fixed", "floats", "logarithms", "affine", "unsigned"],
)
def test_more_bits_come_nearer(family, schemes):
    """With each scheme the network of codes is nearer to the one in floating point than with the one before."""
    network = FAMILIES[family](**SMALL[family])
    network, parameters = fold(network, parameters_of(network), leave=shared(network))
    samples = samples_of(network)
    errors = [error_of(network, parameters, scheme, samples) for scheme in schemes]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < (0.6 if "log" not in str(schemes[0]) else 1) * errors[0]
