"""The file format as vectors/README.md describes it, checked without the code that writes it."""

import hashlib
import re

import numpy as np
import pytest

from refsim.spec.catalogue import get_format
from refsim.vectors.file import Row, parse, read, write
from refsim.vectors.operations import Configuration

from .made import configuration, data_lines, header_of, made, sealed, vectors, without_remarks

FILES = [
    ("multiply/float4_e2m1fn/ties_to_even.saturate.smoke",),
    ("convert/binary32-to-float4_e2m1fn/ties_to_even.saturate.edge",),
    ("convert/bfloat16-to-float6_e2m3fn/stochastic_a-3.saturate.edge",),
    ("decode/binary5p3ue.exhaustive",),
    ("subtract", "float4_e2m1fn int4", "binary16", "toward_negative", "infinity"),
    ("convert", "binary128", "binary64", "ties_to_even", "infinity"),
    ("convert", "int4", "binary128", "ties_to_even", "saturate"),
]
"""Suites with one operand and two, with random bits, of decode, and with fields above 64 bits."""
EACH_FILE = pytest.mark.parametrize("names", FILES, ids="/".join)


@EACH_FILE
def test_round_trip(names):
    """A file that is read and written again is the same but for the remarks."""
    v = vectors(*names)
    again = write(v.configuration, v.tier, v.generator, v.classes, [Row(*v.row(i)) for i in range(len(v))])
    assert again == without_remarks(made(*names))
    assert sealed(made(*names)) == made(*names)


@EACH_FILE
def test_what_is_read(names):
    """Operands, results, ids, classes and lines of the file are those that splitting its lines gives."""
    text, v = made(*names), vectors(*names)
    lines, header = text.splitlines(), header_of(text)
    fields = [item.partition(":")[::2] for item in header["layout"].split()]
    assert len(v) == int(header["count"]) == len(data_lines(text)) > 0
    classes = dict(item.split(" ", 1) for item in header.get("class", "0 none").split(" | "))
    for i, line in enumerate(data_lines(text)):
        word, _, remark = line.partition(" // ")
        digits = word.split("_")
        assert [len(field) for field in digits] == [int(width) for _, width in fields]
        operands, results = v.row(i)
        assert [*operands, *results] == [int(field, 16) for field in digits[:-1]]
        assert (v.ids[i].decode(), lines[v.lines[i] - 1]) == (digits[-1], line)
        number = remark.split(" ")[0]
        assert (int(v.row_classes[i]), v.classes.get(int(number or 0), "none")) == (
            int(number or 0),
            classes.get(number, "none"),
        )


@EACH_FILE
def test_header(names):
    """The header says operation, fields, modes and clauses, and there is no mode where nothing is rounded."""
    text, v = made(*names), vectors(*names)
    header, c = header_of(text), v.configuration
    assert text.startswith("//! refsim-vectors 1\n//! operation ")
    assert header["operation"] == c.operation
    assert header["operands"] == " ".join(
        [f"{role}:{f.name}" for role, f in zip("ab", c.operands, strict=False)]
        + ([f"draw:{c.to.rounding.bits}"] if c.to and c.to.rounding.bits else [])
    )
    assert header["clauses"].split() == list(c.clauses)
    modes = [header.get(key) for key in ("rounding", "overflow", "tininess")]
    assert modes == ([c.to.rounding.name, c.to.overflow.name, "after"] if c.to else [None] * 3)
    assert text.endswith(f"//! end count {len(v)} sha256 {text.split()[-1]}\n")


@EACH_FILE
def test_an_id_is_the_documented_hash(names):
    """An id is the first digits of the SHA-256 of operation, formats, modes and operand digits."""
    text, c = made(*names), vectors(*names).configuration
    modes = f"{c.to.format.name} {c.to.rounding.name} {c.to.overflow.name} after" if c.to else ""
    for line in data_lines(text):
        digits = line.partition(" ")[0].split("_")
        operands = "_".join(digits[: len(c.operand_fields)])
        hashed = f"{c.operation}|{','.join(f.name for f in c.operands)}|{modes}|{operands}"
        assert digits[-1] == hashlib.sha256(hashed.encode()).hexdigest()[: len(digits[-1])].upper()
    assert len(digits[-1]) == 8


def ids(text):
    """The ids of a file."""
    return [line.partition(" ")[0].rpartition("_")[2] for line in data_lines(text)]


def rows_of(results):
    """Rows of a multiplication with the given result codes."""
    return [Row((a, a + 1), (y, 0)) for a, y in enumerate(results)]


