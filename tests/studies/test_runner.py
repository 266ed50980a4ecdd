"""Studies are run by any number of processes, stopped and killed at any moment, and gone on with."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest

from refsim.campaigns.runner import Interrupted
from refsim.campaigns.tasks import WorkerFailed
from refsim.studies.running.jobs import Job, Outcome, check_jobs
from refsim.studies.running.outcomes import DamagedStudy, Stored, path_of, write_outcome
from refsim.studies.running.runner import run

from .toy import COUNT, FREE, HELD, dying, failing, folder_of, main, study_with, toy

ROOT = Path(__file__).parents[2]
TOTAL = sum(i * i for i in range(COUNT))


def made(path):
    """All that is made of a study's records, by name."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for part in ("tables", "figures")
        for file in sorted((path / part).iterdir())
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a study that was never stopped."""
    path = tmp_path_factory.mktemp("whole") / "study"
    main(path)
    return path


def test_jobs_have_what_they_need(whole):
    """A job that needs others has their arrays; every process has one thread; the environment is as before."""
    (found,) = folder_of(whole).records().of(what="total")
    assert found == {"what": "total", "found": TOTAL, "threads": "1", "classes": 10}
    assert [one["of"] for one in folder_of(whole).records().of(what="square")] == list(range(COUNT))


def test_threads_are_given_back(tmp_path, monkeypatch):
    """What the user had said of threads holds again after a run, and not for the processes."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    main(tmp_path / "study", workers=1)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7"
    assert "OMP_NUM_THREADS" not in os.environ
    assert folder_of(tmp_path / "study").records()[-1]["threads"] == "1"


def test_workers_change_nothing(whole, tmp_path):
    """One process makes the same files as two."""
    main(tmp_path / "study", workers=1)
    assert made(tmp_path / "study") == made(whole)


def test_nothing_is_computed_twice(whole):
    """A finished study is not run again, and its files are made again of what is stored."""
    before, files = path_of(whole, "total").stat().st_mtime_ns, made(whole)
    times = folder_of(whole).times()
    main(whole, progress=lambda progress: pytest.fail(f"{progress.job} was computed again"))
    assert (path_of(whole, "total").stat().st_mtime_ns, made(whole)) == (before, files)
    assert folder_of(whole).times() == times


def test_progress(tmp_path):
    """After every job it is told how many are done, and the time left comes to nothing at the end."""
    told = []
    main(tmp_path / "study", progress=told.append)
    assert [one.done for one in told] == list(range(1, COUNT + 2))
    assert {one.all for one in told} == {COUNT + 1}
    assert told[-1].job == "total"
    assert told[-1].left == 0
    assert all(one.left > 0 for one in told[:-1])


def test_a_job_that_fails(tmp_path):
    """Its error is told in one line with its name; what was computed before it stays."""
    folder = folder_of(tmp_path / "study", failing)
    with pytest.raises(WorkerFailed, match=r"^job square/5: ArithmeticError: this number has no square; what else"):
        run(folder, failing, workers=2)
    done = {job.name for job in folder.jobs} - {job.name for job in folder.missing()}
    assert {f"square/{i}" for i in range(5)} <= done
    assert {"square/5", "total"}.isdisjoint(done)
    with pytest.raises(ValueError, match=r"jobs not computed yet, as square/5"):
        folder.records()


def test_a_process_that_dies(tmp_path):
    """It is told which job it was at; a run without it goes on."""
    folder = folder_of(tmp_path / "study", dying)
    with pytest.raises(WorkerFailed, match=r"^job square/\d: a process died; is there enough memory\?"):
        run(folder, dying, workers=1)


def test_workers_are_counted(tmp_path):
    """There is at least one."""
    with pytest.raises(ValueError, match="at least one worker, not 0"):
        run(folder_of(tmp_path / "study"), toy, workers=0)


def started(path):
    """A run in a process of its own, which does not come to an end, and is to ignore interrupts, as in the background."""
    command = ["/bin/sh", "-c", 'trap \'\' INT; exec "$0" -m tests.studies.toy "$1"', sys.executable, path]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, HELD: "1"}, start_new_session=True, **pipes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopped_and_gone_on_with(whole, tmp_path, number):
    """A run that was stopped or killed leaves whole outcomes and no process; going on makes what was made without a stop."""
    path = tmp_path / "study"
    process = started(path)
    for _ in range(FREE):
        assert process.stdout.readline()
    others = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode != 0
    assert (f"stopped with {FREE} of {COUNT + 1} jobs stored" in said) == (number != signal.SIGKILL)
    _, left = psutil.wait_procs(others, timeout=30)
    assert not left
    folder = folder_of(path)
    assert len(folder.missing()) == COUNT + 1 - FREE
    main(path)
    assert made(path) == made(whole)


