"""The commands about datapaths."""

import json
from fractions import Fraction

import numpy as np
import pytest

from refsim.cli import arrays, datapaths
from refsim.engine.array import Array
from refsim.engine.datapaths import matmul
from refsim.spec.catalogue import get_format
from refsim.spec.datapath_names import get_datapath
from refsim.spec.text import parse_exact

INT8 = ("--x", "int8", "--y", "int8")
E4M3 = ("--x", "float8_e4m3fn", "--y", "float8_e4m3fn")
INT16, INT18 = (("--accumulator", f"sequential(int{n}/toward_zero/saturate)") for n in (16, 18))
SINGLE = ("--accumulator", "sequential(binary32/ties_to_even/infinity)")
UP = (*[127] * 3, -128, "/", *[127] * 4)


def test_dot(refsim):
    """The datapath, the exact sum, the result, its flags and the clause that decides."""
    ran = refsim("dot", *INT8, *INT16, *UP)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:4] == [
        "datapath  datapath(exact,sequential(int16/toward_zero/saturate),first,sum)",
        "exact     32131 is the sum of the exact products",
        "result    int16  0x407f  16511",
        "flags     inexact overflow",
    ]
    assert lines[4].startswith("decides   accumulate/sequential: The sum must start from the initial value")
    assert lines[5] == "clauses   accumulate/sequential accumulate/write product/exact datapath/dot"


def test_trace(refsim):
    """Every write in order: what was to be written, what the register then held, and the flags."""
    ran = refsim("dot", *INT8, *INT16, *UP, "--trace")
    assert ran.out.splitlines()[2:7] == [
        "register  step  exact  format  code    value  flags",
        "sum       0     16129  int16   0x3f01  16129",
        "sum       1     32258  int16   0x7e02  32258",
        "sum       2     48387  int16   0x7fff  32767  inexact overflow",
        "sum       3     16511  int16   0x407f  16511",
    ]


def test_trace_of_every_stage(refsim):
    """Products, parts, bias, scales and output, each in its own format."""
    ran = refsim(
        "dot", "--x", "binary16", "--y", "int8", "--multiplier", "rounded(bfloat16/ties_to_even/infinity)", "--accumulator",
        "blocked(2,sequential(binary16/ties_to_even/infinity),sequential(binary32/ties_to_even/infinity))", "--bias",
        "last:binary32:0.5", "--scale", "binary32:0.25", "--scale", "bfloat16:0x4000", "--scaling", "steps", "--output",
        "int8/ties_to_even/saturate", "--trace", "--json", "1.5", "2", "-3", "/", "1", "2", "3",
    )  # fmt: skip
    found = json.loads(ran.out)
    assert found["datapath"].endswith("last,steps,output=int8/ties_to_even/saturate)")
    assert [(w["register"], w["step"], w["format"], w["value"]) for w in found["writes"]] == [
        ("product", 0, "bfloat16", "1.5"),
        ("product", 1, "bfloat16", "4"),
        ("product", 2, "bfloat16", "-9"),
        ("part0/sum", 0, "binary16", "1.5"),
        ("part0/sum", 1, "binary16", "5.5"),
        ("part1/sum", 0, "binary16", "-9"),
        ("outer/sum", 0, "binary32", "5.5"),
        ("outer/sum", 1, "binary32", "-3.5"),
        ("bias", 0, "binary32", "-3"),
        ("output", 0, "int8", "-1"),
        ("output", 1, "int8", "-2"),
    ]
    assert found["writes"][9] == {
        "register": "output",
        "step": 0,
        "exact": "-0.75",
        "format": "int8",
        "code": "0xff",
        "value": "-1",
        "flags": ["inexact"],
    }
    assert found["result"] == {"format": "int8", "code": "0xfe", "value": "-2"}
    assert found["flags"] == ["inexact"]
    assert found["bias"] == {"format": "binary32", "code": "0x3f000000", "value": "0.5"}
    assert [scale["value"] for scale in found["scales"]] == ["0.25", "2"]
    assert found["products"] == ["1.5", "4", "-9"]
    assert found["sum_of_products"] == "-3.5"
    assert found["clauses"] == ["accumulate/blocked", "accumulate/write", "product/rounded", "datapath/output", "datapath/dot"]
    assert "writes" not in json.loads(refsim("dot", *INT8, *INT16, *UP, "--json").out)


