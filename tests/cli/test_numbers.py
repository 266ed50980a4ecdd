"""The commands about formats and single numbers."""

import json
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from refsim.spec.catalogue import CATALOGUE, p3109_formats

NEAREST = ("--rounding", "ties_to_even", "--overflow", "saturate")


def test_formats_lists_the_catalogue(refsim):
    """A line for each named format with its ends, and the ways to spell the others."""
    ran = refsim("formats")
    lines = ran.out.splitlines()
    names = [entry.format.name for entry in CATALOGUE]
    assert [line.split()[0] for line in lines[1 : len(names) + 1]] == names
    row = next(line for line in lines if line.startswith("float8_e4m3fn ")).split()
    assert row == ["float8_e4m3fn", "8", "448", "0.015625", "0x1p-9", "nan", "-0"]
    assert "mxfp4                 136  32 float4_e2m1fn, float8_e8m0fnu" in lines
    assert lines[-1].startswith("also, by name: binary8p3se; e5m10")
    assert (ran.code, ran.err) == (0, "")


def test_formats_as_json(refsim):
    """The same as JSON; with --all the P3109 formats too."""
    some, every = (json.loads(refsim("formats", "--json", *more).out) for more in ((), ("--all",)))
    assert [item["name"] for item in some] == [entry.format.name for entry in CATALOGUE]
    assert every[: len(some)] == some
    assert len(every) - len(some) == sum(1 for _ in p3109_formats())
    info = ml_dtypes.finfo(ml_dtypes.float8_e5m2)
    e5m2 = next(item for item in some if item["name"] == "float8_e5m2")
    assert (e5m2["bits"], e5m2["specials"]) == (8, ["inf", "nan", "-0"])
    assert Fraction(e5m2["greatest"]) == Fraction(float(info.max))
    assert float.fromhex(e5m2["least_normal"]) == float(info.smallest_normal)
    assert float.fromhex(e5m2["least"]) == float(info.smallest_subnormal)
    assert next(item for item in some if item["name"] == "float8_e8m0fnu")["specials"] == ["nan"]


@pytest.mark.parametrize(
    ("format", "what", "lines"),
    [
        ("float8_e4m3fn", "0x7e", ["0x7e  01111110  448  (sign 0  exponent 1111  fraction 110)"]),
        ("float8_e4m3fn", "0b1000_0001", ["0x81  10000001  -0x1p-9  (sign 1  exponent 0000  fraction 001)"]),
        ("float4_e2m1fn", "0xF", ["0xf  1111  -6  (sign 1  exponent 11  fraction 1)"]),
        ("q2.5", "0x80", ["0x80  10000000  -4  (sign 1  integer 00  fraction 00000)"]),
        ("float8_e8m0fnu", "0x7f", ["0x7f  01111111  1  (exponent 01111111)"]),
        ("float8_e4m3fn", "1.5", ["1.5 is a datum of float8_e4m3fn", "0x3c  00111100  1.5  ("]),
        (
            "float8_e4m3fn",
            "0.3",
            ["3/10 is no datum of float8_e4m3fn; beside it:", "0x29  00101001  0.28125", "0x2a  00101010  0.3125"],
        ),
        ("float8_e4m3fn", "-1/3", ["-1/3 is no datum", "0xaa  10101010  -0.3125", "0xab  10101011  -0.34375"]),
        ("float8_e4m3fn", "0x1.9p0", ["1.5625 is no datum", "0x3c  00111100  1.5", "0x3d  00111101  1.625"]),
        ("float8_e4m3fn", "1000", ["1000 is no datum", "0x7e  01111110  448"]),
        ("float8_e4m3fn", "-1000", ["-1000 is no datum", "0xfe  11111110  -448"]),
        ("float8_e4m3fn", "nan", ["nan is a datum", "0x7f"]),
        ("float8_e5m2", "-inf", ["-inf is a datum", "0xfc"]),
        ("float8_e4m3fn", "-0", ["-0 is a datum", "0x80"]),
        ("float8_e4m3fnuz", "-0", ["-0 is no datum", "0x00"]),
        ("binary16", "snan", ["snan is a datum", "0x7c01"]),
        ("float8_e8m0fnu", "0", ["0 is no datum", "0x00  00000000  0x1p-127"]),
        ("float8_e8m0fnu", "-3", ["-3 is no datum", "0x00  00000000  0x1p-127"]),
        ("float8_e8m0fnu", "1e99", ["is no datum", "0xfe  11111110  0x1p+127"]),
        ("uint8", "-3", ["-3 is no datum", "0x00  00000000  0"]),
        ("int8", "-128", ["-128 is a datum", "0x80  10000000  -128"]),
        ("int8", "-129", ["-129 is no datum", "0x80  10000000  -128"]),
    ],
)
def test_show(refsim, format, what, lines):
    """A code is shown with bits, fields and value; a value with its code, or with the codes on both sides of it."""
    ran = refsim("show", format, what)
    shown = ran.out.splitlines()
    assert (ran.code, ran.err, len(shown)) == (0, "", len(lines))
    assert [part for part, line in zip(lines, shown, strict=True) if part not in line] == []


