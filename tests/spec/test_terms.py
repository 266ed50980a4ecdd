"""Exponents of numbers, writes to registers, and the port: what it sees, what it can change, and where it gets random bits."""

from dataclasses import replace
from fractions import Fraction
from math import frexp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.exact import NAN, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags, Result
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection
from refsim.spec.terms import NO_PORT, ZERO, Port, flips, held_exponent, read, term_of

from .sums import floating, host, integer, register, terms, total, watched

INT8 = register(8, "saturate")


@pytest.mark.clause("accumulate/held-exponent")
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exponents_of_binary64(x):
    """The host's frexp, held at -1022 from the subnormal numbers down; the zeros have none."""
    expected = max(frexp(x)[1] - 1, -1022) if x else None
    assert held_exponent(host(x, "binary64").exact, get_format("binary64")) == expected
    assert term_of(host(x, "binary64")) == (host(x, "binary64").exact, expected)


@pytest.mark.clause("accumulate/held-exponent")
@pytest.mark.parametrize(("name", "fraction", "bias"), [("float8_e4m3fn", 3, 7), ("float8_e5m2", 2, 15), ("e3m2", 2, 3)])
def test_exponents_are_those_of_the_field(name, fraction, bias):
    """Of every finite code the biased exponent field, a field of 0 counting as 1."""
    format = get_format(name)
    for code in range(1 << format.width):
        magnitude = code & (1 << format.width - 1) - 1
        finite = isinstance(format.decode(code), Fraction) and magnitude
        expected = max(magnitude >> fraction, 1) - bias if finite else None
        assert term_of(Number(code, format)).exponent == expected


@pytest.mark.clause("accumulate/held-exponent")
@pytest.mark.parametrize("name", ["int8", "uint8", "q3.4", "posit8"])
def test_exponents_without_a_least_one(name):
    """Of integers, fixed point and posits the exponent is that of the leading bit."""
    format = get_format(name)
    for code in range(1 << format.width):
        x = format.decode(code)
        if isinstance(x, Fraction) and x:
            e = term_of(Number(code, format)).exponent
            assert Fraction(2) ** e <= abs(x) < Fraction(2) ** (e + 1)


@pytest.mark.clause("accumulate/held-exponent")
def test_special_data_have_no_exponent():
    """Zeros, infinities and NaNs have none."""
    half = get_format("binary16")
    assert {held_exponent(x, half) for x in (NEGATIVE_ZERO, Fraction(0), POSITIVE_INFINITY, NAN)} == {None}


@pytest.mark.clause("accumulate/write")
def test_a_write_is_a_projection():
    """A write rounds once, keeps the flags that came with the sum, and gives the NaN of the policy."""
    half = floating("binary16")
    assert NO_PORT.write((Fraction(2049), Flags.INVALID), half, "sum", 0) == (0x6800, Flags.INVALID | Flags.INEXACT)
    assert NO_PORT.write((NAN, Flags.NONE), half, "sum", 0) == (0x7E00, Flags.NONE)
    assert NO_PORT.write((NAN, Flags.INVALID), half, "sum", 0) == (0x7E00, Flags.INVALID)
    arm = Projection("binary16", "ties_to_even", "infinity", nan="x86")
    assert NO_PORT.write((NAN, Flags.INVALID), arm, "sum", 0) == (0xFE00, Flags.INVALID)
    assert NO_PORT.write(ZERO, INT8, "sum", -1) == (0, Flags.NONE)


@pytest.mark.clause("accumulate/write", "datapath/output", "nan/x86")
def test_whose_nan_it_is():
    """The output stage carries on the payload of a bias or a scale, by the policy; a sum and a product have no operands."""
    half, one = get_format("binary16"), Number(0x3C00, get_format("binary16"))
    carrying, payload = Projection(half, "ties_to_even", "infinity", nan="x86"), Number(0x7C55, half)
    assert NO_PORT.write((NAN, Flags.NONE), carrying, "bias", 0, [one, payload]) == (0x7E55, Flags.NONE)
    for bias, code in (("last", 0x7E55), ("output", 0x7E55), ("first", 0xFE00)):
        path = Datapath(ExactProduct(), Sequential(carrying), bias, "sum", carrying if bias == "output" else None)
        assert dot([one], [one], path, payload) == (code, Flags.INVALID)
    summed = Datapath(RoundedProduct(carrying), Sequential(carrying), "first", "sum", None)
    assert dot([payload], [one], summed) == (0xFE00, Flags.INVALID)
    assert dot([one], [one], replace(summed, scaling="steps"), scales=[one, payload]) == (0x7E55, Flags.INVALID)


