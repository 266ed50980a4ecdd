"""The activation functions of straight pieces: the formulas of PyTorch and ONNX in rationals, and special cases."""

from fractions import Fraction

import pytest

from refsim.spec import activations
from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special, is_zero
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operations import get_operation
from refsim.spec.projection import Projection

BINARY16 = get_format("binary16")
CODES = {"0": 0, "-0": 0x8000, "1": 0x3C00, "-1": 0xBC00, "6": 0x4600, "0.5": 0x3800, "inf": 0x7C00, "-inf": 0xFC00}
CODES |= {"nan": 0x7E00, "snan": 0x7D00, "-0.5": 0xB800, "-3": 0xC200, "-4": 0xC400, "3": 0x4200, "7": 0x4700}


def relu6(x):
    """PyTorch's ReLU6."""
    return min(max(Fraction(0), x), Fraction(6))


FORMULAS = {
    "relu": lambda x: max(Fraction(0), x),
    "relu6": relu6,
    "hard_tanh": lambda x: Fraction(1) if x > 1 else Fraction(-1) if x < -1 else x,
    "hard_sigmoid": lambda x: relu6(x + 3) / 6,
    "hard_sigmoid_fifth": lambda x: max(Fraction(0), min(Fraction(1), Fraction(2, 10) * x + Fraction(5, 10))),
    "hard_sigmoid_dpu": lambda x: relu6(x + 3) * 2731 / (1 << 14),
    "hard_swish": lambda x: x * relu6(x + 3) / 6,
}
"""torch.nn.functional relu, relu6, hardtanh, hardsigmoid, hardswish; ONNX HardSigmoid with its default alpha 0.2, beta 0.5;
pytorch_nndct Hardsigmoid."""
SPECIAL = {
    "relu": [("0", "0"), ("-0", "0"), ("inf", "inf"), ("-inf", "0"), ("-1", "0"), ("7", "7")],
    "relu6": [("0", "0"), ("-0", "0"), ("inf", "6"), ("-inf", "0"), ("-1", "0"), ("7", "6"), ("6", "6")],
    "hard_tanh": [("0", "0"), ("-0", "-0"), ("inf", "1"), ("-inf", "-1"), ("3", "1"), ("-3", "-1"), ("0.5", "0.5")],
    "hard_sigmoid": [("0", "0.5"), ("-0", "0.5"), ("inf", "1"), ("-inf", "0"), ("3", "1"), ("-3", "0"), ("-4", "0")],
    "hard_sigmoid_fifth": [("0", "0.5"), ("-0", "0.5"), ("inf", "1"), ("-inf", "0"), ("3", "1"), ("-3", "0")],
    "hard_sigmoid_dpu": [("-inf", "0"), ("-3", "0"), ("-4", "0")],
    "hard_swish": [
        ("0", "0"),
        ("-0", "-0"),
        ("inf", "inf"),
        ("-inf", "-0"),
        ("-3", "-0"),
        ("-4", "-0"),
        ("3", "3"),
        ("7", "7"),
    ],
}


@pytest.mark.clause(
    *("activation/relu", "activation/relu6", "activation/hard-tanh", "activation/hard-sigmoid", "activation/hard-swish"),
    *("activation/hard-sigmoid-fifth", "activation/hard-sigmoid-dpu"),
)
@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("format", ["float8_e4m3fn", "float8_e5m2", "binary8p3se", "q3.4", "float4_e2m1fn"])
def test_numbers(name, format):
    """Every number of a small format gives the projection of the formula, through the table of operations too."""
    for rounding in ("ties_to_even", "toward_zero", "toward_positive", "toward_negative"):
        to = Projection(format, rounding, "saturate")
        for code in range(1 << to.format.width):
            x = Number(code, to.format)
            if isinstance(x.exact, Special):
                continue
            expected = to(FORMULAS[name](x.exact))
            result = getattr(activations, name)(x, to)
            assert result == get_operation(name)(x, to=to)
            assert result.flags == expected.flags
            if not is_zero(FORMULAS[name](x.exact)):
                assert result.code == expected.code


