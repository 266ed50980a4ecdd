"""Affine layers against the examples that ONNX publishes with its operators, and against their parts."""

import json

import numpy as np
import pytest

from refsim.spec.affine_functions import AffineFunction
from refsim.spec.affine_joins import AffineJoin
from refsim.spec.affine_layers import (
    Centre,
    DequantizeLinear,
    QuantizeLinear,
    Requantize,
    check_integers,
    combined_scale,
)
from refsim.spec.affine_pools import AffineAveragePool
from refsim.spec.catalogue import get_format
from refsim.spec.convolutions import Window
from refsim.spec.datapath_names import get_datapath
from refsim.spec.layers import Conv2d, Dense, Elementwise
from refsim.spec.requantization import MODELS, requantize
from refsim.spec.rule_names import read_rule, write_rule
from refsim.spec.spellings import get_projection
from refsim.spec.tensors import TensorType

from .affine_tensors import integers, numbers, singles, values

UINT8, INT8, INT32 = map(get_format, ("uint8", "int8", "int32"))
EXACT32 = get_datapath("datapath(exact,sequential(int32/toward_zero/error),first,sum)")


@pytest.mark.clause("affine-layer/quantize")
def test_quantize_linear():
    """The example of QuantizeLinear."""
    x = singles([0, 2, 3, 1000, -254, -1000])
    found = QuantizeLinear("onnx", UINT8)([x], {"scale": singles([2]), "zero_point": integers([128], "uint8")})
    assert values(found).tolist() == [128, 129, 130, 255, 1, 0]


@pytest.mark.clause("affine-layer/quantize")
def test_quantize_linear_by_channel():
    """The example of QuantizeLinear along an axis."""
    x = [[[-162, 10], [-100, 232], [-20, -50]], [[-76, 0], [0, 252], [32, -44]], [[245, -485], [-960, -270], [-375, -470]]]
    parameters = {"scale": singles([2, 4, 5]), "zero_point": integers([84, 24, 196], "uint8")}
    expected = [[[3, 89], [34, 200], [74, 59]], [[5, 24], [24, 87], [32, 13]], [[245, 99], [4, 142], [121, 102]]]
    assert values(QuantizeLinear("onnx", UINT8)([singles(x)], parameters)).tolist() == expected


@pytest.mark.clause("affine-layer/dequantize")
def test_dequantize_linear():
    """The example of DequantizeLinear, and one with a scale for each channel."""
    found = DequantizeLinear("onnx")(
        [integers([0, 3, 128, 255], "uint8")], {"scale": singles([2]), "zero_point": integers([128], "uint8")}
    )
    assert numbers(found).tolist() == [-256, -250, 0, 254]
    parameters = {"scale": singles([2, 0.5]), "zero_point": integers([1, -1], "int32")}
    found = DequantizeLinear("onnx")([integers([[5, -5], [5, -5]], "int32")], parameters)
    assert numbers(found).tolist() == [[8, -12], [3, -2]]


@pytest.mark.clause("affine-layer/centre")
@pytest.mark.parametrize(("format", "wider"), [("int8", "int9"), ("uint8", "int9"), ("int4", "int5"), ("uint16", "int17")])
def test_centre_holds_every_difference(format, wider):
    """The least and the greatest integer less each of them."""
    format = get_format(format)
    ends = np.array([-format.top_negative, format.top])
    for zero in ends:
        found = Centre()([integers(ends, format.name)], {"zero_point": integers([zero], format.name)})
        assert found.format.name == wider
        assert values(found).tolist() == (ends - zero).tolist()


@pytest.mark.clause("affine-layer/centre")
def test_products_of_integers():
    """The example of MatMulInteger."""
    a, b = [[11, 7, 3], [10, 6, 2], [9, 5, 1], [8, 4, 0]], [[1, 4], [2, 5], [3, 6]]
    x = Centre()([integers(a, "uint8")], {"zero_point": integers([12], "uint8")})
    w = Centre()([integers(np.transpose(b), "uint8")], {"zero_point": integers([0], "uint8")})
    assert values(Dense(EXACT32)([x], {"weights": w})).tolist() == [[-38, -83], [-44, -98], [-50, -113], [-56, -128]]


@pytest.mark.clause("affine-layer/centre")
@pytest.mark.parametrize(
    ("padding", "expected"),
    [(0, [[12, 16], [24, 28]]), (1, [[1, 3, 5, 3], [5, 12, 16, 9], [11, 24, 28, 15], [7, 15, 17, 9]])],
)
def test_convolutions_of_integers(padding, expected):
    """The two examples of ConvInteger: the padding is the zero point, hence 0."""
    x = Centre()([integers([[[2, 3, 4], [5, 6, 7], [8, 9, 10]]], "uint8")], {"zero_point": integers([1], "uint8")})
    rule = Conv2d(EXACT32, Window(padding=(padding,) * 4), 0)
    assert values(rule([x], {"weights": integers(np.ones((1, 1, 2, 2)), "uint8")})).tolist() == [expected]


