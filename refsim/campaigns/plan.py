"""Plans: everything that decides the results of a campaign, as records. How they are written is in ``plan_files``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ..spec.faults import Model
from ..spec.layouts import Layout
from ..spec.lifetimes import LIFETIMES
from ..spec.memories import PLAIN, Memory
from ..spec.range_guards import RangeGuard
from ..spec.sites import KINDS, Selection

RULES = ("trials", "events", "width")
"""When a cell has enough trials."""
EVENTS = ("sdc", "due", "top1", "top5", "confidence10", "confidence20", "critical", "changed_pixels", "residual")
"""What a trial can have one of or more: a class of outcomes, or elements that are read otherwise."""


@dataclass(frozen=True)
class Scaling:
    """The weights of each layer whose name matches a pattern times the factor that brings their greatest magnitude to
    ``target``, or the greatest power of two that does not bring it past; the result is divided once. It is for networks in
    floating point, before they are quantized. Results grow by the factors too: formats of a scheme that are not chosen by what
    results reach, as ``q2.5``, overflow sooner.
    """

    target: Fraction
    power_of_two: bool
    layers: tuple[str, ...] = ("*",)


@dataclass(frozen=True)
class Source:
    """A network: its file, and for one in floating point the scheme by which it becomes a network of codes."""

    file: str
    scheme: Any = None
    calibration: int = 200
    """How many samples to learn from calibrate the scheme."""
    bounded: Mapping[str, str] = field(default_factory=dict)
    """Kinds of layers, and the bounded kinds that stand in their places."""
    scaled: Scaling | None = None


@dataclass(frozen=True)
class Guard:
    """A rule behind the results of layers whose names match a pattern, with the bounds that so many samples to learn from have,
    for a whole layer or for each channel.
    """

    layers: tuple[str, ...]
    rule: RangeGuard
    per_channel: bool = False
    samples: int = 200


@dataclass(frozen=True)
class Data:
    """The samples: those of the test part of a data set from ``skip`` on, ``take`` of them or all."""

    name: str
    options: Mapping[str, Any]
    skip: int = 0
    take: int | None = None


@dataclass(frozen=True)
class Stored:
    """Which tensors are stored in a memory: those whose name matches a pattern, of the kinds.

    With ``per_row`` the stages of the memory that have no group or row yet get one for each row of a tensor, which is what has
    one index along its first axis: the weights of one output of a dense layer or a convolution.
    """

    memory: Memory = PLAIN
    names: tuple[str, ...] = ("*",)
    kinds: tuple[str, ...] = ("weight",)
    per_row: bool = False


@dataclass(frozen=True)
class Laid:
    """How the sites of these kinds whose names match a pattern lie in memory arrays: what bursts, clusters and banks follow."""

    layout: Layout
    names: tuple[str, ...] = ("*",)
    kinds: tuple[str, ...] = ("weight", "check")


@dataclass(frozen=True)
class Arm:
    """A network as it is built: where it comes from, how its tensors are stored, and what guards its results.

    Arms of one plan meet the same faults: they are compared trial by trial.
    """

    name: str
    network: Source
    stored: tuple[Stored, ...] = ()
    guards: tuple[Guard, ...] = ()
    layouts: tuple[Laid, ...] = ()


@dataclass(frozen=True)
class Aim:
    """What faults aim at: the sites of these kinds whose names match a pattern, the bits that are selected, how long a fault
    lasts, and whether the model is asked for each sample by itself, as for one flip in every inference.

    ``ValueError`` for unknown kinds and lifetimes.
    """

    kinds: tuple[str, ...] = ("weight",)
    names: tuple[str, ...] = ("*",)
    selection: Selection = ()
    lifetime: str = "until_reload"
    per_sample: bool = False

    def __post_init__(self) -> None:
        for what, given, known in (("kind", self.kinds, KINDS), ("lifetime", (self.lifetime,), LIFETIMES)):
            if unknown := [one for one in given if one not in known]:
                raise ValueError(f"unknown {what} {unknown[0]!r} of faults; known are {', '.join(known)}")


@dataclass(frozen=True)
class Faults:
    """A fault model under a name, and what it aims at."""

    name: str
    model: Model
    aim: Aim


@dataclass(frozen=True)
class Stop:
    """When a cell has enough trials.

    ``trials``: after so many. ``events``: after so many trials of the class ``event``, or ``trials``. ``width``: as soon as the
    confidence sequence of ``event`` at the level is no wider than ``width``, or after ``trials``.
    """

    rule: str
    trials: int
    event: str = "critical"
    events: int = 0
    width: float = 0.0
    level: float = 0.95


@dataclass(frozen=True)
class Cell:
    """One row of the table: an arm under faults, ``number`` from 0 in the order of arms, then faults."""

    number: int
    arm: Arm
    faults: Faults


@dataclass(frozen=True)
class Plan:
    """A campaign. ``batch`` trials are one transaction. A parameter's site lies in the first layout that it matches, of those
    of its arm and behind them of the plan's.
    """

    name: str
    seed: int
    data: Data
    arms: tuple[Arm, ...]
    faults: tuple[Faults, ...]
    stop: Stop
    batch: int = 16
    layouts: tuple[Laid, ...] = ()

    def cells(self) -> tuple[Cell, ...]:
        """All cells in order."""
        pairs = [(arm, faults) for arm in self.arms for faults in self.faults]
        return tuple(Cell(i, arm, faults) for i, (arm, faults) in enumerate(pairs))
