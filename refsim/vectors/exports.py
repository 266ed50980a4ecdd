"""Vectors in the words of others: Berkeley TestFloat's lines, CSV, and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from ..spec.flags import Flags
from ..spec.formats import Format
from .fields import Field
from .file import Vectors, parse
from .operations import Configuration
from .suites import SUFFIX, Suite

FORMS = ("testfloat", "csv", "jsonl")
"""The forms that vectors can be exported in."""
README = "README.txt"
TYPES = {
    "binary16": "f16",
    "bfloat16": "bf16",
    "binary32": "f32",
    "binary64": "f64",
    "binary128": "f128",
    "int32": "i32",
    "int64": "i64",
    "uint32": "ui32",
    "uint64": "ui64",
}
"""TestFloat's names of types."""
FLOATS = ("f16", "f32", "f64", "f128")
"""The types that have every operation; bfloat16 has two conversions."""
FUNCTIONS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "sqrt": "sqrt",
    "remainder": "rem",
    "fma": "mulAdd",
    "round_to_integral": "roundToInt",
    "round_to_integral_exact": "roundToInt",
    "compare_quiet_equal": "eq",
    "compare_signaling_less_equal": "le",
    "compare_signaling_less": "lt",
    "compare_signaling_equal": "eq_signaling",
    "compare_quiet_less_equal": "le_quiet",
    "compare_quiet_less": "lt_quiet",
}
"""The operations that TestFloat has on numbers of one type, with the words behind the type in its names."""
ROUNDINGS = {
    "ties_to_even": "rnear_even",
    "ties_to_away": "rnear_maxMag",
    "toward_zero": "rminMag",
    "toward_negative": "rmin",
    "toward_positive": "rmax",
    "to_odd": "rodd",
}
"""The options of ``testfloat_gen`` for rounding, without the hyphen."""
EXACT = {"round_to_integral": "notexact", "round_to_integral_exact": "exact", "to_integer": "notexact"}
"""The option of ``testfloat_gen`` that says whether rounding to an integer raises inexact."""


def exported(suites: Sequence[Suite], form: str) -> dict[str, str]:
    """The files of an export: their paths below its folder, and their texts.

    ``ValueError`` for a suite that the form has no words for.
    """
    if form == "testfloat":
        return _testfloat_files(suites)
    write: Callable[[Vectors], Iterator[str]] = {"csv": _csv, "jsonl": _json_lines}[form]
    return {
        f"{suite.path.removesuffix(SUFFIX)}.{form}": "".join(f"{line}\n" for line in write(_vectors(suite))) for suite in suites
    }


def _vectors(suite: Suite) -> Vectors:
    return parse(suite.text().encode("ascii"), suite.path)


def function_name(configuration: Configuration) -> str:
    """TestFloat's name of an operation, such as ``f16_mulAdd``; ``ValueError`` where it has none."""
    formats = [*configuration.operands, *([configuration.to.format] if configuration.to else [])]
    types = [TYPES.get(format.name) for format in formats]
    if configuration.operation in FUNCTIONS and types[0] in FLOATS and len(set(types)) == 1:
        return f"{types[0]}_{FUNCTIONS[configuration.operation]}"
    if configuration.operation in {"convert", "to_integer"} and None not in types and _has_conversion(*map(str, types)):
        return f"{types[0]}_to_{types[1]}"
    names = ", ".join(format.name for format in formats)
    raise ValueError(f"TestFloat has no {configuration.operation} on {names}")


def _has_conversion(source: str, result: str) -> bool:
    if "bf16" in (source, result):
        return {source, result} == {"bf16", "f32"}
    return source != result and (source in FLOATS or result in FLOATS)


def generator_options(configuration: Configuration) -> list[str]:
    """The options of ``testfloat_gen`` that ask for a configuration; ``ValueError`` where none do."""
    to = configuration.to
    if to is None:
        return []
    integral, integer = configuration.operation in EXACT, _is_integer(to.format)
    what = f"{configuration.operation} with"
    if to.rounding.name not in ROUNDINGS or (to.rounding.name == "to_odd" and (integral or integer)):
        raise ValueError(f"TestFloat has no {what} {to.rounding}")
    if to.overflow.name != "infinity" and not (integer and to.overflow.nan is not None):
        raise ValueError(f"TestFloat has no {what} overflow {to.overflow}")
    if to.subnormals != "keep":
        raise ValueError(f"TestFloat has no {what} subnormals {to.subnormals}")
    options = [ROUNDINGS[to.rounding.name], f"tininess{to.tininess}"]
    exact = EXACT.get(configuration.operation, "exact" if integer else "")
    return [*options, exact] if exact else options


