"""What is published of logarithmic formats: quantizers, products of every pair of codes, and the logarithmic number system."""

from __future__ import annotations

from collections.abc import Iterator

from ..spec.catalogue import get_format
from ..spec.projection import Projection
from .operations import Configuration

Published = tuple[Configuration, str, bool]
ACTIVATIONS, WEIGHTS, NUMBERS = "log4_fsr3", "slog5_fsr1_sqrt2", "lns4.3"
"""A format of activations, one of weights, and a logarithmic number system."""
RULES = ("ties_to_even", "ties_to_away", "toward_zero", "stochastic_a:4")


def published() -> Iterator[Published]:
    """Everything that is published of logarithmic formats."""
    for name in (ACTIVATIONS, WEIGHTS, "slog5_fsr1", NUMBERS):
        yield _made("convert", ("binary32",), name)
        yield _made("convert", ("binary32",), name, tier="smoke")
        yield _made("convert", ("bfloat16",), name, stored=False)
    for rounding in RULES[1:]:
        for name in (ACTIVATIONS, WEIGHTS):
            yield _made("convert", ("binary32",), name, rounding, stored=rounding != "ties_to_away")
    for name in (ACTIVATIONS, WEIGHTS, "slog5_fsr3", "lns2.1"):
        yield _made("multiply", (name, name), name, tier="exhaustive")
        # A quotient of zeros has no code, so that not all pairs have a result.
        yield _made("divide", (name, name), name)
    yield _made("multiply", (WEIGHTS, ACTIVATIONS), "slog5_fsr2_sqrt2", tier="exhaustive")
    yield _made("multiply", ("lns3.2", "lns3.2"), "lns3.2", tier="exhaustive", stored=False)
    for operation, count in (("multiply", 2), ("add", 2), ("sqrt", 1)):
        yield _made(operation, (NUMBERS,) * count, NUMBERS)
    yield _made("multiply", (NUMBERS, NUMBERS), NUMBERS, overflow="wrap")
    yield _made("add", ("lns2.1", "lns2.1"), "lns2.1", tier="exhaustive")
    for rounding in RULES[:3]:
        yield _made("convert", (WEIGHTS,), "slog3_fsr0", rounding, tier="exhaustive")
    yield _made("convert", (WEIGHTS,), "bfloat16", overflow="infinity", tier="exhaustive")
    yield _made("convert", (NUMBERS,), "binary32", overflow="infinity")


def _made(
    operation: str,
    operands: tuple[str, ...],
    result: str,
    rounding: str = RULES[0],
    overflow: str = "saturate",
    tier: str = "edge",
    *,
    stored: bool = True,
) -> Published:
    return Configuration(operation, tuple(map(get_format, operands)), Projection(result, rounding, overflow)), tier, stored
