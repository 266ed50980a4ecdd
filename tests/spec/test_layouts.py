"""Layouts: bits lie where NumPy's reshaping puts them, and every bit has a place of its own."""

from itertools import product

import numpy as np
import pytest

from refsim.spec.layouts import ONE_ROW_PER_WORD, Cell, Layout

CASES = [(columns, n, w, groups) for columns, n, w, groups in product((1, 5, 64), (1, 2, 4, 7), (1, 3, 8), (1, 3))]


@pytest.mark.clause("layout/interleave")
@pytest.mark.parametrize(("columns", "n", "w", "groups"), CASES)
def test_interleaving_is_a_transposition(columns, n, w, groups):
    """Of each group the matrix of elements and bits is turned over."""
    layout = Layout(columns, n)
    bits = np.arange(groups * n * w).reshape(groups, n, w)
    expected = np.empty(bits.size, int)
    expected[bits.transpose(0, 2, 1).reshape(-1)] = np.arange(bits.size)
    for element, bit in product(range(groups * n), range(w)):
        along = layout.along(element, bit, w)
        assert along == expected[element * w + bit]
        assert layout.place(along, w) == (element, bit)


@pytest.mark.clause("layout/interleave")
@pytest.mark.parametrize(("n", "k", "w"), [(1, 3, 4), (2, 8, 8), (4, 2, 3), (3, 1, 5)])
def test_words_are_elements_side_by_side(n, k, w):
    """Words of k elements of w bits lie as elements of k * w bits do, element 0 of a word in its lowest bits."""
    layout, plain = Layout(64, n, word=k), Layout(64, n)
    for element, bit in product(range(3 * n * k), range(w)):
        along = layout.along(element, bit, w)
        assert along == plain.along(element // k, element % k * w + bit, k * w)
        assert layout.place(along, w) == (element, bit)


@pytest.mark.clause("layout/banks")
@pytest.mark.parametrize(("columns", "banks"), [(1, 1), (4, 1), (4, 3), (7, 2)])
def test_rows_are_dealt_out(columns, banks):
    """As cards are: row by row, each to the next bank."""
    layout, dealt = Layout(columns, banks=banks), [[] for _ in range(banks)]
    for row in range(11):
        bank = dealt[row % banks]
        for column in range(columns):
            assert layout.cell(row * columns + column) == Cell(row % banks, len(bank), column)
        bank.append(row)


@pytest.mark.clause("layout/interleave", "layout/banks")
def test_by_hand():
    """Two int4 side by side in rows of 4 and two banks: bit 1 of element 3 is the eighth bit of the second group."""
    layout = Layout(4, interleave=2, banks=2)
    assert layout.along(3, 1, 4) == 8 + 2 + 1
    assert layout.cell(11) == Cell(bank=0, row=1, column=3)
    assert ONE_ROW_PER_WORD.cell(64) == Cell(0, 1, 0)


@pytest.mark.parametrize("what", ["columns", "interleave", "banks", "word"])
def test_refused(what):
    """Less than one of anything."""
    with pytest.raises(ValueError, match=f"the {what} of a layout are 1 or more, not 0"):
        Layout(**{"columns": 8, what: 0})
