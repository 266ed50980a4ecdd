"""Powers of two from a table, by a line, by a shift: integer roots written anew, known tables, and the logarithms of codes."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_ZERO
from refsim.spec.formats import Number
from refsim.spec.power_tables import (
    ExactPower,
    LinearPower,
    Logarithm,
    PowerTable,
    WholePower,
    check_exponents,
    log_of,
    number_of,
)
from refsim.spec.surds import power

HALF = Fraction(1, 2)
exponents = st.fractions(-40, 40, max_denominator=1 << 16).map(lambda e: Fraction(int(e * 8), 8))


@pytest.mark.clause("power/entries")
@pytest.mark.parametrize(
    ("fraction", "width", "rounding", "entries"),
    [
        (0, 0, "ties_to_even", [1]),
        (0, 8, "ties_to_even", [256]),
        (1, 8, "ties_to_even", [256, 362]),  # 256 * sqrt(2) = 362.04
        (2, 8, "ties_to_even", [256, 304, 362, 431]),
        (2, 8, "toward_positive", [256, 305, 363, 431]),
        (1, 0, "ties_to_even", [1, 1]),
        (1, 1, "ties_to_even", [2, 3]),
        (1, 0, "toward_positive", [1, 2]),  # rounded up to twice the first
        (2, 0, "ties_to_even", [1, 1, 1, 2]),
    ],
)
def test_known_tables(fraction, width, rounding, entries):
    """Tables written out by hand."""
    assert list(PowerTable(fraction, width, rounding).entries) == entries


@pytest.mark.clause("power/entries")
@given(st.integers(0, 6), st.integers(0, 40))
def test_entries_are_integer_roots(fraction, width):
    """Entry i cut off is the greatest n with n**(2**f) <= 2**(i + width * 2**f), and a nearest one is no farther than half."""
    cut, near, up = (PowerTable(fraction, width, rule).entries for rule in ("toward_zero", "ties_to_even", "away_from_zero"))
    degree = 1 << fraction
    for i, n in enumerate(cut):
        radicand = 1 << i + width * degree
        assert n**degree <= radicand < (n + 1) ** degree
        assert near[i] == n + ((2 * n + 1) ** degree < radicand << degree)
        assert up[i] == n + (i > 0)


@pytest.mark.clause("power/table", "power/exact")
@given(exponents, st.integers(3, 5), st.integers(20, 40))
def test_a_table_is_close(exponent, fraction, width):
    """A power of a table is off by half a last place of its octave at most, and whole powers are exact."""
    found = PowerTable(fraction, width, "ties_to_even").power(exponent)
    exact = ExactPower().power(exponent)
    assert abs(found - exact) <= Fraction(2) ** (exponent // 1 - width - 1)
    if exponent.denominator == 1:
        assert found == exact == Fraction(2) ** exponent.numerator


@pytest.mark.clause("power/table")
def test_shifts_lose_nothing():
    """A power below one keeps all bits of its entry."""
    table = PowerTable(1, 8, "ties_to_even")
    assert table.power(Fraction(-21, 2)) == Fraction(362, 1 << 8 + 11)
    assert table.power(Fraction(3, 2)) == Fraction(362, 128)


@pytest.mark.clause("power/whole", "power/linear")
@given(exponents)
def test_lines_and_shifts(exponent):
    """The shift is below, the line between the shift and half more than the power; both agree on whole powers."""
    line, shift, exact = LinearPower().power(exponent), WholePower().power(exponent), power(exponent)
    whole = math.floor(exponent)
    assert shift == Fraction(2) ** whole
    assert line == shift + (exponent - whole) * shift
    assert not shift > exact
    assert not line < exact
    if exponent == whole:
        assert line == shift == exact


@pytest.mark.clause("power/linear")
def test_the_line_is_mitchells():
    """2**(k + 1/2) is taken for 1.5 * 2**k, six hundredths too much."""
    assert LinearPower().power(HALF) == Fraction(3, 2)
    assert LinearPower().power(-HALF) == Fraction(3, 4)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: PowerTable(17, 8, "toward_zero"),
            "a table of powers has 0 to 16 fraction bits and a width of 0 to 64, not 17 and 8",
        ),
        (
            lambda: PowerTable(1, -1, "toward_zero"),
            "a table of powers has 0 to 16 fraction bits and a width of 0 to 64, not 1 and -1",
        ),
        (lambda: PowerTable(1, 8, "stochastic_a:4"), "a table of powers takes no random bits, but stochastic_a:4 does"),
        (
            lambda: PowerTable(1, 8, "toward_zero").power(Fraction(1, 4)),
            "a table of powers has steps of 1/2, and the exponent 1/4 is between two",
        ),
        (lambda: log_of(Number(1, get_format("int8"))), "a logarithm needs a logarithmic format, such as log4_fsr3, not int8"),
        (
            lambda: log_of(Number(1, get_format("binary16"))),
            "a logarithm needs a logarithmic format, such as log4_fsr3, not binary16",
        ),
        (
            lambda: check_exponents(get_format("int18"), ExactPower()),
            "a register of exponents has at most 16 integer bits, which int18 has not",
        ),
        (
            lambda: check_exponents(get_format("q4.2"), PowerTable(1, 8, "toward_zero")),
            "q4.2 has finer steps than a table of powers with 1 fraction bits",
        ),
    ],
)
def test_what_is_refused(build, message):
    """One line says what was wanted."""
    with pytest.raises(ValueError) as error:
        build()
    assert str(error.value) == message


@pytest.mark.clause("power/logarithm")
@pytest.mark.parametrize("name", ["log3_fsr2", "log4_fsr3", "slog5_fsr1_sqrt2", "slog4_fsrm2", "lns2.2", "lns1.0"])
def test_logarithms_are_those_of_the_numbers(name):
    """Two to the power of the logarithm is the number, zeros of either sign have none, whatever the other bits are."""
    format = get_format(name)
    zeros = 0
    for code in range(1 << format.width):
        log, exact = log_of(Number(code, format)), format.decode(code)
        if log.exponent is None:
            zeros += 1
            assert exact == 0 or exact is NEGATIVE_ZERO
            assert log.negative == (exact is NEGATIVE_ZERO)
        else:
            assert exact == (-power(log.exponent) if log.negative else power(log.exponent))
        assert number_of(log, ExactPower()) == exact
    assert zeros == {"lns2.2": 64, "lns1.0": 8}.get(name, 2 if format.signed else 1)


@pytest.mark.clause("power/logarithm", "power/number")
def test_published_codes():
    """Three bits with a full scale of 2**2: zero and 2**-5 to 2**1; E8M0's biased exponents, and its NaN."""
    log3, scale = get_format("log3_fsr2"), get_format("e8m0")
    assert [log_of(Number(code, log3)).exponent for code in range(8)] == [None, -5, -4, -3, -2, -1, 0, 1]
    assert [log_of(Number(code, scale)) for code in (0, 127, 254)] == [(False, -127), (False, 0), (False, 127)]
    assert log_of(Number(255, scale)) is NAN
    assert number_of(NAN, ExactPower()) is NAN


@pytest.mark.clause("power/number")
def test_signs():
    """The magnitude is made by the powers that are given; zero has a sign."""
    table = PowerTable(1, 0, "toward_zero")
    assert number_of(Logarithm(True, Fraction(5, 2)), table) == -4
    assert number_of(Logarithm(True, None), table) is NEGATIVE_ZERO
    assert number_of(Logarithm(False, None), table) == 0
