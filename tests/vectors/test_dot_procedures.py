"""Dot products as procedures: their vectors against sums written anew, what suites tell apart, and what they refuse."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO, Special
from refsim.spec.formats import Unrepresentable
from refsim.vectors.devices import device
from refsim.vectors.file import parse
from refsim.vectors.mutants import killed
from refsim.vectors.procedures import PROCEDURES
from refsim.vectors.procedures.dot import explain, run, shape
from refsim.vectors.procedures.dot_bugs import DOT
from refsim.vectors.procedures.dot_chain import DOT_CHAIN
from refsim.vectors.procedures.dot_configurations import configuration
from refsim.vectors.procedures.procedure import applied
from refsim.vectors.subjects import get_mutant
from refsim.vectors.suites import matching, procedure_rows
from refsim.vectors.verify import CONFORMS, DIFFERS, verify

PLAIN = {"multiplier": "exact", "bias": "none", "scales": "none", "output": "none"}
SEQUENTIAL = {(p["x"], p["accumulator"]): p for p in DOT.published if p.items() >= PLAIN.items()}
SINGLE = "sequential(binary32/ties_to_even/infinity)"


@cache
def rows_of(x, accumulator):
    """The published vectors of an accumulator."""
    about = applied(DOT, SEQUENTIAL[x, accumulator])
    return about, procedure_rows(about)[0]


def signed(code, width):
    """The integer of a code of two's complement."""
    return code - (code >> width - 1 << width)


def limited(total, width, how):
    """A sum in a register of so many bits, and whether it was outside."""
    low, high = -(1 << width - 1), (1 << width - 1) - 1
    if how == "wrap":
        return signed(total % (1 << width), width), not low <= total <= high
    low += how == "saturate_symmetric"
    return min(max(total, low), high), not low <= total <= high


@pytest.mark.parametrize(
    ("width", "how", "length"), [(16, "saturate", 8), (18, "saturate", 16), (16, "wrap", 8), (16, "saturate_symmetric", 8)]
)
def test_integers_by_hand(width, how, length):
    """Each vector of int8 is what a loop over integers gives, flags included; many of them pass an end and come back."""
    _, rows = rows_of("int8", f"sequential(int{width}/toward_zero/{how})")
    back = 0
    for operands, results, *_ in rows:
        xs, ys = ([signed(code, 8) for code in part] for part in (operands[:length], operands[length:]))
        total = raised = 0
        for x, y in zip(xs, ys, strict=True):
            total, outside = limited(total + x * y, width, how)
            raised |= outside
        assert results == (total % (1 << width), 5 * raised)
        back += raised and abs(total) < (1 << width - 1) - 1
    assert back >= 12


@pytest.mark.parametrize("x", ["float8_e4m3fn", "binary16"])
def test_binary32_by_numpy(x):
    """Products of these are exact in float32, and NumPy adds them one after the other as the specification does."""
    _, rows = rows_of(x, SINGLE)
    format, seen = get_format(x), 0
    for operands, (code, _), *_ in rows:
        data = [-0.0 if format.decode(c) is NEGATIVE_ZERO else format.decode(c) for c in operands]
        if any(isinstance(datum, Special) for datum in data):
            continue
        numbers = np.array(list(map(float, data)), np.float32)
        products = numbers[:8] * numbers[8:]
        total = products[0]
        for product in products[1:]:
            total = np.float32(total + product)
        assert total.view(np.uint32) == code
        seen += 1
    assert seen > 100


