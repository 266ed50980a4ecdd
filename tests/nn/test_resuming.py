"""Every method of training goes on from its checkpoint to the same bits, whatever it came to know on the way."""

from types import SimpleNamespace

import numpy as np
import pytest

from refsim.nn.families import build
from refsim.nn.networks import initial_parameters
from refsim.nn.training.checkpoints import fingerprint, read_checkpoint, write_checkpoint
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.schedules import constant
from refsim.nn.training.table import METHODS, get_method

from .training_data import clusters

CASES = [
    ("float", {"optimizer": "adam"}),
    ("sung", {"levels": 3, "signals": "linear:4"}),
    ("sung", {"levels": 7, "every": 3}),
    ("miyashita", {"every": 0}),
    ("miyashita", {"base": "linear"}),
    ("quantized", {"activations": "linear:4"}),
    ("sparse", {}),
    ("projected", {}),
    ("low_precision", {"period": 3, "initialization": 1}),
    ("low_precision", {"kind": "half"}),
]
FOUND = clusters()
DATA = SimpleNamespace(
    train_x=FOUND.train_x[:, None, None], test_x=FOUND.test_x[:, None, None], train_t=FOUND.train_t, test_t=FOUND.test_t
)
PLAN = Plan(3, 16, 5, constant(0.01), constant(0.5))


@pytest.mark.parametrize(("name", "options"), CASES, ids=[f"{i}-{name}" for i, (name, _) in enumerate(CASES)])
def test_every_method(tmp_path, name, options):
    """Stopped every four steps, and read again each time."""
    sizes = {"input": [1, 1, 6], "hidden": [6], "classes": 3}
    network = build("maxout_mlp", {**sizes, "pieces": 2}) if name == "low_precision" else build("mlp", sizes)
    parameters, method = initial_parameters(network, 2), get_method(name, options)
    mark = fingerprint(network, parameters, DATA, method, PLAN)
    first = Training(method.start(network, parameters), Place())
    whole = train(network, first, DATA, method, PLAN)
    training, path = first, tmp_path / "c.npz"
    while training.place.epoch < PLAN.epochs:
        steps = []
        training = train(
            network,
            training,
            DATA,
            method,
            PLAN,
            told=steps.append,
            keep=lambda one: write_checkpoint(path, one, mark),
            stop=lambda steps=steps: len(steps) >= 4,
        )
        training = read_checkpoint(path, method.start(network, parameters), mark)
    assert training.history == whole.history
    assert {key: value.tobytes() for key, value in training.state.items()} == {
        key: np.asarray(value).tobytes() for key, value in whole.state.items()
    }


def test_no_method_is_forgotten():
    """Each method of the table is among the cases."""
    assert {name for name, _ in CASES} == set(METHODS)
