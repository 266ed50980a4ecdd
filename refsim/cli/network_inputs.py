"""The samples that a command gives to a network: of a data set, or of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from ..engine import encode
from ..engine.array import Array, code_dtype
from ..nn.data import get_data
from ..nn.files import CodeNetwork, FloatNetwork
from ..spec.formats import Format, UniformGrid
from ..spec.projection import Projection
from ..spec.tensors import Shape
from .arrays import read_array, read_codes
from .options import DATA_OPTION, options_of


@dataclass(frozen=True)
class Samples:
    """Samples as a network takes them, codes or numbers, and the labels that are known."""

    x: Array | NDArray[Any]
    labels: NDArray[Any] | None

    def __len__(self) -> int:
        return len(self.x)

    def part(self, begin: int, end: int) -> Samples:
        """Some of them."""
        return Samples(self.x[begin:end], None if self.labels is None else self.labels[begin:end])


def sample_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which samples a command takes."""
    options = (
        click.option("--data", help="A data set: its name, or a file or folder of it; its test part is taken."),
        DATA_OPTION,
        click.option("--input", "source", metavar="FILE", help="An .npy file, or an .npz file, a colon and a name."),
        click.option("--skip", default=0, type=click.IntRange(0), help="How many samples to leave out."),
        click.option("--take", type=click.IntRange(1), help="How many samples to take; all by default."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def given_samples(
    found: CodeNetwork | FloatNetwork,
    *,
    data: str | None,
    data_options: tuple[str, ...],
    source: str | None,
    skip: int,
    take: int | None,
) -> Samples:
    """The samples that options name: integers in a file are codes, other numbers are encoded.

    ``ValueError`` where they do not fit the network.
    """
    if (data is None) == (source is None):
        raise ValueError("the samples come from --data or from --input, one of the two")
    labels = None
    if data is not None:
        known = get_data(data, **options_of(data_options))
        given: Any = known.test_x
        labels = known.test_t
    else:
        assert source is not None, "one of the two is given"
        given = read_array(source)
    if given.ndim < 1 or given.dtype.kind not in "fui":
        raise ValueError(f"samples are numbers along a first axis, not {given.dtype} of shape {given.shape}")
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise ValueError("samples are finite, and there is an infinity or a NaN among them")
    if not len(given[skip:]):
        raise ValueError(f"there are no samples from number {skip} on; there are {len(given)}")
    chosen = slice(skip, None if take is None else skip + take)
    labels = None if labels is None else labels[chosen]
    if isinstance(found, FloatNetwork):
        dtype = next(iter(found.parameters.values()), given).dtype
        return Samples(fitted(given[chosen], found.network.input, found.network.name).astype(dtype), labels)
    type = found.network.input
    given = fitted(given[chosen], type.shape, found.network.name)
    if source is not None and given.dtype.kind in "ui":
        if not isinstance(type.format.grid, UniformGrid) and given.dtype != code_dtype(type.format):
            raise ValueError(
                f"integers in a file are codes, which of {type.format} are {code_dtype(type.format)}, not {given.dtype}; "
                "numbers are given as floats"
            )
        codes = read_codes(source, type.format)[chosen]
        return Samples(Array(codes.codes.reshape(given.shape), type.format), labels)
    return Samples(encoded(given, type.format), labels)


def fitted(given: NDArray[Any], shape: Shape, name: str) -> NDArray[Any]:
    """Samples in the network's shape: those with as many numbers each are taken in their order."""
    if given.ndim < 1 or int(np.prod(given.shape[1:], dtype=object)) != int(np.prod(shape, dtype=object)):
        raise ValueError(f"the network {name} takes samples of shape {tuple(shape)}, not {given.shape[1:]}")
    return given.reshape(len(given), *shape)


def encoded(numbers: NDArray[Any], format: Format) -> Array:
    """Numbers as codes of the input's format: the nearest, ties to even, and the last number for those beyond it."""
    found = encode(numbers, Projection(format, "ties_to_even", "saturate"))
    assert isinstance(found, Array), "no flags were asked for"
    return found
