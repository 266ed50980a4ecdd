"""Losses: published and hand-made values, gradients against differences, scikit-learn, and what they refuse."""

import numpy as np
import pytest
from sklearn.metrics import hinge_loss, log_loss, mean_squared_error

from refsim.nn.layers.softmax import softmax
from refsim.nn.losses import LOSSES, one_hot

from .test_layer_gradients import slopes

Y = np.random.default_rng(2).normal(0, 2, (6, 4))
LABELS = np.array([0, 3, 1, 2, 2, 0])
PIXELS = np.random.default_rng(3).normal(0, 2, (2, 3, 4, 2))
PIXEL_LABELS = np.random.default_rng(4).integers(-1, 3, (2, 4, 2))
SIGNS = np.where(np.random.default_rng(5).random((6, 4)) < 0.5, -1, 1)


def test_cross_entropy():
    """Equal results for all classes give the logarithm of their number; scikit-learn agrees about others."""
    found = LOSSES["softmax_cross_entropy"](np.zeros((2, 4)), np.array([1, 3]))
    assert found.value == pytest.approx(np.log(4), rel=1e-15)
    assert found.gradient.tolist() == [[0.125, -0.375, 0.125, 0.125], [0.125, 0.125, 0.125, -0.375]]
    found = LOSSES["softmax_cross_entropy"](Y, LABELS).value
    assert found == pytest.approx(log_loss(LABELS, softmax(Y), labels=range(4)), rel=1e-12)


def test_cross_entropy_of_great_results():
    """No overflow, and no logarithm of 0."""
    found = LOSSES["softmax_cross_entropy"](np.float32([[1e4, 0]]), np.array([1]))
    assert (found.value, found.gradient.tolist()) == (1e4, [[1, -1]])


def test_mean_squared_error():
    """Targets of the same shape, and labels for 1 and 0."""
    target = Y[::-1]
    assert LOSSES["mean_squared_error"](Y, target).value == pytest.approx(mean_squared_error(target, Y), rel=1e-12)
    assert LOSSES["mean_squared_error"](np.array([[0.5, 0.5]]), np.array([1])).value == 0.25
    assert LOSSES["mean_squared_error"](np.array([[3.0], [5.0]]), np.array([[1.0], [5.0]])).gradient.tolist() == [[2], [0]]


def test_squared_hinge():
    """Nothing is lost beyond 1; labels stand for 1 and -1; the square of what scikit-learn's hinge loses."""
    found = LOSSES["squared_hinge"](np.array([[2.0, 0.5, -1.0, 0.0]]), np.array([[1, 1, -1, -1]]))
    assert (found.value, found.gradient.tolist()) == ((0.25 + 1) / 4, [[0, -0.25, 0, 0.5]])
    assert LOSSES["squared_hinge"](Y, LABELS).value == LOSSES["squared_hinge"](Y, one_hot(LABELS, Y) * 2 - 1).value
    single = np.array([[0.25]])
    assert LOSSES["squared_hinge"](single, np.array([[1]])).value == hinge_loss([1, -1], [0.25, -1]) ** 2 * 4


CASES = [
    ("softmax_cross_entropy", Y, LABELS),
    ("softmax_cross_entropy", PIXELS, PIXEL_LABELS),
    ("mean_squared_error", Y, LABELS),
    ("mean_squared_error", Y, Y[::-1].copy()),
    ("mean_squared_error", PIXELS, PIXEL_LABELS),
    ("squared_hinge", Y, LABELS),
    ("squared_hinge", Y, SIGNS),
    ("squared_hinge", PIXELS, PIXEL_LABELS),
]


@pytest.mark.parametrize(("name", "y", "t"), CASES, ids=[f"{name}-{i}" for i, (name, *_) in enumerate(CASES)])
def test_gradients(name, y, t):
    """Central differences; the type stays."""
    y = y.copy()
    gradient = LOSSES[name](y, t).gradient
    np.testing.assert_allclose(gradient, slopes(lambda: LOSSES[name](y, t).value, y), rtol=1e-6, atol=1e-9)
    narrow = LOSSES[name](y.astype(np.float32), t)
    assert narrow.gradient.dtype == np.float32
    assert narrow.value == pytest.approx(LOSSES[name](y, t).value, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_no_label(name):
    """Pixels without a label add nothing: the loss is that of the others by themselves, and it is 0 where there are none."""
    known = PIXEL_LABELS >= 0
    assert 0 < known.sum() < known.size
    alone = PIXELS.transpose(0, 2, 3, 1)[known]
    found = LOSSES[name](PIXELS, PIXEL_LABELS)
    assert found.value == pytest.approx(LOSSES[name](alone, PIXEL_LABELS[known]).value, rel=1e-12)
    assert not found.gradient.transpose(0, 2, 3, 1)[~known].any()
    nothing = LOSSES[name](PIXELS, np.full_like(PIXEL_LABELS, -1))
    assert nothing.value == 0
    assert not nothing.gradient.any()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 1]), r"results of shape \(6, 4\) need whole labels of shape \(6,\), not int64 of shape \(2,\)"),
        (np.zeros(6), r"results of shape \(6, 4\) need whole labels of shape \(6,\), not float64 of shape \(6,\)"),
        (np.full(6, 4), "labels are from 0 to 3, or -1, not 4 to 4"),
        (np.full(6, -2), "labels are from 0 to 3, or -1, not -2 to -2"),
    ],
    ids=["too few", "not whole", "too great", "negative"],
)
def test_refusals(name, labels, message):
    """Labels that do not fit the results."""
    with pytest.raises(ValueError, match=message):
        LOSSES[name](Y, labels)
