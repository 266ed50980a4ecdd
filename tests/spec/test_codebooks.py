"""Code books: published tables, quantiles computed anew, and nearest neighbours found by trying all."""

import json
import struct
from fractions import Fraction
from itertools import pairwise
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.codebooks import (
    BOOKS,
    NEED_PARITY,
    NEED_ZERO,
    NF4,
    CodeBook,
    from_json,
    get_codebook,
    quantize,
    to_json,
)
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, root
from refsim.spec.flags import Flags
from refsim.spec.formats import Unrepresentable
from refsim.spec.naming import get_rounding
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC

BEYOND = Flags.OVERFLOW | Flags.INEXACT


@st.composite
def books(draw, *, zero=False):
    """Small books with unused codes, values in any order."""
    count = draw(st.sampled_from([2, 4, 8]))
    numbers = st.fractions(min_value=-3, max_value=3, max_denominator=6)
    values = draw(st.lists(numbers, min_size=2, max_size=count, unique=True))
    if zero and 0 not in values:
        values[0] = Fraction(0)
    return CodeBook("drawn", tuple(draw(st.permutations([*values, *[None] * (count - len(values))]))))


def rule(name):
    """A rounding rule."""
    return get_rounding(name)


@pytest.mark.clause("codebook/decode")
def test_nf4_is_what_was_published():
    """The sixteen decimals are binary32 numbers, and those are the values of the codes in order."""
    book = get_codebook("nf4")
    assert [float(book.decode(code)) for code in range(16)] == [float(x) for x in NF4.split()]
    assert all(struct.unpack("<f", struct.pack("<f", float(x)))[0] == float(x) for x in NF4.split())
    assert (book.width, book.has_zero, book.order) == (4, True, tuple(range(16)))


@pytest.mark.clause("codebook/decode")
def test_nf4_against_quantiles():
    """QLoRA divides the normal distribution, from its middle to 0.9677 of it, in eight parts upwards and in seven downwards."""
    end, of = 0.9677083, NormalDist().inv_cdf
    up = [of(0.5 + (end - 0.5) * i / 8) for i in range(9)]
    down = [of(0.5 + (end - 0.5) * i / 7) for i in range(1, 8)]
    values = [x / up[-1] for x in [*(-x for x in reversed(down)), *up]]
    assert values == pytest.approx([float(x) for x in BOOKS["nf4"].ascending], abs=2e-6)


@pytest.mark.clause("codebook/decode", "codebook/quantize")
@pytest.mark.parametrize("name", BOOKS)
def test_values_stay(name):
    """The value of a code is that code, under every rule that the book takes, and nothing is raised."""
    book = BOOKS[name]
    for rounding in map(rule, DETERMINISTIC):
        if rounding.name in NEED_PARITY or (rounding.name in NEED_ZERO and not book.has_zero):
            continue
        for code, value in enumerate(book.values):
            if value is not None:
                assert quantize(value, book, rounding) == (code, Flags.NONE)


@pytest.mark.clause("codebook/decode")
def test_codes_that_name_nothing():
    """Unused codes and numbers that are no codes are refused by name."""
    book = BOOKS["ternary_sign_magnitude"]
    assert [book.decode(code) for code in (0, 1, 3)] == [0, 1, -1]
    assert str(book) == "ternary_sign_magnitude"
    with pytest.raises(ValueError, match=r"^code 0x2 of ternary_sign_magnitude is not used$"):
        book.decode(2)
    for code in (-1, 4):
        with pytest.raises(ValueError, match=r"^code -?0x\d is not in 0\.\.0x3 of ternary_sign_magnitude$"):
            book.decode(code)


@pytest.mark.clause("codebook/quantize", "codebook/place")
@given(st.fractions(min_value=-2, max_value=2), st.sampled_from(["binary", "binary_sign"]))
def test_signs(x, name):
    """BinaryConnect: +1 where x >= 0, and -1 elsewhere."""
    book = BOOKS[name]
    assert book.decode(quantize(x, book, rule("ties_toward_positive")).code) == (1 if x >= 0 else -1)
    assert book.decode(quantize(x, book, rule("ties_toward_negative")).code) == (1 if x > 0 else -1)


