"""The cases of the ONNX package, through the reader: each gives what it must, or is refused for a reason that is listed."""

import functools
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from refsim.nn.files import FloatNetwork
from refsim.nn.networks import forward
from refsim.nn.onnx import read
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
    "pytorch-converted": {"float": 30, "codes": 0},
    "pytorch-operator": {"float": 8, "codes": 0},
    "node": {"float": 70, "codes": 29},
}
"""How many cases run, in floating point and in codes."""
REASONS = (
    "supported are float, double, int8",  # other element types: float16, bfloat16, 8-bit floats, 4-bit and 2-bit numbers, texts
    "supported are float32, float64, int8",  # booleans
    "supported are binary32",  # arithmetic on integers
    "a network has one output",
    "needs an axis of samples",
    "there are no layers",  # the output is the input, or does not depend on it
    "where a layer's result is needed",  # a constant, or a shape, as the output
    "that is no constant",
    "is no tensor",
    "supported are images: channels, rows, columns",  # one axis, or three, instead of rows and columns
    "supported are convolutions of images",
    "supported is a matrix",
    "by a matrix of",  # matrices that are not the last two axes
    "takes a reshaped or transposed value",
    "takes a padded value",
    "supported is one that leaves the axis of samples first",
    "supported is one that keeps the axis of samples",
    "supported is 1, which keeps the axis of samples",
    "supported are different ones behind that of the samples",
    "supported are the channels, axis 1",
    "supported are the elements of vectors or the channels, axis 1",
    "supported are rows and columns, 2 and 3",
    "supported are groups of channels",
    "supported is one for all or for each channel",
    "supported is one number for each of",
    "supported is one on the right",
    "supported is Add",
    "supported is a trained network",
    "supported are relu6 (0.0 to 6.0), hard_tanh (-1.0 to 1.0), relu (0.0 to None)",
    "supported are the binary32 number nearest 1/6 and 0.5",
    "has other factors than whole ones",
    "takes other neighbours",
    "has mode",
    "has dilations [",
    "has block_size",
    "has output_shape",
    "has auto_pad 'SAME",  # of a transposed convolution
    "has transA 1",
    "has axes",
    "has keepdims 1",
    "has a value [",  # a pad by other numbers than zero
    "have other numbers of elements",
    "allowzero with a zero",
    "that are no finite floating-point numbers",
    "is an operator that",  # read in a network of the other kind, or on constants only
)
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


LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
SLOW = pytest.mark.slow
READ = {"resnet50": 176, "inception_v2": 371, "squeezenet": 65, "densenet121": 668, "vgg19": 44}
"""The well-known networks that the package has without their weights, and how many layers they are."""
NOT_READ = {"bvlc_alexnet": "LRN", "inception_v1": "LRN", "zfnet512": "LRN", "shufflenet": "a reshaped or transposed value"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=SLOW) if n in {"densenet121", "vgg19"} else n for n in READ])
def test_known_networks(name):
    """Each is read as its layers, and gives what ONNX Runtime gives. The weights of a layer are all alike, so all classes are;
    a softmax of numbers beyond 10**9 tells nothing of them, so the one of SqueezeNet is looked at before."""
    path = LIGHT / f"light_{name}.onnx"
    found = read(path)
    assert len(found.network.layers) == READ[name]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = onnxruntime.InferenceSession(path, options)
    x = np.random.default_rng(1).normal(0, 1, (1, *found.network.input)).astype(np.float32)
    wanted = session.run(None, {session.get_inputs()[0].name: x})[0]
    results = forward(found.network, found.parameters, x).results
    y = results[found.network.layers[-1].name]
    assert y.shape == wanted.shape
    if name == "squeezenet":
        logits = results[found.network.layers[-2].name]
        assert logits.max() - logits.min() <= 4 * 2**-23 * logits.max()
        assert len(set(wanted.reshape(-1).tolist())) == 1
    else:
        np.testing.assert_allclose(y, wanted, rtol=1e-5)


@pytest.mark.parametrize("name", NOT_READ)
def test_known_networks_that_are_refused(name):
    """Those with operators that are no layers here."""
    with pytest.raises(RefusedModel, match=NOT_READ[name]):
        read(LIGHT / f"light_{name}.onnx")
