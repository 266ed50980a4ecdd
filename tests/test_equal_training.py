"""The engine is the specification: steps of training with low-precision multiplications, in every code of every layer."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim.engine import training as engine
from refsim.engine import training_passes as engine_passes
from refsim.engine.array import Array
from refsim.spec import training as spec
from refsim.spec import training_passes as passes
from refsim.spec.accumulators import Pairwise, Sequential
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath
from refsim.spec.dynamic import GROUPS, Dynamic, State, published
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection
from refsim.spec.tensors import tensor
from refsim.spec.training_passes import TIES
from refsim.vectors.networks_training import BINARY32, LABELS, batch, dynamic, network, number, training

BINARY64 = Projection("binary64", "ties_to_even", "infinity")
BINARY16 = Projection("binary16", "ties_to_even", "infinity")


def fixed(width, storage=None):
    """Fixed point whose radices stay."""
    return training(published(f"dfxp{width}"), published(f"dfxp{storage or width}"))


def summed(accumulator, to, bias="last"):
    """A datapath with that accumulator."""
    return Datapath(ExactProduct(), accumulator(to), bias, "sum", None)


def even(width):
    """Fixed point that rounds ties to even."""
    return Dynamic(width, "ties_to_even", "saturate_symmetric")


SETTINGS = {
    "dynamic, 10 and 12 bits": dynamic(),
    "dynamic, radices move at every step": dynamic(period=1),
    "dynamic, 4 and 6 bits, the first of ties": dynamic(4, 6, ties="first"),
    "dynamic, 32 bits": dynamic(32, 32),
    "dynamic, sums in binary32": dynamic(sums=summed(Sequential, BINARY32)),
    "fixed, 20 bits": fixed(20),
    "fixed, 6 and 8 bits, ties to even, no epsilon": training(even(6), even(8), epsilon=Fraction(0)),
    "binary32, sums in order": training(BINARY32, BINARY32, sums=summed(Sequential, BINARY32)),
    "binary32, exact sums": training(BINARY32, BINARY32),
    "binary16, sums in pairs of binary32": training(BINARY16, BINARY16, sums=summed(Pairwise, BINARY32, "output")),
    "bfloat16, directed": training(*[Projection("bfloat16", "toward_negative", "saturate")] * 2),
}


def array_of(x):
    """The codes of a tensor in its shape."""
    return Array(np.reshape(x.codes, x.shape), x.format)


def compared(found, made):
    """Every field of a trace of a layer, codes and formats and states."""
    assert found.counts == made.counts
    assert dict(found.after.states) == dict(made.after.states)
    pairs = [(found.groups[group], made.groups[group], group) for group in GROUPS]
    pairs += [(found.x, made.x, "x"), (found.moved, made.moved, "moved")]
    pairs += [(getattr(found.after, name), getattr(made.after, name), name) for name in made.after._fields[:4]]
    for array, expected, name in pairs:
        assert (name, array.format, array.codes.shape) == (name, expected.format, expected.shape)
        assert (name, array.codes.reshape(-1).tolist()) == (name, list(expected.codes))


@pytest.mark.clause("training/order")
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("radix", [1, -3])
def test_steps(name, radix):
    """Steps one after the other, each from what the last one left."""
    rules = SETTINGS[name]
    layers, learned = network(radix)
    arrays = [engine.Learned(*map(array_of, one[:4]), one.states) for one in learned]
    rates, momentum = [number("0.3"), number("0.5"), number("1")], number("0.7")
    for step in range(4):
        x, masks = batch(step)
        made = spec.train(layers, learned, x, LABELS, masks, rates, momentum, rules)
        found = engine.train(layers, arrays, array_of(x), LABELS, masks, rates, momentum, rules)
        for ours, theirs in zip(found, made, strict=True):
            compared(ours, theirs)
        learned, arrays = [layer.after for layer in made], [layer.after for layer in found]
    assert name.startswith("dynamic") == any(len({state.radix for state in one.states.values()}) > 1 for one in learned)
    for scale in (Fraction(1), Fraction(1, 2), Fraction(3, 4)):
        shares = engine.predict(layers, arrays, array_of(x), [scale] * 3, rules)
        assert shares.codes.ravel().tolist() == list(spec.predict(layers, learned, x, [scale] * 3, rules).codes)
    restored = engine.initialized(arrays, arrays)
    assert restored == arrays


def test_every_group_overflows_and_ties():
    """With narrow ranges of gradients of weights every group has numbers at its end; radices move up and down, ties are there.

    The arrays are the specification's here as well.
    """
    rules, radices, overflows, ties = SETTINGS["dynamic, 4 and 6 bits, the first of ties"], set(), set(), 0
    layers, learned = network(-3)
    learned = [one._replace(states={**one.states, "dEdw": State(-9), "update_w": State(-9)}) for one in learned]
    for step in range(4):
        x, masks = batch(step)
        arrays = [engine.Learned(*map(array_of, one[:4]), one.states) for one in learned]
        made = spec.train(layers, learned, x, LABELS, masks, [number("1")] * 3, number("0.7"), rules)
        found = engine.train(layers, arrays, array_of(x), LABELS, masks, [number("1")] * 3, number("0.7"), rules)
        for ours, trace in zip(found, made, strict=True):
            compared(ours, trace)
            overflows |= {group for group, (over, _) in trace.counts.items() if over}
            radices |= {after.radix - trace.before.states[group].radix for group, after in trace.after.states.items()}
            ties += sum(
                a.exact == b.exact for row in trace.groups["z"].nested() for a, b in zip(row[::2], row[1::2], strict=False)
            )
        learned = [trace.after for trace in made]
    assert radices == {-1, 0, 1}
    assert overflows >= set(GROUPS)
    assert ties


def every(format, count):
    """All codes of a format, so many columns of them, in all combinations; as a tensor and as an array."""
    codes = [list(row) for row in product(range(1 << format.width), repeat=count)]
    flat = [code for row in codes for code in row]
    made = tensor(flat, (len(codes), count), format)
    return made, array_of(made)


NARROW = [
    Projection("q1.2", "ties_to_away", "saturate"),
    Projection("q-1.4", "toward_positive", "saturate"),
    Projection("float4_e2m1fn", "ties_to_even", "saturate"),
    Projection("binary16", "toward_zero", "infinity"),
]


@pytest.mark.clause("training/softmax", "training/error", "training/maxout", "training/maxout-gradient")
@pytest.mark.parametrize("source", ["q1.2", "q4.-1", "float4_e2m1fn"])
@pytest.mark.parametrize("to", NARROW, ids=str)
def test_every_pair(source, to):
    """Shares, errors, maxouts and their gradients, of all pairs of numbers of a narrow format."""
    tensors, arrays = every(get_format(source), 2)
    assert engine_passes.softmax(arrays, to).codes.ravel().tolist() == list(passes.softmax(tensors, to).codes)
    labels = [i % 2 for i in range(tensors.shape[0])]
    assert engine_passes.error(arrays, labels, to).codes.ravel().tolist() == list(passes.error(tensors, labels, to).codes)
    made, found = passes.maxout(tensors, 2, to), engine_passes.maxout(arrays, 2, to)
    assert found.codes.ravel().tolist() == list(made.codes)
    for ties in TIES:
        gradient = engine_passes.passed_to_pieces(found, arrays, 2, ties, to)
        assert gradient.codes.ravel().tolist() == list(passes.passed_to_pieces(made, tensors, 2, ties, to).codes)


@pytest.mark.clause("training/error")
@pytest.mark.parametrize("classes", [1, 3, 7, 10])
def test_errors_far_apart(classes):
    """Results so small that one less them is no number of binary64."""
    codes = [0, 1, 2, 0x00800000, 0x33800000, 0x33800001, 0x3F800000, 0x3F7FFFFF, 0x3DCCCCCD, 0x80000001]
    made = tensor(codes * classes, (10, classes), BINARY32.format)
    for to in (BINARY32, Projection("binary32", "toward_positive", "infinity"), published("dfxp32").projection(0)):
        labels = [i % classes for i in range(10)]
        assert engine_passes.error(array_of(made), labels, to).codes.ravel().tolist() == list(
            passes.error(made, labels, to).codes
        )


@pytest.mark.clause("training/update")
@settings(deadline=None)
@given(st.data())
def test_updates_of_any_width(data):
    """Products of more than 53 bits, of numbers far apart and alike."""
    to = data.draw(st.sampled_from([published("dfxp32").projection(3), BINARY32, published("dfxp10").projection(-3)]))
    held = data.draw(st.sampled_from([published("dfxp32").format(-20), published("dfxp32").format(9), BINARY32.format]))
    finite = st.integers(0, (1 << 32) - 1).filter(lambda code: held is not BINARY32.format or code & 0x7F800000 != 0x7F800000)
    codes = data.draw(st.lists(finite, min_size=6, max_size=6))
    u, g = tensor(codes[:3], (3,), held), tensor(codes[3:], (3,), held)
    momentum, rate = (number(data.draw(st.sampled_from(["0.7", "0.5", "0.05", "3", "0"]))) for _ in range(2))
    made = spec.updated(momentum, u, rate, g, to)
    assert engine_passes.updated(momentum, array_of(u), rate, array_of(g), to).codes.tolist() == list(made.codes)
    assert engine_passes.added(array_of(u), array_of(made), to).codes.tolist() == list(spec.added(u, made, to).codes)


@pytest.mark.clause("training/update")
def test_updates_beside_a_tie():
    """A tie less, or more, a number so small that binary64 does not see it beside the tie."""
    to, wide, small = published("dfxp10").projection(0), published("dfxp32").format(0), published("dfxp32").format(-60)
    ties = [(2 * k + 1) << 21 for k in range(-3, 3)]
    for tiny in (-1, 1, 0):
        u = tensor([tie % (1 << 32) for tie in ties], (6,), wide)
        g = tensor([tiny % (1 << 32)] * 6, (6,), small)
        for momentum, rate in (("1", "1"), ("1", "-1"), ("1", "0.3")):
            made = spec.updated(number(momentum), u, number(rate), g, to)
            found = engine_passes.updated(number(momentum), array_of(u), number(rate), array_of(g), to)
            assert found.codes.tolist() == list(made.codes)
        assert engine_passes.added(array_of(u), array_of(g), to).codes.tolist() == list(spec.added(u, g, to).codes)


def refused(call):
    """The message of a refusal."""
    with pytest.raises(ValueError) as caught:
        call()
    return str(caught.value)


def test_refusals():
    """Masks, labels, scales, limits and layers are refused in the same words."""
    layers, learned = network()
    x, masks = batch(0)
    arrays = [engine.Learned(*map(array_of, one[:4]), one.states) for one in learned]
    rates, momentum, rules = [number("1")] * 3, number("1"), dynamic()
    for change in (
        {"labels": (0, 1)},
        {"labels": (0, 1, 2, 3)},
        {"labels": (0, 1, 2, -1)},
        {"masks": [masks[0][1:], *masks[1:]]},
        {"masks": masks[1:]},
        {"rates": rates[1:]},
        {"layers": [*layers[:2], spec.Layer(2, None)]},
    ):
        given = {"layers": layers, "labels": LABELS, "masks": masks, "rates": rates} | change

        def step(train, learned, x, given=given):
            return train(given["layers"], learned, x, given["labels"], given["masks"], given["rates"], momentum, rules)

        assert refused(lambda step=step: step(engine.train, arrays, array_of(x))) == refused(
            lambda step=step: step(spec.train, learned, x)
        )
    for scales in ([Fraction(0)] * 3, [Fraction(1)] * 2):
        assert refused(lambda s=scales: engine.predict(layers, arrays, array_of(x), s, rules)) == refused(
            lambda s=scales: spec.predict(layers, learned, x, s, rules)
        )
    wide = training(BINARY64, BINARY64)
    assert "fewer significant bits than binary64 has, not binary64" in refused(
        lambda: engine.train(layers, arrays, array_of(x), LABELS, masks, rates, momentum, wide)
    )
    assert "a scale of a few bits, not by 1/3" in refused(
        lambda: engine.predict(layers, arrays, array_of(x), [Fraction(1, 3)] * 3, rules)
    )
