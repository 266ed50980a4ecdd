"""APyTypes, asked in our words."""

import re

import apytypes
import numpy as np
from apytypes import APyFixedArray, APyFloat, APyFloatArray, OverflowMode, QuantizationMode

from refsim import get_format
from refsim.spec.naming import ROUNDING_ALIASES

MODES = {ours: getattr(QuantizationMode, theirs) for theirs, ours in ROUNDING_ALIASES["APyTypes"].items()}
"""The quantization modes of APyTypes that are rules of ours."""

OVERFLOW = {"wrap": OverflowMode.WRAP, "saturate": OverflowMode.SAT}


def float_bits(name):
    """The exponent and mantissa bits and the bias of an IEEE-like format."""
    format = get_format(name)
    fraction = format.grid.precision - 1
    return {"exp_bits": format.width - 1 - fraction, "man_bits": fraction, "bias": 1 - format.grid.emin}


def fixed_bits(name):
    """The integer bits, which count the sign here, and the fraction bits of a signed fixed-point format."""
    integer, fraction = map(int, re.fullmatch(r"q(-?\d+)\.(-?\d+)", name).groups())
    return {"int_bits": integer + 1, "frac_bits": fraction}


def float_array(codes, name):
    """An array of floats from codes."""
    return APyFloatArray.from_bits([int(code) for code in codes], **float_bits(name))


def numbers(array):
    """The numbers of an array, in binary64, as APyTypes understands them."""
    return np.asarray(array.to_numpy(dtype=np.float64))


def cast(codes, source, to, mode=None):
    """Codes of one IEEE-like format cast to another by the function for arrays, as binary64."""
    mode = mode or MODES[to.rounding.name]
    return numbers(float_array(codes, source).cast(**float_bits(to.format.name), quantization=mode))


def cast_scalar(code, source, to, mode=None):
    """One code of an IEEE-like format cast to another by the function for scalars."""
    mode = mode or MODES[to.rounding.name]
    return float(APyFloat.from_bits(int(code), **float_bits(source)).cast(**float_bits(to.format.name), quantization=mode))


def cast_stochastically(code, source, name, seeds):
    """The numbers that stochastic rounding by all dropped bits makes of one code, a cast for each seed."""
    with_seed = (apytypes.APyFloatQuantizationContext(QuantizationMode.STOCH_WEIGHTED, seed=s) for s in seeds)
    found = []
    for context in with_seed:
        with context:
            found.append(float(APyFloat.from_bits(int(code), **float_bits(source)).cast(**float_bits(name))))
    return found


def apply(operation, x, y, to):
    """An operator on two arrays of codes of the result's format, as binary64."""
    with apytypes.APyFloatQuantizationContext(MODES[to.rounding.name]):
        return numbers(operation(float_array(x, to.format.name), float_array(y, to.format.name)))


def cast_fixed(codes, source, to, mode=None):
    """Codes of one signed fixed-point format cast to another, as binary64."""
    array = APyFixedArray([int(code) for code in codes], **fixed_bits(source))
    mode = mode or MODES[to.rounding.name]
    return numbers(array.cast(**fixed_bits(to.format.name), quantization=mode, overflow=OVERFLOW[to.overflow.name]))
