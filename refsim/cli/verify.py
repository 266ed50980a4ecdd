"""The command that verifies a device."""

from __future__ import annotations

from pathlib import Path

import click

from ..vectors.devices import device
from ..vectors.file import Vectors, parse, read
from ..vectors.manifest import save
from ..vectors.reports import as_json, as_junit, text
from ..vectors.suites import matching
from ..vectors.verify import NAN_POLICIES
from ..vectors.verify import verify as run


@click.command()
@click.argument("what", metavar="FILE_OR_SUITE")
@click.option("--dut", required=True, help="The device: cmd:COMMAND, py:MODULE:FUNCTION, file:RESULTS or mutant:NAME.")
@click.option("--flags", is_flag=True, help="Compare the status flags too; the device answers them behind the result.")
@click.option("--nan", type=click.Choice(NAN_POLICIES), default="exact", show_default=True, help="What counts as a right NaN.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=60, show_default=True, help="Seconds for a command."
)
@click.option("--max-failures", type=click.IntRange(0), default=5, show_default=True, help="How many failures to show.")
@click.option("--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON report to this file.")
@click.option("--junit", "junit_path", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML to this file.")
def verify(
    what: str,
    dut: str,
    flags: bool,
    nan: str,
    timeout: float,
    max_failures: int,
    json_path: Path | None,
    junit_path: Path | None,
) -> None:
    """Verify a device against a vector file, or against a published suite by name (see 'refsim vectors list').

    A command gets one line of space-separated hexadecimal operands a vector on its standard input and answers one line of
    hexadecimal results each, in the same order. It never sees what is expected.

    Exit codes: 0 conforms, 1 differs, 2 misuse, 3 incomplete or nothing checked, 4 damaged vector file, 5 the device crashed or
    timed out.

    \b
    Examples: refsim verify multiply/float8_e4m3fn/ties_to_even.saturate.edge --dut cmd:./device
              refsim verify vectors.rsv --dut file:simulation.txt --flags --junit report.xml
    """
    asked = device(dut, timeout)
    reports = [run(vectors, asked, dut, flags=flags, nan=nan, keep=max_failures) for vectors in _vectors(what)]
    for number, report in enumerate(reports):
        click.echo(("\n" if number else "") + "\n".join(text(report)))
    if json_path:
        save(json_path, as_json(reports))
    if junit_path:
        save(junit_path, as_junit(reports))
    codes = {report.exit_code for report in reports}
    raise SystemExit(next((code for code in (1, 5, 3) if code in codes), 0))


def _vectors(what: str) -> list[Vectors]:
    if Path(what).is_file() or (what.endswith(".rsv") and ("/" not in what or Path(what).parent.is_dir())):
        return [read(what)]
    return [parse(suite.text().encode("ascii"), suite.path) for suite in matching((what,))]
