"""The example that trains digits writes what it says, and a second run goes on from where the first one ended."""

import importlib.util
import json
from pathlib import Path

import numpy as np

from refsim.nn.files import CodeNetwork, load_network

EXAMPLE = Path(__file__).parents[2] / "examples" / "train_digits.py"


def example():
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("train_digits", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example(tmp_path, capsys):
    """Floating point, three levels and eight bits all know most digits; the networks are those that are said."""
    module = example()
    module.main(tmp_path)
    said = capsys.readouterr().out
    shares = {name: float(share) for name, _, share, _ in map(str.split, said.splitlines())}
    assert list(shares) == ["float", "ternary", "int8"]
    assert min(shares.values()) > 93
    assert len(json.loads((tmp_path / "ternary_history.json").read_text())) == 8
    weights = load_network(tmp_path / "ternary.json").parameters["dense1.weights"]
    assert len(np.unique(weights)) == 3
    assert isinstance(load_network(tmp_path / "int8.json"), CodeNetwork)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    module.main(tmp_path)
    assert capsys.readouterr().out == said
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == kept
