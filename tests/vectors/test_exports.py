"""Exports: Berkeley SoftFloat agrees with every TestFloat line, and CSV and JSON lines say what the vectors say."""

import csv
import io
import json

import pytest
import softfloatpy
from softfloatpy import RoundingMode, TininessMode

from refsim.vectors.exports import README, exported, function_name, generator_options
from refsim.vectors.file import parse
from refsim.vectors.suites import Suite

from .made import configuration

TYPES = {"f16": softfloatpy.Float16, "f32": softfloatpy.Float32, "f64": softfloatpy.Float64}
ROUNDINGS = {
    "rnear_even": RoundingMode.NEAR_EVEN,
    "rnear_maxMag": RoundingMode.NEAR_MAX_MAG,
    "rminMag": RoundingMode.MIN_MAG,
    "rmin": RoundingMode.MIN,
    "rmax": RoundingMode.MAX,
}
IEEE = ("ties_to_even", "infinity")
SUITES = [
    ("multiply", "binary16 binary16", "binary16", *IEEE),
    ("multiply", "binary16 binary16", "binary16", *IEEE, "before"),
    ("divide", "binary16 binary16", "binary16", "toward_negative", "infinity"),
    ("sqrt", "binary16", "binary16", "toward_positive", "infinity"),
    ("fma", "binary16 binary16 binary16", "binary16", *IEEE),
    ("remainder", "binary32 binary32", "binary32", *IEEE),
    ("round_to_integral", "binary16", "binary16", "ties_to_away", "infinity"),
    ("round_to_integral_exact", "binary16", "binary16", "toward_zero", "infinity"),
    ("compare_signaling_less_equal", "binary16 binary16"),
    ("compare_quiet_equal", "binary32 binary32"),
    ("compare_quiet_less", "binary16 binary16"),
    ("convert", "binary32", "binary16", *IEEE),
    ("add", "binary64 binary64", "binary64", *IEEE),
]


def files_of(*names, form="testfloat", **options):
    """The files of one suite."""
    return exported([Suite(configuration(*names, **options), "edge")], form)


def softfloat(function, options, operands):
    """The result and the flags of SoftFloat as digits."""
    prefix, _, operation = function.partition("_")
    renamed = {"mulAdd": "mul_add", "roundToInt": "round_to_int"}.get(operation, operation)
    call, kind = getattr(softfloatpy, f"{prefix}_{renamed}"), TYPES[prefix]
    arguments = [kind.from_bytes(bytes.fromhex(digits)) for digits in operands]
    softfloatpy.set_exception_flags(0)
    softfloatpy.set_tininess_mode(TininessMode.BEFORE_ROUNDING if "tininessbefore" in options else TininessMode.AFTER_ROUNDING)
    mode = next((ROUNDINGS[option] for option in options if option in ROUNDINGS), RoundingMode.NEAR_EVEN)
    softfloatpy.set_rounding_mode(mode)
    found = call(*arguments, mode, "exact" in options) if operation == "roundToInt" else call(*arguments)
    flags = softfloatpy.get_exception_flags()
    digits = str(int(found)) if isinstance(found, bool | int) else found.to_bytes().hex().upper()
    return digits, f"{flags:02X}"


def is_nan(digits):
    """Whether the digits are those of a NaN of an IEEE format."""
    bits = 4 * len(digits)
    fraction = {16: 10, 32: 23, 64: 52}.get(bits)
    if fraction is None:
        return False
    low = int(digits, 16) & (1 << bits - 1) - 1
    return low > ((1 << bits - 1 - fraction) - 1) << fraction


