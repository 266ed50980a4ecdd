"""Steps on small data, against the method that they are made of."""

import numpy as np
import pytest

from refsim.nn.networks import initial_parameters
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.schedules import constant
from refsim.nn.training.table import get_method
from refsim.spec.dynamic import GROUPS
from refsim.studies.low_precision_training import steps
from refsim.studies.low_precision_training.arms import DYNAMIC, FIXED, FLOAT, HALF
from refsim.studies.low_precision_training.networks import network_of
from refsim.studies.low_precision_training.settings import CONVOLUTIONAL, EVERY, INPUTS, LAST, MAXOUT
from refsim.studies.running.jobs import Inputs, Scale

from .made import data

SCALE = Scale("small", quick=True)
SIZES = {MAXOUT: {"hidden": [3], "pieces": 2}, CONVOLUTIONAL: {"kernels": [2], "kernel": 3, "pools": [2], "pieces": 2}}
DATA = data()


def options_of(network, arm, rate=0.02, **given):
    """Options with which one batch is an epoch: exact sums do not depend on the order within it."""
    known = {"batch": 24, "rate": ["constant", rate, rate], "momentum": ["constant", 0.5, 0.5], "seeds": [3, 4]}
    known |= {"network": network, "sizes": SIZES[network], "epochs": 4, "arm": arm._asdict(), "radices": True}
    return known | given


@pytest.mark.parametrize("network", SIZES)
def test_a_start_and_a_training_are_the_method_with_initialization(network):
    options = options_of(network, DYNAMIC)
    changing = {"rate": ["linear", 0.02, 0.002], "momentum": ["linear", 0.5, 0.7]}  # First radices are found with the first.
    begun = steps.start({**options, **changing, "epochs": 5, "overflows": DYNAMIC.overflows}, Inputs(DATA, SCALE, []))
    found = steps.learn(options, Inputs(DATA, SCALE, [begun])).records

    made = network_of(network, SIZES[network], DATA)
    limits = {} if network == MAXOUT else {"limits": {"": "19365/10000", "conv1": "9/10"}}
    whole = get_method("low_precision", {"period": EVERY // 24, "initialization": 5, "inputs": INPUTS, **limits})
    for i, seed in enumerate(options["seeds"]):
        first = Training(whole.start(made, initial_parameters(made, seed)), Place())
        done = train(made, first, DATA, whole, Plan(9, 24, seed, constant(0.02), constant(0.5)))
        assert found[0]["errors"][i] == pytest.approx(100 - 100 * np.mean([one.accuracy for one in done.history[-LAST:]]))
        radices = {(one["layer"], one["group"]): one["radices"][i] for one in found[1:]}
        for layer in ("dense1", "dense2") if network == MAXOUT else ("conv1", "dense1"):
            assert [radices[layer, group] for group in GROUPS] == done.state[f"controllers/{layer}"][:, 0].tolist()


def test_restored_parameters_are_the_first_and_the_rest_is_kept():
    state = {"parameters/a": np.ones(2), "first/a": np.zeros(2), "momentum/a": np.ones(2)}
    found = steps.restored(state)
    assert {name: value.tolist() for name, value in found.items()} == {"momentum/a": [1, 1], "parameters/a": [0, 0]}


@pytest.mark.parametrize("arm", [FLOAT, HALF, FIXED])
def test_an_arm_without_moving_radices_learns(arm):
    options = options_of(MAXOUT, arm, epochs=12, seeds=[3], radices=False)
    (found,) = steps.learn(options, Inputs(DATA, SCALE, [])).records
    assert found["diverged"] == []
    assert found["errors"][0] < 20


def test_a_training_that_diverges_is_one_who_guesses():
    options = options_of(MAXOUT, HALF, rate=1e7, epochs=3, radices=False)
    (found,) = steps.learn(options, Inputs(DATA, SCALE, [])).records
    assert (found["errors"], found["diverged"]) == ([50.0, 50.0], [3, 4])


def test_other_errors_are_not_results():
    with pytest.raises(ValueError, match="batch of 100 samples"):
        steps.learn(options_of(MAXOUT, FIXED, batch=100), Inputs(DATA, SCALE, []))


def test_gates_are_records_of_their_multiplier():
    found = steps.count_gates({"multiplier": "int2"}, Inputs(DATA, SCALE, [])).records
    assert [(one["found"], one["multiplier"]) for one in found] == [("gates", "int2")]
    assert found[0]["nand2"] is None or found[0]["nand2"] >= 4, "two bits squared take four products of bits"
