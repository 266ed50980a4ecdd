"""Fault files: the faults of one trial, each with the code before and after; applied anywhere they give the same codes.

A JSON file names the campaign by its fingerprint, the cell, the trial, and what the trial came to; masks and codes are texts in
hexadecimal. What faults make of a stored site is also written as images that ``$readmemh`` loads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..engine.array import code_dtype
from ..engine.faults import Masks, apply, struck
from ..nn.storage import read_json, save
from ..spec.plain_data import mapping, text, whole_number
from .campaign import Campaign
from .rows import COLUMNS, Row
from .sites import Held, Stored

VERSION = 1
FIELDS = ("inverted", "cleared", "set")
DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)
MOST_TRIALS = 1 << 32
MASK = re.compile("0x[0-9a-fA-F]{1,256}", re.ASCII)


class Saved(NamedTuple):
    """The faults of a trial by the numbers of sites, and what it came to."""

    cell: int
    trial: int
    masks: dict[int, Masks]
    row: Mapping[str, Any]


def write_faults(path: Path, campaign: Campaign, fingerprint: str, row: Row, masks: Mapping[int, Masks]) -> None:
    """Write the faults of a trial and its row."""
    head = {"refsim_faults": VERSION, "campaign": fingerprint, "cell": row.cell, "trial": row.trial}
    events = [event for number in sorted(masks) for event in _events(campaign, row.cell, number, masks[number])]
    content = {**head, "row": dict(zip(COLUMNS, row.flat(), strict=True)), "events": events}
    save(path, (json.dumps(content, indent=1) + "\n").encode("ascii"))


def codes_before(campaign: Campaign, cell: int, number: int) -> Any:
    """The codes of a site without faults, in a row; ``None`` for registers, and for results that are hit in every sample."""
    built = campaign.built(cell)
    where = built.sites[campaign.name_of(number)][1]
    if isinstance(where, Stored):
        return built.parts[where.tensor][where.part].array.codes
    lasting = campaign.cells[cell].faults.aim.lifetime == "permanent"
    return built.result(where.layer).codes.reshape(-1) if isinstance(where, Held) and not lasting else None


def _events(campaign: Campaign, cell: int, number: int, masks: Masks) -> Iterator[dict[str, Any]]:
    codes = codes_before(campaign, cell, number)
    known = codes is not None
    before = codes[masks.elements % len(codes)] if known else masks.inverted
    after = struck(before, masks)
    for i, element in enumerate(masks.elements.tolist()):
        found = {"site": number, "name": campaign.name_of(number), "element": element}
        found |= {field: f"{int(getattr(masks, field)[i]):#x}" for field in FIELDS}
        yield {**found, "before": f"{int(before[i]):#x}" if known else None, "after": f"{int(after[i]):#x}" if known else None}


def read_faults(path: Path, campaign: Campaign, fingerprint: str) -> Saved:
    """The faults of a file; ``ValueError`` for a file that holds none, or those of another campaign.

    Codes before and after are compared with those that the masks make of the campaign's codes.
    """
    data = read_json(path)
    try:
        return _saved(data, campaign, fingerprint)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _saved(data: Any, campaign: Campaign, fingerprint: str) -> Saved:
    given = mapping(data, ["refsim_faults", "campaign", "cell", "trial", "row", "events"])
    if whole_number(given["refsim_faults"]) != VERSION:
        raise ValueError(f"the version of a fault file is {VERSION}, not {given['refsim_faults']}")
    if text(given["campaign"]) != fingerprint:
        raise ValueError(f"its faults are of the campaign {given['campaign']:.12}, not of this one, {fingerprint:.12}")
    cell, trial = whole_number(given["cell"]), whole_number(given["trial"])
    if not 0 <= trial < MOST_TRIALS:
        raise ValueError(f"a trial is in 0..{MOST_TRIALS - 1}, not {trial}")
    row = mapping(given["row"], COLUMNS)
    if wrong := [name for name in COLUMNS if name != "digest" and whole_number(row[name]) < 0]:
        raise ValueError(f"{wrong[0]} is a count, not {row[wrong[0]]}")
    if not DIGEST.fullmatch(text(row["digest"])):
        raise ValueError(f"a digest is 64 hexadecimal digits, not {row['digest']!r:.60}")
    if not 0 <= cell < len(campaign.cells):
        raise ValueError(f"the campaign has the cells 0..{len(campaign.cells) - 1}, not {cell}")
    if not isinstance(given["events"], list):
        raise ValueError("the events of a fault file are a list")
    return Saved(cell, trial, _masks(campaign, cell, given["events"]), row)


def _masks(campaign: Campaign, cell: int, events: list[Any]) -> dict[int, Masks]:
    samples = campaign.samples(cell)
    targets = {target.number: replace(one := target.site, count=samples * one.count) for target in campaign.targets[cell]}
    by_site: dict[int, dict[int, tuple[int, int, int]]] = {}
    for i, event in enumerate(events, start=1):
        given = mapping(event, ["site", "name", "element", *FIELDS, "before", "after"])
        number, element = whole_number(given["site"]), whole_number(given["element"])
        if number not in targets or targets[number].name != given["name"]:
            raise ValueError(f"event {i} is of the site {number} {given['name']!r:.60}, which the cell does not aim at")
        site, known = targets[number], by_site.setdefault(number, {})
        if not 0 <= element < site.count or element in known:
            raise ValueError(f"event {i} is of element {element} of {site.name}, which has {site.count}, each hit once")
        inverted, cleared, set = (_hexadecimal(given[field], site.format.width) for field in FIELDS)
        known[element] = inverted, cleared, set
    found = {}
    for number, masks in sorted(by_site.items()):
        elements = sorted(masks)
        dtype = code_dtype(targets[number].format)
        columns = (np.array(column, dtype) for column in zip(*(masks[e] for e in elements), strict=True))
        found[number] = Masks(np.array(elements, np.int64), *columns)
    _check_codes(campaign, cell, found, events)
    return found


def _check_codes(campaign: Campaign, cell: int, masks: Mapping[int, Masks], events: list[Any]) -> None:
    """``ValueError`` where the codes before and after are not those of the campaign."""
    wanted = {(e["site"], e["element"]): e for number in masks for e in _events(campaign, cell, number, masks[number])}
    for i, event in enumerate(events, start=1):
        right = wanted[event["site"], event["element"]]
        for what in ("before", "after"):
            if event[what] != right[what]:
                raise ValueError(f"event {i} has the code {event[what]!r:.40} {what} the fault, which here is {right[what]}")


def _hexadecimal(value: Any, width: int) -> int:
    found = text(value)
    if not MASK.fullmatch(found):
        raise ValueError(f"a mask is written as 0x and hexadecimal digits, not {found!r:.40}")
    number = int(found, 16)
    if number >> width:
        raise ValueError(f"the mask {found:.40} has more than the {width} bits of a code")
    return number


def write_images(folder: Path, campaign: Campaign, cell: int, masks: Mapping[int, Masks]) -> list[Path]:
    """Write the stored sites that are hit, with their faults, as words that ``$readmemh`` loads, element 0 first.

    ``ValueError`` for faults that last for one read: each sample then reads another memory.
    """
    if campaign.cells[cell].faults.aim.lifetime == "read":
        raise ValueError("faults that last for one read have no image: each sample reads another memory")
    written = []
    for number, one in sorted(masks.items()):
        name = campaign.name_of(number)
        site, where = campaign.built(cell).sites[name]
        if not isinstance(where, Stored):
            continue
        digits = -(-site.format.width // 4)
        codes = apply(codes_before(campaign, cell, number), one)
        path = folder / ("".join(c if c.isalnum() or c in "_-." else "-" for c in name) + ".mem")
        lines = [f"// {name} {site.format.name} {site.count}", *(f"{int(code):0{digits}x}" for code in codes)]
        save(path, ("\n".join(lines) + "\n").encode("ascii", "replace"))
        written.append(path)
    return written
