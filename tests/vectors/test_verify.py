"""Verification and diagnosis: what counts as a difference, what is counted, and what the report can say of each vector."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.clauses import clauses
from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special
from refsim.spec.projection import Projection
from refsim.vectors.devices import UNKNOWN, Answers, DeviceFailed, device
from refsim.vectors.explanations import clause_of, place_text, written
from refsim.vectors.file import Row, parse, write
from refsim.vectors.verify import verify

from .made import configuration, vectors

SUITE = ("multiply", "e3m2 e3m2", "e3m2", "ties_to_even", "infinity")
V = vectors(*SUITE)
CODES, FLAGS = (column.astype(np.int64) for column in V.results)


def run(answers, v=V, *, flags=False, nan="exact", keep=5, trouble=""):
    """The report on given answers."""
    columns = tuple(np.asarray(column) for column in answers)
    return verify(v, lambda *_: Answers(columns, trouble), "somebody", flags=flags, nan=nan, keep=keep)


def changed(column, row, value):
    """A column with another value in a row."""
    other = column.copy()
    other[row] = value
    return other


def test_right_answers_conform():
    """Answers that are all there and all right conform."""
    for flags in (False, True):
        report = run((CODES, FLAGS) if flags else (CODES,), flags=flags)
        counts = (report.expected, report.answered, report.checked, report.failed)
        assert counts == (len(V), len(V), len(V), 0)
        assert (report.exit_code, report.verdict, report.failures, report.diagnosis) == (0, "conforms", (), None)
        assert sum(count.checked for count in report.classes) == len(V)


@pytest.mark.parametrize("value", ["one off", UNKNOWN, -7, 1 << 6, 1 << 70])
def test_every_wrong_answer_is_found(value):
    """A code that is one off, unknown, negative or wider than its field is wrong, in whichever row."""
    for row in range(0, len(V), 37):
        wrong = int(CODES[row]) ^ 1 if value == "one off" else value
        column = CODES.astype(object) if value == 1 << 70 else CODES
        report = run((changed(column, row, wrong),))
        assert (report.failed, report.exit_code, report.verdict) == (1, 1, "differs")
        (failure,) = report.failures
        assert (failure.row, failure.got, failure.expected) == (row, (wrong,), (int(CODES[row]),))
        assert (failure.line, failure.id) == (V.lines[row], V.ids[row].decode())
        assert failure.class_name == V.classes[V.row_classes[row]]
        assert [(count.name, count.failed) for count in report.classes if count.failed] == [(failure.class_name, 1)]


def test_low_bits_alone_do_not_make_a_right_answer():
    """A result with a bit more than the field has is wrong though all bits of the field are right."""
    assert run((CODES + 64,)).failed == len(V)


def test_flags_count_only_when_asked_for():
    """Wrong flags are differences with --flags and are not even wanted without."""
    wrong = changed(FLAGS, 0, int(FLAGS[0]) ^ 1)
    assert run((CODES, wrong), flags=True).failed == 1
    asked = []

    def remember(_, wanted):
        asked.append(wanted)
        return Answers((CODES, FLAGS)[:wanted])

    for flags in (False, True):
        assert verify(V, remember, "somebody", flags=flags, nan="exact", keep=0).exit_code == 0
    assert asked == [1, 2]


def nan_rows():
    """The rows of the suite whose result is a NaN."""
    format = V.configuration.to.format
    return [row for row, code in enumerate(CODES) if str(format.decode(int(code))).endswith("NAN")]


@pytest.mark.parametrize(
    ("code", "accepted"), [(0x1E, True), (0x1F, True), (0x3E, True), (0x1D, True), (0x1C, False), (0, False)]
)
def test_any_nan_for_a_nan(code, accepted):
    """Any code of a NaN passes for a NaN where that is allowed, and only the canonical one where it is not; infinity and
    numbers never do."""
    rows = nan_rows()
    assert {int(CODES[row]) for row in rows} == {0x1E}
    answers = CODES.copy()
    answers[rows] = code
    assert run((answers,), nan="any").failed == (0 if accepted else len(rows))
    assert run((answers,), nan="exact").failed == (0 if code == 0x1E else len(rows))


def test_a_nan_for_a_number_is_wrong():
    """Accepting any NaN for a NaN does not accept one for a number."""
    row = next(row for row in range(len(V)) if row not in nan_rows())
    assert run((changed(CODES, row, 0x1E),), nan="any").failed == 1


def test_accepting_nans_does_not_accept_flags():
    """With any NaN accepted the flags of that vector still count."""
    row = nan_rows()[0]
    report = run((changed(CODES, row, 0x1F), changed(FLAGS, row, int(FLAGS[row]) ^ 16)), flags=True, nan="any")
    assert report.failed == 1


@pytest.mark.parametrize(
    ("answers", "trouble", "code", "verdict"),
    [
        (CODES[:-1], f"{len(V)} vectors, but {len(V) - 1} answers", 3, "incomplete"),
        (np.append(CODES, 0), f"{len(V)} vectors, but {len(V) + 1} answers", 3, "incomplete"),
        (CODES[:0], f"{len(V)} vectors, but 0 answers", 3, "incomplete"),
        (changed(CODES, 0, UNKNOWN)[:5], f"{len(V)} vectors, but 5 answers", 1, "differs"),
    ],
)
def test_too_few_and_too_many_answers(answers, trouble, code, verdict):
    """Answers that are not as many as vectors leave the verification incomplete; a difference outweighs that."""
    report = run((answers,))
    assert (report.trouble, report.exit_code, report.verdict) == (trouble, code, verdict)
    assert (report.expected, report.answered, report.checked) == (len(V), len(answers), min(len(V), len(answers)))


def test_trouble_with_answers_outweighs_their_being_right():
    """Where an answer could not be read the verification is incomplete."""
    assert run((CODES[:7],), trouble="answer 8 is '?'").exit_code == 3


def test_a_crash():
    """A device that failed is device failure with its reason; nothing was checked."""

    def crash(*_):
        raise DeviceFailed("it died")

    report = verify(V, crash, "somebody", flags=False, nan="exact", keep=5)
    assert (report.exit_code, report.verdict, report.trouble) == (5, "device failed", "it died")
    assert (report.expected, report.answered, report.checked) == (len(V), 0, 0)


def test_nothing_to_check_is_not_conforming():
    """A file without vectors, all of them answered, checks nothing and so is incomplete."""
    c = configuration("convert", "int4", "int4")
    empty = parse(write(c, "edge", "somebody", {}, []).encode())
    report = run((np.zeros(0, np.int64),), empty)
    assert (report.exit_code, report.expected, report.checked) == (3, 0, 0)
    assert device("mutant:sign.unsigned-operand", 1)(empty, 1).columns[0].tolist() == []


def test_only_so_many_failures_are_kept():
    """Failures are counted all and kept up to a number, the first ones."""
    report = run((CODES ^ 1,), keep=3)
    assert (report.failed, [failure.row for failure in report.failures]) == (len(V), [0, 1, 2])
    assert report.rows.tolist() == list(range(len(V)))
    assert run((CODES ^ 1,), keep=0).failures == ()


def test_wide_results():
    """Results above 64 bits are compared in all their bits."""
    v = vectors("convert", "int4", "binary128")
    right = v.results[0]
    assert run((right,), v).exit_code == 0
    assert run((right.astype(object) ^ (1 << 127),), v).failed == len(v)
    assert run((right % (1 << 64),), v).failed > len(v) // 2


def test_a_decoded_datum_is_compared_in_all_its_parts():
    """Decoding is right when kind, sign, significand and exponent are."""
    v = vectors("decode/float4_e2m1fn.exhaustive")
    parts = [column.astype(np.int64) for column in v.results]
    assert run(parts, v).exit_code == 0
    for place in range(4):
        assert run([changed(column, 3, 9) if i == place else column for i, column in enumerate(parts)], v).failed == 1


def test_a_diagnosis_needs_the_right_answers_too():
    """A mutant explains wrong answers only if it also gives the right ones; one that gives some of them is near."""
    mutant = device("mutant:rounding.truncates", 1)(V, 1).columns[0]
    whole = run((mutant,))
    assert "rounding.truncates" in {s.mutant.name for s in whole.diagnosis.explained}
    partly = run((changed(mutant, whole.rows[0], CODES[whole.rows[0]]),))
    assert "rounding.truncates" not in {s.mutant.name for s in partly.diagnosis.explained}
    near = {s.mutant.name: s for s in partly.diagnosis.partial}["rounding.truncates"]
    assert (near.reproduced, near.contradicted) == (partly.failed, 1) == (whole.failed - 1, 1)


def test_a_strange_bug_is_not_explained():
    """Answers that no known bug gives are said to be just that."""
    report = run((CODES ^ 0x15,))
    assert report.diagnosis.explained == ()
    assert len(report.diagnosis.partial) <= 3


def test_a_diagnosis_accepts_the_nans_that_the_verification_accepts():
    """A device with a known bug and NaNs of its own is diagnosed where any NaN is accepted."""
    mutant = device("mutant:rounding.truncates", 1)(V, 1).columns[0].copy()
    mutant[mutant == 0x1E] = 0x3F
    assert run((mutant,), nan="exact").diagnosis.explained == ()
    assert "rounding.truncates" in {s.mutant.name for s in run((mutant,), nan="any").diagnosis.explained}


@pytest.mark.parametrize(
    "names",
    [
        SUITE,
        ("add", "e3m2 e3m2", "e3m2", "toward_negative", "saturate"),
        ("convert", "e5m5", "e3m2", "to_odd", "saturate_propagate"),
        ("convert", "e5m5", "q1.2", "ties_toward_positive", "saturate_zero"),
        ("convert/bfloat16-to-float6_e2m3fn/stochastic_b-3.saturate.edge",),
        ("decode/binary5p3ue.exhaustive",),
    ],
    ids="/".join,
)
def test_every_vector_has_a_clause(names):
    """The clause that decides a vector is one of the specification; that of a vector without a special datum is one that the
    file lists."""
    v = vectors(*names)
    for i in range(len(v)):
        tag = clause_of(v.configuration, v.row(i)[0])
        assert tag in clauses()
        assert tag in v.configuration.clauses or tag == "format/special"


@pytest.mark.parametrize(
    ("a", "b", "clause"),
    [
        (0x0C, 0x0C, "arithmetic/multiply"),
        (0x0D, 0x0D, "round/ties-to-even"),
        (0x1B, 0x1B, "overflow/infinity"),
        (0x1C, 0x0C, "arithmetic/product"),
        (0x1C, 0x00, "arithmetic/product"),
        (0x80 >> 2, 0x0C, "arithmetic/product"),
        (0x1E, 0x0C, "arithmetic/nan"),
    ],
)
def test_which_clause_decides(a, b, clause):
    """Exact results, rounded ones, overflow, infinities, zeros and NaNs each have their clause."""
    assert clause_of(V.configuration, (a, b)) == clause


@pytest.mark.parametrize(
    ("x", "text"),
    [
        ("448", "a number of the format"),
        ("460", "past the last number, 448"),
        ("-460", "past the last number, -448"),
        ("17", "halfway from 16 to 18, the lower one even"),
        ("-19", "halfway from -18 to -20, the lower one odd"),
        ("65/4", "less than half the way, 0.125 of it, from 16 to 18, the lower one even"),
        ("1/1024", "halfway from 0 to 0x1p-9, the lower one even"),
    ],
)
def test_where_a_number_lies(x, text):
    """The place of an exact result among the numbers of float8_e4m3fn, in words."""
    assert place_text(Projection("float8_e4m3fn", "ties_to_even", "saturate"), Fraction(x)) == text


def test_what_was_asked():
    """A vector is written as the operation on the values of its operands."""
    assert written(V.configuration, (0x0D, 0x20)) == "1.25 * -0"
    assert written(configuration("decode", "int8"), (0xFF,)) == "-1"
    assert get_format("e3m2").decode(0x0D) == Fraction(5, 4)


def test_an_unknown_digit_is_no_code_of_64_bits():
    """What an unknown digit counts as is not taken for the code of 64 ones."""
    c, ones = configuration("convert", "uint64", "uint64"), (1 << 64) - 1
    v = parse(write(c, "edge", "somebody", {}, [Row((ones,), (ones, 0))]).encode())
    assert run((np.array([UNKNOWN]),), v).failed == 1
    assert run((np.array([ones], np.uint64),), v).failed == 0


def test_flags_are_no_nans():
    """Flags whose bits would name a NaN in the result's format are not exchanged for others when any NaN is accepted."""
    v = vectors("convert", "int4", "e1m2", "ties_to_even", "infinity")
    codes, flags = v.results
    overflow = int(flags.max())
    assert v.configuration.to.format.decode(overflow) is Special.SIGNALING_NAN
    report = run((codes, np.where(flags == overflow, 7, flags)), v, flags=True, nan="any")
    assert report.failed == int((flags == overflow).sum()) > 0
