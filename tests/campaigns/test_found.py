"""What was found wrong once."""

import numpy as np
import pytest

from refsim.campaigns.changes import Changes, run_plainly
from refsim.campaigns.evaluator import Evaluator
from refsim.engine.array import Array
from refsim.engine.datapaths import Port
from refsim.engine.faults import Masks
from refsim.spec.network_names import read_network


def test_faults_of_a_transposed_result():
    """A result whose codes do not lie in memory in the order of its axes is hit as any other is."""
    network = read_network(
        {
            "name": "moved",
            "input": {"shape": [2, 3, 4], "format": "int8"},
            "layers": [{"name": "t", "rule": {"kind": "transpose", "axes": [1, 2, 0]}, "inputs": ["input"], "parameters": {}}],
            "parameters": {},
        }
    )
    x = Array(np.arange(24, dtype=np.uint8).reshape(1, 2, 3, 4), network.input.format)
    evaluator = Evaluator(network, {}, x)
    ones, none = np.ones(24, np.uint8), np.zeros(24, np.uint8)
    changes = Changes(results={"t": Masks(np.arange(24), ones, none, none)})
    wanted = run_plainly(network, {}, x, changes)
    found = evaluator.run(changes)
    assert (wanted.codes != evaluator.clean.codes).all()
    assert np.array_equal(found.outputs.codes, wanted.codes)


def test_a_sum_that_is_refused_but_for_its_port():
    """What an element would come to without its port is not asked: with faulty weights it may be refused, and the words of a
    refusal are those of the whole run.
    """
    path = "datapath(exact,total(int20/toward_zero/saturate),first,sum,output=int8/ties_to_even/error)"
    layer = {"name": "d", "rule": {"kind": "dense", "path": path}, "inputs": ["input"], "parameters": {"weights": "w"}}
    network = read_network(
        {
            "name": "refused",
            "input": {"shape": [1], "format": "int8"},
            "parameters": {"w": {"shape": [2, 1], "format": "int8"}},
            "layers": [layer],
        }
    )
    int8 = network.input.format
    weights = {"w": Array(np.array([[10], [1]], np.uint8), int8)}
    x = Array(np.array([[1], [3], [1], [3]], np.uint8), int8)
    evaluator = Evaluator(network, weights, x)
    faulty = {"w": Array(np.array([[100], [1]], np.uint8), int8)}
    fives = {(n, 0): Port(hold=lambda *_: 5) for n in (1, 3)}
    for tensors, asked in ((faulty, [0, 1, 2, 3]), (faulty, [2, 3]), ({}, [1])):
        changes = Changes(tensors, {}, {"d": fives})
        wanted = run_plainly(network, weights, x, changes).codes
        found = evaluator.run(changes, np.array(asked))
        assert [n for n in asked if (wanted[n] != evaluator.clean.codes[n]).any()] == found.samples.tolist()
        assert np.array_equal(found.outputs.codes, wanted[found.samples])
    refused = Changes(faulty, {}, {"d": {(1, 0): Port(hold=lambda *_: 200), (3, 0): Port(hold=lambda *_: 5)}})
    with pytest.raises(ValueError, match="d: ") as plain:
        run_plainly(network, weights, x, refused)
    with pytest.raises(ValueError, match="200") as fast:
        evaluator.run(refused)
    assert str(fast.value) == str(plain.value)
