"""Netlists of simple gates, as Yosys writes them in JSON: what is in them, how deep they are, and what they answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

Net = int | str
"""A wire by its number, or a constant by its digit."""
CONSTANTS = ("0", "1")
WAYS = ("input", "output")
OPERATIONS: Mapping[str, Callable[[int, int, int], int]] = {
    "NOT": lambda a, _, ones: a ^ ones,
    "AND": lambda a, b, _: a & b,
    "OR": lambda a, b, _: a | b,
    "XOR": lambda a, b, _: a ^ b,
    "NAND": lambda a, b, ones: (a & b) ^ ones,
    "NOR": lambda a, b, ones: (a | b) ^ ones,
    "XNOR": lambda a, b, ones: a ^ b ^ ones,
}
"""The kinds of gates, on words in which each bit is a trial; ``ones`` is the word with all bits set."""


class Gate(NamedTuple):
    """A gate: its kind, the nets that it reads, and the one that it drives."""

    kind: str
    inputs: tuple[Net, ...]
    output: Net


@dataclass(frozen=True)
class Netlist:
    """Gates in an order in which each reads what is there already, and the nets of the ports, least significant first."""

    gates: tuple[Gate, ...]
    inputs: Mapping[str, Sequence[Net]]
    outputs: Mapping[str, Sequence[Net]]

    def counts(self) -> dict[str, int]:
        """How many gates of each kind there are; a kind that does not occur is not listed."""
        return dict(sorted(Counter(gate.kind for gate in self.gates).items()))

    def depth(self) -> int:
        """The most gates on a way from an input to an output."""
        depths: dict[Net, int] = {}
        for gate in self.gates:
            depths[gate.output] = 1 + max(depths.get(net, 0) for net in gate.inputs)
        return max((depths.get(net, 0) for nets in self.outputs.values() for net in nets), default=0)

    def answers(self, questions: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
        """The codes at the output ports for as many codes at each input port."""
        count = len(next(iter(questions.values())))
        ones = (1 << count) - 1
        words: dict[Net, int] = dict(zip(CONSTANTS, (0, ones), strict=True))
        for port, nets in self.inputs.items():
            words.update((net, _word(questions[port], i)) for i, net in enumerate(nets))
        for gate in self.gates:
            read = [words[net] for net in gate.inputs]
            words[gate.output] = OPERATIONS[gate.kind](read[0], read[-1], ones)
        return {port: _codes([words[net] for net in nets], count) for port, nets in self.outputs.items()}


def _word(codes: Sequence[int], bit: int) -> int:
    """A bit of all codes as one word, the first code in its least significant bit."""
    return int("".join("1" if code >> bit & 1 else "0" for code in reversed(codes)), 2)


def _codes(words: Sequence[int], count: int) -> list[int]:
    """The codes whose bits are these words."""
    rows = [f"{word:0{count}b}"[::-1] for word in words]
    return [int("".join(digits)[::-1], 2) for digits in zip(*rows, strict=True)]


def read_netlist(text: Mapping[str, Any], module: str) -> Netlist:
    """The netlist of a module in the JSON of Yosys; ``ValueError`` for a cell that is no simple gate, a loop, or a net that
    nothing drives."""
    found = text["modules"][module]
    gates: dict[Net, Gate] = {}
    for cell in found["cells"].values():
        kind = cell["type"].strip("$_")
        if kind not in OPERATIONS:
            raise ValueError(f"the netlist of {module} has a cell {cell['type']}, which is no simple gate")
        pins = cell["connections"]
        [output] = pins["Y"]
        gates[output] = Gate(kind, tuple(pins[pin][0] for pin in "AB" if pin in pins), output)
    needs = {net: [one for one in gate.inputs if one in gates] for net, gate in gates.items()}
    try:
        order = [gates[net] for net in TopologicalSorter(needs).static_order()]
    except CycleError:
        raise ValueError(f"the netlist of {module} has a loop") from None
    inputs, outputs = (
        {name: port["bits"] for name, port in found["ports"].items() if port["direction"] == way} for way in WAYS
    )
    driven = {*CONSTANTS, *gates, *(net for nets in inputs.values() for net in nets)}
    read = [net for gate in order for net in gate.inputs] + [net for nets in outputs.values() for net in nets]
    if loose := [net for net in read if net not in driven]:
        raise ValueError(f"the netlist of {module} has a net that nothing drives: {loose[0]}")
    return Netlist(tuple(order), inputs, outputs)
