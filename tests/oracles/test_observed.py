"""The specification against what machines do: x86-64 observed on a processor, A64 and RISC-V in QEMU.

``observed/README.md`` tells the machines and how the tables are made. Result bits are compared, of NaNs too, and flags.
Three things are not comparable: A64 raises no inexact for a result that it flushes, where ``flush_outputs`` raises it
as x86 does; A64's flag of a flushed operand is none of IEEE 754's, and is not in the table; and x86's VRANGE carries on a
signaling NaN rather than the first one.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import SIGNALING_NAN, is_nan
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS, Kind
from refsim.spec.projection import Projection

OBSERVED = Path(__file__).parent / "observed"
SHOWN = 8


class Machine(NamedTuple):
    """The options that describe a machine, and how many observations there are of it."""

    nan: str
    tininess: str
    integer: str
    rows: int


MACHINES = {
    "x86": Machine("x86", "after", "integer_indefinite", 10_000),
    "aarch64": Machine("arm", "before", "integer_saturate", 12_000),
    "riscv64": Machine("riscv", "after", "integer_saturate_high", 7_000),
}
VARIANTS = {"convert.modular": {"overflow": "integer_modular"}, "convert.odd": {"rounding": "to_odd"}}


class Section(NamedTuple):
    """Observations of one instruction in one mode."""

    operation: str
    source: str
    target: str
    rounding: str
    subnormals: str
    rows: list[tuple[list[int], int, int]]


def row(line):
    """Operands, result and flags of a line."""
    operands, result = line.split(" = ")
    code, flags = result.split()
    return [int(x, 16) for x in operands.split()], int(code, 16), int(flags)


@lru_cache
def sections(machine):
    """The sections of a machine's table."""
    blocks = (OBSERVED / f"{machine}.txt").read_text("ascii").split("[")[1:]
    return [
        Section(*head.split(), list(map(row, rows.split("\n")[1:-1]))) for head, _, rows in (b.partition("]") for b in blocks)
    ]


def projection(machine, section):
    """The projection that describes the instruction, if its result is a number."""
    if OPERATIONS[section.operation.partition(".")[0]].kind is not Kind.NUMBER:
        return None
    options = {
        "rounding": section.rounding,
        "overflow": machine.integer if "int" in section.target else "infinity",
        **VARIANTS.get(section.operation, {}),
    }
    return Projection(section.target, **options, tininess=machine.tininess, subnormals=section.subnormals, nan=machine.nan)


def agrees(name, section, numbers, found, code, flags):
    """Whether the specification has the machine's bits and flags, but for what is not comparable."""
    if name == "aarch64" and section.subnormals == "flush" and flags & Flags.UNDERFLOW:
        flags |= Flags.INEXACT
    if name == "x86" and section.operation.startswith(("min_num", "max_num")):
        data = [x.exact for x in numbers]
        if all(map(is_nan, data)) and SIGNALING_NAN in data:
            return is_nan(get_format(section.target).decode(code)) and found.flags == flags
    return found == (code, flags)


def differences(name, section):
    """The observations of a section that the specification differs from."""
    to, operation = projection(MACHINES[name], section), OPERATIONS[section.operation.partition(".")[0]]
    found = []
    for operands, code, flags in section.rows:
        numbers = [Number(x, get_format(section.source)) for x in operands]
        ours = operation(*numbers, to=to) if to else operation(*numbers)
        if not agrees(name, section, numbers, ours, code, flags):
            found.append((*section[:5], *map(hex, operands), hex(ours.code), int(ours.flags), hex(code), flags))
    return found


def all_differences(name, wanted):
    """The differences in all sections of a machine that are wanted, of which there must be some."""
    chosen = [section for section in sections(name) if wanted(section)]
    assert chosen
    return [different for section in chosen for different in differences(name, section)]


def kept(*operations):
    """Whether a section is of one of the operations, with subnormal numbers kept."""
    return lambda section: section.operation in operations and section.subnormals == "keep"


ARITHMETIC = ("add", "subtract", "multiply", "divide", "sqrt")


@pytest.mark.parametrize("name", MACHINES)
def test_all_observations_agree(name):
    """Every line of a machine's table is what the specification gives with the options of that machine."""
    found = all_differences(name, lambda _: True)
    assert not found, found[:SHOWN]
    assert sum(len(section.rows) for section in sections(name)) > MACHINES[name].rows


@pytest.mark.clause("nan/carried", "project/nan", "arithmetic/nan")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x86", marks=pytest.mark.clause("nan/x86")),
        pytest.param("aarch64", marks=pytest.mark.clause("nan/arm")),
        pytest.param("riscv64", marks=pytest.mark.clause("nan/canonical")),
    ],
)
def test_nans(name):
    """Of quiet and signaling NaNs with payloads and signs, sums, products, quotients, roots and conversions make the machine's
    NaN, and so does an invalid operation on numbers."""
    assert not all_differences(name, kept(*ARITHMETIC, "convert"))


