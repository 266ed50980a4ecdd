"""Engine and specification are equal for sums, products, functions and averages of affine codes; errors too."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Array, Projection, get_format
from refsim.engine.networks import RULES
from refsim.spec.affine_functions import AffineFunction
from refsim.spec.affine_joins import AffineJoin
from refsim.spec.affine_pools import AffineAveragePool
from refsim.spec.convolutions import Window

from .affine_checks import affine_parameters, check, codes, integers, single

EVEN = "ties_to_even"
SCALES = [(0.1, 0.07, 0.2), (0.5, 0.25, 1.0), (0.75, 3.0, 0.5), (1e-3, 2.0**-30, 2.0**-9), (3.0, 7.0, 11.0), (1e38, 3e37, 2e38)]
"""Scales of two operands and of the result: of many bits, powers of two, small integers whose quotients are ties, far apart."""


@pytest.fixture
def rng(request):
    """Random numbers of a test of its own."""
    return np.random.default_rng(list(request.node.name.encode()))


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
    a = codes(rng, formats["a"], 2, 2, 3, 4)
    for shape in ((2, 3, 4), (2, 1, 1), (4,), ()):
        assert check(rule, [a, codes(rng, formats["b"], 2, *shape)], parameters)
        assert check(rule, [a], {**parameters, "b": codes(rng, formats["b"], *shape)})
    swapped = {**affine_parameters(rng, a=formats["b"], b=formats["a"], y=formats["y"])}
    assert check(rule, [codes(rng, formats["b"], 2, 3, 1), a], swapped)


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
@settings(deadline=None, max_examples=25)
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
    assert check(rule, [Array(rng.integers(0, 9, (4, 3, 4, 5)), format)], parameters)
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
