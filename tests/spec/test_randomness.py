"""Randomness by counter: the published answers of Philox, another rendering of it, where words lie, and exact fairness."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec import randomness
from refsim.spec.randomness import (
    ALL_SITES,
    PURPOSES,
    WEYL,
    WORD32,
    WORD64,
    Stream,
    below,
    block,
    philox,
    plane,
    stream,
    word32,
    word64,
)

from .plain_philox import plain_philox

KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((WORD32,) * 4, (WORD32,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
"""Counter, key and answer of philox4x32 with 10 rounds in the file kat_vectors of Random123."""
WORDS = st.integers(0, WORD32)
ONE = Stream(0x0123456789ABCDEF, 7, 3, 1)


@pytest.mark.clause("random/philox")
@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN, ids=["zeros", "ones", "pi"])
def test_known_answers(counter, key, answer):
    """The three that Random123 publishes."""
    assert philox(counter, key) == plain_philox(counter, key) == answer


@pytest.mark.clause("random/philox")
@given(st.tuples(WORDS, WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS))
def test_another_rendering(counter, key):
    """Any counter and key."""
    assert philox(counter, key) == plain_philox(counter, key)


@pytest.mark.clause("random/philox")
def test_weyl_constants_are_what_they_are_called():
    """The golden ratio and the square root of 3, both less one, rounded down to 32 bits: found by integer comparisons."""
    golden, root = (word + (1 << 32) for word in WEYL)
    assert golden**2 - (golden << 32) < 1 << 64 < (golden + 1) ** 2 - (golden + 1 << 32)
    assert root**2 < 3 << 64 < (root + 1) ** 2


@pytest.mark.clause("random/streams")
@pytest.mark.parametrize("i", [0, 1, 0xFFFFFFFF, 1 << 32, (5 << 32) + 9, (1 << 56) - 1])
def test_where_a_block_lies_in_the_counter(i):
    """The low 32 bits of its number, the high 24 below the purpose, the site, the trial; the seed is the key."""
    counter = (i % 2**32, 0x01000000 + i // 2**32, 3, 7)
    assert block(ONE, i) == plain_philox(counter, (0x89ABCDEF, 0x01234567))


@pytest.mark.clause("random/words32", "random/words64")
def test_words_of_blocks():
    """Four words of 32 bits a block, or two of 64 of which the first is the low half."""
    x0, x1, x2, x3 = block(ONE, 5)
    assert [word32(ONE, i) for i in range(20, 24)] == [x0, x1, x2, x3]
    assert [word64(ONE, i) for i in (10, 11)] == [(x1 << 32) + x0, (x3 << 32) + x2]


@pytest.mark.clause("random/words64")
def test_published_words():
    """The first words of the golden masks: two independent programs agreed on them."""
    words = [word64(stream(0x0123456789ABCDEF, 0, 0, "positions"), i) for i in range(4)]
    assert words == [0xC58CB04BB850222E, 0x7A84FFF914A7A020, 0x523E0D85ADCA1466, 0xB299DA3F65401425]


@pytest.mark.clause("random/streams")
def test_streams_do_not_meet():
    """No two streams of neighbouring seeds, trials, sites, purposes and planes have a block in common."""
    streams = [Stream(seed, trial, site, purpose) for seed in (0, 1, 1 << 32) for trial in (0, 1) for site in (0, 1)
               for purpose in (*PURPOSES.values(), 16, 255)]  # fmt: skip
    blocks = [block(one, i) for one in streams for i in (0, 1, 1 << 32)]
    assert len(set(blocks)) == len(blocks)
    assert len(set(PURPOSES.values())) == len(PURPOSES)
    assert max(PURPOSES.values()) < randomness.FIRST_PLANE == plane(0, 0, 0, 0).purpose


@pytest.mark.clause("random/bounds")
@pytest.mark.parametrize(
    ("given", "what"),
    [
        ((1 << 64, 0, 0), "the seed of random numbers is in 0..18446744073709551615, not 18446744073709551616"),
        ((-1, 0, 0), "the seed of random numbers is in 0..18446744073709551615, not -1"),
        ((0, 1 << 32, 0), "the trial of random numbers is in 0..4294967295, not 4294967296"),
        ((0, 0, -1), "the site of random numbers is in 0..4294967295, not -1"),
    ],
)
def test_out_of_bounds(given, what):
    """Each number past its bounds is refused; the greatest are not."""
    with pytest.raises(ValueError, match=re.escape(what)):
        stream(*given, "marks")
    assert stream(WORD64, WORD32, WORD32, "marks").purpose == 1


@pytest.mark.clause("random/bounds")
def test_other_refusals():
    """A plane past the last one, and a purpose that nobody knows."""
    assert plane(0, 0, 0, 239).purpose == 255
    with pytest.raises(ValueError, match=re.escape("purpose of random numbers is in 0..255, not 256")):
        plane(0, 0, 0, 240)
    with pytest.raises(ValueError, match="unknown purpose 'luck'; the purposes are positions, marks, values"):
        stream(0, 0, 0, "luck")


BOUNDS = [1, 2, 3, 7, 10, 1000, (1 << 32) + 1, (1 << 63) + 1, 0xC000000000000000, WORD64]


@pytest.mark.clause("random/below")
@pytest.mark.parametrize("bound", BOUNDS)
def test_every_number_has_the_same_words(bound, monkeypatch):
    """Of all 2**64 words each number gets ``2**64 // bound``: the first and the last of them are taken, their neighbours not.

    This is exact: what lies between the first and the last word of a number is taken too, since products grow.
    """
    least = 2**64 % bound
    for number in {0, 1, bound // 3, bound // 2, bound - 2, bound - 1} & set(range(min(bound, 1 << 20))) | {bound - 1}:
        first = -(-(number * 2**64 + least) // bound)
        last = ((number + 1) * 2**64 - 1) // bound
        assert last - first + 1 == 2**64 // bound
        for word, place in ((first, 1), (last, 1), (first - 1, None), (last + 1, None)):
            if not 0 <= word <= WORD64:
                continue
            words = iter([word, 0, 2**63, first])
            monkeypatch.setattr(randomness, "word64", lambda *_, words=words: next(words))
            found = below(ONE, bound, 0)
            assert (found == (number, 1)) == (place is not None)


@pytest.mark.clause("random/below")
def test_refused_words_are_passed():
    """Half of all words are refused where a bound is just above 2**63; the place tells how many were taken."""
    bound, place, taken = (1 << 63) + 1, 0, []
    for _ in range(200):
        drawn = below(ONE, bound, place)
        taken.append(drawn.place - place)
        assert drawn.number == word64(ONE, drawn.place - 1) * bound >> 64
        place = drawn.place
    assert 300 < sum(taken) < 500
    assert abs(Fraction(taken.count(1), 200) - Fraction(1, 2)) < Fraction(1, 8)


@pytest.mark.clause("random/below")
@pytest.mark.parametrize("bound", [0, -1, 1 << 64])
def test_no_such_bound(bound):
    """A bound that nothing is below, or that 64 bits do not hold."""
    with pytest.raises(ValueError, match=re.escape(f"a number is drawn below a bound in 1..2**64-1, not {bound}")):
        below(ONE, bound, 0)


@pytest.mark.clause("random/purposes", "random/planes")
def test_numbers_of_purposes():
    """The numbers that stand in counters, as hardware and C have them."""
    numbers = {"positions": 0, "marks": 1, "values": 2, "shapes": 3, "dense": 6, "bootstrap": 7}
    assert numbers == PURPOSES
    for name, number in numbers.items():
        assert stream(5, 6, 7, name) == (5, 6, 7, number)
    assert [plane(5, 6, 7, bit).purpose for bit in (0, 1, 63)] == [16, 17, 79]
    assert ALL_SITES == 0xFFFFFFFF
