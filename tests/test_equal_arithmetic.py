"""The engine is the specification: operations on codes, with flags and errors.

All pairs of codes where they can be enumerated; elsewhere pairs aimed at ties, cancellation, carries, far shifts, subnormals
and special data.
"""

import itertools
import random

import numpy as np
import pytest

from refsim import engine
from refsim.engine import Array
from refsim.engine.array import code_dtype
from refsim.spec import arithmetic as spec
from refsim.spec.catalogue import get_format, p3109_formats
from refsim.spec.projection import Projection

from .engine.places import FEW_BITS, RULES, answers, assert_same, legal_overflows

BINARY = ["add", "subtract", "multiply"]
SMALL = [format.name for format in p3109_formats() if format.width <= 4]
SMALL += [
    "float4_e2m1fn",
    "e1m2",
    "e2m1",
    "e2m1fnuz",
    "e1m2finitenosub",
    "int2",
    "int3",
    "int4",
    "uint1",
    "uint4",
    "q1.2",
    "uq0.3",
]
EIGHT = [
    "float8_e4m3fn",
    "float8_e5m2",
    "float8_e4m3fnuz",
    "float8_e8m0fnu",
    "binary8p3se",
    "binary8p4uf",
    "int8",
    "q2.5",
    "uint8",
]
PROJECTED = [("ties_to_even", "saturate"), ("to_odd", "saturate_propagate"), ("toward_negative", "infinity")]


def draws_of(to, size):
    """Random bits with a fixed seed."""
    return np.random.default_rng(size).integers(0, 1 << to.rounding.bits, size) if to.rounding.bits else None


def assert_operates(name, operands, to):
    """An operation on arrays of codes gives the specification's codes, flags and errors."""
    size = len(operands[0])
    draws = draws_of(to, size)
    numbers = [[spec.Number(int(code), x.format) for code in x.codes] for x in operands]

    def specified(i):
        return getattr(spec, name)(*(column[i] for column in numbers), to, None if draws is None else int(draws[i]))

    expected = answers(specified, size, to)
    kept = ~expected.refused
    label = (name, *(str(x.format) for x in operands), str(to), to.tininess)
    operation = getattr(engine, name)
    found, flags = operation(*(x[kept] for x in operands), to, None if draws is None else draws[kept], flags=True)
    assert_same((found.codes, flags), expected._replace(codes=expected.codes[kept], flags=expected.flags[kept]), label)
    for i in itertools.islice(expected.errors, 2):
        one = slice(i, i + 1)
        with pytest.raises(type(expected.errors[i])) as error:
            operation(*(x[one] for x in operands), to, None if draws is None else draws[one])
        assert str(error.value) == str(expected.errors[i]), label


def pairs(x, y, stride=1):
    """All pairs of codes of two formats, or every so many of them."""
    index = np.arange(0, 1 << x.width + y.width, stride)
    return Array(index >> y.width, x), Array(index & (1 << y.width) - 1, y)


@pytest.mark.parametrize("name", SMALL)
def test_all_pairs_of_small_formats(name):
    """All operations on all pairs of codes of at most four bits, with every rounding rule; the overflow rules take turns."""
    format = get_format(name)
    x, y = pairs(format, format)
    overflows = itertools.cycle(legal_overflows(format))
    for rule, overflow in zip(RULES, overflows, strict=False):
        to = Projection(format, rule, overflow)
        for operation in BINARY:
            assert_operates(operation, (x, y), to)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_all_pairs_of_small_formats_with_all_rules(name):
    """All operations on all pairs of codes of at most four bits, with every rounding rule and every overflow rule."""
    format = get_format(name)
    x, y = pairs(format, format)
    for rule, overflow, operation in itertools.product(RULES, legal_overflows(format), BINARY):
        assert_operates(operation, (x, y), Projection(format, rule, overflow))


@pytest.mark.parametrize(
    "source", ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "binary8p3ue", "int8", "uq3.5", "binary6p3sf"]
)
@pytest.mark.parametrize(
    "target", ["float4_e2m1fn", "float8_e5m2", "float8_e4m3fnuz", "binary8p1se", "int4", "uint8", "binary16"]
)
def test_conversions(source, target):
    """Every code of one format in another, with every rounding rule and an overflow rule that never refuses numbers."""
    format = get_format(source)
    x = Array(np.arange(1 << format.width), format)
    for rule in FEW_BITS:
        assert_operates("convert", (x,), Projection(target, rule, "saturate"))


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize("name", EIGHT)
def test_pairs_of_eight_bits(name, operation):
    """Every 331st pair of 8-bit codes, which meets every code on each side."""
    format = get_format(name)
    for rule, overflow in PROJECTED:
        assert_operates(operation, pairs(format, format, 331), Projection(format, rule, overflow))


