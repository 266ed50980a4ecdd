"""Transposed convolutions: each number of the image is laid out over the places of a kernel, and what meets is added up.

They are what networks grow images with. The sum for one element of the result is a dot product like any other, so all datapaths
serve; what remains to be said is which numbers meet in it, and in which order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .convolutions import Window
from .datapaths import Datapath, dot
from .formats import Number
from .layers import SCALES, check_roles, check_vectors, only, scales_of, types
from .tensors import Shape, Tensor, TensorType, gathered


def length(size: int, kernel: int, axis: int, window: Window, more: int) -> int:
    """Along an axis the result **must** have stride * (size - 1) + dilation * (kernel - 1) + 1 places, less the padding before
    and after, and ``more`` at the end.

    ONNX ConvTranspose, with ``output_padding`` more places. [transposed/places]
    """
    before, after = window.padding[2 * axis : 2 * axis + 2]
    return window.stride[axis] * (size - 1) + window.dilation[axis] * (kernel - 1) + 1 - before - after + more


def meeting(place: int, kernel: int, axis: int, window: Window) -> list[tuple[int, int]]:
    """At a place of the result along an axis **must** meet element k of the kernel and place i of the image wherever
    stride * i + dilation * k is the place with the padding before it, the least i first. [transposed/meeting]
    """
    moved = [place + window.padding[2 * axis] - window.dilation[axis] * k for k in range(kernel)]
    stride = window.stride[axis]
    return [(k, moved[k] // stride) for k in reversed(range(kernel)) if moved[k] % stride == 0]


@dataclass(frozen=True)
class ConvTranspose2d:
    """Element o, i, j of the result **must** be the dot product, on the datapath, of the elements of the image and of kernel o
    that meet in row i and column j, for the channels of its group. Outside the image lies ``pad``, a code of the input's
    format, which takes part as any element does; so elements whose rows and columns have the same remainders by the strides
    have terms of the same kernel elements, and together they are a convolution by these, turned over. The terms stand in the
    order of the window, as the image's elements do. An element where nothing meets is a sum of no terms.

    ``output_padding`` is rows and columns more at the end, less than the strides. Parameters: ``weights`` (channels, kernels
    of a group, rows, columns), ``bias`` (kernels), ``scale`` and ``scale2`` (kernels, or one). ONNX ConvTranspose.
    [transposed/element]
    """

    path: Datapath
    window: Window
    output_padding: tuple[int, int]
    pad: int

    def __post_init__(self) -> None:
        more = self.output_padding
        if len(more) != 2 or not all(0 <= m < s for m, s in zip(more, self.window.stride, strict=True)):
            raise ValueError(f"an output padding is 2 integers from 0 to below the strides {self.window.stride}, not {more}")

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """Kernels of all groups, and the rows and columns of the result."""
        x = only("conv_transpose2d", xs)
        check_roles("conv_transpose2d", parameters, ["weights"], ["bias", *SCALES])
        weights = parameters["weights"].shape
        if len(x.shape) != 3 or len(weights) != 4 or not min(weights):
            raise ValueError(
                f"conv_transpose2d needs an input of 3 axes and weights of 4, none of 0, not of shapes {x.shape} and {weights}"
            )
        x.format.check_code(self.pad)
        groups, depth, each = self.window.groups, weights[0], weights[1]
        if x.shape[0] != depth or depth % groups:
            raise ValueError(f"kernels of {depth} channels in {groups} groups do not fit {x.shape[0]} channels")
        check_vectors("conv_transpose2d", parameters, each * groups)
        rows, columns = (
            length(x.shape[axis + 1], weights[axis + 2], axis, self.window, self.output_padding[axis]) for axis in (0, 1)
        )
        if min(rows, columns, *x.shape) < 1:
            raise ValueError(f"a transposed convolution of an image {x.shape} by {weights[2]} x {weights[3]} has nothing left")
        return TensorType((each * groups, rows, columns), self.path.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        x, weights, bias = xs[0], parameters["weights"], parameters.get("bias")

        def element(index: Shape) -> int:
            operands = self.terms(x, weights, index)
            first = None if bias is None else bias.at(index[0])
            return dot(
                [a for a, _ in operands], [b for _, b in operands], self.path, first, scales_of(parameters, index[0])
            ).code

        return gathered(element, *made)

    def terms(self, x: Tensor, weights: Tensor, index: Shape) -> list[tuple[Number, Number]]:
        """The pairs of numbers that meet in an element, in order."""
        channels, each, *kernel = weights.shape
        depth, (o, *place) = channels // self.window.groups, index
        first, pad = o // each * depth, Number(self.pad, x.format)
        rows, columns = (meeting(place[axis], kernel[axis], axis, self.window) for axis in (0, 1))

        def pair(c: int, t: int, u: int) -> tuple[Number, Number]:
            (k, i), (m, j) = rows[t], columns[u]
            inside = 0 <= i < x.shape[1] and 0 <= j < x.shape[2]
            return x.at(first + c, i, j) if inside else pad, weights.at(first + c, o % each, k, m)

        return [pair(*term) for term in self.window.terms(depth, (len(rows), len(columns)))]
