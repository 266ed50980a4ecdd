"""The steps on a tiny network, beside the same retraining in plain NumPy."""

import numpy as np
import pytest

from refsim.nn.data import Data
from refsim.studies.quantization_resiliency.networks import network
from refsim.studies.quantization_resiliency.steps import FLOAT, few_levels, float_networks
from refsim.studies.running.jobs import Inputs, Scale
from refsim.studies.training import trained

SCALE = Scale("digits", quick=True)
SEEDS, CLASSES, RATE, MOMENTUM, EPOCHS = [3, 5], 3, 0.02, 0.9, 4
PLAN = {"epochs": 20, "batch": 40, "rate": ["constant", 0.01, 0.01], "momentum": ["constant", 0.9, 0.9]}
AGAIN = {"epochs": EPOCHS, "batch": 40, "rate": ["constant", RATE, RATE], "momentum": ["constant", MOMENTUM, MOMENTUM]}
COMMON = {"family": "mlp", "sizes": [5], "seeds": SEEDS}


@pytest.fixture(scope="module")
def data():
    """Images of three classes, each with a bright part of its own, with much noise."""
    random = np.random.Generator(np.random.Philox(7))
    labels = [np.arange(n) % CLASSES for n in (40, 90)]
    images = [
        random.random((len(t), 1, 4, 4)) * 0.6 + 0.4 * (np.arange(16).reshape(4, 4) % 3 == t[:, None, None, None])
        for t in labels
    ]
    (train, test), (train_t, test_t) = [x.astype(np.float32) for x in images], labels
    return Data("made", tuple("abc"), train, train_t.astype(np.int64), test, test_t.astype(np.int64))


@pytest.fixture(scope="module")
def floats(data):
    """The job in floating point."""
    return float_networks({**COMMON, "learn": PLAN, "relearn": AGAIN}, Inputs(data, SCALE, []))


def parameters(outcome, seed):
    """The parameters of a seed in binary64."""
    return {name.partition("/")[2]: x.astype(np.float64) for name, x in outcome.arrays.items() if name.startswith(f"{seed}/")}


def logits(p, x):
    """The network in plain products, and its hidden layer."""
    hidden = np.maximum(x @ p["dense1.weights"].T + p["dense1.bias"], 0)
    return hidden @ p["dense2.weights"].T + p["dense2.bias"], hidden


def wrong(p, data):
    """The percent of test images that are wrong."""
    y, _ = logits(p, data.test_x.reshape(len(data.test_x), -1))
    return 100 * float((y.argmax(axis=1) != data.test_t).mean())


def quantized(w, step, levels):
    """Formula of the paper: ties go away from zero."""
    return np.sign(w) * step * np.minimum(np.floor(np.abs(w) / step + 0.5), (levels - 1) // 2)


def step_of(w, levels):
    """The step of least squared error, by trying many and then alternating until nothing changes."""
    tried = np.linspace(0.01, 1, 2000) * np.abs(w).max()
    step = min(tried, key=lambda step: float(((quantized(w, step, levels) - w) ** 2).sum()))
    for _ in range(50):
        codes = quantized(w, step, levels) / step
        step = float((w * codes).sum() / (codes**2).sum())
    return step


def few(p, steps, levels):
    """The parameters with quantized weights."""
    return {name: quantized(x, steps[name], levels) if name in steps else x for name, x in p.items()}


def retrained(p, data, levels):
    """Retraining with all samples in each batch: gradients where the weights are quantized, RMSProp on their shadows."""
    x, t = data.train_x.reshape(len(data.train_x), -1).astype(np.float64), np.eye(CLASSES)[data.train_t]
    steps = {name: step_of(value, levels) for name, value in p.items() if name.endswith("weights")}
    square, speed = ({name: np.zeros_like(value) for name, value in p.items()} for _ in range(2))
    for _ in range(EPOCHS):
        q = few(p, steps, levels)
        y, hidden = logits(q, x)
        shares = np.exp(y - y.max(axis=1, keepdims=True))
        out = (shares / shares.sum(axis=1, keepdims=True) - t) / len(x)
        inner = (out @ q["dense2.weights"]) * (hidden > 0)
        slope = {
            "dense1.weights": inner.T @ x,
            "dense1.bias": inner.sum(axis=0),
            "dense2.weights": out.T @ hidden,
            "dense2.bias": out.sum(axis=0),
        }
        for name, g in slope.items():
            square[name] = 0.9 * square[name] + 0.1 * g * g
            speed[name] = MOMENTUM * speed[name] - RATE * g / (np.sqrt(square[name]) + 1e-7)
            p[name] = p[name] + speed[name]
    return few(p, steps, levels)


def test_errors_in_floating_point_are_those_of_plain_products(data, floats):
    (record,) = floats.records
    assert record["error"] == pytest.approx([wrong(parameters(floats, seed), data) for seed in SEEDS])
    assert (record["weights"], record["test"]) == (16 * 5 + 5 * 3, 90)
    assert len(record["longer"]) == len(SEEDS)


def test_training_on_starts_from_the_network_that_is_quantized(data, floats):
    net = network("mlp", [5], data.shape, CLASSES)
    start = {seed: {name: x.astype(np.float32) for name, x in parameters(floats, seed).items()} for seed in SEEDS}
    on = [100 - trained(net, data, FLOAT, AGAIN, seed, start[seed]).accuracy for seed in SEEDS]
    assert floats.records[0]["longer"] == pytest.approx(on)
    assert on != pytest.approx([100 - trained(net, data, FLOAT, AGAIN, seed).accuracy for seed in SEEDS])


@pytest.mark.parametrize("levels", [3, 7])
def test_direct_and_retrained_errors_are_those_of_plain_numpy(data, floats, levels):
    (record,) = few_levels({**COMMON, "levels": levels, "relearn": AGAIN}, Inputs(data, SCALE, [floats])).records
    direct, again = [], []
    for seed in SEEDS:
        p = parameters(floats, seed)
        steps = {name: step_of(value, levels) for name, value in p.items() if name.endswith("weights")}
        direct.append(wrong(few(p, steps, levels), data))
        again.append(wrong(retrained(p, data, levels), data))
    assert record["direct"] == pytest.approx(direct)
    assert record["retrained"] == pytest.approx(again)
    assert record["retrained"] != record["direct"]


def test_a_network_that_is_not_quantized_leaves_no_arrays(data):
    found = float_networks({**COMMON, "learn": PLAN}, Inputs(data, SCALE, []))
    assert (found.records[0]["longer"], dict(found.arrays)) == (None, {})
