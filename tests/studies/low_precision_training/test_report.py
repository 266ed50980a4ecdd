"""The report of records that are made up."""

import pytest

from refsim.studies.low_precision_training import tables
from refsim.studies.low_precision_training.arms import WIDE, Arm
from refsim.studies.low_precision_training.settings import setting
from refsim.studies.multiplier_costs.costs import ABSENT
from refsim.studies.names import get_study
from refsim.studies.pages.page import page
from refsim.studies.results.claims import FAILS, HOLDS
from refsim.studies.results.measured import Measured
from refsim.studies.running.jobs import Scale
from refsim.studies.study import Records

from .made import invented, records

STUDY = get_study("low-precision-training")
QUICK = Scale("digits", quick=True)
MANIFEST = {"study": STUDY.name, "data": "digits", "quick": True, "versions": {}, "jobs": [], "digest": "0" * 64}


@pytest.mark.parametrize("data", ["digits", "fashion-mnist"])
@pytest.mark.parametrize("quick", [True, False])
def test_a_world_as_in_the_paper_bears_all_claims(data, quick):
    scale = Scale(data, quick)
    found = STUDY.report(scale, records(scale))
    assert {claim.name: claim.verdict for claim in found.claims} == {claim.name: HOLDS for claim in found.claims}
    names = [figure.name for figure in found.figures()]
    assert names == ["computation-width", "storage-width", "radix-point", "overflow-rate", "ranges"]


def test_a_world_in_which_dynamic_fixed_point_is_no_better_does_not():
    swapped = []
    for one in records(QUICK):
        if one["found"] == "errors" and one["kind"] == "dynamic":
            narrow = min(one["computation"], one["storage"])
            other = invented(Arm("fixed", narrow, WIDE), one["seeds"])
            swapped.append({**one, "errors": [x + 0.5 for x in other]})
        else:
            swapped.append(one)
    found = {claim.name: claim.verdict for claim in STUDY.report(QUICK, Records(swapped)).claims}
    assert found["dynamic fixed point 10/12"] == found["not fixed point 10/12"] == found["fewer bits"] == FAILS
    assert found["half, fixed point 20/20"] == found["radix point"] == HOLDS


def test_the_table_of_formats_has_errors_and_costs():
    table = tables.formats(records(QUICK), "maxout")
    rows = dict(zip([(row[1], row[2], row[0]) for row in table.rows], table.rows, strict=True))
    float_, dynamic = rows[32, 32, "float (binary32)"], rows[10, 12, "dynamic fixed point"]
    assert float_[4] == Measured(0.0, 0.0, 0.0, 4)
    assert dynamic[4].value == pytest.approx(0.1), "invented errors of dynamic fixed point are that much above"
    assert (float_[-3:], dynamic[-3:]) == (["binary32", 100.0, 100.0], ["int10", 400.0, 400.0])
    assert rows[10, 12, "fixed point"][-3:] == dynamic[-3:]
    assert [row[-3] for row in table.rows] == ["binary32", "binary16", "int20", "int10", "int10"]


def test_a_width_is_the_one_that_is_swept():
    chart = next(figure for figure in STUDY.report(QUICK, records(QUICK)).figures() if figure.name == "storage-width")
    fixed = chart.panels[0].series[0]
    assert [x for x, _ in fixed.points] == [6, 8, 10, 12, 14, 32]
    assert [found.value > 5 for _, found in fixed.points] == [True, True, True, True, False, False]


def test_the_narrowest_widths_are_those_of_the_invented_world():
    table = tables.narrowest(records(QUICK), {"maxout": setting(QUICK).networks["maxout"].sweeps})
    assert [row[1:] for row in table.rows] == [["fixed point", 14, 14], ["dynamic fixed point", 6, 6]]


def test_the_paper_has_no_numbers_for_fixed_point_of_10_bits():
    table = tables.beside(records(QUICK), ["maxout"])
    assert table.rows[-1][1:4] == [None, None, None]
    assert table.rows[3][1:4] == [1.28, 0.59, pytest.approx(0.23)]
    assert [row[1:3] for row in table.rows[:3]] == [[1.05, 0.51], [1.10, 0.51], [1.39, 0.57]]


