"""Sites: the stored codes that faults hit, and which of their bits are candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .formats import Format
from .layouts import ONE_ROW_PER_WORD, Layout
from .posits import PositGrid

KINDS = (
    "weight",
    "bias",
    "scale",
    "zero_point",
    "multiplier",
    "shift",
    "parameter",
    "input",
    "activation",
    "accumulator",
    "table",
    "check",
    "threshold",
)
"""What the codes of a site are; ``parameter`` is any that is none of the others. What protects comes last."""


@dataclass(frozen=True)
class Site:
    """Elements of one format under one name. ``ValueError`` for an unknown kind and a negative count."""

    name: str
    kind: str
    format: Format
    count: int
    layout: Layout = ONE_ROW_PER_WORD

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r} of the site {self.name}; the kinds are {', '.join(KINDS)}")
        if self.count < 0:
            raise ValueError(f"the site {self.name} has {self.count} elements, not 0 or more")

    @property
    def bits(self) -> int:
        """All bits of all elements; padding of a memory is none of them."""
        return self.count * self.format.width


def site_numbers(kinds: Mapping[str, str]) -> dict[str, int]:
    """Sites, given by name with their kinds, **must** be numbered from 0, kind by kind in the order of ``KINDS``, and those of
    one kind in the order of their names as bytes of UTF-8.

    So weights keep their numbers where check bits, guards and tables are added. [site/numbers]
    """
    ordered = sorted(kinds, key=lambda name: (KINDS.index(kinds[name]), name.encode()))
    return {name: i for i, name in enumerate(ordered)}


class Place(NamedTuple):
    """A bit of an element, bit 0 the least significant one."""

    element: int
    bit: int


Selection = tuple[str | int, ...]
"""Names of fields and numbers of bits; none stand for all."""


def selected(format: Format, code: int, selection: Selection) -> int:
    """The mask of the bits of a code that are in one of the fields or have one of the numbers; without a selection all are.

    The fields of a posit are those of the code. ``ValueError`` for a number past the width, and for a field that no code of
    the format has.
    """
    if not selection:
        return (1 << format.width) - 1
    mask, rest = 0, format.width
    for name, bits in format.layout_of(code):
        rest -= bits
        mask |= ((1 << bits) - 1) << rest if name in selection else 0
    for bit in selection:
        if isinstance(bit, int):
            if not 0 <= bit < format.width:
                raise ValueError(f"bit {bit} is not in 0..{format.width - 1} of {format.name}")
            mask |= 1 << bit
    return mask


@dataclass(frozen=True)
class Target:
    """A site that a fault model aims at: its number, the site, its codes before the fault, and the selection of bits.

    ``codes`` are ``None`` for registers that are written during the run. ``ValueError`` for fields that the format does not
    have, for codes that are not as many as the site has elements, and for fields that codes decide where they are not known.
    """

    number: int
    site: Site
    codes: Sequence[int] | None
    selection: Selection = ()

    def __post_init__(self) -> None:
        check_selection(self.site.format, self.selection)
        if self.codes is None and depends_on_codes(self.site.format, self.selection):
            raise ValueError(f"which bits of {self.site.name} are {self.selection[0]} depends on codes that are not known")
        if self.codes is not None and len(self.codes) != self.site.count:
            raise ValueError(f"the site {self.site.name} has {self.site.count} elements, not {len(self.codes)} codes")

    def candidates(self) -> list[Place]:
        """The candidates are the selected bits, and **must** be numbered from 0 with the elements in order and the bits of each
        from the least significant one up. Which bits a field has is judged by the code before the fault. [site/candidates]
        """
        codes = [0] * self.site.count if self.codes is None else self.codes
        masks = (selected(self.site.format, code, self.selection) for code in codes)
        return [Place(e, b) for e, mask in enumerate(masks) for b in range(self.site.format.width) if mask >> b & 1]


def depends_on_codes(format: Format, selection: Selection) -> bool:
    """Whether which bits are selected differs from code to code, as the fields of posits do."""
    return isinstance(format.grid, PositGrid) and any(isinstance(one, str) for one in selection)


def field_names(format: Format) -> list[str]:
    """The names of the fields that codes of a format have, most significant first."""
    return [name for name, _ in format.layout_of(0)]


def check_selection(format: Format, selection: Selection) -> None:
    """``ValueError`` for fields that a format does not have, and bits past its width."""
    selected(format, 0, selection)
    known = field_names(format)
    if unknown := [name for name in selection if isinstance(name, str) and name not in known]:
        raise ValueError(f"codes of {format.name} have no field {unknown[0]!r}; their fields are {', '.join(known)}")
