"""Scales, zero points and what requantization takes: against the specification, brute force, and the exact quotient."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refsim.engine.array import as_array
from refsim.engine.networks import trace
from refsim.engine.requantization import integers
from refsim.nn.calibration import BY_MAX, Calibration, Range, numbers_of
from refsim.nn.networks import INPUT, Layer, Network
from refsim.nn.quantization.affine_parameters import (
    SCALINGS,
    Affine,
    biases,
    find_affine,
    from_range,
    number32,
    quantized,
    requantization,
    restored,
)
from refsim.nn.quantization.outputs import by_output, from_outputs
from refsim.nn.quantization.quantize import quantize
from refsim.spec import requantization as spec
from refsim.spec.catalogue import get_format

from .quantized_cases import affine, error_of, parameters_of, samples_of

INT8, UINT8 = get_format("int8"), get_format("uint8")
ENDS = st.floats(-1000, 1000, width=32)


@given(ENDS, ENDS, st.sampled_from(["int8", "uint8", "int16", "uint4"]))
def test_both_ends_and_zero_are_among_the_codes(a, b, format):
    """The range of the codes holds the range of the numbers, to half a step, and zero is a code exactly."""
    low, high = min(a, b, 0.0), max(a, b, 0.0)
    assume(high - low > 1e-6)
    of = from_range(Range(low, high), get_format(format), symmetric=False, power_of_two_scale=False)
    least, greatest = ((end - of.zero_point) * of.value for end in (-of.format.top_negative, of.format.top))
    assert least <= 0 <= greatest
    step = of.value * Fraction(51, 100)
    assert least <= Fraction(low) + step
    assert Fraction(high) - step <= greatest
    assert (restored(quantized("onnx", np.zeros(1), of), of) == 0).all()


@given(ENDS, ENDS)
def test_powers_of_two_hold_everything(a, b):
    """A scale that is a power of two is the least one at which nothing overflows."""
    low, high = min(a, b, 0.0), max(a, b, 0.0)
    assume(max(-low, high) > 1e-3)
    of = from_range(Range(low, high), INT8, symmetric=True, power_of_two_scale=True)
    assert of.zero_point == 0
    assert np.frexp(float(of.value))[0] == 0.5
    assert -128 * of.value <= Fraction(low)
    assert Fraction(high) <= 127 * of.value
    assert not (-64 * of.value <= Fraction(low) and Fraction(high) <= Fraction(127, 2) * of.value)


def test_nothing_but_zero():
    """Where there is nothing the scale is 1 and the zero point 0, whatever way is asked for."""
    for symmetric in (True, False):
        for power in (True, False):
            of = from_range(Range(0.0, 0.0), INT8, symmetric=symmetric, power_of_two_scale=power)
            assert (of.value, of.zero_point) == (1, 0)
    assert from_range(Range(-1e-9, 0.0), INT8, symmetric=True, power_of_two_scale=True).value == 1


@pytest.mark.parametrize("symmetric", [True, False])
def test_least_squares_by_brute_force(symmetric):
    """l2 takes the candidate of least squared error, quantized as it is going to be."""
    random = np.random.default_rng(3)
    values = np.append(random.normal(0.3, 1, 500), [9.0]).astype(np.float32).astype(np.float64)
    found = find_affine(
        numbers_of("x", values), Calibration("l2", candidates=30), "onnx", INT8, symmetric=symmetric, power_of_two_scale=False
    )
    best = None
    for i in range(30, 0, -1):
        reach = values.max() * i / 30
        low, high = max(values.min(), -reach), min(values.max(), reach)
        if symmetric:
            scale, zero = np.float32(np.float32(max(-low, high)) / np.float32(127)), 0
        else:
            scale = np.float32((high - low) / 255)
            zero = int(np.floor(-128 - low / ((high - low) / 255) + 0.5))
        codes = np.clip(np.round(values.astype(np.float32) / scale) + zero, -128, 127)
        error = (((codes - zero) * float(scale) - values) ** 2).sum()
        if best is None or error < best[0] * (1 - 1e-12):
            best = error, float(scale)
    assert float(found.value) == best[1]


@given(st.floats(1e-4, 1), st.floats(1e-4, 1), st.floats(1e-2, 1e2), st.integers(-(1 << 20), 1 << 20))
def test_multipliers_stand_for_the_quotient(x, w, y, acc):
    """With its parameters every model gives the accumulator times the operands' scales by the result's, to a step."""
    of_x, of_w, of_y = (Affine(number32(scale), 0, get_format("int8")) for scale in (x, w, y))
    wanted = acc * of_x.value * of_w.value / of_y.value
    assume(of_x.value * of_w.value / of_y.value < Fraction(1, 2))
    for model in SCALINGS:
        if model == "dpu":
            continue
        found = requantization(model, of_x, [of_w], of_y)
        multiplier = int(found["scale"].codes[0]) if "scale" in found else int(integers(found["multiplier"])[0])
        shift = int(integers(found["shift"])[0]) if "shift" in found else 0
        slack = 1 + abs(wanted) * Fraction(1, 1 << (13 if model in {"tosa_16", "tflite_int64"} else 22))
        got = spec.get_model(model).scaled(acc, multiplier, shift) if _reaches(model, acc, shift) else wanted
        assert abs(got - wanted) <= slack


def _reaches(model, acc, shift):
    """Whether the 32-bit models of TOSA take the accumulator at a shift."""
    return not model.startswith("tosa_32") or -(1 << shift - 1) <= acc < 1 << shift - 1


def test_shifts_stand_for_the_quotient():
    """A shift is the sum of the positions of the operands less that of the result."""
    of_x, of_w, of_y = (Affine(number32(2.0**-p), 0, INT8) for p in (5, 7, 3))
    assert integers(requantization("dpu", of_x, [of_w, of_x], of_y)["shift"]).tolist() == [9, 7]


@pytest.mark.parametrize("model", [model for model in SCALINGS if model != "dpu"])
@pytest.mark.parametrize("sums", ["rounded", "fused"])
def test_every_requantization_model(model, sums):
    """Under every model a network is as near to its original as 8 bits allow."""
    layers = (
        Layer("a", "conv2d", (INPUT,), {"kernels": 3, "kernel": [2, 2]}),
        Layer("b", "relu", ("a",)),
        Layer("c", "conv2d", ("b",), {"kernels": 2, "kernel": [2, 2]}),
    )
    network = Network("x", (2, 4, 4), layers)
    scheme = affine(requantization=model, sums=sums, activations="uint8")
    assert error_of(network, parameters_of(network), scheme, samples_of(network, 40)) < 0.03


@pytest.mark.parametrize("weights", ["int8", "uint8", "uint4"])
@pytest.mark.parametrize("per", ["tensor", "channel"])
def test_asymmetric_weights(weights, per):
    """Weights with zero points are held less these, so that sums are those of the real numbers."""
    network = Network("x", (5,), (Layer("a", "dense", (INPUT,), {"outputs": 4}),))
    parameters, samples = parameters_of(network), samples_of(network, 40)
    parameters["a.weights"] = parameters["a.weights"] + np.float32(0.25)
    scheme = affine(weights=weights, per=per, symmetric_weights=False)
    made, tensors = quantize(network, parameters, scheme, samples)
    assert tensors["a.weights"].format.name == f"int{int(weights.strip('uint')) + 1}"
    assert error_of(network, parameters, scheme, samples) < (0.1 if weights == "uint4" else 0.02)
    assert trace(made, tensors, as_array(samples))["a/sum"].format.name == "int32"


def test_biases():
    """A bias is the nearest integer at the product of the scales, ties to even, for each output its own."""
    of_x, weights = Affine(number32(0.5), 0, INT8), [Affine(number32(s), 0, INT8) for s in (0.5, 0.25)]
    found = biases(np.array([0.625, 1.0625]), of_x, weights, get_format("int32"))
    assert integers(found).tolist() == [2, 8]
    assert integers(biases(np.array([1e12, -1e12]), of_x, weights, get_format("int16"))).tolist() == [32767, -32768]


def test_saturating_accumulators():
    """With a narrow register sums saturate, and the requantized result shows it."""
    network = Network("x", (64,), (Layer("a", "dense", (INPUT,), {"outputs": 1, "bias": False}),))
    parameters = {"a.weights": np.ones((1, 64), np.float32)}
    samples = np.linspace(0, 1, 8, dtype=np.float32)[:, None] * np.ones(64, np.float32)
    narrow = "datapath(exact,sequential(int18/toward_zero/saturate),first,sum)"
    for datapath, most in ((None, 64), (narrow, 131071 / 127 / 127)):
        scheme = affine(symmetric_activations=True, **({"datapath": datapath} if datapath else {}))
        made, tensors = quantize(network, parameters, scheme, samples)
        result = trace(made, tensors, as_array(samples))["output/real"].values()
        assert abs(result.max() - most) < 0.5


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_weights_by_output(groups):
    """A row has the weights of one output, found by their indices, and rows go back to where they came from."""
    weights = np.arange(8 * 3 * 2).reshape(8, 3, 2, 1)
    rows = by_output("conv_transpose2d", weights, groups)
    depth = 8 // groups
    for o in range(3 * groups):
        group, each = divmod(o, 3)
        assert rows[o].tolist() == weights[group * depth : (group + 1) * depth, each].reshape(-1).tolist()
    np.testing.assert_array_equal(from_outputs("conv_transpose2d", rows, weights.shape, groups), weights)
    for kind in ("conv2d", "dense"):
        rows = by_output(kind, weights, groups)
        assert rows.shape == (8, 6)
        np.testing.assert_array_equal(from_outputs(kind, rows, weights.shape, groups), weights)


def test_one_calibration_for_the_weights_of_each_output():
    """Per channel every output has the scale of its own weights."""
    network = Network("x", (3,), (Layer("a", "dense", (INPUT,), {"outputs": 2, "bias": False}),))
    parameters = {"a.weights": np.array([[127, 1, 0], [0, 0.5, -12.7]], np.float32)}
    samples = samples_of(network)
    _, tensors = quantize(network, parameters, affine(per="channel"), samples)
    assert integers(tensors["a.weights"]).tolist() == [[127, 1, 0], [0, 5, -127]]
    _, tensors = quantize(network, parameters, affine(per="tensor"), samples)
    assert integers(tensors["a.weights"]).tolist() == [[127, 1, 0], [0, 0, -13]]
    found = find_affine(
        numbers_of("x", parameters["a.weights"]), BY_MAX, "onnx", UINT8, symmetric=False, power_of_two_scale=False
    )
    assert found.format == UINT8
