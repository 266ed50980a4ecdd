"""Low-precision training of networks: a plain rendering of the program, runs that are resumed, and digits that are learned."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.nn.families.perceptrons import maxout_mlp, mlp
from refsim.nn.networks import INPUT, Layer, Network, initial_parameters
from refsim.nn.training.low_precision import encoded, learned_of, low_precision, number
from refsim.nn.training.low_precision_layers import blocks_of
from refsim.nn.training.low_precision_steps import masks_of, predict, train
from refsim.nn.training.methods import At, Batch
from refsim.nn.training.table import get_method
from refsim.spec.datapath_names import datapath_name
from refsim.spec.dynamic import GROUPS, State

from . import plain_low_precision as plain

LIMITS = {"": Fraction(3, 2), "conv1": Fraction(9, 10)}


def chain(name, shape, *parts):
    """A network of layers in a chain."""
    names = [INPUT, *(part[0] for part in parts)]
    return Network(name, shape, tuple(Layer(n, k, (names[i],), o) for i, (n, k, o) in enumerate(parts)))


def dropout(keep):
    """Dropout as the program has it."""
    return {"keep": keep, "inverted": False}


CONVOLUTIONS = chain(
    "convolutions",
    (1, 12, 12),
    ("drop1", "dropout", dropout(0.8)),
    ("conv1", "conv2d", {"kernels": 8, "kernel": [5, 5]}),
    ("pool1", "max_pool", {"kernel": [4, 4], "stride": [2, 2]}),
    ("max1", "maxout", {"pieces": 2}),
    ("drop2", "dropout", dropout(0.5)),
    ("conv2", "conv2d", {"kernels": 6, "kernel": [3, 3], "padding": [2, 2, 2, 2]}),
    ("pool2", "max_pool", {"kernel": [2, 2], "stride": [2, 2], "padding": [0, 1, 0, 1]}),
    ("max2", "maxout", {"pieces": 3}),
    ("flat", "flatten", {}),
    ("drop3", "dropout", dropout(0.5)),
    ("dense1", "dense", {"outputs": 6}),
    ("max3", "maxout", {"pieces": 2}),
    ("dense2", "dense", {"outputs": 3}),
)
"""As the program's nets: sums, pooling that reaches past the end, bias, maxout over channels."""
POOLS = {"conv1": (0, 4, 2), "conv2": (2, 2, 2)}
DENSE = maxout_mlp(input=(12,), hidden=(5, 4), pieces=3, classes=4)


def plain_layers(blocks, parameters, radix):
    """The same first layers for the plain rendering."""
    found = []
    for block in blocks:
        weights, bias = (parameters[f"{block.name}.{role}"].astype(float) for role in ("weights", "bias"))
        given = weights if block.conv else weights.T
        found.append(plain.layer(given, bias, radix, block.layer.pieces, float(block.layer.limit), POOLS.get(block.name)))
    return found


def as_plain(block, x):
    """Numbers of ours in the order of the plain rendering."""
    return x if block.conv or x.ndim == 1 else x.T


def settings_of(method):
    """The recipe of a method."""
    return method.step.args[0]


