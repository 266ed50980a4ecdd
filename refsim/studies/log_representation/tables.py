"""The tables of the study."""

from __future__ import annotations

from ..results.measured import Measured, over_seeds
from ..results.tables import Cell, Column, Table
from ..study import Records
from . import found
from .datapaths import EXACT, LINEAR, LOGARITHMS, SHIFTS
from .errors import ACTIVATIONS, CHOICES, WEIGHTS
from .settings import BITS, CONV_WEIGHTS, FC_WEIGHTS, METHODS

TITLES = {"alexnet": "AlexNet-like", "vgg": "VGG-like", "vgg-bn": "VGG-like with BN", "vgg-narrow": "narrow VGG-like"}
"""How the networks are called on the page."""
NAMES = {"log3": "log, 3 bits", "log4": "log, 4 bits", "lin3": "linear, 3 bits", "lin4": "linear, 4 bits"}
LEARNERS = {
    "float": "float",
    "log": "log, base 2",
    "log sqrt2": "log, base sqrt2",
    "linear": "linear, float gradients",
    "linear gradients": "linear, 5-bit gradients",
}
ALL_SUMS = (EXACT, LINEAR, *LOGARITHMS)
SUMS = {
    "host": "binary32 of the host",
    EXACT: "exact",
    LINEAR: "linear register",
    LOGARITHMS[0]: "log domain, table at the end",
    LOGARITHMS[1]: "log domain, lines at the end",
}


def activations(records: Records) -> Table:
    """Accuracy with activations of few bits, each at its best full scale."""
    rows: list[list[Cell]] = []
    for network in found.networks(records):
        own = [found.accuracy(found.best(records, network, name)) for name in BITS]
        rows.append([TITLES[network], found.accuracy(found.floats(records, network)), *own])
    columns = [Column("network"), Column("float", "%"), *(Column(NAMES[name], "%") for name in BITS)]
    return Table(
        "activations", "Test accuracy with quantized activations, full scales chosen on training images", columns, rows
    )


def full_scales(records: Records) -> Table:
    """How many full scales will do, and which one was chosen."""
    rows: list[list[Cell]] = []
    for network in found.networks(records):
        for name in BITS:
            own = found.best(records, network, name)
            chosen = over_seeds([float(one["best"]) for one in own])
            less = found.difference(found.floats(records, network), own)
            rows.append([TITLES[network], NAMES[name], over_seeds(found.octaves(records, network, name)), chosen, less])
    columns = [
        Column("network"),
        Column("activations"),
        Column(f"full scales within {found.WITHIN:g} points of the best", "octaves"),
        Column("chosen full scale", "octaves"),
        Column("accuracy less float", "points"),
    ]
    return Table("full-scales", "Full scales that will do, and the one that training images choose", columns, rows)


def offsets(records: Records) -> Table:
    """The ranges of the layers of the first training of each network."""
    rows: list[list[Cell]] = []
    for network in found.networks(records):
        own = found.best(records, network, "log4")[0]["offsets"]
        rows.append([TITLES[network], ", ".join(map(str, own))])
    caption = "Offsets of the layers in order, first training: the greatest activation is below two to that power"
    return Table("offsets", caption, [Column("network"), Column("offsets", "octaves")], rows)


def weights(records: Records) -> Table:
    """Accuracy with weights of few bits."""
    rows: list[list[Cell]] = []
    for network in found.networks(records):
        kept = found.weights(records, network, "activations", "float")
        full = found.floats(records, network)
        for part, said, quantizers, beside in (
            ("dense", "dense layers 4 bits", FC_WEIGHTS, kept),
            ("both", "dense layers 4 bits in base 2, convolutions 5 bits", CONV_WEIGHTS, kept),
            ("convolutions alone", "convolutions 5 bits, all else in float", CONV_WEIGHTS, full),
        ):
            bases = [found.weights(records, network, part, base) for base in quantizers]
            gain = found.difference(bases[1], bases[2])
            rows.append([TITLES[network], said, found.accuracy(beside), *map(found.accuracy, bases), gain])
    columns = [
        Column("network"),
        Column("weights"),
        Column("float weights", "%"),
        *(Column(base, "%") for base in CONV_WEIGHTS),
        Column("base sqrt2 less base 2", "points"),
    ]
    caption = "Test accuracy with quantized weights; activations are logarithms of 4 bits but in the rows that say otherwise"
    return Table("weights", caption, columns, rows)


def errors(records: Records) -> Table:
    """Errors of quantization, as means over layers."""
    rows: list[list[Cell]] = []
    for network in found.networks(records):
        for of, quantizers in (("activations", ACTIVATIONS), ("weights", WEIGHTS)):
            for name in quantizers:
                said = NAMES.get(name, f"{name}, 5 bits")
                cells: list[Cell] = [TITLES[network], of if of == "activations" else "kernels", said]
                for choice in CHOICES:
                    cells += [over_seeds(found.errors(records, network, of, name, choice, what)) for what in ("mean", "sqnr")]
                rows.append(cells)
    columns = [Column("network"), Column("of"), Column("quantizer")]
    for choice in CHOICES:
        columns += [Column(f"mean error, {choice}", "% of mean magnitude"), Column(f"SQNR, {choice}", "dB")]
    return Table(
        "errors", "Errors of quantization, means over layers; full scales by the maximum, by least squares", columns, rows
    )


def sums(records: Records) -> Table:
    """What the networks of codes give on each datapath."""
    rows: list[list[Cell]] = []
    for method in SHIFTS:
        reference = next(iter(places_of(records, method, EXACT)))
        exact = found.bits(records, method, EXACT, reference)
        host = found.bits(records, method, "host", None)
        rows.append([method, SUMS["host"], None, found.accuracy(host), found.difference(exact, host), None, None])
        for kind in ALL_SUMS:
            for places in places_of(records, method, kind):
                own = found.bits(records, method, kind, places)
                less = found.difference(exact, own) if kind != EXACT else None
                agree: list[Measured | None] = [found.same(own), found.same(own, codes=True)] if kind != EXACT else [None, None]
                rows.append([method, SUMS[kind], places, found.accuracy(own), less, *agree])
    columns = [
        Column("products"),
        Column("sums"),
        Column("fraction bits"),
        Column("accuracy", "%"),
        Column("less exact sums", "points"),
        Column("same class", "%"),
        Column("same codes of activations", "%", 2),
    ]
    return Table("sums", "The network of codes on its datapaths, beside exact sums of the same products", columns, rows)


def places_of(records: Records, method: str, kind: str) -> list[int]:
    """The places after the point with which sums of a kind were made."""
    return list(dict.fromkeys(one["places"] for one in records.of(what="bits", method=method, sums=kind)))


def learning(records: Records) -> Table:
    """Accuracies after training with few bits."""
    rows: list[list[Cell]] = []
    full = found.learned(records, "float")
    for method in METHODS:
        own = records.of(what="learning", method=method)
        if own:
            last = found.learned(records, method)
            worst = min(last)
            less = None if method == "float" else over_seeds([a - b for a, b in zip(last, full, strict=True)])
            rows.append([LEARNERS[method], found.share(last), less, worst, sum(one["accuracies"] is None for one in own)])
    columns = [
        Column("training"),
        Column("accuracy", "%"),
        Column("less float", "points"),
        Column("worst training", "%"),
        Column("diverged"),
    ]
    return Table("learning", "Training with activations of 4 bits, weights and gradients of 5 bits", columns, rows)
