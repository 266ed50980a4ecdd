"""Parametric floats and fixed point against APyTypes, under all the rules that it shares with us."""

import operator

import numpy as np
import pytest

from refsim import Array, Number, Projection, decode, engine, get_format
from refsim.spec import arithmetic

from . import peer_apytypes
from .compare import Trial, assert_same, to_float, unprojected
from .points import pairs

SEED = 51
SAMPLE = 60
CASTS = [
    *(("e5m10", "e4m3"), ("e5m10", "e5m2"), ("e5m10", "e3m6"), ("e5m10", "e2m3"), ("e8m7", "e4m3"), ("e8m7", "e5m10")),
    *(
        ("e5m5", "e3m6"),
        ("e3m6", "e5m10"),
        ("e4m3", "e5m2"),
        ("e5m2", "e5m10"),
        ("e4m3b11", "e4m3"),
        ("e4m3", "e4m3b11"),
        ("e6m9", "e5m10b9"),
    ),
]
OPERATIONS = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv}


def assert_sampled(operation, columns, source, to, ours):
    """The specification confirms some of the engine's codes."""
    for i in range(0, len(ours), max(1, len(ours) // SAMPLE)):
        numbers = (Number(int(codes[i]), source) for codes in columns)
        assert getattr(arithmetic, operation)(*numbers, to).code == ours.codes[i]


def all_codes(format):
    """All codes of a format."""
    return np.arange(1 << format.width)


@pytest.mark.clause(
    *("round/ties-to-even", "round/ties-to-away", "round/ties-toward-zero", "round/ties-toward-positive", "round/to-odd"),
    *("round/ties-toward-negative", "round/ties-to-odd", "round/toward-zero", "round/away-from-zero", "round/toward-positive"),
    *("round/toward-negative", "arithmetic/convert", "overflow/infinity", "project/past-end", "family/float"),
)
@pytest.mark.parametrize("rounding", peer_apytypes.MODES)
@pytest.mark.parametrize(("source", "target"), CASTS)
def test_casts(source, target, rounding):
    """Every code of a format casts alike to a narrower, a wider or a shifted one."""
    from_format, to = get_format(source), Projection(target, rounding, "infinity")
    codes = all_codes(from_format)
    ours = engine.convert(Array(codes, from_format), to)
    assert_sampled("convert", (codes,), from_format, to, ours)
    theirs = peer_apytypes.cast(codes, source, to)
    assert_same(Trial("apytypes", "cast array", source, to), lambda i: from_format.decode(int(codes[i])), theirs, decode(ours))


@pytest.mark.clause("round/ties-to-even", "round/toward-negative", "arithmetic/convert")
@pytest.mark.parametrize("rounding", ["ties_to_even", "toward_negative", "to_odd"])
@pytest.mark.parametrize(("source", "target"), [("e5m5", "e3m4"), ("e4m6", "e4m3"), ("e3m4", "e4m6")])
def test_scalar_casts(source, target, rounding):
    """APyTypes' function for scalars casts every code alike too."""
    from_format, to = get_format(source), Projection(target, rounding, "infinity")
    codes = all_codes(from_format)
    theirs = np.array([peer_apytypes.cast_scalar(code, source, to) for code in codes])
    ours = decode(engine.convert(Array(codes, from_format), to))
    assert_same(Trial("apytypes", "cast scalar", source, to), lambda i: from_format.decode(int(codes[i])), theirs, ours)


@pytest.mark.clause(
    *("arithmetic/add", "arithmetic/subtract", "arithmetic/multiply", "arithmetic/sum", "arithmetic/product", "project/round"),
    *("arithmetic/zero-sign", "round/ties-to-odd", "round/away-from-zero", "round/ties-toward-zero", "round/to-odd"),
)
@pytest.mark.parametrize("rounding", peer_apytypes.MODES)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("name", ["e4m3", "e5m2", "e3m6", "e5m10", "e6m9", "e4m27"])
def test_arithmetic(name, operation, rounding):
    """Sums, differences and products are alike: of all pairs of 8-bit codes, and of aimed pairs of wider ones."""
    format, to = get_format(name), Projection(name, rounding, "infinity")
    square = np.meshgrid(all_codes(format), all_codes(format)) if format.width == 8 else pairs(format, SEED)
    x, y = (column.ravel() for column in square)
    ours = getattr(engine, operation)(Array(x, format), Array(y, format), to)
    assert_sampled(operation, (x, y), format, to, ours)
    theirs = peer_apytypes.apply(OPERATIONS[operation], x, y, to)
    trial = Trial("apytypes", operation, name, to)
    assert_same(trial, lambda i: unprojected(operation, x[i], y[i], format), theirs, decode(ours))


@pytest.mark.clause("family/fixed", "grid/uniform", "overflow/wrap", "overflow/saturate", "project/order", "project/round")
@pytest.mark.parametrize("overflow", peer_apytypes.OVERFLOW)
@pytest.mark.parametrize("rounding", peer_apytypes.MODES)
@pytest.mark.parametrize(("source", "target"), [("q3.6", "q1.2"), ("q4.5", "q2.-1"), ("q2.7", "q4.3"), ("q1.2", "q3.6")])
def test_fixed_point(source, target, rounding, overflow):
    """Every code of a fixed-point format casts alike to one with fewer or more bits on either side."""
    from_format, to = get_format(source), Projection(target, rounding, overflow)
    codes = all_codes(from_format)
    ours = engine.convert(Array(codes, from_format), to)
    assert_sampled("convert", (codes,), from_format, to, ours)
    theirs = peer_apytypes.cast_fixed(codes, source, to)
    want = np.array([to_float(to.format.decode(int(code))) for code in ours.codes])
    assert_same(Trial("apytypes", "cast fixed", source, to), lambda i: from_format.decode(int(codes[i])), theirs, want)
