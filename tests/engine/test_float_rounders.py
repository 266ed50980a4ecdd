"""Rounding of the host's numbers to fewer bits."""

import numpy as np
import pytest

from refsim.engine.float_rounders import ROUNDERS, by_splitting

SIGNIFICANDS = np.arange(1 << 23, dtype=np.int32) + (127 << 23)


@pytest.mark.parametrize("drop", range(2, 23))
def test_splitting_ties_to_even_for_every_significand(drop):
    """Three roundings of the host are one to even, for all significands and every number of bits."""
    expected, spare = SIGNIFICANDS.copy(), np.empty_like(SIGNIFICANDS)
    ROUNDERS["ties_to_even"](expected, spare, drop)
    expected &= -(1 << drop)
    found = SIGNIFICANDS.view(np.float32).copy()
    by_splitting(found, spare.view(np.float32), drop)
    assert (found.view(np.int32) == expected).all()


@pytest.mark.parametrize("drop", [13, 16, 21])
def test_splitting_of_zeros_signs_and_small_numbers(drop):
    """Zeros keep their signs, negative numbers are mirrored, and subnormal numbers of the host are rounded as all others."""
    small = np.concatenate([np.arange(1 << 12), np.arange(1 << 23, (1 << 23) + (1 << 22), 997), [(40 << 23) + 12345]]).astype(
        np.int32
    )
    expected, spare = small.copy(), np.empty_like(small)
    # A subnormal number is rounded by its own leading bit, as a normal one is: scaled up it is one.
    scaled = (small.view(np.float32).astype(np.float64) * 2.0**60).astype(np.float32)
    bits = scaled.view(np.int32).copy()
    ROUNDERS["ties_to_even"](bits, spare, drop)
    bits &= -(1 << drop)
    expected = (bits.view(np.float32).astype(np.float64) * 2.0**-60).astype(np.float32)
    for sign in (1, -1):
        found = np.float32(sign) * small.view(np.float32)
        by_splitting(found, np.empty_like(found), drop)
        assert (found.view(np.int32) == (np.float32(sign) * expected).view(np.int32)).all()