def test_signals_are_given_back(tmp_path):
    """What a signal meant before a run it means after it."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        run(folder_of(tmp_path / "study"), toy)
        assert [signal.getsignal(number) for number in numbers] == [signal.SIG_IGN] * 2
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def test_one_run_in_a_folder(tmp_path):
    """A second run is refused while one is there, and then goes on; a finished folder is not kept either."""
    folder = folder_of(tmp_path / "study")
    with (
        folder_of(tmp_path / "study").alone(),
        pytest.raises(ValueError, match=r"^another run is in .*study; wait for it, or give another folder by --out$"),
    ):
        run(folder, toy)
    assert len(folder.missing()) == COUNT + 1
    run(folder, toy)
    assert not folder.missing()


def test_a_process_that_dies_between_jobs(tmp_path, monkeypatch):
    """A pool that takes no job any more is told like a process that died at it."""

    def broken(*_):
        raise BrokenProcessPool("a child process terminated abruptly")

    monkeypatch.setattr(ProcessPoolExecutor, "submit", broken)
    with pytest.raises(WorkerFailed, match=r"^job square/0: a process died; is there enough memory\?"):
        run(folder_of(tmp_path / "study"), toy, workers=1)


def test_interrupted(tmp_path):
    """It says how much is stored and that the same command goes on."""

    def interrupted(progress):
        if progress.done == 4:
            raise KeyboardInterrupt

    folder = folder_of(tmp_path / "study")
    with pytest.raises(Interrupted, match=rf"^stopped with [4-9] of {COUNT + 1} jobs stored in .*; the same command goes on"):
        run(folder, toy, progress=interrupted)
    run(folder, toy)
    assert folder.records()[-1]["found"] == TOTAL


def test_interrupted_at_once(tmp_path, monkeypatch):
    """An interrupt while the pool is being set up is one too."""

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.process._ExecutorManagerThread.start", interrupted)
    with pytest.raises(Interrupted, match=rf"^stopped with 0 of {COUNT + 1} jobs stored"):
        run(folder_of(tmp_path / "study"), toy)


def damages(content):
    """Ways in which a file can be other than it was written."""
    middle = len(content) // 2
    yield b""
    yield content[:middle]
    yield content[:-1]
    yield content[:40] + bytes([content[40] ^ 1]) + content[41:]
    yield b"no archive"


def test_damaged_outcomes(whole, tmp_path):
    """A damaged outcome, or that of another job, is told with its file, and nothing is computed."""
    path = tmp_path / "study"
    main(path)
    file = path_of(path, "square/3")
    for content in [*damages(file.read_bytes()), path_of(path, "square/4").read_bytes()]:
        file.write_bytes(content)
        with pytest.raises(DamagedStudy, match=r"square/3\.npz is (damaged|of another study).*; remove it, and it is computed"):
            folder_of(path).missing()
    file.unlink()
    main(path)
    assert made(path) == made(whole)


def test_other_studies(whole, tmp_path):
    """A folder with another study, or with anything else, is left alone, and it is said why."""
    manifest = whole / "study.json"
    found = json.loads(manifest.read_bytes())
    other = tmp_path / "other"
    for name, value, said in [
        ("versions", {**found["versions"], "numpy": "1.0"}, r'by its versions: .*"numpy": "1.0".* there, .* here'),
        ("quick", False, "by its quick: false there, true here"),
        ("jobs", found["jobs"][:-1], "by its jobs; give"),
    ]:
        other.mkdir(exist_ok=True)
        (other / "study.json").write_text(json.dumps(found | {name: value}))
        with pytest.raises(ValueError, match=rf"holds another study, {said}"):
            folder_of(other)
    (other / "study.json").write_text("{")
    with pytest.raises(DamagedStudy, match=r"study\.json is damaged"):
        folder_of(other)
    (other / "study.json").rename(other / "notes.txt")
    with pytest.raises(ValueError, match="holds something that is no study"):
        folder_of(other)
    assert [one.name for one in other.iterdir()] == ["notes.txt"]
    (other / "notes.txt").rename(other / "study.json.part")
    assert len(folder_of(other).missing()) == COUNT + 1, "what a run leaves that was killed at its very beginning"


def test_damaged_times(tmp_path):
    """Times that cannot be read are told with their file."""
    folder = folder_of(tmp_path / "study")
    folder.add_time(1.5, 2)
    folder.add_time(0.5, 1)
    assert folder.times() == [{"seconds": 1.5, "workers": 2.0}, {"seconds": 0.5, "workers": 1.0}]
    (folder.path / "times.json").write_text('[{"seconds": "soon"}]')
    with pytest.raises(DamagedStudy, match=r"times\.json is damaged.*only times are lost"):
        folder.times()


def test_jobs_that_do_not_fit():
    """Jobs are named once, have a step, and come after what they need."""
    steps = study_with().steps
    check_jobs([Job("a", "square"), Job("b", "total", needs=("a",))], steps)
    for jobs, said in [
        ([Job("a", "square"), Job("a", "square")], "the job a comes twice"),
        ([Job("b", "total", needs=("a",)), Job("a", "square")], "the job b needs a, which do not come before it"),
        ([Job("a", "cube")], "the job a has an unknown step 'cube'; there are square, total"),
    ]:
        with pytest.raises(ValueError, match=said):
            check_jobs(jobs, steps)


def test_records_that_are_no_plain_data(tmp_path):
    """What could not be stored as it is fails the job: a NaN has no place in JSON."""
    folder = folder_of(tmp_path / "study")
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        write_outcome(folder.path, "square/2", folder.fingerprint, Stored(Outcome([{"found": float("nan")}]), 0.0))
    assert len(folder.missing()) == COUNT + 1
