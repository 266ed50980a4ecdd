"""The jobs of the study, by its scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..running.jobs import Job, Scale, Step
from .bits import compute, train_codes
from .datapaths import SHIFTS, paths
from .errors import measure_errors
from .floating import train_float
from .full_scales import sweep
from .learning import learn
from .settings import Settings, settings_of
from .spreading import quantize_spread
from .weights import quantize_weights

STEPS: Mapping[str, Step] = {
    "train-float": train_float,
    "full-scales": sweep,
    "weights": quantize_weights,
    "errors": measure_errors,
    "spread": quantize_spread,
    "learn": learn,
    "train-codes": train_codes,
    "compute": compute,
}
LEARNER = "vgg-bn"
"""The network that learns with few bits: the paper's has batch normalization too."""


def jobs(scale: Scale) -> Sequence[Job]:
    """All jobs of a scale."""
    return jobs_of(settings_of(scale))


def jobs_of(sizes: Settings) -> Sequence[Job]:
    """All jobs of a run of these sizes."""
    return [*_floating(sizes), *_learning(sizes), *_bits(sizes)]


def _floating(sizes: Settings) -> Iterator[Job]:
    for network in sizes.networks:
        for seed in sizes.seeds:
            own = {"network": network, "seed": seed}
            swept = {**own, "chosen_by": sizes.chosen_by}
            trained, scales = f"float/{network}/{seed}", f"full-scales/{network}/{seed}"
            yield Job(trained, "train-float", {**own, "plan": sizes.plan(sizes.epochs)}, (), 4)
            yield Job(scales, "full-scales", {**swept, "offsets": True}, (trained,), 4)
            yield Job(f"weights/{network}/{seed}", "weights", own, (trained, scales), 1)
            yield Job(f"errors/{network}/{seed}", "errors", own, (trained,), 1)
            if network in sizes.single:
                yield Job(f"one-full-scale/{network}/{seed}", "full-scales", {**swept, "offsets": False}, (trained,), 4)
            if network == sizes.spread:
                for octaves in sizes.spreads:
                    yield Job(f"spread/{octaves}/{seed}", "spread", {**swept, "octaves": octaves}, (trained,), 2)


def _learning(sizes: Settings) -> Iterator[Job]:
    for method in sizes.learning_methods:
        for seed in sizes.learning_seeds:
            options = {"network": LEARNER, "method": method, "seed": seed, "plan": sizes.learning_plan()}
            yield Job(f"learning/{method.replace(' ', '-')}/{seed}", "learn", options, (), 5)


def _bits(sizes: Settings) -> Iterator[Job]:
    for method in SHIFTS:
        for seed in sizes.path_seeds:
            own, name = {"method": method, "seed": seed}, method.replace(" ", "-")
            trained = f"codes/{name}/{seed}"
            yield Job(trained, "train-codes", {**own, "plan": sizes.plan(sizes.path_epochs)}, (), 3)
            options = {**own, "images": sizes.path_images, "paths": [list(path) for path in paths(sizes, method)]}
            yield Job(f"bits/{name}/{seed}", "compute", options, (trained,), 8)
