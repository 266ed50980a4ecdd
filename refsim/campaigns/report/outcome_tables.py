"""The tables of outcome classes, and what the classes are."""

from __future__ import annotations

from .report import Report
from .summary import CLASSES
from .table import Table, lines, who
from .words import share

SAID = {
    "identical": "every output code as without faults",
    "benign": "codes differ, no result does",
    "sdc": "a result differs, none is NaN or infinite (silent data corruption)",
    "due": "NaN or infinity, no result, or stopped by a detector (detected, not corrected)",
    "top1": "not due, and another first class",
    "top5": "not due, and a first class that was none of the first five",
    "confidence10": "not due, and the first class's result changed by more than 10 %",
    "confidence20": "not due, and the first class's result changed by more than 20 %",
    "critical": "not due, right without faults and wrong with them",
    "healed": "not due, wrong without faults and right with them",
}
"""What the outcome classes are."""


def outcomes(report: Report, unit: str) -> Table:
    """The outcome classes, by ``trials`` or by ``images``."""
    shown = [found for found in report.cells if found.outcomes]
    pixels = unit == "images" and of_pixels(report)
    rows = [
        (
            *who(found),
            *(lines(share(getattr(found.outcomes[name], unit))) for name in CLASSES),
            *([lines(share(found.changed))] if pixels else []),
        )
        for found in shown
    ]
    said = {
        "trials": "Trials with at least one sample of the class; of identical, trials in which every sample is.",
        "images": "Samples of the class in all trials; intervals are over trials, as samples under the same faults are alike.",
    }[unit]
    if of_pixels(report):
        said += " An image of classes is of a class from top1 on by one of its pixels or more."
    title = "Outcomes by trial, %" if unit == "trials" else "Outcomes by sample, %"
    return Table(title, said, ("arm", "faults", *CLASSES, *(["pixels of another class"] if pixels else [])), tuple(rows))


def of_pixels(report: Report) -> bool:
    """Whether samples are images of classes."""
    return any(found.changed is not None for found in report.cells)


def classes() -> Table:
    """What the outcome classes are."""
    said = "Every sample is in one of the first four; the others overlap."
    return Table("Outcome classes", said, ("class", "samples"), tuple(SAID.items()))
