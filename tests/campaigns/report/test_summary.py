"""The record of a cell, figure by figure, from trials made by hand."""

from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest

from refsim.campaigns.report.facts import Clean
from refsim.campaigns.report.report import make_report
from refsim.campaigns.report.summary import CLASSES, Options, in_class, is_drop
from refsim.campaigns.report.tables import all_tables

from .cases import RATES, faults, manifest, row, rows


def cells(found=None, **more):
    """The records of the cells."""
    return make_report(manifest(**more), rows() if found is None else found).cells


def tail(k, n, p):
    """The probability of k or more of n."""
    return sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


def test_faults_are_counted():
    """Flips, codes and repairs are totals, and the mean is per trial."""
    found = cells()
    assert [one.trials for one in found] == [4, 4, 4, 4]
    assert [one.flips for one in found] == [3, 12, 3, 13]
    assert [one.mean_flips for one in found] == [0.75, 3.0, 0.75, 3.25]
    assert [one.expected for one in found] == [0.24, 2.4, 0.24, 2.4]
    assert [one.untouched for one in found] == [1, 0, 1, 0]
    assert [one.repairs["corrected"] for one in found] == [0, 0, 3, 0]
    assert [one.repairs["detected"] for one in found] == [0, 0, 0, 2]
    assert [one.repairs["residual"] for one in found] == [3, 12, 3, 13]


def test_accuracy():
    """Mean, median and low quantile of the accuracies of the trials, with the clean accuracy beside them."""
    found = cells()
    assert [one.clean for one in found] == [Fraction(9, 10)] * 4
    assert [one.mean.value for one in found] == [0.8975, 0.6625, 0.9, 0.67]
    assert found[1].low.value == 0.10
    assert 0.80 <= found[1].median.value <= 0.85
    for one in found:
        for estimate in (one.mean, one.median, one.low):
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1


def test_drops_are_decided_exactly():
    """A drop counts when it is greater than the threshold; one of exactly a hundredth does not."""
    clean = Clean(100, 90)
    assert [is_drop(row(0, 0, correct), clean, Fraction(1, 100)) for correct in (90, 89, 88, 95)] == [False, False, True, False]
    assert is_drop(row(0, 0, 89), clean, Fraction(0))
    assert not is_drop(row(0, 0, 0), Clean(100, None), Fraction(0))
    assert [(one.dropped.k, one.dropped.n) for one in cells()] == [(0, 4), (3, 4), (0, 4), (2, 4)]
    loose = make_report(manifest(), rows(), options=Options(Fraction(1, 2))).cells
    assert [one.dropped.k for one in loose] == [0, 1, 0, 1]


def test_the_headline_has_the_interval_of_clopper_and_pearson():
    """At the lower end as many drops or more have half of what the level leaves, at the upper end as many or fewer."""
    share = cells()[1].dropped
    assert share.value == 0.75
    assert tail(3, 4, share.low) == pytest.approx(0.025, rel=1e-9)
    assert 1 - tail(4, 4, share.high) == pytest.approx(0.025, rel=1e-9)
    none = cells()[0].dropped
    assert none.low == 0
    assert (1 - none.high) ** 4 == pytest.approx(0.025, rel=1e-9)


def test_where_a_cell_stops_by_what_it_sees_the_interval_holds_anytime():
    """With a rule that looks at the results the interval is a confidence sequence, which is wider."""
    planned, looked = cells()[1].dropped, cells(rule="width")[1].dropped
    assert (planned.k, planned.n) == (looked.k, looked.n)
    assert looked.low < planned.low
    assert looked.high > planned.high


def test_the_event_of_a_rule():
    """Under a rule that looks at an event its rate has the method that suits the rule; of a planned number there is none."""
    assert [one.event for one in cells()] == [None] * 4
    found = cells(rule="events")[1].event
    assert (found.events, found.trials, found.method) == (2, 2, "inverse sampling")
    assert cells(rule="width")[1].event[:2] == (3, 4)


