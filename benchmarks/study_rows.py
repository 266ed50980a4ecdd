"""The rows of the studies: what a study does thousands of times, beside the plain way to do it.

Weights in a memory with check bits, hit at a rate of 1e-4 and read again: only what was hit, or all. A segmentation network
with one flipped bit: what comes after it, or the whole network. Both give the same bits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from records import Claim, Goal, Row, Way

from refsim.engine.memories import read as read_memory_parts
from refsim.engine.memories import struck
from refsim.engine.samplers import sample_trials
from refsim.nn.families import build
from refsim.nn.layers.kind import Floats
from refsim.nn.networks import Network, initial_parameters, predict
from refsim.spec.memory_names import read_memory
from refsim.spec.samplers import Rate
from refsim.studies.activation_functions.floats import Run, clean_run, struck_output
from refsim.studies.weight_scaling.settings import Q25, SCALED_SECDED, memory
from refsim.studies.weight_scaling.stored import Held, clean, hold, numbers_of, read

TRIALS = 16
RATE = Fraction(1, 10_000)
SEED = 71
PLAINLY = "plainly"
"""All of it in every trial: refsim too, another way."""
Hits = Sequence[Mapping[int, Any]]


class Flip(NamedTuple):
    """A tensor with one bit of one element inverted."""

    name: str
    tensor: Floats


def study_rows() -> Iterator[Row]:
    """Weights that are read after faults, and a network that is run after one."""
    yield Row("studies/weights-in-memory", _held, _way("refsim", _sparsely), (_way(PLAINLY, _wholly, Goal("ratio", 3)),))
    yield Row("studies/unet-one-flip", _unet, _way("refsim", _after), (_way(PLAINLY, _all, Goal("ratio", 1.2)),))


def _way(library: str, work: Any, goal: Goal | None = None) -> Way:
    return Way(library, lambda *data: data, work, lambda found: found.reshape(-1).astype(np.float64), Claim.SAME, "", goal)


def _held(size: int) -> tuple[Held, Hits]:
    """A matrix in a memory, scaled, as 8-bit codes with check bits, and the faults of some trials."""
    side = max(int((size / TRIALS) ** 0.5), 16)
    weights = np.random.default_rng(SEED).normal(0, 0.05, (side, side)).astype(np.float32)
    held = hold({"dense.weights": weights}, read_memory(memory(SCALED_SECDED, Q25)))
    return held, sample_trials(Rate(RATE), SEED, range(TRIALS), held.targets())


def _sparsely(held: Held, hits: Hits) -> NDArray[Any]:
    """What each trial reads: the words that were hit, among all that are as they were."""
    before = clean(held)["dense.weights"]
    return np.stack([read(held, masks).changed.get("dense.weights", before) for masks in hits])


def _wholly(held: Held, hits: Hits) -> NDArray[Any]:
    """The same, every word of the memory decoded."""
    one = held.tensors["dense.weights"]
    found = []
    for masks in hits:
        by_part = {held.sites[number][1].part: mask for number, mask in masks.items()}
        found.append(numbers_of(read_memory_parts(one.memory, struck(one.parts, by_part)).array).reshape(one.clean.shape))
    return np.stack(found)


def _unet(size: int) -> tuple[Network, Run, list[Flip], Floats]:
    """A U-Net, its run without faults, and weights of any of its layers with one flipped bit each."""
    random = np.random.default_rng(SEED)
    network = build("unet", {"input": [8, 16, 16], "levels": 2, "filters": 4})
    x = random.random((max(min(size // (TRIALS * 2048), 16), 1), *network.input), np.float32)
    parameters = initial_parameters(network, SEED)
    names = sorted(name for name in parameters if name.endswith(".weights"))
    flips = []
    for i in range(TRIALS):
        name = names[i * len(names) // TRIALS]
        codes = parameters[name].view(np.uint32).copy()
        codes.reshape(-1)[random.integers(codes.size)] ^= np.uint32(1 << int(random.integers(20, 30)))
        flips.append(Flip(name, codes.view(np.float32)))
    return network, clean_run(network, parameters, x), flips, x


def _after(network: Network, run: Run, flips: Sequence[Flip], x: Floats) -> NDArray[Any]:  # noqa: ARG001 what both are given
    """The results with each flip, from the struck layer on."""
    return np.stack([struck_output(run, *flip) for flip in flips])


def _all(network: Network, run: Run, flips: Sequence[Flip], x: Floats) -> NDArray[Any]:
    """The same by runs of the whole network."""
    parameters = {f"{layer}.{role}": value for layer, own in run.parameters.items() for role, value in own.items()}
    return np.stack([predict(network, {**parameters, flip.name: flip.tensor}, x) for flip in flips])
