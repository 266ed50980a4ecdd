"""Faults on arrays: the masks of a site's elements, and what they make of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec import faults as spec
from ..spec import sites
from ..spec.exact import Exact
from ..spec.formats import FloatGrid, Format
from ..spec.sites import Selection, Site
from .array import Array, code_dtype

LARGEST_TABLE = 12
"""The widest codes of which there is a table of data."""


@dataclass(frozen=True, eq=False)
class Masks:
    """The elements that are hit, each once and in order, and of each the bits that are inverted, cleared and set."""

    elements: NDArray[np.int64]
    inverted: NDArray[Any]
    cleared: NDArray[Any]
    set: NDArray[Any]

    def __len__(self) -> int:
        return len(self.elements)

    def __getitem__(self, which: Any) -> Masks:
        """Those of some of the elements."""
        return Masks(self.elements[which], self.inverted[which], self.cleared[which], self.set[which])

    def events(self, number: int) -> list[spec.Event]:
        """The same as events of the specification, of the site of that number."""
        lists = (part.tolist() for part in (self.elements, self.inverted, self.cleared, self.set))
        return [spec.Event(number, e, spec.Mask(i, c, s)) for e, i, c, s in zip(*lists, strict=True)]


@dataclass(frozen=True, eq=False)
class Target:
    """A site that a fault model aims at, as ``refsim.spec.sites.Target``, with its codes in one row, or ``None``."""

    number: int
    site: Site
    codes: Array | None
    selection: Selection = ()

    def __post_init__(self) -> None:
        sites.check_selection(self.site.format, self.selection)
        if self.codes is None and sites.depends_on_codes(self.site.format, self.selection):
            raise ValueError(f"which bits of {self.site.name} are {self.selection[0]} depends on codes that are not known")
        if self.codes is not None and self.codes.shape != (self.site.count,):
            raise ValueError(f"the site {self.site.name} has {self.site.count} elements in a row, not {self.codes.shape}")

    @property
    def specified(self) -> sites.Target:
        """The same of the specification."""
        codes = None if self.codes is None else tuple(self.codes.codes.tolist())
        return sites.Target(self.number, self.site, codes, self.selection)


def masks_of(events: Sequence[spec.Event], targets: Sequence[Target]) -> dict[int, Masks]:
    """The masks of events of the specification, for each target that is hit."""
    found = spec.by_site(events)
    return {target.number: _masks(found[target.number], target) for target in targets if target.number in found}


def _masks(masks: Mapping[int, spec.Mask], target: Target) -> Masks:
    dtype = code_dtype(target.site.format)
    columns = (np.array(column, dtype) for column in zip(*masks.values(), strict=True))
    return Masks(np.array(list(masks), np.int64), *columns)


def apply(codes: NDArray[Any], masks: Masks) -> NDArray[Any]:
    """A copy of codes in one row, with the faults."""
    found = codes.copy()
    found[masks.elements] = struck(codes[masks.elements], masks)
    return found


def struck(codes: NDArray[Any], masks: Masks) -> NDArray[Any]:
    """The faulty codes of the elements that are hit, from what these were."""
    found: NDArray[Any] = (codes ^ masks.inverted) & ~masks.cleared | masks.set
    return found


def effect(before: NDArray[Any], after: NDArray[Any], format: Format) -> spec.Effect:
    """What became of the elements that were hit: which codes they were and are."""
    changed = np.flatnonzero(before != after)
    return spec.Effect(len(before), len(changed), int(same_datum(before[changed], after[changed], format).sum()))


def same_datum(a: NDArray[Any], b: NDArray[Any], format: Format) -> NDArray[np.bool_]:
    """Which pairs of different codes stand for the same datum.

    Points of a grid of floating-point numbers have one code each, so that only special data have several.
    """
    if isinstance(format.grid, FloatGrid):
        same = np.zeros(a.shape, bool)
        for datum in {block.datum for block in format.specials}:
            blocks = [block for block in format.specials if block.datum is datum]
            same |= _in_blocks(a, blocks) & _in_blocks(b, blocks)
        return same
    if format.width <= LARGEST_TABLE:
        numbers = _datum_numbers(format)
        found: NDArray[np.bool_] = numbers[a] == numbers[b]
        return found
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    return np.array([format.decode(one) == format.decode(other) for one, other in pairs], bool)


def _in_blocks(codes: NDArray[Any], blocks: Sequence[Any]) -> NDArray[np.bool_]:
    found = np.zeros(codes.shape, bool)
    for block in blocks:
        found |= (codes >= block.first) & (codes <= block.last)
    return found


@lru_cache(maxsize=64)
def _datum_numbers(format: Format) -> NDArray[np.int64]:
    """A number for each code, the same for codes of one datum."""
    numbers: dict[Exact, int] = {}
    return np.array([numbers.setdefault(format.decode(code), code) for code in range(1 << format.width)], np.int64)
