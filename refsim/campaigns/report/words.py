"""How numbers are written for people: the same way in the terminal, on the page and in pictures."""

from __future__ import annotations

from fractions import Fraction

from ..statistics.intervals import Estimate
from .estimates import Share

NOTHING = "-"
LEAST = 1e-9
"""What is nearer to 0 or to 100 percent is taken for the error of a sum."""


def number(value: float | Fraction | None, digits: int = 3) -> str:
    """A number of so many significant digits; what is not known is a dash."""
    return NOTHING if value is None else f"{float(value):.{digits}g}"


def percent(value: float | Fraction | None) -> str:
    """A share or a difference of shares in percent, with the digits that it needs to be told from 0 and from 100."""
    if value is None:
        return NOTHING
    part = 100 * float(value)
    near = min(abs(part), abs(100 - abs(part)))
    if near >= 0.1 or near < LEAST:
        return f"{round(part, 2) + 0.0:.2f}"  # There is no -0.
    exponent = int(f"{near:.1e}".partition("e")[2])
    return f"{part:.{max(4, 1 - exponent)}f}"


def given(value: float | Fraction) -> str:
    """A share that somebody chose, in percent, without more digits than it has."""
    return f"{100 * float(value):.6g}"


def points(drop: Fraction) -> str:
    """A loss of accuracy that somebody chose."""
    return f"{given(drop)} point{'' if 100 * drop == 1 else 's'}"


def plural(count: int, what: str) -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def between(low: float | Fraction, high: float | Fraction) -> str:
    """The interval between two shares, in percent."""
    return f"{percent(low)} to {percent(high)}"


def estimate(found: Estimate | None) -> tuple[str, ...]:
    """The value of an estimate in percent, and its interval."""
    return (NOTHING,) if found is None else (percent(found.value), between(found.low, found.high))


def sure(found: Estimate | None, claim: Estimate | None) -> tuple[str, ...]:
    """The same with the interval for claims in brackets."""
    return (*estimate(found), *([] if claim is None else [f"({between(claim.low, claim.high)})"]))


def share(found: Share | None) -> tuple[str, ...]:
    """A share in percent, its interval, and the counts."""
    if found is None or found.value is None:
        return (NOTHING,)
    return percent(found.value), between(found.low or 0, found.high or 0), f"({found.k} of {found.n})"


def probability(value: float | None) -> str:
    """A p-value."""
    if value is None:
        return NOTHING
    return "below 0.0001" if value < 1e-4 else f"{value:.4f}"
