"""Levels: numbers as an integer from few, times a step that a whole group of numbers shares.

The quantizer is a projection of the number in units of the step. The step is a positive rational; which step a group has is
decided exactly, by a named method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from .catalogue import get_format
from .exact import Exact, Special, is_negative, magnitude
from .flags import Result
from .formats import Format, UniformGrid
from .operands import rational
from .projection import Projection

NEAREST = (
    "ties_to_even",
    "ties_to_away",
    "ties_toward_zero",
    "ties_toward_positive",
    "ties_toward_negative",
    "ties_to_odd",
)
"""The rounding rules under which no level is nearer to a number than its own: a step is searched for under these."""
MOST_STARTS = 4096


def published(levels: int) -> Projection:
    """With M levels, M being odd, the level of w at the step D **must** be sgn(w) * min(floor(abs(w) / D + 1/2), (M - 1) / 2):
    the projection of w / D to the format of M levels with ties_to_away and saturate.

    Sung et al., arXiv 1511.06488. [levels/published]
    """
    return Projection(get_format(f"levels{levels}"), "ties_to_away", "saturate")


def check_step(step: Fraction) -> Fraction:
    """The step itself; ``ValueError`` where it is not positive."""
    if step <= 0:
        raise ValueError(f"a step is positive, not {step}")
    return step


def check_uniform(to: Projection) -> None:
    """``ValueError`` where the format has no evenly spaced levels."""
    if not isinstance(to.format.grid, UniformGrid):
        raise ValueError(f"levels are evenly spaced, which the numbers of {to.format.name} are not")


def quantize(x: Exact | int, step: Fraction | int, to: Projection, draw: int | None = None) -> Result:
    """The code of a number at a step **must** be the projection of the quotient of the two; an infinity and a NaN are projected
    as they are.

    ``TypeError`` for an irrational number, ``ValueError`` for a step that is not positive. [levels/quantize]
    """
    check_step(Fraction(step))
    check_uniform(to)
    if isinstance(x, Special):
        return to(x, draw)
    return to(rational(Fraction(x) if isinstance(x, int) else x) / Fraction(step), draw)


def dequantize(code: int, step: Fraction | int, format: Format) -> Fraction:
    """The number of a code at a step **must** be the number that the code names, times the step. [levels/dequantize]"""
    return rational(format.decode(code)) * check_step(Fraction(step))


def squared_error(xs: Sequence[Exact], step: Fraction | int, to: Projection) -> Fraction:
    """The error of a group at a step **must** be half the sum of the squares of the differences between the numbers and those
    of their codes.

    Sung et al., arXiv 1511.06488. ``ValueError`` for an infinity or a NaN. [levels/error]
    """
    differences = (dequantize(quantize(x, step, to).code, step, to.format) - finite(x) for x in xs)
    return sum((d * d for d in differences), Fraction(0)) / 2


def finite(x: Exact) -> Fraction:
    """The number, zero without a sign; ``ValueError`` for an infinity or a NaN."""
    m = rational(magnitude(x))
    return -m if is_negative(x) else m


def check_symmetric(to: Projection) -> None:
    """``ValueError`` where a step cannot be searched for: levels must be symmetric, integers, and taken by nearness."""
    check_uniform(to)
    format = to.format
    if format.top != format.top_negative or format.grid != UniformGrid(0):
        raise ValueError(f"a step is found for levels on both sides of zero alike, which {format.name} has not")
    if to.rounding.name not in NEAREST or to.overflow.name not in ("saturate", "saturate_symmetric"):
        raise ValueError(f"a step is found for the nearest level, under a rule of {', '.join(NEAREST)} and saturate, not {to}")


class Moments(NamedTuple):
    """What decides the best step for given levels: the sums of the products of magnitudes and levels, and of squared levels."""

    product: Fraction
    square: int

    @property
    def step(self) -> Fraction:
        """With levels z held fast, the step of least error **must** be (w . z) / (z . z): the error is a parabola in the step.

        [levels/lloyd]
        """
        return self.product / self.square

    @property
    def gain(self) -> Fraction:
        """By how much this step brings down the sum of squares below that of the numbers themselves."""
        return self.product**2 / self.square


def moments(ms: Sequence[Fraction], step: Fraction, to: Projection) -> Moments:
    """The moments of magnitudes and their levels at a step."""
    levels = [to.format.point(to(m / step).code)[1] for m in ms]
    return Moments(sum((m * z for m, z in zip(ms, levels, strict=True)), Fraction(0)), sum(z * z for z in levels))


def alternate(ms: Sequence[Fraction], step: Fraction, to: Projection) -> Iterator[tuple[Fraction, Moments]]:
    """The levels of a step and the best step for those levels **must** be found in turns until the step stays. Yields each step
    with its moments.

    It ends: a step that changes brings the error down, since the parabola has one lowest point; so no levels come twice, and
    there are finitely many. Levels never all vanish where the greatest magnitude has one. [levels/alternate]
    """
    while True:
        found = moments(ms, step, to)
        yield step, found
        if found.step == step:
            return
        step = found.step


def starts(greatest: Fraction, count: int) -> list[Fraction]:
    """An alternating search **must** start from the steps k / count of the greatest magnitude, k being 1 to ``count``. The best
    step lies among them or between: (w . z) / (z . z) is no more than the greatest magnitude.

    [levels/starts]
    """
    return [greatest * k / count for k in range(1, count + 1)]


def alternating(ms: Sequence[Fraction], to: Projection, count: int) -> Fraction:
    """The result of an alternating search **must** be, of the steps at which the alternation from each start ends, one of least
    error, and the smallest of those. [levels/alternating]
    """
    ends = [list(alternate(ms, start, to))[-1] for start in starts(max(ms), count)]
    return best([found for _, found in ends])


def best(found: Sequence[Moments]) -> Fraction:
    """The step of greatest gain, the smallest of several."""
    greatest = max(m.gain for m in found)
    return min(m.step for m in found if m.gain == greatest)


def optimal(ms: Sequence[Fraction], to: Projection, count: int = 0) -> Fraction:
    """The optimal step **must** be one at which the error is the least of all steps, and the smallest of those.

    Levels change only where the step is a magnitude over k + 1/2. Between two such places they are fixed and the best step is
    known; a level that is taken against nearness is never better. So the least error is that of the best step of some levels
    on the way from the greatest of these places to the least. [levels/optimal]
    """
    del count
    places = sorted(((2 * m / (2 * k + 1), k, m) for m in ms if m for k in range(to.format.top)), reverse=True)
    product, square, found = Fraction(0), 0, []
    for _, k, m in places:
        product, square = product + m, square + 2 * k + 1
        found.append(Moments(product, square))
    return best(found)


def maximum(ms: Sequence[Fraction], to: Projection, count: int = 0) -> Fraction:
    """The step of this method **must** be that at which the last level is the greatest magnitude. [levels/maximum]"""
    del count
    return max(ms) / to.format.top


METHODS: dict[str, Callable[..., Fraction]] = {method.__name__: method for method in (optimal, alternating, maximum)}
"""The methods by name; ``alternating:16`` starts from 16 steps."""


def method_of(name: str) -> tuple[Callable[..., Fraction], int]:
    """The method of a name with the number of its starts, 0 where it has none; ``ValueError`` for an unknown name."""
    base, colon, count = name.partition(":")
    if base == "alternating" and count.isascii() and count.isdigit() and 1 <= int(count) <= MOST_STARTS:
        return alternating, int(count)
    if base not in METHODS or base == "alternating" or colon:
        raise ValueError(
            f"unknown method {name!r}; the methods are optimal, maximum and alternating:N, N being 1..{MOST_STARTS}"
        )
    return METHODS[base], 0


def find_step(xs: Sequence[Exact], to: Projection, method: str) -> Fraction:
    """The step of a group is found from the magnitudes of its numbers alone. That of a group without numbers other than zero
    **must** be one.

    ``ValueError`` for an infinity, a NaN, a projection that is not to the nearest of symmetric levels, and an unknown method.
    [levels/zeros]
    """
    check_symmetric(to)
    search, count = method_of(method)
    ms = [abs(finite(x)) for x in xs]
    return search(ms, to, count) if any(ms) else Fraction(1)


class Group(NamedTuple):
    """A quantized group: the step as it is held, the codes, and their error."""

    step: Result
    codes: tuple[int, ...]
    error: Fraction


def held_step(step: Result, held: Projection) -> Fraction:
    """The step that a code names; ``ValueError`` where it is no positive number."""
    datum = held.format.decode(step.code)
    if not isinstance(datum, Fraction) or datum <= 0:
        raise ValueError(f"the step of the group is no positive number of {held.format.name}")
    return datum


def quantize_group(xs: Sequence[Exact], to: Projection, method: str, held: Projection) -> Group:
    """Where the step is held in a format, it **must** be projected once, and the codes be those of the projected step.

    ``ValueError`` where it is projected to what is no positive number. [levels/held]
    """
    step = held(find_step(xs, to, method))
    datum = held_step(step, held)
    codes = tuple(quantize(x, datum, to).code for x in xs)
    return Group(step, codes, squared_error(xs, datum, to))
