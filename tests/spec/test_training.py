"""Training with low-precision multiplications: the published numbers, and steps by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest

from refsim.spec.accumulators import Sequential
from refsim.spec.datapaths import Datapath
from refsim.spec.dynamic import GROUPS, Control, State, published
from refsim.spec.exact import NEGATIVE_ZERO
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection
from refsim.spec.tensors import tensor
from refsim.spec.training import (
    Layer,
    added,
    counts_of,
    initialized,
    moved,
    predict,
    started,
    train,
    updated,
)
from refsim.spec.training_passes import (
    copied,
    error,
    gradients,
    masked,
    maxout,
    passed_back,
    passed_to_pieces,
    product,
    softmax,
)
from refsim.vectors.networks_training import BINARY32, LABELS, batch, dynamic, network, number, training

WIDE = published("dfxp20").projection(8)
TEN = published("dfxp10")
"""The paper's nine bits and a sign; at radix 5 the step is 1/16 and the greatest number 511/16."""


def of(rows, to=WIDE):
    """A tensor of numbers given as texts, integers or fractions, in rows or in one."""
    shape = (len(rows), len(rows[0])) if isinstance(rows[0], list) else (len(rows),)
    flat = [x for row in rows for x in row] if len(shape) == 2 else rows
    return tensor((to(Fraction(x)).code for x in flat), shape, to.format)


def values(x):
    """The numbers of a tensor of any shape, in order."""
    return [n.exact for n in x.numbers()]


def halves(*xs):
    """So many halves."""
    return [Fraction(x, 2) for x in xs]


@pytest.mark.clause("training/format", "training/copy", "dynamic/groups")
def test_published_numbers():
    """NOB 9 and NOIB 5: the step is 1/16, ties go away from zero, and what is too large becomes 511/16. Parameters are stored
    with two bits more at the same radix."""
    rules, states = dynamic(), {group: State(5) for group in GROUPS}
    xs = ["1/32", "3/32", "-3/32", "40", "-40", "1/64"]
    expected = [Fraction(x) for x in ("1/16", "1/8", "-1/8", "511/16", "-511/16", "0")]
    for group in GROUPS:
        to = rules.projection(group, states, compute=True)
        assert values(copied(of(xs), to)) == expected
        stored = rules.projection(group, states)
        assert str(stored.format) == ("q5.6" if group in {"w", "b"} else "q5.4")
    assert values(copied(of(xs), rules.projection("w", states)))[-1] == Fraction(1, 64)


@pytest.mark.clause("training/format")
def test_ways_of_holding_numbers():
    """Fixed point has a radix for each group too, which stays; floating-point formats have none."""
    states = {group: State(i - 4) for i, group in enumerate(GROUPS)}
    fixed = training(TEN, published("dfxp12"))
    assert [fixed.projection(group, states).format.name for group in ("z", "w", "update_b")] == ["q-4.13", "q-2.13", "q5.4"]
    half = training(Projection("binary16", "ties_to_even", "infinity"), BINARY32)
    assert [half.projection(group, states).format.name for group in ("z", "w")] == ["binary16", "binary32"]
    assert counts_of(fixed, states, {"z": of([1])}) == counts_of(half, states, {"z": of([1])}) == {}


@pytest.mark.clause("training/dropout")
def test_dropout():
    """Zero or as it was: two numbers of four stay, and are not doubled."""
    assert values(masked(of([1, 2, 3, -4]), [1, 0, 1, 0])) == [1, 0, 3, 0]
    assert masked(of([1]), None) == of([1])
    with pytest.raises(ValueError, match="a mask for 2 numbers is needed, not for 1"):
        masked(of([1, 2]), [1])


@pytest.mark.clause("training/sum")
def test_sums():
    """511/16 twice less 31 is inside of the range as an exact sum; a datapath whose register saturates gives another."""
    to = TEN.projection(5)
    x, w, bias = of([[1, 1]], to), of([["511/16", "511/16"]], to), of(["-31"], to)
    assert values(product(x, w, to, None, bias)) == [Fraction(511, 16)]
    assert values(product(x, of([["511/16", "-1/16"]], to), to, None, of(["-31"], to))) == [Fraction(14, 16)]
    narrow = Datapath(ExactProduct(), Sequential(to), "last", "sum", None)
    assert values(product(x, w, to, narrow, bias)) == [Fraction(511, 16) - 31]
    single = Datapath(ExactProduct(), Sequential(BINARY32), "last", "sum", None)
    assert values(product(x, of([["1/16", "1/16"]], to), TEN.projection(6), single, bias)) == [Fraction(-31) + Fraction(1, 8)]


