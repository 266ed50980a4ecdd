"""Runs of the toy, and workers that answer in any order."""

import random

from refsim.campaigns import runner, store
from refsim.campaigns.runner import run
from refsim.campaigns.tasks import compute
from refsim.campaigns.workers import Here

from .toy import BATCH, CELLS, Toy, begun, enough


def ran(path, toy=None, cells=None, **options):
    """The export of a store after a run, which goes on from what is there."""
    made = toy or Toy()
    with begun(path, Toy()) as kept:
        run(lambda: made, kept, cells or CELLS, enough, **{"batch": BATCH, **options})
    return store.export(path)


class Shuffled:
    """Workers that answer in any order."""

    def __init__(self, factory, expected, seed):
        self.here, self.draw, self.tasks = Here(factory, expected), random.Random(seed), []
        self.room = self.draw.randrange(1, 9)
        self.computed = 0

    def submit(self, task):
        self.tasks.append(task)
        assert len(self.tasks) <= self.room

    def wait(self):
        chosen = self.draw.sample(self.tasks, self.draw.randrange(1, len(self.tasks) + 1))
        self.tasks = [task for task in self.tasks if task not in chosen]
        self.computed += len(chosen)
        return [compute(self.here._work, task) for task in chosen]

    def close(self):
        self.tasks = None


def shuffled(monkeypatch, seed):
    """Runs have such workers from now on; the list of those that were made."""
    made = []

    def pool(factory, kept, *_):
        made.append(Shuffled(factory, kept.identity, seed))
        return made[-1]

    monkeypatch.setattr(runner, "_pool", pool)
    return made
