"""Multipliers of logarithmic data: a shift in the place of a product, or the sum of two exponents and a shift.

Miyashita, Lee and Murmann, arXiv 1603.01025, whose method 1 has logarithmic activations, or weights, and linear numbers on the
other side, and whose method 2 has logarithms on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .arithmetic import exact_product
from .exact import Exact, Special, power_of_two
from .flags import Flags, Result
from .formats import Number, UniformGrid
from .log_grids import LogGrid
from .operands import Outcome, Setting, perform, rational
from .power_tables import ExactPower, Logarithm, Powers, check_exponents, check_steps, log_of, number_of
from .products import Product
from .projection import Projection
from .terms import Port, Term, held_exponent, read

SIDES = ("x", "y")
"""Which of two operands is the logarithmic one."""


def bitshift(a: Number, b: int, to: Projection, draw: int | None = None) -> Result:
    """A number shifted by b places **must** be the projection of a * 2**b: to the left where b is positive, to the right where
    it is negative. Into a register with the quantum of a, ``toward_negative`` is the arithmetic shift of two's complement,
    which drops the bits that leave, and ``wrap`` loses those that leave on the left.

    Miyashita et al., Bitshift(a, b); in floating point b is added to the exponent. [shift-product/bitshift]
    """

    def shifted(_: Setting, x: Exact) -> Outcome:
        return exact_product(x, power_of_two(b))

    return perform(shifted, (a,), to, draw)


def term(outcome: Outcome, exponent: int | None, to: Projection | None, port: Port, step: int) -> Product:
    """A product as a term: what a register holds of it, or without a register all of it."""
    if to is None:
        return Product(Term(outcome[0], exponent), outcome[1])
    held = port.write(outcome, to, "product", step)
    return Product(read(held, to), held.flags)


@dataclass(frozen=True)
class ShiftProduct:
    """Method 1: one operand is logarithmic, ``log`` says which, and the other one is shifted by its exponent.

    ``powers`` makes the powers of exponents that are fractions; ``to`` is the register behind the shifter, ``None`` where
    every bit is kept. ``ValueError`` for another side.
    """

    log: str
    powers: Powers
    to: Projection | None

    def __post_init__(self) -> None:
        if self.log not in SIDES:
            raise ValueError(f"the logarithmic operand {self.log!r} of a shift is none of {', '.join(SIDES)}")

    def product(self, x: Number, y: Number, port: Port, step: int) -> Product:
        """The term **must** be the exact product of the linear operand and the power of two that the logarithmic one stands
        for, rounded once, in the register behind the shifter; zero on either side gives zero, the sign is that of the product.
        Bits that the shifter loses are those that the register's rule drops. Without a register the term is held at the linear
        operand's exponent plus the integer below the logarithmic one's.

        With a table the operand is multiplied by the entry first and then shifted, and nothing is lost in between.
        ``ValueError`` where the logarithmic operand has another kind of format. [shift-product/shift]
        """
        linear, other = (y, x) if self.log == "x" else (x, y)
        log = log_of(other)
        exponent = held_exponent(linear.exact, linear.format)
        whole = None if isinstance(log, Special) or log.exponent is None else log.exponent // 1
        held = None if exponent is None or whole is None else exponent + whole
        datum = linear.exact if self.to is None else self.to.read(linear)
        return term(exact_product(datum, number_of(log, self.powers)), held, self.to, port, step)


@dataclass(frozen=True)
class LogProduct:
    """Method 2: both operands are logarithmic, their exponents are added, and a one is shifted by the sum.

    ``exponent`` is the register of the sum: a fixed-point format, in octaves, or a logarithmic format without a sign, which has
    a zero; ``None`` where it holds every sum. ``powers`` makes 2**sum, ``to`` is the register behind it, ``None`` where it
    holds every power. ``ValueError`` for an exponent register of another kind, or one that holds finer steps than the table of
    powers has.
    """

    powers: Powers
    exponent: Projection | None
    to: Projection | None

    def __post_init__(self) -> None:
        if self.exponent is None:
            return
        format = self.exponent.format
        if isinstance(format.grid, UniformGrid):
            check_exponents(format, self.powers)
        elif isinstance(format.grid, LogGrid) and not format.signed:
            check_steps(format, format.grid.fraction, self.powers)
        else:
            raise ValueError(
                f"the sum of exponents needs a fixed-point format or a logarithmic one without a sign, not {format}"
            )

    def product(self, x: Number, y: Number, port: Port, step: int) -> Product:
        """The sign of the term **must** be minus where those of the operands differ, and its magnitude 2**e, e being what the
        register of exponents holds of the sum of the exponents, made by ``powers`` and projected into the register behind. A
        zero code on either side **must** give zero, whatever the other exponent. Without a register behind, the term is held at
        the integer below e.

        ``ValueError`` for operands that are not logarithmic. [log-product/product]
        """
        a, b = log_of(x), log_of(y)
        if isinstance(a, Special) or isinstance(b, Special):
            return term(exact_product(x.exact, y.exact), None, self.to, port, step)
        negative, total, flags = a.negative != b.negative, None, Flags.NONE
        if a.exponent is not None and b.exponent is not None:
            total, flags = self.held(a.exponent + b.exponent, port, step)
        value = number_of(Logarithm(negative, total), self.powers)
        product = term((value, Flags.NONE), None if total is None else total // 1, self.to, port, step)
        return product._replace(flags=product.flags | flags)

    def held(self, total: Fraction, port: Port, step: int) -> tuple[Fraction | None, Flags]:
        """A sum of exponents **must** be projected into a fixed-point register as the number that it is. Into a logarithmic
        register 2**total is projected, so that a sum below its range becomes its zero. [log-product/exponent]
        """
        to = self.exponent
        if to is None:
            return total, Flags.NONE
        if isinstance(to.format.grid, UniformGrid):
            result = port.write((total, Flags.NONE), to, "exponent", step)
            return rational(read(result, to).value), result.flags
        result = port.write((ExactPower().power(total), Flags.NONE), to, "exponent", step)
        log = log_of(Number(result.code, to.format))
        assert isinstance(log, Logarithm), "a logarithmic format has numbers only"
        return log.exponent, result.flags
