"""Independent implementations that agree with published vectors.

What stands here is a claim; the project's tests hold every such implementation against every vector that it is claimed for.
"""

from __future__ import annotations

from .operations import DECODE, Configuration, options
from .subjects import Subject

ML_DTYPES, GFLOAT, SOFTFLOAT = "ml_dtypes 0.6.0", "gfloat 0.5.2", "softfloatpy 1.2.3.post1"
SOFTPOSIT = "softposit 0.3.4.4"
ML_DTYPES_FLOATS = frozenset(
    (
        "float8_e4m3fn",
        "float8_e5m2",
        "float8_e4m3fnuz",
        "float8_e5m2fnuz",
        "float8_e4m3b11fnuz",
        "float8_e4m3",
        "float8_e3m4",
        "float6_e2m3fn",
        "float6_e3m2fn",
        "float4_e2m1fn",
        "bfloat16",
    )
)
SATURATING = frozenset(("float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn"))
"""Formats without NaN, which ml_dtypes saturates."""
GFLOAT_FLOATS = frozenset(("float8_e4m3fn", "float8_e5m2", "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn"))
GFLOAT_RULES = frozenset(("ties_to_even", "ties_to_away", "toward_zero", "toward_positive", "toward_negative"))
IEEE_RULES = frozenset(("ties_to_even", "ties_to_away", "toward_zero", "toward_positive", "toward_negative"))

SOFTFLOAT_OPERATIONS = frozenset(
    (
        *("add", "subtract", "multiply", "divide", "sqrt", "fma", "remainder", "round_to_integral", "round_to_integral_exact"),
        *(f"compare_{kind}_{name}" for kind in ("quiet", "signaling") for name in ("equal", "less", "less_equal")),
    )
)
SOFTFLOAT_CONVERSIONS = frozenset(
    (
        *(("binary32", name) for name in ("binary16", "bfloat16")),
        *((name, "binary32") for name in ("binary16", "bfloat16", "binary64")),
    )
)
SOFTFLOAT_FLOATS = frozenset(("binary16", "binary32", "binary64"))

SOFTPOSIT_OPERATIONS = {
    "posit8": frozenset(("add", "subtract", "multiply", "divide", "sqrt", "fma")),
    "posit16": frozenset(("add", "subtract", "multiply", "divide", "sqrt", "round_to_integral")),
    "posit32": frozenset(("add", "subtract", "multiply", "divide", "sqrt", "round_to_integral")),
}
"""The operations of each posit in which no deviation is known."""


def oracles(c: Subject) -> tuple[str, ...]:
    """The implementations that compute every vector of a configuration; any NaN is as good as another to them."""
    checks = {ML_DTYPES: _ml_dtypes, GFLOAT: _gfloat, SOFTFLOAT: _softfloat, SOFTPOSIT: _softposit}
    if not isinstance(c, Configuration) or (c.to is not None and options(c.to)):
        return ()
    return tuple(name for name, covers in checks.items() if covers(c))


def _ml_dtypes(c: Configuration) -> bool:
    """Codes without flags; a source wider than binary32 would be rounded twice."""
    if c.operation == DECODE:
        return c.operands[0].name in ML_DTYPES_FLOATS
    if c.to is None or c.to.rounding.name != "ties_to_even" or c.to.format.name not in ML_DTYPES_FLOATS:
        return False
    if c.operation not in {"convert", "add", "subtract", "multiply"}:
        return False
    sources = {format.name for format in c.operands}
    known = sources <= {"binary16", "bfloat16", "binary32"} if c.operation == "convert" else sources == {c.to.format.name}
    return known and c.to.overflow.name == ("saturate" if c.to.format.name in SATURATING else "infinity")


def _gfloat(c: Configuration) -> bool:
    """Codes without flags, of conversions and tables."""
    if c.operation == DECODE:
        name, width = c.operands[0].name, c.operands[0].width
        return name in GFLOAT_FLOATS or ("p" in name and name.startswith("binary") and width <= 8)
    if c.operation != "convert" or c.to is None or c.to.format.name not in GFLOAT_FLOATS:
        return False
    return c.to.rounding.name in GFLOAT_RULES and c.to.overflow.name == "saturate"


def _softfloat(c: Configuration) -> bool:
    """Codes and flags."""
    names = [format.name for format in c.operands]
    if c.to is None:
        return c.operation in SOFTFLOAT_OPERATIONS and len(set(names)) == 1 and names[0] in SOFTFLOAT_FLOATS
    if c.to.rounding.name not in IEEE_RULES or c.to.overflow.name != "infinity":
        return False
    if c.operation == "convert":
        return (names[0], c.to.format.name) in SOFTFLOAT_CONVERSIONS
    same = c.to.format.name in SOFTFLOAT_FLOATS and set(names) == {c.to.format.name}
    return same and c.operation in SOFTFLOAT_OPERATIONS


def _softposit(c: Configuration) -> bool:
    """Codes without flags, and comparisons, of posits of one format by the rules of the standard."""
    names = {format.name for format in c.operands}
    if len(names) != 1 or not names <= set(SOFTPOSIT_OPERATIONS):
        return False
    (name,) = names
    if c.to is None:
        return c.operation in {"posit_compare_equal", "posit_compare_less", "posit_compare_less_equal"}
    standard = c.to.rounding.name == "ties_to_even" and c.to.overflow.name == "saturate_finite"
    return standard and c.to.format.name == name and c.operation in SOFTPOSIT_OPERATIONS[name]
