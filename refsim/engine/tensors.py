"""Tensors of the specification as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..spec.layers import Rule
from ..spec.tensors import Tensor
from .array import Array, code_dtype


def array_of(tensor: Tensor) -> Array:
    """The codes of a tensor of the specification."""
    codes = np.array(tensor.codes, dtype=object).reshape(tensor.shape)
    return Array(codes, tensor.format)


def tensor_of(array: Array) -> Tensor:
    """A tensor of the specification with the codes of an array."""
    return Tensor(tuple(array.codes.reshape(-1).tolist()), array.shape, array.format)


def specified(rule: Rule, xs: Sequence[Array], parameters: Mapping[str, Array]) -> Array:
    """What the specification makes of each sample, the first one's refusal first."""
    given = {role: tensor_of(one) for role, one in parameters.items()}
    types = [tensor_of(x[:0]).type for x in xs]
    made = rule.infer([one._replace(shape=one.shape[1:]) for one in types], {role: one.type for role, one in given.items()})
    found = np.zeros((len(xs[0]), *made.shape), code_dtype(made.format))
    for i in range(len(found)):
        result = rule([tensor_of(x[i]) for x in xs], given)
        found[i] = np.array(result.codes, found.dtype).reshape(result.shape)
    return Array(found, made.format)
