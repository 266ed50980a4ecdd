"""Where a trial's faults are: by the aim of its cell, by the order of exhaustive trials, or by its masks."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.campaigns.report.facts import facts_of
from refsim.campaigns.report.sensitivity import Place, exhaustive_place, hit_place, sensitivity
from refsim.engine.faults import Masks, Target, masks_of
from refsim.spec.catalogue import get_format
from refsim.spec.samplers import Exhaustive
from refsim.spec.sites import Site

from .cases import SITES, faults, manifest, row

EXHAUSTIVE = {"kind": "exhaustive"}


def targets(selection):
    """The sites of the cases, as the specification aims at them."""
    int8 = get_format("int8")
    return [Target(s["number"], Site(s["name"], "weight", int8, s["count"]), None, selection) for s in SITES]


@pytest.mark.parametrize("selection", [(), (7,), (0, 6)])
def test_exhaustive_trials_are_those_of_the_specification(selection):
    """Each trial is where the sampler of the specification flips its bit, and none is past the last."""
    facts = facts_of(manifest(("one",), [faults("all", EXHAUSTIVE, selection)]))[0]
    specified = [target.specified for target in targets(selection)]
    for trial in range(facts.candidates):
        ((number, _, mask),) = Exhaustive().events(0, trial, specified)
        assert exhaustive_place(facts, trial) == Place(SITES[number]["name"], mask.inverted.bit_length() - 1)
    assert exhaustive_place(facts, facts.candidates) is None


def test_sites_of_other_widths():
    """Behind three codes of 4 bits, bit 0 of the next site is candidate 12."""
    sites = [SITES[0] | {"format": "int4", "width": 4, "count": 3}, SITES[1]]
    found = manifest(("one",), [faults("all", EXHAUSTIVE)], sites)
    found["cells"][0]["bits"] = 12 + 80
    facts = facts_of(found)[0]
    assert exhaustive_place(facts, 11) == Place("dense1.weight", 3)
    assert exhaustive_place(facts, 12) == Place("dense2.weight", 0)
    assert exhaustive_place(facts, 91) == Place("dense2.weight", 7)


def test_sites_that_do_not_tell_the_candidates():
    """Where a cell has other candidates than its sites have bits, as with reads by every sample, no place is guessed."""
    found = manifest(("one",), [faults("all", EXHAUSTIVE)])
    found["cells"][0]["bits"] *= 100
    assert exhaustive_place(facts_of(found)[0], 0) is None


def test_shares_by_place():
    """Each place has the share of its own trials' samples."""
    facts = facts_of(manifest(("one",), [faults("all", EXHAUSTIVE)]))
    rows = [row(0, 7, 50), row(0, 15, 70), row(0, 0, 90), row(0, 160 + 3, 81)]
    grid = sensitivity(facts, rows, ["top1"])
    assert grid.sites == ("dense1.weight", "dense2.weight")
    assert grid.bits == (7, 6, 5, 4, 3, 2, 1, 0)
    assert grid.trials == {Place("dense1.weight", 7): 2, Place("dense1.weight", 0): 1, Place("dense2.weight", 3): 1}
    assert grid.shares[Place("dense1.weight", 7)] == Fraction(60, 200)
    assert grid.shares[Place("dense1.weight", 0)] == 0
    assert grid.shares[Place("dense2.weight", 3)] == Fraction(9, 100)


def test_cells_that_aim_at_one_bit():
    """All faults of a cell that aims at one bit of one site are there, however many; a trial without one tells nothing."""
    found = manifest(("one",), [faults("sign", {"kind": "rate", "p": "1/4"}, [7])], targets=(1,))
    grid = sensitivity(facts_of(found), [row(0, 0, 40, flips=3), row(0, 1, flips=0)], ["top1"])
    assert grid.trials == {Place("dense2.weight", 7): 1}


def test_masks_tell_the_place():
    """With the masks of trials, those with one flip, or with one bit of one site, have a place; others have none."""

    def hits(cell, trial):
        """Trial 0: one flip; trial 1: two sites; trial 2: two bits; trial 3: one bit of two elements."""
        assert cell == 0
        one = Masks(np.array([4]), np.array([8], np.uint8), np.zeros(1, np.uint8), np.zeros(1, np.uint8))
        none = Masks(np.zeros(0, np.int64), *(np.zeros(0, np.uint8) for _ in range(3)))
        return [{1: one, 0: none}, {0: one, 1: one}, {0: Masks(one.elements, one.inverted * 3, one.cleared, one.set)}, {}][
            trial
        ]

    facts = facts_of(manifest(("one",), [faults("some", {"kind": "rate", "p": "1/100"})]))
    assert [hit_place(facts[0], hits(0, trial)) for trial in range(4)] == [Place("dense2.weight", 3), None, None, None]
    rows = [row(0, 0, 80), row(0, 1, 70, flips=2), row(0, 2, 60, flips=2), row(0, 3)]
    assert sensitivity(facts, rows, ["top1"], hits).trials == {Place("dense2.weight", 3): 1}
    assert sensitivity(facts, rows, ["top1"]) is None


def test_masks_of_the_engine():
    """The masks that the engine has of the specification's events give the place of the events."""
    facts = facts_of(manifest(("one",), [faults("some", {"kind": "count", "k": 1})]))
    events = Exhaustive().events(0, 100, [target.specified for target in targets(())])
    grid = sensitivity(facts, [row(0, 0, 80)], ["top1"], lambda *_: masks_of(events, targets(())))
    assert list(grid.trials) == [Place("dense1.weight", 100 % 8)]