@pytest.mark.clause("arithmetic/fused", "arithmetic/fma")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("x86", marks=pytest.mark.clause("nan/x86")),
        pytest.param("aarch64", marks=pytest.mark.clause("nan/arm")),
        pytest.param("riscv64", marks=pytest.mark.clause("nan/canonical")),
    ],
)
def test_fused_multiply_add(name):
    """Which of three NaNs is carried on, and whether zero times infinity is invalid beside a quiet one, is as there."""
    assert not all_differences(name, kept("fma"))


@pytest.mark.clause("nan/x86")
def test_the_policies_differ_where_the_machines_do():
    """Zero times infinity plus a quiet NaN: x86 carries it on in silence, A64 and RISC-V are invalid and give their own NaN."""
    found = {}
    for name in MACHINES:
        section = next(s for s in sections(name) if kept("fma")(s) and s.source == "binary32")
        found[name] = next((code, flags) for x, code, flags in section.rows if x == [0, 0x7F800000, 0xFFC01234])
    assert found == {"x86": (0xFFC01234, 0), "aarch64": (0x7FC00000, 16), "riscv64": (0x7FC00000, 16)}


@pytest.mark.clause("project/flush-inputs", "project/flush-outputs", "flags/tiny")
@pytest.mark.parametrize(("name", "modes"), [("x86", {"flush_outputs", "flush_inputs", "flush"}), ("aarch64", {"flush"})])
def test_flushing(name, modes):
    """Subnormal operands and tiny results become zeros, separately by x86's DAZ and FTZ and together by A64's FZ."""
    assert {section.subnormals for section in sections(name)} == modes | {"keep"}
    assert not all_differences(name, lambda section: section.subnormals in modes)


@pytest.mark.clause("project/flush-outputs")
def test_a_result_is_flushed_even_where_it_is_exact():
    """Half of the least normal number is exact, and yet x86's FTZ makes it a zero, underflowing and inexact."""
    section = next(s for s in sections("x86") if s[:5] == ("multiply", "binary32", "binary32", "ties_to_even", "flush_outputs"))
    assert ([0x3F000000, 0x00800000], 0, 3) in section.rows


@pytest.mark.clause("integral/to-integer", "arithmetic/convert", "integral/round", "integral/round-exact")
@pytest.mark.parametrize(
    ("name", "rule"),
    [
        pytest.param("x86", "indefinite", marks=pytest.mark.clause("overflow/integer-indefinite")),
        pytest.param("aarch64", "saturate", marks=pytest.mark.clause("overflow/integer-saturate")),
        pytest.param("riscv64", "saturate_high", marks=pytest.mark.clause("overflow/integer-saturate-high")),
    ],
)
def test_integers(name, rule):
    """Conversions to integers, in and out of range, and rounding to integral values are those of the machine."""
    assert MACHINES[name].integer == f"integer_{rule}"
    assert not all_differences(name, lambda s: s.target.startswith(("int", "uint")) and s.operation == "convert")
    integral = [section for section in sections(name) if section.operation.startswith("round_to_integral")]
    assert not [different for section in integral for different in differences(name, section)]


@pytest.mark.clause("overflow/integer-modular")
def test_javascript_integers():
    """A64's FJCVTZS gives ECMAScript's integers, and raises invalid out of range."""
    assert not all_differences("aarch64", kept("convert.modular"))


@pytest.mark.clause("round/to-odd")
def test_rounding_to_odd():
    """A64's FCVTXN rounds to odd."""
    assert not all_differences("aarch64", kept("convert.odd"))


@pytest.mark.clause("extrema/order")
@pytest.mark.parametrize(
    ("name", "operations"),
    [
        pytest.param(
            "x86",
            ("min_num", "max_num", "min_num_mag", "max_num_mag"),
            marks=pytest.mark.clause("extrema/number-2008", "extrema/magnitude-2008"),
        ),
        pytest.param(
            "aarch64",
            ("minimum", "maximum", "min_num", "max_num"),
            marks=pytest.mark.clause("extrema/propagating", "extrema/number-2008"),
        ),
        pytest.param("riscv64", ("minimum_number", "maximum_number"), marks=pytest.mark.clause("extrema/number")),
    ],
)
def test_extrema(name, operations):
    """Minima and maxima of zeros, infinities and NaNs are those of VRANGE, of FMIN and FMINNM, and of RISC-V's FMIN."""
    for operation in operations:
        assert not all_differences(name, kept(operation))


@pytest.mark.clause("comparison/predicate", "comparison/relation")
@pytest.mark.parametrize(("name", "count"), [("x86", 22), ("aarch64", 22), ("riscv64", 3)])
def test_comparisons(name, count):
    """All 22 predicates of IEEE 754 on x86 and A64, and the three of RISC-V, are true and invalid where the machine says so."""
    operations = {section.operation for section in sections(name) if section.operation.startswith("compare")}
    assert len(operations) == count
    assert not all_differences(name, kept(*operations))


@pytest.mark.clause("codes/sign", "codes/negate", "codes/absolute", "codes/copy-sign", "comparison/class")
def test_signs_and_classes():
    """Signs change as on A64 and RISC-V, of NaNs too, and classes are those of FCLASS."""
    assert not all_differences("aarch64", kept("negate", "absolute"))
    assert not all_differences("riscv64", kept("negate", "absolute", "copy_sign", "classify"))
