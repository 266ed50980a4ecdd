"""The dot product of a datapath, as a procedure: its parameters, its fields, and what the specification says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from ...spec.alignment import Alignment
from ...spec.catalogue import get_format
from ...spec.datapath_names import get_accumulator, get_multiplier
from ...spec.datapaths import BIASES, SCALINGS, Datapath
from ...spec.datapaths import dot as specified
from ...spec.exact import Exact
from ...spec.flags import Result
from ...spec.formats import Format, Number, Unrepresentable
from ...spec.log_accumulators import LogDomain
from ...spec.operands import Outcome
from ...spec.projection import Projection
from ...spec.spellings import get_projection
from ...spec.terms import NO_PORT, Port
from ...spec.text import exact_text
from ..fields import FLAG_BITS, Field, code_field, code_fields
from .procedure import Parameter, Parameters, Values

NONE = "none"
LONGEST = 64
PARAMETERS = (
    Parameter("x", "the format of the first vector"),
    Parameter("y", "the format of the second vector"),
    Parameter("length", f"the number of products, 1 to {LONGEST}"),
    Parameter("multiplier", "the multiplier, such as exact or rounded(binary16/ties_to_even/infinity)"),
    Parameter("accumulator", "the accumulator, such as sequential(int18/toward_zero/saturate)"),
    Parameter("bias", "none, or first, last or output and a format, as in first:int32"),
    Parameter("scales", "none, or terms, sum or steps and one format or more, as in sum:binary32,binary32"),
    Parameter("output", "none, or the projection of the output, such as int8/ties_to_even/saturate"),
)


class Shape(NamedTuple):
    """What the parameters of a dot product mean."""

    x: Format
    y: Format
    length: int
    path: Datapath
    bias: Format | None
    scales: tuple[Format, ...]
    draws: tuple[int, ...] = ()
    """The random bits that each write takes whose rule is stochastic, in order."""


class Seen(NamedTuple):
    """One write: the register's name, the how manyth write it was, the exact number if it was rounded, the register's format,
    what it then held, and how many random bits it took."""

    register: str
    step: int
    exact: Exact | None
    format: Format
    result: Result
    bits: int = 0

    @property
    def value(self) -> Exact:
        """The number that the register then held."""
        return self.format.decode(self.result.code)


@dataclass(frozen=True)
class Watching(Port):
    """A port that sees every write with the number that was rounded and the register's format, and hands out random bits to
    those whose rule takes some, in order."""

    bits: Iterator[int] = field(default_factory=lambda: iter(()))
    seen: list[Seen] = field(default_factory=list)

    def write(self, outcome: Outcome, to: Projection, register: str, step: int, operands: Sequence[Number] = ()) -> Result:
        """The write, seen."""
        drawn = next(self.bits, None) if to.rounding.bits else None
        port = replace(self, draw=lambda *_: drawn)
        result = Port.write(port, outcome, to, register, step, operands)
        self.seen[-1] = self.seen[-1]._replace(exact=outcome[0], bits=to.rounding.bits)
        return result

    def keep(self, result: Result, format: Format, register: str, step: int) -> Result:
        """What the register then holds, seen."""
        held = super().keep(result, format, register, step)
        self.seen.append(Seen(self.path + register, step, None, format, held))
        return held


class Given(NamedTuple):
    """The operands of one dot product on its datapath: what a bug may change."""

    xs: tuple[Number, ...]
    ys: tuple[Number, ...]
    path: Datapath
    bias: Number | None
    scales: tuple[Number, ...]
    draws: tuple[int, ...] = ()
    port: Port = NO_PORT

    def result(self) -> Result:
        """What the specification says."""
        port = Watching(bits=iter(self.draws)) if self.draws and self.port is NO_PORT else self.port
        return specified(self.xs, self.ys, self.path, self.bias, self.scales, port)


def parts_of(record: Any) -> Iterator[Projection | Alignment]:
    """The projections and alignments in a datapath, a multiplier or an accumulator, at any depth."""
    if isinstance(record, Projection | Alignment):
        yield record
    elif isinstance(record, tuple):
        for part in record:
            yield from parts_of(part)
    elif is_dataclass(record):
        for attribute in fields(record):
            yield from parts_of(getattr(record, attribute.name))


def shape(parameters: Parameters) -> Shape:
    """What parameters mean; ``ValueError`` where one of them means nothing."""
    return _shape(*(parameters[parameter.name] for parameter in PARAMETERS))


@lru_cache(maxsize=512)
def _shape(x: str, y: str, length: str, multiplier: str, accumulator: str, bias: str, scales: str, output: str) -> Shape:
    count = int(length) if length.isascii() and length.isdigit() else 0
    if not 1 <= count <= LONGEST:
        raise ValueError(f"the length of a dot product is an integer from 1 to {LONGEST}, not {length!r}")
    place, biases = _placed("bias", bias, BIASES)
    way, factors = _placed("scales", scales, SCALINGS)
    path = Datapath(
        get_multiplier(multiplier),
        get_accumulator(accumulator),
        place,
        way or "sum",
        None if output == NONE else get_projection(output),
    )
    if len(biases) > 1:
        raise ValueError(f"a dot product has one bias, not {len(biases)}")
    found = Shape(get_format(x), get_format(y), count, path, biases[0] if biases else None, factors)
    return found._replace(draws=_draws(found))


def _draws(s: Shape) -> tuple[int, ...]:
    """The random bits that writes take, found with zeros for operands; ``ValueError`` where their number depends on these."""
    if not any(isinstance(part, Projection) and part.rounding.bits for part in parts_of(s.path)):
        return ()
    accumulator = s.path.accumulator
    if isinstance(accumulator, LogDomain) or getattr(accumulator, "sticky", False):
        raise ValueError("a sum that may skip a write takes no random bits in vectors, so no stochastic rule")
    zeros = [Number(0, s.x)] * s.length, [Number(0, s.y)] * s.length
    port = Watching(bits=repeat(0))
    bias = None if s.bias is None else Number(0, s.bias)
    specified(*zeros, s.path, bias, [Number(0, format) for format in s.scales], port)
    return tuple(write.bits for write in port.seen if write.bits)


def _placed(what: str, text: str, places: tuple[str, ...]) -> tuple[str, tuple[Format, ...]]:
    """The place and the formats of bias or scales."""
    if text == NONE:
        return places[0] if what == "bias" else "", ()
    place, colon, formats = text.partition(":")
    if place not in places or not colon:
        raise ValueError(
            f"{what} {text!r} is neither none nor one of {', '.join(places)} and a format, as in {places[0]}:int32"
        )
    return place, tuple(get_format(name) for name in formats.split(","))


def label(parameters: Parameters) -> Iterator[str]:
    """What tells dot products apart: formats, length and accumulator, and what is not as in most; of rules those that are not
    those of IEEE 754 by default."""

    def short(name: str) -> str:
        return parameters[name].replace("/ties_to_even/infinity", "").replace("),", ",").rstrip(")")

    yield from map(short, ("x", "y", "length", "accumulator"))
    for name, usual in (("multiplier", "exact"), ("bias", NONE), ("scales", NONE), ("output", NONE)):
        if parameters[name] != usual:
            yield f"{name} {short(name)}"


def operands(parameters: Parameters) -> Iterator[Field]:
    """The elements of x, then those of y, the bias, the scales and the random bits, where there are any."""
    s = shape(parameters)
    yield from code_fields("x", s.x, s.length)
    yield from code_fields("y", s.y, s.length)
    if s.bias is not None:
        yield code_field("bias", s.bias)
    for i, format in enumerate(s.scales):
        yield code_field(f"scale{i}", format)
    for i, bits in enumerate(s.draws):
        yield Field(f"r{i}", bits)


def results(parameters: Parameters) -> Iterator[Field]:
    """The output and the flags."""
    yield from (code_field("y", shape(parameters).path.to.format), Field("flags", FLAG_BITS))


def given(parameters: Parameters, values: Values) -> Given:
    """The operands as numbers."""
    s = shape(parameters)
    xs, ys, rest = values[: s.length], values[s.length : 2 * s.length], values[2 * s.length :]
    bias = Number(rest[0], s.bias) if s.bias is not None else None
    cut = (bias is not None) + len(s.scales)
    factors, draws = rest[bias is not None : cut], rest[cut:]
    return Given(
        tuple(Number(code, s.x) for code in xs),
        tuple(Number(code, s.y) for code in ys),
        s.path,
        bias,
        tuple(Number(code, format) for code, format in zip(factors, s.scales, strict=True)),
        draws,
    )


def run(parameters: Parameters, values: Values) -> Values:
    """What the specification says."""
    try:
        result = given(parameters, values).result()
    except ValueError as error:  # Some accumulators add powers of two alone.
        raise Unrepresentable(str(error)) from None
    return result.code, int(result.flags)


SHOWN = 6
"""Sums on the way that a remark has."""
WIDE = 24
"""The characters of the longest of them."""


def explain(parameters: Parameters, values: Values, found: Values) -> str:  # noqa: ARG001 the writes tell the results too
    """What the registers of sums and of the output held on the way."""
    asked = given(parameters, values)
    port = Watching(bits=iter(asked.draws))
    asked._replace(port=port).result()
    texts = [exact_text(write.value) for write in port.seen if write.register.rpartition("/")[2] in {"sum", "output", "bias"}]
    short = texts if len(texts) <= SHOWN else [*texts[: SHOWN - 2], "...", texts[-1]]
    return " -> ".join(text if len(text) <= WIDE else "..." for text in short)


CLAUSES = {
    "Sequential": "accumulate/sequential",
    "Total": "accumulate/total",
    "Pairwise": "accumulate/pairwise",
    "Tree": "accumulate/tree",
    "Blocked": "accumulate/blocked",
    "Interleaved": "accumulate/interleaved",
    "Kahan": "accumulate/kahan",
    "LogDomain": "log-sum/total",
    "LnsSequential": "lns/sum",
}
"""The clause of each accumulator, by its record's name."""
PRODUCTS = {
    "ExactProduct": "product/exact",
    "RoundedProduct": "product/rounded",
    "ShiftProduct": "shift-product/shift",
    "LogProduct": "log-product/product",
    "Mitchell": "mitchell/product",
}
"""The clause of each multiplier, by its record's name."""


def clauses_of(path: Datapath, *, bias: bool, scales: bool) -> tuple[str, ...]:
    """The clauses that decide on a datapath, that of the accumulator first."""
    found = [CLAUSES[type(path.accumulator).__name__], "accumulate/write", PRODUCTS[type(path.multiplier).__name__]]
    if any(isinstance(part, Alignment) for part in parts_of(path)):
        found += ["align/cut", "align/largest", "align/running-sum"]
    if scales and path.scaling == "terms":
        found.append("datapath/scale-terms")
    elif scales or bias or path.output is not None:
        found.append("datapath/output")
    return (*found, "datapath/dot")


def clauses(parameters: Parameters) -> tuple[str, ...]:
    """The clause of the accumulator first."""
    s = shape(parameters)
    return clauses_of(s.path, bias=s.bias is not None, scales=bool(s.scales))
