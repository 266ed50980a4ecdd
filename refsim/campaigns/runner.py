"""Runs: the trials that a store does not have, computed by any number of workers, stopped and resumed at any moment."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from time import monotonic
from types import FrameType

from .dask_workers import Cluster
from .plan import Stop
from .rows import Row
from .store import Store
from .tasks import Done, Factory, Pool, Task, WorkerFailed
from .workers import Here, Processes

GO_ON, ENOUGH = "go on", "enough"
"""What is decided of a cell after a batch."""
AHEAD = 4
"""The batches for each worker that a cell may have beyond what is stored: they wait for one that takes longer, and are lost
with it where the run is killed."""

Enough = Callable[[Stop, Sequence[Row]], bool]
"""Whether the rows of a cell, from trial 0 on, are all that its rule asks for."""


class Interrupted(RuntimeError):
    """A run was told to stop, and has stored what it could; the message says how to go on."""


@dataclass(frozen=True)
class Progress:
    """How far a run is: the trials that are stored of those that are expected at most, the seconds since it began, and the
    seconds that are left at its pace, ``None`` before there is one. ``stopping`` once it was told to stop.
    """

    cell: int
    trials: int
    expected: int
    seconds: float
    left: float | None
    stopping: bool


@dataclass
class Prefix:
    """A cell: its rows as they are stored, and what was computed beyond them, by its first trial."""

    stop: Stop
    rows: list[Row]
    following: int
    """The first trial that is not asked for yet."""
    done: bool
    ready: dict[int, Done] = field(default_factory=dict)


def run(
    factory: Factory,
    store: Store,
    cells: Mapping[int, Stop],
    enough: Enough,
    *,
    batch: int,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Store the trials of cells that the store does not have, until each cell has enough.

    Batches of ``batch`` consecutive trials are computed in any order and stored in the order of trials. Whether a cell has
    enough is asked after each of them, of its rows up to there, so that the rows do not depend on the workers. ``workers``
    processes compute, one is this process itself; with the address of a Dask ``scheduler`` its workers do.

    ``Interrupted`` after SIGINT or SIGTERM: batches that are being computed are finished and stored, and a second signal stops
    at once. ``WorkerFailed`` where a trial cannot be computed; the batches before it and beside it are stored.
    """
    if batch < 1 or workers < 1:
        raise ValueError(f"a run needs at least one trial in a batch and one worker, not {batch} and {workers}")
    prefixes = {cell: _prefix(store, cell, stop, enough) for cell, stop in cells.items()}
    if all(prefix.done for prefix in prefixes.values()):
        return
    with _signals() as told, closing(_pool(factory, store, workers, scheduler)) as pool:
        report = _reporter(prefixes, progress, told)
        failure = _loop(pool, store, prefixes, enough, batch, told, report)
    if all(prefix.done for prefix in prefixes.values()):
        return
    if failure:
        raise WorkerFailed(f"{failure}; the batches before it are stored in {store.path}")
    trials = sum(len(prefix.rows) for prefix in prefixes.values())
    raise Interrupted(f"stopped after {trials} trials; they are stored in {store.path}, and resuming it goes on from there")


def _loop(
    pool: Pool,
    store: Store,
    prefixes: Mapping[int, Prefix],
    enough: Enough,
    batch: int,
    told: Sequence[int],
    report: Callable[[int], None],
) -> str:
    """Keep the workers busy and the store in order until all is done, or nothing more is to be begun. Returns a failure.

    A task that fails counts when the cell comes to it: with fewer workers it might never have been asked for.
    """
    unasked = dict(prefixes)
    busy, failure, fatal = 0, "", False
    while True:
        while busy < pool.room and not (fatal or told) and (task := _next_task(unasked, batch, AHEAD * pool.room)):
            pool.submit(task)
            busy += 1
        if not busy:
            return failure
        for done in pool.wait():
            busy -= 1
            prefix = prefixes[done.task.cell]
            prefix.ready[done.task.first] = done
            _store(store, prefix, enough)
            if not fatal:
                stuck = None if prefix.done else prefix.ready.get(len(prefix.rows))
                failure, fatal = (stuck.failure, True) if stuck else (done.failure or failure, False)
            report(done.task.cell)


def _next_task(unasked: dict[int, Prefix], batch: int, ahead: int) -> Task | None:
    """The next batch of the first cell that is not waiting for one of its batches with so many asked for behind what is stored;
    ``None`` where all are. Cells that get no more, having enough or all trials in work, leave ``unasked``.
    """
    task, ended = None, []
    for cell, prefix in unasked.items():
        if prefix.done or prefix.following >= prefix.stop.trials:
            ended.append(cell)
        elif prefix.following < len(prefix.rows) + ahead * batch:
            first, prefix.following = prefix.following, min(prefix.following + batch, prefix.stop.trials)
            task = Task(cell, first, prefix.following)
            break
    for cell in ended:
        del unasked[cell]
    return task


def _store(store: Store, prefix: Prefix, enough: Enough) -> None:
    """Store the batches that follow the rows of a cell, in order, and drop those past its end."""
    while not prefix.done and (done := prefix.ready.get(len(prefix.rows))) and not done.failure:
        del prefix.ready[len(prefix.rows)]
        prefix.rows.extend(done.rows)
        prefix.done = _ends(prefix.stop, prefix.rows, enough)
        store.add(done.rows, ENOUGH if prefix.done else GO_ON, done.seconds)


def _prefix(store: Store, cell: int, stop: Stop, enough: Enough) -> Prefix:
    """What a store has of a cell."""
    rows = store.rows(cell)
    return Prefix(stop, rows, len(rows), bool(rows) and _ends(stop, rows, enough))


def _ends(stop: Stop, rows: Sequence[Row], enough: Enough) -> bool:
    """Whether a cell has enough; the number of trials of its rule is a limit to every rule."""
    return len(rows) >= stop.trials or enough(stop, rows)


def _pool(factory: Factory, store: Store, workers: int, scheduler: str | None) -> Pool:
    """The workers."""
    if scheduler is not None:
        return Cluster(factory, store.identity, scheduler)
    return Here(factory, store.identity) if workers == 1 else Processes(factory, store.identity, workers)


def _reporter(
    prefixes: Mapping[int, Prefix], progress: Callable[[Progress], None] | None, told: Sequence[int]
) -> Callable[[int], None]:
    """What tells how far a run is, after each batch of a cell."""

    def trials() -> int:
        return sum(len(prefix.rows) for prefix in prefixes.values())

    began, had = monotonic(), trials()

    def report(cell: int) -> None:
        if progress is None:
            return
        now, seconds = trials(), monotonic() - began
        expected = sum(len(prefix.rows) if prefix.done else prefix.stop.trials for prefix in prefixes.values())
        left = seconds / (now - had) * (expected - now) if now > had else None
        progress(Progress(cell, now, expected, seconds, left, bool(told)))

    return report


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals to stop that have come. The second one interrupts whatever goes on. Signals reach the main thread only."""
    told: list[int] = []

    def tell(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 what a handler is given
        told.append(number)
        if len(told) > 1:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    except KeyboardInterrupt as error:
        raise Interrupted(
            "stopped at once; what was stored before stays, and resuming the campaign goes on from there"
        ) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
