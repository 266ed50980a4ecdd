"""Checks of the affine rules on arrays: tensors for them, and the comparison of a batch with its samples."""

import numpy as np

from refsim import Array, get_format
from refsim.engine.array import code_dtype
from refsim.engine.networks import RULES
from refsim.engine.tensors import tensor_of
from refsim.spec.tensors import TensorType

BINARY32 = get_format("binary32")


def codes(rng, format, *shape):
    """Any codes of a format."""
    return Array(rng.integers(0, (1 << format.width) - 1, shape, np.uint64, endpoint=True).astype(code_dtype(format)), format)


def single(x):
    """Binary32 numbers."""
    x = np.atleast_1d(np.asarray(x, np.float32))
    return Array(x.view(np.uint32), BINARY32)


def integers(n, format):
    """Integers of a format."""
    return Array(np.atleast_1d(np.array(n, object)) & (1 << format.width) - 1, format)


def outcome(compute):
    """What is computed, or the error."""
    try:
        return compute()
    except ValueError as error:
        return type(error), str(error)


def check(rule, inputs, parameters):
    """The engine's batch is what the specification makes of each sample, or it is refused as the first one that is refused."""
    given = {role: tensor_of(one) for role, one in parameters.items()}
    made = rule.infer([TensorType(x.shape[1:], x.format) for x in inputs], {role: one.type for role, one in given.items()})
    expected = [outcome(lambda i=i: rule([tensor_of(x[i]) for x in inputs], given)) for i in range(len(inputs[0]))]
    found = outcome(lambda: RULES[type(rule)](rule, inputs, parameters))
    refused = [one for one in expected if isinstance(one, tuple)]
    if refused:
        assert found == refused[0]
        return False
    assert (found.format, found.shape[1:]) == (made.format, made.shape)
    assert found.codes.dtype == code_dtype(found.format)
    assert found.codes.reshape(len(found), -1).tolist() == [list(one.codes) for one in expected]
    return True


def affine_parameters(rng, **formats):
    """Scales that make the results fill the codes, and any zero points."""
    found = {}
    for name, format in formats.items():
        scale = rng.uniform(0.01, 0.2) if name != "y" else rng.uniform(0.02, 0.4)
        found |= {f"{name}_scale": single(scale), f"{name}_zero_point": codes(rng, format, 1)}
    return found