@pytest.mark.clause("affine-layer/requantize", "affine-layer/combined-scale")
def test_products_of_matrices():
    """The example of QLinearMatMul."""
    a, b = [[208, 236, 0, 238], [3, 214, 255, 29]], [[152, 51, 244], [60, 26, 255], [0, 127, 246], [127, 254, 247]]
    x = Centre()([integers(a, "uint8")], {"zero_point": integers([113], "uint8")})
    w = Centre()([integers(np.transpose(b), "uint8")], {"zero_point": integers([114], "uint8")})
    one, other, result = (singles(scale).numbers()[0] for scale in (0.0066, 0.00705, 0.0107))
    scale = combined_scale([one, other], result)
    parameters = {"scale": singles(np.array([scale.code], np.uint32).view(np.float32)), "zero_point": integers([118], "uint8")}
    found = Requantize("float_scale", UINT8)([Dense(EXACT32)([x], {"weights": w})], parameters)
    assert values(found).tolist() == [[168, 115, 255], [1, 66, 151]]


@pytest.mark.clause("affine-layer/combined-scale")
def test_order_of_scales():
    """28 * 3/8 is exact, and so is a ninth of it times 9, almost; the quotients by 9 that come first are not."""
    x, w, y = np.float32([28, 0.375, 9])
    given = [singles(scale).numbers()[0] for scale in (x, w, y)]
    found = np.uint32(combined_scale(given[:2], given[2]).code).view(np.float32)
    assert found == (x * w) / y != x * (w / y) == w * (x / y)
    three = [singles(scale).numbers()[0] for scale in (0.1, 0.2, 0.3)]
    a, b, c = np.float32([0.1, 0.2, 0.3])
    assert combined_scale(three, given[2]).code == ((a * b) * c / y).view(np.uint32)


@pytest.mark.clause("affine-layer/requantize")
@pytest.mark.parametrize("model", MODELS)
def test_requantize(model):
    """Each element is requantized with the parameters of its channel."""
    rule = Requantize(model, INT8, -100, 90)
    pairs = {"dpu": [(1, 5), (1, 9)], "halide": [(1 << 30, -4), (3 << 29, -8)], "float_scale": [(0.01, 0), (0.002, 0)]}
    right = (1 << 14, 22), (3 << 12, 25)
    left = (1 << 30, -4), (3 << 29, -8)
    chosen = pairs.get(model, left if MODELS[model].point else right)
    multipliers, shifts = zip(*chosen, strict=True)
    given = {"multiplier": integers(multipliers, "int32"), "shift": integers(shifts, "int8"), "scale": singles(multipliers)}
    parameters = {role: given[role] for role in rule.roles} | {"zero_point": integers([3, -4], "int8")}
    acc = np.array([[-3000, -77, 0, 100, 2500], [-9999, -1, 1, 500, 9999]])
    codes = given["scale"].codes if model == "float_scale" else [int(m) for m in multipliers]
    expected = [requantize(model, int(n), codes[c], shifts[c], (3, -4)[c], INT8, -100, 90) for c in range(2) for n in acc[c]]
    assert rule([integers(acc, "int32")], parameters).codes == tuple(expected)


@pytest.mark.clause("affine-layer/requantize")
def test_rectifier():
    """A lower limit at the zero point is a ReLU, and so is the maximum with the zero point after it."""
    acc = integers([[-500, -3, 0, 4, 900]], "int32")
    parameters = {"scale": singles([0.25]), "zero_point": integers([-5], "int8")}
    fused = Requantize("float_scale", INT8, low=-5)([acc], parameters)
    assert values(fused).tolist() == [[-5, -5, -5, -4, 127]]
    plain = Requantize("float_scale", INT8)([acc], parameters)
    assert values(plain).tolist() == [[-128, -6, -5, -4, 127]]
    to = "int8/toward_zero/saturate"
    assert Elementwise("maximum", get_projection(to))([plain], {"b": integers([-5], "int8")}) == fused


def infer(rule, shape, format, **parameters):
    """What a rule says of an input and parameters, each a shape and a format."""
    given = {role: TensorType(one, get_format(name)) for role, (one, name) in parameters.items()}
    return rule.infer([TensorType(shape, get_format(format))], given)


ONE, SINGLE, POINT = (1,), ((1,), "binary32"), ((1,), "int8")


