"""Vectors of logarithmic formats: every bug of theirs is noticed by a published suite, and candidates lie about the middles."""

from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.formats import Unrepresentable
from refsim.spec.surds import power
from refsim.vectors.catalogue_of_mutants import MUTANTS
from refsim.vectors.mutants import killed
from refsim.vectors.places import at_place, place_in_gap
from refsim.vectors.publications_of_logs import published
from refsim.vectors.recipes import edge, exhaustive
from refsim.vectors.suites import Suite, suites

BUGS = [mutant for mutant in MUTANTS if mutant.name.startswith("log.")]
HALF = Fraction(1, 2)


def rows(suite):
    """The vectors of a suite that have a result."""
    c = suite.configuration
    for operands in exhaustive(c) if suite.tier == "exhaustive" else (operands for _, operands in edge(c)):
        try:
            yield operands, c.results(operands)
        except Unrepresentable:
            continue


SMALL = [
    suite
    for suite in (Suite(*row) for row in published())
    if suite.tier != "smoke" and (suite.tier == "edge" or sum(f.width for f in suite.configuration.operands) <= 10)
]


@pytest.mark.parametrize("suite", SMALL, ids=lambda suite: suite.path)
def test_every_bug_that_applies_is_noticed(suite):
    """Each suite notices every bug of logarithmic formats that applies to it, codes alone."""
    vectors = list(rows(suite))
    for mutant in (mutant for mutant in BUGS if mutant.applies(suite.configuration)):
        assert any(killed(mutant, suite.configuration, x, y, flags=False) for x, y in vectors), mutant.name


def test_every_bug_applies_somewhere():
    """The suites are about all bugs; each suite is published once and its configuration can be made."""
    assert {mutant.name for mutant in BUGS for suite in SMALL if mutant.applies(suite.configuration)} == {m.name for m in BUGS}
    paths = [Suite(*row).path for row in published()]
    assert len(set(paths)) == len(paths)
    assert set(paths) <= {suite.path for suite in suites()}


@pytest.mark.parametrize("name", ["log4_fsr3", "slog5_fsr1_sqrt2"])
def test_both_sides_of_every_middle(name):
    """Of every gap the binary32 numbers just below and just above the irrational middle are among the vectors."""
    c = next(c for c, _, _ in published() if c.operation == "convert" and c.to.format.name == name)
    values = sorted(abs(c.operands[0].decode(x)) for (x,) in (operands for _, operands in edge(c)) if 0 < x < 0x7F800000)
    grid = c.to.format.grid
    for n in range(c.to.format.top):
        middle = at_place(grid, n, HALF)
        assert middle == power(Fraction(2 * (grid.least + n) - 1, 2 << grid.fraction))
        below = max(v for v in values if v < middle)
        above = min(v for v in values if v > middle)
        assert above - below == above.denominator**-1 or (above - below) / below <= Fraction(1, 1 << 23)


def test_places():
    """What is at a place has that place; a number at none is put in the middle of a small part."""
    grid = get_format("slog5_fsr1_sqrt2").grid
    for n in range(4):
        for t in (Fraction(k, 8) for k in range(1, 8)):
            assert place_in_gap(grid, n, at_place(grid, n, t)) == t
        assert at_place(grid, n, Fraction(0)) == grid.magnitude(n)
    one = grid.floor(Fraction(1))
    assert abs(place_in_gap(grid, one, Fraction(5, 4)) - Fraction(6438, 10000)) < Fraction(1, 200)
