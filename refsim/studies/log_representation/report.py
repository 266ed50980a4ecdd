"""The report of the study."""

from __future__ import annotations

from ..results.report import Report, Section
from ..results.tables import Cell, Column, Table
from ..running.jobs import Scale
from ..study import Records
from . import claims, figures, found, tables, texts
from .errors import CHOICES
from .settings import BITS, METHODS, settings_of
from .tables import TITLES

REPORTED = "reported, not verified here"
READ = "the paper reports"
"""Of kernels in 5 bits; the accuracies with float weights beside them are reported only."""
PAPER_ACTIVATIONS = {"alexnet": ("AlexNet", 78.3, (76.9, 76.9, 77.1, 77.6)), "vgg": ("VGG16", 89.8, (89.2, 89.8, 83.0, 89.4))}
"""Top-5 accuracy with activations of 3 and 4 bits, logarithmic and linear."""
PAPER_DENSE = {"alexnet": (76.9, {"base 2": 76.8, "linear": 76.4}), "vgg": (89.8, {"base 2": 89.5, "linear": 89.7})}
PAPER_KERNELS = {
    "alexnet": (76.8, {"linear": 73.6, "base 2": 70.6, "base sqrt2": 75.1}),
    "vgg": (89.5, {"linear": 85.1, "base 2": 83.4, "base sqrt2": 89.0}),
}
PAPER_ERROR = 100 * 34.19 / 102.89
"""The mean error of logarithms by that of linear steps, in percent, of the activations of one layer."""
PAPER_LEARNING = {"log": 93.79, "linear": 92.53}


def report(scale: Scale, records: Records) -> Report:
    """The report of all records."""
    sections = [
        Section(
            "Activations",
            texts.ACTIVATIONS,
            [figures.full_scales(records)],
            [tables.activations(records), tables.full_scales(records), tables.offsets(records)],
        ),
        Section("Wide ranges", texts.SPREAD, [figures.spread(records)]),
        Section("Weights", texts.WEIGHTS, [figures.weights(records)], [tables.weights(records)]),
        Section("Errors of quantization", texts.ERRORS, [figures.errors(records)], [tables.errors(records)]),
        Section("Bit by bit", texts.SUMS, [figures.sums(records)], [tables.sums(records)]),
        Section("Training", texts.LEARNING, [figures.learning(records)], [tables.learning(records)]),
    ]
    beside = Section("Beside the paper", texts.BESIDE, (), [beside_the_paper(records), errors_beside(records)])
    return Report(
        texts.QUESTION, texts.set_up(scale, settings_of(scale)), sections, claims.claims(records), beside, texts.LIMITS
    )


def beside_the_paper(records: Records) -> Table:
    """The paper's numbers, each less its own floating point, beside ours."""
    rows: list[list[Cell]] = []
    for network, (said, full, lows) in PAPER_ACTIVATIONS.items():
        for name, low in zip(BITS, lows, strict=True):
            ours = found.difference(found.floats(records, network), found.best(records, network, name))
            rows.append(
                [f"activations: {tables.NAMES[name]}", said, low, round(low - full, 1), REPORTED, TITLES[network], ours]
            )
    for what, part, paper, read in (
        ("dense weights of 4 bits", "dense", PAPER_DENSE, REPORTED),
        ("and kernels of 5 bits", "both", PAPER_KERNELS, READ),
    ):
        for network, (full, bases) in paper.items():
            kept = found.weights(records, network, "activations", "float")
            for base, low in bases.items():
                ours = found.difference(kept, found.weights(records, network, part, base))
                said = PAPER_ACTIVATIONS[network][0]
                rows.append([f"{what}: {base}", said, low, round(low - full, 1), read, TITLES[network], ours])
    for method in METHODS:
        if method in PAPER_LEARNING:
            ours = found.share(found.learned(records, method))
            low = PAPER_LEARNING[method]
            rows.append(
                [
                    f"training, accuracy: {tables.LEARNERS[method]}",
                    "VGG-like, CIFAR-10",
                    low,
                    None,
                    REPORTED,
                    TITLES["vgg-bn"],
                    ours,
                ]
            )
    columns = [
        Column("what"),
        Column("network of the paper"),
        Column("accuracy", "%"),
        Column("less its float", "points"),
        Column("source"),
        Column("network here"),
        Column("less its float; for training, accuracy", "points; %"),
    ]
    caption = "The paper's numbers and ours; with kernels of 5 bits both are less float weights"
    return Table("beside-the-paper", caption, columns, rows)


def errors_beside(records: Records) -> Table:
    """The error of quantization that the paper shows, beside ours."""
    network = "vgg"
    rows: list[list[Cell]] = [
        [
            f"{tables.NAMES[log]}, by {tables.NAMES[linear]}, full scales by {choice}",
            *((PAPER_ERROR, REPORTED) if (log, choice) == ("log3", "maximum") else (None, None)),
            found.error_ratio(records, network, log, linear, choice),
        ]
        for choice in CHOICES
        for log, linear in (("log3", "lin3"), ("log4", "lin4"))
    ]
    columns = [Column("mean error"), Column("VGG16, conv2_2", "%"), Column("source"), Column(TITLES[network], "%")]
    return Table("errors-beside-the-paper", "The mean error of logarithms, where linear steps have 100 %", columns, rows)
