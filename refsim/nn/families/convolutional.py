"""Networks of convolutions in a row, then dense layers."""

from __future__ import annotations

from collections.abc import Sequence

from ..networks import INPUT, Network
from .parts import Part, chain, conv, halved, normalized, sample_shape


def lenet(input: Sequence[int] = (1, 28, 28), classes: int = 10, activation: str = "relu", pool: str = "max_pool") -> Network:
    """Two convolutions by 5 x 5 kernels, 6 and 16, each pooled, then dense layers of 120, 84 and ``classes`` outputs.

    After LeNet-5 (LeCun et al., 1998). The first convolution pads by 2, so that 28 x 28 pixels are enough.
    """
    parts: list[Part] = [
        conv("conv1", 6, 5),
        ("act1", activation, {}),
        halved("pool1", pool),
        conv("conv2", 16, 5, padding=0),
        ("act2", activation, {}),
        halved("pool2", pool),
        ("flatten", "flatten", {}),
        ("dense1", "dense", {"outputs": 120}),
        ("act3", activation, {}),
        ("dense2", "dense", {"outputs": 84}),
        ("act4", activation, {}),
        ("dense3", "dense", {"outputs": classes}),
    ]
    return Network("lenet", sample_shape("lenet", input, 3), tuple(chain(INPUT, parts)))


def vgg(
    input: Sequence[int] = (1, 28, 28),
    widths: Sequence[int] = (8, 16, 32),
    hidden: Sequence[int] = (64, 64),
    classes: int = 10,
    activation: str = "relu",
) -> Network:
    """For each of ``widths`` two convolutions by as many 3 x 3 kernels and a max pooling, then dense layers of ``hidden``
    outputs and of ``classes``; all but the last with batch normalization and activation.

    Miyashita et al. (2016) have ``input=(3, 32, 32)``, ``widths=(64, 128, 256)`` and ``hidden=(1024, 1024)``.
    """
    parts: list[Part] = []
    for i, kernels in enumerate(widths, start=1):
        for j in (1, 2):
            parts += normalized(f"conv{i}_{j}", kernels, 3, activation)
        parts.append(halved(f"pool{i}", "max_pool"))
    parts.append(("flatten", "flatten", {}))
    for i, outputs in enumerate(hidden, start=1):
        parts.append((f"dense{i}", "dense", {"outputs": outputs, "bias": False}))
        parts += [(f"dense{i}_norm", "batch_norm", {}), (f"dense{i}_act", activation, {})]
    parts.append((f"dense{len(hidden) + 1}", "dense", {"outputs": classes}))
    return Network("vgg", sample_shape("vgg", input, 3), tuple(chain(INPUT, parts)))
