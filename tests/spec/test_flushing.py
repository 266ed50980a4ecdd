"""Flushing of subnormal numbers: operands, results, both, and where a number is found tiny."""

from fractions import Fraction

import pytest

from refsim.spec.arithmetic import add, convert, multiply
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_ZERO
from refsim.spec.extrema import minimum
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.projection import SUBNORMALS, Projection

BINARY16 = get_format("binary16")
FLUSHED = Flags.UNDERFLOW | Flags.INEXACT
LEAST = Fraction(1, 1 << 14)
"""The least normal number of binary16."""


def to(subnormals, tininess="after", rounding="ties_to_even", format=BINARY16):
    """A projection with an option for subnormal numbers."""
    return Projection(format, rounding, "infinity", tininess, subnormals)


@pytest.mark.clause("project/flush-outputs")
@pytest.mark.parametrize("subnormals", ["flush_outputs", "flush"])
@pytest.mark.parametrize("rounding", ["ties_to_even", "toward_positive", "away_from_zero", "to_odd"])
def test_tiny_results(subnormals, rounding):
    """Every subnormal result becomes the zero of its sign, exact or not, by every rule; normal ones and zeros stay."""
    keep, flush = to("keep", rounding=rounding), to(subnormals, rounding=rounding)
    for x in (
        Fraction(1, 1 << 24),
        Fraction(3, 1 << 24),
        Fraction(1023, 1 << 24),
        Fraction(1, 1 << 99),
        LEAST * Fraction(9, 10),
    ):
        assert flush(x) == (0x0000, FLUSHED)
        assert flush(-x) == (0x8000, FLUSHED)
    for x in (LEAST, LEAST * Fraction(1025, 1024), Fraction(0), NEGATIVE_ZERO, Fraction(1), Fraction(10) ** 9):
        assert flush(x) == keep(x)
    assert flush(NAN) == (0x7E00, Flags.NONE)


@pytest.mark.clause("project/flush-outputs", "flags/tiny")
def test_where_a_result_is_tiny():
    """Just below the least normal number: tiny before rounding, but not after it where it would round up with all its bits."""
    almost = LEAST - Fraction(1, 1 << 40)
    assert to("flush", "before")(almost) == (0x0000, FLUSHED)
    assert to("flush", "after")(almost) == to("keep", "after")(almost) == (0x0400, Flags.INEXACT)
    assert to("flush", "after", "toward_zero")(almost) == (0x0000, FLUSHED)
    half = LEAST - Fraction(1, 1 << 26)
    assert to("flush", "after")(half) == (0x0400, Flags.INEXACT)
    assert to("flush", "after")(half - Fraction(1, 1 << 60)) == (0x0000, FLUSHED)


@pytest.mark.clause("project/flush-inputs")
@pytest.mark.parametrize("subnormals", ["flush_inputs", "flush"])
def test_subnormal_operands(subnormals):
    """A subnormal operand counts as the zero of its sign, in silence; the least normal number does not."""
    flush = to(subnormals)
    one, tiny, minus, least = (Number(code, BINARY16) for code in (0x3C00, 0x03FF, 0x83FF, 0x0400))
    assert add(one, tiny, flush) == (0x3C00, Flags.NONE)
    assert add(minus, minus, flush) == (0x8000, Flags.NONE)
    assert add(tiny, minus, flush) == (0x0000, Flags.NONE)
    assert multiply(Number(0x7C00, BINARY16), tiny, flush) == (0x7E00, Flags.INVALID)
    assert convert(least, flush) == (0x0400, Flags.NONE)
    assert convert(Number(0x8400, BINARY16), flush) == (0x8400, Flags.NONE)
    assert minimum(minus, one, flush) == (0x8000, Flags.NONE)


@pytest.mark.clause("project/flush-inputs", "project/flush-outputs")
def test_one_without_the_other():
    """Only operands, or only results, are flushed where only they are asked for."""
    one, tiny, least, half = (Number(code, BINARY16) for code in (0x3C00, 0x0001, 0x0400, 0x3800))
    assert multiply(least, half, to("flush_inputs")) == (0x0200, Flags.NONE)
    assert multiply(tiny, one, to("flush_inputs")) == (0x0000, Flags.NONE)
    assert multiply(tiny, one, to("flush_outputs")) == (0x0000, FLUSHED)
    assert add(one, tiny, to("flush_outputs")) == (0x3C00, Flags.INEXACT)
    assert add(tiny, least, to("flush_outputs")) == (0x0401, Flags.NONE)
    assert add(tiny, least, to("flush_inputs")) == (0x0400, Flags.NONE)


@pytest.mark.clause("project/flush-inputs", "project/flush-outputs")
def test_each_format_has_its_own_least_normal_number():
    """An operand is measured by its own format and a result by its; a uniform grid has nothing to flush."""
    wide = Projection("binary32", "ties_to_even", "infinity", subnormals="flush")
    assert convert(Number(0x0001, BINARY16), wide) == (0x00000000, Flags.NONE)
    assert convert(Number(0x33800000, get_format("binary32")), wide) == (0x33800000, Flags.NONE)
    assert convert(Number(0x33800000, get_format("binary32")), to("flush")) == (0x0000, FLUSHED)
    integers = Projection("q0.7", "ties_to_even", "saturate", subnormals="flush")
    assert convert(Number(1, get_format("q0.7")), integers) == (1, Flags.NONE)


@pytest.mark.clause("project/flush-outputs")
def test_formats_without_a_negative_zero_or_subnormals():
    """A flushed negative result is the one zero; in a format without subnormals what lies below is flushed too."""
    tiny = Fraction(1, 1 << 30)
    assert to("flush", format=get_format("binary8p3se"))(-tiny) == (0x00, FLUSHED)
    assert to("flush", format=get_format("e5m10nosub"))(LEAST * Fraction(3, 4)) == (0x0000, FLUSHED)
    assert to("keep", format=get_format("e5m10nosub"))(LEAST * Fraction(3, 4)).code == 0x0400


def test_unknown_options():
    """There are four ways with subnormal numbers and four NaN policies."""
    assert SUBNORMALS == ("keep", "flush_inputs", "flush_outputs", "flush")
    with pytest.raises(ValueError, match=r"^subnormals 'daz' is none of keep, flush_inputs, flush_outputs, flush$"):
        Projection(BINARY16, "ties_to_even", "infinity", subnormals="daz")
    with pytest.raises(ValueError, match=r"^nan 'mips' is none of canonical, riscv, x86, arm$"):
        Projection(BINARY16, "ties_to_even", "infinity", nan="mips")
