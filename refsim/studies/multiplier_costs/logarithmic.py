"""Multipliers of logarithmic data: a barrel shifter, an adder of codes, and a one shifted by the sum of two codes.

Miyashita, Lee and Murmann, arXiv 1603.01025: method 1 shifts a linear number by a logarithmic one, method 2 adds the codes of
two logarithms. The full scale of a format moves no gates.
"""

from __future__ import annotations

from ...spec.families import log_format
from ...spec.formats import Coding, Format
from ...spec.log_grids import LogGrid
from ...spec.projection import Projection
from .multipliers import Multiplier, exactly, module, quantum_of, signed_text

WIDEST = 128
"""The most places of a shifter, which grow with the powers that a format has."""


def is_logarithmic(format: Format) -> bool:
    """Whether a format has zero and powers of two by a code that counts steps, with or without a sign bit before it."""
    return isinstance(format.grid, LogGrid) and format.coding is not Coding.LOGARITHMIC


def _octaves(name: str, format: Format) -> LogGrid:
    """The grid of a format, if it has the powers of two only; ``ValueError`` for finer steps, which need a table."""
    assert isinstance(format.grid, LogGrid), "a logarithmic format has a logarithmic grid"
    if format.grid.fraction:
        raise ValueError(f"{name}: a shifter needs whole exponents, not steps of 2**-{format.grid.fraction} octaves")
    return format.grid


def _shifter(name: str, width: int) -> int:
    """The places of a shifter, if one of so many is built; ``ValueError`` otherwise."""
    if width > WIDEST:
        raise ValueError(f"{name}: a shifter is built for at most {WIDEST} places, not {width}")
    return width


def shifted(name: str, a: Format, b: Format) -> Multiplier:
    """Method 1: a fixed-point number shifted by a logarithmic one, with every bit kept.

    The shift goes to the left from the least power; a code of zero gives zero. ``ValueError`` for steps finer than an octave.
    """
    grid, bits = _octaves(name, b), b.width - b.signed
    signed = a.signed or b.signed
    held = a.width + b.signed
    width = _shifter(name, held + (1 << bits) - 2)
    operand = signed_text(a, "a") if signed else "a"
    datum = f"b[{bits}] ? -{operand} : {operand}" if b.signed else operand
    sign = "signed " if signed else ""
    lines = [
        f"wire {sign}[{held - 1}:0] datum = {datum};",
        f"wire {sign}[{width}:0] wide = datum;",
        f"wire [{width}:0] moved = wide << b[{bits - 1}:0];",
        f"assign y = |b[{bits - 1}:0] ? moved[{width}:1] : 0;",
    ]
    return Multiplier(name, module((a, b), width, lines), (a, b), exactly(width, quantum_of(a) + grid.least, signed=signed))


def added(name: str, format: Format) -> Multiplier:
    """Method 2 as long as it stays a logarithm: the sum of two codes is that of the product, with one bit more.

    A code of zero on either side gives zero.
    """
    grid = format.grid
    assert isinstance(grid, LogGrid), "a logarithmic format has a logarithmic grid"
    bits = format.width - format.signed
    full_scale = grid.least + format.top >> grid.fraction
    to = log_format(f"{format.name}**2", format.width + 1, 2 * full_scale, grid.fraction, signed=format.signed)
    lines = [*_sum(bits), f"assign y[{bits}:0] = total;"]
    if format.signed:
        lines.append(f"assign y[{bits + 1}] = a[{bits}] ^ b[{bits}];")
    return Multiplier(
        name, module((format, format), to.width, lines), (format, format), Projection(to, "ties_to_even", "error")
    )


def shifted_one(name: str, format: Format) -> Multiplier:
    """Method 2 with a linear term: a one shifted by the sum of two codes.

    ``ValueError`` for steps finer than an octave.
    """
    grid, bits = _octaves(name, format), format.width - format.signed
    places = _shifter(name, (1 << bits + 1) - 3)
    width = places + format.signed
    lines = [
        *_sum(bits),
        "// A total of 0 sets a bit that is dropped; 1 does not occur.",
        f"wire [{places + 1}:0] one = {{{{{places + 1}{{1'b0}}}}, 1'b1}} << total;",
        f"wire [{places - 1}:0] power = one[{places + 1}:2];",
        f"assign y = a[{bits}] ^ b[{bits}] ? -{{1'b0, power}} : {{1'b0, power}};" if format.signed else "assign y = power;",
    ]
    to = exactly(width, 2 * grid.least, signed=format.signed)
    return Multiplier(name, module((format, format), width, lines), (format, format), to)


def _sum(bits: int) -> list[str]:
    """The sum of two codes, and 0 where one of them is."""
    last = bits - 1
    return [
        f"wire some = |a[{last}:0] & |b[{last}:0];",
        f"wire [{bits}:0] total = (a[{last}:0] + b[{last}:0]) & {{{bits + 1}{{some}}}};",
    ]
