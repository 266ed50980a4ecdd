"""The engine is the specification: code books, at and around every value and every middle between values."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine import codebooks as engine
from refsim.spec import codebooks as spec
from refsim.spec.codebooks import BOOKS, NEED_PARITY, NEED_ZERO, CodeBook, get_codebook
from refsim.spec.exact import NEGATIVE_INFINITY, NEGATIVE_ZERO
from refsim.spec.formats import Unrepresentable
from refsim.spec.naming import get_rounding
from refsim.spec.rounding import DETERMINISTIC

from .engine.places import exact

LEARNED = CodeBook("learned", tuple(Fraction(n, 3) for n in (5, -7, 0, 11, -1, 2, -13, 40)))
AWAY = CodeBook("away", (Fraction(3, 7), Fraction(1, 10), None, Fraction(9)))
LARGE = CodeBook("large", tuple(Fraction(n * n * (-1) ** n, 7) if n < 300 else None for n in range(512)))
FAR = CodeBook("far", (Fraction(-(10**400)), Fraction(1), Fraction(10**400), None))
TESTED = {book.name: book for book in (*BOOKS.values(), LEARNED, AWAY, LARGE, FAR)}


def rules_of(book):
    """The deterministic rules that a book can be read by."""
    refused = (*NEED_PARITY, *(() if book.has_zero else NEED_ZERO))
    return [get_rounding(name) for name in DETERMINISTIC if name not in refused]


def around(book, kind):
    """The numbers of a type at, below and above values and middles, far ones, and infinities."""
    inside = [x for x in book.ascending if abs(x) < 10**30]
    places = [*inside, *((a + b) / 2 for a, b in pairwise(inside))]
    found = np.array([float(x) for x in places] + [0.0, -0.0, 1e30, -1e30, np.inf, -np.inf], kind)
    with np.errstate(all="ignore"):
        return np.concatenate([found, np.nextafter(found, kind(9e30)), np.nextafter(found, kind(-9e30))])


def specified(xs, book, rounding, draws=None):
    """Codes and flags of the specification."""
    found = [spec.quantize(exact(x), book, rounding, None if draws is None else int(draws[i])) for i, x in enumerate(xs)]
    return [code for code, _ in found], [int(flags) for _, flags in found]


@pytest.mark.clause("codebook/quantize", "codebook/place")
@pytest.mark.parametrize("name", TESTED)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_every_place(name, kind):
    """Codes and flags under every rule."""
    book = TESTED[name]
    xs = around(book, kind)
    for rounding in rules_of(book):
        codes, flags = engine.quantize(xs, book, rounding, flags=True)
        assert (codes.tolist(), flags.tolist()) == specified(xs, book, rounding)
        assert engine.quantize(xs, book, rounding).tolist() == codes.tolist()
        assert codes.dtype == (np.uint16 if name == "large" else np.uint8)


@pytest.mark.clause("codebook/quantize")
@given(st.lists(st.floats(-1.25, 1.25) | st.floats(allow_nan=False), max_size=30))
def test_any_numbers(xs):
    """Numbers of any size."""
    for name, rounding in (("nf4", "ties_toward_negative"), ("binary", "ties_toward_positive"), ("nf4", "toward_zero")):
        codes, flags = engine.quantize(np.array(xs), BOOKS[name], get_rounding(rounding), flags=True)
        assert (codes.tolist(), flags.tolist()) == specified(xs, BOOKS[name], get_rounding(rounding))


@pytest.mark.clause("codebook/quantize", "codebook/place")
def test_draws_and_exact_numbers():
    """What is left to the specification."""
    rounding, book, xs = get_rounding("stochastic_b:2"), get_codebook("nf4"), np.linspace(-1.1, 1.1, 23)
    draws = np.arange(23) % 4
    codes, flags = engine.quantize(xs, book, rounding, draws, flags=True)
    assert (codes.tolist(), flags.tolist()) == specified(xs, book, rounding, draws)
    assert engine.quantize(xs[0], book, rounding, np.arange(4)).shape == (4,)
    numbers = np.array([Fraction(1, 3), NEGATIVE_ZERO, NEGATIVE_INFINITY, 2], dtype=object)
    assert engine.quantize(numbers, LEARNED, get_rounding("toward_positive")).tolist() == [5, 2, 6, 3]
    for xs in ([[0.5, -2.0]], np.array([[0.5, -2.0]], np.float16)):
        assert engine.quantize(xs, BOOKS["binary"], get_rounding("ties_toward_positive")).tolist() == [[1, 0]]


@pytest.mark.clause("codebook/quantize", "codebook/rules", "codebook/decode")
def test_refusals():
    """What the specification refuses, with its errors."""
    up, nf4 = get_rounding("ties_toward_positive"), get_codebook("nf4")
    with pytest.raises(Unrepresentable, match=r"^nf4 has no code for nan$"):
        engine.quantize(np.array([0.5, np.nan], np.float32), nf4, up)
    with pytest.raises(ValueError, match=r"^ties_to_even asks which value is odd"):
        engine.quantize([0.5], nf4, get_rounding("ties_to_even"))
    with pytest.raises(ValueError, match="takes no random bits"):
        engine.quantize([0.5], nf4, up, 1)
    with pytest.raises(ValueError, match="needs 2 random bits a number"):
        engine.quantize([0.5], nf4, get_rounding("stochastic_a:2"))
    with pytest.raises(ValueError, match=r"^code 0x10 is not in 0\.\.0xf of nf4$"):
        engine.decode([3, 16], nf4)
    with pytest.raises(ValueError, match=r"^code -0x1 is not in 0\.\.0xf of nf4$"):
        engine.decode([3, -1], nf4)
    with pytest.raises(ValueError, match=r"^code 0x2 of ternary_sign_magnitude is not used$"):
        engine.decode([0, 2, 1], BOOKS["ternary_sign_magnitude"])
    with pytest.raises(ValueError, match=r"^binary64 does not hold every value of learned$"):
        engine.decode([0], LEARNED)


@pytest.mark.clause("codebook/decode")
@pytest.mark.parametrize("name", BOOKS)
def test_values_of_codes(name):
    """Every used code, in any shape, and back."""
    book = BOOKS[name]
    codes = np.array([code for code, value in enumerate(book.values) if value is not None], np.uint8)
    values = engine.decode(codes.reshape(-1, 1), book)
    assert [[Fraction(x)] for x in values[:, 0]] == [[book.decode(int(code))] for code in codes]
    assert engine.quantize(values, book, get_rounding("ties_toward_negative")).tolist() == codes.reshape(-1, 1).tolist()
    assert engine.decode([], book).shape == (0,)
