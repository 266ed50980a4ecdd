"""Words of streams on arrays are those of the specification, wherever they start and however many trials are asked together."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.engine import randomness as engine
from refsim.engine.randomness import CHUNK, below, product128, words32, words64, words64_of_trials
from refsim.spec import randomness as spec
from refsim.spec.randomness import WORD32, WORD64, Stream

STREAMS = st.builds(
    Stream, st.integers(0, WORD64), st.integers(0, WORD32), st.integers(0, WORD32), st.sampled_from([0, 1, 6, 7, 16, 255])
)
FIRST = st.one_of(
    st.integers(0, 50), st.sampled_from([(1 << 32) * n - 3 for n in (1, 2, 3, 4)]), st.integers(0, (1 << 57) - 100)
)
ONE = Stream(5, 6, 7, 1)


@pytest.mark.clause("random/words64", "random/streams")
@given(STREAMS, FIRST, st.integers(0, 9))
def test_words64(stream, first, count):
    """Even and odd first words, and blocks on both sides of 2**32."""
    found = words64(stream, first, count)
    assert found.dtype == np.uint64
    assert found.tolist() == [spec.word64(stream, first + i) for i in range(count)]


@pytest.mark.clause("random/words32", "random/streams")
@given(STREAMS, FIRST, st.integers(0, 9))
def test_words32(stream, first, count):
    """All four lanes of a block first."""
    found = words32(stream, first, count)
    assert found.dtype == np.uint32
    assert found.tolist() == [spec.word32(stream, first + i) for i in range(count)]


@pytest.mark.clause("random/streams")
@pytest.mark.parametrize("made", [words32, words64], ids=["words32", "words64"])
def test_across_chunks(made):
    """More blocks than are made at once: the words at the seams."""
    one = {words32: spec.word32, words64: spec.word64}[made]
    count = 4 * CHUNK * 2 + 5
    found = made(ONE, 3, count)
    assert len(found) == count
    for at in (0, 1, 2 * CHUNK - 4, 2 * CHUNK - 3, 2 * CHUNK - 2, 4 * CHUNK - 4, 4 * CHUNK - 3, 4 * CHUNK, count - 1):
        assert found[at] == one(ONE, 3 + at)


@pytest.mark.clause("random/streams")
@given(STREAMS, st.lists(st.integers(0, WORD32), max_size=5), st.integers(0, 5), st.integers(0, 6))
def test_many_trials(stream, trials, first, count):
    """A row for each trial, the same as alone."""
    found = words64_of_trials(stream, trials, first, count)
    assert found.shape == (len(trials), count)
    assert found.tolist() == [words64(stream._replace(trial=trial), first, count).tolist() for trial in trials]


@given(st.lists(st.integers(0, WORD64), min_size=1, max_size=5), st.integers(0, WORD64))
def test_products_of_128_bits(xs, y):
    """Against Python's integers, the ends among them."""
    xs = [*xs, 0, 1, WORD32, WORD32 + 1, WORD64]
    high, low = product128(np.array(xs, np.uint64), np.uint64(y))
    assert [(h << 64) + n for h, n in zip(high.tolist(), low.tolist(), strict=True)] == [x * y for x in xs]


@pytest.mark.clause("random/below")
@given(
    STREAMS,
    st.lists(st.one_of(st.integers(1, 9), st.integers(1, WORD64), st.just((1 << 63) + 1)), max_size=9),
    st.integers(0, 9),
)
def test_below(stream, bounds, place):
    """Bounds in turn, with refused words among them, and the place behind."""
    expected, at = [], place
    for bound in bounds:
        number, at = spec.below(stream, bound, at)
        expected.append(number)
    assert below(stream, bounds, place) == (expected, at)


@pytest.mark.clause("random/bounds", "random/below")
def test_refused():
    """What the specification refuses, in its words."""
    for wrong in (Stream(-1, 0, 0, 0), Stream(0, 1 << 32, 0, 0), Stream(0, 0, 1 << 32, 0), Stream(0, 0, 0, 256)):
        with pytest.raises(ValueError, match=r"of random numbers is in 0\.\."):
            words64(wrong, 0, 1)
        with pytest.raises(ValueError, match=r"of random numbers is in 0\.\."):
            words32(wrong, 0, 1)
    with pytest.raises(ValueError, match=re.escape("the trial of random numbers is in 0..4294967295, not -1")):
        words64_of_trials(ONE, [3, -1, 4], 0, 1)
    for bound in (0, 1 << 64):
        with pytest.raises(ValueError, match=re.escape(f"a number is drawn below a bound in 1..2**64-1, not {bound}")):
            below(ONE, [3, bound], 0)
    assert engine.words64(ONE, 0, 0).tolist() == []
