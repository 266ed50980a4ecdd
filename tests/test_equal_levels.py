"""The engine is the specification: levels at and around every place where the level changes, and steps of groups."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine import levels as engine
from refsim.spec import levels as spec
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO
from refsim.spec.formats import Unrepresentable
from refsim.spec.overflow import OverflowRaised
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC

from .engine.places import exact

FORMATS = ("ternary", "levels5", "levels7", "levels33", "int4", "uint3", "q2.3", "int1", "levels255")
STEPS = tuple(Fraction(x) for x in ("1", "1/3", "757/2400", "0.1", "5/64", "12345678901/3", "1/98765432109"))
OVERFLOWS = ("saturate", "saturate_symmetric")
METHODS = ("optimal", "maximum", "alternating:1", "alternating:7")


def around(step, to, kind):
    """The numbers of a type at, below and above every quarter of a step, to past the last level on both sides."""
    format = to.format
    unit, last = step * format.grid.magnitude(1), max(format.top, format.top_negative) + 2
    quarters = np.array([float(unit * n / 4) for n in range(-4 * last, 4 * last + 1)], kind)
    ends = np.array([0.0, -0.0, np.inf, -np.inf, np.finfo(kind).max, -np.finfo(kind).max, np.finfo(kind).tiny, 1], kind)
    found = np.concatenate([quarters, ends, [kind(5e-324), kind(2.0**-149)]])
    with np.errstate(all="ignore"):
        return np.concatenate([found, np.nextafter(found, kind(np.inf)), np.nextafter(found, kind(-np.inf))])


def specified(xs, step, to, draws=None):
    """Codes and flags of the specification."""
    found = [spec.quantize(exact(x), step, to, None if draws is None else int(draws[i])) for i, x in enumerate(xs)]
    return [code for code, _ in found], [int(flags) for _, flags in found]


@pytest.mark.clause("levels/quantize", "family/levels")
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_every_place(name, kind):
    """Codes and flags around all places, under every deterministic rule and both kinds of saturation."""
    for at, rounding in enumerate(DETERMINISTIC):
        to = Projection(name, rounding, OVERFLOWS[at % len(OVERFLOWS)])
        step = STEPS[at % len(STEPS)]
        xs = around(step, to, kind)
        xs = xs[~np.isnan(xs)]
        codes, flags = engine.quantize(xs, step, to, flags=True)
        assert (codes.codes.tolist(), flags.tolist()) == specified(xs, step, to)
        assert engine.quantize(xs, step, to).codes.tolist() == codes.codes.tolist()


@pytest.mark.clause("levels/quantize", "levels/published")
@given(
    st.lists(st.floats(allow_nan=False), max_size=20), st.fractions(min_value=Fraction(1, 10**6), max_value=10**6), st.data()
)
def test_any_numbers(xs, step, data):
    """Numbers of any size at any step."""
    to = spec.published(data.draw(st.sampled_from([3, 7, 15])))
    codes, flags = engine.quantize(np.array(xs), step, to, flags=True)
    assert (codes.codes.tolist(), flags.tolist()) == specified(xs, step, to)


@pytest.mark.clause("levels/quantize")
@pytest.mark.parametrize(
    ("name", "rounding", "overflow"),
    [
        ("levels7", "stochastic_a:3", "saturate"),
        ("int4", "stochastic_c:2", "saturate"),
        ("int4", "ties_to_even", "wrap"),
        ("int40", "ties_to_even", "saturate"),
        ("levels65535", "ties_to_away", "saturate"),
    ],
)
def test_what_is_left_to_the_specification(name, rounding, overflow):
    """Draws, wrapping and formats of very many levels."""
    to = Projection(name, rounding, overflow)
    xs = np.linspace(-9, 9, 37)
    draws = np.arange(37) % (1 << to.rounding.bits) if to.rounding.bits else None
    codes, flags = engine.quantize(xs, Fraction(1, 3), to, draws, flags=True)
    assert (codes.codes.tolist(), flags.tolist()) == specified(xs, Fraction(1, 3), to, draws)


@pytest.mark.clause("levels/quantize", "overflow/integer-saturate")
def test_flags_of_integer_rules():
    """A rule that raises invalid past the end raises nothing else there."""
    to, xs = Projection("int4", "ties_to_even", "integer_saturate"), np.linspace(-9, 9, 73)
    codes, flags = engine.quantize(xs, Fraction(2, 3), to, flags=True)
    assert (codes.codes.tolist(), flags.tolist()) == specified(xs, Fraction(2, 3), to)


@pytest.mark.clause("levels/quantize")
def test_kinds_of_numbers_and_shapes():
    """Lists, integers, exact numbers, half precision and any shape; the step is exactly what is given."""
    to = spec.published(7)
    xs = np.array([[0.5, -1.25], [2.75, 9.0]])
    expected = [[1, 7], [3, 3]]
    for given_ in (xs, xs.tolist(), xs.astype(np.float16), xs.astype(np.float32), xs.astype(object), xs[:, ::-1][:, ::-1]):
        found = engine.quantize(given_, 1, to)
        assert (found.codes.tolist(), found.format) == (expected, to.format)
    third = np.array([Fraction(1, 6), NEGATIVE_ZERO, Fraction(-1, 2), 2], dtype=object)
    assert engine.quantize(third, Fraction(1, 3), to).codes.tolist() == [1, 0, 6, 3]
    assert engine.quantize(np.array([0.05]), 0.1, to).codes.tolist() == [1]
    assert engine.quantize(np.array([0.05]), Fraction(1, 10), to).codes.tolist() == [1]
    assert engine.quantize(np.array([0.15]), Fraction(1, 10), to).codes.tolist() == [1]
    assert engine.quantize(np.zeros((0, 3)), 1, to).shape == (0, 3)


@pytest.mark.clause("levels/quantize", "levels/dequantize", "levels/zeros")
def test_refusals():
    """What the specification refuses, with its errors."""
    to = spec.published(3)
    with pytest.raises(Unrepresentable, match=r"^levels3 has no code for nan$"):
        engine.quantize(np.array([1.0, np.nan]), 1, to)
    with pytest.raises(OverflowRaised, match=r"^5 is outside the range of ternary$"):
        engine.quantize(np.array([1.0, 5.0, 7.0]), 1, Projection("ternary", "ties_to_away", "error"))
    for step in (0, -1.5, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"^a step is positive, not"):
            engine.quantize(np.ones(2), step, to)
    with pytest.raises(TypeError, match=r"^a step is one number for all of a group, not an array of shape \(2,\)$"):
        engine.quantize(np.ones(2), [1, 2], to)
    with pytest.raises(ValueError, match="levels are evenly spaced"):
        engine.quantize(np.ones(2), 1, Projection("float8_e5m2", "ties_to_even", "saturate"))
    for x in (np.nan, np.inf):
        with pytest.raises(ValueError, match="has no finite magnitude"):
            engine.find_step([1.0, x], to, "optimal")
        with pytest.raises(ValueError, match="has no finite magnitude"):
            engine.squared_error([1.0, np.inf], 1, to)
    with pytest.raises(ValueError, match=r"^unknown method 'best'"):
        engine.find_step([1.0], to, "best")
    with pytest.raises(ValueError, match="a step is found for the nearest level"):
        engine.find_step([1.0], Projection("levels7", "toward_zero", "saturate"), "optimal")
    with pytest.raises(ValueError, match=r"^the step of the group is no positive number"):
        engine.quantize_group([2.0**-1000], to, "optimal", Projection("binary32", "ties_to_even", "infinity"))


@pytest.mark.clause("levels/dequantize", "levels/error")
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.fractions(min_value=Fraction(1, 9), max_value=9))
def test_numbers_of_codes(xs, step):
    """Dequantization and the error, exactly."""
    to = spec.published(7)
    codes = engine.quantize(xs, step, to)
    assert engine.dequantize(codes, step).tolist() == [spec.dequantize(int(c), step, to.format) for c in codes.codes]
    assert engine.squared_error(xs, step, to) == spec.squared_error([exact(x) for x in xs], step, to)


@st.composite
def groups(draw):
    """Groups whose places come close, coincide, or lie far apart."""
    few = st.sampled_from([0.0, -0.0, 1.0, 3.0, 5.0, 15.0, 1 + 2.0**-52, 1 - 2.0**-53, 0.1, 0.3, 0.5, 2.0**-200, 2.0**300])
    return draw(st.lists(few | few.map(lambda x: -x) | st.floats(-4, 4), max_size=8))


@pytest.mark.clause(
    "levels/optimal", "levels/alternating", "levels/alternate", "levels/starts", "levels/maximum", "levels/zeros"
)
@given(groups(), st.sampled_from([3, 5, 7, 15]), st.sampled_from(METHODS), st.sampled_from(spec.NEAREST))
def test_steps(xs, levels, method, rounding):
    """The step, exactly."""
    to = Projection(get_format(f"levels{levels}"), rounding, "saturate")
    assert engine.find_step(np.array(xs), to, method) == spec.find_step([exact(x) for x in xs], to, method)


@pytest.mark.clause("levels/optimal", "levels/alternating")
@pytest.mark.parametrize("levels", [3, 7])
@pytest.mark.parametrize("method", ["optimal", "alternating:3"])
def test_steps_of_larger_groups(levels, method):
    """Three hundred normally distributed weights, of both types, and the same weight many times."""
    to = spec.published(levels)
    drawn = np.random.default_rng(levels).standard_normal(300)
    for xs in (drawn, drawn.astype(np.float32), np.repeat(0.3, 64), np.repeat([0.1, 0.2, 0.3], 40)):
        expected = spec.find_step([exact(x) for x in xs], to, method)
        assert engine.find_step(xs, to, method) == expected
        assert engine.find_step(xs.reshape(-1, 4), to, method) == expected


@pytest.mark.clause("levels/held")
@given(groups(), st.sampled_from([3, 7]), st.sampled_from(["optimal", "maximum", "alternating:2"]))
def test_groups(xs, levels, method):
    """Steps as binary32 holds them, codes and errors."""
    to, held = spec.published(levels), Projection("binary32", "ties_to_even", "infinity")
    data = [exact(x) for x in xs]
    try:
        expected = spec.quantize_group(data, to, method, held)
    except ValueError as error:
        with pytest.raises(ValueError, match=str(error)):
            engine.quantize_group(np.array(xs), to, method, held)
        return
    found = engine.quantize_group(np.array(xs), to, method, held)
    assert (found.step, tuple(found.codes.codes.tolist()), found.error) == expected
