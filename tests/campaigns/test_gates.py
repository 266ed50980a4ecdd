"""The checks of a campaign: a sound one passes all of them, and one that lies does not."""

from dataclasses import replace

import numpy as np
import pytest

from refsim.campaigns.gates import bits_of, candidates_by_bit, flips_by_bit, judge
from refsim.campaigns.statistics import gates as statistics

from .small import campaign, write_data, write_network

SOUND = {
    "a rate": {},
    "no flips": {"faults": [{"model": {"kind": "rate", "p": "0"}}]},
    "a thinned rate": {"faults": [{"model": {"kind": "thinned", "p": "0.01", "greatest": "0.1"}}]},
    "a comparator": {"faults": [{"model": {"kind": "dense_rate", "p": "0.05"}}]},
    "exactly two": {"faults": [{"model": {"kind": "count", "k": 2}}]},
    "every bit": {"faults": [{"model": {"kind": "exhaustive"}}]},
    "posits": {"faults": [{"bits": ["fraction"]}], "arms": [{"scheme": "posit8"}]},
    "stuck bits": {"faults": [{"model": {"kind": "stuck_at", "p": "0.1", "ones": "1/2"}, "lifetime": "permanent"}]},
    "results": {"faults": [{"kinds": ["activation"], "lifetime": "until_write"}]},
}


@pytest.fixture
def folder(tmp_path):
    """A folder with data and a network."""
    write_data(tmp_path)
    write_network(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_campaign_passes(folder, name):
    """All checks pass, whatever the faults are."""
    made = campaign(folder, **SOUND[name])
    gates = judge(made, {0: made.rows(0, range(40))})
    assert len(gates) >= 6
    assert [gate for gate in gates if not gate.passed] == []


LIES = {
    "another first trial": (lambda rows: [replace(rows[0], digest="0" * 64), *rows[1:]], "replayed, cell 0"),
    "another last trial": (lambda rows: [*rows[:-1], replace(rows[-1], digest="0" * 64)], "replayed at the end, cell 0"),
    "flips that did not happen": (lambda rows: [replace(row, flips=2 * row.flips) for row in rows], "realised rate, cell 0"),
    "hits without an effect": (
        lambda rows: [replace(row, effective=0, absorbed=0) for row in rows],
        "non-effective hits, cell 0",
    ),
    "a clean trial that is not": (
        lambda rows: [replace(row, hit=0, flips=0, effective=0) for row in rows],
        "clean without flips, cell 0",
    ),
    "samples twice": (
        lambda rows: [replace(row, counts=replace(row.counts, benign=row.counts.benign + 1)) for row in rows],
        "whole counts, cell 0",
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_rows_that_lie_do_not(folder, name):
    """Rows that are not what the campaign computes are found out."""
    change, gate = LIES[name]
    made = campaign(folder)
    gates = {one.name: one.passed for one in judge(made, {0: change(made.rows(0, range(40)))})}
    assert not gates[gate]


def test_a_clean_run_that_changed(folder):
    """A fault that stays in a parameter shows when the campaign is over."""
    made = campaign(folder)
    rows = made.rows(0, range(4))
    codes = made.built(0).network.tensors["dense1.weights"].codes
    codes ^= np.uint8(0x80)
    assert [gate.name for gate in judge(made, {0: rows}) if not gate.passed and gate.name.startswith("clean run")]


def test_a_kept_run_that_changed(folder):
    """A fault that stays in what is kept of the clean run shows in it where this process computed, and in the last trial
    wherever it was.
    """
    made = campaign(folder)
    results = made.built(0).evaluator.kept.results
    first = made.rows(0, range(1))
    results["dense1"] = results["dense1"] ^ np.int8(0x55)
    rows = [*first, *made.rows(0, range(1, 8))]
    assert "arm, kept" in [gate.said.split(":")[0] for gate in judge(made, {0: rows}) if not gate.passed]
    assert [gate.name for gate in judge(campaign(folder), {0: rows}) if not gate.passed] == ["replayed at the end, cell 0"]


def test_bits_by_place(folder):
    """Candidates and flips by the number of the bit: every candidate once in an exhaustive campaign."""
    made = campaign(folder, faults=[{"model": {"kind": "exhaustive"}, "bits": ["sign", 0]}])
    assert candidates_by_bit(made, 0) == {0: 21, 7: 21}
    flips = flips_by_bit(made, 0, range(42))
    assert {bit: count for bit, count in flips.items() if count} == {0: 21, 7: 21}
    assert bits_of(np.array([1, 3, 128], np.uint8)) == {0: 2, 1: 1, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 1}
    assert bits_of(np.zeros(0, np.uint8)) == {}


def test_checks_share_one_alarm(folder, monkeypatch):
    """However many cells there are, a sound campaign fails all checks of chance together as rarely as one of them alone."""
    told = []
    real = statistics.bit_positions

    def seen(flips, candidates, alarm):
        told.append(alarm)
        return real(flips, candidates, alarm)

    monkeypatch.setattr(statistics, "bit_positions", seen)
    made = campaign(folder, faults=[{"name": name} for name in "abc"])
    judge(made, {cell: made.rows(cell, range(4)) for cell in range(3)})
    assert told == [statistics.ALARM / 6] * 3
