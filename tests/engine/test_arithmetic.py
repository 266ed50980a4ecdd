"""Operations on arrays: shapes, operands, random bits, flags and memory."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refsim
from refsim import Array, Projection, engine
from refsim.spec.flags import Flags
from refsim.spec.formats import Unrepresentable

e4m3fn = refsim.get_format("float8_e4m3fn")
binary32 = refsim.get_format("binary32")
nearest = Projection("float8_e4m3fn", "ties_to_even", "saturate")
wide = Projection("binary32", "ties_to_even", "infinity")


def of(values, format):
    """Numbers that the format has, as codes."""
    return refsim.encode(values, Projection(format, "ties_to_even", "error"))


BOTH = pytest.mark.parametrize("format", ["float8_e4m3fn", "binary32", "binary64", "int16"])
"""A format whose operations are looked up, two that are computed, one left to the specification."""


@BOTH
@pytest.mark.parametrize(
    ("left", "right", "shape"),
    [
        ((), (), ()),
        ((3,), (), (3,)),
        ((2, 1), (3,), (2, 3)),
        ((0,), (1,), (0,)),
        ((4, 1, 2), (3, 1), (4, 3, 2)),
        ((2, 0), (1, 1), (2, 0)),
    ],
)
def test_operands_broadcast(format, left, right, shape):
    """Codes and flags have the shape to which the operands broadcast, and the values that they have there."""
    to = Projection(format, "ties_to_even", "saturate")
    x, y = (np.resize([1.0, 2.0, 3.0, -4.0, 5.0], side) for side in (left, right))
    for name, expected in (("add", x + y), ("subtract", x - y), ("multiply", x * y)):
        found, flags = getattr(engine, name)(of(x, format), of(y, format), to, flags=True)
        assert found.shape == flags.shape == shape
        assert (found.values() == expected).all()
        assert not flags.any()


@BOTH
def test_operands_that_do_not_broadcast(format):
    """Shapes that NumPy cannot broadcast are refused."""
    with pytest.raises(ValueError, match=r"shape mismatch|broadcast"):
        engine.add(of([1, 2], format), of([1, 2, 3], format), Projection(format, "ties_to_even", "saturate"))


@BOTH
def test_views_of_memory(format):
    """Transposed, strided, reversed and read-only operands are read as they are."""
    to = Projection(format, "ties_to_even", "saturate")
    x = of(np.arange(-12.0, 12.0).reshape(4, 6), format)
    x.codes.setflags(write=False)
    y = of(np.arange(24.0).reshape(6, 4) % 7, format)
    found = engine.add(x[:, ::-1], Array(y.codes.T, y.format), to)
    assert (found.values() == x.values()[:, ::-1] + y.values().T).all()
    assert (
        engine.multiply(x[::2, 1::2], of(2.0, format), to).values() == refsim.encode(x.values()[::2, 1::2] * 2, to).values()
    ).all()


@BOTH
def test_results_are_no_views(format):
    """Writing into a result changes neither the operands nor a later result."""
    to = Projection(format, "ties_to_even", "saturate")
    x = of([1.0, 2.0], format)
    kept = x.codes.copy()
    for operation, operands in ((engine.convert, (x,)), (engine.add, (x, x)), (engine.multiply, (x, x))):
        first, flags = operation(*operands, to, flags=True)
        before = first.codes.copy()
        first.codes[:] = 9
        flags[:] = 9
        assert (x.codes == kept).all()
        again, flags = operation(*operands, to, flags=True)
        assert (again.codes == before).all()
        assert not flags.any()


def test_foreign_operands():
    """Arrays of NumPy's and ml_dtypes' types are operands as they are, whatever the other one is."""
    x = np.array([1.5, -2.0], ml_dtypes.float8_e4m3fn)
    y = np.array([0.25, 4.0], np.float16)
    found = engine.add(x, y, wide)
    assert found.values().tolist() == [1.75, 2.0]
    assert engine.multiply(x, Array([0x38, 0xB8], e4m3fn), nearest).to_ml_dtypes().tolist() == [1.5, 2.0]
    assert engine.convert(np.array([1.0, -3.0], ml_dtypes.bfloat16), nearest).codes.tolist() == [0x38, 0xC4]
    assert engine.convert(np.array([1.0, -3.0], ml_dtypes.float8_e5m2), nearest).codes.tolist() == [0x38, 0xC4]
    assert engine.subtract(np.float32(1.0), y, wide).values().tolist() == [0.75, -3.0]


@pytest.mark.parametrize("x", [1.0, [1.0], np.array([1]), np.array([True]), "1", np.array([1.0], np.longdouble), None])
@pytest.mark.parametrize("operation", [engine.add, engine.subtract, engine.multiply])
def test_plain_numbers_are_no_operands(operation, x):
    """A number without a format is refused on either side."""
    one = Array([0x38], e4m3fn)
    for operands in ((x, one), (one, x)):
        with pytest.raises(TypeError, match=r"^an operand must be a refsim Array or an array of a floating-point dtype, not "):
            operation(*operands, nearest)


@pytest.mark.clause("arithmetic/nan", "arithmetic/sum", "arithmetic/product")
@BOTH
def test_flags_on_request(format):
    """With flags the result is a pair; without them the same codes alone."""
    to = Projection(format, "ties_to_even", "saturate")
    top = Array([to.format.code(False, to.format.top)], to.format)
    found, flags = engine.add(top, top, to, flags=True)
    assert flags.tolist() == [Flags.OVERFLOW | Flags.INEXACT]
    assert flags.dtype == np.uint8
    assert (engine.add(top, top, to).codes == found.codes).all()


@pytest.mark.clause("arithmetic/nan", "arithmetic/sum", "arithmetic/product")
def test_invalid_operations():
    """Operations that have no result raise invalid, quiet NaNs do not."""
    codes = {"inf": 0x7F800000, "-inf": 0xFF800000, "nan": 0x7FC00000, "snan": 0x7F800001, "0": 0, "1": 0x3F800000}
    cases = [
        (engine.add, "inf", "-inf", True),
        (engine.subtract, "inf", "inf", True),
        (engine.multiply, "0", "-inf", True),
        (engine.add, "inf", "inf", False),
        (engine.add, "nan", "1", False),
        (engine.multiply, "nan", "inf", False),
        (engine.add, "snan", "1", True),
        (engine.multiply, "1", "snan", True),
        (engine.subtract, "nan", "snan", True),
    ]
    for operation, x, y, invalid in cases:
        _, flags = operation(Array([codes[x]], binary32), Array([codes[y]], binary32), wide, flags=True)
        assert bool(flags[0] & Flags.INVALID) == invalid, (operation.__name__, x, y)


def test_random_bits_broadcast_with_the_operands():
    """Random bits broadcast with both operands, and may give the result its shape."""
    to = Projection("int8", "stochastic_a:2", "saturate")
    x, y = Array([1], refsim.get_format("q5.2")), Array([2], refsim.get_format("q5.2"))
    assert engine.add(x, y, to, [0, 1, 2, 3]).codes.tolist() == [0, 1, 1, 1]
    assert engine.add(x, y, to, np.array([[0], [3]])).shape == (2, 1)


@pytest.mark.clause("round/draw")
@BOTH
def test_random_bits_are_checked(format):
    """Random bits that are missing, superfluous or out of range are refused, with or without elements."""
    x = of([1.0], format)
    stochastic = Projection(format, "stochastic_c:4", "saturate")
    with pytest.raises(ValueError, match=r"^stochastic_c:4 needs 4 random bits a number$"):
        engine.add(x, x, stochastic)
    with pytest.raises(ValueError, match=r"^random bits 0x10 are not in 0\.\.0xf of stochastic_c:4$"):
        engine.multiply(x, x, stochastic, [16])
    with pytest.raises(ValueError, match=r"^to_odd takes no random bits$"):
        engine.convert(x, Projection(format, "to_odd", "saturate"), [0])


def test_refusals_are_the_specifications():
    """A result without a code is refused in the specification's words, for a table and for computed results."""
    with pytest.raises(Unrepresentable, match=r"^float4_e2m1fn has no code for nan$"):
        engine.convert(Array([0x7F], e4m3fn), Projection("float4_e2m1fn", "ties_to_even", "saturate"))
    with pytest.raises(Unrepresentable, match=r"^int8 has no code for infinity, nor for NaN$"):
        engine.add(of([100.0], "binary32"), of([100.0], "binary32"), Projection("int8", "ties_to_even", "infinity"))


