"""Devices, reports, remarks and diagnoses for operations of all kinds: three operands, truth values, classes and codes."""

import sys

import pytest

from refsim.clauses import clauses
from refsim.vectors.devices import device
from refsim.vectors.explanations import clause_of, place_text, short_text, written
from refsim.vectors.remarks import remark
from refsim.vectors.reports import as_data, text
from refsim.vectors.verify import CONFORMS, DIFFERS, verify

from .made import configuration, vectors

CLAMP = ("clamp", "uint4 uint4 uint4", "uint4")
SCRIPT = """\
import sys
for line in sys.stdin:
    x, low, high = (int(word, 16) for word in line.split())
    print(f"{min(max(x, low), high):x}")
"""
MODULE = """\
import numpy as np
def clamp(x, low, high):
    return np.minimum(np.maximum(x, low), high)
def wrong(x, low, high):
    return np.maximum(np.minimum(x, low), high)
"""


@pytest.mark.parametrize("kind", ["cmd", "py"])
def test_devices_with_three_operands(kind, tmp_path, monkeypatch):
    """A command reads three words a line, a function takes three arrays; both are told right from wrong."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clamp_script.py").write_text(SCRIPT)
    (tmp_path / "clamp_module.py").write_text(MODULE)
    spec = {"cmd": f"cmd:{sys.executable} clamp_script.py", "py": "py:clamp_module:clamp"}[kind]
    v = vectors(*CLAMP)
    assert v.configuration.roles == ("a", "b", "c")
    assert len(v) > 10
    assert verify(v, device(spec, 60), spec, flags=False, nan="exact", keep=0).exit_code == CONFORMS
    assert verify(v, device("py:clamp_module:wrong", 60), "wrong", flags=False, nan="exact", keep=0).exit_code == DIFFERS


@pytest.mark.parametrize(
    ("names", "mutant", "lines"),
    [
        (
            ("classify", "e3m2"),
            "class.subnormal-normal",
            [
                "asked   class(",
                "expect  y=2 (negative subnormal)",
                "got     y=1 (negative normal)",
                "clause  comparison/class: ",
            ],
        ),
        (
            ("compare_quiet_equal", "e3m2 e3m2"),
            "compare.zeros-differ",
            ["asked   compare_quiet_equal(", "expect  y=1 (true)", "got     y=0 (false)", "clause  comparison/predicate: "],
        ),
        (("next_up", "e3m2"), "next.stuck-at-zero", ["asked   nextUp(0)", "expect  y=01 (0.0625)", "got     y=00 (0)"]),
        (
            ("fma", "e3m2 e3m2 e3m2", "e3m2", "ties_to_even", "infinity"),
            "fma.unfused",
            ["exact   ", "clause  round/ties-to-even: "],
        ),
    ],
)
def test_a_bug_of_every_kind_is_reported_and_named(names, mutant, lines):
    """What was asked, what was expected and what came stand in the report by name, with the clause, and the diagnosis names the
    bug."""
    v = vectors(*names)
    report = verify(v, device(f"mutant:{mutant}", 1), mutant, flags=False, nan="exact", keep=200)
    shown = "\n".join(text(report))
    assert report.exit_code == DIFFERS
    assert [line for line in lines if line not in shown] == []
    assert mutant in {suspect.mutant.name for suspect in report.diagnosis.explained}
    assert all(failure["clause"] in clauses() for failure in as_data(report)["failures"])


@pytest.mark.parametrize(
    ("names", "operands", "expected"),
    [
        (("compare_quiet_less", "e3m2 e3m2"), (0x0C, 0x10), "compare_quiet_less(1, 2) = true"),
        (("classify", "e3m2"), (0x20,), "class(-0) = negative zero"),
        (("negate", "e3m2"), (0x0C,), "-(1) = -1"),
        (("fma", "e3m2 e3m2 e3m2", "e3m2"), (0x0D, 0x0D, 0x0C), "1.25 * 1.25 + 1 = 2.5625 -> 2.5"),
        (("sqrt", "e3m2", "e3m2"), (0x10,), "sqrt(2) -> 1.5"),
        (("sqrt", "e3m2", "e3m2"), (0x14,), "sqrt(4) = 2"),
        (("dot_product", "e3m2 e3m2 e3m2 e3m2", "e3m2"), (0x0C, 0x10, 0x0C, 0x0C), "(1, 2) . (1, 1) = 3"),
        (("scale_b", "e3m2 int4", "e3m2"), (0x0C, 0x0F), "1 * 2**-1 = 0.5"),
        (("add", "binary64 binary64", "binary64"), (0x7FE0000000000000, 1), "0x1p+1023 + 0x1p-1074 -> 0x1p+1023"),
    ],
)
def test_remarks(names, operands, expected):
    """A remark is the operation in numbers, with an arrow where the result is rounded, and without a number that is irrational
    or too long for a line."""
    c = configuration(*names)
    assert remark(c, operands, c.results(operands)) == expected


@pytest.mark.parametrize(
    ("names", "options", "operands", "clause"),
    [
        (("divide", "e3m2 e3m2", "e3m2", "ties_to_even", "infinity"), {}, (0x0C, 0x00), "arithmetic/pole"),
        (("divide", "e3m2 e3m2", "e3m2", "ties_to_even", "infinity"), {}, (0x00, 0x00), "arithmetic/quotient"),
        (("divide", "e3m2 e3m2", "e3m2"), {}, (0x1C, 0x0C), "overflow/saturate"),
        (("sqrt", "e3m2", "e3m2"), {}, (0x2C,), "arithmetic/square-root"),
        (("add", "e3m2 e3m2", "e3m2"), {}, (0x0C, 0x2C), "arithmetic/zero-sign"),
        (("minimum", "e3m2 e3m2", "e3m2"), {}, (0x0C, 0x0D), "extrema/propagating"),
        (("minimum_number", "e3m2 e3m2", "e3m2"), {}, (0x1E, 0x1E), "arithmetic/nan"),
        (("to_integer", "e3m2", "int4", "ties_to_even", "integer_saturate"), {}, (0x1E,), "overflow/integer-saturate"),
        (("multiply", "e3m2 e3m2", "e3m2"), {"nan": "arm"}, (0x1E, 0x0C), "nan/arm"),
        (("multiply", "e3m2 e3m2", "e3m2"), {"subnormals": "flush"}, (0x01, 0x0C), "project/flush-inputs"),
        (("multiply", "e3m2 e3m2", "e3m2"), {"subnormals": "flush"}, (0x04, 0x08), "project/flush-outputs"),
        (("tanh", "e3m2", "e3m2"), {}, (0x0C,), "round/ties-to-even"),
        (("total_order", "e3m2 e3m2"), {}, (0, 0), "comparison/total-order"),
    ],
)
def test_which_clause_decides(names, options, operands, clause):
    """Poles, invalid operations, NaN policies, flushed numbers and choices have their clauses, which the header lists."""
    c = configuration(*names, **options)
    assert clause_of(c, operands) == clause
    assert clause in c.clauses


def test_an_irrational_number_has_a_place_without_a_part():
    """Where an irrational result lies is said in words alone, and its digits are never written."""
    c = configuration("sqrt", "e3m2", "e3m2")
    exact = c.exact((0x10,))
    assert place_text(c.to, exact) == "more than half the way from 1.25 to 1.5, the lower one odd"
    assert short_text(exact) == ""
    assert written(c, (0x10,)) == "sqrt(2)"


def test_titles_name_the_options():
    """A title has the options that are not the usual ones."""
    c = configuration("add", "e3m2 e3m2", "e3m2", subnormals="flush", nan="x86")
    assert c.title == "add e3m2, e3m2 -> e3m2, ties_to_even, saturate, flush, x86"
