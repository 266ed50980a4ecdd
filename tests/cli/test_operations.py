"""The commands about operations."""

import json
import math
import re

import ml_dtypes
import numpy as np
import pytest

from refsim.clauses import clauses
from refsim.spec.catalogue import get_format
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS, Kind
from refsim.spec.projection import Projection

IEEE = ("--rounding", "RNE", "--overflow", "infinity")
HALF = ("--to", "binary16", *IEEE)


@pytest.fixture
def computed(refsim):
    """Carry out an operation that must succeed, and read its JSON."""

    def run(*arguments):
        ran = refsim("compute", *arguments, "--json")
        assert (ran.code, ran.err) == (0, "")
        return json.loads(ran.out)

    return run


def test_operations_lists_every_one(refsim):
    """Every operation has a line in its chapter, with what it is written like and what it gives where that is no number."""
    ran = refsim("operations")
    assert (ran.code, ran.err) == (0, "")
    chapters = {}
    for block in ran.out.split("\n\n"):
        chapter, *lines = block.splitlines()
        chapters[chapter] = [line.split()[0] for line in lines]
    assert sorted(name for names in chapters.values() for name in names) == sorted(OPERATIONS)
    assert chapters["integral"] == ["remainder", "fmod", "round_to_integral", "round_to_integral_exact", "to_integer"]
    assert re.search(r"^  fma +a \* b \+ c$", ran.out, re.MULTILINE)
    assert re.search(r"^  classify +class\(a\)  \(a class\)$", ran.out, re.MULTILINE)


def test_operations_as_json(refsim):
    """The same as JSON, with the clauses, each of which is stated in the specification."""
    listed = json.loads(refsim("operations", "--json").out)
    assert [item["name"] for item in listed] == [
        line.split()[0] for line in refsim("operations").out.splitlines() if line.startswith("  ")
    ]
    assert {tag for item in listed for tag in item["clauses"]} <= set(clauses())
    scale_b = next(item for item in listed if item["name"] == "scale_b")
    assert scale_b == {
        "name": "scale_b",
        "chapter": "scaling",
        "result": "number",
        "operands": ["a", "n"],
        "exponents": ["n"],
        "written": "a * 2**n",
        "clauses": ["scaling/scale-b", "arithmetic/nan"],
    }


def test_compute_shows_what_decides(refsim):
    """Operands, the exact result with its place, the code with its value, the flags, and the clauses."""
    ran = refsim("compute", "divide", "float8_e4m3fn:1", "float8_e4m3fn:0x44", "--to", "float8_e4m3fn", *IEEE)
    lines = ran.out.splitlines()
    assert (ran.code, ran.err, len(lines)) == (0, "", 7)
    assert lines[:5] == [
        "a        float8_e4m3fn  0x38  1",
        "b        float8_e4m3fn  0x44  3",
        "exact    1 / 3 = 1/3: more than half the way, 2/3 of it, from 0.3125 to 0.34375, the lower one even",
        "result   float8_e4m3fn  0x2b  0.34375",
        "flags    inexact",
    ]
    assert lines[5].startswith("decides  round/ties-to-even: The result must be the nearer neighbour")
    assert lines[6] == "clauses  arithmetic/divide arithmetic/quotient arithmetic/pole arithmetic/nan"


def test_compute_in_mixed_formats(computed):
    """Products of FP8 numbers of two kinds, added to a binary32 number: as NumPy has it in binary64, which holds them all."""
    rng = np.random.default_rng(1)
    for code_a, code_b, code_c in rng.integers(0, (0x7C, 0x7C, 1 << 30), (20, 3)):
        a = np.uint8(code_a).view(ml_dtypes.float8_e4m3fn).astype(np.float64)
        b = np.uint8(code_b).view(ml_dtypes.float8_e5m2).astype(np.float64)
        c = np.uint32(code_c).view(np.float32)
        if not 2.0**-20 < abs(c) < 2.0**20:
            continue
        operands = (f"float8_e4m3fn:{code_a:#x}", f"float8_e5m2:{code_b:#x}", f"binary32:{code_c:#x}")
        found = computed("fma", *operands, "--to", "binary32", *IEEE)
        wanted = np.float32(a * b + np.float64(c))
        assert int(found["result"]["code"], 16) == int(wanted.view(np.uint32))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("add", "binary64:0x1.999999999999ap-4", "binary64:0x1.999999999999ap-3"), 0.1 + 0.2),
        (("divide", "binary64:1", "binary64:3"), 1 / 3),
        (("sqrt", "binary64:2"), math.sqrt(2)),
        (("fmod", "binary64:-5.5", "binary64:2"), math.fmod(-5.5, 2)),
        (("remainder", "binary64:5", "binary64:2"), math.remainder(5, 2)),
        (("scale_b", "binary64:3", "int16:-1075"), math.ldexp(3, -1075)),
        (("minimum_number", "binary64:nan", "binary64:-0"), -0.0),
        (("log_b", "binary64:0x1p-1074"), -1074.0),
        (("dot_product", "binary64:1", "binary64:2", "binary64:3", "binary64:4"), 1.0 * 3 + 2 * 4),
        (("exp", "binary64:1"), math.e),
    ],
)
def test_compute_agrees_with_the_host(computed, arguments, wanted):
    """Results in binary64 are those of Python's own floats."""
    found = computed(*arguments, "--to", "binary64", *IEEE)
    assert int(found["result"]["code"], 16) == int(np.float64(wanted).view(np.uint64))


