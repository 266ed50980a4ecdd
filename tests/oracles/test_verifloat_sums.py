"""Accumulators against VeriFloat, which needs a newer Python: its answers were collected once, in ``observed/verifloat.txt``.

Its sum starts from +0. Its pairwise sum is a tree of neighbours, whose leaves are registers too. Its alignment truncates toward
zero, at the exponent of the product itself, and the running sum stands apart. Where it deviates is in ``ledger_of_sums.toml``.
"""

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from refsim.spec.accumulators import Blocked, Pairwise, Sequential, Total, Tree
from refsim.spec.alignment import Alignment
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.exact import SIGNALING_NAN, is_infinite, is_nan
from refsim.spec.flags import Flags, Result
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection
from refsim.spec.terms import NO_PORT

OBSERVED = Path(__file__).parent / "observed" / "verifloat.txt"
SHOWN = 8
DEFAULTS = {"operands": "", "register": "", "product": "-", "overflow": "infinity", "accumulator": ""}
LEDGER = tomllib.loads(Path(__file__).with_name("ledger_of_sums.toml").read_text("utf-8"))["deviation"]
ENTRIES = [
    pytest.param(entry, marks=pytest.mark.clause(entry["clause"]), id=entry["name"])
    for entry in LEDGER
    if entry["name"].startswith("verifloat/")
]


class Case(NamedTuple):
    """Operands and initial value of one sum, what VeriFloat gave, and what its other ways gave where they differ."""

    xs: list[int]
    ys: list[int]
    initial: int | None
    result: Result
    others: list[Result]


class Section(NamedTuple):
    """An accumulator, and the cases that it was asked."""

    source: str
    to: str
    rounding: str
    overflow: str
    order: str
    product: str
    group: int
    bits: int | None
    cases: list[Case]


def result(text):
    """A code and flags."""
    code, flags = text.split()
    return Result(int(code, 16), Flags(int(flags)))


def case(line):
    """A line of the file."""
    operands, _, answers = line.partition(" = ")
    products, _, initial = operands.partition(" + ")
    xs, ys = ([int(x, 16) for x in vector.split()] for vector in products.split(" * "))
    first, *others = map(result, answers.split(" ! "))
    return Case(xs, ys, None if initial == "-" else int(initial, 16), first, others)


def sections(text):
    """All sections."""
    found = []
    for head, _, lines in (block.partition("]\n") for block in text.split("[")[1:]):
        *words, group, bits = head.split()
        cases = [case(line) for line in lines.splitlines()]
        found.append(Section(*words, int(group), None if bits == "-" else int(bits), cases))
    return found


def datapath(section):
    """The datapath that a section describes."""
    to = Projection(section.to, section.rounding, section.overflow)
    alignment = None if section.bits is None else Alignment(section.bits, "toward_zero", "value", with_sum=False)
    groups = Sequential(to, section.group, alignment)
    accumulator = {
        "sequential": groups,
        "pairwise": Blocked(section.group, groups, Tree((to,))),
        "exact": Total(to),
    }[section.order]
    multiplier = ExactProduct()
    if section.product != "-":
        multiplier = RoundedProduct(Projection(section.product, section.rounding, section.overflow))
    return Datapath(multiplier, accumulator, "first", "sum", None)


def numbers(codes, name):
    """Codes as numbers."""
    return [Number(code, get_format(name)) for code in codes]


def asked(section, case, path):
    """A sum by a datapath; without an initial value it starts from +0, unless it is pairwise."""
    start = Number(case.initial or 0, get_format(section.to))
    if case.initial is None and section.order == "pairwise":
        start = None
    return dot(numbers(case.xs, section.source), numbers(case.ys, section.source), path, start)


def early(section, case):
    """What special data decide where nothing is added before: the total of the products."""
    path = datapath(section)
    return asked(section, case, replace(path, accumulator=Total(path.to)))


