"""Arrays of codes: dtypes, checks, views and what counts as an array of codes already."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refsim
from refsim.engine import Array, as_array
from refsim.engine.array import code_dtype
from refsim.spec.exact import NAN, NEGATIVE_ZERO, POSITIVE_INFINITY

e4m3fn = refsim.get_format("float8_e4m3fn")


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("float4_e2m1fn", np.uint8),
        ("int8", np.uint8),
        ("int9", np.uint16),
        ("binary16", np.uint16),
        ("tf32", np.uint32),
        ("binary64", np.uint64),
        ("uq33.32", object),
        ("binary128", object),
    ],
)
def test_codes_have_the_smallest_dtype(name, dtype):
    """The codes of a format are held in the smallest unsigned dtype, and as Python integers above 64 bits."""
    format = refsim.get_format(name)
    assert code_dtype(format) == dtype
    last = (1 << format.width) - 1
    x = Array([0, last], format)
    assert x.codes.dtype == dtype
    assert [int(code) for code in x.codes] == [0, last]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint64, object])
def test_codes_of_any_integer_type(dtype):
    """Codes may come as integers of any type, or in a list."""
    assert Array(np.array([0, 255], dtype), e4m3fn).codes.tolist() == Array([0, 255], e4m3fn).codes.tolist() == [0, 255]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([0, 0x1FF], "code 0x1ff is not in 0..0xff of float8_e4m3fn"),
        ([3, -1], "code -0x1 is not in 0..0xff of float8_e4m3fn"),
        ([[0], [1 << 70]], f"code {1 << 70:#x} is not in 0..0xff of float8_e4m3fn"),
        (np.array(256, np.uint16), "code 0x100 is not in 0..0xff of float8_e4m3fn"),
    ],
)
def test_codes_out_of_range(codes, message):
    """One code that the format does not have refuses the array, with the specification's message."""
    with pytest.raises(ValueError, match="is not in") as refused:
        Array(codes, e4m3fn)
    assert str(refused.value) == message


def test_codes_of_a_narrow_format_are_checked():
    """A dtype that is wider than the format does not let a code through."""
    with pytest.raises(ValueError, match=r"^code 0x10 is not in 0\.\.0xf of float4_e2m1fn$"):
        Array(np.array([16], np.uint8), refsim.get_format("float4_e2m1fn"))


@pytest.mark.parametrize("codes", [[1.0], ["1"], [True], np.array([1 + 0j])])
def test_codes_are_integers(codes):
    """Codes that are not integers are refused."""
    with pytest.raises(TypeError, match=r"^codes of float8_e4m3fn must be integers, not "):
        Array(codes, e4m3fn)


def test_empty_arrays():
    """An array without elements is an array of codes, whatever type NumPy gives it."""
    x = Array([], e4m3fn)
    assert x.shape == (0,)
    assert x.codes.dtype == np.uint8
    assert x.values().dtype == np.float64


def test_indexing():
    """Indices and slices give arrays of the same format."""
    x = Array([[0x38, 0x40], [0xB8, 0x7F]], e4m3fn)
    assert len(x) == 2
    assert x[0].codes.tolist() == [0x38, 0x40]
    assert x[:, 1].codes.tolist() == [0x40, 0x7F]
    assert x[1, 0].shape == ()
    assert x[x.codes > 0x7F].codes.tolist() == [0xB8]
    assert x[0].format is e4m3fn


def test_exact_data():
    """Data come out exactly, as the specification's own numbers."""
    x = Array([[0x01, 0x80], [0x7F, 0xB8]], e4m3fn)
    assert x.exact().tolist() == [[Fraction(1, 512), NEGATIVE_ZERO], [NAN, Fraction(-1)]]
    assert x.item(0, 0) == Fraction(1, 512)
    assert Array([0x7FFF << 112], refsim.get_format("binary128")).item(0) is POSITIVE_INFINITY


