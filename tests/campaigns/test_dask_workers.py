"""Workers of Dask: a real cluster of two on this machine gives what one process gives."""

import gc
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from refsim.campaigns import dask_workers, store, store_files
from refsim.campaigns.runner import run
from refsim.campaigns.tasks import WorkerFailed

from .toy import BATCH, CELLS, Toy, begun, enough, expected_rows

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
"""What Dask leaves behind is not ours."""
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The disk is another test's."""
    monkeypatch.setattr(store_files, "SYNCHRONOUS", "OFF")


def local_cluster(count):
    """So many processes of their own, over loopback. The library is loaded here and not with the tests."""
    options = {"threads_per_worker": 2, "host": "127.0.0.1", "dashboard_address": ":0", "silence_logs": False}
    return import_module("distributed").LocalCluster(n_workers=count, **options)


@pytest.fixture(scope="module")
def cluster():
    """The address of a scheduler of two workers."""
    with local_cluster(2) as made:
        yield made.scheduler_address
    gc.collect()


@dataclass(frozen=True)
class There(Toy):
    """A campaign that is another one in other processes."""

    def manifest(self):
        return Toy(seed=int(os.getpid() != self.seed)).manifest()


def ran(path, factory, **options):
    with begun(path, Toy()) as kept:
        run(factory, kept, CELLS, enough, **{"batch": BATCH, **options})
    return store.export(path)


def test_a_cluster_gives_what_one_process_gives(tmp_path, cluster):
    """The same bytes, from the beginning and from the middle."""
    alone = ran(tmp_path / "one.sqlite", Toy)
    assert ran(tmp_path / "many.sqlite", Toy, scheduler=cluster) == alone
    with pytest.raises(WorkerFailed):
        ran(tmp_path / "both.sqlite", partial(Toy, fails=((1, 9),)))
    assert ran(tmp_path / "both.sqlite", Toy, scheduler=cluster) == alone


def test_both_workers_compute(cluster):
    """Tasks are for all workers that there are, two for each."""
    pool = dask_workers.Cluster(Toy, store.identity(Toy().manifest()), cluster)
    assert pool.room == 4
    pool.close()


def test_failures(tmp_path, cluster):
    """In the words of every other worker."""
    with pytest.raises(
        WorkerFailed, match=r"^cell 2, trial 13: ValueError: no such trial as 13; the batches before it are stored"
    ):
        ran(tmp_path / "kept.sqlite", partial(Toy, fails=((2, 13),)), scheduler=cluster)
    assert store.read(tmp_path / "kept.sqlite").rows[2] == expected_rows(2)[:8]
    with pytest.raises(WorkerFailed, match=r"^a worker's campaign is another one than the store's"):
        ran(tmp_path / "other.sqlite", partial(There, seed=os.getpid()), scheduler=cluster)
    with pytest.raises(WorkerFailed, match=r"^a worker cannot begin: TypeError: .*unexpected keyword argument 'colour'"):
        ran(tmp_path / "other.sqlite", partial(Toy, colour="red"), scheduler=cluster)


def test_nobody_answers(tmp_path, monkeypatch):
    """At an address where there is no scheduler, or that is none."""
    monkeypatch.setattr(dask_workers, "ANSWERS_WITHIN", 0.3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(TimeoutError, match=f"no scheduler answers at {address}"):
        ran(tmp_path / "kept.sqlite", Toy, scheduler=address)
    with pytest.raises(ValueError, match="unknown address scheme 'nowhere'"):
        ran(tmp_path / "kept.sqlite", Toy, scheduler="nowhere://127.0.0.1:1")


def test_no_workers(tmp_path, monkeypatch):
    """A scheduler that has nobody to compute."""
    monkeypatch.setattr(dask_workers, "ANSWERS_WITHIN", 1.0)
    with local_cluster(0) as empty, pytest.raises(TimeoutError, match=r"the scheduler at .* has no workers"):
        ran(tmp_path / "kept.sqlite", Toy, scheduler=empty.scheduler_address)


def test_without_dask(tmp_path, monkeypatch):
    """What is to be installed is said."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"a scheduler needs Dask: install refsim\[distributed\]"):
        ran(tmp_path / "kept.sqlite", Toy, scheduler="tcp://127.0.0.1:1")


@pytest.fixture
def processes(tmp_path):
    """A scheduler and two workers as a user starts them: their address and the processes."""
    file = tmp_path / "scheduler.json"
    common = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": {**os.environ, "PYTHONPATH": "."}}
    options = ["--scheduler-file", str(file), "--host", "127.0.0.1"]
    commands = [["scheduler", "--port", "0", "--dashboard-address", ":0", *options]]
    commands += [["worker", "--no-nanny", "--nthreads", "1", "--dashboard-address", ":0", *options]] * 2
    made = [subprocess.Popen([sys.executable, "-m", "dask", *command], **common) for command in commands]
    while not file.exists():
        time.sleep(0.05)
    yield json.loads(file.read_text())["address"], made
    for one in made:
        one.kill()
        one.wait()


@pytest.mark.slow
def test_workers_and_schedulers_that_die(tmp_path, processes):
    """One worker less changes nothing; without the scheduler a run ends in one line, and goes on elsewhere."""
    address, (scheduler, worker, _) = processes
    whole = ran(tmp_path / "whole.sqlite", Toy)

    def kill(victim, now):
        if now.trials >= 24:
            victim.kill()

    slow = partial(Toy, seconds=0.1)
    assert ran(tmp_path / "one.sqlite", slow, scheduler=address, progress=partial(kill, worker)) == whole
    with pytest.raises(WorkerFailed, match=r"^cell \d, trials \d+ to \d+: .*; the batches before"):
        ran(tmp_path / "none.sqlite", slow, scheduler=address, progress=partial(kill, scheduler))
    assert ran(tmp_path / "none.sqlite", Toy) == whole


@pytest.mark.slow
def test_the_last_worker_dies(tmp_path, monkeypatch, processes):
    """A scheduler without workers is not waited for."""
    monkeypatch.setattr(dask_workers, "LOOK", 0.5)
    address, (_, *workers) = processes

    def kill(now):
        if now.trials >= 24:
            for worker in workers:
                worker.kill()

    with pytest.raises(WorkerFailed, match=r"^cell \d, trials \d+ to \d+: "):
        ran(tmp_path / "kept.sqlite", partial(Toy, seconds=0.1), scheduler=address, progress=kill)
    assert ran(tmp_path / "kept.sqlite", Toy) == ran(tmp_path / "whole.sqlite", Toy)
