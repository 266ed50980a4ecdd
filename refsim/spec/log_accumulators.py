"""Accumulation in the logarithmic domain: the register holds the logarithm of the sum, and adding is a comparison and a shift.

Miyashita, Lee and Murmann, arXiv 1603.01025, section 3.3. Their sums have positive terms only; here the negative ones have a
register of their own, and the two meet at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .accumulators import together
from .exact import Exact, Special, is_negative, is_zero, magnitude, negate
from .flags import Flags, Result
from .formats import Number, UniformGrid
from .operands import Outcome, rational
from .power_tables import ExactPower, Powers, check_exponents
from .projection import Projection
from .surds import Algebraic, exact_log2
from .terms import ZERO, Port, Term, exact_sum


def logarithm(x: Exact) -> Fraction | None:
    """A term of a sum in the logarithmic domain **must** be zero or a power of two whose exponent is a whole number of steps of
    2**-f for some f; zero has none.

    ``ValueError`` for any other number. [log-sum/term]
    """
    if not isinstance(x, Special) or is_zero(x):
        if is_zero(x):
            return None
        found = exact_log2(magnitude(x))
        if found is not None and found.denominator & found.denominator - 1 == 0:
            return found
    raise ValueError(f"a sum of logarithms needs powers of two, not {x.value if isinstance(x, Special) else x}")


@dataclass(frozen=True)
class LogSum:
    """The register of the logarithm of a sum of positive terms.

    ``to`` is its projection: a fixed-point format, in octaves, whose rounding decides about bits that are shifted out and whose
    overflow rule about a sum that is too large. ``powers`` makes the correction 2**-d. ``ValueError`` for another kind of
    format.
    """

    to: Projection
    powers: Powers

    def __post_init__(self) -> None:
        if not isinstance(self.to.format.grid, UniformGrid) or not self.to.format.signed:
            raise ValueError(f"the logarithm of a sum needs a signed fixed-point register, not {self.to.format}")
        check_exponents(self.to.format, ExactPower())

    def start(self, p: Fraction, port: Port, register: str, step: int) -> Result:
        """The first logarithm **must** be projected into the register. [log-sum/start]"""
        return port.write((p, Flags.NONE), self.to, register, step)

    def add(self, held: Result, p: Fraction, port: Port, register: str, step: int) -> Result:
        """With s in the register, a term 2**p **must** make it max(s, p) + 2**-d with d = abs(floor(s) - p), of which the
        exact sum is written: the fraction of s is kept, but for the shift it is dropped. So log2(1 + x) is taken for x.

        Where p has a fraction, so has d, and ``powers`` says what 2**-d is then. Miyashita et al., section 3.3.
        [log-sum/add]
        """
        s = rational(Number(held.code, self.to.format).exact)
        distance = abs(s // 1 - p)
        return port.write((max(s, p) + self.powers.power(-distance), Flags.NONE), self.to, register, step)

    def number(self, held: Result) -> Fraction:
        """The logarithm in the register."""
        return rational(Number(held.code, self.to.format).exact)


def log_sum(logarithms: Sequence[Fraction], register: LogSum, port: Port, name: str = "log") -> Result:
    """The register after terms with these logarithms have been added in their order; ``ValueError`` for none."""
    if not logarithms:
        raise ValueError("a sum of no terms has no logarithm")
    writes = [register.start(logarithms[0], port, name, 0)]
    for step, p in enumerate(logarithms[1:], start=1):
        writes.append(register.add(writes[-1], p, port, name, step))
    return Result(writes[-1].code, together(writes))


SIGNS = ("positive", "negative")
"""The registers of a sum with signs."""


@dataclass(frozen=True)
class LogDomain:
    """An accumulator that holds logarithms: one register for positive terms, one for negative ones.

    ``register`` is both registers' kind, ``powers`` turns their logarithms into numbers at the end, ``to`` is the projection of
    the sum. ``ValueError`` where a table of powers is coarser than the register.
    """

    register: LogSum
    powers: Powers
    to: Projection

    def __post_init__(self) -> None:
        check_exponents(self.register.to.format, self.powers)

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """The initial value and each term, in order, **must** be added to the register of its sign, the first one that is not
        zero starting it; a zero changes nothing. At the end 2**s is made of each register that was started, the negative one
        is subtracted from the positive one exactly, and the difference is written; a register that was never started is zero.

        ``ValueError`` for terms that are no powers of two. [log-sum/total]
        """
        given = [(step, term.value) for step, term in enumerate(terms)]
        held: dict[str, Result] = {}
        writes: list[Result] = []
        for step, value in ([] if initial is None else [(-1, initial)]) + given:
            p = logarithm(value)
            if p is None:
                continue
            sign = SIGNS[is_negative(value)]
            held[sign] = (
                self.register.add(held[sign], p, port, sign, step) if sign in held else self.register.start(p, port, sign, step)
            )
            writes.append(held[sign])
        ends = [held.get(sign) for sign in SIGNS]
        parts = [None if end is None else self.powers.power(self.register.number(end)) for end in ends]
        result = port.write(self.difference(*parts), self.to, "sum", 0)
        return Result(result.code, together([*writes, result]))

    def difference(self, positive: Algebraic | None, negative: Algebraic | None) -> Outcome:
        """The difference of the sums of both signs, of which there may be none."""
        parts = [*([] if positive is None else [positive]), *([] if negative is None else [negate(negative)])]
        return exact_sum(parts, self.to) if parts else ZERO