def _is_integer(format: Format) -> bool:
    return TYPES.get(format.name, "").lstrip("u").startswith("i")


def _testfloat_files(suites: Sequence[Suite]) -> dict[str, str]:
    named: dict[str, Suite] = {}
    commands: dict[str, str] = {}
    for suite in suites:
        c = suite.configuration
        if not isinstance(c, Configuration):
            raise ValueError(f"TestFloat has no {c.operation}")
        function, options = function_name(c), generator_options(c)
        more = [c.to.nan] if c.to and c.to.nan != "canonical" else []
        more += [c.to.overflow.name] if c.to and c.to.overflow.name != "infinity" else []
        name = ".".join(["-".join([function, *options]), *more, suite.tier, "txt"])
        named[name] = suite
        commands[name] = " ".join(["testfloat_gen", *(f"-{option}" for option in options), function])
    files = {name: "".join(f"{line}\n" for line in generator_lines(_vectors(suite))) for name, suite in named.items()}
    rows = [
        f"{name}\n    {commands[name]}\n    {suite.path.removesuffix(SUFFIX)}, {files[name].count(chr(10))} vectors\n"
        for name, suite in named.items()
    ]
    return {**files, README: TESTFLOAT_README + "\n" + "\n".join(rows)}


TESTFLOAT_README = """\
Vectors in the format of Berkeley TestFloat's testfloat_gen: one a line, operands, result and exception flags in upper-case
hexadecimal, separated by spaces. Flags: 1 inexact, 2 underflow, 4 overflow, 8 division by zero, 16 invalid.

Each file is named after TestFloat's function and the options that would ask testfloat_gen for the same operation. testfloat_ver
reads operands and results in this format:

    your-program < FILE | testfloat_ver OPTIONS FUNCTION

where your program prints each line's operands with its own result and flags. NaN results are those of the NaN policy in the
file's name, the canonical NaN where none stands there; TestFloat compares the bits of NaNs only with -checkNaNs. Integers
out of range are those of the rule in the name; TestFloat compares them only with -checkInvInts.
"""


def generator_lines(vectors: Vectors) -> Iterator[str]:
    """Vectors as ``testfloat_gen`` prints them."""
    fields = (*vectors.configuration.operand_fields, *vectors.configuration.result_fields)
    line = " ".join(f"{{:0{field.digits}X}}" for field in fields).format
    for i in range(len(vectors)):
        operands, results = vectors.row(i)
        yield line(*operands, *results)


def _fields(vectors: Vectors) -> tuple[Field, ...]:
    return (*vectors.configuration.operand_fields, *vectors.configuration.result_fields)


def _rows(vectors: Vectors) -> Iterator[tuple[list[str], int, str, str]]:
    """The digits of each vector's fields, its flags, its id and its class."""
    fields = _fields(vectors)
    for i in range(len(vectors)):
        operands, results = vectors.row(i)
        digits = [f"{value:0{field.digits}X}" for field, value in zip(fields, (*operands, *results), strict=True)]
        name = vectors.ids[i]
        text = name.decode() if isinstance(name, bytes) else str(name)
        yield digits, results[-1], text, vectors.classes.get(int(vectors.row_classes[i]), "")


def _csv(vectors: Vectors) -> Iterator[str]:
    """A line of names and a line a vector: the fields in hexadecimal, the id, and the class in quotes."""
    yield ",".join([*(field.name for field in _fields(vectors)), "id", "class"])
    for digits, _, name, row_class in _rows(vectors):
        yield ",".join([*digits, name, f'"{row_class}"'])


def _json_lines(vectors: Vectors) -> Iterator[str]:
    """An object a vector: the fields in hexadecimal but the flags by name, the id, and the class."""
    names = [field.name for field in _fields(vectors)]
    for digits, flags, name, row_class in _rows(vectors):
        item: dict[str, object] = dict(zip(names, digits, strict=True))
        if "flags" in item:
            item["flags"] = Flags(flags).names()
        yield json.dumps({**item, "id": name, "class": row_class})
