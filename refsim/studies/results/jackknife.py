"""Intervals of what is no mean: ratios, and points of curves, of a few trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from .measured import Measured, over_seeds

T = TypeVar("T")


def jackknifed(trials: Sequence[T], statistic: Callable[[Sequence[T]], float]) -> Measured:
    """A statistic of all trials, with Student's interval of its pseudo-values; ``ValueError`` for fewer than two trials.

    The pseudo-value of a trial is ``n s - (n - 1) r``, where s is that of all n trials and r that without this one. Those of a
    mean are the trials. Tukey (1958), after Quenouille; a bootstrap of a handful of trials would be too narrow.
    """
    n = len(trials)
    if n < 2:
        raise ValueError(f"a jackknife needs two trials or more, not {n}")
    whole = statistic(trials)
    found = over_seeds([n * whole - (n - 1) * statistic([*trials[:i], *trials[i + 1 :]]) for i in range(n)])
    margin = found.high - found.value
    return Measured(whole, whole - margin, whole + margin, n)
