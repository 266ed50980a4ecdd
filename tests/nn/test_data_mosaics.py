"""Mosaics, against ones put together pixel by pixel from the words of Philox."""

from dataclasses import replace

import numpy as np
import pytest

from refsim.nn.data import get_data
from refsim.nn.data.mosaics import TEST, TRAIN, mosaics
from refsim.nn.data.randomness import words
from refsim.nn.data.record import Data


def small(channels=1, rows=4, columns=6):
    """Eight images of three classes of rising brightness; those to test with are others."""
    random = np.random.default_rng(1)
    x = random.random((8, channels, rows, columns), np.float32)
    t = np.array([0, 1, 2, 0, 1, 2, 0, 1], np.int64)
    return Data("small", ("a", "b", "c"), x, t, 1 - x[:5], t[:5][::-1].copy())


def plain(x, t, index, purpose, *, size, pieces, shrink, threshold, seed):
    """One mosaic, pixel by pixel."""
    channels, rows, columns = x.shape[1], x.shape[2] // shrink, x.shape[3] // shrink
    drawn = [int(word) for word in words(3 * pieces, seed, purpose, index)]
    image, labels = np.zeros((channels, size, size)), np.zeros((size, size), int)
    for k in range(pieces):
        which, down, across = (
            drawn[k] % len(x),
            drawn[pieces + k] % (size - rows + 1),
            drawn[2 * pieces + k] % (size - columns + 1),
        )
        for i in range(rows):
            for j in range(columns):
                square = x[which, :, i * shrink : (i + 1) * shrink, j * shrink : (j + 1) * shrink].astype(float)
                seen = square.mean(axis=(1, 2)).astype(np.float32)
                at = (down + i, across + j)
                if seen.max() > threshold:
                    image[:, *at], labels[at] = seen, t[which] + 1
                else:
                    image[:, *at] = np.maximum(image[:, *at], seen)
    return image, labels


@pytest.mark.parametrize("options", [
    {"size": 9, "pieces": 5, "shrink": 1, "threshold": 0.6, "seed": 0},
    {"size": 6, "pieces": 3, "shrink": 2, "threshold": 0.0, "seed": 3},
])  # fmt: skip
@pytest.mark.parametrize("channels", [1, 3])
def test_mosaics_are_put_together_so(options, channels):
    source = small(channels)
    made = mosaics(source, 3, 2, **options)
    assert made.classes == ("background", "a", "b", "c")
    for purpose, x, t, images, labels in (
        (TRAIN, source.train_x, source.train_t, made.train_x, made.train_t),
        (TEST, source.test_x, source.test_t, made.test_x, made.test_t),
    ):
        for i in range(len(images)):
            image, label = plain(x, t, i, purpose, **options)
            np.testing.assert_allclose(images[i], image, rtol=1e-6)
            assert (labels[i] == label).all()


def test_a_mosaic_does_not_depend_on_how_many_there_are():
    few, many = (mosaics(small(), n, 1, size=8) for n in (2, 5))
    assert (few.train_x == many.train_x[:2]).all()
    assert not (many.train_x[0] == many.train_x[1]).all()


def test_only_the_first_classes():
    made = mosaics(small(), 20, 5, size=8, threshold=0.0, classes=2)
    assert made.classes == ("background", "a", "b")
    assert set(np.unique(made.train_t)) == {0, 1, 2}


def test_the_same_on_every_machine():
    assert mosaics(get_data("digits"), 4, 2).digest[:16] == "5f4a02674241d2ac"


@pytest.mark.parametrize(("options", "said"), [
    ({"size": 5}, "does not fit"),
    ({"shrink": 3}, "cannot be shrunk"),
    ({"pieces": 0}, "pieces from 1 on"),
    ({"threshold": 1.0}, "threshold"),
    ({"classes": 4}, "1 to 3 classes"),
    ({"train": 0}, "at least one mosaic"),
])  # fmt: skip
def test_numbers_that_mean_nothing(options, said):
    with pytest.raises(ValueError, match=said):
        mosaics(small(), **{"train": 2, "test": 2, "size": 8, **options})


def test_labelled_pixels_are_no_pieces():
    with pytest.raises(ValueError, match="one for each pixel"):
        mosaics(get_data("scene", images=4), 2, 2)


def test_a_source_without_the_classes():
    source = small()
    with pytest.raises(ValueError, match="no image of its first 1 classes"):
        mosaics(replace(source, test_t=np.full(5, 2, np.int64)), 2, 2, size=8, classes=1)
