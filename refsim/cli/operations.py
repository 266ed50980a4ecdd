"""Commands about operations: which there are, and what one of them gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import click

from ..clauses import clauses
from ..spec.catalogue import get_format
from ..spec.exact import Exact, Special, is_negative, magnitude
from ..spec.flags import Flags
from ..spec.formats import Format, Number
from ..spec.operations import OPERATIONS, Kind, Operation, get_operation
from ..spec.projection import Projection
from ..spec.text import exact_text, parse_exact
from ..vectors.explanations import clause_of, is_told, place_text, written
from ..vectors.operations import Configuration
from .numbers import code_text, is_code, neighbours, parse_code, parse_draw, projection, projection_options

RESULTS = {
    Kind.NUMBER: "a projected number",
    Kind.CODE: "a code of the first operand's format",
    Kind.TRUTH: "true or false",
    Kind.CLASS: "a class",
}
LONG = 1000
"""Numbers of more bits are not written out."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the clauses of each operation.")
def operations(as_json: bool) -> None:
    """List the operations by chapter of the specification: what each takes, how it is written, and what it gives.

    \b
    Example: refsim operations --json
    """
    listed = [_operation_facts(operation) for operation in OPERATIONS.values()]
    chapters = dict.fromkeys(facts["chapter"] for facts in listed)
    listed.sort(key=lambda facts: list(chapters).index(facts["chapter"]))
    if as_json:
        click.echo(json.dumps(listed, indent=1))
        return
    width = max(len(facts["name"]) for facts in listed) + 2
    for number, chapter in enumerate(chapters):
        click.echo(("\n" if number else "") + chapter)
        for facts in listed:
            if facts["chapter"] == chapter:
                result = "" if facts["result"] == Kind.NUMBER.value else f"  ({RESULTS[Kind(facts['result'])]})"
                click.echo(f"  {facts['name']:<{width}}{facts['written']}{result}")


def _operation_facts(operation: Operation) -> dict[str, Any]:
    vectors = "(a0, a1, ...) . (b0, b1, ...)"
    return {
        "name": operation.name,
        "chapter": clauses()[operation.clauses[0]].module.rpartition(".")[2],
        "result": operation.kind.value,
        "operands": list(operation.roles) or ["a0", "a1", "...", "b0", "b1", "..."],
        "exponents": list(operation.exponents),
        "written": operation.template.format(*operation.roles) if operation.roles else vectors,
        "clauses": list(operation.clauses),
    }


