"""Workers of Dask: a real cluster of two on this machine gives what one process gives."""

import os
import socket
import sys
from dataclasses import dataclass
from functools import partial

import distributed
import pytest

from refsim.campaigns import dask_workers, store, store_files
from refsim.campaigns.runner import run
from refsim.campaigns.tasks import WorkerFailed

from .toy import BATCH, CELLS, Toy, begun, enough, expected_rows


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The disk is another test's."""
    monkeypatch.setattr(store_files, "SYNCHRONOUS", "OFF")


@pytest.fixture(scope="module")
def cluster():
    """Two processes of their own, over loopback."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, host="127.0.0.1", dashboard_address=":0", silence_logs=False
    ) as made:
        yield made.scheduler_address


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
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(TimeoutError, match=r"the scheduler at .* has no workers"),
    ):
        ran(tmp_path / "kept.sqlite", Toy, scheduler=empty.scheduler_address)


def test_without_dask(tmp_path, monkeypatch):
    """What is to be installed is said."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r"a scheduler needs Dask: install refsim\[distributed\]"):
        ran(tmp_path / "kept.sqlite", Toy, scheduler="tcp://127.0.0.1:1")
