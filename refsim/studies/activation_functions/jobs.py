"""The jobs of the study."""

from __future__ import annotations

from typing import Any

from ..running.jobs import Job, Scale
from .settings import INT8, NUMBERS, PRUNED, SIZES, WHOLE, settings

NETWORK = ("levels", "filters")
TRAINING = (*NETWORK, "batch", "epochs", "rate", "last_rate")
PRUNING = (*NETWORK, "batch", "tuning", "tuning_rate", "last_rate", "removed", "steps")
FLIPS = (*NETWORK, "seeds", "margin", "upper", "judged", "calibration")
"""What each step takes of the settings."""


def jobs(scale: Scale) -> list[Job]:
    """Trainings and prunings, flips in each network as floats and as int8, and maps of tensor and bit over all trainings."""
    chosen = settings(scale)

    def options(names: tuple[str, ...], function: str, seed: int) -> dict[str, Any]:
        return {**{name: getattr(chosen, name) for name in names}, "function": function, "seed": seed}

    found, flips = [], []
    for function in chosen.functions:
        for seed in range(1, chosen.seeds + 1):
            train, prune = f"train/{function}/{seed}", f"prune/{function}/{seed}"
            found.append(Job(train, "train", options(TRAINING, function, seed), (), 5.0))
            found.append(Job(prune, "prune", options(PRUNING, function, seed), (train,), 1.5))
            for size, network in ((WHOLE, train), (PRUNED, prune)):
                for numbers in NUMBERS:
                    own = {**options(FLIPS, function, seed), "size": size, "numbers": numbers}
                    cost = 2.5 if numbers == INT8 else 1.5
                    flips.append(Job(f"flips/{function}/{size}/{numbers}/{seed}", "flips", own, (network,), cost))
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
