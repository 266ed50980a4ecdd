"""The report of records that are made up, and the numbers that it reads off records."""

import pytest

from refsim.studies.names import get_study
from refsim.studies.pages.page import page
from refsim.studies.results.claims import FAILS, HOLDS
from refsim.studies.results.measured import Measured
from refsim.studies.running.jobs import Scale, check_jobs
from refsim.studies.study import Records
from refsim.studies.weight_scaling import readings
from refsim.studies.weight_scaling.claims import claims
from refsim.studies.weight_scaling.settings import PLAIN, SCALED

from .synthetic import records

QUICK = Scale("digits", quick=True)
STUDY = get_study("weight-scaling")


def struck(arm, right, wrong, lost):
    """The record of a memory of ten samples."""
    labels = {"part": "rates", "format": "q2.5", "family": "vgg", "arm": arm.name}
    return {**labels, "samples": 10, "right": right, "wrong": wrong, "lost": {"0.01": lost}}


SOME = Records([struck(PLAIN, 7, [1, 2, 3], [5, 4, 5]), struck(SCALED, 8, [3, 4], [2, 3, 2])])
"""Plain weights keep 2, 3 and 2 samples, scaled ones 6, 5 and 6."""


def test_gains_are_of_pairs_and_apart():
    assert readings.gain(SOME, "q2.5", "vgg", "0.01").value == pytest.approx(100 * (4 + 2 + 4) / 30)
    assert readings.fault_gains(SOME, "q2.5", "vgg", "0.01") == [30.0, 10.0, 30.0]
    assert readings.fault_gains(SOME, "q2.5", "vgg", "0.01", 2) == [20.0, 0.0, 20.0]
    rounding = readings.rounding_gain(SOME, "q2.5", "vgg")
    assert (rounding.value, rounding.trials) == (10.0, 10)
    assert rounding.low < 10 < rounding.high, "two samples are won, one is lost"


def test_an_accuracy_without_faults_has_no_chance():
    assert readings.accuracy(SOME[0], "0") == Measured(70.0, 70.0, 70.0, 1)
    found = readings.accuracy(SOME[0], "0.01")
    assert (found.value, found.trials) == (pytest.approx(70 / 3), 3)


def test_a_point_that_is_not_there_is_said():
    with pytest.raises(ValueError, match="one record has part rates, arm none, not 0"):
        readings.one(SOME, part="rates", arm="none")


@pytest.mark.parametrize("data", ["digits", "fashion-mnist"])
@pytest.mark.parametrize("quick", [True, False])
def test_the_jobs_of_every_scale_fit_its_steps(data, quick):
    found = STUDY.jobs(Scale(data, quick))
    check_jobs(found, STUDY.steps)
    assert {job.step for job in found} == set(STUDY.steps)


def test_the_page_has_all_parts_and_the_rate_0_in_every_row():
    found = STUDY.report(QUICK, records(QUICK))
    tables = {table.name: table for table in found.tables()}
    for name in ("rates-q2.5", "rates-binary16", "rates-binary32"):
        assert [column.name for column in tables[name].columns][:3] == ["network", "weights", "0"]
        assert len(tables[name].rows) == 16
        assert all(row[2] == 95.0 for row in tables[name].rows)
    assert len(tables["cost-q2.5-0.01"].rows) == 10
    assert tables["cost-q2.5-0.01"].rows[4][1] == pytest.approx(9.0), "8000 bits of 1000 weights, and 1000 check bits"
    manifest = {"study": STUDY.name, "data": "digits", "quick": True, "versions": {}, "jobs": [], "digest": "0" * 64}
    text = page(STUDY, found, manifest, [])
    assert all(f"figures/{figure.name}.svg" in text for figure in found.figures())
    assert "54.418" in text


def verdicts(better):
    """The claims by name, where scaled weights keep so many samples more."""
    return {claim.name: claim.verdict for claim in claims(records(QUICK, better))}


def test_the_verdict_on_scaling_follows_the_records():
    good, bad = verdicts(20), verdicts(-5)
    names = ("scaling rescues fixed point", "more than rounding")
    assert [good[name] for name in names] == [HOLDS, HOLDS]
    assert [bad[name] for name in names] == [FAILS, FAILS]
    assert good["smaller errors"] == HOLDS, "errors are 4 times as small"
