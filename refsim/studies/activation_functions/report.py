"""The report of the study."""

from __future__ import annotations

from ..results.report import Report, Section
from ..running.jobs import Scale
from ..study import Records
from . import figures, tables, texts
from .claims import claims
from .settings import FLOAT, INT8, settings


def report(scale: Scale, records: Records) -> Report:
    """All that the page says."""
    chosen = settings(scale)
    return Report(
        texts.QUESTION,
        texts.set_up(chosen, scale.data),
        [
            Section(
                "Without faults",
                "How well the networks segment, on all test images, before anything flips.",
                [figures.quality(records)],
                [tables.overlaps(records)],
            ),
            Section(
                "One flip",
                texts.of_robustness(records),
                [figures.robustness(records), figures.not_finite(records)],
                [tables.changes(records), tables.differences(records)],
            ),
            Section(
                "Tensors and bits",
                texts.of_bits(records),
                [figures.bits(records), figures.float_map(records), figures.int8_map(records)],
                [tables.tensors(records, FLOAT), tables.tensors(records, INT8)],
            ),
        ],
        claims(records),
        Section(
            "Beside the paper",
            "The paper says in words what these claims say; its numbers were not available.",
            [],
            [tables.beside(records, chosen, scale.data)],
        ),
        texts.LIMITS,
    )
