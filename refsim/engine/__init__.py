"""The specification on NumPy arrays: the same names, the same argument order, the same bits.

Importing it raises ``HostArithmeticError`` where the host's floating point cannot be trusted.
"""

from . import block_dots, blocks, codebooks, dynamic, levels, nvfp4
from .activations import hard_sigmoid, hard_sigmoid_dpu, hard_sigmoid_fifth, hard_swish, hard_tanh, leaky_relu, relu, relu6
from .affine import dequantize, dequantize_as, quantize, quantize_as, spread
from .apply import apply
from .arithmetic import (
    absolute_value,
    add,
    convert,
    divide,
    faa,
    fma,
    hypot,
    multiply,
    negation,
    reciprocal,
    rsqrt,
    sqrt,
    strict_hypot,
    subtract,
)
from .array import Array, as_array
from .codes import absolute, copy_sign, negate, next_down, next_up, posit_next, posit_prior
from .comparison import classify, compare, posit_compare, total_order, total_order_magnitude
from .decode import decode
from .dot import dot_product
from .encode import convert_text, encode
from .extrema import (
    clamp,
    max_num,
    max_num_mag,
    maximum,
    maximum_finite,
    maximum_magnitude,
    maximum_magnitude_number,
    maximum_number,
    min_num,
    min_num_mag,
    minimum,
    minimum_finite,
    minimum_magnitude,
    minimum_magnitude_number,
    minimum_number,
)
from .functions import cos, erf, exp, exp2, expm1, gelu, gelu_tanh, log, log1p, log2, sigmoid, silu, sin, softplus, tanh
from .host import HostArithmeticError, check_host
from .integral import fmod, remainder, round_to_integral, round_to_integral_exact, to_integer
from .interleaving import deinterleave, interleave
from .packing import pack, unpack
from .requantization import requantize
from .scaling import log_b, scale_b, scaled_add, scaled_fma, scaled_multiply
from .shifts import shift_left, shift_right_arithmetic, shift_right_logical

__all__ = [
    "Array",
    "HostArithmeticError",
    "absolute",
    "absolute_value",
    "add",
    "apply",
    "as_array",
    "block_dots",
    "blocks",
    "check_host",
    "clamp",
    "classify",
    "codebooks",
    "compare",
    "convert",
    "convert_text",
    "copy_sign",
    "cos",
    "decode",
    "deinterleave",
    "dequantize",
    "dequantize_as",
    "divide",
    "dot_product",
    "dynamic",
    "encode",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "faa",
    "fma",
    "fmod",
    "gelu",
    "gelu_tanh",
    "hard_sigmoid",
    "hard_sigmoid_dpu",
    "hard_sigmoid_fifth",
    "hard_swish",
    "hard_tanh",
    "hypot",
    "interleave",
    "leaky_relu",
    "levels",
    "log",
    "log1p",
    "log2",
    "log_b",
    "max_num",
    "max_num_mag",
    "maximum",
    "maximum_finite",
    "maximum_magnitude",
    "maximum_magnitude_number",
    "maximum_number",
    "min_num",
    "min_num_mag",
    "minimum",
    "minimum_finite",
    "minimum_magnitude",
    "minimum_magnitude_number",
    "minimum_number",
    "multiply",
    "negate",
    "negation",
    "next_down",
    "next_up",
    "nvfp4",
    "pack",
    "posit_compare",
    "posit_next",
    "posit_prior",
    "quantize",
    "quantize_as",
    "reciprocal",
    "relu",
    "relu6",
    "remainder",
    "requantize",
    "round_to_integral",
    "round_to_integral_exact",
    "rsqrt",
    "scale_b",
    "scaled_add",
    "scaled_fma",
    "scaled_multiply",
    "shift_left",
    "shift_right_arithmetic",
    "shift_right_logical",
    "sigmoid",
    "silu",
    "sin",
    "softplus",
    "spread",
    "sqrt",
    "strict_hypot",
    "subtract",
    "tanh",
    "to_integer",
    "total_order",
    "total_order_magnitude",
    "unpack",
]

check_host()
