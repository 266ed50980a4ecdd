"""Dynamic fixed point: integers of a group of numbers that share a scale, and the controller that moves the scale.

A group's numbers are integers of one width times a power of two. The controller counts how many of them lie at the end of the
range, and how many would if the range was half as long, and every so often doubles the range, halves it or keeps it. It is a
machine whose state is a few integers.

The algorithm is that of Courbariaux, Bengio and David, Training deep neural networks with low precision multiplications, arXiv
1412.7024; where the paper is silent, that of the program that goes with it, deep-learning-multipliers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .exact import Exact, is_infinite, magnitude
from .families import fixed_format
from .flags import Flags, Result
from .formats import Format
from .operands import rational
from .projection import Projection

WIDEST = 32
FARTHEST = 1 << 10
"""How far from zero the binary point may move."""
COUNTED = ("at_end", "past_end")
"""What counts as an overflow: a number that is held as the last one or lies beyond it; or one that is rounded past the last."""
MEANS = ("seen", "period")
"""Over how many numbers a rate is taken: all that were counted, or as many as a period has."""


@dataclass(frozen=True)
class Dynamic:
    """Dynamic fixed point of ``width`` bits, sign included, with the rules that bring a number into it. The published ones are
    ties_to_away and saturate_symmetric. ``ValueError`` for a width that is not 2 to 32 and for unknown rules.
    """

    width: int
    rounding: str
    overflow: str

    def __post_init__(self) -> None:
        if not 2 <= self.width <= WIDEST:
            raise ValueError(f"dynamic fixed point has 2 to {WIDEST} bits, not {self.width}")
        self.projection(0)

    def __str__(self) -> str:
        return f"dfxp{self.width}"

    def format(self, radix: int) -> Format:
        """The format of a group at a radix **must** be the fixed-point format with ``radix`` bits before the binary point and
        the rest of the bits but for the sign behind it; either count may be negative.

        ``ValueError`` for a radix beyond 1024. [dynamic/format]
        """
        if abs(radix) > FARTHEST:
            raise ValueError(f"a radix of {self} is -{FARTHEST} to {FARTHEST}, not {radix}")
        fraction = self.width - 1 - radix
        return fixed_format(f"q{radix}.{fraction}", radix, fraction, signed=True)

    def projection(self, radix: int) -> Projection:
        """The projection to the group's format."""
        return _projection(self, radix)

    def last(self, radix: int) -> Fraction:
        """The greatest number at a radix."""
        format = self.format(radix)
        return format.grid.magnitude(format.top)


@lru_cache(maxsize=1024)
def _projection(to: Dynamic, radix: int) -> Projection:
    return Projection(to.format(radix), to.rounding, to.overflow)


def published(name: str) -> Dynamic:
    """``dfxp10`` **must** name dynamic fixed point of 10 bits, sign included, with ties_to_away and saturate_symmetric: the
    integers of the program are clip(round(x * p), -m, m), m being 2**9 - 1.

    ``ValueError`` for another name. [dynamic/published]
    """
    match = re.fullmatch(r"dfxp(\d{1,2})", name)
    if not match:
        raise ValueError(f"{name!r} names no dynamic fixed point; dfxp10 does")
    return Dynamic(int(match[1]), "ties_to_away", "saturate_symmetric")


def quantize(x: Exact | int, radix: int, to: Dynamic, draw: int | None = None) -> Result:
    """The code of a number **must** be its projection to the format of the group at its present radix. Codes that were made at
    another radix keep their numbers: moving the radix changes none.

    [dynamic/quantize]
    """
    return to.projection(radix)(x, draw)


@dataclass(frozen=True)
class Control:
    """When and how a controller moves the radix.

    ``rate``: the greatest share of overflows that is put up with; ``period``: the batches from one update to the next;
    ``least`` and ``greatest``: the ends of the radix; ``counted``: a name of ``COUNTED``; ``mean``: a name of ``MEANS``. The
    published program has the rate 1/10000, the period 100, counts at_end, takes the mean over the period, and knows no ends of
    the radix. ``ValueError`` for what makes no sense.
    """

    to: Dynamic
    rate: Fraction
    period: int
    least: int
    greatest: int
    counted: str
    mean: str

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"the rate of overflows is 0 or more and less than 1, not {self.rate}")
        if self.period < 1:
            raise ValueError(f"the period is one batch or more, not {self.period}")
        if not -FARTHEST < self.least <= self.greatest <= FARTHEST:
            raise ValueError(f"the radix lies between {1 - FARTHEST} and {FARTHEST}, not in {self.least}..{self.greatest}")
        for what, name, known in (("counted", self.counted, COUNTED), ("mean", self.mean, MEANS)):
            if name not in known:
                raise ValueError(f"{what} {name!r} is none of {', '.join(known)}")

    def start(self, radix: int) -> State:
        """The state of a controller that has seen nothing; ``ValueError`` for a radix beyond its ends."""
        if not self.least <= radix <= self.greatest:
            raise ValueError(f"the radix {radix} is not in {self.least}..{self.greatest}")
        return State(radix)


class State(NamedTuple):
    """The state of a controller: the radix; how many batches of the period it has seen; and since the last update the batches,
    the numbers, those that overflowed, and those that would have with half the range."""

    radix: int
    place: int = 0
    batches: int = 0
    numbers: int = 0
    overflows: int = 0
    halved: int = 0


