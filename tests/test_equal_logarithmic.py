"""The engine is the specification: logarithmic formats, with every rule, in every operation."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import refsim
from refsim import OPERATIONS, Projection, engine, get_format
from refsim.engine import Array, logs
from refsim.engine.apply import every_combination
from refsim.spec.exact import floor_log2
from refsim.spec.operations import Kind
from refsim.spec.surds import power

from .engine.operands import operands
from .engine.places import RULES, SPECIALS, Places, assert_projects, draws_for, exact, legal_overflows, specified
from .test_equal_operations import assert_applied

SMALL = ["log3_fsr2", "slog4_fsr1_sqrt2", "log4_fsrm1_steps4", "lns2.0", "lns1.1"]
RATIONAL = {"exp", "exp2", "expm1", "log", "log2", "log1p", "sin", "cos", "tanh", "erf", "sigmoid", "softplus", "silu", "gelu"}
RATIONAL |= {"gelu_tanh", "fmod", "remainder"}
"""The operations that take rational data alone."""
MOST_OPERANDS = 2


def places(format):
    """Binary64 numbers at and beside the quarters of every gap, which are irrational for the most part, from two steps below
    the first point to two past the last, on both sides of zero."""
    x, t = [], []
    grid = format.grid
    for n in range(-2, format.top + 3):
        for quarter in range(4):
            value = power((grid.least + n - 1 + Fraction(quarter, 4)) / (1 << grid.fraction))
            step = Fraction(2) ** (floor_log2(value) - 52)
            near = float(value // step * step)
            for number in (near, np.nextafter(near, np.inf), np.nextafter(near, -np.inf)):
                x += [number, -number]
                t += [quarter / 4] * 2
    return Places(np.array(x + SPECIALS), np.array(t + [0.0] * len(SPECIALS)))


@pytest.mark.clause("log/grid", "log/place")
@pytest.mark.parametrize("name", SMALL)
def test_every_rule_at_every_place(name):
    """Every rounding rule and every overflow rule, in the quarters of every gap, beside them and past the ends."""
    format = get_format(name)
    at = places(format)
    data = [exact(x) for x in at.x]
    for rule in RULES:
        to = Projection(format, rule, "saturate")
        assert_projects(to, at, data, draws_for(to.rounding, at.t))
    for overflow in legal_overflows(format):
        assert_projects(Projection(format, "ties_to_away", overflow), at, data, None)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["log4_fsr3", "slog5_fsr1_sqrt2", "log8_fsr3_steps8", "lns3.2", "lns7.0"])
@pytest.mark.parametrize("rule", ["ties_to_even", "ties_to_away", "toward_zero", "to_odd", "away_from_zero"])
def test_encoding_of_the_hosts_numbers(name, rule, kind):
    """Numbers of both types, near the boundaries and at random, with and without flags and NaNs."""
    to = Projection(name, rule, "saturate")
    rng = np.random.default_rng(3)
    x = np.concatenate([places(to.format).x, np.exp2(rng.uniform(-20, 12, 300)) * rng.choice([-1, 1], 300)])
    with np.errstate(all="ignore"):
        x = x.astype(kind)
    x = x[~np.isnan(x)]
    expected = specified(to, [exact(v) for v in x], None)
    codes, flags = engine.encode(x, to, flags=True)
    assert (codes.codes == expected.codes).all()
    assert (flags == expected.flags).all()
    assert (engine.encode(x, to).codes == expected.codes).all()
    with pytest.raises(refsim.Unrepresentable, match=r"has no code for NaN$|has no code for nan$"):
        engine.encode(np.append(x, np.nan).astype(kind), to)


@pytest.mark.clause("log/place")
def test_a_hundred_thousand_logarithms():
    """Random binary64 numbers, and those about the boundaries of every octave, against mpmath."""
    rng = np.random.default_rng(7)
    for fraction in (0, 1, 3):
        starts = logs.cell_starts(fraction + 1, 52)
        with mpmath.workdps(40):
            for i, start in enumerate(starts[1:].tolist(), 1):
                bound = mpmath.mpf(2) ** (52 + mpmath.mpf(i) / (2 << fraction))
                assert start - 1 < bound < start
        x = np.ldexp(rng.uniform(1, 2, 100_000), rng.integers(-40, 40, 100_000))
        to = Projection(f"lns7.{fraction}", "ties_to_away", "error")
        found = engine.encode(x, to).codes.astype(np.int64)
        found -= (found >> 7 + fraction & 1) << 8 + fraction
        near = np.log2(x) * (1 << fraction)
        sure = np.abs(near - np.floor(near) - 0.5) > 1e-9
        assert sure.mean() > 0.999
        assert (found[sure] == np.floor(near[sure] + 0.5)).all()


@pytest.mark.parametrize("name", [n for n in OPERATIONS if n != "dot_product" and n not in RATIONAL])
def test_all_operands_of_small_formats(name):
    """Every combination of codes of two small formats, into logarithmic formats and binary16."""
    operation = OPERATIONS[name]
    if name == "to_integer" or name.startswith("shift_") or len(operation.roles) - len(operation.exponents) > MOST_OPERANDS:
        return
    for given, target in (("slog3_fsr1_sqrt2", "lns1.1"), ("lns1.0", "binary16"), ("log2_fsr1", "slog4_fsr1_steps4")):
        formats = tuple(get_format("int3" if role in operation.exponents else given) for role in operation.roles)
        arrays = tuple(Array(c, f) for c, f in zip(every_combination(formats), formats, strict=True))
        to = Projection(target, "ties_to_even", "saturate") if operation.kind is Kind.NUMBER else None
        assert_applied(name, arrays, to)


@pytest.mark.parametrize(
    ("formats", "target"),
    [
        (("log4_fsr3", "log4_fsr3"), "log4_fsr3"),
        (("slog5_fsr1_sqrt2", "slog5_fsr1_sqrt2"), "slog5_fsr1_sqrt2"),
        (("lns3.2", "lns2.1"), "lns2.1"),
        (("lns3.2", "slog5_fsr1_steps8"), "lns3.2"),
    ],
)
def test_products_of_every_pair(formats, target):
    """Every pair of codes, to nearest and by a stochastic rule that shows every part of a gap."""
    kinds = tuple(get_format(name) for name in formats)
    arrays = tuple(Array(c, f) for c, f in zip(every_combination(kinds), kinds, strict=True))
    for name in ("multiply", "divide"):
        for rule in ("ties_to_even", "stochastic_b:3"):
            assert_applied(name, arrays, Projection(target, rule, "saturate"))


@pytest.mark.parametrize("name", ["convert", "negation", "absolute_value", "multiply", "divide", "reciprocal", "sqrt", "rsqrt"])
@pytest.mark.parametrize(
    ("given", "target"), [("lns6.10", "lns6.10"), ("lns6.10", "lns4.3"), ("lns4.3", "lns8.23"), ("lns8.23", "slog9_fsr4_sqrt2")]
)
@pytest.mark.parametrize("rule", ["ties_to_even", "to_odd", "toward_negative", "stochastic_c:5"])
def test_wide_formats(name, given, target, rule):
    """Aimed operands of wide formats, whose logarithms are added in integers."""
    to = Projection(target, rule, "saturate")
    assert_applied(name, operands(OPERATIONS[name], (get_format(given),), 60, 1), to)


@pytest.mark.parametrize("name", ["convert", "add", "multiply", "divide", "sqrt", "fma"])
@pytest.mark.parametrize("target", ["slog5_fsr1", "slog6_fsr4_steps4", "lns6.3"])
@pytest.mark.parametrize("rule", ["ties_to_even", "toward_positive", "stochastic_a:3"])
def test_floats_into_logarithmic_formats(name, target, rule):
    """Sums and products of binary64 and of mixed formats, which the host computes and rounds to odd, and of wide floats."""
    for formats in (("binary64",), ("binary32", "bfloat16"), ("e15m40",), ("slog5_fsr1", "binary32")):
        arrays = operands(OPERATIONS[name], tuple(map(get_format, formats)), 60, 2)
        assert_applied(name, arrays, Projection(target, rule, "saturate"))


@pytest.mark.parametrize("name", ["bfloat16", "e11m20", "binary64"])
@pytest.mark.parametrize("target", ["slog6_fsr4_sqrt2", "lns6.3", "slog5_fsr3"])
def test_roots_that_are_points(name, target):
    """The root of 2 is a point of base sqrt(2) and a middle of base 2, and no number of the host's: it must not be rounded
    first."""
    format = get_format(name)
    one = format.code(False, format.grid.floor(Fraction(1)))
    binade = 1 << format.grid.precision - 1
    codes = np.array([one + k * binade + d for k in range(-9, 8) for d in (-1, 0, 1)])
    for rule in ("ties_to_even", "ties_to_away", "to_odd", "stochastic_b:2"):
        assert_applied("sqrt", (Array(codes, format),), Projection(target, rule, "saturate"))


def test_values():
    """Numbers of base 2 are binary64 numbers; those that are irrational are given exactly, or rounded by a conversion."""
    plain = Array(np.arange(8), get_format("log3_fsr2"))
    assert plain.values().tolist() == [0, 0.03125, 0.0625, 0.125, 0.25, 0.5, 1, 2]
    half = Array(np.arange(8), get_format("log3_fsr2_sqrt2"))
    with pytest.raises(ValueError, match=r"^float64 does not hold every number of log3_fsr2_sqrt2; Array.exact\(\) does"):
        half.values()
    assert half.exact()[3] == power(Fraction(-1, 2))
    rounded = engine.convert(half, Projection("binary64", "ties_to_even", "infinity"))
    assert rounded.values()[5] == 2**0.5
    assert rounded.values()[3] == 0.5**0.5
