"""The figures of the study."""

from __future__ import annotations

from ..results.charts import LINEAR as STRAIGHT
from ..results.charts import Chart, Level, Panel, Series
from ..results.measured import Measured, over_seeds
from ..study import Records
from . import found
from .datapaths import EXACT, LINEAR, LOGARITHMS
from .errors import CHOICES
from .settings import BITS, CONV_WEIGHTS, METHODS
from .tables import LEARNERS, NAMES, SUMS, TITLES, places_of

COLOURS = {"log3": (0, 1), "log4": (0, 0), "lin3": (1, 1), "lin4": (1, 0)}
"""Of each quantizer, its colour and its dash."""
ACCURACY = "test accuracy (%)"


def full_scales(records: Records) -> Chart:
    """Accuracy by full scale."""
    panels = []
    for network in found.networks(records):
        panels.append(_swept(records, network, "full scale", TITLES[network]))
        if records.of(what="one full scale", network=network):
            panels.append(_swept(records, network, "one full scale", f"{TITLES[network]}, one full scale for all layers"))
    caption = (
        "Accuracy with quantized activations by full scale, counted from the least power of two above all activations of each "
        "layer, or of all layers where there is one full scale for all."
    )
    return Chart("full-scales", caption, panels)


def _swept(records: Records, network: str, what: str, title: str) -> Panel:
    series = [Series(NAMES[name], found.swept(records, network, name, what), *COLOURS[name]) for name in BITS]
    level = Level("float", found.accuracy(found.floats(records, network)).value)
    return Panel(title, "full scale (octaves from the maximum)", ACCURACY, series, STRAIGHT, [level], y_range=(0, 105))


def spread(records: Records) -> Chart:
    """Accuracy by how far channels are spread."""
    own = records.of(what="spread")
    network = own[0]["network"]
    series = []
    for name in BITS:
        points: list[tuple[float | str, Measured]]
        octaves = list(dict.fromkeys(one["octaves"] for one in own))
        points = [(0, found.accuracy(found.best(records, network, name)))]
        points += [(o, found.accuracy(records.of(what="spread", quantizer=name, octaves=o))) for o in octaves]
        series.append(Series(NAMES[name], points, *COLOURS[name]))
    level = Level("float", found.accuracy(found.floats(records, network)).value)
    panel = Panel(TITLES[network], "spread of channels (octaves)", ACCURACY, series, STRAIGHT, [level])
    caption = (
        "The same function with its channels spread over octaves: accuracy with quantized activations at the best full scale."
    )
    return Chart("spread", caption, [panel], 1)


def weights(records: Records) -> Chart:
    """What weights of few bits lose."""
    panels = []
    for network in found.networks(records):
        kept = found.weights(records, network, "activations", "float")
        full = found.floats(records, network)
        series = []
        for base in CONV_WEIGHTS:
            points = [
                (said, found.difference(beside, found.weights(records, network, part, base)))
                for said, part, beside in (
                    ("dense, 4 bits", "dense", kept),
                    ("and kernels, 5 bits", "both", kept),
                    ("kernels alone", "convolutions alone", full),
                )
            ]
            series.append(Series(base, points))
        panels.append(
            Panel(
                TITLES[network],
                "quantized weights",
                "less float weights (points)",
                series,
                levels=[Level("", 0.0)],
                joined=False,
            )
        )
    caption = (
        "What quantized weights lose: of dense layers, of kernels too beside dense layers in base 2, and of kernels alone with "
        "everything else in floating point."
    )
    return Chart("weights", caption, panels)


def errors(records: Records) -> Chart:
    """Signal to noise layer by layer."""
    network = "vgg"
    panels = []
    for choice in CHOICES:
        series = []
        for name in BITS:
            own = records.of(what="errors", network=network, of="activations", quantizer=name, choice=choice)
            points = [
                (str(i + 1), over_seeds([one["sqnr"][i] for one in own]))
                for i in range(len(own[0]["sqnr"]))
                if all(one["sqnr"][i] is not None for one in own)
            ]
            series.append(Series(NAMES[name], points, *COLOURS[name]))
        panels.append(Panel(f"full scale by {choice}", "layer", "signal to quantization noise (dB)", series))
    caption = f"Signal to noise of quantized activations in each layer of the {TITLES[network]} network, on test images."
    return Chart("errors", caption, panels)


def sums(records: Records) -> Chart:
    """Accuracy and agreement by the bits of the register."""
    method = "method 2"
    exact = found.bits(records, method, EXACT, places_of(records, method, EXACT)[0])
    right, codes = [], []
    for kind in (LINEAR, *LOGARITHMS):
        places = places_of(records, method, kind)
        own = [(p, found.bits(records, method, kind, p)) for p in places]
        right.append(Series(SUMS[kind], [(p, found.accuracy(one)) for p, one in own]))
        codes.append(Series(SUMS[kind], [(p, found.same(one, codes=True)) for p, one in own]))
    level = Level("exact sums", found.accuracy(exact).value)
    bits = "fraction bits of the register"
    panels = [
        Panel("accuracy", bits, ACCURACY, right, STRAIGHT, [level], y_range=(0, 105)),
        Panel("activations", bits, "codes as with exact sums (%)", codes, STRAIGHT, y_range=(0, 105)),
    ]
    caption = "Products of two logarithms, summed in a linear register and in the logarithmic domain, by the register's bits."
    return Chart("sums", caption, panels)


def learning(records: Records) -> Chart:
    """Accuracy by epoch."""
    series = [
        Series(LEARNERS[method], found.learned_by_epoch(records, method))
        for method in METHODS
        if records.of(what="learning", method=method)
    ]
    title = "4-bit activations, 5-bit weights and gradients"
    panel = Panel(title, "epoch", ACCURACY, series, STRAIGHT)
    return Chart("learning", "Accuracy after each epoch of training with few bits.", [panel], 1)