def at_end(to: Dynamic, radix: int, held: Iterable[Exact]) -> tuple[int, int]:
    """Of numbers that are held, those **must** be counted whose magnitude is the last number of the radix or more, and those
    whose magnitude is half of the last number or more.

    Numbers that were made at a greater radix can lie beyond the last. [dynamic/at-end]
    """
    last = to.last(radix)
    found = [last if is_infinite(x) else rational(magnitude(x)) for x in held]
    return sum(m >= last for m in found), sum(2 * m >= last for m in found)


def past_end(to: Dynamic, radix: int, xs: Iterable[Exact], draws: Sequence[int] | None = None) -> tuple[int, int]:
    """Of numbers that are to be quantized, those **must** be counted that raise overflow at the radix, and those that do at the
    radix less one, with the same random bits; an infinity is always counted.

    [dynamic/past-end]
    """
    counts = [0, 0]
    for i, x in enumerate(xs):
        for half in (0, 1):
            flags = quantize(x, radix - half, to, None if draws is None else draws[i]).flags
            counts[half] += is_infinite(x) or Flags.OVERFLOW in flags
    return counts[0], counts[1]


def count(state: State, numbers: int, overflows: int, halved: int) -> State:
    """A batch **must** add one to the place and to the batches, and its numbers and counts to those of the state.

    [dynamic/count]
    """
    return State(
        state.radix,
        state.place + 1,
        state.batches + 1,
        state.numbers + numbers,
        state.overflows + overflows,
        state.halved + halved,
    )


def rates(control: Control, state: State) -> tuple[Fraction, Fraction]:
    """The rates of overflows, at the range and at half of it, **must** be the counts over the numbers seen; where the mean is
    over the period, times the batches that were counted over those of a period. Without numbers they are zero.

    The two means differ where counts are left from a period that was cut short. [dynamic/rates]
    """
    if not state.numbers:
        return Fraction(0), Fraction(0)
    share = Fraction(1, state.numbers)
    if control.mean == "period":
        share *= Fraction(state.batches, control.period)
    return state.overflows * share, state.halved * share


def update(control: Control, state: State) -> State:
    """The radix **must** go up by one where the rate of overflows is greater than the greatest that is put up with; otherwise
    down by one where the rate at half the range is not greater; otherwise stay; and stay where no number was seen or it would
    pass its end. All counts start anew.

    Algorithm 1 of the paper. [dynamic/update]
    """
    rate, halved = rates(control, state)
    step = 1 if rate > control.rate else 0 if halved > control.rate else -1
    if not state.numbers:
        step = 0
    return State(min(max(state.radix + step, control.least), control.greatest))


def restart(state: State) -> State:
    """Where a period is cut short, as at the end of an epoch, its place **must** start anew and the counts stay, as they do in
    the published program.

    [dynamic/restart]
    """
    return state._replace(place=0)


class Observed(NamedTuple):
    """What a batch gave: the codes, and the state after it."""

    codes: tuple[int, ...]
    state: State


def observe(control: Control, state: State, xs: Sequence[Exact], draws: Sequence[int] | None = None) -> Observed:
    """A batch **must** be quantized at the present radix, then counted, and then, where it ends a period, the radix updated: so
    it never changes its own codes.

    [dynamic/observe]
    """
    to, radix = control.to, state.radix
    codes = tuple(quantize(x, radix, to, None if draws is None else draws[i]).code for i, x in enumerate(xs))
    held = map(to.format(radix).decode, codes)
    counts = at_end(to, radix, held) if control.counted == "at_end" else past_end(to, radix, xs, draws)
    return Observed(codes, settle(control, count(state, len(codes), *counts)))


def settle(control: Control, state: State) -> State:
    """The state after a batch was counted: updated where it ends a period."""
    return update(control, state) if state.place >= control.period else state


def run(control: Control, state: State, batches: Iterable[Sequence[Exact]]) -> list[Observed]:
    """The trace of a controller: each batch's codes and the state after it."""
    trace: list[Observed] = []
    for batch in batches:
        trace.append(observe(control, state, batch))
        state = trace[-1].state
    return trace


class Widths(NamedTuple):
    """The two widths of training: of what is computed, and of the parameters as they are stored. Both with the sign."""

    computation: int
    storage: int


GROUPS: Mapping[str, str] = {
    "z": "computation",
    "y": "computation",
    "w": "storage",
    "b": "storage",
    "dEdz": "computation",
    "dEdy": "computation",
    "dEdw": "computation",
    "dEdb": "computation",
    "update_w": "computation",
    "update_b": "computation",
}
"""The ten groups of a layer and the width at which each is counted: weighted sums, outputs, weights, biases, their gradients,
and the updates of weights and biases, which hold momentum."""


def group_width(group: str, widths: Widths) -> int:
    """Each group of each layer **must** have a controller of its own. A parameter is stored and counted at the storage width,
    and computed with at the computation width and the same radix.

    ``ValueError`` for an unknown group. [dynamic/groups]
    """
    if group not in GROUPS:
        raise ValueError(f"unknown group {group!r}; the groups are {', '.join(GROUPS)}")
    return widths.storage if GROUPS[group] == "storage" else widths.computation
