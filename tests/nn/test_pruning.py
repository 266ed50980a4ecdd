"""Pruning: the smaller network computes what the whole one does with channels at zero, and the right channels go."""

from collections import Counter

import numpy as np
import pytest

from refsim.nn.families import FAMILIES
from refsim.nn.networks import INPUT, Layer, Network, forward, initial_parameters, predict
from refsim.nn.pruning.channels import Maker, channels
from refsim.nn.pruning.iterative import Schedule, prune
from refsim.nn.pruning.masks import masks
from refsim.nn.pruning.ranking import l1_norms, share
from refsim.nn.pruning.removal import without, zeroed
from refsim.nn.summary import summary


def chain(*parts, input=(3, 8, 8), name="chain"):
    """A network of layers one after the other."""
    names = [INPUT, *(part[0] for part in parts)]
    layers = [Layer(part[0], part[1], (source,), part[2]) for source, part in zip(names, parts, strict=False)]
    return Network(name, input, tuple(layers))


def conv(name, kernels, kind="conv2d", **options):
    """A convolution by kernels of 3 x 3."""
    return (name, kind, {"kernels": kernels, "kernel": [3, 3], "padding": [1, 1, 1, 1], **options})


MIXED = chain(
    conv("first", 6),
    ("relu", "relu", {}),
    conv("depth", 6, groups=6),
    ("norm", "batch_norm", {}),
    ("six", "relu6", {}),
    conv("up", 5, "conv_transpose2d", padding=[0, 0, 0, 0], stride=[2, 2]),
    ("sigmoid", "sigmoid", {}),
    ("grow", "upsample", {"factor": 2}),
    ("pool", "average_pool", {"kernel": [3, 3], "stride": [2, 2]}),
    conv("grouped", 10, groups=5),
    ("maxout", "maxout", {"pieces": 2}),
    conv("last", 8),
    ("pieces", "maxout", {"pieces": 4}),
    ("mean", "global_average_pool", {}),
    ("flat", "flatten", {}),
    ("hidden", "dense", {"outputs": 12, "bias": False}),
    ("tanh", "tanh", {}),
    ("drop", "dropout", {"keep": 0.5}),
    ("out", "dense", {"outputs": 4}),
)
"""Every kind that matters; what goes into convolutions in groups, and comes out of them, stays."""
TRANSPOSED = chain(
    conv("depth", 3, "conv_transpose2d", groups=3),
    conv("wide", 7),
    conv("deep", 7, "conv_transpose2d", groups=7),
    conv("last", 2),
)
NETWORKS = {
    "mixed": MIXED,
    "transposed": TRANSPOSED,
    **{name: FAMILIES[name]() for name in ("mlp", "maxout_mlp", "lenet", "resnet", "densenet", "unet")},
    "vgg": FAMILIES["vgg"](input=(1, 28, 28)),
}


def drawn(network, seed=1):
    """Parameters of which no normalization is the identity, in binary64, and samples."""
    random = np.random.default_rng(seed)
    parameters = initial_parameters(network, seed, np.float64)
    for name, value in parameters.items():
        if not name.endswith(".weights"):
            parameters[name] = random.uniform(0.5, 1.5, value.shape)
    return parameters, random.standard_normal((2, *network.input))


