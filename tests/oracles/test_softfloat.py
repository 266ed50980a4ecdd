"""binary16, binary32 and bfloat16 against Berkeley SoftFloat: result bits and status flags, under every IEEE rule."""

from functools import lru_cache

import numpy as np
import pytest

from refsim import Array, Number, Projection, engine, get_format
from refsim.spec import arithmetic
from refsim.spec.exact import root

from . import peer_softfloat
from .points import directed, edges, pairs

SEED = 754
STEP = 61
"""The specification answers one case in so many, and those that end at the least normal number; the engine answers all."""
RULES = [(rounding, tininess) for rounding in peer_softfloat.ROUNDING for tininess in peer_softfloat.TININESS]
CONVERSIONS = [("binary32", "binary16"), ("binary16", "binary32"), ("binary32", "bfloat16"), ("bfloat16", "binary32")]


@lru_cache
def sources(source, target):
    """Codes of a format around every point and tie of another that it can come near, around its own edges, and any codes."""
    format = get_format(source)
    if format.width <= 16:
        return np.arange(1 << format.width, dtype=np.uint64)
    near = directed(get_format(target), np.float32, 1 << 11).view(np.uint32).astype(np.uint64)
    random = np.random.default_rng(SEED).integers(0, 1 << 32, 20_000, dtype=np.uint64)
    return np.concatenate([near, edges(format), random])


def assert_equal(operation, operands, source, to):
    """SoftFloat, the engine and, on some of the cases, the specification give the same bits and flags; NaNs are one."""
    arrays = [Array(codes, get_format(source)) for codes in operands]
    ours, flags = getattr(engine, operation)(*arrays, to, flags=True)
    codes, raised = peer_softfloat.run(operation, operands, source, to)
    nan = np.isnan(engine.decode(Array(codes, to.format)))
    assert (np.isnan(engine.decode(ours)) == nan).all()
    different = np.flatnonzero(((ours.codes != codes) & ~nan) | (flags != raised))
    assert not different.size, [
        [*(hex(column[i]) for column in operands), hex(ours.codes[i]), hex(codes[i]), int(flags[i]), int(raised[i])]
        for i in different[:8]
    ]
    at_least_normal = np.flatnonzero((codes & ((1 << to.format.width - 1) - 1)) == to.format.least_normal)
    for i in {*range(0, len(codes), STEP), *at_least_normal.tolist()}:
        numbers = [Number(int(column[i]), get_format(source)) for column in operands]
        result = getattr(arithmetic, operation)(*numbers, to)
        assert nan[i] or result.code == codes[i]
        assert result.flags == raised[i]


@pytest.mark.clause(
    *(
        "arithmetic/nan",
        "arithmetic/sum",
        "arithmetic/product",
        "arithmetic/zero-sign",
        "overflow/infinity",
        "project/past-end",
    ),
    *("arithmetic/add", "arithmetic/subtract", "arithmetic/multiply", "flags/raise", "flags/tiny", "project/order"),
)
@pytest.mark.parametrize(("rounding", "tininess"), RULES)
@pytest.mark.parametrize("operation", ["add", "subtract", "multiply"])
@pytest.mark.parametrize("format", ["binary16", "binary32"])
def test_operations(format, operation, rounding, tininess):
    """Sums, differences and products of aimed operands have SoftFloat's bits and flags."""
    operands = pairs(get_format(format), SEED)
    assert len(operands[0]) > 20_000
    assert_equal(operation, operands, format, Projection(format, rounding, "infinity", tininess))


@pytest.mark.clause(
    *("arithmetic/convert", "project/round", "flags/raise", "flags/tiny", "overflow/infinity", "format/decode"),
    *("round/ties-to-even", "round/ties-to-away", "round/toward-zero", "round/toward-positive", "round/toward-negative"),
)
@pytest.mark.parametrize(("rounding", "tininess"), RULES)
@pytest.mark.parametrize(("source", "target"), CONVERSIONS)
def test_conversions(source, target, rounding, tininess):
    """Conversions of all 16-bit codes, and of binary32 codes at every tie and edge, have SoftFloat's bits and flags."""
    operands = (sources(source, target),)
    assert len(operands[0]) > 20_000
    assert_equal("convert", operands, source, Projection(target, rounding, "infinity", tininess))


def assert_roots(codes, rounding):
    """The projection of the exact root has the bits of SoftFloat's, and its inexact flag."""
    to = Projection("binary16", rounding, "infinity")
    expected = zip(*peer_softfloat.run("sqrt", (codes,), "binary16", to), strict=True)
    for code, (result, flags) in zip(codes, expected, strict=True):
        assert to(root(to.format.decode(int(code)), 2)) == (result, flags)


@pytest.mark.clause("exact/root", "project/irrational")
@pytest.mark.parametrize("rounding", peer_softfloat.ROUNDING)
def test_square_roots(rounding):
    """The exact square roots of thousands of binary16 numbers, most of them irrational, round as SoftFloat's do."""
    top = get_format("binary16").top
    assert_roots(np.unique(np.concatenate([np.arange(1, top, 13), np.arange(1, 600), np.arange(top - 64, top + 1)])), rounding)


@pytest.mark.slow
@pytest.mark.clause("exact/root", "project/irrational")
@pytest.mark.parametrize("rounding", peer_softfloat.ROUNDING)
def test_all_square_roots(rounding):
    """The exact square roots of all positive binary16 numbers round as SoftFloat's do."""
    assert_roots(np.arange(1, get_format("binary16").top + 1), rounding)
