"""Attributes and windows of nodes: what is not supported is refused by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, NamedTuple

from numpy.typing import NDArray

from .model import Operator, RefusedModel, shown

Pair = tuple[int, int]
BROKEN = (TypeError, IndexError, KeyError, AttributeError, ValueError, OverflowError, ZeroDivisionError)
"""What comes of attributes and constants of other types or shapes than ONNX has."""


@contextmanager
def reading(operator: Operator) -> Iterator[None]:
    """Whatever a node breaks while it is read is a ``RefusedModel`` that names it."""
    try:
        yield
    except RefusedModel:
        raise
    except BROKEN as error:
        raise RefusedModel(f"{operator} is not as ONNX has it: {' '.join(str(error).split()):.160}") from None


def attributes(operator: Operator, **known: Any) -> dict[str, Any]:
    """The attributes by name, those left out as given here; ``RefusedModel`` for one that is not named here."""
    if unknown := [name for name in operator.attributes if name not in known]:
        raise RefusedModel(
            f"{operator} has the attribute {unknown[0]!r:.60}, which is not supported; "
            f"supported are {', '.join(known) or 'none'}"
        )
    return {**known, **operator.attributes}


def need(operator: Operator, what: str, given: Any, *allowed: Any) -> None:
    """``RefusedModel`` where an attribute or an input has none of the values that are supported."""
    if given not in allowed:
        verb = "is" if len(allowed) == 1 else "are"
        raise RefusedModel(f"{operator} has {what} {given!r:.60}; supported {verb} {', '.join(map(repr, allowed))}")


def take(operator: Operator, least: int, most: int, optional: Sequence[int] = ()) -> list[str]:
    """The names of the inputs, empty for each that is left out; ``RefusedModel`` for too few or too many. The first
    ``least`` are needed, without those at the places that are ``optional``."""
    given = list(operator.inputs)
    while given and not given[-1]:
        given.pop()
    given += [""] * (least - len(given) if all(i in optional for i in range(len(given), least)) else 0)
    if not least <= len(given) <= most or not all(given[i] for i in range(least) if i not in optional):
        count = f"{least}" if least == most else f"{least} to {most}"
        raise RefusedModel(f"{operator} takes {count} inputs, not {len([name for name in given if name])}")
    return given + [""] * (most - len(given))


def one_output(operator: Operator) -> str:
    """The name of the one result that is supported; ``RefusedModel`` where there are more."""
    if not operator.outputs or not operator.outputs[0] or any(operator.outputs[1:]):
        raise RefusedModel(f"{operator} has {len([name for name in operator.outputs if name])} outputs; supported is one")
    return operator.outputs[0]


def positive_pair(operator: Operator, what: str, given: Sequence[int]) -> Pair:
    """Rows and columns; ``RefusedModel`` for anything but two numbers from 1."""
    if len(given) != 2 or min(given) < 1:
        raise RefusedModel(f"{operator} has {what} {list(given)}; supported are 2 numbers, rows and columns, from 1")
    return given[0], given[1]


def image_size(operator: Operator, shape: Sequence[int]) -> Pair:
    """The rows and columns of samples that are images; ``RefusedModel`` for others."""
    if len(shape) != 3:
        raise RefusedModel(f"{operator} is on samples of {shown(shape)}; supported are images: channels, rows, columns")
    return shape[1], shape[2]


class Windowing(NamedTuple):
    """How a kernel moves over an image: rows and columns; padding at the top, bottom, left and right."""

    kernel: Pair
    stride: Pair
    padding: tuple[int, int, int, int]
    dilation: Pair


WINDOW: dict[str, Any] = {"auto_pad": "NOTSET", "kernel_shape": None, "pads": None, "strides": None, "dilations": None}
"""The attributes that say how a kernel moves."""


def windowing(operator: Operator, given: dict[str, Any], size: Sequence[int], kernel: Sequence[int] | None = None) -> Windowing:
    """The window of a convolution or a pool on an image of a size; a convolution's kernel is that of its weights."""
    if kernel is not None and given["kernel_shape"] not in (None, list(kernel)):
        raise RefusedModel(f"{operator} has kernel_shape {given['kernel_shape']}, but weights of {list(kernel)}")
    taken = positive_pair(operator, "kernel_shape", (given["kernel_shape"] or []) if kernel is None else kernel)
    stride = positive_pair(operator, "strides", given["strides"] or [1, 1])
    dilation = positive_pair(operator, "dilations", given["dilations"] or [1, 1])
    need(operator, "auto_pad", given["auto_pad"], "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    if given["auto_pad"].startswith("SAME"):
        spans = [(k - 1) * d + 1 for k, d in zip(taken, dilation, strict=True)]
        # As many places as the image has strides, begun ones too.
        added = [max((-(-n // s) - 1) * s + span - n, 0) for n, s, span in zip(size, stride, spans, strict=True)]
        fewer, more = [n // 2 for n in added], [n - n // 2 for n in added]
        before, after = (fewer, more) if given["auto_pad"] == "SAME_UPPER" else (more, fewer)
        return Windowing(taken, stride, (before[0], after[0], before[1], after[1]), dilation)
    return Windowing(taken, stride, padding_of(operator, None if given["auto_pad"] == "VALID" else given["pads"]), dilation)


def padding_of(operator: Operator, pads: Sequence[int] | None) -> tuple[int, int, int, int]:
    """The padding at the top, bottom, left and right from that at the beginning and the end of each axis."""
    if pads is None:
        return 0, 0, 0, 0
    if len(pads) != 4 or min(pads) < 0:
        raise RefusedModel(f"{operator} has pads {list(pads)}; supported are 4 numbers that are not negative")
    return pads[0], pads[2], pads[1], pads[3]


def axis_of(operator: Operator, axis: int, axes: int) -> int:
    """An axis counted from the first one; ``RefusedModel`` for one that is not there."""
    if not -axes <= axis < axes:
        raise RefusedModel(f"{operator} has the axis {axis} of {axes} axes")
    return axis % axes


def reshaped(operator: Operator, shape: Sequence[int], target: Sequence[int], batch: int | None) -> tuple[int, ...]:
    """The shape of a sample that ``Reshape`` makes of samples of a shape; ``RefusedModel`` where it mixes samples.

    The first number of the target is that of the samples: 0, -1, or as many as the model fixes.
    """
    size = 1
    for length in shape:
        size *= length
    if not target or target[0] not in {0, -1, batch}:
        raise RefusedModel(f"{operator} has the shape {shown(target):.80}; supported is one that keeps the axis of samples")
    rest = [shape[i] if length == 0 and i < len(shape) else length for i, length in enumerate(target[1:])]
    known = 1
    for length in rest:
        known *= length if length != -1 else 1
    if rest.count(-1) == 1 and known > 0 and size % known == 0:
        rest[rest.index(-1)] = size // known
        known = size
    if known != size or any(length < 0 for length in rest):
        raise RefusedModel(
            f"{operator} makes {shown(target):.80} of samples of {shown(shape)}, which have other numbers of elements"
        )
    return tuple(rest)


def check_sixth(operator: Operator) -> None:
    """``RefusedModel`` for a ``HardSigmoid`` that is not relu6(x + 3) / 6."""
    given = attributes(operator, alpha=0.2, beta=0.5)
    if abs(Fraction(given["alpha"]) - Fraction(1, 6)) > Fraction(1, 1 << 26) or given["beta"] != 0.5:
        numbers = f"alpha {given['alpha']:g} and beta {given['beta']:g}"
        raise RefusedModel(f"{operator} has {numbers}; supported are the binary32 number nearest 1/6 and 0.5")


def per_channel(operator: Operator, shape: Sequence[int], value: NDArray[Any]) -> NDArray[Any]:
    """The numbers of a constant that is one for all, or one for each index of the first axis of a sample."""
    whole = (1,) * (len(shape) + 1 - value.ndim) + value.shape
    if value.size != 1 and whole != (1, *shape[:1], *(1,) * (len(shape) - 1)):
        given = f"a constant of {shown(value.shape)} for samples of {shown(shape)}"
        raise RefusedModel(f"{operator} has {given}; supported is one for all or for each channel")
    return value.reshape(-1)


def squeezed(operator: Operator, shape: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    """The shape of samples with axes of length 1 taken away or put in; the axes count that of the samples."""
    more = operator.type == "Unsqueeze"
    rank = len(shape) + 1 + (len(axes) if more else 0)
    along = sorted({axis_of(operator, n, rank) - 1 for n in axes})
    if len(along) != len(axes) or along[:1] == [-1]:
        raise RefusedModel(f"{operator} has axes {list(axes)}; supported are different ones behind that of the samples")
    if not more and any(shape[axis] != 1 for axis in along):
        raise RefusedModel(f"{operator} takes axes {list(axes)} away from samples of {shown(shape)}")
    if not more:
        return tuple(n for axis, n in enumerate(shape) if axis not in along)
    lengths = iter(shape)
    return tuple(1 if axis in along else next(lengths) for axis in range(rank - 1))
