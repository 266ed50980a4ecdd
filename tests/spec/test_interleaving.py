"""Interleaved scales: the published layout by reshaping, its inverse, and what fills the tiles."""

import re

import numpy as np
import pytest

from refsim.spec.interleaving import deinterleave, interleave, swizzle_128x4, tiles, unswizzle_128x4

SHAPES = [(1, 1), (128, 4), (129, 4), (128, 5), (300, 11), (32, 16)]


def by_reshaping(matrix, filler):
    """The layout of whole tiles as torchao makes it: tiles in row-major order, each as 32 rows of 4 x 4 scales."""
    down, across = tiles(*matrix.shape)
    padded = np.full((down * 128, across * 4), filler)
    padded[: matrix.shape[0], : matrix.shape[1]] = matrix
    blocks = padded.reshape(down, 128, across, 4).transpose(0, 2, 1, 3)
    return blocks.reshape(-1, 4, 32, 4).transpose(0, 2, 1, 3).ravel()


@pytest.mark.clause("interleaving/place", "interleaving/filler")
@pytest.mark.parametrize(("rows", "columns"), SHAPES)
@pytest.mark.parametrize("filler", [0, 0x7F])
def test_against_reshaping(rows, columns, filler):
    """Every scale lies where the published reshaping puts it, and the filler everywhere else."""
    matrix = (np.arange(rows * columns) + 1000).reshape(rows, columns)
    scales = [int(x) for x in matrix.ravel()]
    assert list(interleave(scales, rows, columns, filler)) == by_reshaping(matrix, filler).tolist()


@pytest.mark.clause("interleaving/place")
def test_places_by_hand():
    """The four rows 0, 32, 64 and 96 share sixteen bytes; the next sixteen are of the rows 1, 33, 65 and 97."""
    assert [swizzle_128x4(row, 0, 4) for row in (0, 32, 64, 96, 1, 33, 31, 127)] == [0, 4, 8, 12, 16, 20, 496, 508]
    assert [swizzle_128x4(0, column, 8) for column in (0, 1, 3, 4, 7)] == [0, 1, 3, 512, 515]
    assert swizzle_128x4(128, 0, 8) == 1024


@pytest.mark.clause("interleaving/inverse", "interleaving/place")
@pytest.mark.parametrize(("rows", "columns"), SHAPES)
def test_inverse(rows, columns):
    """Every place of every tile has one row and column; scales come back whatever fills the tiles."""
    down, across = tiles(rows, columns)
    places = range(down * across * 512)
    found = [unswizzle_128x4(place, columns) for place in places]
    assert [swizzle_128x4(row, column, columns) for row, column in found] == list(places)
    assert set(found) == {(row, column) for row in range(down * 128) for column in range(across * 4)}
    scales = tuple(range(rows * columns))
    assert deinterleave(interleave(scales, rows, columns, -1), rows, columns) == scales


@pytest.mark.clause("interleaving/filler", "interleaving/inverse")
def test_sizes():
    """Counts that do not fit are refused."""
    for ask, message in (
        (lambda: interleave([1, 2, 3], 2, 2, 0), "2 rows of 2 scales are 4 codes, not 3"),
        (lambda: deinterleave([0] * 511, 2, 2), "the tiles of 2 rows of 2 scales hold 512, not 511"),
        (lambda: interleave([], 0, 2, 0), "scales are 0 rows of 2, not at least one of each"),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            ask()
