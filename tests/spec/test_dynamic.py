"""Dynamic fixed point: the published formula and rule written out in floats, and the controller step by step."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.dynamic import (
    GROUPS,
    Control,
    Dynamic,
    State,
    Widths,
    at_end,
    count,
    group_width,
    observe,
    past_end,
    published,
    quantize,
    rates,
    restart,
    run,
    update,
)
from refsim.spec.exact import NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags

PUBLISHED = {"rate": Fraction(1, 10000), "period": 100, "least": -64, "greatest": 64, "counted": "at_end", "mean": "period"}
DFXP10 = published("dfxp10")
eighths = st.integers(-1 << 12, 1 << 12).map(lambda n: Fraction(n, 8))


def control(to=DFXP10, **changed):
    """A controller, as published where nothing else is said."""
    return Control(to, **{**PUBLISHED, **changed})


def value(code, radix, to):
    """The number of a code."""
    return to.format(radix).decode(code)


def fixed_point(x, bits, radix):
    """clip(round(x * p), -m, m) / p in floats, halves away from zero, with bits that do not count the sign."""
    power, most = 2.0 ** (bits - radix), 2.0**bits - 1
    rounded = math.copysign(math.floor(abs(x * power) + 0.5), x)
    return min(max(rounded, -most), most) / power


def new_range(overflow, halved, most):
    """What is added to the radix."""
    return 1 if overflow > most else 0 if halved > most else -1


@pytest.mark.clause("dynamic/published", "dynamic/format", "dynamic/quantize")
@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ("0.03125", "0.0625"),
        ("0.09375", "0.125"),
        ("-0.09375", "-0.125"),
        ("40", "31.9375"),
        ("-40", "-31.9375"),
        ("-32", "-31.9375"),
        ("0.03", "0"),
    ],
)
def test_known_numbers(x, expected):
    """Ten bits, five before the binary point: steps of 1/16, the ends at 31.9375 on both sides, ties away from zero."""
    format = DFXP10.format(5)
    assert (format.name, format.width, str(DFXP10)) == ("q5.4", 10, "dfxp10")
    assert value(quantize(Fraction(x), 5, DFXP10).code, 5, DFXP10) == Fraction(expected)


@pytest.mark.clause("dynamic/published", "dynamic/quantize", "dynamic/format")
@given(st.floats(-1e6, 1e6), st.integers(2, 20), st.integers(-12, 12))
def test_the_published_formula(x, width, radix):
    """The program's formula in binary64, whose products by powers of two are exact."""
    to = published(f"dfxp{width}")
    scaled = abs(x) * 2.0 ** (width - 1 - radix)
    # floor(y + 0.5) in floats is wrong just below a half and where y has no room for a half.
    exact = Fraction(scaled) + Fraction(1, 2) == Fraction(scaled + 0.5) or scaled > 2.0**width
    if exact:
        assert value(quantize(Fraction(x), radix, to).code, radix, to) == Fraction(fixed_point(x, width - 1, radix))


@pytest.mark.clause("dynamic/quantize", "dynamic/format")
@pytest.mark.parametrize("radix", [-9, -1, 0, 3, 7, 12])
def test_held_numbers_stay(radix):
    """Every code but the most negative one is quantized to itself; that one saturates, or stays under the plain rule."""
    for to in (Dynamic(6, "ties_to_away", "saturate_symmetric"), Dynamic(6, "toward_negative", "saturate")):
        plain = to.overflow == "saturate"
        for code in range(64):
            x = value(code, radix, to)
            expected = code if plain or code != 32 else 33
            flags = Flags.NONE if expected == code else Flags.OVERFLOW | Flags.INEXACT
            assert quantize(x, radix, to) == (expected, flags)
        assert to.format(radix).grid.magnitude(1) == Fraction(2) ** (radix - 5)
        assert to.last(radix) == Fraction(31, 32) * Fraction(2) ** radix


@pytest.mark.clause("dynamic/quantize")
@given(st.lists(eighths, min_size=2, max_size=2), st.integers(-3, 9))
def test_order_is_kept(pair, radix):
    """A greater number never becomes a lesser one."""
    low, high = (value(quantize(x, radix, DFXP10).code, radix, DFXP10) for x in sorted(pair))
    assert low <= high


