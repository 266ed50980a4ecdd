"""The golden steps of learning that are published are those that the specification makes."""

import json
from pathlib import Path

import pytest

from refsim.vectors.networks_steps import STEPS

FOLDER = Path(__file__).parents[2] / "vectors" / "network"


@pytest.mark.clause("training/order", "retraining/order")
@pytest.mark.parametrize("file", STEPS)
def test_published_steps(file):
    """The same text, byte for byte."""
    assert (FOLDER / file).read_text("ascii") == STEPS[file]()


def test_there_are_no_others():
    """Every published step is in the table."""
    found = {str(path.relative_to(FOLDER)) for name in ("training", "retraining") for path in (FOLDER / name).iterdir()}
    assert found == set(STEPS)


@pytest.mark.clause("training/move")
def test_radices_move():
    """In the steps with dynamic fixed point some controller widens its range, and some controller narrows it."""
    steps = json.loads((FOLDER / "training/dynamic_10_12.json").read_text("ascii"))["steps"]
    moves = [
        layer["after"]["states"][group][0] - state[0]
        for step in steps
        for layer in step["layers"]
        for group, state in layer["before"]["states"].items()
    ]
    assert {-1, 0, 1} <= set(moves)
