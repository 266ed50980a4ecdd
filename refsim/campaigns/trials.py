"""Trials: what the faults of a trial change in a network, and what that does to its results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array
from ..engine.faults import Masks, effect, same_datum, struck
from ..engine.memories import reread, verdict
from ..engine.parts import Reading
from ..spec.faults import Effect, Mask, on_writes
from ..spec.formats import Format
from ..spec.protected_words import Verdict
from ..spec.terms import Port
from .arms import Built
from .changes import Changes
from .sites import SUM, Held, Register, Stored


class Seen(NamedTuple):
    """What is counted of the faults of a trial: elements, the bits of their masks, codes that changed and those that stand for
    the same datum, what memories corrected and detected, the elements that are read otherwise, and whether one stopped the
    machine.
    """

    hit: int = 0
    flips: int = 0
    effective: int = 0
    absorbed: int = 0
    corrected: int = 0
    detected: int = 0
    miscorrected: int = 0
    undetected: int = 0
    residual: int = 0
    stopped: bool = False


def together(seen: Iterable[Seen]) -> Seen:
    """All counts added up."""
    found = list(seen)
    counts = (sum(getattr(one, name) for one in found) for name in Seen._fields[:-1])
    return Seen(*counts)._replace(stopped=any(one.stopped for one in found))


def counted(masks: Masks, effect: Effect, *, stored: bool) -> Seen:
    """The counts of the masks of one site. What is not stored in a memory is read as it was hit."""
    bits = int(np.bitwise_count(masks.inverted | masks.cleared | masks.set).sum())
    return Seen(effect.hit, bits, effect.effective, effect.absorbed, residual=0 if stored else effect.effective)


class Reread(NamedTuple):
    """A parameter as it is read with faults."""

    array: Array
    seen: Seen


def read_again(built: Built, tensor: str, masks: Mapping[str, Masks]) -> Reread:
    """A parameter with faults in the parts of its memory, by part; parts that cannot be read stop the machine."""
    parts, clean = built.parts[tensor], built.network.tensors[tensor]
    flat = Array(clean.codes.reshape(-1), clean.format)
    seen = []
    for part, found in masks.items():
        array = parts[part].array
        before = array.codes[found.elements]
        seen.append(counted(found, effect(before, struck(before, found), array.format), stored=True))
    try:
        reading = reread(built.memories[tensor], parts, flat, masks)
    except ValueError:  # What the parts hold is nothing that the memory can read.
        reading, judged = Reading(flat, stopped=True), Verdict()
    else:
        judged = verdict(built.memories[tensor], parts, masks)
    residual = int((reading.array.codes != flat.codes).sum())
    repairs = (reading.corrected, reading.detected, judged.miscorrected, judged.undetected, residual)
    seen.append(Seen(0, 0, 0, 0, *repairs, stopped=reading.stopped))
    return Reread(Array(reading.array.codes.reshape(clean.shape), clean.format), together(seen))


class Group(NamedTuple):
    """What a trial changes for some samples, all of them where they are ``None``; a detector can stop the machine there."""

    samples: NDArray[np.int64] | None
    changes: Changes
    stopped: bool = False


def by_tensor(built: Built, masks: Mapping[str, Masks]) -> dict[str, dict[str, Masks]]:
    """The masks of stored sites, given by the names of these, by parameter and part."""
    found: dict[str, dict[str, Masks]] = {}
    for name, one in masks.items():
        where = built.sites[name][1]
        if isinstance(where, Stored):
            found.setdefault(where.tensor, {})[where.part] = one
    return found


def stored_changes(built: Built, masks: Mapping[str, Masks]) -> tuple[dict[str, Array], Seen]:
    """The parameters that are read otherwise, and the counts."""
    read = {name: read_again(built, name, parts) for name, parts in by_tensor(built, masks).items()}
    changed = {name: one.array for name, one in read.items() if one.seen.residual}
    return changed, together(one.seen for one in read.values())


def of_sample(built: Built, masks: Mapping[str, Masks]) -> dict[int, dict[str, Masks]]:
    """The masks of parameters' faults that last for one read, by sample, each of the elements of the site."""
    found: dict[int, dict[str, Masks]] = {}
    for name, one in masks.items():
        if not isinstance(built.sites[name][1], Stored):
            continue
        samples, elements = np.divmod(one.elements, built.sites[name][0].count)
        for sample in np.unique(samples):
            mine = samples == sample
            found.setdefault(int(sample), {})[name] = replace(one, elements=elements)[mine]
    return found


