"""The commands about networks, from a new one to a trace."""

import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from refsim.nn.data import get_data
from refsim.nn.files import load_network, save_network
from refsim.nn.networks import predict
from refsim.nn.traces import read_trace


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a trained network, and one of codes made of it."""
    folder = tmp_path_factory.mktemp("networks")
    for arguments in (
        ["train", "mlp", "--epochs", "12", "--rate", "linear:0.1:0.01:12", "--out", folder / "mlp.json"],
        ["quantize", folder / "mlp.json", "--scheme", "int8", "--data", "digits", "--out", folder / "int8.json"],
    ):
        command = [sys.executable, "-m", "refsim", "network", *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True)
    return folder


def test_new(refsim, tmp_path):
    """A network of a family, with the sizes that are given."""
    ran = refsim("network", "new", "mlp", "--option", "hidden=[5,4]", "--option", "classes=3", "--out", tmp_path / "a.json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{tmp_path / 'a.json'}: mlp, a network in floating point with 6 layers and 364 parameters\n"
    assert load_network(tmp_path / "a.json").network.shapes()["dense3"] == (3,)


def test_train(made, refsim):
    """What is trained is right for most digits, and the run says so; in JSON every epoch is told."""
    ran = refsim("network", "run", made / "mlp.json", "--data", "digits", "--json")
    assert json.loads(ran.out)["accuracy"] > 0.9
    ran = refsim("network", "train", "mlp", "--epochs", "2", "--out", made / "two.json", "--json")
    assert [epoch["epoch"] for epoch in json.loads(ran.out)["history"]] == [0, 1]


def test_prune(made, refsim, refused, tmp_path):
    """Half of the channels go, in two steps; what is left is tuned, and is right for most digits."""
    ran = refsim("network", "prune", made / "mlp.json", "--ratio", 0.5, "--out", tmp_path / "small.json", "--json")
    steps = json.loads(ran.out)["steps"]
    assert [step["taken_out"] for step in steps] == [0, 16, 16]
    assert [step["macs"] for step in steps] == [4736, 3552, 2368]
    assert steps[-1]["accuracy"] > 0.85
    assert load_network(tmp_path / "small.json").network.shapes()["dense1"] == (32,)
    ran = refsim(
        "network", "prune", made / "mlp.json", "--ratio", 0.5, "--epochs", 0, "--steps", 1, "--out", tmp_path / "a.json"
    )
    assert ran.out.splitlines()[0].split() == ["step", "channels", "out", "MACs", "parameters", "right"]
    assert ran.out.splitlines()[2].split()[:4] == ["1", "32", "2368", "2410"]
    assert "not 1.5" in refused("network", "prune", made / "mlp.json", "--ratio", 1.5, "--out", tmp_path / "b.json")
    assert "not pruned" in refused("network", "prune", made / "int8.json", "--ratio", 0.5, "--out", tmp_path / "b.json")


def test_run(made, refsim, tmp_path):
    """Codes have nearly the same accuracy; the results are written as they are held."""
    ran = refsim("network", "run", made / "int8.json", "--data", "digits", "--out", tmp_path / "y.npy")
    lines = ran.out.splitlines()
    assert lines[0] == "samples   360"
    assert lines[1] == "result    10 of binary32 each"
    assert lines[2].startswith("right     3")
    codes, data = np.load(tmp_path / "y.npy"), get_data("digits")
    found = load_network(made / "mlp.json")
    y = predict(found.network, found.parameters, data.test_x)
    assert codes.dtype == np.uint32
    assert (codes.view(np.float32).argmax(1) == y.argmax(1)).mean() > 0.97


def test_run_on_a_file(made, refsim, tmp_path):
    """Numbers in a file are encoded, integers are codes; samples can be in another shape of as many numbers."""
    x = get_data("digits").test_x[:30]
    np.save(tmp_path / "x.npy", x.reshape(30, 64))
    np.savez(tmp_path / "codes.npz", x=x.astype(np.float32).view(np.uint32))
    shown = [
        refsim("network", "run", made / "int8.json", "--input", tmp_path / name, "--take", 25, "--skip", 2).out
        for name in ("x.npy", "codes.npz:x")
    ]
    assert shown[0] == shown[1]
    assert shown[0].splitlines()[0] == "samples   25"
    assert shown[0].splitlines()[2].startswith("classes   ")
    assert shown[0].splitlines()[2].endswith(" ...")


def test_batches(made, refsim):
    """In however large parts samples are run, the results are the same."""
    one, two = (refsim("network", "run", made / "int8.json", "--data", "digits", "--json", "--batch", n).out for n in (7, 500))
    assert one == two


def test_summary(made, refsim):
    """Layers in a table, and their sums; in JSON the same numbers."""
    ran = refsim("network", "summary", made / "mlp.json")
    lines = ran.out.splitlines()
    assert lines[:2] == ["network   mlp", "input     1x8x8 of float"]
    assert lines[3].split() == ["layer", "kind", "from", "shape", "format", "MACs", "parameters", "bits", "result", "bits"]
    assert lines[5].split() == ["dense1", "dense", "flatten", "64", "float", "4096", "4160", "133120", "2048", "outputs=64"]
    assert lines[-1].startswith("total     4736 MACs, 4810 parameters of 153920 bits")
    found = json.loads(refsim("network", "summary", made / "int8.json", "--json").out)
    assert found["total"]["macs"] == 4736
    assert found["input"] == "1 x 8 x 8 of binary32"
    assert sum(layer["macs"] for layer in found["layers"]) == 4736


def test_trace_and_check(made, refsim, tmp_path):
    """The engine's trace is the specification's; a changed network shows where codes begin to differ."""
    for name, more in (("one", ["--images"]), ("two", ["--specification"])):
        ran = refsim("network", "trace", made / "int8.json", "--data", "digits", "--take", 2, "--out", tmp_path / name, *more)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("8 layers of 2 samples in ")
    assert (tmp_path / "one/trace.json").read_text() == (tmp_path / "two/trace.json").read_text()
    assert (tmp_path / "one/images/input.hex").exists()
    assert not (tmp_path / "two/images").exists()
    ran = refsim("network", "check", tmp_path / "one", tmp_path / "two", "--specification")
    assert (ran.code, ran.out.count("0 differ")) == (0, 2)
    trace = read_trace(tmp_path / "one")
    found = load_network(made / "int8.json")
    weights = next(name for name in found.tensors if name.endswith("dense2.weights"))
    found.tensors[weights].codes[3, 5] ^= 1
    save_network(tmp_path / "one/network.json", found)
    ran = refsim("network", "check", tmp_path / "one")
    assert ran.code == 1
    assert "dense2" in ran.out
    assert " at [3]: expected 0x" in ran.out
    ran = refsim("network", "check", tmp_path / "one", "--json")
    assert (ran.code, json.loads(ran.out)[0]["differ"][0]["index"]) == (1, [3])
    assert trace.samples == 2


def test_misuse(made, refused, tmp_path):
    """Each mistake is one line that says what to do."""
    mlp, out = made / "mlp.json", tmp_path / "out.json"
    for arguments, message in [
        (["trace", mlp, "--data", "digits", "--out", tmp_path / "t"], "refsim network quantize makes one of codes"),
        (["run", mlp], "the samples come from --data or from --input, one of the two"),
        (["run", mlp, "--data", "digits", "--input", "x.npy"], "one of the two"),
        (["run", mlp, "--data", "digits", "--skip", 1000], "there are no samples from number 1000 on; there are 360"),
        (["run", mlp, "--data", "digit"], "digit"),
        (["run", mlp, "--data", "scene"], "the network mlp takes samples of shape (1, 8, 8), not"),
        (["run", mlp, "--data", "digits", "--out", "y.txt"], "--out must be an .npy file, not y.txt"),
        (["run", mlp, "--input", tmp_path / "none.npy"], "none.npy"),
        (["new", "mlp", "--option", "hiden=[3]", "--out", out], "mlp has no option 'hiden'"),
        (["new", "mlp", "--option", "hidden", "--out", out], "an option is written name=value, each once, not 'hidden'"),
        (["new", "mlp", "--out", tmp_path / "out.txt"], "a network is written to a .json file"),
        (["quantize", made / "int8.json", "--scheme", "int8", "--out", out], "is a network of codes already"),
        (
            ["quantize", mlp, "--scheme", "int9", "--data", "digits", "--out", out],
            "there is no scheme 'int9'; did you mean int8?",
        ),
        (["quantize", mlp, "--scheme", "int8", "--out", out], "samples"),
        (["train", "mpl", "--out", out], "mpl is neither a file nor one of the families mlp, maxout_mlp"),
        (["train", "mlp", "--out", tmp_path], "is a directory"),
        (["train", "mlp", "--out", "/proc/a.json"], "/proc/a.json cannot be written"),
        (["train", "mlp", "--checkpoint", out.with_suffix(".npz"), "--out", out], "give it another name"),
        (["train", "mlp", "--rate", 1e30, "--out", out], "take a smaller learning rate"),
        (["train", "mlp", "--network-option", "hidden=[1000000,1000000]", "--out", out], "there are at most"),
        (["train", made / "int8.json", "--out", out], "is a network of codes, which is not trained"),
        (["train", "mlp", "--rate", "fast", "--out", out], "a schedule is a number, or KIND:FIRST:LAST:EPOCHS"),
        (["train", "mlp", "--method", "flat", "--out", out], "there is no method 'flat' of training"),
        (["train", "mlp", "--resume", "--out", out], "--resume goes on from a --checkpoint, which is not given"),
        (["train", "mlp", "--batch", 5000, "--out", out], "a batch of 5000 samples is more than the"),
    ]:
        assert message in refused("network", *arguments)
    assert not list(tmp_path.iterdir())


def test_damaged_files(made, refsim, tmp_path):
    """Exit code 4, and one line."""
    for file in ("mlp.json", "mlp.npz"):
        shutil.copy(made / file, tmp_path / file)
    (tmp_path / "mlp.npz").write_bytes((made / "mlp.npz").read_bytes()[:-9])
    for arguments in (["summary", tmp_path / "mlp.json"], ["train", tmp_path / "mlp.json", "--out", tmp_path / "o.json"]):
        ran = refsim("network", *arguments)
        assert (ran.code, ran.out) == (4, "")
        assert ran.err.count("\n") == 1
        assert "mlp.npz is not the file that belongs to it" in ran.err


def test_stop_and_resume(tmp_path):
    """An interrupted training says how to go on, and ends as the one that was not interrupted."""
    common = ["mlp", "--data", "digits", "--epochs", "16", "--batch", "10", "--seed", "3"]

    def command(*more):
        return [sys.executable, "-m", "refsim", "network", "train", *common, *map(str, more)]

    subprocess.run(command("--out", tmp_path / "whole.json"), check=True, capture_output=True)
    checkpoint, interrupted = tmp_path / "c.npz", 0
    for attempt in range(40):
        more = ["--checkpoint", checkpoint, *(["--resume"] if attempt else []), "--out", tmp_path / "parts.json"]
        running = subprocess.Popen(command(*more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if not attempt:
            while not checkpoint.exists():
                time.sleep(0.01)
            running.send_signal(signal.SIGINT)
        _, said = running.communicate()
        if running.returncode == 0:
            break
        assert running.returncode == 130
        assert said.splitlines()[-1].startswith("refsim: stopped in epoch ")
        assert said.splitlines()[-1].endswith(" of 16; go on with --resume")
        assert not (tmp_path / "parts.json").exists()
        interrupted += 1
    assert interrupted == 1
    assert (tmp_path / "parts.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()


def test_a_checkpoint_is_not_written_over(refused, tmp_path):
    """A checkpoint that is there is gone on from, or taken away by whoever wants to."""
    (tmp_path / "c.npz").write_bytes(b"mine")
    said = refused("network", "train", "mlp", "--checkpoint", tmp_path / "c.npz", "--out", tmp_path / "o.json")
    assert "c.npz is there already: go on from it with --resume, or take it away" in said
    assert (tmp_path / "c.npz").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.float32(3), "samples are numbers along a first axis, not float32 of shape ()"),
        (np.zeros((2, 64), complex), "not complex128 of shape (2, 64)"),
        (np.zeros((2, 64), bool), "not bool of shape (2, 64)"),
        (np.full((2, 64), np.nan), "samples are finite, and there is an infinity or a NaN among them"),
        (np.zeros((2, 64), np.uint8), "integers in a file are codes, which of binary32 are uint32, not uint8"),
        (np.zeros((2, 63)), "the network mlp takes samples of shape (1, 8, 8), not (63,)"),
    ],
    ids=range(6),
)
def test_samples_that_are_none(made, refused, tmp_path, array, message):
    """One line says what a sample is."""
    np.save(tmp_path / "x.npy", array)
    assert message in refused("network", "run", made / "int8.json", "--input", tmp_path / "x.npy")


def test_a_trace_in_the_place_of_another(made, refsim, tmp_path):
    """Nothing of the one before stays."""
    given = ("network", "trace", made / "int8.json", "--data", "digits", "--out", tmp_path / "t")
    refsim(*given, "--take", 2, "--images")
    assert list((tmp_path / "t/images").iterdir())
    refsim(*given, "--take", 1)
    assert not list((tmp_path / "t/images").iterdir())
    assert read_trace(tmp_path / "t").samples == 1
