"""Methods of training under quantizers: what a step does to a state, and that they learn."""

import io
from itertools import count

import numpy as np
import pytest

from refsim.nn.data.digits import digits
from refsim.nn.families import mlp, vgg
from refsim.nn.layers.kind import Mode
from refsim.nn.losses import softmax_cross_entropy
from refsim.nn.networks import initial_parameters
from refsim.nn.pruning.iterative import Schedule as Pruning
from refsim.nn.pruning.iterative import prune
from refsim.nn.pruning.tuning import tuned
from refsim.nn.training import logarithmic, loop, retraining
from refsim.nn.training.baseline import baseline
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.methods import At, Batch, part
from refsim.nn.training.optimizers import rmsprop, sgd
from refsim.nn.training.quantized import Scheme, learn, never
from refsim.nn.training.quantized_activations import quantized_activations
from refsim.nn.training.quantized_activations import scheme as of_activations
from refsim.nn.training.quantized_methods import calibrate, codes_of
from refsim.nn.training.quantizer_names import get_quantizer
from refsim.nn.training.quantizers import affine, levels, linear, values
from refsim.nn.training.schedules import constant
from refsim.nn.training.table import get_method

DIGITS = digits()
NETWORK = mlp(hidden=(32,))
LOSS = softmax_cross_entropy
FLOAT = baseline(sgd(), LOSS)
HERE = At(0, 0, 10, 0.125, 0.5)


def plan(epochs, rate, momentum=0.9, seed=1):
    """A plan with constant rates."""
    return Plan(epochs, 100, seed, constant(rate), constant(momentum))


def trained(method, epochs, rate, parameters=None, network=NETWORK):
    """A training from first parameters, or from given ones."""
    first = initial_parameters(network, 3) if parameters is None else parameters
    return train(network, Training(method.start(network, first), Place()), DIGITS, method, plan(epochs, rate))


@pytest.fixture(scope="module")
def in_floats():
    """Parameters that were trained in floating point, and the share of digits that they get right."""
    done = trained(FLOAT, 12, 0.1)
    return part(done.state, "parameters"), done.history[-1].accuracy


def batch(start=0):
    """Some digits."""
    return Batch(DIGITS.train_x[start : start + 50], DIGITS.train_t[start : start + 50])


@pytest.mark.clause("retraining/update", "retraining/step", "retraining/order")
def test_a_step_of_retraining():
    """Shadows move along the gradients of quantized passes; steps stay; the prediction is that of the quantized weights."""
    method = retraining.retraining(sgd(), LOSS, retraining.scheme(7))
    first = initial_parameters(NETWORK, 3)
    start = method.start(NETWORK, first)
    scales = part(start, "scales")
    assert scales["weights/dense1.weights"] == levels(7).find(first["dense1.weights"])
    found = learn(NETWORK, first, Scheme(levels(7)), scales, batch(), LOSS, Mode(training=True), never)
    after, loss = method.step(NETWORK, start, batch(), HERE, np.random.default_rng(0))
    assert loss == found.loss
    for name, value in first.items():
        assert np.array_equal(after[f"parameters/{name}"], value - np.float32(0.125) * found.gradients[name])
    again, _ = method.step(NETWORK, after, batch(50), HERE, np.random.default_rng(0))
    assert part(again, "scales") == scales
    quantized = method.parameters(NETWORK, again)
    for name, (codes, scale) in codes_of(Scheme(levels(7)), NETWORK, again).items():
        assert codes.format.name == "levels7"
        assert np.array_equal((values(codes) * scale[0]).astype(np.float32), quantized[name])
    assert np.array_equal(quantized["dense1.bias"], again["parameters/dense1.bias"])
    assert np.array_equal(
        method.predict(NETWORK, again, batch().x),
        FLOAT.predict(NETWORK, {f"parameters/{n}": v for n, v in quantized.items()}, batch().x),
    )


def test_steps_that_are_found_anew():
    """With ``every`` steps are found before every so manyth update, and in between they stay."""
    method, seen = retraining.retraining(sgd(), LOSS, retraining.scheme(3, "maximum", every=2)), []
    state = method.start(NETWORK, initial_parameters(NETWORK, 3))
    shadows = []
    for start in range(0, 250, 50):
        shadows.append(np.abs(state["parameters/dense1.weights"]).max())
        state, _ = method.step(NETWORK, state, batch(start), HERE, np.random.default_rng(0))
        seen.append(state["scales/weights/dense1.weights"][0])
    assert seen == pytest.approx([shadows[0], shadows[0], shadows[2], shadows[2], shadows[4]], rel=1e-7)
    assert len(set(seen)) == 3


