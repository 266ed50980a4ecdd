"""Commands about golden vectors: list, generate, check, and the catalogue of mutants."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from ..vectors.exports import FORMS, exported
from ..vectors.header import TIERS
from ..vectors.manifest import NAME, Entry, differences, make_all, manifest_text, problems, read_manifest, representatives, save
from ..vectors.subjects import every_mutant
from ..vectors.suites import Suite, matching, suites
from ..vectors.verify import DAMAGED
from .progress import progress_bar

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def vectors() -> None:
    """Make, list and check golden vectors."""


@vectors.command(name="list")
@click.argument("patterns", metavar="[SUITE...]", nargs=-1)
@click.option("--tier", type=click.Choice(TIERS), help="Only suites of this tier.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_suites(patterns: tuple[str, ...], tier: str | None, as_json: bool) -> None:
    """List the published suites; SUITE is a name or a pattern such as 'multiply/*'.

    \b
    Example: refsim vectors list 'convert/binary32-to-float8_e4m3fn/*'
    """
    found = [s for s in (matching(patterns) if patterns else suites()) if tier in (None, s.tier)]
    if as_json:
        rows = [{"name": s.path, "tier": s.tier, "clauses": s.configuration.clauses} for s in found]
        click.echo(json.dumps(rows, indent=1))
        return
    for suite in found:
        click.echo(suite.path)


@vectors.command()
@click.argument("patterns", metavar="[SUITE...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Make every published suite, and the manifest.")
@click.option("--out", type=FOLDER, required=True, help="The folder to write to.")
@click.option("--workers", type=click.IntRange(1), help="How many processes; as many as there are cores if not said.")
def generate(patterns: tuple[str, ...], everything: bool, out: Path, workers: int | None) -> None:
    """Make vector files from the specification.

    With --all only files that are published whole are written, and the manifest lists the others by count and digest.

    \b
    Example: refsim vectors generate 'multiply/float8_e4m3fn/*' --out vectors-of-mine
    """
    if everything == bool(patterns):
        raise click.UsageError("name the suites to make, or give --all")
    wanted = list(suites()) if everything else matching(patterns)
    entries: list[Entry] = []
    with progress_bar("making vectors", len(wanted)) as progress:
        for text, entry in make_all(wanted, workers):
            if entry.stored or not everything:
                save(out / entry.file, text)
            entries.append(entry)
            progress.advance(progress.task_ids[0])
    if everything:
        save(out / NAME, manifest_text(entries))
    rows = sum(entry.count for entry in entries)
    click.echo(f"{len(entries)} suites, {rows} vectors, {sum(e.stored or not everything for e in entries)} files in {out}")


@vectors.command()
@click.argument("patterns", metavar="SUITE...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(FORMS), required=True, help="The form of the files.")
@click.option("--out", type=FOLDER, required=True, help="The folder to write to.")
def export(patterns: tuple[str, ...], form: str, out: Path) -> None:
    """Write vectors for other programs: as Berkeley TestFloat's testfloat_gen prints them, as CSV, or as JSON lines.

    TestFloat has some operations on some formats only; a suite that it has no words for is misuse, and nothing is written.

    \b
    Example: refsim vectors export 'multiply/binary16/*.infinity.edge' --format testfloat --out testfloat
    """
    files = exported(matching(patterns), form)
    for name, text in files.items():
        save(out / name, text)
    click.echo(f"{len(files)} files in {out}")


@vectors.command()
@click.argument("folder", type=FOLDER)
@click.option("--digests", is_flag=True, help="Only compare the files with the manifest's digests; make nothing anew.")
@click.option("--all", "everything", is_flag=True, help="Make every suite anew, those published by digest alone too.")
@click.option("--workers", type=click.IntRange(1), help="How many processes; as many as there are cores if not said.")
def check(folder: Path, digests: bool, everything: bool, workers: int | None) -> None:
    """Check a folder of vectors: digests, and that the specification still says the same, byte for byte.

    Every stored file is compared with its digest, and a few suites of every operation are made anew; with --all, every suite.
    Exit code 4 where anything differs.

    \b
    Example: refsim vectors check vectors
    """
    entries = read_manifest(folder)
    found = list(problems(folder, entries))
    made = 0
    if not digests:
        listed = {entry.file for entry in entries if entry.stored}
        known = {entry.file for entry in entries}
        few = {suite.path for suite in representatives(suite for suite in suites() if suite.path in listed)}
        wanted: list[Suite] = [s for s in suites() if everything or s.path in few or s.path not in known]
        gone = known - {s.path for s in suites()}
        found += [f"{name}: listed in the manifest, but no suite makes it" for name in sorted(gone)]
        made = len(wanted)
        with progress_bar("making vectors anew", made) as progress:
            fresh = make_all(wanted, workers)
            found += list(differences(folder, fresh, entries, lambda: progress.advance(progress.task_ids[0])))
    for line in found:
        click.echo(f"refsim: {line}", err=True)
    stored = sum(entry.stored for entry in entries)
    click.echo(
        f"{len(entries)} suites listed, {stored} files compared with their digests, {made} made anew: {len(found)} problems"
    )
    if found:
        raise SystemExit(DAMAGED)


@vectors.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def mutants(as_json: bool) -> None:
    """List the known bugs that a diagnosis can name; each is a device of its own: --dut mutant:NAME.

    \b
    Example: refsim vectors mutants --json
    """
    if as_json:
        click.echo(json.dumps([{"name": m.name, "sentence": m.sentence} for m in every_mutant()], indent=1))
        return
    width = max(len(mutant.name) for mutant in every_mutant())
    for mutant in every_mutant():
        click.echo(f"{mutant.name:<{width}}  {mutant.sentence}")


@vectors.command()
@click.argument("folder", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score(folder: Path, as_json: bool) -> None:
    """How many of the mutants that apply to a suite its vectors notice, and which they do not.

    \b
    Example: refsim vectors score vectors
    """
    entries = [entry for entry in read_manifest(folder) if entry.killed or entry.survived]
    if as_json:
        keys = ("file", "count", "killed", "survived")
        click.echo(json.dumps([{k: v for k, v in asdict(entry).items() if k in keys} for entry in entries], indent=1))
        return
    for entry in entries:
        missed = f"; not noticed: {' '.join(entry.survived)}" if entry.survived else ""
        click.echo(f"{entry.file}: {len(entry.killed)} of {len(entry.killed) + len(entry.survived)}{missed}")
