"""Laws that hold for every format, rule and number."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO, Root, Special, floor_log2, is_negative, magnitude
from refsim.spec.flags import Flags
from refsim.spec.formats import FloatGrid, Unrepresentable
from refsim.spec.log_grids import LogGrid
from refsim.spec.projection import Projection
from refsim.testing.strategies import (
    codes,
    deterministic_roundings,
    draws,
    exact_numbers,
    formats,
    overflows,
    projections,
    rationals,
    roots,
    roundings,
)

MIRRORED = {
    "toward_positive": "toward_negative",
    "toward_negative": "toward_positive",
    "ties_toward_positive": "ties_toward_negative",
    "ties_toward_negative": "ties_toward_positive",
}


def vanishing(format):
    """Whether the format is none of posits, whose least number stands for all below it and whose gaps have their middle
    elsewhere."""
    return format.vanishing


def halved(format):
    """Whether the middle of each gap is halfway between its ends, as it is neither of posits nor of logarithms."""
    return format.vanishing and not isinstance(format.grid, LogGrid)


def value(format, code):
    """The number of a code; zero where it is the negative zero."""
    x = format.decode(code)
    return Fraction(0) if x is NEGATIVE_ZERO else x


def neighbours(x, format):
    """The numbers of a format on both sides of x, equal to it where the format has it; x lies in range."""
    m, side = magnitude(x), -1 if is_negative(x) else 1
    n = format.grid.floor(m)
    low = format.grid.magnitude(n)
    high = low if low == m else format.grid.magnitude(n + 1)
    return tuple(sorted((side * low, side * high)))


def in_range(x, format):
    """Whether x lies between the least and the greatest number of the format."""
    limit = format.limit(is_negative(x))
    return limit >= format.first and format.grid.magnitude(format.first) <= magnitude(x) <= format.grid.magnitude(limit)


@pytest.mark.clause("format/decode", "project/round", "project/order")
@settings(max_examples=150)
@given(st.data())
def test_what_a_code_names_is_projected_onto_it(data):
    """Every datum of a format is projected onto a code of that datum, without a flag, by every rule."""
    to = data.draw(formats().flatmap(projections))
    code = data.draw(codes(to.format))
    x = to.format.decode(code)
    assume(not isinstance(x, Special) or x is NEGATIVE_ZERO or x is Special.NAN)
    assume(isinstance(x, Special) or to.format.grid.floor(abs(x)) <= to.overflow.limit(to.format, is_negative(x)))
    back = to(x, data.draw(draws(to.rounding)))
    assert back.flags == Flags.NONE
    assert to.format.decode(back.code) == x
    assert back.code == code or x is Special.NAN or not magnitude(x)


@pytest.mark.clause("round/ties-to-even", "round/ties-to-odd", "round/ties-to-away", "round/ties-toward-zero")
@pytest.mark.clause("round/ties-toward-positive", "round/ties-toward-negative")
@pytest.mark.clause("round/toward-zero", "round/away-from-zero", "round/to-odd")
@pytest.mark.clause("round/toward-positive", "round/toward-negative")
@settings(max_examples=150)
@given(st.data())
def test_rounding_is_monotonic(data):
    """A greater number never becomes a lesser one."""
    format = data.draw(formats())
    to = Projection(format, data.draw(deterministic_roundings()), "saturate")
    x, y = sorted(data.draw(st.tuples(rationals(format), rationals(format))))
    assert value(format, to(x).code) <= value(format, to(y).code)


@pytest.mark.clause("round/toward-positive", "round/toward-negative", "round/toward-zero", "round/away-from-zero")
@settings(max_examples=150)
@given(st.data())
def test_directed_rules_give_the_neighbours(data):
    """In range, the directed rules give the neighbour on their side, and the number itself where it is one."""
    format = data.draw(formats().filter(vanishing))
    x = data.draw(rationals(format))
    assume(in_range(x, format))
    below, above = neighbours(x, format)
    inner, outer = sorted((below, above), key=abs)
    expected = {"toward_negative": below, "toward_positive": above, "toward_zero": inner, "away_from_zero": outer}
    for rule, y in expected.items():
        assert value(format, Projection(format, rule, "saturate")(x).code) == y


@pytest.mark.clause("round/ties-to-even", "round/ties-to-odd", "round/ties-to-away", "round/ties-toward-zero")
@pytest.mark.clause("round/ties-toward-positive", "round/ties-toward-negative")
@settings(max_examples=150)
@given(st.data())
def test_nearest_rules_err_by_half_a_gap(data):
    """In range, no number of the format is nearer than the one that a nearest rule gives, where gaps have their middle
    halfway."""
    format = data.draw(formats().filter(halved))
    x = data.draw(rationals(format))
    assume(in_range(x, format))
    rule = data.draw(deterministic_roundings().filter(lambda rule: "ties" in rule.name))
    found = value(format, Projection(format, rule, "saturate")(x).code)
    assert abs(found - x) == min(abs(y - x) for y in neighbours(x, format))


@pytest.mark.clause("project/round", "round/draw")
@settings(max_examples=150)
@given(st.data())
def test_every_rule_gives_a_neighbour(data):
    """In range, whatever the rule and its random bits, the result is one of the two neighbours, and inexact says which."""
    format = data.draw(formats())
    rule = data.draw(roundings())
    x = data.draw(rationals(format))
    assume(in_range(x, format))
    code, flags = Projection(format, rule, "saturate")(x, data.draw(draws(rule)))
    assert value(format, code) in neighbours(x, format)
    assert (Flags.INEXACT in flags) == (value(format, code) != x)


@pytest.mark.clause("round/ties-to-even", "round/ties-to-odd", "round/ties-to-away", "round/ties-toward-zero")
@pytest.mark.clause("round/ties-toward-positive", "round/ties-toward-negative")
@pytest.mark.clause("round/toward-zero", "round/away-from-zero", "round/to-odd")
@pytest.mark.clause("round/toward-positive", "round/toward-negative")
@settings(max_examples=150)
@given(st.data())
def test_rounding_is_symmetric(data):
    """-x becomes the opposite of what x becomes, by the same rule or by the one of the other direction."""
    format = data.draw(formats().filter(lambda candidate: candidate.signed))
    rule = data.draw(deterministic_roundings())
    x = data.draw(rationals(format))
    assume(in_range(x, format))
    assume(in_range(-x, format))
    mirrored = Projection(format, MIRRORED.get(rule.name, rule), "saturate")
    assert value(format, mirrored(-x).code) == -value(format, Projection(format, rule, "saturate")(x).code)


@pytest.mark.clause("round/to-odd")
@settings(max_examples=150)
@given(st.data())
def test_rounding_to_odd_first_loses_nothing(data):
    """Rounded to odd with two more bits, and then by any rule, a number becomes what it becomes at once.

    Boldo and Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd, 2008.
    """
    name = data.draw(
        st.sampled_from([("e5m3", "e5m5"), ("e8m7", "e8m12"), ("q2.5", "q2.7"), ("uint8", "uq8.2"), ("binary16", "binary32")])
    )
    narrow, wide = map(get_format, name)
    x = data.draw(rationals(narrow))
    odd = Projection(wide, "to_odd", "saturate")(x).code
    to = Projection(narrow, data.draw(deterministic_roundings()), "saturate")
    assert to(wide.decode(odd)).code == to(x).code


@pytest.mark.clause("round/stochastic-a", "round/stochastic-b", "round/stochastic-c")
@given(st.data())
def test_more_random_bits_go_up(data):
    """A stochastic rule that goes up with some random bits goes up with all greater ones."""
    format = data.draw(formats())
    rule = data.draw(roundings(max_bits=4).filter(lambda rule: rule.bits))
    to = Projection(format, rule, "saturate")
    x = abs(data.draw(rationals(format)))
    found = [value(format, to(x, draw).code) for draw in range(1 << rule.bits)]
    assert found == sorted(found)


@pytest.mark.clause("overflow/saturate", "overflow/saturate-propagate", "overflow/infinity", "overflow/error", "project/order")
@settings(max_examples=150)
@given(st.data())
def test_in_range_the_overflow_rule_says_nothing(data):
    """Two overflow rules give one result for a number that rounds into the range of both."""
    format = data.draw(formats())
    rule = data.draw(roundings())
    x = data.draw(rationals(format))
    draw = data.draw(draws(rule))
    first, second = (Projection(format, rule, data.draw(overflows(format))) for _ in range(2))
    n, _ = first.round(magnitude(x), is_negative(x), draw or 0)
    assume(format.first <= n <= min(to.overflow.limit(format, is_negative(x)) for to in (first, second)))
    assert first(x, draw) == second(x, draw)


@pytest.mark.clause("overflow/saturate")
@settings(max_examples=150)
@given(st.data())
def test_saturation_gives_the_nearest_number(data):
    """The nearest rules with saturation give the number of the format that lies nearest, in range and out of it."""
    format = data.draw(formats(max_width=8).filter(halved))
    x = data.draw(rationals(format))
    values = [value(format, code) for code in range(1 << format.width)]
    nearest = min((y for y in values if isinstance(y, Fraction)), key=lambda y: abs(y - x))
    found = value(format, Projection(format, "ties_to_even", "saturate")(x).code)
    assert abs(found - x) == abs(nearest - x)


@pytest.mark.clause("flags/tiny", "flags/raise")
@settings(max_examples=150)
@given(st.data())
def test_tininess_changes_the_underflow_flag_alone(data):
    """What is tiny after rounding is tiny before it; code and all other flags are the same."""
    format = data.draw(formats())
    rule, overflow = data.draw(roundings()), data.draw(overflows(format))
    x, draw = data.draw(exact_numbers(format)), data.draw(draws(rule))
    try:
        after = Projection(format, rule, overflow, "after")(x, draw)
    except Unrepresentable:
        return
    before = Projection(format, rule, overflow, "before")(x, draw)
    assert before.code == after.code
    assert before.flags in {after.flags, after.flags | Flags.UNDERFLOW}
    if Flags.UNDERFLOW in before.flags:
        assert isinstance(format.grid, FloatGrid)
        assert magnitude(x) < format.grid.magnitude(format.least_normal)


@pytest.mark.clause("project/irrational")
@settings(max_examples=200)
@given(st.data())
def test_a_root_rounds_as_the_rationals_around_it(data):
    """Two rationals that enclose a root closely, and round alike, round as the root does."""
    format = data.draw(formats())
    x = data.draw(roots(format).filter(lambda x: isinstance(x, Root)))
    to = Projection(format, data.draw(roundings(max_bits=8)), "saturate")
    draw = data.draw(draws(to.rounding))
    step = Fraction(2) ** (floor_log2(abs(x)) - 60)
    low = (abs(x) // step) * step
    around = {to(-y if x < 0 else y, draw) for y in (low, low + step)}
    if len(around) == 1:
        assert to(x, draw) in around
