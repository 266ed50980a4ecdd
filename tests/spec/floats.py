"""Formats and numbers for laws of floating point."""

from fractions import Fraction

from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO, Special, is_infinite, is_nan
from refsim.spec.formats import Number

INFINITY = float("inf")
FLOATS = [
    get_format(name)
    for name in (
        *("binary16", "bfloat16", "tf32", "float8_e4m3fn", "float8_e5m2", "float8_e4m3", "float8_e3m4", "float6_e2m3fn"),
        *("float6_e3m2fn", "float4_e2m1fn", "e3m2", "e2m4b3", "e5m6", "e4m0fn", "e8m5b20", "e1m4finite"),
    )
]
"""Formats of floating point with subnormal numbers and both zeros."""


def value(x):
    """A number, or an infinity of the host's; the two zeros are one."""
    if is_infinite(x):
        return INFINITY if x is Special.POSITIVE_INFINITY else -INFINITY
    return Fraction(0) if x is NEGATIVE_ZERO else x


def floats(max_width=19):
    """Those formats, up to a width."""
    return st.sampled_from([format for format in FLOATS if format.width <= max_width])


@st.composite
def finite(draw, format, least=0):
    """Numbers of a format, from a point on."""
    point = draw(st.integers(least, format.top) | st.sampled_from([max(least, 1), format.least_normal or 1, format.top]))
    return Number(format.code(draw(st.booleans()), max(least, min(point, format.top))), format)


def known(format):
    """The numbers of a format."""
    data = (format.decode(code) for code in range(1 << format.width))
    return {value(datum) for datum in data if not is_nan(datum)}