@pytest.mark.parametrize("names", SUITES, ids="/".join)
def test_softfloat_agrees_with_every_line(names):
    """SoftFloat, asked for the function and with the options in a file's name, gives every result and all flags of the file;
    any NaN is as good as another."""
    files = files_of(*names)
    (name,) = set(files) - {README}
    function, *options = name.split(".")[0].split("-")
    before = softfloatpy.get_rounding_mode(), softfloatpy.get_tininess_mode()
    lines = files[name].splitlines()
    try:
        for line in lines[:: max(1, len(lines) // 400)]:
            *operands, result, flags = line.split(" ")
            found, raised = softfloat(function, options, operands)
            assert raised == flags, line
            assert found == result or (is_nan(found) and is_nan(result)), line
    finally:
        softfloatpy.set_rounding_mode(RoundingMode(before[0]))
        softfloatpy.set_tininess_mode(TininessMode(before[1]))
        softfloatpy.set_exception_flags(0)


def test_a_line_is_as_testfloat_gen_prints_it():
    """Upper-case digits of each operand, of the result and two of the flags, with one space between them; a truth value is one
    digit. The lines are those of the published example of testfloat_gen's documentation, in shape."""
    files = files_of("add", "binary64 binary64", "binary64", *IEEE)
    assert set(files) == {"f64_add-rnear_even-tininessafter.edge.txt", README}
    line = files["f64_add-rnear_even-tininessafter.edge.txt"].splitlines()[0]
    assert [len(word) for word in line.split(" ")] == [16, 16, 16, 2]
    assert line == line.upper()
    assert [
        len(word)
        for word in files_of("compare_quiet_less", "binary16 binary16")["f16_lt_quiet.edge.txt"].split("\n")[0].split(" ")
    ] == [4, 4, 1, 2]


@pytest.mark.parametrize(
    ("names", "function", "options"),
    [
        (("subtract", "binary32 binary32", "binary32", "toward_zero", "infinity"), "f32_sub", ["rminMag", "tininessafter"]),
        (("convert", "binary16", "binary64", *IEEE), "f16_to_f64", ["rnear_even", "tininessafter"]),
        (("convert", "bfloat16", "binary32", *IEEE), "bf16_to_f32", ["rnear_even", "tininessafter"]),
        (("convert", "uint32", "binary16", "to_odd", "infinity"), "ui32_to_f16", ["rodd", "tininessafter"]),
        (
            ("to_integer", "binary32", "int32", "toward_positive", "integer_saturate"),
            "f32_to_i32",
            ["rmax", "tininessafter", "notexact"],
        ),
        (
            ("convert", "binary32", "uint64", "ties_to_away", "integer_indefinite"),
            "f32_to_ui64",
            ["rnear_maxMag", "tininessafter", "exact"],
        ),
        (
            ("round_to_integral_exact", "binary16", "binary16", *IEEE),
            "f16_roundToInt",
            ["rnear_even", "tininessafter", "exact"],
        ),
        (("compare_signaling_less", "binary64 binary64"), "f64_lt", []),
    ],
)
def test_names_and_options(names, function, options):
    """TestFloat's own names of functions and options."""
    c = configuration(*names)
    assert (function_name(c), generator_options(c)) == (function, options)


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (
            ("multiply", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn", *IEEE),
            {},
            "TestFloat has no multiply on float8_e4m3fn, ",
        ),
        (("add", "bfloat16 bfloat16", "bfloat16", *IEEE), {}, "TestFloat has no add on bfloat16"),
        (("hypot", "binary16 binary16", "binary16", *IEEE), {}, "TestFloat has no hypot on binary16"),
        (("add", "binary16 binary16", "binary32", *IEEE), {}, "TestFloat has no add on binary16, binary16, binary32"),
        (
            ("to_integer", "binary32", "int8", "toward_zero", "integer_saturate"),
            {},
            "TestFloat has no to_integer on binary32, int8",
        ),
        (("compare_quiet_greater", "binary16 binary16"), {}, "TestFloat has no compare_quiet_greater"),
        (("add", "binary16 binary16", "binary16"), {}, "TestFloat has no add with overflow saturate"),
        (
            ("add", "binary16 binary16", "binary16", *IEEE),
            {"subnormals": "flush"},
            "TestFloat has no add with subnormals flush",
        ),
        (("add", "binary16 binary16", "binary16", "ties_to_odd", "infinity"), {}, "TestFloat has no add with ties_to_odd"),
        (
            ("round_to_integral", "binary16", "binary16", "to_odd", "infinity"),
            {},
            "TestFloat has no round_to_integral with to_odd",
        ),
    ],
)
def test_what_testfloat_has_not(names, options, message):
    """Other formats, operations, rules and options are refused by name."""
    with pytest.raises(ValueError, match=message):
        files_of(*names, **options)


def test_the_readme_lists_every_file():
    """The README has each file's command and its number of vectors."""
    suites = [
        Suite(configuration("sqrt", "binary16", "binary16", *IEEE, **options), "edge") for options in ({}, {"nan": "arm"})
    ]
    files = exported(suites, "testfloat")
    names = set(files) - {README}
    assert names == {"f16_sqrt-rnear_even-tininessafter.edge.txt", "f16_sqrt-rnear_even-tininessafter.arm.edge.txt"}
    for name in names:
        assert f"{name}\n    testfloat_gen -rnear_even -tininessafter f16_sqrt\n" in files[README]
        assert f"{len(files[name].splitlines())} vectors" in files[README]


@pytest.mark.parametrize(
    "names", [("multiply", "e3m2 e3m2", "e3m2", *IEEE), ("classify", "e3m2"), ("decode", "e3m2")], ids="/".join
)
def test_csv_and_json_lines(names):
    """Both have every field of every vector, its id and its class; JSON has the flags by name."""
    suite = Suite(configuration(*names), "exhaustive" if names[0] == "decode" else "edge")
    v = parse(suite.text().encode())
    fields = [*v.configuration.operand_fields, *v.configuration.result_fields]
    table = list(csv.DictReader(io.StringIO(exported([suite], "csv")[suite.path.replace(".rsv", ".csv")])))
    objects = [json.loads(line) for line in exported([suite], "jsonl")[suite.path.replace(".rsv", ".jsonl")].splitlines()]
    assert len(table) == len(objects) == len(v)
    for i, (row, item) in enumerate(zip(table, objects, strict=True)):
        operands, results = v.row(i)
        assert [int(row[f.name], 16) for f in fields] == [*operands, *results]
        assert row["id"] == item["id"] == v.ids[i].decode()
        assert row["class"] == item["class"] == v.classes.get(int(v.row_classes[i]), "")
        plain = [f.name for f in fields if f.name != "flags"]
        assert [item[name] for name in plain] == [row[name] for name in plain]
        if "flags" in item:
            bits = {"inexact": 1, "underflow": 2, "overflow": 4, "infinite": 8, "invalid": 16}
            assert sum(bits[name] for name in item["flags"]) == int(row["flags"], 16)
