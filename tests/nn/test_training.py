"""Training: the same seed gives the same bits, wherever it is stopped and resumed; checkpoints of others are refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from refsim.nn.losses import LOSSES
from refsim.nn.storage import DamagedNetwork, npz_bytes
from refsim.nn.training.baseline import baseline
from refsim.nn.training.checkpoints import fingerprint, read_checkpoint, write_checkpoint
from refsim.nn.training.loop import Diverged, Place, Plan, Training, train
from refsim.nn.training.methods import At, Batch
from refsim.nn.training.optimizers import OPTIMIZERS, adam, sgd
from refsim.nn.training.randomness import generator
from refsim.nn.training.schedules import SCHEDULES, Schedule, constant, exponential, linear, step
from refsim.nn.training.table import METHODS, get_method

from .training_data import FIRST, PERCEPTRON, clusters

DATA = clusters()
PLAN = Plan(4, 16, 7, linear(0.1, 0.01, 4), constant(0.9))
METHOD = baseline(sgd(), LOSSES["softmax_cross_entropy"])
STEEP = baseline(sgd(decay=1e38), LOSSES["softmax_cross_entropy"])
MARK = fingerprint(PERCEPTRON, FIRST, DATA, METHOD, PLAN)


def begun(method=METHOD):
    """A training before its first step."""
    return Training(method.start(PERCEPTRON, FIRST), Place())


def same(one, other):
    """Whether two trainings are the same bit for bit."""
    return (
        one.history == other.history
        and one.place == other.place
        and list(one.state) == list(other.state)
        and all(one.state[name].tobytes() == other.state[name].tobytes() for name in one.state)
    )


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_it_learns(name):
    """Three clusters are told apart, and the loss goes down."""
    method = baseline(OPTIMIZERS[name](), LOSSES["softmax_cross_entropy"])
    found = train(PERCEPTRON, begun(method), DATA, method, replace(PLAN, epochs=20, rate=constant(0.02)))
    assert found.history[-1].accuracy > 0.9
    assert found.history[-1].loss < found.history[0].loss
    assert found.place == Place(20)


def test_a_seed_decides():
    """The same seed gives the same bits, another one others; nothing that was given is changed."""
    kept = {name: value.copy() for name, value in FIRST.items()}
    one, two = (train(PERCEPTRON, begun(), DATA, METHOD, PLAN) for _ in range(2))
    assert same(one, two)
    assert not same(one, train(PERCEPTRON, begun(), DATA, METHOD, replace(PLAN, seed=8)))
    assert all((FIRST[name] == kept[name]).all() for name in kept)


@pytest.mark.parametrize("stops", [1, 2, 5, 6, 11])
def test_stopped_and_resumed(tmp_path, stops):
    """Stopped after so many steps, again and again, and resumed from its checkpoint each time: the same bits."""
    path, whole = tmp_path / "c.npz", train(PERCEPTRON, begun(), DATA, METHOD, PLAN)
    training, rounds = begun(), 0
    while training.place.epoch < PLAN.epochs:
        steps = []
        training = train(
            PERCEPTRON,
            training,
            DATA,
            METHOD,
            PLAN,
            told=steps.append,
            keep=lambda one: write_checkpoint(path, one, MARK),
            stop=lambda steps=steps: len(steps) >= stops,
        )
        assert len(steps) <= stops
        training = read_checkpoint(path, METHOD.start(PERCEPTRON, FIRST), MARK)
        rounds += 1
    assert same(training, whole)
    assert rounds >= 20 // stops


def test_statistics_move():
    """A step moves the mean of a normalization a tenth of the way to the batch's."""
    batch, state = Batch(DATA.train_x[:9], DATA.train_t[:9]), begun().state
    after, _ = METHOD.step(PERCEPTRON, state, batch, At(0, 0, 1, 0.1, 0.9), generator(1, "step", 0))
    mean = (batch.x @ FIRST["one.weights"].T + FIRST["one.bias"]).mean(axis=0)
    expected = 0.9 * FIRST["norm.mean"] + 0.1 * mean
    assert np.allclose(after["parameters/norm.mean"], expected, rtol=0, atol=1e-6)
    assert np.abs(expected - FIRST["norm.mean"]).max() > 0.01


