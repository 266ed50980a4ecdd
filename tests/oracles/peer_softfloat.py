"""Berkeley SoftFloat through softfloatpy, asked in our words. Its rounding mode, tininess and flags are global."""

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
TININESS = {"after": TininessMode.AFTER_ROUNDING, "before": TininessMode.BEFORE_ROUNDING}
TYPES = {
    "binary16": (softfloatpy.Float16, "f16"),
    "bfloat16": (softfloatpy.BFloat16, "bf16"),
    "binary32": (softfloatpy.Float32, "f32"),
}
OPERATIONS = {"add": "add", "subtract": "sub", "multiply": "mul", "root": "sqrt"}


@contextmanager
def state(to):
    """SoftFloat's global state set for a projection, and put back."""
    before = softfloatpy.get_rounding_mode(), softfloatpy.get_tininess_mode()
    softfloatpy.set_rounding_mode(ROUNDING[to.rounding.name])
    softfloatpy.set_tininess_mode(TININESS[to.tininess])
    try:
        yield
    finally:
        softfloatpy.set_rounding_mode(RoundingMode(before[0]))
        softfloatpy.set_tininess_mode(TininessMode(before[1]))
        softfloatpy.set_exception_flags(0)


def run(operation, operands, source, to):
    """An operation on arrays of codes of one format: the codes and the flags of the results."""
    kind, prefix = TYPES[source]
    if operation == "convert":
        function = getattr(softfloatpy, f"{prefix}_to_{TYPES[to.format.name][1]}")
    else:
        assert source == to.format.name
        function = getattr(softfloatpy, f"{prefix}_{OPERATIONS[operation]}")
    size = kind.size() // 8
    columns = [[kind.from_bytes(int(code).to_bytes(size, "big")) for code in codes] for codes in operands]
    clear, raised = softfloatpy.set_exception_flags, softfloatpy.get_exception_flags
    codes, flags = [], []
    with state(to):
        for arguments in zip(*columns, strict=True):
            clear(0)
            codes.append(int.from_bytes(function(*arguments).to_bytes(), "big"))
            flags.append(raised())
    return np.array(codes, dtype=np.uint64), np.array(flags, dtype=np.uint8)
