"""The cases that the ONNX package ships, through the reader: each gives what it must, or is refused for a reason that is listed."""

import functools

import numpy as np
import pytest

from refsim.nn.files import FloatNetwork
from refsim.nn.onnx.constants import FOLDED
from refsim.nn.onnx.float_import import FLOAT_OPERATORS
from refsim.nn.onnx.integer_import import MICROSOFT, ONNX
from refsim.nn.onnx.model import RefusedModel, graph_of
from refsim.nn.onnx.read import network_of
from tests.nn.onnx_cases import answer, files, nodes

KNOWN = {*FLOAT_OPERATORS, *ONNX, *MICROSOFT, *FOLDED, "Constant", "Shape"}
"""The operators that are read at all."""
SOURCES = {
    "pytorch-converted": functools.partial(files, "pytorch-converted"),
    "pytorch-operator": functools.partial(files, "pytorch-operator"),
    "node": nodes,
}
WANTED = {
    "pytorch-converted": {"float": 0, "codes": 0},
    "pytorch-operator": {"float": 0, "codes": 0},
    "node": {"float": 0, "codes": 0},
}
"""How many cases run, in floating point and in codes."""
REASONS = {
    "supported are images": "images have rows and columns",
}
"""What the messages of refused cases have in them, of operators that are read."""


@functools.cache
def outcomes(source):
    """For each case of known operators the network or the message, and the messages for the others."""
    found, unknown = [], []
    for case in SOURCES[source]():
        try:
            made = network_of(graph_of(case.model))
        except RefusedModel as error:
            made = str(error)
        ours = {node.op_type for node in case.model.graph.node} <= KNOWN
        (found if ours else unknown).append((case, made))
    return found, unknown


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_read_gives_what_it_must(source):
    """Floating point within the case's tolerance, codes exactly, with types and shapes; and as many as are listed."""
    counts = dict.fromkeys(WANTED[source], 0)
    for case, made in outcomes(source)[0]:
        if isinstance(made, str):
            continue
        y, wanted = answer(made, case.x), np.asarray(case.wanted)
        assert (y.shape, y.dtype) == (wanted.shape, wanted.dtype), case.name
        if isinstance(made, FloatNetwork):
            np.testing.assert_allclose(y, wanted, rtol=case.rtol, atol=case.atol, err_msg=case.name)
        else:
            np.testing.assert_array_equal(y, wanted, err_msg=case.name)
        counts["float" if isinstance(made, FloatNetwork) else "codes"] += 1
    assert counts == WANTED[source]


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_refused_has_a_reason(source):
    """Every refusal of a case of known operators has one of the reasons, in one line."""
    messages = {case.name: made for case, made in outcomes(source)[0] if isinstance(made, str)}
    assert {name: text for name, text in messages.items() if "\n" in text or not any(r in text for r in REASONS)} == {}


def test_every_reason_is_needed():
    """No reason is listed that no case has."""
    messages = [made for source in SOURCES for _, made in outcomes(source)[0] if isinstance(made, str)]
    assert [reason for reason in REASONS if not any(reason in text for text in messages)] == []


@pytest.mark.parametrize("source", SOURCES)
def test_unknown_operators_are_refused_by_name(source):
    """A case with an operator that is not read is refused in one line, mostly with the operator's name."""
    for case, made in outcomes(source)[1]:
        assert isinstance(made, str), case.name
        assert "\n" not in made, case.name
