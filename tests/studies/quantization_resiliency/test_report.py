"""The report of records that follow a law: what it says is known."""

import pytest

from refsim.studies.pages.page import page
from refsim.studies.quantization_resiliency.paper import REPORTED
from refsim.studies.quantization_resiliency.points import curves, points
from refsim.studies.quantization_resiliency.study import STUDY
from refsim.studies.results.claims import FAILS, HOLDS
from refsim.studies.results.tables import csv_text, json_text
from refsim.studies.running.jobs import Scale

from .made import records

SCALES = [Scale(data, quick) for data in ("digits", "fashion-mnist") for quick in (True, False)]


def verdicts(report):
    """The verdicts by claim."""
    return {claim.name: claim.verdict for claim in report.claims}


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_where_the_law_is_that_of_the_paper_its_claims_hold(scale):
    report = STUDY.report(scale, records(scale))
    assert set(verdicts(report).values()) == {HOLDS}
    assert all(csv_text(table) and json_text(table) for table in report.tables())
    names = [*(table.name for table in report.tables()), *(figure.name for figure in report.figures())]
    assert len(set(names)) == len(names) - len({"compression"})  # A table and a figure of one name, in two folders.
    text = page(
        STUDY, report, {"data": scale.data, "quick": scale.quick, "study": "x", "versions": {}, "jobs": [], "digest": ""}, []
    )
    assert "nan" not in text


def test_where_larger_networks_lose_more_the_claims_fail():
    scale = Scale("digits", quick=True)
    report = STUDY.report(scale, records(scale, gap=lambda weights, _levels: weights / 500))
    found = verdicts(report)
    assert found["larger-networks-lose-less"] == found["gap-almost-vanishes"] == found["deeper-networks-lose-less"] == FAILS
    assert all(claim.tried for claim in report.claims if claim.name in ("gap-almost-vanishes", "deeper-networks-lose-less"))


def test_where_retraining_does_nothing_the_claims_fail():
    scale = Scale("digits", quick=True)
    report = STUDY.report(scale, records(scale, gap=lambda *_: 29.0))
    assert verdicts(report)["retraining-recovers"] == FAILS


def test_where_quantization_loses_more_than_memory_brings_the_claim_fails():
    scale = Scale("digits", quick=True)
    report = STUDY.report(scale, records(scale, gap=lambda *_: 29.0))
    assert verdicts(report)["few-levels-use-memory-better"] == FAILS


def test_curves_are_by_family_and_depth_from_small_to_large():
    found = curves(points(records(Scale("digits", quick=True))))
    assert [(curve.family, curve.depth) for curve in found] == [("mlp", 1), ("mlp", 3), ("cnn", 3)]
    for curve in found:
        sizes = [point.weights for point in curve.points]
        assert sizes == sorted(sizes)
        assert len(curve.quantized) < len(curve.points)


def test_the_reported_tables_agree_with_themselves():
    differences = {3: [3.91, 2.38, 2.24, 1.55, 1.18, 0.22, 1.07], 7: [1.90, 1.53, 0.91, 1.18, -0.04, 0.03, 0.08]}
    assert [round(one.ternary[1] - one.floating, 2) for one in REPORTED] == differences[3]
    assert [round(one.seven[1] - one.floating, 2) for one in REPORTED] == differences[7]