@pytest.mark.clause("codebook/quantize")
def test_special_data():
    """Zeros are one number, infinities are beyond the last values, and a NaN has no code."""
    book, up = BOOKS["binary"], rule("ties_toward_positive")
    assert quantize(0, book, up) == quantize(NEGATIVE_ZERO, book, up) == (1, Flags.INEXACT)
    assert quantize(POSITIVE_INFINITY, book, up) == (1, Flags.NONE)
    assert quantize(NEGATIVE_INFINITY, book, up) == (0, Flags.NONE)
    assert quantize(2, book, up) == (1, BEYOND)
    assert quantize(Fraction(-3, 2), book, rule("toward_positive")) == (0, BEYOND)
    for nan in (NAN, SIGNALING_NAN):
        with pytest.raises(Unrepresentable, match=f"^binary has no code for {nan.value}$"):
            quantize(nan, book, up)
    with pytest.raises(TypeError, match="is not a rational number"):
        quantize(root(2, 2), book, up)


@pytest.mark.clause("codebook/quantize", "codebook/place")
@given(st.fractions(min_value=-4, max_value=4, max_denominator=24), books())
def test_the_nearest_value(x, book):
    """No value is nearer; of two that are equally near the rule takes the greater or the lesser one."""
    for name, second in (("ties_toward_positive", max), ("ties_toward_negative", min)):
        least = min(abs(x - value) for value in book.ascending)
        expected = second(value for value in book.ascending if abs(x - value) == least)
        code, flags = quantize(x, book, rule(name))
        assert book.decode(code) == expected
        inside = book.ascending[0] <= x <= book.ascending[-1]
        assert flags == (Flags.NONE if x == expected else Flags.INEXACT if inside else BEYOND)


@pytest.mark.clause("codebook/quantize", "codebook/place")
@given(st.fractions(min_value=-4, max_value=4, max_denominator=24), books(zero=True))
def test_every_rule_between_neighbours(x, book):
    """Each rule that a book with zero takes is the choice that its name says."""
    lower = [value for value in book.ascending if value <= x] or [book.ascending[0]]
    upper = [value for value in book.ascending if value >= x] or [book.ascending[-1]]
    low, high = lower[-1], upper[0]
    inner, outer = sorted((low, high), key=abs)
    nearer = {(x - low) < (high - x): low, (x - low) > (high - x): high}.get(True)
    choices = {
        "toward_positive": high,
        "toward_negative": low,
        "toward_zero": inner,
        "away_from_zero": outer,
        "ties_toward_positive": high if nearer is None else nearer,
        "ties_toward_negative": low if nearer is None else nearer,
        "ties_toward_zero": inner if nearer is None else nearer,
        "ties_to_away": outer if nearer is None else nearer,
    }
    assert set(choices) == set(DETERMINISTIC) - set(NEED_PARITY)
    for name, value in choices.items():
        assert book.decode(quantize(x, book, rule(name)).code) == min(max(value, book.ascending[0]), book.ascending[-1])


@pytest.mark.clause("codebook/place")
@pytest.mark.parametrize("variant", ["stochastic_a", "stochastic_b", "stochastic_c"])
def test_random_bits(variant):
    """A place of 3/8 goes outward in three of eight draws, the last ones, and upward where zero lies between."""
    rounding = rule(f"{variant}:3")
    for values, x, expected in (((1, 2), Fraction(11, 8), 1), ((-2, -1), Fraction(-11, 8), 0), ((-1, 1), Fraction(-1, 4), 1)):
        book = CodeBook("two", tuple(map(Fraction, values)))
        codes = [quantize(x, book, rounding, draw).code for draw in range(8)]
        assert codes == [1 - expected] * 5 + [expected] * 3
    with pytest.raises(ValueError, match="needs 3 random bits a number"):
        quantize(0, book, rounding)
    with pytest.raises(ValueError, match="takes no random bits"):
        quantize(0, book, rule("ties_toward_positive"), 1)


