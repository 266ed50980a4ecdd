"""Alignment: the terms of a group, shifted to the largest exponent among them and cut off at a fixed number of bits below it.

So do the multi-term adders of tensor cores and dot-product units: what a term has below the last bit that is kept is lost, or
rounded, before anything is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .exact import Exact, Special, floor_log2, is_negative, is_zero, magnitude, power_of_two
from .flags import Flags
from .integral import round_to_integer
from .naming import get_rounding
from .operands import Outcome, signed
from .projection import Projection
from .rounding import Rounding
from .surds import algebraic
from .terms import Term, exact_sum

EXPONENTS = ("value", "factors")
"""Where the exponent of a product is read: at its leading bit, or as the sum of its factors' exponents."""


MOST_BITS = 4096


@dataclass(frozen=True, init=False)
class Alignment:
    """How a group is aligned: the bits kept below the largest exponent's, the rule for what is cut off, whether a product's
    exponent is that of its ``value`` or the sum of its ``factors``' exponents, and whether the running sum is aligned with the
    group or added to the group's sum afterwards.

    ``ValueError`` for another ``exponent``, bits outside 0..``MOST_BITS``, or a rule that takes random bits.
    """

    bits: int
    rounding: Rounding
    exponent: str
    with_sum: bool

    def __init__(self, bits: int, rounding: Rounding | str, exponent: str, *, with_sum: bool) -> None:
        set_field = object.__setattr__
        set_field(self, "bits", bits)
        set_field(self, "rounding", get_rounding(rounding) if isinstance(rounding, str) else rounding)
        set_field(self, "exponent", exponent)
        set_field(self, "with_sum", with_sum)
        if exponent not in EXPONENTS:
            raise ValueError(f"the exponent {exponent!r} of an alignment is none of {', '.join(EXPONENTS)}")
        if not 0 <= bits <= MOST_BITS:
            raise ValueError(f"an alignment keeps 0 to {MOST_BITS} bits below the largest exponent, not {bits}")
        if self.rounding.bits:
            raise ValueError(f"an alignment takes no random bits, but {self.rounding} does")

    def exponent_of(self, term: Term) -> int | None:
        """The exponent of a term: of its leading bit, or at which it is held."""
        if term.exponent is None or self.exponent == "factors":
            return term.exponent
        return floor_log2(magnitude(term.value))

    def largest(self, terms: Sequence[Term]) -> int | None:
        """The largest exponent of a group; zeros **must** not count, whatever their factors. [align/largest]"""
        return max((e for term in terms if (e := self.exponent_of(term)) is not None), default=None)

    def aligned(self, terms: Sequence[Term]) -> tuple[tuple[Exact, ...], Flags]:
        """Each term of a group **must** become a multiple of 2**(E - bits), E being the largest exponent of the group, by the
        rounding rule; inexact is raised where one was no such multiple.

        Infinities, NaNs and zeros stay as they are. [align/cut]
        """
        largest = self.largest(terms)
        if largest is None:
            return tuple(term.value for term in terms), Flags.NONE
        step = power_of_two(largest - self.bits)
        found = tuple(self.cut(term.value, step) for term in terms)
        exact = all(x is term.value or x == term.value for x, term in zip(found, terms, strict=True))
        return found, Flags.NONE if exact else Flags.INEXACT

    def cut(self, x: Exact, step: Fraction) -> Exact:
        """A number as a multiple of the step; a zero that it becomes has its sign."""
        if isinstance(x, Special) or is_zero(x):
            return x
        return signed(
            round_to_integer(algebraic(magnitude(x)) / step, self.rounding, negative=is_negative(x)) * step, is_negative(x)
        )

    def total(self, running: Term | None, group: Sequence[Term], to: Projection) -> Outcome:
        """The running sum **must** be added exactly to the sum of the aligned group, or, where it is aligned with the group,
        as one more term of it. [align/running-sum]
        """
        before = [] if running is None else [running]
        if self.with_sum:
            values, flags = self.aligned([*before, *group])
        else:
            values, flags = self.aligned(group)
            values = (*(term.value for term in before), *values)
        value, raised = exact_sum(values, to)
        return value, raised | flags