@pytest.mark.parametrize(
    ("arguments", "exact", "place"),
    [
        (
            ("sqrt", "binary16:2", *HALF),
            "(2)**(1/2)",
            "less than half the way from 1.4140625 to 0x1.6a4p+0, the lower one even",
        ),
        (("sqrt", "binary16:4", *HALF), "2", "a number of the format"),
        (("exp", "binary16:1", *HALF), "exp(1)", "more than half the way from 0x1.5bcp+1 to 2.71875, the lower one odd"),
        (("multiply", "binary16:256", "binary16:256", *HALF), "65536", "past the last number, 65504"),
        (("subtract", "binary16:inf", "binary16:inf", *HALF), "nan", None),
        (("reciprocal", "binary16:-0", *HALF), "-inf", None),
        (
            ("to_integer", "binary16:2.5", "--to", "int8", "--rounding", "RMM", "--overflow", "x86"),
            "3",
            "a number of the format",
        ),
        # Numbers that no memory holds, or that would fill pages, are written as they are asked.
        (("scale_b", "binary16:1", "int64:0x7fffffffffffffff", *HALF), None, "past the last number, 65504"),
        (("scale_b", "binary16:1", "int64:-0x1p+40", *HALF), None, None),
        (("exp", "binary128:0x7ffe0000000000000000000000000000", *HALF), None, "past the last number, 65504"),
        (("sqrt", "binary128:0x1p+16383", *HALF), None, "past the last number, 65504"),
        (("divide", "binary128:0x1p+16383", "binary128:3", *HALF), None, "past the last number, 65504"),
        (("add", "binary128:0x1p+16383", "binary128:1", *HALF), None, "past the last number, 65504"),
    ],
)
def test_compute_tells_the_exact_result(computed, arguments, exact, place):
    """A rational result, a root, or a function as it is written; and where it lies among the numbers of the format."""
    found = computed(*arguments)
    assert (found["exact"], found["place"]) == (exact, place)


@pytest.mark.parametrize(
    ("arguments", "result", "flags"),
    [
        (("next_up", "float8_e4m3fn:448"), {"format": "float8_e4m3fn", "code": "0x7e", "value": "448"}, []),
        (("negate", "bfloat16:nan"), {"format": "bfloat16", "code": "0xffc0", "value": "nan"}, []),
        (("copy_sign", "binary16:1", "int8:-3"), {"format": "binary16", "code": "0xbc00", "value": "-1"}, []),
        (("classify", "bfloat16:0x1p-133"), {"format": None, "code": "5", "value": "positive subnormal"}, []),
        (("compare_signaling_less", "binary16:nan", "int8:1"), {"format": None, "code": "0", "value": "false"}, ["invalid"]),
        (("total_order", "binary16:-0", "binary16:0"), {"format": None, "code": "1", "value": "true"}, []),
    ],
)
def test_compute_where_no_number_is_projected(computed, arguments, result, flags):
    """Codes, truth values and classes, by IEEE 754-2019 5.5.1, 5.7.2, 5.10 and 5.11."""
    found = computed(*arguments)
    assert (found["result"], found["flags"], found["exact"], found["place"]) == (result, flags, None, None)


def test_compute_with_options(computed, refsim):
    """Flushed operands are shown as they are read; the NaN policy and the random bits count."""
    flushed = computed("add", "binary16:0x0001", "binary16:1", *HALF, "--subnormals", "flush")
    assert [x["read_as"] for x in flushed["operands"]] == ["0", None]
    assert (flushed["exact"], flushed["flags"]) == ("1", [])
    assert "0x1p-24, read as 0" in refsim("compute", "sqrt", "binary16:0x0001", *HALF, "--subnormals", "flush").out
    nans = [
        computed("add", "binary16:0x7e01", "binary16:0xfc02", *HALF, "--nan", nan)["result"]["code"]
        for nan in ("riscv", "x86", "arm")
    ]
    assert nans == ["0x7e00", "0x7e01", "0xfe02"]
    stochastic = ("convert", "binary16:2.5", "--to", "uint8", "--rounding", "stochastic_a:4", "--overflow", "wrap", "--draw")
    assert [computed(*stochastic, draw)["result"]["value"] for draw in ("7", "8")] == ["2", "3"]
    assert "draw     " in refsim("compute", *stochastic, "8").out


