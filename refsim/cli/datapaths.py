"""Commands about datapaths: one dot product with all that its registers held, and products of matrices in files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from ..clauses import clauses
from ..engine.array import Array
from ..engine.datapaths import matmul as matrix_product
from ..spec.arithmetic import exact_product
from ..spec.catalogue import get_format
from ..spec.datapath_names import ACCUMULATORS, MULTIPLIERS, datapath_name, get_accumulator, get_multiplier
from ..spec.datapaths import BIASES, SCALINGS, Datapath
from ..spec.datapaths import dot as dot_product
from ..spec.exact import Exact
from ..spec.flags import Flags, Result
from ..spec.formats import Format, Number
from ..spec.spellings import get_projection
from ..spec.terms import exact_sum
from ..spec.text import exact_text
from ..vectors.explanations import short_text
from ..vectors.manifest import save
from ..vectors.procedures.dot import Watching, clauses_of
from .arrays import file_of, read_codes, shape_text
from .numbers import code_text, parse_draw
from .operations import exact_code, parse_operand
from .progress import progress_bar

BIAS_HELP = f"A bias: where it is added, {', '.join(BIASES)}; its format; and "
SCALE_HELP = "A scale, its format and "


def _datapath_options(function: Any) -> Any:
    """The options that say what a datapath is."""
    options = (
        click.option("--x", "x", required=True, metavar="FORMAT", help="The format of the first operand."),
        click.option("--y", "y", required=True, metavar="FORMAT", help="The format of the second operand."),
        click.option(
            "--multiplier", default="exact", help=f"The multiplier: {', '.join(MULTIPLIERS.kinds)}; exact by default."
        ),
        click.option("--accumulator", required=True, help=f"The accumulator: {', '.join(ACCUMULATORS.kinds)}."),
        click.option("--scaling", type=click.Choice(SCALINGS), help="Where scales are applied; needed where there are any."),
        click.option("--output", metavar="PROJECTION", help="The projection of the output; without it, it is the register."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    )
    for option in reversed(options):
        function = option(function)
    return function


class Asked(NamedTuple):
    """A datapath, the formats of its operands, and bias and scales as they were written."""

    x: Format
    y: Format
    path: Datapath
    bias: str | None
    scales: tuple[str, ...]


def _asked(*, biases: tuple[str, ...], scales: tuple[str, ...], **given: Any) -> Asked:
    """What the options mean; ``ValueError`` for what means nothing."""
    if len(biases) > 1:
        raise ValueError(f"there is one --bias at most, not {len(biases)}")
    bias = biases[0] if biases else None
    place, colon, rest = (bias or f"{BIASES[0]}:").partition(":")
    if place not in BIASES or not colon:
        raise ValueError(f"--bias {bias!r} must begin with {', '.join(BIASES)} and a colon, as in first:int32:100")
    if scales and given["scaling"] is None:
        raise ValueError(f"--scale needs --scaling, one of {', '.join(SCALINGS)}")
    path = Datapath(
        get_multiplier(given["multiplier"]),
        get_accumulator(given["accumulator"]),
        place,
        given["scaling"] or "sum",
        get_projection(given["output"]) if given["output"] else None,
    )
    return Asked(get_format(given["x"]), get_format(given["y"]), path, rest if bias else None, scales)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("elements", metavar="X... / Y...", nargs=-1, required=True)
@_datapath_options
@click.option("--bias", "biases", metavar="PLACE:FORMAT:CODE_OR_VALUE", multiple=True, help=f"{BIAS_HELP}a code or a value.")
@click.option("--scale", "scales", metavar="FORMAT:CODE_OR_VALUE", multiple=True, help=f"{SCALE_HELP}a code or a value.")
@click.option(
    "--draw", "draws", metavar="HEX", multiple=True, help="The random bits of a stochastic write; once for each, in order."
)
@click.option("--trace", "traced", is_flag=True, help="Show every write to a register.")
def dot(elements: tuple[str, ...], draws: tuple[str, ...], traced: bool, as_json: bool, **given: Any) -> None:
    """The dot product of two vectors on a datapath: all elements of x, a slash, all elements of y.

    An element is a code, 0x7e or 0b01111110, or a value that the format has. A projection is a format, a rounding rule and an
    overflow rule with slashes between them. Where there is a bracket, quote.

    \b
    Examples:
      refsim dot --x int8 --y int8 --accumulator 'sequential(int16/toward_zero/saturate)' --trace
                 127 127 127 -128 / 127 127 127 127
      refsim dot --x float8_e4m3fn --y float8_e4m3fn
                 --accumulator 'sequential(binary32/ties_to_even/infinity,group=4,align=13/toward_zero/value/apart)'
                 448 -0.25 0.001953125 1 / 448 1 1 1
    """
    asked = _asked(**given)
    if elements.count("/") != 1:
        raise ValueError("a dot product is written as the elements of x, a slash that stands alone, and those of y")
    cut = elements.index("/")
    xs, ys = (
        [Number(exact_code(text, format), format) for text in part]
        for part, format in ((elements[:cut], asked.x), (elements[cut + 1 :], asked.y))
    )
    bias = None if asked.bias is None else parse_operand(asked.bias)
    scales = [parse_operand(text) for text in asked.scales]
    bits = [parse_draw(text) or 0 for text in draws]
    port = Watching(bits=iter(bits))
    result = dot_product(xs, ys, asked.path, bias, scales, port)
    if (taken := sum(bool(write.bits) for write in port.seen)) < len(bits):
        raise ValueError(f"--draw is given {len(bits)} times, and {taken} writes take random bits")
    facts = _dot_facts(asked, xs, ys, bias, scales, result)
    if traced:
        facts["writes"] = [_write_facts(*write[:-1]) for write in port.seen]
    click.echo(json.dumps(facts, indent=1) if as_json else "\n".join(_dot_lines(facts)))


def _dot_facts(
    asked: Asked, xs: Sequence[Number], ys: Sequence[Number], bias: Number | None, scales: Sequence[Number], result: Result
) -> dict[str, Any]:
    to = asked.path.to
    products = [exact_product(x.exact, y.exact)[0] for x, y in zip(xs, ys, strict=True)]
    decide = clauses_of(asked.path, bias=bias is not None, scales=bool(scales))
    return {
        "datapath": datapath_name(asked.path),
        "x": [_number_facts(x) for x in xs],
        "y": [_number_facts(y) for y in ys],
        "bias": None if bias is None else _number_facts(bias),
        "scales": [_number_facts(scale) for scale in scales],
        "products": [short_text(product) or None for product in products],
        "sum_of_products": short_text(exact_sum(products, to)[0]) or None,
        "result": _number_facts(Number(result.code, to.format)),
        "flags": list(Flags(result.flags).names()),
        "decides": {"clause": decide[0], "text": clauses()[decide[0]].plain},
        "clauses": list(decide),
    }


def _number_facts(x: Number) -> dict[str, str]:
    return {"format": x.format.name, "code": code_text(x.format, x.code), "value": exact_text(x.exact)}


def _write_facts(register: str, step: int, exact: Exact | None, format: Format, result: Result) -> dict[str, Any]:
    return {
        "register": register,
        "step": step,
        "exact": None if exact is None else short_text(exact) or None,
        **_number_facts(Number(result.code, format)),
        "flags": list(Flags(result.flags).names()),
    }


def _dot_lines(facts: dict[str, Any]) -> Iterator[str]:
    yield f"datapath  {facts['datapath']}"
    if "writes" in facts:
        head = {name: name for name in ("register", "step", "exact", "format", "code", "value", "flags")}
        rows = [head, *({**write, "flags": " ".join(write["flags"])} for write in facts["writes"])]
        table = [[str(row[name]) if row[name] is not None else "" for name in head] for row in rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(head))]
        yield ""
        yield from ("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip() for row in table)
        yield ""
    if facts["sum_of_products"]:
        yield f"exact     {facts['sum_of_products']} is the sum of the exact products"
    result = facts["result"]
    yield f"result    {result['format']}  {result['code']}  {result['value']}"
    yield f"flags     {' '.join(facts['flags']) or 'none'}"
    yield f"decides   {facts['decides']['clause']}: {facts['decides']['text']}"
    yield f"clauses   {' '.join(facts['clauses'])}"


WIDEST = 64
"""The most bits of a code in a file."""


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@_datapath_options
@click.option(
    "--bias",
    "biases",
    metavar="PLACE:FORMAT:FILE",
    multiple=True,
    help=f"{BIAS_HELP}the file of its codes, one for each column.",
)
@click.option("--scale", "scales", metavar="FORMAT:FILE", multiple=True, help=f"{SCALE_HELP}the file of its codes.")
@click.option("--flags", "with_flags", is_flag=True, help="Write the flags too; the file is an .npz of codes and flags.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file of the result.")
def matmul(a: str, b: str, out: Path, with_flags: bool, as_json: bool, **given: Any) -> None:
    """The product of two matrices of codes on a datapath: of M x K and K x N codes, M x N codes.

    A file is an .npy file, or an .npz file, a colon and the name of an array in it. It holds codes as unsigned integers; of an
    integer format it may hold the integers themselves. Bias and scales broadcast to the result. The result is written whole
    or not at all.

    \b
    Examples:
      refsim matmul a.npy b.npy --x int8 --y int8 --accumulator 'sequential(int18/toward_zero/saturate)' --out c.npy
      refsim matmul layer.npz:x layer.npz:w --x float8_e4m3fn --y float8_e4m3fn --flags --out c.npz
             --accumulator 'sequential(binary32/ties_to_even/infinity)' --bias first:binary32:layer.npz:bias
    """
    asked = _asked(**given)
    if asked.path.to.format.width > WIDEST:
        raise ValueError(f"codes of {asked.path.to.format} have no place in a file: they have more than {WIDEST} bits")
    wanted = ".npz" if with_flags else ".npy"
    if out.suffix != wanted:
        raise ValueError(f"--out must be an {wanted} file {'with' if with_flags else 'without'} --flags, not {out}")
    left, right = read_codes(a, asked.x), read_codes(b, asked.y)
    if len(left.shape) != 2 or len(right.shape) != 2 or left.shape[1] != right.shape[0]:
        raise ValueError(f"{a} and {b} must hold M x K and K x N codes, not {shape_text(left)} and {shape_text(right)}")
    shape = (left.shape[0], right.shape[1])
    bias = None if asked.bias is None else _spread(asked.bias, shape)
    scales = [_spread(text, shape) for text in asked.scales]
    with progress_bar("sums", shape[0] * shape[1]) as bar:

        def done(count: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=count, total=total)

        found = matrix_product(left, right, asked.path, bias, scales, flags=with_flags, progress=done)
    codes, flags = found if isinstance(found, tuple) else (found, None)
    save(out, file_of(codes.codes, flags))
    facts = _matmul_facts(asked, codes, flags, out)
    click.echo(json.dumps(facts, indent=1) if as_json else "\n".join(_matmul_lines(facts)))


def _spread(text: str, shape: tuple[int, int]) -> Array:
    """A bias or a scale out of a file, whose codes must broadcast to the result."""
    name, colon, file = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} must be a format, a colon and a file of codes, as in int32:bias.npy")
    found = read_codes(file, get_format(name))
    try:
        fits = np.broadcast_shapes(found.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"{file} holds {shape_text(found)} codes, which do not broadcast to a result of {shape[0]} x {shape[1]}"
        )
    return found


def _matmul_facts(asked: Asked, codes: Array, flags: NDArray[np.uint8] | None, out: Path) -> dict[str, Any]:
    raised = None if flags is None else {flag.name.lower(): int(np.count_nonzero(flags & flag)) for flag in Flags if flag.name}
    return {
        "datapath": datapath_name(asked.path),
        "x": asked.x.name,
        "y": asked.y.name,
        "shape": list(codes.shape),
        "format": codes.format.name,
        "raised": raised,
        "file": str(out),
    }


def _matmul_lines(facts: dict[str, Any]) -> Iterator[str]:
    yield f"datapath  {facts['datapath']}"
    yield f"result    {' x '.join(map(str, facts['shape']))} codes of {facts['format']} in {facts['file']}"
    if facts["raised"] is not None:
        yield "flags     " + (", ".join(f"{name} {count}" for name, count in facts["raised"].items() if count) or "none")
