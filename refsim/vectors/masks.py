"""Golden fault masks, from the specification alone: the text of a file, which a program in C or a test bench reads easily.

Lines that begin with two slashes say what was asked, and what follows from it in integers: tables, thresholds, masks of
candidates. Each of the others is an element that is hit. ``README.md`` beside the files describes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from hashlib import sha256
from struct import pack
from typing import Any, NamedTuple

from ..spec.bursts import Burst, Cluster
from ..spec.catalogue import get_format
from ..spec.cells import Asymmetric, Banked, PerBit, StuckAt
from ..spec.fault_names import read_model
from ..spec.faults import Event, Model, by_site
from ..spec.gaps import gap_table
from ..spec.layouts import ONE_ROW_PER_WORD, Layout
from ..spec.randomness import Stream, word64
from ..spec.samplers import Count, DenseRate, Exhaustive, Rate, Thinned, limit
from ..spec.sites import Selection, Site, Target, depends_on_codes, selected
from ..spec.value_faults import Constant, Moved, Negated, Random, Zeroed

VERSION = 1
SEED = 0x0123456789ABCDEF


class Aimed(NamedTuple):
    """A site: how many elements of which format, which of their bits, how they lie, and whether their codes are known."""

    format: str
    elements: int
    selection: Selection = ()
    layout: Layout = ONE_ROW_PER_WORD
    known: bool = False


class Case(NamedTuple):
    """What a file is about: a fault model as plain data, the sites by their numbers, and the trial."""

    model: Mapping[str, Any]
    sites: Mapping[int, Aimed]
    trial: int = 0
    seed: int = SEED


CODES = 4
"""A purpose that nothing else is drawn for."""


def code(number: int, element: int, width: int) -> int:
    """A code before the fault: the high bits of a word of 64 bits of a stream of the site, under the seed 0."""
    return word64(Stream(0, 0, number, CODES), element) >> 64 - width


def target(number: int, aimed: Aimed) -> Target:
    """The site as fault models aim at it."""
    site = Site(f"site{number}", "weight", get_format(aimed.format), aimed.elements, aimed.layout)
    codes = tuple(code(number, e, site.format.width) for e in range(site.count)) if aimed.known else None
    return Target(number, site, codes, aimed.selection)


def events(case: Case) -> list[Event]:
    """The faults, one event for each element that is hit, in order."""
    model = read_model(dict(case.model))
    found = by_site(model.events(case.seed, case.trial, [target(*one) for one in case.sites.items()]))
    return [Event(site, element, mask) for site, masks in found.items() for element, mask in masks.items()]


def digest(events: Iterable[Event]) -> str:
    """The SHA-256 of events: of each the site in 32 bits, then the element and its three masks in 64 bits, little-endian."""
    return sha256(b"".join(pack("<I4Q", event.site, event.element, *event.mask) for event in events)).hexdigest()


def text(case: Case) -> str:
    """The file."""
    found = events(case)
    lines = [f"// {line}" for line in header(case)]
    lines += [" ".join(f"{n:x}" for n in (event.site, event.element, *event.mask)) for event in found]
    lines.append(f"// count {len(found):x} sha256 {digest(found)}")
    return "".join(f"{line}\n" for line in lines)


def header(case: Case) -> Iterator[str]:
    """What was asked, and what follows from it."""
    model = read_model(dict(case.model))
    yield f"refsim-fault-masks {VERSION}"
    yield f"model {json.dumps(dict(case.model))}"
    yield f"kind {case.model['kind']}"
    yield f"seed {case.seed:x}"
    yield f"trial {case.trial:x}"
    for number, aimed in sorted(case.sites.items()):
        one = target(number, aimed)
        lies = (aimed.elements, one.site.format.width, *_of(aimed.layout))
        yield f"site {number:x} {one.site.name} {aimed.format} {_line(*lies)}"
        if aimed.selection:
            yield f"selection {number:x} {' '.join(map(str, aimed.selection))}"
        yield f"candidates {_line(number, *_masks(one))}"
        if one.codes is not None:
            yield f"codes {_line(number, *one.codes)}"
    for name, numbers in DERIVED[type(model)](model):
        yield f"{name} {_line(*numbers)}"


def _line(*numbers: int) -> str:
    return " ".join(f"{n:x}" for n in numbers)


def _of(layout: Layout) -> tuple[int, int, int]:
    return layout.columns, layout.interleave, layout.banks


def _masks(one: Target) -> list[int]:
    """The mask of the candidates of each element, or one for all."""
    format = one.site.format
    if one.codes is None or not depends_on_codes(format, one.selection):
        return [selected(format, 0, one.selection)]
    return [selected(format, code, one.selection) for code in one.codes]


Derived = list[tuple[str, Iterable[int]]]


def _gaps(p: Fraction) -> tuple[str, Iterable[int]]:
    return "table", gap_table(p)


def _of_burst(model: Burst) -> Derived:
    ends = [("random", [int(model.pattern == "random")]), ("wrap", [int(model.end == "wrap")])]
    return [_gaps(model.p), ("lengths", model.limits), *ends]


def _of_asymmetric(model: Asymmetric) -> Derived:
    greater = max(model.up, model.down)
    return [_gaps(greater), ("up", [limit(model.up / greater)]), ("down", [limit(model.down / greater)])]


def _of_planes(model: PerBit) -> Derived:
    return [("plane", (bit, *gap_table(rate))) for bit, rate in enumerate(model.rates) if rate]


DERIVED: Mapping[type[Model], Callable[[Any], Derived]] = {
    Rate: lambda model: [_gaps(model.p)],
    DenseRate: lambda model: [("threshold", [model.threshold])],
    Thinned: lambda model: [_gaps(model.greatest), ("keep", [limit(model.p / model.greatest)])],
    Count: lambda model: [("k", [model.k])],
    Exhaustive: lambda _: [],
    Burst: _of_burst,
    Cluster: lambda model: [_gaps(model.p), *(("cell", pair) for pair in model.footprint)],
    Asymmetric: _of_asymmetric,
    StuckAt: lambda model: [_gaps(model.p), ("ones", [limit(model.ones)])],
    Banked: lambda model: [_gaps(model.greatest), ("banks", model.limits("", len(model.factors)))],
    PerBit: _of_planes,
    Zeroed: lambda model: [_gaps(model.p)],
    Constant: lambda model: [_gaps(model.p), ("code", [model.code])],
    Random: lambda model: [_gaps(model.p)],
    Negated: lambda model: [_gaps(model.p)],
    Moved: lambda model: [_gaps(model.p)],
}
"""What follows from a model in integers: tables of gaps, and what words are compared with."""