@pytest.mark.clause("codebook/rules")
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_rules_without_a_meaning(name):
    """Values are neither odd nor even; and nearness to zero needs a zero, or values on one side alone."""
    refused = {"binary": (*NEED_PARITY, *NEED_ZERO), "ternary_offset": NEED_PARITY}
    for book, names in refused.items():
        if name in names:
            with pytest.raises(ValueError, match=rf"^{name} asks which value is .*{book}"):
                quantize(5, BOOKS[book], rule(name))
        else:
            assert quantize(Fraction(1, 3), BOOKS[book], rule(name)).flags == Flags.INEXACT
    positive = CodeBook("positive", (Fraction(1), Fraction(2)))
    negative = CodeBook("negative", (Fraction(-1), Fraction(-2)))
    if name in NEED_ZERO:
        outward = name in ("ties_to_away", "away_from_zero")
        assert quantize(Fraction(3, 2), positive, rule(name)).code == outward
        assert quantize(Fraction(-3, 2), negative, rule(name)).code == outward


@pytest.mark.clause("codebook/json")
def test_json():
    """Numbers are read exactly, decimals too; texts as fractions or hexadecimal; null is unused."""
    book = from_json('{"name": "mine", "values": [0.1, "-1/3", 3, null, "0x1.8p-3", 1e-2, "-0.5", -7]}')
    assert book.name == "mine"
    assert book.values == (Fraction(1, 10), Fraction(-1, 3), 3, None, Fraction(3, 16), Fraction(1, 100), Fraction(-1, 2), -7)
    for known in (*BOOKS.values(), book):
        assert from_json(to_json(known)) == known
    assert json.loads(to_json(BOOKS["ternary_offset"])) == {"name": "ternary_offset", "values": ["-1", "0", "1", None]}
    for text, message in (
        ("[1, 2]", "a code book is an object of a name and a list of values"),
        ('{"name": "x"}', "a code book is an object of a name and a list of values"),
        ('{"name": "x", "values": 3}', "a code book is an object of a name and a list of values"),
        ('{"name": "x", "values": [1, 2], "more": 1}', "a code book is an object"),
        ('{"name": "x", "values": [1, NaN]}', "NaN is no value of a code book"),
        ('{"name": "x", "values": [1, "inf"]}', "'inf' is no value of a code book"),
        ('{"name": "x", "values": [1, true]}', "True is no value of a code book"),
        ('{"name": "x", "values": [1, "one"]}', "'one' is no number"),
        ("{", "Expecting property name"),
    ):
        with pytest.raises(ValueError, match=message):
            from_json(text)


def test_what_is_no_book():
    """The number of codes, of used codes, and values that are not told apart."""
    one = Fraction(1)
    for values, message in (
        ((one, one + 1, one + 2), "x has 3 codes, not a power of two from 2 to 65536; unused ones are None"),
        ((one,), "x has 1 codes, not a power of two"),
        ((), "x has 0 codes, not a power of two"),
        ((one, None), "x uses fewer than two of its codes"),
        ((one, Fraction(0), one, None), "codes 0x0 and 0x2 of x have one value, 1"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            CodeBook("x", values)
    with pytest.raises(ValueError, match=r"^unknown code book 'nf5'; the code books are binary, binary_sign, ternary_offset"):
        get_codebook("nf5")


@pytest.mark.clause("codebook/quantize")
@pytest.mark.parametrize("rounding", [name for name in DETERMINISTIC if name not in NEED_PARITY])
def test_a_book_of_a_format(rounding):
    """A code book of a format's numbers is read as the format is projected to, codes and, inside the range, flags."""
    to = Projection("float4_e2m1fn", rounding, "saturate")
    format = to.format
    values = tuple(None if code == 8 else format.decode(code) for code in range(16))
    book = CodeBook("e2m1", values)
    for x in [Fraction(n, 16) for n in range(-96, 97)]:
        code, flags = to(x)
        found = quantize(x, book, rule(rounding))
        assert found == (0 if code == 8 else code, flags & Flags.INEXACT)
    assert all(low < high for low, high in pairwise(book.ascending))
