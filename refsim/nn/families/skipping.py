"""Networks whose layers take results from further back: sums, and results one behind the other."""

from __future__ import annotations

from collections.abc import Sequence

from ..networks import INPUT, Layer, Network
from .parts import Part, chain, conv, halved, normalized, sample_shape


def resnet(
    input: Sequence[int] = (1, 28, 28),
    widths: Sequence[int] = (8, 16, 32),
    blocks: int = 1,
    classes: int = 10,
    activation: str = "relu",
) -> Network:
    """A convolution, and for each of ``widths`` so many basic blocks; then the mean of each channel and a dense layer.

    A block is two convolutions by 3 x 3 kernels, whose result is added to its input. The first block of a width after the first
    goes with stride 2, and its input through a convolution by 1 x 1 kernels with stride 2 (He et al., 2015).
    """
    layers = chain(INPUT, normalized("conv1", widths[0], 3, activation) if widths else [])
    for i, kernels in enumerate(widths, start=1):
        for j in range(1, blocks + 1):
            stride = 2 if i > 1 and j == 1 else 1
            layers += _block(f"block{i}_{j}", layers[-1].name, kernels, stride, activation)
    layers += chain(layers[-1].name if layers else INPUT, _head(classes))
    return Network("resnet", sample_shape("resnet", input, 3), tuple(layers))


def _head(classes: int) -> list[Part]:
    return [("mean", "global_average_pool", {}), ("flatten", "flatten", {}), ("dense", "dense", {"outputs": classes})]


def _block(name: str, source: str, kernels: int, stride: int, activation: str) -> list[Layer]:
    parts = [*normalized(f"{name}_conv1", kernels, 3, activation, stride), *normalized(f"{name}_conv2", kernels, 3, activation)]
    layers = chain(source, parts[:-1])
    inner = layers[-1].name
    if stride > 1:
        short = f"{name}_short"
        layers += chain(source, [conv(short, kernels, 1, stride, bias=False), (f"{short}_norm", "batch_norm", {})])
        source = layers[-1].name
    return [*layers, Layer(f"{name}_add", "add", (inner, source)), Layer(f"{name}_act", activation, (f"{name}_add",))]


def densenet(
    input: Sequence[int] = (1, 28, 28),
    first: int = 8,
    growth: int = 4,
    blocks: Sequence[int] = (2, 2),
    classes: int = 10,
    activation: str = "relu",
) -> Network:
    """A convolution by ``first`` kernels, and blocks of so many layers, with transitions between them; then as ``resnet``.

    A layer normalizes what it takes and puts the ``growth`` channels of its convolution behind it. A transition halves the
    channels, rows and columns (Huang et al., 2017).
    """
    layers, channels = chain(INPUT, [conv("conv1", first, 3, bias=False)]), first
    for i, count in enumerate(blocks, start=1):
        if i > 1:
            channels //= 2
            halving = [*_before(f"halve{i}", channels, 1, activation), halved(f"halve{i}_pool", "average_pool")]
            layers += chain(layers[-1].name, halving)
        for j in range(1, count + 1):
            source = layers[-1].name
            layers += chain(source, _before(f"block{i}_{j}", growth, 3, activation))
            layers.append(Layer(f"block{i}_{j}_concat", "concat", (source, layers[-1].name)))
            channels += growth
    layers += chain(layers[-1].name, [("norm", "batch_norm", {}), ("act", activation, {}), *_head(classes)])
    return Network("densenet", sample_shape("densenet", input, 3), tuple(layers))


def _before(name: str, kernels: int, size: int, activation: str) -> list[Part]:
    """A convolution after its normalization and activation."""
    return [(f"{name}_norm", "batch_norm", {}), (f"{name}_act", activation, {}), conv(name, kernels, size, bias=False)]


def unet(
    input: Sequence[int] = (25, 32, 32), levels: int = 2, filters: int = 8, classes: int = 5, activation: str = "relu"
) -> Network:
    """A class for every pixel: ``levels`` of two convolutions, each pooled, with twice the filters of the one before; two
    convolutions; and the levels back, each a transposed convolution by 2 x 2 kernels, set behind the level of its size.

    Every convolution by 3 x 3 kernels has a bias, a batch normalization and an activation (Ronneberger et al., 2015).
    Gutierrez-Zaballa et al. (2025) have ``input=(25, 192, 384)``, 5 levels and 32 filters. ``ValueError`` for rows and columns
    that cannot be halved so often.
    """
    shape = sample_shape("unet", input, 3)
    if shape[1] % 2**levels or shape[2] % 2**levels:
        raise ValueError(
            f"unet of {levels} levels halves rows and columns so often, which {shape[1]} x {shape[2]} does not allow"
        )
    layers: list[Layer] = []
    source, kept = INPUT, []
    for i in range(1, levels + 1):
        layers += chain(source, _twice(f"down{i}", filters << (i - 1), activation))
        kept.append(layers[-1].name)
        layers += chain(kept[-1], [halved(f"down{i}_pool", "max_pool")])
        source = layers[-1].name
    layers += chain(source, _twice("base", filters << levels, activation))
    for i, skip in reversed(list(enumerate(kept, start=1))):
        kernels = filters << (i - 1)
        up = {"kernels": kernels, "kernel": [2, 2], "stride": [2, 2]}
        layers += chain(layers[-1].name, [(f"up{i}", "conv_transpose2d", up)])
        layers.append(Layer(f"up{i}_concat", "concat", (skip, layers[-1].name)))
        layers += chain(layers[-1].name, _twice(f"up{i}", kernels, activation))
    layers += chain(layers[-1].name, [conv("head", classes, 1)])
    return Network("unet", shape, tuple(layers))


def _twice(name: str, kernels: int, activation: str) -> list[Part]:
    return [part for i in (1, 2) for part in normalized(f"{name}_conv{i}", kernels, 3, activation, bias=True)]
