"""What a study is: jobs to compute, and a report that is made of what they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..nn.data import Data
from .results.report import Report
from .running.jobs import Job, Record, Scale, Step


class Records(tuple[Record, ...]):
    """All records of a study, in the order of its jobs."""

    __slots__ = ()

    def of(self, **wanted: object) -> list[Record]:
        """The records that have these values under these names."""
        return [one for one in self if wanted.items() <= one.items()]


@dataclass(frozen=True)
class Study:
    """A paper's questions as a program: everything about a study that others do not share.

    ``samples`` makes the data of a scale, ``jobs`` lists what is to be computed on them, ``steps`` are the functions that do
    it, and ``report`` makes tables, figures, claims and text of all records. All are pure functions.
    """

    name: str
    title: str
    paper: str
    """The paper: authors, title, arXiv number, year."""
    summary: str
    """One line for a list of studies."""
    data: str
    """The data it runs on by default."""
    samples: Callable[[Scale], Data]
    jobs: Callable[[Scale], Sequence[Job]]
    steps: Mapping[str, Step]
    report: Callable[[Scale, Records], Report]
