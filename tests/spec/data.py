"""Data of binary16 by name, for tables of special cases."""

from refsim.spec.catalogue import get_format
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS
from refsim.spec.projection import Projection

BINARY16 = get_format("binary16")
CODES = {
    "0": 0x0000,
    "-0": 0x8000,
    "1": 0x3C00,
    "-1": 0xBC00,
    "2": 0x4000,
    "-2": 0xC000,
    "4": 0x4400,
    "1/2": 0x3800,
    "-1/2": 0xB800,
    "inf": 0x7C00,
    "-inf": 0xFC00,
    "nan": 0x7E00,
    "snan": 0x7D00,
}
NAMES = {code: name for name, code in CODES.items()}
RAISED = {"": Flags.NONE, "invalid": Flags.INVALID, "infinite": Flags.INFINITE, "inexact": Flags.INEXACT}


def number(name):
    """The operand of a name."""
    return Number(CODES[name], BINARY16)


def outcome(operation, *names, rounding="ties_to_even"):
    """The name of the result in binary16, and its flags."""
    to = Projection(BINARY16, rounding, "infinity")
    code, flags = OPERATIONS[operation](*map(number, names), to=to)
    return NAMES[code], flags


def table(text):
    """Rows of operands, result and flags, written as ``1 0 = inf infinite``."""
    rows = []
    for line in text.strip().splitlines():
        operands, result = line.split("=")
        name, *flags = result.split()
        rows.append((tuple(operands.split()), name, RAISED[" ".join(flags)]))
    return rows