def for_every_sample(masks: Masks, size: int, samples: int) -> Masks:
    """The masks of the elements of one sample, for the same elements of all samples."""
    elements = (np.arange(samples, dtype=np.int64)[:, None] * size + masks.elements).reshape(-1)
    inverted, cleared, set = (np.tile(part, samples) for part in (masks.inverted, masks.cleared, masks.set))
    return Masks(elements, inverted, cleared, set)


def lasting_effect(before: NDArray[Any], masks: Masks, format: Format) -> Effect:
    """What became of elements that are hit in every sample: a fault is effective where it changes the code of one of them, and
    absorbed where all codes that it changes stand for the same data."""
    after = struck(before, masks)
    changed = before != after
    differs = changed.copy()
    differs[changed] = ~same_datum(before[changed], after[changed], format)
    effective = changed.any(axis=0)
    return Effect(len(masks), int(effective.sum()), int((effective & ~differs.any(axis=0)).sum()))


def result_changes(built: Built, masks: Mapping[str, Masks], lifetime: str) -> tuple[dict[str, Masks], Seen]:
    """The masks of results by layer, and the counts, which are about the codes of the run without faults."""
    found, seen = {}, []
    for name, one in masks.items():
        site, where = built.sites[name]
        if not isinstance(where, Held):
            continue
        samples, result = len(built.clean.labels), built.result(where.layer).codes
        if lifetime == "permanent":
            found[where.layer] = for_every_sample(one, site.count // samples, samples)
            changed = lasting_effect(result.reshape(samples, -1)[:, one.elements], one, site.format)
        else:
            found[where.layer], before = one, result.reshape(-1)[one.elements]
            changed = effect(before, struck(before, one), site.format)
        seen.append(counted(one, changed, stored=False))
    return found, together(seen)


def register_changes(built: Built, masks: Mapping[str, Masks]) -> tuple[dict[str, dict[tuple[int, ...], Port]], Seen]:
    """The ports of registers by layer and sum, and the counts: what a register held before a fault is not looked at, so all
    faults of registers count as effective.
    """
    found: dict[str, dict[tuple[int, ...], Port]] = {}
    seen = []
    for name, one in masks.items():
        where = built.sites[name][1]
        if not isinstance(where, Register):
            continue
        writes: dict[tuple[int, ...], dict[tuple[str, int], Mask]] = {}
        for event in one.events(0):
            place, step = divmod(event.element, len(where.steps))
            index = tuple(int(i) for i in np.unravel_index(place, where.sums))
            writes.setdefault(index, {})[SUM, where.steps[step]] = event.mask
        found[where.layer] = {index: on_writes(given) for index, given in writes.items()}
        seen.append(counted(one, Effect(len(one), len(one), 0), stored=False))
    return found, together(seen)


def groups(built: Built, masks: Mapping[str, Masks], lifetime: str) -> tuple[list[Group], Seen]:
    """What the masks of a trial, by the names of sites, change in a network.

    Faults of parameters that last for one read make a group of each sample that meets some.
    """
    results, first = result_changes(built, masks, lifetime)
    registers, second = register_changes(built, masks)
    if lifetime != "read":
        tensors, third = stored_changes(built, masks)
        whole = Group(None, Changes(tensors, results, registers), third.stopped)
        made = [whole] if tensors or results or registers or third.stopped else []
        return made, together([first, second, third])
    made, seen = [], [first, second]
    for sample, mine in sorted(of_sample(built, masks).items()):
        tensors, counts = stored_changes(built, mine)
        made.append(Group(np.array([sample], np.int64), Changes(tensors, results, registers), counts.stopped))
        seen.append(counts)
    if results or registers:
        alone = [int(group.samples[0]) for group in made if group.samples is not None]
        others = np.setdiff1d(np.arange(len(built.clean.labels)), alone)
        made.append(Group(others, Changes({}, results, registers)))
    return made, together(seen)
