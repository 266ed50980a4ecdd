"""Weight scaling: numbers are stored times a factor, and what is read is divided by it.

The error that a fault makes in the stored number is divided too. Fuengfusin and Tamukoh, "Harden Deep Neural Networks Against
Fault Injections Through Weight Scaling", arXiv 2411.18993.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from .arithmetic import divide, multiply
from .exact import floor_log2, power_of_two
from .formats import Format, Number
from .memories import DATA, Part, Parts, Reading
from .projection import Projection
from .stored_formats import check_deterministic, check_stored, finite, positive, read_as


def factor_for(target: Fraction, greatest: Fraction, *, power_of_two: bool) -> Fraction:
    """The factor of numbers with a greatest magnitude **must** be the target divided by it, or the greatest power of two that
    is not above that quotient; 1 where the magnitude is zero. [weight-scaling/factor]
    """
    if not greatest:
        return Fraction(1)
    return power_of_two_below(target / greatest) if power_of_two else target / greatest


def power_of_two_below(x: Fraction) -> Fraction:
    """The greatest power of two that is not above a positive number."""
    return power_of_two(floor_log2(x))


@dataclass(frozen=True)
class Scaled:
    """The factor **must** be the projection ``scale`` of what ``factor_for`` gives for the target and the whole tensor. It lies
    beside the data as the part ``scale``, of one element. A number is stored as its exact product with the factor as it is
    stored, projected ``to`` once; what is read is the exact quotient of the stored number and the stored factor, projected
    ``back`` once, by the rules of products and quotients for special data.

    ``ValueError`` on writing for numbers that are not finite and rational, for a factor that is not positive and finite in its
    format, and for a power of two that its format does not hold. Under a rule that rounds the factor away from zero the
    greatest number can be stored past the target. [weight-scaling/stage]
    """

    target: Fraction
    power_of_two: bool
    scale: Projection
    to: Projection
    back: Projection
    name: str = "scaled"

    def __post_init__(self) -> None:
        check_deterministic(self.name, self.scale, self.to, self.back)
        if self.target <= 0:
            raise ValueError(f"the target of {self.name} weights is positive, not {self.target}")

    def factor(self, numbers: Iterable[Fraction]) -> Number:
        """The factor of a tensor as it is stored."""
        greatest = max(map(abs, numbers), default=Fraction(0))
        wanted = factor_for(self.target, greatest, power_of_two=self.power_of_two)
        found = positive(self.name, wanted, self.scale)
        if self.power_of_two and found.exact != wanted:
            raise ValueError(
                f"{self.scale.format.name} does not hold the factor 2**{floor_log2(wanted)} of {self.name} weights"
            )
        return found

    def write(self, data: Part) -> dict[str, Part]:
        """The stored numbers and the factor."""
        factor = self.factor(finite(self.name, data))
        codes = tuple(multiply(Number(code, data.format), factor, self.to).code for code in data.codes)
        return {DATA: Part(data.kind, self.to.format, codes), "scale": Part("scale", self.scale.format, (factor.code,))}

    def read(self, parts: Parts) -> Reading:
        """The quotients in the read format."""
        factor = Number(parts["scale"].codes[0], self.scale.format)
        numbers = [Number(code, self.to.format) for code in parts[DATA].codes]
        return Reading(tuple(read_as(self.back, divide, x, factor) for x in numbers))

    def read_format(self, format: Format) -> Format:
        """The format that is read."""
        check_stored(self.name, self.to.format, format)
        return self.back.format
