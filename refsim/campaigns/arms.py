"""Arms: networks as a plan builds them, with all that is the same in every trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

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
from ..spec.memories import PLAIN, Memory, Stage
from ..spec.projection import Projection
from ..spec.sites import Site
from .evaluator import Evaluator
from .outcomes import Clean, clean_run
from .plan import Arm, Data, Guard, Laid, Plan, Source
from .plan import Stored as StoredIn
from .sites import Stored, Where, kinds_of_tensors, matches, register_sites, result_sites, stored_sites

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

    The division is not carried out: a positive divisor changes no class, and no change of a result relative to itself, as long
    as the scheme's formats hold the larger results.
    """
    path = folder / source.file
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is no file that could hold a network")
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
        how = source.scaled
        factors = weight_factors(found, how.target, power_of_two=how.power_of_two, layers=how.layers)
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


def entry_of(arm: Arm, name: str, kind: str) -> int | None:
    """The first entry of ``stored`` that a parameter matches; ``None`` for one that is stored plainly."""
    return next((i for i, one in enumerate(arm.stored) if kind in one.kinds and matches(name, one.names)), None)


def check_entries(arm: Arm, kinds: Mapping[str, str]) -> None:
    """``ValueError`` for an entry of ``stored`` by which none of the parameters is stored, which are given by their kinds."""
    used = {entry_of(arm, name, kind) for name, kind in kinds.items()}
    if idle := [i for i in range(len(arm.stored)) if i not in used]:
        names = " or ".join(arm.stored[idle[0]].names)
        raise ValueError(
            f"stored {idle[0] + 1}: there is no parameter like {names} of such a kind that nothing before it stores"
        )


def build(plan: Plan, arm: Arm, folder: Path) -> Built:
    """An arm of a plan, whose files lie in a folder; ``ValueError`` where something does not fit, that names the arm."""
    try:
        return _build(plan, arm, folder)
    except ValueError as error:
        raise type(error)(f"arm {arm.name}: {error}") from None


def _build(plan: Plan, arm: Arm, folder: Path) -> Built:
    x, labels = samples_of(plan.data, folder)
    plain, divisor = network_of(arm.network, folder, plan.data)
    held = all_held(arm, plain)
    # Bounds are found with the parameters as they are read: without faults they change nothing of what they were found with.
    guards = guarded_network(read_without_faults(plain, held), arm.guards, plan.data, folder)
    network = CodeNetwork(guards.network, {**guards.tensors, **plain.tensors})
    type = network.network.input
    codes = encoded(x, type.shape, Projection(type.format, "ties_to_even", "saturate"), network.network.name)
    held = all_held(arm, network, held)
    check_entries(arm, kinds_of_tensors(network.network))
    clean_network = read_without_faults(network, held)
    evaluator = Evaluator(network.network, clean_network.tensors, codes, MEMORY_LIMIT)
    found: dict[str, tuple[Site, Where]] = {}
    for site, where in chain(
        *(stored_sites(name, given, (*arm.layouts, *plan.layouts)) for name, (_, given, _) in held.items()),
        result_sites(network.network, len(codes)),
        register_sites(network.network, len(codes)),
    ):
        if site.name in found:
            raise ValueError(f"two sites have the name {site.name}")
        found[site.name] = (site, where)
    check_layouts(arm.layouts, [site for site, where in found.values() if isinstance(where, Stored)])
    clean = clean_run(evaluator.clean, labels)
    memories = {name: one.memory for name, one in held.items()}
    parts = {name: one.parts for name, one in held.items()}
    return Built(arm, network.tensors, clean_network, memories, parts, found, evaluator, codes, clean, divisor)


def stored_in(built: Built) -> list[Site]:
    """The sites of an arm's parameters."""
    return [site for site, where in built.sites.values() if isinstance(where, Stored)]


def check_layouts(layouts: Sequence[Laid], sites: Sequence[Site]) -> None:
    """``ValueError`` for a layout that none of the sites matches."""
    for number, one in enumerate(layouts, start=1):
        if not any(site.kind in one.kinds and matches(site.name, one.names) for site in sites):
            kinds, names = " or ".join(one.kinds), " or ".join(one.names)
            raise ValueError(f"layout {number}: no parameter of {kinds} has a name like {names}")


class InMemory(NamedTuple):
    """A parameter in a memory: its parts, and what is read of them without faults."""

    memory: Memory
    parts: Mapping[str, Part]
    clean: Array


def all_held(arm: Arm, network: CodeNetwork, known: Mapping[str, InMemory] = MappingProxyType({})) -> dict[str, InMemory]:
    """The parameters of a network as an arm stores them, those that are known as they are; ``ValueError`` with the name of one
    that its memory cannot hold.
    """
    found = dict(known)
    for name, kind in kinds_of_tensors(network.network).items():
        if name not in known:
            place, tensor = entry_of(arm, name, kind), network.tensors[name]
            try:
                found[name] = stored(PLAIN if place is None else memory_for(arm.stored[place], tensor.shape), tensor, kind)
            except ValueError as error:
                raise type(error)(f"{name}: {error}") from None
    return found


def memory_for(entry: StoredIn, shape: Sequence[int]) -> Memory:
    """The memory of an entry for a tensor of a shape; one of a single axis has one row."""
    if not entry.per_row or len(shape) < 2:
        return entry.memory
    return Memory(tuple(by_rows(stage, max(1, prod(shape[1:]))) for stage in entry.memory.stages))


def by_rows(stage: Stage, length: int) -> Stage:
    """A stage with groups or rows of so many elements, where it can have some and has none."""
    for name in ("group", "row"):
        if getattr(stage, name, length) is None:
            return replace(stage, **{name: length})  # type: ignore[type-var]
    return stage


def stored(memory: Memory, tensor: Array, kind: str) -> InMemory:
    """A parameter in a memory; ``ValueError`` for one that would not give back its format, and for one of which something is
    corrected or detected without faults.
    """
    part = Part(kind, Array(tensor.codes.reshape(-1), tensor.format))
    parts = write(memory, part)
    check(memory, part, parts)
    reading = read(memory, parts)
    if reading.corrected or reading.detected or reading.stopped:
        stages = ", ".join(stage.name for stage in memory.stages)
        raise ValueError(f"without faults words are wrong: one of the stages {stages} loses bits that check bits are of")
    return InMemory(memory, parts, Array(reading.array.codes.reshape(tensor.shape), tensor.format))


def read_without_faults(network: CodeNetwork, held: Mapping[str, InMemory]) -> CodeNetwork:
    """The network with the parameters as they are read."""
    return CodeNetwork(network.network, {name: held[name].clean for name in network.tensors})
