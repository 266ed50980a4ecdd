"""Pooling: layers that make one number of the numbers below a window, or of neighbouring channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from .arithmetic import divide
from .catalogue import get_format
from .convolutions import Window
from .formats import Format, Number
from .layers import types
from .moves import bare
from .operations import OPERATIONS
from .projection import Projection
from .tensors import Shape, Tensor, TensorType, gathered
from .terms import NO_PORT, Accumulator, Port, term_of

Reach = Sequence[Sequence[int]]
"""For each row, or column, of the result those of the input that lie below the window."""
MOST_BELOW = 1 << 24
"""The places below all windows along one axis that a pool may list."""
EXTREMA = tuple(name for name, one in OPERATIONS.items() if one.roles == ("a", "b") and "extrema/order" in one.clauses)
"""The operations that choose one of two numbers."""


def check_extremum(operation: str) -> None:
    """``ValueError`` for a name that is none of ``EXTREMA``."""
    if operation not in EXTREMA:
        raise ValueError(f"{operation!r} chooses no number; what does is {', '.join(EXTREMA)}")


def keeping(format: Format) -> Projection:
    """The projection of what is chosen among data of a format, which is exact: it decides nothing."""
    return Projection(format, "toward_zero", "saturate_propagate")


def chosen(numbers: Sequence[Number], operation: str) -> Number:
    """The number that is left of several **must** be the first, then what the operation makes of what is left and of the next
    one, in order. One number alone stays as it is, a signaling NaN too. [pool/choice]
    """
    to = keeping(numbers[0].format)
    choose = OPERATIONS[operation]
    return reduce(lambda left, new: Number(choose(left, new, to=to).code, to.format), numbers)


def check_pool(kernel: tuple[int, int] | None, window: Window) -> None:
    """``ValueError`` for a kernel or a window that is none of a pool."""
    if kernel is None and window != Window():
        raise ValueError(f"a pool over the whole image has no window, not {window}")
    if kernel is not None and (len(kernel) != 2 or min(kernel) < 1):
        raise ValueError(f"the kernel of a pool is 2 integers of at least 1, or none for the whole image, not {kernel}")
    if window.groups != 1 or window.order != Window().order:
        raise ValueError(f"the window of a pool has neither groups nor an order of channels, not {window}")


def counted(size: int, kernel: int, stride: int, before: int, after: int, dilation: int, *, ceil: bool) -> int:
    """Along an axis a pool **must** have as many places as a convolution. With ``ceil`` a rest that the stride leaves has a
    place too, unless the window would begin behind the input and what is added before it.

    ONNX MaxPool and AveragePool, ceil_mode; PyTorch. [pool/places]
    """
    room = size + before + after - ((kernel - 1) * dilation + 1)
    if room < 0:
        raise ValueError(f"a pool of {kernel} places has no place on an axis of {size + before + after}")
    extra = ceil and room % stride and (room // stride + 1) * stride < size + before
    return room // stride + 1 + bool(extra)


def reaches(size: int, kernel: int, axis: int, window: Window, *, ceil: bool) -> tuple[Reach, list[int]]:
    """Along an axis the places of the input below the window at each place, and how many of its own places are on the input
    with its padding. ``ValueError`` where a window has no place of the input below it."""
    stride, dilation = window.stride[axis], window.dilation[axis]
    before, after = window.padding[2 * axis : 2 * axis + 2]
    below, padded = [], []
    count = counted(size, kernel, stride, before, after, dilation, ceil=ceil)
    if count * kernel > MOST_BELOW:
        raise ValueError(f"a pool of {count} windows by {kernel} lists more than {MOST_BELOW} places along an axis")
    for i in range(count):
        places = [i * stride + k * dilation - before for k in range(kernel)]
        below.append([place for place in places if 0 <= place < size])
        padded.append(sum(place < size + after for place in places))
    if not all(below):
        raise ValueError(f"place {below.index([])} of a pool of {kernel} on an axis of {size} has nothing but padding below it")
    return below, padded


def pools(
    what: str, x: TensorType, kernel: tuple[int, int] | None, window: Window, *, ceil: bool
) -> list[tuple[Reach, list[int]]]:
    """The reaches of rows and of columns."""
    if len(x.shape) != 3 or not min(x.shape[1:]):
        raise ValueError(f"{what} needs an input of 3 axes with a row and a column or more, not of shape {x.shape}")
    rows, columns = x.shape[1:]
    sizes = kernel or (rows, columns)
    return [
        reaches(length, k, axis, window, ceil=ceil) for axis, (length, k) in enumerate(zip((rows, columns), sizes, strict=True))
    ]


def below(x: Tensor, c: int, rows: Sequence[int], columns: Sequence[int]) -> list[Number]:
    """The numbers of a channel **must** stand row by row and, in a row, column by column. What is added around an image takes
    no part. [pool/order]
    """
    return [x.at(c, i, j) for i in rows for j in columns]


@dataclass(frozen=True)
class MaxPool:
    """Each element of the result **must** be the number that the operation, one that chooses, leaves of those below the window
    in its channel. Without a kernel it is of the whole channel. [pool/max]
    """

    operation: str
    kernel: tuple[int, int] | None
    window: Window
    ceil: bool

    def __post_init__(self) -> None:
        check_extremum(self.operation)
        check_pool(self.kernel, self.window)

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """Channels, and the rows and columns of the places."""
        x = bare("max pool", xs, parameters)
        rows, columns = pools("max pool", x, self.kernel, self.window, ceil=self.ceil)
        return TensorType((x.shape[0], len(rows[0]), len(columns[0])), x.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        (rows, _), (columns, _) = pools("max pool", xs[0].type, self.kernel, self.window, ceil=self.ceil)
        return gathered(lambda at: chosen(below(xs[0], at[0], rows[at[1]], columns[at[2]]), self.operation).code, *made)


def mean(numbers: Sequence[Number], count: int, accumulator: Accumulator, to: Projection, port: Port = NO_PORT) -> Number:
    """A mean **must** be the quotient of the accumulator's register, which holds the sum of the numbers, and of their number,
    projected once. [pool/mean]
    """
    total = accumulator.total([term_of(x) for x in numbers], None, port)
    return Number(divide(Number(total.code, accumulator.to.format), as_number(count), to).code, to.format)


def as_number(count: int) -> Number:
    """A count in the narrowest format that has it."""
    return Number(count, get_format(f"uint{count.bit_length()}"))


@dataclass(frozen=True)
class AveragePool:
    """Each element of the result **must** be the mean of the numbers below the window in its channel. With ``count_padding``
    the sum is divided by the number of the kernel's places on the input and its padding instead. Without a kernel it is the
    mean of the whole channel. [pool/average]
    """

    accumulator: Accumulator
    to: Projection
    kernel: tuple[int, int] | None
    window: Window
    count_padding: bool
    ceil: bool

    def __post_init__(self) -> None:
        check_pool(self.kernel, self.window)

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """Channels, and the rows and columns of the places."""
        x = bare("average pool", xs, parameters)
        rows, columns = pools("average pool", x, self.kernel, self.window, ceil=self.ceil)
        return TensorType((x.shape[0], len(rows[0]), len(columns[0])), self.to.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        (rows, tall), (columns, wide) = pools("average pool", xs[0].type, self.kernel, self.window, ceil=self.ceil)

        def element(index: Shape) -> int:
            c, i, j = index
            numbers = below(xs[0], c, rows[i], columns[j])
            return mean(numbers, tall[i] * wide[j] if self.count_padding else len(numbers), self.accumulator, self.to).code

        return gathered(element, *made)


@dataclass(frozen=True)
class Maxout:
    """Element g of the result along its first axis **must** be the number that the operation, one that chooses, leaves of the
    elements g * pieces to g * pieces + pieces - 1 of the input.

    Goodfellow et al., Maxout networks, 2013. [pool/maxout]
    """

    operation: str
    pieces: int

    def __post_init__(self) -> None:
        check_extremum(self.operation)
        if self.pieces < 1:
            raise ValueError(f"maxout needs 1 piece or more, not {self.pieces}")

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's shape with the groups along its first axis."""
        x = bare("maxout", xs, parameters)
        if not x.shape or x.shape[0] % self.pieces:
            raise ValueError(f"maxout needs a first axis of groups of {self.pieces}, not the shape {x.shape}")
        return x._replace(shape=(x.shape[0] // self.pieces, *x.shape[1:]))

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))

        def group(index: Shape) -> int:
            g, *rest = index
            members = range(g * self.pieces, (g + 1) * self.pieces)
            return chosen([xs[0].at(i, *rest) for i in members], self.operation).code

        return gathered(group, *made)
