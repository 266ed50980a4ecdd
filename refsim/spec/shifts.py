"""Shifts of codes: bits move, bits that leave are lost, and no number is rounded.

A shift that rounds is ``scaling.scale_b``: the number times a power of two, projected.
"""

from __future__ import annotations

from .flags import Result
from .formats import Number
from .operands import integer


def shift_count(n: Number) -> int:
    """The count **must** be an integer that is not negative, and no part of it is ignored: one of the width or more moves
    every bit out. A wide count is as good as any beyond the width.

    ``ValueError`` for any other number. [shift/count]
    """
    count = integer(n.exact)
    if count < 0:
        raise ValueError(f"{count} is no number of places to shift by")
    return count


def shift_left(x: Number, n: Number) -> Result:
    """Each bit of the code **must** move n places toward the first, zeros come in behind the last, and nothing is raised for
    the bits that leave. [shift/left]
    """
    width = x.format.width
    return Result(x.code << min(shift_count(n), width) & (1 << width) - 1)


def shift_right_logical(x: Number, n: Number) -> Result:
    """Each bit of the code **must** move n places toward the last, and zeros come in before the first. [shift/right-logical]"""
    return Result(x.code >> min(shift_count(n), x.format.width))


def shift_right_arithmetic(x: Number, n: Number) -> Result:
    """Each bit of the code **must** move n places toward the last; before the first come in copies of it where the format is
    signed, and zeros where it is unsigned. So an integer or fixed-point number is divided by 2**n and rounded down.

    [shift/right-arithmetic]
    """
    width = x.format.width
    count = min(shift_count(n), width)
    sign = x.format.signed and x.code >> width - 1
    ones = (1 << count) - 1 << width - count
    return Result(x.code >> count | ones if sign else x.code >> count)
