"""Layers against NumPy's products and convolutions of integers, which are exact."""

import numpy as np
import pytest

from refsim.spec.accumulators import Sequential
from refsim.spec.catalogue import get_format
from refsim.spec.convolutions import Window
from refsim.spec.datapaths import Datapath
from refsim.spec.layers import Conv2d, Dense, Elementwise
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection
from refsim.spec.tensors import tensor

INT8, INT32 = get_format("int8"), Projection("int32", "toward_zero", "error")
WIDE = Datapath(ExactProduct(), Sequential(INT32), "first", "sum", None)
TO8 = Projection("int8", "ties_to_even", "saturate")
RANDOM = np.random.default_rng(6)


def codes(array, name="int8"):
    """Integers as a tensor."""
    format = get_format(name)
    return tensor((int(n) % (1 << format.width) for n in np.asarray(array).reshape(-1)), np.shape(array), format)


def integers(found):
    """A tensor of an integer format as integers."""
    return np.array([int(found.format.decode(code)) for code in found.codes]).reshape(found.shape)


def draw(*shape):
    """Any 8-bit integers."""
    return RANDOM.integers(-128, 128, shape)


@pytest.mark.clause("layer/dense")
@pytest.mark.parametrize("shape", [(5,), (2, 5), (2, 3, 5)], ids=str)
def test_dense(shape):
    """The product with the weights turned over, plus the bias, along the last axis."""
    x, w, b = draw(*shape), draw(4, 5), draw(4)
    found = Dense(WIDE)([codes(x)], {"weights": codes(w), "bias": codes(b, "int32")})
    assert (integers(found) == x @ w.T + b).all()
    assert found.shape == (*shape[:-1], 4)


@pytest.mark.clause("layer/dense")
@pytest.mark.parametrize("scales", [[2], [1, 2, -3, 4]], ids=str)
def test_dense_scales(scales):
    """One scale for all outputs or one for each; a second one after the first."""
    x, w = draw(5), draw(4, 5)
    parameters = {"weights": codes(w), "scale": codes(scales, "int32"), "scale2": codes([3], "int32")}
    found = Dense(Datapath(ExactProduct(), Sequential(INT32), "first", "steps", INT32))([codes(x)], parameters)
    assert (integers(found) == x @ w.T * np.array(scales) * 3).all()


@pytest.mark.clause("layer/conv2d")
def test_depthwise_convolution():
    """With as many groups as channels each channel has a kernel of its own; outside lies the pad."""
    x, w, b = draw(3, 4, 5), draw(3, 1, 3, 3), draw(3)
    rule = Conv2d(WIDE, Window(padding=(1, 1, 1, 1), groups=3), 7)
    found = integers(rule([codes(x)], {"weights": codes(w), "bias": codes(b, "int32")}))
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), constant_values=7)
    for c, i, j in np.ndindex(3, 4, 5):
        assert found[c, i, j] == (padded[c, i : i + 3, j : j + 3] * w[c, 0]).sum() + b[c]


@pytest.mark.clause("layer/elementwise")
def test_elementwise():
    """Operands in order, with parameters by channel or for all in the places of their roles."""
    x, y, scale, shift = draw(3, 2, 2), draw(3, 2, 2), RANDOM.integers(-2, 3, 3), draw(1)
    wide = Projection("int32", "toward_zero", "error")
    assert (integers(Elementwise("add", wide)([codes(x), codes(y)], {})) == x + y).all()
    found = Elementwise("fma", wide)([codes(x)], {"b": codes(scale), "c": codes(shift)})
    assert (integers(found) == x * scale[:, None, None] + shift).all()
    found = Elementwise("subtract", wide)([codes(x)], {"a": codes(scale)})
    assert (integers(found) == scale[:, None, None] - x).all()
    assert (integers(Elementwise("relu", TO8)([codes(x)], {})) == np.maximum(x, 0)).all()
    negated = Elementwise("next_up", None)([codes(x, "binary16")], {})
    assert negated.format == get_format("binary16")


