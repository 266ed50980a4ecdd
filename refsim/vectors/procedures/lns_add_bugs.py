"""Known bugs of addition in the logarithmic number system, and the published configurations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...spec.flags import Flags
from ...spec.formats import Number
from ...spec.lns import Adder, CorrectionTable, lns_add, logarithm, with_logarithm
from ..mutants import Mutant
from .lns_add import PARAMETERS, adder_of, candidates, clauses, explain, numbers, operands, results, run
from .procedure import Parameters, Procedure, Run, Values, bug, mistaken

Add = Callable[[Number, Number, Adder], tuple[int, Flags]]
"""An addition."""


def _signed(parameters: Parameters, values: Values) -> tuple[Number, Number]:
    """The operands of the sum: of a difference the second one has its sign bit changed."""
    x, y = numbers(parameters, values)
    flip = 1 << y.format.width - 1 if parameters["operation"] == "subtract" else 0
    return x, Number(y.code ^ flip, y.format)


def _adding(add: Add) -> Run:
    """A device that adds otherwise."""

    def wrong(parameters: Parameters, values: Values) -> Values:
        code, flags = add(*_signed(parameters, values), adder_of(parameters))
        return code, int(flags)

    return wrong


def _with(change: Callable[[CorrectionTable], CorrectionTable]) -> Run:
    """A device whose tables are others."""
    return _adding(lambda x, y, adder: lns_add(x, y, Adder(change(adder.sums), change(adder.differences), adder.end)))


def _first_is_greater(x: Number, y: Number, adder: Adder) -> tuple[int, Flags]:
    """The first operand is taken for the greater one."""
    a, b = logarithm(x), logarithm(y)
    if a.zero or b.zero or a.steps >= b.steps or (a.negative != b.negative and a.steps == b.steps):
        return lns_add(x, y, adder)
    table = adder.sums if a.negative == b.negative else adder.differences
    fraction = adder.check(x.format).fraction
    return with_logarithm(a.negative, a.steps + table.correction(b.steps - a.steps, fraction), x.format, adder.end)


def _sign_of_first(x: Number, y: Number, adder: Adder) -> tuple[int, Flags]:
    """The sign is that of the first operand."""
    code, flags = lns_add(x, y, adder)
    if logarithm(x).zero or logarithm(y).zero or not x.format.point(code)[1]:
        return code, flags
    return x.format.code(x.format.point(x.code)[0], x.format.point(code)[1]), flags


def _no_differences(x: Number, y: Number, adder: Adder) -> tuple[int, Flags]:
    """Signs are not compared: the table of sums is always read."""
    return lns_add(x, y, adder._replace(differences=adder.sums))


def _no_cancellation(x: Number, y: Number, adder: Adder) -> tuple[int, Flags]:
    """Opposite numbers are not told apart from others: their difference is read from the table."""
    a, b = logarithm(x), logarithm(y)
    if a.zero or b.zero or a.negative == b.negative or a.steps != b.steps:
        return lns_add(x, y, adder)
    fraction = adder.check(x.format).fraction
    return with_logarithm(a.negative, a.steps + adder.differences.correction(0, fraction), x.format, adder.end)


def _zeros_unread(x: Number, y: Number, adder: Adder) -> tuple[int, Flags]:
    """The zero flag of an operand is not looked at."""
    flag = 1 << x.format.width - 2
    return lns_add(Number(x.code & ~flag, x.format), Number(y.code & ~flag, y.format), adder)


def _least_for_zero(x: Number, y: Number, adder: Adder) -> tuple[int, Flags]:
    """The least number stands for a logarithm below the least one."""
    code, flags = lns_add(x, y, adder)
    negative, n = x.format.point(code)
    return (x.format.code(negative, 1) if Flags.UNDERFLOW in flags and n == 0 else code), flags


def _zero_flag_alone(x: Number, y: Number, adder: Adder) -> tuple[int, Flags]:
    """The zero of a sum that cancels has the sign of the first operand."""
    code, flags = lns_add(x, y, adder)
    negative, n = x.format.point(code)
    cancelled = n == 0 and not negative and not logarithm(x).zero and Flags.UNDERFLOW not in flags
    return (x.format.code(x.format.point(x.code)[0], 0) if cancelled else code), flags


def _past_the_end(table: CorrectionTable) -> CorrectionTable:
    """Past the end of the table its last entry is taken."""
    last = table.entries[-1:] or (0,)
    return replace(table, entries=table.entries + last * (1 << 12))


def _shifted(places: int) -> Callable[[CorrectionTable], CorrectionTable]:
    """Entries looked up so many places farther on."""
    return lambda table: replace(table, entries=table.entries[places:])


def _smaller(table: CorrectionTable) -> CorrectionTable:
    """Each entry one unit lower."""
    return replace(table, entries=tuple(entry - 1 for entry in table.entries))


def _ends_early(parameters: Parameters) -> bool:
    """The table ends before its corrections are zero."""
    adder = adder_of(parameters)
    return any(table.entries[-1:] not in {(), (0,)} for table in (adder.sums, adder.differences))


def _never_underflows(parameters: Parameters) -> bool:
    return parameters["end"] == "saturate"


def _cuts(parameters: Parameters) -> bool:
    """An entry that is cut off is another than the rounded one."""
    cut = {**parameters, "rounding": "toward_zero"}
    return adder_of(parameters) != adder_of(cut)


def _subtracts(parameters: Parameters) -> bool:
    return parameters["operation"] == "subtract"


def _mutants() -> tuple[Mutant, ...]:
    rows: tuple[tuple[str, str, Run, Callable[[Parameters], bool]], ...] = (
        ("first-greater", "the first operand is taken for the greater one", _adding(_first_is_greater), lambda _: True),
        ("sign-of-first", "the sign is that of the first operand", _adding(_sign_of_first), lambda _: True),
        ("sums-only", "the table of sums is read for differences too", _adding(_no_differences), lambda _: True),
        ("no-cancellation", "opposite numbers do not give zero", _adding(_no_cancellation), lambda _: True),
        ("zero-flag-ignored", "the zero flag of operands is not looked at", _adding(_zeros_unread), lambda _: True),
        ("least-for-zero", "what is too small becomes the least number", _adding(_least_for_zero), _never_underflows),
        ("sign-of-zero", "a sum that cancels has the sign of the first operand", _adding(_zero_flag_alone), lambda _: True),
        ("last-entry-goes-on", "past the end of the table its last entry is taken", _with(_past_the_end), _ends_early),
        ("index-one-more", "the entry after the right one is read", _with(_shifted(1)), lambda _: True),
        ("entry-one-less", "each entry is one unit lower", _with(_smaller), lambda _: True),
        (
            "entries-cut",
            "entries are cut off and not rounded",
            lambda parameters, values: run({**parameters, "rounding": "toward_zero"}, values),
            _cuts,
        ),
        (
            "adds",
            "the sign of the second operand is not changed",
            lambda parameters, values: run({**parameters, "operation": "add"}, values),
            _subtracts,
        ),
    )
    return (
        *(bug(f"lns.{name}", sentence, wrong, applies) for name, sentence, wrong, applies in rows),
        mistaken("lns.wraps", "a logarithm past the ends wraps", run, "end", "wrap", ("saturate",)),
        mistaken("lns.saturates", "a logarithm past the ends saturates", run, "end", "saturate", ("wrap",)),
    )


_PLAIN = {
    "operation": "add",
    "format": "lns4.3",
    "table": "40:3:3",
    "rounding": "ties_to_even",
    "cell": "low",
    "end": "saturate",
}
PUBLISHED = (
    _PLAIN,
    {**_PLAIN, "operation": "subtract"},
    {**_PLAIN, "end": "wrap"},
    {**_PLAIN, "table": "12:1:3", "cell": "middle"},
    {**_PLAIN, "format": "lns6.10", "table": "64:3:8", "cell": "middle"},
    {**_PLAIN, "rounding": "toward_zero", "table": "16:3:3"},
)

LNS_ADD = Procedure(
    "lns_add",
    "two numbers of the logarithmic number system added or subtracted through tables of corrections",
    PARAMETERS,
    operands,
    results,
    run,
    clauses,
    candidates,
    _mutants(),
    PUBLISHED,
    explain,
)
