"""Tensors against NumPy's arrays, whose last index runs fastest too."""

import numpy as np
import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.tensors import Tensor, TensorType, gathered, places, size, tensor

INT8 = get_format("int8")


@pytest.mark.clause("tensor/order")
def test_codes_stand_as_in_an_array():
    """Every index finds the code that NumPy finds."""
    codes = np.random.default_rng(1).integers(0, 256, (2, 3, 4))
    found = tensor(codes.reshape(-1).tolist(), codes.shape, INT8)
    assert all(found.at(*index).code == codes[index] for index in np.ndindex(codes.shape))
    nested = found.nested()
    assert all(nested[i][j][k].code == codes[i, j, k] for i, j, k in np.ndindex(codes.shape))
    assert [number.code for number in found.numbers()] == codes.reshape(-1).tolist()
    assert list(places((2, 3))) == list(np.ndindex((2, 3)))
    assert gathered(lambda index: int(codes[index]), codes.shape, INT8) == found
    assert found.type == TensorType((2, 3, 4), INT8)
    assert str(found.type) == "2 x 3 x 4 of int8"


@pytest.mark.clause("tensor/order")
def test_refusals():
    """As many codes as the shape says, and codes of the format."""
    with pytest.raises(ValueError, match=r"a tensor of shape \(2, 2\) has 4 codes, not 3"):
        Tensor((1, 2, 3), (2, 2), INT8)
    with pytest.raises(ValueError, match=r"0x100 is not in 0..0xff of int8"):
        Tensor((256,), (1,), INT8)


def test_sizes():
    """One number without axes, none where an axis has no length."""
    assert (size(()), size((3, 4)), size((3, 0))) == (1, 12, 0)
    assert tensor([7], (), INT8).at().code == tensor([7], (), INT8).nested().code == 7
