"""Vectors of LNS addition: every known bug is noticed by the published suites that it applies to, and parameters are
checked."""

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.formats import Unrepresentable
from refsim.vectors.mutants import killed
from refsim.vectors.procedures.lns_add_bugs import LNS_ADD
from refsim.vectors.procedures.procedure import applied

PLAIN = LNS_ADD.published[0]


@pytest.mark.parametrize("parameters", LNS_ADD.published, ids=lambda parameters: "-".join(parameters.values()))
def test_every_bug_is_noticed(parameters):
    """By codes alone, in every suite."""
    about = applied(LNS_ADD, parameters)
    rows = [(values, about.results(values)) for _, values in LNS_ADD.candidates(parameters)]
    assert 150 < len(set(rows)) < 600
    for mutant in (mutant for mutant in LNS_ADD.mutants if mutant.applies(about)):
        assert any(killed(mutant, about, values, results, flags=False) for values, results in rows), mutant.name


def test_every_bug_applies_somewhere():
    """The suites are about all bugs."""
    about = [applied(LNS_ADD, parameters) for parameters in LNS_ADD.published]
    assert [m.name for m in LNS_ADD.mutants if not any(map(m.applies, about))] == []


def test_rows():
    """4 + 2 and 4 - 2 in eighths, worked out by hand: logarithms 16 and 8; 16 + 5 and 16 - 8."""
    assert LNS_ADD.run(PLAIN, (16, 8)) == (21, 0)
    assert LNS_ADD.run({**PLAIN, "operation": "subtract"}, (16, 8)) == (8, 0)
    assert LNS_ADD.explain(PLAIN, (16, 8), (21, 0)) == "4 + 2, logarithms 8 steps apart -> 2**(21/8)"
    zero = get_format("lns4.3").code(False, 0)
    assert LNS_ADD.explain(PLAIN, (zero, 8), (8, 0)) == "0 + 2 -> 2"
    with pytest.raises(Unrepresentable, match=r"outside the range of lns4\.3$"):
        LNS_ADD.run({**PLAIN, "end": "error"}, (127, 127))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "int8"}, "^lns_add takes an LNS format such as lns4.3, not int8$"),
        ({"table": "40:3"}, "^a table is three integers such as 40:3:3, not '40:3'$"),
        ({"table": "40:4:3"}, "has at most 3 fraction bits"),
    ],
)
def test_parameters_that_are_refused(change, message):
    """Formats and tables that do not fit."""
    with pytest.raises(ValueError, match=message):
        LNS_ADD.run({**PLAIN, **change}, (1, 1))
