"""What multipliers cost: gates by kind, their area in gates of one kind, and depth; of netlists that were checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .multipliers import PORTS, Multiplier
from .names import get_multiplier
from .netlists import Netlist
from .questions import questions
from .synthesis import SynthesisFailed, synthesized

TRANSISTORS: Mapping[str, int] = {"NOT": 2, "NAND": 4, "NOR": 4, "AND": 6, "OR": 6, "XOR": 12, "XNOR": 12}
"""The transistors of each gate in static CMOS, as the command ``stat -tech cmos`` of Yosys has them. Four make a NAND."""
ABSENT = "yosys is not installed: gates are not counted"


@dataclass(frozen=True)
class Cost:
    """The gates of a multiplier by kind, their transistors as so many NAND gates of two inputs, the most gates on a way through
    it, the operands for which the netlist answered as the specification does, and the program that made it."""

    gates: Mapping[str, int]
    nand2: float
    depth: int
    checked: int
    version: str


def costs_of(names: Iterable[str]) -> dict[str, Cost | None]:
    """The costs of multipliers by name, or of squares by the name of a format: see ``get_multiplier``, and its ``ValueError``.

    Each is ``None`` where Yosys is not installed: ``ABSENT`` is the reason. ``SynthesisFailed`` where it fails, or where its
    netlist does not answer as the specification does.
    """
    return {name: cost_of(get_multiplier(name)) for name in names}


def cost_of(multiplier: Multiplier) -> Cost | None:
    """The cost of one multiplier, as ``costs_of`` has it."""
    made = synthesized(multiplier.name, multiplier.verilog)
    if made is None:
        return None
    gates = made.netlist.counts()
    return Cost(gates, nand2(gates), made.netlist.depth(), check(multiplier, made.netlist), made.version)


def nand2(gates: Mapping[str, int]) -> float:
    """Gates as NAND gates of two inputs with as many transistors."""
    return sum(TRANSISTORS[kind] * count for kind, count in gates.items()) / TRANSISTORS["NAND"]


def check(multiplier: Multiplier, netlist: Netlist) -> int:
    """For how many operands a netlist was found to answer as the specification does; ``SynthesisFailed`` at a wrong answer."""
    asked = questions(multiplier)
    found = netlist.answers(dict(zip(PORTS, zip(*asked, strict=True), strict=False)))["y"]
    for codes, y in zip(asked, found, strict=True):
        if y != (wanted := multiplier.answer(codes)):
            given = " ".join(f"{port}={code:#x}" for port, code in zip(PORTS, codes, strict=False))
            raise SynthesisFailed(f"the netlist of {multiplier.name} gives {y:#x} for {given}, not {wanted:#x}")
    return len(asked)


def records_of(names: Iterable[str]) -> list[dict[str, Any]]:
    """The costs as plain data for the records of a study: ``multiplier`` with the fields of ``Cost``; each of these is ``None``
    where Yosys is not installed."""
    none = dict.fromkeys(Cost.__dataclass_fields__)
    return [{"multiplier": name, **(none if cost is None else asdict(cost))} for name, cost in costs_of(names).items()]
