"""Runs: the jobs that have no outcome yet, computed by processes of one thread each, so that more of them change no bit."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import monotonic, perf_counter
from typing import NamedTuple

from ...campaigns.runner import Interrupted
from ...campaigns.tasks import WorkerFailed
from ...campaigns.workers import THREADS
from ...nn.data import Data
from ..study import Study
from .folder import Folder
from .jobs import Inputs, Job, Scale
from .outcomes import DamagedStudy, Stored, read_outcome, write_outcome

StudyOf = Callable[[str], Study]
"""Where a worker finds a study by its name; pickled by its own."""


class Progress(NamedTuple):
    """How far a run is: a job that was done, the jobs that are done of all, and the seconds left at this pace."""

    job: str
    done: int
    all: int
    left: float | None


class Task(NamedTuple):
    """A job, and all that a worker needs to find the rest by itself."""

    study_of: StudyOf
    study: str
    scale: Scale
    folder: Path
    fingerprint: str
    job: Job


def run(folder: Folder, study_of: StudyOf, *, workers: int = 1, progress: Callable[[Progress], None] | None = None) -> None:
    """Compute and store what a folder does not have.

    A job begins when those it needs are stored. What comes of it does not depend on ``workers``. ``Interrupted`` after Ctrl-C:
    what is stored stays, what was being computed is lost. ``WorkerFailed`` where a job fails or a process dies, after what was
    being computed beside it is stored. ``ValueError`` while another run is in the same folder.
    """
    if workers < 1:
        raise ValueError(f"a run needs at least one worker, not {workers}")
    with folder.alone():
        _run(folder, study_of, workers, progress)


def _run(folder: Folder, study_of: StudyOf, workers: int, progress: Callable[[Progress], None] | None) -> None:
    waiting = {job.name: job for job in folder.missing()}
    if not waiting:
        return
    began = monotonic()
    try:
        with _pool(workers) as pool:
            _loop(folder, study_of, pool, waiting, workers, progress)
    except KeyboardInterrupt:
        done = len(folder.jobs) - len(folder.missing())
        raise Interrupted(
            f"stopped with {done} of {len(folder.jobs)} jobs stored in {folder.path}; the same command goes on from there"
        ) from None
    finally:
        folder.add_time(monotonic() - began, workers)


def _loop(
    folder: Folder,
    study_of: StudyOf,
    pool: ProcessPoolExecutor,
    waiting: dict[str, Job],
    workers: int,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Keep the workers busy with jobs whose needs are stored, in order."""
    began, costs = monotonic(), sum(job.cost for job in waiting.values())
    unstored, busy = set(waiting), dict[Future[None], Job]()
    spent, failure = 0.0, ""
    while busy or (waiting and not failure):
        ready = [job for job in waiting.values() if not unstored.intersection(job.needs)]
        for job in [] if failure else ready[: workers - len(busy)]:
            task = Task(study_of, folder.study.name, folder.scale, folder.path, folder.fingerprint, waiting.pop(job.name))
            busy[_submitted(pool, task)] = job
        for future in wait(busy, return_when=FIRST_COMPLETED).done:
            job = busy.pop(future)
            failure = failure or _failure(job, future)
            unstored.discard(job.name)
            spent += job.cost
            if progress is not None:
                left = (monotonic() - began) / spent * (costs - spent)
                progress(Progress(job.name, len(folder.jobs) - len(unstored), len(folder.jobs), left))
    if failure:
        raise WorkerFailed(f"{failure}; what else was computed is stored in {folder.path}")


def _submitted(pool: ProcessPoolExecutor, task: Task) -> Future[None]:
    """A job given to the pool; where a process died meanwhile, one that has failed by that."""
    try:
        return pool.submit(compute, task)
    except BrokenProcessPool as error:
        failed = Future[None]()
        failed.set_exception(error)
        return failed


def _failure(job: Job, future: Future[None]) -> str:
    """How a job failed, or nothing."""
    error = future.exception()
    if error is None:
        return ""
    if isinstance(error, BrokenProcessPool):
        return f"job {job.name}: a process died; is there enough memory?"
    return f"job {job.name}: {type(error).__name__}: {' '.join(str(error).split())}"


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes, started anew. An interrupt ends them at once: outcomes are whole files or none."""
    with _one_thread_each(), _ended_by_signals():
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin_worker)
        try:
            yield pool
        except BaseException:
            for process in list((pool._processes or {}).values()):  # noqa: SLF001 the executor has no way to say so
                process.kill()
            raise
        finally:
            with suppress(RuntimeError):  # After an interrupt its thread may not have been started: there is nothing to join.
                pool.shutdown(cancel_futures=True)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that are started compute with one thread: with more, sums of linear algebra may come in another order."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ.update({name: value} if value is not None else {})


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM is an interrupt too, and so is SIGINT where a shell that starts programs in the background had them ignore it.
    Signals reach the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _begin_worker() -> None:
    """Ctrl-C reaches every process of a terminal; what it means is decided by the one that asks. Without that one, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has a parent"
    parent.join()
    os._exit(1)


def compute(task: Task) -> None:
    """Compute a job and store its outcome."""
    study = task.study_of(task.study)
    needs = [read_outcome(task.folder, name, task.fingerprint) for name in task.job.needs]
    if not all(needs):
        raise DamagedStudy(f"{task.folder} lost an outcome that {task.job.name} needs")
    inputs = Inputs(samples(study, task.scale), task.scale, [stored.outcome for stored in needs if stored is not None])
    began = perf_counter()
    outcome = study.steps[task.job.step](task.job.options, inputs)
    write_outcome(task.folder, task.job.name, task.fingerprint, Stored(outcome, perf_counter() - began))


def samples(study: Study, scale: Scale) -> Data:
    """The samples of a study, which a process makes once."""
    return _samples(study.samples, scale)


@cache
def _samples(make: Callable[[Scale], Data], scale: Scale) -> Data:
    return make(scale)
