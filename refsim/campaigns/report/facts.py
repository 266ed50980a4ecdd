"""What a report must know of a campaign beside its rows: plain data in the manifest, written and read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...engine.faults import Target
from ...spec.samplers import Exhaustive
from ...spec.sites import depends_on_codes, selected
from ..plan import Cell, Stop


@dataclass(frozen=True)
class Aimed:
    """A site that the faults of a cell aim at. ``bits`` are the candidates of each of its elements, ``None`` where they differ
    from element to element.
    """

    number: int
    name: str
    kind: str
    format: str
    width: int
    count: int
    candidates: int
    bits: tuple[int, ...] | None


@dataclass(frozen=True)
class Facts:
    """A cell: its arm and its faults. Of ``rate`` (of each candidate), ``flips`` (exactly so many) and ``exhaustive`` (trial t
    flips candidate t) at most one says how many flips there are. ``aim`` says what the faults aim at, in words.
    """

    number: int
    arm: str
    faults: str
    model: str
    aim: str
    rate: Fraction | None = None
    flips: int | None = None
    exhaustive: bool = False
    targets: tuple[Aimed, ...] = ()

    @property
    def candidates(self) -> int:
        """All bits that a fault may hit."""
        return sum(target.candidates for target in self.targets)

    @property
    def expected(self) -> Fraction | None:
        """The flips of a trial on average, where the model is one that says it."""
        if self.exhaustive:
            return Fraction(1)
        if self.flips is not None:
            return Fraction(self.flips)
        return self.rate * self.candidates if self.rate is not None and self.targets else None


@dataclass(frozen=True)
class Clean:
    """The run of an arm without faults; ``correct`` is ``None`` where labels are not known."""

    pixels: int
    correct: int | None


def cell_facts(cell: Cell, targets: Sequence[Target]) -> dict[str, Any]:
    """What the manifest must hold of a cell, as plain data, in its list ``cells``."""
    model, aim = cell.faults.model, cell.faults.aim
    rate = getattr(model, "rate", getattr(model, "p", None))
    flips = getattr(model, "k", None)
    where = [", ".join(aim.kinds), *(["named " + ", ".join(aim.names)] if aim.names != ("*",) else [])]
    where += ["bits " + ", ".join(map(str, aim.selection))] if aim.selection else []
    return {
        "number": cell.number,
        "arm": cell.arm.name,
        "faults": cell.faults.name,
        "model": type(model).__name__,
        "aim": "; ".join([*where, aim.lifetime.replace("_", " ")]),
        "rate": str(rate) if isinstance(rate, Fraction) else None,
        "flips": flips if isinstance(flips, int) else None,
        "exhaustive": isinstance(model, Exhaustive),
        "targets": [_target(target) for target in targets],
    }


def _target(target: Target) -> dict[str, Any]:
    site, format = target.site, target.site.format
    differ = bool(target.selection) and depends_on_codes(format)
    if differ and target.codes is not None:
        codes = target.codes.codes.tolist()
        candidates = sum(selected(format, code, target.selection).bit_count() for code in codes)
    else:
        mask = selected(format, 0, target.selection)
        candidates = mask.bit_count() * site.count
    head = {"number": target.number, "name": site.name, "kind": site.kind, "format": format.name, "width": format.width}
    bits = None if differ else [bit for bit in range(format.width) if mask >> bit & 1]
    return {**head, "count": site.count, "candidates": candidates, "bits": bits}


def facts_of(manifest: Mapping[str, Any]) -> list[Facts]:
    """The cells of a manifest in order; ``ValueError`` for one that says nothing of its cells."""
    if not isinstance(cells := manifest.get("cells"), list):
        raise ValueError(
            f"a report needs the list 'cells' of the manifest, which has {', '.join(sorted(manifest)) or 'nothing'}"
        )
    return sorted((_facts(cell) for cell in cells), key=lambda facts: facts.number)


def _facts(cell: Mapping[str, Any]) -> Facts:
    rate, targets = cell.get("rate"), cell.get("targets") or ()
    plain = {name: cell[name] for name in ("number", "arm", "faults")}
    more = {name: cell.get(name) or "" for name in ("model", "aim")}
    aimed = tuple(Aimed(**{**target, "bits": None if target["bits"] is None else tuple(target["bits"])}) for target in targets)
    found = Fraction(rate) if rate is not None else None
    return Facts(**plain, **more, rate=found, flips=cell.get("flips"), exhaustive=bool(cell.get("exhaustive")), targets=aimed)


def clean_of(manifest: Mapping[str, Any]) -> dict[str, Clean]:
    """The clean runs by the names of arms, of the manifest's ``clean``: pixels, and how many are right or ``None``."""
    clean = manifest.get("clean") or {}
    return {arm: Clean(int(run["pixels"]), run.get("correct")) for arm, run in clean.items()}


def stop_of(manifest: Mapping[str, Any]) -> Stop | None:
    """The rule by which cells have enough trials, the manifest's ``stop``."""
    found = manifest.get("stop")
    return Stop(**found) if found else None
