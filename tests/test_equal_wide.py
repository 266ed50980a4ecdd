"""The engine is the specification: numbers to codes of 16 bits, and of formats whose range binary64 does not hold."""

from fractions import Fraction

import numpy as np
import pytest

import refsim
from refsim.engine.projection import is_reached
from refsim.spec.catalogue import get_format
from refsim.spec.exact import Root, root
from refsim.spec.projection import Projection

from .engine.places import (
    Answers,
    all_places,
    assert_projects,
    assert_same,
    draws_for,
    end_places,
    exact,
    legal_overflows,
    places,
    specified,
    tiny_places,
)

IEEE_RULES = ["ties_to_even", "ties_to_away", "toward_zero", "toward_positive", "toward_negative"]
FLOATS = ["binary16", "bfloat16", "binary16p8se", "binary16p11uf", "binary16p6se", "binary16p15sf", "e5m10nosub", "e6m9b40fnuz"]
UNIFORM = ["int16", "uint16", "q3.12", "uq0.16"]
WIDER = ["tf32", "binary32", "int32", "q15.16", "uq8.40"]
BEYOND = ["binary16p1se", "binary16p5se", "binary16p2uf", "binary16p1uf"]
"""Formats whose numbers binary64 does not hold: the engine asks the specification."""


def sampled_points(format, count):
    """Every power of two with its neighbours, the ends, and points at random with a fixed seed."""
    top = max(format.top, format.top_negative)
    least, per_binade = format.least_normal or 0, 1 << getattr(format.grid, "precision", 5) - 1
    found = {0, 1, 2, top - 1, top, top + 1} | {least + k for k in range(-20, 20)}
    binades = range(least, min(top, least + 300 * per_binade), per_binade)
    found |= {n + k for n in binades for k in (-1, 0)}
    found |= {int(n) for n in np.random.default_rng(16).integers(0, top + 1, count)}
    return {n for n in found if n >= 0}


@pytest.mark.parametrize("rule", [*IEEE_RULES, "to_odd", "stochastic_a:8", "stochastic_b:8", "stochastic_c:8"])
@pytest.mark.parametrize("name", [*FLOATS, *UNIFORM])
def test_sixteen_bits(name, rule):
    """At the bounds of every binade and at seeded points, the engine gives the specification's codes and flags."""
    format = get_format(name)
    at = places(format, sampled_points(format, 150), neighbours=False)
    at = at._replace(x=np.concatenate([at.x, end_places(format).x]), t=np.concatenate([at.t, end_places(format).t]))
    to = Projection(format, rule, "saturate" if name in UNIFORM else "infinity")
    draws = draws_for(to.rounding, at.t)
    data = [exact(x) for x in at.x]
    expected = assert_projects(to, at, data, draws)
    kept = ~expected.refused
    answer = Answers(expected.codes[kept], expected.flags[kept], {})
    codes, flags = refsim.encode(at.x[kept], to, None if draws is None else draws[kept], flags=True)
    assert_same((codes.codes, flags), answer, str(to))


@pytest.mark.parametrize("name", ["binary16", "bfloat16", "int16", "e5m10nosub"])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_sixteen_bits_through_a_table(name, dtype):
    """Narrower floating-point numbers are looked up, with the specification's answers."""
    format = get_format(name)
    to = Projection(format, "ties_to_even", "saturate")
    numbers = np.frombuffer(np.random.default_rng(32).bytes(4000 * np.dtype(dtype).itemsize), dtype)
    near = places(format, sampled_points(format, 50)).x
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = np.concatenate([numbers, near.astype(dtype)])
        wide = numbers.astype(np.float64)
    expected = specified(to, [exact(x) for x in wide], None)
    kept = ~expected.refused
    codes, flags = refsim.encode(numbers[kept], to, flags=True)
    assert_same((codes.codes, flags), Answers(expected.codes[kept], expected.flags[kept], {}), (str(to), dtype))


@pytest.mark.parametrize("name", [*FLOATS, *UNIFORM, *WIDER])
def test_ends_and_tininess(name):
    """About the ends of the range and the least normal number, with every overflow rule and both kinds of tininess."""
    format = get_format(name)
    for at in (end_places(format), tiny_places(format)):
        data = [exact(x) for x in at.x]
        for overflow in legal_overflows(format):
            for rule, tininess in (("ties_to_even", "before"), ("toward_positive", "after"), ("stochastic_c:5", "before")):
                to = Projection(format, rule, overflow, tininess)
                assert_projects(to, at, data, draws_for(to.rounding, at.t))


@pytest.mark.parametrize("name", WIDER)
@pytest.mark.parametrize("rule", ["ties_to_even", "toward_negative", "to_odd", "stochastic_a:4"])
def test_wider_formats(name, rule):
    """Formats of 19 to 48 bits at seeded points and at the bounds of binades."""
    format = get_format(name)
    at = places(format, sampled_points(format, 100), neighbours=False)
    to = Projection(format, rule, "saturate")
    assert_projects(to, at, [exact(x) for x in at.x], draws_for(to.rounding, at.t))


@pytest.mark.parametrize("name", [*BEYOND, "binary128", "e15m10"])
def test_formats_beyond_binary64(name):
    """Where binary64 does not hold a format's numbers the engine asks the specification, element by element."""
    format = get_format(name)
    to = Projection(format, "ties_to_even", "infinity")
    assert not is_reached(to)
    x = np.array([1.0, -1.5, 0.1, 3.0, 1e300, 5e-324, np.inf, -np.inf, np.nan, -0.0])
    found, flags = refsim.encode(x, to, flags=True)
    assert_same((found.codes, flags), specified(to, [exact(v) for v in x], None), str(to))


@pytest.mark.parametrize("name", BEYOND)
def test_numbers_beyond_binary64(name):
    """Exact numbers of any size reach formats that no float does."""
    format = get_format(name)
    to = Projection(format, "ties_to_away", "saturate")
    rng = np.random.default_rng(5)
    points = [1, 2, format.top - 1, format.top, *(int(n) for n in rng.integers(1, format.top, 40))]
    data = [format.grid.magnitude(n) * k / 4 for n in points for k in (3, 4, 5, 6)]
    data = np.array([*data, *(-x for x in data)], dtype=object)
    codes, flags = refsim.encode(data, to, flags=True)
    assert_same((codes.codes, flags), specified(to, data, None), str(to))


@pytest.mark.parametrize("name", ["float8_e4m3fn", "int8", "binary16", "float8_e8m0fnu"])
def test_exact_numbers(name):
    """Fractions, roots and special data in one array are projected each from its exact value."""
    to = Projection(name, "ties_to_even", "saturate")
    data = np.array(
        [Fraction(1, 3), root(2, 2), -root(7, 3), Fraction(10) ** 30, *(exact(x) for x in (np.inf, -0.0))], dtype=object
    )
    assert isinstance(data[1], Root)
    codes, flags = refsim.encode(data, to, flags=True)
    assert_same((codes.codes, flags), specified(to, data, None), str(to))


@pytest.mark.slow
@pytest.mark.parametrize("rule", [*IEEE_RULES, "to_odd", "ties_to_odd", "stochastic_b:10"])
@pytest.mark.parametrize("name", ["binary16", "bfloat16"])
def test_all_of_sixteen_bits(name, rule):
    """Every point, every middle and every quarter of binary16 and bfloat16, with the binary64 numbers next to each."""
    format = get_format(name)
    to = Projection(format, rule, "infinity")
    at = all_places(format)
    assert_projects(to, at, [exact(x) for x in at.x], draws_for(to.rounding, at.t))
