"""Functions of affine codes against functions in binary64 and worked examples."""

import math
from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.affine_functions import AffineFunction, Quotient, quotient
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, Root, root
from refsim.spec.projection import Projection
from refsim.spec.tensors import TensorType

from .affine_tensors import integers, parameters, singles, values

INT8 = Projection("int8", "ties_to_even", "saturate")
CODES = np.arange(-128, 128)
FUNCTIONS = {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "exp": math.exp,
    "erf": math.erf,
    "hard_sigmoid": lambda x: min(max(x / 6 + 0.5, 0), 1),
    "relu6": lambda x: min(max(x, 0), 6),
}


def made(operation, q, x, y, way="exact", to=INT8, **others):
    """What a rule makes of integers of 8 bits, with scale and zero point of input and result."""
    return values(AffineFunction(operation, way, to)([integers(q, "int8")], parameters("int8", x=x, y=y) | others))


@pytest.mark.clause("affine-function/exact", "affine-function/binary32", "affine-function/element")
@pytest.mark.parametrize("way", ["exact", "binary32"])
@pytest.mark.parametrize("operation", FUNCTIONS)
@pytest.mark.parametrize("scale", [1 / 32, 0.043])
def test_tables(operation, way, scale):
    """All codes: binary64 says which integer is nearest, but near a tie."""
    found = made(operation, CODES, (scale, 10), (1 / 256, -128), way)
    for q, code in zip(CODES.tolist(), found.tolist(), strict=True):
        place = FUNCTIONS[operation]((q - 10) * float(np.float32(scale))) * 256
        if abs(place % 1 - 0.5) > 1e-3:
            assert code == min(max(round(place) - 128, -128), 127)


@pytest.mark.clause("affine-function/exact")
def test_published_ends_of_the_logistic_function():
    """TensorFlow Lite fixes the result's scale at 1/256 and its zero point at -128: 1/2 is 0; 1, which has no code, is 127."""
    found = made("sigmoid", [-128, 0, 127], (0.25, 0), (1 / 256, -128))
    assert found.tolist() == [-128, 0, 127]


@pytest.mark.clause("affine-function/exact")
@pytest.mark.parametrize(
    ("rounding", "expected"),
    [("toward_negative", [0, 2, 3]), ("toward_positive", [1, 3, 4]), ("ties_to_even", [1, 3, 3]), ("to_odd", [1, 3, 3])],
)
def test_irrational_numbers_are_rounded_once(rounding, expected):
    """exp(-1/2), exp(1) and exp(5/4) are 0.61, 2.72 and 3.49."""
    found = made("exp", [-2, 4, 5], (0.25, 0), (1, 0), to=Projection("int8", rounding, "saturate"))
    assert found.tolist() == expected


@pytest.mark.clause("affine-function/binary32")
def test_another_operand():
    """The slope of a leaky ReLU is a number of binary32."""
    found = made("leaky_relu", CODES, (0.5, 3), (0.25, -7), "binary32", b=singles([0.1]))
    x = (CODES - 3).astype(np.float32) * np.float32(0.5)
    expected = np.where(x >= 0, x, x * np.float32(0.1)) / np.float32(0.25)
    assert found.tolist() == np.clip(np.rint(expected).astype(int) - 7, -128, 127).tolist()


@pytest.mark.clause("affine-function/exact", "affine-function/binary32")
@pytest.mark.parametrize("way", ["exact", "binary32"])
def test_identity(way):
    """With one scale and one zero point on both sides every code stays, with a double scale every second one is a tie."""
    assert (made("convert", CODES, (0.1, 5), (0.1, 5), way) == CODES).all()
    halves = made("convert", CODES, (0.125, 0), (0.25, 0), way)
    assert halves.tolist() == [round(Fraction(int(q), 2)) for q in CODES]


@pytest.mark.clause("affine-function/exact")
def test_far_numbers():
    """exp(12700) is past the end, as is that of any number beyond what the result can hold; exp(-12800) is next to zero."""
    assert made("exp", [127, -128], (100, 0), (1, 5)).tolist() == [127, 5]
    assert made("exp", [-128], (100, 0), (1, 5), to=Projection("int8", "toward_positive", "saturate")).tolist() == [6]


@pytest.mark.clause("affine-function/exact")
def test_quotient():
    """The root of 2 by 3/2 is 0.94281; special data and fractions divide as they are."""
    x = quotient(root(Fraction(2), 2), Fraction(3, 2))
    assert isinstance(x, Quotient)
    assert Fraction(94280, 100000) < x < Fraction(94281, 100000)
    assert not x > 1
    assert not x < 0
    assert -x < -Fraction(94280, 100000)
    assert x // Fraction(1, 100) == 94
    assert [quotient(Root(Fraction(2), 2), Fraction(n, 8)).floor_log2() for n in (1, 5, 8, 11, 12, 40)] == [3, 1, 0, 0, -1, -2]
    assert quotient(Fraction(3), Fraction(3, 2)) == 2
    assert quotient(NEGATIVE_INFINITY, Fraction(3)) is NEGATIVE_INFINITY
    assert quotient(NAN, Fraction(3)) is NAN


def infer(rule, **more):
    """What a rule says of a vector."""
    given = {f"{name}_scale": TensorType((1,), get_format("binary32")) for name in "xy"}
    given |= {f"{name}_zero_point": TensorType((1,), get_format("int8")) for name in "xy"}
    return rule.infer([TensorType((4,), get_format("int8"))], given | more)


@pytest.mark.clause("affine-function/element")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: AffineFunction("shift_left", "exact", INT8), "shift_left is no function of affine codes"),
        (lambda: AffineFunction("dot_product", "exact", INT8), "dot_product is no function of affine codes"),
        (
            lambda: AffineFunction("exp", "onnxruntime", INT8),
            "unknown way 'onnxruntime' of affine exp; the ways are exact, binary32",
        ),
        (lambda: infer(AffineFunction("minimum", "exact", INT8)), "the parameters of affine minimum are .*; b is missing"),
        (
            lambda: infer(AffineFunction("minimum", "exact", INT8), b=TensorType((2,), get_format("int8"))),
            r"the b of affine minimum has one element, not the shape \(2,\)",
        ),
    ],
)
def test_refused(call, message):
    """What does not fit is refused in one line."""
    with pytest.raises(ValueError, match="^" + message):
        call()
