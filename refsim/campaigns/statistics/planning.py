"""How many trials a claim needs, before one is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, exp, log, log1p, sqrt
from typing import NamedTuple

from .binomials import check_binomial
from .intervals import check_level, normal_quantile

SPARSE = 5
"""Expected flips below which strata by the number of flips tell more than the rate itself."""
MARGIN = 0.01
"""The half-width of an outlook: one point of accuracy, or of a rate of failures."""


def _whole(n: float) -> int:
    """The next whole number, where an exact one may have an error of rounding."""
    return ceil(n * (1 - 1e-12))


def check_open(what: str, x: float) -> None:
    """``ValueError`` for what is not between 0 and 1."""
    if not 0 < x < 1:
        raise ValueError(f"{what} is between 0 and 1, not {x}")


def trials_for_half_width(p: float, half: float, level: float) -> int:
    """The trials after which half of Wilson's interval is no wider than ``half`` where the part p of them have an event.

    The root of a quadratic: half the width falls as trials come.
    """
    check_binomial(0, p)
    check_open("half the width of an interval", half)
    z2 = normal_quantile(level) ** 2
    a, b, c = half**2, 2 * half**2 * z2 - z2 * p * (1 - p), half**2 * z2**2 - z2 / 4 * z2
    return max(1, _whole((-b + sqrt(b * b - 4 * a * c)) / (2 * a)))


def trials_for_relative_width(p: float, part: float, level: float) -> int:
    """The trials after which the margin of a rate p is no more than a part of p: ``z**2 (1 - p) / (p part**2)``."""
    check_open("a rate", p)
    if part <= 0:
        raise ValueError(f"a margin is a positive part of its rate, not {part}")
    return _whole(normal_quantile(level) ** 2 * (1 - p) / (p * part**2))


def trials_without_failure(bound: float, level: float) -> int:
    """The fewest trials that show a rate to be no more than a bound, at the one-sided level, if none of them has the event."""
    check_open("a bound of a rate", bound)
    check_level(level)
    return _whole(log(1 - level) / log1p(-bound))


def trials_for_events(p: float, events: int) -> int:
    """The trials in which so many have an event, on average."""
    if not 0 < p <= 1 or events < 1:
        raise ValueError(f"events of a rate in 0..1, 0 not among them, are one or more; not {events} at {p}")
    return _whole(events / p)


def events_for_relative_error(part: float, level: float) -> int:
    """The events after which inverse sampling has a margin of about a part of a small rate: ``(z / part)**2``."""
    check_open("a relative error", part)
    return _whole((normal_quantile(level) / part) ** 2)


def trials_of_list(size: int, half: float, p: float, level: float) -> int:
    """The trials, drawn without replacement from a list of all faults, after which the margin of a rate is ``half``.

    ``M / (1 + half**2 (M - 1) / (z**2 p (1 - p)))`` of a list of M: Leveugle, Calvez, Maistri and Vanhauwaert, "Statistical
    fault injection: quantified error and confidence" (DATE 2009). It says something of the whole list, not of a layer or a bit
    of it: those need as many each. ``ValueError`` for an empty list.
    """
    check_open("a rate", p)
    check_open("half the width of an interval", half)
    if size < 1:
        raise ValueError(f"a list of faults has one or more, not {size}")
    return _whole(size / (1 + half**2 * (size - 1) / (normal_quantile(level) ** 2 * p * (1 - p))))


def bonferroni(level: float, claims: int) -> float:
    """The level of each of so many claims that hold together at a level: ``1 - (1 - level) / claims``."""
    check_level(level)
    if claims < 1:
        raise ValueError(f"claims are one or more, not {claims}")
    return 1 - (1 - level) / claims


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values adjusted for being several, in their order: each is at most alpha where Holm's procedure rejects at alpha.

    Holm, "A simple sequentially rejective multiple test procedure" (1979). ``ValueError`` for what is no probability.
    """
    for p in p_values:
        check_binomial(0, p)
    adjusted, most, m = [0.0] * len(p_values), 0.0, len(p_values)
    for place, i in enumerate(sorted(range(m), key=lambda i: p_values[i])):
        most = max(most, min(1.0, (m - place) * p_values[i]))
        adjusted[i] = most
    return adjusted


def expected_flips(bits: int, p: float) -> float:
    """The flips of a trial on average."""
    check_binomial(bits, p)
    return bits * p


def no_flip(bits: int, p: float) -> float:
    """The part of trials without any flip, ``(1 - p)**bits``."""
    check_binomial(bits, p)
    return exp(bits * log1p(-p)) if p < 1 else float(not bits)


class Outlook(NamedTuple):
    """What a cell comes to before it is run.

    ``bits`` by kind of sites; the flips of a trial on average and their standard deviation; the part of trials without a flip;
    the trials for one point on both sides at the worst rate of a half, and for events of so small a rate that none has shown to
    be below a hundredth and a thousandth; and the rule that is advised.
    """

    bits: Mapping[str, int]
    expected: float
    deviation: float
    clean: float
    for_point: int
    below_hundredth: int
    below_thousandth: int
    advice: str


def outlook(bits: Mapping[str, int], p: float, level: float, claims: int) -> Outlook:
    """What to expect of a cell where each of some bits flips with a rate, if so many claims are to hold together."""
    n, each = sum(bits.values()), bonferroni(level, claims)
    expected = expected_flips(n, p)
    return Outlook(
        dict(bits),
        expected,
        sqrt(expected * (1 - p)),
        no_flip(n, p),
        trials_for_half_width(0.5, MARGIN, each),
        trials_without_failure(0.01, each),
        trials_without_failure(0.001, each),
        advice(expected, no_flip(n, p)),
    )


def advice(expected: float, clean: float) -> str:
    """Which rule suits so many flips, in words."""
    if expected == 0:
        return "nothing flips: one trial says it all"
    if expected < SPARSE:
        return (
            f"{clean:.1%} of trials have no flip: use strata of 1, 2, ... flips (model count), and recombine them at the rate"
        )
    return "use the rule events for rare failures, width for a rate, and trials where the number of them is given"
