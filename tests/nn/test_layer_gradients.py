"""The gradients of all layers against differences, in training and outside it."""

import numpy as np
import pytest

from refsim.nn.layers.kind import INFERENCE, Mode
from refsim.nn.layers.kinds import KINDS

from .layer_cases import CASES, numbers

STEP = 1e-5


def slopes(function, x):
    """The central differences of a function of an array, which is changed and restored element by element."""
    found = np.empty_like(x)
    for at in np.ndindex(x.shape):
        kept = x[at]
        x[at] = kept + STEP
        above = function()
        x[at] = kept - STEP
        found[at] = (above - function()) / (2 * STEP)
        x[at] = kept
    return found


@pytest.mark.parametrize("found", CASES, ids=str)
@pytest.mark.parametrize("train", [False, True], ids=["inference", "training"])
def test_gradients(found, train):
    """Those of all inputs and of all learned parameters, for results of which each element counts differently."""
    kind, options = KINDS[found.kind], found.all_options
    xs, parameters = numbers(found)

    def pass_forward():
        mode = Mode(True, np.random.Generator(np.random.Philox(3))) if train else INFERENCE
        return kind.forward(options, xs, parameters, mode)

    made = pass_forward()
    counts = np.random.default_rng(9).normal(0, 1, made.y.shape)

    def loss():
        return float((pass_forward().y * counts).sum())

    back = kind.backward(options, counts, made.cache)
    learned = {role: p for role, p in parameters.items() if role not in kind.fixed}
    assert set(back.parameters) == set(learned)
    assert len(back.inputs) == len(xs)
    for gradient, x in zip(back.inputs, xs, strict=True):
        np.testing.assert_allclose(gradient, slopes(loss, x), rtol=1e-6, atol=1e-8)
    for role, p in learned.items():
        np.testing.assert_allclose(back.parameters[role], slopes(loss, p), rtol=1e-6, atol=1e-8)
