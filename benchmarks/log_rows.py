"""The rows of logarithmic formats, beside what one writes in NumPy: the logarithm, rounded and clipped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import peers
from numpy.typing import NDArray
from records import Claim, Row, Way

from refsim import Array, Projection, engine, get_format
from refsim.engine.lns import lns_add
from refsim.spec.formats import Format
from refsim.spec.lns import Adder, correction_table

SEED = 1603
FORMATS = {"log4_fsr3": 1, "slog5_fsr1": 1, "slog5_fsr1_sqrt2": 2, "log8_fsr3_steps8": 8, "lns7.0": 1}
"""Formats with their steps to the octave."""
LNS = ("lns4.3", "lns6.10")


def log_rows() -> Iterator[Row]:
    """binary32 to logarithmic formats, products of codes, and LNS sums through tables."""
    for name, steps in FORMATS.items():
        for rule in ("ties_to_away", "toward_zero"):
            to = Projection(name, rule, "saturate")
            yield Row(f"encode/{name}/{rule}", partial(_normal, to.format), _encoding(to), tuple(_numpy(to, steps)))
    for name in ("slog5_fsr1_sqrt2", *LNS):
        yield _product(name)
    for name in LNS:
        yield _sum(name)


def _normal(format: Format, size: int) -> tuple[NDArray[np.float32]]:
    x = np.random.default_rng(SEED).standard_normal(size).astype(np.float32)
    return (x if format.signed else np.abs(x),)


def _encoding(to: Projection) -> Way:
    return Way("refsim", peers.as_they_are, lambda x: engine.encode(x, to), _as_codes)


def _numpy(to: Projection, steps: int) -> Iterator[Way]:
    """Codes of a sign and a magnitude by np.log2, whose last bit no one promises."""
    format = to.format
    if not format.name.startswith(("log", "slog")):
        return
    least, top = format.grid.least, format.top
    cut = np.rint if to.rounding.name == "ties_to_away" else np.floor

    def work(x: Any) -> Any:
        with np.errstate(divide="ignore"):
            found = np.clip(cut(np.log2(np.abs(x)) * steps) - (least - 1), 0, top).astype(np.uint8)
        return found | (np.signbit(x).astype(np.uint8) << format.width - 1) if format.signed else found

    yield Way("numpy", peers.as_they_are, work, peers.as_float64, Claim.OTHER, "np.log2, beside a boundary not exact")


def _codes(format: Format, size: int) -> tuple[NDArray[Any], ...]:
    rng = np.random.default_rng(SEED)
    return tuple(rng.integers(0, 1 << format.width, size) for _ in range(2))


def _arrays(format: Format, *codes: Any) -> tuple[Any, ...]:
    return tuple(Array(c, format) for c in codes)


def _product(name: str) -> Row:
    to = Projection(name, "ties_to_even", "saturate")
    ours = Way("refsim", partial(_arrays, to.format), lambda x, y: engine.multiply(x, y, to), _as_codes)
    return Row(f"multiply/{name}", partial(_codes, to.format), ours)


def _sum(name: str) -> Row:
    format = get_format(name)
    tables = (correction_table(64, 3, 3, "ties_to_even", "middle", subtraction=minus) for minus in (False, True))
    adder = Adder(*tables, end="saturate")
    ours = Way("refsim", partial(_arrays, format), lambda x, y: lns_add(x, y, adder), _as_codes)
    return Row(f"lns_add/{name}", partial(_codes, format), ours)


def _as_codes(found: Any) -> Any:
    return np.asarray(found.codes, np.float64)