def test_random_numbers_are_of_their_place():
    """Every seed, purpose, epoch and iteration has its own; asking twice gives the same."""
    places = [(s, p, e, i) for s in (0, 1) for p in ("order", "step") for e in (0, 1) for i in (0, 1)]
    drawn = [tuple(generator(*place).integers(0, 1 << 62, 3)) for place in places]
    assert len(set(drawn)) == len(places)
    assert drawn == [tuple(generator(*place).integers(0, 1 << 62, 3)) for place in places]


def test_every_sample_is_seen_once():
    """The batches of an epoch hold every sample once, but for a rest that fills no batch."""
    seen = []

    def note(network, state, batch, at, random):
        seen.append(batch.x)
        return METHOD.step(network, state, batch, at, random)

    train(PERCEPTRON, begun(), DATA, replace(METHOD, step=note), replace(PLAN, epochs=1))
    rows = np.concatenate(seen)
    assert len(rows) == 5 * 16
    assert len({row.tobytes() for row in rows} & {row.tobytes() for row in DATA.train_x}) == 80


@pytest.mark.parametrize(
    "other",
    [
        {"plan": replace(PLAN, batch=15)},
        {"plan": replace(PLAN, rate=constant(0.1))},
        {"method": baseline(adam(), LOSSES["softmax_cross_entropy"])},
        {"data": clusters(seed=4)},
        {"parameters": {**FIRST, "one.bias": FIRST["one.bias"] + 1}},
    ],
    ids=["batch", "rate", "method", "data", "parameters"],
)
def test_a_foreign_checkpoint(tmp_path, other):
    """A checkpoint of another training is refused."""
    given = {"network": PERCEPTRON, "parameters": FIRST, "data": DATA, "method": METHOD, "plan": PLAN, **other}
    write_checkpoint(tmp_path / "c.npz", begun(), MARK)
    with pytest.raises(DamagedNetwork, match=r"c\.npz is of another training: network, first parameters, data, method or plan"):
        read_checkpoint(tmp_path / "c.npz", METHOD.start(PERCEPTRON, FIRST), fingerprint(**given))


def rewritten(**changes):
    """A checkpoint with other facts."""
    about = {"refsim_checkpoint": 1, "fingerprint": MARK, "epoch": 0, "iteration": 0, "loss": "0x0p+0", "history": []}
    about["arrays"] = {name: [list(value.shape), value.dtype.str] for name, value in begun().state.items()}
    about = {key: value for key, value in {**about, **changes}.items() if value is not ...}
    return npz_bytes(begun().state, {"checkpoint.json": json.dumps(about)})


def listed(*kind):
    """A list of the arrays in which all are of one kind."""
    return {name: list(kind) for name in begun().state}


