"""Mutants: explicit small deviations from the specification, each a bug that somebody could build or has built.

A mutant is the specification with one behaviour replaced. A suite of vectors is judged by the mutants that it tells apart from
the specification, and a failing device is diagnosed by the mutants that give its wrong answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ..spec.exact import Exact, is_nan
from ..spec.flags import Flags, Result
from ..spec.formats import Format, Number, Unrepresentable
from ..spec.operands import Outcome
from ..spec.projection import Projection
from .operations import Configuration, decoded

Decode = Callable[[Format, int], Exact]
Operate = Callable[[Configuration, tuple[Exact, ...], "int | None"], Outcome]
Project = Callable[[Projection, Exact, "int | None", Flags], Result]
ChooseNan = Callable[[Projection, Flags, Sequence[Number]], Result]
OnCodes = Callable[[Configuration, Sequence[Number]], Result]


@dataclass(frozen=True)
class Model:
    """The behaviours that an operation is made of: those of one whose result is projected, ``project`` for a number and
    ``choose_nan`` for a NaN, and ``on_codes`` for the others."""

    decode: Decode
    operate: Operate
    project: Project
    choose_nan: ChooseNan
    on_codes: OnCodes
    flushes: bool = True
    """Whether subnormal operands are flushed where the projection says so."""

    def results(self, configuration: Configuration, operands: tuple[int, ...]) -> tuple[int, ...]:
        """The values of the result fields, as ``Configuration.results`` gives them for the specification."""
        codes, draw = operands[: len(configuration.operands)], operands[len(configuration.operands) :]
        to, random = configuration.to, draw[0] if draw else None
        if configuration.described is None:
            return decoded(self.decode(configuration.operands[0], codes[0]))
        numbers = [Number(code, format) for code, format in zip(codes, configuration.operands, strict=True)]
        if to is None:
            result = self.on_codes(configuration, numbers)
        else:
            value, flags = self.operate(configuration, tuple(self._read(to, x) for x in numbers), random)
            result = self.choose_nan(to, flags, numbers) if is_nan(value) else self.project(to, value, random, flags)
        return int(result.code), int(result.flags)

    def _read(self, to: Projection, x: Number) -> Exact:
        """An operand as this model decodes it, flushed where the projection says so."""
        if self.flushes and to.subnormals != "keep" and to.read(x) != x.exact:
            return to.read(x)
        return self.decode(x.format, x.code)


def _decode(format: Format, code: int) -> Exact:
    return format.decode(code)


def _operate(configuration: Configuration, data: tuple[Exact, ...], draw: int | None) -> Outcome:
    return configuration.outcome(data, draw)


def _project(to: Projection, x: Exact, draw: int | None, flags: Flags) -> Result:
    return to(x, draw, flags)


def _choose_nan(to: Projection, flags: Flags, operands: Sequence[Number]) -> Result:
    return to.nan_result(flags, operands)


def _on_codes(configuration: Configuration, operands: Sequence[Number]) -> Result:
    assert configuration.described is not None, "decode has no operation"
    return configuration.described(*operands)


class Behaving(Protocol):
    """What answers a vector: the model of an operation, or a procedure that runs otherwise."""

    def results(self, about: Any, operands: tuple[int, ...], /) -> tuple[int, ...]:
        """The values of the result fields; ``Unrepresentable`` where there are none."""


REFERENCE = Model(_decode, _operate, _project, _choose_nan, _on_codes)
"""The specification as a model."""


@dataclass(frozen=True)
class Mutant:
    """A named deviation: what is wrong, and the model that has it."""

    name: str
    sentence: str
    model: Behaving
    applies: Callable[[Any], bool]
    """Whether it can show in vectors of a configuration, or of a procedure with its parameters."""

    def results(self, about: Any, operands: tuple[int, ...]) -> tuple[int, ...] | None:
        """What a device with this bug would answer; ``None`` where it has no answer."""
        try:
            return self.model.results(about, operands)
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
    choose_nan: ChooseNan | None = None,
    on_codes: OnCodes | None = None,
) -> Mutant:
    """The specification with the given behaviours in place of its own."""
    own = REFERENCE
    model = replace(
        own,
        decode=decode or own.decode,
        operate=operate or own.operate,
        project=project or own.project,
        choose_nan=choose_nan or own.choose_nan,
        on_codes=on_codes or own.on_codes,
    )
    return Mutant(name, sentence, model, applies)


def without_flush(name: str, sentence: str, applies: Callable[[Configuration], bool]) -> Mutant:
    """The specification with subnormal operands that are never flushed."""
    return Mutant(name, sentence, replace(REFERENCE, flushes=False), applies)


def killed(mutant: Mutant, about: Any, operands: tuple[int, ...], expected: tuple[int, ...], *, flags: bool) -> bool:
    """Whether a vector tells the mutant from the specification, with the flags or by the codes alone."""
    found = mutant.results(about, operands)
    if found is None:
        return True
    compared = about.compared(flags=flags)
    return found[:compared] != expected[:compared]
