"""Convolutions of images: which operands meet in each dot product, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .datapaths import Datapath, dot
from .flags import Result
from .formats import Number
from .terms import NO_PORT, Port

ORDERS = ("channels_first", "channels_last")
"""The order of the terms: all of one channel before the next, or all channels of one place before the next place."""
Image = Sequence[Sequence[Sequence[Number]]]
"""Channels of rows of numbers."""


@dataclass(frozen=True)
class Window:
    """How a kernel moves over an image: its stride, the rows and columns added above, below, left and right, the distance
    between its elements, the groups of channels, and the order of the terms.

    ``ValueError`` for values that mean nothing.
    """

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1
    order: str = "channels_first"

    def __post_init__(self) -> None:
        for name, length in (("stride", 2), ("padding", 4), ("dilation", 2)):
            given = getattr(self, name)
            if len(given) != length or not all(isinstance(n, int) for n in given):
                raise ValueError(f"the {name} of a window is {length} integers, not {given}")
        if min(*self.stride, *self.dilation, self.groups) < 1 or min(self.padding) < 0:
            raise ValueError(f"strides, dilations and groups must be at least 1 and paddings not negative, not {self}")
        if self.order not in ORDERS:
            raise ValueError(f"the order {self.order!r} of the terms is none of {', '.join(ORDERS)}")

    def places(self, size: tuple[int, int], kernel: tuple[int, int]) -> tuple[int, int]:
        """The rows and columns of the result: the places of the kernel at which all of it **must** lie on the padded image.

        ``ValueError`` where there is none. [convolution/places]
        """
        top, bottom, left, right = self.padding
        padded = (size[0] + top + bottom, size[1] + left + right)
        spans = tuple((k - 1) * d + 1 for k, d in zip(kernel, self.dilation, strict=True))
        found = tuple((p - span) // s + 1 for p, span, s in zip(padded, spans, self.stride, strict=True))
        if min(*kernel, *found) < 1:
            raise ValueError(f"a kernel of {spans[0]} x {spans[1]} has no place on an image of {padded[0]} x {padded[1]}")
        return found[0], found[1]

    def terms(self, channels: int, kernel: tuple[int, int]) -> list[tuple[int, int, int]]:
        """Channel, row and column of the kernel's elements: the terms **must** stand row by row and, in a row, column by
        column, all of one channel before the next, or all channels of one place before the next. [convolution/order]
        """
        rows, columns = range(kernel[0]), range(kernel[1])
        if self.order == "channels_first":
            return [(c, i, j) for c in range(channels) for i in rows for j in columns]
        return [(c, i, j) for i in rows for j in columns for c in range(channels)]


def shape_of(image: Image) -> tuple[int, ...]:
    """Channels, rows and columns; of a ragged image 0 for what has no one length."""
    rows = {len(channel) for channel in image}
    columns = {len(row) for channel in image for row in channel}
    return len(image), *(sizes.pop() if len(sizes) == 1 else 0 for sizes in (rows, columns))


def conv2d(
    x: Image,
    w: Sequence[Image],
    path: Datapath,
    window: Window,
    pad: Number,
    bias: Sequence[Number] | None = None,
    scales: Sequence[Sequence[Number]] = (),
    port: Callable[[int, int, int], Port] = lambda o, i, j: NO_PORT,  # noqa: ARG005 nobody looks
) -> list[list[list[Result]]]:
    """Element o, i, j of a convolution **must** be the dot product of the image's elements below the kernel at place i, j with
    the elements of kernel o, of the channels of its group; the kernel is not turned over. Outside the image lies ``pad``, which
    takes part as any element does. Kernel o has element o of the bias and of each vector of scales.

    ``w`` holds a kernel for each output channel. ``ValueError`` where channels, groups, kernels, bias and scales do not fit.
    [convolution/element]
    """
    for what, shapes in (("an image", {shape_of(x)}), ("kernels", {shape_of(kernel) for kernel in w})):
        if len(shapes) != 1 or any(0 in shape for shape in shapes):
            raise ValueError(f"a convolution needs {what} of one shape, with an element or more on each axis")
    channels, depth = len(x), len(w[0])
    if channels != depth * window.groups or len(w) % window.groups:
        raise ValueError(
            f"{len(w)} kernels of {depth} channels in {window.groups} groups do not fit an image of {channels} channels"
        )
    for what, given, least in (("bias", [] if bias is None else [bias], len(w)), ("scales", scales, 1)):
        if wrong := [len(vector) for vector in given if len(vector) not in {least, len(w)}]:
            raise ValueError(f"{len(w)} kernels need {what} of {len(w)} elements, not {wrong[0]}")
    size, kernel = (len(x[0]), len(x[0][0])), (len(w[0][0]), len(w[0][0][0]))
    rows, columns = window.places(size, kernel)
    terms = window.terms(depth, kernel)

    def below(o: int, i: int, j: int) -> list[Number]:
        first = o // (len(w) // window.groups) * depth
        places = (
            (
                first + c,
                i * window.stride[0] + k * window.dilation[0] - window.padding[0],
                j * window.stride[1] + m * window.dilation[1] - window.padding[2],
            )
            for c, k, m in terms
        )
        return [x[c][r][s] if 0 <= r < size[0] and 0 <= s < size[1] else pad for c, r, s in places]

    return [
        [
            [
                dot(
                    below(o, i, j),
                    [w[o][c][k][m] for c, k, m in terms],
                    path,
                    None if bias is None else bias[o],
                    [s[o if len(s) > 1 else 0] for s in scales],
                    port(o, i, j),
                )
                for j in range(columns)
            ]
            for i in range(rows)
        ]
        for o in range(len(w))
    ]
