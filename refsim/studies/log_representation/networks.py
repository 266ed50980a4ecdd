"""The networks of the study, for images of any size, and the data that they can be trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...nn.data import Data
from ...nn.families.parts import Part, chain, conv, halved, normalized
from ...nn.layers.kind import Shape
from ...nn.networks import INPUT, Network
from ..running.jobs import Scale
from ..samples import some
from .settings import settings_of

LEAST = 8
"""The rows and columns that three poolings need."""
LARGE = 16
"""From so many rows and columns on a network of few convolutions pools after three of them, not two."""


def samples(scale: Scale) -> Data:
    """The samples of a scale; ``ValueError`` for data that are not classified, or whose images are too small."""
    sizes = settings_of(scale)
    return checked(some(scale.data, sizes.train, sizes.test))


def checked(data: Data) -> Data:
    """The data; ``ValueError`` where no network of the study can learn them."""
    if data.train_t.ndim != 1:
        raise ValueError(f"the study log-representation classifies images, and {data.name} has a label for every pixel")
    if min(data.shape[1:]) < LEAST:
        raise ValueError(
            f"the study log-representation needs images of {LEAST} x {LEAST} pixels or more, and those of {data.name} have "
            f"{data.shape[1]} x {data.shape[2]}"
        )
    return data


def dense_parts(hidden: Sequence[int], classes: int, keep: float, *, norm: bool = False) -> list[Part]:
    """Dense layers with ReLU, and dropout where ``keep`` is less than 1, and one of ``classes`` outputs."""
    parts: list[Part] = [("flatten", "flatten", {})]
    for i, outputs in enumerate(hidden, start=1):
        parts.append((f"dense{i}", "dense", {"outputs": outputs}))
        parts += [(f"dense{i}_norm", "batch_norm", {})] if norm else []
        parts.append((f"dense{i}_act", "relu", {}))
        parts += [(f"dense{i}_drop", "dropout", {"keep": keep, "inverted": True})] if keep < 1 else []
    parts.append((f"dense{len(hidden) + 1}", "dense", {"outputs": classes}))
    return parts


def alexnet(
    shape: Shape, classes: int, widths: Sequence[int] = (24, 48, 48), hidden: Sequence[int] = (96, 96), keep: float = 0.5
) -> Network:
    """After AlexNet: a convolution for each of ``widths``, the first ones pooled, then dense layers with dropout."""
    pools = 3 if min(shape[1:]) >= LARGE else 2
    parts: list[Part] = []
    for i, kernels in enumerate(widths, start=1):
        parts += [conv(f"conv{i}", kernels, 3), (f"conv{i}_act", "relu", {})]
        parts += [halved(f"pool{i}", "max_pool")] if i <= pools else []
    return Network("alexnet", shape, tuple(chain(INPUT, parts + dense_parts(hidden, classes, keep))))


def vgg(shape: Shape, classes: int, widths: Sequence[int], hidden: Sequence[int], keep: float, *, norm: bool) -> Network:
    """After VGG: two convolutions and a pooling for each of ``widths``, then dense layers with dropout; with batch
    normalizations or without."""
    parts: list[Part] = []
    for i, kernels in enumerate(widths, start=1):
        for j in (1, 2):
            name = f"conv{i}_{j}"
            parts += normalized(name, kernels, 3, "relu") if norm else [conv(name, kernels, 3), (f"{name}_act", "relu", {})]
        parts.append(halved(f"pool{i}", "max_pool"))
    return Network("vgg", shape, tuple(chain(INPUT, parts + dense_parts(hidden, classes, keep, norm=norm))))


NETWORKS: Mapping[str, Callable[[Shape, int], Network]] = {
    "alexnet": alexnet,
    "vgg": lambda shape, classes: vgg(shape, classes, (16, 32, 32), (96, 96), 0.5, norm=False),
    "vgg-bn": lambda shape, classes: vgg(shape, classes, (16, 32), (64,), 1.0, norm=True),
    "vgg-narrow": lambda shape, classes: vgg(shape, classes, (8, 16), (32,), 1.0, norm=False),
    "chain": lambda shape, classes: alexnet(shape, classes, (16, 32, 32), (64,), 1.0),
}
"""The networks by name. ``chain`` is the one that is computed bit by bit."""


def network_of(name: str, data: Data) -> Network:
    """A network for the data."""
    return NETWORKS[name](data.shape, len(data.classes))
