"""Exact numbers as text: nothing is lost, and what is no number is refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, Special, root
from refsim.spec.text import exact_text, parse_exact

DYADIC = st.builds(lambda n, e: Fraction(n) * Fraction(2) ** e, st.integers(-(1 << 130), 1 << 130), st.integers(-1200, 1200))
SHORT = st.builds(lambda n, e: Fraction(n, 1 << e), st.integers(-4000, 4000), st.integers(0, 9))


@given(st.one_of(DYADIC, SHORT, st.fractions()))
def test_round_trip(x):
    """Every rational number that is written is read back as itself."""
    assert parse_exact(exact_text(x)) == x


@pytest.mark.parametrize("datum", list(Special))
def test_special_data_round_trip(datum):
    """Every special datum that is written is read back as itself."""
    assert parse_exact(exact_text(datum)) is datum


@given(st.floats(allow_nan=False, allow_infinity=False).filter(bool) | st.floats(-100, 100).filter(bool))
def test_text_of_a_float_is_read_by_python(x):
    """What is written for a binary64 number is a decimal or a hexadecimal float that Python reads as that number."""
    text = exact_text(Fraction(x))
    assert (float.fromhex(text) if "0x" in text else float(text)) == x


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_hexadecimal_floats_are_read(x):
    """The hexadecimal float that Python writes is read as the same number, a minus zero as that."""
    read = parse_exact(x.hex())
    assert read == Fraction(x) or (x == 0 and read is NEGATIVE_ZERO)
    assert (read is NEGATIVE_ZERO) == (x.hex().startswith("-") and x == 0)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-1000, max_value=1000))
def test_decimals_are_read(x):
    """A decimal is read as the fraction that it is, not as the float next to it."""
    read = parse_exact(str(x))
    assert read == Fraction(x) or (x == 0 and x.is_signed() and read is NEGATIVE_ZERO)


@given(st.fractions())
def test_fractions_are_read(x):
    """A fraction is read in lowest terms or not."""
    assert parse_exact(f"{x.numerator}/{x.denominator}") == x
    assert parse_exact(f"{6 * x.numerator}/{6 * x.denominator}") == x


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(448), "448"),
        (Fraction(-7, 4), "-1.75"),
        (Fraction(1, 1024), "0x1p-10"),
        (Fraction(1, 128), "0.0078125"),
        (Fraction(1, 256), "0x1p-8"),
        (Fraction(2) ** 127, "0x1p+127"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-22, 7), "-22/7"),
        (Fraction(3, 2**20), "0x1.8p-19"),
        (Fraction(2**24 + 1, 2**30), "0x1.000001p-6"),
        (root(2, 2), "(2)**(1/2)"),
        (NAN, "nan"),
        (SIGNALING_NAN, "snan"),
        (NEGATIVE_INFINITY, "-inf"),
        (NEGATIVE_ZERO, "-0"),
    ],
    ids=str,
)
def test_how_numbers_are_written(x, text):
    """Short decimals where they are exact and short, hexadecimal floats for other dyadic numbers, fractions otherwise."""
    assert exact_text(x) == text


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("inf", POSITIVE_INFINITY),
        ("+inf", POSITIVE_INFINITY),
        ("-INF", NEGATIVE_INFINITY),
        (" NaN ", NAN),
        ("sNaN", SIGNALING_NAN),
        ("-0", NEGATIVE_ZERO),
        ("-0.0", NEGATIVE_ZERO),
        ("-0/5", NEGATIVE_ZERO),
        ("-0x0p5", NEGATIVE_ZERO),
        ("+0", Fraction(0)),
        ("1e-3", Fraction(1, 1000)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("0X1.8P+1", Fraction(3)),
        ("-0x.8", Fraction(-1, 2)),
        ("+0x1f", Fraction(31)),
        ("3/8", Fraction(3, 8)),
    ],
)
def test_how_numbers_are_read(text, x):
    """Upper and lower case, signs, points and exponents as in C and Python; a minus zero is a datum of its own."""
    read = parse_exact(text)
    assert read is x if isinstance(x, Special) else read == x


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "one", "1/0", "1//2", "1/2/3", "--1", "+-1", "infinite", "-nan", "1 2"),
        *("0x", "0x.", "0xg", "0x1.8.8p0", "0x1p1.5", "0x1p", "+-0x1", "--0x1", "0x-5", "0x 1", "0x1p 5", "0x1.-8", "-0x-1"),
    ],
)
def test_what_is_no_number_is_refused(text):
    """Anything else is refused, by its text and with the ways to write a number."""
    with pytest.raises(ValueError, match=r"is no number: write 0\.1, 3/8, 0x1\.8p-3, inf, -inf, nan or -0"):
        parse_exact(text)


def test_an_exponent_that_fills_the_memory_is_refused():
    """An exponent that no format comes near is refused at once, and not computed."""
    with pytest.raises(ValueError, match="exponent"):
        parse_exact("0x1p99999999999999999999")
