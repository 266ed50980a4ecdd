"""The fast evaluator of faulty networks: runs a network again and again with small changes, and computes what they touch only.

What it finds is, code by code, what a run of the whole network finds (``run_plainly``): ``affected`` says why. It starts at the
first layer that is touched, goes on with the samples and channels that are not as in the clean run, and ends where none are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.array import Array
from ..engine.datapaths import check_ports
from ..engine.digests import digest
from ..engine.networks import WITH_PORTS
from ..engine.networks import run as run_network
from ..spec.layers import Dense
from ..spec.networks import Network
from .affected import lines
from .changes import Changed, Changes, check_changes
from .clean_runs import clean_run, size_of_a_sample
from .faulty_runs import outputs, within


class Evaluator:
    """Runs of one network on the same samples with changes.

    ``x`` has the samples along its first axis. The clean run is kept where it takes at most ``limit`` bytes; else samples are
    taken in stretches that do, and the clean run of each is made anew for every call. ``ValueError`` for parameters and
    samples of other types than the network's, and from every run where the run of the whole network would refuse a number.
    """

    def __init__(self, network: Network, tensors: Mapping[str, Array], x: Array, limit: int = 1 << 30) -> None:
        self.network, self.tensors, self.x, self.types = network, dict(tensors), x, network.types()
        each = max(size_of_a_sample(network, len(x)), 1)
        self.stretch = max(min(limit // each, len(x)), 1)
        self.trials = max(limit // (each * self.stretch), 1)
        """How many trials are computed side by side: their results take no more room than the limit, however they differ."""
        self.kept = clean_run(network, self.tensors, x) if self.stretch >= len(x) else None
        self.clean = self._clean_output()

    def _clean_output(self) -> Array:
        if self.kept is not None:
            final = self.network.nodes[-1].name
            type = self.kept.types[final]
            return Array(self.kept.results[final].reshape(len(self.x), *type.shape), type.format)
        parts = [run_network(self.network, self.tensors, self.x[part]) for part in self._stretches()]
        return Array(np.concatenate([part.codes for part in parts]), parts[0].format)

    def digest(self) -> str:
        """The SHA-256 of the clean output: its codes as bytes, the least significant first, of one sample after the other."""
        return digest(self.clean)

    def run(self, changes: Changes, samples: NDArray[Any] | None = None) -> Changed:
        """The outputs that differ from the clean ones, of all samples or of those with these indices."""
        return self.run_many([changes], samples)[0]

    def run_many(self, trials: Sequence[Changes], samples: NDArray[Any] | None = None) -> list[Changed]:
        """The same for each of several changes, small ones together."""
        for changes in trials:
            check_changes(self.network, self.types, len(self.x), changes)
            self._check_registers(changes)
        asked = np.arange(len(self.x)) if samples is None else np.unique(np.asarray(samples, np.int64))
        if len(asked) and not 0 <= asked[0] <= asked[-1] < len(self.x):
            raise ValueError(f"an evaluator of {len(self.x)} samples has no sample {asked[0] if asked[0] < 0 else asked[-1]}")
        found: list[list[Changed]] = [[] for _ in trials]
        for stretch in self._stretches():
            own = asked[(asked >= stretch.start) & (asked < stretch.stop)] - stretch.start
            if not len(own):
                continue
            clean = self.kept or clean_run(self.network, self.tensors, self.x[stretch])
            for first in range(0, len(trials), self.trials):
                some = [within(changes, clean, stretch.start) for changes in trials[first : first + self.trials]]
                for i, changed in enumerate(outputs(clean, some, own)):
                    found[first + i].append(Changed(changed.samples + stretch.start, changed.outputs))
        return [self._together(parts) for parts in found]

    def _together(self, parts: Sequence[Changed]) -> Changed:
        if len(parts) == 1:
            return parts[0]
        places = np.concatenate([np.zeros(0, np.int64), *(part.samples for part in parts)])
        codes = np.concatenate([self.clean.codes[:0], *(part.outputs.codes for part in parts)])
        return Changed(places, Array(codes, self.clean.format))

    def _stretches(self) -> Iterator[slice]:
        for begin in range(0, len(self.x), self.stretch):
            yield slice(begin, min(begin + self.stretch, len(self.x)))

    def _check_registers(self, changes: Changes) -> None:
        types = self.types
        for node in self.network.nodes:
            ports = changes.registers.get(node.name)
            if not ports:
                continue
            if type(node.rule) not in WITH_PORTS:
                raise ValueError(f"layer {node.name} has no accumulator that ports could belong to")
            each, shape = lines(node.rule, types[node.inputs[0]]), types[node.name].shape
            check_ports(ports, (len(self.x) * each, *(shape[-1:] if isinstance(node.rule, Dense) else shape)))
