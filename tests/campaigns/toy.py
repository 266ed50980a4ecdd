"""A campaign that costs nothing: rows from a digest of cell and trial. Run as a program, it is what the kill tests kill."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from refsim.campaigns import store
from refsim.campaigns.plan import Stop
from refsim.campaigns.rows import COLUMNS, row
from refsim.campaigns.runner import run

CELLS = {0: Stop("trials", 40), 1: Stop("events", 200, events=9), 2: Stop("trials", 23), 3: Stop("events", 1000, events=16)}
BATCH = 8


@dataclass(frozen=True)
class Toy:
    """A pure function of seed, cell and trial. ``seconds`` for each batch; ``fails`` and ``dies`` are cells and trials."""

    seed: int = 0
    seconds: float = 0.0
    fails: tuple[tuple[int, int], ...] = ()
    dies: tuple[tuple[int, int], ...] = ()

    def manifest(self):
        return {"name": "toy", "seed": self.seed, "files": [{"name": "net.npz", "sha256": hashlib.sha256(b"net").hexdigest()}]}

    def rows(self, cell, trials):
        time.sleep(self.seconds)
        for trial in trials:
            if (cell, trial) in self.fails:
                raise ValueError(f"no such\ntrial as {trial}")
            if (cell, trial) in self.dies:
                os.kill(os.getpid(), signal.SIGKILL)
        return [toy_row(self.seed, cell, trial) for trial in trials]


def toy_row(seed, cell, trial):
    """A row whose numbers are bytes of a digest; about a third of the rows are critical."""
    digest = hashlib.sha256(f"{seed} {cell} {trial}".encode())
    numbers = dict(zip(COLUMNS[2:-1], digest.digest(), strict=False))
    numbers["critical"] = int(numbers["hit"] % 3 == 0)
    return row((cell, trial, *(numbers.get(name, trial) for name in COLUMNS[2:-1]), digest.hexdigest()))


def enough(stop, rows):
    """So many critical rows, or all trials."""
    return len(rows) >= stop.trials or (stop.rule == "events" and sum(one.counts.critical for one in rows) >= stop.events)


def expected_rows(cell, seed=0):
    """The rows that a cell must have in the end, one after the other until a batch's end has enough."""
    rows, stop = [], CELLS[cell]
    while len(rows) < stop.trials:
        rows += [toy_row(seed, cell, trial) for trial in range(len(rows), min(len(rows) + BATCH, stop.trials))]
        if enough(stop, rows):
            break
    return rows


def begun(path, toy):
    """The store at a path: begun, or resumed where it was begun before."""
    if path.exists() and path.stat().st_size:
        try:
            return store.resume(path, toy.manifest())
        except store.DamagedStore as error:
            if "no campaign has begun" not in str(error):
                raise
    return store.begin(path, toy.manifest())


def main(path, workers, seconds, batch):
    """Run the toy until its end, one line for each batch."""
    toy = Toy(seconds=float(seconds))
    with begun(Path(path), toy) as kept:
        tell = partial(print, flush=True)
        tell("begun")
        run(partial(Toy, seconds=float(seconds)), kept, CELLS, enough, batch=int(batch), workers=int(workers), progress=tell)
    tell("finished")


if __name__ == "__main__":
    main(*sys.argv[1:])
