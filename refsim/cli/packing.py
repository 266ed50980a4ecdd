"""Commands about memory: codes packed into bytes, and out of them again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ..spec.catalogue import get_format
from ..spec.exact import is_nan
from ..spec.formats import Format
from ..spec.images import read_image, write_image
from ..spec.packing import CHECKS, GRAMMAR, Layout, from_memory, get_packing, pack, to_memory, unpack
from ..spec.text import exact_text, parse_exact
from ..vectors.manifest import save
from .numbers import code_text, is_code, neighbours, parse_code

IN_MEMORY = click.option("--packing", "name", required=True, help=f"How elements lie in memory: {GRAMMAR}.")


@click.command("pack", context_settings={"ignore_unknown_options": True})
@click.argument("format_name", metavar="FORMAT")
@click.argument("elements", metavar="CODE_OR_VALUE...", nargs=-1, required=True)
@IN_MEMORY
@click.option("--readmemh", "as_text", is_flag=True, help="Print the words as $readmemh reads them, one a line.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the bytes, or that text, to a file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pack_command(
    format_name: str, elements: tuple[str, ...], name: str, as_text: bool, out: Path | None, as_json: bool
) -> None:
    """Pack elements into memory, and print its bytes in hexadecimal, the lowest address first.

    A code is written 0x7e or 0b01111110; anything else is a value, which must be a datum of the format: pack does not round.

    \b
    Examples: refsim pack float6_e2m3fn 1 -2.5 0x3f 0 --packing lsb_first
              refsim pack int4 7 -8 3 --packing msb_first:32:big --readmemh
    """
    format = get_format(format_name)
    packing = get_packing(name, format.width)
    codes = [_code(text, format) for text in elements]
    image = pack(codes, packing)
    text = write_image(from_memory(image, packing), packing.word, [_comment(format, codes, packing)]) if as_text else ""
    if out is not None:
        save(out, text if as_text else image)
        return
    if as_json:
        click.echo(json.dumps(_facts(format, codes, packing, image), indent=1))
        return
    click.echo(text if as_text else image.hex(), nl=not as_text)


@click.command("unpack")
@click.argument("format_name", metavar="FORMAT")
@click.argument("source", metavar="FILE_OR_HEX")
@click.option("--count", required=True, type=click.IntRange(min=0), help="How many elements the memory holds.")
@IN_MEMORY
@click.option("--readmemh", "as_text", is_flag=True, help="The file is text as $readmemh reads it, from address 0 on.")
@click.option("--padding", default=CHECKS[0], help=f"What padding must be: {', '.join(CHECKS)}; {CHECKS[0]} by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def unpack_command(format_name: str, source: str, count: int, name: str, as_text: bool, padding: str, as_json: bool) -> None:
    """Unpack elements from memory: a file of bytes, or bytes in hexadecimal where there is no such file.

    \b
    Examples: refsim unpack float6_e2m3fn 88fc0f --count 4 --packing lsb_first
              refsim unpack int4 weights.mem --readmemh --count 3 --packing msb_first:32:big
    """
    format = get_format(format_name)
    packing = get_packing(name, format.width)
    image = _from_text(Path(source), packing) if as_text else _bytes(source)
    codes = unpack(image, count, packing, padding)
    if as_json:
        click.echo(json.dumps(_facts(format, codes, packing, image), indent=1))
        return
    for code in codes:
        click.echo(f"{code_text(format, code)}\t{exact_text(format.decode(code))}")


def _code(text: str, format: Format) -> int:
    """The code of an element; ``ValueError`` for a value that the format does not have."""
    if is_code(text):
        return parse_code(text, format)
    value = parse_exact(text)
    near = neighbours(format, value)
    found = format.decode(near[0])
    if len(near) > 1 or not (found == value or (is_nan(found) and is_nan(value))):
        raise ValueError(f"{text} is no datum of {format}; encode it first, which is told how to round")
    return near[0]


def _bytes(source: str) -> bytes:
    """The bytes of a file, or of digits where there is no file of that name."""
    if Path(source).is_file():
        return Path(source).read_bytes()
    digits = source.replace("_", "").lower().removeprefix("0x")
    if not re.fullmatch("([0-9a-f]{2})*", digits):
        raise ValueError(f"{source!r} is no file, and no bytes in hexadecimal")
    return bytes.fromhex(digits)


def _from_text(path: Path, packing: Layout) -> bytes:
    """The bytes of a text of words; ``ValueError`` where words are missing between the first address and the last."""
    words = read_image(path.read_bytes().decode("ascii", "surrogateescape"), packing.word)
    missing = next((address for address in range(len(words)) if address not in words), None)
    if missing is not None:
        raise ValueError(f"{path}: there is no word at address {missing:#x}")
    return to_memory([words[address] for address in range(len(words))], packing)


def _comment(format: Format, codes: Iterable[int], packing: Layout) -> str:
    return f"{len(list(codes))} elements of {format}, {packing}"


def _facts(format: Format, codes: Iterable[int], packing: Layout, image: bytes) -> dict[str, Any]:
    rows = [{"code": code_text(format, code), "value": exact_text(format.decode(code))} for code in codes]
    words = [f"{word:0{packing.word // 4}x}" for word in from_memory(image, packing)]
    return {"format": format.name, "packing": str(packing), "bytes": image.hex(), "words": words, "elements": rows}
