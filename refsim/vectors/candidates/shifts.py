"""Candidates of shifts: codes with few ones, few zeros or ones and zeros by turns, by counts about the ends of the width."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.exact import is_nan
from ...spec.formats import Format
from ...spec.operands import integer
from ..operations import Configuration
from .pools import Operands


def patterns(format: Format) -> list[int]:
    """Codes whose first and last bits differ in every way, with a single one, a single zero, and both by turns; and every
    kind of NaN."""
    width, ones = format.width, (1 << format.width) - 1
    singles = {1 << place for place in (0, 1, width // 2, width - 2, width - 1) if place >= 0}
    turns = int("10" * width, 2) >> width & ones
    codes = {0, ones, turns, ones ^ turns, *singles, *(ones ^ single for single in singles)}
    codes |= {block.first for block in format.specials if is_nan(block.datum)}
    return sorted(codes)


def counts(format: Format, width: int) -> list[int]:
    """Codes of counts: none, one, about the width and twice it, about the powers of two, and the greatest."""
    wanted = {
        0,
        1,
        2,
        width // 2,
        width - 2,
        width - 1,
        width,
        width + 1,
        2 * width - 1,
        2 * width,
        2 * width + 1,
        32,
        33,
        64,
        65,
    }
    greatest = integer(format.decode(format.code(False, format.top)))
    return sorted(format.code(False, n) for n in wanted | {greatest} if 0 <= n <= greatest)


def shifts(plain: Configuration) -> Iterator[Operands]:
    """Each pattern by each count."""
    a, n = plain.operands
    yield from ((code, count) for code in patterns(a) for count in counts(n, a.width))
