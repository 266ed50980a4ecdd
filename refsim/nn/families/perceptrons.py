"""Networks of dense layers."""

from __future__ import annotations

from collections.abc import Sequence

from ..networks import INPUT, Network
from .parts import Part, chain, sample_shape


def mlp(
    input: Sequence[int] = (1, 8, 8), hidden: Sequence[int] = (64,), classes: int = 10, activation: str = "relu"
) -> Network:
    """Dense layers of ``hidden`` outputs with an activation each, and one of ``classes``."""
    parts: list[Part] = [("flatten", "flatten", {})]
    for i, outputs in enumerate(hidden, start=1):
        parts += [(f"dense{i}", "dense", {"outputs": outputs}), (f"act{i}", activation, {})]
    parts.append((f"dense{len(hidden) + 1}", "dense", {"outputs": classes}))
    return Network("mlp", sample_shape("mlp", input), tuple(chain(INPUT, parts)))


def maxout_mlp(
    input: Sequence[int] = (1, 8, 8),
    hidden: Sequence[int] = (40, 40),
    pieces: int = 5,
    classes: int = 10,
    keep_input: float = 0.8,
    keep: float = 0.5,
) -> Network:
    """Dense layers of ``hidden`` maxout units of ``pieces`` each, and one of ``classes``; dropout, not inverted, before each.

    Courbariaux et al. (2014) have ``hidden=(240, 240)`` and 5 pieces for MNIST. A ``keep`` of 1 leaves the dropout out.
    """
    parts: list[Part] = [("flatten", "flatten", {})]
    for i, units in enumerate(hidden, start=1):
        parts += _dropout(i, keep_input if i == 1 else keep)
        parts += [(f"dense{i}", "dense", {"outputs": units * pieces}), (f"maxout{i}", "maxout", {"pieces": pieces})]
    last = len(hidden) + 1
    parts += [*_dropout(last, keep if hidden else keep_input), (f"dense{last}", "dense", {"outputs": classes})]
    return Network("maxout_mlp", sample_shape("maxout_mlp", input), tuple(chain(INPUT, parts)))


def _dropout(i: int, keep: float) -> list[Part]:
    return [] if keep == 1 else [(f"dropout{i}", "dropout", {"keep": keep, "inverted": False})]
