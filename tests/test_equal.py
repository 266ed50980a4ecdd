"""The engine is the specification: numbers to codes, exhaustively for every format of at most eight bits.

Every rounding rule, overflow rule and kind of tininess, at every point of a grid, between the points, past the last ones,
with codes, flags and errors compared. The default run leaves out what cannot differ: the overflow rule inside the range, and
away from the ends a second format with the same grid.
"""

import numpy as np
import pytest

import refsim
from refsim.spec.catalogue import CATALOGUE, get_format, p3109_formats
from refsim.spec.projection import TININESS, Projection
from refsim.spec.rounding import DETERMINISTIC

from .engine.places import (
    FEW_BITS,
    MANY_BITS,
    RULES,
    all_places,
    assert_projects,
    assert_same,
    draws_for,
    end_places,
    exact,
    legal_overflows,
    specified,
    tiny_places,
)

PARAMETRIC = "e3m2nosub e2m2fnuz e4m3fn e2m1finite e1m2 e4m2b20nosub e5m1fnuz e3m3b0fn e2m4finitenosub e5m0finite".split()  # noqa: SIM905
PARAMETRIC += [f"{sign}int{width}" for sign in ("", "u") for width in range(1, 9)]
PARAMETRIC += ["q2.5", "q0.7", "q-2.6", "q6.-2", "uq3.5", "uq0.4", "uq-3.8", "uq9.-3"]
PARAMETRIC += ["ternary", "levels5", "levels9"]
NAMES = sorted(
    {
        *(entry.format.name for entry in CATALOGUE if entry.format.width <= 8),
        *(format.name for format in p3109_formats() if format.width <= 8),
        *PARAMETRIC,
    }
)
every_format = pytest.mark.parametrize("name", NAMES)
GRIDS = {(format.grid, format.coding, format.width): format.name for format in map(get_format, NAMES)}
every_grid = pytest.mark.parametrize("name", GRIDS.values())
"""One format of those that differ in nothing but their last points and special codes."""


def fits(x, dtype):
    """Which numbers a narrower floating-point type holds exactly."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        narrow = x.astype(dtype)
    return (narrow.astype(np.float64) == x) | np.isnan(x)


@every_grid
def test_every_rule_at_every_place(name):
    """Computed from binary64, every rule gives the specification's code and flags wherever a number can lie in a gap.

    Through ``encode``, the tables for narrower types give them too.
    """
    format = get_format(name)
    at = all_places(format)
    data = [exact(x) for x in at.x]
    narrow = {dtype: fits(at.x, dtype) for dtype in (np.float16, np.float32)}
    for rule in FEW_BITS:
        to = Projection(format, rule, "saturate")
        draws = draws_for(to.rounding, at.t)
        expected = assert_projects(to, at, data, draws)
        for dtype, held in narrow.items():
            kept = held & ~expected.refused
            codes, flags = refsim.encode(at.x[kept].astype(dtype), to, None if draws is None else draws[kept], flags=True)
            answer = expected._replace(codes=expected.codes[kept], flags=expected.flags[kept])
            assert_same((codes.codes, flags), answer, (str(to), dtype))


@every_grid
def test_many_random_bits(name):
    """With ten random bits stochastic rules give the specification's answers in every gap."""
    format = get_format(name)
    at = all_places(format, neighbours=False)
    data = [exact(x) for x in at.x]
    for rule in MANY_BITS:
        to = Projection(format, rule, "saturate")
        assert_projects(to, at, data, draws_for(to.rounding, at.t))


@every_grid
@pytest.mark.parametrize("rule", ["ties_to_even", "to_odd"])
def test_every_place_of_a_binary64_table(name, rule):
    """Binary64 numbers go through a table where one is short enough; its answers are the specification's."""
    format = get_format(name)
    at = all_places(format)
    to = Projection(format, rule, "saturate_propagate")
    expected = specified(to, [exact(x) for x in at.x], None)
    kept = ~expected.refused
    codes, flags = refsim.encode(at.x[kept], to, flags=True)
    assert_same((codes.codes, flags), expected._replace(codes=expected.codes[kept], flags=expected.flags[kept]), str(to))


def assert_refuses(to, at, draws, errors):
    """What the specification refuses the engine refuses, with the same error, for each element by itself."""
    single = fits(at.x, np.float32)
    refused = [i for i in errors if single[i] or to.rounding.bits]
    for i in refused[:4] + refused[-4:]:
        x = at.x[i : i + 1] if to.rounding.bits else at.x[i : i + 1].astype(np.float32)
        with pytest.raises(type(errors[i])) as error:
            refsim.encode(x, to, None if draws is None else draws[i : i + 1])
        assert type(error.value) is type(errors[i])
        assert str(error.value) == str(errors[i])


@every_format
def test_every_overflow_rule_about_the_ends(name):
    """About both ends of the range every overflow rule answers every rounding rule as the specification does, and where that
    has no answer the error is the same."""
    format = get_format(name)
    at = end_places(format)
    data = [exact(x) for x in at.x]
    for overflow in legal_overflows(format):
        for rule in FEW_BITS:
            to = Projection(format, rule, overflow)
            draws = draws_for(to.rounding, at.t)
            expected = assert_projects(to, at, data, draws)
            if rule in {"ties_to_even", "toward_zero", "stochastic_b:3"}:
                assert_refuses(to, at, draws, expected.errors)


@every_format
def test_tininess_before_rounding(name):
    """About the least normal number and zero, tininess before rounding gives the specification's flags."""
    format = get_format(name)
    at = tiny_places(format)
    data = [exact(x) for x in at.x]
    for rule in RULES:
        to = Projection(format, rule, "saturate", "before")
        assert_projects(to, at, data, draws_for(to.rounding, at.t))


@pytest.mark.slow
@every_format
def test_the_full_cross_product(name):
    """Every rounding rule, overflow rule and kind of tininess at every place."""
    format = get_format(name)
    at = all_places(format)
    data = [exact(x) for x in at.x]
    for overflow in legal_overflows(format):
        for tininess in TININESS:
            for rule in RULES:
                to = Projection(format, rule, overflow, tininess)
                assert_projects(to, at, data, draws_for(to.rounding, at.t))


@pytest.mark.slow
@every_format
def test_every_table(name):
    """Every deterministic rule with every overflow rule, through the tables of every floating-point type."""
    format = get_format(name)
    at = all_places(format)
    data = [exact(x) for x in at.x]
    for overflow in legal_overflows(format):
        for rule in DETERMINISTIC:
            to = Projection(format, rule, overflow)
            expected = specified(to, data, None)
            for dtype in (np.float16, np.float32, np.float64):
                kept = fits(at.x, dtype) & ~expected.refused
                codes, flags = refsim.encode(at.x[kept].astype(dtype), to, flags=True)
                answer = expected._replace(codes=expected.codes[kept], flags=expected.flags[kept])
                assert_same((codes.codes, flags), answer, (str(to), dtype))
