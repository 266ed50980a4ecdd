"""Layers whose sums are kept: which they are, their sums, and what other inputs and weights make of these.

Sums stand as the result does: samples, channels, and rows and columns where there are some.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.convolutions import Window
from ..spec.layers import Conv2d, Dense, Rule
from ..spec.tensors import TensorType
from .array import Array
from .deltas import Codes, Gather, Ints, Kept, Written, all_written, kept
from .layers import scales_of
from .partial_layers import Channels

Terms = NDArray[np.int64]
"""Elements of a kernel: rows of (row, column) by channel, as numbers channel * size + row * width + column."""


@dataclass(frozen=True)
class KeptLayer:
    """A dense layer of vectors, or a convolution in one group, whose sums are kept. ``kernel`` is rows and columns of a
    kernel."""

    rule: Dense | Conv2d
    how: Kept
    kernel: tuple[int, ...]
    made: tuple[int, ...]
    """The shape of a sample's result."""

    @property
    def size(self) -> int:
        """The elements of a kernel in each channel."""
        return int(np.prod(self.kernel, dtype=np.int64))

    @property
    def pad(self) -> int:
        """The code around an image."""
        return self.rule.pad if isinstance(self.rule, Conv2d) else 0

    def gather(self, terms: Terms) -> Gather:
        """What puts some terms of every place in a row, of inputs that have some of the channels; terms count in these."""
        if isinstance(self.rule, Dense):
            return lambda x, _: x if len(terms) == x.shape[1] else x[:, terms]
        window, (_, height, width) = self.rule.window, self.made
        channels, places = np.divmod(terms, self.size)
        kept_channels = channels.tolist()
        shifts = [divmod(place, self.kernel[1]) for place in places.tolist()]

        def patches(x: Codes, pad: int) -> Codes:
            images = padded(x, window, pad)
            found = np.empty((len(terms), len(x), height, width), x.dtype)
            (rise, step), (down, across) = window.stride, window.dilation
            for k, (channel, (i, j)) in enumerate(zip(kept_channels, shifts, strict=True)):
                rows = slice(i * down, i * down + (height - 1) * rise + 1, rise)
                columns = slice(j * across, j * across + (width - 1) * step + 1, step)
                found[k] = images[:, channel, rows, columns]
            return found.reshape(len(terms), -1).T

        return patches

    def stood(self, sums: Ints, samples: int) -> Ints:
        """Sums (places, outputs) as the result stands."""
        if isinstance(self.rule, Dense):
            return sums
        return np.moveaxis(sums.reshape(samples, *self.made[1:], sums.shape[1]), 3, 1)

    def sums(self, x: Codes, weights: Codes) -> Ints:
        """The sums of whole inputs."""
        every = np.arange(weights[0].size)
        flat = weights.reshape(len(weights), -1)
        return np.ascontiguousarray(self.stood(self.how.sums(self.gather(every)(x, self.pad), flat), len(x)))

    def by_inputs(self, before: Codes, after: Codes, weights: Codes) -> Ints:
        """By how much sums grow, where inputs and weights have the channels that changed."""
        flat = weights.reshape(len(weights), -1)
        gather = self.gather(np.arange(flat.shape[1]))
        return self.stood(self.how.by_inputs(gather, before, after, self.pad, flat), len(after))

    def by_weights(self, x: Codes, before: Codes, after: Codes) -> Ints:
        """By how much sums of some outputs grow, where inputs and weights have the channels that changed."""
        old, new = (w.reshape(len(w), -1) for w in (before, after))
        terms = np.flatnonzero((old != new).any(axis=0))
        found = self.how.by_weights(self.gather(terms)(x, self.pad), old[:, terms], new[:, terms])
        return self.stood(found, len(x))

    def all_written(self, sums: Ints, parameters: Mapping[str, Array]) -> Written | None:
        """What sums like these are written as, where that is a function of the sum alone."""
        scales = scales_of(parameters)
        if ("bias" in parameters and self.rule.path.bias != "first") or any(len(scale) > 1 for scale in scales):
            return None
        return all_written(self.how, self.how.units(sums, spread(parameters.get("bias"), sums.ndim, None)), scales)

    def written(
        self, total: Ints, parameters: Mapping[str, Array], outputs: Channels | None, table: Written | None = None
    ) -> Codes:
        """The codes of sums that stand as the result, with the parameters of their channels; or of sums in one row, with the
        channel of each in ``outputs``. The table, if any, must be for scales as they are given."""
        bias = spread(parameters.get("bias"), total.ndim, outputs)
        units = self.how.units(total, bias)
        if table is not None:
            return table.of(units, lambda some: self.how.written(some, None, scales_of(parameters)).codes)
        scales = [spread(scale, total.ndim, outputs) for scale in scales_of(parameters)]
        return self.how.written(units, bias, [scale for scale in scales if scale is not None]).codes


def spread(given: Array | None, axes: int, outputs: Channels | None) -> Array | None:
    """A bias or scale as it broadcasts to results of so many axes, or to elements of these channels."""
    if given is None or len(given) == 1:
        return given
    codes = given.codes.reshape(-1, *(1,) * (axes - 2)) if outputs is None else given.codes[outputs]
    return Array(codes, given.format)


def kept_layer(
    rule: Rule, x: TensorType, made: TensorType, parameters: Mapping[str, TensorType], samples: int
) -> KeptLayer | None:
    """How the sums of a layer are kept; ``None`` where they are not."""
    if not isinstance(rule, Dense | Conv2d) or (isinstance(rule, Dense) and len(x.shape) != 1):
        return None
    if isinstance(rule, Conv2d) and rule.window.groups > 1:
        return None
    weights, bias = parameters["weights"], parameters.get("bias")
    first = bias.format if bias is not None and rule.path.bias == "first" else None
    length = int(np.prod(weights.shape[1:], dtype=np.int64))
    sums = samples * int(np.prod(made.shape, dtype=np.int64))
    how = kept(rule.path, (x.format, weights.format, first), length, sums, scaled="scale" in parameters)
    return None if how is None else KeptLayer(rule, how, weights.shape[2:], made.shape)


def padded(x: Any, window: Window, pad: int) -> Any:
    """Images with what lies around them."""
    above, under, left, right = window.padding
    if not any(window.padding):
        return x
    found = np.full((*x.shape[:2], above + x.shape[2] + under, left + x.shape[3] + right), pad, x.dtype)
    found[:, :, above : above + x.shape[2], left : left + x.shape[3]] = x
    return found
