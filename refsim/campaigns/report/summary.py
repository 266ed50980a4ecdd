"""One record for each cell of a campaign: what its trials say, with intervals over the trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from ..rows import Row
from ..statistics.intervals import Estimate
from ..statistics.stopping import Rate, rate
from .estimates import Method, Share, mean_over_trials, quantile_over_trials, share_of_samples, share_of_trials, sure_mean
from .facts import Clean, Facts

CLASSES = (
    "identical",
    "benign",
    "sdc",
    "due",
    "top1",
    "top5",
    "confidence10",
    "confidence20",
    "critical",
    "healed",
)
"""The outcome classes of samples, as ``refsim.campaigns.rows.Counts`` has them."""
REPAIRS = ("corrected", "detected", "miscorrected", "undetected", "residual")
"""Words in which memories corrected or detected errors, those made wrong by that and those in which an error was not noticed,
and elements that were read as other codes than without faults."""
LOW_QUANTILE = 0.05


@dataclass(frozen=True)
class Options:
    """``drop`` is the accuracy whose loss counts, as a share of all pixels; ``level`` that of every interval."""

    drop: Fraction = Fraction(1, 100)
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 0 <= self.drop < 1:
            raise ValueError(f"a drop of accuracy that counts is in 0..1, 1 not among them, not {self.drop}")
        if not 0 < self.level < 1:
            raise ValueError(f"a level is between 0 and 1, not {self.level}")


class Outcome(NamedTuple):
    """A class: trials with a sample of it (of ``identical``: all samples), and samples; an image of classes by any pixel."""

    trials: Share
    images: Share


@dataclass(frozen=True)
class Summary:
    """What the trials of a cell say. What needs a trial, or labels, is ``None`` without.

    ``flips`` and the counts up to ``repairs`` are totals over the trials. ``mean`` is for display, and ``sure`` is it for
    claims. ``dropped`` counts the trials whose accuracy is lower than the clean one by more than the drop of the options; a
    sample without a result is a wrong one. ``stopped`` counts the trials in which a detector stopped the machine, ``refused``
    the samples of which there is no result. ``event`` is the one by which the cell stops, under a rule that looks at it.
    ``changed`` counts the pixels of another first class, of images of classes; a sample of one class is in ``top1``.
    """

    facts: Facts
    trials: int
    images: int
    flips: int
    untouched: int
    hit: int
    effective: int
    absorbed: int
    repairs: dict[str, int]
    mean_flips: float | None
    refused: int
    clean: Fraction | None
    mean: Estimate | None
    sure: Estimate | None
    median: Estimate | None
    low: Estimate | None
    dropped: Share | None
    stopped: Share | None
    outcomes: dict[str, Outcome]
    event: Rate | None
    changed: Share | None

    @property
    def expected(self) -> float | None:
        """The flips of a trial that the model has on average."""
        return None if self.facts.expected is None else float(self.facts.expected)


def clean_from(rows: Sequence[Row]) -> Clean | None:
    """The clean run that trials were judged against, where the manifest does not say it: every trial has the samples that are
    right, and those that became right or wrong. Without a right one anywhere labels are taken to be unknown. Of images of
    classes, whose right pixels are known and not those that became so, only a trial in which all is the same tells it.
    """
    if not rows:
        return None
    if has_images(rows[0]):
        same = [row.counts.correct for row in rows if row.counts.identical == row.counts.images]
        return Clean(rows[0].counts.pixels, max(same, default=0) or None)
    right = max(row.counts.correct + row.counts.critical - row.counts.healed for row in rows)
    known = any(row.counts.correct or row.counts.critical or row.counts.healed for row in rows)
    return Clean(rows[0].counts.pixels, right if known else None)


def accuracy(row: Row, clean: Clean) -> Fraction:
    """The share of the labelled pixels that are right; a sample that is in one class has one pixel."""
    return Fraction(row.counts.correct, clean.labelled) if clean.labelled else Fraction(0)


def is_drop(row: Row, clean: Clean, drop: Fraction) -> bool:
    """Whether a trial is less accurate than the clean run by more than a drop: decided in whole numbers."""
    return clean.correct is not None and clean.correct - row.counts.correct > drop * clean.labelled


def has_images(row: Row) -> bool:
    """Whether samples are images of classes: each pixel has one."""
    return row.counts.pixels != row.counts.images


def in_class(row: Row, name: str) -> bool:
    """Whether a trial has a sample of a class; it is ``identical`` where all are."""
    found: int = getattr(row.counts, name)
    return found == row.counts.images if name == "identical" else found > 0


def summary(facts: Facts, rows: Sequence[Row], clean: Clean | None, drop: Fraction, method: Method) -> Summary:
    """The record of a cell from its trials in order, of which there may be none."""
    labelled = bool(rows) and clean is not None and clean.correct is not None
    accuracies = [accuracy(row, clean) for row in rows] if labelled and clean else []
    drops = sum(is_drop(row, clean, drop) for row in rows) if clean else 0
    n, stop, images = len(rows), method.stop, bool(rows) and has_images(rows[0])
    looks = stop is not None and stop.rule != "trials" and method.every is None

    def outcome(name: str) -> Outcome:
        """A class of samples."""
        trials = share_of_trials(sum(in_class(row, name) for row in rows), n, method)
        return Outcome(trials, share_of_samples([(getattr(row.counts, name), row.counts.images) for row in rows], method))

    return Summary(
        facts=facts,
        trials=n,
        images=rows[0].counts.images if rows else 0,
        flips=sum(row.flips for row in rows),
        untouched=sum(row.flips == 0 for row in rows),
        hit=sum(row.hit for row in rows),
        effective=sum(row.effective for row in rows),
        absorbed=sum(row.absorbed for row in rows),
        repairs={name: sum(getattr(row, name) for row in rows) for name in REPAIRS},
        refused=sum(row.refused for row in rows),
        mean_flips=sum(row.flips for row in rows) / n if n else None,
        clean=Fraction(clean.correct, clean.labelled) if clean and clean.correct is not None and clean.labelled else None,
        mean=mean_over_trials(accuracies, method) if labelled else None,
        sure=sure_mean(accuracies, method) if labelled else None,
        median=quantile_over_trials(accuracies, 0.5, method) if labelled else None,
        low=quantile_over_trials(accuracies, LOW_QUANTILE, method) if labelled else None,
        dropped=share_of_trials(drops, n, method) if labelled else None,
        stopped=share_of_trials(sum(row.stopped for row in rows), n, method) if n else None,
        outcomes={name: outcome(name) for name in CLASSES} if n else {},
        event=rate(stop, stop.event, rows, method.level) if n and stop and looks else None,
        changed=share_of_samples([(row.counts.changed_pixels, row.counts.pixels) for row in rows], method) if images else None,
    )
