"""Workers on this machine: the process itself, or processes of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from .store import Identity
from .tasks import Done, Factory, Task, Trials, checked, compute, not_begun

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""How libraries of linear algebra are told their number of threads, before they are loaded."""
TO_STOP = (signal.SIGINT, signal.SIGTERM)
"""The signals that tell a run to stop; workers leave them to the process that asks them."""
PATIENCE = 5.0
"""The seconds that a process has to end after it was told to."""


class Here:
    """The process itself: one task at a time."""

    room = 1

    def __init__(self, factory: Factory, expected: Identity) -> None:
        self._work = checked(factory(), expected)
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Remember a task."""
        self._tasks.append(task)

    def wait(self) -> list[Done]:
        """Compute the task."""
        return [compute(self._work, self._tasks.popleft())]

    def close(self) -> None:
        """Nothing is left to end."""


@dataclass
class Worker:
    """A process and this end of the pipe to it; ``task`` is what it is computing."""

    process: BaseProcess
    pipe: Connection
    task: Task | None = field(default=None)


class Processes:
    """So many processes. Each makes the campaign for itself, and ends with its task when this process ends, however it does.

    They are started anew, not forked, and share the cores: together they have no more threads than one process would have.
    """

    def __init__(self, factory: Factory, expected: Identity, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._workers: list[Worker] = []
        with _threads_each(max(1, cores() // count)), _signals_held():
            for _ in range(count):
                mine, theirs = context.Pipe()
                process = context.Process(target=_serve, args=(factory, expected, theirs), daemon=True)
                process.start()
                # The other end is the worker's alone: when it dies, reading from this one ends.
                theirs.close()
                self._workers.append(Worker(process, mine))

    @property
    def room(self) -> int:
        """One task a process: so none waits in a process when a run is to stop."""
        return len(self._workers)

    def submit(self, task: Task) -> None:
        """Send a task to a process that has none."""
        worker = next(worker for worker in self._workers if worker.task is None)
        worker.task = task
        try:
            worker.pipe.send(task)
        except OSError:
            # It has died; reading its answer will say so.
            return

    def wait(self) -> list[Done]:
        """Wait until a process answers or dies."""
        busy = {worker.pipe: worker for worker in self._workers if worker.task}
        return [self._answer(busy[pipe]) for pipe in wait(list(busy)) if isinstance(pipe, Connection)]

    def _answer(self, worker: Worker) -> Done:
        """What a process says of its task, or that it died."""
        task, worker.task = worker.task, None
        assert task
        try:
            done: Done = worker.pipe.recv()
        except (EOFError, OSError):
            self._workers.remove(worker)
            worker.pipe.close()
            worker.process.join(PATIENCE)
            return Done(task, [], 0.0, f"{task}: the worker died{_how(worker.process.exitcode)}")
        return done

    def close(self) -> None:
        """Kill the processes that are computing; the others end by themselves."""
        for worker in self._workers:
            worker.pipe.close()
            if worker.task:
                worker.process.kill()
        for worker in self._workers:
            worker.process.join(PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _how(code: int | None) -> str:
    """How a process ended, as far as its exit code says."""
    if code is None:
        return ""
    if code < 0:
        return f" by {signal.Signals(-code).name}" + (": is there enough memory?" if -code == signal.SIGKILL else "")
    return f" with exit code {code}"


def _serve(factory: Factory, expected: Identity, pipe: Connection) -> None:
    """A worker: make the campaign at the first task, and answer tasks until nobody asks any more.

    An interrupt from the keyboard reaches every process of the terminal; what it means is decided by the one that asks.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TO_STOP)
    work: Trials | None = None
    while True:
        try:
            task: Task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            work = work or checked(factory(), expected)
            done = compute(work, task)
        except Exception as error:  # noqa: BLE001 whatever it is, the one that asks says it
            done = not_begun(task, error)
        try:
            pipe.send(done)
        except OSError:
            return


@contextmanager
def _signals_held() -> Iterator[None]:
    """Processes that are started hold the signals to stop back until they can ignore them; this one has them afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # It is started with the first process, and would let the signals through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TO_STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _threads_each(count: int) -> Iterator[None]:
    """Processes that are started have so many threads for linear algebra, unless the user has said another number."""
    added = [name for name in THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(added, str(count)))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]
