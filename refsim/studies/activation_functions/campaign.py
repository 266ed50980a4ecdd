"""The flips of one network, one a run, and the map of tensors and bits over all trainings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...campaigns.changes import Changes
from ...campaigns.evaluator import Evaluator
from ...engine.array import Array
from ...engine.networks import run
from ...nn.layers.kind import Floats, Parameters
from ...nn.networks import Network, predict
from ...spec.catalogue import get_format
from ..running.jobs import Inputs, Outcome
from .flips import Flip, Tensor, flipped, flips
from .floats import clean_run, struck_output
from .judging import Classes, Overlap, Seen, classes_of, judged, overlap
from .networks import folded, in_int8, inputs_of
from .settings import FLOAT

STRUCK = (".weights", ".bias")


class Subject(NamedTuple):
    """A network under flips: its tensors, the classes of all test images without faults, those of the images that flips are
    judged on, and what the results are with each of some flips."""

    tensors: list[Tensor]
    all_classes: Classes
    classes: Classes
    outputs: Any


def flips_step(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """All flips of a network: a record of what they come to, and arrays: of tensors, and a row for each flip."""
    data, (trained,) = inputs.data, inputs.needs
    network, parameters = folded(options, data, trained.arrays)
    x, labels = data.test_x[: options["judged"]], data.test_t[: options["judged"]]
    subject = (
        float_subject(network, parameters, data.test_x, len(x))
        if options["numbers"] == FLOAT
        else code_subject(network, parameters, data.test_x, len(x), data.train_x[: options["calibration"]])
    )
    count = len(data.classes)
    before = overlap(subject.classes, labels, count)
    chosen = list(flips(subject.tensors, options["margin"], options["seeds"], options["upper"], options["seed"]))
    seen = [judged(y, subject.classes, labels, count, before) for y in subject.outputs(chosen)]
    whole = overlap(subject.all_classes, data.test_t, count)
    rows = rows_of(chosen, seen, before)
    arrays = {
        "rows": rows,
        "names": np.array([tensor.name for tensor in subject.tensors]),
        "elements": np.array([tensor.elements for tensor in subject.tensors]),
        "widths": np.array([tensor.format.width for tensor in subject.tensors]),
    }
    return Outcome([record(options, subject.tensors, rows, whole, before)], arrays)


def float_subject(network: Network, parameters: Parameters, x: Floats, some: int) -> Subject:
    """A network in binary32."""
    binary32 = get_format("binary32")
    tensors = [Tensor(name, binary32, value.size) for name, value in parameters.items()]
    clean = clean_run(network, parameters, x[:some])

    def outputs(chosen: Sequence[Flip]) -> Iterator[Floats]:
        for flip in chosen:
            name = tensors[flip.tensor].name
            yield struck_output(clean, name, flipped(parameters[name].view(np.uint32), flip).view(np.float32))

    return Subject(tensors, classes_of(predict(network, parameters, x)), classes_of(clean.output), outputs)


def code_subject(network: Network, parameters: Parameters, x: Floats, some: int, calibration: Floats) -> Subject:
    """A network of int8."""
    codes, arrays = in_int8(network, parameters, calibration)
    tensors = [Tensor(name, array.format, array.codes.size) for name, array in arrays.items() if name.endswith(STRUCK)]
    evaluator = Evaluator(codes, arrays, inputs_of(x[:some]))
    clean = evaluator.clean.values()

    def outputs(chosen: Sequence[Flip]) -> Iterator[Floats]:
        for number, group in groupby(chosen, key=lambda flip: flip.tensor):
            array, name = arrays[tensors[number].name], tensors[number].name
            trials = [Changes({name: Array(flipped(array.codes, flip), array.format)}) for flip in group]
            for changed in evaluator.run_many(trials):
                y = clean.copy()
                y[changed.samples] = changed.outputs.values()
                yield y

    return Subject(tensors, classes_of(run(codes, arrays, inputs_of(x)).values()), classes_of(clean), outputs)


COLUMNS = ("tensor", "bit", "changed", "wild", "of_all", "mean", "weighted")
"""Of an array of flips; the last three are what of the overlap is lost, in points."""


def rows_of(chosen: Sequence[Flip], seen: Sequence[Seen], before: Overlap) -> NDArray[np.float64]:
    """A row for each flip."""
    found = [
        (flip.tensor, flip.bit, one.changed, one.wild, *np.subtract(before, one.overlap))
        for flip, one in zip(chosen, seen, strict=True)
    ]
    return np.array(found, np.float64)


def record(
    options: Mapping[str, Any], tensors: Sequence[Tensor], rows: NDArray[np.float64], whole: Overlap, before: Overlap
) -> dict[str, Any]:
    """What the flips of a network come to. Every stored bit of a network is as likely as any other: a mean of tensors and bits
    is weighted by the stored bits that it stands for. ``by_tensors`` is the plain mean over the tensors."""
    widths = np.array([tensor.format.width for tensor in tensors])
    stored = (np.arange(widths.max()) < widths[:, None]) * np.array([[tensor.elements] for tensor in tensors], np.float64)
    means = bit_means(rows, *stored.shape)
    of_tensors = means.sum(axis=1) / widths[:, None]
    weighted = np.einsum("tb,tbc->c", stored, means) / stored.sum()
    of_bits = (stored * means[:, :, 0]).sum(axis=0) / stored.sum(axis=0)
    return {
        "kind": "flips",
        **{name: options[name] for name in ("function", "size", "numbers", "seed")},
        "overlap": list(whole),
        "judged": list(before),
        "flips": len(rows),
        "wild_flips": int(rows[:, 3].sum()),
        "changed": float(weighted[0]),
        "wild": float(100 * weighted[1]),
        "lost": weighted[2:].tolist(),
        "by_tensors": float(of_tensors[:, 0].mean()),
        "changed_of_tensors": [round(x, 4) for x in of_tensors[:, 0].tolist()],
        "changed_of_bits": [round(x, 4) for x in of_bits.tolist()],
    }


def bit_means(rows: NDArray[np.float64], tensors: int, width: int) -> NDArray[np.float64]:
    """The means of what flips did, the last axis, of each tensor and bit; 0 for bits that a tensor does not have."""
    sums, runs = np.zeros((tensors, width, rows.shape[1] - 2)), np.zeros((tensors, width, 1))
    places = (rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64))
    np.add.at(sums, places, rows[:, 2:])
    np.add.at(runs, places, 1)
    found: NDArray[np.float64] = sums / np.maximum(runs, 1)
    return found


def map_step(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """The mean of changed pixels of each tensor and bit, over all trainings."""
    rows, first = np.concatenate([one.arrays["rows"] for one in inputs.needs]), inputs.needs[0].arrays
    names, widths = first["names"].tolist(), first["widths"].tolist()
    means = bit_means(rows, len(names), max(widths))[:, :, 0].tolist()
    found = {
        "kind": "map",
        **{name: options[name] for name in ("function", "size", "numbers")},
        "tensors": names,
        "bits": (first["elements"] * first["widths"]).tolist(),
        "flips": np.bincount(rows[:, 0].astype(np.int64), minlength=len(names)).tolist(),
        "changed": [[round(x, 2) for x in line[:width]] for line, width in zip(means, widths, strict=True)],
    }
    return Outcome([found])
