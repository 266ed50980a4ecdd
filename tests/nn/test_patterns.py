"""Formats chosen by numbers: against the specification's positions, and by what they hold."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refsim.engine import as_array
from refsim.nn.calibration import BY_MAX, Calibration, Range, numbers_of
from refsim.nn.quantization.patterns import formats_for, is_chosen, projection_for
from refsim.spec.calibration import least_squares_position, overflow_position
from refsim.spec.catalogue import get_format
from refsim.spec.formats import Number
from refsim.spec.operands import rational

ENDS = st.floats(-1000, 1000, width=32)


def fraction_bits(name):
    return int(name.partition(".")[2])


def limits(format):
    """The least and the greatest number of a format of evenly spaced numbers."""
    unit = Fraction(2) ** format.grid.quantum
    return -format.top_negative * unit, format.top * unit


@given(ENDS, ENDS, st.integers(2, 24))
def test_the_point_is_the_specifications(low, high, width):
    """The first format for a width has the position of the specification, the next four are finer by a bit each."""
    seen = Range(min(low, high, 0.0), max(low, high, 0.0))
    assume(seen.reach > 1e-3)
    found = formats_for(f"q{width}?", seen)
    first = overflow_position([Fraction(seen.low), Fraction(seen.high)], width)
    assert found == [f"q{width - 1 - p}.{p}" for p in range(first, first + 5)]
    assert {get_format(name).width for name in found} == {width}


@given(ENDS, ENDS, st.integers(2, 16), st.sampled_from(["q{}?", "uq{}?"]))
def test_nothing_overflows_and_one_bit_finer_does(low, high, width, pattern):
    """The first format holds the range, and the second does not."""
    seen = Range(min(low, high, 0.0), max(low, high, 0.0))
    needed = (Fraction(seen.low) if pattern[0] == "q" else Fraction(0), Fraction(seen.high))
    assume(max(-needed[0], needed[1]) > Fraction(1, 1000))
    held = []
    for name in formats_for(pattern.format(width), seen)[:2]:
        least, greatest = limits(get_format(name))
        held.append(least <= needed[0] and needed[1] <= greatest)
    assert held == [True, False]


@given(ENDS, ENDS, st.integers(-3, 12), st.sampled_from(["q?.{}", "uq?.{}"]))
def test_integer_bits_are_as_many_as_needed(low, high, places, pattern):
    """With the places after the point given, one integer bit less would not hold the range."""
    seen = Range(min(low, high, 0.0), max(low, high, 0.0))
    assume(seen.high if pattern[0] == "u" else seen.reach)
    (name,) = formats_for(pattern.format(places), seen)
    format = get_format(name)
    assert fraction_bits(name) == places
    least, greatest = limits(format)
    low_needed = Fraction(seen.low) if pattern[0] == "q" else Fraction(0)
    assert least <= low_needed or not low_needed
    assert Fraction(seen.high) <= greatest
    if format.width > 1 + format.signed:
        assert not (least / 2 <= low_needed and Fraction(seen.high) <= (greatest - Fraction(2) ** -places) / 2)


@pytest.mark.parametrize(
    ("pattern", "steps"), [("slog5_fsr?", 1), ("log4_fsr?", 1), ("slog5_fsr?_sqrt2", 2), ("log6_fsr?_steps8", 8)]
)
@given(st.floats(1e-6, 1e6))
def test_full_scales_hold_the_range(pattern, steps, reach):
    """The last number of the first format is no less than the greatest magnitude, and that of the next one is."""
    found = formats_for(pattern, Range(0.0, reach))
    last = [float(2.0 ** (scale - 1 / steps)) for scale in map(_full_scale, found)]
    assert last[0] >= reach * (1 - 1e-12)
    assert last[1] < reach * (1 + 1e-12)
    assert len({get_format(name).width for name in found}) == 1


def _full_scale(name):
    text = name.partition("_fsr")[2].partition("_")[0]
    return -int(text[1:]) if text.startswith("m") else int(text)


def test_full_scales_of_powers_of_two():
    """A power of two is the last number of its own format."""
    for exponent in range(-8, 9):
        name = formats_for("slog5_fsr?", Range(-(2.0**exponent), 0.0))[0]
        format = get_format(name)
        assert _full_scale(name) == exponent + 1
        assert max(rational(format.decode(code)) for code in range(16)) == Fraction(2) ** exponent


def test_nothing_but_zero():
    """Where no number but zero was seen, numbers up to 1 are held; few bits of small numbers, and many of any, are no case."""
    assert formats_for("q8?", Range(0.0, 0.0))[0] == "q0.7"
    assert formats_for("q8?", Range(-(2.0**-40), 0.0))[0] == "q-40.47"
    assert formats_for("q60?", Range(-8.0, 0.0))[0] == "q3.56"
    assert formats_for("uq8?", Range(-5.0, 0.0))[0] == "uq0.8"
    assert formats_for("slog5_fsr?", Range(0.0, 0.0))[0] == "slog5_fsr1"


@pytest.mark.parametrize(
    ("rounding", "model"),
    [("ties_toward_positive", "vitis_dpu"), ("ties_to_even", "vitis_py3"), ("ties_to_away", "vitis_std")],
)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("width", [4, 8])
def test_least_squares_are_the_specifications(rounding, model, seed, width):
    """By l2 the position is that of Vitis AI's method 1, for each of its rounding rules."""
    values = np.random.default_rng(seed).standard_t(2, 200).astype(np.float32)
    found = projection_for(f"q{width}?/{rounding}/saturate", numbers_of("x", values), Calibration("l2")).format
    codes = [Number(int(code), get_format("binary32")) for code in as_array(values).codes]
    assert fraction_bits(found.name) == least_squares_position(codes, get_format(f"int{width}"), model)


