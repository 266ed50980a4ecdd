"""Damaged files: whatever happens to a file on its way, it is refused, with the line and the reason."""

import re

import numpy as np
import pytest

from refsim.vectors.file import DamagedFile, parse

from .made import data_lines, made, sealed

TEXT = made("multiply/float4_e2m1fn/ties_to_even.saturate.smoke")
FIRST = next(number for number, line in enumerate(TEXT.splitlines(), 1) if not line.startswith("//!"))
"""The line of the first vector."""
ROWS = data_lines(TEXT)


def remark_bytes(text):
    """The places of the bytes behind the // of vectors."""
    return {at for match in re.finditer(r"(?m)^[0-9A-F_]+ //(.*)$", text) for at in range(*match.span(1))}


def read_as(vectors):
    """All that a file says but the classes of its rows."""
    columns = [column.tolist() for column in (*vectors.operands, *vectors.results, vectors.ids, vectors.lines)]
    return vectors.configuration, vectors.tier, vectors.generator, vectors.classes, columns


@pytest.mark.parametrize(
    "change",
    [lambda b: b ^ 1, lambda b: b ^ 16, *(lambda _, byte=byte: byte for byte in b"\n /0")],
    ids=["bit 0", "bit 4", "newline", "space", "slash", "zero"],
)
def test_one_changed_byte(change):
    """A byte that changes anywhere but in a remark is found; in a remark it changes nothing but a class number."""
    data, remarks, whole = TEXT.encode(), remark_bytes(TEXT), read_as(parse(TEXT.encode()))
    accepted = []
    for at, byte in enumerate(data):
        damaged = data[:at] + bytes([change(byte)]) + data[at + 1 :]
        if damaged == data:
            continue
        try:
            found = parse(damaged)
        except DamagedFile:
            continue
        accepted.append(at)
        assert read_as(found) == whole
    assert set(accepted) <= remarks


def test_bytes_that_are_no_text():
    """A byte above 127 or a carriage return is found anywhere, in a remark too."""
    data = TEXT.encode()
    for at in range(len(data)):
        for byte in (b"\x80", b"\xff", b"\r"):
            with pytest.raises(DamagedFile, match="7-bit text with LF"):
                parse(data[:at] + byte + data[at + 1 :] + b"\n")


@pytest.mark.parametrize("step", [97])
def test_truncation(step):
    """A file that is cut short anywhere is refused, after whole lines too."""
    data = TEXT.encode()
    ends = [match.end() for match in re.finditer(b"\n", data)][:-1]
    for length in sorted({*range(0, len(data), step), len(data) - 1, *ends}):
        with pytest.raises(DamagedFile):
            parse(data[:length])


def test_dropped_doubled_and_swapped_lines():
    """A line that is missing, stands twice or has changed places with the next is found, wherever it is."""
    lines = TEXT.splitlines(keepends=True)
    for at in range(len(lines)):
        swapped = [*lines[:at], *lines[at : at + 2][::-1], *lines[at + 2 :]]
        for changed in ([*lines[:at], *lines[at + 1 :]], [*lines[: at + 1], *lines[at:]], swapped):
            if changed != lines:
                with pytest.raises(DamagedFile):
                    parse("".join(changed).encode())


def without(key):
    """The file without a line of its header, and sealed anew."""
    return sealed(re.sub(rf"(?m)^//! {key} .*\n", "", TEXT))


def header(key, value):
    """The file with another value in a line of its header, and sealed anew."""
    changed = re.sub(rf"(?m)^//! {key} .*$", f"//! {key} {value}", TEXT)
    assert changed != TEXT
    return sealed(changed)


def row(change):
    """The file with its first vector changed, and sealed anew."""
    return sealed(TEXT.replace(ROWS[0], change(ROWS[0])))


