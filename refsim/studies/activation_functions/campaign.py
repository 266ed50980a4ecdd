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
    """All flips of a network: a record of their sums, and an array with a row for each of them."""
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
    chosen = list(flips(subject.tensors, options["margin"], options["seeds"], options["seed"]))
    seen = [judged(y, subject.classes, labels, count, before) for y in subject.outputs(chosen)]
    whole = overlap(subject.all_classes, data.test_t, count)
    rows = rows_of(chosen, seen, before)
    return Outcome([record(options, subject.tensors, rows, whole, before)], {"rows": rows})


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
    options: Mapping[str, Any], tensors: list[Tensor], rows: NDArray[np.float64], whole: Overlap, before: Overlap
) -> dict[str, Any]:
    """What the flips of a network come to. Every stored bit of a network is as likely as any other: a mean of tensors and bits
    is weighted by the stored bits that it stands for. ``by_tensors`` is the plain mean over the tensors."""
    own = [rows[rows[:, 0] == number] for number in range(len(tensors))]
    sizes = np.array([tensor.bits for tensor in tensors], np.float64)
    means = np.array([one[:, 2:].mean(axis=0) for one in own])
    weighted = sizes @ means / sizes.sum()
    width = max(tensor.format.width for tensor in tensors)
    counts = np.array([[tensor.count * (bit < tensor.format.width) for bit in range(width)] for tensor in tensors], np.float64)
    by_bit = (counts * bit_means(tensors, rows, width)).sum(axis=0) / counts.sum(axis=0)
    return {
        "kind": "flips",
        **{name: options[name] for name in ("function", "size", "numbers", "seed")},
        "overlap": list(whole),
        "judged": list(before),
        "flips": len(rows),
        "changed": float(weighted[0]),
        "wild": float(100 * weighted[1]),
        "lost": weighted[2:].tolist(),
        "by_tensors": float(means[:, 0].mean()),
        "tensors": [tensor.name for tensor in tensors],
        "bits": [tensor.bits for tensor in tensors],
        "runs": [len(one) for one in own],
        "wild_runs": [int(one[:, 3].sum()) for one in own],
        "changed_of_tensors": [round(float(x), 5) for x in means[:, 0]],
        "changed_of_bits": [round(float(x), 5) for x in by_bit],
    }


def bit_means(tensors: Sequence[Any], rows: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The mean of changed pixels of each tensor (row) and bit (column); 0 for bits that a tensor does not have."""
    sums, runs = np.zeros((2, len(tensors), width))
    places = (rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64))
    np.add.at(sums, places, rows[:, 2])
    np.add.at(runs, places, 1)
    return sums / np.maximum(runs, 1)


def map_step(options: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """The mean of changed pixels of each tensor and bit, over all trainings."""
    rows = np.concatenate([one.arrays["rows"] for one in inputs.needs])
    first = inputs.needs[0].records[0]
    names = first["tensors"]
    width = int(rows[:, 1].max()) + 1
    widths = [int(rows[rows[:, 0] == number, 1].max()) + 1 for number in range(len(names))]
    means = bit_means(names, rows, width)
    found = {
        "kind": "map",
        **{name: options[name] for name in ("function", "size", "numbers")},
        "tensors": list(names),
        "flips": len(rows),
        "changed": [[round(x, 3) for x in line[:own]] for line, own in zip(means.tolist(), widths, strict=True)],
    }
    return Outcome([found])
