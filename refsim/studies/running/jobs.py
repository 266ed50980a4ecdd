"""Jobs: the parts of a study that are computed and stored one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ...nn.data import Data

Record = Mapping[str, Any]
"""What was found at one point, as plain data: texts, whole numbers, floats, and lists of them. ``None`` stands for what could
not be computed, as there is no NaN in JSON."""


class Scale(NamedTuple):
    """On which data a study runs, a name or a path, and whether it is the quick one."""

    data: str
    quick: bool


@dataclass(frozen=True)
class Job:
    """A part of a study: the step that computes it, with options as plain data, from the outcomes of the jobs it ``needs``.

    The name says what it is, in lower case with ``/`` between its parts, and is the path of its outcome. ``cost`` is about how
    many seconds it takes, beside others of the same study: it decides nothing but what is said of the time left.
    """

    name: str
    step: str
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    cost: float = 1.0


@dataclass(frozen=True)
class Outcome:
    """What a job came to: records that tables are made of, and arrays that other jobs need."""

    records: Sequence[Record] = ()
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


class Inputs(NamedTuple):
    """What a step has: the samples, the scale, and the outcomes of the jobs that its job needs, in their order."""

    data: Data
    scale: Scale
    needs: Sequence[Outcome]


Step = Callable[[Mapping[str, Any], Inputs], Outcome]
"""From options and inputs to an outcome: a pure function, random only by seeds among its options."""


def check_jobs(jobs: Sequence[Job], steps: Mapping[str, Step]) -> None:
    """``ValueError`` unless names are unique, steps are known, and a job needs only jobs that come before it."""
    known: set[str] = set()
    for job in jobs:
        if job.step not in steps:
            raise ValueError(f"the job {job.name} has an unknown step {job.step!r}; there are {', '.join(steps)}")
        if job.name in known or (missing := set(job.needs) - known):
            wrong = "comes twice" if job.name in known else f"needs {', '.join(sorted(missing))}, which do not come before it"
            raise ValueError(f"the job {job.name} {wrong}")
        known.add(job.name)
