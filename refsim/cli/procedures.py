"""Commands about procedures: which there are, what they are told, and what one of them gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from ..clauses import clauses
from ..vectors.fields import Field
from ..vectors.procedures import PROCEDURES, get_procedure
from ..vectors.procedures.procedure import Applied, Procedure, applied
from ..vectors.reports import result_text
from .operations import exact_code


@click.group()
def procedures() -> None:
    """Operations on and to many codes: quantizing blocks, requantizing, packing, moving exponents."""


@procedures.command(name="list")
@click.argument("names", metavar="[PROCEDURE...]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_procedures(names: tuple[str, ...], as_json: bool) -> None:
    """List the procedures with their parameters, and the values that those may have.

    \b
    Example: refsim procedures list requantize
    """
    found = [get_procedure(name) for name in names] or list(PROCEDURES.values())
    if as_json:
        click.echo(json.dumps([_facts(procedure) for procedure in found], indent=1))
        return
    for number, procedure in enumerate(found):
        click.echo(("\n" if number else "") + f"{procedure.name}: {procedure.sentence}")
        for parameter in procedure.parameters:
            choices = f": {', '.join(parameter.choices)}" if parameter.choices else ""
            click.echo(f"  {parameter.name}  {parameter.sentence}{choices}")


def _facts(procedure: Procedure) -> dict[str, Any]:
    parameters = [{"name": p.name, "sentence": p.sentence, "choices": list(p.choices)} for p in procedure.parameters]
    return {"name": procedure.name, "sentence": procedure.sentence, "parameters": parameters}


@procedures.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", metavar="PROCEDURE")
@click.argument("operands", metavar="OPERAND...", nargs=-1)
@click.option("--set", "settings", metavar="PARAMETER=VALUE", multiple=True, help="A parameter; every one must be given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(name: str, operands: tuple[str, ...], settings: tuple[str, ...], as_json: bool) -> None:
    """Carry out a procedure.

    An operand is a code, 0x7e or 0b01111110, or where the field is a number of a format a value that the format has.

    \b
    Example: refsim procedures run requantize --set model=tflite_single --set result=int8 1000 1073741824 -3 0
    """
    pairs = [_setting(text) for text in settings]
    twice = [key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place])]
    if twice:
        raise ValueError(f"--set {twice[0]} is given twice")
    about = applied(get_procedure(name), dict(pairs))
    fields = about.operand_fields
    if len(operands) != len(fields):
        raise ValueError(f"{about.title} takes {len(fields)} operands, {' '.join(map(str, fields))}; not {len(operands)}")
    values = tuple(_value(text, field) for text, field in zip(operands, fields, strict=True))
    results = about.results(values)
    click.echo(
        json.dumps(_run_facts(about, values, results), indent=1) if as_json else "\n".join(_lines(about, values, results))
    )


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text!r} must be a parameter and its value, as in --set model=gemmlowp")
    return name, value


def _value(text: str, field: Field) -> int:
    if field.format is not None:
        return exact_code(text, field.format)
    try:
        value = int(text, 0)
    except ValueError:
        raise ValueError(f"{field.name} {text!r} is no integer") from None
    if not 0 <= value < 1 << field.bits:
        raise ValueError(f"{field.name} {text} is not in 0..{(1 << field.bits) - 1:#x}, {field.bits} bits")
    return value


def _run_facts(about: Applied, operands: tuple[int, ...], results: tuple[int, ...]) -> dict[str, Any]:
    def columns(fields: tuple[Field, ...], values: tuple[int, ...]) -> dict[str, str]:
        return {field.name: f"{value:#0{field.digits + 2}x}" for field, value in zip(fields, values, strict=True)}

    return {
        "procedure": about.operation,
        "parameters": dict(about.parameters),
        "operands": columns(about.operand_fields, operands),
        "results": columns(about.result_fields, results),
        "explained": about.procedure.explain(about.parameters, operands, results) or None,
        "clauses": list(about.clauses),
    }


def _lines(about: Applied, operands: tuple[int, ...], results: tuple[int, ...]) -> Iterator[str]:
    yield from (result_text(field, value) for field, value in zip(about.operand_fields, operands, strict=True))
    explained = about.procedure.explain(about.parameters, operands, results)
    if explained:
        yield explained
    yield from (result_text(field, value) for field, value in zip(about.result_fields, results, strict=True))
    tag = about.clauses[0]
    yield f"decides {tag}: {clauses()[tag].plain}"
