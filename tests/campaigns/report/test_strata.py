"""Curves from numbers of flips, against sums of exact binomial probabilities."""

from fractions import Fraction
from math import comb

import pytest

from refsim.campaigns.report.estimates import Method, mean_over_trials
from refsim.campaigns.report.pictures import pictures
from refsim.campaigns.report.report import by_cell, judges_of, make_report
from refsim.campaigns.report.strata import chance_of_a_drop, mean_accuracy, rates, strata
from refsim.campaigns.statistics.planning import bonferroni

from .cases import faults, manifest, row

SITES = [{"number": 0, "name": "w", "kind": "weight", "format": "int8", "width": 8, "count": 1}]
COUNTS = [faults(f"flips k={k}", {"kind": "count", "k": k}) for k in range(1, 9)]
RIGHT = [90, 90, 80, 70, 50, 30, 20, 10, 10]
"""How many are right with 0 to 8 of 8 bits flipped, in every trial."""


def curve(judged, *, loss, some=COUNTS, trials=3):
    """The curve of cells in which every trial comes to the same."""
    found = manifest(("one",), some, SITES, (0,))
    rows = [row(i, t, RIGHT[one["model"]["k"]], flips=one["model"]["k"]) for i, one in enumerate(some) for t in range(trials)]
    report = make_report(found, rows)
    grouped = by_cell(rows, range(len(some)))
    judges = judges_of(found, [cell.facts for cell in report.cells], grouped)
    return strata(report.cells, grouped, judges, Method(0.95, 7, None), judged, loss=loss)


def exact(p, values):
    """The mean over the number of flips of 8 bits."""
    return sum(comb(8, k) * p**k * (1 - p) ** (8 - k) * value for k, value in enumerate(values))


def test_all_numbers_of_flips():
    """With a cell for every number of flips each point is the exact mean at its rate."""
    (found,) = curve(mean_accuracy, loss=False)
    assert (found.name, found.clean) == ("one", 0.9)
    assert found.points[0].x == pytest.approx(0.01 / 8)
    assert found.points[-1].x == 1
    for point in found.points:
        assert point.value == pytest.approx(float(exact(Fraction(point.x), [Fraction(n, 100) for n in RIGHT])))
        assert point.low <= point.value <= point.high


def test_chance_of_a_drop():
    """The same for the share of trials that lose more than a threshold, which is none without flips."""
    (found,) = curve(chance_of_a_drop(Fraction(1, 4)), loss=True)
    for point in found.points:
        assert point.value == pytest.approx(float(exact(Fraction(point.x), [n < 65 for n in RIGHT])))


def test_what_is_missing_widens_the_band():
    """Without a cell for 3 flips and more, their probability is in the band, and the curve ends where it is too much."""
    (found,) = curve(mean_accuracy, loss=False, some=COUNTS[:2])
    whole = {round(point.x, 12): point for point in curve(mean_accuracy, loss=False)[0].points}
    for point in found.points:
        truth = float(exact(Fraction(point.x), [Fraction(n, 100) for n in RIGHT]))
        rest = float(exact(Fraction(point.x), [k > 2 for k in range(9)]))
        assert rest <= 0.2
        assert point.low <= truth <= point.high
        assert point.high - point.low >= rest
    assert found.points[-1].x < max(whole)


@pytest.mark.parametrize("loss", [False, True])
def test_what_is_missing_does_not_bend_the_line(monkeypatch, loss):
    """Where no trial ever lost anything the line is level up to its end."""
    monkeypatch.setattr(f"{__name__}.RIGHT", [90] * 9)
    (found,) = curve(chance_of_a_drop(Fraction(1, 100)) if loss else mean_accuracy, loss=loss, some=COUNTS[:2])
    for point in found.points:
        assert point.value == pytest.approx(0 if loss else 0.9)
        assert point.low <= point.value <= point.high


def test_the_band_is_of_all_strata_together():
    """Of h cells each has its interval at the level that leaves one h-th of what the level leaves."""
    (found,) = curve(mean_accuracy, loss=False, trials=40)
    method = Method(bonferroni(0.95, 8), 7, None)
    strata = [mean_over_trials([Fraction(n, 100)] * 40, method) for n in RIGHT[1:]]
    last = found.points[-1]
    assert (last.low, last.high) == pytest.approx(strata[-1][1:])
    assert strata[-1].low < mean_over_trials([Fraction(1, 10)] * 40, method._replace(level=0.95)).low


def test_one_number_of_flips_is_no_curve():
    """Nor is a campaign without labels, or without trials."""
    assert curve(mean_accuracy, loss=False, some=COUNTS[:1]) == []
    assert curve(mean_accuracy, loss=False, trials=0) == []


def test_so_many_flips_in_each_sample_are_no_stratum():
    """A trial of a hundred samples has a hundred times as many, each where it can hit one sample alone."""
    some = [one | {"per_sample": True} for one in COUNTS[:3]]
    assert curve(mean_accuracy, loss=False, some=some) == []
    mixed = curve(mean_accuracy, loss=False, some=[*COUNTS[:2], some[2]])
    assert mixed == curve(mean_accuracy, loss=False, some=COUNTS[:2])


def test_rates():
    """From a hundredth of an expected flip up to the most flips; never above 1."""
    found = rates(1000, 10)
    assert (found[0], found[-1]) == (pytest.approx(1e-5), pytest.approx(1e-2))
    assert rates(2, 8)[-1] == 1


def test_pictures_of_curves():
    """They are drawn with the cells at rates beside them, if the aim is the same."""
    some = [*COUNTS[:2], faults("p", {"kind": "rate", "p": "1/100"}), faults("other", {"kind": "rate", "p": "1/100"}, [7])]
    rows = [row(i, t, 85) for i in range(4) for t in range(2)]
    found = {one.name: one for one in pictures(make_report(manifest(("one",), some, SITES, (0,)), rows), rows)}
    assert {"accuracy-strata", "loss-strata"} <= set(found)
    (axes,) = found["accuracy-strata"].figure.axes
    assert [one.get_label() for one in axes.containers] == ["one: trials at the rate"]
    assert "one: from numbers of flips" in [line.get_label() for line in axes.lines]
    assert found["accuracy-strata"].caption.endswith("points: cells whose trials have the rate.")
