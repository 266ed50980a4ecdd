"""Blocks of samples and channels against whole arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.campaigns.blocks import Block, crossing, divided, joined, laid, lines, meeting, over, trimmed, union

SAMPLES, CHANNELS = 4, 3
CLEAN = np.arange(SAMPLES * CHANNELS * 2, dtype=np.uint8).reshape(SAMPLES, CHANNELS, 2)


def places(most):
    """Some of so many places, in order, at least one."""
    return st.sets(st.integers(0, most - 1), min_size=1).map(sorted).map(np.array)


@st.composite
def blocks(draw, trials=1):
    """A block of any codes."""
    rows, channels = draw(places(SAMPLES * trials)), draw(places(CHANNELS))
    size = (len(rows), len(channels), 2)
    codes = draw(st.lists(st.integers(0, 30), min_size=int(np.prod(size)), max_size=int(np.prod(size))))
    return Block(rows, channels, np.array(codes, np.uint8).reshape(size))


def whole(block, trials=1):
    """The result of all trials, of which a block is a part."""
    found = np.concatenate([CLEAN] * trials)
    if block is not None:
        found[np.ix_(block.rows, block.channels)] = block.codes
    return found


@given(blocks(2), places(SAMPLES * 2), places(CHANNELS))
def test_codes_of_a_block_and_around_it(block, rows, channels):
    """Codes come from the block where it has some, else from the clean result of the sample."""
    wanted = whole(block, 2)[np.ix_(rows, channels)]
    np.testing.assert_array_equal(laid(block, CLEAN, rows, channels), wanted)
    np.testing.assert_array_equal(laid(None, CLEAN, rows, channels), whole(None, 2)[np.ix_(rows, channels)])
    np.testing.assert_array_equal(CLEAN, whole(None))


@given(blocks(2))
def test_nothing_is_trimmed_that_differs(block):
    """What is left is as small as it can be, and stands for the same result."""
    left = trimmed(block, CLEAN)
    np.testing.assert_array_equal(whole(left, 2), whole(block, 2))
    differs = whole(block, 2) != whole(None, 2)
    if left is None:
        assert not differs.any()
        return
    assert left.rows.tolist() == np.flatnonzero(differs.any(axis=(1, 2))).tolist()
    assert left.channels.tolist() == np.flatnonzero(differs.any(axis=(0, 2))).tolist()


@given(blocks(), blocks())
def test_one_block_over_another(first, second):
    """The second one hides the first one."""
    wanted = whole(first)
    wanted[np.ix_(second.rows, second.channels)] = second.codes
    np.testing.assert_array_equal(whole(over(CLEAN, first, second)), wanted)
    assert over(CLEAN, None, second) is second


@given(blocks(), blocks())
def test_joined_and_divided(first, second):
    """Blocks of trials put together and taken apart stand for the same results."""
    moved = Block(second.rows + 2 * SAMPLES, second.channels, second.codes)
    together = joined([first, moved], CLEAN)
    parts = divided(together, [0, 1, 2], SAMPLES)
    assert set(parts) == {0, 2}
    np.testing.assert_array_equal(whole(parts[0], 3)[:SAMPLES], whole(first))
    np.testing.assert_array_equal(whole(parts[2], 3)[2 * SAMPLES :], whole(second))


def test_trimming_keeps_all_channels_of_an_output():
    """An output is asked for whole."""
    codes = CLEAN[1:3].copy()
    codes[0, 2, 0] ^= 1
    left = trimmed(Block(np.array([1, 2]), np.arange(3), codes), CLEAN, whole=True)
    assert (left.rows.tolist(), left.channels.tolist()) == ([1], [0, 1, 2])


def test_samples_of_two_trials_are_not_all_samples():
    """As many rows as samples, first and last among them, but of two trials."""
    rows = np.array([0, 2, 5, 7])
    np.testing.assert_array_equal(crossing(CLEAN, rows % SAMPLES, np.arange(3)), CLEAN[[0, 2, 1, 3]])


@pytest.mark.parametrize("count", [0, 3, 5000])
def test_lines_with_marks(count):
    """Few marks are listed, many are looked for: the same rows and columns."""
    marks = np.zeros((300, 70), bool)
    marks.reshape(-1)[np.random.default_rng(1).permutation(marks.size)[:count]] = True
    rows, columns = lines(marks)
    assert rows.tolist() == np.flatnonzero(marks.any(axis=1)).tolist()
    assert columns.tolist() == np.flatnonzero(marks.any(axis=0)).tolist()


def test_lists_of_places():
    """What is in any of some lists; where what is in both of two stands."""
    assert union([np.array([1, 3]), np.array([0, 3])]).tolist() == [0, 1, 3]
    assert [found.tolist() for found in meeting(np.array([1, 3, 4]), np.array([0, 3, 4, 9]))] == [[1, 2], [1, 2]]
    assert [found.tolist() for found in meeting(np.array([], int), np.array([0]))] == [[], []]
