"""Dropout: in training some elements are left out at random (Srivastava et al., 2014)."""

from __future__ import annotations

from collections.abc import Sequence

from .kind import Backward, Floats, Forward, Kind, Mode, Options, Parameters, Shape
from .options import flag, number, only


def _shape(options: Options, shapes: Sequence[Shape]) -> Shape:
    if not number(options, "keep", 0, 1):
        raise ValueError("the option keep is more than 0")
    flag(options, "inverted")
    return only("dropout", shapes)


def _forward(options: Options, xs: Sequence[Floats], parameters: Parameters, mode: Mode) -> Forward:  # noqa: ARG001
    x, keep, inverted = xs[0], float(options["keep"]), bool(options["inverted"])
    if not mode.training:
        whole = 1.0 if inverted else keep
        return Forward(x * whole, whole)
    if mode.random is None:
        raise ValueError("dropout needs random numbers in training")
    mask = (mode.random.random(x.shape) < keep).astype(x.dtype)
    by = mask / keep if inverted else mask
    return Forward(x * by, by)


def _backward(options: Options, gradient: Floats, cache: Floats | float) -> Backward:  # noqa: ARG001
    return Backward([gradient * cache], {})


DROPOUT = Kind("dropout", {"keep": None, "inverted": True}, _shape, _forward, _backward)
"""In training each element stays with the probability ``keep``. Inverted, those that stay are divided by ``keep``, and
otherwise nothing happens; not inverted, they stay as they are, and outside training everything is multiplied by ``keep``."""
