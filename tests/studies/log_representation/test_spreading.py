"""Spread channels change nothing but ranges."""

import numpy as np
import pytest

from refsim.nn.folding import fold
from refsim.nn.networks import forward, initial_parameters, predict
from refsim.nn.training.quantized import Scheme
from refsim.nn.training.quantized import predict as quantized_predict
from refsim.nn.training.quantizer_names import get_quantizer
from refsim.studies.log_representation.floating import activations, folded, offsets
from refsim.studies.log_representation.full_scales import at_scale, chosen
from refsim.studies.log_representation.networks import NETWORKS
from refsim.studies.log_representation.settings import SPREAD_SCALES, WIDE_SPREAD
from refsim.studies.log_representation.spreading import spread
from refsim.studies.running.jobs import Inputs
from refsim.studies.samples import some

from .tiny import SCALE, SIZES, outcomes

X = np.random.default_rng(3).random((5, 1, 8, 8)).astype(np.float32)


def made(octaves):
    network = NETWORKS["alexnet"]((1, 8, 8), 10)
    network, parameters = fold(network, initial_parameters(network, 7))
    for name in parameters:
        if name.endswith("bias"):
            parameters[name] = np.random.default_rng(1).normal(0, 0.1, parameters[name].shape).astype(np.float32)
    return network, parameters, spread(network, parameters, octaves, 5)


@pytest.mark.parametrize("octaves", [0, 1, 4])
def test_the_network_computes_the_same(octaves):
    network, parameters, other = made(octaves)
    assert predict(network, other, X).tolist() == predict(network, parameters, X).tolist()


def test_channels_are_divided_by_powers_of_two_up_to_so_many_octaves():
    network, parameters, other = made(4)
    plain, wide = (forward(network, p, X).results["conv1_act"].max(axis=(0, 2, 3)) for p in (parameters, other))
    octaves = np.log2(plain / wide)
    assert set(octaves.tolist()) == {0.0, 1.0, 2.0, 3.0, 4.0}


def test_logarithms_do_not_see_it_and_linear_steps_do():
    network, parameters, other = made(4)
    scales = {f"activations/{name}": np.array([4.0]) for name in activations(network)}

    def results(quantizer, p):
        return quantized_predict(network, p, Scheme(activations=get_quantizer(quantizer)), scales, X).tolist()

    assert results("log:6", parameters) == results("log:6", other)
    assert results("linear:4", parameters) != results("linear:4", other)


def test_the_sweep_reaches_below_what_linear_numbers_choose():
    """The small channels draw the best full scale of linear numbers down by up to as many octaves as they are spread over."""
    assert min(SPREAD_SCALES) < -WIDE_SPREAD
    assert 0 in SPREAD_SCALES
    (record,) = (one for one in outcomes()["spread/4/1"].records if one["quantizer"] == "lin3")
    data = some("digits", SIZES.train, SIZES.test)
    network, parameters = folded({"network": "alexnet"}, Inputs(data, SCALE, [outcomes()["float/alexnet/1"]]))
    wide = spread(network, parameters, 4, 1)
    zero = offsets(network, wide, data)
    rights = [at_scale(network, wide, "lin3", zero, scale, data, SIZES.chosen_by) for scale in SPREAD_SCALES]
    best = chosen([learned for learned, _ in rights])
    assert (record["best"], record["right"]) == (SPREAD_SCALES[best], rights[best][1]["right"])
