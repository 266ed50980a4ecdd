"""Networks of codes beside ONNX Runtime: what it gives for a model, and that ours gives the same."""

import numpy as np
import onnxruntime

from refsim.nn.files import CodeNetwork
from refsim.nn.onnx.model import graph_of
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_cases import answer

MICROSOFT = "com.microsoft"


def theirs(model, x):
    """What ONNX Runtime gives, codes of int8 staying such."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    options.add_session_config_entry("session.qdqisint8allowed", "1")
    return onnxruntime.InferenceSession(model.SerializeToString(), options).run(None, {"x": x})[0]


def codes(model, count=40, seed=1):
    """All kinds of codes for a model: random ones, and the ends."""
    graph = graph_of(model)
    ends = np.iinfo(graph.input.element)
    random = np.random.default_rng(seed).integers(ends.min, ends.max + 1, (count, *graph.input.sample))
    random[0], random[-1] = ends.min, ends.max
    return random.astype(graph.input.element)


def equal(model, **given):
    """The network of a model, after its results have been found equal to those of ONNX Runtime."""
    x, found = codes(model, **given), network_of(graph_of(model))
    assert isinstance(found, CodeNetwork)
    np.testing.assert_array_equal(answer(found, x), theirs(model, x))
    return found
