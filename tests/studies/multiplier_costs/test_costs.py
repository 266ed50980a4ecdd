"""Costs of multipliers: against closed forms, and what happens without the program or with a bad one."""

import json
import shutil
import time
from dataclasses import replace

import pytest

from refsim.studies.multiplier_costs.costs import ABSENT, Cost, check, cost_of, costs_of, records_of
from refsim.studies.multiplier_costs.names import get_multiplier
from refsim.studies.multiplier_costs.netlists import Gate, Netlist
from refsim.studies.multiplier_costs.synthesis import SynthesisFailed, synthesized

needs_yosys = pytest.mark.skipif(shutil.which("yosys") is None, reason="Yosys is not installed")


def array_multiplier(n):
    """The NAND gates that an array multiplier of n by n unsigned bits has: n*n AND, n half and n*(n-2) full adders.

    A full adder is 2 XOR with 3 NAND, or with 2 AND and an OR, which is the most.
    """
    some, half = 1.5 * n * n, n * (3 + 1.5)
    return tuple(some + half + n * (n - 2) * full for full in (2 * 3 + 3 * 1, 2 * 3 + 3 * 1.5))


@needs_yosys
def test_one_bit():
    """The product of two bits is an AND."""
    cost = costs_of(["uint1"])["uint1"]
    assert cost == Cost({"AND": 1}, 1.5, 1, 4, cost.version)
    assert cost.version.startswith("Yosys ")


@needs_yosys
@pytest.mark.parametrize("n", [4, 8, *(pytest.param(n, marks=pytest.mark.slow) for n in (11, 16, 24, 32))])
def test_arrays(n):
    """The product of integers costs what an array multiplier does, within a few percent of its two forms."""
    low, high = array_multiplier(n)
    assert 0.97 * low < costs_of([f"uint{n}"])[f"uint{n}"].nand2 < 1.03 * high


@needs_yosys
@pytest.mark.slow
def test_floats_are_significands_and_the_rest():
    """A floating-point multiplier has that of its significands in it; the rest, shifters above all, grows about as p log p."""
    cost = {name: one.nand2 for name, one in costs_of(["binary16", "binary32", "uint11", "uint24"]).items()}
    rest = {16: cost["binary16"] - cost["uint11"], 32: cost["binary32"] - cost["uint24"]}
    assert 0.3 < rest[16] / cost["binary16"] < 0.6
    assert 0.2 < rest[32] / cost["binary32"] < rest[16] / cost["binary16"]
    assert 1.5 < rest[32] / rest[16] < 24 * 6 / (11 * 5) * 1.25


@needs_yosys
@pytest.mark.slow
def test_order_of_formats():
    """Fewer bits cost less, and single precision most: in the order of the formats of low-precision training."""
    order = ["int10", "int12", "binary16", "int20", "binary32"]
    costs = [costs_of([name])[name].nand2 for name in order]
    assert costs == sorted(costs)
    adders = ["int16*int16+int16", "int16*int16+int32", "int32*int32+int32"]
    costs = [costs_of([name])[name].nand2 for name in adders]
    assert costs == sorted(costs)


@needs_yosys
def test_shifts_cost_less():
    """A shift by a logarithm costs less than a product of as many bits, and adding two logarithms least."""
    cost = costs_of(["int8", "int8*slog5_fsr0", "slog5_fsr0"])
    assert 3 * cost["int8*slog5_fsr0"].nand2 < cost["int8"].nand2
    assert 3 * cost["slog5_fsr0"].nand2 < cost["int8*slog5_fsr0"].nand2
    assert [one.checked for one in cost.values()] == [4196, 4196, 1024]


@needs_yosys
def test_again():
    """A second run gives the same counts, and records hold them as JSON."""
    [record] = records_of(["int4"])
    assert [record] == records_of(["int4"]) == json.loads(json.dumps([record]))
    assert list(record) == ["multiplier", "gates", "nand2", "depth", "checked", "version"]


@needs_yosys
def test_wrong_verilog():
    """A netlist that answers otherwise than the specification costs nothing: it is an error."""
    right = get_multiplier("q1.2/ties_to_even/saturate")
    wrong = replace(right, verilog=right.verilog.replace("half & (rest | low)", "half"))
    with pytest.raises(
        SynthesisFailed, match=r"^the netlist of q1.2/ties_to_even/saturate gives 0x1 for a=0x1 b=0x2, not 0x0$"
    ):
        cost_of(wrong)


@needs_yosys
def test_no_verilog():
    """What Yosys says of bad Verilog is told in one line."""
    with pytest.raises(SynthesisFailed, match=r"^yosys failed on it with 1: .*syntax error[^\n]*$"):
        synthesized("it", "module multiplier(; endmodule")


def test_a_wrong_netlist():
    """The first operands for which a netlist is wrong are named."""
    multiplier = get_multiplier("uint1")
    netlist = Netlist((Gate("OR", (2, 3), 4),), {"a": [2], "b": [3]}, {"y": [4, "0"]})
    with pytest.raises(SynthesisFailed, match=r"^the netlist of uint1 gives 0x1 for a=0x0 b=0x1, not 0x0$"):
        check(multiplier, netlist)
    assert check(multiplier, replace(netlist, gates=(Gate("AND", (2, 3), 4),))) == 4


def test_without_yosys(monkeypatch):
    """Without the program there are no costs, and that is no error."""
    monkeypatch.setenv("PATH", "")
    assert costs_of(["int4", "binary32"]) == {"int4": None, "binary32": None}
    assert records_of(["int4"]) == [
        {"multiplier": "int4", "gates": None, "nand2": None, "depth": None, "checked": None, "version": None}
    ]
    assert ABSENT.startswith("yosys is not installed")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo ERROR: no >&2; echo more >&2; exit 3", "yosys failed on int4 with 3: ERROR: no more"),
        ("exit 1", "yosys failed on int4 with 1: it said nothing"),
        ("true", r"the netlist that yosys made of int4 cannot be read: .*No such file.*"),
        ("echo '{' > netlist.json", "the netlist that yosys made of int4 cannot be read: Expecting property name.*"),
        ("echo '{}' > netlist.json", "the netlist that yosys made of int4 cannot be read: 'modules'"),
        ("/bin/sleep 60; true", r"yosys did not finish int4 within 0.3 s"),
    ],
)
def test_bad_programs(script, message, monkeypatch, tmp_path):
    """A program that fails, hangs or writes nothing useful is told in one line."""
    program = tmp_path / "yosys"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    start = time.monotonic()
    with pytest.raises(SynthesisFailed, match=f"^{message}$"):
        synthesized("int4", get_multiplier("int4").verilog, timeout=0.3 if "sleep" in script else 60)
    assert time.monotonic() - start < 30


def test_a_program_that_does_not_start(monkeypatch, tmp_path):
    """A program that cannot be run is told by its path."""
    program = tmp_path / "yosys"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SynthesisFailed, match=r"^cannot start '.*yosys': No such file or directory$"):
        costs_of(["int4"])
