"""What was found wrong once."""

import numpy as np

from refsim.campaigns.changes import Changes, run_plainly
from refsim.campaigns.evaluator import Evaluator
from refsim.engine.array import Array
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
