"""Synthesis by Yosys: from Verilog to a netlist of simple gates."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .multipliers import MODULE
from .netlists import Netlist, read_netlist

PROGRAM = "yosys"
SCRIPT = (
    "read_verilog multiplier.v",
    f"synth -noabc -top {MODULE}",
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
            code, said = _run([program, "-q", "-p", "; ".join(SCRIPT)], here, timeout)
        except OSError as error:
            raise SynthesisFailed(f"cannot start {program!r}: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise SynthesisFailed(f"{PROGRAM} did not finish {name} within {timeout:g} s") from None
        if code:
            raise SynthesisFailed(
                f"{PROGRAM} failed on {name} with {code}: {' '.join(said.split())[:200] or 'it said nothing'}"
            )
        try:
            text = json.loads((here / "netlist.json").read_text(encoding="utf-8"))
            return Synthesized(read_netlist(text, MODULE), text["creator"])
        except (OSError, ValueError, KeyError) as error:
            raise SynthesisFailed(f"the netlist that {PROGRAM} made of {name} cannot be read: {error}") from None


def _run(command: Sequence[str], folder: Path, timeout: float) -> tuple[int, str]:
    """The exit code of a program and what it said; when time is up or on an interrupt it is ended with all that it started."""
    process = subprocess.Popen(  # noqa: S603 the program that was looked for, with a fixed script
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=timeout)
    except BaseException:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.communicate()
        raise
    return process.returncode, said
