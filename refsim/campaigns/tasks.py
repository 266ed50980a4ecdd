"""Batches of trials as tasks: what a worker is asked and what it answers, wherever it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple, Protocol

from .rows import Row, row
from .store import Identity, identity


class Trials(Protocol):
    """A campaign: its rows are a pure function of its manifest, the cell and the trial."""

    def manifest(self) -> Mapping[str, Any]:
        """All that the rows depend on, as plain data."""

    def rows(self, cell: int, trials: Sequence[int]) -> list[Row]:
        """The rows of these trials in order."""


Factory = Callable[[], Trials]
"""What makes the campaign in a worker, once; pickled by its name, as functions are."""


class Task(NamedTuple):
    """The trials from ``first`` on, those before ``beyond``, of a cell."""

    cell: int
    first: int
    beyond: int

    def __str__(self) -> str:
        last = self.beyond - 1
        return f"cell {self.cell}, " + (f"trial {last}" if last == self.first else f"trials {self.first} to {last}")


class Done(NamedTuple):
    """The rows of a task and the seconds they took; or none, and what went wrong."""

    task: Task
    rows: Sequence[Row]
    seconds: float
    failure: str = ""


class Pool(Protocol):
    """Whatever computes tasks. Results come in any order."""

    @property
    def room(self) -> int:
        """How many tasks it takes at once."""

    def submit(self, task: Task) -> None:
        """Begin a task."""

    def wait(self) -> list[Done]:
        """Wait until a task or more is done. Failures are answers: no task stays without one."""

    def close(self) -> None:
        """End at once, whatever is being computed."""


class WorkerFailed(RuntimeError):
    """A worker raised an error or died; the message says at which cell and trials."""


def checked(work: Trials, expected: Identity) -> Trials:
    """The campaign that a worker made. ``WorkerFailed`` where it is not the one of the store, or is made by other versions."""
    mine = identity(work.manifest())
    if mine.versions != expected.versions:
        there, here = (" ".join(" ".join(pair) for pair in one.versions) for one in (mine, expected))
        raise WorkerFailed(f"a worker is {there}, and this is {here}")
    if mine.fingerprint != expected.fingerprint:
        raise WorkerFailed("a worker's campaign is another one than the store's: a file or a data set differs there")
    return work


def compute(work: Trials, task: Task) -> Done:
    """The rows of a task, or the first trial that fails and how."""
    began = perf_counter()
    trials = range(task.first, task.beyond)
    try:
        # Numbers of NumPy are not what a store takes.
        rows = [row(one.flat()) for one in work.rows(task.cell, trials)]
    except Exception as error:  # noqa: BLE001 whatever it is, it is told with the trial
        return _failed(task, _first_failing(work, task), error)
    if [(one.cell, one.trial) for one in rows] != [(task.cell, trial) for trial in trials]:
        return _failed(task, task, ValueError("the rows are not those of the trials in order"))
    return Done(task, rows, perf_counter() - began)


def not_begun(task: Task, error: Exception) -> Done:
    """The answer of a worker that cannot make the campaign."""
    what = str(error) if isinstance(error, WorkerFailed) else f"a worker cannot begin: {_said(error)}"
    return Done(task, [], 0.0, what)


def _first_failing(work: Trials, task: Task) -> Task:
    """The first trial that fails by itself, or the whole task if none does."""
    for trial in range(task.first, task.beyond):
        try:
            work.rows(task.cell, [trial])
        except Exception:  # noqa: BLE001 as above
            return Task(task.cell, trial, trial + 1)
    return task


def _failed(task: Task, where: Task, error: Exception) -> Done:
    """The failure of a task, and at which of its trials."""
    return Done(task, [], 0.0, f"{where}: {_said(error)}")


def _said(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