@pytest.mark.clause(
    "training/order",
    "training/format",
    "training/copy",
    "training/dropout",
    "training/sum",
    "training/maxout",
    "training/softmax",
    "training/error",
    "training/maxout-gradient",
    "training/gradient",
    "training/backward",
    "training/update",
    "training/count",
    "training/move",
    "training/predict",
    "max-norm/rows",
)
@pytest.mark.parametrize("network", [DENSE, CONVOLUTIONS], ids=lambda network: network.name)
def test_the_program(network):
    """Steps in all groups, and predictions, are those of a plain rendering in float64 whose dot products are exact."""
    random = np.random.default_rng(3)
    limits = {name: limit for name, limit in LIMITS.items() if not name or network is CONVOLUTIONS}
    method = low_precision(period=3, initialization=0, radix=2, rate=Fraction(1, 50), limits=limits)
    recipe, parameters = settings_of(method), initial_parameters(network, 1)
    blocks = recipe.blocks(network)
    parameters |= {f"{b.name}.bias": random.normal(0, 0.2, parameters[f"{b.name}.bias"].shape) for b in blocks}
    state = method.start(network, parameters)
    first = {group: State(1 + i % 3) for i, group in enumerate(GROUPS)}
    learned = [learned_of(block.name, state)._replace(states=first) for block in blocks]
    ours = plain_layers(blocks, parameters, {group: one.radix for group, one in first.items()})
    radices = set()
    for step in range(12):
        x, labels = random.integers(0, 17, (5, *network.input)) / 16, random.integers(0, 3, 5)
        masks = [random.random((5, *block.shape)) < block.keep for block in blocks]
        rates = [0.25 / (i + 1) for i in range(len(blocks))]
        made = train(blocks, learned, encoded(x, recipe), labels, masks, list(map(number, rates)), number(0.5), recipe.rules)
        found = plain.step(ours, x, labels, masks, np.float32(rates).astype(float), 0.5, 9, 11)
        if step % 3 == 2:
            plain.move(ours, 3, 1 / 50)
        for block, trace, groups, after in zip(blocks, made, found, ours, strict=True):
            theirs = {**groups, "update_w": after["uW"], "update_b": after["uB"]}
            for group in GROUPS:
                values = trace.groups[group].values()
                expected = as_plain(block, theirs[group]) if group in {"w", "dEdw", "update_w"} else theirs[group]
                assert np.array_equal(values, expected.reshape(values.shape)), (step, block.name, group)
            weights = trace.after.weights.values()
            assert np.array_equal(weights, as_plain(block, after["W"]).reshape(weights.shape))
            assert {group: one.radix for group, one in trace.after.states.items()} == after["radix"]
            radices |= set(after["radix"].values())
        learned = [trace.after for trace in made]
        shares = predict(blocks, learned, encoded(x, recipe), recipe.rules).values()
        assert np.array_equal(shares, plain.predict(ours, x, [float(block.scale) for block in blocks], 9))
    assert len(radices) > 3


def run(method, network, epochs, state=None, first=0, batches=3):
    """So many epochs of a few batches, whose samples and masks follow from the epoch and the batch."""
    state = method.start(network, initial_parameters(network, 1)) if state is None else state
    for epoch in range(first, epochs):
        for i in range(batches):
            random = np.random.default_rng([epoch, i])
            batch = Batch(random.integers(0, 17, (6, *network.input)) / 16, random.integers(0, 3, 6))
            state, _ = method.step(network, state, batch, At(epoch, i, batches, 0.25, 0.5), random)
    return state


