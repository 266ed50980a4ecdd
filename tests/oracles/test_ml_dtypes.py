"""Every format of ml_dtypes: decoding, casts from wider types, and arithmetic on all pairs of codes."""

import ml_dtypes
import numpy as np
import pytest

from refsim import Array, Number, Projection, decode, engine, get_format
from refsim.spec import arithmetic

from . import peer_ml_dtypes
from .compare import Trial, assert_encodes, assert_same, exact, quiet, same, to_float, unprojected
from .points import directed

SMALL = [name for name in peer_ml_dtypes.OVERFLOW if get_format(name).width <= 8]
POINTS = {"float32": 1 << 16, "float64": 1 << 11}
STEP = 97
"""The specification answers one pair in so many; the engine answers all."""
OPERATIONS = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}


def projection(name):
    """The projection that ml_dtypes' casts to a format are."""
    return Projection(name, "ties_to_even", peer_ml_dtypes.OVERFLOW[name])


@pytest.mark.clause("format/decode", "format/point", "grid/float", "family/float", "family/scale")
@pytest.mark.parametrize("name", peer_ml_dtypes.OVERFLOW)
def test_decode(name):
    """All codes of every floating-point format name the same numbers."""
    format = get_format(name)
    codes = np.arange(1 << format.width)
    theirs = peer_ml_dtypes.decode(codes, name)
    assert same(theirs, decode(Array(codes, format))).all()
    assert same(theirs, np.array([to_float(quiet(format.decode(int(code)))) for code in codes])).all()


@pytest.mark.clause("family/integer", "family/fixed", "grid/uniform", "format/point")
@pytest.mark.parametrize("name", peer_ml_dtypes.INTEGERS)
def test_decode_integers(name):
    """All codes of the small integer types name the same numbers."""
    format = get_format(name)
    codes = np.arange(1 << format.width)
    theirs = peer_ml_dtypes.decode_integers(codes, name)
    assert (theirs == decode(Array(codes, format))).all()
    assert [exact(value) for value in theirs] == [format.decode(int(code)) for code in codes]


@pytest.mark.clause(
    "round/ties-to-even", "overflow/infinity", "overflow/saturate", "project/order", "format/code", "format/special"
)
@pytest.mark.parametrize("source", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", SMALL)
def test_every_short_float(name, source):
    """Every binary16 and every bfloat16 number, NaNs among them, casts alike to every format of at most 8 bits."""
    values = np.arange(1 << 16, dtype=np.uint16).view(np.float16 if source == "float16" else ml_dtypes.bfloat16)
    wide = peer_ml_dtypes.to_float64(values)
    assert_encodes(Trial("ml_dtypes", "encode", source, projection(name)), wide, peer_ml_dtypes.encode(values, name))


@pytest.mark.clause(
    "round/ties-to-even", "overflow/infinity", "overflow/saturate", "project/order", "project/round", "project/past-end"
)
@pytest.mark.parametrize("source", ["float32", "float64"])
@pytest.mark.parametrize("name", peer_ml_dtypes.OVERFLOW)
def test_directed(name, source):
    """Points, ties and their neighbours, past the top, infinities and NaN cast alike from binary32 and from binary64."""
    kind = np.dtype(source).type
    values = np.append(directed(get_format(name), kind, POINTS[source]), kind(np.nan))
    theirs = peer_ml_dtypes.encode(values, name)
    assert_encodes(Trial("ml_dtypes", "encode", source, projection(name)), values, theirs)


@pytest.mark.clause("round/ties-to-even", "overflow/infinity", "project/order")
@pytest.mark.parametrize("name", ["bfloat16", "float8_e5m2", "float8_e4m3fn", "float4_e2m1fn"])
def test_integer_arrays(name):
    """Integers around every tie up to 2**40 cast alike."""
    powers = 2 ** np.arange(1, 41)
    eighths = np.concatenate([powers + powers * part // 8 for part in range(1, 8)])
    halves = np.concatenate([powers + (powers >> place) for place in range(1, 10)])
    values = np.unique(np.concatenate([eighths, halves, powers])[:, None] + np.arange(-1, 2))
    values = np.concatenate([values, -values])
    theirs = peer_ml_dtypes.encode(values, name)
    assert_encodes(Trial("ml_dtypes", "encode", "int64", projection(name)), values, theirs)


@pytest.mark.clause("arithmetic/add", "arithmetic/subtract", "arithmetic/multiply", "arithmetic/sum", "arithmetic/product")
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", SMALL)
def test_arithmetic(name, operation):
    """Sums, differences and products of all pairs of codes are alike, with the signs of zeros."""
    to, count = projection(name), 1 << get_format(name).width
    x, y = (column.ravel() for column in np.meshgrid(np.arange(count), np.arange(count), indexing="ij"))
    theirs = peer_ml_dtypes.apply(OPERATIONS[operation], x, y, name)
    ours = getattr(engine, operation)(Array(x, to.format), Array(y, to.format), to)

    trial = Trial("ml_dtypes", operation, name, to)
    assert_same(trial, lambda i: unprojected(operation, x[i], y[i], to.format), theirs, decode(ours))
    for i in range(0, len(x), STEP):
        numbers = (Number(int(codes[i]), to.format) for codes in (x, y))
        assert getattr(arithmetic, operation)(*numbers, to).code == ours.codes[i]