NOTICED = {
    "int8 sequential(int18/toward_zero/saturate)": "narrow wide sat-end wrap lowest-lost wrap-mid sat-mid last-lost first-lost"
    " lane-dead lanes-swapped reversed pairwise unsigned flags-of-last",
    "int8 sequential(int16/toward_zero/wrap)": "narrow saturates sat-mid unsigned",
    "int8 sequential(int16/toward_zero/saturate,sticky)": "not-sticky sat-end wrap reversed",
    f"float8_e4m3fn {SINGLE}": "narrow wide reversed pairwise from-zero ties-away cut",
    "float8_e4m3fn sequential(binary32/ties_to_even/infinity,group=4,align=13/toward_zero/value/apart)": "align-short"
    " align-long align-floor align-nearest align-factors align-sum unaligned group-half",
    "float8_e5m2 sequential(binary32/ties_to_even/infinity,group=4,align=13/toward_zero/factors/with_sum)": "align-value"
    " align-apart align-floor",
    "float8_e4m3fn sequential(binary32/ties_to_even/infinity,group=4,align=14/toward_negative/factors/apart)": "align-cut",
    "binary16 sequential(binary16/ties_to_even/infinity)": "product-rounded narrow wide flushed pairwise reversed",
    "binary16 sequential(binary16/ties_to_even/infinity/subnormals=flush)": "kept",
}
"""By operands and accumulator, bugs that its own vectors must notice, by code or flags."""


@pytest.mark.parametrize(("case", "names"), NOTICED.items(), ids=[case[-40:] for case in NOTICED])
def test_suites_tell_apart(case, names):
    """Narrower and wider registers, limits at each step or at the end, orders, alignments: each by at least two vectors."""
    about, rows = rows_of(*case.split(" "))
    for name in names.split():
        mutant = get_mutant(f"dot.{name}")
        assert mutant.applies(about)
        count = 0
        for row in rows:
            count += killed(mutant, about, row.operands, row.results, flags=name.startswith("flags"))
            if count == 2:
                break
        assert count == 2, name


def test_bugs_answer():
    """A bug that gives no answer would be noticed for nothing: each answers every vector of each suite that it can show in."""
    for parameters in DOT.published[5::12]:
        about = applied(DOT, parameters)
        rows, _ = procedure_rows(about)
        for mutant in (mutant for mutant in DOT.mutants if mutant.applies(about)):
            assert all(mutant.results(about, row.operands) is not None for row in rows[:: len(rows) // 4]), mutant.name


def test_names_and_sizes_of_suites():
    """Each configuration has a suite of its own name."""
    for procedure in (DOT, DOT_CHAIN):
        paths = {applied(procedure, parameters).path for parameters in procedure.published}
        assert len(paths) == len(procedure.published)
        assert len(matching((f"{procedure.name}/*",))) == len(paths)
    assert len(DOT.published) >= 40


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"x": "int7x"}, "unknown format 'int7x'"),
        ({"length": "0"}, "the length of a dot product is an integer from 1 to 64, not '0'"),
        ({"length": "four"}, "the length of a dot product is an integer from 1 to 64, not 'four'"),
        ({"bias": "int32"}, "bias 'int32' is neither none nor one of first, last, output and a format, as in first:int32"),
        ({"bias": "first:int32,int8"}, "a dot product has one bias, not 2"),
        ({"scales": "all:int8"}, "scales 'all:int8' is neither none nor one of terms, sum, steps and a format"),
        ({"multiplier": "rounding(x)"}, "there is no multiplier 'rounding'; did you mean rounded?"),
        ({"accumulator": "sequential(int8/stochastic_a:4/wrap,sticky)"}, "a sum that may skip a write takes no random bits"),
        ({"output": "int8"}, "a projection is a format, a rounding rule and an overflow rule"),
    ],
)
def test_parameters_that_mean_nothing(others, message):
    """Each is refused in one line."""
    plain = configuration("int8", "int8", 4, "sequential(int18/toward_zero/saturate)")
    assert shape(plain).length == 4
    with pytest.raises(ValueError, match=message):
        shape({**plain, **others})


def test_no_result():
    """What an accumulator refuses has no vector."""
    logs = "log_domain(log_sum(q5.3/toward_negative/saturate,whole),whole,binary32/ties_to_even/infinity)"
    parameters = configuration("int8", "int8", 2, logs)
    assert run(parameters, (2, 1, 4, 1))[0] == 0x41000000
    with pytest.raises(Unrepresentable, match="a sum of logarithms needs powers of two, not 9"):
        run(parameters, (3, 1, 3, 1))


