"""The report of the study."""

from __future__ import annotations

from ..results.report import Report, Section
from ..running.jobs import Scale
from ..study import Records
from . import claims, figures, paper, tables, texts
from .networks import CNN, MLP
from .points import curves, points
from .settings import settings_of


def report(scale: Scale, records: Records) -> Report:
    """All that the page says."""
    settings, found = settings_of(scale), points(records)
    every = curves(found)
    main = [curve for curve in every if curve.family == CNN or curve.depth == settings.depth]
    wanted = [(family.name, sizes) for family in settings.families for sizes in family.across]
    across = [point for one in wanted for point in found if (point.family, point.sizes) == one]
    layered = [[point for point in across if point.family == family] for family in (MLP, CNN)]
    return Report(
        question=texts.QUESTION,
        set_up=texts.set_up(scale, records.of(kind="float")[0]["test"]),
        sections=[
            Section(
                "Size",
                texts.by_size(main),
                [figures.by_size(main)],
                [tables.errors(curve) for curve in main],
            ),
            Section("What retraining leaves", texts.remaining(every), [figures.remaining(every)], [tables.gaps(every)]),
            Section(
                "Depth", texts.depths(across), [figures.by_depth([one for one in layered if one])], [tables.across(across)]
            ),
            Section("Effective compression", texts.compressions(main), [figures.ratios(main)], [tables.ratios(every)]),
            Section("Size against precision", texts.memories(), [figures.trade_off(main)], [tables.memories(main)]),
        ],
        claims=claims.claims(main, every, layered[0]),
        beside_the_paper=Section("Beside the paper", texts.beside(), [], [paper.beside(across)]),
        limits=texts.limits(),
    )