def test_classes():
    """A trial is of a class when one of its samples is, and identical when all of them are; samples are summed up."""
    found = cells()[3].outcomes
    assert list(found) == list(CLASSES)
    assert {name: one.trials.k for name, one in found.items()} == {
        "identical": 2,
        "benign": 0,
        "sdc": 1,
        "due": 1,
        "top1": 1,
        "top5": 0,
        "confidence10": 1,
        "confidence20": 1,
        "critical": 2,
        "healed": 0,
    }
    assert {name: one.images.k for name, one in found.items()}["identical"] == 298
    assert found["due"].images.value == 0.25
    assert found["critical"].images.k == 92
    assert all(one.images.n == 400 for one in found.values())
    assert sum(found[name].images.k for name in ("identical", "benign", "sdc", "due")) == 400
    assert in_class(row(0, 0), "identical")
    assert not in_class(row(0, 0, 89), "identical")


def test_samples_have_the_interval_of_trials():
    """Of two trials, one with all samples wrong, the share of samples is as uncertain as two trials are, not as 200 samples."""
    found = cells([row(0, 0, 90), row(0, 1, 0)] * 1, some=RATES[:1], arms=("one",))[0].outcomes["top1"].images
    assert (found.k, found.n) == (90, 200)
    assert found.high - found.low > 0.5


def test_stopped_machines_are_counted_apart():
    """A trial in which a detector stopped the machine has no right sample; one with some samples due was not stopped."""
    assert [one.stopped.k for one in cells()] == [0, 0, 0, 1]
    found = cells([row(0, 0, 70, due=20, refused=5)])[0]
    assert (found.stopped.k, found.refused, found.outcomes["due"].trials.k) == (0, 5, 1)


def test_a_cell_without_trials():
    """Nothing is known, and nothing is zero."""
    found = cells([])[0]
    assert found.trials == 0
    assert (found.mean, found.median, found.low, found.dropped, found.stopped, found.mean_flips) == (None,) * 6
    assert found.clean == Fraction(9, 10)
    assert found.outcomes == {}


def test_one_trial():
    """Everything is known with an interval that says how little that is."""
    found = cells([row(0, 0, 80)])[0]
    assert found.mean.value == found.median.value == found.low.value == 0.8
    assert (found.dropped.k, found.dropped.n) == (1, 1)
    assert found.dropped.low == pytest.approx(0.025)
    assert found.dropped.high == 1


def test_unknown_labels():
    """Without labels there is no accuracy and no drop; the classes that need none are there."""
    unknown = [row(0, i, 0, critical=0, top1=5) for i in range(3)]
    for found in (
        cells(unknown, labelled=0, correct=0)[0],
        make_report({**manifest(), "arms": []}, unknown).cells[0],
    ):
        assert (found.mean, found.dropped, found.clean) == (None, None, None)
        assert found.outcomes["top1"].images.k == 15


def test_the_clean_run_from_trials():
    """Where the manifest does not say it, the trials do: right ones, and wrong ones that were right, less those made right."""
    trials = [row(0, 0, 92), row(0, 1, 50), row(0, 2, 0, due=100, critical=0)]
    found = make_report({**manifest(), "arms": []}, trials).cells[0]
    assert found.clean == Fraction(9, 10)
    assert found.dropped.k == 2


def image_row(trial, pixels, correct=900):
    """A trial of four images of 256 pixels, of which so many pixels of each have another class, all of them right before."""
    hit = sum(n > 0 for n in pixels)
    made = row(0, trial, correct - sum(pixels), top1=hit, critical=hit, healed=0, pixels=1024, changed_pixels=sum(pixels))
    return replace(made, counts=replace(made.counts, images=4, identical=4 - hit))