@pytest.mark.parametrize("count", [3, 7])
def test_retraining_gets_back_what_quantization_loses(in_floats, count):
    """Digits: direct quantization costs much, a few epochs of retraining bring most of it back."""
    parameters, share = in_floats
    method = retraining.retraining(rmsprop(), LOSS, retraining.scheme(count))
    direct = loop.tested(NETWORK, method.start(NETWORK, parameters), DIGITS, method)
    after = trained(method, 8, 0.001, parameters).history[-1].accuracy
    assert share > 0.92
    assert direct < share - 0.005
    assert after > direct
    assert after > (share + direct) / 2


@pytest.mark.parametrize("base", ["2", "sqrt2", "linear"])
def test_algorithm_1_learns(base):
    """Four bits of activations, five of weights and gradients are enough for digits."""
    gradients = 0 if base == "linear" else 5
    method = logarithmic.logarithmic_training(sgd(), LOSS, logarithmic.scheme(base, gradients=gradients))
    done = trained(method, 8, 0.1)
    assert done.history[-1].accuracy > 0.85
    assert done.history[-1].loss < done.history[0].loss / 2
    widths = {codes.format.width for codes, _ in codes_of(logarithmic.scheme(base), NETWORK, done.state).values()}
    assert widths == {5}


@pytest.mark.parametrize(("base", "steps"), [("2", 1), ("sqrt2", 2)])
def test_the_scheme_of_algorithm_1(base, steps):
    """Four bits without a sign, five with one for weights and gradients; every full scale is found anew in every step."""
    rules = logarithmic.scheme(base)
    assert [rules.weights.name, rules.activations.name, rules.gradients.name] == [
        f"log:5:signed:{steps}:maximum", f"log:4:unsigned:{steps}:maximum", f"log:5:signed:{steps}:maximum"
    ]  # fmt: skip
    method = logarithmic.logarithmic_training(sgd(), LOSS, rules)
    first, _ = method.step(
        NETWORK, method.start(NETWORK, initial_parameters(NETWORK, 3)), batch(), HERE, np.random.default_rng(0)
    )
    wider = {key: value * 64 if key.startswith("parameters/") else value for key, value in first.items()}
    second, _ = method.step(NETWORK, wider, batch(), HERE, np.random.default_rng(0))
    name = "scales/weights/dense1.weights"
    assert second[name] == rules.weights.find(wider["parameters/dense1.weights"]) == first[name] + 6
    assert second["scales/activations/act1"] > first["scales/activations/act1"] + 4
    assert second["scales/gradients/dense1"] > first["scales/gradients/dense1"] + 4
    assert logarithmic.scheme("linear", 0, 0, 0) == Scheme(every=1)


def test_batch_normalization_between():
    """A convolutional network with normalization before relu learns under Algorithm 1; running statistics move."""
    network = vgg(input=(1, 8, 8), widths=(8,), hidden=(32,))
    method = logarithmic.logarithmic_training(sgd(), LOSS, logarithmic.scheme())
    state = Training(method.start(network, initial_parameters(network, 3)), Place())
    done = train(network, state, DIGITS, method, plan(4, 0.05))
    assert done.history[-1].accuracy > 0.85
    names = set(part(done.state, "scales"))
    assert {"activations/conv1_1_act", "gradients/conv1_1", "weights/conv1_2.weights"} <= names
    assert not np.array_equal(done.state["parameters/conv1_1_norm.mean"], state.state["parameters/conv1_1_norm.mean"])


def test_quantized_activations_learn():
    """Three bits of activations and weights, with the ranges of a calibration; without one there is no prediction."""
    rules = of_activations(linear(3), linear(3, signed=True))
    method = quantized_activations(sgd(), LOSS, rules)
    start = method.start(NETWORK, initial_parameters(NETWORK, 3))
    with pytest.raises(ValueError, match=r"^the activations of act1 have no scale yet: train, or calibrate$"):
        method.predict(NETWORK, start, batch().x)
    ready = calibrate(rules, NETWORK, start, DIGITS.train_x[:200])
    assert method.predict(NETWORK, ready, batch().x).shape == (50, 10)
    done = train(NETWORK, Training(ready, Place()), DIGITS, method, plan(8, 0.1))
    assert done.state["scales/activations/act1"] == ready["scales/activations/act1"]
    assert done.history[-1].accuracy > 0.85


METHODS = {
    "sung": {"levels": 3, "every": 4, "signals": "linear:4"},
    "miyashita": {"base": "sqrt2"},
    "quantized": {"activations": "affine:uint8", "weights": "levels:15:maximum", "optimizer": "adam"},
    "sparse": {"ratio": 0.8, "scope": "global"},
}


