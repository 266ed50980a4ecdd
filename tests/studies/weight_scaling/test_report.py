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
from refsim.studies.weight_scaling.settings import PLAIN, SCALED, SECDED

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


def test_faults_are_the_same_ones_but_in_other_trainings():
    """Every memory of a training meets the same faults, each training its own: a mean over them has both chances."""
    found = STUDY.jobs(Scale("digits", quick=False))
    again = {job.options["labels"]["training"]: job.options["faults"] for job in found if job.name.startswith("trainings/")}
    assert len(again) == len(set(again.values())) == 5
    assert {job.options["faults"] for job in found if job.step != "train" and not job.name.startswith("trainings/")} == {
        again[1]
    }


def test_rates_have_trials_and_sweeps_theirs():
    """Rates from 0.000001 to 0.01, in three formats with ten memories, every one paired with plain weights."""
    found = [job for job in STUDY.jobs(QUICK) if job.name.startswith("rates/")]
    assert {rate for job in found for rate in job.options["rates"]} == {"0.000001", "0.00001", "0.0001", "0.001", "0.01"}
    assert {count for job in found for count in job.options["rates"].values()} == {11}
    assert {job.options["labels"]["format"] for job in found} == {"binary32", "binary16", "q2.5"}
    assert len({own["arm"] for job in found for own, _ in job.options["memories"]}) == 10


def test_the_set_up_says_what_it_takes_to_do_it_again():
    text = STUDY.report(QUICK, records(QUICK)).set_up
    for said in (
        "Adam on 777 samples",
        "8 epochs of batches of 32",
        "with the seed 1",
        "over 100 test",
        "11 trials",
        "seeds 1 to 3",
    ):
        assert said in " ".join(text.split())


def test_a_mean_of_networks_is_taken_trial_by_trial():
    """Trial n of all networks together: as many trials as one network has."""
    found = readings.mean_gain(records(QUICK), "q2.5", "0.01", PLAIN, SCALED)
    assert (found.value, found.trials) == (10.0, 11)


def test_bits_are_those_of_a_weight_and_all_beside_it():
    assert readings.bits_per_weight(records(QUICK), "q2.5", "vgg", SECDED) == 9.0


def verdicts(better):
    """The claims by name, where scaled weights keep so many samples more."""
    return {claim.name: claim.verdict for claim in claims(records(QUICK, better))}


def test_the_verdict_on_scaling_follows_the_records():
    good, bad = verdicts(20), verdicts(-5)
    names = ("scaling rescues fixed point", "more than rounding")
    assert [good[name] for name in names] == [HOLDS, HOLDS]
    assert [bad[name] for name in names] == [FAILS, FAILS]
    assert good["smaller errors"] == HOLDS, "errors are 4 times as small"
