"""SoftPosit through its Python wrapper: posits of 2019's draft, one number at a time.

Its posit8 has no exponent bits, its posit16 one; its posit32, and its posit of any width, have two, as in the standard of 2022.
"""

from collections.abc import Callable
from typing import NamedTuple

import softposit

from refsim import get_format
from refsim.spec.formats import Format


class Kind(NamedTuple):
    """A kind of posit of the peer: its prefix, its type, and how far up in its word a code lies."""

    prefix: str
    type: type
    format: Format
    up: int = 0

    def of(self, code):
        """The peer's number of a code."""
        made = self.type()
        made.v = int(code) << self.up
        return made

    def call(self, name, *operands) -> int:
        """The code that a function of the peer gives."""
        any_width = (self.format.width,) if self.prefix == "pX2" else ()
        return self.function(name)(*map(self.of, operands), *any_width).v >> self.up

    def ask(self, name, *operands) -> int:
        """The number that a function of the peer gives which gives no posit."""
        return self.function(name)(*map(self.of, operands))

    def function(self, name) -> Callable:
        """A function by its name without the prefix."""
        return getattr(softposit, f"{self.prefix}_{name}")


def any_width(width):
    """The peer's posit of a width, with two exponent bits."""
    return Kind("pX2", softposit.posit_2_t, get_format(f"posit{width}"), 32 - width)


KINDS = {
    "posit8es0": Kind("p8", softposit.posit8_t, get_format("posit8es0")),
    "posit16es1": Kind("p16", softposit.posit16_t, get_format("posit16es1")),
    "posit32": Kind("p32", softposit.posit32_t, get_format("posit32")),
    **{f"posit_2 of {width}": any_width(width) for width in range(2, 33)},
}
"""The peer's posits: three of fixed width, and those of any width, by name."""
OPERATIONS = {
    "add": "add",
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "sqrt": "sqrt",
    "fma": "mulAdd",
    "round_to_integral": "roundToInt",
}
COMPARISONS = {"posit_compare_equal": "eq", "posit_compare_less": "lt", "posit_compare_less_equal": "le"}
"""The peer's names of operations."""


def dot_product(kind, xs, ys) -> int:
    """The sum of products in the peer's quire, rounded to a posit."""
    bits = kind.prefix[1:]
    total = getattr(softposit, f"quire{bits}")().v
    for x, y in zip(xs, ys, strict=True):
        total = getattr(softposit, f"q{bits}_fdp_add")(total, kind.of(x), kind.of(y))
    return getattr(softposit, f"q{bits}_to_p{bits}")(total).v


def quire8(pairs) -> int:
    """The bits of the quire of 32 bits after products of posit8 were added to it."""
    kind, total = KINDS["posit8es0"], softposit.quire8().v
    for x, y in pairs:
        total = softposit.q8_fdp_add(total, kind.of(x), kind.of(y))
    return total.v
