"""Arms: networks as a plan builds them, with all that is the same in every trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import encode
from ..engine.array import Array
from ..engine.memories import check, read, write
from ..engine.networks import trace
from ..engine.parts import Part
from ..nn.data import Data as DataSet
from ..nn.data import get_data
from ..nn.data.names import NAMED
from ..nn.files import CodeNetwork, FloatNetwork, load_network
from ..nn.folding import fold, shared
from ..nn.guards import guarded
from ..nn.hardening import bounded, divide_once, weight_factors
from ..nn.quantization.quantize import quantize
from ..spec.memories import PLAIN, Memory
from ..spec.projection import Projection
from ..spec.sites import Site
from .evaluator import Evaluator
from .outcomes import Clean, clean_run
from .plan import Arm, Data, Guard, Plan, Source
from .sites import Where, kinds_of_tensors, matches, register_sites, result_sites, stored_sites

MEMORY_LIMIT = 1 << 30
"""The bytes of clean results that are kept."""


@dataclass(frozen=True, eq=False)
class Built:
    """An arm: the parameters that are to be stored, the network with those that are read where there are no faults, what is
    stored of each parameter and how, its sites, the run without faults, and what a result would be divided by.
    """

    arm: Arm
    original: Mapping[str, Array]
    network: CodeNetwork
    memories: Mapping[str, Memory]
    parts: Mapping[str, Mapping[str, Part]]
    sites: Mapping[str, tuple[Site, Where]]
    evaluator: Evaluator
    x: Array
    clean: Clean
    divisor: Fraction

    @cached_property
    def _results(self) -> dict[str, Array]:
        return {}

    def result(self, layer: str) -> Array:
        """The result of a layer, or the input, in the run without faults, for all samples."""
        if layer not in self._results:
            network, tensors = self.network.network, self.network.tensors
            self._results[layer] = trace(network, tensors, self.x, keep=lambda name: name == layer)[layer]
        return self._results[layer]


@lru_cache(maxsize=4)
def _data(name: str, options: tuple[tuple[str, Any], ...]) -> DataSet:
    return get_data(name, **dict(options))


def data_set(data: Data, folder: Path) -> DataSet:
    """The data set of a plan: by name, or a file or folder that is looked for beside the plan first."""
    beside = folder / data.name
    name = str(beside) if data.name not in NAMED and beside.exists() else data.name
    return _data(name, tuple(data.options.items()))


def samples_of(data: Data, folder: Path) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The samples of a plan and their labels; ``ValueError`` where there are none."""
    found = data_set(data, folder)
    chosen = slice(data.skip, None if data.take is None else data.skip + data.take)
    if not len(found.test_x[chosen]):
        raise ValueError(f"{data.name} has {len(found.test_x)} samples to test with, none from number {data.skip} on")
    return found.test_x[chosen], found.test_t[chosen]


