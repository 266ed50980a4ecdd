"""Handwritten digits of 8 x 8 pixels, as scikit-learn brings them."""

from __future__ import annotations

import numpy as np

from .randomness import order
from .record import Data, MissingData

GREYS = 16
"""The greatest grey; the least is 0."""
TEST = 360
"""How many of the 1797 images are to test with."""


def digits(seed: int = 0) -> Data:
    """1437 images to learn from and 360 to test with, of shape (1, 8, 8), in an order that the seed decides.

    The test set of the UCI repository's *Optical Recognition of Handwritten Digits* (Alpaydin and Kaynak, 1998), which
    scikit-learn has on board. Greys are sixteenths, so they are exact. ``MissingData`` without scikit-learn.
    """
    try:
        from sklearn.datasets import load_digits  # noqa: PLC0415 an extra
    except ModuleNotFoundError:
        raise MissingData("digits are a data set of scikit-learn, which is not installed: pip install 'refsim[data]'") from None
    found = load_digits()
    x = (found.images / GREYS).astype(np.float32)[:, np.newaxis]
    t = found.target.astype(np.int64)
    chosen = order(len(x), seed)
    learn, test = chosen[TEST:], chosen[:TEST]
    return Data("digits", tuple("0123456789"), x[learn], t[learn], x[test], t[test])
