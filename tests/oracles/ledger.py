"""The ledger of the peers' known deviations: ``ledger.toml``, and what each entry explains."""

import ast
import operator
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path

import numpy as np

from refsim import Projection, get_format
from refsim.spec.exact import Exact, is_infinite, is_nan, is_negative, magnitude, power_of_two

from .compare import SPECIAL, Case, exact, to_float

ERRORS = ("ValueError", "OverflowError", "Unrepresentable")
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def number(text: str) -> Exact:
    """The exact number that an entry writes as ``nan``, ``inf``, ``-inf``, ``-0`` or in the way of ``1 + 3/2*2**-40``."""
    return SPECIAL[text] if text in SPECIAL else _evaluate(ast.parse(text, mode="eval").body)


def _evaluate(node: ast.expr) -> Fraction:
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    if isinstance(node, ast.UnaryOp):
        return -_evaluate(node.operand)
    return Fraction(node.value)


def outcome(text: str) -> Exact | str:
    """The number that came out, or the name of the error."""
    return text if text in ERRORS else number(text)


def size(x: Exact | str) -> Fraction | float:
    """The magnitude of a datum, with infinity for the infinities; nothing compares with that of a NaN or an error."""
    if isinstance(x, str) or is_nan(x):
        return float("nan")
    return float("inf") if is_infinite(x) else magnitude(x)


def through_binary32(x: Exact) -> Exact:
    """The number rounded to binary32."""
    to = Projection("binary32", "ties_to_even", "infinity")
    return to.format.decode(to(x).code)


def lies_below(case: Case) -> bool:
    """The number is nearer to zero than the first number of the format."""
    return size(case.x) < case.trial.format.grid.magnitude(case.trial.format.first)


def lies_in_bottom_binade(case: Case) -> bool:
    """The number is between the first number of the format and the next."""
    grid, first = case.trial.format.grid, case.trial.format.first
    return grid.magnitude(first) < size(case.x) < grid.magnitude(first + 1)


def lies_beyond_binary64(case: Case) -> bool:
    """The number itself is none of binary64's."""
    try:
        return Fraction(float(case.x)) != case.x
    except OverflowError:
        return True


def widens(case: Case) -> bool:
    """Neither the exponent nor the fraction has fewer bits in the result than in the source."""
    old, new = get_format(case.trial.source), case.trial.format
    more = new.grid.precision - old.grid.precision
    return 0 <= more <= new.width - old.width


def lies_below_least_normal(case: Case) -> bool:
    """The number lies below the least normal number of the format, and is not zero."""
    return 0 < size(case.x) < power_of_two(case.trial.format.grid.emin)


def lies_past_the_end(case: Case) -> bool:
    """The number lies past the last number of the format."""
    grid, last = case.trial.format.grid, case.trial.format.limit(is_negative(case.x))
    return grid.magnitude(last) < size(case.x) < float("inf")


def rounds_up_to_least_normal(case: Case) -> bool:
    """A number below the least normal one rounds to it, and the peer's result reads as zero."""
    least = power_of_two(case.trial.format.grid.emin)
    return size(case.x) < least == size(case.want) and size(case.got) == 0


def rounds_up_to_power_of_two(case: Case) -> bool:
    """A number rounds to a subnormal power of two, and the peer gives the least normal number."""
    least, want = power_of_two(case.trial.format.grid.emin), size(case.want)
    return size(case.x) < want < least == size(case.got) and want.numerator == 1


def is_tie_away(case: Case) -> bool:
    """The peer took the farther neighbour of a number that is in the middle, or is brought there by binary32."""
    to = Projection(case.trial.format, "ties_to_away", case.trial.to.overflow)
    return case.got == to.format.decode(to(through_binary32(case.x)).code)


def is_rounded_twice(case: Case) -> bool:
    """Rounding to binary32 first gives what the peer gave."""
    return not is_nan(case.x) and case.got == case.trial.format.decode(case.trial.to(through_binary32(case.x)).code)


def is_next_binary64(case: Case) -> bool:
    """The peer gave what belongs to the next binary64 number away from zero."""
    away = exact(np.nextafter(to_float(case.x), -np.inf if is_negative(case.x) else np.inf))
    return case.got == case.trial.format.decode(case.trial.to(away, case.draw).code)


CONDITIONS: dict[str, Callable[[Case], bool]] = {
    "nan": lambda case: is_nan(case.x),
    "negative": lambda case: is_negative(case.x),
    "below-first": lies_below,
    "bottom-binade": lies_in_bottom_binade,
    "beyond-binary64": lies_beyond_binary64,
    "widens": widens,
    "below-least-normal": lies_below_least_normal,
    "past-the-end": lies_past_the_end,
    "up-to-least-normal": rounds_up_to_least_normal,
    "up-to-power-of-two": rounds_up_to_power_of_two,
    "tie-away": is_tie_away,
    "twice-through-binary32": is_rounded_twice,
    "next-binary64": is_next_binary64,
    "made-infinite": lambda case: is_infinite(case.got),
    "refused": lambda case: case.got in ERRORS,
}
"""What an entry can ask of a case by name."""


@dataclass(frozen=True)
class Covers:
    """The cases that an entry explains: patterns of names, and conditions that must all hold."""

    when: list[str]
    operations: list[str]
    formats: list[str]
    roundings: list[str] = field(default_factory=lambda: ["*"])
    sources: list[str] = field(default_factory=lambda: ["*"])


@dataclass(frozen=True)
class Deviation:
    """An entry: what a version of a peer gives for the smallest input that shows it, what the specification gives, the clause
    that decides, and which other cases the entry explains."""

    name: str
    peer: str
    version: str
    operation: str
    source: str
    input: str
    peer_gives: str
    specification_gives: str
    clause: str
    why: str
    format: str | None = None
    rounding: str | None = None
    overflow: str | None = None
    draw: int | None = None
    mode: str | None = None
    covers: Covers | None = None

    @property
    def to(self) -> Projection:
        """The projection that the peer was asked for; decoding has none."""
        return Projection(self.format, self.rounding, self.overflow)

    def explains(self, case: Case) -> bool:
        """Whether a difference is this deviation."""
        trial, covers = case.trial, self.covers
        if covers is None or trial.peer != self.peer:
            return False
        rounding = trial.to.rounding.name if trial.to else ""
        names = (
            (trial.operation, covers.operations),
            (trial.format.name, covers.formats),
            (trial.source, covers.sources),
            (rounding, covers.roundings),
        )
        matches = all(any(fnmatch(name, pattern) for pattern in patterns) for name, patterns in names)
        return matches and all(CONDITIONS[condition](case) for condition in covers.when)


def _entry(table: dict) -> Deviation:
    covers = table.pop("covers", None)
    return Deviation(**table, covers=Covers(**covers) if covers else None)


LEDGER = [_entry(table) for table in tomllib.loads(Path(__file__).with_name("ledger.toml").read_text("utf-8"))["deviation"]]
"""All entries."""
