"""Full scales, against the paper's equations 5 to 9 written in floating point."""

from math import log2

import numpy as np
import pytest

from refsim.nn.networks import INPUT, Layer, Network
from refsim.nn.training.quantizer_names import get_quantizer
from refsim.studies.log_representation.floating import found, is_right_quantized, offsets
from refsim.studies.log_representation.full_scales import chosen
from refsim.studies.log_representation.settings import BITS
from refsim.studies.samples import some

from .tiny import SIZES, outcomes


def log_quant(x, bits, scale):
    """LogQuant: equations 5 and 6, the least exponent being zero and the greatest one less than the full scale."""
    if x == 0:
        return 0.0
    exponent = round(log2(x))
    return 0.0 if exponent <= scale - 2**bits else 2.0 ** min(exponent, scale - 1)


def linear_quant(x, bits, scale):
    """LinearQuant: equations 7 to 9, with codes of so many bits."""
    step = 2.0 ** (scale - bits)
    return min(int(x / step + 0.5), 2**bits - 1) * step


@pytest.mark.parametrize("scale", [-1, 0, 2])
@pytest.mark.parametrize("name", BITS)
def test_quantizers_are_the_equations(name, scale):
    x = np.linspace(0, 5, 1357).astype(np.float32)
    equation = log_quant if name.startswith("log") else linear_quant
    made = get_quantizer(BITS[name])(x, np.array([float(scale)]))
    assert made.tolist() == [equation(float(one), int(name[-1]), scale) for one in x]


def relu_of_input():
    """A network whose result is the ReLU of its input, so that its classes are what quantization makes of the input."""
    return Network("small", (3,), (Layer("act", "relu", (INPUT,)), Layer("flatten", "flatten", ("act",))))


def test_each_layer_has_its_full_scale():
    # 0.3 and 0.34 become 0.25 alike under LogQuant, and the first of equals is the class; 0.1 and 0.34 stay apart.
    x = np.array([[0.3, 0.34, 0.0], [0.1, 0.34, 0.0], [1.9, 3.5, 0.0]], np.float32)
    t = np.array([1, 1, 1])
    right = [is_right_quantized(relu_of_input(), {}, get_quantizer("log:3"), {"act": s}, x, t).tolist() for s in (1, 3)]
    # With the full scale at 2 everything above 1 is 1; at 8, 1.9 and 3.5 become 2 and 4.
    assert right == [[False, True, False], [False, True, True]]


def test_offsets_are_the_exponents_above_all_activations():
    data = some("digits", 200, 20)
    network = Network("small", data.shape, (Layer("flatten", "flatten", (INPUT,)), Layer("act", "relu", ("flatten",))))
    # Pixels reach 1, which is not below 2**0.
    assert offsets(network, {}, data) == {"act": 1}


@pytest.mark.parametrize(("rights", "place"), [([1, 5, 3], 1), ([5, 5, 5, 5], 1), ([0, 7, 7, 7, 2], 2), ([3], 0)])
def test_of_several_best_the_middle_one_is_chosen(rights, place):
    assert chosen(rights) == place


def test_which_images_are_right_is_kept_as_bits():
    assert found(np.array([True, False, True, True])) == {"images": 4, "right": 3, "which": "b0"}


def test_records_have_what_was_tested_at_the_best_full_scale():
    records = outcomes()["full-scales/alexnet/1"].records
    assert [one["quantizer"] for one in records] == list(BITS)
    for one in records:
        place = one["scales"].index(one["best"])
        assert one["tested"][place] == one["right"]
        assert one["learned"][place] == max(one["learned"])
        assert one["images"] == SIZES.test