def test_images_of_classes():
    """Classes are of images, those with such a pixel; changed pixels have a share of their own, over trials too."""
    trials = [image_row(0, [0, 3, 5, 40]), image_row(1, [0] * 4), image_row(2, [200] * 4), image_row(3, [0, 0, 0, 1])]
    report = make_report(manifest(("one",), RATES[:1], labelled=1000, correct=900), trials)
    (found,) = report.cells
    assert (found.outcomes["critical"].images.k, found.outcomes["critical"].images.n) == (8, 16)
    assert (found.outcomes["critical"].trials.k, found.outcomes["identical"].trials.k) == (3, 1)
    assert found.changed[:3] == (849, 4096, 849 / 4096)
    assert found.changed.low < 849 / 4096 < found.changed.high
    assert (found.clean, found.mean.value) == (Fraction(9, 10), 0.68775)
    shown = {table.title: table for table in all_tables(report)}
    table = shown["Outcomes by sample, %"]
    assert table.columns[-1] == "pixels of another class"
    assert table.rows[0][-1].startswith("20.73\n")
    assert "by one of its pixels or more" in table.said
    assert "all pixels of all samples" in shown["Accuracy"].said


def test_samples_of_one_class_have_no_share_of_pixels():
    """It is that of top1, and nothing is said of pixels."""
    report = make_report(manifest(), rows())
    assert [one.changed for one in report.cells] == [None] * 4
    assert not [table for table in all_tables(report) if "pixel" in " ".join((table.said, *table.columns))]


def test_the_clean_run_from_trials_of_images():
    """Its right pixels are those of a trial that changed nothing; without one they are not known."""
    some = [image_row(0, [0, 3, 5, 40]), image_row(1, [0] * 4)]
    found = [make_report({**manifest(), "arms": []}, trials).cells[0] for trials in (some, some[:1])]
    assert [one.clean for one in found] == [Fraction(900, 1024), None]


def test_nothing_but_nans():
    """Every sample of every trial without a result: all is due, nothing right."""
    found = cells([row(0, i, 0, due=100, critical=0) for i in range(3)])[0]
    assert found.mean.value == 0
    assert found.outcomes["due"].trials.k == found.stopped.k == found.dropped.k == 3
    assert found.outcomes["sdc"].images.k == 0


@pytest.mark.parametrize("options", [{"drop": Fraction(1)}, {"drop": Fraction(-1, 10)}, {"level": 1.0}, {"level": 0}])
def test_options_that_mean_nothing(options):
    """They are refused."""
    with pytest.raises(ValueError, match="not"):
        Options(**options)


def test_rows_that_do_not_belong():
    """A row of another campaign's cell, and a trial that comes twice, are refused."""
    with pytest.raises(ValueError, match="there is a row of cell 9, and the manifest has no such cell"):
        cells([row(9, 0)])
    with pytest.raises(ValueError, match="trial 3 of cell 1 comes twice"):
        cells([row(1, 3), row(1, 3)])


def test_the_order_of_rows_does_not_matter():
    """A report is of a set of trials, and what looks at them in order does so by their numbers."""
    for rule in ("trials", "events"):
        assert make_report(manifest(rule=rule), rows()[::-1]) == make_report(manifest(rule=rule), rows())


def test_a_cell_that_tries_every_fault():
    """Nothing is drawn, so there is no interval when all are tried; before, the trials that are missing have a say."""
    some = [faults("all", {"kind": "exhaustive"}, [7])]
    trials = [row(0, t, 80 if t < 3 else 90) for t in range(30)]
    found = cells(trials, arms=("one",), some=some)[0]
    assert found.dropped[2:] == (0.1, 0.1, 0.1)
    assert found.mean == (0.89, 0.89, 0.89)
    assert found.outcomes["top1"].images[2:] == (0.01, 0.01, 0.01)
    found = cells(trials[:15], arms=("one",), some=some)[0]
    assert found.dropped[2:] == (0.2, 0.1, 0.6)
