"""Sums and products of affine codes against rational arithmetic, NumPy's binary32, and numbers worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.affine_joins import WAYS, Affine, AffineJoin, broadcast, rounded32
from refsim.spec.catalogue import get_format
from refsim.spec.overflow import OverflowRaised
from refsim.spec.projection import Projection
from refsim.spec.tensors import TensorType

from .affine_tensors import integers, parameters, singles, values

INT8 = Projection("int8", "ties_to_even", "saturate")
RANDOM = np.random.default_rng(53)
OPERATIONS = {"add": lambda a, b: a + b, "multiply": lambda a, b: a * b}


def made(operation, way, operands, of, to=INT8):
    """What a rule makes of integers, with scale and zero point of both operands and of the result."""
    given = parameters(to.format.name, **dict(zip("aby", of, strict=True)))
    return values(AffineJoin(operation, way, to)([integers(n, to.format.name) for n in operands], given)).tolist()


def clamped(n):
    """An integer within 8 bits."""
    return max(-128, min(127, n))


@pytest.mark.clause("affine-join/ways", "affine-join/quantized", "affine-join/element")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_exact(operation):
    """Python rounds a fraction once, with ties to even; a third of the quotients are ties or integers."""
    for scales in ((0.5, 0.25, 1), (3, 5, 7), (0.1, 0.3, 0.7)):
        a, b = RANDOM.integers(-128, 128, (2, 60))
        za, zb, zy = (int(n) for n in RANDOM.integers(-128, 128, 3))
        sa, sb, sy = (Fraction(float(np.float32(scale))) for scale in scales)
        expected = [
            clamped(round(OPERATIONS[operation]((m - za) * sa, (n - zb) * sb) / sy) + zy)
            for m, n in zip(a.tolist(), b.tolist(), strict=True)
        ]
        assert made(operation, "exact", (a, b), zip(scales, (za, zb, zy), strict=True)) == expected


@pytest.mark.clause("affine-join/ways")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_binary32(operation):
    """NumPy's binary32 rounds after each step."""
    a, b = RANDOM.integers(-128, 128, (2, 100))
    (sa, sb, sy), (za, zb, zy) = np.float32([0.1, 0.07, 0.2]), (3, -20, 5)
    left, right = (a - za).astype(np.float32) * sa, (b - zb).astype(np.float32) * sb
    expected = np.clip(np.rint(OPERATIONS[operation](left, right) / sy).astype(int) + zy, -128, 127)
    found = made(operation, "binary32", (a, b), [(0.1, 3), (0.07, -20), (0.2, 5)])
    assert found == expected.tolist()


@pytest.mark.clause("affine-join/rounded", "affine-join/quantized")
@pytest.mark.parametrize(("zero_point", "exact", "onnxruntime"), [(0, 0, 0), (1, 1, 2), (2, 2, 2), (3, 3, 4)])
def test_ties_and_zero_points(zero_point, exact, onnxruntime):
    """One half is rounded to 0 before the zero point is added; ONNX Runtime rounds one half and the zero point."""
    of = [(1, 0), (0.5, 0), (1, zero_point)]
    assert made("multiply", "exact", ([1], [1]), of) == made("multiply", "binary32", ([1], [1]), of) == [exact]
    assert made("multiply", "onnxruntime", ([1], [1]), of) == [onnxruntime]
    assert made("add", "exact", ([0], [1]), of) == made("add", "binary32", ([0], [1]), of) == [exact]
    assert made("add", "onnxruntime", ([0], [1]), of) == [onnxruntime]


@pytest.mark.clause("affine-join/fused-sum")
@pytest.mark.parametrize(
    ("operands", "of", "exact", "fused"),
    [
        ((0, -3), [(3, -3), (7, 3), (6, 4)], -2, -1),
        ((-24, -1), [(2, 14), (7, -2), (6, -5)], -17, -16),
    ],
)
def test_fused_sum(operands, of, exact, fused):
    """The exact sums are the ties -3/2 and -33/2; the quotients without the zero points, -11/2 and -23/2, become even.

    The scales' ratios to the result's are thirds and sixths, which binary32 has not. If the products were rounded before they
    are added, the first would be -2; if the one in the constant part were, the second would be -17.
    """
    (sa, za), (sb, zb), (sy, zy) = of
    assert Fraction((operands[0] - za) * sa + (operands[1] - zb) * sb, sy) + zy in {Fraction(-3, 2), Fraction(-33, 2)}
    assert made("add", "exact", [[n] for n in operands], of) == [exact]
    assert made("add", "onnxruntime", [[n] for n in operands], of) == [fused]


@pytest.mark.clause("affine-join/scaled-product")
def test_scaled_product():
    """NumPy's binary32, step by step."""
    a, b = RANDOM.integers(0, 256, (2, 100))
    n = ((a - 9) * (b - 100)).astype(np.float32)
    ratio = np.float32(0.1) * np.float32(0.07) / np.float32(0.3)
    expected = np.clip(np.rint(n * ratio + np.float32(77)), 0, 255).astype(int)
    to = Projection("uint8", "ties_to_even", "saturate")
    assert made("multiply", "onnxruntime", (a, b), [(0.1, 9), (0.07, 100), (0.3, 77)], to) == expected.tolist()


@pytest.mark.clause("affine-join/rounded")
def test_beyond_32_bits():
    """A number that is no integer of 32 bits has no code."""
    last = singles([2.0**31 - 128]).numbers()[0]
    assert rounded32(last, INT8) == 127
    for x in (2.0**31, -(2.0**31) - 256, np.inf):
        with pytest.raises(OverflowRaised):
            rounded32(singles([x]).numbers()[0], INT8)


