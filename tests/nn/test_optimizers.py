"""Optimizers against scikit-learn's, against steps by hand, and where they must end."""

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from refsim.nn.training.methods import At
from refsim.nn.training.optimizers import OPTIMIZERS, adam, rmsprop, sgd

RANDOM = np.random.default_rng(8)
FIRST = {"a": RANDOM.normal(size=(3, 4)), "b": RANDOM.normal(size=5)}
GRADIENTS = [{name: RANDOM.normal(size=value.shape) for name, value in FIRST.items()} for _ in range(7)]


def run(optimizer, rate, momentum, first=FIRST, gradients=GRADIENTS):
    """Parameters after a few steps."""
    parameters, slots = dict(first), optimizer.start(first)
    for i, gradient in enumerate(gradients):
        parameters, slots = optimizer.update(parameters, gradient, slots, At(0, i, len(gradients), rate, momentum))
    return parameters


@pytest.mark.parametrize(
    ("ours", "theirs", "momentum"),
    [
        (sgd(), lambda p: SGDOptimizer(p, 0.03, momentum=0.7, nesterov=False), 0.7),
        (sgd(nesterov=True), lambda p: SGDOptimizer(p, 0.03, momentum=0.7, nesterov=True), 0.7),
        (adam(0.8, 0.95, 1e-6), lambda p: AdamOptimizer(p, 0.03, 0.8, 0.95, 1e-6), 0.0),
    ],
    ids=["sgd", "nesterov", "adam"],
)
def test_against_scikit_learn(ours, theirs, momentum):
    """The same parameters after seven steps, within rounding (Adam's epsilon stands elsewhere there, hence its tolerance)."""
    theirs_now = [value.copy() for value in FIRST.values()]
    other = theirs(theirs_now)
    for gradient in GRADIENTS:
        other.update_params(theirs_now, list(gradient.values()))
    found = run(ours, 0.03, momentum)
    tolerance = 1e-5 if isinstance(other, AdamOptimizer) else 1e-13
    for mine, expected in zip(found.values(), theirs_now, strict=True):
        assert np.allclose(mine, expected, rtol=0, atol=tolerance)


def test_rmsprop_by_hand():
    """Two steps of one number: g = 2, then g = 1, with rho 0.5 and an epsilon outside of the square root."""
    first, gradients = {"p": np.array([1.0])}, [{"p": np.array([2.0])}, {"p": np.array([1.0])}]
    found = run(rmsprop(0.5, 0.25), 0.1, 0.5, first, gradients)
    velocity = -0.1 * 2 / (np.sqrt(2.0) + 0.25)
    after = 1.0 + velocity
    velocity = 0.5 * velocity - 0.1 * 1 / (np.sqrt(1.5) + 0.25)
    assert found["p"] == pytest.approx(after + velocity, abs=1e-15)


def test_adam_first_step():
    """The first step has the length of the rate, whatever the gradient (Kingma and Ba, section 2.1)."""
    found = run(adam(epsilon=0.0), 0.01, 0.0, gradients=GRADIENTS[:1])
    for name, value in FIRST.items():
        assert np.allclose(value - found[name], 0.01 * np.sign(GRADIENTS[0][name]), atol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_types_and_purity(name, dtype):
    """The type of the parameters stays, and nothing that was given is changed."""
    first = {key: value.astype(dtype) for key, value in FIRST.items()}
    gradients = [{key: value.astype(dtype) for key, value in one.items()} for one in GRADIENTS]
    kept = {key: value.copy() for key, value in first.items()}
    optimizer = OPTIMIZERS[name](decay=0.1)
    slots = optimizer.start(first)
    found, after = optimizer.update(first, gradients[0], slots, At(0, 0, 1, 0.1, 0.9))
    assert all(value.dtype == dtype for value in (*found.values(), *(v for k, v in after.items() if k != "count/steps")))
    assert all((first[key] == kept[key]).all() for key in first)
    assert after["count/steps"] == 1
    assert slots["count/steps"] == 0
    assert all((value == 0).all() for key, value in slots.items())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_bowl(name):
    """Where the gradient is the parameter itself, every optimizer ends at zero."""
    parameters = {"p": np.array([3.0, -2.0])}
    optimizer = OPTIMIZERS[name]()
    slots = optimizer.start(parameters)
    for i in range(2000):
        parameters, slots = optimizer.update(parameters, dict(parameters), slots, At(0, i, 2000, 0.02 * 0.997**i, 0.5))
    assert np.abs(parameters["p"]).max() < 0.03


def test_decay():
    """Decay adds a share of the parameter to its gradient."""
    found = run(sgd(0.25), 0.1, 0.0, gradients=[{key: np.zeros_like(value) for key, value in FIRST.items()}])
    assert all(np.allclose(found[key], value * (1 - 0.025)) for key, value in FIRST.items())


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("sgd", {"decay": -1e-9}, "the option decay of the optimizer sgd is from 0 to below inf, not -1e-09"),
        ("sgd", {"decay": float("inf")}, "the option decay of the optimizer sgd is from 0 to below inf, not inf"),
        ("rmsprop", {"rho": 1.0}, "the option rho of the optimizer rmsprop is from 0 to below 1, not 1.0"),
        ("rmsprop", {"epsilon": float("nan")}, "the option epsilon of the optimizer rmsprop is from 0"),
        ("adam", {"beta1": 1}, "the option beta1 of the optimizer adam is from 0 to below 1, not 1"),
        ("adam", {"beta2": -0.1}, "the option beta2 of the optimizer adam is from 0 to below 1, not -0.1"),
    ],
)
def test_options_without_meaning(name, options, message):
    """Options with which every step would be no number are refused."""
    with pytest.raises(ValueError, match=message):
        OPTIMIZERS[name](**options)
