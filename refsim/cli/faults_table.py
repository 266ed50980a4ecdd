"""What a plan comes to, as tables for people."""

from __future__ import annotations

from collections import Counter
from time import perf_counter

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..campaigns.campaign import Campaign
from ..campaigns.report.facts import Facts, facts_of
from ..campaigns.statistics.planning import advice, no_flip, trials_for_half_width, trials_without_failure
from ..engine.candidates import candidates

PATIENCE = 10.0
"""The seconds after which it is not measured any further how long trials take."""
POINT = 0.01
"""The half-width and the rate for which numbers of trials are given."""


def table(title: str, columns: list[str], rows: list[list[str]], said: str = "") -> Table:
    """A table whose first two columns are texts."""
    found = Table(title=title, caption=said or None, title_justify="left", caption_justify="left")
    for i, column in enumerate(columns):
        found.add_column(column, justify="left" if i < 2 else "right")
    for row in rows:
        found.add_row(*map(Text, row))
    return found


def planned(campaign: Campaign) -> None:
    """Print the arms, the sites and the cells of a campaign, and what its trials can tell."""
    manifest = campaign.manifest()
    facts = facts_of(manifest)
    console = Console()
    console.print(arms(campaign))
    console.print(sites(campaign))
    console.print(cells(campaign, facts))
    if low := [one for one in facts if one.expected is not None and 0 < one.expected < 5 and one.kind != "count"]:
        clean = no_flip(low[0].candidates, float(low[0].rate or 0))
        click.echo(f"{low[0].arm}, {low[0].faults}: {advice(float(low[0].expected or 0), clean)}")
    stop = campaign.plan.stop
    point, none = trials_for_half_width(0.5, POINT, stop.level), trials_without_failure(POINT, stop.level)
    click.echo(
        f"At a level of {stop.level}: a rate within one point needs up to {point} trials; {none} trials without an event show "
        f"that its rate is below {POINT}."
    )
    trials = sum(one.trials for one in campaign.stops().values())
    click.echo(f"At most {trials} trials in {len(facts)} cells, {campaign.plan.name}: {timed(campaign)}")


def arms(campaign: Campaign) -> Table:
    """The arms and their runs without faults."""
    rows = []
    for name, built in campaign.arms.items():
        clean, labelled = built.clean, int((built.clean.labels >= 0).sum())
        right = f"{100 * clean.right.sum() / labelled:.2f}" if labelled else "no labels"
        bits = sum(part.array.codes.size * part.array.format.width for parts in built.parts.values() for part in parts.values())
        rows.append([name, built.network.network.name, str(len(clean.labels)), right, str(bits)])
    return table("Arms", ["arm", "network", "samples", "right without faults %", "bits stored"], rows)


def sites(campaign: Campaign) -> Table:
    """The sites of each arm by kind."""
    rows = []
    for name, built in campaign.arms.items():
        counts, bits = Counter[str](), Counter[str]()
        for site, _ in built.sites.values():
            counts[site.kind] += 1
            bits[site.kind] += site.bits
        rows += [[name, kind, str(counts[kind]), str(bits[kind])] for kind in sorted(counts)]
    return table("Sites", ["arm", "kind", "sites", "bits"], rows, "Results and registers are counted for all samples.")


def cells(campaign: Campaign, facts: list[Facts]) -> Table:
    """The cells and their faults."""
    rows, stops = [], campaign.stops()
    for one in facts:
        targets = campaign.targets[one.number]
        expected = "" if one.expected is None else f"{float(one.expected):.4g}"
        none = no_flip(one.candidates, float(one.rate)) if one.rate is not None and one.kind == "rate" else None
        rows.append(
            [
                str(one.number),
                f"{one.arm}, {one.faults}",
                str(len(targets)),
                str(sum(candidates(target).count for target in targets)),
                expected,
                "" if none is None else f"{100 * none:.3g}",
                str(stops[one.number].trials),
            ]
        )
    columns = ["cell", "arm, faults", "sites", "bits", "flips expected", "trials without %", "trials at most"]
    return table("Cells", columns, rows)


def timed(campaign: Campaign) -> str:
    """How long the trials would take here, by one trial of each cell."""
    total, first = 0.0, perf_counter()
    for number, stop in campaign.stops().items():
        began = perf_counter()
        if began - first > PATIENCE:
            return f"cells 0 to {number - 1} alone take {said(total)}"
        campaign.row(number, 0)
        total += stop.trials * (perf_counter() - began)
    return f"about {said(total)}"


def said(seconds: float) -> str:
    """A time in words."""
    return f"{max(seconds, 1):.0f} s with one worker" if seconds < 120 else f"{seconds / 60:.0f} min with one worker"
