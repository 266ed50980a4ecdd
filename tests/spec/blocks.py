"""Blocks of numbers for tests: formats, practices, and strategies."""

import struct
from fractions import Fraction

from hypothesis import strategies as st

from refsim.spec.block_formats import BLOCK_FORMATS, get_block_format
from refsim.spec.blocks import PRACTICES, Practice, Quantizer
from refsim.spec.exact import NEGATIVE_ZERO
from refsim.spec.formats import Number
from refsim.spec.projection import Projection

MX = ("mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e2m3", "mxfp6_e3m2", "mxfp4", "mxint8")
ONE_LEVEL = [name for name, format in BLOCK_FORMATS.items() if format.tensor is None]


def binary32(code):
    """The datum of a code of binary32."""
    return Projection("binary32", "ties_to_even", "infinity").format.decode(code)


def number(x, format="binary32"):
    """A number as an operand of a format that has it."""
    to = Projection(format, "ties_to_even", "infinity")
    found = Number(to(Fraction(x)).code, to.format)
    assert found.exact == x
    return found


def quantizer(format, practice="gfloat", rounding="ties_to_even", overflow="saturate", **changes):
    """A quantizer by names; ``changes`` replace parts of a named practice."""
    found = get_block_format(format) if isinstance(format, str) else format
    given = PRACTICES[practice] if isinstance(practice, str) else practice
    return Quantizer(found, Projection(found.element, rounding, overflow), Practice(**{**given._asdict(), **changes}))


def floats(least=1):
    """Binary32 numbers, as exact data, among them both zeros, subnormal numbers and neighbours of powers of two."""
    del least
    bits = st.integers(0, 0x7F7FFFFF) | st.builds(
        lambda e, d: max(0, min(0x7F7FFFFF, (e << 23) + d)), st.integers(0, 254), st.integers(-2, 2)
    )
    return st.builds(lambda code, minus: binary32(code | minus << 31), bits, st.booleans())


def rationals():
    """Exact rationals of moderate size, which no binary format holds, and the negative zero."""
    return st.fractions(-1000, 1000, max_denominator=999) | st.just(NEGATIVE_ZERO)


def as_float(code):
    """The host's float of a code of binary32."""
    return struct.unpack("<f", struct.pack("<I", code))[0]
