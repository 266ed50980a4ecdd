"""Names from elsewhere: the aliases of rules and formats, one table each, printed in the book."""

from __future__ import annotations

from . import overflow, rounding
from .overflow import RULES, WITH_SATURATED_BITS, Overflow
from .rounding import DETERMINISTIC, STOCHASTIC, Rounding

ROUNDING_ALIASES: dict[str, dict[str, str]] = {
    "IEEE 754": {
        "roundTiesToEven": "ties_to_even",
        "roundTiesToAway": "ties_to_away",
        "roundTiesTowardZero": "ties_toward_zero",
        "roundTowardZero": "toward_zero",
        "roundTowardPositive": "toward_positive",
        "roundTowardNegative": "toward_negative",
    },
    "P3109": {
        "NearestTiesToEven": "ties_to_even",
        "NearestTiesToAway": "ties_to_away",
        "TowardZero": "toward_zero",
        "TowardPositive": "toward_positive",
        "TowardNegative": "toward_negative",
        "ToOdd": "to_odd",
    },
    "RISC-V": {
        "RNE": "ties_to_even",
        "RMM": "ties_to_away",
        "RTZ": "toward_zero",
        "RUP": "toward_positive",
        "RDN": "toward_negative",
    },
    "ap_fixed": {
        "AP_RND": "ties_toward_positive",
        "AP_RND_ZERO": "ties_toward_zero",
        "AP_RND_MIN_INF": "ties_toward_negative",
        "AP_RND_INF": "ties_to_away",
        "AP_RND_CONV": "ties_to_even",
        "AP_TRN": "toward_negative",
        "AP_TRN_ZERO": "toward_zero",
    },
    "ac_fixed": {
        "AC_RND": "ties_toward_positive",
        "AC_RND_ZERO": "ties_toward_zero",
        "AC_RND_MIN_INF": "ties_toward_negative",
        "AC_RND_INF": "ties_to_away",
        "AC_RND_CONV": "ties_to_even",
        "AC_RND_CONV_ODD": "ties_to_odd",
        "AC_TRN": "toward_negative",
        "AC_TRN_ZERO": "toward_zero",
    },
    "APyTypes": {
        "TIES_EVEN": "ties_to_even",
        "TIES_ODD": "ties_to_odd",
        "TIES_AWAY": "ties_to_away",
        "TIES_ZERO": "ties_toward_zero",
        "TIES_POS": "ties_toward_positive",
        "TIES_NEG": "ties_toward_negative",
        "TO_ZERO": "toward_zero",
        "TO_AWAY": "away_from_zero",
        "TO_POS": "toward_positive",
        "TO_NEG": "toward_negative",
        "JAM_UNBIASED": "to_odd",
    },
    "fxpmath": {
        "around": "ties_to_even",
        "nearest_away": "ties_to_away",
        "nearest_posinf": "ties_toward_positive",
        "nearest_neginf": "ties_toward_negative",
        "nearest_zero": "ties_toward_zero",
        "floor": "toward_negative",
        "bit_trunc": "toward_negative",
        "ceil": "toward_positive",
        "fix": "toward_zero",
        "trunc": "toward_zero",
    },
    "Vitis AI": {"DPU_ROUND": "ties_toward_positive", "PY3_ROUND": "ties_to_even", "STD_ROUND": "ties_to_away"},
}
"""The rounding rules' names elsewhere, by where they come from."""

OVERFLOW_ALIASES: dict[str, dict[str, str]] = {
    "P3109": {"SatFinite": "saturate", "SatPropagate": "saturate_propagate", "SatNone": "infinity", "OvfInf": "infinity"},
    "OCP OFP8": {"SAT": "saturate", "OVF": "infinity"},
    "ap_fixed": {
        "AP_SAT": "saturate",
        "AP_SAT_ZERO": "saturate_zero",
        "AP_SAT_SYM": "saturate_symmetric",
        "AP_WRAP": "wrap",
        "AP_WRAP_SM": "wrap_sign_magnitude",
    },
    "ac_fixed": {
        "AC_SAT": "saturate",
        "AC_SAT_ZERO": "saturate_zero",
        "AC_SAT_SYM": "saturate_symmetric",
        "AC_WRAP": "wrap",
    },
    "APyTypes": {"SAT": "saturate", "WRAP": "wrap", "NUMERIC_STD": "wrap:1"},
    "conversion to integer": {
        "Arm": "integer_saturate",
        "WebAssembly": "integer_saturate",
        "RISC-V": "integer_saturate_high",
        "x86": "integer_indefinite",
        "ECMAScript": "integer_modular",
    },
}
"""The overflow rules' names elsewhere. P3109's SatNone means this only for formats with infinities."""

FORMAT_ALIASES: dict[str, str] = {
    "float16": "binary16",
    "half": "binary16",
    "float32": "binary32",
    "single": "binary32",
    "float64": "binary64",
    "double": "binary64",
    "float128": "binary128",
    "bf16": "bfloat16",
    "tensorfloat32": "tf32",
    "e8m0": "float8_e8m0fnu",
}
"""Other names of catalogued formats."""


def _plain(table: dict[str, dict[str, str]]) -> dict[str, str]:
    return {alias: name for aliases in table.values() for alias, name in aliases.items()}


def get_rounding(name: str) -> Rounding:
    """The rounding rule of a name or alias; ``ValueError`` for an unknown one."""
    return rounding.named(_plain(ROUNDING_ALIASES).get(name, name))


def get_overflow(name: str) -> Overflow:
    """The overflow rule of a name or alias, either with ``:N`` behind it where N bits are saturated; ``ValueError`` for an
    unknown one."""
    base, colon, bits = name.partition(":")
    return overflow.named(_plain(OVERFLOW_ALIASES).get(base, base) + colon + bits)


def rounding_names() -> list[str]:
    """The names of all rules, with ``:N`` for the number of random bits."""
    return [*DETERMINISTIC, *(f"{name}:N" for name in STOCHASTIC)]


def overflow_names() -> list[str]:
    """The names of all overflow rules, with ``:N`` for a number of saturated bits."""
    return [*RULES, *(f"{name}:N" for name in WITH_SATURATED_BITS)]