def has_special(section, case):
    """Whether an infinity or a NaN is among the operands, or among the products as they are added."""
    multiplier = datapath(section).multiplier
    operands = [numbers(codes, section.source) for codes in (case.xs, case.ys)]
    products = [multiplier.product(x, y, NO_PORT, 0).term.value for x, y in zip(*operands, strict=True)]
    data = [*products, *(x.exact for vector in operands for x in vector)]
    return any(is_nan(x) or is_infinite(x) for x in data)


EARLY = "verifloat/special-data-decide-early"
FORGOTTEN = "verifloat/rounded-special-product-forgets-invalid"
SATURATED = "verifloat/saturated-infinity-raises-overflow"
PAST = Flags.OVERFLOW | Flags.INEXACT


def explained(section, case, mine):
    """The entry of the ledger that explains a difference, ``None`` for none; without special data there is none."""
    if not has_special(section, case):
        return None
    total = early(section, case)
    if case.result == total:
        return EARLY
    totals = [total]
    if section.product != "-":
        totals.append(total._replace(flags=total.flags & ~Flags.INVALID))
    if case.result in totals:
        return FORGOTTEN
    saturated = [x._replace(flags=x.flags | PAST) for x in (mine, *totals)]
    return SATURATED if section.overflow == "saturate" and case.result in saturated else None


def compared(found):
    """How many cases agree, how many each entry explains, and those that nothing does."""
    counts, strange = Counter(), []
    for section in found:
        for case in section.cases:
            mine = asked(section, case, datapath(section))
            name = "agree" if mine == case.result else explained(section, case, mine)
            counts[name] += 1
            if name is None:
                strange.append((*section[:8], *case, "gives", hex(mine.code), mine.flags))
    return counts, strange


@pytest.mark.clause(
    "accumulate/sequential",
    "accumulate/tree",
    "accumulate/blocked",
    "accumulate/total",
    "align/cut",
    "align/largest",
    "align/running-sum",
    "product/exact",
    "product/rounded",
    "datapath/dot",
)
def test_all_observations():
    """Codes and flags of every sum of numbers agree; of those with special data the ledger explains each difference."""
    counts, strange = compared(sections(OBSERVED.read_text("ascii")))
    assert not strange, strange[:SHOWN]
    assert counts["agree"] > 6_000
    assert set(counts) == {"agree", EARLY, FORGOTTEN, SATURATED}


def test_the_ways_of_asking():
    """The functions for vectors and matrices give what the accumulator's own gives, but for invalid of a signaling NaN."""
    observed = sections(OBSERVED.read_text("ascii"))
    differing = [(section, case) for section in observed for case in section.cases if case.others]
    assert differing
    for section, case in differing:
        source = get_format(section.source)
        assert SIGNALING_NAN in map(source.decode, (*case.xs, *case.ys))
        assert all(other == case.result._replace(flags=case.result.flags & ~Flags.INVALID) for other in case.others)


@pytest.mark.parametrize("entry", ENTRIES)
def test_ledger(entry):
    """The observation is there, and the specification gives what the entry says."""
    word = {"operands": "source", "register": "to", "product": "product", "overflow": "overflow", "accumulator": "order"}
    wanted = {word[key]: entry.get(key, default) for key, default in DEFAULTS.items()}
    observed = [
        (section, case)
        for section in sections(OBSERVED.read_text("ascii"))
        for case in section.cases
        if (case.xs, case.ys, case.initial) == (entry["x"], entry["y"], None)
        and all(getattr(section, name) == value for name, value in wanted.items())
    ]
    section, case = observed[0]
    (code, flags), to = (case.others[0] if "way" in entry else case.result), datapath(section).to
    assert (hex(code), flags) == (entry["peer_gives"], entry.get("peer_flags", flags))
    kind = {"sequential": Sequential, "pairwise": Pairwise}[entry["accumulator"]]
    path = replace(datapath(section), accumulator=kind(to))
    mine = dot(numbers(case.xs, section.source), numbers(case.ys, section.source), path)
    assert (hex(mine.code), mine.flags) == (entry["specification_gives"], entry.get("specification_flags", mine.flags))
