"""The engine is the specification: retraining steps one after the other, in every field of every layer."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from refsim.engine import retraining as engine
from refsim.engine.array import Array
from refsim.engine.encode import encode
from refsim.engine.networks import array_of, tensor_of
from refsim.spec import retraining as spec
from refsim.spec.accumulators import Pairwise, Sequential, Total
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath
from refsim.spec.formats import Number
from refsim.spec.levels import published
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection
from refsim.spec.tensors import Tensor, tensor
from refsim.vectors.networks_retraining import batch, network, rules, spread


def projected(name, rounding="ties_to_even", overflow="infinity", **others):
    """A projection."""
    return Projection(name, rounding, overflow, **others)


def in_format(name, levels, overflow="infinity", **others):
    """Settings whose arithmetic is all in one format, with half of the rate as momentum, and no means of squares."""
    to = projected(name, overflow=overflow)
    path = Datapath(ExactProduct(), Pairwise(to), "output", "sum", None)
    update = spec.Update(*(Number(to(Fraction(x)).code, to.format) for x in ("1/8", "1/2")))
    settings = spec.Retraining(published(levels), to, None, path, path, to, None, "squared", update)
    return replace(settings, **others)


BINARY16 = projected("binary16")
SETTINGS = {
    "binary32": rules(7),
    "binary32, ternary, steps found anew": rules(3, None, "optimal"),
    "binary16, steps by alternation": in_format("binary16", 5, method="alternating:3", error="softmax"),
    "bfloat16, ties away": in_format("bfloat16", 9, held=projected("binary16")),
    "fixed point": in_format(
        "q4.11",
        7,
        "saturate",
        signals=projected("uq0.4", "ties_to_away", "saturate"),
        forward=Datapath(
            ExactProduct(),
            Total(projected("q11.12", overflow="saturate")),
            "output",
            "terms",
            projected("q4.11", overflow="saturate"),
        ),
        method="maximum",
    ),
    "sums in binary32, results in binary16": in_format(
        "binary16",
        3,
        forward=Datapath(RoundedProduct(BINARY16), Sequential(projected("binary32"), group=2), "output", "steps", BINARY16),
        error="softmax",
    ),
    "float8": in_format("float8_e5m2", 3),
}


def arrays(layer):
    """A layer of the specification on arrays."""
    parts = [engine.Learned(*map(array_of, part)) for part in (layer.weights, layer.bias)]
    return engine.Layer(*parts, layer.step)


def plain(found):
    """Anything that a step made, with arrays as tensors."""
    if isinstance(found, Array):
        return tensor_of(found)
    return tuple(map(plain, found)) if isinstance(found, tuple) and not isinstance(found, Tensor | Number) else found


@pytest.mark.clause(
    "retraining/order", "retraining/codes", "retraining/step", "retraining/start", "retraining/direct", "retraining/activation",
    "retraining/squared-error", "retraining/softmax-error", "retraining/backward", "retraining/gradient", "retraining/mean",
    "retraining/update",
)  # fmt: skip
@pytest.mark.parametrize("name", SETTINGS)
def test_steps(name):
    """Three steps, each from what the one before it left, in all fields."""
    settings = SETTINGS[name]
    layers, (x, targets) = network(settings), batch(settings.to.format)
    mine = [arrays(layer) for layer in layers]
    method = settings.method or "optimal"
    for layer, other in zip(layers, mine, strict=True):
        weights, bias = layer.weights.value, layer.bias.value
        made = engine.direct(array_of(weights), array_of(bias), method, settings)
        assert plain(made) == plain(spec.direct(weights, bias, method, settings))
        assert plain(other) == plain(layer)
    for _ in range(3):
        expected = spec.retrain(layers, x, targets, settings)
        found = engine.retrain(mine, array_of(x), array_of(targets), settings)
        for one, other in zip(expected, found, strict=True):
            assert one._fields == other._fields
            for field in one._fields:
                assert plain(getattr(other, field)) == plain(getattr(one, field)), field
        layers, mine = [made.after for made in expected], [made.after for made in found]


@pytest.mark.clause("retraining/update", "retraining/backward")
@pytest.mark.parametrize("seed", range(4))
def test_special_data(seed):
    """Updates and error signals with infinities, NaN and zeros of both signs among the numbers."""
    settings, random = rules(3), np.random.default_rng(seed)
    special = [0x7F800000, 0xFF800000, 0x7FC00000, 0, 0x80000000, 1, 0x7F7FFFFF, 0x3F800000, 0xBF800000, 0x33800000]
    codes = random.choice(np.array(special, np.uint32), (6, 4, 5))
    tensors = [tensor(map(int, one.reshape(-1)), (4, 5), get_format("binary32")) for one in codes]
    value, velocity, squares, gradient, net, delta = tensors
    expected = spec.updated(spec.Learned(value, velocity, squares), gradient, settings)
    found = engine.updated(engine.Learned(*map(array_of, (value, velocity, squares))), array_of(gradient), settings)
    assert plain(found) == plain(expected)
    weights = spec.quantized(spread((5, 5), seed, get_format("binary32")), Number(0x3F000000, get_format("binary32")), settings)
    step = Number(0x3E000000, get_format("binary32"))
    signal = spec.passed_back(delta, weights, step, net, settings)
    assert plain(engine.passed_back(array_of(delta), array_of(weights), step, array_of(net), settings)) == signal


@pytest.mark.clause("retraining/softmax-error", "retraining/squared-error")
@pytest.mark.parametrize("name", ["binary32", "binary16, steps by alternation", "fixed point"])
def test_errors_of_results(name):
    """Results of any size, wherever the greatest of a sample stands; exponentials overflow without it."""
    settings, random = SETTINGS[name], np.random.default_rng(0)
    y = encode(random.permuted(np.tile([-300.0, -2, 0.5, 200], (6, 1)), axis=1), settings.to)
    targets = encode(np.eye(4)[random.integers(0, 4, 6)], settings.to)
    for error in spec.ERRORS:
        expected = spec.ERRORS[error](tensor_of(y), tensor_of(targets), settings)
        assert plain(engine.ERRORS[error](y, targets, settings)) == expected


@pytest.mark.clause("retraining/step", "retraining/order")
def test_errors():
    """What the specification refuses the engine refuses in the same words."""
    settings, format = rules(3), get_format("binary32")
    flushing = replace(settings, held=projected("binary16", "toward_zero", subnormals="flush_outputs"))
    tiny, infinite = (tensor([code], (1, 1), format) for code in (1, 0x7F800000))
    for weights, given in ((tiny, flushing), (infinite, settings)):
        with pytest.raises(ValueError, match=r".") as expected:
            spec.step_of(weights, "optimal", given)
        with pytest.raises(ValueError, match=r".") as found:
            engine.step_of(array_of(weights), "optimal", given)
        assert str(found.value) == str(expected.value)