@pytest.mark.clause("dynamic/at-end", "dynamic/past-end")
def test_what_counts_as_an_overflow():
    """Four bits at the radix 3: the last number is 7, half of it is 3.5; the last number of the radix 2 is 3.5."""
    to = published("dfxp4")
    held = [Fraction(n) for n in (7, -7, 6, 4, -4, 3, 0)]
    assert at_end(to, 3, held) == (2, 5)
    assert at_end(to, 3, [Fraction(9), NEGATIVE_INFINITY, NEGATIVE_ZERO, Fraction(7, 2)]) == (2, 3)
    assert past_end(to, 3, [*held, Fraction(15, 2)]) == (1, 6)
    assert past_end(to, 3, [Fraction(149, 20), Fraction(-15, 2), Fraction(37, 10), Fraction(15, 4)]) == (1, 3)
    assert past_end(to, 3, [POSITIVE_INFINITY, NEGATIVE_INFINITY]) == (2, 2)
    draws = Dynamic(4, "stochastic_a:1", "saturate_symmetric")
    assert past_end(draws, 3, [Fraction(15, 2)] * 2, [0, 1]) == (1, 2)


@pytest.mark.clause("dynamic/at-end")
@given(st.lists(eighths, max_size=8), st.integers(2, 10), st.integers(-2, 10))
def test_the_published_count(xs, width, radix):
    """The program compares magnitudes with (2**bits - 1) / 2**(bits - radix), and with that of the radix less one."""
    to, bits = published(f"dfxp{width}"), width - 1
    most = [Fraction(2**bits - 1) / Fraction(2) ** (bits - r) for r in (radix, radix - 1)]
    held = [value(quantize(x, radix, to).code, radix, to) for x in xs]
    assert at_end(to, radix, held) == tuple(sum(abs(x) >= m for x in held) for m in most)


@pytest.mark.clause("dynamic/update", "dynamic/rates")
@pytest.mark.parametrize(
    ("overflows", "halved", "moved"),
    [(0, 0, -1), (0, 10, -1), (10, 10, -1), (0, 11, 0), (10, 11, 0), (10, 100, 0), (11, 11, 1), (11, 100, 1), (100, 100, 1)],
)
def test_the_rule_at_its_bounds(overflows, halved, moved):
    """A rate of ten in a hundred is put up with: exactly that rate neither doubles the range nor forbids to halve it."""
    state = State(5, 4, 4, 100, overflows, halved)
    found = update(control(rate=Fraction(1, 10), period=4), state)
    assert found == State(5 + moved)
    assert moved == new_range(overflows / 100, halved / 100, 0.1)


@pytest.mark.clause("dynamic/update")
def test_the_ends_of_the_radix():
    """At an end the radix stays and the counts start anew all the same; without numbers it stays too."""
    machine = control(rate=Fraction(0), least=-2, greatest=3)
    assert update(machine, State(3, 1, 1, 5, 1, 1)) == State(3)
    assert update(machine, State(-2, 1, 1, 5, 0, 0)) == State(-2)
    assert update(machine, State(1, 100, 100, 0, 0, 0)) == State(1)
    with pytest.raises(ValueError, match=r"^the radix 4 is not in -2\.\.3$"):
        machine.start(4)


@pytest.mark.clause("dynamic/rates", "dynamic/restart")
def test_a_period_that_was_cut_short():
    """Three batches of ten left over count in the next period: over it, the rate is greater than over all that was seen."""
    state = restart(State(5, 3, 3, 30, 6, 9))
    assert state == State(5, 0, 3, 30, 6, 9)
    for _ in range(4):
        state = count(state, 10, 0, 1)
    assert state == State(5, 4, 7, 70, 6, 13)
    assert rates(control(period=4, mean="seen"), state) == (Fraction(6, 70), Fraction(13, 70))
    assert rates(control(period=4, mean="period"), state) == (Fraction(6, 40), Fraction(13, 40))
    assert rates(control(), State(5)) == (0, 0)


