"""Arms against the first one, over the trials that both have."""

import pytest

from refsim.campaigns.report.report import make_report

from .cases import faults, manifest, row, rows


def test_pairs():
    """Differences and losses are counted pair by pair."""
    one, other = make_report(manifest(), rows()).comparisons
    assert (one.arm, one.faults, one.first, one.trials) == ("hsiao", "flips p=1/1000", "plain", 4)
    assert one.difference.value == pytest.approx(0.0025)
    assert (one.only_first, one.only_arm, one.p_value) == (0, 0, 1)
    assert other.difference.value == pytest.approx((10 + 5 - 2 - 10) / 400)
    assert (other.only_first, other.only_arm) == (2, 1)
    assert other.flips == (3.0, 3.25)


def test_mcnemar():
    """Of ten trials that differ nine lose in the first arm only: twice the tail of ten fair coins."""
    first = [row(0, i, 50) for i in range(9)] + [row(0, 9, 90)]
    second = [row(2, i, 90) for i in range(9)] + [row(2, 9, 50)]
    found = make_report(manifest(), first + second).comparisons[0]
    assert (found.only_first, found.only_arm) == (9, 1)
    assert found.p_value == pytest.approx(2 * (1 + 10) / 2**10)
    assert found.p_holm == found.p_value


def test_several_comparisons():
    """The least p-value counts twice where there are two comparisons, and the greater one is none less (Holm)."""
    rows = [row(cell, i, 50 if cell < 2 and i < 6 + cell else 90) for cell in range(4) for i in range(9)]
    found = make_report(manifest(), rows).comparisons
    assert [one.p_value for one in found] == [2 / 2**6, 2 / 2**7]
    assert [one.p_holm for one in found] == [2 / 2**6, 4 / 2**7]


def test_only_common_trials():
    """Trials that one arm does not have are in no comparison; arms without a common trial are not compared."""
    found = make_report(manifest(), [row(0, 0), row(0, 1, 50), row(2, 1, 90), row(2, 2, 0), row(3, 0)]).comparisons
    assert [(one.faults, one.trials, one.only_first) for one in found] == [("flips p=1/1000", 1, 1)]


def test_without_labels():
    """Flips are compared, accuracies are not."""
    (found, _) = make_report(manifest(labelled=0, correct=0), rows()).comparisons
    assert (found.flips, found.difference, found.p_value) == ((0.75, 0.75), None, None)


def test_every_fault_of_other_sites():
    """Trial t of two arms with other candidates is two faults: they are no pair."""
    found = manifest(some=[faults("all", {"kind": "exhaustive"})])
    assert len(make_report(found, [row(0, 0), row(1, 0)]).comparisons) == 1
    found["cells"][1]["bits"] += 8
    assert make_report(found, [row(0, 0), row(1, 0)]).comparisons == ()


def test_one_arm():
    """There is nothing to compare with."""
    assert make_report(manifest(("one",)), [row(0, 0)]).comparisons == ()


def test_every_fault_leaves_nothing_to_chance():
    """There is no p-value of cells that try every fault, and none of them counts among those of others."""
    some = [faults("all", {"kind": "exhaustive"}), faults("some", {"kind": "rate", "p": "1/10"})]
    found = make_report(manifest(some=some), [row(cell, t, 50 if cell < 2 else 90) for cell in range(4) for t in range(6)])
    every, drawn = found.comparisons
    assert (every.only_first, every.p_value, every.p_holm) == (6, None, None)
    assert (drawn.p_value, drawn.p_holm) == (2 / 2**6, 2 / 2**6)
