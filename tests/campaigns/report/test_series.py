"""What curves and histograms show."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from refsim.campaigns.report.report import make_report
from refsim.campaigns.report.series import count_of, edges, histogram, rate_of, series

from .cases import faults, manifest, row, rows


def mean(found):
    """The mean accuracy of a cell."""
    return found.mean


def test_one_series_for_each_arm():
    """Points in order of their rates, under the arms' names, which are all that differs."""
    found = series(make_report(manifest(), rows()).cells, rate_of, mean)
    assert [(one.name, one.arm, one.kind, one.clean) for one in found] == [("plain", 0, 0, 0.9), ("hsiao", 1, 0, 0.9)]
    assert [(point.x, point.value) for point in found[0].points] == [(0.001, 0.8975), (0.01, 0.6625)]


def test_faults_of_other_models_and_aims_are_not_joined():
    """A series is of one model and one aim, and is named after what tells it from the others."""
    some = [
        faults("a", {"kind": "rate", "p": "1/1000"}),
        faults("b", {"kind": "rate", "p": "1/100"}, ["sign"]),
        faults("c", {"kind": "dense_rate", "p": "1/100"}),
        faults("d", {"kind": "rate", "p": "0"}),
        faults("e", {"kind": "count", "k": 2}),
        faults("f", {"kind": "exhaustive"}),
    ]
    cells = make_report(manifest(("one",), some), [row(i, 0) for i in range(6)]).cells
    found = series(cells, rate_of, mean)
    assert [one.name for one in found] == [
        "one, rate, weight; until reload",
        "one, rate, weight; bits sign; until reload",
        "one, dense rate, weight; until reload",
    ]
    assert [len(one.points) for one in found] == [1, 1, 1]
    assert [(one.name, one.points[0].x) for one in series(cells, count_of, mean)] == [("one", 2.0)]


def test_cells_without_trials_have_no_point():
    """What is not known is not drawn."""
    found = series(make_report(manifest(), rows()[:4]).cells, rate_of, mean)
    assert [[point.x for point in one.points] for one in found] == [[0.001]]
    assert series(make_report(manifest(labelled=0, correct=0), rows()).cells, rate_of, mean) == []


@settings(max_examples=30)
@given(st.lists(st.fractions(0, 1, max_denominator=500), min_size=1, max_size=30))
def test_every_value_is_in_one_bin(values):
    """The bins are equally wide, end at or past 1, and hold each value once; an edge belongs to the bin above it."""
    borders = edges(values)
    counts = histogram(values, borders)
    assert sum(counts) == len(values)
    assert len({b - a for a, b in pairwise(borders)}) == 1
    assert borders[0] <= min(values)
    assert borders[-1] >= 1
    for i, count in enumerate(counts[:-1]):
        assert count == len([v for v in values if borders[i] <= v < borders[i + 1]])


def test_bins():
    """Narrow bins where all trials are good, wide ones where some are not, and one for trials without an error."""
    assert len(edges([Fraction(3, 4)])) == 26
    assert len(edges([Fraction(1, 2)])) == 26
    assert len(edges([Fraction(0)])) == 26
    assert histogram([Fraction(9, 10), Fraction(899, 1000), Fraction(1)], (Fraction(8, 10), Fraction(9, 10), Fraction(1))) == (
        1,
        2,
    )
    assert histogram([Fraction(1)], edges([Fraction(1)])) == (1,)
