"""Vectors of fixed point: shifts by counts that matter, suites of every operation, and mutants that the suites notice."""

from functools import cache

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.operations import OPERATIONS
from refsim.vectors.candidates.shifts import counts, patterns
from refsim.vectors.catalogue_of_mutants.fixed import FIXED
from refsim.vectors.mutants import killed
from refsim.vectors.operations import Configuration
from refsim.vectors.publications_of_fixed import FORMATS, SHIFTS, published
from refsim.vectors.recipes import edge
from refsim.vectors.suites import suites

from .made import configuration

PUBLISHED = list(published())
STORED = [c for c, tier, stored in PUBLISHED if stored and tier == "edge"]
LARGEST = 500
SAMPLE = ("add", "convert", "negation", *SHIFTS)
"""Operations whose suites are made in a moment."""


@cache
def rows(c):
    """The rows of an edge tier with their results."""
    return [(operands, c.results(operands)) for _, operands in edge(c)]


def test_counts_lie_about_the_width():
    """A shift is asked to go by none, by one less than the width, by the width and more, and by the greatest count."""
    for width in (4, 8, 16, 33):
        assert {0, 1, width - 1, width, width + 1, 2 * width, 255} <= set(counts(get_format("uint8"), width))
    assert counts(get_format("uint2"), 8) == [0, 1, 2, 3]
    assert counts(get_format("int4"), 8) == [0, 1, 2, 4, 6, 7]


@pytest.mark.parametrize("name", ["int8", "q7.8", "uint16", "binary16"])
def test_patterns_differ_at_both_ends(name):
    """Codes of all zeros, all ones, one one, one zero, and ones and zeros by turns, with and without the first and the last
    bit."""
    format = get_format(name)
    found = patterns(format)
    width, ones = format.width, (1 << format.width) - 1
    assert {0, ones, 1, 1 << width - 1, ones - 1, ones >> 1} <= set(found)
    assert {(code >> width - 1, code & 1) for code in found} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert len([code for code in found if code ^ code >> 1 == ones]) == 1


@pytest.mark.parametrize("operation", SHIFTS)
@pytest.mark.parametrize("name", FORMATS)
def test_shifts_have_every_count(name, operation):
    """Of every count that matters some rows remain, and some shift a code whose first bit is set."""
    c = configuration(operation, f"{name} uint8")
    width = c.operands[0].width
    found = {(code >> width - 1, count) for (code, count), _ in rows(c)}
    assert {(bit, count) for bit in (0, 1) for count in (0, 1, width - 1, width, 255)} <= found


def test_what_is_published():
    """Arithmetic, signs, scalings, shifts and comparisons in every format, a few hundred rows each, none twice."""
    asked = {(c.operation, c.operands[0].name) for c, _, _ in PUBLISHED}
    names = ["add", "subtract", "multiply", "divide", "negation", "absolute_value", "scale_b", *SHIFTS]
    assert {(name, format) for name in (*names, "compare_quiet_less") for format in FORMATS} <= asked
    overflows = {c.to.overflow.name for c, _, _ in PUBLISHED if c.to}
    assert {"wrap", "wrap:1", "wrap:2", "wrap_sign_magnitude", "wrap_sign_magnitude:1", "saturate_zero"} <= overflows
    assert len({(c, tier) for c, tier, _ in PUBLISHED}) == len(PUBLISHED)
    assert all(16 <= len(rows(c)) <= LARGEST for c in STORED if c.operation in {"negation", *SHIFTS})
    assert {suite.configuration for suite in suites()} >= {c for c, _, _ in PUBLISHED}


@pytest.mark.parametrize("mutant", FIXED, ids=str)
def test_a_stored_suite_notices_each(mutant):
    """Some suite that is stored notices each bug of fixed point, and those that it does not apply to do not claim it."""
    suitable = sorted((c for c in STORED if mutant.applies(c)), key=lambda c: (c.operation not in SAMPLE, c.operands[0].width))
    assert suitable
    assert any(killed(mutant, c, operands, results, flags=True) for c in suitable for operands, results in rows(c))
    assert not mutant.applies(configuration("add", "binary16 binary16", "binary16", "ties_to_even", "infinity"))


@pytest.mark.parametrize("mutant", [m for m in FIXED if m.name.startswith("overflow.")], ids=str)
def test_ends_that_are_one_off_are_noticed_by_sums(mutant):
    """Sums reach every end exactly: all mutants of the ends that apply to them are noticed."""
    for name, rules in (("int8", ("toward_negative", "wrap:1")), ("q2.5", ("ties_to_even", "saturate"))):
        c = configuration("add", f"{name} {name}", name, *rules)
        if mutant.applies(c):
            assert any(killed(mutant, c, operands, results, flags=True) for operands, results in rows(c))


def test_exact_sums_have_no_mutants_of_rounding():
    """Where nothing is between two numbers of the result's format, no bug of rounding applies."""
    names = [mutant.name for mutant in FIXED if mutant.applies(configuration("add", "int8 int8", "int8", "ties_to_away"))]
    assert names
    assert not [name for name in names if name.startswith("rounding.")]
    assert OPERATIONS["add"].exact


def test_clauses_of_rules_with_saturated_bits():
    """A suite under a rule with saturated bits shows the rule's clause, and its file is named after the bits."""
    c = configuration("convert", "int16", "int8", "toward_negative", "wrap_sign_magnitude:2")
    assert "overflow/wrap-sign-magnitude" in c.clauses
    assert c.path == "convert/int16-to-int8/toward_negative.wrap_sign_magnitude-2"
    assert isinstance(c, Configuration)