@pytest.mark.clause("training/initialization", "dynamic/restart", "training/start")
def test_initialization():
    """First radices are found with wide numbers; then the first parameters are back, and momenta, radices and counts stay."""
    method = low_precision(initialization=2, period=4, radix=3)
    first = method.start(DENSE, initial_parameters(DENSE, 1))
    assert {tuple(row) for row in first["controllers/dense1"].tolist()} == {tuple(State(3))}
    assert not first["momentum/dense1.weights"].any()
    wide = run(method, DENSE, 2)
    assert not np.array_equal(wide["parameters/dense1.weights"], first["parameters/dense1.weights"])
    rules = settings_of(method)
    assert (rules.wide.computation.to.width, rules.rules.computation.to.width) == (32, 10)
    seen = {}

    def spy(*arguments):
        seen.update(blocks=arguments[0], learned=arguments[1], rules=arguments[-1])
        return train(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("refsim.nn.training.low_precision.train", spy)
        run(method, DENSE, 2, wide, 1, batches=1)
        assert seen["rules"] is rules.wide
        run(method, DENSE, 3, wide, 2, batches=1)
    assert seen["rules"] is rules.rules
    for name in ("dense1", "dense2", "dense3"):
        i = [block.name for block in seen["blocks"]].index(name)
        learned = seen["learned"][i]
        assert np.array_equal(learned.weights, first[f"parameters/{name}.weights"])
        assert np.array_equal(learned.update_w, wide[f"momentum/{name}.weights"])
        # Six batches with a period of four: one is counted at the end of the first epoch, and the place starts anew.
        states = [State(*row) for row in wide[f"controllers/{name}"].tolist()]
        assert list(learned.states.values()) == [state._replace(place=0) for state in states]
        assert all(state.batches == 6 for state in states)


def test_resumed():
    """A run that was stopped goes on to the same bits, from arrays as a file holds them."""
    for kind, others in (("dynamic", {"period": 2, "initialization": 1}), ("fixed", {}), ("half", {}), ("float", {})):
        method = low_precision(kind, **others)
        whole = run(method, DENSE, 3)
        half = {name: np.array(value) for name, value in run(method, DENSE, 1).items()}
        resumed = run(method, DENSE, 3, half, 1)
        assert whole.keys() == resumed.keys()
        assert all(np.array_equal(whole[name], resumed[name]) for name in whole)


def test_parameters_are_those_of_the_network():
    """What a state stands for, by the network's names and shapes."""
    for network in (DENSE, CONVOLUTIONS):
        method = low_precision(initialization=0)
        state = run(method, network, 1)
        found = method.parameters(network, state)
        assert {name: value.shape for name, value in found.items()} == network.parameter_shapes()
        assert all(np.array_equal(value, state[f"parameters/{name}"]) for name, value in found.items())


@pytest.mark.parametrize(
    ("kind", "others", "least"),
    [
        ("float", {}, 0.95),
        ("half", {}, 0.95),
        ("fixed", {"computation": 20, "storage": 20}, 0.95),
        ("dynamic", {"period": 14, "initialization": 2}, 0.94),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_digits(kind, others, least):
    """Digits are learned nearly as well with 10 and 12 bits as in binary32, the radices moving."""
    x, labels = digits()
    network = maxout_mlp(hidden=(40,), pieces=2, keep_input=1, keep=1)
    method = low_precision(kind, **others)
    state = method.start(network, initial_parameters(network, 1))
    for epoch in range(12):
        order = np.random.default_rng(epoch).permutation(1400)
        for i in range(14):
            chosen = order[i * 100 : (i + 1) * 100]
            at = At(epoch, i, 14, 0.02 * (1 - 0.9 * epoch / 12), 0.5)
            state, _ = method.step(network, state, Batch(x[chosen], labels[chosen]), at, np.random.default_rng(0))
    right = method.predict(network, state, x[1400:]).argmax(axis=1) == labels[1400:]
    assert right.mean() > least


def test_ten_bits_without_moving_radices_are_too_few():
    """Fixed point of 10 and 12 bits learns nothing from where dynamic fixed point starts, as in the paper."""
    x, labels = digits()
    network = maxout_mlp(hidden=(40,), pieces=2, keep_input=1, keep=1)
    method = low_precision("fixed")
    state = method.start(network, initial_parameters(network, 1))
    for i in range(28):
        chosen = slice(i % 14 * 100, (i % 14 + 1) * 100)
        batch = Batch(x[chosen], labels[chosen])
        state, _ = method.step(network, state, batch, At(0, i, 28, 0.02, 0.5), np.random.default_rng(0))
    assert (method.predict(network, state, x[1400:]).argmax(axis=1) == labels[1400:]).mean() < 0.5


def digits():
    """Scaled images in an order that is always the same, and labels."""
    from sklearn.datasets import load_digits  # noqa: PLC0415 slow

    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    return (data.data / 16).astype(np.float32).reshape(-1, 1, 8, 8)[order], data.target[order]


def test_masks():
    """Dropout keeps its share of inputs, and no random numbers are drawn where all are kept."""
    blocks = blocks_of(CONVOLUTIONS, {}, {}, {})
    first, second, third, last = masks_of(blocks, 500, np.random.default_rng(0))
    assert [mask.shape for mask in (first, second, third)] == [(500, 1, 12, 12), (500, 4, 3, 3), (500, 18)]
    assert [round(mask.mean(), 1) for mask in (first, second, third)] == [0.8, 0.5, 0.5]
    assert last is None


def test_scales():
    """Copies are halved in predictions where dropout keeps a half, as in the program, and not in the first layer."""
    assert [block.scale for block in blocks_of(CONVOLUTIONS, {}, {}, {})] == [1, Fraction(1, 2), Fraction(1, 2), 1]
    given = blocks_of(
        CONVOLUTIONS, {"": Fraction(2), "conv2": None}, {"conv1": 0.2}, {"conv1": Fraction(3, 4), "": Fraction(1)}
    )
    assert [(block.layer.limit, block.rate, block.scale) for block in given] == [
        (2, 0.2, Fraction(3, 4)),
        (None, 1.0, 1),
        (2, 1.0, 1),
        (2, 1.0, 1),
    ]


WRONG = {
    "knows dropout, flatten, dense": mlp(),
    "has stride, dilation or groups": chain(
        "n", (2, 8, 8), ("c", "conv2d", {"kernels": 2, "kernel": [3, 3], "groups": 2}), ("d", "dense", {"outputs": 2})
    ),
    "takes sums with a bias": chain("n", (4,), ("d", "dense", {"outputs": 2, "bias": False})),
    "the last layer of n": chain("n", (4,), ("d", "dense", {"outputs": 4}), ("m", "maxout", {"pieces": 2})),
    "are no layer of one dense or conv2d": chain("n", (4,), ("d", "dense", {"outputs": 4}), ("m", "dropout", dropout(0.5))),
    "is not less than its kernel": chain(
        "n", (1, 8, 8), ("c", "conv2d", {"kernels": 2, "kernel": [3, 3], "padding": [3] * 4}), ("d", "dense", {"outputs": 2})
    ),
    "takes layers in a chain": Network(
        "n", (4,), (Layer("a", "dense", (INPUT,), {"outputs": 4}), Layer("b", "dense", (INPUT,), {"outputs": 4}))
    ),
}


@pytest.mark.parametrize("message", WRONG)
def test_networks_that_are_trained_otherwise(message):
    """Each is refused, and the reason given."""
    with pytest.raises(ValueError, match=message):
        blocks_of(WRONG[message], {}, {}, {})


def test_options_in_plain_data():
    """Rationals, datapaths, projections and the names of layers as they come from a file or a command line."""
    sums = "datapath(exact,sequential(binary32/ties_to_even/infinity),last,sum)"
    given = {"sums": sums, "inputs": "uq1.8/ties_to_even/saturate", "limits": {"": "3/2", "dense1": None}, "rate": "1/50"}
    recipe = settings_of(get_method("low_precision", {**given, "scales": {"dense2": "3/4"}, "rates": {"": 0.5}}))
    assert datapath_name(recipe.rules.sums) == sums
    assert (recipe.inputs.format.name, recipe.rules.computation.rate) == ("uq1.8", Fraction(1, 50))
    blocks = recipe.blocks(DENSE)
    assert [block.layer.limit for block in blocks] == [None, Fraction(3, 2), Fraction(3, 2)]
    assert [(block.rate, block.scale) for block in blocks] == [(0.5, 1), (0.5, Fraction(3, 4)), (0.5, Fraction(1, 2))]
    floating = settings_of(get_method("low_precision", {"kind": "half"}))
    assert (floating.rules.computation.format.name, floating.initialization) == ("binary16", 0)


def test_unknown_names():
    """Ways of holding numbers, and layers, that there are not."""
    with pytest.raises(ValueError, match="held as float, half, fixed or dynamic, not 'double'"):
        low_precision("double")
    with pytest.raises(ValueError, match="has no layer 'conv1' with weights; it has dense1, dense2, dense3"):
        blocks_of(DENSE, LIMITS, {}, {})