@pytest.mark.clause("accumulate/write")
def test_a_nan_has_no_code_in_an_integer():
    """A register of integers refuses a NaN, unless its overflow rule has a code for one."""
    indefinite = Projection("int8", "toward_zero", "integer_indefinite")
    assert NO_PORT.write((NAN, Flags.NONE), indefinite, "sum", 0).code == 0x80
    with pytest.raises(ValueError, match="int8"):
        NO_PORT.write((NAN, Flags.NONE), INT8, "sum", 0)


@pytest.mark.clause("accumulate/write", "accumulate/sequential")
def test_random_bits_are_drawn_for_each_write():
    """A port is asked once for each write, by register and step; a rule without random bits takes none."""
    to = Projection("int8", "stochastic_a:3", "saturate")
    asked = []

    def draw(name, step):
        asked.append((name, step))
        return {-1: 0, 0: 4, 1: 3, 2: 7}[step]

    values = [Fraction(n, 2) for n in (1, 1, 1)]
    result = Sequential(to).total(terms(values), Fraction(10), Port(draw=draw))
    # 10.5 goes up where the bits are at least 4 of 8; 11.5 stays with 3, and goes up with 7.
    assert (result.code, asked) == (12, [("sum", -1), ("sum", 0), ("sum", 1), ("sum", 2)])
    with pytest.raises(ValueError, match="random bits"):
        Sequential(to).total(terms(values), None, NO_PORT)
    with pytest.raises(ValueError, match="random bits"):
        Sequential(INT8).total(terms(values), None, Port(draw=draw))


def test_random_bits_of_a_nan():
    """A stochastic rule asks for its bits where the sum is a NaN as well."""
    to = Projection("binary16", "stochastic_a:3", "infinity")
    assert Port(draw=lambda *_: 5).write((NAN, Flags.NONE), to, "sum", 0).code == 0x7E00
    with pytest.raises(ValueError, match="random bits"):
        NO_PORT.write((NAN, Flags.NONE), to, "sum", 0)


@pytest.mark.clause("accumulate/flips", "accumulate/sequential")
@given(st.lists(st.integers(-128, 127), min_size=1, max_size=6), st.integers(0, 255), st.booleans(), st.data())
def test_a_flip_goes_on_from_what_it_left(values, mask, started, data):
    """A fault at step k is a sum of the terms after k that starts from the flipped code of the sum up to k."""
    initial = Fraction(5) if started else None
    k = data.draw(st.integers(-1 if started else 0, len(values) - 1))
    before = Sequential(INT8).total(terms(values[: k + 1]), initial, NO_PORT)
    flipped = INT8.format.decode(before.code ^ mask)
    after = Sequential(INT8).total(terms(values[k + 1 :]), flipped, NO_PORT)
    found = Sequential(INT8).total(terms(values), initial, flips({("sum", k): mask}))
    assert found == (after.code, before.flags | after.flags)


@pytest.mark.clause("accumulate/flips")
def test_flips_by_hand():
    """1 + 2 + 3 with the lowest bit of the second sum inverted is 2 + 3; the flags stay those of the writes."""
    port = flips({("sum", 1): 1})
    assert total(Sequential(INT8), (1, 2, 3), port=port) == (5, Flags.NONE)
    assert total(Sequential(INT8), (1, 2, 3), port=flips({("sum", 2): 0x80})) == (-122, Flags.NONE)
    assert total(Sequential(INT8), (1, 2, 3), port=flips({("sum", 3): 1, ("other", 0): 1})) == (6, Flags.NONE)
    infinite = floating("binary16")
    assert total(Sequential(infinite), (1, 2), port=flips({("sum", 0): 0x4000})) == (POSITIVE_INFINITY, Flags.NONE)
    assert total(Sequential(infinite), (1, 2), port=flips({("sum", 0): 0x4200}))[0] is NAN


