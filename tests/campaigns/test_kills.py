"""Runs that are killed at any moment, by a signal that no program can answer: what they leave is whole, and is gone on from."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from refsim.campaigns import store

from .toy import CELLS, Toy, begun, expected_rows, main

ROOT = Path(__file__).parents[2]


def started(path, workers, seconds, batch):
    """A run in a process of its own."""
    command = [sys.executable, "-m", "tests.campaigns.toy", path, str(workers), str(seconds), str(batch)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)


def killed(path, workers, seconds, batch, lines, after):
    """Whether a run was killed before it ended, so long after it said so many lines. Its workers end by themselves."""
    run = started(path, workers, seconds, batch)
    for _ in range(lines):
        run.stdout.readline()
    time.sleep(after)
    others = psutil.Process(run.pid).children(recursive=True) if run.poll() is None else []
    run.kill()
    run.stdout.close()
    said = run.stderr.read()
    run.stderr.close()
    ended = run.wait()
    assert ended in {0, -signal.SIGKILL}, said
    _, left = psutil.wait_procs(others, timeout=30)
    assert not left
    return ended != 0


def killed_and_resumed(folder, kills, workers, seconds, batch, seed):
    """Kill runs so many times, at moments that are drawn, with a new campaign wherever one ends; each ends as one that was
    never killed. How many kills left something that was gone on from."""
    main(folder / "whole.sqlite", 1, 0, batch)
    whole, draw, campaigns, midway = store.export(folder / "whole.sqlite"), random.Random(seed), 0, 0
    while kills:
        path = folder / f"{campaigns}.sqlite"
        lines = draw.randrange(8)
        # Before the first line, Python starts and the store is made.
        if killed(path, workers, seconds, batch, lines, draw.uniform(0, 2 * seconds + 0.01) if lines else draw.uniform(0, 1)):
            kills -= 1
            midway += lines > 1 and bool(store.read(path).rows)
        else:
            campaigns += 1
            assert store.export(path) == whole
    path = folder / f"{campaigns}.sqlite"
    main(path, 1, 0, batch)
    assert store.export(path) == whole
    assert {one.name for one in folder.iterdir()} == {"whole.sqlite", *(f"{one}.sqlite" for one in range(campaigns + 1))}
    return midway


def test_killed_a_few_times(tmp_path):
    """Three times, twice of them when something was stored."""
    assert killed_and_resumed(tmp_path, 3, 1, 0.03, 8, seed=1) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "seconds", "batch"), [(1, 0.03, 8), (2, 0.05, 8), (1, 0.0, 1), (2, 0.0, 1)])
def test_killed_many_times(tmp_path, workers, seconds, batch):
    """Twenty-five times: while batches are computed, and, where batches are single trials, while they are written."""
    assert killed_and_resumed(tmp_path, 25, workers, seconds, batch, seed=2) > 10


@pytest.mark.parametrize("place", ["before", "between", "at the end"])
def test_killed_inside_a_transaction(tmp_path, place):
    """By SQLite's own steps: a process that ends in the middle of writing a batch, with its journal on the disk."""
    path = tmp_path / "kept.sqlite"
    code = f"""
import os, signal
from pathlib import Path
from refsim.campaigns import store
from tests.campaigns.toy import Toy, toy_row
kept = store.begin(Path({str(path)!r}), Toy().manifest())
kept.add([toy_row(0, 0, trial) for trial in range(40)], "go on", 1.0)
kept.connection.execute("PRAGMA cache_size=1")
kept.connection.execute("PRAGMA cache_spill=1")
with kept._transaction() as connection:
    for trial in range(40, 2000):
        if trial == {{"before": 40, "between": 1000, "at the end": 1999}}[{place!r}]:
            os.kill(os.getpid(), signal.SIGKILL)
        flat = toy_row(0, 0, trial).flat()
        connection.execute("INSERT INTO rows VALUES (" + ", ".join("?" * len(flat)) + ")", flat)
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    journal = tmp_path / "kept.sqlite-journal"
    assert journal.exists() == (place != "before")
    if journal.exists():
        # Pages were written over before the transaction ended: without the journal it would not be a campaign any more.
        assert path.stat().st_size > 30 * 4096
    assert store.read(path).rows == {0: expected_rows(0)}
    assert not journal.exists()
    with begun(path, Toy()) as kept:
        assert kept.rows(0) == expected_rows(0)


@pytest.mark.parametrize("way", ["from a terminal", "alone"])
def test_told_to_stop(tmp_path, way):
    """Ctrl-C reaches a program and its workers, SIGTERM the program: it says how to go on, leaves no process, and what it has
    is what the beginning of a whole run has."""
    run = started(tmp_path / "kept.sqlite", 2, 0.2, 8)
    for _ in range(3):
        run.stdout.readline()
    others = psutil.Process(run.pid).children(recursive=True)
    if way == "alone":
        os.kill(run.pid, signal.SIGTERM)
    else:
        os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "refsim.campaigns.runner.Interrupted: stopped after" in said
    assert not psutil.wait_procs(others, timeout=30)[1]
    found = store.read(tmp_path / "kept.sqlite").rows
    assert found[0]
    assert all(found.get(cell, []) == expected_rows(cell)[: len(found.get(cell, []))] for cell in CELLS)
