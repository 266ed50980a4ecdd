"""Gaps on arrays are those of the specification, also right at the ends of their words, where the guess does not decide."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine import gaps as engine
from refsim.engine.gaps import MOST_WORDS, gap, hits, hits_of_trials, searched
from refsim.engine.randomness import words64
from refsim.spec import gaps as spec
from refsim.spec.gaps import gap_table
from refsim.spec.randomness import WORD64, stream

TEXTS = (
    "1/10",
    "1e-2",
    "1e-3",
    "1e-6",
    "1e-9",
    "1e-12",
    "1e-14",
    "1e-15",
    "1e-18",
    "1/2",
    "1/3",
    "9/10",
    "999/1000",
    "1/18446744073709551616",
)
RATES = [*map(Fraction, TEXTS), Fraction(1, 1 << 70), 1 - Fraction(1, 1 << 40), 1 - Fraction(1, 1 << 65)]
SEED = 0x0123456789ABCDEF


def ends(table, gaps_asked):
    """The greatest word of each gap and its neighbours, by bisection in the specification."""
    for g in gaps_asked:
        low, high = 0, 1 << 64
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if spec.gap(middle, table) >= g else (low, middle)
        yield from (word for word in range(low - 2, low + 3) if 0 <= word <= WORD64)


@pytest.mark.clause("gap/draw")
@pytest.mark.parametrize("p", RATES, ids=str)
def test_gaps_at_their_ends(p):
    """Where one gap becomes the next, the smallest and the largest words, and a thousand words of a stream."""
    table = gap_table(p)
    mean = int(1 / p)
    aimed = list(ends(table, {1, 2, 3, 17, mean, mean + 1, 5 * mean, 40 * mean}))
    words = [*aimed, *range(40), *(WORD64 - i for i in range(40)), *(1 << i for i in range(64))]
    words += words64(stream(SEED, 0, 0, "values"), 0, 1000).tolist()
    expected = [spec.gap(word, table) for word in words]
    assert gap(np.array(words, np.uint64), table).tolist() == expected
    assert searched(np.array(words, np.uint64), table).tolist() == expected


@pytest.mark.clause("gap/draw")
@given(st.fractions(0, 1).filter(lambda p: 0 < p < 1), st.lists(st.integers(0, WORD64), min_size=1, max_size=20))
def test_gaps_at_any_rate(p, words):
    """Whatever the rate."""
    table = gap_table(p)
    assert gap(np.array(words, np.uint64), table).tolist() == [spec.gap(word, table) for word in words]


@pytest.mark.parametrize("p", ["1/10", "1e-4", "1e-8"])
def test_the_guess_is_doubted_seldom_and_rightly(p, monkeypatch):
    """Of a hundred thousand words few are searched; if all were, nothing would change."""
    table, words, asked = gap_table(Fraction(p)), words64(stream(SEED, 1, 0, "values"), 0, 100_000), []
    monkeypatch.setattr(engine, "searched", lambda words, table: asked.append(len(words)) or searched(words, table))
    assert (gap(words, table) == searched(words, table)).all()
    assert sum(asked) < 100


def wrong_logarithms(monkeypatch, by):
    """Logarithms that are off by so many of their last bits."""
    right = np.log

    def log(x, **where):
        found = right(x, **where)
        found += found * by * 2.0**-52
        return found

    monkeypatch.setattr(engine.np, "log", log)


@pytest.mark.parametrize("by", [-4, -1, 1, 4])
def test_a_machine_with_other_logarithms(by, monkeypatch):
    """Logarithms that are a few last bits off give the same gaps, at the ends of words too."""
    tables = [gap_table(p) for p in RATES[:8]]
    words = [np.array([*ends(table, {1, 2, 1000}), 7 << 50, 5 << 61], np.uint64) for table in tables]
    expected = [searched(*case) for case in zip(words, tables, strict=True)]
    for table in tables:
        gap(words[0], table)
    wrong_logarithms(monkeypatch, by)
    for case, answer in zip(zip(words, tables, strict=True), expected, strict=True):
        assert gap(*case).tolist() == answer.tolist()


@pytest.mark.clause("gap/hits")
@pytest.mark.parametrize("count", [0, 1, 2, 1000, 20_000])
@pytest.mark.parametrize("p", ["1/2", "1/10", "999/1000", "1e-3", "1e-6"])
def test_hits(p, count):
    """The same positions, in several trials."""
    table = gap_table(Fraction(p))
    for trial in range(3):
        one = stream(SEED, trial, 4, "positions")
        found = hits(table, one, count)
        assert found.dtype == np.int64
        assert found.tolist() == list(spec.hits(table, one, count))


@pytest.mark.clause("gap/hits")
def test_hits_across_chunks():
    """More hits than words of a chunk; and a last candidate that is hit is the last hit."""
    table, one = gap_table(Fraction(1, 2)), stream(SEED, 0, 0, "positions")
    count = 3 * MOST_WORDS
    found = hits(table, one, count)
    assert len(found) > MOST_WORDS
    assert found.tolist() == list(spec.hits(table, one, count))
    last = int(found[-1])
    assert hits(table, one, last + 1)[-1] == last
    assert hits(table, one, last).tolist() == found[:-1].tolist()


@pytest.mark.clause("gap/hits")
def test_hits_when_few_were_expected(monkeypatch):
    """Chunks that are too short are followed by others."""
    table, one = gap_table(Fraction(1, 7)), stream(SEED, 2, 0, "positions")
    expected = list(spec.hits(table, one, 500))
    monkeypatch.setattr(engine, "_expected", lambda *_: 3)
    assert hits(table, one, 500).tolist() == expected
    assert hits_of_trials(table, one, [2, 5, 2], 500)[2].tolist() == expected


@pytest.mark.clause("gap/hits")
@pytest.mark.parametrize(("p", "count"), [("1/10", 100), ("1e-3", 3000), ("1/2", 40_000), ("1e-9", 10), ("1/3", 0)])
def test_hits_of_trials(p, count):
    """As of each trial alone, in the order of the trials; together, in halves or one by one."""
    table, one = gap_table(Fraction(p)), stream(SEED, 0, 1, "positions")
    trials = [5, 0, 4_000_000_000, 7, 8] if count > 10_000 else [*range(300), 5]
    found = hits_of_trials(table, one, trials, count)
    assert [part.tolist() for part in found] == [hits(table, one._replace(trial=t), count).tolist() for t in trials]
    assert hits_of_trials(table, one, [], count) == []


@pytest.mark.clause("gap/hits")
def test_published_hits():
    """A hundred million bits at 1/10000 begin as the specification says; a million at 1/1000 as two programs agreed."""
    found = hits(gap_table(Fraction(1, 1000)), stream(SEED, 1, 0, "positions"), 10**6)
    assert (len(found), found[:4].tolist(), found[-1]) == (969, [4, 878, 1687, 1911], 998926)
    table, one = gap_table(Fraction(1, 10_000)), stream(SEED, 0, 0, "positions")
    found = hits(table, one, 10**8)
    assert found[: len(part := list(spec.hits(table, one, 10**6)))].tolist() == part
    assert abs(len(found) - 10_000) < 400