MODES = ("operation", "operands", "results", "layout", "clauses", "tier", "generator", "count")
DAMAGES = [
    ("", "the file is empty", 0),
    (TEXT[:-1], "the last line does not end with a newline: the file is cut short", 0),
    (TEXT + "\n", "the '//! end' line is missing", 0),
    (TEXT.replace("\n", "\r\n"), "7-bit text with LF", 0),
    (TEXT.replace("= ", "\u2248 ", 1), "7-bit text with LF", 0),
    ("hello\n", "this is no vector file", 1),
    ("\n" + TEXT, "this is no vector file", 1),
    (TEXT.replace("refsim-vectors 1", "refsim-vectors 2", 1), "version 2 is not 1, the one that this program reads", 1),
    (TEXT.replace("refsim-vectors 1", "refsim-vectors 11", 1), "version 11 is not 1", 1),
    (TEXT[: TEXT.index("//! end")], "the '//! end' line is missing: the file is cut short", 0),
    *((without(key), f"the header has no '{key}' line", 0) for key in MODES),
    *((without(key), f"the header has no '{key}' line", 0) for key in ("overflow", "tininess")),
    (without("rounding"), "the header does not make sense", 0),
    *((sealed(TEXT.replace(ROWS[0], f"//! {key} 1\n{ROWS[0]}")), f"a second '{key}' line", FIRST) for key in MODES),
    (header("count", len(ROWS) + 1), f"{len(ROWS)} vectors where the header counts {len(ROWS) + 1}", 0),
    (header("count", f"0{len(ROWS)}"), "vectors where the header counts", 0),
    (header("tier", "full"), "tier 'full' is none of smoke, edge, exhaustive", 0),
    (header("operation", "halve"), "unknown operation 'halve'", 0),
    (header("operation", "convert"), "the header does not make sense", 0),
    (header("operands", "a:float4_e2m1fn b:float4_e2m1"), "unknown format 'float4_e2m1'", 0),
    (header("operands", "a:float4_e2m1fn c:float4_e2m1fn"), "operands, results and layout do not go with multiply", 0),
    (header("operands", "a:float4_e2m1fn"), "the header does not make sense", 0),
    (header("results", "y:float5_e2m2fn flags:5"), "unknown format 'float5_e2m2fn'", 0),
    (header("results", "y:float4_e2m1fn flags:6"), "operands, results and layout do not go", 0),
    (header("results", ""), "the header does not make sense", 0),
    (header("rounding", "ties_to_evil"), "unknown rounding rule 'ties_to_evil'", 0),
    (header("rounding", "stochastic_a"), "stochastic_a needs the number of its random bits", 0),
    (header("overflow", "saturated"), "unknown overflow rule 'saturated'", 0),
    (header("overflow", "wrap"), "wrap needs an integer or fixed-point format", 0),
    (header("tininess", "between"), "tininess 'between' is none of after, before", 0),
    (header("layout", "a:1 b:1 y:2 flags:2 id:8"), "operands, results and layout do not go", 0),
    (header("layout", "a:1 b:1 y:1 flags:2"), "operands, results and layout do not go", 0),
    (header("layout", "a:1 b:1 y:1 flags:2 id:0"), "operands, results and layout do not go", 0),
    (header("layout", "a:1 b:1 y:1 flags:2 id:65"), "operands, results and layout do not go", 0),
    (header("layout", "a:1 b:1 y:1 flags:2 id:9"), "the layout", FIRST),
    (header("class", "one exact"), "class 'one exact' is not a number and a name", 0),
    (row(lambda line: line.lower()), "is not upper-case hexadecimal in the layout's shape", FIRST),
    (row(lambda line: line.replace("_", "-", 1)), "is not upper-case hexadecimal in the layout's shape", FIRST),
    (row(lambda line: "X" + line[1:]), "is not upper-case hexadecimal in the layout's shape", FIRST),
    (row(lambda line: " " + line), "is not upper-case hexadecimal in the layout's shape", FIRST),
    (row(lambda line: line.replace(" //", " #")), "is not upper-case hexadecimal in the layout's shape", FIRST),
    (row(lambda line: line.split()[0] + " "), "is not upper-case hexadecimal in the layout's shape", FIRST),
    (row(lambda line: line.split()[0] + " /"), "is not upper-case hexadecimal in the layout's shape", FIRST),
    (row(lambda _: ""), "the line is shorter than the layout", FIRST),
    (row(lambda line: line[:10]), "the line is shorter than the layout", FIRST),
    (row(lambda _: "// only a remark, but long enough"), "is not upper-case hexadecimal", FIRST),
    (sealed(TEXT.replace(ROWS[-1], ROWS[-1].replace("_", "", 1))), "is not upper-case hexadecimal", FIRST + len(ROWS) - 1),
    (re.sub(r"sha256 .{8}", "sha256 00000000", TEXT), "a byte has changed", 0),
    (re.sub(r"sha256 .*", "sha256 0", TEXT), "the '//! end' line is missing", 0),
    (sealed("".join(f"{line}\n" for line in TEXT.splitlines() if line not in ROWS)), "0 vectors where the header counts", 0),
]


@pytest.mark.parametrize(
    ("text", "reason", "line"), DAMAGES, ids=[f"{i}: {reason}" for i, (_, reason, _) in enumerate(DAMAGES)]
)
def test_each_damage_has_its_reason(text, reason, line):
    """What is wrong is said in words, behind the file's name and the number of the line where there is one."""
    with pytest.raises(DamagedFile) as caught:
        parse(text.encode(), "some.rsv")
    message = str(caught.value)
    assert reason in message
    assert message.startswith(f"some.rsv:{line}: " if line else "some.rsv: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("names", "field", "value", "bits"),
    [
        (("multiply/float6_e2m3fn/ties_to_even.saturate.smoke",), "b", "40", 6),
        (("multiply/float4_e2m1fn/ties_to_even.saturate.smoke",), "flags", "20", 5),
        (("convert/bfloat16-to-float6_e2m3fn/stochastic_a-3.saturate.edge",), "draw", "8", 3),
        (("convert", "int4", "e15m61"), "y", "20000000000000000000", 77),
    ],
)
def test_a_value_wider_than_its_field(names, field, value, bits):
    """Digits that are there to fill the last one must be zeros."""
    text = made(*names)
    first = data_lines(text)[0]
    layout = next(line for line in text.splitlines() if line.startswith("//! layout")).split()[2:]
    at = [item.partition(":")[0] for item in layout].index(field)
    digits = first.split(" ")[0].split("_")
    assert len(value) == len(digits[at])
    digits[at] = value
    changed = sealed(text.replace(first, "_".join(digits)))
    line = text.splitlines().index(first) + 1
    with pytest.raises(DamagedFile, match=f"^some.rsv:{line}: {field} does not fit {bits} bits"):
        parse(changed.encode(), "some.rsv")


def test_a_file_without_vectors_is_read_as_that():
    """A file that says that it has no vectors, and has none, is not damaged: whoever checks nothing with it is told so."""
    lines = [line for line in TEXT.splitlines() if line not in ROWS]
    text = sealed("\n".join(lines).replace(f"count {len(ROWS)}", "count 0") + "\n")
    found = parse(text.encode())
    assert len(found) == 0
    assert [column.dtype for column in found.operands] == [np.uint64] * 2
