"""Netlists read, counted and asked: by hand, and as Yosys itself counts."""

import re
import shutil
import subprocess

import pytest

from refsim.studies.multiplier_costs.costs import TRANSISTORS, nand2
from refsim.studies.multiplier_costs.names import get_multiplier
from refsim.studies.multiplier_costs.netlists import OPERATIONS, Gate, Netlist, read_netlist
from refsim.studies.multiplier_costs.synthesis import SCRIPT, synthesized

needs_yosys = pytest.mark.skipif(shutil.which("yosys") is None, reason="Yosys is not installed")


def cell(kind, y, a, b=None):
    """A cell as Yosys writes it."""
    pins = {"A": [a], "B": [b], "Y": [y]} if b is not None else {"A": [a], "Y": [y]}
    return {"type": f"$_{kind}_", "connections": pins}


def written(*cells, y):
    """A module of two inputs of two bits as Yosys writes it."""
    ports = {"a": ("input", [2, 3]), "b": ("input", [4, 5]), "y": ("output", y)}
    named = {f"cell {i}": one for i, one in enumerate(cells)}
    text = {"cells": named, "ports": {name: {"direction": way, "bits": bits} for name, (way, bits) in ports.items()}}
    return {"modules": {"adder": text}}


ADDER = written(
    cell("OR", 12, 10, 11),
    cell("XOR", 6, 2, 4),
    cell("AND", 7, 2, 4),
    cell("XOR", 8, 3, 5),
    cell("AND", 10, 3, 5),
    cell("AND", 11, 7, 8),
    cell("XOR", 9, 7, 8),
    y=[6, 9, 12, "0"],
)
"""An adder of two bits: a half adder and a full one, its last gate first."""


def test_an_adder():
    """An adder of two bits adds, has the gates of a half and a full adder, and three of them on its longest way."""
    adder = read_netlist(ADDER, "adder")
    pairs = [(a, b) for a in range(4) for b in range(4)]
    a, b = zip(*pairs, strict=True)
    assert adder.answers({"a": a, "b": b}) == {"y": [x + y for x, y in pairs]}
    assert adder.counts() == {"AND": 3, "OR": 1, "XOR": 3}
    assert adder.depth() == 3
    assert nand2(adder.counts()) == (3 * 6 + 6 + 3 * 12) / 4


@pytest.mark.parametrize(
    ("kind", "truth"),
    [("NOT", "1010"), ("AND", "0001"), ("OR", "0111"), ("XOR", "0110"), ("NAND", "1110"), ("NOR", "1000"), ("XNOR", "1001")],
)
def test_kinds_of_gates(kind, truth):
    """Each kind of gate has its truth table: b is the slower input."""
    inputs = (1,) if kind == "NOT" else (1, 2)
    gate = Netlist((Gate(kind, inputs, 3),), {"a": [1], "b": [2]}, {"y": [3]})
    assert gate.answers({"a": [0, 1, 0, 1], "b": [0, 0, 1, 1]})["y"] == [int(digit) for digit in truth]
    assert kind in TRANSISTORS
    assert set(TRANSISTORS) == set(OPERATIONS)


@pytest.mark.parametrize(
    ("cells", "y", "message"),
    [
        ([cell("DFF_P", 6, 2, 3)], [6], r"the netlist of adder has a cell \$_DFF_P_, which is no simple gate"),
        ([cell("AND", 6, 2, 7), cell("NOT", 7, 6)], [6], "the netlist of adder has a loop"),
        ([cell("AND", 6, 2, 9)], [6], "the netlist of adder has a net that nothing drives: 9"),
        ([], ["x"], "the netlist of adder has a net that nothing drives: x"),
    ],
)
def test_no_netlists_of_gates(cells, y, message):
    """What is no combinational netlist of simple gates is refused."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        read_netlist(written(*cells, y=y), "adder")


@needs_yosys
@pytest.mark.parametrize("name", ["int4", "float8_e5m2"])
def test_counts_of_yosys(name, tmp_path):
    """Gates, transistors and the longest way are those that Yosys counts itself."""
    multiplier = get_multiplier(name)
    (tmp_path / "multiplier.v").write_text(multiplier.verilog)
    script = "; ".join([*SCRIPT[:-1], "stat -tech cmos", "ltp -noff"])
    done = subprocess.run(["yosys", "-p", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    stat = done.stdout[done.stdout.index("Printing statistics", done.stdout.rindex("Executing ABC")) :]
    netlist = synthesized(name, multiplier.verilog).netlist
    found = {kind: int(n) for kind, n in re.findall(r"\$_(\w+)_ +(\d+)", stat)}
    found |= {kind: int(n) for n, kind in re.findall(r"(\d+) +\$_(\w+)_", stat)}
    assert netlist.counts() == found
    assert nand2(netlist.counts()) == int(re.search(r"transistors: +(\d+)", stat)[1]) / 4
    assert netlist.depth() == int(re.search(r"\(length=(\d+)\)", stat)[1])