@pytest.mark.clause("training/maxout")
def test_maxout():
    """The greatest of two neighbours, at the radix of results: 3/16 is a tie there and goes away from zero."""
    z = of([["1/2", "3/16", "-1", "-3/16"]])
    assert values(maxout(z, 2, published("dfxp4").projection(0))) == [Fraction(1, 2), Fraction(-1, 4)]


@pytest.mark.clause("training/softmax")
def test_softmax():
    """Equal sums share evenly; beside a sum of 0 one of 1 has 0.2689, which is 138/512 to the nearest."""
    to = TEN.projection(0)
    assert values(softmax(of([[3, 3, 3, 3]]), to)) == [Fraction(1, 4)] * 4
    assert values(softmax(of([[0, 1], [1, 1]]), to)) == [Fraction(138, 512), Fraction(374, 512), Fraction(1, 2), Fraction(1, 2)]


@pytest.mark.clause("training/error")
def test_error():
    """The difference to one and zero, divided by the classes and not by the samples."""
    y = of([["3/4", "1/4"], ["1/2", "1/2"]])
    assert values(error(y, [0, 1], WIDE)) == [Fraction(-1, 8), Fraction(1, 8), Fraction(1, 4), Fraction(-1, 4)]
    ten = tensor([WIDE(Fraction(1, 2)).code] * 10, (1, 10), WIDE.format)
    # -1/20 is -102.4 steps of 1/2048.
    assert values(error(ten, [9], WIDE)) == [Fraction(102, 2048)] * 9 + [Fraction(-102, 2048)]
    for labels in ([0], [0, 2], [-1, 0]):
        with pytest.raises(ValueError, match="2 labels from 0 to 1 are needed"):
            error(y, labels, WIDE)


@pytest.mark.clause("training/maxout-gradient")
def test_gradient_of_maxout():
    """All greatest pieces get the gradient, or the first; each is projected to its own group."""
    z, g = of([[1, 3, 3, -1, -2, -2]]), of([["5/8", "-1/4"]])
    to = published("dfxp4").projection(1)
    assert values(passed_to_pieces(g, z, 3, "all", to)) == [0, Fraction(3, 4), Fraction(3, 4), Fraction(-1, 4), 0, 0]
    assert values(passed_to_pieces(g, of([[5, 5, 5, 7, 7, 7]]), 3, "first", to)) == [
        Fraction(3, 4),
        0,
        0,
        Fraction(-1, 4),
        0,
        0,
    ]
    assert values(passed_to_pieces(g, of([[5, 6]]), 1, "all", to)) == [Fraction(3, 4), Fraction(-1, 4)]
    zeros = tensor([0x80000000, 0, 0], (1, 3), BINARY32.format)
    assert [x.exact for x in zeros.numbers()] == [NEGATIVE_ZERO, 0, 0]
    assert values(passed_to_pieces(of([[1]]), zeros, 3, "all", to)) == [1, 1, 1]
    nans = tensor([0x7FC00000, 0], (1, 2), BINARY32.format)
    assert values(passed_to_pieces(of([[1]]), nans, 2, "all", to)) == [0, 0]


@pytest.mark.clause("training/gradient", "training/backward")
def test_gradients():
    """Two samples by hand: sums over the samples for parameters, over the outputs for what lies below."""
    delta, x = of([[1, -2], ["1/2", 4]]), of([[1, 2, 0], [4, -1, 3]])
    of_weights, of_bias = gradients(delta, x, WIDE, WIDE, None)
    assert (of_weights.shape, values(of_weights)) == ((2, 3), [3, Fraction(3, 2), Fraction(3, 2), 14, -8, 12])
    assert (of_bias.shape, values(of_bias)) == ((2,), [Fraction(3, 2), 2])
    below = passed_back(delta, of([[1, 0, 2], [3, 1, 1]]), [1, 1, 0, 1, 1, 1], WIDE, None)
    assert (below.shape, values(below)) == ((2, 3), [-5, -2, 0, Fraction(25, 2), 4, 5])


