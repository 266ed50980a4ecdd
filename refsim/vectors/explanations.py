"""What a vector asks and what decides its result, in words: for remarks and for reports."""

from __future__ import annotations

from fractions import Fraction

from ..spec.exact import Exact, Special, is_infinite, is_nan, is_negative, is_zero, magnitude
from ..spec.flags import Flags
from ..spec.formats import Number
from ..spec.operands import Setting, integer
from ..spec.operations import Operation
from ..spec.projection import Projection
from ..spec.scaling import reduced
from ..spec.text import exact_text
from .operations import Configuration


def clause_of(configuration: Configuration, operands: tuple[int, ...]) -> str:
    """The clause that decides the result of these operands."""
    described, to = configuration.described, configuration.to
    if described is None:
        return "format/decode"
    if to is None:
        return described.clauses[0]
    codes, draw = operands[: len(configuration.operands)], operands[len(configuration.operands) :]
    numbers = [Number(code, format) for code, format in zip(codes, configuration.operands, strict=True)]
    data = [to.read(x) for x in numbers]
    exact, raised = configuration.outcome(data, *draw)
    if is_nan(exact):
        return _nan_clause(described, to, data)
    if is_infinite(exact):
        return _infinity_clause(described, to, raised)
    if any(a != b for a, b in zip(data, (x.exact for x in numbers), strict=True)):
        return "project/flush-inputs"
    if is_zero(exact):
        vanished = "arithmetic/zero-sign" in described.clauses and not all(map(is_zero, data))
        return "arithmetic/zero-sign" if vanished else _special_clause(described)
    m, negative = magnitude(exact), is_negative(exact)
    n, gap = to.round(m, negative, draw[0] if draw else 0)
    if to.is_flushed(m, gap):
        return "project/flush-outputs"
    if not to.format.first <= n <= to.overflow.limit(to.format, negative):
        return f"overflow/{to.overflow.name.replace('_', '-')}"
    return f"round/{to.rounding.name.partition(':')[0].replace('_', '-')}" if gap.t else described.clauses[0]


def _nan_clause(described: Operation, to: Projection, data: list[Exact]) -> str:
    if to.overflow.nan is not None:
        return f"overflow/{to.overflow.name.replace('_', '-')}"
    if not any(map(is_nan, data)):
        return _special_clause(described)
    if to.nan in {"x86", "arm"}:
        return f"nan/{to.nan}"
    if described.name == "convert":
        return "format/special"
    return "arithmetic/nan" if "arithmetic/nan" in described.clauses else described.clauses[0]


def _infinity_clause(described: Operation, to: Projection, raised: Flags) -> str:
    if described.name == "convert" or to.overflow.name != "infinity":
        return f"overflow/{to.overflow.name.replace('_', '-')}"
    if Flags.INFINITE in raised and "arithmetic/pole" in described.clauses:
        return "arithmetic/pole"
    return _special_clause(described)


ELEMENTARY = ("arithmetic/", "function/", "activation/")
"""The chapters in which the second clause of an operation is about its special cases."""


def _special_clause(described: Operation) -> str:
    """The clause of the data that are no numbers, and of zeros: the second one of operations that have several."""
    tags = described.clauses
    second = len(tags) > 1 and tags[0].startswith(ELEMENTARY) and tags[1] != "arithmetic/nan"
    return tags[1] if second else tags[0]


def place_text(to: Projection, exact: Exact) -> str:
    """Where an exact result lies among the numbers of the format."""
    if isinstance(exact, Special):
        return ""
    negative, m = is_negative(exact), magnitude(exact)
    grid, limit = to.format.grid, to.format.limit(negative)
    n = grid.floor(m)
    if n > limit or (n == limit and m != grid.magnitude(n)):
        end = to.format.grid.magnitude(limit)
        return f"past the last number, {exact_text(-end if negative else end)}"
    low, high = grid.magnitude(n), grid.magnitude(n + 1)
    if m == low:
        return "a number of the format"
    t = to.place_above(n, m)
    bounds = [exact_text(-x if negative and x else x) for x in (low, high)]
    side = "more" if 2 * t > 1 else "less"
    part = f", {short_text(t)} of it," if isinstance(m, Fraction) and short_text(t) else ""
    place = "halfway" if 2 * t == 1 else f"{side} than half the way{part}"
    return f"{place} from {bounds[0]} to {bounds[1]}, the lower one {'odd' if to.format.is_odd(n) else 'even'}"


def is_told(configuration: Configuration, operands: tuple[int, ...], exact: Exact) -> bool:
    """Whether the exact result is the number itself: one that no memory holds is replaced by the specification with another
    that no result tells from it."""
    described, to = configuration.described, configuration.to
    if described is None or to is None or isinstance(exact, Special):
        return True
    fields = zip(described.roles, operands, configuration.operands, strict=False)
    exponents = [format.decode(code) for role, code, format in fields if role in described.exponents]
    if exponents and reduced(Setting(configuration.operands, to), *exponents) != [integer(x) for x in exponents]:
        return False
    beyond = "function/beyond" in described.clauses and isinstance(exact, Fraction)
    return not (beyond and magnitude(exact) > to.format.grid.magnitude(to.format.limit(is_negative(exact))))


def exact_shown(configuration: Configuration, operands: tuple[int, ...], exact: Exact) -> str:
    """The exact result as text that fits a line; nothing where it does not, and where it is not the number itself."""
    return short_text(exact) if is_told(configuration, operands, exact) else ""


LONG = 40
"""The characters of a number that still fits a remark."""


def short_text(x: Exact) -> str:
    """The number as text; nothing for an irrational one, and for one that would take more than a line to write."""
    if not isinstance(x, Special | Fraction) or (isinstance(x, Fraction) and _is_long(x)):
        return ""
    text = exact_text(x)
    return text if len(text) <= LONG else ""


def _is_long(x: Fraction) -> bool:
    """Whether the digits of a number would go on and on, told without writing them."""
    dyadic = x.denominator & x.denominator - 1 == 0
    digits = x.numerator.bit_length() - (x.numerator & -x.numerator).bit_length() if dyadic else x.numerator.bit_length()
    return digits > 4 * LONG or (not dyadic and x.denominator.bit_length() > 4 * LONG)


def written(configuration: Configuration, operands: tuple[int, ...]) -> str:
    """The operation on the values of its operands."""
    described, texts = configuration.described, [exact_text(x) for x in configuration.data(operands)]
    if described is None:
        return texts[0]
    if not described.roles:
        half = len(texts) // 2
        return f"({', '.join(texts[:half])}) . ({', '.join(texts[half:])})"
    return described.template.format(*texts)
