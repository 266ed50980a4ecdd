"""The made scene, against one written for single pixels with Philox and the operations of Python."""

import math

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from refsim.nn.data import get_data
from refsim.nn.data.randomness import bell, order, uniform, words
from refsim.nn.data.scene import abundances, end_members, light, mixed, scene

MASK = (1 << 64) - 1


def philox(counter, key):
    """Philox4x64-10, after Salmon, Moraes, Dror and Shaw, 2011, section 3.3."""
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        a, b = 0xD2E7470EE14C6C93 * c[0], 0xCA5A826395121157 * c[2]
        c = [(b >> 64) ^ c[1] ^ k0, b & MASK, (a >> 64) ^ c[3] ^ k1, a & MASK]
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & MASK, (k1 + 0xBB67AE8584CAA73B) & MASK
    return c


def word(n, seed, purpose, index=0):
    """The word number ``n``: NumPy counts before it draws."""
    return philox([n // 4 + 1, 0, purpose, index], (seed, 0x64617461))[n % 4]


def test_philox_here_gives_the_published_values():
    """The known answers that Random123 has for zeros and for ones."""
    assert philox([0] * 4, (0, 0)) == [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    assert philox([MASK] * 4, (MASK,) * 2) == [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0]


@pytest.mark.parametrize("place", [(0, 1), (7, 2, 3), ((1 << 63) - 1, 4, 1000)])
def test_words_are_those_of_philox(place):
    assert words(11, *place).tolist() == [word(n, *place) for n in range(11)]


def test_words_as_numbers():
    assert uniform(np.array([0, MASK, 1 << 63], np.uint64)).tolist() == [0, 1 - 2.0**-53, 0.5]
    ends = bell(np.array([0, MASK, 0x7FFF7FFF80008000], np.uint64))
    assert ends.tolist() == [-ends[1], ends[1], 0]
    assert ends[1] == pytest.approx(2 * math.sqrt(3), rel=1e-4)
    many = bell(words(100_000, 1, 0))
    assert (many.mean(), many.std()) == pytest.approx((0, 1), abs=0.01)
    assert (np.abs(many) < 1).mean() == pytest.approx(0.683, abs=0.02)
    assert sorted(order(100, 5).tolist()) == list(range(100))
    assert order(100, 5).tolist() != order(100, 6).tolist()


def pixel(seed, image, row, column, *, bands=25, size=32, classes=5, regions=8, noise=0.05):
    """The numbers and the label of one pixel, with the operations of Python in the order that the scene has."""
    drawn = [[word(k * regions + n, seed, 2, image) for n in range(regions)] for k in range(3)]
    places = [[(w >> 11) * 2.0**-53 * size for w in drawn[k]] for k in range(2)]
    away = [
        math.sqrt((row + 0.5 - r) * (row + 0.5 - r) + (column + 0.5 - c) * (column + 0.5 - c))
        for r, c in zip(*places, strict=True)
    ]
    shares = [0.0] * classes
    for distance, w in zip(away, drawn[2], strict=True):
        near = max(0, 1 - (distance - min(away)) / 4)
        shares[w % classes] += near * near
    total = 0.0
    for share in shares:
        total += share
    shares = [share / total for share in shares]
    corners = [0.6 + (1.0 - 0.6) * ((word(n, seed, 3, image) >> 11) * 2.0**-53) for n in range(4)]
    down, right = (row + 0.5) / size, (column + 0.5) / size
    left, other = (corners[i] + (corners[i + 2] - corners[i]) * down for i in range(2))
    lit = left + (other - left) * right
    seen = []
    for band in range(bands):
        place = band * 5 / (bands - 1)
        knot = min(int(place), 4)
        step = place - knot
        step = step * step * (3 - 2 * step)
        signal = 0.0
        for material, share in enumerate(shares):
            a, b = (0.35 + (0.65 - 0.35) * ((word(material * 6 + k, seed, 1) >> 11) * 2.0**-53) for k in (knot, knot + 1))
            signal += (a + (b - a) * step) * share
        signal *= lit
        w = word((band * size + row) * size + column, seed, 4, image)
        lanes = sum(w >> shift & 0xFFFF for shift in (0, 16, 32, 48))
        noisy = signal + noise * math.sqrt(0.0625 + 0.9375 * signal) * ((lanes - 131070) / math.sqrt(4 * (65536**2 - 1) / 12))
        seen.append(round(min(max(noisy, 0), 1) * 4095) / 4095)
    return seen, shares.index(max(shares)) if max(shares) >= 0.6 else -1


@pytest.mark.parametrize("seed", [0, 3])
def test_pixels_are_what_python_computes(seed):
    """Bit for bit, at the corners, at borders without a label and in between."""
    data = scene(seed=seed, images=8)
    borders = np.argwhere(data.train_t == -1)[::400].tolist()
    for image, row, column in [(0, 0, 0), (1, 31, 31), (5, 31, 0), (3, 13, 22), *borders]:
        seen, label = pixel(seed, image, row, column)
        assert data.train_x[image, :, row, column].tolist() == np.array(seen).astype(np.float32).tolist()
        assert data.train_t[image, row, column] == label
    assert pixel(seed, 7, 4, 5)[0] == pytest.approx(data.test_x[1, :, 4, 5].tolist(), rel=1e-7)


def test_other_sizes():
    data = scene(bands=3, size=9, classes=10, images=9, regions=30, noise=0, seed=2)
    assert (data.train_x.shape, data.test_x.shape, data.test_t.shape) == ((7, 3, 9, 9), (2, 3, 9, 9), (2, 9, 9))
    assert len(data.classes) == 10
    assert {-1, 2, 9} <= set(np.unique(data.train_t).tolist()) <= set(range(-1, 10))
    options = {"bands": 3, "size": 9, "classes": 10, "regions": 30, "noise": 0}
    assert data.train_x[5, :, 4, 5].tolist() == np.float32(pixel(2, 5, 4, 5, **options)[0]).tolist()
    assert scene(bands=1, size=1, classes=2, images=4, regions=1).train_x.shape == (3, 1, 1, 1)


def test_an_image_does_not_depend_on_how_many_there_are():
    few, many = scene(images=4), scene(images=8)
    assert np.array_equal(few.train_x, many.train_x[:3])
    assert np.array_equal(few.test_x[0], many.train_x[3])


def test_materials_light_and_noise():
    shares = abundances(32, 5, 8, 0, 0)
    assert shares.sum(axis=0) == pytest.approx(1)
    assert ((shares > 0).sum(axis=0) == 1).mean() > 0.3, "most of a region is pure"
    spectra = end_members(100, 5, 0)
    assert 0.35 <= spectra.min() < spectra.max() <= 0.65
    assert np.abs(np.diff(spectra, axis=1)).max() < 0.03, "no jump from band to band"
    assert 0.6 <= light(32, 0, 0).min() < light(32, 0, 0).max() <= 1
    assert mixed(spectra, np.eye(5)[:, :, np.newaxis])[:, 2, 0].tolist() == spectra[2].tolist()
    noise = scene(images=4).train_x - scene(images=4, noise=0).train_x
    assert 0.02 < noise.std() < 0.05
    assert abs(noise.mean()) < 1e-3


def test_spectra_tell_the_materials_but_not_always():
    """A linear classifier of single pixels, of scikit-learn, is nearly right; the labels matter to it."""
    data = get_data("scene")
    (x, t), (y, u) = (
        (images.transpose(0, 2, 3, 1)[labels >= 0], labels[labels >= 0])
        for images, labels in ((data.train_x, data.train_t), (data.test_x, data.test_t))
    )
    assert 0.9 < LinearDiscriminantAnalysis().fit(x, t).score(y, u) < 0.995
    assert LinearDiscriminantAnalysis().fit(x, t[order(len(t), 0)]).score(y, u) < 0.4
    assert 0.05 < (data.train_t == -1).mean() < 0.25
    assert np.bincount(u, minlength=5).min() > 500


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"bands": 0}, "a scene has bands from 1 to 1024, not 0"),
        ({"size": 4097}, "a scene has size from 1 to 4096, not 4097"),
        ({"classes": 1}, "a scene has classes from 2 to 256, not 1"),
        ({"images": 3}, "a scene has images from 4 to"),
        ({"regions": 2.5}, "a scene has regions from 1 to 1024, not 2.5"),
        ({"noise": -0.1}, "a scene has noise from 0 to 1, not -0.1"),
        ({"noise": float("nan")}, "a scene has noise from 0 to 1, not nan"),
        ({"seed": 1 << 63}, "a seed is a whole number"),
    ],
)
def test_sizes_that_mean_nothing_are_refused(options, why):
    with pytest.raises(ValueError, match=why):
        get_data("scene", **options)
