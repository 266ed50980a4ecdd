"""binary16 and binary32 against NumPy, whose casts and arithmetic the host or its own tables do."""

import operator
from functools import lru_cache

import numpy as np
import pytest

from refsim import Array, Number, Projection, decode, engine, get_format
from refsim.spec import arithmetic

from .compare import Trial, assert_encodes, assert_same, exact, unprojected
from .points import directed, pairs

SEED = 16
STEP = 211
OPERATIONS = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul}
TYPES = {"binary16": np.float16, "binary32": np.float32}


@lru_cache
def operands(format):
    """The aimed pairs of a format, as codes of the NumPy type's width."""
    return tuple(codes.astype(f"u{np.dtype(TYPES[format]).itemsize}") for codes in pairs(get_format(format), SEED))


def wide(array):
    """The numbers in binary64; a signaling NaN makes the host grumble."""
    with np.errstate(invalid="ignore"):
        return array.astype(np.float64)


@pytest.mark.clause("format/decode", "format/point", "grid/float", "family/float")
def test_decode():
    """All codes of binary16 name the same numbers."""
    codes = np.arange(1 << 16, dtype=np.uint16)
    trial = Trial("numpy", "decode", "binary16")
    assert_same(trial, lambda i: exact(codes[i]), wide(codes.view(np.float16)), decode(Array(codes, get_format("binary16"))))


@pytest.mark.clause("round/ties-to-even", "overflow/infinity", "project/order", "project/round", "project/past-end")
@pytest.mark.parametrize(("source", "target"), [(np.float32, "binary16"), (np.float64, "binary16"), (np.float64, "binary32")])
def test_directed(source, target):
    """Points, ties and their neighbours cast alike: all of binary16, and thousands across binary32."""
    values = np.append(directed(get_format(target), source), source(np.nan))
    with np.errstate(over="ignore", under="ignore"):
        theirs = values.astype(TYPES[target]).astype(np.float64)
    trial = Trial("numpy", "encode", np.dtype(source).name, Projection(target, "ties_to_even", "infinity"))
    assert_encodes(trial, values, theirs)


@pytest.mark.clause("arithmetic/add", "arithmetic/subtract", "arithmetic/multiply", "arithmetic/sum", "arithmetic/product")
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("format", TYPES)
def test_arithmetic(format, operation):
    """Sums, differences and products of aimed operands are alike, with the signs of zeros."""
    to = Projection(format, "ties_to_even", "infinity")
    x, y = operands(format)
    with np.errstate(all="ignore"):
        theirs = OPERATIONS[operation](x.view(TYPES[format]), y.view(TYPES[format]))
    ours = getattr(engine, operation)(Array(x, to.format), Array(y, to.format), to)
    trial = Trial("numpy", operation, format, to)
    assert_same(trial, lambda i: unprojected(operation, x[i], y[i], to.format), wide(theirs), decode(ours))
    for i in range(0, len(x), STEP):
        numbers = (Number(int(codes[i]), to.format) for codes in (x, y))
        assert getattr(arithmetic, operation)(*numbers, to).code == ours.codes[i]