@pytest.mark.parametrize("name", OPERATIONS)
def test_compute_knows_every_operation(computed, name):
    """Each operation of the table gives what the specification gives, and names clauses that are stated."""
    operation, half = OPERATIONS[name], get_format("binary16")
    roles = operation.roles or ("a0", "b0")
    texts = ["int8:2" if role in operation.exponents else "binary16:0x3e01" for role in roles]
    numbers = [Number(2, get_format("int8")) if text == "int8:2" else Number(0x3E01, half) for text in texts]
    target = "int8" if name == "to_integer" else "binary16"
    to = Projection(target, "ties_to_even", "saturate") if operation.kind is Kind.NUMBER else None
    options = ("--to", target, "--rounding", "ties_to_even", "--overflow", "saturate") if to else ()
    found, wanted = computed(name, *texts, *options), operation(*numbers, to=to)
    assert int(found["result"]["code"], 0) == wanted.code
    assert tuple(found["flags"]) == wanted.flags.names()
    assert {found["decides"]["clause"], *found["clauses"]} <= set(clauses())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ad", "binary16:1", *HALF), "unknown operation 'ad'; did you mean add?"),
        (("zzz", "binary16:1"), "unknown operation 'zzz'; 'refsim operations' lists them"),
        (("add", "binary16:1", *HALF), "add takes 2 operands, not 1"),
        (("sqrt", "binary16:1", "binary16:1", *HALF), "sqrt takes 1 operand, not 2"),
        (("dot_product", "int8:1", *HALF), "dot_product takes two vectors of one length, not 1 numbers in all"),
        (("add",), "Missing argument 'FORMAT:CODE_OR_VALUE...'"),
        (("sqrt", "1", *HALF), "operand '1' must be a format with a code or a value, as in float8_e4m3fn:0x31 or int8:-3"),
        (("sqrt", "binary15:1", *HALF), "unknown format 'binary15'; did you mean binary16"),
        (("sqrt", "binary16:0x10000", *HALF), "code 0x10000 is not in 0..0xffff of binary16"),
        (("sqrt", "binary16:", *HALF), "'' is no number"),
        (("sqrt", "binary16:x", *HALF), "'x' is no number"),
        (
            ("sqrt", "float8_e4m3fn:0.3", *HALF),
            "0.3 is no datum of float8_e4m3fn, and an operand is never rounded; beside it: 0.28125 (0x29) and 0.3125 (0x2a)",
        ),
        (
            ("sqrt", "float8_e4m3fn:1000", *HALF),
            "1000 is no datum of float8_e4m3fn, and an operand is never rounded; beside it:",
        ),
        (("sqrt", "float8_e4m3fnuz:-0", *HALF), "-0 is no datum of float8_e4m3fnuz"),
        (("sqrt", "float8_e4m3fn:snan", *HALF), "snan is no datum of float8_e4m3fn"),
        (("sqrt", "float8_e4m3fn:inf", *HALF), "float8_e4m3fn has no code for inf"),
        (("sqrt", "binary16:1"), "sqrt gives a projected number and needs --to, --rounding, --overflow"),
        (("sqrt", "binary16:1", *IEEE), "sqrt gives a projected number and needs --to"),
        (("sqrt", "binary16:1", "--to", "binary16", "--overflow", "infinity"), "needs --rounding"),
        (("classify", "binary16:1", *HALF), "classify takes no --to, --rounding, --overflow: its result is not projected"),
        (("negate", "binary16:1", "--nan", "arm"), "negate takes no --nan: its result is not projected"),
        (("negate", "binary16:1", "--draw", "1"), "negate takes no --draw: its result is not projected"),
        (("sqrt", "binary16:1", *HALF, "--draw", "1"), "ties_to_even takes no random bits"),
        (("sqrt", "binary16:1", *HALF, "--draw", "q"), "'q' are no random bits: write them in hexadecimal"),
        (
            ("sqrt", "binary16:1", *HALF, "--subnormals", "x"),
            "subnormals 'x' is none of keep, flush_inputs, flush_outputs, flush",
        ),
        (("sqrt", "binary16:1", *HALF, "--tininess", "x"), "tininess 'x' is none of after, before"),
        (("sqrt", "binary16:1", "--to", "binary16", "--rounding", "RNE", "--overflow", "wrap"), "wrap needs an integer or"),
        (("to_integer", "binary16:1", *HALF), "to_integer needs an integer format, which binary16 is not"),
        (("scale_b", "binary16:1", "binary16:0.5", *HALF), "1/2 is no integer, which an exponent must be"),
        (("negate", "uint8:1"), "uint8 has no code for -1"),
        (("sqrt", "float4_e2m1fn:-1", "--to", "float4_e2m1fn", *IEEE), "float4_e2m1fn has no code for nan"),
        (
            ("multiply", "binary16:256", "binary16:256", "--to", "binary16", "--rounding", "RNE", "--overflow", "error"),
            "is outside the range of binary16",
        ),
    ],
)
def test_misuse(refused, arguments, message):
    """What cannot be done is said in one line: what it was about, what is needed, what came."""
    assert message in refused("compute", *arguments)