REFUSED = [
    (
        Dense(WIDE),
        [(5,)],
        {},
        "the parameters of dense are weights, bias (optional), scale (optional), scale2 (optional); weights is missing",
    ),
    (Dense(WIDE), [(5,)], {"weights": (4, 6)}, "dense needs weights (outputs, inputs) for its input (5,), not of shape (4, 6)"),
    (Dense(WIDE), [(5,)], {"weights": (4, 5), "bias": (1,)}, "the bias of dense has 4 elements, not the shape (1,)"),
    (Dense(WIDE), [(5,)], {"weights": (4, 5), "b": (4,)}, "b is unknown"),
    (Dense(WIDE), [(5,), (5,)], {"weights": (4, 5)}, "dense takes one input, not 2"),
    (Dense(WIDE), [(0,)], {"weights": (2, 0)}, "dense needs weights (outputs, inputs) for its input (0,), not of shape (2, 0)"),
    (Conv2d(WIDE, Window(), 0), [(0, 3, 3)], {"weights": (1, 0, 2, 2)}, "1 kernels of 0 channels in 1 groups do not fit 0"),
    (Conv2d(WIDE, Window(), 0), [(4, 4)], {"weights": (1, 1, 3, 3)}, "conv2d needs an input of 3 axes and weights of 4"),
    (
        Conv2d(WIDE, Window(), 0),
        [(2, 4, 4)],
        {"weights": (1, 1, 3, 3)},
        "1 kernels of 1 channels in 1 groups do not fit 2 channels",
    ),
    (Conv2d(WIDE, Window(), 0), [(1, 2, 2)], {"weights": (1, 1, 3, 3)}, "a kernel of 3 x 3 has no place on an image of 2 x 2"),
    (Conv2d(WIDE, Window(), 256), [(1, 4, 4)], {"weights": (1, 1, 3, 3)}, "code 0x100 is not in 0..0xff of int8"),
    (Elementwise("add", TO8), [(3,)], {}, "add takes 2 inputs and 0 parameters, not 1 inputs"),
    (Elementwise("add", TO8), [(3,), (4,)], {}, "add takes inputs of one shape, not (3,) and (4,)"),
    (Elementwise("add", TO8), [(3, 2)], {"b": (2,)}, "b of add has one element or (3,), not the shape (2,)"),
    (Elementwise("add", TO8), [(3, 2)], {"d": (3,)}, "d is unknown"),
]


@pytest.mark.parametrize(("rule", "inputs", "parameters", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(rule, inputs, parameters, message):
    """What does not fit is refused before anything is computed, by the rule and by its types alone."""
    given = {role: codes(np.zeros(shape, int)) for role, shape in parameters.items()}
    xs = [codes(np.zeros(shape, int)) for shape in inputs]
    for attempt in (
        lambda: rule(xs, given),
        lambda: rule.infer([x.type for x in xs], {role: one.type for role, one in given.items()}),
    ):
        with pytest.raises(ValueError, match=r".") as caught:
            attempt()
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("operation", "to", "message"),
    [
        ("add", None, "add needs a projection in a layer"),
        ("next_up", TO8, "next_up takes no projection in a layer"),
        ("total_order", None, "total_order takes no projection in a layer"),
        ("dot_product", TO8, "dot_product is no operation on elements"),
    ],
)
def test_operations_that_are_no_layers(operation, to, message):
    """Truth values and sums of vectors are no elements of a result."""
    with pytest.raises(ValueError, match=message):
        Elementwise(operation, to)


@pytest.mark.clause("layer/elementwise")
def test_irrational_numbers():
    """An operation that has no results for irrational numbers is refused with their formats; the others take them."""
    x = codes([1, 2, 3], "lns3.3")
    for operation in ("exp", "sigmoid", "expm1"):
        with pytest.raises(ValueError, match=rf"{operation} needs rational numbers, and lns3\.3 has others"):
            Elementwise(operation, TO8).infer([x.type], {})
    assert Elementwise("relu", TO8)([x], {}).format == TO8.format
    assert Elementwise("add", TO8)([x, x], {}).format == TO8.format
    assert Elementwise("exp", TO8)([codes([1], "lns3.0")], {}).format == TO8.format
