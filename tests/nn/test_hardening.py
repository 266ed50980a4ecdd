"""Factors through networks in floating point: the table of kinds against the layers themselves, exact for powers of two,
within rounding for others, and refusals by the layer's name; bounded activations.
"""

from fractions import Fraction

import numpy as np
import pytest

from refsim.nn.families import lenet, mlp, resnet
from refsim.nn.files import FloatNetwork
from refsim.nn.hardening import bounded, divide_once, weight_factors
from refsim.nn.layers.kind import INFERENCE
from refsim.nn.layers.kinds import KINDS
from refsim.nn.networks import INPUT, Layer, Network, predict
from refsim.spec import homogeneity

from .layer_cases import CASES
from .quantized_cases import mixed, parameters_of, samples_of

INNER = {"depth", "norm"}
"""The layers of the mixed network that lie in one of two branches."""
POWERS = (Fraction(1, 8), Fraction(16), Fraction(1, 2), Fraction(4), Fraction(64))
OTHERS = (Fraction(127, 32), Fraction(1, 3), Fraction(17, 10))


def doubles(network):
    """Parameters of binary64, and samples."""
    parameters = {name: value.astype(np.float64) for name, value in parameters_of(network).items()}
    return FloatNetwork(network, parameters), samples_of(network).astype(np.float64)


def with_weights(network):
    """The layers that have weights of their own."""
    return [layer.name for layer in network.layers if homogeneity.KINDS.get(layer.kind, homogeneity.Through()).own]


@pytest.mark.clause("homogeneity/through")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{CASES.index(case)}")
def test_the_table_is_what_the_layers_do(case):
    """A layer whose input is multiplied by four, and whose parameters as the table says, gives four times its result, exactly,
    if its kind is in the table; a kind that is not in it gives something else.
    """
    kind, options = KINDS[case.kind], {**KINDS[case.kind].options, **case.options}
    random = np.random.default_rng(6)
    xs = [random.normal(0, 2, (3, *shape)) for shape in case.shapes]
    roles = kind.parameters(options, case.shapes)
    parameters = {role: random.uniform(0.5, 2, shape) for role, shape in roles.items()}

    def result(factor, factors):
        given = {role: value * float(factors.get(role, 1)) for role, value in parameters.items()}
        return kind.forward(options, [x * factor for x in xs], given, INFERENCE).y

    plain = result(1, {})
    if case.kind in homogeneity.KINDS:
        passed = homogeneity.through(case.kind, [Fraction(4)] * len(xs), Fraction(2) if roles else Fraction(1))
        assert np.array_equal(result(4, passed.parameters), float(passed.factor) * plain)
    else:
        assert not np.allclose(result(4, {}), 4 * plain)


def test_every_kind_is_tried():
    """The cases have all kinds, and the table has no others."""
    assert {case.kind for case in CASES} == set(KINDS)
    assert set(homogeneity.KINDS) < set(KINDS)


def networks():
    """Networks whose branches meet with one factor."""
    return {"mlp": mlp(), "lenet": lenet(), "mixed": mixed()}


@pytest.mark.parametrize("name", ["mlp", "lenet", "mixed"])
def test_powers_of_two_are_exact(name):
    """With the first layers' factors, the network gives the product of them times what it gave, bit by bit."""
    network = networks()[name]
    found, x = doubles(network)
    layers = [layer for layer in with_weights(network) if layer not in INNER]
    factors = dict(zip(layers, POWERS, strict=False))
    made, divisor = divide_once(found, factors)
    assert divisor == np.prod([Fraction(c) for c in factors.values()])
    assert made.network == network
    assert np.array_equal(predict(network, made.parameters, x) / float(divisor), predict(network, found.parameters, x))
    assert all(np.array_equal(found.parameters[key], value) for key, value in doubles(network)[0].parameters.items())


