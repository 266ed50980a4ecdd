"""Training of a perceptron against scikit-learn's: from the same first numbers and batches, the same losses and results."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from refsim.nn.data import get_data
from refsim.nn.families import build
from refsim.nn.networks import initial_parameters
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.methods import part
from refsim.nn.training.randomness import generator
from refsim.nn.training.schedules import constant
from refsim.nn.training.table import get_method

DIGITS = get_data("digits")
HIDDEN, BATCH, EPOCHS, RATE, MOMENTUM = [12, 11], 100, 3, 0.05, 0.8
ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}


def theirs(activation, options, parameters, seed):
    """Coefficients and mean losses of scikit-learn's network after the batches that the loop takes."""
    x, t = DIGITS.train_x.reshape(len(DIGITS.train_x), -1).astype(np.float64), DIGITS.train_t
    # The first call makes everything; at a rate of nearly 0 it leaves no trace in the velocities.
    rules = {"alpha": 0, "batch_size": BATCH, "shuffle": False, "learning_rate_init": 1e-300, "momentum": MOMENTUM}
    network = MLPClassifier(HIDDEN, activation=ACTIVATIONS[activation], **rules, **options)
    network.partial_fit(x[:BATCH], t[:BATCH], classes=np.arange(10))
    network._optimizer.learning_rate = network._optimizer.learning_rate_init = RATE
    layers = range(1, len(HIDDEN) + 2)
    network.coefs_ = [parameters[f"dense{i}.weights"].T.copy() for i in layers]
    network.intercepts_ = [parameters[f"dense{i}.bias"].copy() for i in layers]
    losses = []
    for epoch in range(EPOCHS):
        order, found = generator(seed, "order", epoch).permutation(len(x)), []
        for i in range(len(x) // BATCH):
            chosen = order[i * BATCH : (i + 1) * BATCH]
            network.partial_fit(x[chosen], t[chosen])
            found.append(network.loss_)
        losses.append(np.mean(found))
    right = network.score(DIGITS.test_x.reshape(len(DIGITS.test_x), -1), DIGITS.test_t)
    return network, losses, right


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("nesterov", [False, True], ids=["momentum", "nesterov"])
def test_the_same_training(activation, nesterov):
    """Weights, biases, the loss of each epoch and the accuracy, in binary64 within rounding."""
    network, method = build("mlp", {"hidden": HIDDEN, "activation": activation}), get_method("float", {"nesterov": nesterov})
    parameters = initial_parameters(network, 9, np.float64)
    plan = Plan(EPOCHS, BATCH, 5, constant(RATE), constant(MOMENTUM))
    done = train(network, Training(method.start(network, parameters), Place()), DIGITS, method, plan)
    options = {"solver": "sgd", "nesterovs_momentum": nesterov}
    other, losses, right = theirs(activation, options, parameters, plan.seed)
    ours = part(done.state, "parameters")
    for i in range(1, len(HIDDEN) + 2):
        assert np.allclose(ours[f"dense{i}.weights"].T, other.coefs_[i - 1], rtol=0, atol=1e-11)
        assert np.allclose(ours[f"dense{i}.bias"], other.intercepts_[i - 1], rtol=0, atol=1e-11)
        assert not np.allclose(ours[f"dense{i}.weights"], parameters[f"dense{i}.weights"], rtol=0, atol=1e-3)
    assert [epoch.loss for epoch in done.history] == pytest.approx(losses, abs=1e-11)
    assert done.history[-1].accuracy == right
