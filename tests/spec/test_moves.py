"""Moves of codes: what NumPy's functions do to an array of distinct numbers."""

import numpy as np
import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.moves import Concat, Pad, Reshape, Slice, Transpose, Upsample
from refsim.spec.tensors import tensor

UINT8, INT8 = get_format("uint8"), get_format("int8")


def numbered(*shape, begin=0):
    """A tensor of codes that count up, and the same array."""
    array = np.arange(begin, begin + int(np.prod(shape))).reshape(shape)
    return tensor(array.reshape(-1).tolist(), shape, UINT8), array


def assert_is(found, array):
    """The codes and the shape are those of the array."""
    assert found.shape == array.shape
    assert list(found.codes) == array.reshape(-1).tolist()
    assert found.format == UINT8


@pytest.mark.clause("move/reshape")
@pytest.mark.parametrize("shape", [(24,), (-1,), (4, -1), (2, 1, 12), (3, 2, 4, -1)], ids=str)
def test_reshape(shape):
    """The codes stay in order; -1 is what is left."""
    x, array = numbered(2, 3, 4)
    assert_is(Reshape(shape)([x], {}), array.reshape(shape))


@pytest.mark.clause("move/reshape")
def test_reshape_of_nothing():
    """Of no numbers nothing is left for a -1, and one number has no axis."""
    empty = tensor([], (0, 3), UINT8)
    assert Reshape((-1, 3))([empty], {}).shape == (0, 3)
    assert Reshape(())([numbered(1, 1)[0]], {}).shape == ()


@pytest.mark.clause("move/transpose")
@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)], ids=str)
def test_transpose(axes):
    """Axis i is the one that is named i-th, as in NumPy and ONNX."""
    x, array = numbered(2, 3, 4)
    assert_is(Transpose(axes)([x], {}), array.transpose(axes))


@pytest.mark.clause("move/concat")
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_concat(axis):
    """Inputs of any length along the axis, the first one first."""
    shapes = [[2, 3, 2], [2, 3, 2], [2, 3, 2]]
    for i, shape in enumerate(shapes):
        shape[axis] = i + 1
    made = [numbered(*shape, begin=40 * i) for i, shape in enumerate(shapes)]
    assert_is(Concat(axis)([x for x, _ in made], {}), np.concatenate([array for _, array in made], axis))


@pytest.mark.clause("move/pad")
def test_pad():
    """Each axis has its own places before and after."""
    x, array = numbered(2, 3)
    assert_is(Pad((1, 0), (2, 3), 99)([x], {}), np.pad(array, ((1, 2), (0, 3)), constant_values=99))


@pytest.mark.clause("move/slice")
def test_slice():
    """The end stands behind the last place; a slice can be empty."""
    x, array = numbered(3, 4)
    assert_is(Slice((1, 0), (3, 3))([x], {}), array[1:3, 0:3])
    assert_is(Slice((1, 2), (1, 4))([x], {}), array[1:1, 2:4])


@pytest.mark.clause("move/upsample")
def test_upsample():
    """ONNX's example of Resize, nearest: 1 2 / 3 4 by 2 and 3."""
    found = Upsample((2, 3))([tensor([1, 2, 3, 4], (1, 2, 2), UINT8)], {})
    assert_is(found, np.array([[[1, 1, 1, 2, 2, 2]] * 2 + [[3, 3, 3, 4, 4, 4]] * 2]))


REFUSED = [
    (lambda: Reshape((-1, -1)), [], "a shape has lengths that are not negative and at most one -1, not (-1, -1)"),
    (lambda: Reshape((-2,)), [], "a shape has lengths that are not negative"),
    (lambda: Reshape((4,)), [(2, 3)], "reshape cannot bring 6 numbers of shape (2, 3) into the shape (4,)"),
    (lambda: Reshape((-1, 4)), [(2, 3)], "reshape cannot bring 6 numbers of shape (2, 3) into the shape (-1, 4)"),
    (lambda: Reshape((0, -1)), [(2, 3)], "reshape cannot bring 6 numbers"),
    (lambda: Reshape((6,)), [(2, 3), (2, 3)], "reshape takes one input, not 2"),
    (lambda: Transpose((0, 0)), [(2, 3)], "transpose needs every axis of the shape (2, 3) once, not (0, 0)"),
    (lambda: Transpose((1,)), [(2, 3)], "transpose needs every axis"),
    (lambda: Concat(0), [], "concat takes one input or more, not 0"),
    (lambda: Concat(2), [(2, 3), (2, 3)], "concat needs an axis of the shape (2, 3), not 2"),
    (lambda: Concat(-1), [(2, 3), (2, 3)], "concat needs an axis of the shape (2, 3), not -1"),
    (
        lambda: Concat(0),
        [(2, 3), (2, 4)],
        "concat takes inputs that differ along axis 0 alone, not of shapes (2, 3) and (2, 4)",
    ),
    (lambda: Concat(0), [(2, 3), (2,)], "concat takes inputs that differ along axis 0 alone"),
    (lambda: Pad((1,), (1, 1), 0), [(2, 3)], "pad needs before of 2 integers that are not negative, not (1,)"),
    (lambda: Pad((1, 1), (1, -1), 0), [(2, 3)], "pad needs after of 2 integers that are not negative, not (1, -1)"),
    (lambda: Pad((1, 1), (1, 1), 256), [(2, 3)], "code 0x100 is not in 0..0xff of uint8"),
    (lambda: Slice((0, 0), (2,)), [(2, 3)], "slice needs end of 2 integers that are not negative, not (2,)"),
    (lambda: Slice((0, 2), (2, 1)), [(2, 3)], "slice needs places of the shape (2, 3) in order, not (0, 2) to (2, 1)"),
    (lambda: Slice((0, 0), (2, 4)), [(2, 3)], "slice needs places of the shape (2, 3) in order"),
    (lambda: Upsample((0, 1)), [], "upsample needs a factor of rows and one of columns, each at least 1, not (0, 1)"),
    (lambda: Upsample((2,)), [], "upsample needs a factor of rows and one of columns"),
    (lambda: Upsample((2, 2)), [(2, 3)], "upsample needs an input of 3 axes, not of shape (2, 3)"),
]


@pytest.mark.parametrize(("make", "shapes", "message"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(make, shapes, message):
    """What does not fit is refused, by the rule or by the types alone."""
    xs = [numbered(*shape)[0] for shape in shapes]
    with pytest.raises(ValueError, match=r".") as caught:
        make().infer([x.type for x in xs], {})
    assert message in str(caught.value)


def test_parameters_and_formats():
    """Moves take no parameters, and a concatenation inputs of one format."""
    x, _ = numbered(2)
    with pytest.raises(ValueError, match="the parameters of pad are none; scale is unknown"):
        Pad((0,), (0,), 0)([x], {"scale": x})
    with pytest.raises(ValueError, match="concat takes inputs of one format, not of uint8 and int8"):
        Concat(0)([x, tensor([0], (1,), INT8)], {})
