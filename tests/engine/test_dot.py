"""Exact dot products on arrays: the specification's, in every way in which the sums are cut into pieces."""

import numpy as np
import pytest

from refsim import Array, Number, Projection, engine, get_format, spec

from .operands import array


def assert_equal(x, y, to, draws=None):
    """Each row's dot product is the specification's, with its flags."""
    found, flags = engine.dot_product(x, y, to, draws, flags=True)
    for i in range(len(x)):
        vectors = ([Number(int(code), z.format) for code in z.codes[i]] for z in (x, y))
        expected = spec.arithmetic.dot_product(*vectors, to, None if draws is None else int(draws[i]))
        assert (int(found.codes[i]), int(flags[i])) == expected, (str(x.format), i)


@pytest.mark.clause("arithmetic/dot-product", "arithmetic/total")
@pytest.mark.parametrize("length", [1, 2, 3, 33])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("float8_e4m3fn", "float8_e4m3fn"),
        ("float8_e5m2", "float8_e4m3fn"),
        ("binary16", "binary16"),
        ("bfloat16", "float8_e5m2"),
        ("bfloat16", "bfloat16"),
        ("binary32", "int8"),
        ("binary32", "binary32"),
        ("int8", "int8"),
        ("binary64", "binary16"),
    ],
)
def test_rows(left, right, length):
    """Aimed rows with special data, with cancellation, and without either."""
    formats = get_format(left), get_format(right)
    for number, rule in enumerate(["ties_to_even", "toward_negative", "stochastic_a:4"]):
        x, y = (Array(array(f, 12 * length, f"{side} {number}").codes.reshape(12, length), f) for side, f in enumerate(formats))
        # The last rows hold numbers alone, and every second product of some is the one before it, negated.
        small = [Array(np.where(np.isfinite(z.values()), z.codes, 0), z.format) for z in (x, y)]
        to = Projection("binary32", rule, "infinity")
        draws = np.arange(12) if to.rounding.bits else None
        assert_equal(x, y, to, draws)
        assert_equal(*small, to, draws)
        if length > 1 and small[0].format.has_negative_zero:
            codes = [z.codes.copy() for z in small]
            codes[0][:, 1::2] = engine.negate(small[0]).codes[:, : length - 1 : 2][:, : codes[0][:, 1::2].shape[1]]
            codes[1][:, 1::2] = codes[1][:, : length - 1 : 2][:, : codes[1][:, 1::2].shape[1]]
            assert_equal(*(Array(c, z.format) for c, z in zip(codes, small, strict=True)), to, draws)


def test_shapes():
    """Leading axes broadcast as NumPy's do, and an empty vector gives zero."""
    e4m3fn = get_format("float8_e4m3fn")
    to = Projection("binary32", "ties_to_even", "infinity")
    ones = Array(np.full((2, 1, 5), 0x38, np.uint8), e4m3fn)
    assert engine.dot_product(ones, Array(np.full((3, 5), 0x40, np.uint8), e4m3fn), to).values().tolist() == [[10.0] * 3] * 2
    empty = Array(np.zeros((2, 0), np.uint8), e4m3fn)
    assert engine.dot_product(empty, empty, to).codes.tolist() == [0, 0]


@pytest.mark.parametrize(("left", "right"), [((3,), (4,)), ((), ()), ((2, 3), (3, 2))])
def test_lengths(left, right):
    """Vectors of different lengths, and single numbers, are refused with their shapes."""
    x, y = (Array(np.zeros(shape, np.uint8), get_format("float8_e4m3fn")) for shape in (left, right))
    with pytest.raises(ValueError, match=r"^dot_product needs vectors of one length, not arrays of shapes "):
        engine.dot_product(x, y, Projection("binary32", "ties_to_even", "infinity"))