@pytest.mark.clause("activation/rectified", "activation/clamped", "activation/gate", "activation/gated")
@pytest.mark.parametrize(("name", "x", "expected"), [(name, *case) for name in SPECIAL for case in SPECIAL[name]])
def test_special_cases(name, x, expected):
    """Zeros have the sign that is stated, and infinities give the limits, whatever the rounding rule."""
    for rounding in ("ties_to_even", "toward_negative", "toward_positive"):
        to = Projection(BINARY16, rounding, "infinity")
        assert getattr(activations, name)(Number(CODES[x], BINARY16), to) == (CODES[expected], Flags.NONE)


@pytest.mark.clause("activation/dpu-cases", "activation/hard-sigmoid-dpu")
@pytest.mark.parametrize(
    ("x", "expected"), [("0", "8193/16384"), ("-0", "8193/16384"), ("3", "8193/8192"), ("7", "8193/8192"), ("inf", "8193/8192")]
)
def test_factor_of_the_dpu(x, expected):
    """The factor is more than one sixth: the greatest result is 1.000122 before it is rounded."""
    to = Projection("q1.14", "toward_zero", "error")
    result = activations.hard_sigmoid_dpu(Number(CODES[x], BINARY16), to)
    assert Fraction(result.code, 1 << 14) == Fraction(expected)


@pytest.mark.clause("activation/leaky-relu", "activation/leaky", "arithmetic/product")
@pytest.mark.parametrize(
    ("x", "slope", "expected", "flags"),
    [
        *((x, "0.5", x, Flags.NONE) for x in ("0", "-0", "1", "6", "inf")),
        *((x, "nan", "nan", Flags.NONE) for x in ("1", "-1", "0")),
        ("-0", "-3", "-0", Flags.NONE),
        ("-0", "inf", "-0", Flags.NONE),
        ("-1", "0.5", "-0.5", Flags.NONE),
        ("-1", "0", "-0", Flags.NONE),
        ("-1", "-3", "3", Flags.NONE),
        ("-inf", "0.5", "-inf", Flags.NONE),
        ("-inf", "-1", "inf", Flags.NONE),
        ("-inf", "0", "nan", Flags.INVALID),
        ("inf", "0", "inf", Flags.NONE),
        ("nan", "1", "nan", Flags.NONE),
        ("1", "snan", "nan", Flags.INVALID),
    ],
)
def test_leaky_relu(x, slope, expected, flags):
    """What is not below zero stays, whatever number the slope is; the rest is multiplied, exactly, and rounded once."""
    to = Projection(BINARY16, "ties_to_even", "infinity")
    found = activations.leaky_relu(Number(CODES[x], BINARY16), Number(CODES[slope], BINARY16), to)
    assert found == (CODES[expected], flags)


@pytest.mark.clause("activation/leaky-relu")
@pytest.mark.parametrize("name", ["float8_e4m3fn", "q3.4"])
def test_leaky_relu_of_every_number(name):
    """The formula of ONNX in rationals, with slopes of a format of its own; through the table of operations too."""
    x_format, slopes, to = get_format(name), get_format("uq0.4"), Projection(name, "ties_to_even", "saturate")
    for x in (Number(code, x_format) for code in range(1 << x_format.width)):
        for slope in (Number(code, slopes) for code in range(16)):
            if isinstance(x.exact, Special):
                continue
            expected = x.exact if x.exact >= 0 else x.exact * slope.exact
            found = get_operation("leaky_relu")(x, slope, to=to)
            assert found == activations.leaky_relu(x, slope, to)
            assert found.flags == to(expected).flags
            if expected:
                assert found.code == to(expected).code


@pytest.mark.clause("arithmetic/nan", "activation/rectified")
@pytest.mark.parametrize("name", FORMULAS)
def test_nan(name):
    """A NaN stays one, and a signaling one is invalid."""
    to = Projection(BINARY16, "ties_to_even", "infinity")
    function = getattr(activations, name)
    assert function(Number(CODES["nan"], BINARY16), to) == (CODES["nan"], Flags.NONE)
    assert function(Number(CODES["snan"], BINARY16), to) == (CODES["nan"], Flags.INVALID)
