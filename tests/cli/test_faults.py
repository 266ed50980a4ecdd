"""The commands of fault campaigns, from a plan to a replay."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from refsim.campaigns.store import export, read
from refsim.nn.families import build
from refsim.nn.files import FloatNetwork, save_network
from refsim.nn.networks import initial_parameters

PLAN = """
refsim_plan = 1
name = "small"
seed = 3
batch = 4
[data]
name = "digits"
take = 20
[[arms]]
name = "plain"
network = "mlp.json"
scheme = "q8?"
[[arms]]
name = "secded"
network = "mlp.json"
scheme = "q8?"
[[arms.stored]]
memory = [{stage = "secded", code = "hsiao", width = 64, detected = "zero_word", name = "secded"}]
[[faults]]
name = "upsets"
model = {kind = "rate"}
kinds = ["weight", "check"]
sweep = {p = ["1e-4", "2e-3"]}
[stop]
rule = "trials"
trials = 12
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a network, a plan of it, and what one worker made of the plan."""
    folder = tmp_path_factory.mktemp("faults")
    network = build("mlp", {"input": [1, 8, 8], "hidden": [12]})
    save_network(folder / "mlp.json", FloatNetwork(network, initial_parameters(network, 1)))
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    command = [sys.executable, "-m", "refsim", "faults", "run", "plan.toml", "--out", "one.db"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    assert done.stdout == "one.db: 48 trials in 4 cells; see them with: refsim faults report one.db\n"
    assert done.stderr == ""
    return folder


def test_example(refsim, tmp_path, made):
    """The example is a plan; with a network in its place it says what it comes to."""
    ran = refsim("faults", "example")
    (tmp_path / "plan.toml").write_text(ran.out, "utf-8")
    for suffix in ("json", "npz"):
        shutil.copy(made / f"mlp.{suffix}", tmp_path)
    ran = refsim("faults", "plan", tmp_path / "plan.toml")
    assert (ran.code, ran.err) == (0, "")
    assert "At most 900 trials in 9 cells" in ran.out


def test_plan(refsim, made):
    """Arms, sites, cells and trials; in JSON the manifest."""
    ran = refsim("faults", "plan", made / "plan.toml")
    assert (ran.code, ran.err) == (0, "")
    assert "of trials have no flip" in ran.out
    manifest = json.loads(refsim("faults", "plan", made / "plan.toml", "--json").out)
    assert manifest["plan"]["name"] == "small"
    bits = [cell["bits"] for cell in manifest["cells"]]
    assert bits[0] == bits[1] < bits[2] == bits[3]


def test_workers_do_not_matter(refsim, made):
    """Two processes store what one does, byte for byte, and their report is the same."""
    ran = refsim("faults", "run", made / "plan.toml", "--out", made / "two.db", "--workers", 2)
    assert (ran.code, ran.err) == (0, "")
    assert export(made / "two.db") == export(made / "one.db")
    assert refsim("faults", "report", made / "two.db").out == refsim("faults", "report", made / "one.db").out


def test_report(refsim, made, tmp_path):
    """The tables on the terminal, and the files that are asked for."""
    ran = refsim("faults", "report", made / "one.db")
    assert (ran.code, ran.err) == (0, "")
    assert "secded" in ran.out
    files = {"--html": "page.html", "--csv": "cells.csv", "--trials": "trials.csv", "--json": "all.json"}
    ran = refsim(
        "faults", "report", made / "one.db", *(part for name, file in files.items() for part in (name, tmp_path / file))
    )
    assert ran.out.splitlines() == [f"wrote {tmp_path / file}" for file in files.values()]
    assert len(list(csv.reader((tmp_path / "cells.csv").read_text("utf-8").splitlines()))) == 5
    assert len(list(csv.reader((tmp_path / "trials.csv").read_text("utf-8").splitlines()))) == 49
    assert len(json.loads((tmp_path / "all.json").read_text("utf-8"))["cells"]) == 4
    assert "<svg" in (tmp_path / "page.html").read_text("utf-8")
    ran = refsim("faults", "report", made / "one.db", "--pictures", tmp_path / "pictures")
    assert all(line.startswith(f"wrote {tmp_path / 'pictures'}") for line in ran.out.splitlines())


def test_replay(refsim, made, tmp_path):
    """A trial alone is what is stored; a saved one too; with another code in a file it is refused."""
    path = tmp_path / "trial.json"
    ran = refsim("faults", "replay", made / "one.db", "--cell", 3, "--trial", 5, "--save", path, "--images", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("as stored, all output codes too\n")
    assert (tmp_path / "dense1.weights.mem").exists()
    ran = refsim("faults", "replay", made / "one.db", "--from", path)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "as stored, all output codes too")
    data = json.loads(path.read_text("utf-8"))
    del data["events"][0]
    path.write_text(json.dumps(data), "utf-8")
    ran = refsim("faults", "replay", made / "one.db", "--from", path)
    assert ran.code == 1
    assert f"not as in {path}: hit is " in ran.out
    ran = refsim("faults", "replay", made / "one.db", "--cell", 3, "--trial", 500)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "the database has no such trial to compare with")


def test_misuse(refsim, refused, made, tmp_path):
    """One line for each way of asking for what is not there."""
    assert "exists already, and is not overwritten: resume it" in refused(
        "faults", "run", made / "plan.toml", "--out", made / "one.db"
    )
    assert refused("faults", "replay", made / "one.db", "--cell", 0) == (
        "a trial is named by --cell and --trial, or by --from with a fault file"
    )
    assert "has the cells 0..3, not 9" in refused("faults", "replay", made / "one.db", "--cell", 9, "--trial", 0)
    assert "the level of intervals is between 0 and 1, not 2.0" in refused("faults", "report", made / "one.db", "--level", 2)
    assert "a rate is an exact text such as" in refused("faults", "report", made / "one.db", "--drop", "much")
    (tmp_path / "plan.toml").write_text(PLAN, "utf-8")
    ran = refsim("faults", "run", tmp_path / "plan.toml", "--out", tmp_path / "a.db")
    assert (ran.code, ran.err) == (4, f"refsim: arm plain: there is no file {tmp_path / 'mlp.json'}\n")
    assert not (tmp_path / "a.db").exists()
    assert "cannot be written" in refused("faults", "run", made / "plan.toml", "--out", "/proc/a.db")


def test_damaged_and_foreign(refsim, refused, made, tmp_path):
    """A file that is no database, a damaged one, and one of another campaign."""
    path = tmp_path / "damaged.db"
    content = bytearray((made / "one.db").read_bytes())
    path.write_bytes(content[: len(content) // 2])
    for words in (["report"], ["resume", "--folder", made]):
        ran = refsim("faults", words[0], path, *words[1:])
        assert (ran.code, ran.out, ran.err.count("\n")) == (4, "", 1)
        assert "damaged" in ran.err
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(made / "one.db", other / "one.db")
    for suffix in ("json", "npz"):
        shutil.copy(made / f"mlp.{suffix}", other)
    network = build("mlp", {"input": [1, 8, 8], "hidden": [12]})
    save_network(other / "mlp.json", FloatNetwork(network, initial_parameters(network, 9)))
    assert "belongs to another campaign" in refused("faults", "resume", other / "one.db")
    assert "belongs to another campaign" in refused("faults", "replay", other / "one.db", "--cell", 0, "--trial", 0)


def start(folder, *arguments):
    """A command as a process of its own."""
    command = [sys.executable, "-m", "refsim", "faults", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def stored(path):
    """How many trials a database has, as far as it can be read."""
    try:
        return sum(map(len, read(path).rows.values()))
    except (ValueError, OSError):
        return 0


def test_interrupted_and_resumed(refsim, made):
    """Ctrl-C ends a run after the trials at hand, and says how to go on; resumed, it comes to the same."""
    (made / "long.toml").write_text(PLAN.replace("trials = 12", "trials = 60"), "utf-8")
    path = made / "long.db"
    running = start(made, "run", "long.toml", "--out", "long.db")
    deadline = time.monotonic() + 60
    while stored(path) < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "resum" in err
    assert err.count("\n") == 1
    had = stored(path)
    assert 8 <= had < 240
    assert refsim("faults", "resume", path, "--workers", 2).code == 0
    assert refsim("faults", "run", made / "long.toml", "--out", made / "whole.db").code == 0
    assert export(path) == export(made / "whole.db")


@pytest.mark.slow
def test_killed_again_and_again(made, refsim):
    """A run that is killed at random moments, twenty times and more, and resumed each time, comes to the same."""
    (made / "killed.toml").write_text(PLAN.replace("trials = 12", "trials = 4000"), "utf-8")
    path, moments = made / "killed.db", random.Random(5)
    kills = 0
    while kills < 25:
        if path.exists() and path.stat().st_size:
            running = start(made, "resume", "killed.db", "--workers", 1 + kills % 2)
        else:
            path.unlink(missing_ok=True)
            running = start(made, "run", "killed.toml", "--out", "killed.db")
        time.sleep(moments.uniform(0.5, 3))
        if running.poll() is None:
            os.kill(running.pid, signal.SIGKILL)
            kills += 1
        running.communicate(timeout=60)
        if stored(path) == 16_000:
            break
    assert kills >= 20
    assert refsim("faults", "resume", path).code == 0
    assert refsim("faults", "run", made / "killed.toml", "--out", made / "unkilled.db").code == 0
    assert export(path) == export(made / "unkilled.db")
