"""Value faults: an element that is hit holds another code altogether, as a word that a decoder or a multiplexer got wrong.

Elements are hit, not bits: a selection of bits has no meaning here and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from .codes import negate, next_down, next_up
from .faults import Event, Mask
from .formats import Format, Number, Unrepresentable
from .randomness import stream, word64
from .samplers import check_rate, ordered, struck
from .sites import Selection, Target

MOST_STEPS = 1 << 10
WIDEST_RANDOM = 64

Change = Callable[[int, int], Mask]
"""From the number of a hit and the element that is hit to its mask."""


def held(code: int, width: int) -> Mask:
    """Where an element **must** hold a code whatever it held before, all bits that are 1 in the code are set and all others
    cleared; so registers whose codes are not known can be hit too. [value-fault/held]
    """
    return Mask(cleared=code ^ (1 << width) - 1, set=code)


def instead(before: int, after: int) -> Mask:
    """Where the code that an element holds **must** follow from the one it held before, the bits in which they differ are
    inverted. An element that keeps its code is hit by a mask of no bits. [value-fault/instead]
    """
    return Mask(inverted=before ^ after)


def replaced(p: Fraction, seed: int, trial: int, targets: Iterable[Target], change: Callable[[Target], Change]) -> list[Event]:
    """Each element **must** be hit with the probability p, independently of the others: those that are hit in the stream of
    positions of the site, in which elements are numbered and not bits. ``ValueError`` for a selection of bits.

    [value-fault/elements]
    """
    found: list[Event] = []
    for target in ordered(targets):
        check_whole(target.site.name, target.selection)
        mask = change(target)
        elements = struck(p, seed, trial, target.number, target.site.count)
        found += [Event(target.number, element, mask(j, element)) for j, element in enumerate(elements)]
    return found


def check_whole(name: str, selection: Selection) -> None:
    """``ValueError`` for a selection of bits."""
    if selection:
        raise ValueError(f"faults of whole values hit all bits of an element of {name}, not {selection[0]!r} alone")


def always(target: Target, code: int) -> Change:
    """The change to a code."""
    mask = held(code, target.site.format.width)
    return lambda _, __: mask


def following(target: Target, change: Callable[[int, Format], int]) -> Change:
    """The change to what follows from the code before; ``ValueError`` where the codes of a site are not known."""
    codes, format = target.codes, target.site.format
    if codes is None:
        raise ValueError(f"what becomes of an element of {target.site.name} depends on codes that are not known")
    return lambda _, element: instead(codes[element], change(codes[element], format))


@dataclass(frozen=True)
class Zeroed:
    """An element that is hit **must** hold the code of the number 0, of two zeros the one without a minus.

    ``Unrepresentable`` for a format that has no zero. [value-fault/zero]
    """

    p: Fraction

    def __post_init__(self) -> None:
        check_rate(self.p)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The faults of all targets."""
        return replaced(self.p, seed, trial, targets, lambda target: always(target, target.site.format.code(False, 0)))


@dataclass(frozen=True)
class Constant:
    """An element that is hit **must** hold one given code. ``ValueError`` for a format that does not have it.

    [value-fault/constant]
    """

    p: Fraction
    code: int

    def __post_init__(self) -> None:
        check_rate(self.p)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The faults of all targets."""
        return replaced(self.p, seed, trial, targets, lambda target: always(target, target.site.format.check_code(self.code)))


@dataclass(frozen=True)
class Random:
    """Element j that is hit **must** hold any code of the w bits of the format, each as likely as any other, its own included:
    the high w bits of word j of 64 bits of the site's stream of values. ``ValueError`` for more than 64 bits.

    [value-fault/random]
    """

    p: Fraction

    def __post_init__(self) -> None:
        check_rate(self.p)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The faults of all targets."""

        def change(target: Target) -> Change:
            values, width = stream(seed, trial, target.number, "values"), random_width(target.site.format)
            return lambda j, _: held(word64(values, j) >> 64 - width, width)

        return replaced(self.p, seed, trial, targets, change)


def random_width(format: Format) -> int:
    """The width of a format whose codes one word of random bits fills; ``ValueError`` for a wider one."""
    if format.width > WIDEST_RANDOM:
        raise ValueError(f"random codes have at most {WIDEST_RANDOM} bits, not the {format.width} of {format.name}")
    return format.width


@dataclass(frozen=True)
class Negated:
    """An element that is hit **must** hold what ``negate`` makes of its code, or the same code where the format has none for
    that: the least number of two's complement, and what is not 0 without a sign. [value-fault/negated]
    """

    p: Fraction

    def __post_init__(self) -> None:
        check_rate(self.p)

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The faults of all targets."""
        return replaced(self.p, seed, trial, targets, lambda target: following(target, negated))


def negated(code: int, format: Format) -> int:
    """The code of the number with the other sign, or the same code."""
    try:
        return negate(Number(code, format)).code
    except Unrepresentable:
        return code


@dataclass(frozen=True)
class Moved:
    """An element that is hit **must** hold the datum so many steps of ``next_up`` from its own, or of ``next_down`` where the
    steps are negative: what is past the last one stays there, and a NaN is the canonical one.

    ``ValueError`` for more than ``MOST_STEPS``. [value-fault/moved]
    """

    p: Fraction
    steps: int

    def __post_init__(self) -> None:
        check_rate(self.p)
        if abs(self.steps) > MOST_STEPS:
            raise ValueError(f"values are moved by at most {MOST_STEPS} steps, not {self.steps}")

    def events(self, seed: int, trial: int, targets: Iterable[Target]) -> list[Event]:
        """The faults of all targets."""
        return replaced(self.p, seed, trial, targets, lambda target: following(target, self.moved))

    def moved(self, code: int, format: Format) -> int:
        """The code of the datum so many steps away."""
        step = next_up if self.steps > 0 else next_down
        for _ in range(abs(self.steps)):
            code = step(Number(code, format)).code
        return code