def test_random_bits_are_operands():
    """Each write has a field of its own; what is dropped is added to the bits and carries, written anew in integers."""
    stochastic = "sequential(q6.5/stochastic_a:5/saturate)"
    parameters = configuration("q2.5", "q2.5", 4, stochastic, bias="last:q2.5", output="q2.0/toward_zero/saturate")
    fields = list(DOT.operands(parameters))
    assert [(field.name, field.bits) for field in fields[8:]] == [("bias", 8), *((f"r{i}", 5) for i in range(5))]
    about, seen = applied(DOT, configuration("q2.5", "q2.5", 4, stochastic)), set()
    for row in procedure_rows(about)[0]:
        xs, ys, draws = row.operands[:4], row.operands[4:8], row.operands[8:]
        total = 0
        for x, y, r in zip(xs, ys, draws, strict=True):
            exact = (total << 5) + signed(x, 8) * signed(y, 8)
            total = (abs(exact) + r >> 5) * (1 if exact >= 0 else -1)
            total, _ = limited(total, 12, "saturate")
            seen.add((exact % 32 + r >= 32, r))
        assert row.results[0] == total % (1 << 12)
    assert {(False, 0), (True, 31)} <= seen
    assert len({r for _, r in seen}) > 20
    chained = {name: about.parameters[name] for name in about.parameters if name not in {"bias", "scales"}}
    with pytest.raises(ValueError, match="a chain of dot products takes no random bits"):
        applied(DOT_CHAIN, {**chained, "feedback": "operand"}).results((1, 1))


def test_remarks_show_partial_sums():
    """A remark is the sums on the way; of many the first ones and the last."""
    plain = configuration("int8", "int8", 4, "sequential(int16/toward_zero/saturate)")
    operands = (127, 127, 127, 128, 127, 127, 127, 127)
    assert explain(plain, operands, run(plain, operands)) == "16129 -> 32258 -> 32767 -> 16511"
    long = configuration("int8", "int8", 8, "sequential(int16/toward_zero/saturate)", bias="first:int16")
    assert explain(long, (*range(8), *[1] * 8, 5), ()) == "5 -> 5 -> 6 -> 8 -> ... -> 33"


def test_chains_end_in_what_the_signature_says():
    """A chain's vector holds the last result; a device that is wrong once in 256 results conforms in the short ones."""
    about = applied(DOT_CHAIN, DOT_CHAIN.published[1])
    right, bug = run_chain(about, (7, 255)), get_mutant("dot_chain.once-in-256")
    assert bug.results(about, (7, 255)) == right
    assert bug.results(about, (7, 256)) != run_chain(about, (7, 256))
    with pytest.raises(Unrepresentable, match="the seed of a shift register"):
        run_chain(about, (0, 4))
    assert PROCEDURES["dot_chain"].published == DOT_CHAIN.published


def run_chain(about, operands):
    """What the specification says."""
    return about.results(operands)


SUITE = "dot/int8.int8.16.sequential-int18-toward_zero-saturate.edge"
SOURCE = Path(__file__).parents[2] / "examples" / "c" / "int18_dot.c"


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize(("bug", "diagnosis"), [(0, None), (1, "dot.sat-end"), (2, "dot.narrow"), (3, "dot.wrap")])
def test_the_device_in_c(tmp_path, bug, diagnosis):
    """The example conforms, and each of its planted bugs is found and named."""
    program = tmp_path / "device"
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", f"-DBUG={bug}", "-o", program, SOURCE], check=True)
    (suite,) = matching((SUITE,))
    report = verify(parse(suite.text().encode()), device(f"cmd:{program}", 60), "it", flags=True, nan="exact", keep=1)
    assert report.exit_code == (DIFFERS if diagnosis else CONFORMS)
    found = [suspect.mutant.name for suspect in report.diagnosis.explained] if report.diagnosis else []
    assert found[:1] == ([diagnosis] if diagnosis else [])