def test_codes_and_values(refsim):
    """Elements are codes or values, and small terms are lost beside a great one."""
    asked = ("--accumulator", "sequential(binary32/ties_to_even/infinity,group=4,align=13/toward_zero/value/apart)")
    ran = refsim("dot", *E4M3, *asked, "448", "-0.25", "0x01", "1", "/", "0x7e", "1", "1", "1", "--json")
    found = json.loads(ran.out)
    assert found["result"]["value"] == "200704"
    assert parse_exact(found["sum_of_products"]) == 448 * 448 - Fraction(1, 4) + Fraction(1, 512) + 1
    assert found["clauses"][-4:] == ["align/cut", "align/largest", "align/running-sum", "datapath/dot"]


def test_random_bits(refsim, refused):
    """The bits of each write whose rule is stochastic, in order; too few and too many are refused."""
    asked = ("dot", "--x", "bfloat16", "--y", "bfloat16", "--accumulator", "sequential(bfloat16/stochastic_a:4/infinity)")
    elements = ("1", "0x3b00", "0x3b00", "/", "1", "1", "1")
    for draws, value in ((("0", "0", "0"), "1"), (("3", "f", "0"), "1.0078125"), (("0", "f", "f"), "1.015625")):
        bits = [part for draw in draws for part in ("--draw", draw)]
        assert json.loads(refsim(*asked, *elements, *bits, "--json").out)["result"]["value"] == value
    assert refused(*asked, *elements, "--draw", "3") == "stochastic_a:4 needs 4 random bits a number"
    assert (
        refused(*asked, "1", "/", "1", "--draw", "1", "--draw", "2") == "--draw is given 2 times, and 1 writes take random bits"
    )
    assert "random bits 0x10 are not in 0..0xf" in refused(*asked, "1", "/", "1", "--draw", "10")
    assert "'x' are no random bits" in refused(*asked, "1", "/", "1", "--draw", "x")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*INT8, *INT16, 1, 2), "a dot product is written as the elements of x, a slash that stands alone, and those of y"),
        ((*INT8, *INT16, 1, "/", 2, "/"), "a dot product is written as the elements of x, a slash"),
        ((*INT8, *INT16, 1, "/", 2, 3), "a dot product needs vectors of one length, not of 1 and 2 numbers"),
        ((*INT8, *INT16, 128, "/", 2), "128 is no datum of int8, and an operand is never rounded; beside it: 127"),
        ((*INT8, *INT16, "0x100", "/", 2), "code 0x100 is not in 0..0xff of int8"),
        ((*INT8, *INT16, "one", "/", 2), "one"),
        (("--x", "int8", *INT16, 1, "/", 2), "Missing option '--y'"),
        ((*INT8, 1, "/", 2), "Missing option '--accumulator'"),
        ((*INT8, "--accumulator", "seq", 1, "/", 2), "there is no accumulator 'seq'; there are sequential, total,"),
        ((*INT8, *INT16, "--multiplier", "exakt", 1, "/", 2), "there is no multiplier 'exakt'; did you mean exact?"),
        ((*INT8, *INT16, "--output", "int8", 1, "/", 2), "a projection is a format, a rounding rule and an overflow rule"),
        ((*INT8, *INT16, "--bias", "int8:1", 1, "/", 2), "--bias 'int8:1' must begin with first, last, output and a colon"),
        ((*INT8, *INT16, "--bias", "first:1", 1, "/", 2), "operand '1' must be a format with a code or a value"),
        ((*INT8, *INT16, "--scale", "int8:1", 1, "/", 2), "--scale needs --scaling, one of terms, sum, steps"),
        ((*INT8, *INT16, "--scaling", "all", 1, "/", 2), "Invalid value for '--scaling'"),
        ((*INT8, "--accumulator", "total(int8/stochastic_a:3/wrap)", 1, "/", 2), "stochastic_a:3 needs 3 random bits a number"),
        ((*INT8, "--accumulator", "total(int8/toward_zero/error)", 99, "/", 2), "198 is outside the range of int8"),
        (("--x", "int9x", "--y", "int8", *INT16, 1, "/", 2), "unknown format 'int9x'"),
    ],
)
def test_misuse_of_dot(refused, arguments, message):
    """What is missing, unknown or of the wrong length is said in one line."""
    assert message in refused("dot", *arguments)


