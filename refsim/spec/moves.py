"""Moves: layers that compute nothing. They say which code of the input stands at which place of the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .layers import check_roles, only, types
from .tensors import Shape, Tensor, TensorType, gathered, size, tensor


def check_axes(what: str, count: int, **given: Sequence[int]) -> None:
    """``ValueError`` where something is not given once for each axis, or is negative."""
    for name, values in given.items():
        if len(values) != count or min(values, default=0) < 0:
            raise ValueError(f"{what} needs {name} of {count} integers that are not negative, not {tuple(values)}")


def bare(what: str, xs: Sequence[TensorType], parameters: Mapping[str, object]) -> TensorType:
    """The one input of a layer that takes no parameters; ``ValueError`` for anything else."""
    check_roles(what, parameters, [])
    return only(what, xs)


@dataclass(frozen=True)
class Reshape:
    """The codes **must** stay in their order; only the shape is another one. A length of -1 is whatever is left for it.

    [move/reshape]
    """

    shape: Shape

    def __post_init__(self) -> None:
        if min(self.shape, default=0) < -1 or self.shape.count(-1) > 1:
            raise ValueError(f"a shape has lengths that are not negative and at most one -1, not {self.shape}")

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The shape, with as many numbers as the input's."""
        x = bare("reshape", xs, parameters)
        known = size(tuple(length for length in self.shape if length >= 0))
        rest = size(x.shape) // known if known else 0
        shape = tuple(rest if length < 0 else length for length in self.shape)
        if size(shape) != size(x.shape):
            raise ValueError(f"reshape cannot bring {size(x.shape)} numbers of shape {x.shape} into the shape {self.shape}")
        return TensorType(shape, x.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        return tensor(xs[0].codes, made.shape, made.format)


@dataclass(frozen=True)
class Transpose:
    """Axis i of the result **must** be axis ``axes[i]`` of the input. [move/transpose]"""

    axes: tuple[int, ...]

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The lengths in the order of the axes."""
        x = bare("transpose", xs, parameters)
        if sorted(self.axes) != list(range(len(x.shape))):
            raise ValueError(f"transpose needs every axis of the shape {x.shape} once, not {self.axes}")
        return TensorType(tuple(x.shape[axis] for axis in self.axes), x.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        return gathered(lambda index: xs[0].at(*(index[self.axes.index(i)] for i in range(len(index)))).code, *made)


@dataclass(frozen=True)
class Concat:
    """The inputs, all of one format, **must** stand one behind the other along an axis, the first one first.

    [move/concat]
    """

    axis: int

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The first input's shape, with the sum of the lengths along the axis."""
        check_roles("concat", parameters, [])
        if not xs:
            raise ValueError("concat takes one input or more, not 0")
        if wrong := [x.format for x in xs if x.format != xs[0].format]:
            raise ValueError(f"concat takes inputs of one format, not of {xs[0].format} and {wrong[0]}")
        if not 0 <= self.axis < len(xs[0].shape):
            raise ValueError(f"concat needs an axis of the shape {xs[0].shape}, not {self.axis}")
        others = {(*x.shape[: self.axis], *x.shape[self.axis + 1 :]) for x in xs}
        if len(others) > 1 or any(len(x.shape) != len(xs[0].shape) for x in xs):
            shapes = " and ".join(str(x.shape) for x in xs)
            raise ValueError(f"concat takes inputs that differ along axis {self.axis} alone, not of shapes {shapes}")
        length = sum(x.shape[self.axis] for x in xs)
        return TensorType((*xs[0].shape[: self.axis], length, *xs[0].shape[self.axis + 1 :]), xs[0].format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        places = [(x, i) for x in xs for i in range(x.shape[self.axis])]

        def source(index: Shape) -> int:
            x, i = places[index[self.axis]]
            return x.at(*index[: self.axis], i, *index[self.axis + 1 :]).code

        return gathered(source, *made)


@dataclass(frozen=True)
class Pad:
    """Before and after the input, along each axis, **must** lie as many places as are said, all with one code, which is a code
    of the input's format. [move/pad]
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    code: int

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The input's lengths with what is added."""
        x = bare("pad", xs, parameters)
        check_axes("pad", len(x.shape), before=self.before, after=self.after)
        x.format.check_code(self.code)
        return TensorType(tuple(map(sum, zip(self.before, x.shape, self.after, strict=True))), x.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))

        def source(index: Shape) -> int:
            place = tuple(i - added for i, added in zip(index, self.before, strict=True))
            inside = all(0 <= i < length for i, length in zip(place, xs[0].shape, strict=True))
            return xs[0].at(*place).code if inside else self.code

        return gathered(source, *made)


@dataclass(frozen=True)
class Slice:
    """The result **must** have the places from ``begin`` to before ``end`` along each axis. [move/slice]"""

    begin: tuple[int, ...]
    end: tuple[int, ...]

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The lengths between begin and end."""
        x = bare("slice", xs, parameters)
        check_axes("slice", len(x.shape), begin=self.begin, end=self.end)
        for begin, end, length in zip(self.begin, self.end, x.shape, strict=True):
            if not begin <= end <= length:
                raise ValueError(f"slice needs places of the shape {x.shape} in order, not {self.begin} to {self.end}")
        return TensorType(tuple(end - begin for begin, end in zip(self.begin, self.end, strict=True)), x.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        return gathered(lambda index: xs[0].at(*map(sum, zip(index, self.begin, strict=True))).code, *made)


@dataclass(frozen=True)
class Upsample:
    """Every number of an image **must** stand in a rectangle of ``factor`` rows and columns: the nearest neighbour, with row i
    of the result being row floor(i / factor) of the input.

    ONNX Resize with mode nearest, asymmetric coordinates and rounding down. [move/upsample]
    """

    factor: tuple[int, int]

    def __post_init__(self) -> None:
        if len(self.factor) != 2 or min(self.factor) < 1:
            raise ValueError(f"upsample needs a factor of rows and one of columns, each at least 1, not {self.factor}")

    def infer(self, xs: Sequence[TensorType], parameters: Mapping[str, TensorType]) -> TensorType:
        """The channels, and the rows and columns times the factors."""
        x = bare("upsample", xs, parameters)
        if len(x.shape) != 3:
            raise ValueError(f"upsample needs an input of 3 axes, not of shape {x.shape}")
        return TensorType((x.shape[0], x.shape[1] * self.factor[0], x.shape[2] * self.factor[1]), x.format)

    def __call__(self, xs: Sequence[Tensor], parameters: Mapping[str, Tensor]) -> Tensor:
        """The result."""
        made = self.infer([x.type for x in xs], types(parameters))
        return gathered(lambda i: xs[0].at(i[0], i[1] // self.factor[0], i[2] // self.factor[1]).code, *made)
