"""Berkeley SoftFloat through softfloatpy, asked in our words. Its rounding mode, tininess and flags are global.

It is built in the way of RISC-V, so that of its NaNs only that they are NaNs is compared, and out of range its integers are
those of ``integer_saturate_high``. It is built without rounding to odd; that rule is had from the truncated result and the
inexact flag, as Boldo and Melquiond define it.
"""

from contextlib import contextmanager

import numpy as np
import softfloatpy
from softfloatpy import RoundingMode, TininessMode

ROUNDING = {
    "ties_to_even": RoundingMode.NEAR_EVEN,
    "ties_to_away": RoundingMode.NEAR_MAX_MAG,
    "toward_zero": RoundingMode.MIN_MAG,
    "toward_positive": RoundingMode.MAX,
    "toward_negative": RoundingMode.MIN,
}
TO_ODD = "to_odd"
TININESS = {"after": TininessMode.AFTER_ROUNDING, "before": TininessMode.BEFORE_ROUNDING}
TYPES = {
    "binary16": (softfloatpy.Float16, "f16"),
    "bfloat16": (softfloatpy.BFloat16, "bf16"),
    "binary32": (softfloatpy.Float32, "f32"),
    "binary64": (softfloatpy.Float64, "f64"),
    "binary128": (softfloatpy.Float128, "f128"),
    "int32": (softfloatpy.Int32, "i32"),
    "int64": (softfloatpy.Int64, "i64"),
    "uint32": (softfloatpy.UInt32, "ui32"),
    "uint64": (softfloatpy.UInt64, "ui64"),
}
INTEGERS = ("int32", "int64", "uint32", "uint64")
FLOATS = ("binary16", "binary32", "binary64", "binary128")
ARITHMETIC = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "sqrt": "sqrt",
    "fma": "mul_add",
    "remainder": "rem",
    "round_to_integral": "round_to_int",
    "round_to_integral_exact": "round_to_int",
    "negate": "neg",
}
COMPARISON = {
    "compare_quiet_equal": "eq",
    "compare_signaling_equal": "eq_signaling",
    "compare_signaling_less": "lt",
    "compare_quiet_less": "lt_quiet",
    "compare_signaling_less_equal": "le",
    "compare_quiet_less_equal": "le_quiet",
}
TESTS = ("is_nan", "is_signaling_nan", "is_inf")
"""Tests of a class, which are no operations of ours by themselves: ``classify`` answers them."""


@contextmanager
def state(rounding, tininess):
    """SoftFloat's global state set for a rule, and put back."""
    before = softfloatpy.get_rounding_mode(), softfloatpy.get_tininess_mode()
    softfloatpy.set_rounding_mode(ROUNDING["toward_zero" if rounding == TO_ODD else rounding])
    softfloatpy.set_tininess_mode(TININESS[tininess])
    try:
        yield
    finally:
        softfloatpy.set_rounding_mode(RoundingMode(before[0]))
        softfloatpy.set_tininess_mode(TininessMode(before[1]))
        softfloatpy.set_exception_flags(0)


def has(operation, source, target=None):
    """Whether SoftFloat has the operation on operands of a type, and for conversions to another."""
    return hasattr(softfloatpy, _name(operation, source, target))


def _name(operation, source, target):
    prefix = TYPES[source][1]
    if operation in {"convert", "to_integer"}:
        return f"{prefix}_to_{TYPES[target][1]}"
    return f"{prefix}_{({**ARITHMETIC, **COMPARISON}).get(operation, operation)}"


def _further(operation, source, target):
    """The arguments after the operands: no rounding mode of its own, and whether inexact is raised."""
    if operation.startswith("round_to_integral"):
        return None, operation.endswith("exact")
    if target in INTEGERS and source not in INTEGERS:
        return None, operation == "convert"
    return ()


def answers(operation, rows, source, target, rounding="ties_to_even", tininess="after"):
    """The codes and flags of an operation on rows of codes of one type, one after the other."""
    kind = TYPES[source][0]
    size = kind.size() // 8
    function, further = getattr(softfloatpy, _name(operation, source, target)), _further(operation, source, target)
    clear, raised = softfloatpy.set_exception_flags, softfloatpy.get_exception_flags
    found = []
    with state(rounding, tininess):
        for row in rows:
            arguments = [kind.from_bytes(code.to_bytes(size, "big")) for code in row]
            clear(0)
            result = function(*arguments, *further)
            flags = raised()
            code = int(result) if isinstance(result, bool) else int.from_bytes(result.to_bytes(), "big")
            found.append((code | (flags & 1 if rounding == TO_ODD else 0), flags))
    return found


def run(operation, operands, source, to):
    """An operation on arrays of codes of one format: arrays of the codes and of the flags of the results."""
    assert operation == "convert" or source == to.format.name
    rows = zip(*(map(int, column) for column in operands), strict=True)
    found = answers(operation, rows, source, to.format.name, to.rounding.name, to.tininess)
    codes, flags = zip(*found, strict=True)
    return np.array(codes, dtype=np.uint64), np.array(flags, dtype=np.uint8)