def some(network, seed):
    """About a third of the channels of each group, not all."""
    random = np.random.default_rng(seed)
    return [int(c) for one in channels(network).groups().values() for c in random.permutation(one)[: len(one) // 3]]


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_left_computes_the_same(name):
    """The result of the smaller network is that of the whole one with the channels of all results at zero."""
    network = NETWORKS[name]
    parameters, x = drawn(network)
    found, removed = channels(network), some(network, 2)
    smaller, left = without(network, parameters, removed)
    assert removed
    whole = forward(network, parameters, x, watch=zeroed(found, removed)).results[network.layers[-1].name]
    assert np.allclose(predict(smaller, left, x), whole, rtol=1e-10, atol=1e-10)
    assert not np.allclose(predict(network, parameters, x), whole, rtol=1e-3, atol=1e-3)
    assert {name: value.shape for name, value in left.items()} == smaller.parameter_shapes()


def test_every_result_of_the_smaller_network():
    """With weights that are integers nothing is rounded: all results of all layers are equal bit by bit where they are left."""
    random, network = (
        np.random.default_rng(0),
        chain(conv("a", 6), ("r", "relu", {}), conv("b", 5), ("f", "flatten", {}), ("c", "dense", {"outputs": 3})),
    )
    parameters = {name: random.integers(-3, 4, shape).astype(np.float32) for name, shape in network.parameter_shapes().items()}
    x = random.integers(-3, 4, (4, *network.input)).astype(np.float32)
    found, removed = channels(network), some(network, 3)
    smaller, left = without(network, parameters, removed)
    whole, small = forward(network, parameters, x, watch=zeroed(found, removed)), forward(smaller, left, x)
    for name, channels_of_it in found.of.items():
        kept = [i for i, channel in enumerate(channels_of_it) if channel not in removed]
        assert np.array_equal(small.results[name], whole.results[name][:, kept]), name


def test_zero_kernels_do_the_same_where_zero_stays_zero():
    """Without a normalization, and with relu, kernels and biases at zero are as good as none."""
    network = FAMILIES["lenet"]()
    parameters, x = drawn(network)
    removed = some(network, 4)
    for channel in removed:
        for layer, place in channels(network).makers[channel]:
            for role in ("weights", "bias"):
                parameters[f"{layer}.{role}"][place] = 0
    assert np.allclose(predict(*without(network, parameters, removed), x), predict(network, parameters, x))


def test_channels_of_a_chain():
    """Kernels make channels, a depthwise convolution keeps them, and input, result and groups stay."""
    found = channels(MIXED)
    assert found.groups().keys() == {"first", "last", "hidden"}
    assert found.of["first"] == found.of["depth"] == found.of["six"]
    assert found.makers[found.of["first"][2]] == (Maker("first", 2),)
    # Four kernels of the last convolution are one channel: the greatest of them goes on.
    assert [found.makers[c] for c in dict.fromkeys(found.of["last"])] == [
        tuple(Maker("last", 4 * i + j) for j in range(4)) for i in range(2)
    ]
    assert not {*found.of[INPUT], *found.of["up"], *found.of["grouped"], *found.of["out"]} & found.makers.keys()


def test_sums_tie_channels():
    """The result of a block and its input are added, so their channels are one; across a concatenation they are not."""
    resnet = channels(FAMILIES["resnet"]())
    assert [name for name in resnet.groups() if "+" in name] == [
        "conv1+block1_1_conv2",
        "block2_1_conv2+block2_1_short",
        "block3_1_conv2+block3_1_short",
    ]
    assert all(len(resnet.makers[c]) == 2 for c in resnet.groups()["conv1+block1_1_conv2"])
    densenet = channels(FAMILIES["densenet"]())
    assert densenet.of["block1_2_concat"] == densenet.of["conv1"] + densenet.of["block1_1"] + densenet.of["block1_2"]


def test_a_sum_with_the_input():
    """Channels that are added to the input stay, whichever comes first, and so do those that are added to them."""
    layers = [Layer("a", "conv2d", (INPUT,), conv("a", 3)[2]), Layer("b", "conv2d", (INPUT,), conv("b", 3)[2])]
    for first, second in ((INPUT, "b"), ("b", INPUT)):
        sums = [
            Layer("s", "add", ("a", "b")),
            Layer("t", "add", (first, second)),
            Layer("c", "conv2d", ("s",), conv("c", 2)[2]),
        ]
        ends = [Layer("u", "add", ("t", "s")), Layer("d", "conv2d", ("u",), conv("d", 2)[2]), Layer("e", "add", ("c", "d"))]
        assert channels(Network("sums", (3, 8, 8), (*layers, *sums, *ends))).groups() == {}
    plain = Network("sums", (3, 8, 8), (*layers, *sums[:1], sums[2]))
    assert list(channels(plain).groups()) == ["a+b"]


def test_flattened_channels():
    """A channel of an image of 4 x 4 is sixteen neighbouring elements of the vector, and as many columns of the weights."""
    network = chain(conv("a", 3, stride=[2, 2]), ("f", "flatten", {}), ("d", "dense", {"outputs": 2}))
    parameters, _ = drawn(network)
    found = channels(network)
    assert Counter(found.of["f"]) == dict.fromkeys(found.of["a"], 16)
    _, left = without(network, parameters, [found.of["a"][1]])
    assert np.array_equal(left["d.weights"], np.delete(parameters["d.weights"], np.s_[16:32], axis=1))


def test_a_softmax_inside_keeps_its_channels():
    """What is normalized over all channels cannot do without one."""
    network = chain(("a", "dense", {"outputs": 4}), ("s", "softmax", {}), ("b", "dense", {"outputs": 2}), input=(3,))
    assert channels(network).groups() == {}


def test_weights_along_the_last_axis_stay():
    """A dense layer on images sums over columns: its channels are rows that nothing is known of."""
    network = chain(conv("a", 4), ("d", "dense", {"outputs": 5}), ("f", "flatten", {}), ("b", "dense", {"outputs": 2}))
    assert channels(network).groups() == {}


def test_norms():
    """Mean magnitudes of kernels: of rows of dense weights, columns of transposed ones, and all makers together."""
    network = chain(conv("a", 2, bias=False), conv("b", 3, "conv_transpose2d"), conv("c", 1))
    parameters = {name: np.zeros(shape) for name, shape in network.parameter_shapes().items()}
    parameters["a.weights"][1] = -2
    parameters["b.weights"][0, 2] = 3
    found = channels(network)
    norms = l1_norms(network, parameters, found)
    assert [norms[c] for c in found.of["a"]] == [0, 2]
    assert [norms[c] for c in found.of["b"]] == [0, 0, 1.5]
    resnet = FAMILIES["resnet"]()
    parameters = {name: np.ones(shape) for name, shape in resnet.parameter_shapes().items()}
    parameters["conv1.weights"][:] = 11  # 9 numbers a kernel, against the 72 ones of the other maker.
    tied = channels(resnet).groups()["conv1+block1_1_conv2"]
    assert l1_norms(resnet, parameters, channels(resnet))[tied[0]] == pytest.approx((9 * 11 + 72) / 81)


@pytest.mark.parametrize("scope", ["local", "global"])
def test_steps(scope):
    """Half of the channels go in two steps, each followed by tuning; fewer multiplications and parameters are left."""
    network, told = FAMILIES["resnet"](), []
    parameters, x = drawn(network)

    def tune(smaller, left, step):
        assert smaller.parameter_shapes().keys() == left.keys()
        told.append(step)
        return {name: value + 0.125 for name, value in left.items()} if step == 2 else left

    before = {name: len(one) for name, one in channels(network).groups().items()}
    whole, first, second = prune(network, parameters, Schedule(0.5, 2, scope), tune)
    assert told == [1, 2]
    assert (whole.macs, whole.size) == (
        sum(row.macs for row in summary(network)),
        sum(value.size for value in parameters.values()),
    )
    assert whole.macs > first.macs > second.macs
    assert whole.size > first.size > second.size
    after = {name: len(one) for name, one in channels(second.network).groups().items()}
    assert first.taken_out + second.taken_out == sum(before.values()) - sum(after.values()) == sum(before.values()) // 2
    if scope == "local":
        assert after == {name: count // 2 for name, count in before.items()}
    assert predict(second.network, second.parameters, x).shape == (2, 10)
    assert min(float(v.min()) for n, v in second.parameters.items() if n.endswith("variance")) > 0.5


def test_most_of_a_group():
    """A group with a bound of its own loses no more."""
    network = FAMILIES["lenet"]()
    parameters, _ = drawn(network)
    *_, last = prune(network, parameters, Schedule(0.8, 4, most={"conv1": 0.2}))
    before, after = (channels(one).groups() for one in (network, last.network))
    assert len(before["conv1"]) - len(after["conv1"]) == share(len(before["conv1"]), 0.2)
    assert len(after["conv2"]) == len(before["conv2"]) - share(len(before["conv2"]), 0.8)


def test_refusals():
    """Channels that stay, groups that would be empty, and shares and scopes that are none."""
    network = FAMILIES["lenet"]()
    parameters, _ = drawn(network)
    found = channels(network)
    with pytest.raises(ValueError, match=r"^channel 0 of the network lenet cannot be taken out$"):
        without(network, parameters, [0])
    with pytest.raises(ValueError, match=r"^layer conv1 of the network lenet would have no channels left$"):
        without(network, parameters, found.groups()["conv1"])
    with pytest.raises(ValueError, match="at least 0 and less than 1, not 1"):
        Schedule(1)
    with pytest.raises(ValueError, match=r"less than 1, not -0\.5"):
        masks(parameters, -0.5)
    with pytest.raises(ValueError, match="at least one step, not 0"):
        Schedule(0.5, 0)
    with pytest.raises(ValueError, match=r"^the scope of pruning is one of local, global, not 'all'$"):
        Schedule(0.5, 1, "all")
    with pytest.raises(ValueError, match=r"one of local, global, not 'all'"):
        masks(parameters, 0.5, "all")
