"""What the rules of affine codes make of NumPy's integers and numbers, for comparisons with ONNX Runtime."""

import numpy as np

from refsim import Array, Projection, get_format
from refsim.engine.networks import RULES, WITH_PORTS
from refsim.engine.tensors import tensor_of

BINARY32 = get_format("binary32")


def to_nearest(kind):
    """The projection to a format that ONNX Runtime has."""
    return Projection(kind, "ties_to_even", "saturate")


def single(x):
    """Binary32 numbers."""
    return Array(np.atleast_1d(np.asarray(x, np.float32)).view(np.uint32), BINARY32)


def integers(n, kind):
    """Integers of a format."""
    format = get_format(kind)
    return Array(np.atleast_1d(n).astype(np.int64) & (1 << format.width) - 1, format)


def parameters_of(names, scales, points, kind):
    """Scales and zero points by role."""
    found = {f"{name}_scale": single(scale) for name, scale in zip(names, scales, strict=True)}
    return found | {f"{name}_zero_point": integers(point, kind) for name, point in zip(names, points, strict=True)}


def ours(rule, inputs, parameters):
    """What the engine makes of a batch."""
    table = RULES if type(rule) in RULES else WITH_PORTS
    return table[type(rule)](rule, inputs, parameters)


def specified(rule, inputs, parameters, i):
    """What the specification makes of one sample."""
    return rule([tensor_of(x[i]) for x in inputs], {role: tensor_of(one) for role, one in parameters.items()})


def settings(rng, kind, count, which):
    """Scales, by chance or small integers times powers of two, whose results have ties, and zero points, each third time 0."""
    for i in range(which):
        by_chance = rng.uniform(0.01, 0.5, count)
        aimed = 2.0 ** rng.integers(-5, 1, count) * rng.integers(1, 6, count)
        points = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, count) if i % 3 else np.zeros(count, int)
        yield np.float32(aimed if i % 2 else by_chance), points.tolist()
