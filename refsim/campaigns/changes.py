"""What faults change of a run of a network, what came of it, and the plain way of finding out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array
from ..engine.datapaths import Ports
from ..engine.faults import Masks, apply
from ..engine.networks import run
from ..spec.networks import Network
from ..spec.tensors import TensorType


@dataclass(frozen=True, eq=False)
class Changes:
    """The parameters, results and registers of one faulty run that are not as in the clean run.

    ``tensors`` are whole parameters by name. ``results`` are masks by the name of a layer, or ``input``, whose elements count
    through all samples: sample * size + element, the samples in the order of the evaluator's. ``registers`` are ports by layer,
    as ``refsim.engine.networks.trace`` takes them.
    """

    tensors: Mapping[str, Array] = field(default_factory=dict)
    results: Mapping[str, Masks] = field(default_factory=dict)
    registers: Mapping[str, Ports] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Changed:
    """The samples whose output has other codes than in the clean run, in order, and the codes of their outputs."""

    samples: NDArray[np.int64]
    outputs: Array


def held(made: Array, masks: Masks) -> Array:
    """A result of all samples with faults in its elements."""
    return Array(apply(made.codes.reshape(-1), masks).reshape(made.shape), made.format)


def run_plainly(network: Network, tensors: Mapping[str, Array], x: Array, changes: Changes) -> Array:
    """The output of all samples, by a run of the whole network."""

    def hold(name: str, made: Array) -> Array:
        return held(made, changes.results[name]) if name in changes.results else made

    return run(network, {**tensors, **changes.tensors}, x, hold, changes.registers)


def check_changes(network: Network, types: Mapping[str, TensorType], count: int, changes: Changes) -> None:
    """``ValueError`` for a change of what a network of so many samples does not have, or of another type."""
    for name, array in changes.tensors.items():
        wanted = network.parameters.get(name)
        if wanted is None:
            raise ValueError(f"the network {network.name} has no parameter {name!r} that could change")
        if array.shape != wanted.shape or array.format != wanted.format:
            raise ValueError(
                f"the parameter {name} of the network {network.name} is {wanted}, not {array.shape} of {array.format}"
            )
    for what, names in (("result", changes.results), ("layer", changes.registers)):
        if unknown := [name for name in names if name not in types]:
            raise ValueError(f"the network {network.name} has no {what} {unknown[0]!r} that could change")
    for name, masks in changes.results.items():
        most = count * int(np.prod(types[name].shape, dtype=np.int64))
        if len(masks) and not 0 <= int(masks.elements.min()) <= int(masks.elements.max()) < most:
            raise ValueError(f"the result {name} has {most} elements in all samples; a mask is of one beyond")
