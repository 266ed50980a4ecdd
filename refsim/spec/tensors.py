"""Tensors: codes of one format in rows, planes and channels, which the layers of a network take and give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import mul
from typing import Any, NamedTuple

from .formats import Format, Number

Shape = tuple[int, ...]


def size(shape: Shape) -> int:
    """How many numbers a tensor of a shape has."""
    return reduce(mul, shape, 1)


class TensorType(NamedTuple):
    """What is known of a tensor before its codes are: its shape and its format."""

    shape: Shape
    format: Format

    def __str__(self) -> str:
        return f"{' x '.join(map(str, self.shape)) or 'one'} of {self.format.name}"


@dataclass(frozen=True)
class Tensor:
    """The codes of a tensor **must** stand row by row: the last index runs fastest. A sample has its channels first, then rows,
    then columns.

    ``ValueError`` for codes that are not as many as the shape says, or that the format does not have. [tensor/order]
    """

    codes: tuple[int, ...]
    shape: Shape
    format: Format

    def __post_init__(self) -> None:
        if len(self.codes) != size(self.shape):
            raise ValueError(f"a tensor of shape {self.shape} has {size(self.shape)} codes, not {len(self.codes)}")
        for code in self.codes:
            self.format.check_code(code)

    @property
    def type(self) -> TensorType:
        """Shape and format."""
        return TensorType(self.shape, self.format)

    def at(self, *index: int) -> Number:
        """The number at an index."""
        place = 0
        for i, length in zip(index, self.shape, strict=True):
            place = place * length + i
        return Number(self.codes[place], self.format)

    def numbers(self) -> list[Number]:
        """All numbers in order."""
        return [Number(code, self.format) for code in self.codes]

    def nested(self) -> Any:
        """The numbers as lists within lists, one level an axis."""

        def level(begin: int, shape: Shape) -> Any:
            if not shape:
                return Number(self.codes[begin], self.format)
            step = size(shape[1:])
            return [level(begin + i * step, shape[1:]) for i in range(shape[0])]

        return level(0, self.shape)


def tensor(codes: Iterable[int], shape: Sequence[int], format: Format) -> Tensor:
    """A tensor of any codes in order."""
    return Tensor(tuple(codes), tuple(shape), format)


def places(shape: Shape) -> Iterator[Shape]:
    """All indices of a shape, in order."""
    return product(*map(range, shape))


def gathered(source: Callable[[Shape], int], shape: Shape, format: Format) -> Tensor:
    """The tensor whose code at each place is what the function gives for it."""
    return Tensor(tuple(source(index) for index in places(shape)), shape, format)
