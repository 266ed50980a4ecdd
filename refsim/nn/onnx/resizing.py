"""Resizing of images by whole factors, each element repeated; what else ``Resize`` can do is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from .attributes import Pair, attributes, need, take
from .constants import Constant, integers
from .model import Operator, RefusedModel

LONGEST = 4096
"""How many elements of an axis are looked at: the neighbours repeat themselves."""


def whole_factors(operator: Operator, shape: Sequence[int], constant: Callable[[str, str], Constant]) -> Pair:
    """The factors of rows and columns of ``Resize`` or ``Upsample`` of samples of a shape; ``constant`` gives other inputs."""
    known = {
        "mode": "nearest",
        "scales": None,
        "coordinate_transformation_mode": "half_pixel",
        "nearest_mode": "round_prefer_floor",
    }
    ignored = {"cubic_coeff_a": None, "exclude_outside": 0, "extrapolation_value": 0.0, "antialias": 0}
    given = attributes(operator, **known, **ignored, axes=None, keep_aspect_ratio_policy="stretch")
    need(operator, "mode", given["mode"], "nearest")
    need(operator, "axes", given["axes"], None)
    need(operator, "keep_aspect_ratio_policy", given["keep_aspect_ratio_policy"], "stretch")
    old = operator.type == "Upsample" or operator.version < 11
    _, *rest = take(operator, 1, 2 if old else 4)
    scales, lengths = (rest[0], "") if old else (rest[1], rest[2])
    if lengths:
        wanted = integers(operator, constant(lengths, "sizes"), "sizes")[1:]
        factors = [Fraction(n, m) for n, m in zip(wanted, shape, strict=False)]
    else:
        found = constant(scales, "scales").reshape(-1).tolist() if scales else given["scales"] or []
        factors = [Fraction(n) for n in found[1:]] if found[:1] == [1] and all(map(math.isfinite, found)) else []
    if len(shape) != 3 or len(factors) != 3 or factors[0] != 1 or any(f.denominator != 1 or f < 1 for f in factors):
        raise RefusedModel(f"{operator} has other factors than whole ones for the rows and columns of images")
    coordinates = "asymmetric" if old else given["coordinate_transformation_mode"]
    for factor, length in zip(factors[1:], shape[1:], strict=True):
        check_nearest(operator, int(factor), length, coordinates, "floor" if old else given["nearest_mode"])
    return int(factors[1]), int(factors[2])


def check_nearest(operator: Operator, factor: int, length: int, coordinates: str, mode: str) -> None:
    """``RefusedModel`` where the nearest neighbours along an axis are not each element ``factor`` times."""
    places = {
        "half_pixel": lambda i: Fraction(2 * i + 1, 2 * factor) - Fraction(1, 2),
        "asymmetric": lambda i: Fraction(i, factor),
        "pytorch_half_pixel": lambda i: (
            Fraction(2 * i + 1, 2 * factor) - Fraction(1, 2) if length * factor > 1 else Fraction(0)
        ),
        "align_corners": lambda i: Fraction(i * (length - 1), max(length * factor - 1, 1)),
    }
    modes = {
        "floor": math.floor,
        "ceil": math.ceil,
        "round_prefer_floor": lambda x: math.ceil(x - Fraction(1, 2)),
        "round_prefer_ceil": lambda x: math.floor(x + Fraction(1, 2)),
    }
    need(operator, "coordinate_transformation_mode", coordinates, *places)
    need(operator, "nearest_mode", mode, *modes)
    found = [min(max(modes[mode](places[coordinates](i)), 0), length - 1) for i in range(min(length * factor, LONGEST))]
    if found != [i // factor for i in range(len(found))]:
        raise RefusedModel(f"{operator} takes other neighbours ({coordinates}, {mode}) than each element {factor} times")
