"""The rows of levels, code books and dynamic fixed point, beside what one writes in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

import data
import numpy as np
from numpy.typing import NDArray
from peers import as_float64, as_they_are
from records import Claim, Row, Way

from refsim.engine import codebooks, dynamic, levels
from refsim.spec.codebooks import get_codebook
from refsim.spec.dynamic import Control, published
from refsim.spec.levels import published as published_levels
from refsim.spec.naming import get_rounding

STEP = 0.7
ROUNDED = "the quotient is rounded"


def level_rows() -> Iterator[Row]:
    """binary32 to levels, to NF4 and to ten bits with counts; and the step of a group."""
    for count in (3, 7, 255):
        yield Row(f"levels/{count}", drawn, exact_levels(count), (numpy_levels(count),))
    yield Row("codebook/nf4", drawn, exact_nf4(), (numpy_nf4(),))
    yield Row("dynamic/dfxp10", drawn, exact_batch(), (numpy_batch(),))
    for method in ("optimal", "alternating:4"):
        yield Row(f"levels/step/{method}", drawn, exact_step(method), (numpy_step(),) if ":" in method else (), 1 << 14)


def drawn(size: int) -> tuple[NDArray[Any]]:
    """Normally distributed weights."""
    return (np.random.default_rng(data.SEED).standard_normal(size).astype(np.float32),)


def exact_levels(count: int) -> Way:
    """Codes of levels."""
    to = published_levels(count)
    return Way("refsim", as_they_are, lambda x: levels.quantize(x, STEP, to), lambda found: found.values())


def numpy_levels(count: int) -> Way:
    """The published formula."""

    def work(x: NDArray[Any]) -> NDArray[np.int8]:
        step = np.float32(STEP)
        return (np.sign(x) * np.minimum(np.floor(np.abs(x) / step + np.float32(0.5)), count // 2)).astype(np.int8)

    return Way("numpy", as_they_are, work, as_float64, Claim.OTHER, ROUNDED)


def exact_nf4() -> Way:
    """Codes of NF4."""
    book, rounding = get_codebook("nf4"), get_rounding("ties_toward_negative")
    return Way("refsim", as_they_are, lambda x: codebooks.quantize(x, book, rounding), as_float64)


def numpy_nf4() -> Way:
    """A search among the middles, as binary32 holds them."""
    values = np.array([float(x) for x in get_codebook("nf4").ascending])
    middles = ((values[1:] + values[:-1]) / 2).astype(np.float32)
    note = "middles are rounded to binary32"
    return Way("numpy", as_they_are, partial(np.searchsorted, middles), as_float64, Claim.OTHER, note)


def exact_batch() -> Way:
    """Codes of dynamic fixed point, with the counts of overflows."""
    control = Control(published("dfxp10"), Fraction(1, 10000), 100, -8, 8, "at_end", "period")
    state = control.start(1)
    return Way("refsim", as_they_are, lambda x: dynamic.observe(control, state, x), lambda found: found.codes.values() * 256)


def numpy_batch() -> Way:
    """The published formula, with means over the result."""

    def work(x: NDArray[Any]) -> tuple[NDArray[Any], float, float]:
        scaled = x * np.float32(256)
        rounded = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), x)
        held = np.clip(rounded, -511, 511)
        magnitudes = np.abs(held)
        return held, float(np.mean(magnitudes >= 511)), float(np.mean(magnitudes >= 255.5))

    return Way("numpy", as_they_are, work, lambda found: as_float64(found[0]), Claim.OTHER, "a half is added with rounding")


def exact_step(method: str) -> Way:
    """The step, exactly."""
    to = published_levels(7)
    return Way("refsim", as_they_are, lambda x: levels.find_step(x, to, method))


def numpy_step() -> Way:
    """The alternation in floats, from four starts, thirty rounds each."""

    def work(x: NDArray[Any]) -> float:
        w, found = np.abs(x.astype(np.float64)), []
        for part in (1, 2, 3, 4):
            step = w.max() * part / 4
            for _ in range(30):
                z = np.minimum(np.floor(w / step + 0.5), 3)
                step = w @ z / (z @ z)
            found.append((((z * step - w) ** 2).sum(), step))
        return float(min(found)[1])

    return Way("numpy", as_they_are, work, None, Claim.OTHER, "in floats, thirty rounds")