@pytest.mark.clause("dynamic/observe", "dynamic/count")
def test_a_batch_does_not_change_its_own_codes():
    """The last batch of a period is quantized before the radix moves; counts hold it."""
    machine = control(published("dfxp4"), rate=Fraction(1, 4), period=2)
    trace = run(machine, machine.start(3), [[Fraction(20), Fraction(1)], [Fraction(20), Fraction(7)], [Fraction(20)]])
    assert [found.codes for found in trace] == [(7, 1), (7, 7), (7,)]
    assert [found.state for found in trace] == [State(3, 1, 1, 2, 1, 1), State(4), State(4, 1, 1, 1, 1, 1)]
    assert value(trace[2].codes[0], 4, machine.to) == 14


@pytest.mark.clause("dynamic/observe")
def test_counting_before_or_after_quantization():
    """A number that rounds to the last one lies at the end; it is not past it."""
    xs = [Fraction(69, 10)] * 4
    for counted, counts in (("at_end", (4, 4)), ("past_end", (0, 4))):
        machine = control(published("dfxp4"), counted=counted)
        codes, state = observe(machine, machine.start(3), xs)
        assert (codes, state[4:]) == ((7, 7, 7, 7), counts)


@pytest.mark.clause("dynamic/observe", "dynamic/quantize")
def test_random_bits_are_operands():
    """One draw a number, for quantizing and for counting."""
    machine = control(Dynamic(4, "stochastic_a:1", "saturate_symmetric"), counted="past_end")
    codes, state = observe(machine, machine.start(3), [Fraction(13, 2), Fraction(13, 2), Fraction(15, 2)], [0, 1, 1])
    assert (codes, state[3:]) == ((6, 7, 7), (3, 1, 3))
    with pytest.raises(ValueError, match="needs 1 random bits a number"):
        observe(machine, machine.start(3), [Fraction(1)])


@pytest.mark.clause("dynamic/groups")
def test_the_groups_of_a_layer():
    """Ten groups; weights and biases have the storage width, and one radix serves both widths of a weight."""
    widths = Widths(10, 12)
    assert [name for name in GROUPS if group_width(name, widths) == 12] == ["w", "b"]
    assert len(GROUPS) == 10
    stored, computed = (published(f"dfxp{width}").format(2) for width in reversed(widths))
    assert (stored.name, computed.name) == ("q2.9", "q2.7")
    with pytest.raises(ValueError, match=r"^unknown group 'x'; the groups are z, y, w, b, dEdz"):
        group_width("x", widths)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"rate": Fraction(1)}, "the rate of overflows is 0 or more and less than 1, not 1"),
        ({"rate": Fraction(-1, 2)}, "the rate of overflows is 0 or more and less than 1, not -1/2"),
        ({"period": 0}, "the period is one batch or more, not 0"),
        ({"least": 3, "greatest": 2}, r"the radix lies between -1023 and 1024, not in 3\.\.2"),
        ({"least": -1024}, r"the radix lies between -1023 and 1024, not in -1024\.\.64"),
        ({"counted": "x"}, "counted 'x' is none of at_end, past_end"),
        ({"mean": "x"}, "mean 'x' is none of seen, period"),
    ],
)
def test_what_is_no_controller(changed, message):
    """Each parameter is checked."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        control(**changed)


def test_what_is_no_dynamic_fixed_point():
    """Widths, rules, radix and names."""
    for width in (1, 33):
        with pytest.raises(ValueError, match=f"^dynamic fixed point has 2 to 32 bits, not {width}$"):
            Dynamic(width, "ties_to_away", "saturate")
    with pytest.raises(ValueError, match="unknown rounding rule"):
        Dynamic(8, "nearest", "saturate")
    with pytest.raises(ValueError, match=r"^a radix of dfxp10 is -1024 to 1024, not 1025$"):
        DFXP10.format(1025)
    for name in ("int10", "dfxp", "dfxp100"):
        with pytest.raises(ValueError, match=f"^'{name}' names no dynamic fixed point; dfxp10 does$"):
            published(name)
    assert Dynamic(10, "ties_to_away", "saturate_symmetric") == DFXP10
