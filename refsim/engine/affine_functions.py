"""Functions of affine codes on arrays: the rule of ``refsim.spec.affine_functions``, for many samples at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import affine_functions as spec
from ..spec.formats import Number
from ..spec.operations import get_operation
from .affine import quantize_as
from .affine_joins import affine_of, dequantized, in32, scale_of, table
from .affine_layers import or_specified
from .array import Array, code_dtype
from .layers import Compute, Parameters
from .tensors import tensor_of


def affine_function(rule: spec.AffineFunction, xs: Sequence[Array], parameters: Parameters) -> Array:
    """Each code that occurs is asked for once: of the specification, or in binary32 of the engine."""
    (x,) = xs
    given = {role: tensor_of(parameter) for role, parameter in parameters.items()}
    roles = get_operation(rule.operation).roles[1:]
    of_x, of_y = affine_of(parameters, "x"), affine_of(parameters, "y")

    def specified(keys: NDArray[Any]) -> Array:
        codes = [rule.code(Number(int(key), x.format), given) for key in keys]
        return Array(np.array(codes, code_dtype(rule.to.format)), rule.to.format)

    def in_binary32(keys: NDArray[Any]) -> Array:
        others = [Array(parameters[role].codes.reshape(()), parameters[role].format) for role in roles]
        found = in32(rule.operation, dequantized(Array(keys, x.format), of_x), *others)
        return quantize_as("onnx", found, scale_of(of_y), of_y.zero_point, rule.to.format)

    return table(x.codes, x.format.width, in_binary32 if rule.way == "binary32" else specified)


RULES: Mapping[type, Compute] = {spec.AffineFunction: or_specified(affine_function)}
"""By rule."""
