"""What a report takes from a manifest beside the rows: the cells, what faults aim at, and the runs without faults."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...spec.catalogue import get_format
from ...spec.samplers import DenseRate
from ...spec.sites import Selection, depends_on_codes, selected
from ..plan import Stop

PER_BIT = ("rate", "dense_rate", "thinned")
"""The models whose rate is the probability that a bit flips."""


@dataclass(frozen=True)
class Aimed:
    """A site that the faults of a cell aim at. ``bits`` are those of each of its codes that are candidates, ``None`` where they
    differ from code to code or the format has no name.
    """

    number: int
    name: str
    kind: str
    format: str
    width: int
    count: int
    bits: tuple[int, ...] | None


@dataclass(frozen=True)
class Facts:
    """A cell: its arm, its faults with their model and what they aim at in words, all candidates, and the sites.

    ``rate`` is the p of the model, ``flips`` the number of bits that it flips in every trial, each if it has one.
    """

    number: int
    arm: str
    faults: str
    kind: str
    model: str
    aim: str
    rate: Fraction | None
    flips: int | None
    candidates: int
    targets: tuple[Aimed, ...]
    per_sample: bool = False
    """Whether each sample has faults of its own: flips and candidates are then those of all samples together."""

    @property
    def expected(self) -> Fraction | None:
        """The flips of a trial on average, where the model is one that says it."""
        if self.flips is not None:
            return Fraction(self.flips)
        if self.rate is None or self.kind not in PER_BIT:
            return None
        return self.candidates * (DenseRate(self.rate).rate if self.kind == "dense_rate" else self.rate)


@dataclass(frozen=True)
class Clean:
    """The run of an arm without faults: the pixels with a label, and those that are right, ``None`` where none has a label.

    A sample that is in one class has one pixel.
    """

    labelled: int
    correct: int | None


def plan_of(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The plan of a manifest, as plain data."""
    found = manifest.get("plan")
    return found if isinstance(found, Mapping) else {}


def facts_of(manifest: Mapping[str, Any]) -> list[Facts]:
    """The cells of a manifest in order; ``ValueError`` for one that says nothing of its cells."""
    if not isinstance(cells := manifest.get("cells"), list):
        raise ValueError(
            f"a report needs the list 'cells' of the manifest, which has {', '.join(sorted(manifest)) or 'nothing'}"
        )
    faults = {one["name"]: one for one in plan_of(manifest).get("faults", [])}
    sites = {arm["name"]: {site["number"]: site for site in arm.get("sites", [])} for arm in manifest.get("arms", [])}
    found = [_facts(cell, faults.get(cell["faults"], {}), sites.get(cell["arm"], {})) for cell in cells]
    return sorted(found, key=lambda facts: facts.number)


def _facts(cell: Mapping[str, Any], faults: Mapping[str, Any], sites: Mapping[int, Mapping[str, Any]]) -> Facts:
    model = dict(faults.get("model", {}))
    kind = str(model.pop("kind", ""))
    rate = model.pop("p", None)
    selection = tuple(faults.get("bits", ()))
    flips = 1 if kind == "exhaustive" else model.get("k")
    flips = flips * int(cell.get("samples", 1)) if isinstance(flips, int) else None
    return Facts(
        number=cell["number"],
        arm=str(cell["arm"]),
        faults=str(cell["faults"]),
        kind=kind,
        model=_words(kind, {} if kind == "count" else model),
        aim=_aim(faults, selection),
        rate=None if rate is None else Fraction(rate),
        flips=flips if isinstance(flips, int) else None,
        candidates=int(cell.get("bits", 0)),
        targets=tuple(_aimed(sites[number], selection) for number in sorted(cell.get("sites", ())) if number in sites),
        per_sample=bool(faults.get("per_sample", False)),
    )


def _words(kind: str, model: Mapping[str, Any]) -> str:
    return " ".join([kind.replace("_", " "), *(f"{key}={json.dumps(value)}" for key, value in sorted(model.items()))]).strip()


def _aim(faults: Mapping[str, Any], selection: Sequence[str | int]) -> str:
    kinds, names = faults.get("kinds", ()), list(faults.get("names", ["*"]))
    words = [", ".join(kinds), *(["named " + ", ".join(names)] if names != ["*"] else [])]
    words += ["bits " + ", ".join(map(str, selection))] if selection else []
    words.append(str(faults.get("lifetime", "")).replace("_", " "))
    words += ["each sample by itself"] if faults.get("per_sample") else []
    return "; ".join(word for word in words if word)


def _aimed(site: Mapping[str, Any], selection: Selection) -> Aimed:
    head = {name: site[name] for name in ("number", "name", "kind", "format", "width", "count")}
    return Aimed(**head, bits=bits_of(site["format"], site["width"], selection))


def bits_of(format: str, width: int, selection: Selection) -> tuple[int, ...] | None:
    """The bits of every code of a format that a selection has, from the least significant one up."""
    if not selection:
        return tuple(range(width))
    try:
        found = get_format(format)
    except ValueError:
        return None
    if depends_on_codes(found, selection):
        return None
    mask = selected(found, 0, selection)
    return tuple(bit for bit in range(width) if mask >> bit & 1)


def clean_of(manifest: Mapping[str, Any]) -> dict[str, Clean]:
    """The runs without faults by the names of arms."""
    arms = [arm for arm in manifest.get("arms", []) if "labelled" in arm]
    return {arm["name"]: Clean(arm["labelled"], arm["correct"] if arm["labelled"] else None) for arm in arms}


def stop_of(manifest: Mapping[str, Any]) -> Stop | None:
    """The rule by which cells have enough trials."""
    found = plan_of(manifest).get("stop")
    return Stop(**found) if found else None