@pytest.mark.parametrize("name", ["mlp", "lenet", "mixed"])
def test_other_factors_are_within_rounding(name):
    """With any factors the results agree up to the rounding of binary64."""
    network = networks()[name]
    found, x = doubles(network)
    layers = [layer for layer in with_weights(network) if layer not in INNER]
    made, divisor = divide_once(found, dict(zip(layers, OTHERS, strict=False)))
    wanted = predict(network, found.parameters, x)
    assert np.allclose(predict(network, made.parameters, x) / float(divisor), wanted, rtol=1e-12, atol=1e-13)


def test_the_greatest_weights_reach_the_target():
    """Factors of a network's own weights bring the greatest of each layer to the target, or at most there; argmax stays."""
    network = lenet()
    found, x = doubles(network)
    for power in (False, True):
        factors = weight_factors(found, Fraction(127, 32), power_of_two=power)
        assert set(factors) == set(with_weights(network))
        made, divisor = divide_once(found, factors)
        for layer in factors:
            greatest = np.abs(made.parameters[f"{layer}.weights"]).max()
            assert (127 / 64 < greatest <= 127 / 32) if power else greatest == pytest.approx(127 / 32, rel=1e-15)
        assert divisor > 1
        before, after = (predict(network, one.parameters, x).argmax(axis=1) for one in (found, made))
        assert np.array_equal(before, after)
    zeros = FloatNetwork(network, {name: np.zeros_like(value) for name, value in found.parameters.items()})
    assert set(weight_factors(zeros, Fraction(1), power_of_two=False).values()) == {Fraction(1)}


@pytest.mark.parametrize("kind", ["sigmoid", "tanh", "relu6", "hard_tanh", "hard_sigmoid", "hard_sigmoid_dpu", "softmax"])
def test_refused_kinds(kind):
    """Behind a factor these are refused with the layer's name; before it, and where factors cancel, they are welcome."""
    layers = (
        Layer("one", "dense", (INPUT,), {"outputs": 3}),
        Layer("bend", kind, ("one",)),
        Layer("two", "dense", ("bend",), {"outputs": 2}),
    )
    found, x = doubles(Network("bent", (4,), layers))
    with pytest.raises(ValueError, match=f"layer bend: no factor goes through {kind}"):
        divide_once(found, {"one": Fraction(2)})
    made, divisor = divide_once(found, {"two": Fraction(2)})
    assert divisor == 2
    wanted = predict(found.network, found.parameters, x)
    assert np.array_equal(predict(found.network, made.parameters, x), 2 * wanted)


def test_branches():
    """A sum of branches takes one factor: a residual network is refused at its sum, unless both branches have the factor."""
    network = resnet()
    found, x = doubles(network)
    inner = next(layer for layer in network.layers if layer.kind == "add")
    convolutions = with_weights(network)
    branch = next(name for name in inner.inputs if name in convolutions)
    with pytest.raises(ValueError, match=f"layer {inner.name}: add takes inputs of one factor, not of"):
        divide_once(found, {branch: Fraction(2)})
    made, divisor = divide_once(found, {convolutions[0]: Fraction(4)})
    assert divisor == 4
    wanted = predict(network, found.parameters, x)
    assert np.array_equal(predict(network, made.parameters, x), 4 * wanted)


def test_wrong_factors():
    """Unknown layers, factors that are not positive, layers without weights, parameters that leave their type."""
    found, _ = doubles(mlp())
    first = with_weights(found.network)[0]
    with pytest.raises(ValueError, match=r"the network .* has no layer 'zero'"):
        divide_once(found, {"zero": Fraction(2)})
    with pytest.raises(ValueError, match=f"layer {first}: a factor must be positive, not -1"):
        divide_once(found, {first: Fraction(-1)})
    act = next(layer.name for layer in found.network.layers if layer.kind == "relu")
    with pytest.raises(ValueError, match=f"layer {act}: relu has no parameters"):
        divide_once(found, {act: Fraction(2)})
    narrow = FloatNetwork(found.network, {name: value.astype(np.float32) for name, value in found.parameters.items()})
    for factor, message in (
        (Fraction(1 << 130), "parameters times 1.36113e.39 are past the greatest number of float32"),
        (Fraction(1 << 2000), r"the factor 2\*\*2000 of parameters is past the greatest binary64 number"),
        (Fraction(1, 1 << 2000), r"parameters times 2\*\*-2000 are below the least number of float32"),
        (Fraction(1, 1 << 148), r"parameters times 2\*\*-148 are below the least number of float32"),
    ):
        with pytest.raises(ValueError, match=f"layer {first}: {message}"):
            divide_once(narrow, {first: factor})


