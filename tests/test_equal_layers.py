"""Engine and specification are equal for every rule of a network: sample by sample, in formats and datapaths of many kinds."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from refsim import Array, Projection, get_format
from refsim.engine import networks as engine
from refsim.engine.array import code_dtype
from refsim.spec import networks as spec
from refsim.spec.convolutions import Window
from refsim.spec.datapath_names import get_accumulator, get_datapath
from refsim.spec.exact import Special
from refsim.spec.layers import Conv2d, Dense, Elementwise
from refsim.spec.moves import Concat, Pad, Reshape, Slice, Transpose, Upsample
from refsim.spec.network_names import read_network, write_network
from refsim.spec.networks import Network, Node
from refsim.spec.pooling import EXTREMA, AveragePool, Maxout, MaxPool
from refsim.spec.softmax import RealSoftmax, Softmax
from refsim.spec.tensors import TensorType
from refsim.spec.terms import flips
from refsim.spec.transposed import ConvTranspose2d

SAMPLES = 3
PATHS = {
    "int8": ("int8", "int6", "datapath(exact,sequential(int18/toward_zero/saturate),first,sum)", "int18"),
    "narrow": ("int8", "int8", "datapath(exact,sequential(int12/toward_zero/saturate),first,sum)", "int12"),
    "scaled": (
        "uint8",
        "int8",
        "datapath(exact,sequential(int32/toward_zero/wrap),last,steps,output=int8/ties_to_away/saturate)",
        "int16",
    ),
    "fixed": ("q2.5", "q2.5", "datapath(exact,sequential(q4.7/ties_to_even/saturate),first,sum)", "q2.5"),
    "e4m3": (
        "float8_e4m3fn",
        "float8_e4m3fn",
        "datapath(exact,sequential(binary16/ties_to_even/infinity),first,sum)",
        "binary16",
    ),
    "half": (
        "binary16",
        "binary16",
        "datapath(exact,pairwise(binary32/ties_to_even/infinity,base=2),output,sum)",
        "binary32",
    ),
    "logarithms": ("slog5_fsr1", "slog5_fsr1", "datapath(exact,total(q6.9/ties_to_even/saturate),first,sum)", "q6.9"),
    "lns": ("lns3.3", "lns3.3", "datapath(exact,total(q5.10/toward_negative/saturate),first,sum)", "q5.10"),
    "posits": ("posit8", "posit8", "datapath(exact,total(posit16/ties_to_even/saturate_finite),first,sum)", "posit16"),
}
"""The formats of elements and of weights, the datapath, and the format of the bias."""


def codes(rng, format, *shape):
    """Any codes, infinities and NaNs among them."""
    limit = 1 << format.width
    return Array(rng.integers(0, limit, shape).astype(code_dtype(format)), format)


def network_of(rule, inputs, parameters):
    """A network of one layer: on its input, or, of one input to several, on parts of it."""
    types = {role: TensorType(one.shape, one.format) for role, one in parameters.items()}
    shape = inputs[0].shape[1:]
    if len(inputs) == 1:
        nodes = (Node("layer", rule, ("input",), tuple((role, role) for role in parameters)),)
        return Network("one", TensorType(shape, inputs[0].format), nodes, types), inputs[0]
    joined = Array(np.concatenate([x.codes for x in inputs], axis=1), inputs[0].format)
    nodes, begin = [], 0
    for i, x in enumerate(inputs):
        first, length = (begin, *(0 for _ in shape[1:])), x.shape[1]
        nodes.append(Node(f"part{i}", Slice(first, (begin + length, *x.shape[2:])), ("input",)))
        begin += length
    names = tuple(node.name for node in nodes)
    nodes.append(Node("layer", rule, names, tuple((role, role) for role in parameters)))
    return Network("several", TensorType(joined.shape[1:], joined.format), tuple(nodes), types), joined


def outcome(compute):
    """What is computed, or the error."""
    try:
        return compute()
    except ValueError as error:
        return type(error), str(error)


def check(rule, inputs, parameters=None):
    """A trace of the engine is the samples' traces of the specification, in every layer; for one sample errors are alike. The
    network is what is read of what is written of it."""
    parameters = parameters or {}
    network, x = network_of(rule, inputs, parameters)
    assert read_network(json.loads(json.dumps(write_network(network)))) == network
    tensors = {role: engine.tensor_of(one) for role, one in parameters.items()}
    expected = [outcome(lambda i=i: spec.trace(network, tensors, engine.tensor_of(x[i]))) for i in range(len(x))]
    if all(isinstance(one, dict) for one in expected):
        found = engine.trace(network, parameters, x)
        assert list(found) == list(expected[0])
        for name, made in found.items():
            assert made.format == expected[0][name].format
            assert made.codes.dtype == code_dtype(made.format)
            assert made.shape == (len(x), *expected[0][name].shape)
            assert made.codes.reshape(len(x), -1).tolist() == [list(one[name].codes) for one in expected]
        return True
    for i, one in enumerate(expected):
        found = outcome(lambda i=i: engine.trace(network, parameters, x[i : i + 1]))
        assert found == one if isinstance(one, tuple) else found["layer"].codes.reshape(-1).tolist() == list(one["layer"].codes)
    return False


def parameters_of(rng, kind, weights, outputs, *, scales=0):
    """Weights, bias and scales of a datapath, a bias of few bits."""
    _, second, _, bias = PATHS[kind]
    found = {"weights": codes(rng, get_format(second), *weights), "bias": codes(rng, get_format(bias), outputs)}
    for role, count in zip(("scale", "scale2"), (outputs, 1), strict=False):
        if scales > 0:
            found[role] = codes(rng, get_format("uint4" if kind == "scaled" else second), count)
            scales -= 1
    return found


@pytest.fixture
def rng(request):
    """Random numbers of a test of its own."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.mark.clause("layer/dense")
