"""Levels: their formats, and the published formula written out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, root
from refsim.spec.flags import Flags
from refsim.spec.formats import Unrepresentable
from refsim.spec.levels import (
    dequantize,
    published,
    quantize,
)
from refsim.spec.overflow import OverflowRaised
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC

small = st.fractions(min_value=-4, max_value=4, max_denominator=24)
steps = st.fractions(min_value=Fraction(1, 16), max_value=4, max_denominator=24)
numbers_of_levels = st.sampled_from([3, 5, 7, 15])


def level(x, step, to):
    """The signed level of a number."""
    return int(to.format.decode(quantize(x, step, to).code))


@pytest.mark.clause("family/levels", "format/decode")
@pytest.mark.parametrize(
    ("name", "width", "top"),
    [("ternary", 2, 1), ("levels3", 2, 1), ("levels5", 3, 2), ("levels7", 3, 3), ("levels9", 4, 4), ("levels65535", 16, 32767)],
)
def test_formats(name, width, top):
    """Three and seven levels take two and three bits, as in the paper; a code reads as the integer of its bits."""
    format = get_format(name)
    assert (format.width, format.top, format.top_negative) == (width, top, top)
    half = 1 << width - 1
    codes = range(1 << width) if width < 8 else (0, 1, half - 1, half, half + 1, 2 * half - 1)
    assert [format.decode(code) for code in codes] == [code - 2 * half * (code >= half) for code in codes]


@pytest.mark.clause("family/levels", "overflow/saturate", "overflow/error")
@pytest.mark.parametrize("name", ["ternary", "levels5", "levels7"])
@pytest.mark.parametrize("rounding", DETERMINISTIC)
def test_unused_codes_are_never_made(name, rounding):
    """Whatever is projected, the code is one of a level; past the last level saturation is the same on both sides."""
    format = get_format(name)
    used = {z % (1 << format.width) for z in range(-format.top, format.top + 1)}
    for overflow in ("saturate", "saturate_symmetric"):
        to = Projection(format, rounding, overflow)
        xs = [Fraction(n, 8) for n in range(-80, 81)]
        assert {to(x).code for x in [*xs, POSITIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_ZERO]} == used
        assert [format.decode(to(x).code) for x in (10, -10)] == [format.top, -format.top]
    with pytest.raises(OverflowRaised, match=rf"^10 is outside the range of {name}$"):
        Projection(format, rounding, "error")(10)


@pytest.mark.clause("family/levels")
def test_rules_that_would_make_unused_codes_are_refused():
    """Wrapping needs every code to be a number."""
    for overflow in ("wrap", "wrap_sign_magnitude", "integer_indefinite"):
        with pytest.raises(ValueError, match=f"^{overflow} needs .*, which ternary is not$"):
            Projection("ternary", "ties_to_even", overflow)
    assert Projection("int2", "ties_to_even", "wrap")(2).code == 2
    for name in ("levels4", "levels1", "levels65537", "levels0"):
        with pytest.raises(ValueError, match=f"^{name}: levels are an odd number from 3 to 65535, not"):
            get_format(name)


@pytest.mark.clause("levels/published", "levels/quantize")
@given(small, steps, numbers_of_levels)
def test_the_published_formula(w, step, levels):
    """sgn(w) * D * min(floor(abs(w) / D + 0.5), (M - 1) / 2), written out in integers."""
    q = abs(w) / step
    z = min((2 * q.numerator + q.denominator) // (2 * q.denominator), (levels - 1) // 2)
    to = published(levels)
    assert level(w, step, to) == (z if w > 0 else -z)
    assert dequantize(quantize(w, step, to).code, step, to.format) == (z if w > 0 else -z) * step


@pytest.mark.clause("levels/quantize", "levels/dequantize")
@given(st.integers(-7, 7), steps, st.sampled_from(sorted(DETERMINISTIC)))
def test_levels_stay(z, step, rounding):
    """The number of a level is that level, under every rule, and nothing is raised."""
    to = Projection("levels15", rounding, "saturate")
    found = quantize(z * step, step, to)
    assert found == (z % 16, Flags.NONE)
    assert dequantize(found.code, step, to.format) == z * step


@pytest.mark.clause("levels/quantize")
@given(small, small, steps, numbers_of_levels, st.sampled_from(sorted(DETERMINISTIC)))
def test_order_is_kept(x, y, step, levels, rounding):
    """A greater number never has a lesser level, but under the rule that looks at parity alone."""
    to = Projection(get_format(f"levels{levels}"), rounding, "saturate")
    assert level(min(x, y), step, to) <= level(max(x, y), step, to)


@pytest.mark.clause("levels/quantize", "levels/dequantize")
def test_special_data_and_refusals():
    """Infinities saturate, a NaN and an irrational number have no level, a step is positive, and levels are evenly spaced."""
    to = published(7)
    assert quantize(POSITIVE_INFINITY, 1, to) == (3, Flags.NONE)
    assert quantize(NEGATIVE_INFINITY, 1, to).code == 5
    assert quantize(NEGATIVE_ZERO, 1, to) == (0, Flags.NONE)
    assert quantize(7, 2, to) == (3, Flags.OVERFLOW | Flags.INEXACT)
    assert quantize(Fraction(1, 3), 1, Projection("levels7", "stochastic_a:2", "saturate"), draw=3).code == 1
    with pytest.raises(Unrepresentable, match=r"^levels7 has no code for nan$"):
        quantize(NAN, 1, to)
    with pytest.raises(TypeError, match="is not a rational number"):
        quantize(root(2, 2), 1, to)
    for step in (0, Fraction(-1, 2)):
        with pytest.raises(ValueError, match=f"^a step is positive, not {step}$"):
            quantize(1, step, to)
        with pytest.raises(ValueError, match=f"^a step is positive, not {step}$"):
            dequantize(1, step, to.format)
    with pytest.raises(ValueError, match=r"^levels are evenly spaced, which the numbers of float8_e5m2 are not$"):
        quantize(1, 1, Projection("float8_e5m2", "ties_to_even", "saturate"))
