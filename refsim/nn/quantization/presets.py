"""Schemes by name, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROUNDED = {"rounding": "ties_to_even", "overflow": "saturate"}
IN_BINARY32 = "datapath(exact,sequential(binary32/ties_to_even/infinity),first,sum,output={to})"
"""Sums in a register of binary32, written once in the format of the activations."""
IN_32_BITS = "datapath(exact,total({32}/toward_zero/saturate),first,sum,output={to})"
"""Sums in 32 bits with the places of the products, written once."""
IN_INT32 = "datapath(exact,total(int32/toward_zero/saturate),first,sum)"


def _floats(format: str, overflow: str) -> dict[str, Any]:
    return {
        "numbers": "format",
        "weights": format,
        "bias": "register",
        "activations": format,
        "rounding": "ties_to_even",
        "overflow": overflow,
        "datapath": IN_BINARY32,
    }


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "int8": {
        "numbers": "affine",
        "weights": "int8",
        "bias": "int32",
        "activations": "uint8",
        "datapath": IN_INT32,
        "quantization": "onnx",
        "requantization": "float_scale",
        "way": "binary32",
    },
    "int8-power-of-two": {
        "numbers": "affine",
        "weights": "int8",
        "bias": "int32",
        "activations": "int8",
        "symmetric_activations": True,
        "power_of_two": True,
        "per": "tensor",
        "datapath": IN_INT32,
        "quantization": "vitis_dpu",
        "requantization": "dpu",
        "way": "exact",
        "sums": "fused",
    },
    "q2.5": {
        "numbers": "format",
        "weights": "q2.5",
        "bias": "register",
        "activations": "q2.5",
        **ROUNDED,
        "datapath": IN_32_BITS,
        "constants": "q2.5",
    },
    "q8?": {
        "numbers": "format",
        "weights": "q8?",
        "bias": "register",
        "activations": "q8?",
        **ROUNDED,
        "datapath": IN_32_BITS,
    },
    "fp8": _floats("float8_e4m3fn", "saturate"),
    "bfloat16": _floats("bfloat16", "infinity"),
    "binary16": _floats("binary16", "infinity"),
    "posit8": _floats("posit8", "saturate"),
    "log4": {
        **_floats("slog5_fsr?", "saturate"),
        "bias": "register",
        "datapath": "datapath(exact,sequential(binary32/ties_to_even/infinity),first,sum)",
        "sums": "fused",
    },
    "ternary": {
        "numbers": "levels",
        "weights": "levels3",
        "bias": "binary32/ties_to_even/infinity",
        "activations": "q8?",
        **ROUNDED,
        "method": "optimal",
        "step": "binary32/ties_to_even/infinity",
        "per": "tensor",
        "datapath": "datapath(exact,total({32}/toward_zero/saturate),output,sum,output=binary32/ties_to_even/infinity)",
        "sums": "fused",
    },
}
"""``log4`` has a sign and four bits of logarithm, ``ternary`` weights of -1, 0 and 1 times a step for each layer."""
