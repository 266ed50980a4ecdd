"""Weights of few bits, and errors, against formulas."""

from math import sqrt

import numpy as np
import pytest

from refsim.nn.networks import INPUT, Layer, Network
from refsim.nn.training.quantizer_names import get_quantizer
from refsim.studies.log_representation.errors import error_of
from refsim.studies.log_representation.settings import CONV_WEIGHTS
from refsim.studies.log_representation.weights import quantized_weights

from .tiny import SIZES, outcomes

NETWORK = Network(
    "small",
    (1, 4, 4),
    (
        Layer("conv", "conv2d", (INPUT,), {"kernels": 2, "kernel": [3, 3], "bias": False}),
        Layer("flatten", "flatten", ("conv",)),
        Layer("dense", "dense", ("flatten",), {"outputs": 2, "bias": False}),
    ),
)
RANDOM = np.random.default_rng(5)
PARAMETERS = {
    "conv.weights": RANDOM.normal(0, 1, (2, 1, 3, 3)).astype(np.float32),
    "dense.weights": RANDOM.normal(0, 1, (2, 8)).astype(np.float32),
}


def levels(base, scale):
    """The magnitudes of 5 bits with a sign, from zero up."""
    if base == "linear":
        return np.array([n * 2.0 ** (scale - 4) for n in range(16)])
    steps = 2 if base == "base sqrt2" else 1
    return np.array([0.0, *(2.0 ** (scale - n / steps) for n in range(15, 0, -1))])


def nearest(x, base, scale):
    """Numbers brought to the nearest level, of logarithms by the logarithm, and the zero as one level below the others."""
    found, places = levels(base, scale), np.abs(x)
    points = found
    if base != "linear":
        places, points = np.log2(places), np.log2([found[1] ** 2 / found[2], *found[1:]])
    return found[np.abs(places[..., None] - points).argmin(-1)]


@pytest.mark.parametrize("base", CONV_WEIGHTS)
def test_kernels_are_levels_of_least_squared_error_and_dense_weights_stay(base):
    made = quantized_weights(NETWORK, PARAMETERS, "conv2d", CONV_WEIGHTS[base])
    assert made["dense.weights"] is PARAMETERS["dense.weights"]
    wide = PARAMETERS["conv.weights"].astype(np.float64)
    # No magnitude is 4 or more: with a full scale of 3 nothing is cut off, and finer ones are tried.
    tried = [np.sign(wide) * nearest(wide, base, scale) for scale in (3, 2, 1, 0, -1)]
    best = min(tried, key=lambda one: float(((one - wide) ** 2).sum()))
    assert made["conv.weights"] == pytest.approx(best, rel=1e-6)


def test_the_mean_error_of_powers_of_two():
    """Of numbers whose logarithms are evenly spread over octaves: (sqrt2 + 1/sqrt2 - 2) / (sqrt2 - 1/sqrt2), by integrals of
    abs(1 - 2**l) and 2**l from -1/2 to 1/2; a noise of -10 log10 of the same for squares."""
    x = 2.0 ** ((np.arange(40000) + 0.5) / 10000 - 2.5)
    mean, ratio = error_of(x, get_quantizer("log:4")(x, np.array([5.0])))
    root = sqrt(2)
    assert mean == pytest.approx(100 * (root + 1 / root - 2) / (root - 1 / root), abs=0.01)
    # The integrals of 4**l, 2 * 2**l and 1 over an octave: 3 / (2 ln 4), 2 (root - 1 / root) / ln 2 and 1.
    signal = 1.5 / np.log(4)
    assert ratio == pytest.approx(10 * np.log10(signal / (signal - 2 * (root - 1 / root) / np.log(2) + 1)), abs=0.01)


def test_errors_by_hand_and_where_there_are_none():
    # Three of eight is lost on the mean, and 30 by 5 of squares is 6: 7.782 dB.
    assert error_of(np.array([1.0, 2.0, 5.0]), np.array([1.0, 4.0, 4.0])) == (37.5, 7.782)
    assert error_of(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == (0.0, None)
    assert error_of(np.zeros(2), np.zeros(2)) == (None, None)


def test_records_of_weights_have_every_base_in_every_part():
    records = outcomes()["weights/vgg/2"].records
    assert [(one["part"], one["weights"]) for one in records] == [
        ("activations", "float"),
        *((part, base) for part in ("dense", "both", "convolutions alone") for base in CONV_WEIGHTS),
    ]
    assert all(one["images"] == SIZES.test for one in records)
