"""Samplers on arrays of bursts, of cells that are not alike, and of value faults, for as much work as there are faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..spec.bursts import Burst, Cluster, cells_of
from ..spec.cells import Asymmetric, Banked, PerBit, StuckAt
from ..spec.formats import Format
from ..spec.randomness import plane, stream
from ..spec.samplers import limit
from ..spec.value_faults import Constant, Moved, Negated, Random, Zeroed, check_whole, negated, random_width
from .array import code_dtype
from .candidates import Candidates, candidates, flips
from .faults import Masks, Target
from .gaps import Positions
from .randomness import words32, words64
from .strikes import kept, masks_of_bits, struck, struck_in

Sampler = Callable[[Any, int, int, Sequence[Target]], dict[int, Masks]]
OfTarget = Callable[[Any, int, int, Target], Masks]


def each(sampler: OfTarget) -> Sampler:
    """The sampler of targets in order, from that of one: the sites that are hit."""

    def of_all(model: Any, seed: int, trial: int, targets: Sequence[Target]) -> dict[int, Masks]:
        masks = {target.number: sampler(model, seed, trial, target) for target in targets}
        return {number: found for number, found in masks.items() if len(found)}

    return of_all


def marks(seed: int, trial: int, number: int, count: int) -> NDArray[np.uint64]:
    """The marks of the first hits of a site."""
    return words64(stream(seed, trial, number, "marks"), 0, count)


def _asymmetric(model: Asymmetric, seed: int, trial: int, target: Target) -> Masks:
    greater = max(model.up, model.down)
    bits = candidates(target)
    numbers = struck(greater, seed, trial, target.number, bits.count)
    own = marks(seed, trial, target.number, len(numbers))
    rises, falls = (kept(own, limit(rate / greater if greater else greater)) for rate in (model.up, model.down))
    return masks_of_bits(target, *bits.places(numbers), rises, falls)


def _stuck(model: StuckAt, seed: int, trial: int, target: Target) -> Masks:
    bits = candidates(target)
    numbers = struck(model.p, seed, trial, target.number, bits.count)
    ones = kept(marks(seed, trial, target.number, len(numbers)), limit(model.ones))
    return masks_of_bits(target, *bits.places(numbers), ones, ~ones)


def _banked(model: Banked, seed: int, trial: int, target: Target) -> Masks:
    layout = target.site.layout
    limits = model.limits(target.site.name, layout.banks)
    bits = candidates(target)
    numbers = struck(model.greatest, seed, trial, target.number, bits.count)
    own = marks(seed, trial, target.number, len(numbers))
    elements, places = bits.places(numbers)
    # The layout's rules are integer arithmetic, so that they hold for arrays of integers too.
    banks = layout.cell(layout.along(cast("Any", elements), cast("Any", places), target.site.format.width)).bank
    found = np.zeros(len(numbers), bool)
    for bank, least in enumerate(limits):
        found |= (banks == bank) & kept(own, least)
    return flips(target, elements[found], places[found])


def _per_bit(model: PerBit, seed: int, trial: int, target: Target) -> Masks:
    model.check_width(target.site.name, target.site.format.width)
    bits = candidates(target)
    elements: list[Positions] = []
    for bit, rate in enumerate(model.rates):
        words = plane(seed, trial, target.number, bit)
        if bits.masks is None:
            elements.append(struck_in(rate, words, target.site.count if bit in bits.bits else 0))
        else:
            own = np.flatnonzero(_has(bits.masks, bit))
            elements.append(own[struck_in(rate, words, len(own))])
    places = np.repeat(np.arange(len(elements)), [len(part) for part in elements])
    return _flipped(target, np.concatenate([np.zeros(0, np.int64), *elements]), places)


def _has(masks: NDArray[Any], bits: Any) -> NDArray[np.bool_]:
    """Whether each mask has its bit."""
    found: NDArray[np.bool_] = (masks >> np.asarray(bits).astype(masks.dtype) & 1).astype(bool)
    return found


def _flipped(target: Target, elements: Positions, bits: Positions) -> Masks:
    """The masks of bits in any order, each of which is flipped once however often it comes."""
    width = target.site.format.width
    elements, bits = np.divmod(np.unique(elements * width + bits), width)
    return flips(target, elements, bits)


def _at(target: Target, along: Positions) -> Masks:
    """The masks of the selected bits that lie in cells along the rows."""
    places = cast("Any", target.site.layout).place(along, target.site.format.width)
    inside = places[0] < target.site.count
    elements, bits = (part[inside] for part in places)
    chosen = _is_selected(candidates(target), elements, bits)
    return _flipped(target, elements[chosen], bits[chosen])


def _is_selected(found: Candidates, elements: Positions, bits: Positions) -> NDArray[np.bool_]:
    return np.isin(bits, found.bits) if found.masks is None else _has(found.masks[elements], bits)


def _starts(model: Burst | Cluster, seed: int, trial: int, target: Target) -> Positions:
    return struck(model.p, seed, trial, target.number, cells_of(cast("Any", target)))


def _burst(model: Burst, seed: int, trial: int, target: Target) -> Masks:
    layout = target.site.layout
    starts = _starts(model, seed, trial, target)
    shapes, values = (stream(seed, trial, target.number, purpose) for purpose in ("shapes", "values"))
    lengths = np.searchsorted(model.limits, words32(shapes, 0, len(starts)).astype(np.int64), side="right") + 1
    burst = np.repeat(np.arange(len(starts)), lengths)
    i = np.arange(len(burst)) - (np.cumsum(lengths) - lengths)[burst]
    row, column = np.divmod(starts[burst], layout.columns)
    column += i
    inverted = np.ones(len(burst), bool)
    if model.pattern == "random":
        inner = (i > 0) & (i < lengths[burst] - 1)
        inverted = ~inner | _has(words64(values, 0, len(starts))[burst], i)
    if model.end == "clip":
        inverted &= column < layout.columns
    return _at(target, (row * layout.columns + column % layout.columns)[inverted])


def _cluster(model: Cluster, seed: int, trial: int, target: Target) -> Masks:
    layout, end = target.site.layout, cells_of(cast("Any", target))
    starts = _starts(model, seed, trial, target)
    reached = [np.zeros(0, np.int64)]
    for rows, columns in model.footprint:
        down = rows * layout.banks * layout.columns
        if abs(down) < end and abs(columns) < layout.columns:
            row, column = starts + down, starts % layout.columns + columns
            reached.append((row + columns)[(row >= 0) & (row < end) & (column >= 0) & (column < layout.columns)])
    return _at(target, np.concatenate(reached))


def _hit(p: Any, seed: int, trial: int, target: Target) -> Positions:
    """The elements that are hit as a whole."""
    check_whole(target.site.name, target.selection)
    return struck(p, seed, trial, target.number, target.site.count)


def _held(target: Target, elements: Positions, codes: NDArray[Any]) -> Masks:
    """The masks of elements that hold codes."""
    full = (1 << target.site.format.width) - 1
    return Masks(elements, codes * 0, codes ^ (codes * 0 + full), codes)


def _always(target: Target, elements: Positions, code: int) -> Masks:
    return _held(target, elements, np.full(len(elements), code, code_dtype(target.site.format)))


def _zeroed(model: Zeroed, seed: int, trial: int, target: Target) -> Masks:
    return _always(target, _hit(model.p, seed, trial, target), target.site.format.code(False, 0))


def _constant(model: Constant, seed: int, trial: int, target: Target) -> Masks:
    return _always(target, _hit(model.p, seed, trial, target), target.site.format.check_code(model.code))


def _random(model: Random, seed: int, trial: int, target: Target) -> Masks:
    elements, width = _hit(model.p, seed, trial, target), random_width(target.site.format)
    words = words64(stream(seed, trial, target.number, "values"), 0, len(elements))
    return _held(target, elements, (words >> np.uint64(64 - width)).astype(code_dtype(target.site.format)))


def _following(target: Target, elements: Positions, change: Callable[[int, Format], int]) -> Masks:
    """The masks to what follows from codes; each code is asked about once."""
    format = target.site.format
    if target.codes is None:
        raise ValueError(f"what becomes of an element of {target.site.name} depends on codes that are not known")
    before, inverse = np.unique(target.codes.codes[elements], return_inverse=True)
    inverted = [code ^ change(code, format) for code in before.tolist()]
    masks = np.array(inverted, code_dtype(format))[inverse]
    return Masks(elements, masks, masks * 0, masks * 0)


def _negated(model: Negated, seed: int, trial: int, target: Target) -> Masks:
    return _following(target, _hit(model.p, seed, trial, target), negated)


def _moved(model: Moved, seed: int, trial: int, target: Target) -> Masks:
    return _following(target, _hit(model.p, seed, trial, target), model.moved)


SAMPLERS: Mapping[type, Sampler] = {
    Burst: each(_burst),
    Cluster: each(_cluster),
    Asymmetric: each(_asymmetric),
    StuckAt: each(_stuck),
    Banked: each(_banked),
    PerBit: each(_per_bit),
    Zeroed: each(_zeroed),
    Constant: each(_constant),
    Random: each(_random),
    Negated: each(_negated),
    Moved: each(_moved),
}
"""Samplers on arrays, by model."""