@pytest.mark.slow
@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize("name", EIGHT)
@pytest.mark.parametrize(("rule", "overflow"), [*PROJECTED, ("stochastic_b:4", "saturate"), ("ties_to_away", "error")])
def test_all_pairs_of_eight_bits(name, operation, rule, overflow):
    """All pairs of 8-bit codes."""
    format = get_format(name)
    assert_operates(operation, pairs(format, format), Projection(format, rule, overflow))


def aimed_codes(format, seed):
    """Codes about zero, the least normal number, one and the ends, of all kinds of significands, and special data."""
    found = {0, 1, 2, 3, format.top, format.top - 1}
    if (least := format.least_normal) is not None:
        bits = format.grid.precision - 1
        one = format.grid.floor(1) if format.grid.emin < 0 else least
        patterns = [0, 1, (1 << bits) - 1, 1 << max(bits - 1, 0), (1 << max(bits - 1, 0)) - 1, 0x5555555555 & (1 << bits) - 1]
        shifts = [0, 1, -1, 2, bits, bits + 1, bits + 2, -bits, -bits - 1, -bits - 2, 40, -40, 2 * bits + 3]
        for shift, pattern in itertools.product(shifts, patterns):
            found.add(one + (shift << bits) + pattern)
        found |= {least + k for k in (-2, -1, 0, 1, 2)} | {least >> 1, (least >> 1) + 1}
        found |= {least + ((format.top - least) >> bits << bits) + pattern for pattern in patterns}
    else:
        found |= {1 << k for k in range(format.width - 1)} | {(1 << k) - 1 for k in range(format.width)}
    generator = random.Random(seed)
    found |= {generator.randrange(format.top + 1) for _ in range(40)}
    codes = {
        format.code(negative, n) for n in found for negative in (False, True) if format.first <= n <= format.limit(negative)
    }
    codes |= {code for first, last, _ in format.specials for code in (first, last)}
    return np.array(sorted(codes), code_dtype(format))


