"""Vectors of posits: every bug of theirs is noticed by a published suite, and candidates reach where posits differ."""

from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.vectors.candidates.pools import points, pool
from refsim.vectors.catalogue_of_mutants import MUTANTS
from refsim.vectors.mutants import killed
from refsim.vectors.publications_of_posits import published
from refsim.vectors.recipes import edge
from refsim.vectors.suites import Suite, suites

QUICK = (
    "multiply/posit8/ties_to_even.saturate_finite.edge.rsv",
    "posit_compare_less/posit8.edge.rsv",
    "posit_compare_equal/posit8.edge.rsv",
    "posit_next/posit8.edge.rsv",
)
"""Suites that between them notice every bug of posits."""
BUGS = [mutant for mutant in MUTANTS if mutant.name.startswith("posit.")]


def test_every_bug_is_noticed():
    """Of the quick suites each notices all bugs that apply to it, and together they notice all."""
    found = {suite.path: suite for suite in suites()}
    noticed = set()
    for path in QUICK:
        c = found[path].configuration
        vectors = [operands for _, operands in edge(c)]
        applying = [mutant for mutant in BUGS if mutant.applies(c)]
        for mutant in applying:
            assert any(killed(mutant, c, operands, c.results(operands), flags=False) for operands in vectors), mutant.name
        noticed |= {mutant.name for mutant in applying}
    assert noticed == {mutant.name for mutant in BUGS}


def test_what_is_published():
    """Each suite is published once and its configuration can be made; clauses of posits are among those that it shows."""
    paths = [Suite(configuration, tier, stored).path for configuration, tier, stored in published()]
    assert len(set(paths)) == len(paths)
    assert set(paths) <= {suite.path for suite in suites()}
    for configuration, _, _ in published():
        if configuration.to is not None and configuration.to.format.name == "posit8":
            assert {"posit/place", "overflow/saturate-finite"} <= set(configuration.clauses) or configuration.is_exact


@pytest.mark.parametrize("name", ["posit16", "posit32", "posit20es1"])
def test_points_reach_every_regime(name):
    """Every length of the regime is among the points, at its first posit and beside it; the pool is small."""
    format = get_format(name)
    found = set(points(format))
    starts = {format.grid.floor(Fraction(2) ** (r << format.grid.es)) for r in range(2 - format.width, format.width - 1)}
    assert starts <= found
    assert {n - 1 for n in starts} <= found
    assert len(pool(format)) < 600
