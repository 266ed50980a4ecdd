"""Sums in floating point against chains of Berkeley SoftFloat's single operations: codes and flags of every write together."""

from functools import reduce
from itertools import islice, product
from operator import or_

import pytest

from refsim.spec.accumulators import Kahan, Pairwise, Sequential, Tree
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.exact import is_nan
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection

from . import aimed
from .peer_softfloat import ROUNDING, TININESS, answers

FORMATS = ("binary16", "binary32", "binary64")
EACH = 25
SHOWN = 4


class Chain:
    """SoftFloat's operations one after the other on codes of one format, and the flags of all."""

    def __init__(self, format, rounding, tininess):
        self.how = (format, format, rounding, tininess)
        self.raised = []

    def do(self, operation, *codes):
        """One operation."""
        ((code, flags),) = answers(operation, [codes], *self.how)
        self.raised.append(flags)
        return code

    @property
    def flags(self):
        """The flags of all operations so far."""
        return reduce(or_, self.raised, 0)


def fused(chain, xs, ys, start):
    """A fused multiply-add for each term."""
    for x, y in zip(xs, ys, strict=True):
        start = chain.do("fma", x, y, start)
    return start


def multiplied(chain, xs, ys):
    """Rounded products."""
    return [chain.do("multiply", x, y) for x, y in zip(xs, ys, strict=True)]


def sequential(chain, xs, ys, start):
    """A multiplication and an addition for each term."""
    return reduce(lambda held, term: chain.do("add", held, term), multiplied(chain, xs, ys), start)


def pairwise(chain, xs, ys, start):
    """Halves, the second one with the odd term; the initial value is the first term."""

    def total(terms):
        half = len(terms) // 2
        return terms[0] if half == 0 else chain.do("add", total(terms[:half]), total(terms[half:]))

    return total([start, *multiplied(chain, xs, ys)])


def tree(chain, xs, ys, start):
    """Neighbours, level by level."""
    terms = [start, *multiplied(chain, xs, ys)]
    while len(terms) > 1:
        odd = terms[len(terms) // 2 * 2 :]
        terms = [chain.do("add", *pair) for pair in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]


def kahan(chain, xs, ys, start):
    """Four operations for each term."""
    lost = 0
    for term in multiplied(chain, xs, ys):
        y = chain.do("subtract", term, lost)
        new = chain.do("add", start, y)
        lost = chain.do("subtract", chain.do("subtract", new, start), y)
        start = new
    return start


KINDS = {
    "fused": (fused, Sequential, False),
    "sequential": (sequential, Sequential, True),
    "pairwise": (pairwise, Pairwise, True),
    "tree": (tree, lambda to: Tree((to,)), True),
    "kahan": (kahan, Kahan, True),
}
CLAUSES = {
    "fused": ["accumulate/sequential", "arithmetic/fma", "product/exact"],
    "sequential": ["accumulate/sequential", "product/rounded"],
    "pairwise": ["accumulate/pairwise", "product/rounded"],
    "tree": ["accumulate/tree", "product/rounded"],
    "kahan": ["accumulate/kahan", "product/rounded"],
}


def operands(name, seed):
    """Endless pairs of vectors and an initial value; every third vector has a product that cancels the first."""
    triples = aimed.OPERANDS["fma"](aimed.Aim(get_format(name), seed))
    sign = 1 << get_format(name).width - 1
    for count in range(1, 1 << 30):
        rows = list(islice(triples, count % 6 + 1))
        xs, ys = ([row[i] for row in rows] for i in (0, 1))
        if count % 3 == 0:
            xs, ys = [*xs, xs[0] ^ sign], [*ys, ys[0]]
        yield xs, ys, rows[0][2]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", [pytest.param(kind, marks=pytest.mark.clause(*CLAUSES[kind])) for kind in KINDS])
def test_chains(kind, name):
    """Aimed operands, special data among them, under five rules, with tininess found after and before rounding."""
    chained, make, rounds = KINDS[kind]
    format, rows, different = get_format(name), operands(name, 7), []
    for rounding, tininess, _ in product(ROUNDING, TININESS, range(EACH)):
        to, (xs, ys, start) = Projection(name, rounding, "infinity", tininess), next(rows)
        chain = Chain(name, rounding, tininess)
        code = chained(chain, xs, ys, start)
        path = Datapath(RoundedProduct(to) if rounds else ExactProduct(), make(to), "first", "sum", None)
        numbers = [[Number(x, format) for x in codes] for codes in (xs, ys)]
        found = dot(*numbers, path, Number(start, format))
        nan = is_nan(format.decode(code)) and is_nan(format.decode(found.code))
        if not (nan or code == found.code) or chain.flags != found.flags:
            different.append((rounding, tininess, xs, ys, start, hex(code), chain.flags, hex(found.code), found.flags))
    assert not different, different[:SHOWN]