def test_show_as_json(refsim):
    """The same as JSON."""
    found = json.loads(refsim("show", "bfloat16", "0x3fc0", "--json").out)
    fields = {"sign": "0", "exponent": "01111111", "fraction": "1000000"}
    code = {"code": "0x3fc0", "bits": "0011111111000000", "value": "1.5", "fields": fields}
    assert found == {"format": "bfloat16", "asked": "0x3fc0", "codes": [code]}
    assert len(json.loads(refsim("show", "bfloat16", "1/3", "--json").out)["codes"]) == 2


def test_encode_agrees_with_ml_dtypes(refsim):
    """Decimals, fractions, hexadecimal floats, negative numbers and special data are encoded as ml_dtypes encodes them."""
    texts = ["0.3", "-2.25", "1/3", "-0x1.8p-3", "-0", "nan", "-1e-3", "448", ".5", "-1/1024"]
    numbers = [0.3, -2.25, 1 / 3, -0.1875, -0.0, np.nan, -1e-3, 448, 0.5, -1 / 1024]
    codes = np.array(numbers, np.float32).astype(ml_dtypes.float8_e4m3fn).view(np.uint8).tolist()
    ran = refsim("encode", "float8_e4m3fn", *texts, *NEAREST)
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [row[0] for row in rows] == texts
    assert [int(row[1], 16) for row in rows] == codes
    assert (ran.code, ran.err) == (0, "")


def test_encode_shows_values_and_flags(refsim):
    """Behind the code stand the value that it has and the flags; JSON has the same."""
    values = ("1.5", "0.3", "500", "-inf", "0x1p-11")
    ran = refsim("encode", "float8_e4m3fn", *values, *NEAREST)
    assert ran.out.splitlines() == [
        "1.5\t0x3c\t1.5",
        "0.3\t0x2a\t0.3125\tinexact",
        "500\t0x7e\t448\tinexact overflow",
        "-inf\t0xfe\t-448",
        "0x1p-11\t0x00\t0\tinexact underflow",
    ]
    rows = json.loads(refsim("encode", "float8_e4m3fn", *values, *NEAREST, "--json").out)
    assert ["\t".join([row["asked"], row["code"], row["value"], " ".join(row["flags"])]).rstrip() for row in rows] == (
        ran.out.splitlines()
    )


def test_encode_takes_other_peoples_names(refsim):
    """Rules may be named as elsewhere, and tininess chosen."""
    ours = refsim("encode", "int8", "2.5", "-2.5", "300", "--rounding", "ties_toward_positive", "--overflow", "wrap").out
    assert refsim("encode", "int8", "2.5", "-2.5", "300", "--rounding", "AP_RND", "--overflow", "AP_WRAP").out == ours
    assert [line.split("\t")[2] for line in ours.splitlines()] == ["3", "-2", "44"]
    almost = ("encode", "float8_e4m3fn", "0x1.fp-7", "--rounding", "RNE", "--overflow", "SAT", "--tininess")
    assert refsim(*almost, "before").out.rstrip().endswith("inexact underflow")
    assert refsim(*almost, "after").out.rstrip().endswith("inexact")


def test_encode_flushes(refsim):
    """Tiny results are replaced by zeros where that is asked for: the least normal number stays, the one below it does not."""
    least = ("encode", "float8_e4m3fn", "0x1p-6", "0x1.cp-7", "-0x1p-9", *NEAREST)
    assert [line.split("\t")[1:] for line in refsim(*least).out.splitlines()] == [
        ["0x08", "0.015625"],
        ["0x07", "0x1.cp-7"],
        ["0x81", "-0x1p-9"],
    ]
    assert [line.split("\t")[1:] for line in refsim(*least, "--subnormals", "flush_outputs").out.splitlines()] == [
        ["0x08", "0.015625"],
        ["0x00", "0", "inexact underflow"],
        ["0x80", "-0", "inexact underflow"],
    ]


def test_encode_makes_the_nan_that_is_asked_for(refsim):
    """The NaN of an x86 processor that no operand brings has a minus sign."""
    nan = ("encode", "binary16", "nan", "--rounding", "RNE", "--overflow", "infinity")
    codes = [refsim(*nan, *more).out.split("\t")[1] for more in ((), ("--nan", "arm"), ("--nan", "x86"))]
    assert codes == ["0x7e00", "0x7e00", "0xfe00"]


