"""Memories: how the codes of a tensor are stored, with what beside them, and what is read back.

A memory is a chain of stages. Each stage changes the codes, their format, or puts something beside them: a scale, check bits, a
table. What lies in the memory are parts, each of them a site that faults can hit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from .formats import Format

DATA = "data"
"""The part that holds the codes themselves."""


class Part(NamedTuple):
    """Stored codes of one format, and the kind of site that they are."""

    kind: str
    format: Format
    codes: tuple[int, ...]


Parts = Mapping[str, Part]


class Reading(NamedTuple):
    """What a stage makes of stored parts: the codes, of how many words it corrected a bit, in how many it detected what it
    could not correct, and whether it stops the machine because of that.
    """

    codes: tuple[int, ...]
    corrected: int = 0
    detected: int = 0
    stopped: bool = False


class Stage(Protocol):
    """A pair of pure functions between codes and parts. What is read from parts without faults **should** be what was written,
    where the stage loses nothing.
    """

    @property
    def name(self) -> str:
        """What its parts are called by, a word."""

    def write(self, data: Part) -> dict[str, Part]:
        """The part ``DATA`` that stands for the codes, and the parts beside it; ``ValueError`` for codes it cannot hold."""

    def read(self, parts: Parts) -> Reading:
        """The codes that stand for the parts."""

    def read_format(self, format: Format) -> Format:
        """The format of the codes that are read where the data of its parts are of this one; ``ValueError`` for another one
        than it writes.
        """


@dataclass(frozen=True)
class Memory:
    """Codes **must** go through the stages in order when they are written, each stage taking the data of the one before it, and
    in the opposite order when they are read. What lies beside the data of one stage is not touched by the later ones.

    [memory/stages]
    """

    stages: tuple[Stage, ...] = ()

    def __post_init__(self) -> None:
        names = [stage.name for stage in self.stages]
        if wrong := [name for name in names if not name.isidentifier()]:
            raise ValueError(f"the name of a stage is a word, not {wrong[0]!r:.60}")
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"a memory has two stages {twice[0]}")

    def write(self, data: Part) -> dict[str, Part]:
        """All parts: the data as the last stage left them, and each stage's others as ``stage.part``."""
        found: dict[str, Part] = {}
        for stage in self.stages:
            made = stage.write(data)
            data = made.pop(DATA)
            found |= {f"{stage.name}.{name}": part for name, part in made.items()}
        return {DATA: data, **found}

    def read(self, parts: Parts) -> Reading:
        """The codes, with what all stages corrected and detected; one that stops the machine stops it. ``ValueError`` as that
        of ``read_format``.
        """
        reading, format = Reading(parts[DATA].codes), parts[DATA].format
        for stage in reversed(self.stages):
            prefix = f"{stage.name}."
            beside = {name.removeprefix(prefix): part for name, part in parts.items() if name.startswith(prefix)}
            given, format = format, stage.read_format(format)
            found = stage.read({DATA: Part(parts[DATA].kind, given, reading.codes), **beside})
            reading = Reading(
                found.codes,
                reading.corrected + found.corrected,
                reading.detected + found.detected,
                reading.stopped or found.stopped,
            )
        return reading

    def read_format(self, stored: Format) -> Format:
        """The format of the codes that are read where the data lie in the memory in this one. A stage **must** be given back
        the format that it wrote; ``ValueError`` for another one. [memory/formats]
        """
        for stage in reversed(self.stages):
            stored = stage.read_format(stored)
        return stored

    def check(self, data: Part) -> None:
        """``ValueError`` for a memory that does not give back the format that it was given."""
        found = self.read_format(self.write(data)[DATA].format)
        if found != data.format:
            raise ValueError(f"what is read is of {found.name}, not of {data.format.name} as what was written")


PLAIN = Memory()
"""A memory that holds the codes as they are."""


def site_names(tensor: str, parts: Sequence[str]) -> dict[str, str]:
    """The names of the sites of a tensor's parts: its own for the data, and behind a slash that of every other part."""
    return {part: tensor if part == DATA else f"{tensor}/{part}" for part in parts}
