"""When a cell has enough trials, and what its rates are after the rule that stopped it.

Rules look at the trials in order, at any moments. Only three are offered, whose intervals keep their level under that: a number
of trials, a number of events, and the width of a confidence sequence. A margin of a mean that shrinks below a limit is none of
them: it stops where by chance no rare failure has shown yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import lgamma, log, log1p
from typing import NamedTuple

from ..plan import EVENTS, RULES, Stop
from ..rows import Row
from .intervals import SHARES, Estimate, Interval, beta_quantile, check_counts, check_level, clopper_pearson, lower_bound

STEPS = 100
"""Halvings after which an end is known to the last bit."""


def has_event(row: Row, event: str) -> bool:
    """Whether a trial has a sample of a class, or an element that is read otherwise.

    ``ValueError`` for what is no event.
    """
    if event not in EVENTS:
        raise ValueError(f"unknown event {event!r} of trials; the events are {', '.join(EVENTS)}")
    found: int = row.residual if event == "residual" else getattr(row.counts, event)
    return found > 0


def log_beta(a: float, b: float) -> float:
    """The logarithm of the beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def confidence_sequence(k: int, n: int, level: float) -> Interval:
    """An interval of a rate that holds at all moments together: it covers at every n with the probability of its level.

    It has the rates that the mixture of binomials under Beta(1/2, 1/2) is at most ``1 / (1 - level)`` times as likely as
    (Ville's inequality; Robbins, 1970). One may look after every trial, and stop for any reason.
    """
    check_counts(k, n)
    check_level(level)
    if not n:
        return SHARES
    most = -log1p(-level) - log_beta(k + 0.5, n - k + 0.5) + log_beta(0.5, 0.5)

    def within(p: float) -> bool:
        """Whether the mixture is no more than so much more likely than p."""
        return -(k * log(p) if k else 0.0) - ((n - k) * log1p(-p) if k < n else 0.0) <= most

    best = k / n
    low = _end(within, 0.0, best) if k else 0.0
    high = _end(within, 1.0, best) if k < n else 1.0
    return Interval(low, high)


def _end(within: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where an interval ends between a rate that is outside and one that is inside."""
    for _ in range(STEPS):
        middle = (outside + inside) / 2
        if middle in {outside, inside}:
            break
        outside, inside = (outside, middle) if within(middle) else (middle, inside)
    return inside


def inverse_sampling(r: int, n: int, level: float) -> Estimate:
    """The rate where trial n, counted from 1, was the one with event r: the estimate without bias and the exact interval.

    The estimate is ``(r - 1) / (n - 1)`` for two events or more (Haldane, 1945), and 1 / n for one. The ends are the rates for
    which n trials or fewer, or n or more, have half of what the level leaves. ``ValueError`` for no event.
    """
    if not 1 <= r <= n:
        raise ValueError(f"inverse sampling ends with its event, one or more of n trials, not {r} of {n}")
    check_level(level)
    high = beta_quantile((1 + level) / 2, r, n - r) if r < n else 1.0
    return Estimate((r - 1) / (n - 1) if r > 1 else 1 / n, lower_bound(r, n, (1 + level) / 2), high)


class Look(NamedTuple):
    """What was seen at the end of a batch: trials and events so far, the confidence sequence, and whether it was enough."""

    trials: int
    events: int
    low: float
    high: float
    enough: bool


def look(stop: Stop, rows: Sequence[Row]) -> Look:
    """A look at the rows of a cell in order of trials from 0 on. ``ValueError`` for an unknown rule or event."""
    events, n = sum(has_event(row, stop.event) for row in rows), len(rows)
    low, high = confidence_sequence(events, n, stop.level)
    done = {"trials": False, "events": events >= stop.events, "width": high - low <= stop.width}
    if stop.rule not in done:
        raise ValueError(f"unknown rule {stop.rule!r} to stop; the rules are {', '.join(RULES)}")
    return Look(n, events, low, high, n >= stop.trials or done[stop.rule])


def enough(stop: Stop, rows: Sequence[Row]) -> bool:
    """Whether a cell has enough rows; it is asked at the end of batches, of the rows in order of trials from 0 on."""
    if stop.rule == "trials":
        # A list of all faults has many looks, at which nothing is to be seen.
        return len(rows) >= stop.trials
    return look(stop, rows).enough


def looks(stop: Stop, rows: Sequence[Row], batch: int) -> list[Look]:
    """What was seen at the end of each batch, up to the one that was enough."""
    found: list[Look] = []
    for end in range(batch, len(rows) + batch, batch):
        found.append(look(stop, rows[:end]))
        if found[-1].enough:
            break
    return found


class Rate(NamedTuple):
    """The part of trials that have an event: counts, the value, its interval, and the method that suits the rule."""

    events: int
    trials: int
    value: float
    low: float
    high: float
    method: str


def rate(stop: Stop, event: str, rows: Sequence[Row], level: float) -> Rate:
    """The rate of trials with an event, from the rows of a cell in order of trials from 0 on; see ``rate_of_trials``."""
    return rate_of_trials([has_event(row, event) for row in rows], stop, own=event == stop.event, level=level)


def rate_of_trials(flags: Sequence[bool], stop: Stop, *, own: bool, level: float) -> Rate:
    """The part of trials that have something, with an interval that is valid under the rule by which the trials ended.

    ``flags`` are of the trials in order from 0 on; ``own`` is whether they are those of the event that the rule itself counts.
    After a number of trials it is Clopper and Pearson's. After a number of its own events, it is that of inverse sampling on
    the trials up to the last one of them; where the greatest number of trials came first, Clopper and Pearson's, which orders
    those outcomes alike. Else it is the confidence sequence, which does not ask why one stopped. ``ValueError`` without trials.
    """
    if not flags:
        raise ValueError("a rate needs one trial or more")
    events, n = sum(flags), len(flags)
    counted = stop.rule == "events" and own
    if counted and events >= stop.events:
        n = [i for i, flag in enumerate(flags, 1) if flag][stop.events - 1]
        return Rate(stop.events, n, *inverse_sampling(stop.events, n, level), "inverse sampling")
    if n >= stop.trials and (counted or stop.rule == "trials"):
        return Rate(events, n, events / n, *clopper_pearson(events, n, level), "Clopper-Pearson")
    return Rate(events, n, events / n, *confidence_sequence(events, n, level), "confidence sequence")


def futile(k: int, n: int, level: float, threshold: float) -> str | None:
    """What more trials can no longer change: "above" or "below" where all of the confidence sequence is on one side of a
    threshold of the rate, and ``None`` where it is not.
    """
    low, high = confidence_sequence(k, n, level)
    return "above" if low > threshold else "below" if high < threshold else None
