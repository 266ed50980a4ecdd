"""Published values as they are written: ``448``, ``7/8*2**-6``, ``-0``, ``inf``, ``nan``, ``snan``."""

import re
from fractions import Fraction

from refsim.spec.exact import Exact, Special


def parse(text: str) -> Exact:
    """The datum of a published value."""
    if text in {datum.value for datum in Special}:
        return Special(text)
    if power := re.fullmatch(r"(?:(-?\d+(?:/\d+)?)\*)?2\*\*(-?\d+)", text):
        factor, exponent = power.groups()
        return Fraction(factor or 1) * Fraction(2) ** int(exponent)
    return Fraction(text)