def test_encode_draws(refsim):
    """A stochastic rule is given its random bits: half way up goes up from the middle draw on."""
    rounding = ("--rounding", "stochastic_a:4", "--overflow", "saturate")
    codes = [refsim("encode", "uint8", "2.5", *rounding, "--draw", f"{draw:x}").out.split("\t")[1] for draw in range(16)]
    assert codes == ["0x02"] * 8 + ["0x03"] * 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "float8_e4m3", "0x100"), "code 0x100 is not in 0..0xff of float8_e4m3"),
        (("show", "float8_e4m3fn", "0x"), "'0x' is no code: write it in hexadecimal, or in binary behind 0b"),
        (("show", "float8_e4m3fn", "0b12"), "code 0xb12 is not in"),
        (("show", "float8_e4m3fn", "hello"), "'hello' is no number: write 0.1, 3/8, 0x1.8p-3, inf, -inf, nan or -0"),
        (("show", "float8_e4m3fn", "inf"), "float8_e4m3fn has no code for inf"),
        (("show", "float8_e4m3fm", "1"), "unknown format 'float8_e4m3fm'; did you mean float8_e4m3fn"),
        (("show", "zzz", "1"), "unknown format 'zzz'; 'refsim formats' lists the names"),
        (("show", "float8_e4m3fn"), "Missing argument 'CODE_OR_VALUE'"),
        (("decode", "float4_e2m1fn", "7", "10"), "code 0x10 is not in 0..0xf of float4_e2m1fn"),
        (("decode", "float4_e2m1fn", "g"), "'g' is no code"),
        (("decode", "float4_e2m1fn", "_f"), "'_f' is no code"),
        (("decode", "float4_e2m1fn", "+f"), "'+f' is no code"),
        (("decode", "float4_e2m1fn", ""), "'' is no code"),
        (("decode", "float4_e2m1fn", "-1"), "No such option"),
        (("decode", "float4_e2m1fn"), "Missing argument 'CODE...'"),
        (("decode", "float4", "1"), "unknown format 'float4'; did you mean"),
        (("encode", "float4_e2m1fn", "nan", *NEAREST), "float4_e2m1fn has no code for nan"),
        (("encode", "float8_e4m3fn", "1", "x", *NEAREST), "'x' is no number"),
        (("encode", "float8_e4m3fn", *NEAREST), "Missing argument 'VALUE...'"),
        (("encode", "float8_e4m3fn", "1", "--overflow", "saturate"), "Missing option '--rounding'"),
        (("encode", "float8_e4m3fn", "1", "--rounding", "RNE"), "Missing option '--overflow'"),
        (("encode", "float8_e4m3fn", "1", "--rounding", "even", "--overflow", "saturate"), "unknown rounding rule 'even'"),
        (("encode", "float8_e4m3fn", "1", "--rounding", "RNE", "--overflow", "clip"), "unknown overflow rule 'clip'"),
        (("encode", "float8_e4m3fn", "1", "--rounding", "RNE", "--overflow", "wrap"), "wrap needs an integer or fixed-point"),
        (("encode", "float8_e4m3fn", "1", *NEAREST, "--tininess", "x"), "tininess 'x' is none of after, before"),
        (("encode", "float8_e4m3fn", "1", *NEAREST, "--subnormals", "x"), "subnormals 'x' is none of keep, flush_inputs,"),
        (("encode", "float8_e4m3fn", "1", *NEAREST, "--nan", "x"), "nan 'x' is none of canonical, riscv, x86, arm"),
        (
            ("encode", "float8_e4m3fn", "500", "--rounding", "RNE", "--overflow", "error"),
            "512 is outside the range of float8_e4m3fn",
        ),
        (("encode", "uint8", "1", "--rounding", "stochastic_a:4", "--overflow", "saturate"), "needs 4 random bits a number"),
        (
            ("encode", "uint8", "1", "--rounding", "stochastic_a", "--overflow", "saturate"),
            "needs the number of its random bits",
        ),
        (("encode", "uint8", "1", *NEAREST, "--draw", "1"), "ties_to_even takes no random bits"),
        (
            ("encode", "uint8", "1", "--rounding", "stochastic_a:4", "--overflow", "saturate", "--draw", "10"),
            "random bits 0x10 are not in 0..0xf of stochastic_a:4",
        ),
        (
            ("encode", "uint8", "1", "--rounding", "stochastic_a:4", "--overflow", "saturate", "--draw", "q"),
            "'q' are no random bits: write them in hexadecimal",
        ),
    ],
)
def test_misuse(refused, arguments, message):
    """What cannot be done is said in one line: what it was about, what is needed, what came. Nothing is printed before."""
    assert message in refused(*arguments)


def test_decode(refsim):
    """Codes in hexadecimal with and without 0x, in binary, and with underscores."""
    ran = refsim("decode", "float8_e4m3fn", "7e", "0xFF", "0b00000001", "8_0", "0x7_e", "0b1000_0001")
    values = ["448", "nan", "0x1p-9", "-0", "448", "-0x1p-9"]
    assert [line.split("\t")[1] for line in ran.out.splitlines()] == values
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(refsim("decode", "float8_e4m3fn", "7e", "--json").out) == [{"asked": "7e", "value": "448"}]


def test_decode_agrees_with_ml_dtypes(refsim):
    """Every code of a format is decoded as ml_dtypes decodes it."""
    ran = refsim("decode", "float8_e5m2", *(f"{code:02x}" for code in range(256)))
    texts = [line.split("\t")[1] for line in ran.out.splitlines()]
    ours = [float.fromhex(text) if "0x" in text else float(text.removeprefix("s")) for text in texts]
    with np.errstate(invalid="ignore"):
        theirs = np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e5m2).astype(np.float64)
    np.testing.assert_array_equal(ours, theirs)
    assert (np.signbit(ours) == np.signbit(theirs))[~np.isnan(theirs)].all()
