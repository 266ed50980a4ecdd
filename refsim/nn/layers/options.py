"""Options of layers and shapes of their inputs: checks that all kinds share. All raise ``ValueError``."""

from __future__ import annotations

from collections.abc import Sequence

from ...spec.convolutions import Window
from .kind import Options, Shape


def whole(options: Options, name: str, least: int = 1) -> int:
    """An option that is a whole number."""
    return _whole(options[name], f"the option {name}", least)


def _whole(given: object, what: str, least: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ValueError(f"{what} is a whole number of at least {least}, not {given!r:.60}")
    return given


def wholes(options: Options, name: str, length: int, least: int = 1) -> tuple[int, ...]:
    """An option that is several whole numbers."""
    given = options[name]
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != length:
        raise ValueError(f"the option {name} is {length} whole numbers, not {given!r:.60}")
    return tuple(_whole(n, f"each of the option {name}", least) for n in given)


def pair(options: Options, name: str, least: int = 1) -> tuple[int, int]:
    """An option that is a number for the rows and one for the columns."""
    rows, columns = wholes(options, name, 2, least)
    return rows, columns


def number(options: Options, name: str, least: float, most: float) -> float:
    """An option that is a number between two others."""
    given = options[name]
    if isinstance(given, bool) or not isinstance(given, int | float) or not least <= given <= most:
        raise ValueError(f"the option {name} is a number from {least} to {most}, not {given!r:.60}")
    return float(given)


def flag(options: Options, name: str) -> bool:
    """An option that is true or false."""
    given = options[name]
    if not isinstance(given, bool):
        raise ValueError(f"the option {name} is true or false, not {given!r:.60}")
    return given


def window(options: Options) -> Window:
    """The stride and the padding, and the dilation and the groups where the kind has them, of a kernel that moves."""
    top, bottom, left, right = wholes(options, "padding", 4, 0)
    dilation = pair(options, "dilation") if "dilation" in options else (1, 1)
    groups = whole(options, "groups") if "groups" in options else 1
    return Window(pair(options, "stride"), (top, bottom, left, right), dilation, groups)


def only(kind: str, shapes: Sequence[Shape]) -> Shape:
    """The shape of the one input of a layer."""
    if len(shapes) != 1:
        raise ValueError(f"{kind} takes one input, not {len(shapes)}")
    return shapes[0]


def image(kind: str, shapes: Sequence[Shape]) -> tuple[int, int, int]:
    """The channels, rows and columns of the one input of a layer."""
    shape = only(kind, shapes)
    if len(shape) != 3:
        raise ValueError(f"{kind} takes channels of rows and columns, not the shape {shape}")
    return shape[0], shape[1], shape[2]


def axes(kind: str, shapes: Sequence[Shape]) -> Shape:
    """The shape of the one input of a layer, which has at least one axis."""
    shape = only(kind, shapes)
    if not shape:
        raise ValueError(f"{kind} takes an input with at least one axis")
    return shape
