"""The samples of the study: images with a label for each pixel, or mosaics made of images with one label each."""

from __future__ import annotations

from math import ceil

from ...nn.data import Data, get_data
from ...nn.data.mosaics import mosaics
from ..running.jobs import Scale
from ..samples import some
from .settings import SAMPLES, settings


def samples(scale: Scale) -> Data:
    """The data of a scale; ``ValueError`` for images that the network cannot halve often enough.

    ``scene`` is made with as many images as are needed; of other sets so many are taken.
    """
    if scale.data == "scene":
        return get_data(scale.data, images=SAMPLES.train + SAMPLES.test)
    found = get_data(scale.data)
    if found.train_t.ndim == 1:
        return pasted(found)
    by = 2 ** settings(scale).levels
    if found.shape[1] % by or found.shape[2] % by:
        raise ValueError(
            f"the study of activation functions takes images whose rows and columns {by} divides; those of {found.name} are "
            f"{found.shape[1]} x {found.shape[2]}"
        )
    return some(scale.data, SAMPLES.train, SAMPLES.test)


def pasted(found: Data) -> Data:
    """Mosaics of a set of images with one label each."""
    rows, columns = found.shape[1:]
    most = min(rows, columns) // SAMPLES.least
    shrink = next((n for n in range(1, most + 1) if _fits(rows, n) and _fits(columns, n)), 1)
    area = rows // shrink * (columns // shrink)
    return mosaics(
        found,
        SAMPLES.train,
        SAMPLES.test,
        size=SAMPLES.size,
        pieces=ceil(SAMPLES.cover * SAMPLES.size**2 / area),
        shrink=shrink,
        threshold=SAMPLES.threshold,
        classes=min(SAMPLES.classes, len(found.classes)),
    )


def _fits(length: int, shrink: int) -> bool:
    return not length % shrink and length // shrink <= SAMPLES.most
