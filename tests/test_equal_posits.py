"""The engine is the specification: posits of every kind, with every rule and in every operation."""

from fractions import Fraction

import numpy as np
import pytest

import refsim
from refsim import OPERATIONS, Projection, engine, get_format
from refsim.engine import Array
from refsim.engine.apply import every_combination
from refsim.spec.operations import Kind

from .engine.operands import operands
from .engine.places import RULES, SPECIALS, Places, assert_projects, assert_same, draws_for, exact, legal_overflows, specified
from .test_equal_operations import LEVEL, MODES, assert_applied, projection

EIGHTHS = [Fraction(k, 8) for k in range(8)]
POSIT = ("ties_to_even", "saturate_finite", "after", "keep", "canonical")
"""The projection of the Posit Standard."""
SMALL = ["posit5", "posit4es1", "posit3es0"]
WAYS = [
    (["posit8"], "posit8"),
    (["posit16"], "posit16"),
    (["posit32"], "posit32"),
    (["posit16es1"], "posit16es1"),
    (["posit8es0", "posit16"], "posit32"),
    (["posit32", "binary32"], "posit16"),
    (["posit16"], "binary32"),
    (["binary64", "posit32"], "posit32"),
    (["int16", "posit20es5"], "posit20es5"),
    (["posit32"], "int16"),
    (["posit64"], "posit64"),
]
"""Formats of operands, taken in turn, and of results."""


def places(format):
    """The eighths of every gap, up to two points past the last, by the parts that its cuts make; and the numbers beside."""
    x, t = [], []
    for n in range(format.top + 3):
        cuts = format.grid.cuts(n)
        parts = len(cuts) - 1
        for eighth in EIGHTHS:
            part = int(eighth * parts)
            value = float(cuts[part] + (cuts[part + 1] - cuts[part]) * (eighth * parts - part))
            for near in (value, np.nextafter(value, np.inf), np.nextafter(value, -np.inf)):
                x += [near, -near]
                t += [float(eighth)] * 2
    return Places(np.array(x + SPECIALS), np.array(t + [0.0] * len(SPECIALS)))


@pytest.mark.clause("posit/place", "project/round", "project/place")
@pytest.mark.parametrize("name", ["posit2", "posit3es0", "posit4es1", "posit5es3", "posit6"])
def test_every_rule_at_every_place(name):
    """Every rounding rule and every overflow rule, in the middle of every gap, about it and past the end."""
    format = get_format(name)
    at = places(format)
    data = [exact(x) for x in at.x]
    for rule in RULES:
        for overflow in legal_overflows(format):
            to = Projection(format, rule, overflow)
            assert_projects(to, at, data, draws_for(to.rounding, at.t))


@pytest.mark.parametrize(("name", "rule"), [("posit8", "ties_to_even"), ("posit8es0", "stochastic_b:12"), ("posit8", "to_odd")])
def test_every_place_of_eight_bits(name, rule):
    """The standard's projection and others in every gap of 8 bits."""
    at = places(get_format(name))
    to = Projection(name, rule, "saturate_finite")
    assert_projects(to, at, [exact(x) for x in at.x], draws_for(to.rounding, at.t))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ["posit8", "posit8es0", "posit10", "posit16", "posit24", "posit32es0", "posit32es3"])
def test_encode(name, kind):
    """Floats of any size, through tables where there are some."""
    to = Projection(name, "ties_to_even", "saturate_finite")
    rng = np.random.default_rng(8)
    spread = rng.standard_normal(600) * 2.0 ** rng.integers(-130, 130, 600)
    with np.errstate(over="ignore", under="ignore"):
        x = np.concatenate([spread, rng.standard_normal(300), np.array(SPECIALS), 2.0 ** np.arange(-130, 130)]).astype(kind)
    expected = specified(to, [exact(v) for v in x.astype(np.float64)], None)
    codes, flags = refsim.encode(x, to, flags=True)
    assert_same((codes.codes, flags), expected, str(to))


@pytest.mark.parametrize("name", ["posit8", "posit16es1", "posit7es6", "posit32", "posit25es5", "posit32es0"])
def test_decode(name):
    """Codes to numbers, all of those of 16 bits and less."""
    format = get_format(name)
    every = 1 << format.width
    some = np.arange(every) if format.width <= 16 else np.random.default_rng(4).integers(0, every, 2000)
    codes = np.concatenate([some, [0, 1, format.top, every >> 1, every - 1]])
    for code, found in zip(codes, engine.decode(Array(codes, format)), strict=True):
        expected = format.decode(int(code))
        assert Fraction(float(found)) == expected if isinstance(expected, Fraction) else np.isnan(found)


@pytest.mark.parametrize("name", LEVEL)
def test_all_combinations_of_small_posits(name):
    """Every operation on all combinations of codes of small posits, under the standard's rules and under others."""
    operation = OPERATIONS[name]
    for number, format in enumerate(map(get_format, SMALL)):
        formats = tuple(get_format("int3") if role in operation.exponents else format for role in operation.roles)
        if sum(f.width for f in formats) > 10:
            continue
        arrays = [Array(codes, f) for codes, f in zip(every_combination(formats), formats, strict=True)]
        for mode in (POSIT, MODES[(number + 4) % len(MODES)]):
            to = projection(name, format.name, mode) if operation.kind is Kind.NUMBER else None
            assert_applied(name, arrays, to)


@pytest.mark.parametrize("name", LEVEL)
def test_aimed_operands(name):
    """Every operation on aimed codes and on codes at random, of posits alone and beside floats and integers."""
    operation = OPERATIONS[name]
    for number, (formats, target) in enumerate(WAYS):
        rng = np.random.default_rng(number)
        aimed = operands(operation, formats, 10, number)
        both = []
        for role, x in zip(operation.roles, aimed, strict=True):
            last = (1 << x.format.width) - 1
            more = x.codes if role in operation.exponents else rng.integers(0, last, 10, x.codes.dtype, endpoint=True)
            both.append(Array(np.concatenate([x.codes, more]), x.format))
        for mode in (POSIT, MODES[number % len(MODES)]):
            to = projection(name, target, mode) if operation.kind is Kind.NUMBER else None
            assert_applied(name, both, to)


def test_dot_products():
    """Dot products of posits, rounded once, as the quire gives them."""
    rng = np.random.default_rng(5)
    for name in ("posit8", "posit16"):
        to = Projection(name, "ties_to_even", "saturate_finite")
        codes = rng.integers(0, 1 << to.format.width, (2, 12, 7))
        found = engine.dot_product(Array(codes[0], to.format), Array(codes[1], to.format), to)
        for i in range(12):
            numbers = [refsim.Number(int(code), to.format) for vector in codes for code in vector[i]]
            assert int(found.codes[i]) == OPERATIONS["dot_product"](*numbers, to=to).code