@pytest.mark.parametrize("kind", PATHS)
def test_dense(rng, kind):
    """Vectors, and rows of vectors, with bias and scales."""
    x, path = get_format(PATHS[kind][0]), get_datapath(PATHS[kind][2])
    for shape in ((6,), (2, 6)):
        for scales in (0, 2):
            check(Dense(path), [codes(rng, x, SAMPLES, *shape)], parameters_of(rng, kind, (4, 6), 4, scales=scales))


WINDOWS = [
    Window(padding=(1, 1, 1, 1)),
    Window((2, 1), (0, 1, 2, 0), (1, 2), 1, "channels_last"),
    Window((1, 2), (1, 0, 0, 1), (1, 1), 2),
    Window((1, 1), (1, 1, 0, 0), (1, 1), 4),
]
"""Padded, strided, in groups, and depthwise."""


@pytest.mark.clause("layer/conv2d")
@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("window", WINDOWS, ids=["padded", "strided", "groups", "depthwise"])
def test_conv2d(rng, kind, window):
    """Groups, padding and both orders of the terms."""
    x, path = get_format(PATHS[kind][0]), get_datapath(PATHS[kind][2])
    given = parameters_of(rng, kind, (4, 4 // window.groups, 2, 2), 4, scales=int(kind == "scaled"))
    check(Conv2d(path, window, int(rng.integers(1 << x.width))), [codes(rng, x, SAMPLES, 4, 4, 4)], given)


@pytest.mark.clause("transposed/element", "transposed/places", "transposed/meeting")
@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize(
    ("window", "more", "kernel"),
    [
        (Window((2, 2)), (0, 0), (2, 2)),
        (Window((2, 3), (1, 0, 0, 2), (1, 1), 2, "channels_last"), (1, 2), (3, 2)),
        (Window((3, 2), (0, 1, 1, 0), (2, 1), 4), (0, 1), (2, 3)),
        (Window((4, 6), (0, 0, 0, 0), (2, 4)), (3, 0), (2, 2)),
    ],
    ids=["doubled", "groups", "depthwise", "gaps"],
)
def test_conv_transpose2d(rng, kind, window, more, kernel):
    """Phases of all lengths, those without a kernel element too."""
    x, path = get_format(PATHS[kind][0]), get_datapath(PATHS[kind][2])
    given = parameters_of(rng, kind, (4, 3, *kernel), 3 * window.groups, scales=int(kind == "scaled"))
    rule = ConvTranspose2d(path, window, more, int(rng.integers(1 << x.width)))
    check(rule, [codes(rng, x, 2, 4, 2, 3)], given)


FORMATS = ("int8", "uq3.5", "float8_e4m3fn", "binary16", "binary32", "slog5_fsr1", "lns3.3", "posit8")
POOLS = [
    ((2, 2), Window((2, 2)), False),
    ((2, 2), Window((2, 2)), True),
    ((3, 2), Window((2, 1), (1, 2, 1, 0)), True),
    ((2, 2), Window((1, 3), (1, 0, 0, 1), (2, 1)), False),
    (None, Window(), False),
]


@pytest.mark.clause("pool/max", "pool/choice", "pool/order", "pool/places")
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("pool", range(len(POOLS)))
def test_max_pool(rng, format, pool):
    """Every kind of format; windows that reach out, with a rest or without."""
    for operation in ("maximum", "maximum_number"):
        check(MaxPool(operation, *POOLS[pool]), [codes(rng, get_format(format), SAMPLES, 2, 5, 6)])


@pytest.mark.clause("pool/choice", "pool/maxout")
@pytest.mark.parametrize("operation", EXTREMA)
def test_extrema(rng, operation):
    """All operations that choose, among NaNs and zeros of both signs; of a group of one nothing is chosen."""
    for name in ("float8_e5m2", "binary16", "int4", "float8_e4m3fnuz"):
        format = get_format(name)
        x = codes(rng, format, SAMPLES, 12, 2)
        special = [c for c in range(1 << format.width) if isinstance(format.decode(c), Special)]
        x.codes[:, ::3] = rng.choice([0, *special], x.codes[:, ::3].shape)
        for pieces in (1, 2, 4):
            check(Maxout(operation, pieces), [x])


ACCUMULATORS = {
    "int8": ("sequential(int9/toward_zero/saturate)", "int8/ties_to_away/saturate"),
    "q2.5": ("sequential(q4.5/toward_zero/wrap)", "q2.5/ties_to_even/saturate"),
    "float8_e4m3fn": ("sequential(binary16/ties_to_even/infinity)", "float8_e4m3fn/ties_to_even/saturate"),
    "binary16": ("pairwise(binary16/ties_to_even/infinity,base=1)", "binary16/toward_zero/infinity"),
    "binary32": ("total(binary32/ties_to_even/infinity)", "bfloat16/ties_to_even/infinity"),
    "slog5_fsr1": ("total(q4.11/ties_to_even/saturate)", "slog5_fsr1/ties_to_even/saturate"),
    "posit8": ("sequential(posit16/ties_to_even/saturate_finite)", "posit8/ties_to_even/saturate_finite"),
}


@pytest.mark.clause("pool/average", "pool/mean")
@pytest.mark.parametrize("format", ACCUMULATORS)
@pytest.mark.parametrize("pool", range(len(POOLS)))
def test_average_pool(rng, format, pool):
    """Sums that saturate, wrap and round, divided by what lies below the window or by all its places."""
    accumulator, to = get_accumulator(ACCUMULATORS[format][0]), Projection(*ACCUMULATORS[format][1].split("/"))
    kernel, window, ceil = POOLS[pool]
    for count_padding in (False, True):
        rule = AveragePool(accumulator, to, kernel, window, count_padding, ceil)
        check(rule, [codes(rng, get_format(format), SAMPLES, 2, 5, 6)])


STEPS = {
    "q3.4": ("q4.4/toward_zero/saturate", "uq1.15/toward_negative/saturate", "total(uq8.15/toward_zero/saturate)", "uq0.8"),
    "float8_e4m3fn": ("binary16", "binary16", "sequential(binary16/ties_to_even/infinity)", "binary16"),
    "binary16": ("binary16", "bfloat16", "pairwise(binary32/ties_to_even/infinity,base=2)", "binary16"),
    "int8": ("int9/toward_zero/saturate", "binary32", "sequential(binary32/ties_to_even/infinity)", "float8_e5m2"),
}


def projection(name):
    """A projection of the name, or the common one of a format."""
    if "/" in name:
        return Projection(*name.split("/"))
    return Projection(name, "ties_to_even", "infinity" if name.startswith(("b", "f")) else "saturate")


@pytest.mark.clause("softmax/steps", "softmax/real", "softmax/share")
@pytest.mark.parametrize("format", STEPS)
@pytest.mark.parametrize(("shape", "axis"), [((5,), 0), ((3, 2, 2), 0), ((2, 3), 1)], ids=["vector", "channels", "last"])
def test_softmax(rng, format, shape, axis):
    """The steps and the exact shares, along any axis."""
    difference, exponential, total, to = STEPS[format]
    accumulator = get_accumulator(total)
    x = codes(rng, get_format(format), SAMPLES, *shape)
    check(Softmax(axis, projection(difference), projection(exponential), accumulator, projection(to)), [x])
    if format == "float8_e4m3fn":
        x = Array(np.where(x.codes & 0x7F == 0x7F, 0, x.codes), x.format)
    check(RealSoftmax(axis, projection(to)), [x])


MOVES = [
    (Reshape((-1,)), [(2, 3, 4)]),
    (Reshape((4, -1, 2)), [(2, 3, 4)]),
    (Transpose((2, 0, 1)), [(2, 3, 4)]),
    (Concat(0), [(2, 3), (1, 3), (3, 3)]),
    (Concat(1), [(2, 3), (2, 3)]),
    (Pad((1, 0, 2), (0, 1, 0), 5), [(2, 3, 4)]),
    (Slice((1, 0, 2), (2, 3, 2)), [(2, 3, 4)]),
    (Slice((0, 1), (2, 3)), [(2, 3)]),
    (Upsample((2, 3)), [(2, 3, 2)]),
]


@pytest.mark.clause(
    *("move/reshape", "move/transpose", "move/concat", "move/pad", "move/slice", "move/upsample"),
)
@pytest.mark.parametrize("format", ["int4", "q2.5", "binary32", "lns3.3", "uint80"])
@pytest.mark.parametrize("move", range(len(MOVES)))
def test_moves(rng, format, move):
    """Codes of any width stand where the specification says."""
    rule, shapes = MOVES[move]
    format = get_format(format)
    if format.width > 64:
        inputs = [Array(np.array(rng.integers(0, 9, (2, *shape)), object) << 70, format) for shape in shapes]
    else:
        inputs = [codes(rng, format, SAMPLES, *shape) for shape in shapes]
    assert check(rule, inputs)


ELEMENTWISE = [
    ("add", "int8", "int8/toward_zero/saturate", {}),
    ("multiply", "q2.5", "q2.5/ties_to_even/wrap", {"b": ("q2.5", 3)}),
    ("fma", "float8_e4m3fn", "binary16/ties_to_even/infinity", {"b": ("binary16", 3), "c": ("binary16", 1)}),
    ("fma", "binary16", "binary32/toward_zero/infinity", {"b": ("binary16", 1), "c": ("binary32", 3)}),
    ("leaky_relu", "int8", "int8/ties_to_away/saturate", {"b": ("uq0.8", 1)}),
    ("leaky_relu", "binary32", "binary32/ties_to_even/infinity", {"b": ("binary32", 3)}),
    ("hard_sigmoid_dpu", "q3.4", "q0.7/ties_toward_positive/saturate", {}),
    ("sigmoid", "slog5_fsr1", "slog5_fsr1/ties_to_even/saturate", {}),
    ("relu", "lns3.3", "lns3.3/ties_to_even/saturate", {}),
    ("next_up", "binary16", None, {}),
]


@pytest.mark.clause("layer/elementwise")
@pytest.mark.parametrize("case", range(len(ELEMENTWISE)))
def test_elementwise(rng, case):
    """Operands from layers and parameters by channel or for all."""
    operation, format, to, roles = ELEMENTWISE[case]
    rule = Elementwise(operation, None if to is None else Projection(*to.split("/")))
    parameters = {role: codes(rng, get_format(name), count) for role, (name, count) in roles.items()}
    inputs = [codes(rng, get_format(format), SAMPLES, 3, 2, 2) for _ in range(len(rule.known().roles) - len(roles))]
    check(rule, inputs, parameters)


REFUSING = [
    (Dense(get_datapath("datapath(exact,sequential(int9/toward_zero/error),first,sum)")), (4,), {"weights": (3, 4)}),
    (
        Conv2d(get_datapath("datapath(exact,sequential(int12/toward_zero/error),first,sum)"), Window(), 0),
        (1, 4, 4),
        {"weights": (3, 1, 2, 2)},
    ),
    (
        ConvTranspose2d(
            get_datapath("datapath(exact,sequential(int12/toward_zero/error),first,sum)"), Window((2, 2)), (1, 0), 0
        ),
        (2, 2, 2),
        {"weights": (2, 2, 3, 3)},
    ),
    (
        AveragePool(
            get_accumulator("sequential(int9/toward_zero/error)"),
            Projection("int8", "toward_zero", "error"),
            (3, 3),
            Window((1, 1), (1, 1, 1, 1)),
            False,
            False,
        ),
        (2, 3, 3),
        {},
    ),
    (
        Softmax(
            0,
            Projection("int8", "toward_zero", "error"),
            Projection("binary16", "ties_to_even", "infinity"),
            get_accumulator("total(uq0.4/toward_zero/error)"),
            Projection("binary16", "ties_to_even", "infinity"),
        ),
        (3, 3),
        {},
    ),
    (Elementwise("add", Projection("int8", "toward_zero", "error")), (6,), {"b": (6,)}),
]


@pytest.mark.parametrize("case", range(len(REFUSING)))
def test_refusals(rng, case):
    """What a layer refuses on its way, the engine refuses in the same words: those of its first element."""
    rule, shape, roles = REFUSING[case]
    int8 = get_format("int8")
    said = [check(rule, [codes(rng, int8, 4, *shape)], {role: codes(rng, int8, *s) for role, s in roles.items()})]
    assert False in said


@pytest.mark.parametrize("rule", [RealSoftmax(0, Projection("binary16", "ties_to_even", "infinity")), Concat(0)])
def test_no_samples(rng, rule):
    """Of no samples there are no results, of the type that one would have."""
    x = codes(rng, get_format("int8"), 0, 4)
    network, _ = network_of(rule, [x], {})
    assert engine.run(network, {}, x).shape == (0, 4)


PORTED = [
    (
        ConvTranspose2d(get_datapath(PATHS["int8"][2]), Window((2, 3), (1, 0, 0, 0)), (1, 0), 3),
        (2, 2, 2),
        {"weights": (2, 3, 3, 2)},
    ),
    (
        AveragePool(
            get_accumulator("sequential(int18/toward_zero/saturate)"),
            Projection("int18", "toward_zero", "saturate"),
            (2, 2),
            Window((1, 1), (1, 0, 1, 0)),
            False,
            False,
        ),
        (2, 3, 3),
        {},
    ),
]


@pytest.mark.parametrize("case", range(len(PORTED)))
def test_ports(rng, case):
    """A port belongs to the element of its index, which alone changes; one of no element is refused."""
    rule, shape, roles = PORTED[case]
    int8 = get_format("int8")
    parameters = {role: codes(rng, int8, *s) for role, s in roles.items()}
    network, x = network_of(rule, [codes(rng, int8, 2, *shape)], parameters)
    plain = engine.run(network, parameters, x).codes
    for index in [(0, 0, 0, 0), (1, 1, 2, 1), tuple(n - 1 for n in plain.shape)]:
        found = engine.run(network, parameters, x, ports={"layer": {index: flips({("sum", 0): 1 << 16})}}).codes
        assert [tuple(map(int, place)) for place in np.argwhere(found != plain)] == [index]
    with pytest.raises(ValueError, match=r"a port belongs to an element of the result, of shape .*, not to \(2, 0, 0, 0\)"):
        engine.run(network, parameters, x, ports={"layer": {(2, 0, 0, 0): flips({})}})


@st.composite
def windows(draw, groups=(1,)):
    """Windows of any kind."""
    two = st.tuples(st.integers(1, 3), st.integers(1, 3))
    padding = draw(st.tuples(*[st.integers(0, 2)] * 4))
    return Window(draw(two), padding, draw(two), draw(st.sampled_from(groups)))


@pytest.mark.clause("pool/places", "pool/order", "pool/average", "pool/max", "transposed/element", "transposed/meeting")
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_window(data):
    """Pools and transposed convolutions with any window that fits, in saturating registers."""
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    size, kernel = (data.draw(st.tuples(st.integers(least, 4), st.integers(least, 4))) for least in (2, 1))
    x, path = [codes(rng, get_format("int8"), 2, 2, *size)], get_datapath(PATHS["narrow"][2])
    if data.draw(st.booleans()):
        window = data.draw(windows(groups=(1, 2)))
        more = tuple(data.draw(st.integers(0, stride - 1)) for stride in window.stride)
        parameters = {"weights": codes(rng, get_format("int8"), 2, 2, *kernel)}
        rule = ConvTranspose2d(path, window, more, data.draw(st.integers(0, 255)))
    else:
        window, ceil, parameters = data.draw(windows()), data.draw(st.booleans()), {}
        to = Projection("int8", "ties_to_away", "saturate")
        average = AveragePool(path.accumulator, to, kernel, window, data.draw(st.booleans()), ceil)
        rule = average if data.draw(st.booleans()) else MaxPool("maximum", kernel, window, ceil)
    assume(isinstance(outcome(lambda: network_of(rule, x, parameters)[0]), Network))
    check(rule, x, parameters)


def test_no_samples_and_no_channels():
    """A max pool of no samples, and of images without channels, has no elements."""
    rule = MaxPool("maximum", (2, 2), Window(), ceil=False)
    for shape, channels in (((0, 1, 3, 3), 1), ((2, 0, 3, 3), 0)):
        type = TensorType((channels, 3, 3), get_format("int8"))
        network = Network("pool", type, (Node("pool", rule, ("input",)),), {})
        found = engine.run(network, {}, Array(np.zeros(shape, np.uint8), type.format))
        assert found.shape == (shape[0], channels, 2, 2)