@pytest.mark.clause("affine-layer/quantize", "affine-layer/dequantize", "affine-layer/centre", "affine-layer/requantize")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: QuantizeLinear("none", INT8), "unknown quantization model 'none'; the models are onnx, "),
        (
            lambda: QuantizeLinear("onnx", get_format("q2.5")),
            "quantize_linear needs an integer format of at most 64 bits, not q2.5",
        ),
        (lambda: DequantizeLinear("none"), "unknown dequantization model 'none'; the models are onnx, "),
        (lambda: Requantize("none", INT8), "unknown requantization model 'none'; the models are gemmlowp, "),
        (lambda: Requantize("dpu", INT8, 5, 4), "low 5 is above high 4"),
        (lambda: Requantize("dpu", INT8, -129), "low -129 is not in -128..127 of int8"),
        (
            lambda: infer(QuantizeLinear("onnx", INT8), ONE, "binary16", scale=SINGLE, zero_point=POINT),
            "quantize_linear takes numbers of binary32, not of binary16",
        ),
        (
            lambda: infer(QuantizeLinear("onnx", UINT8), ONE, "binary32", scale=SINGLE, zero_point=POINT),
            "the zero_point of quantize_linear is of uint8, not of int8",
        ),
        (
            lambda: infer(DequantizeLinear("onnx"), (3, 2), "int8", scale=((2,), "binary32"), zero_point=POINT),
            r"the scale of dequantize_linear has one element or 3 elements, not the shape \(2,\)",
        ),
        (
            lambda: infer(DequantizeLinear("onnx"), ONE, "int8", scale=SINGLE),
            "the parameters of dequantize_linear are scale, zero_point; zero_point is missing",
        ),
        (
            lambda: infer(Centre(), ONE, "int32", zero_point=((1,), "int32")),
            "centre needs an integer format of at most 16 bits, not int32",
        ),
        (
            lambda: infer(Centre(), ONE, "q2.5", zero_point=((1,), "q2.5")),
            "centre needs an integer format of at most 16 bits, not q2.5",
        ),
        (
            lambda: infer(Requantize("dpu", INT8), ONE, "int32", multiplier=POINT, shift=POINT, zero_point=POINT),
            "the parameters of requantize are shift, zero_point; multiplier is unknown",
        ),
        (
            lambda: infer(Requantize("gemmlowp", INT8), ONE, "int32", multiplier=SINGLE, shift=POINT, zero_point=POINT),
            "the multiplier of requantize needs an integer format of at most 64 bits, not binary32",
        ),
        (
            lambda: infer(Requantize("float_scale", INT8), ONE, "binary32", scale=SINGLE, zero_point=POINT),
            "requantize needs an integer format of at most 64 bits, not binary32",
        ),
        (lambda: Centre().infer([], {}), "centre takes one input, not 0"),
        (lambda: check_integers("it", get_format("int65")), "it needs an integer format of at most 64 bits, not int65"),
    ],
)
def test_refused(call, message):
    """What does not fit is refused in one line."""
    with pytest.raises(ValueError, match="^" + message):
        call()


@pytest.mark.clause("affine-layer/requantize")
@pytest.mark.parametrize(
    ("model", "roles"), [("float_scale", ("scale",)), ("dpu", ("shift",)), ("tosa_32", ("multiplier", "shift"))]
)
def test_roles(model, roles):
    """The parameters that a model takes."""
    assert Requantize(model, INT8).roles == roles


WINDOW = Window(stride=(2, 1), padding=(1, 0, 0, 1))
TO = get_projection("uint8/ties_to_even/saturate")
RULES = [
    QuantizeLinear("tflite", UINT8),
    DequantizeLinear("onnx"),
    Centre(),
    Requantize("gemmlowp", INT8),
    Requantize("float_scale", INT8, -5, 100),
    AffineJoin("add", "onnxruntime", TO),
    AffineJoin("multiply", "exact", get_projection("int4/toward_zero/saturate")),
    AffineFunction("sigmoid", "binary32", TO),
    AffineAveragePool("onnxruntime", TO, None, Window(), count_padding=False, ceil=False),
    AffineAveragePool("exact", TO, (3, 2), WINDOW, count_padding=True, ceil=True),
]


@pytest.mark.clause("network-file/rule", "network-file/round-trip")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_names(rule):
    """A rule is written as plain data, which is read as an equal rule."""
    data = write_rule(rule)
    assert read_rule(json.loads(json.dumps(data))) == rule
    for key in set(data) - {"kind"}:
        with pytest.raises(ValueError, match=f"^{key} is missing$"):
            read_rule({other: value for other, value in data.items() if other != key})
