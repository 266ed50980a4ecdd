"""The jobs: for each network one in floating point, and one for each number of levels that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...nn.data import Data
from ..running.jobs import Job, Scale
from ..samples import some
from .networks import named
from .settings import LEVELS, Family, Sizes, settings_of

LEAST = 8
"""Rows and columns that three poolings leave something of."""


def samples(scale: Scale) -> Data:
    """The samples of a scale; ``ValueError`` for images that are not classified, too small for the CNNs, or too few."""
    sizes = settings_of(scale)
    found = some(scale.data, sizes.train, sizes.test)
    if found.train_t.ndim != 1:
        raise ValueError(f"the study quantization-resiliency needs a label for each image, which {scale.data} does not have")
    if min(found.shape[1:]) < LEAST:
        rows, columns = found.shape[1:]
        raise ValueError(
            f"the study quantization-resiliency needs images of {LEAST} x {LEAST} pixels or more, which {scale.data} with "
            f"{rows} x {columns} does not have"
        )
    most = max(plan["batch"] for family in sizes.families for plan in (family.learn, family.relearn))
    if len(found.train_x) < most:
        raise ValueError(
            f"the study quantization-resiliency needs {most} images to learn from or more; "
            f"{scale.data} has {len(found.train_x)}"
        )
    return found


def jobs(scale: Scale) -> list[Job]:
    """All jobs of a scale."""
    return [job for family in settings_of(scale).families for job in _of_family(family)]


def _of_family(family: Family) -> Iterator[Job]:
    for sizes in (*family.sizes, *family.only_float):
        common = {"family": family.name, "sizes": list(sizes), "seeds": list(range(family.seeds))}
        name, epoch = f"{family.name}/{named(sizes)}", _seconds(family, sizes) * family.seeds
        whole: dict[str, Any] = {**common, "learn": family.learn}
        epochs, again = family.learn["epochs"], family.relearn["epochs"]
        if sizes in family.only_float:
            yield Job(f"{name}/float", "float-networks", whole, cost=epoch * epochs)
            continue
        yield Job(f"{name}/float", "float-networks", {**whole, "relearn": family.relearn}, cost=epoch * (epochs + again))
        for levels in LEVELS:
            options = {**common, "levels": levels, "relearn": family.relearn}
            yield Job(f"{name}/levels{levels}", "few-levels", options, (f"{name}/float",), 2 * epoch * again)


def _seconds(family: Family, sizes: Sizes) -> float:
    """About how long an epoch takes."""
    return family.seconds * (1 + max(sizes) / family.doubles) * (1 + len(sizes)) / 2