def test_the_page_says_where_no_gates_are_counted():
    made = page(STUDY, STUDY.report(QUICK, records(QUICK, counted=False)), MANIFEST, [])
    assert ABSENT in made
    assert "504" in made, "what was reported is there all the same"
    assert "Yosys 0" in page(STUDY, STUDY.report(QUICK, records(QUICK)), MANIFEST, [])


def test_the_page_speaks_of_trainings_that_diverged():
    some = [{**one, "diverged": [1, 2]} if one.get("kind") == "fixed" else one for one in records(QUICK)]
    of = sum(one.get("kind") == "fixed" for one in some)
    assert f"{2 * of} did, in {of} arms" in " ".join(page(STUDY, STUDY.report(QUICK, Records(some)), MANIFEST, []).split())
    assert "None did." in page(STUDY, STUDY.report(QUICK, records(QUICK)), MANIFEST, [])


def test_the_same_records_make_the_same_page():
    pages = {page(STUDY, STUDY.report(QUICK, records(QUICK)), MANIFEST, []) for _ in range(2)}
    assert len(pages) == 1


def words(text):
    """A text without line ends."""
    return " ".join(text.split())


def with_errors(arm, errors):
    """Records in which an arm of the maxout network has these errors."""
    wanted = {"network": "maxout", **arm._asdict()}
    return Records({**one, "errors": errors} if wanted.items() <= one.items() else one for one in records(QUICK))


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([2.0, 2.3, 2.6, 2.0], "are better than"),
        ([5.5, 5.7, 5.1, 5.4], "do not clearly differ from"),
        ([9.0, 9.3, 9.6, 9.0], "are worse than"),
    ],
)
def test_what_very_wide_parameters_do_is_read_off_the_records(errors, said):
    found = STUDY.report(QUICK, with_errors(Arm("dynamic", WIDE, 32), errors))
    assert f"32 bits {said} 14, by" in words(found.sections[2].text)


def test_gates_and_reported_logic_modules_are_compared_in_words():
    # Invented gates rise from one multiplier to the next: those of the three accumulators are 500, 600 and 700.
    [text] = [one.text for one in STUDY.report(QUICK, records(QUICK)).sections if one.title == "What a multiplier costs"]
    assert "16 bits into 32: 27 % of the logic modules, 120 % of the gates" in words(text)
    assert "16 bits into 16: 25 % of the logic modules, 140 % of the gates" in words(text)


def test_the_page_says_what_was_chosen_by_test_errors_and_over_how_many_trainings():
    found = STUDY.report(QUICK, records(QUICK))
    assert "chosen when test errors of trial runs had been seen" in words(found.limits)
    assert "the other has 20 bits, and not the most there are: this was chosen when" in words(found.sections[1].text)
    assert "1000 images of ``digits``" in words(found.set_up)
    seeds = len(setting(QUICK).networks["maxout"].seeds)
    assert all(f"Intervals at 95% over {seeds} seeds of the maxout network" in one.caption for one in found.figures())


def test_fixed_point_that_needs_more_bits_of_one_kind_alone_does_not_bear_the_claim():
    for narrow in ("computation", "storage"):
        some = [
            {**one, "errors": [5.0, 5.5, 5.2, 5.1]} if one.get("kind") == "fixed" and one[narrow] in (8, 10) else one
            for one in records(QUICK)
        ]
        found = {claim.name: claim.verdict for claim in STUDY.report(QUICK, Records(some)).claims}
        assert found["fewer bits"] != HOLDS


def test_beside_the_paper_fixed_point_is_worse_by_what_the_records_say():
    text = words(STUDY.report(QUICK, records(QUICK)).beside_the_paper.text)
    assert "fixed point less that of dynamic fixed point is 74.9 [74.9, 74.9] points in the maxout network" in text


def test_where_float_learns_nothing_no_format_is_enough():
    some = [{**one, "errors": [90.0] * len(one["errors"])} if one["found"] == "errors" else one for one in records(QUICK)]
    found = {claim.name: claim.verdict for claim in STUDY.report(QUICK, Records(some)).claims}
    assert found["dynamic fixed point 10/12"] == FAILS


def test_a_width_has_one_colour_in_all_panels():
    scale = Scale("digits", quick=False)
    chart = next(one for one in STUDY.report(scale, records(scale)).figures() if one.name == "overflow-rate")
    colours = {(line.name, line.colour) for panel in chart.panels for line in panel.series}
    assert colours == {("4 bits", 0), ("10 bits", 1)}