@pytest.fixture
def files(tmp_path):
    """Matrices in files: integers, codes, several arrays in one, and what is none of these."""
    rng = np.random.default_rng(1)
    np.save(tmp_path / "a.npy", rng.integers(-128, 128, (5, 40)).astype(np.int8))
    np.save(tmp_path / "b.npy", rng.integers(0, 256, (40, 3)).astype(np.uint8))
    names = {"x": (4, 6), "w": (6, 2)}
    codes = {name: rng.integers(0, 0x7F, shape).astype(np.uint8) for name, shape in names.items()}
    np.savez(tmp_path / "layer.npz", **codes, bias=np.array([0x3F800000, 0x40000000], np.uint32))
    np.save(tmp_path / "wide.npy", np.full((5, 40), 300))
    np.save(tmp_path / "low.npy", np.full((5, 40), -129))
    np.save(tmp_path / "mixed.npy", np.tile(np.array([-1, 200], np.int16), (5, 20)))
    np.save(tmp_path / "float.npy", np.ones((5, 40)))
    np.save(tmp_path / "three.npy", np.zeros((2, 2, 2), np.uint8))
    (tmp_path / "text.npy").write_text("no array")
    whole = bytearray((tmp_path / "layer.npz").read_bytes())
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    whole[whole.index(b"NUMPY") + 130] ^= 0xFF
    (tmp_path / "bad.npz").write_bytes(whole)
    return tmp_path


def test_matmul(refsim, files):
    """The file holds what the engine gives; integers of an integer format count as such."""
    out = files / "c.npy"
    ran = refsim("matmul", files / "a.npy", files / "b.npy", *INT8, *INT18, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[1] == f"result    5 x 3 codes of int18 in {out}"
    a, b = np.load(files / "a.npy"), np.load(files / "b.npy").view(np.int8)
    found = np.load(out)
    assert found.dtype == np.uint32
    steps = np.cumsum(a.astype(int)[:, :, None] * b.astype(int), axis=1)
    inside = np.abs(steps).max(axis=1) < 1 << 17
    assert inside.any()
    assert np.array_equal(found[inside], steps[:, -1][inside] & 0x3FFFF)


def test_matmul_with_flags(refsim, files):
    """Codes and flags in one file, with a bias out of an archive; the counts of flags are printed."""
    layer = files / "layer.npz"
    out = files / "new" / "c.npz"
    arguments = (f"{layer}:x", f"{layer}:w", *E4M3, *SINGLE, "--bias", f"first:binary32:{layer}:bias", "--flags", "--out", out)
    facts = json.loads(refsim("matmul", *arguments, "--json").out)
    path = get_datapath("datapath(exact,sequential(binary32/ties_to_even/infinity),first,sum)")
    with np.load(layer) as file:
        given = dict(file)
    e4m3 = get_format("float8_e4m3fn")
    bias = Array(given["bias"], get_format("binary32"))
    codes, flags = matmul(Array(given["x"], e4m3), Array(given["w"], e4m3), path, bias, flags=True)
    with np.load(out) as written:
        assert np.array_equal(written["codes"], codes.codes)
        assert np.array_equal(written["flags"], flags)
    assert facts["raised"]["inexact"] == np.count_nonzero(flags & 1)
    assert facts["shape"] == [4, 2]
    assert (facts["x"], facts["format"], facts["file"]) == ("float8_e4m3fn", "binary32", str(out))
    text = refsim("matmul", *arguments).out.splitlines()
    assert text[2].startswith("flags     ")


def test_scales_of_rows_and_columns(refsim, files):
    """Scales broadcast: one for each row, and one for all."""
    np.save(files / "rows.npy", np.array([[0x3F000000], [0x3E800000], [0x3F800000], [0x3F800000], [0xBF800000]], np.uint32))
    np.save(files / "one.npy", np.array(0x3C000000, np.uint32))
    out = files / "c.npy"
    wide = ("--accumulator", "total(int32/toward_zero/wrap)", "--output", "binary32/ties_to_even/infinity", "--scaling", "sum")
    scales = ("--scale", f"binary32:{files / 'rows.npy'}", "--scale", f"binary32:{files / 'one.npy'}")
    assert refsim("matmul", files / "a.npy", files / "b.npy", *INT8, *wide, *scales, "--out", out).code == 0
    product = np.load(files / "a.npy").astype(int) @ np.load(files / "b.npy").view(np.int8).astype(int)
    expected = product * np.array([[0.5], [0.25], [1], [1], [-1]]) / 128
    assert np.array_equal(np.load(out).view(np.float32), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.npy", "b.npy", "--out", "c.npz"), "--out must be an .npy file without --flags, not c.npz"),
        (("a.npy", "b.npy", "--out", "c.npy", "--flags"), "--out must be an .npz file with --flags, not c.npy"),
        (("a.npy", "a.npy", "--out", "c.npy"), "a.npy and a.npy must hold M x K and K x N codes, not 5 x 40 and 5 x 40"),
        (
            ("three.npy", "b.npy", "--out", "c.npy"),
            "three.npy and b.npy must hold M x K and K x N codes, not 2 x 2 x 2 and 40 x 3",
        ),
        (("none.npy", "b.npy", "--out", "c.npy"), "none.npy: No such file or directory"),
        (("text.npy", "b.npy", "--out", "c.npy"), "text.npy is no .npy or .npz file of numbers"),
        (("cut.npz:x", "b.npy", "--out", "c.npy"), "cut.npz is no .npy or .npz file of numbers"),
        (("bad.npz:x", "b.npy", "--out", "c.npy"), "bad.npz is no .npy or .npz file of numbers"),
        (("float.npy", "b.npy", "--out", "c.npy"), "float.npy holds float64 data, not codes of int8 as integers"),
        (("wide.npy", "b.npy", "--out", "c.npy"), "wide.npy holds 300, which is no code in 0..0xff of int8"),
        (("low.npy", "b.npy", "--out", "c.npy"), "low.npy holds -129, which is no integer of int8"),
        (("mixed.npy", "b.npy", "--out", "c.npy"), "mixed.npy holds 200, which is no integer of int8"),
        (("layer.npz", "b.npy", "--out", "c.npy"), "layer.npz holds several arrays; name one, as in layer.npz:x"),
        (("layer.npz:q", "b.npy", "--out", "c.npy"), "layer.npz has no array 'q'; it has x, w, bias"),
        (
            ("a.npy", "b.npy", "--out", "c.npy", "--bias", "first:int32"),
            "'int32' must be a format, a colon and a file of codes",
        ),
        (
            ("a.npy", "b.npy", "--out", "c.npy", "--bias", "first:int8:a.npy"),
            "a.npy holds 5 x 40 codes, which do not broadcast",
        ),
        (("a.npy", "b.npy", "--out", "c.npy", "--scale", "int8:a.npy"), "--scale needs --scaling"),
        (("a.npy", "b.npy"), "Missing option '--out'"),
    ],
)
def test_misuse_of_matmul(refused, files, monkeypatch, arguments, message):
    """What is no matrix, no code or of the wrong shape is said in one line, and nothing is written."""
    monkeypatch.chdir(files)
    assert message in refused("matmul", *arguments, *INT8, *INT18)
    assert not {path.name for path in files.iterdir()} & {"c.npy", "c.npz", "c.npy.part", "c.npz.part"}


