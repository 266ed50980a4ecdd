"""Commands about formats and single numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import click

from ..engine.views import bits_of, fields_of
from ..spec.block_formats import BLOCK_FORMATS
from ..spec.catalogue import CATALOGUE, GRAMMAR, get_format, p3109_formats
from ..spec.exact import NAN, POSITIVE_INFINITY, Exact, Special, is_negative, magnitude
from ..spec.formats import FloatGrid, Format
from ..spec.nans import POLICIES
from ..spec.projection import SUBNORMALS, TININESS, Projection
from ..spec.text import exact_text, parse_exact


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "everything", is_flag=True, help="List all P3109 formats too.")
def formats(as_json: bool, everything: bool) -> None:
    """List the named formats, and how parametric names are spelled.

    \b
    Example: refsim formats --json
    """
    listed = [entry.format for entry in CATALOGUE] + (list(p3109_formats()) if everything else [])
    if as_json:
        click.echo(json.dumps([_facts(format) for format in listed], indent=1))
        return
    width = max(len(format.name) for format in listed) + 2
    click.echo(f"{'name':<{width}} bits  {'greatest':>12}  {'least normal':>12}  {'least':>12}  specials")
    for format in listed:
        facts = _facts(format)
        row = "  ".join(f"{facts[key] or '':>12}" for key in ("greatest", "least_normal", "least"))
        click.echo(f"{format.name:<{width}} {format.width:>4}  {row}  {' '.join(facts['specials']) or 'none'}")
    click.echo(f"\n{'blocks':<{width}} bits  elements of a block, and scales")
    for block in BLOCK_FORMATS.values():
        tensor = f", {block.tensor} for the tensor" if block.tensor else ""
        click.echo(f"{block.name:<{width}} {block.bits:>4}  {block.size} {block.element}, {block.scale}{tensor}")
    click.echo(f"\nalso, by name: {'; '.join(examples for _, examples, _ in GRAMMAR)}")


def _facts(format: Format) -> dict[str, Any]:
    grid = format.grid
    normal = grid.magnitude(grid.first_normal) if isinstance(grid, FloatGrid) else None
    specials = [d.value for d in (POSITIVE_INFINITY, NAN) if format.canonical(d) is not None]
    return {
        "name": format.name,
        "bits": format.width,
        "greatest": exact_text(grid.magnitude(format.top)),
        "least_normal": exact_text(normal) if normal is not None else None,
        "least": exact_text(grid.magnitude(1)),
        "specials": specials + (["-0"] if format.has_negative_zero else []),
    }


def parse_code(text: str, format: Format) -> int:
    """A code from hexadecimal digits with or without ``0x``, or binary ones behind ``0b``; ``ValueError`` for others."""
    if not re.fullmatch("(0x)?[0-9a-f]+(_[0-9a-f]+)*", text, re.IGNORECASE):
        raise ValueError(f"{text!r} is no code: write it in hexadecimal, or in binary behind 0b")
    binary = re.fullmatch("0b[01_]+", text, re.IGNORECASE)
    return format.check_code(int(text, 2 if binary else 16))


def is_code(text: str) -> bool:
    """Whether a text that may be a code or a value is a code: digits behind 0x or 0b, and no hexadecimal float."""
    plain = text.lower()
    return plain.startswith(("0x", "0b")) and "p" not in plain and "." not in plain


def parse_draw(text: str | None) -> int | None:
    """The random bits of a stochastic rule from hexadecimal digits; ``ValueError`` for others."""
    try:
        return None if text is None else int(text, 16)
    except ValueError:
        raise ValueError(f"{text!r} are no random bits: write them in hexadecimal") from None


def code_text(format: Format, code: int) -> str:
    """A code in as many hexadecimal digits as the format has."""
    return f"0x{code:0{-(-format.width // 4)}x}"


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("format_name", metavar="FORMAT")
@click.argument("what", metavar="CODE_OR_VALUE")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(format_name: str, what: str, as_json: bool) -> None:
    """Show a code's bits, fields and value, or where a value lies among the numbers of a format.

    A code is written 0x7e or 0b01111110; anything else is a value: 0.1, 3/8, 0x1.8p-3, -inf, nan.

    \b
    Examples: refsim show float8_e4m3fn 0x7e
              refsim show float8_e4m3fn 0.3
    """
    format = get_format(format_name)
    value = None if is_code(what) else parse_exact(what)
    codes = [parse_code(what, format)] if value is None else neighbours(format, value)
    shown = [_code_facts(format, code) for code in codes]
    if as_json:
        click.echo(json.dumps({"format": format.name, "asked": what, "codes": shown}, indent=1))
        return
    if value is not None:
        exact = len(codes) == 1 and format.decode(codes[0]) == value
        click.echo(
            f"{exact_text(value)} is {'a datum' if exact else 'no datum'} of {format.name}" + ("" if exact else "; beside it:")
        )
    for facts in shown:
        fields = "  ".join(f"{name} {bits}" for name, bits in facts["fields"].items())
        click.echo(f"{facts['code']}  {facts['bits']}  {facts['value']}  ({fields})")


def _code_facts(format: Format, code: int) -> dict[str, Any]:
    fields = {name: field.bin for name, field in fields_of(code, format).items()}
    bits = bits_of(code, format).bin
    return {"code": code_text(format, code), "bits": bits, "value": exact_text(format.decode(code)), "fields": fields}


def neighbours(format: Format, value: Exact) -> list[int]:
    """The code of a value, or the codes on both sides of it."""
    if isinstance(value, Special):
        if value is Special.NEGATIVE_ZERO:
            return [format.code(format.has_negative_zero, 0)]
        code = format.canonical(value)
        return [format.special(value) if code is None else code]
    negative, m = is_negative(value), magnitude(value)
    n, limit = format.grid.floor(m), format.limit(negative)
    around = [n] if format.grid.magnitude(n) == m else [n, n + 1]
    inside = [format.code(negative, k) for k in around if format.first <= k <= limit]
    return inside or [format.code(negative and limit >= format.first, max(min(n, limit), format.first))]


def projection_options(*, required: bool) -> Callable[[Any], Any]:
    """The options that say how a result is brought into its format. Rounding and overflow have no default; they may be left out
    only where some results are not projected."""
    options = (
        click.option("--rounding", required=required, help="Rounding rule, such as ties_to_even or stochastic_a:8."),
        click.option("--overflow", required=required, help="Overflow rule, such as saturate, infinity or wrap."),
        click.option(
            "--tininess", help=f"When a result is found tiny: {TININESS[0]} rounding, as by default, or {TININESS[1]}."
        ),
        click.option("--subnormals", help=f"Subnormal numbers: {', '.join(SUBNORMALS)}; {SUBNORMALS[0]} by default."),
        click.option("--nan", help=f"Which NaN a NaN result is: {', '.join(POLICIES)}; {next(iter(POLICIES))} by default."),
        click.option("--draw", help="The random bits of a stochastic rule, in hexadecimal."),
    )

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def projection(format: str, rounding: str, overflow: str, **options: str | None) -> Projection:
    """A projection from the names on the command line, with the options that were given."""
    return Projection(format, rounding, overflow, **{name: value for name, value in options.items() if value is not None})


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("format_name", metavar="FORMAT")
@click.argument("values", metavar="VALUE...", nargs=-1, required=True)
@projection_options(required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def encode(
    format_name: str, values: tuple[str, ...], rounding: str, overflow: str, draw: str | None, as_json: bool, **options: str
) -> None:
    """Encode exact values: decimals, fractions, hexadecimal floats, inf, nan.

    \b
    Example: refsim encode float8_e4m3fn 0.3 -2.25 1/3 --rounding ties_to_even --overflow saturate
    """
    to, random = projection(format_name, rounding, overflow, **options), parse_draw(draw)
    rows = []
    for text in values:
        result = to(parse_exact(text), random)
        value = exact_text(to.format.decode(result.code))
        code = code_text(to.format, result.code)
        rows.append({"asked": text, "code": code, "value": value, "flags": list(result.flags.names())})
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['asked']}\t{row['code']}\t{row['value']}\t{' '.join(row['flags'])}".rstrip())


@click.command()
@click.argument("format_name", metavar="FORMAT")
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def decode(format_name: str, codes: tuple[str, ...], as_json: bool) -> None:
    """Decode codes, written in hexadecimal or, behind 0b, in binary.

    \b
    Example: refsim decode float8_e4m3fn 7e 0xff 0b00000001
    """
    format = get_format(format_name)
    rows = [{"asked": text, "value": exact_text(format.decode(parse_code(text, format)))} for text in codes]
    click.echo(json.dumps(rows, indent=1) if as_json else "\n".join(f"{row['asked']}\t{row['value']}" for row in rows))
