"""LogQuant, LinearQuant and AP2: the paper's formulas written out with mpmath's logarithms, and values worked out by hand."""

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.log_quantization import linear_quantizer, log_quantizer, to_power_of_two
from refsim.spec.surds import power

HALF = Fraction(1, 2)


@pytest.fixture(autouse=True, scope="module")
def _many_digits():
    """mpmath with more digits than any of these tests looks at."""
    with mpmath.workdps(80):
        yield


def value(to, x):
    """The number that x becomes."""
    return to.format.decode(to(x).code)


@pytest.mark.clause("logquant/log")
@given(st.integers(1, 5), st.integers(-9, 9), st.sampled_from([1, 2, 4]), st.fractions(0, 2000, max_denominator=10**6))
def test_logquant_is_the_formula(bits, scale, steps, x):
    """Clip(Round(log2(x)), FSR - 2**b, FSR): zero at or below the lower end, one step less than FSR at or above the upper."""
    found = value(log_quantizer(bits, scale, "ties_to_away", steps=steps), x)
    if x == 0:
        assert found == 0
        return
    rounded = int(mpmath.floor(mpmath.log(mpmath.mpf(x.numerator) / x.denominator, 2) * steps + mpmath.mpf("0.5")))
    low, high = scale * steps - (1 << bits), scale * steps
    assert found == (0 if rounded <= low else power(Fraction(min(rounded, high - 1), steps)))


@pytest.mark.clause("logquant/log")
def test_names_of_quantizers():
    """A quantizer's format is the one of that name; the sign is counted in the bits."""
    for arguments, options, name in (
        ((4, 3), {}, "log4_fsr3"),
        ((5, -1), {"signed": True, "steps": 2}, "slog5_fsrm1_sqrt2"),
        ((4, 0), {"steps": 8}, "log4_fsr0_steps8"),
    ):
        to = log_quantizer(*arguments, "toward_zero", **options)
        assert to.format == get_format(name)
        assert to.overflow.name == "saturate"
    assert value(log_quantizer(5, 1, "ties_to_away", signed=True), Fraction(-3, 10)) == Fraction(-1, 4)
    assert value(log_quantizer(5, 1, "ties_to_away", signed=True), Fraction(-1, 10**9)) is NEGATIVE_ZERO
    with pytest.raises(ValueError, match=r"^the steps to the octave are a power of two, not 3$"):
        log_quantizer(4, 0, "toward_zero", steps=3)


@pytest.mark.clause("logquant/linear")
@pytest.mark.parametrize(
    ("x", "expected"), [("0.2", 0), ("0.26", HALF), ("1.3", Fraction(3, 2)), ("3.6", Fraction(7, 2)), ("100", Fraction(7, 2))]
)
def test_linear_quantizer_of_three_bits(x, expected):
    """LinearQuant(x, 3, 2): a step of 1/2, and the last level one step below 4."""
    to = linear_quantizer(3, 2, "ties_to_away")
    assert (to.format.name, to.format.width) == ("uq2.1", 3)
    assert value(to, Fraction(x)) == expected
    assert value(to, -Fraction(x)) == 0


@pytest.mark.clause("logquant/linear")
@given(st.integers(1, 8), st.integers(-6, 6), st.fractions(-100, 100, max_denominator=10**4))
def test_linear_quantizer_is_the_formula(bits, scale, x):
    """Clip(Round(x / step) * step, 0, 2**FSR - step); a signed one has a bit less and is cut on both sides."""
    step = Fraction(2) ** (scale - bits)
    rounded = (x / step + HALF) // 1 * step
    assert value(linear_quantizer(bits, scale, "ties_toward_positive"), x) == min(max(rounded, 0), Fraction(2) ** scale - step)
    if bits > 1:
        to = linear_quantizer(bits, scale, "ties_toward_positive", signed=True)
        rounded, last = (x / (2 * step) + HALF) // 1 * 2 * step, Fraction(2) ** scale - 2 * step
        assert value(to, x) == min(max(rounded, -last), last)


@pytest.mark.clause("logquant/power-of-two")
@pytest.mark.parametrize(
    ("x", "nearest", "floor"),
    [("1", 1, 1), ("1.4142", 1, 1), ("1.4143", 2, 1), ("3", 4, 2), ("-3", -4, -2), ("0.3", Fraction(1, 4), Fraction(1, 4))],
)
def test_powers_of_two(x, nearest, floor):
    """sqrt(2) = 1.41421356... divides 1 from 2, so that 3 becomes 4 and 0.3, below 0.35355, becomes 1/4."""
    assert to_power_of_two(Fraction(x), "ties_to_even") == nearest
    assert to_power_of_two(Fraction(x), "toward_zero") == floor


@pytest.mark.clause("logquant/power-of-two")
def test_powers_of_two_of_other_data():
    """Ties are exact: sqrt(2) is one, between the even exponent 0 and the odd 1; special data stay; the range has no end."""
    assert [to_power_of_two(power(HALF), rule) for rule in ("ties_to_even", "ties_to_odd", "ties_to_away")] == [1, 2, 2]
    assert to_power_of_two(-power(HALF), "ties_toward_positive") == -1
    assert to_power_of_two(power(Fraction(3, 2)), "ties_to_even") == 4
    assert to_power_of_two(Fraction(3, 2**5000), "ties_to_even") == Fraction(1, 2**4998)
    for datum in (NAN, POSITIVE_INFINITY, NEGATIVE_INFINITY, NEGATIVE_ZERO, Fraction(0)):
        assert to_power_of_two(datum, "ties_to_even") is datum
    with pytest.raises(ValueError, match=r"^a power of two is found without random bits, which stochastic_a:2 takes$"):
        to_power_of_two(Fraction(3), "stochastic_a:2")
