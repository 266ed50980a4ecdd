"""Rows of numbers in which the greatest one decides a scale narrowly, and others lie at the places where elements change."""

import numpy as np

from refsim.spec.scales import LIMITS


def aimed(format, dtype, rows, seed, *, specials=True):
    """Rows of numbers around the places at which scales and elements change, at many magnitudes, and special data in some."""
    random = np.random.default_rng(seed)
    element = format.element
    points = np.array([float(element.grid.magnitude(n)) for n in range(min(element.top, 300) + 1)])
    tops = np.array([float(limit(element).number) for limit in LIMITS.values()] + [points[-1]])
    size = format.size
    x = points[random.integers(0, len(points), (rows, size))]
    middles = (points[1:] + points[:-1]) / 2
    x = np.where(random.random((rows, size)) < 0.4, middles[random.integers(0, len(middles), (rows, size))], x)
    place = random.integers(0, size, rows)
    x[np.arange(rows), place] = tops[random.integers(0, len(tops), rows)]
    ends = (-160, 128) if dtype == np.float32 else (-1100, 1010)
    exponents = np.where(random.random(rows) < 0.7, random.integers(-20, 20, rows), random.integers(*ends, rows))
    with np.errstate(all="ignore"):
        x = np.ldexp(x, exponents[:, None]).astype(dtype)
        x = np.where(random.random((rows, size)) < 0.3, np.nextafter(x, np.array(np.inf, dtype)), x)
        x = np.where(random.random((rows, size)) < 0.2, np.nextafter(x, np.array(0, dtype)), x)
    x = np.where(random.random((rows, size)) < 0.5, -x, x)
    x[random.random((rows, size)) < 0.1] = 0
    x[: max(rows // 16, 1)] = np.copysign(0, x[: max(rows // 16, 1)])
    if specials:
        for datum in (np.nan, np.inf, -np.inf):
            x[random.integers(0, rows), random.integers(0, size)] = datum
    else:
        x = np.nan_to_num(x, nan=0, posinf=np.finfo(dtype).max, neginf=-np.finfo(dtype).max)
    return x
