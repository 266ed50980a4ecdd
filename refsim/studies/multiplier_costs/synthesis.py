"""Synthesis by Yosys: from Verilog to a netlist of simple gates."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .multipliers import MODULE
from .netlists import Netlist, read_netlist

PROGRAM = "yosys"
SCRIPT = (
    "read_verilog multiplier.v",
    f"synth -flatten -noabc -top {MODULE}",
    "abc -g AND,OR,XOR,NAND,NOR,XNOR",
    "opt_clean",
    "write_json netlist.json",
)
"""What Yosys is told: its general synthesis, and a mapping to gates of two inputs and inverters, by area."""
TIMEOUT = 600.0


class SynthesisFailed(RuntimeError):
    """Yosys failed, did not end, or made a netlist that is wrong."""


class Synthesized(NamedTuple):
    """A netlist, and the program that made it with its version."""

    netlist: Netlist
    version: str


def synthesized(name: str, verilog: str, timeout: float = TIMEOUT) -> Synthesized | None:
    """The netlist of a module; ``None`` where Yosys is not installed. ``SynthesisFailed`` in one line."""
    program = shutil.which(PROGRAM)
    if program is None:
        return None
    with TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "multiplier.v").write_text(verilog, encoding="ascii")
        try:
            done = subprocess.run(  # noqa: S603 the program that is looked for, with a fixed script
                [program, "-q", "-p", "; ".join(SCRIPT)], cwd=here, capture_output=True, text=True, timeout=timeout, check=False
            )
        except OSError as error:
            raise SynthesisFailed(f"cannot start {program!r}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise SynthesisFailed(f"{PROGRAM} did not finish {name} within {timeout:g} s") from None
        if done.returncode:
            said = " ".join((done.stderr or done.stdout).split())
            raise SynthesisFailed(f"{PROGRAM} failed on {name} with {done.returncode}: {said[:200] or 'it said nothing'}")
        try:
            text = json.loads((here / "netlist.json").read_text(encoding="utf-8"))
            return Synthesized(read_netlist(text, MODULE), text["creator"])
        except (OSError, ValueError, KeyError) as error:
            raise SynthesisFailed(f"the netlist that {PROGRAM} made of {name} cannot be read: {error}") from None
