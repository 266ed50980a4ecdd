"""Schedules: the learning rate, or the momentum, of each epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """From ``first`` in the first epoch to ``last`` after ``epochs`` of them, by a kind of ``SCHEDULES``; it stays there.

    ``ValueError`` for an unknown kind, for numbers that are negative, and for no epochs.
    """

    kind: str
    first: float
    last: float
    epochs: int

    def __post_init__(self) -> None:
        if self.kind not in SCHEDULES:
            raise ValueError(f"the kind of a schedule is one of {', '.join(SCHEDULES)}, not {self.kind!r:.60}")
        if self.epochs < 1 or not 0 <= self.first < float("inf") or not 0 <= self.last < float("inf"):
            numbers = f"{self.first} and {self.last} over {self.epochs}"
            raise ValueError(f"a schedule has numbers that are not negative, and at least one epoch, not {numbers}")
        if self.kind == "exponential" and not self.first * self.last:
            raise ValueError(f"an exponential schedule has no zero, as {self.first} to {self.last} has")

    def at(self, epoch: int) -> float:
        """The number of an epoch, counted from 0."""
        return SCHEDULES[self.kind](self, min(epoch, self.epochs))


def constant(value: float) -> Schedule:
    """The same number always."""
    return Schedule("constant", value, value, 1)


def linear(first: float, last: float, epochs: int) -> Schedule:
    """In equal steps: Courbariaux et al. (2015) let the rate fall to a tenth, and the momentum rise."""
    return Schedule("linear", first, last, epochs)


def exponential(first: float, last: float, epochs: int) -> Schedule:
    """By equal factors: Sung et al. (2015) let the rate fall from 1e-3 to 1e-8."""
    return Schedule("exponential", first, last, epochs)


def step(first: float, last: float, epochs: int) -> Schedule:
    """The first number, and after so many epochs the last."""
    return Schedule("step", first, last, epochs)


SCHEDULES: Mapping[str, Callable[[Schedule, int], float]] = {
    "constant": lambda s, _: s.first,
    "linear": lambda s, epoch: s.first + (s.last - s.first) * epoch / s.epochs,
    "exponential": lambda s, epoch: s.first * (s.last / s.first) ** (epoch / s.epochs),
    "step": lambda s, epoch: s.last if epoch == s.epochs else s.first,
}
"""The kinds by name."""
