"""The steps on tiny networks, beside the same worked out otherwise; and data that are none for the study."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.nn.files import FloatNetwork
from refsim.nn.networks import initial_parameters, predict
from refsim.spec.catalogue import get_format
from refsim.spec.memory_names import read_memory
from refsim.studies.names import get_study
from refsim.studies.running.jobs import Outcome, Scale
from refsim.studies.weight_scaling import networks
from refsim.studies.weight_scaling.errors import errors, expected
from refsim.studies.weight_scaling.networks import folded, network_of, samples
from refsim.studies.weight_scaling.settings import PLAIN, Q25, SCALED, memory, settings
from refsim.studies.weight_scaling.single import once, parameters, single
from refsim.studies.weight_scaling.stored import clean, faulty, hold
from refsim.studies.weight_scaling.strikes import strike

from .small import data, inputs_of

MLP = ["mlp", {"hidden": [6]}]
CHAIN = ["vgg", {"widths": [3], "hidden": [5]}]
RESIDUAL = ["resnet", {"widths": [3, 4]}]


def right(weights, found, samples_):
    """How many samples an mlp gets right, in plain matrix products."""
    x = samples_.test_x.reshape(len(samples_.test_x), -1)
    hidden = np.maximum(x @ weights["dense1.weights"].T + found["dense1.bias"], 0)
    return int(((hidden @ weights["dense2.weights"].T + found["dense2.bias"]).argmax(axis=1) == samples_.test_t).sum())


def test_what_is_struck_is_what_plain_products_give():
    given = inputs_of(MLP, data(count=40))
    found = given.needs[0].arrays
    options = {
        "network": MLP,
        "labels": {"part": "rates"},
        "memories": [[{"arm": "scaled"}, memory(SCALED, Q25)]],
        "rates": {"1": 2, "0.000001": 3},
        "faults": 1,
        "hit": ["weight"],
        "whole": True,
    }
    (record,) = strike(options, given).records
    stored = {}
    for name in ("dense1.weights", "dense2.weights"):
        factor = np.float64(127 / 32) / np.abs(found[name]).max()
        stored[name] = (np.round(found[name] * factor * 32), factor * 32)
    weights = {name: (codes / by).astype(np.float32) for name, (codes, by) in stored.items()}
    inverted = {name: ((-codes - 1) / by).astype(np.float32) for name, (codes, by) in stored.items()}
    without = right(weights, found, given.data)
    assert (record["part"], record["arm"], record["samples"], record["right"]) == ("rates", "scaled", 40, without)
    assert len(record["wrong"]) == 40 - without
    assert record["bits"] == {"weight": 8 * (64 * 6 + 6 * 4), "scale": 64}
    assert record["lost"] == {"1": 2 * [without - right(inverted, found, given.data)], "0.000001": [0, 0, 0]}
    assert record["flips"] == {"1": 2 * 8 * (64 * 6 + 6 * 4), "0.000001": 0}


def test_the_closed_form_is_the_mean_over_all_flips_of_all_codes():
    format = get_format("q2.5")
    total = sum((format.decode(code ^ (1 << bit)) - format.decode(code)) ** 2 for code in range(256) for bit in range(8))
    assert Fraction(expected(8, 5)) == total / 256 == Fraction(21845, 1024)


def test_errors_of_all_bits_flipped_are_known():
    given = inputs_of(MLP, data())
    options = {
        "network": MLP,
        "memories": [[{"arm": arm.name}, memory(arm, Q25)] for arm in (PLAIN, SCALED)],
        "rate": "1",
        "trials": 1,
        "faults": 1,
        "fixed": [8, 5],
    }
    plain, scaled = errors(options, given).records
    found = {name: value for name, value in given.needs[0].arrays.items() if name.endswith("weights")}
    factors = [127 / 32 / np.abs(value).max() for value in found.values()]
    np.testing.assert_allclose(scaled["factors"], factors, rtol=1e-3)
    assert plain["factors"] == [1.0, 1.0]
    codes = np.concatenate([np.round(value.reshape(-1) * 32) for value in found.values()])
    np.testing.assert_allclose(plain["flips"], [np.sqrt((((2 * codes + 1) / 32) ** 2).mean())], rtol=1e-5)
    weights = np.concatenate([value.reshape(-1) for value in found.values()]).astype(np.float64)
    assert plain["rounding"] == pytest.approx(np.sqrt(((codes / 32 - weights) ** 2).mean()))
    assert scaled["rounding"] < plain["rounding"] / 2
    sizes = [value.size for value in found.values()]
    single_flips = 21845 / 1024 * sum(n / c**2 for n, c in zip(sizes, factors, strict=True)) / sum(sizes)
    np.testing.assert_allclose(scaled["expected"], np.sqrt(single_flips), rtol=1e-4)


def built(spelled):
    """A network with parameters that have biases, and what is read of its weights."""
    network = network_of(spelled, data())
    random = np.random.default_rng(2)
    found = {
        name: value + random.normal(0, 0.1, value.shape).astype(np.float32) ** 2
        for name, value in initial_parameters(network, 1).items()
    }
    held = hold(found, read_memory(memory(SCALED, Q25)))
    by = {
        name.removesuffix(".weights"): Fraction(float(one.parts["scaled.scale"].array.values()[0]))
        for name, one in held.tensors.items()
    }
    return FloatNetwork(network, found), held, by


@pytest.mark.parametrize("family", ["vgg", "resnet-1", "resnet-2", "densenet"])
def test_a_folded_network_gives_the_same_logits(family):
    """With batch normalizations that do something; only those of the dense network stay."""
    name, options = settings(Scale("digits", quick=True)).networks[family]
    given = inputs_of([name, options], data())
    random, learned = np.random.default_rng(8), given.needs[0].arrays
    changed = {
        key: (x + random.random(x.shape, np.float32) if "norm" in key or "bn" in key else x) for key, x in learned.items()
    }
    found = folded({"network": [name, options]}, given._replace(needs=[Outcome((), changed)]))
    before = predict(network_of([name, options], given.data), changed, given.data.test_x)
    after = predict(found.network, found.parameters, given.data.test_x)
    np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-4 * float(np.abs(before).max()))
    left = [layer for layer in found.network.layers if layer.kind == "batch_norm"]
    assert bool(left) == (family == "densenet")


@pytest.mark.parametrize("spelled", [CHAIN, RESIDUAL], ids=["chain", "residual"])
def test_one_division_gives_the_same_logits_under_faults_too(spelled):
    found, held, by = built(spelled)
    one, x = once(found, by), data().test_x
    (trial,) = faulty(held, Fraction(1, 100), 3, [0])
    for each in (None, trial):
        usual = {**found.parameters, **clean(held), **({} if each is None else each.changed)}
        large = predict(found.network, parameters(one, held, each), x) / float(one.divisor)
        np.testing.assert_allclose(large, predict(found.network, usual, x), rtol=2e-3, atol=1e-4)


def test_a_chain_is_divided_once_and_sums_are_named():
    found, _, by = built(CHAIN)
    chain = once(found, by)
    assert (list(chain.layers), chain.refused) == (["conv1_1", "conv1_2", "dense1", "dense2"], "")
    assert chain.divisor == by["conv1_1"] * by["conv1_2"] * by["dense1"] * by["dense2"]
    found, _, by = built(RESIDUAL)
    residual = once(found, by)
    assert list(residual.layers) == ["conv1", "dense"]
    assert residual.refused.startswith("block1_1_conv1: layer block1_1_add: add takes inputs of one factor")


def test_the_step_of_one_division_counts_layers_and_samples():
    options = {"network": RESIDUAL, "family": "x", "memory": memory(SCALED, Q25), "rate": "0.001", "trials": 3, "faults": 1}
    (record,) = single(options, inputs_of(RESIDUAL, data(count=10))).records
    assert (record["layers"], record["without"], record["samples"]) == (7, ["conv1", "dense"], 10)
    assert record["weights_without"] == 3 * 9 + 4 * 4
    assert (record["same_without_faults"], record["same"]) == (10, [10, 10, 10])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (data(labels=(8, 8)), "needs images with one label each, and small has one for every pixel"),
        (data((1, 8, 3)), "halves images 2 times, which 8 x 3 pixels of small do not allow"),
    ],
    ids=["segmentation", "too small"],
)
def test_data_that_are_none_for_the_study_are_refused(monkeypatch, given, message):
    monkeypatch.setattr(networks, "some", lambda name, train, test: given)  # noqa: ARG005 what it is called with
    with pytest.raises(ValueError, match=message):
        samples("small", 10, 10, 2)


def test_the_study_halves_images_as_often_as_its_networks_do():
    found = get_study("weight-scaling").samples(Scale("digits", quick=True))
    assert found.shape == (1, 8, 8)
    assert len(found.test_t) == 360
