"""A hyperspectral scene that is made, not measured: materials with smooth spectra, mixed at the borders of regions, under
uneven light, seen by a noisy sensor.

Only additions, products, quotients and square roots are used, which IEEE 754 rounds correctly, in an order that is fixed. So a
scene is the same bit for bit on every machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .randomness import bell, uniform, words
from .record import Data

Real = NDArray[np.float64]

KNOTS = 6
"""Where a spectrum is drawn; between two of them it is smooth."""
REFLECTANCES = (0.35, 0.65)
"""Little apart, so that one pixel alone does not always tell its material."""
SOFTNESS = 2.0
"""How far, in pixels, the materials of two regions mix on both sides of a border."""
LIGHT = (0.6, 1.0)
"""The least and the greatest light of a corner of an image."""
PURE = 0.6
"""The share of a material from which on a pixel has its label."""
READ = 0.25
"""The noise of the dark, as a part of the noise in full light."""
LEVELS = 4095
"""The greatest number of the sensor, which has 12 bits."""
PLACES = ("spectra", "regions", "light", "noise")
"""What is drawn; the place of a draw is one of these and the number of the image."""


def scene(
    bands: int = 25, size: int = 32, classes: int = 5, images: int = 48, regions: int = 8, noise: float = 0.05, seed: int = 0
) -> Data:
    """Images of shape (bands, size, size) with a material for each pixel, and -1 where materials mix; the last quarter is to
    test with.

    Each image has ``regions`` seeds of a random place and material; a pixel belongs to the nearest. Its spectrum is the mix of
    materials there, times the light, plus noise with a standard deviation of ``noise`` at 1, and less in the dark, in steps
    of 1/4095. The defaults, 25 bands and 5 classes, are those of HSI-Drive (Basterretxea et al., 2021) in its small variant.
    An image does not depend on how many there are. ``ValueError`` for sizes that mean nothing.
    """
    least = {"bands": 1, "size": 1, "classes": 2, "images": 4, "regions": 1}
    most = {"bands": 1024, "size": 4096, "classes": 256, "images": 1 << 20, "regions": 1024}
    given = {"bands": bands, "size": size, "classes": classes, "images": images, "regions": regions}
    for name, value in given.items():
        if not isinstance(value, int) or not least[name] <= value <= most[name]:
            raise ValueError(f"a scene has {name} from {least[name]} to {most[name]}, not {value!r:.60}")
    if not 0 <= noise <= 1:
        raise ValueError(f"a scene has noise from 0 to 1, not {noise!r:.60}")
    spectra = end_members(bands, classes, seed)
    x = np.empty((images, bands, size, size), np.float32)
    t = np.empty((images, size, size), np.int64)
    for i in range(images):
        shares = abundances(size, classes, regions, seed, i)
        x[i] = sensed(mixed(spectra, shares) * light(size, seed, i), noise, seed, i)
        t[i] = np.where(shares.max(axis=0) >= PURE, shares.argmax(axis=0), -1)
    learn = images - images // 4
    names = tuple(f"material {c}" for c in range(classes))
    return Data("scene", names, x[:learn], t[:learn], x[learn:], t[learn:])


def _drawn(what: str, shape: tuple[int, ...], seed: int, image: int = 0) -> NDArray[np.uint64]:
    return words(int(np.prod(shape)), seed, PLACES.index(what) + 1, image).reshape(shape)


def _between(bounds: tuple[float, float], u: Real) -> Real:
    return bounds[0] + (bounds[1] - bounds[0]) * u


def end_members(bands: int, classes: int, seed: int) -> Real:
    """The reflectances of the materials, of shape (classes, bands): smooth steps between random knots."""
    knots = _between(REFLECTANCES, uniform(_drawn("spectra", (classes, KNOTS), seed)))
    place = np.arange(bands) * (KNOTS - 1) / max(1, bands - 1)
    left = np.minimum(place.astype(np.intp), KNOTS - 2)
    step = place - left
    step = step * step * (3 - 2 * step)
    return knots[:, left] + (knots[:, left + 1] - knots[:, left]) * step


def abundances(size: int, classes: int, regions: int, seed: int, image: int) -> Real:
    """How much of each material a pixel has, of shape (classes, size, size); the sum over materials is 1.

    A pixel lies in the Voronoi region of the nearest seed. Other seeds have a part as far as they are nearly as near.
    """
    drawn = _drawn("regions", (3, regions), seed, image)
    rows, columns = uniform(drawn[:2]) * size
    materials = (drawn[2] % np.uint64(classes)).astype(np.intp)
    centres = np.arange(size) + 0.5
    down, right = centres[:, np.newaxis] - rows[:, np.newaxis, np.newaxis], centres - columns[:, np.newaxis, np.newaxis]
    distances = np.sqrt(down * down + right * right)
    near = np.maximum(0, 1 - (distances - distances.min(axis=0)) / (2 * SOFTNESS))
    found = np.zeros((classes, size, size))
    for material, part in zip(materials, near * near, strict=True):
        found[material] += part
    total = np.zeros((size, size))
    for part in found:
        total += part
    return found / total


def mixed(spectra: Real, shares: Real) -> Real:
    """The spectrum of each pixel, of shape (bands, size, size): the linear mix of its materials."""
    found = np.zeros((spectra.shape[1], *shares.shape[1:]))
    for spectrum, share in zip(spectra, shares, strict=True):
        found += spectrum[:, np.newaxis, np.newaxis] * share
    return found


def light(size: int, seed: int, image: int) -> Real:
    """How bright each pixel is lit, of shape (size, size): random at the corners, linear between."""
    top, bottom = _between(LIGHT, uniform(_drawn("light", (2, 2), seed, image)))
    place = (np.arange(size) + 0.5) / size
    left, right = ((a + (b - a) * place)[:, np.newaxis] for a, b in zip(top, bottom, strict=True))
    found: Real = left + (right - left) * place
    return found


def sensed(signal: Real, noise: float, seed: int, image: int) -> NDArray[np.float32]:
    """What the sensor gives for a signal: noise whose variance grows with the signal, then the nearest of its levels."""
    dark = READ * READ
    deviation = noise * np.sqrt(dark + (1 - dark) * signal)
    seen = signal + deviation * bell(_drawn("noise", signal.shape, seed, image))
    levels = np.rint(np.clip(seen, 0, 1) * LEVELS)
    return (levels / LEVELS).astype(np.float32)
