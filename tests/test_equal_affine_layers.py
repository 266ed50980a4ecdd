"""Engine and specification are equal for the affine rules, sample by sample; errors too."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Array, Projection, get_format
from refsim.engine import affine_layers
from refsim.engine.array import code_dtype
from refsim.engine.networks import RULES
from refsim.engine.tensors import array_of, tensor_of
from refsim.spec import affine, requantization
from refsim.spec.affine_functions import AffineFunction
from refsim.spec.affine_joins import AffineJoin
from refsim.spec.affine_layers import Centre, DequantizeLinear, QuantizeLinear, Requantize, combined_scale
from refsim.spec.affine_pools import AffineAveragePool
from refsim.spec.convolutions import Window
from refsim.spec.tensors import TensorType

BINARY32 = get_format("binary32")
EVEN = "ties_to_even"
SCALES = [(0.1, 0.07, 0.2), (0.5, 0.25, 1.0), (0.75, 3.0, 0.5), (1e-3, 2.0**-30, 2.0**-9), (3.0, 7.0, 11.0), (1e38, 3e37, 2e38)]
"""Scales of two operands and of the result: of many bits, powers of two, small integers whose quotients are ties, far apart."""


def codes(rng, format, *shape):
    """Any codes of a format."""
    return Array(rng.integers(0, (1 << format.width) - 1, shape, np.uint64, endpoint=True).astype(code_dtype(format)), format)


def single(x):
    """Binary32 numbers."""
    x = np.atleast_1d(np.asarray(x, np.float32))
    return Array(x.view(np.uint32), BINARY32)


def integers(n, format):
    """Integers of a format."""
    return Array(np.atleast_1d(np.array(n, object)) & (1 << format.width) - 1, format)


def outcome(compute):
    """What is computed, or the error."""
    try:
        return compute()
    except ValueError as error:
        return type(error), str(error)


def check(rule, inputs, parameters):
    """The engine's batch is what the specification makes of each sample, or it is refused as the first one that is refused."""
    given = {role: tensor_of(one) for role, one in parameters.items()}
    made = rule.infer([TensorType(x.shape[1:], x.format) for x in inputs], {role: one.type for role, one in given.items()})
    expected = [outcome(lambda i=i: rule([tensor_of(x[i]) for x in inputs], given)) for i in range(len(inputs[0]))]
    found = outcome(lambda: RULES[type(rule)](rule, inputs, parameters))
    refused = [one for one in expected if isinstance(one, tuple)]
    if refused:
        assert found == refused[0]
        return False
    assert (found.format, found.shape[1:]) == (made.format, made.shape)
    assert found.codes.dtype == code_dtype(found.format)
    assert found.codes.reshape(len(found), -1).tolist() == [list(one.codes) for one in expected]
    return True


def affine_parameters(rng, **formats):
    """Scales that make the results fill the codes, and any zero points."""
    found = {}
    for name, format in formats.items():
        scale = rng.uniform(0.01, 0.2) if name != "y" else rng.uniform(0.02, 0.4)
        found |= {f"{name}_scale": single(scale), f"{name}_zero_point": codes(rng, format, 1)}
    return found