@pytest.mark.clause("accumulate/flips")
def test_flips_of_a_part():
    """Registers of parts have their paths, those of a product the name of the product."""
    pairs = Pairwise(INT8)
    assert total(pairs, (1, 2, 3, 4), port=flips({("low/high/sum", 0): 8})) == (18, Flags.NONE)
    assert total(Tree((INT8,)), (1, 2, 3, 4), port=flips({("level0", 1): 1})) == (9, Flags.NONE)
    blocked = Blocked(2, Sequential(INT8), Sequential(INT8))
    assert total(blocked, (1, 2, 3, 4), port=flips({("part1/sum", 0): 4, ("outer/sum", 1): 32})) == (46, Flags.NONE)
    path = Datapath(RoundedProduct(INT8), Sequential(INT8), "first", "sum", None)
    xs = [integer(n) for n in (1, 2, 3)]
    assert dot(xs, xs, path).code == 14
    assert dot(xs, xs, path, port=flips({("product", 1): 1})).code == 15


@pytest.mark.clause("accumulate/flips", "accumulate/write")
@pytest.mark.parametrize("mask", [0x100, -1])
@pytest.mark.parametrize("step", [0, 2])
def test_what_a_register_cannot_hold(mask, step):
    """A code that is wider than the register is refused, one that nobody reads again too."""
    with pytest.raises(ValueError, match=r"^code .* is not in 0\.\.0xff of int8$"):
        Sequential(INT8).total(terms([1, 2, 3]), None, flips({("sum", step): mask}))


@pytest.mark.clause("accumulate/write")
@pytest.mark.parametrize(
    ("accumulator", "names"),
    [
        (Sequential(INT8), ["sum"]),
        (Total(INT8), ["sum"]),
        (Pairwise(INT8), ["low/sum", "high/low/sum", "high/high/sum", "high/sum", "sum"]),
        (Tree((INT8,)), ["level0", "level1"]),
        (Blocked(2, Sequential(INT8), Total(INT8)), ["part0/sum", "part1/sum", "outer/sum"]),
        (Interleaved(2, Total(INT8), Tree((INT8,))), ["part0/sum", "part1/sum", "outer/level0"]),
        (Kahan(INT8), ["sum", "term", "gain", "compensation"]),
    ],
)
def test_names_of_registers(accumulator, names):
    """Every register that is written has a name of its own, and its writes are counted from 0."""
    (code, _), writes = watched(accumulator, (1, 2, 3))
    assert code == 6
    assert list(dict.fromkeys(name for name, _, _ in writes)) == names
    assert len({write[:2] for write in writes}) == len(writes)
    for name in names:
        steps = [step for register, step, _ in writes if register == name]
        assert steps == list(range(min(steps), min(steps) + len(steps)))
        assert steps[0] in {-1, 0, 1}


@pytest.mark.clause("accumulate/write")
@pytest.mark.parametrize("initial", [None, 9])
@pytest.mark.parametrize("kind", [Sequential, Pairwise, Kahan, Total])
def test_the_last_write_is_the_result(kind, initial):
    """What comes out is what the register held after the last write to it."""
    (code, flags), writes = watched(kind(INT8), (100, 100, -100, 7), initial)
    assert [held for name, _, held in writes if name == "sum"][-1] == code
    assert isinstance(Result(code, flags), tuple)


def test_reading_a_register():
    """A register is read as a term, subnormal numbers as zeros where they are flushed."""
    half = floating("binary16")
    flushing = Projection("binary16", "ties_to_even", "infinity", subnormals="flush")
    assert read(Result(0x3E00, Flags.NONE), half) == (Fraction(3, 2), 0)
    assert read(Result(0x0001, Flags.NONE), half) == (Fraction(1, 1 << 24), -14)
    assert read(Result(0x0001, Flags.NONE), flushing).value == 0
