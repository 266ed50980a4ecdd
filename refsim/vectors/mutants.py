"""Mutants: explicit small deviations from the specification, each a bug that somebody could build or has built.

A mutant is the specification with one behaviour replaced. A suite of vectors is judged by the mutants that it tells apart from
the specification, and a failing device is diagnosed by the mutants that give its wrong answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..spec.exact import Exact
from ..spec.flags import Flags, Result
from ..spec.formats import Format, Unrepresentable
from ..spec.operands import Outcome
from ..spec.projection import Projection
from .operations import Configuration, decoded

Decode = Callable[[Format, int], Exact]
Operate = Callable[[Configuration, tuple[Exact, ...]], Outcome]
Project = Callable[[Projection, Exact, "int | None", Flags], Result]


@dataclass(frozen=True)
class Model:
    """The three behaviours that an operation is made of."""

    decode: Decode
    operate: Operate
    project: Project

    def results(self, configuration: Configuration, operands: tuple[int, ...]) -> tuple[int, ...]:
        """The values of the result fields, as ``Configuration.results`` gives them for the specification."""
        codes, draw = operands[: len(configuration.operands)], operands[len(configuration.operands) :]
        data = tuple(self.decode(format, code) for format, code in zip(configuration.operands, codes, strict=True))
        if configuration.to is None:
            return decoded(data[0])
        value, flags = self.operate(configuration, data)
        result = self.project(configuration.to, value, draw[0] if draw else None, flags)
        return result.code, int(result.flags)


def _decode(format: Format, code: int) -> Exact:
    return format.decode(code)


def _operate(configuration: Configuration, data: tuple[Exact, ...]) -> Outcome:
    return configuration.outcome(data)


def _project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    return to(x, draw, flags)


REFERENCE = Model(_decode, _operate, _project)
"""The specification as a model."""


@dataclass(frozen=True)
class Mutant:
    """A named deviation: what is wrong, and the model that has it."""

    name: str
    sentence: str
    model: Model
    applies: Callable[[Configuration], bool]

    def results(self, configuration: Configuration, operands: tuple[int, ...]) -> tuple[int, ...] | None:
        """What a device with this bug would answer; ``None`` where it has no answer."""
        try:
            return self.model.results(configuration, operands)
        except Unrepresentable:
            return None

    def __str__(self) -> str:
        return self.name


def deviation(
    name: str,
    sentence: str,
    applies: Callable[[Configuration], bool],
    *,
    decode: Decode | None = None,
    operate: Operate | None = None,
    project: Project | None = None,
) -> Mutant:
    """The specification with the given behaviours in place of its own."""
    model = REFERENCE
    if decode:
        model = replace(model, decode=decode)
    if operate:
        model = replace(model, operate=operate)
    if project:
        model = replace(model, project=project)
    return Mutant(name, sentence, model, applies)


def killed(
    mutant: Mutant, configuration: Configuration, operands: tuple[int, ...], expected: tuple[int, ...], *, flags: bool
) -> bool:
    """Whether a vector tells the mutant from the specification, with the flags or by the codes alone."""
    found = mutant.results(configuration, operands)
    if found is None:
        return True
    compared = len(expected) if flags or configuration.to is None else 1
    return found[:compared] != expected[:compared]
