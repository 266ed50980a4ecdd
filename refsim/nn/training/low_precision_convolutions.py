"""Convolutional layers of training with low-precision multiplications: convolution, pooling, bias, maxout over channels.

The steps are those of the program that goes with Courbariaux et al., arXiv 1412.7024: sums are projected before the pooling and
after the bias, both to the group z, and the gradients of both to the group dEdz. A convolution is a matrix product whose rows
are what lies below the kernel, so that its sums are those of ``refsim.engine.training_passes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...engine.array import Array
from ...engine.max_norm import max_norm
from ...engine.training import Learned
from ...engine.training_passes import Mask, added, copied, encoded, masked, maxout, passed_to_pieces, product
from ...spec.convolutions import Window
from ...spec.training import Training
from ...spec.training_passes import ONES
from ..layers.windows import apart, below, columns, padded, scattered, together

Pair = tuple[int, int]


@dataclass(frozen=True)
class Convolution:
    """The kernel and the rows and columns of zeros around its images, which it moves over place by place; and the kernel of the
    pooling and how it moves, ``None`` where there is none."""

    kernel: Pair
    window: Window
    pool: Pair | None
    moves: Window | None


def unfolded(x: Array, kernel: Pair, window: Window) -> Array:
    """What lies below a kernel at each place, as rows; around an image lie zeros, whose code is 0."""
    return Array(np.ascontiguousarray(columns(x.codes, kernel, window)[0].T), x.format)


def as_rows(x: Array) -> Array:
    """Channels of a batch as rows of all their places."""
    return Array(np.ascontiguousarray(apart(x.codes, 1)[0]), x.format)


def pooled(z: NDArray[Any], conv: Convolution) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The greatest number below each place of the pooling's kernel, and which of those below it are it."""
    if conv.pool is None or conv.moves is None:
        return z, None
    seen = below(padded(z, conv.moves, -np.inf), conv.pool, conv.moves)
    greatest = seen.max(axis=(4, 5), keepdims=True)
    return greatest[..., 0, 0], seen == greatest


def sums(x: Array, w: Array, conv: Convolution, learned: Learned, rules: Training, bias: Array | None = None) -> Array:
    """The convolution of a batch, projected."""
    rows = unfolded(x, conv.kernel, conv.window)
    found = product(rows, w, rules.projection("z", learned.states), rules.sums, bias)
    places = conv.window.places((x.shape[2], x.shape[3]), conv.kernel)
    return Array(together(found.codes.T[None], len(x), places), found.format)


def forward(conv: Convolution, pieces: int, learned: Learned, x: Array, rules: Training) -> dict[str, Array]:
    """The groups of a forward pass in training: z before the pooling, u behind pooling and bias, and the result."""
    states = learned.states
    w, b = (
        copied(stored, rules.projection(group, states, compute=True))
        for group, stored in (("w", learned.weights), ("b", learned.bias))
    )
    z = sums(x, w, conv, learned, rules)
    greatest, _ = pooled(z.values(), conv)
    u = added(greatest, b[:, None, None], rules.projection("z", states))
    return {"z": z, "u": u, "y": maxout(u, pieces, rules.projection("y", states)), "w": w, "b": b}


def backward(
    conv: Convolution, pieces: int, learned: Learned, x: Array, groups: Mapping[str, Array], rules: Training
) -> dict[str, Array]:
    """The gradients of sums, weights and bias from those of the results."""
    to = {group: rules.projection(group, learned.states) for group in ("dEdz", "dEdw", "dEdb")}
    u, z = groups["u"], groups["z"]
    of_u = passed_to_pieces(groups["dEdy"], u, pieces, rules.ties, to["dEdz"])
    of_z = encoded(to_places(of_u, z, conv, rules.ties), to["dEdz"])
    ones = Array(np.ones((1, u.codes.size // u.shape[1]), np.uint8), ONES)
    rows = unfolded(x, conv.kernel, conv.window)
    return {
        "dEdz": of_z,
        "dEdw": product(as_rows(of_z), Array(np.ascontiguousarray(rows.codes.T), rows.format), to["dEdw"], rules.sums),
        "dEdb": product(as_rows(of_u), ones, to["dEdb"], rules.sums)[:, 0],
    }


def to_places(gradient: Array, z: Array, conv: Convolution, ties: str) -> NDArray[np.float64]:
    """The gradients of the sums before the pooling: each gets those of all places of the pooling where it is the greatest.

    They are added up in binary64, exactly but for numbers of binary32 that are far apart.
    """
    _, greatest = pooled(z.values(), conv)
    if greatest is None or conv.pool is None or conv.moves is None:
        return gradient.values()
    n, channels, rows, across = gradient.shape
    flat = greatest.reshape(n, channels, rows, across, -1)
    if ties == "first":
        flat = flat & (np.cumsum(flat, axis=-1) == 1)
    spread = np.where(flat, gradient.values()[..., None], 0.0)
    found = spread.transpose(1, 4, 0, 2, 3).reshape(channels, flat.shape[-1], -1)
    return scattered(found, n, (z.shape[2], z.shape[3]), conv.pool, conv.moves)


def passed_back(
    conv: Convolution, groups: Mapping[str, Array], x: Array, mask: Mask, learned: Learned, rules: Training
) -> Array:
    """The gradients of the results below, whose group's projection ``rules`` has for ``learned``: each is one sum over kernels
    and places. They are a convolution by the kernels turned over, with so many zeros around that every place is met."""
    of_z, (rows, across) = groups["dEdz"], conv.kernel
    top, bottom, left, right = conv.window.padding
    around = Window((1, 1), (rows - 1 - top, rows - 1 - bottom, across - 1 - left, across - 1 - right), (1, 1), 1)
    kernels = groups["w"].codes.reshape(of_z.shape[1], x.shape[1], rows, across)[:, :, ::-1, ::-1]
    turned = Array(np.ascontiguousarray(kernels.transpose(1, 0, 2, 3)).reshape(x.shape[1], -1), groups["w"].format)
    found = product(unfolded(of_z, conv.kernel, around), turned, rules.projection("dEdy", learned.states), rules.sums)
    return masked(Array(together(found.codes.T[None], len(x), (x.shape[2], x.shape[3])), found.format), mask)


def predicted(conv: Convolution, pieces: int, learned: Learned, x: Array, rules: Training, scale: Fraction) -> Array:
    """The result of a layer in a prediction. Here the program projects once, behind the bias. No projection changes the order
    of numbers: the greatest of the projected sums, bias included, is the same."""
    states = learned.states
    w, b = (
        copied(stored, rules.scaled(group, states, scale), scale)
        for group, stored in (("w", learned.weights), ("b", learned.bias))
    )
    greatest, _ = pooled(sums(x, w, conv, learned, rules, b).values(), conv)
    return maxout(encoded(greatest, rules.projection("z", states)), pieces, rules.projection("y", states))


def limited(weights: Array, limit: Fraction, rules: Training, learned: Learned) -> Array:
    """The weights with limited norms, those of all kernels at one place of the kernel being one: so the program has it, which
    takes the first axis for the inputs."""
    across = Array(np.ascontiguousarray(weights.codes.T), weights.format)
    found = max_norm(across, limit, rules.epsilon, rules.projection("w", learned.states))
    return Array(np.ascontiguousarray(found.codes.T), found.format)
