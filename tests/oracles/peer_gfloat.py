"""gfloat, asked in our words."""

import re

import gfloat
import numpy as np
from gfloat import Domain, FormatInfo, RoundMode, Signedness, formats

from refsim import get_format
from refsim.spec.formats import FloatGrid

NAMED = {
    "float8_e5m2": formats.format_info_ocp_e5m2,
    "float8_e4m3fn": formats.format_info_ocp_e4m3,
    "float6_e2m3fn": formats.format_info_ocp_e2m3,
    "float6_e3m2fn": formats.format_info_ocp_e3m2,
    "float4_e2m1fn": formats.format_info_ocp_e2m1,
    "float8_e8m0fnu": formats.format_info_ocp_e8m0,
    "q1.6": formats.format_info_ocp_int8,
    "binary16": formats.format_info_binary16,
    "bfloat16": formats.format_info_bfloat16,
}
ROUNDING = {
    "ties_to_even": RoundMode.TiesToEven,
    "ties_to_away": RoundMode.TiesToAway,
    "toward_zero": RoundMode.TowardZero,
    "toward_positive": RoundMode.TowardPositive,
    "toward_negative": RoundMode.TowardNegative,
}
STOCHASTIC = {
    "stochastic_a": RoundMode.StochasticFastest,
    "stochastic_b": RoundMode.StochasticFast,
    "stochastic_c": RoundMode.Stochastic,
}
SATURATES = {"saturate": True, "infinity": False}


def format_info(name):
    """The gfloat description of a format: an OCP or IEEE one, a P3109 one, or a float without subnormals."""
    if name in NAMED:
        return NAMED[name]
    if match := re.fullmatch(r"binary(\d+)p(\d+)([su])([ef])", name):
        width, precision = int(match[1]), int(match[2])
        signedness = Signedness.Signed if match[3] == "s" else Signedness.Unsigned
        domain = Domain.Extended if match[4] == "e" else Domain.Finite
        return formats.format_info_p3109(width, precision, signedness, domain)
    format = get_format(name)
    assert isinstance(format.grid, FloatGrid)
    assert name.endswith("nosub")
    return FormatInfo(
        name=name,
        k=format.width,
        precision=format.grid.precision,
        bias=1 - format.grid.emin,
        has_nz=True,
        domain=Domain.Extended,
        num_high_nans=(1 << format.grid.precision - 1) - 1,
        has_subnormals=False,
        is_signed=True,
        is_twos_complement=False,
    )


def _mode(to, draw):
    name, _, bits = to.rounding.name.partition(":")
    if not bits:
        return {"rnd": ROUNDING[name], "sat": SATURATES[to.overflow.name]}
    mode = {"rnd": STOCHASTIC[name], "sat": SATURATES[to.overflow.name], "srnumbits": int(bits)}
    return mode if draw is None else {**mode, "srbits": draw}


def round_array(values, to, draw=None):
    """An array of binary64 rounded to numbers of the format."""
    with np.errstate(all="ignore"):
        return gfloat.round_ndarray(format_info(to.format.name), np.asarray(values), **_mode(to, draw))


def round_scalar(value, to, draw=None):
    """One binary64 number rounded to a number of the format."""
    return float(gfloat.round_float(format_info(to.format.name), float(value), **_mode(to, draw)))


def decode_array(codes, name):
    """The numbers of codes, in binary64, by the function for arrays."""
    with np.errstate(all="ignore"):
        return gfloat.decode_ndarray(format_info(name), np.asarray(codes))


def decode_scalar(code, name):
    """The number of one code, by the function for scalars."""
    return gfloat.decode_float(format_info(name), int(code)).fval