BAD = {
    "empty": (b"", "has no undamaged text checkpoint.json"),
    "no facts": (npz_bytes(begun().state), "has no undamaged text checkpoint.json"),
    "no arrays": (npz_bytes({}, {"checkpoint.json": "{}"}), "refsim_checkpoint is missing"),
    "no mapping": (npz_bytes({}, {"checkpoint.json": "[]"}), "a mapping with refsim_checkpoint"),
    "no json": (npz_bytes({}, {"checkpoint.json": "{"}), "is no checkpoint"),
    "version": (rewritten(refsim_checkpoint=2), "its version is 2, not 1"),
    "epoch": (rewritten(epoch="3"), "an integer of at most 18 digits is needed"),
    "negative": (rewritten(epoch=-1), "it has come to epoch -1"),
    "loss": (rewritten(loss=1), "is no checkpoint"),
    "huge loss": (rewritten(loss="0x1p5000"), "is no checkpoint"),
    "no loss": (rewritten(loss="nan"), "it has losses that are not finite"),
    "later epoch": (rewritten(epoch=1), "it has come to epoch 1, iteration 0, with 0 epochs done"),
    "endless epoch": (rewritten(epoch=10**17), "with 0 epochs done"),
    "history": (rewritten(history=[3]), "is no checkpoint"),
    "short history": (rewritten(history=[[0]]), "is no checkpoint"),
    "arrays": (rewritten(arrays={}), "is missing"),
    "shape": (rewritten(arrays=listed([2], "<f4")), "it lists 'parameters/one.weights' as [2] of <f4, not [8, 6] of <f4"),
    "kind": (rewritten(arrays=listed([2], "|O")), "it lists 'parameters/one.weights' as [2] of '|O'"),
    "huge": (rewritten(arrays=listed([1 << 40], "<f4")), "it lists 'parameters/one.weights' as"),
    "pairs": (rewritten(arrays={**dict.fromkeys(begun().state, 3)}), "is no checkpoint"),
    "cut": (rewritten()[:900], "has no undamaged text checkpoint.json"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_damaged_checkpoints(tmp_path, content, message):
    """One line says what is wrong with which file."""
    path = tmp_path / "c.npz"
    path.write_bytes(content)
    with pytest.raises(DamagedNetwork) as caught:
        read_checkpoint(path, METHOD.start(PERCEPTRON, FIRST), MARK)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)


def test_schedules():
    """Each begins with the first number, ends with the last and stays there."""
    for kind in SCHEDULES:
        found = Schedule(kind, 1e-3, 1e-8, 5)
        assert found.at(0) == 1e-3
        assert kind == "constant" or found.at(5) == found.at(99) == pytest.approx(1e-8)
    assert linear(0.5, 0.7, 200).at(100) == pytest.approx(0.6)
    assert exponential(1e-3, 1e-8, 5).at(1) == pytest.approx(1e-4)
    assert [step(1.0, 0.1, 2).at(i) for i in range(4)] == [1.0, 1.0, 0.1, 0.1]
    for wrong in (
        ("cosine", 1, 1, 1),
        ("linear", -1, 1, 1),
        ("linear", 1, float("nan"), 1),
        ("exponential", 0, 1, 1),
        ("step", 1, 1, 0),
    ):
        with pytest.raises(ValueError, match="schedule"):
            Schedule(*wrong)


def test_plans():
    """A batch has at most as many samples as there are."""
    with pytest.raises(ValueError, match="a batch of 1000 samples is more than the 90 that there are"):
        train(PERCEPTRON, begun(), DATA, METHOD, replace(PLAN, batch=1000))
    for wrong, message in (({"epochs": 0}, "epoch"), ({"batch": 0}, "a batch"), ({"seed": -1}, "a seed is from 0 to")):
        with pytest.raises(ValueError, match=message):
            replace(PLAN, **wrong)


def test_divergence():
    """Where the loss is no number any more, training ends with what to do about it."""
    with pytest.raises(Diverged, match=r"the loss of epoch 1, step \d is (nan|inf): take a smaller learning rate, not 1e\+30"):
        train(PERCEPTRON, begun(), DATA, METHOD, replace(PLAN, rate=constant(1e30)))


def test_divergence_in_the_last_step():
    """Parameters that are not finite are found out before they are tested, kept or written."""
    kept, plan = [], replace(PLAN, epochs=1, batch=90, rate=constant(1e38))
    with pytest.raises(Diverged, match=r"the parameter \w+\.\w+ is not finite after epoch 1: take a smaller learning rate"):
        train(PERCEPTRON, begun(STEEP), DATA, STEEP, plan, keep=kept.append)
    assert not kept


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("flat", {}, "there is no method 'flat' of training; there are float"),
        ("float", {"optimizer": "sgdd"}, "there is no optimizer 'sgdd'; there are sgd, rmsprop, adam"),
        ("float", {"rho": 0.9}, "the optimizer sgd has no option 'rho'; there are decay, nesterov"),
        ("float", {"decay": "much"}, "the option decay of the optimizer sgd is a number, not 'much'"),
        ("sung", {"step": 2}, "the method sung: an option is of another type"),
        ("projected", {"weights": 3}, "the method projected: an option is of another type"),
        ("low_precision", {"limits": 1}, "the method low_precision: an option is of another type"),
        ("quantized", {"activations": {"a": 1}}, "the method quantized: an option is of another type"),
        ("float", {"decay": True}, "the option decay of the optimizer sgd is a number, not True"),
        ("float", {"nesterov": 1}, "the option nesterov of the optimizer sgd is true or false, not 1"),
        ("float", {"loss": "hinge"}, "there is no loss 'hinge'; there are softmax_cross_entropy"),
    ],
)
def test_methods_that_there_are_not(name, options, message):
    """One line says what there is instead."""
    with pytest.raises(ValueError, match=message):
        get_method(name, options)


def test_methods_have_their_options_in_their_names():
    """So that a checkpoint of other options is a foreign one."""
    one, two = get_method("float", {"decay": 0.1}), get_method("float", {"decay": 0.2})
    assert one.name != two.name
    assert "float" in METHODS
