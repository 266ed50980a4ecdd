"""What lies below a kernel at all its places: images as columns for one matrix product, and columns added back into images."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...spec.convolutions import Window
from .kind import Floats

Pair = tuple[int, int]
MOST = 1 << 21
"""About how many elements are made columns at once: a kernel's times as many as the images have, all of them would take."""


def padded(x: Floats, window: Window, value: float = 0.0) -> Floats:
    """Images with the window's rows and columns around them."""
    top, bottom, left, right = window.padding
    if not any(window.padding):
        return x
    return np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=value)


def below(x: Floats, kernel: Pair, window: Window) -> Floats:
    """A view of padded images (N, C, H, W) as (N, C, rows, columns of places, rows, columns of the kernel)."""
    (rows, columns), (down, across) = kernel, window.dilation
    whole = sliding_window_view(x, ((rows - 1) * down + 1, (columns - 1) * across + 1), axis=(2, 3))
    return whole[:, :, :: window.stride[0], :: window.stride[1], ::down, ::across]


def columns(x: Floats, kernel: Pair, window: Window) -> Floats:
    """Images (N, C, H, W) as (groups, elements of a group's kernel, N times places)."""
    seen = below(padded(x, window), kernel, window)
    n, channels, rows, across, *_ = seen.shape
    size = channels // window.groups * kernel[0] * kernel[1]
    return seen.transpose(1, 4, 5, 0, 2, 3).reshape(window.groups, size, n * rows * across)


def scattered(found: Floats, n: int, size: Pair, kernel: Pair, window: Window) -> Floats:
    """Images (N, C, H, W) in which each element is the sum of all that ``columns`` would have taken from its place."""
    channels = found.shape[0] * found.shape[1] // (kernel[0] * kernel[1])
    top, bottom, left, right = window.padding
    rows, across = window.places(size, kernel)
    parts = found.reshape(channels, *kernel, n, rows, across)
    sums = np.zeros((channels, n, size[0] + top + bottom, size[1] + left + right), found.dtype)
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            sums[_taken(i, j, rows, across, window)] += parts[:, i, j]
    return np.ascontiguousarray(sums[:, :, top : top + size[0], left : left + size[1]].transpose(1, 0, 2, 3))


def _taken(i: int, j: int, rows: int, across: int, window: Window) -> tuple[slice, ...]:
    """The places of padded images on which element i, j of the kernel falls."""
    (down, right), (first, second) = window.stride, (i * window.dilation[0], j * window.dilation[1])
    here = slice(first, first + (rows - 1) * down + 1, down)
    return slice(None), slice(None), here, slice(second, second + (across - 1) * right + 1, right)


def pieces(n: int, places: Pair, terms: int) -> list[slice]:
    """The samples in pieces whose columns have about ``MOST`` elements, or one sample each."""
    step = max(1, MOST // (places[0] * places[1] * terms))
    return [slice(i, i + step) for i in range(0, n, step)]


def apart(y: Floats, groups: int) -> Floats:
    """Results or gradients (N, C, H, W) as (groups, channels of a group, N times places)."""
    n, channels, rows, across = y.shape
    return y.transpose(1, 0, 2, 3).reshape(groups, channels // groups, n * rows * across)


def together(y: Floats, n: int, size: Pair) -> Floats:
    """The reverse of ``apart``."""
    return np.ascontiguousarray(y.reshape(y.shape[0] * y.shape[1], n, *size).transpose(1, 0, 2, 3))
