"""Integer and fixed-point registers against loops of plain integers: exhaustively where they are small, up to 128 bits."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.accumulators import Sequential, Total, Tree
from refsim.spec.flags import Flags
from refsim.spec.projection import Projection

from .sums import KINDS, PAST, clamped, every_accumulator, register, step_by_step, total, wrapped

OVERFLOWS = ("wrap", "saturate", "saturate_symmetric")
INT3 = range(-4, 4)


@pytest.mark.clause("accumulate/sequential")
@pytest.mark.parametrize("overflow", OVERFLOWS)
@pytest.mark.parametrize("width", range(1, 7))
def test_every_short_sum_of_small_integers(width, overflow):
    """All vectors of three 3-bit integers, from nothing and from each start of interest, in registers of 1 to 6 bits."""
    accumulator = Sequential(register(width, overflow))
    for values in product(INT3, repeat=3):
        for initial in (None, 0, 3, -4):
            held, over = step_by_step(values, initial, width, overflow)
            assert total(accumulator, values, initial) == (held, PAST if over else Flags.NONE)


@st.composite
def integers(draw, width, least=0, most=12):
    """Terms about as long as a register is wide, many at its ends."""
    reach = 1 << width + 1
    near = st.sampled_from([sign * ((1 << width - 1) + d) for sign in (1, -1) for d in (-1, 0, 1)])
    return draw(st.lists(near | st.integers(-reach, reach), min_size=least, max_size=most))


@pytest.mark.clause("accumulate/sequential", "accumulate/write")
@given(st.data(), st.integers(2, 128), st.sampled_from(OVERFLOWS))
def test_sums_in_registers_of_any_width(data, width, overflow):
    """Saturating and wrapping loops of integers, up to 128 bits wide."""
    values = data.draw(integers(width))
    initial = data.draw(st.none() | st.integers(-(1 << width), 1 << width))
    held, over = step_by_step(values, initial, width, overflow)
    assert total(Sequential(register(width, overflow)), values, initial) == (held, PAST if over else Flags.NONE)


@pytest.mark.clause(
    "accumulate/sequential",
    "accumulate/total",
    "accumulate/pairwise",
    "accumulate/tree",
    "accumulate/blocked",
    "accumulate/interleaved",
    "accumulate/kahan",
)
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data(), width=st.integers(1, 128))
def test_wrapping_sums_have_no_order(kind, data, width):
    """Wrapping commutes with adding: every kind of accumulator leaves the sum modulo 2**width."""
    values = data.draw(integers(width))
    initial = data.draw(st.none() | st.integers(-(1 << width), 1 << width))
    accumulator = every_accumulator(register(width, "wrap"))[kind]
    assert total(accumulator, values, initial)[0] == wrapped(sum(values) + (initial or 0), width)


@pytest.mark.clause("accumulate/total")
@given(data=st.data(), width=st.integers(2, 128), overflow=st.sampled_from(OVERFLOWS))
def test_a_total_is_limited_at_the_end(data, width, overflow):
    """A total has no order and no partial sums: a sum that goes past the end and comes back has not been limited."""
    values = data.draw(integers(width))
    initial = data.draw(st.none() | st.integers(-(1 << width), 1 << width))
    half, whole = 1 << width - 1, sum(values) + (initial or 0)
    low = -half + (overflow == "saturate_symmetric")
    limited = wrapped(whole, width) if overflow == "wrap" else clamped(whole, low, half - 1)
    expected = (limited, Flags.NONE if low <= whole < half else PAST)
    accumulator = Total(register(width, overflow))
    assert total(accumulator, values, initial) == expected
    assert total(accumulator, data.draw(st.permutations(values)), initial) == expected


@pytest.mark.clause("accumulate/sequential", "accumulate/total", "accumulate/tree")
def test_up_and_back():
    """100 + 100 - 100 in 8 bits: saturated at each step, once at the end, wrapped, and left alone after the first overflow."""
    values, saturating = (100, 100, -100), register(8, "saturate")
    assert total(Sequential(saturating), values) == (27, PAST)
    assert total(Total(saturating), values) == (100, Flags.NONE)
    assert total(Sequential(register(8, "wrap")), values) == (100, PAST)
    assert total(Sequential(saturating, sticky=True), values) == (127, PAST)
    assert total(Sequential(saturating, sticky=True), (-100, -100, 100)) == (-128, PAST)
    assert total(Sequential(saturating, group=2), values) == (27, PAST)
    assert total(Sequential(saturating, group=3), values) == (100, Flags.NONE)
    assert total(Tree((register(9, "saturate"), saturating)), values) == (100, Flags.NONE)
    assert total(Tree((saturating,)), values) == (27, PAST)


@pytest.mark.clause("accumulate/sequential")
@given(st.data(), st.integers(2, 64), st.booleans())
def test_sticky_sums(data, width, started):
    """What the first overflow left stays, of the initial value too."""
    values = data.draw(integers(width, least=1))
    initial = data.draw(st.integers(-(1 << width), 1 << width)) if started else None
    half = 1 << width - 1
    held, over = None, False
    for x in ([initial] if started else []) + values:
        if not over:
            new = x if held is None else held + x
            over = not -half <= new < half
            held = clamped(new, -half, half - 1)
    sticky = Sequential(register(width, "saturate"), sticky=True)
    assert total(sticky, values, initial) == (held, PAST if over else Flags.NONE)


@pytest.mark.clause("accumulate/sequential")
@given(st.data(), st.integers(2, 40), st.integers(1, 6), st.sampled_from(OVERFLOWS))
def test_groups_are_added_exactly(data, width, group, overflow):
    """A group of terms is one term, their sum."""
    values = data.draw(integers(width))
    initial = data.draw(st.none() | st.integers(-(1 << width), 1 << width))
    sums = [sum(values[i : i + group]) for i in range(0, len(values), group)]
    to = register(width, overflow)
    assert total(Sequential(to, group), values, initial) == total(Sequential(to), sums, initial)


@pytest.mark.clause("accumulate/tree")
def test_each_level_has_its_register():
    """Levels of 4, 5 and 6 bits hold sums of 4-bit numbers; with 4 and 5 bits the root is limited."""
    four, five, six = (register(width, "saturate") for width in (4, 5, 6))
    assert total(Tree((five, six)), (7, 7, 7, 7)) == (28, Flags.NONE)
    assert total(Tree((four, five)), (7, 7, 7, 7)) == (14, PAST)
    assert total(Tree((five,)), (7, 7, 7, 7)) == (15, PAST)
    assert total(Tree((four, six)), (-8,)) == (-8, Flags.NONE)


@pytest.mark.clause("accumulate/sequential")
def test_a_register_that_refuses():
    """Under the overflow rule ``error`` a partial sum out of range is refused, though the sum is not."""
    refusing = Projection("int8", "toward_zero", "error")
    assert total(Total(refusing), (100, 100, -100)) == (100, Flags.NONE)
    with pytest.raises(ValueError, match=r"^200 is outside the range of int8$"):
        total(Sequential(refusing), (100, 100, -100))


def shifted(n, places, rounding):
    """An integer shifted right, rounded in plain integers."""
    floor, lost, half = n >> places, n & (1 << places) - 1, 1 << places - 1
    up = {
        "toward_negative": False,
        "toward_positive": lost > 0,
        "toward_zero": lost > 0 and n < 0,
        "ties_to_even": lost > half or (lost == half and floor & 1),
        "ties_to_away": lost > half or (lost == half and n >= 0),
        "to_odd": lost > 0 and not floor & 1,
    }[rounding]
    return floor + bool(up)


ROUNDINGS = ("toward_negative", "toward_positive", "toward_zero", "ties_to_even", "ties_to_away", "to_odd")


@pytest.mark.clause("accumulate/sequential", "accumulate/write")
@given(
    st.lists(st.integers(-600, 600), max_size=10),
    st.integers(1, 6),
    st.sampled_from(ROUNDINGS),
    st.sampled_from(["wrap", "saturate"]),
    st.booleans(),
)
def test_registers_coarser_than_their_terms(values, places, rounding, overflow, signed):
    """Terms with more fraction bits than the register: every sum is shifted and rounded, of 8 bits with and without a sign."""
    low, high = (-128, 127) if signed else (0, 255)
    to = Projection("q5.2" if signed else "uq6.2", rounding, overflow)
    held, flags = 0, Flags.NONE
    for i, n in enumerate(values):
        whole = (held << places if i else 0) + n
        rounded = shifted(whole, places, rounding)
        limited = (rounded - low) % 256 + low if overflow == "wrap" else clamped(rounded, low, high)
        flags |= Flags.INEXACT if rounded << places != whole else Flags.NONE
        flags |= PAST if limited != rounded else Flags.NONE
        held = limited
    unit = Fraction(1, 4 << places)
    assert total(Sequential(to), [n * unit for n in values]) == (Fraction(held, 4), flags)