def test_repr():
    """An array prints its codes and the name of its format."""
    assert repr(Array([56], e4m3fn)) == "Array(array([56], dtype=uint8), float8_e4m3fn)"


def test_an_array_is_frozen():
    """Neither codes nor format can be exchanged."""
    x = Array([1], e4m3fn)
    with pytest.raises(AttributeError, match="cannot assign"):
        x.codes = np.array([2])


ML_DTYPES = [
    "float8_e4m3fn",
    "float8_e5m2",
    "float8_e4m3fnuz",
    "float8_e5m2fnuz",
    "float8_e4m3b11fnuz",
    "float8_e4m3",
    "float8_e3m4",
    "float8_e8m0fnu",
    "bfloat16",
    "float6_e2m3fn",
    "float6_e3m2fn",
    "float4_e2m1fn",
]


@pytest.mark.parametrize("name", ML_DTYPES)
def test_ml_dtypes_arrays_hold_the_same_codes(name):
    """An array of an ml_dtypes type is taken as the codes that it holds, and given back."""
    format = refsim.get_format(name)
    codes = np.arange(1 << format.width).astype(code_dtype(format))
    foreign = codes.view(getattr(ml_dtypes, name))
    x = as_array(foreign)
    assert x.format is format
    assert (x.codes == codes).all()
    back = x.to_ml_dtypes()
    assert back.dtype == foreign.dtype
    assert (back.view(codes.dtype) == codes).all()


@pytest.mark.parametrize(("dtype", "name"), [(np.float16, "binary16"), (np.float32, "binary32"), (np.float64, "binary64")])
def test_numpy_arrays_hold_the_same_codes(dtype, name):
    """An array of a NumPy floating-point type is taken as the codes that it holds, and given back; a scalar too."""
    x = as_array(np.array([[1.0, -2.0]], dtype).T)
    assert x.format.name == name
    assert x.shape == (2, 1)
    assert [x.format.decode(int(code)) for code in x.codes[:, 0]] == [1, -2]
    assert x.to_ml_dtypes().dtype == dtype
    assert as_array(dtype(1.0)).shape == ()


@pytest.mark.parametrize("dtype", [">f2", ">f4", ">f8"])
def test_arrays_of_the_other_byte_order(dtype):
    """An array whose bytes stand in the other order, as files have them, holds the same numbers."""
    x = as_array(np.array([1.0, -2.5], dtype))
    assert [x.format.decode(int(code)) for code in x.codes] == [1, Fraction(-5, 2)]


def test_an_array_is_taken_as_it_is():
    """An ``Array`` is no copy of itself."""
    x = Array([1], e4m3fn)
    assert as_array(x) is x


@pytest.mark.parametrize(
    ("x", "what"),
    [
        (np.array([1, 2]), "int64"),
        ([1.0, 2.0], "list"),
        (1.0, "float"),
        (np.array([1.0], np.longdouble), np.dtype(np.longdouble).name),
        (np.array([True]), "bool"),
        (np.array([1j]), "complex128"),
        (np.array(["1"]), "<U1"),
        (np.zeros(1, [("a", "u1")]), "u1"),
        (np.array([1], ml_dtypes.int4), "int4"),
        (None, "NoneType"),
    ],
)
def test_operands_that_hold_no_codes(x, what):
    """Plain numbers and other types are refused: they must be encoded, with a rule."""
    with pytest.raises(TypeError) as refused:
        as_array(x)
    message = "an operand must be a refsim Array or an array of a floating-point dtype, not "
    assert str(refused.value).startswith(message)
    assert what in str(refused.value)


@pytest.mark.parametrize("name", ["int8", "binary8p3se", "tf32", "binary128"])
def test_no_foreign_type(name):
    """Formats that neither NumPy nor ml_dtypes has are not given back as such."""
    with pytest.raises(ValueError, match=f"^neither NumPy nor ml_dtypes has a type for {name}$"):
        Array([1], refsim.get_format(name)).to_ml_dtypes()
