"""The tables of a report as rows of text, for the terminal and the page alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .facts import plan_of
from .outcome_tables import classes, of_pixels, outcomes
from .report import Report
from .summary import Summary
from .table import Table, lines, who
from .words import NOTHING, between, estimate, given, number, percent, points, probability, share, sure


def accuracies(report: Report) -> Table:
    """Accuracy and its loss, cell by cell."""
    drop = points(report.options.drop)
    columns = (
        "arm",
        "faults",
        "trials",
        "clean %",
        "mean %",
        "median %",
        "5 % quantile %",
        f"trials that lose > {drop}, %",
    )
    rows = [
        (
            *who(found),
            done(report, found),
            percent(found.clean),
            lines(sure(found.mean, found.sure)),
            lines(estimate(found.median)),
            lines(estimate(found.low)),
            lines(share(found.dropped)),
        )
        for found in report.cells
    ]
    said = (
        f"Accuracy over all {'pixels of all ' if of_pixels(report) else ''}samples of a trial; a sample without a result is a "
        "wrong one. Below each value is its "
        f"{given(report.options.level)} % interval over trials, of means by bootstrap and in brackets by a confidence "
        f"sequence, which has room for what no trial has shown. {how(report)}"
    )
    return Table("Accuracy", said, columns, tuple(rows))


def how(report: Report) -> str:
    """By which method shares of trials have their intervals."""
    if report.stop is None or report.stop.rule == "trials":
        said = "Shares of trials: Clopper and Pearson where all planned trials are there, a confidence sequence before."
    else:
        said = (
            "Shares of trials and of samples: confidence sequences, which hold wherever a cell stops. A cell that stops by "
            "what it sees has on average seen more of it than there is: values, and intervals by bootstrap and of quantiles, "
            "are for display only."
        )
    if any(found.facts.kind == "exhaustive" for found in report.cells):
        said += " Cells that try every fault leave nothing to chance: their intervals are what the missing trials leave open."
    return said


def done(report: Report, found: Summary) -> str:
    """The trials of a cell, and how many are planned where there are fewer."""
    planned = found.facts.candidates if found.facts.kind == "exhaustive" else 0
    if report.stop is not None and report.stop.rule == "trials" and not planned:
        planned = report.stop.trials
    return f"{found.trials} of {planned}" if found.trials < planned else str(found.trials)


def flips(report: Report) -> Table:
    """What faults there were."""
    columns = (
        "arm",
        "faults",
        "bits",
        "flips expected",
        "flips mean",
        "trials without",
        "codes hit",
        "changed %",
        "same value %",
    )
    rows = [
        (
            *who(found),
            str(found.facts.candidates or NOTHING),
            number(found.expected),
            number(found.mean_flips),
            str(found.untouched),
            str(found.hit),
            percent(found.effective / found.hit if found.hit else None),
            percent(found.absorbed / found.effective if found.effective else None),
        )
        for found in report.cells
    ]
    said = (
        "Bits that faults could hit, and flips of a trial as the model has them on average and as they came. Of the codes that "
        "were hit: how many became another code, and how many of these stand for the same value."
    )
    return Table("Faults", said, columns, tuple(rows))


def repairs(report: Report) -> Table | None:
    """What memories corrected and detected, where there was anything."""
    if not any(map(was_guarded, report.cells)):
        return None
    rows = [
        (
            *who(found),
            str(found.trials),
            f"{found.repairs['corrected']} / {found.repairs['miscorrected']}",
            f"{found.repairs['detected']} / {found.repairs['undetected']}",
            str(found.repairs["residual"]),
            str(found.refused),
            lines(share(found.stopped)),
        )
        for found in report.cells
    ]
    said = (
        "In all trials: words in which memories corrected an error, and how many of these they made wrong ones; words in which "
        "they detected one that they could not correct, and wrong ones in which they noticed nothing; and elements that were "
        "read as other codes than without faults. Refused: samples of which there is no result. Stopped: trials in which a "
        "detector stopped the machine."
    )
    columns = (
        "arm",
        "faults",
        "trials",
        "corrected / wrongly",
        "detected / missed",
        "elements wrong",
        "samples refused",
        "stopped %",
    )
    return Table("Protection", said, columns, tuple(rows))


def was_guarded(found: Summary) -> bool:
    """Whether anything was corrected, detected, stopped or refused."""
    stopped = found.stopped is not None and found.stopped.k > 0
    return bool(found.repairs["corrected"] or found.repairs["detected"] or found.refused or stopped)


def comparisons(report: Report) -> Table | None:
    """Arms against the first one, trial by trial."""
    rows = [
        (
            one.arm,
            one.faults,
            one.first,
            str(one.trials),
            f"{number(one.flips[0])} / {number(one.flips[1])}",
            lines(sure(one.difference, one.sure)),
            f"{one.only_first} / {one.only_arm}",
            probability(one.p_value),
            probability(one.p_holm),
        )
        for one in report.comparisons
    ]
    said = (
        "Trials of an arm against the same trials of the first arm, under the same faults. Gained is the mean accuracy of the "
        "arm less that of the first, in points. Lost: trials in which only the first arm, or only this one, loses more than "
        f"{points(report.options.drop)}; p is McNemar's exact test of these two numbers, by Holm among all comparisons, and "
        "there is none where every fault is tried: nothing is left to chance. Under a number of flips, arms with other sites "
        "meet other faults."
    )
    columns = (
        "arm",
        "faults",
        "against",
        "trials",
        "flips mean, first / arm",
        "accuracy gained",
        "lost, first / arm",
        "p",
        "p (Holm)",
    )
    return Table("Arms compared", said, columns, tuple(rows), 3) if rows else None


def stopping(report: Report) -> Table | None:
    """The event that cells were to see, under a rule that looks at it."""
    shown = [(found, found.event) for found in report.cells if found.event is not None]
    if report.stop is None or not shown:
        return None
    rows = [
        (*who(found), event.method, str(event.trials), str(event.events), lines((percent(event.value), between(*event[3:5]))))
        for found, event in shown
    ]
    said = (
        f"Trials with the event {report.stop.event}, by which cells stop, with the interval that suits the rule. By inverse "
        "sampling only the trials up to the last event that was asked for count, and the value is the one without bias."
    )
    return Table("Event of the rule", said, ("arm", "faults", "method", "trials", "events", "rate, %"), tuple(rows), 3)


def gates(report: Report) -> Table | None:
    """The checks of the campaign itself."""
    rows = [(gate.name, "passed" if gate.passed else "FAILED", gate.said) for gate in report.gates]
    said = "Checks of the campaign itself. Where one failed, no other number is to be believed."
    return Table("Gates", said, ("gate", "result", "what was found"), tuple(rows), 3) if rows else None


def sites(report: Report) -> Table | None:
    """The sites that faults aim at, of all cells, each once."""
    found = {(target.number, target.name): target for cell in report.cells for target in cell.facts.targets}
    rows = [
        (one.name, one.kind, one.format, str(one.number), str(one.width), str(one.count), str(one.width * one.count))
        for _, one in sorted(found.items())
    ]
    columns = ("site", "kind", "format", "number", "bits of a code", "codes", "bits")
    return Table("Sites", "The stored codes that faults aim at.", columns, tuple(rows), 3) if rows else None


def plan(report: Report) -> Table:
    """What decides the results: all of the plan, and the versions."""
    parts = {
        **plan_of(report.manifest),
        "versions": report.manifest.get("versions"),
        "digest of the data": report.manifest.get("data"),
    }
    rows = [line for name, part in parts.items() for line in flat(str(name), part)]
    return Table("Plan", "What decides the results.", ("what", "value"), tuple(sorted(rows)))


def flat(name: str, part: Any) -> list[tuple[str, str]]:
    """Plain data as lines of a name and a value; lists of records by their names."""
    if isinstance(part, Mapping) and part:
        return [
            line for key, one in part.items() if key != "name" or not name.endswith(")") for line in flat(f"{name}: {key}", one)
        ]
    if isinstance(part, list) and part and all(isinstance(one, Mapping) for one in part):
        return [line for i, one in enumerate(part) for line in flat(f"{name} ({one.get('name', i + 1)})", one)]
    return [(name, part if isinstance(part, str) else json.dumps(part))]


def all_tables(report: Report) -> Sequence[Table]:
    """The tables in order, without those that have nothing to show."""
    shown = any(found.outcomes for found in report.cells)
    by_class = (outcomes(report, "trials"), outcomes(report, "images"), classes()) if shown else ()
    found = (
        accuracies(report),
        stopping(report),
        comparisons(report),
        gates(report),
        repairs(report),
        *by_class,
        flips(report),
        sites(report),
    )
    return [table for table in (*found, plan(report)) if table is not None and table.rows]
