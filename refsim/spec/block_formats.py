"""Block formats: elements that share a scale, as data, with the names that they go by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from .catalogue import get_format
from .exact import NAN, floor_log2
from .formats import FloatGrid, Format, UniformGrid

SCALE = "float8_e8m0fnu"


@dataclass(frozen=True)
class BlockFormat:
    """A block **must** be a tile of ``rows`` times ``columns`` elements with one scale; its values are those of the elements
    times the scale and, where the format has a ``tensor`` scale, times that one, which all blocks of a tensor share.

    A row of numbers is cut into tiles of one row, along the axis that products are summed over. OCP Microscaling formats 1.0,
    5.1; NVFP4 has a tensor scale, and square tiles for weights. ``ValueError`` for formats that make no block.
    [block/format]
    """

    name: str
    element: Format
    scale: Format
    rows: int
    columns: int
    tensor: Format | None = None

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1:
            raise ValueError(f"{self.name}: a block needs at least one element, not {self.rows} x {self.columns}")
        for role, format in (("elements", self.element), ("scale", self.scale), ("tensor scale", self.tensor)):
            if format is not None and not isinstance(format.grid, FloatGrid | UniformGrid):
                raise ValueError(f"{self.name}: the {role} must be of a floating- or fixed-point format, not {format}")

    def __str__(self) -> str:
        return self.name

    def __hash__(self) -> int:
        return hash((self.name, self.rows, self.columns))

    @property
    def size(self) -> int:
        """The number of elements of a block."""
        return self.rows * self.columns

    @property
    def bits(self) -> int:
        """The bits of a block: the elements and the scale."""
        return self.size * self.element.width + self.scale.width

    @property
    def emax(self) -> int:
        """The exponent of the element format's greatest number."""
        return floor_log2(self.element.grid.magnitude(self.element.top))

    @property
    def filler(self) -> int:
        """The element code of a block whose scale is NaN: a NaN where the element format has one, else zero."""
        return self.element.canonical(NAN) or 0

    def tiles(self, rows: int, columns: int) -> Iterator[tuple[tuple[int, int], ...]]:
        """The places of each block's elements in a matrix. Blocks **must** be counted along the rows from the first element,
        and so **must** the elements in a block; what is left over at an edge makes smaller blocks.

        microxcaling pads with zeros, which changes nothing in a block with a finite number; torchao and TOSA refuse such a
        matrix. [block/tiles]
        """
        for top in range(0, rows, self.rows):
            for left in range(0, columns, self.columns):
                down, across = range(top, min(top + self.rows, rows)), range(left, min(left + self.columns, columns))
                yield tuple((i, j) for i in down for j in across)


class Entry(NamedTuple):
    """A named block format and where it is defined."""

    format: BlockFormat
    source: str


MX = "OCP Microscaling Formats 1.0, table 1"
NVFP4 = "NVIDIA Transformer Engine, NVFP4 recipe; cuDNN, Block Scaling"


def _row(name: str, element: str, size: int = 32, scale: str = SCALE, tensor: str | None = None) -> BlockFormat:
    return BlockFormat(name, get_format(element), get_format(scale), 1, size, get_format(tensor) if tensor else None)


CATALOGUE: tuple[Entry, ...] = (
    Entry(_row("mxfp8_e4m3", "float8_e4m3fn"), MX),
    Entry(_row("mxfp8_e5m2", "float8_e5m2"), MX),
    Entry(_row("mxfp6_e2m3", "float6_e2m3fn"), MX),
    Entry(_row("mxfp6_e3m2", "float6_e3m2fn"), MX),
    Entry(_row("mxfp4", "float4_e2m1fn"), MX),
    Entry(_row("mxint8", "q1.6"), MX),
    Entry(_row("nvfp4", "float4_e2m1fn", 16, "float8_e4m3fn", "binary32"), NVFP4),
    Entry(
        BlockFormat(
            "nvfp4_16x16",
            get_format("float4_e2m1fn"),
            get_format("float8_e4m3fn"),
            16,
            16,
            get_format("binary32"),
        ),
        NVFP4,
    ),
)
"""The named block formats."""
BLOCK_FORMATS: dict[str, BlockFormat] = {entry.format.name: entry.format for entry in CATALOGUE}
ALIASES = {"mxfp4_e2m1": "mxfp4", "mxfp8": "mxfp8_e4m3", "mxfp6": "mxfp6_e3m2"}
"""Other names."""


def bfp_format(name: str, width: int) -> BlockFormat:
    """Block floating point **must** be 16 numbers of ``width`` bits in two's complement, of which one stands before the binary
    point beside the sign, with an exponent of 8 bits. [block/bfp]
    """
    if not 2 <= width <= 64:
        raise ValueError(f"{name}: block floating point has elements of 2 to 64 bits, not {width}")
    return _row(name, f"q1.{width - 2}", 16)


def msfp_format(name: str, width: int) -> BlockFormat:
    """MSFP **must** be 16 numbers in sign and magnitude, of which one bit stands before the binary point, with an exponent of 8
    bits; its name counts the bits of the exponent and of one number.

    Rouhani et al., Pushing the Limits of Narrow Precision Inferencing at Cloud Scale with Microsoft Floating Point, 2020.
    [block/msfp]
    """
    if not 11 <= width <= 40:
        raise ValueError(f"{name}: MSFP has 11 to 40 bits, not {width}")
    return _row(name, f"e1m{width - 10}b1finite", 16)


def _tile(name: str, rows: str, columns: str | None, element: str, scale: str, tensor: str | None) -> BlockFormat:
    across, down = (int(columns), int(rows)) if columns else (int(rows), 1)
    return BlockFormat(name, get_format(element), get_format(scale), down, across, get_format(tensor) if tensor else None)


GRAMMAR: tuple[tuple[str, str, Callable[..., BlockFormat]], ...] = (
    (r"bfp(\d{1,2})", "bfp8", lambda name, width: bfp_format(name, int(width))),
    (r"msfp(\d{1,2})", "msfp12", lambda name, width: msfp_format(name, int(width))),
    (
        r"block(\d{1,5})(?:x(\d{1,5}))?<([^<>,]+),([^<>,]+)(?:,([^<>,]+))?>",
        "block32<float4_e2m1fn,float8_e8m0fnu>, block16x16<float4_e2m1fn,float8_e4m3fn,binary32>",
        _tile,
    ),
)
"""The parametric names: a pattern, examples, and the family. The last is of any tile, element, scale and tensor scale."""


@lru_cache(maxsize=256)
def get_block_format(name: str) -> BlockFormat:
    """The block format of a named or parametric name; ``ValueError`` with near names for an unknown one."""
    plain = ALIASES.get(name, name).replace(" ", "")
    if plain in BLOCK_FORMATS:
        return BLOCK_FORMATS[plain]
    for pattern, _, family in GRAMMAR:
        if match := re.fullmatch(pattern, plain):
            return family(plain, *match.groups())
    near = get_close_matches(name, [*BLOCK_FORMATS, *ALIASES, "bfp8", "msfp12"], 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the names are {', '.join(BLOCK_FORMATS)}, and parametric ones"
    raise ValueError(f"unknown block format {name!r}; {hint}")