def test_some_layers_are_scaled():
    """Those whose names match; with a network's last layer alone, branches that meet before it and a sigmoid go through."""
    found, x = doubles(resnet())
    last = with_weights(found.network)[-1]
    with pytest.raises(ValueError, match="add takes inputs of one factor"):
        divide_once(found, weight_factors(found, Fraction(127, 32), power_of_two=True))
    factors = weight_factors(found, Fraction(127, 32), power_of_two=True, layers=(last,))
    assert set(factors) == {last}
    made, divisor = divide_once(found, factors)
    assert divisor == factors[last] > 1
    assert np.array_equal(
        predict(found.network, made.parameters, x), float(divisor) * predict(found.network, found.parameters, x)
    )
    with pytest.raises(ValueError, match=r"no layer with weights of the network .* has a name like 'act\*'"):
        weight_factors(found, Fraction(1), power_of_two=True, layers=(last, "act*"))


@pytest.mark.parametrize("power", [False, True])
def test_factors_of_what_has_none(power):
    """Weights that are not finite are refused by the layer's name, and so are targets that are not positive."""
    found, _ = doubles(mlp())
    first = with_weights(found.network)[0]
    for wrong in (np.inf, np.nan):
        weights = found.parameters[f"{first}.weights"].copy()
        weights[0, 0] = wrong
        broken = FloatNetwork(found.network, {**found.parameters, f"{first}.weights": weights})
        with pytest.raises(ValueError, match=f"layer {first}: weights that are scaled are finite numbers"):
            weight_factors(broken, Fraction(1), power_of_two=power)
    for target in (Fraction(0), Fraction(-1)):
        with pytest.raises(ValueError, match=f"the target of weights is above 0, not {target}"):
            weight_factors(found, target, power_of_two=power)


def test_bounded():
    """Relu becomes relu6 everywhere, with the same parameters; a leaky slope is left behind; others stay."""
    found, x = doubles(mixed())
    made = bounded(found, {"relu": "relu6", "leaky_relu": "relu6"})
    kinds = {layer.name: layer.kind for layer in made.network.layers}
    assert kinds["act1"] == kinds["act2"] == "relu6"
    assert kinds["sum"] == "add"
    assert made.network.layers[1].options == {}
    assert made.parameters is found.parameters
    huge = predict(made.network, made.parameters, x * 1e6)
    assert np.abs(huge).max() < 1e3
    assert bounded(found, {}) == found


def test_bounded_refusals():
    """Unknown kinds, kinds that no layer has, kinds with parameters, kinds that need an option."""
    found, _ = doubles(mixed())
    with pytest.raises(ValueError, match="the network mixed has no layer of the kind tanh to be bounded"):
        bounded(found, {"relu": "relu6", "tanh": "relu"})
    with pytest.raises(ValueError, match="there is no kind of layer 'relu7' to bound or be bounded"):
        bounded(found, {"relu": "relu7"})
    with pytest.raises(ValueError, match="a layer with parameters has no bounded kind: batch_norm by relu6"):
        bounded(found, {"batch_norm": "relu6"})
    with pytest.raises(ValueError, match="layer act1: dropout needs the option 'keep'"):
        bounded(found, {"relu": "dropout"})