@pytest.mark.clause("training/update")
def test_updates():
    """Half of the update less a quarter of the gradient, exactly: 3/16 * 1/2 - 1/8 * 1/4 is 1/16, and a tie is one."""
    to = TEN.projection(5)
    u = updated(number("1/2"), of(["3/16", "1/16", 0], to), number("1/4"), of(["1/8", 0, "-1/8"], to), to)
    assert values(u) == [Fraction(1, 16), Fraction(1, 16), Fraction(1, 16)]
    stored = published("dfxp12").projection(5)
    assert values(added(of(["1/64", "31", 0], stored), u, stored)) == [Fraction(5, 64), 31 + Fraction(1, 16), Fraction(1, 16)]


@pytest.mark.clause("training/count", "training/move")
def test_counts_and_moves():
    """Weights are counted at the storage width, others at that of computation; a period's end moves each radix by itself."""
    rules = dynamic(period=1)
    states = {group: State(5) for group in GROUPS}
    held = {
        "z": of(["511/16", "-511/16", "1/16"], TEN.projection(5)),
        "w": of(["511/16", "2047/64", 16], published("dfxp12").projection(5)),
        "y": of(["1/16"] * 3, TEN.projection(5)),
        "dEdy": of(["255/16", "1/16", "256/16"], TEN.projection(5)),
    }
    counts = counts_of(rules, states, held)
    assert counts == {"z": (2, 2), "w": (1, 3), "y": (0, 0), "dEdy": (0, 1)}
    after = moved(rules, states, held, counts)
    assert {group: after[group].radix for group in held} == {"z": 6, "w": 6, "y": 4, "dEdy": 5}
    assert all(after[group] == states[group] for group in GROUPS if group not in held)


@pytest.mark.clause("training/start", "training/order")
def test_a_step_by_hand():
    """One maxout unit of two pieces before a softmax of two classes, wide enough that nothing but the softmax is rounded."""
    rules = training(published("dfxp32"), published("dfxp32"), epsilon=Fraction(0))
    layers = [Layer(2, None), Layer(1, Fraction(1))]
    first = started(of([[1, 0], [0, 1]]), of([0, 0]), 5)
    assert values(first.update_w) == [0] * 4
    assert set(first.states) == set(GROUPS)
    last = started(of([["3/4"], ["3/4"]]), of(["1/2", "1/2"]), 5)
    x = of([[2, 1], [1, 1]])
    one, two = train(layers, [first, last], x, [0, 1], [[1, 0, 1, 1], None], [number(1), number("1/2")], number("1/2"), rules)
    assert values(one.x) == [2, 0, 1, 1]
    assert values(one.groups["z"]) == [2, 0, 1, 1]
    assert values(one.groups["y"]) == [2, 1]
    assert values(two.groups["z"]) == halves(4, 4) + [Fraction(5, 4)] * 2
    assert values(two.groups["y"]) == halves(1, 1, 1, 1)
    quarter = Fraction(1, 4)
    assert values(two.groups["dEdy"]) == values(two.groups["dEdz"]) == [-quarter, quarter, quarter, -quarter]
    assert values(two.groups["dEdw"]) == [-quarter, quarter]
    assert values(two.groups["dEdb"]) == [0, 0]
    assert values(one.groups["dEdy"]) == [0, 0]
    assert values(two.groups["update_w"]) == [quarter / 2, -quarter / 2]
    assert values(two.moved) == [Fraction(7, 8), Fraction(5, 8)]
    assert (two.after.weights, values(one.after.weights)) == (two.moved, [1, 0, 0, 1])
    again = train(layers, [one.after, two.after], x, [0, 1], [None, None], [number(1)] * 2, number("1/2"), rules)
    # The second step adds to half of the first update, and with gradients passed by the copies as they were.
    assert again[1].before == two.after
    assert values(again[1].groups["w"]) == [Fraction(7, 8), Fraction(5, 8)]
    below = [
        sum(d * w for d, w in zip(row, (Fraction(7, 8), Fraction(5, 8)), strict=True)) for row in by_rows(again[1], "dEdz")
    ]
    to = published("dfxp32").projection(5)
    assert values(again[0].groups["dEdy"]) == [to.format.decode(to(x).code) for x in below]


