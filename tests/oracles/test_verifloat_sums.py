"""Accumulators against VeriFloat, which needs a newer Python: its answers were collected once, in ``observed/verifloat.txt``.

Its sum starts from +0. Its pairwise sum is a tree of neighbours, whose leaves are registers too. Its alignment truncates toward
zero, at the exponent of the product itself, and the running sum stands apart. Where it deviates is in ``ledger_of_sums.toml``.
"""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest

from refsim.spec.accumulators import Blocked, Sequential, Total, Tree
from refsim.spec.alignment import Alignment
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.exact import NEGATIVE_ZERO
from refsim.spec.flags import Flags, Result
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection

OBSERVED = Path(__file__).parent / "observed" / "verifloat.txt"
SHOWN = 8


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


PAST = Flags.OVERFLOW | Flags.INEXACT
CONDITIONS = {
    "verifloat/special-data-decide-early": lambda section, case, total: case.result == total,
    "verifloat/rounded-special-product-forgets-invalid": lambda section, case, total: (
        section.product != "-" and case.result == total._replace(flags=total.flags & ~Flags.INVALID)
    ),
    "verifloat/saturated-infinity-raises-overflow": lambda section, case, total: (
        section.overflow == "saturate" and case.result == total._replace(flags=total.flags | PAST)
    ),
}
"""Which of the sums with infinities or NaNs an entry of the ledger explains; of other sums none is explained."""


def explained(section, case):
    """The entry that explains a difference, ``None`` for none of them."""
    source = get_format(section.source)
    if all(isinstance(source.decode(code), Fraction) or source.decode(code) is NEGATIVE_ZERO for code in (*case.xs, *case.ys)):
        return None
    total = early(section, case)
    return next((name for name, condition in CONDITIONS.items() if condition(section, case, total)), None)


def compared(found):
    """How many cases agree, how many each entry explains, and those that nothing does."""
    counts, strange = Counter(), []
    for section in found:
        for case in section.cases:
            mine = asked(section, case, datapath(section))
            name = "agree" if mine == case.result else explained(section, case)
            counts[name] += 1
            if name is None:
                strange.append((*section[:8], *case, "gives", hex(mine.code), mine.flags))
    return counts, strange


if __name__ == "__main__":
    import sys
    c,st=compared(sections(open(sys.argv[1]).read()))
    print(c)
    for x in st[:8]: print(x)
