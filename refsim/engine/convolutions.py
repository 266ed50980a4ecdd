"""Convolutions of images on arrays: the elements below the kernel are gathered tile by tile, then multiplied as matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import datapaths as spec
from ..spec.convolutions import Window
from ..spec.datapaths import Datapath
from ..spec.flags import Result
from ..spec.formats import Number
from ..spec.terms import Port
from .array import Array, as_array, code_dtype
from .datapaths import NO_PORTS, Ports, Progress, Whole, computed, specify
from .jobs import Sums
from .run import Finished


@dataclass(frozen=True)
class Patches:
    """The elements below the kernel at every place of every image, one column a place, made when they are asked for.

    It stands for an array of shape (K, places, 1), and gives parts of it.
    """

    images: NDArray[Any]
    """Codes of shape (images, channels, rows, columns)."""
    window: Window
    kernel: tuple[int, int]
    places: tuple[int, int]
    pad: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """As an array's."""
        count, channels = self.images.shape[:2]
        return channels * self.kernel[0] * self.kernel[1], count * self.places[0] * self.places[1], 1

    @property
    def ndim(self) -> int:
        """As an array's."""
        return 3

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: tuple[slice, slice, slice]) -> NDArray[Any]:
        """All terms of a stretch of places."""
        begin, end, _ = index[1].indices(self.shape[1])
        each = self.places[0] * self.places[1]
        parts = []
        for image in range(begin // each, -(-end // each)):
            first, last = max(begin - image * each, 0), min(end - image * each, each)
            parts.append(self.below(image, first, last))
        joined = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1) if parts else self.below(0, 0, 0)
        return joined[:, :, None]

    def below(self, image: int, first: int, last: int) -> NDArray[Any]:
        """The terms of the places from ``first`` to before ``last`` of an image, as an array of shape (K, places)."""
        columns = self.places[1]
        top, bottom = first // columns, -(-last // columns)
        padded = self.padded(image, top, bottom)
        (rise, step), (down, across) = self.window.stride, self.window.dilation
        found = np.empty((len(padded), *self.kernel, max(bottom - top, 0), columns), padded.dtype)
        for i in range(self.kernel[0]):
            for j in range(self.kernel[1]):
                rows = slice(i * down, i * down + (bottom - top - 1) * rise + 1, rise)
                found[:, i, j] = padded[:, rows, j * across : j * across + (columns - 1) * step + 1 : step]
        if self.window.order == "channels_last":
            found = np.moveaxis(found, 0, 2)
        flat = found.reshape(len(self), -1)
        return flat[:, first - top * columns : last - top * columns]

    def padded(self, image: int, top: int, bottom: int) -> NDArray[Any]:
        """The rows of an image that lie below the kernel at some rows of places, with what is added around."""
        codes = self.images[image]
        channels, height, width = codes.shape
        above, _, left, right = self.window.padding
        begin = top * self.window.stride[0] - above
        end = (bottom - 1) * self.window.stride[0] - above + (self.kernel[0] - 1) * self.window.dilation[0] + 1
        found = np.full((channels, max(end - begin, 0), left + width + right), self.pad, codes.dtype)
        inside = slice(max(begin, 0), min(end, height))
        if inside.stop > inside.start:
            found[:, inside.start - begin : inside.stop - begin, left : left + width] = codes[:, inside]
        return found


def conv2d(
    x: Any,
    w: Any,
    path: Datapath,
    window: Window,
    pad: Number,
    bias: Any = None,
    scales: Sequence[Any] = (),
    ports: Ports = NO_PORTS,
    *,
    flags: bool = False,
    progress: Progress | None = None,
) -> Finished:
    """The convolution of an image of shape (channels, rows, columns), or of several with one more axis in front, by kernels
    of shape (kernels, channels of a group, rows, columns); with ``flags`` a pair of codes and flags.

    The result has the kernels where the image has its channels. ``bias`` and each of ``scales`` have an element a kernel, or
    one for all. An element that has a port in ``ports`` is computed through it, by the specification. ``ValueError`` where
    shapes do not fit, or where ``pad`` is of another format.
    """
    images, kernels = as_array(x), as_array(w)
    if len(images.shape) not in {3, 4} or len(kernels.shape) != 4:
        raise ValueError(
            f"conv2d needs images of 3 or 4 axes and kernels of 4, not of shapes {images.shape} and {kernels.shape}"
        )
    if pad.format != images.format:
        raise ValueError(f"conv2d needs a pad of the images' format {images.format}, not of {pad.format}")
    batch = images.codes if len(images.shape) == 4 else images.codes[None]
    given = [None if z is None else as_array(z) for z in (bias, *scales)]
    found = Convolution(
        Array(batch, images.format), kernels, path, window, pad, given[0], tuple(z for z in given[1:] if z is not None)
    )
    sums = found.sums(flags=flags, progress=progress)
    single = len(images.shape) == 3
    specify(found.specified, sums, {(0, *index): port for index, port in ports.items()} if single else ports, progress)
    codes, raised = (part[0] if single and part is not None else part for part in (sums.codes, sums.flags))
    assert codes is not None, "there are some"
    array = Array(codes, path.to.format)
    return (array, raised) if flags else array