def test_least_squares_clip():
    """There are numbers for which l2 lets the greatest saturate: the case above is not always the first position."""
    values = np.append(np.random.default_rng(0).normal(0, 0.1, 1000), [3.0])
    whole, fine = (
        projection_for("q4?/ties_to_even/saturate", numbers_of("x", values), Calibration(how)) for how in ("max", "l2")
    )
    assert whole.format.name == "q2.1"
    assert fraction_bits(fine.format.name) > fraction_bits(whole.format.name)


def test_percentiles_clip():
    """By percentile the format holds what is left."""
    values = np.append(np.linspace(0, 0.9, 999), [100.0])
    found = projection_for("q8?/ties_to_even/saturate", numbers_of("x", values), Calibration("percentile", percentile=99))
    assert found.format.name == "q0.7"
    assert projection_for("q8?/ties_to_even/saturate", numbers_of("x", values), BY_MAX).format.name == "q7.0"


def test_logarithms_by_least_squares():
    """Irrational numbers are compared in binary64."""
    values = np.append(np.full(100, 2.0**-7), [1.5])
    found = projection_for("slog3_fsr?_sqrt2/ties_to_even/saturate", numbers_of("x", values), Calibration("l2"))
    assert found.format.name.startswith("slog3_fsr")


def test_plain_names_stay():
    """A name without a question mark is what it is, and needs no numbers."""
    assert formats_for("bfloat16", Range(0.0, 9.0)) == ["bfloat16"]
    assert projection_for("q2.5/toward_zero/wrap", None, BY_MAX).format.name == "q2.5"
    assert not is_chosen("q2.5/toward_zero/wrap")
    assert is_chosen("q8?/toward_zero/wrap")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q?", "there is no pattern of formats 'q?'; there are q8?, uq8?, q?.5"),
        ("e4m3?", "there is no pattern of formats 'e4m3?'"),
        ("q1?", "a point is chosen for 2 to 64 bits, not for 1"),
        ("q?.62", "numbers of -8.0 to 8.0 do not fit into 64 bits with 62 places after the point"),
    ],
)
def test_refused_patterns(text, message):
    """Other patterns are refused, and so is what does not fit."""
    with pytest.raises(ValueError, match="^" + message.replace("?", r"\?")):
        formats_for(text, Range(-8.0, 8.0))


def test_patterns_need_numbers():
    """A format that is to be chosen cannot be without samples."""
    with pytest.raises(ValueError, match=r"q8\? is chosen by samples, and there are none"):
        projection_for("q8?/ties_to_even/saturate", None, BY_MAX)