def test_an_id_says_what_is_asked_and_not_what_comes():
    """An id changes with operation, formats, modes and operands, and stays when a result is corrected."""

    def of(c, results):
        return ids(write(c, "edge", "somebody", {}, rows_of(results)))

    first = configuration("multiply", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn")
    others = [
        configuration("add", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn"),
        configuration("multiply", "float8_e4m3fn float8_e5m2", "float8_e4m3fn"),
        configuration("multiply", "float8_e4m3fn float8_e4m3fn", "float8_e5m2"),
        configuration("multiply", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn", "to_odd"),
        configuration("multiply", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn", overflow="infinity"),
        configuration("multiply", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn", tininess="before"),
    ]
    assert of(first, [1, 2, 3]) == of(first, [4, 5, 6])
    found = [name for c in (first, *others) for name in of(c, [1, 2, 3])]
    assert len(set(found)) == len(found) == 21


def test_a_shared_id_is_refused():
    """A vector that stands twice would have the id of another, and is not written."""
    c = configuration("multiply", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn")
    with pytest.raises(ValueError, match="1 vectors share an id"):
        write(c, "edge", "somebody", {}, [*rows_of([1, 2, 3]), rows_of([7])[0]])


def test_long_files_have_longer_ids():
    """Up to 4096 vectors an id has eight digits, above twelve."""
    short, long = (write(configuration("decode", f"uint{n}"), "exhaustive", "x", {}, decode_rows(n)) for n in (12, 13))
    assert {len(name) for name in ids(short)} == {8}
    assert {len(name) for name in ids(long)} == {12}
    assert len(parse(long.encode())) == 1 << 13


def decode_rows(bits):
    """Rows that decode every unsigned integer of so many bits, without regard to what decoding gives."""
    return [Row((code,), (0, 0, code, 0)) for code in range(1 << bits)]


def test_fields_above_64_bits():
    """A code of binary128 is written in 32 digits and read as a Python integer."""
    v = vectors("convert", "binary128", "binary64", "ties_to_even", "infinity")
    assert v.operands[0].dtype == object
    assert v.results[0].dtype == np.uint64
    assert max(int(code) for code in v.operands[0]) >> 127 == 1
    assert {
        len(line.split("_")[0]) for line in data_lines(made("convert", "binary128", "binary64", "ties_to_even", "infinity"))
    } == {32}


def test_a_remark_needs_no_class():
    """A row may have a class, a remark, both or neither; all stand behind // and none changes what is read."""
    c = configuration("convert", "int4", "int4")
    rows = [Row((0,), (0, 0)), Row((1,), (1, 0), 3), Row((2,), (2, 0), 0, "5 is not a class"), Row((3,), (3, 0), 12, "both")]
    text = write(c, "edge", "somebody", {3: "three", 12: "twelve"}, rows)
    assert [line.partition(" ")[2] for line in data_lines(text)] == ["", "// 3", "//  5 is not a class", "// 12  both"]
    v = parse(text.encode())
    assert v.row_classes.tolist() == [0, 3, 0, 12]
    assert [v.row(i)[0][0] for i in range(4)] == [0, 1, 2, 3]


@EACH_FILE
def test_a_simulator_reads_the_words(names):
    """What $readmemh does, which is to drop remarks and underscores and read words, gives the fields packed as laid out."""
    text, v = made(*names), vectors(*names)
    words = re.sub(r"//.*", "", text).replace("_", "").split()
    assert "#" not in text
    assert "@" not in text
    widths = [int(item.partition(":")[2]) for item in header_of(text)["layout"].split()]
    for i, word in enumerate(words):
        assert re.fullmatch("[0-9A-F]+", word)
        packed, fields = int(word, 16), []
        for width in reversed(widths):
            fields.insert(0, packed & (1 << 4 * width) - 1)
            packed >>= 4 * width
        assert packed == 0
        assert tuple(fields[:-1]) == sum(v.row(i), ())
    assert len(words) == len(v)


def test_reading_names_the_file(tmp_path):
    """``read`` remembers the path, and a file that is not there is the system's error."""
    path = tmp_path / "some.rsv"
    path.write_text(made(*FILES[0]))
    assert read(path).path == str(path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "other.rsv")


def test_operands_of_two_formats():
    """Operands may have formats of different families, and the result another."""
    v = vectors("subtract", "float4_e2m1fn int4", "binary16", "toward_negative", "infinity")
    expected = Configuration("subtract", (get_format("float4_e2m1fn"), get_format("int4")), v.configuration.to)
    assert v.configuration == expected
    assert v.configuration.to.format is get_format("binary16")
