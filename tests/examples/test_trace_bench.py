"""The bench for traces under Icarus Verilog passes on the right trace, and fails on one flipped bit and names the layer."""

import importlib.util
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from refsim.nn.traces import specified, write_trace
from refsim.spec.network_names import read_network

from ..nn.coded import coded, samples_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "trace_bench"
ICARUS = shutil.which("iverilog")
needs_icarus = pytest.mark.skipif(ICARUS is None, reason="Icarus Verilog is not installed: apt install iverilog")


def make_bench(folder, out):
    """The example's own function, of its file."""
    spec = importlib.util.spec_from_file_location("make_bench", EXAMPLE / "make_bench.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_bench(folder, out)


def run_bench(bench, layers=EXAMPLE / "layers.sv"):
    """What the bench prints, and whether it passes."""
    return run_program(compiled(bench, layers))


def compiled(bench, layers=EXAMPLE / "layers.sv"):
    """The program of a bench, which reads the trace's images when it runs."""
    program = bench.with_suffix(".vvp")
    subprocess.run([ICARUS, "-g2012", "-s", "bench", "-o", program, layers, bench], check=True, capture_output=True)
    return program


def run_program(program):
    """What it prints, and whether it passes."""
    found = subprocess.run(["vvp", "-N", program], capture_output=True, text=True, check=False)
    return found.stdout, found.returncode == 0


def failed_layers(said):
    """The layers that a bench names as wrong; of an input of several it names the number too."""
    return {line.split()[1].rstrip(":").partition("@")[0] for line in said.splitlines() if line.startswith("FAIL ")}


@contextmanager
def one_bit_flipped(image):
    """The lowest bit of the last word of an image, flipped for a while."""
    text = image.read_text("ascii")
    *lines, last = text.splitlines()
    image.write_text("\n".join([*lines, f"{int(last, 16) ^ 1:0{len(last)}x}"]) + "\n", "ascii")
    yield
    image.write_text(text, "ascii")


SUM = "q5.10/toward_zero/saturate"
PATH = f"datapath(exact,sequential({SUM}),first,sum,output=q2.5/ties_to_even/saturate)"
REGISTER = f"datapath(exact,sequential({SUM}),first,sum)"
Q = "q2.5/ties_to_even/saturate"


def rule(name, inputs, parameters=None, **data):
    """A layer as plain data."""
    return {"name": name, "rule": data, "inputs": inputs, "parameters": parameters or {}}


EVERY_MODULE = {
    "name": "every module",
    "input": {"shape": [2, 6, 6], "format": "q2.5"},
    "parameters": {
        name: {"shape": shape, "format": format}
        for name, shape, format in [
            ("conv.weights", [4, 2, 3, 3], "q2.5"),
            ("conv.bias", [4], "q2.5"),
            ("depthwise.weights", [4, 1, 2, 3], "q2.5"),
            ("up.weights", [4, 1, 3, 3], "q2.5"),
            ("up.bias", [2], "q5.10"),
            ("dense.weights", [6, 72], "q2.5"),
            ("norm.scale", [4], "q2.5"),
            ("norm.shift", [4], "q3.4"),
        ]
    },
    "layers": [
        rule(
            "conv",
            ["input"],
            {"weights": "conv.weights", "bias": "conv.bias"},
            kind="conv2d",
            path=PATH,
            window={"padding": [1, 1, 1, 1]},
            pad=3,
        ),
        rule(
            "depthwise",
            ["conv"],
            {"weights": "depthwise.weights"},
            kind="conv2d",
            path=REGISTER,
            window={"groups": 4, "stride": [1, 2], "padding": [1, 0, 2, 1], "dilation": [2, 1]},
            pad=0,
        ),
        rule("relu", ["depthwise"], kind="elementwise", operation="relu", to="q3.4/ties_to_even/saturate"),
        rule(
            "max",
            ["conv"],
            kind="max_pool",
            operation="maximum",
            kernel=[3, 2],
            window={"stride": [2, 1], "padding": [1, 0, 0, 1]},
            ceil=False,
        ),
        rule(
            "mean",
            ["conv"],
            kind="average_pool",
            accumulator="total(q8.5/toward_zero/error)",
            to="q2.4/ties_to_even/saturate",
            kernel=[3, 3],
            window={"padding": [1, 1, 1, 1]},
            count_padding=False,
            ceil=False,
        ),
        rule(
            "whole",
            ["conv"],
            kind="average_pool",
            accumulator="total(q9.5/toward_zero/error)",
            to="q2.6/ties_to_even/saturate",
            kernel=None,
            window={},
            count_padding=False,
            ceil=False,
        ),
        rule("narrow", ["mean"], kind="elementwise", operation="convert", to=Q),
        rule("sum", ["conv", "mean"], kind="elementwise", operation="add", to=Q),
        rule(
            "norm",
            ["mean"],
            {"b": "norm.scale", "c": "norm.shift"},
            kind="elementwise",
            operation="fma",
            to="q3.4/ties_to_even/saturate",
        ),
        rule(
            "up",
            ["max"],
            {"weights": "up.weights", "bias": "up.bias"},
            kind="conv_transpose2d",
            path=PATH,
            window={"stride": [2, 1], "padding": [1, 0, 1, 1], "groups": 2},
            output_padding=[1, 0],
            pad=0,
        ),
        rule("twice", ["up"], kind="upsample", factor=[2, 3]),
        rule("pieces", ["sum"], kind="maxout", operation="maximum", pieces=2),
        rule("joined", ["conv", "sum", "narrow"], kind="concat", axis=0),
        rule("flat", ["pieces"], kind="reshape", shape=[-1]),
        rule("dense", ["flat"], {"weights": "dense.weights"}, kind="dense", path=PATH),
        rule("choice", ["dense"], kind="maxout", operation="maximum", pieces=3),
    ],
}
LAYERS = [layer["name"] for layer in EVERY_MODULE["layers"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A golden trace that needs every module, and all they can do."""
    found = coded(EVERY_MODULE)
    path = tmp_path_factory.mktemp("trace")
    write_trace(path, specified(found, samples_of(found, 2)), images=True)
    return path


@needs_icarus
def test_the_right_trace_passes(folder, tmp_path):
    """Every layer is checked once, one of several inputs once for each."""
    said, passed = run_bench(make_bench(folder, tmp_path))
    assert passed, said
    assert said.splitlines() == [
        *(f"pass {name}" for layer in EVERY_MODULE["layers"] for name in checks(layer)),
        f"PASS: {len(LAYERS) + 2} checks",
    ]


def checks(layer):
    """The names of the checks of a layer."""
    many = layer["rule"]["kind"] == "concat"
    return [f"{layer['name']}@{i}" for i in range(3)] if many else [layer["name"]]


@needs_icarus
@pytest.mark.parametrize("layer", LAYERS)
def test_one_flipped_bit_fails(folder, tmp_path, layer):
    """In whichever layer it is, the bench fails and names that layer."""
    program = compiled(make_bench(folder, tmp_path))
    with one_bit_flipped(folder / "images" / f"{layer}.hex"):
        said, passed = run_program(program)
    assert not passed
    takers = {one["name"] for one in EVERY_MODULE["layers"] if layer in one["inputs"]}
    assert layer in failed_layers(said)
    assert failed_layers(said) <= {layer, *takers}


BUGS = [
    ("(2 * r == d && q[0])", "2 * r == d", "ties go up"),
    ("2 * r > d || (2 * r == d && q[0])", "0", "rounding is down"),
    ("acc = saturated(acc + term, AW)", "acc = acc + term", "the register does not saturate"),
    (
        "return v > top ? top : v < -top - 1 ? -top - 1 : v;",
        "return v > top ? top : v < -top ? -top : v;",
        "saturation is symmetric",
    ),
    ("? PAD :", "? 0 :", "the pad is zero"),
    ("if (TRANSPOSED) add(c, KH - 1 - k, KW - 1 - m);", "if (TRANSPOSED) add(c, k, m);", "other order of a transposed kernel"),
    ("i * SH + k * DH - TOP", "i * SH + k - TOP", "no dilation"),
    ("i * SH + k * DH - TOP", "i * SH + k * DH", "no padding above"),
    ("c = (o / EACH) * DEPTH", "c = 0", "the groups are read as one"),
    ("longint'(bias[o]) <<< BIAS_SHIFT", "longint'(bias[o])", "the bias is not aligned"),
    ('KIND == "relu" && held < 0', "0", "no ReLU"),
    ("(longint'(x2[i]) <<< B)", "longint'(x2[i])", "operands are not aligned"),
    ("i / INNER % CHANNELS", "i % CHANNELS", "the channel runs fastest"),
    ("(longint'(x3[channel]) <<< B)", "longint'(x3[channel])", "the shift is not aligned"),
    ("longint'(count) * DIVIDE", "KH * KW * DIVIDE", "padding is counted"),
    ("count == 0 || element > held", "element > held", "the greatest is never negative"),
    ("(i / (W * FW)) % (H * FH) / FH", "(i / (W * FW)) % (H * FH) % H", "rows are not repeated"),
    ("x[n*SIZE+from+k*INNER] > held", "x[n*SIZE+from+k*INNER] < held", "the least of the pieces"),
]


@needs_icarus
@pytest.mark.parametrize(("right", "wrong", "what"), BUGS, ids=[bug[2] for bug in BUGS])
def test_a_device_with_a_bug_fails(folder, tmp_path, right, wrong, what):
    """The trace tells every planted bug from the right device."""
    text = (EXAMPLE / "layers.sv").read_text()
    assert right in text, what
    device = tmp_path / "layers.sv"
    device.write_text(text.replace(right, wrong))
    said, passed = run_bench(make_bench(folder, tmp_path), device)
    assert not passed, said


@pytest.mark.parametrize(
    ("place", "change", "message"),
    [
        (0, {"path": PATH.replace("q5.10/toward_zero/saturate", "q5.10/toward_zero/wrap")}, "layer conv: layers.sv saturates"),
        (0, {"path": PATH.replace("q5.10", "q5.9")}, "layer conv: layers.sv has registers with the step of the products"),
        (0, {"path": PATH.replace("first", "last")}, "layer conv: layers.sv adds a bias first"),
        (0, {"path": PATH.replace("ties_to_even", "ties_to_away")}, "layer conv: layers.sv saturates, and rounds ties to even"),
        (2, {"operation": "relu6"}, "layer relu: layers.sv has the operations convert, relu, add, fma with b and c"),
        (3, {"ceil": True}, "layer max: layers.sv has pools of neighbouring places"),
    ],
    ids=range(6),
)
def test_what_the_bench_cannot_compute(tmp_path, place, change, message):
    """Another network is refused with the name of the layer, and nothing is written."""
    data = {**EVERY_MODULE, "layers": [dict(layer) for layer in EVERY_MODULE["layers"][: place + 1]]}
    data["layers"][place]["rule"] = {**data["layers"][place]["rule"], **change}
    data["layers"] = [layer for layer in data["layers"] if layer["name"] in {"conv", "depthwise", LAYERS[place]}]
    assert read_network(data)
    found = coded(data)
    write_trace(tmp_path / "trace", specified(found, samples_of(found, 1)), images=True)
    with pytest.raises(ValueError, match=r".") as caught:
        make_bench(tmp_path / "trace", tmp_path / "out")
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()