@pytest.fixture
def rng(request):
    """Random numbers of a test of its own."""
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.mark.clause("affine-layer/quantize")
@pytest.mark.parametrize("model", affine.MODELS)
@pytest.mark.parametrize("to", ["int8", "uint8", "int4", "uint16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_quantize_linear(model, to, channels, rng):
    """Numbers around ties and past the ends, infinities, and a NaN in the last sample."""
    to = get_format(to)
    scale = 2.0 ** rng.integers(-4, 3, channels) if "vitis" in model else rng.uniform(0.1, 2, channels)
    x = (rng.integers(-600, 600, (3, 3, 2, 5)) * np.float32(0.25)).astype(np.float32)
    parameters = {"scale": single(scale), "zero_point": codes(rng, to, channels)}
    assert check(QuantizeLinear(model, to), [single(x)], parameters)
    x[2, 1, 0, 3] = np.nan
    assert not check(QuantizeLinear(model, to), [single(x)], parameters)


@pytest.mark.clause("affine-layer/dequantize")
@pytest.mark.parametrize("model", affine.DEQUANTIZATIONS)
@pytest.mark.parametrize("format", ["int8", "uint8", "int32", "int64", "uint64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_dequantize_linear(model, format, channels, rng):
    """Any codes, of which those of 64 bits are too wide; a scale of zero is refused."""
    format = get_format(format)
    x = codes(rng, format, 2, 3, 4)
    zero = integers(rng.integers(0, 100, channels), format)
    found = check(DequantizeLinear(model), [x], {"scale": single(rng.uniform(0.1, 2, channels)), "zero_point": zero})
    assert found == (format.width < 64)
    assert not check(DequantizeLinear(model), [x], {"scale": single(np.zeros(channels)), "zero_point": zero})


@pytest.mark.clause("affine-layer/centre")
@pytest.mark.parametrize("format", ["int8", "uint8", "int4", "uint2", "int16", "uint16", "int1"])
@pytest.mark.parametrize("channels", [1, 4])
def test_centre(format, channels, rng):
    """Every code of 8 bits, and any of the others, less any zero points."""
    format = get_format(format)
    x = Array(np.arange(1024).reshape(2, 4, 128) % (1 << format.width), format)
    for _ in range(4):
        assert check(Centre(), [x], {"zero_point": codes(rng, format, channels)})


@pytest.mark.clause("affine-layer/requantize")
@pytest.mark.parametrize("model", requantization.MODELS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("limits", [(None, None), (3, 100)])
def test_requantize(model, channels, limits, rng):
    """Accumulators of 32 bits and fewer, and parameters of each channel."""
    to, way = get_format("uint8"), requantization.get_model(model)
    shift = {"dpu": (4, 12), "halide": (-8, 0)}.get(model, (-8, 0) if way.point else (38, 46))
    parameters = {
        "scale": single(rng.uniform(1e-5, 1e-2, channels)),
        "multiplier": integers(
            rng.integers(1 << 14, min(way.multipliers[1], 1 << 30), channels, endpoint=True), get_format("int32")
        )
        if model != "dpu"
        else None,
        "shift": integers(rng.integers(*shift, channels), get_format("int8")),
        "zero_point": codes(rng, to, channels),
    }
    rule = Requantize(model, to, *limits)
    parameters = {role: one for role, one in parameters.items() if role in {*rule.roles, "zero_point"}}
    x = rng.integers(-100_000, 100_000, (3, 3, 2, 20))
    assert check(rule, [integers(x, get_format("int32"))], parameters)
    assert check(rule, [integers(x, get_format("int18"))], parameters)
    wide = integers([[[1 << 50]], [[-5]]], get_format("int64"))
    assert not check(rule, [wide], {role: one[:1] for role, one in parameters.items()})


@pytest.mark.clause("affine-layer/requantize", "requantize/domain")
def test_requantize_refuses_in_order(rng):
    """The first sample that the model refuses decides, with multipliers of 64 bits too."""
    parameters = {"shift": integers([40], get_format("uint64")), "multiplier": integers([1 << 40], get_format("uint64"))}
    zero = codes(rng, get_format("int8"), 1)
    x = integers(rng.integers(-1000, 1000, (2, 3, 1)), get_format("int64"))
    assert not check(Requantize("tosa_32", get_format("int8")), [x], {**parameters, "zero_point": zero})


@pytest.mark.clause("affine-layer/combined-scale")
def test_combined_scale(rng):
    """Products and quotients that overflow and vanish among them."""
    x, w, y = (np.float32(10.0) ** rng.uniform(-30, 30, 200).astype(np.float32) for _ in range(3))
    found = affine_layers.combined_scale([single(x), single(w)], single(y))
    for i in range(200):
        given = [tensor_of(single(v[i])).numbers()[0] for v in (x, w, y)]
        assert combined_scale(given[:2], given[2]).code == found.codes[i]


@pytest.mark.clause("affine-join/ways", "affine-join/element")
@pytest.mark.parametrize("way", ["exact", "binary32", "onnxruntime"])
@pytest.mark.parametrize("operation", ["add", "multiply"])
@pytest.mark.parametrize("scales", SCALES, ids=str)
@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_join(operation, way, scales, kind, rng):
    """Aimed scales, every code of each operand at least once, several in each sample."""
    format = get_format(kind)
    a, b = (Array(rng.permutation(512).reshape(4, 128) % 256, format) for _ in range(2))
    parameters = {f"{name}_scale": single(scale) for name, scale in zip("aby", scales, strict=True)}
    parameters |= {f"{name}_zero_point": codes(rng, format, 1) for name in "aby"}
    check(AffineJoin(operation, way, Projection(format, EVEN, "saturate")), [a, b], parameters)


@pytest.mark.clause("affine-join/element", "affine-join/broadcast")
@pytest.mark.parametrize("way", ["exact", "binary32"])
@pytest.mark.parametrize("operation", ["add", "multiply"])
@pytest.mark.parametrize(
    "formats", [("int8", "uint8", "int4"), ("int16", "int8", "int16"), ("uint4", "uint16", "uint8")], ids=str
)
def test_join_of_other_formats(operation, way, formats, rng):
    """Formats of each operand and of the result, an operand that is broadcast, and one that is a parameter."""
    formats = dict(zip("aby", map(get_format, formats), strict=True))
    rule = AffineJoin(operation, way, Projection(formats["y"], EVEN, "saturate"))
    parameters = affine_parameters(rng, **formats)
    a = codes(rng, formats["a"], 2, 3, 4, 5)
    for shape in ((3, 4, 5), (3, 1, 1), (4, 1), (5,), ()):
        assert check(rule, [a, codes(rng, formats["b"], 2, *shape)], parameters)
        assert check(rule, [a], {**parameters, "b": codes(rng, formats["b"], *shape)})
    swapped = {**affine_parameters(rng, a=formats["b"], b=formats["a"], y=formats["y"])}
    assert check(rule, [codes(rng, formats["b"], 2, 4, 1), a], swapped)


@pytest.mark.clause("affine-join/quantized")
@pytest.mark.parametrize(
    "rounding", ["ties_to_away", "toward_zero", "toward_negative", "toward_positive", "ties_toward_zero", "to_odd"]
)
@pytest.mark.parametrize("operation", ["add", "multiply"])
def test_join_rounding(operation, rounding, rng):
    """The exact way has any rule, ties and integers among the quotients."""
    format = get_format("int8")
    parameters = {f"{name}_scale": single(scale) for name, scale in zip("aby", (0.5, 0.75, 1.5), strict=True)}
    parameters |= {f"{name}_zero_point": codes(rng, format, 1) for name in "aby"}
    rule = AffineJoin(operation, "exact", Projection(format, rounding, "saturate"))
    assert check(rule, [codes(rng, format, 2, 200), codes(rng, format, 2, 200)], parameters)


@pytest.mark.clause("affine-join/ways", "affine-join/fused-sum", "affine-join/scaled-product")
@pytest.mark.parametrize("scales", [(3, 7, 6), (2, 7, 6), (7, 5, 11), (1, 2.0**-60, 2), (0.3, 0.1, 0.2)], ids=str)
@pytest.mark.parametrize("operation", ["add", "multiply"])
def test_join_near_ties(operation, scales, rng):
    """Pairs whose exact sum or product is a tie, or next to one; with far scales a small operand decides on which side."""
    format = get_format("int8")
    points = rng.integers(-20, 20, 3)
    a, b = (n.reshape(-1) for n in np.mgrid[-128:128, -128:128])
    left, right = ((n - point) * np.float64(scale) for n, point, scale in zip((a, b), points, scales, strict=False))
    quotient = (left + right if operation == "add" else left * right) / scales[2]
    near = np.flatnonzero((np.abs(quotient % 1 - 0.5) < 2.0**-20) & (np.abs(quotient) < 100))
    some = rng.permutation(near)[:150]
    parameters = {f"{name}_scale": single(scale) for name, scale in zip("aby", scales, strict=True)}
    parameters |= {f"{name}_zero_point": integers(point, format) for name, point in zip("aby", points, strict=True)}
    for way in ("exact", "binary32", "onnxruntime"):
        rule = AffineJoin(operation, way, Projection(format, EVEN, "saturate"))
        assert check(rule, [integers([n[some]], format) for n in (a, b)], parameters)


@pytest.mark.clause("affine-join/quantized")
def test_product_next_to_a_tie():
    """255 * 253 times the scales is a little less than 35.5: binary64 has it on the tie."""
    format = get_format("int8")
    scales = [float.fromhex(x) for x in ("0x1.02018p0", "0x1.15c71cp-1", "0x1.f0d7e6p9")]
    exact = 255 * 253 * Fraction(scales[0]) * Fraction(scales[1]) / Fraction(scales[2])
    assert 0 < Fraction(71, 2) - exact < Fraction(1, 1 << 45)
    assert 255 * 253 * (scales[0] * scales[1]) / scales[2] == 35.5
    parameters = {f"{name}_scale": single(scale) for name, scale in zip("aby", scales, strict=True)}
    parameters |= {f"{name}_zero_point": integers(point, format) for name, point in zip("aby", (-128, -126, 0), strict=True)}
    rule, inputs = AffineJoin("multiply", "exact", Projection(format, EVEN, "saturate")), [integers([[127]], format)] * 2
    assert check(rule, inputs, parameters)
    assert RULES[AffineJoin](rule, inputs, parameters).codes.tolist() == [[35]]


@given(st.lists(st.floats(2.0**-40, 2.0**40, width=32), min_size=3, max_size=3), st.data())
@settings(deadline=None, max_examples=60)
def test_join_of_any_scales(scales, data):
    """Scales of any size and any codes, the three ways of both operations."""
    format = get_format("int8")
    parameters = {f"{name}_scale": single(scale) for name, scale in zip("aby", scales, strict=True)}
    points = data.draw(st.lists(st.integers(0, 255), min_size=3, max_size=3))
    parameters |= {f"{name}_zero_point": Array([point], format) for name, point in zip("aby", points, strict=True)}
    pairs = np.array(data.draw(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=20))).T
    inputs = [Array(x[None], format) for x in pairs]
    for operation in ("add", "multiply"):
        for way in ("exact", "binary32", "onnxruntime"):
            check(AffineJoin(operation, way, Projection(format, EVEN, "saturate")), inputs, parameters)


@pytest.mark.clause("affine-function/exact", "affine-function/binary32", "affine-function/element")
@pytest.mark.parametrize("way", ["exact", "binary32"])
@pytest.mark.parametrize("operation", ["sigmoid", "tanh", "convert", "exp", "sqrt", "log", "hard_swish", "relu6", "reciprocal"])
@pytest.mark.parametrize("formats", [("int8", "int8"), ("uint8", "int16"), ("int4", "uint8")], ids=str)
def test_function(operation, way, formats, rng):
    """Any codes; a root and a logarithm of negative numbers are refused, and a reciprocal of zero where nothing is infinite."""
    x, y = map(get_format, formats)
    parameters = affine_parameters(rng, x=x, y=y)
    found = check(AffineFunction(operation, way, Projection(y, EVEN, "saturate")), [codes(rng, x, 3, 4, 10)], parameters)
    assert found or operation in {"sqrt", "log", "reciprocal"}


@pytest.mark.clause("affine-function/exact", "affine-function/binary32")
@pytest.mark.parametrize("way", ["exact", "binary32"])
def test_function_with_another_operand(way, rng):
    """Other operands are parameters of any format: of a minimum, and of a product and a sum."""
    x, y = get_format("int8"), get_format("uint8")
    parameters = affine_parameters(rng, x=x, y=y)
    to = Projection(y, EVEN, "saturate")
    inputs = [codes(rng, x, 2, 50)]
    assert check(AffineFunction("minimum", way, to), inputs, {**parameters, "b": single(0.5)})
    more = {"b": codes(rng, get_format("q2.5"), 1), "c": codes(rng, get_format("int4"), 1)}
    assert check(AffineFunction("fma", way, to), inputs, {**parameters, **more})


WINDOWS = [
    (None, Window(), False),
    ((4, 5), Window(), False),
    ((3, 2), Window(stride=(2, 1)), False),
    ((3, 3), Window(padding=(1, 1, 1, 1)), False),
    ((2, 2), Window(stride=(3, 2)), True),
]


@pytest.mark.clause("affine-pool/exact", "affine-pool/windowed", "affine-pool/channel", "affine-pool/element")
@pytest.mark.parametrize("way", ["exact", "onnxruntime"])
@pytest.mark.parametrize(("kernel", "window", "ceil"), WINDOWS, ids=str)
@pytest.mark.parametrize("count_padding", [False, True])
@pytest.mark.parametrize("kind", ["int8", "uint8"])
def test_average_pool(way, kernel, window, ceil, count_padding, kind, rng):
    """Windows with and without padding, the whole image, and small codes, whose means are ties."""
    format = get_format(kind)
    rule = AffineAveragePool(way, Projection(format, EVEN, "saturate"), kernel, window, count_padding, ceil)
    parameters = affine_parameters(rng, x=format, y=format)
    assert check(rule, [codes(rng, format, 2, 3, 4, 5)], parameters)
    parameters |= {"x_scale": single(0.5), "y_scale": single(0.25)}
    assert check(rule, [Array(rng.integers(0, 4, (2, 3, 4, 5)), format)], parameters)
    parameters |= {"x_scale": single(0.1), "y_scale": single(0.1)}
    assert check(rule, [Array(rng.integers(0, 9, (9, 3, 4, 5)), format)], parameters)
    beyond = {**parameters, "x_scale": single(1e36), "y_scale": single(1e-3)}
    assert check(rule, [codes(rng, format, 2, 1, 4, 5)], beyond) == (way == "exact")


@pytest.mark.clause("affine/scale")
@pytest.mark.parametrize("scale", [0.0, -1.0, np.inf, np.nan])
def test_scales(scale, rng):
    """A scale that is none is refused by all the rules that have one, by both in the same words."""
    format = get_format("int8")
    to, x = Projection(format, EVEN, "saturate"), codes(rng, format, 1, 2, 3, 3)
    rules = [
        *((AffineJoin(operation, way, to), "ab") for operation in ("add", "multiply") for way in ("exact", "onnxruntime")),
        (AffineFunction("sigmoid", "exact", to), "x"),
        (AffineAveragePool("exact", to, None, Window(), count_padding=False, ceil=False), "x"),
    ]
    for rule, names in rules:
        for wrong in (*names, "y"):
            parameters = affine_parameters(rng, **dict.fromkeys([*names, "y"], format))
            assert not check(rule, [x] * len(names), {**parameters, f"{wrong}_scale": single(scale)})


def test_tensors_round_trip(rng):
    """What the checks rest on: a tensor of an array is the array again."""
    x = codes(rng, get_format("int8"), 2, 3)
    assert (array_of(tensor_of(x)).codes == x.codes).all()
