"""Retraining: the paper's equations, by hand and in plain loops over floats."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.formats import Number
from refsim.spec.projection import Projection
from refsim.spec.retraining import (
    Layer,
    Update,
    activation,
    constant,
    direct,
    each,
    gradients,
    is_above_zero,
    learned,
    passed_back,
    quantized,
    retrain,
    softmax_error,
    squared_error,
    step_of,
    updated,
)
from refsim.spec.tensors import tensor
from refsim.vectors.networks_retraining import BINARY32, number, retraining_trace, rules

from . import plain_retraining as plain

WEIGHTS = ["-.9", "-.31", "-.12", "-.05", "0", ".04", ".11", ".26", ".5", "1.1"]


def of(rows, to=BINARY32):
    """A tensor of numbers given as texts, integers or fractions, in rows or in one."""
    shape = (len(rows), len(rows[0])) if isinstance(rows[0], list) else (len(rows),)
    flat = [x for row in rows for x in row] if len(shape) == 2 else rows
    return tensor((to(Fraction(x)).code for x in flat), shape, to.format)


def values(x):
    """The numbers of a tensor of any shape, in order."""
    return [n.exact for n in x.numbers()]


def plainly(rate="1/2", momentum="0", levels=3, error="squared", **others):
    """Settings without RMSProp, with numbers that binary32 holds."""
    update = Update(number(rate, "binary32"), number(momentum, "binary32"))
    return replace(rules(levels, None), update=update, error=error, **others)


@pytest.mark.clause("retraining/step", "retraining/codes", "retraining/direct", "levels/published")
@pytest.mark.parametrize(
    ("levels", "step", "codes"),
    [(3, Fraction(5, 6), [-1, 0, 0, 0, 0, 0, 0, 0, 1, 1]), (7, Fraction(757, 2400), [-3, -1, 0, 0, 0, 0, 0, 1, 2, 3])],
)
def test_direct_quantization(levels, step, codes):
    """The step of least error of ten weights, held in binary32, and their levels; the bias is as it was."""
    settings, bias = plainly(levels=levels), of(["1/3"])
    binary64 = Projection("binary64", "ties_to_even", "infinity")
    weights = of([WEIGHTS], binary64)
    assert abs(step_of(weights, "optimal", settings).exact - step) < Fraction(1, 2**25)
    layer = direct(weights, bias, "optimal", settings)
    assert values(quantized(weights, layer.step, settings)) == codes
    assert layer.bias.value == bias
    assert layer.weights.value == weights
    assert {*values(layer.weights.velocity), *values(layer.bias.squares)} == {0}


@pytest.mark.clause("retraining/step", "levels/held")
def test_a_step_is_held():
    """In bfloat16 the step has eight bits, and weights are quantized by what is held; one held as zero is refused."""
    held = Projection("bfloat16", "toward_zero", "infinity")
    settings = plainly(levels=3, held=held)
    step = step_of(of([["1/3", "-1/3"]]), "optimal", settings)
    assert (step.format.name, step.exact) == ("bfloat16", Fraction(170, 512))
    flushing = Projection("bfloat16", "toward_zero", "infinity", subnormals="flush_outputs")
    with pytest.raises(ValueError, match="no positive number of bfloat16"):
        step_of(of([[Fraction(1, 2**149)]]), "optimal", plainly(held=flushing))


@pytest.mark.clause("retraining/activation", "activation/relu")
def test_results_of_layers():
    """relu of hidden layers, then signals of three fraction bits, halves up; the last layer is linear."""
    net = of([[-1, 0, "1/16", "3/16", 5]])
    assert values(activation(net, plainly(), last=False)) == [0, 0, Fraction(1, 16), Fraction(3, 16), 5]
    signals = plainly(signals=Projection("uq1.3", "ties_to_away", "saturate"))
    assert values(activation(net, signals, last=False)) == [0, 0, Fraction(1, 8), Fraction(1, 4), Fraction(15, 8)]
    assert activation(net, signals, last=True) == net


@pytest.mark.clause("retraining/squared-error")
def test_squared_error():
    """Results less targets."""
    assert values(squared_error(of([[3, "1/2"]]), of([[1, 1]]), plainly())) == [2, Fraction(-1, 2)]


@pytest.mark.clause("retraining/softmax-error")
def test_softmax_error():
    """Equal results share one; e**0 and e**1 to the last bit of binary32, whatever is added to both."""
    settings = plainly()
    assert values(softmax_error(of([[7, 7, 7, 7]]), of([[0, 1, 0, 0]]), settings)) == [
        Fraction(x) for x in ("1/4", "-3/4", "1/4", "1/4")
    ]
    expected = np.float32(1) / (np.float32(np.exp(-1.0)) + np.float32(1))
    for shift in (0, 100, -3):
        found = values(softmax_error(of([[shift, shift + 1]]), of([[0, 0]]), settings))
        assert found[1] == Fraction(float(expected))
        assert sum(found) == pytest.approx(1)


@pytest.mark.clause("retraining/backward")
def test_error_signals():
    """A product with the turned codes and the step, only where the sum below is above zero."""
    settings = plainly()
    delta, codes = of([[1, 2]]), of([[1, 0, -1], [1, 1, 1]], settings.levels)
    step = number("1/2", "binary32")
    assert values(passed_back(delta, codes, step, of([[1, "1/1024", 9]]), settings)) == [Fraction(3, 2), 1, Fraction(1, 2)]
    assert values(passed_back(delta, codes, step, of([[0, -1, 9]]), settings)) == [0, 0, Fraction(1, 2)]


@pytest.mark.clause("retraining/backward")
def test_what_is_above_zero():
    """Positive numbers and infinity, neither zeros nor NaN."""
    to = BINARY32
    data = (Fraction(1), POSITIVE_INFINITY, Fraction(0), NEGATIVE_ZERO, NAN, NEGATIVE_INFINITY, Fraction(-1))
    assert [is_above_zero(Number(to(x).code, to.format)) for x in data] == [True, True, *[False] * 5]


@pytest.mark.clause("retraining/gradient", "retraining/mean")
def test_gradients():
    """Sums over the batch by its size: of products with inputs for weights, of the signals for biases."""
    weights, bias = gradients(of([[1, 0], [3, 4]]), of([[1, 2, 3], [5, 6, 7]]), plainly())
    assert weights.shape == (2, 3)
    assert values(weights) == [8, 10, 12, 10, 12, 14]
    assert values(bias) == [2, 2]
    thirds, _ = gradients(of([[1], [0], [0]]), of([[1], [1], [1]]), plainly())
    assert values(thirds) == [BINARY32.format.decode(BINARY32(Fraction(1, 3)).code)]


@pytest.mark.clause("retraining/update", "retraining/start")
def test_momentum():
    """Two updates with momentum 1/2: the second goes on with half of the first."""
    settings = plainly(rate="1/4", momentum="1/2")
    first = updated(learned(of([1]), BINARY32), of([4]), settings)
    assert (values(first.value), values(first.velocity), values(first.squares)) == ([0], [-1], [0])
    second = updated(first, of([2]), settings)
    assert (values(second.value), values(second.velocity)) == ([-1], [-1])


@pytest.mark.clause("retraining/update")
def test_rms():
    """With decay 3/4 a gradient of 8 has the mean 16, so the root 4; with epsilon 0 it moves by twice the rate."""
    update = Update(*(number(x, "binary32") for x in ("1/8", "0", "3/4", "0")))
    settings = replace(plainly(), update=update)
    first = updated(learned(of([1]), BINARY32), of([8]), settings)
    assert (values(first.squares), values(first.velocity), values(first.value)) == ([16], [Fraction(-1, 4)], [Fraction(3, 4)])
    again = updated(first, of([-8]), replace(settings, update=update._replace(epsilon=number("4", "binary32"))))
    assert values(again.squares) == [28]
    roots = float(np.float32(np.sqrt(np.float32(28))) + np.float32(4))
    assert values(again.velocity) == [Fraction(float(np.float32(8) / np.float32(roots))) / 8]


@pytest.mark.clause("retraining/order", "retraining/codes")
def test_a_step_by_hand():
    """One ternary layer of three inputs, one sample, squared error: every number can be done on paper."""
    settings = plainly(rate="1/2")
    weights, bias = of([["3/4", "-3/4", "1/8"]]), of(["1/2"])
    layer = direct(weights, bias, "optimal", settings)
    assert layer.step.exact == Fraction(3, 4)
    (made,) = retrain([layer], of([[2, 1, 4]]), of([[1]]), settings)
    assert values(made.codes) == [1, -1, 0]
    # 3/4 * (2 - 1) + 1/2 = 5/4; less the target 1/4.
    assert (values(made.net), values(made.delta)) == ([Fraction(5, 4)], [Fraction(1, 4)])
    assert values(made.weight_gradient) == [Fraction(1, 2), Fraction(1, 4), 1]
    assert values(made.after.weights.value) == [Fraction(1, 2), Fraction(-7, 8), Fraction(-3, 8)]
    assert values(made.after.bias.value) == [Fraction(3, 8)]
    # Halves of the step go away from zero: -3/8 becomes -1.
    assert values(made.codes_after) == [1, -1, -1]
    assert made.after.step == layer.step


@pytest.mark.clause("retraining/order")
def test_small_gradients_add_up():
    """A shadow keeps what is too little to change a code; the code changes when enough has come together."""
    settings = plainly(rate="1/16")
    layer, seen = direct(of([["1/2", "1/4"]]), of([0]), "maximum", settings), []
    for _ in range(4):
        (made,) = retrain([layer], of([[0, 1]]), of([[1]]), settings)
        seen += values(made.codes)[1:]
        layer = made.after
    assert seen == [1, 1, 1, 1]
    down = direct(of([["1/2", "5/16"]]), of([0]), "maximum", settings)
    codes = []
    for _ in range(4):
        (made,) = retrain([down], of([[0, 1]]), of([[0]]), settings)
        codes += values(made.codes_after)[1:]
        down = made.after
    assert codes == [1, 1, 0, 0]


@pytest.mark.clause("retraining/order", "retraining/step")
def test_an_adaptive_step():
    """With a method the step is that of the new shadows; without one it stays although another would be better."""
    fixed = plainly(rate="1/2")
    adaptive = replace(fixed, method="optimal")
    layer = direct(of([["3/4", "-3/4", "1/8"]]), of(["1/2"]), "optimal", fixed)
    (stays,), (moves,) = (retrain([layer], of([[2, 1, 4]]), of([[1]]), settings) for settings in (fixed, adaptive))
    assert stays.after.step.exact == Fraction(3, 4)
    assert moves.after.weights == stays.after.weights
    assert moves.after.step == step_of(moves.after.weights.value, "optimal", adaptive)
    assert moves.after.step != stays.after.step


@pytest.mark.clause(
    "retraining/order", "retraining/backward", "retraining/gradient", "retraining/mean", "retraining/update", "retraining/codes"
)
@pytest.mark.parametrize(("levels", "signals"), [(3, None), (7, None), (3, "uq1.3"), (15, "uq1.3")])
def test_plain_loops(levels, signals):
    """Three layers under RMSProp: every number equals that of loops over float32, bit by bit."""
    trace = retraining_trace(levels, signals)
    layers, last = plain.layers_of(trace, "before"), trace["layers"][-1]
    made = plain.step(
        layers,
        plain.numbers(trace["layers"][0]["x"]),
        plain.numbers(trace["targets"]),
        (levels - 1) // 2,
        np.float32(0.05),
        np.float32(0.9),
        np.float32(0.9),
        np.float32(1e-8),
        (3, 15) if signals else None,
    )
    for expected, found in zip(made, trace["layers"], strict=True):
        for name, one in expected.items():
            assert np.array_equal(np.array(one), plain.numbers(found[name])), name
    for expected, found in zip(layers, plain.layers_of(trace, "after"), strict=True):
        for name, one in expected.items():
            assert np.array_equal(one, found[name]), name
    assert last["codes"] != last["codes_after"]


@pytest.mark.clause("retraining/order")
def test_refusals():
    """Settings that do not fit together, tensors of different shapes, and a weight that is no number."""
    with pytest.raises(ValueError, match=r"^there is no error 'hinge'; there are squared, softmax$"):
        plainly(error="hinge")
    with pytest.raises(ValueError, match="unknown method 'best'"):
        plainly(method="best")
    with pytest.raises(ValueError, match=r"^forward gives binary32, where retraining computes in binary16$"):
        plainly(to=Projection("binary16", "ties_to_even", "infinity"))
    with pytest.raises(ValueError, match="a step is found for levels on both sides"):
        replace(plainly(), levels=Projection("uint4", "ties_to_even", "saturate"))
    with pytest.raises(ValueError, match="both a decay and an epsilon"):
        replace(plainly(), update=Update(constant(1, BINARY32), constant(0, BINARY32), constant(1, BINARY32)))
    with pytest.raises(ValueError, match=r"^add takes tensors of one shape, not of \[\(1,\), \(2,\)\]$"):
        each("add", BINARY32, of([1]), of([1, 2]))
    layer = Layer(learned(of([[1]]), BINARY32), learned(of([1]), BINARY32), constant(1, BINARY32))
    with pytest.raises(ValueError, match="of length"):
        retrain([layer], of([[1, 2]]), of([[1]]), plainly())
