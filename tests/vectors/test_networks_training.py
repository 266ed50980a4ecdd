"""Golden traces of training steps: what they hold, and that arrays make the same codes from what they say."""

import json
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise

import numpy as np
import pytest

from refsim.clauses import clauses
from refsim.engine import training as engine
from refsim.engine.array import Array
from refsim.spec.catalogue import get_format
from refsim.spec.datapath_names import get_datapath
from refsim.spec.dynamic import GROUPS, Control, Dynamic, State, published
from refsim.spec.formats import Number
from refsim.spec.spellings import get_projection
from refsim.spec.training import Layer, Training
from refsim.vectors.networks_training import BINARY32, dynamic, training, training_text, training_trace

DIGEST = "500f44aadddd6ada9cb00510a0b7241d455d71c54b137adc8466b4b03958ab71"
SUMS = get_datapath("datapath(exact,sequential(binary32/ties_to_even/infinity),last,sum)")
RULES = {
    "dynamic": dynamic(),
    "dynamic with sums in binary32": dynamic(sums=SUMS),
    "fixed": training(published("dfxp20"), published("dfxp20"), ties="first"),
    "binary32": training(BINARY32, BINARY32, sums=SUMS),
}


def numbers_of(given):
    """How numbers are held, from plain data."""
    if "projection" in given:
        return get_projection(given["projection"])
    to = Dynamic(given["width"], given["rounding"], given["overflow"])
    others = [given[name] for name in ("period", "least", "greatest", "counted", "mean") if name in given]
    return Control(to, Fraction(given["rate"]), *others) if others else to


def array_of(given):
    """Codes from plain data."""
    codes = np.array([int(code, 16) for code in given["codes"]])
    return Array(codes.reshape(given["shape"]), get_format(given["format"]))


def learned_of(given):
    """What is stored of a layer, from plain data."""
    states = {group: State(*given["states"][group]) for group in GROUPS}
    return engine.Learned(*(array_of(given[name]) for name in ("weights", "bias", "update_w", "update_b")), states)


def codes(array):
    """The codes of an array as plain data has them."""
    return [f"{code:#x}" for code in array.codes.ravel().tolist()]


@pytest.mark.clause("training/order")
@pytest.mark.parametrize("name", RULES)
def test_arrays_make_the_same(name):
    """From JSON alone: settings by name, and what was stored before each step."""
    trace = json.loads(training_text(RULES[name], 3))
    settings = trace["settings"]
    rules = Training(
        numbers_of(settings["computation"]),
        numbers_of(settings["storage"]),
        None if settings["sums"] == "exact" else get_datapath(settings["sums"]),
        settings["ties"],
        Fraction(settings["epsilon"]),
    )
    assert rules == RULES[name]
    layers = [Layer(layer["pieces"], Fraction(layer["limit"])) for layer in settings["layers"]]
    rate, momentum = (Number(int(settings[x]["code"], 16), get_format(settings[x]["format"])) for x in ("rate", "momentum"))
    for step in trace["steps"]:
        learned = [learned_of(layer["before"]) for layer in step["layers"]]
        rates = [rate] * len(layers)
        made = engine.train(layers, learned, array_of(step["x"]), step["labels"], step["masks"], rates, momentum, rules)
        for layer, found in zip(step["layers"], made, strict=True):
            assert {group: layer["groups"][group]["codes"] for group in GROUPS} == {
                group: codes(found.groups[group]) for group in GROUPS
            }
            assert layer["moved"]["codes"] == codes(found.moved)
            assert layer["after"]["weights"]["codes"] == codes(found.after.weights)
            assert layer["after"]["states"] == {group: list(state) for group, state in found.after.states.items()}


@pytest.mark.clause("training/move", "dynamic/update")
def test_radices_move():
    """The default trace has radices that go down, go up again and stay."""
    steps = training_trace(dynamic())["steps"]
    radices = [[state[0] for state in step["layers"][0]["after"]["states"].values()] for step in steps]
    assert radices[0] == [1] * 10
    assert radices[1] == radices[2] == [0] * 10
    assert radices[3] == [1, 1, 0, *[-1] * 7]
    following = pairwise(steps)
    assert all(a["layers"][i]["after"] == b["layers"][i]["before"] for a, b in following for i in range(3))


def test_text_is_always_the_same():
    """The bytes of the default trace change when a clause does, and only then; its clauses are stated."""
    text = training_text(dynamic())
    assert sha256(text.encode()).hexdigest() == DIGEST
    assert text.endswith("}\n")
    assert set(json.loads(text)["clauses"]) <= set(clauses())
