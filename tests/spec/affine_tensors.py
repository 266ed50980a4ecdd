"""Tensors for tests of affine layers: integers, and numbers of binary32."""

import numpy as np

from refsim.spec.catalogue import get_format
from refsim.spec.tensors import tensor

BINARY32 = get_format("binary32")


def integers(n, format):
    """Integers as a tensor."""
    format = get_format(format)
    return tensor((int(i) % (1 << format.width) for i in np.asarray(n).reshape(-1)), np.shape(n), format)


def singles(x):
    """Numbers rounded to binary32, as a tensor."""
    return tensor((int(i) for i in np.asarray(x, np.float32).reshape(-1).view(np.uint32)), np.shape(x), BINARY32)


def values(found):
    """The integers of a tensor."""
    return np.array([int(found.format.decode(code)) for code in found.codes]).reshape(found.shape)


def numbers(found):
    """A tensor of binary32 as NumPy's numbers."""
    return np.array(found.codes, np.uint32).view(np.float32).reshape(found.shape)


def parameters(format, **given):
    """Scales and zero points by role, each from a pair."""
    found = {}
    for name, (scale, point) in given.items():
        found |= {f"{name}_scale": singles(scale), f"{name}_zero_point": integers(point, format)}
    return found
