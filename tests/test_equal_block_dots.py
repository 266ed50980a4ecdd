"""Engine = specification for dot products of blocks: any codes, cancellation, special data, flags, and sums of many bits."""

from fractions import Fraction

import numpy as np
import pytest

from refsim import Array, Projection
from refsim.engine import block_dots, blocks
from refsim.spec.block_dots import Operand
from refsim.spec.block_dots import block_dot as spec_dot
from refsim.spec.block_formats import get_block_format

from .aimed_blocks import aimed
from .spec.blocks import number, quantizer


@pytest.mark.clause("block/dot")
@pytest.mark.parametrize(
    ("left", "right"), [("mxfp8_e4m3", "mxfp8_e4m3"), ("mxfp8_e5m2", "mxfp4"), ("mxfp4", "mxfp4"), ("mxint8", "mxfp6_e3m2")]
)
def test_block_dots(left, right):
    """Dot products of any codes, zeros and special data among them, with flags and random bits."""
    random = np.random.default_rng(len(left))
    made = []
    for name in (left, right):
        format = get_block_format(name)
        codes = random.integers(0, 1 << format.element.width, (20, 64))
        codes[: 3 if name == left else 1] = 0
        codes[3, :32] = 1 << format.element.width - 1
        codes[5, 32:] = np.tile(codes[5, :16], 2)
        if left == right and name is right and made:
            codes[5, 48:] ^= 1 << format.element.width - 1
        scales = random.integers(90, 160, (20, 2))
        scales[4] = [255, 0]
        made.append(blocks.Blocks(Array(scales, format.scale), Array(codes, format.element), format))
    for rounding in ("ties_to_even", "toward_negative", "stochastic_a:5"):
        to = Projection("binary32" if rounding == "ties_to_even" else "bfloat16", rounding, "infinity")
        draws = random.integers(0, 32, (20, 2)) if to.rounding.bits else None
        codes, flags = block_dots.block_dot(*made, to, draws, flags=True)
        assert codes.shape == (20, 2)
        assert np.array_equal(block_dots.block_dot(*made, to, draws).codes, codes.codes)
        for row in range(40):
            operands = [Operand(z.block(row), z.format) for z in made]
            wanted = spec_dot(*operands, to, None if draws is None else int(draws.ravel()[row]))
            assert (int(codes.codes.ravel()[row]), int(flags.ravel()[row])) == (wanted.code, wanted.flags)


@pytest.mark.clause("block/dot")
def test_sums_of_many_bits():
    """2**30 and 2**-32 are 63 bits apart; a sum that is rounded up must know of both."""
    format, to = get_block_format("mxfp8_e5m2"), Projection("binary32", "toward_positive", "infinity")
    codes = np.zeros((1, 32), int)
    codes[0, :2] = 0x78, 0x01
    made = blocks.Blocks(Array([[127]], format.scale), Array(codes, format.element), format)
    assert block_dots.block_dot(made, made, to).item(0, 0) == 2**30 * (1 + Fraction(1, 2**23))


def test_dots_of_nvfp4_and_errors():
    """With tensor scales the specification is asked; blocks of unequal shape are refused."""
    format = get_block_format("nvfp4")
    x = aimed(format, np.float32, 6, 9)
    found = blocks.quantize(x, quantizer(format, "cudnn"), number(3))
    to = Projection("binary32", "ties_to_even", "infinity")
    dots = block_dots.block_dot(found, found, to)
    for row in range(6):
        block = Operand(found.block(row), format, number(3))
        assert int(dots.codes.ravel()[row]) == spec_dot(block, block, to).code
    other = blocks.quantize(x[:3], quantizer(format, "cudnn"), number(3))
    with pytest.raises(ValueError, match="block_dot needs blocks of one shape"):
        block_dots.block_dot(found, other, to)
