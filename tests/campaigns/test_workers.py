"""Workers of this machine: they compute the same, share the cores, and say which trial fails or kills them."""

import multiprocessing
import os
import signal
from dataclasses import dataclass, replace
from functools import partial

import psutil
import pytest

from refsim.campaigns import store, store_files
from refsim.campaigns.runner import AHEAD, Interrupted, run
from refsim.campaigns.tasks import Task, WorkerFailed, checked
from refsim.campaigns.workers import THREADS, Processes, cores

from .toy import BATCH, CELLS, Toy, begun, enough, expected_rows


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The disk is another test's."""
    monkeypatch.setattr(store_files, "SYNCHRONOUS", "OFF")


@dataclass(frozen=True)
class Threads(Toy):
    """Its digests are what a worker was told of threads."""

    def rows(self, cell, trials):
        told = " ".join(os.environ.get(name, "") for name in THREADS)
        return [replace(row, digest=told) for row in super().rows(cell, trials)]


@dataclass(frozen=True)
class Broken(Toy):
    """A campaign that workers cannot make."""

    def manifest(self):
        if os.getppid() == self.seed:
            raise OSError(2, "No such file\nor directory", "net.npz")
        return Toy().manifest()


@dataclass(frozen=True)
class Changed(Toy):
    """A campaign whose files are others in workers."""

    def manifest(self):
        return Toy(seed=int(os.getppid() == self.seed)).manifest()


def ran(path, factory, **options):
    with begun(path, Toy()) as kept:
        run(factory, kept, CELLS, enough, **{"batch": BATCH, "workers": 2, **options})
    return store.export(path)


def test_two_processes_give_what_one_gives(tmp_path):
    """The same bytes, and no process is left."""
    alone = ran(tmp_path / "one.sqlite", Toy, workers=1)
    assert ran(tmp_path / "two.sqlite", Toy) == alone
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def test_a_trial_that_fails(tmp_path):
    """The line is that of one worker."""
    with pytest.raises(
        WorkerFailed, match=r"^cell 2, trial 13: ValueError: no such trial as 13; the batches before it are stored"
    ):
        ran(tmp_path / "kept.sqlite", partial(Toy, fails=((2, 13),)))
    assert store.read(tmp_path / "kept.sqlite").rows[2] == expected_rows(2)[:8]


def test_a_worker_that_dies(tmp_path):
    """It says where, keeps what is stored, and goes on when it is asked again."""
    with pytest.raises(
        WorkerFailed, match=r"cell 0, trials 24 to 31: the worker died by SIGKILL: is there enough memory?"
    ) as error:
        ran(tmp_path / "kept.sqlite", partial(Toy, dies=((0, 25),)))
    assert "\n" not in str(error.value)
    assert store.read(tmp_path / "kept.sqlite").rows[0] == expected_rows(0)[:24]
    assert ran(tmp_path / "kept.sqlite", Toy) == ran(tmp_path / "whole.sqlite", Toy, workers=1)


def test_workers_that_cannot_begin(tmp_path):
    """What they cannot do is said once, in one line."""
    with pytest.raises(
        WorkerFailed, match=r"^a worker cannot begin: FileNotFoundError: .* No such file or directory: 'net.npz'"
    ):
        ran(tmp_path / "kept.sqlite", partial(Broken, seed=os.getpid()))
    with pytest.raises(
        WorkerFailed, match=r"^a worker's campaign is another one than the store's: a file or a data set differs"
    ):
        ran(tmp_path / "kept.sqlite", partial(Changed, seed=os.getpid()))
    assert store.read(tmp_path / "kept.sqlite").rows == {}


def test_workers_of_other_versions():
    """They are told from what they would compute with."""
    expected = store.identity(Toy().manifest())
    assert checked(Toy(), expected) == Toy()
    other = expected._replace(versions=tuple((name, "99" if name == "numpy" else version) for name, version in store.VERSIONS))
    with pytest.raises(
        WorkerFailed, match=r"^a worker is refsim .* numpy [1-9.]+.* python .*, and this is refsim .* numpy 99 "
    ):
        checked(Toy(), other)


def test_workers_share_the_cores(tmp_path, monkeypatch):
    """All together they have one thread a core, unless the user has said how many; and this process keeps what it had."""
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = dict(os.environ)
    ran(tmp_path / "kept.sqlite", Threads)
    each = str(max(1, cores() // 2))
    digests = {row.digest for rows in store.read(tmp_path / "kept.sqlite").rows.values() for row in rows}
    assert digests == {" ".join(["7", *[each] * (len(THREADS) - 1)])}
    assert dict(os.environ) == before


def test_stopping_processes_that_begin():
    """Signals that reach a process before it can ignore them are not its end, and this one has them as before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    pool = Processes(Toy, store.identity(Toy().manifest()), 1)
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(multiprocessing.active_children()[0].pid, number)
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
        pool.submit(Task(0, 0, BATCH))
        assert [done.failure for done in pool.wait()] == [""]
    finally:
        pool.close()


def test_stopping_two_processes(tmp_path):
    """The batches that both are computing are stored, with those that waited for them, and no others are begun."""
    said = []

    def progress(now):
        said.append(now.trials)
        if now.trials and not now.stopping:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted, match="stopped after"):
        ran(tmp_path / "kept.sqlite", partial(Toy, seconds=0.02), progress=progress)
    before = next(trials for trials in said if trials)
    assert before <= sum(map(len, store.read(tmp_path / "kept.sqlite").rows.values())) <= before + 2 * (AHEAD + 1) * BATCH


def test_processes_end_when_they_are_not_wanted():
    """Busy ones are killed, and idle ones end."""
    pool = Processes(partial(Toy, seconds=60.0), store.identity(Toy().manifest()), 2)
    processes = [psutil.Process(worker.process.pid) for worker in pool._workers]
    pool.submit(Task(0, 0, 1))
    pool.close()
    assert not any(process.is_running() for process in processes)
