"""What a procedure is: an operation with named parameters, that takes and gives any number of fields.

An operation of the specification's table has operands, a projection and one result. Quantizing a block, requantizing an
accumulator, packing codes into memory or moving a shared exponent has other inputs and several results; a procedure says in
data which, so that golden vectors of it are files like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ...spec.formats import Format
from ..fields import Field
from ..mutants import Mutant

Parameters = Mapping[str, str]
"""The value of each parameter, as it stands in files and on the command line."""
Values = tuple[int, ...]
"""The values of fields, in order."""
Run = Callable[[Parameters, Values], Values]
"""From parameters and the values of the operand fields to those of the result fields."""
Fields = Callable[[Parameters], Iterable[Field]]
"""The fields that go with parameters."""
LONGEST = 110
"""The characters of a file's name, but for tier and suffix."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a procedure: its name, what it chooses, and the values that it may have where they are few."""

    name: str
    sentence: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Procedure:
    """A procedure: its parameters, its fields, and ``run``, which asks the specification.

    ``clauses`` are those that its results show. ``candidates`` gives the operands of the edge tier, each with the name of its
    class; ``mutants`` are the known bugs; ``published`` the parameters of the suites that are published. ``explain`` writes a
    vector for people; ``label`` gives what tells parameters apart in the name of a file. ``run`` raises ``Unrepresentable``
    where the specification has no result.
    """

    name: str
    sentence: str
    parameters: tuple[Parameter, ...]
    operands: Fields
    results: Fields
    run: Run
    clauses: Callable[[Parameters], tuple[str, ...]]
    candidates: Callable[[Parameters], Iterator[tuple[str, Values]]]
    mutants: tuple[Mutant, ...]
    published: tuple[Parameters, ...]
    explain: Callable[[Parameters, Values, Values], str] = lambda parameters, operands, results: ""  # noqa: ARG005
    label: Callable[[Parameters], Iterable[str]] = lambda parameters: parameters.values()

    def __reduce__(self) -> tuple[Callable[[str], Procedure], tuple[str]]:
        """To another process a procedure goes by its name: functions do not travel."""
        from . import get_procedure  # noqa: PLC0415 the table of procedures holds this one

        return get_procedure, (self.name,)

    def check(self, parameters: Parameters) -> None:
        """``ValueError`` for a parameter that is missing, unknown, or has none of the values that it may have."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in parameters:
            if name not in known:
                raise ValueError(f"{self.name} has no parameter {name!r}; its parameters are {', '.join(known)}")
        for name, parameter in known.items():
            if name not in parameters:
                choices = f", one of {', '.join(parameter.choices)}" if parameter.choices else ""
                raise ValueError(f"{self.name} needs the parameter {name}: {parameter.sentence}{choices}")
            if parameter.choices and parameters[name] not in parameter.choices:
                raise ValueError(f"{name} {parameters[name]!r} of {self.name} is none of {', '.join(parameter.choices)}")


@dataclass(frozen=True)
class Applied:
    """A procedure with its parameters: what the vectors of one file are about. ``ValueError`` for ones that do not fit."""

    procedure: Procedure
    given: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        self.procedure.check(self.parameters)
        if len(self.given) != len(self.parameters):
            raise ValueError(f"{self.procedure.name} is given a parameter twice")

    def __hash__(self) -> int:
        return hash((self.procedure.name, self.given))

    @property
    def operation(self) -> str:
        """The name of the procedure."""
        return self.procedure.name

    @property
    def parameters(self) -> Parameters:
        """The value of each parameter."""
        return dict(self.given)

    @property
    def operand_fields(self) -> tuple[Field, ...]:
        """The operands."""
        return tuple(self.procedure.operands(self.parameters))

    @property
    def result_fields(self) -> tuple[Field, ...]:
        """The results."""
        return tuple(self.procedure.results(self.parameters))

    @property
    def operands(self) -> tuple[Format, ...]:
        """The formats of the operands that are codes, each once."""
        return tuple(dict.fromkeys(field.format for field in self.operand_fields if field.format is not None))

    def results(self, operands: Values) -> Values:
        """What the specification says of the operands: the values of the result fields."""
        return self.procedure.run(self.parameters, operands)

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that the results show, the one that decides most first."""
        return self.procedure.clauses(self.parameters)

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """The lines of a header that tell it from other configurations of the procedure."""
        return (("parameters", " ".join(f"{name}={value}" for name, value in self.given)),) if self.given else ()

    @property
    def identity(self) -> str:
        """What the ids of its vectors hash in front of the operands."""
        return f"{self.operation}|{','.join(map(str, self.operand_fields))}|{dict(self.said).get('parameters', '')}|"

    @property
    def title(self) -> str:
        """The procedure and its parameters in one line."""
        return " ".join([self.operation, *(f"{name}={value}" for name, value in self.given)])

    @property
    def path(self) -> str:
        """Where its files lie in the folder of vectors, but for tier and suffix."""
        name = ".".join(_in_a_path(part) for part in self.procedure.label(self.parameters)) or "all"
        if len(name) > LONGEST:
            digest = sha256(self.identity.encode()).hexdigest()[:8]
            name = f"{name[: LONGEST - 9].rstrip('-.')}-{digest}"
        return f"{self.operation}/{name}"

    def compared(self, *, flags: bool) -> int:
        """How many of the result fields a verification compares: all but the flags, which come last, or those too."""
        names = [field.name for field in self.result_fields]
        return len(names) if flags or names[-1] != "flags" else len(names) - 1


def _in_a_path(value: str) -> str:
    return "".join(c if c.isalnum() or c in "_-." else "-" for c in value)


def applied(procedure: Procedure, parameters: Parameters) -> Applied:
    """A procedure with parameters in the order in which it names them."""
    procedure.check(parameters)
    return Applied(procedure, tuple((parameter.name, parameters[parameter.name]) for parameter in procedure.parameters))


@dataclass(frozen=True)
class Running:
    """The model of a bug: a procedure that runs otherwise."""

    run: Run

    def results(self, about: Applied, operands: Values) -> Values:
        """What a device with the bug answers."""
        return self.run(about.parameters, operands)


def bug(name: str, sentence: str, run: Run, applies: Callable[[Parameters], bool] = lambda _: True) -> Mutant:
    """A mutant that runs otherwise than the specification."""
    return Mutant(name, sentence, Running(run), lambda about: applies(about.parameters))


def mistaken(name: str, sentence: str, run: Run, parameter: str, wrong: str, right: tuple[str, ...]) -> Mutant:
    """A mutant that takes one value of a parameter where others are asked for: the procedure itself, told wrongly."""

    def told(parameters: Parameters, operands: Values) -> Values:
        return run({**parameters, parameter: wrong}, operands)

    return bug(name, sentence, told, lambda parameters: parameters[parameter] in right)
