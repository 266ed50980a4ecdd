"""Nodes whose results do not depend on the input's numbers: they are computed while a model is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attributes import attributes, axis_of, need
from .model import Operator, RefusedModel, check_sizes, element_of

Constant = NDArray[Any]
SAMPLES = 0
"""Stands in shapes for a number of samples that is not fixed; ``Reshape`` reads it as the length that the axis has."""


def constant(operator: Operator) -> Constant:
    """``Constant``: the one attribute that it has."""
    given = attributes(operator, value=None, value_float=None, value_floats=None, value_int=None, value_ints=None)
    found = {name: value for name, value in given.items() if value is not None}
    if len(found) != 1:
        raise RefusedModel(f"{operator} has {len(found)} values; supported is one")
    name, value = found.popitem()
    if name == "value":
        return np.asarray(value)
    return np.array(value, np.float32 if "float" in name else np.int64)


def shape(operator: Operator, whole: Sequence[int | None]) -> Constant:
    """``Shape`` of a value of which the samples are the first axis, ``None`` where their number is not fixed."""
    given = attributes(operator, start=0, end=None)
    lengths = [SAMPLES if length is None else length for length in whole]
    return np.array(lengths[given["start"] : given["end"]], np.int64)


def integers(operator: Operator, given: Constant | None, what: str) -> list[int]:
    """The integers of a constant input or an attribute."""
    if given is None or (isinstance(given, np.ndarray) and given.dtype.kind not in "iu"):
        raise RefusedModel(f"{operator} needs constant integers as its {what}")
    return [int(n) for n in np.asarray(given).reshape(-1)]


def _gather(operator: Operator, x: Constant, index: Constant) -> Constant:
    axis = axis_of(operator, attributes(operator, axis=0)["axis"], x.ndim)
    check_sizes([index.size, x.size], str(operator))
    return np.take(x, index, axis)


def _axes(operator: Operator, axes: Constant | None) -> list[int]:
    given = attributes(operator, axes=None)["axes"]
    return integers(operator, axes if given is None else given, "axes")


def _unsqueeze(operator: Operator, x: Constant, axes: Constant | None = None) -> Constant:
    return np.expand_dims(x, tuple(_axes(operator, axes)))


def _squeeze(operator: Operator, x: Constant, axes: Constant | None = None) -> Constant:
    every = axes is None and "axes" not in operator.attributes
    return np.squeeze(x, None if every else tuple(_axes(operator, axes)))


def _concat(operator: Operator, *xs: Constant) -> Constant:
    check_sizes([sum(x.size for x in xs)], str(operator))
    return np.concatenate(xs, axis_of(operator, attributes(operator, axis=None)["axis"] or 0, xs[0].ndim))


def _slice(operator: Operator, x: Constant, *rest: Constant) -> Constant:
    given = attributes(operator, starts=None, ends=None, axes=None)
    starts, ends, axes, steps = (
        [*rest, *[None] * (4 - len(rest))] if rest else [given[k] for k in ("starts", "ends", "axes")] + [None]
    )
    begin, end = integers(operator, starts, "starts"), integers(operator, ends, "ends")
    along = list(range(len(begin))) if axes is None else integers(operator, axes, "axes")
    step = [1] * len(begin) if steps is None else integers(operator, steps, "steps")
    cut = [slice(None)] * x.ndim
    for one in zip(along, begin, end, step, strict=True):
        cut[axis_of(operator, one[0], x.ndim)] = slice(*one[1:])
    return x[tuple(cut)]


def _cast(operator: Operator, x: Constant) -> Constant:
    return x.astype(element_of(attributes(operator, to=0, saturate=1)["to"], str(operator)))


def _constant_of_shape(operator: Operator, lengths: Constant) -> Constant:
    value = attributes(operator, value=np.zeros(1, np.float32))["value"]
    wanted = integers(operator, lengths, "shape")
    check_sizes(wanted, str(operator))
    return np.full(tuple(wanted), value.reshape(-1)[0], value.dtype)


def _transpose(operator: Operator, x: Constant) -> Constant:
    return np.transpose(x, attributes(operator, perm=None)["perm"])


def _reshape(operator: Operator, x: Constant, target: Constant | None = None) -> Constant:
    given = attributes(operator, shape=None, allowzero=0)
    need(operator, "allowzero", given["allowzero"], 0)
    wanted = integers(operator, given["shape"] if target is None else target, "shape")
    return x.reshape([x.shape[i] if n == 0 and i < x.ndim else n for i, n in enumerate(wanted)])


def _identity(operator: Operator, x: Constant) -> Constant:
    attributes(operator)
    return x


FOLDED: Mapping[str, Callable[..., Constant]] = {
    "Gather": _gather,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Concat": _concat,
    "Slice": _slice,
    "Cast": _cast,
    "ConstantOfShape": _constant_of_shape,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Identity": _identity,
}
"""The operators that are computed where all their inputs are constants."""


def folded(operator: Operator, xs: Sequence[Constant]) -> Constant:
    """The result of an operator on constants."""
    return FOLDED[operator.type](operator, *xs)