def test_negative_codes_of_a_float(refused, files):
    """Integers are codes where the format is no integer format, and wide codes have no file."""
    given = (files / "a.npy", files / "b.npy", "--out", files / "c.npy")
    assert "which is no code in 0..0xff of float8_e4m3fn" in refused("matmul", *given, *E4M3, *SINGLE)
    wide = ("--accumulator", "total(int80/toward_zero/wrap)")
    assert "codes of int80 have no place in a file: they have more than 64 bits" in refused("matmul", *given, *INT8, *wide)


def test_progress_and_interrupts(refsim, files, monkeypatch):
    """The engine tells how far it is; an interrupt leaves no file, and the old one as it was."""
    told = []

    def interrupted(*_, progress, **options):
        progress(3, 15)
        told.append(options)
        raise KeyboardInterrupt

    out = files / "c.npy"
    out.write_bytes(b"old")
    monkeypatch.setattr(datapaths, "matrix_product", interrupted)
    ran = refsim("matmul", files / "a.npy", files / "b.npy", *INT8, *INT18, "--out", out)
    assert (ran.code, ran.err.strip(), told) == (130, "refsim: interrupted", [{"flags": False}])
    assert out.read_bytes() == b"old"
    assert not out.with_name("c.npy.part").exists()


def test_empty_matrices(files):
    """An array without elements holds no wrong code."""
    np.save(files / "empty.npy", np.zeros((0, 4), np.int8))
    assert arrays.read_codes(str(files / "empty.npy"), get_format("int8")).shape == (0, 4)


def test_two_biases(refsim):
    """A second bias is refused, not preferred."""
    ran = refsim("dot", *INT8, *INT18, "--bias", "first:int8:3", "--bias", "last:int8:3", 1, "/", 2)
    assert (ran.code, ran.out, ran.err) == (2, "", "refsim: there is one --bias at most, not 2\n")
