"""The report of the study."""

from __future__ import annotations

from collections.abc import Sequence

from ..results.report import Report, Section
from ..results.tables import Cell, Column, Table
from ..running.jobs import Scale
from ..study import Records
from . import texts
from .claims import claims
from .figures import costs_chart, gains_chart, rates_chart, targets_chart
from .readings import accuracy, gain, one, stored
from .settings import BINARY32, FORMATS, HIGH, LOW, MIDDLE, PLAIN, Q25
from .tables import (
    costs_table,
    errors_table,
    factors_table,
    flips_table,
    gains_table,
    rate_name,
    rates_table,
    single_table,
    targets_table,
    trainings_table,
)


def report(scale: Scale, records: Records) -> Report:
    """All that the study says, made of its records."""
    costs = [costs_table(records, Q25, HIGH), *(costs_table(records, format, LOW) for format in reversed(FORMATS))]
    formats = list(reversed(FORMATS))
    sections = [
        Section(
            "Accuracy by rate",
            texts.RATES_TEXT,
            [rates_chart(records, format) for format in formats],
            [*(rates_table(records, format) for format in formats), flips_table(records)],
        ),
        Section(
            "Two gains",
            texts.GAINS_TEXT,
            [gains_chart(records)],
            [gains_table(records), trainings_table(records)],
        ),
        Section("The error of what is read", texts.ERRORS_TEXT, (), [errors_table(records)]),
        Section(
            "What weights are scaled to",
            texts.TARGETS_TEXT,
            [targets_chart(records)],
            [targets_table(records, format) for format in formats],
        ),
        Section("Beside check bits", texts.COSTS_TEXT, [costs_chart(records)], costs),
        Section("Factors that are hit", texts.FACTORS_TEXT, (), [factors_table(records)]),
        Section("One division", texts.SINGLE_TEXT, (), [single_table(records)]),
    ]
    beside = Section("Beside the paper", texts.beside(records), (), [paper_table(records)])
    return Report(texts.QUESTION, texts.set_up(scale, records), sections, claims(records), beside, texts.LIMITS)


def paper_table(records: Records) -> Table:
    """The paper's numbers beside those here."""
    seen = "seen, in the abstract"
    sister = "seen, in the abstract of arXiv 2411.19027, of the same authors"
    gained = {rate: gain(records, Q25.name, "resnet-2", rate) for rate in (MIDDLE, LOW, HIGH)}
    lost = {rate: accuracy(one(records, **stored(BINARY32.name, "resnet-1", PLAIN)), rate) for rate in ("0.00001", MIDDLE, LOW)}
    rows: list[Sequence[Cell]] = [
        ("gain by scaling, Q2.5, at 0.0001", "54.418 points, ResNet50", seen, gained.pop(MIDDLE)),
        *((f"the same at {rate_name(rate)}", None, None, found) for rate, found in gained.items()),
        ("accuracy, FP32, not protected, at 0.00001", "a random guess, ResNet18", sister, lost.pop("0.00001")),
        *((f"the same at {rate_name(rate)}", None, None, found) for rate, found in lost.items()),
    ]
    columns = [Column("number"), Column("the paper"), Column("how sure"), Column("here, residual network", "points or %")]
    return Table("paper", "What the paper reports on ImageNet-2012, beside what was found here.", columns, rows)
