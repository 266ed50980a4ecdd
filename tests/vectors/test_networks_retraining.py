"""Golden traces of retraining steps: the same bytes again and again, and what the engine computes from what they hold."""

import hashlib
import json

import numpy as np
import pytest

from refsim.clauses import clauses
from refsim.engine import retraining as engine
from refsim.engine.array import Array
from refsim.spec.catalogue import get_format
from refsim.spec.datapath_names import get_datapath
from refsim.spec.formats import Number
from refsim.spec.retraining import Retraining, Update
from refsim.spec.spellings import get_projection
from refsim.vectors.networks_retraining import retraining_trace, text

DIGESTS = {
    (3, None, None): "654e91776226f69648fad903c8947815fb5c1ee526197088b393e2666305d4dc",
    (7, "uq1.3", None): "a4703976bfbb6b18529c5c7b8ec5e73847ec0e68b7c4de411b8127a2755aefde",
    (3, "uq1.3", "optimal"): "2b5f67eae0fee6aaa1ca95fcc350a3c8a01c63d4ed6c647a051dbd406408f33b",
}
"""What the bytes of traces are; they change when a clause does, and only then."""


def array(data):
    """Codes of a trace."""
    return Array(
        np.array([int(code, 16) for code in data["codes"]], np.uint32).reshape(data["shape"]), get_format(data["format"])
    )


def number(data):
    """A number of a trace."""
    return Number(int(data["code"], 16), get_format(data["format"]))


def settings(data):
    """The settings of a trace, from their names."""
    return Retraining(
        get_projection(data["levels"]),
        get_projection(data["held"]),
        data["method"],
        get_datapath(data["forward"]),
        get_datapath(data["backward"]),
        get_projection(data["to"]),
        None if data["signals"] is None else get_projection(data["signals"]),
        data["error"],
        Update(**{name: None if one is None else number(one) for name, one in data["update"].items()}),
    )


def parameters(data):
    """A layer of a trace."""
    made = [engine.Learned(*(array(data[name][part]) for part in engine.Learned._fields)) for name in ("weights", "bias")]
    return engine.Layer(*made, number(data["step"]))


@pytest.mark.parametrize("given", DIGESTS)
def test_bytes(given):
    """A trace is the same text every time, and stays what it was."""
    made = text(retraining_trace(*given))
    assert made == text(retraining_trace(*given))
    assert hashlib.sha256(made.encode("ascii")).hexdigest() == DIGESTS[given]


@pytest.mark.parametrize("given", DIGESTS)
def test_the_engine_from_the_file(given):
    """From settings, parameters and samples of the text alone the engine makes everything else of it."""
    trace = json.loads(text(retraining_trace(*given)))
    layers = trace["layers"]
    made = engine.retrain(
        [parameters(layer["before"]) for layer in layers],
        array(layers[0]["x"]),
        array(trace["targets"]),
        settings(trace["settings"]),
    )
    for found, layer in zip(made, layers, strict=True):
        for name in set(found._fields) - {"after"}:
            assert np.array_equal(getattr(found, name).codes, array(layer[name]).codes), name
        after = parameters(layer["after"])
        assert found.after.step == after.step
        for one, other in zip((*found.after.weights, *found.after.bias), (*after.weights, *after.bias), strict=True):
            assert np.array_equal(one.codes, other.codes)


def test_what_a_trace_shows():
    """Weights change their codes in every layer, a found step moves, and the clauses are known."""
    trace = retraining_trace(3, "uq1.3", "optimal")
    assert all(layer["codes"] != layer["codes_after"] for layer in trace["layers"])
    assert all(layer["before"]["step"] != layer["after"]["step"] for layer in trace["layers"])
    assert set(trace["clauses"]) <= set(clauses())
    assert any(code == "0x0" for code in trace["layers"][0]["y"]["codes"])