def _share(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """What tells of all parts while one of them, as large as the others, is computed."""
    return progress and (lambda done, total: progress(part * total + done, parts * total))


@dataclass(frozen=True)
class Convolution:
    """Images, kernels and what else a convolution was given."""

    images: Array
    kernels: Array
    path: Datapath
    window: Window
    pad: Number
    bias: Array | None
    scales: tuple[Array, ...]

    def __post_init__(self) -> None:
        channels, count, depth = self.images.shape[1], *self.kernels.shape[:2]
        self.pad.format.check_code(self.pad.code)
        if channels != depth * self.window.groups or not count * depth or count % self.window.groups:
            raise ValueError(
                f"{count} kernels of {depth} channels in {self.window.groups} groups do not fit an image of {channels} channels"
            )
        for what, z in (("bias", self.bias), *(("scale", scale) for scale in self.scales)):
            if z is not None and z.shape not in {(count,), (1,)}:
                raise ValueError(f"a {what} of a convolution has an element a kernel, ({count},), or one, (1,), not {z.shape}")

    @property
    def places(self) -> tuple[int, int]:
        """The rows and columns of the result."""
        return self.window.places(self.images.shape[2:], self.kernels.shape[2:])  # type: ignore[arg-type]  # two of four axes

    def patches(self, group: int) -> Patches:
        """The elements of a group's channels."""
        depth = self.kernels.shape[1]
        images = self.images.codes[:, group * depth : (group + 1) * depth]
        return Patches(images, self.window, self.kernels.shape[2:], self.places, self.pad.code)  # type: ignore[arg-type]

    def weights(self, kernels: slice) -> NDArray[Any]:
        """Kernels in the order of the terms, one column each."""
        codes = self.kernels.codes[kernels]
        if self.window.order == "channels_last":
            codes = np.moveaxis(codes, 1, 3)
        return codes.reshape(len(codes), -1).T

    def of(self, z: Array | None, kernels: slice, shape: tuple[int, ...]) -> Array | None:
        """What kernels have of a bias or scale, in a shape that has them last."""
        if z is None:
            return None
        return Array(np.broadcast_to(z.codes[kernels] if len(z) > 1 else z.codes, shape), z.format)

    def sums(self, *, flags: bool, progress: Progress | None) -> Sums:
        """What kernels of the engine find, group by group."""
        count, each = len(self.images), len(self.kernels) // self.window.groups
        shape = (count, len(self.kernels), *self.places)
        codes, raised = np.empty(shape, code_dtype(self.path.to.format)), np.empty(shape, np.uint8)
        hard = np.zeros(shape, bool)
        for group in range(self.window.groups):
            kernels = slice(group * each, (group + 1) * each)
            part = (count, *self.places, each)
            bias, *scales = (self.of(z, kernels, part) for z in (self.bias, *self.scales))
            y = self.weights(kernels)[:, None, :]
            formats = (self.images.format, self.kernels.format)
            x: Any = self.patches(group)
            whole = Whole(x, y, formats, self.path, part, bias, tuple(s for s in scales if s is not None))
            found = computed(whole, flags=flags, progress=_share(progress, group, self.window.groups))
            for into, of in ((codes, found.codes), (raised, found.flags), (hard, found.hard)):
                if of is not None:
                    into[:, kernels] = np.moveaxis(of, 3, 1)
        return Sums(codes, raised if flags else None, hard)

    def specified(self, index: tuple[int, ...], port: Port) -> Result:
        """The specification's answer for one element: of an image and a kernel at a place."""
        image, o, i, j = index
        place = (image * self.places[0] + i) * self.places[1] + j
        patches = self.patches(o // (len(self.kernels) // self.window.groups))
        x = patches[slice(None), slice(place, place + 1), slice(None)][:, 0, 0]
        xs, ys = (
            [Number(int(code), format) for code in codes]
            for codes, format in ((x, self.images.format), (self.weights(slice(o, o + 1))[:, 0], self.kernels.format))
        )
        bias, *scales = (
            None if z is None else Number(int(z.codes[o if len(z) > 1 else 0]), z.format) for z in (self.bias, *self.scales)
        )
        return spec.dot(xs, ys, self.path, bias, [scale for scale in scales if scale is not None], port)