def fitted(x: NDArray[Any], shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """Samples in the shape that a network takes; ``ValueError`` where they have another count of numbers."""
    if int(np.prod(x.shape[1:])) != int(np.prod(shape)):
        raise ValueError(f"the network {name} takes samples of shape {tuple(shape)}, not {x.shape[1:]}")
    return x.reshape(len(x), *shape)


def encoded(x: NDArray[Any], shape: tuple[int, ...], to: Projection, name: str) -> Array:
    """Samples as codes of the network's input."""
    found = encode(fitted(x, shape, name), to)
    assert isinstance(found, Array), "no flags were asked for"
    return found


def network_of(source: Source, folder: Path, data: Data) -> tuple[CodeNetwork, Fraction]:
    """The network of codes that a plan names, and what its result is divided by; one in floating point is bounded, folded,
    scaled and quantized.

    The division is not carried out: a positive divisor changes no class, and no change of a result relative to itself.
    """
    path = folder / source.file
    found = load_network(path)
    if isinstance(found, CodeNetwork):
        if source.scheme is not None or source.bounded or source.scaled is not None:
            raise ValueError(f"{path} is a network of codes; schemes, bounds and scaling are for networks in floating point")
        return found, Fraction(1)
    if source.scheme is None:
        raise ValueError(f"{path} is a network in floating point; a scheme says of which codes it is made")
    found = bounded(found, source.bounded)
    found = FloatNetwork(*fold(found.network, found.parameters, leave=shared(found.network)))
    divisor = Fraction(1)
    if source.scaled is not None:
        factors = weight_factors(found, source.scaled.target, power_of_two=source.scaled.power_of_two)
        found, divisor = divide_once(found, factors)
    network = found.network
    seen = fitted(data_set(data, folder).train_x[: source.calibration], network.input, network.name)
    return CodeNetwork(*quantize(network, found.parameters, source.scheme, seen)), divisor


def guarded_network(network: CodeNetwork, guards: tuple[Guard, ...], data: Data, folder: Path) -> CodeNetwork:
    """The network with guards behind results, whose bounds are of samples to learn from."""
    for guard in guards:
        x = data_set(data, folder).train_x[: guard.samples]
        type = network.network.input
        seen = encoded(x, type.shape, Projection(type.format, "ties_to_even", "saturate"), network.network.name)
        network = guarded(network, seen, guard.layers, guard.rule, per_channel=guard.per_channel)
    return network


def memories_of(arm: Arm, kinds: Mapping[str, str]) -> dict[str, Memory]:
    """How an arm stores its parameters, given by their kinds: each as the first entry that it matches says, or plainly.

    ``ValueError`` for an entry by which nothing is stored.
    """
    found, used = {}, set[int]()
    for name, kind in kinds.items():
        chosen = (i for i, one in enumerate(arm.stored) if kind in one.kinds and matches(name, one.names))
        place = next(chosen, None)
        found[name] = PLAIN if place is None else arm.stored[place].memory
        used |= set() if place is None else {place}
    if idle := [i for i in range(len(arm.stored)) if i not in used]:
        names = " or ".join(arm.stored[idle[0]].names)
        raise ValueError(
            f"stored {idle[0] + 1}: there is no parameter like {names} of such a kind that nothing before it stores"
        )
    return found


def build(plan: Plan, arm: Arm, folder: Path) -> Built:
    """An arm of a plan, whose files lie in a folder; ``ValueError`` where something does not fit, that names the arm."""
    try:
        return _build(plan, arm, folder)
    except ValueError as error:
        raise type(error)(f"arm {arm.name}: {error}") from None


def _build(plan: Plan, arm: Arm, folder: Path) -> Built:
    x, labels = samples_of(plan.data, folder)
    plain, divisor = network_of(arm.network, folder, plan.data)
    network = guarded_network(plain, arm.guards, plan.data, folder)
    type = network.network.input
    codes = encoded(x, type.shape, Projection(type.format, "ties_to_even", "saturate"), network.network.name)
    kinds = kinds_of_tensors(network.network)
    memories = memories_of(arm, kinds)
    parts = {name: stored(memory, network.tensors[name], kinds[name]) for name, memory in memories.items()}
    tensors = {
        name: Array(read(memory, parts[name]).array.codes.reshape(network.tensors[name].shape), network.tensors[name].format)
        for name, memory in memories.items()
    }
    evaluator = Evaluator(network.network, tensors, codes, MEMORY_LIMIT)
    found: dict[str, tuple[Site, Where]] = {}
    for site, where in chain(
        *(stored_sites(name, given, plan.layouts) for name, given in parts.items()),
        result_sites(network.network, len(codes)),
        register_sites(network.network, len(codes)),
    ):
        if site.name in found:
            raise ValueError(f"two sites have the name {site.name}")
        found[site.name] = (site, where)
    clean = clean_run(evaluator.clean, labels)
    code_network = CodeNetwork(network.network, tensors)
    return Built(arm, network.tensors, code_network, memories, parts, found, evaluator, codes, clean, divisor)


def stored(memory: Memory, tensor: Array, kind: str) -> Mapping[str, Part]:
    """The parts that a memory makes of a parameter; ``ValueError`` where it would not give back its format."""
    part = Part(kind, Array(tensor.codes.reshape(-1), tensor.format))
    parts = write(memory, part)
    check(memory, part, parts)
    return parts
