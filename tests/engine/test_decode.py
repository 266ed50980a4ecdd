"""Codes to numbers: exact, in types that hold them all, refused in others."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refsim
from refsim import Array
from refsim.spec.catalogue import CATALOGUE, get_format, p3109_formats
from refsim.spec.exact import Special

from .places import exact

NARROW = sorted({e.format.name for e in CATALOGUE if e.format.width <= 8} | {f.name for f in p3109_formats() if f.width <= 8})
NARROW += ["int1", "uint1", "int8", "uint8", "q2.5", "uq-3.8", "e3m2nosub", "e2m2fnuz"]


@pytest.mark.clause("format/decode")
@pytest.mark.parametrize("name", [*NARROW, "binary16", "bfloat16", "binary16p8se", "int16", "q3.12", "e5m10nosub"])
def test_every_code(name):
    """Every code of a narrow format decodes to the specification's datum, in every type that holds the format."""
    format = get_format(name)
    x = Array(np.arange(1 << format.width), format)
    data = [format.decode(code) for code in range(1 << format.width)]
    quiet = [Special.NAN if datum is Special.SIGNALING_NAN else datum for datum in data]
    for dtype in (np.float16, np.float32, np.float64):
        info = np.finfo(dtype)
        held = all(
            isinstance(d, Special) or Fraction(float(d)) == d == exact(float(info.dtype.type(d)))
            for d in data
            if held_by(d, info)
        )
        if held and all(held_by(d, info) for d in data):
            assert [exact(value) for value in refsim.decode(x, dtype).astype(np.float64)] == quiet
        else:
            with pytest.raises(ValueError, match=f"does not hold every number of {name}"):
                refsim.decode(x, dtype)


def held_by(datum, info):
    """Whether a floating-point type of the host has the number."""
    return isinstance(datum, Special) or datum == 0 or abs(datum) <= Fraction(float(info.max))


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("float8_e4m3fn", np.float16),
        ("float8_e5m2", np.float16),
        ("float8_e8m0fnu", np.float32),
        ("binary8p3se", np.float16),
        ("bfloat16", np.float16),
        ("binary16", np.float16),
        ("int16", np.float16),
        ("uint16", np.float32),
        ("int32", np.float32),
        ("int32", np.float64),
        ("int64", np.float64),
        ("q0.31", np.float64),
        ("binary32", np.float32),
        ("tf32", np.float32),
        ("binary64", np.float64),
        ("binary64", np.float32),
        ("binary128", np.float64),
        ("binary16p1se", np.float64),
    ],
)
def test_which_types_hold_a_format(name, dtype):
    """A type holds a format where it holds the least step, the greatest number and the longest significand.

    For two's complement the longest significand is taken to be the width, which the format's own numbers may not need.
    """
    format = get_format(name)
    least, most = format.grid.magnitude(1), max(format.grid.magnitude(n) for n in (format.top, format.top_negative))
    bits = getattr(format.grid, "precision", format.width)
    info = np.finfo(dtype)
    holds = least >= Fraction(float(info.smallest_subnormal)) and most <= Fraction(float(info.max)) and bits <= info.nmant + 1
    x = Array([format.code(False, 1)], format)
    if holds:
        assert exact(float(refsim.decode(x, dtype)[0])) == least
    else:
        with pytest.raises(
            ValueError, match=rf"^{np.dtype(dtype)} does not hold every number of {name}; Array\.exact\(\) does$"
        ):
            refsim.decode(x, dtype)


@pytest.mark.parametrize("dtype", [np.int64, complex, bool, object, "U4"])
def test_codes_decode_to_floating_point(dtype):
    """A type that is not floating point is refused."""
    with pytest.raises(TypeError, match=r"^codes decode to a floating-point dtype, not "):
        refsim.decode(Array([1], get_format("int8")), dtype)


def test_foreign_arrays_decode():
    """An array of an ml_dtypes type is decoded as the codes that it holds."""
    x = np.array([1.5, -448.0], ml_dtypes.float8_e4m3fn)
    assert refsim.decode(x).tolist() == [1.5, -448.0]


@pytest.mark.parametrize(
    ("name", "pattern"), [("binary16", 0x7D00), ("bfloat16", 0x7F81), ("binary32", 0x7F800001), ("binary64", 0x7FF << 52 | 1)]
)
def test_signaling_nans_decode_in_silence(name, pattern):
    """A signaling NaN becomes NaN, without a warning from the host."""
    assert np.isnan(Array([pattern], get_format(name)).values()).all()


@pytest.mark.parametrize("name", ["float8_e4m3fn", "int8", "binary16", "binary32", "binary64", "int32", "tf32"])
def test_shapes_and_memory(name):
    """Numbers take the shape of the codes, from any view of memory, and are a copy of their own."""
    format = get_format(name)
    one = Array([1], format).values()[0]
    codes = np.zeros((4, 6), Array([], format).codes.dtype)
    codes[::2, 1::3] = 1
    codes.setflags(write=False)
    assert (Array(codes[::2, 1::3], format).values() == one).all()
    assert Array(codes[::2, 1::3], format).values().shape == (2, 2)
    assert (Array(codes.T, format).values() == Array(codes, format).values().T).all()
    assert Array(codes[0, 1], format).values().shape == ()
    assert Array(codes[:, :0], format).values().shape == (4, 0)
    mine = Array(codes.copy(), format)
    values = mine.values()
    values[...] = 5
    assert (mine.codes == codes).all()
    assert (mine.values() == Array(codes, format).values()).all()
