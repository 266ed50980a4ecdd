"""The jobs of the study."""

from __future__ import annotations

from dataclasses import asdict

from ..running.jobs import Job, Scale
from .settings import INT8, NUMBERS, PRUNED, SIZES, WHOLE, settings


def jobs(scale: Scale) -> list[Job]:
    """Trainings and prunings, flips in each network as floats and as int8, and maps of tensor and bit over all trainings."""
    chosen = settings(scale)
    common = asdict(chosen)
    found, flips = [], []
    for function in chosen.functions:
        for seed in range(1, chosen.seeds + 1):
            own = {**common, "function": function, "seed": seed}
            train, prune = f"train/{function}/{seed}", f"prune/{function}/{seed}"
            found += [Job(train, "train", own, (), 5.0), Job(prune, "prune", own, (train,), 1.5)]
            for size, network in ((WHOLE, train), (PRUNED, prune)):
                for numbers in NUMBERS:
                    options = {**own, "size": size, "numbers": numbers}
                    cost = 3.0 if numbers == INT8 else 2.5
                    flips.append(Job(f"flips/{function}/{size}/{numbers}/{seed}", "flips", options, (network,), cost))
    maps = [
        Job(
            f"map/{function}/{size}/{numbers}",
            "map",
            {"function": function, "size": size, "numbers": numbers},
            tuple(f"flips/{function}/{size}/{numbers}/{seed}" for seed in range(1, chosen.seeds + 1)),
            0.1,
        )
        for function in chosen.functions
        for size in SIZES
        for numbers in NUMBERS
    ]
    return [*found, *flips, *maps]