@pytest.mark.clause("affine-join/broadcast")
@pytest.mark.parametrize(
    ("a", "b", "shape"),
    [
        ((2, 3), (2, 3), (2, 3)),
        ((2, 3), (3,), (2, 3)),
        ((4, 1), (2, 1, 3), (2, 4, 3)),
        ((), (2, 3), (2, 3)),
        ((0, 3), (1, 1), (0, 3)),
    ],
)
def test_broadcast(a, b, shape):
    """NumPy's broadcasting."""
    assert broadcast("it", a, b) == broadcast("it", b, a) == shape == np.broadcast_shapes(a, b)
    with pytest.raises(ValueError, match=r"^it needs shapes that are broadcast together, not \(2, 3\) and \(2,\)$"):
        broadcast("it", (2, 3), (2,))


@pytest.mark.clause("affine-join/broadcast", "affine-join/element")
def test_broadcast_elements():
    """An operand of each channel, as an input and as a parameter."""
    a, b = RANDOM.integers(-8, 8, (2, 3, 4)), RANDOM.integers(-8, 8, (2, 1, 1))
    rule, given = AffineJoin("add", "exact", INT8), parameters("int8", a=(1, 0), b=(1, 0), y=(1, 0))
    assert (values(rule([integers(a, "int8"), integers(b, "int8")], given)) == a + b).all()
    assert (values(rule([integers(a, "int8")], given | {"b": integers(b, "int8")})) == a + b).all()


@pytest.mark.clause("affine/scale")
@pytest.mark.parametrize("scale", [0, -1, np.inf, np.nan])
def test_scales(scale):
    """A scale is positive and finite."""
    with pytest.raises(ValueError, match=r"^a scale must be a positive finite number, not 0x"):
        Affine(singles([scale]).numbers()[0], 0)


def infer(rule, a, b, y="int8", shapes=((4,), (4,))):
    """What a rule says of operands of formats and shapes."""
    formats = {"a": get_format(a), "b": get_format(b), "y": get_format(y)}
    given = {f"{name}_scale": TensorType((1,), get_format("binary32")) for name in "aby"}
    given |= {f"{name}_zero_point": TensorType((), format) for name, format in formats.items()}
    return rule.infer([TensorType(shape, formats[name]) for name, shape in zip("ab", shapes, strict=False)], given)


@pytest.mark.clause("affine-join/element")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: AffineJoin("divide", "exact", INT8), "'divide' joins no affine codes; what does is add, multiply"),
        (
            lambda: AffineJoin("add", "none", INT8),
            "unknown way 'none' of affine add; the ways are exact, binary32, onnxruntime",
        ),
        (
            lambda: AffineJoin("add", "binary32", Projection("int8", "toward_zero", "saturate")),
            "affine add the way binary32 needs ties_to_even and saturate, not toward_zero and saturate",
        ),
        (
            lambda: AffineJoin("add", "exact", Projection("int8", "ties_to_even", "wrap")),
            "affine add the way exact needs a deterministic rule and saturate, not ties_to_even and wrap",
        ),
        (
            lambda: AffineJoin("add", "exact", Projection("int8", "stochastic_a:8", "saturate")),
            "affine add the way exact needs a deterministic rule and saturate, not stochastic_a:8 and saturate",
        ),
        (
            lambda: AffineJoin("add", "exact", Projection("int32", "ties_to_even", "saturate")),
            "affine add needs an integer format of at most 16 bits, not int32",
        ),
        (
            lambda: infer(AffineJoin("add", "exact", INT8), "q2.5", "int8"),
            "affine add needs an integer format of at most 16 bits",
        ),
        (
            lambda: infer(AffineJoin("add", "onnxruntime", INT8), "uint8", "int8"),
            "affine add the way onnxruntime has int8 throughout or uint8, not uint8, int8, int8",
        ),
        (
            lambda: infer(AffineJoin("add", "onnxruntime", INT8), "int8", "int8", shapes=((4,), (1,))),
            r"affine add the way onnxruntime takes operands of one shape, not \(4,\) and \(1,\)",
        ),
        (
            lambda: infer(AffineJoin("add", "exact", INT8), "int8", "int8", shapes=((4,), (3,))),
            r"affine add needs shapes that are broadcast together, not \(4,\) and \(3,\)",
        ),
        (
            lambda: infer(AffineJoin("add", "exact", INT8), "int8", "int8", shapes=((4,),)),
            "affine add takes two operands, not 1",
        ),
        (
            lambda: infer(AffineJoin("add", "exact", INT8), "int8", "int8", "uint8"),
            "the y_zero_point of affine add is of int8, not of uint8",
        ),
        (
            lambda: AffineJoin("add", "exact", INT8).infer([], {}),
            "the parameters of affine add are a_scale, a_zero_point, b_scale, b_zero_point, y_scale, y_zero_point, b",
        ),
    ],
)
def test_refused(call, message):
    """What does not fit is refused in one line."""
    with pytest.raises(ValueError, match="^" + message):
        call()


@pytest.mark.clause("affine-join/ways")
def test_ways_agree_far_from_ties():
    """The three ways differ by one at most, and only where the exact quotient is near a tie."""
    a, b = RANDOM.integers(-128, 128, (2, 300))
    for operation, exactly in OPERATIONS.items():
        found = [made(operation, way, (a, b), [(0.1, 3), (0.07, -20), (0.2, 5)]) for way in WAYS]
        left, right = (Fraction(float(np.float32(s))) for s in (0.1, 0.07))
        for i, (m, n) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
            place = exactly((m - 3) * left, (n + 20) * right) / Fraction(float(np.float32(0.2))) % 1
            codes = {one[i] for one in found}
            assert len(codes) == 1 or abs(place - Fraction(1, 2)) < Fraction(1, 1 << 12)
