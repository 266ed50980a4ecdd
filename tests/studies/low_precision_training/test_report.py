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
