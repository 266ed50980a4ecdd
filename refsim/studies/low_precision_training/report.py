"""The report of the study."""

from __future__ import annotations

from ..results.report import Report, Section
from ..running.jobs import Scale
from ..study import Records
from . import claims, figures, found, tables, texts
from .figures import COMPUTATION, STORAGE
from .settings import MAXOUT, setting


def report(scale: Scale, records: Records) -> Report:
    """All that the page says."""
    wanted = setting(scale)
    networks = found.networks(records)
    swept = {network: wanted.networks[network].sweeps for network in networks}
    return Report(
        question=texts.QUESTION,
        set_up=texts.set_up(scale.data, wanted, records),
        sections=[
            Section("The formats", texts.formats(records), [], [tables.formats(records, one) for one in networks]),
            Section(
                "The width of what is computed",
                texts.COMPUTATION,
                [figures.by_width(records, swept, COMPUTATION)],
                [tables.by_width(records, swept, COMPUTATION)],
            ),
            Section(
                "The width of stored parameters",
                texts.storage(records),
                [figures.by_width(records, swept, STORAGE)],
                [tables.by_width(records, swept, STORAGE), tables.narrowest(records, swept)],
            ),
            Section(
                "The radix point",
                texts.radix(records, wanted.networks[MAXOUT].sweeps.radices),
                [figures.radix(records, swept)],
                [tables.radix(records, swept)],
            ),
            Section(
                "The rate of overflows",
                texts.overflows(records),
                [figures.overflows(records, swept)],
                [tables.overflows(records, swept)],
            ),
            Section("Ranges", texts.ranges(records), [figures.ranges(records, networks)]),
            Section("What a multiplier costs", texts.gates(records), [], [tables.accumulators(records)]),
        ],
        claims=claims.claims(records, swept),
        beside_the_paper=Section("Beside the paper", texts.beside(wanted, records), [], [tables.beside(records, networks)]),
        limits=texts.LIMITS,
    )
