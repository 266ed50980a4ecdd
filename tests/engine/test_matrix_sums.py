"""Sums of products by the host's matrix product: exact to the last integer, and in pieces beyond."""

import itertools

import numpy as np
import pytest

from refsim.engine.matrix_sums import matrix_sums, pair_sums


@pytest.mark.parametrize(
    ("x", "y", "length"),
    [(-128, -128, 1024), (-128, -128, 1025), (-128, 255, 3000), (255, 255, 70_000), (-8, -8, 300_000), (-32768, 32767, 3000)],
)
def test_matrix_products_make_no_error(x, y, length):
    """Sums of one sign at and past the last integer that binary32 has next to its neighbours."""
    a, b = np.full((length, 2), x), np.full((length, 3), y)
    a[0, 1] = b[-1, 2] = 1
    expected = a.T @ b
    for kind in (np.int16 if max(abs(x), y) < 1 << 15 else np.int32, np.int64):
        assert (matrix_sums(a.astype(kind), b.astype(kind), modular=False) == expected).all()
    assert (pair_sums(a, b[:, :2], modular=False) == np.diagonal(expected[:, :2])).all()


@pytest.mark.parametrize("kinds", [*itertools.product((np.int64, np.uint64, np.int32, np.uint32), repeat=2)])
def test_long_integers_in_pieces(kinds):
    """Products of up to 128 bits, beside Python's integers, and their last 64 bits."""
    rng = np.random.default_rng(5)
    x, y = (rng.integers(np.iinfo(k).min, np.iinfo(k).max, (70, 4), dtype=k, endpoint=True) for k in kinds)
    x[0], y[0] = np.iinfo(kinds[0]).min, np.iinfo(kinds[1]).max
    expected = x.astype(object).T @ y.astype(object)
    pairs = np.sum(x.astype(object) * y.astype(object), axis=0)
    assert (matrix_sums(x, y, modular=False) == expected).all()
    assert (pair_sums(x, y, modular=False) == pairs).all()
    for found, exact in ((matrix_sums(x, y, modular=True), expected), (pair_sums(x, y, modular=True), pairs)):
        assert ((found.astype(object) - exact) % (1 << 64) == 0).all()