@click.command()
@click.argument("name", metavar="OPERATION")
@click.argument("operands", metavar="FORMAT:CODE_OR_VALUE...", nargs=-1, required=True)
@click.option("--to", "format_name", help="The result's format, where the result is a projected number.")
@projection_options(required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compute(
    name: str, operands: tuple[str, ...], format_name: str | None, draw: str | None, as_json: bool, **options: str | None
) -> None:
    """Carry out one operation, and show what decides its result.

    An operand is its format with a code, 0x7e or 0b01111110, or with a value that the format has: 0.25, 3/8, 0x1.8p-3, -inf,
    nan. An operation whose result is a projected number needs --to, --rounding and --overflow; the others take no such option.
    A dot product takes all numbers of the first vector, then all of the second.

    \b
    Examples: refsim compute sqrt binary16:2 --to binary16 --rounding toward_zero --overflow infinity
              refsim compute scale_b float8_e5m2:0x3d int8:-20 --to float8_e5m2 --rounding RNE --overflow infinity
              refsim compute next_up bfloat16:0x3f80
    """
    operation, random = get_operation(name), parse_draw(draw)
    to = _projection(operation, to=format_name, draw=draw, **options)
    operation.roles_of(len(operands))
    numbers = tuple(parse_operand(text) for text in operands)
    facts = _result_facts(operation, numbers, to, random)
    click.echo(json.dumps(facts, indent=1) if as_json else "\n".join(_lines(facts)))


def _projection(operation: Operation, **options: str | None) -> Projection | None:
    given = {name: value for name, value in options.items() if value is not None}
    if operation.kind is not Kind.NUMBER:
        if given:
            raise ValueError(f"{operation} takes no {', '.join(f'--{name}' for name in given)}: its result is not projected")
        return None
    missing = [f"--{name}" for name in ("to", "rounding", "overflow") if name not in given]
    if missing:
        raise ValueError(f"{operation} gives a projected number and needs {', '.join(missing)}")
    given.pop("draw", None)
    return projection(given.pop("to"), given.pop("rounding"), given.pop("overflow"), **given)


def parse_operand(text: str) -> Number:
    """An operand from its format and a code or a value; ``ValueError`` with the neighbours for a value that is none of its."""
    name, colon, what = text.partition(":")
    if not colon:
        raise ValueError(f"operand {text!r} must be a format with a code or a value, as in float8_e4m3fn:0x31 or int8:-3")
    return Number(exact_code(what, get_format(name)), get_format(name))


def exact_code(what: str, format: Format) -> int:
    """The code in a text, or the code of the value in it, which must be one of the format's; ``ValueError`` otherwise."""
    if is_code(what):
        return parse_code(what, format)
    value = parse_exact(what)
    codes = neighbours(format, value)
    if len(codes) == 1 and format.decode(codes[0]) == value:
        return codes[0]
    beside = " and ".join(f"{exact_text(format.decode(code))} ({code_text(format, code)})" for code in codes)
    raise ValueError(f"{what} is no datum of {format}, and an operand is never rounded; beside it: {beside}")


def _result_facts(operation: Operation, numbers: tuple[Number, ...], to: Projection | None, draw: int | None) -> dict[str, Any]:
    result = operation(*numbers, to=to, draw=draw)
    asked = Configuration(operation.name, tuple(x.format for x in numbers), to)
    codes = (*(x.code for x in numbers), *([] if draw is None else [draw]))
    field, tag = asked.result_fields[0], clause_of(asked, codes)
    exact, place = _exact_facts(asked, codes)
    return {
        "operation": operation.name,
        "operands": list(_operand_facts(operation, numbers, to)),
        "draw": None if draw is None else f"{draw:#x}",
        "written": written(asked, codes),
        "exact": exact,
        "place": place,
        "result": {
            "format": field.format.name if field.format else None,
            "code": code_text(field.format, result.code) if field.format else str(result.code),
            "value": exact_text(field.format.decode(result.code)) if field.format else field.words[result.code],
        },
        "flags": list(Flags(result.flags).names()),
        "decides": {"clause": tag, "text": clauses()[tag].plain},
        "clauses": list(operation.clauses),
    }


def _operand_facts(operation: Operation, numbers: tuple[Number, ...], to: Projection | None) -> Iterator[dict[str, Any]]:
    for role, x in zip(operation.roles_of(len(numbers)), numbers, strict=True):
        read = to.read(x) if to else x.exact
        yield {
            "role": role,
            "format": x.format.name,
            "code": code_text(x.format, x.code),
            "value": exact_text(x.exact),
            "read_as": None if read == x.exact else exact_text(read),
        }


def _exact_facts(asked: Configuration, codes: tuple[int, ...]) -> tuple[str | None, str | None]:
    """The exact result as text, and its place among the numbers of the result's format; ``None`` for what is not told."""
    if asked.to is None:
        return None, None
    exact = asked.exact(codes)
    if isinstance(exact, Special):
        return exact_text(exact), None
    if is_told(asked, codes, exact):
        return _written_out(exact), place_text(asked.to, exact)
    beyond = magnitude(exact) > asked.to.format.grid.magnitude(asked.to.format.limit(is_negative(exact)))
    return None, place_text(asked.to, exact) if beyond else None


def _written_out(exact: Exact) -> str | None:
    """An exact number as text; ``None`` where its digits would fill pages."""
    if isinstance(exact, Fraction):
        return exact_text(exact) if _bits_written(exact) <= LONG else None
    text = exact_text(exact)
    return text if len(text) <= LONG else None


def _bits_written(x: Fraction) -> int:
    """The bits that stand in the text of a number: for a dyadic one those of the significand, for others all of both terms."""
    n, d = abs(x.numerator), x.denominator
    dyadic = d & d - 1 == 0
    return n.bit_length() - (n & -n).bit_length() if dyadic else max(n.bit_length(), d.bit_length())


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    rows = [(x["role"], x["format"], x["code"], x["value"], x["read_as"]) for x in facts["operands"]]
    if facts["draw"]:
        rows.append(("draw", "", facts["draw"], "", None))
    result = facts["result"]
    rows.append(("result", result["format"] or "", result["code"], result["value"], None))
    head, *widths = (max(len("clauses"), *(len(row[0]) for row in rows)), *(max(len(row[i]) for row in rows) for i in (1, 2)))
    lines = [
        f"{role:<{head}}  {format:<{widths[0]}}  {code:<{widths[1]}}  {value}{f', read as {read}' if read else ''}".rstrip()
        for role, format, code, value, read in rows
    ]
    yield from lines[:-1]
    label = "exact" if OPERATIONS[facts["operation"]].kind is Kind.NUMBER else "asked"
    equal = "" if facts["exact"] in {None, facts["written"]} else f" = {facts['exact']}"
    place = f": {facts['place']}" if facts["place"] else ""
    yield f"{label:<{head}}  {facts['written']}{equal}{place}"
    yield lines[-1]
    yield f"{'flags':<{head}}  {' '.join(facts['flags']) or 'none'}"
    yield f"{'decides':<{head}}  {facts['decides']['clause']}: {facts['decides']['text']}"
    yield f"{'clauses':<{head}}  {' '.join(facts['clauses'])}"
