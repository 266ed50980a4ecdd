"""Pooling on arrays: the rules of ``refsim.spec.pooling``, for many samples at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import pooling as spec
from ..spec.datapaths import Datapath
from ..spec.products import ExactProduct
from ..spec.tensors import TensorType
from .apply import apply
from .array import Array, code_dtype
from .datapaths import NO_PORTS, Ports, Progress, check_ports, dot
from .layers import Compute, Parameters
from .tensors import specified


def chosen(members: Sequence[Array], operation: str) -> Array:
    """What the operation leaves of arrays of one shape, in order."""
    left, to = members[0], spec.keeping(members[0].format)
    for new in members[1:]:
        left = apply(operation, (left, new), to)
    return left


def alike(reach: spec.Reach, padded: Sequence[int]) -> dict[tuple[int, int], list[int]]:
    """The rows, or columns, of the result by how many places lie below the window, without the padding and with it."""
    found: dict[tuple[int, int], list[int]] = {}
    for i, (places, count) in enumerate(zip(reach, padded, strict=True)):
        found.setdefault((len(places), count), []).append(i)
    return found


def below(x: Array, rows: Sequence[Sequence[int]], columns: Sequence[Sequence[int]]) -> NDArray[Any]:
    """The codes below windows that all have as many, along a last axis in order."""
    r, c = (np.array(places, int) for places in (rows, columns))
    codes = x.codes[:, :, r[:, None, :, None], c[None, :, None, :]]
    return codes.reshape(*codes.shape[:4], codes.shape[4] * codes.shape[5])


def max_pool(rule: spec.MaxPool, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The numbers that are left of those below each window."""
    del parameters
    (x,) = xs
    (rows, tall), (columns, wide) = spec.pools("max pool", of_samples(x), rule.kernel, rule.window, ceil=rule.ceil)
    found = np.empty((*x.shape[:2], len(rows), len(columns)), x.codes.dtype)
    for r, c in product(alike(rows, tall).values(), alike(columns, wide).values()):
        codes = below(x, [rows[i] for i in r], [columns[j] for j in c])
        members = [Array(codes[..., k], x.format) for k in range(codes.shape[-1])]
        found[np.ix_(range(len(x)), range(x.shape[1]), r, c)] = chosen(members, rule.operation).codes
    return Array(found, x.format)


def average_pool(
    rule: spec.AveragePool,
    xs: Sequence[Array],
    parameters: Parameters,
    ports: Ports = NO_PORTS,
    progress: Progress | None = None,
) -> Array:
    """Sums of the numbers below each window, as dot products with ones, divided by how many there are.

    Ports are by sample, channel, row and column, of the accumulators.
    """
    try:
        return means(rule, xs[0], ports, progress)
    except ValueError:
        if ports:
            raise
        return specified(rule, xs, parameters)  # What is refused first, in the order of the result, is for it to say.


def means(rule: spec.AveragePool, x: Array, ports: Ports, progress: Progress | None) -> Array:
    """All places that have as many numbers below them at once."""
    (rows, tall), (columns, wide) = spec.pools("average pool", of_samples(x), rule.kernel, rule.window, ceil=rule.ceil)
    path = Datapath(ExactProduct(), rule.accumulator, "first", "sum", None)
    sums = np.empty((*x.shape[:2], len(rows), len(columns)), code_dtype(path.to.format))
    check_ports(ports, sums.shape)
    counts, done = np.empty(sums.shape[2:], np.int64), 0
    for ((_, high), r), ((_, across), c) in product(alike(rows, tall).items(), alike(columns, wide).items()):
        codes = below(x, [rows[i] for i in r], [columns[j] for j in c])
        inner: Ports = {(n, o, r.index(i), c.index(j)): port for (n, o, i, j), port in ports.items() if i in r and j in c}
        total = dot(Array(codes, x.format), ones(codes.shape[-1]), path, ports=inner)
        sums[np.ix_(range(len(x)), range(x.shape[1]), r, c)] = total.codes
        counts[np.ix_(r, c)] = high * across if rule.count_padding else codes.shape[-1]
        done += total.codes.size
        if progress is not None:
            progress(done, sums.size)
    counted = Array(counts, spec.as_number(int(counts.max())).format)
    found: Array = apply("divide", (Array(sums, path.to.format), counted), rule.to)
    return found


def ones(count: int) -> Array:
    """A vector of ones, which a dot product adds up by."""
    return Array(np.ones(count, np.uint8), spec.as_number(1).format)


def maxout(rule: spec.Maxout, xs: Sequence[Array], parameters: Parameters) -> Array:
    """The numbers that are left of neighbouring groups."""
    del parameters
    return chosen([xs[0][:, i :: rule.pieces] for i in range(rule.pieces)], rule.operation)


def of_samples(x: Array) -> TensorType:
    """The type of each sample."""
    return TensorType(x.shape[1:], x.format)


WITH_PORTS: Mapping[type, Compute] = {spec.AveragePool: average_pool}
"""The rule with an accumulator."""
RULES: Mapping[type, Compute] = {spec.MaxPool: max_pool, spec.Maxout: maxout}
"""The others."""