def aimed_pairs(x, y, count):
    """Aimed codes of two formats, paired at random with a fixed seed; each with itself, its neighbours and its opposite."""
    rng = np.random.default_rng(count)
    a, b = aimed_codes(x, 1), aimed_codes(y, 2)
    left, right = [rng.choice(a, count)], [rng.choice(b, count)]
    if x == y:
        near = rng.choice(a, count // 4)
        for change in (0, 1, 1 << x.width - 1, (1 << x.width - 1) + 1):
            left.append(near)
            right.append(near ^ near.dtype.type(change))
    return Array(np.concatenate(left), x), Array(np.concatenate(right), y)


WIDE = ["binary16", "bfloat16", "tf32", "binary32", "int16", "int32", "q15.16", "uint16", "binary16p6se", "e5m10nosub"]


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize("name", WIDE)
def test_pairs_of_wide_formats(name, operation):
    """Aimed pairs, with deterministic and stochastic rules, infinities, saturation and both kinds of tininess."""
    format = get_format(name)
    x = aimed_pairs(format, format, 300)
    for rule, tininess in [
        ("ties_to_even", "after"),
        ("ties_to_away", "before"),
        ("toward_negative", "after"),
        ("toward_positive", "before"),
        ("to_odd", "after"),
        ("stochastic_c:8", "after"),
    ]:
        overflow = "infinity" if format.specials else "saturate"
        assert_operates(operation, x, Projection(format, rule, overflow, tininess))


MIXED = [
    ("float8_e4m3fn", "float8_e4m3fn", "binary32"),
    ("float8_e5m2", "float8_e5m2", "binary16"),
    ("float8_e5m2", "float8_e4m3fn", "float8_e4m3fn"),
    ("int8", "int8", "int32"),
    ("int8", "uint8", "int16"),
    ("bfloat16", "bfloat16", "binary32"),
    ("bfloat16", "float8_e8m0fnu", "bfloat16"),
    ("binary16", "binary16", "q15.16"),
    ("binary32", "int32", "binary32"),
    ("binary32", "int32", "int8"),
    ("int32", "int32", "binary16"),
    ("int32", "uint32", "binary32"),
    ("q15.16", "q0.31", "q7.8"),
    ("binary32", "binary32", "bfloat16"),
    ("binary32", "binary32", "float8_e5m2"),
    ("binary32", "binary16", "tf32"),
    ("tf32", "tf32", "binary32"),
    ("float4_e2m1fn", "float8_e8m0fnu", "binary32"),
    # Sums of one bit more than binary64 has, and products below its least numbers.
    ("e5m24", "e5m24", "binary32"),
    ("e8m23b600", "e8m23b600", "binary32"),
]


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize(("x", "y", "target"), MIXED, ids=str)
def test_mixed_formats(x, y, target, operation):
    """Operands of two formats into a third, with as many bits as it takes to be exact and with few."""
    operands = aimed_pairs(get_format(x), get_format(y), 300)
    for rule, overflow in [
        ("ties_to_even", "saturate"),
        ("toward_zero", "saturate_propagate"),
        ("stochastic_a:12", "saturate"),
    ]:
        assert_operates(operation, operands, Projection(target, rule, overflow))


NARROWED = [
    ("binary16", "binary16", "float8_e4m3fn"),
    ("binary16", "binary16", "float8_e5m2"),
    ("binary16", "binary16", "e4m3nosub"),
    ("binary16", "binary16", "int8"),
    ("binary16", "int8", "binary16"),
    ("binary16", "int16", "bfloat16"),
    ("bfloat16", "bfloat16", "float8_e5m2"),
    ("bfloat16", "float8_e8m0fnu", "float8_e8m0fnu"),
    ("int16", "int16", "float8_e5m2"),
    ("int16", "uint16", "int8"),
    ("q3.12", "uq0.16", "q2.5"),
    ("e5m10nosub", "binary16", "binary16"),
    ("binary16p11uf", "binary16p8se", "binary8p3se"),
    ("binary32", "bfloat16", "uint8"),
    # Sums of one bit more than binary32 has, and products below its least numbers.
    ("e4m11", "e4m11", "binary16"),
    ("e5m10b70", "e5m10b90", "float8_e5m2"),
]
"""Operands of more bits together than are looked up, into a format whose encoding is."""


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize(("x", "y", "target"), NARROWED, ids=str)
def test_results_that_are_looked_up(x, y, target, operation):
    """A result that the host's arithmetic rounds, and a table rounds again, is the exact one rounded once."""
    operands = aimed_pairs(get_format(x), get_format(y), 250)
    rules = ["ties_to_even", "ties_to_away", "toward_negative", "toward_positive", "to_odd"]
    for rule, tininess in zip(rules, itertools.cycle(["after", "before"]), strict=False):
        assert_operates(operation, operands, Projection(target, rule, "saturate", tininess))
    assert_operates(operation, operands, Projection(target, "ties_toward_zero", "infinity"))


@pytest.mark.parametrize("fraction", [39, 40, 41, 42, 43, 44, 45, 48, 49, 50, 51])
def test_results_with_few_bits_to_spare(fraction):
    """Where a sum rounded to odd has too few bits beyond the result's and the random ones, the specification decides."""
    operands = aimed_pairs(get_format("binary32"), get_format("binary32"), 150)
    for rule in ("ties_to_even", "ties_to_odd", "toward_positive", "stochastic_a:6", "stochastic_b:6", "stochastic_c:6"):
        assert_operates("add", operands, Projection(f"e10m{fraction}", rule, "infinity"))


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize("target", ["int8", "q15.16", "int32", "uint16"])
def test_wrapping(target, operation):
    """Wrapping keeps the low bits of sums and products however far they lie outside the range."""
    for source in ("int32", "q15.16", "binary32"):
        operands = aimed_pairs(get_format(source), get_format(source), 200)
        finite = np.isfinite(operands[0].values()) & np.isfinite(operands[1].values())
        x = tuple(operand[finite] for operand in operands)
        for rule in ("ties_to_even", "toward_negative"):
            assert_operates(operation, x, Projection(target, rule, "wrap"))
            if target != "uint16":
                assert_operates(operation, x, Projection(target, rule, "wrap_sign_magnitude"))


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("binary32", "binary64"),
        ("binary64", "binary64"),
        ("binary64", "float8_e4m3fn"),
        ("binary128", "binary128"),
        ("binary16", "binary128"),
        ("int64", "int64"),
        ("int32", "int64"),
        ("int64", "binary32"),
        ("binary16p1se", "binary16p1se"),
        ("uq8.40", "uq8.40"),
        ("binary32", "uq0.62"),
    ],
)
def test_formats_that_need_the_specification(source, target, operation):
    """Where binary64 cannot decide, the engine's answers still are the specification's."""
    format = get_format(source)
    operands = aimed_pairs(format, format, 60)
    for rule in ("ties_to_even", "toward_negative", "stochastic_b:6"):
        assert_operates(operation, operands, Projection(target, rule, "infinity" if target.startswith("b") else "saturate"))


@pytest.mark.parametrize("source", [*WIDE, "binary64", "int64"])
@pytest.mark.parametrize("target", ["float8_e4m3fn", "binary16", "int8", "binary32", "e5m10nosub", "binary16p1se"])
def test_conversions_of_wide_formats(source, target):
    """Aimed codes of wide formats in narrower and wider ones."""
    x = Array(aimed_codes(get_format(source), 3), get_format(source))
    for rule in ("ties_to_even", "toward_positive", "to_odd", "stochastic_a:6"):
        assert_operates("convert", (x,), Projection(target, rule, "saturate"))
