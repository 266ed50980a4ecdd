"""Multipliers as records: Verilog, and what the specification says of the codes that go in and come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...spec.arithmetic import fma, multiply
from ...spec.formats import Coding, Format, Number, UniformGrid
from ...spec.projection import Projection

MODULE = "multiplier"
"""The name of every module."""
PORTS = "abc"
"""The names of the operands in Verilog, in order; the result is ``y``."""


@dataclass(frozen=True)
class Multiplier:
    """A combinational module in Verilog-2001: y is the product of a and b, plus c where there is a third operand.

    All ports carry codes: ``operands`` are their formats, and ``to`` is the projection of the exact result.
    """

    name: str
    verilog: str
    operands: tuple[Format, ...]
    to: Projection

    def answer(self, codes: Sequence[int]) -> int:
        """The code of the result, as the specification has it."""
        read = [Number(code, format) for code, format in zip(codes, self.operands, strict=True)]
        if len(read) > 2:
            return fma(read[0], read[1], read[2], self.to).code
        return multiply(read[0], read[1], self.to).code


def module(operands: Sequence[Format], result: int, lines: Sequence[str]) -> str:
    """The text of a module with so many result bits and these lines in it."""
    inputs = [f"  input [{format.width - 1}:0] {port}" for port, format in zip(PORTS, operands, strict=False)]
    ports = ",\n".join([*inputs, f"  output [{result - 1}:0] y"])
    return f"module {MODULE}(\n{ports}\n);\n" + "".join(f"  {line}\n" for line in lines) + "endmodule\n"


def is_fixed(format: Format) -> bool:
    """Whether a format is all integers of its bits times a power of two, in two's complement or unsigned."""
    whole = 1 << format.width - format.signed
    ends = (whole - 1, whole if format.signed else 0)
    coded = format.coding in {Coding.TWOS_COMPLEMENT, Coding.UNSIGNED}
    return coded and isinstance(format.grid, UniformGrid) and (format.top, format.top_negative) == ends


def quantum_of(format: Format) -> int:
    """The exponent of the step of a fixed-point format."""
    assert isinstance(format.grid, UniformGrid), "a fixed-point format has one step"
    return format.grid.quantum


def exactly(width: int, quantum: int, *, signed: bool) -> Projection:
    """The projection into a fixed-point format that is wide enough for every result: another one is an error."""
    whole = width - signed + quantum
    return Projection(f"{'q' if signed else 'uq'}{whole}.{-quantum}", "toward_zero", "error")


def signed_text(format: Format, port: str) -> str:
    """An operand as a signed number in Verilog."""
    return f"$signed({port})" if format.signed else f"$signed({{1'b0, {port}}})"