def test_long_operands():
    """The parts that operands are worked on in join without a seam."""
    size = 150_001
    for format in ("float8_e4m3fn", "binary32"):
        to = Projection(format, "ties_to_even", "saturate")
        x = of(np.resize([1.0, -2.0, 3.0, 0.5, -0.25], size), format)
        y = of(np.resize([1.5, 7.0, -3.0], size), format)
        short = engine.multiply(x[:15], y[:15], to)
        assert (engine.multiply(x, y, to).codes == np.resize(short.codes, size)).all()


@pytest.mark.clause("arithmetic/add")
def test_a_sum_that_double_rounding_gets_wrong():
    """1 + 2**-24 + 2**-70 is just above the tie of binary32 that binary64 would make it."""
    x = Array([0x3F800000], binary32)
    tiny = Fraction(1, 2**24) + Fraction(1, 2**47)
    y = refsim.encode([tiny], Projection(binary32, "ties_to_even", "error"))
    assert engine.add(x, y, wide).codes.tolist() == [0x3F800001]
    far = refsim.encode([Fraction(1, 2**24)], wide), refsim.encode([Fraction(1, 2**90)], wide)
    up = Projection("binary32", "toward_positive", "infinity")
    assert engine.add(x, far[1], up).codes.tolist() == [0x3F800001]
    assert engine.subtract(x, far[1], Projection("binary32", "toward_zero", "infinity")).codes.tolist() == [0x3F7FFFFF]
    assert engine.add(x, far[0], wide).codes.tolist() == [0x3F800000]