@pytest.mark.parametrize("name", METHODS)
def test_resumed(name):
    """Stopped in the middle of an epoch, written, read and taken up again, a training ends where it would have ended."""
    method, network = get_method(name, METHODS[name]), mlp(hidden=(10,))
    start = Training(method.start(network, initial_parameters(network, 3)), Place())
    whole = train(network, start, DIGITS, method, plan(2, 0.01))
    told = count(1)
    stopped = train(network, start, DIGITS, method, plan(2, 0.01), stop=lambda: next(told) == 6)
    assert stopped.place.iteration == 6
    file = io.BytesIO()
    np.savez(file, **{key.replace("/", "|"): value for key, value in stopped.state.items()})
    file.seek(0)
    with np.load(file, allow_pickle=False) as found:
        state = {key.replace("|", "/"): found[key] for key in found.files}
    resumed = train(network, Training(state, stopped.place, stopped.history), DIGITS, method, plan(2, 0.01))
    assert resumed.history == whole.history
    assert resumed.state.keys() == whole.state.keys()
    for key, value in whole.state.items():
        assert np.array_equal(resumed.state[key], value), key
        assert resumed.state[key].dtype == value.dtype


def test_sparse_weights_stay_at_zero(in_floats):
    """The smallest four fifths of the first weights are zero after training too; others have moved."""
    method = get_method("sparse", {"ratio": 0.8})
    start = method.start(NETWORK, in_floats[0])
    assert round(float((start["parameters/dense1.weights"] == 0).mean()), 2) == 0.8
    direct = loop.tested(NETWORK, start, DIGITS, method)
    done = trained(method, 4, 0.05, in_floats[0])
    weights, masks = done.state["parameters/dense1.weights"], done.state["masks/dense1.weights"]
    assert not weights[~masks].any()
    assert round(float(masks.mean()), 2) == 0.2
    assert np.count_nonzero(weights) == masks.sum()
    assert done.history[-1].accuracy > max(direct, in_floats[1] - 0.05)


def test_pruning_with_tuning(in_floats):
    """Half of the hidden units go in two steps; tuning after each brings back what that costs."""
    parameters, share = in_floats
    untuned = list(prune(NETWORK, parameters, Pruning(0.5, 2)))[-1]
    *_, last = prune(NETWORK, parameters, Pruning(0.5, 2), tuned(FLOAT, DIGITS, plan(3, 0.05)))
    before, after = (
        loop.tested(one.network, {f"parameters/{n}": v for n, v in one.parameters.items()}, DIGITS, FLOAT)
        for one in (untuned, last)
    )
    assert last.network == untuned.network
    assert last.network.layers[1].options["outputs"] == 16
    assert after > before
    assert after > share - 0.05


def test_every_tuning_has_an_order_of_its_own():
    """The same network is tuned differently after step 1 and step 2, and each time alike."""
    tune, first = tuned(FLOAT, DIGITS, plan(1, 0.05)), initial_parameters(NETWORK, 3)
    one, two, again = (tune(NETWORK, first, step)["dense1.weights"] for step in (1, 2, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, two)


def test_names():
    """Two methods with different settings have different names, whether made directly or by name."""
    schemes = [retraining.scheme(3), retraining.scheme(7), retraining.scheme(3, every=5), retraining.scheme(3, but=["dense1"])]
    schemes += [retraining.scheme(3, signals=affine("uint8")), retraining.scheme(3, "maximum")]
    assert len({retraining.retraining(sgd(), LOSS, one).name for one in schemes}) == len(schemes)
    assert get_quantizer("levels:3").name in retraining.retraining(sgd(), LOSS, schemes[0]).name


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("sung", {"levels": 4}, "levels4"),
        ("sung", {"every": -1}, r"^scales are found anew after a number of steps, or never after 0, not after -1$"),
        ("sung", {"loss": "hinge"}, r"^there is no loss 'hinge'; there are softmax_cross_entropy"),
        ("miyashita", {"base": "10"}, r"^the base of training is one of 2, sqrt2, linear, not '10'$"),
        ("quantized", {}, "activations"),
        ("quantized", {"activations": "relu"}, "there is no quantizer 'relu'"),
        ("sparse", {"ratio": 1}, "less than 1, not 1"),
        ("sparse", {"optimizer": "lion"}, "there is no optimizer 'lion'"),
    ],
)
def test_refusals(name, options, message):
    """Options that mean nothing are refused in one line before training starts."""
    with pytest.raises(ValueError, match=message):
        get_method(name, options)


def test_a_layer_that_is_not_there():
    """A scheme for another network is refused when training starts; a text is one name."""
    method = get_method("sung", {"but": "conv1"})
    with pytest.raises(ValueError, match=r"^the network mlp has no layer 'conv1' to quantize$"):
        method.start(NETWORK, initial_parameters(NETWORK, 3))
