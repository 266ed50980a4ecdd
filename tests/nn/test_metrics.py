"""Metrics: hand-made matrices, scikit-learn, and what they refuse."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, jaccard_score

from refsim.nn.metrics import (
    accuracy,
    confusion,
    global_iou,
    intersection_over_union,
    mean_iou,
    predicted,
    weighted_iou,
)

COUNTS = np.array([[3, 1, 0], [2, 4, 0], [0, 0, 0]])


def test_confusion():
    """Rows are what is there, columns what was found; what has no label is not counted."""
    t, guess = np.array([[0, 0, 1], [1, -1, 2]]), np.array([[0, 1, 1], [1, 2, 0]])
    assert confusion(guess, t, 3).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]


def test_shares():
    """Of ten, seven are right; class 0 has 3 of 6, class 1 has 4 of 7, class 2 is nowhere."""
    assert accuracy(COUNTS) == 0.7
    np.testing.assert_array_equal(intersection_over_union(COUNTS), [3 / 6, 4 / 7, np.nan])
    assert mean_iou(COUNTS) == (3 / 6 + 4 / 7) / 2
    assert global_iou(COUNTS) == 7 / 13
    assert weighted_iou(COUNTS) == pytest.approx((4 * 3 / 6 + 6 * 4 / 7) / 10, rel=1e-15)


def test_nothing():
    """Of no samples everything is 0."""
    nothing = np.zeros((3, 3), np.int64)
    assert [metric(nothing) for metric in (accuracy, mean_iou, global_iou, weighted_iou)] == [0, 0, 0, 0]


def test_scikit_learn():
    """The same matrix, accuracy and Jaccard scores."""
    random = np.random.default_rng(1)
    t, guess = random.integers(0, 5, 500), random.integers(0, 5, 500)
    counts = confusion(guess, t, 5)
    assert (counts == confusion_matrix(t, guess)).all()
    assert accuracy(counts) == accuracy_score(t, guess)
    np.testing.assert_allclose(intersection_over_union(counts), jaccard_score(t, guess, average=None), rtol=1e-15)
    assert mean_iou(counts) == pytest.approx(jaccard_score(t, guess, average="macro"), rel=1e-14)
    assert global_iou(counts) == pytest.approx(jaccard_score(t, guess, average="micro"), rel=1e-14)
    assert weighted_iou(counts) == pytest.approx(jaccard_score(t, guess, average="weighted"), rel=1e-14)


def test_predicted():
    """The greatest, and of several the first, of a vector and at every pixel."""
    assert predicted(np.array([[1.0, 3, 3], [2, 1, 0]])).tolist() == [1, 0]
    assert predicted(np.array([[[[0.0, 5]], [[1, 5]]]])).tolist() == [[[1, 0]]]


def test_refusals():
    """Shapes that differ, and classes that are not there."""
    with pytest.raises(ValueError, match=r"predictions and labels have one shape, not \(1,\) and \(2,\)"):
        confusion(np.array([1]), np.array([1, 1]), 2)
    with pytest.raises(ValueError, match="labels are from 0 to 1, not 0 to 2"):
        confusion(np.array([1, 0]), np.array([0, 2]), 2)
    with pytest.raises(ValueError, match="predictions are from 0 to 1, not 0 to 2"):
        confusion(np.array([0, 2]), np.array([1, 0]), 2)
