"""The samples of studies are the same ones each time, so many at most, and none of them twice."""

import numpy as np

from refsim.nn.data import get_data
from refsim.studies.samples import some


def rows(images):
    """Images as sets of pixels."""
    return [image.tobytes() for image in images]


def test_some():
    """So many of each part, with their labels, the same ones again; fewer are the first of more."""
    whole, found = get_data("digits"), some("digits", 50, 20)
    assert (len(found.train_x), len(found.train_t), len(found.test_x), len(found.test_t)) == (50, 50, 20, 20)
    for part, labels, of, of_labels in (
        (found.train_x, found.train_t, whole.train_x, whole.train_t),
        (found.test_x, found.test_t, whole.test_x, whole.test_t),
    ):
        known = dict(zip(rows(of), of_labels.tolist(), strict=True))
        assert [known[row] for row in rows(part)] == labels.tolist()
        assert len(set(rows(part))) == len(part)
    again, fewer = some("digits", 50, 20), some("digits", 10, 5)
    assert again.digest == found.digest
    np.testing.assert_array_equal(fewer.test_x, found.test_x[:5])
    np.testing.assert_array_equal(fewer.train_t, found.train_t[:10])


def test_no_more_than_there_are():
    """Where a set has fewer, all of them are taken."""
    whole, found = get_data("digits"), some("digits", 10**6, 10**6)
    assert sorted(rows(found.train_x)) == sorted(rows(whole.train_x))
    assert len(found.test_t) == len(whole.test_t)
