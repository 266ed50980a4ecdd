"""Multipliers of a datapath: what becomes of two operands before the sum.

A multiplier is a record. It gives an exact number, the term; how far that is the product of the operands is its definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from .arithmetic import exact_product
from .flags import Flags
from .formats import Number
from .projection import Projection
from .terms import Port, Term, held_exponent, read


class Product(NamedTuple):
    """A term, and the flags that making it raised."""

    term: Term
    flags: Flags = Flags.NONE


class Multiplier(Protocol):
    """A way of multiplying two numbers; registers of its own are written through the port, ``step`` counting the terms."""

    def product(self, x: Number, y: Number, port: Port, step: int) -> Product:
        """The term that two operands make."""


@dataclass(frozen=True)
class ExactProduct:
    """A multiplier that loses nothing."""

    def product(self, x: Number, y: Number, port: Port, step: int) -> Product:  # noqa: ARG002 it has no register
        """The term **must** be the exact product, held at the sum of the exponents at which its factors are held. Its factors
        are read as they are: what is flushed is said by registers.

        [product/exact]
        """
        value, flags = exact_product(x.exact, y.exact)
        exponents = [held_exponent(z.exact, z.format) for z in (x, y)]
        known = [e for e in exponents if e is not None]
        return Product(Term(value, sum(known) if len(known) == len(exponents) else None), flags)


@dataclass(frozen=True)
class RoundedProduct:
    """A multiplier with a register behind it."""

    to: Projection

    def product(self, x: Number, y: Number, port: Port, step: int) -> Product:
        """The term **must** be what the register holds after the exact product has been projected into it.

        [product/rounded]
        """
        held = port.write(exact_product(self.to.read(x), self.to.read(y)), self.to, "product", step)
        return Product(read(held, self.to), held.flags)
