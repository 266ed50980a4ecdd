"""Rounding rules: each is one predicate over the place of a number in the gap between two neighbours.

A rule answers one question, whether the magnitude goes up to the farther neighbour. The rules are written with operators
that mean the same for Python's exact numbers and for NumPy arrays, so that the engine evaluates these very functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Gap(NamedTuple):
    """Where a magnitude lies between two neighbouring points of a grid.

    The fields are scalars in the specification and arrays in the engine, hence ``Any``.
    """

    t: Any
    """The distance from the lower neighbour as a part of the gap: 0 <= t < 1, and 1 past the last gap."""
    odd: Any
    """Whether the lower neighbour is odd."""
    negative: Any
    """Whether the number is negative."""
    draw: Any = 0
    """The random bits of stochastic rounding, as an integer."""


def ties_to_even(g: Gap) -> Any:
    """The result **must** be the nearer neighbour, and of two equally near the even one.

    IEEE 754 roundTiesToEven. [round/ties-to-even]
    """
    return (2 * g.t > 1) | ((2 * g.t == 1) & (g.odd == 1))


def ties_to_odd(g: Gap) -> Any:
    """The result **must** be the nearer neighbour, and of two equally near the odd one. [round/ties-to-odd]"""
    return (2 * g.t > 1) | ((2 * g.t == 1) & (g.odd == 0))


def ties_to_away(g: Gap) -> Any:
    """The result **must** be the nearer neighbour, and of two equally near the one of larger magnitude.

    IEEE 754 roundTiesToAway. [round/ties-to-away]
    """
    return 2 * g.t >= 1


def ties_toward_zero(g: Gap) -> Any:
    """The result **must** be the nearer neighbour, and of two equally near the one of smaller magnitude.

    IEEE 754 roundTiesTowardZero. [round/ties-toward-zero]
    """
    return 2 * g.t > 1


def ties_toward_positive(g: Gap) -> Any:
    """The result **must** be the nearer neighbour, and of two equally near the greater number.

    [round/ties-toward-positive]
    """
    return (2 * g.t > 1) | ((2 * g.t == 1) & (g.negative == 0))


def ties_toward_negative(g: Gap) -> Any:
    """The result **must** be the nearer neighbour, and of two equally near the lesser number.

    [round/ties-toward-negative]
    """
    return (2 * g.t > 1) | ((2 * g.t == 1) & (g.negative == 1))


def toward_zero(g: Gap) -> Any:
    """The result **must** be the neighbour of smaller magnitude. IEEE 754 roundTowardZero. [round/toward-zero]"""
    return g.t < 0


def away_from_zero(g: Gap) -> Any:
    """A number between two neighbours **must** become the one of larger magnitude. [round/away-from-zero]"""
    return g.t > 0


def toward_positive(g: Gap) -> Any:
    """A number between two neighbours **must** become the greater one.

    IEEE 754 roundTowardPositive. [round/toward-positive]
    """
    return (g.t > 0) & (g.negative == 0)


def toward_negative(g: Gap) -> Any:
    """A number between two neighbours **must** become the lesser one.

    IEEE 754 roundTowardNegative. [round/toward-negative]
    """
    return (g.t > 0) & (g.negative == 1)


def to_odd(g: Gap) -> Any:
    """A number between two neighbours **must** become the odd one, near or far. P3109 ToOdd. [round/to-odd]"""
    return (g.t > 0) & (g.odd == 0)


def stochastic_a(g: Gap, bits: int) -> Any:
    """The place in the gap, truncated to N bits, plus the N random bits **must** carry for the magnitude to go up.

    P3109 StochasticA. [round/stochastic-a]
    """
    return g.t * 2**bits // 1 + g.draw >= 2**bits


def stochastic_b(g: Gap, bits: int) -> Any:
    """The place in the gap, truncated to N + 1 bits, plus the N random bits and a one behind them **must** carry for the
    magnitude to go up.

    P3109 StochasticB. [round/stochastic-b]
    """
    return g.t * 2 ** (bits + 1) // 1 + 2 * g.draw + 1 >= 2 ** (bits + 1)


def stochastic_c(g: Gap, bits: int) -> Any:
    """The place in the gap, rounded to N bits with ties to even, plus the N random bits **must** carry for the magnitude
    to go up.

    P3109 StochasticC. [round/stochastic-c]
    """
    whole = g.t * 2**bits // 1
    rest = Gap(g.t * 2**bits - whole, whole % 2, g.negative)
    return whole + ties_to_even(rest) + g.draw >= 2**bits


DETERMINISTIC: dict[str, Callable[[Gap], Any]] = {
    rule.__name__: rule
    for rule in (
        ties_to_even,
        ties_to_away,
        ties_toward_zero,
        ties_toward_positive,
        ties_toward_negative,
        ties_to_odd,
        toward_zero,
        away_from_zero,
        toward_positive,
        toward_negative,
        to_odd,
    )
}
"""The deterministic rules by name. Each depends on t only through its being 0, in the lower half, the middle, or in the
upper half of the gap."""

STOCHASTIC: dict[str, Callable[[Gap, int], Any]] = {rule.__name__: rule for rule in (stochastic_a, stochastic_b, stochastic_c)}
"""The stochastic rules by name. Each depends on t only through its first N + 1 bits and whether anything follows them."""


@dataclass(frozen=True)
class Stochastic:
    """A stochastic rule with its number of random bits, as a predicate over a gap."""

    rule: Callable[[Gap, int], Any]
    bits: int

    def __call__(self, gap: Gap) -> Any:
        """Whether the magnitude goes up."""
        return self.rule(gap, self.bits)


@dataclass(frozen=True)
class Rounding:
    """A rounding rule: its name, the number of random bits that it takes for each number, and the predicate itself."""

    name: str
    bits: int
    goes_up: Callable[[Gap], Any]

    def __str__(self) -> str:
        return self.name

    def check_draw(self, draw: int | None) -> int:
        """The random bits as an integer, 0 for a rule that takes none; ``ValueError`` where they are missing, too many or
        not asked for: random bits **must** be given as an operand, never drawn inside. [round/draw]
        """
        if self.bits == 0:
            if draw is not None:
                raise ValueError(f"{self.name} takes no random bits")
            return 0
        if draw is None:
            raise ValueError(f"{self.name} needs {self.bits} random bits a number")
        if not 0 <= draw < 1 << self.bits:
            raise ValueError(f"random bits {draw:#x} are not in 0..{(1 << self.bits) - 1:#x} of {self.name}")
        return draw


def named(name: str) -> Rounding:
    """The rule of a name; ``stochastic_a:8`` is stochastic rounding A with 8 random bits a number.

    ``ValueError`` for an unknown name.
    """
    base, colon, bits = name.partition(":")
    if base in STOCHASTIC:
        if not (bits.isascii() and bits.isdigit() and 1 <= int(bits) <= 64 and bits == str(int(bits))):
            raise ValueError(f"{base} needs the number of its random bits, 1 to 64, as in {base}:8, not {name!r}")
        return Rounding(name, int(bits), Stochastic(STOCHASTIC[base], int(bits)))
    if base not in DETERMINISTIC or colon:
        known = ", ".join([*DETERMINISTIC, *(f"{name}:N" for name in STOCHASTIC)])
        raise ValueError(f"unknown rounding rule {name!r}; the rules are {known}")
    return Rounding(name, 0, DETERMINISTIC[base])
