"""The network of codes: against the specification, and its sums by the paper's recursion."""

from fractions import Fraction
from math import floor, log2

import numpy as np
import pytest

from refsim.engine import Array, as_array
from refsim.engine.datapaths import dot
from refsim.engine.networks import array_of, tensor_of, trace
from refsim.nn.networks import initial_parameters
from refsim.nn.quantization.quantize import quantize
from refsim.nn.training.quantized import calibrated
from refsim.spec.catalogue import get_format
from refsim.spec.datapath_names import get_datapath
from refsim.spec.networks import trace as golden
from refsim.studies.log_representation.bits import quantizers_of
from refsim.studies.log_representation.datapaths import EXACT, LINE, LINEAR, TABLE, Path, scheme
from refsim.studies.log_representation.networks import alexnet

from .tiny import outcomes

X = np.random.default_rng(8).random((3, 1, 8, 8)).astype(np.float32)
PATHS = [
    ("method 1", Path(EXACT, 32)),
    ("method 1", Path(LINEAR, 4)),
    ("method 2", Path(LINEAR, 4)),
    ("method 2", Path(TABLE, 3)),
    ("method 2", Path(LINE, 8)),
]


@pytest.mark.parametrize(("method", "path"), PATHS, ids=str)
def test_every_code_is_that_of_the_specification(method, path):
    network = alexnet((1, 8, 8), 4, (2, 3), (4,), 1.0)
    parameters = initial_parameters(network, 2)
    scales = calibrated(network, parameters, quantizers_of(network, method), X)
    made, tensors = quantize(network, parameters, scheme(network, scales, method, path.datapath(method)))
    one = as_array(X[:1])
    found = trace(made, tensors, one)
    wanted = golden(
        made, {name: tensor_of(array) for name, array in tensors.items()}, tensor_of(Array(one.codes[0], one.format))
    )
    assert list(found) == list(wanted)
    for name, tensor in wanted.items():
        assert (found[name].codes[0] == array_of(tensor).codes).all(), name


def recursion(exponents):
    """Section 3.3: the greater of both, and a one shifted by their distance, the sum's fraction dropped for the shift."""
    s = Fraction(exponents[0])
    for p in exponents[1:]:
        s = max(s, Fraction(p)) + Fraction(1, 2 ** abs(floor(s) - p))
    return s


@pytest.mark.parametrize(
    ("exponents", "known"),
    [([3, 3], 4), ([3, 1], 3.25), ([0, 0, 0, 0], 2), ([2, 0, -1, 1], 2.875), ([5] * 8, 8), ([1, 1, 3], None)],
)
def test_sums_of_logarithms_are_the_recursion(exponents, known):
    s = recursion(exponents)
    assert known is None or s == known
    format = get_format("log4_fsr10")
    x = Array(np.array([int(p) - 10 + 16 for p in exponents]), format)
    one = Array(np.full(len(exponents), 15), get_format("log4_fsr1"))
    assert x.values().tolist() == [2.0**p for p in exponents]
    assert one.values().tolist() == [1.0] * len(exponents)
    bias = Array(np.array(0), get_format("q15.16"))
    whole, fraction = divmod(s, 1)
    for sums, number in (
        (LINE, 2.0**whole * (1 + fraction)),
        (TABLE, round(2 ** (16 + float(fraction))) * 2.0 ** (whole - 16)),
    ):
        found = dot(x, one, get_datapath(Path(sums, 8).datapath("method 2")), bias)
        assert found.values().item() == float(number)


def test_a_linear_register_cuts_off_below_its_last_place():
    x = Array(np.array([15, 15, 15]), get_format("log4_fsr0"))
    weights = Array(np.array([3, 3, (-3) % 32]), get_format("q1.3"))
    bias = Array(np.array(0), get_format("q15.16"))
    found = {places: dot(x, weights, get_datapath(Path(LINEAR, places).datapath("method 1")), bias) for places in (2, 4)}
    # Half of 3/8 is 3/16: in quarters 0, 0, and then -1/4, as floors are.
    assert found[4].values().item() == 3 / 16
    assert found[2].values().item() == -0.25


def test_the_network_of_codes_is_the_network_that_was_trained():
    for method in ("method-1", "method-2"):
        host, exact, *others = outcomes()[f"bits/{method}/1"].records
        assert (host["sums"], exact["sums"]) == ("host", "exact")
        assert host["which"] == exact["which"]
        assert (exact["same"], exact["same_codes"]) == (exact["images"], exact["codes"])
        assert all(0 <= one["same_codes"] < one["codes"] for one in others if one["places"] < 4)


def test_a_sum_of_eight_is_exact_in_both_domains():
    assert log2(8 * 2.0**5) == recursion([5] * 8)
