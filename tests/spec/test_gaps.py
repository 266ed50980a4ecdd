"""Gaps: the published table and hits, and the exact distribution that a table gives, by counting words."""

from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec import gaps
from refsim.spec.gaps import LONGEST_TABLE, gap, gap_table, hits
from refsim.spec.randomness import WORD64, stream

RATES = [Fraction(text) for text in ("1/10", "1e-3", "1e-6", "1e-9", "1/2", "1/3", "9/10", "999/1000", "1e-12")]


@pytest.mark.clause("gap/table")
def test_published_table():
    """The rate 1/1000."""
    table = gap_table(Fraction(1, 1000))
    assert table[:4] == (0xFFBE76C8B4395810, 0xFF7CFE586013660E, 0xFEFA3FBB71B73544, 0xFDF58B187F9F72BE)
    assert [len(gap_table(Fraction(text))) for text in ("1/10", "1e-3", "1e-6", "1e-9")] == [10, 17, 27, 37]


@pytest.mark.clause("gap/table")
@pytest.mark.parametrize("p", RATES, ids=str)
def test_entries_are_powers(p):
    """Each entry is the power of 1-p rounded down, or one less where 320 bits were not enough: by fractions."""
    table = gap_table(p)
    for j, entry in enumerate(table[:8] if p.denominator > 1000 else table):
        power = (1 - p) ** (1 << j) * 2**64
        assert power - 2 < entry <= power
    assert table[-1] == 0
    assert 0 not in table[:-1]


@pytest.mark.clause("gap/table")
def test_rates_at_the_ends():
    """A rate too small for the table ends with entry 47, its entries at most 2**64-1; one next to 1 has one entry of 0."""
    tiny = gap_table(Fraction(1, 1 << 70))
    assert len(tiny) == LONGEST_TABLE
    assert tiny[0] == WORD64
    assert gap_table(1 - Fraction(1, 1 << 65)) == (0,)
    for p in (0, 1, Fraction(-1, 2), Fraction(3, 2)):
        with pytest.raises(ValueError, match="a table of gaps is for a rate between 0 and 1, not"):
            gap_table(Fraction(p))


def words_from(g, table):
    """How many words give a gap of g or more: by bisection, since gaps fall as words grow."""
    low, high = 0, 1 << 64
    while low < high:
        middle = (low + high) // 2
        if gap(middle, table) >= g:
            low = middle + 1
        else:
            high = middle
    return low


@pytest.mark.clause("gap/draw")
@given(st.sampled_from(RATES), st.integers(0, WORD64), st.integers(0, WORD64))
def test_gaps_fall_as_words_grow(p, one, other):
    """On which the counting of words rests."""
    table, (low, high) = gap_table(p), sorted((one, other))
    assert gap(low, table) >= gap(high, table)


@pytest.mark.clause("gap/draw", "gap/table")
@pytest.mark.parametrize("p", RATES, ids=str)
def test_exact_distribution(p):
    """Gaps of g or more have the probability ``(1-p)**g``, but for less than 144 of the 2**64 words, at any g.

    So a word of w bits is hit with ``1 - (1-p)**w``, and N bits have no hit with ``(1-p)**N``: the closed forms.
    """
    table, mean = gap_table(p), int(1 / p)
    for g in sorted({0, 1, 2, 3, 7, 8, 16, 32, 63, 64, 100, mean // 2, mean, 3 * mean} if mean < 1e4 else {0, 1, 8, 64, 1000}):
        expected = (1 - p) ** g
        assert abs(Fraction(words_from(g, table), 1 << 64) - expected) < Fraction(144, 1 << 64)


@pytest.mark.clause("gap/draw")
@pytest.mark.parametrize("p", RATES, ids=str)
def test_the_ends_of_all_words(p):
    """The greatest word is a hit at once; the word 0 has the longest gap, where all but nothing is left."""
    table = gap_table(p)
    longest = gap(0, table)
    assert gap(WORD64, table) == 0
    assert longest < 1 << len(table) - 1
    assert longest == 0 or words_from(longest, table) >= 1


@pytest.mark.clause("gap/draw")
def test_a_gap_by_hand():
    """Entries of 1/2, 1/4 and 1/16: a word at 5/64 is below 1/16 no more, and below 1/4 and 1/8 is; the gap is 3."""
    table = (1 << 63, 1 << 62, 1 << 60, 0)
    assert gap(5 << 58, table) == 3
    assert [gap((1 << 63) - n, table) for n in (0, 1, 2)] == [0, 0, 1]
    assert [gap(n << 60, table) for n in (15, 8, 7, 4, 3, 2, 1)] == [0, 0, 1, 1, 2, 2, 3]


@pytest.mark.clause("gap/hits")
def test_published_hits():
    """A million bits at 1/1000: trials 0 and 1, found by two independent programs."""
    table, seed = gap_table(Fraction(1, 1000)), 0x0123456789ABCDEF
    first, second = (list(hits(table, stream(seed, trial, 0, "positions"), 10**6)) for trial in (0, 1))
    assert (len(first), first[:8], first[-1]) == (1018, [259, 996, 2131, 2491, 3167, 5432, 6127, 6135], 999132)
    assert (len(second), second[:8], second[-1]) == (969, [4, 878, 1687, 1911, 2173, 3528, 4961, 6180], 998926)


@pytest.mark.clause("gap/hits")
def test_hits_follow_the_words(monkeypatch):
    """Each hit takes the next word; one at the last candidate counts, one behind it does not."""
    given = [3, 0, 5, 2]
    monkeypatch.setattr(gaps, "word64", lambda _, i: given[i])
    monkeypatch.setattr(gaps, "gap", lambda word, _: word)
    one = stream(0, 0, 0, "positions")
    assert list(hits((), one, 11)) == [3, 4, 10]
    assert list(hits((), one, 10)) == [3, 4]
    assert list(hits((), one, 4)) == [3]
    assert list(hits((), one, 3)) == []
    assert list(hits((), one, 0)) == []
    monkeypatch.undo()
    assert list(islice(hits(gap_table(1 - Fraction(1, 1 << 65)), one, 5), 9)) == [0, 1, 2, 3, 4]