def by_rows(trace, group):
    """The numbers of a group by samples."""
    return [[x.exact for x in row] for row in trace.groups[group].nested()]


@pytest.mark.clause("training/order")
def test_short_weights_shrink():
    """With the published epsilon a norm far below the limit still changes a weight of many bits, and none of few."""
    layers, learned = network()
    layers = [replace(layer, limit=Fraction(100)) for layer in layers]
    x, masks = batch(0)
    arguments = (layers, learned, x, LABELS, masks, [number(0)] * 3, number(0))
    wide, narrow = (train(*arguments, dynamic(width, width)) for width in (32, 12))
    assert all(trace.moved != trace.after.weights for trace in wide)
    assert all(trace.moved == trace.after.weights for trace in narrow)
    free = train([replace(layer, limit=None) for layer in layers], *arguments[1:], dynamic(32, 32))
    assert all(trace.moved == trace.after.weights for trace in free)


@pytest.mark.clause("training/predict")
def test_predictions():
    """Copies and biases are scaled after their projection, without loss; there are no masks."""
    rules = training(published("dfxp5"), published("dfxp12"))
    layer = started(of([["3/8"], ["-1/8"]]), of(["1/8", "1/4"]), 0)
    x = of([[1]])
    # At radix 0 the step is 1/16; halves of the sums 1/2 and 1/8 are 1/4 and 1/16.
    shares = values(softmax(of([["1/4", "1/16"]]), published("dfxp5").projection(0)))
    assert values(predict([Layer(1, None)], [layer], x, [Fraction(1, 2)], rules)) == shares
    odd = started(of([["5/16"], ["-1/16"]]), of([0, 0]), 0)
    assert str(rules.scaled("w", odd.states, Fraction(1, 4)).format) == "q-2.6"
    assert values(copied(odd.weights, rules.scaled("w", odd.states, Fraction(1, 4)), Fraction(1, 4))) == [
        Fraction(5, 64),
        Fraction(-1, 64),
    ]
    # Three quarters are held as a half is.
    assert str(rules.scaled("w", odd.states, Fraction(3, 4)).format) == "q-1.5"
    with pytest.raises(ValueError, match="by a scale above 0, not by 0"):
        predict([Layer(1, None)], [layer], x, [Fraction(0)], rules)


@pytest.mark.clause("training/initialization")
def test_initialization():
    """Parameters from before, all else from after."""
    layers, learned = network()
    x, masks = batch(0)
    made = [trace.after for trace in train(layers, learned, x, LABELS, masks, [number(1)] * 3, number(0), dynamic(32, 32))]
    for first, after, found in zip(learned, made, initialized(learned, made), strict=True):
        assert (found.weights, found.bias) == (first.weights, first.bias)
        assert found[2:] == after[2:] != first[2:]


def test_what_makes_no_sense():
    """Ways that differ, unknown ties, counts past the end, maxouts of nothing, and layers without all that belongs to them."""
    with pytest.raises(ValueError, match="parameters are held as dfxp12, which is not the way of"):
        training(BINARY32, published("dfxp12"))
    with pytest.raises(ValueError, match="ties 'last' of a maxout are none of all, first"):
        training(TEN, TEN, ties="last")
    past = Control(TEN, Fraction(0), 1, -1, 5, "past_end", "seen")
    with pytest.raises(ValueError, match="at_end, not past_end"):
        training(past, past)
    with pytest.raises(ValueError, match="one piece or more, not of 0"):
        Layer(0, None)
    layers, learned = network()
    x, masks = batch(0)
    with pytest.raises(ValueError, match="3 layers need as many parameters, masks, scales and rates, not 2"):
        train(layers, learned, x, LABELS, masks[:2], [number(1)] * 3, number(0), dynamic())
    with pytest.raises(ValueError, match="the last layer is a softmax"):
        train(layers[:2], learned[:2], x, LABELS, masks[:2], [number(1)] * 2, number(0), dynamic())
