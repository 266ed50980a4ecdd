"""Averages of affine codes against rational arithmetic and NumPy's binary32."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.affine_joins import Affine
from refsim.spec.affine_pools import AffineAveragePool, channel_scale
from refsim.spec.convolutions import Window
from refsim.spec.projection import Projection

from .affine_tensors import integers, parameters, singles, values

INT8 = Projection("int8", "ties_to_even", "saturate")
RANDOM = np.random.default_rng(59)
PADDED = Window(stride=(2, 1), padding=(1, 0, 0, 1))


def pool(way, kernel=None, window=Window(), *, counted=False, ceil=False, to=INT8):  # noqa: B008 a window is frozen
    """A rule."""
    return AffineAveragePool(way, to, kernel, window, counted, ceil)


def made(rule, q, x, y):
    """What a rule makes of integers of 8 bits, with scale and zero point of input and result."""
    return values(rule([integers(q, "int8")], parameters("int8", x=x, y=y)))


def windows(x, kernel, window):
    """The integers on the image below each place, row by row, and the number of places of the kernel."""
    channels, rows, columns = x.shape
    top, bottom, left, right = window.padding
    for c in range(channels):
        for i in range(-top, rows + bottom - kernel[0] + 1, window.stride[0]):
            for j in range(-left, columns + right - kernel[1] + 1, window.stride[1]):
                below = x[c, max(i, 0) : i + kernel[0], max(j, 0) : j + kernel[1]]
                yield below.reshape(-1), kernel[0] * kernel[1]


@pytest.mark.clause("affine-pool/exact", "affine-pool/divisor", "affine-pool/element")
@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("scales", [(1, 1), (0.5, 0.25), (0.1, 0.07)], ids=str)
def test_exact(counted, scales):
    """Python rounds a fraction once, with ties to even."""
    x = RANDOM.integers(-128, 128, (2, 4, 5))
    sx, sy = (Fraction(float(np.float32(scale))) for scale in scales)
    expected = []
    for below, size in windows(x, (3, 2), PADDED):
        mean = Fraction(int((below - 3).sum()), size if counted else below.size) * sx
        expected.append(max(-128, min(127, round(mean / sy) - 4)))
    found = made(pool("exact", (3, 2), PADDED, counted=counted), x, (scales[0], 3), (scales[1], -4))
    assert found.reshape(-1).tolist() == expected


@pytest.mark.clause("affine-pool/windowed", "affine-pool/divisor")
@pytest.mark.parametrize("counted", [False, True])
def test_windowed(counted):
    """NumPy's binary32, one number after the other; ``cumsum`` adds up in order."""
    x = RANDOM.integers(-128, 128, (2, 4, 5))
    sx, sy = np.float32([0.1, 0.07])
    expected = []
    for below, size in windows(x, (3, 2), PADDED):
        total = np.cumsum((below - 3).astype(np.float32) * sx, dtype=np.float32)[-1]
        mean = total / np.float32(size if counted else below.size)
        expected.append(max(-128, min(127, int(np.rint(mean / sy + np.float32(-4))))))
    found = made(pool("onnxruntime", (3, 2), PADDED, counted=counted), x, (0.1, 3), (0.07, -4))
    assert found.reshape(-1).tolist() == expected


@pytest.mark.clause("affine-pool/windowed")
def test_order_of_divisions():
    """3 * 0.7 / 6 / 0.1 is the tie 3.5, rounded at every step, which becomes 4; 3 * 0.7 / (6 * 0.1) is less."""
    found = made(pool("onnxruntime", (1, 6)), [[[3, 0, 0, 0, 0, 0, 0]]], (0.7, 0), (0.1, 0))
    assert found[0, 0, 0] == 4
    one, other = np.float32(3) * np.float32(0.7), np.float32(0.1)
    assert one / np.float32(6) / other == 3.5 > one / (np.float32(6) * other)


@pytest.mark.clause("affine-pool/channel")
def test_channel():
    """NumPy's binary32; a kernel as large as the image without padding is the image, and one with padding is not."""
    x = RANDOM.integers(-128, 128, (3, 4, 5))
    scale = np.float32(0.1) / (np.float32(0.07) * np.float32(20))
    expected = np.clip(np.rint((x - 3).sum((1, 2)).astype(np.float32) * scale).astype(int) - 4, -128, 127)
    for rule in (pool("onnxruntime"), pool("onnxruntime", (4, 5)), pool("onnxruntime", (4, 5), Window(stride=(2, 2)))):
        assert made(rule, x, (0.1, 3), (0.07, -4)).reshape(-1).tolist() == expected.tolist()
        assert rule.is_whole(x.shape)
    assert not pool("onnxruntime", (4, 5), PADDED).is_whole(x.shape)
    assert not pool("onnxruntime", (4, 4)).is_whole(x.shape)


@pytest.mark.clause("affine-pool/channel", "affine-pool/windowed")
@pytest.mark.parametrize(("kernel", "expected"), [(None, 1), ((1, 2), 1), ((1, 1), 1)])
def test_ties_of_a_channel(kernel, expected):
    """A mean of 1/2 is rounded to 0 before a zero point of 1 is added in a whole channel."""
    assert made(pool("onnxruntime", kernel), [[[0, 1]]], (1, 0), (1, 1))[0, 0, 0] == expected
    # In a window the zero point is added before: 1/2 and 1 are 3/2, which becomes 2.
    assert made(pool("onnxruntime", (1, 2)), [[[0, 1, 1]]], (1, 0), (1, 1)).tolist() == [[[2, 2]]]
    assert made(pool("exact", (1, 2)), [[[0, 1, 1]]], (1, 0), (1, 1)).tolist() == [[[1, 2]]]


@pytest.mark.clause("affine-pool/divisor")
@pytest.mark.parametrize(("way", "counted", "expected"), [("exact", True, 6), ("exact", False, 6), ("onnxruntime", True, 3)])
def test_divisor_of_a_rest(way, counted, expected):
    """Of a last window that reaches past the input and its padding ONNX Runtime counts all places."""
    rule = pool(way, (1, 2), Window(stride=(1, 2)), counted=counted, ceil=True)
    assert made(rule, [[[0, 2, 6]]], (1, 0), (1, 0)).tolist() == [[[1, expected]]]


@pytest.mark.clause("affine-pool/channel-scale")
@pytest.mark.parametrize(("scale", "fits"), [(256, False), (255.9, True), (2.0**-32, True), (2.0**-33, False), (1e-45, False)])
def test_channel_scale(scale, fits):
    """The ends of the scales that are taken."""
    of_x, of_y = Affine(singles([scale]).numbers()[0], 0), Affine(singles([1]).numbers()[0], 0)
    if fits:
        assert channel_scale(1, of_x, of_y) == of_x.scale
    else:
        with pytest.raises(ValueError, match=r"^ONNX Runtime averages a channel with a scale in 2\*\*-32..2\*\*8, not with"):
            channel_scale(1, of_x, of_y)


@pytest.mark.clause("affine-pool/element")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pool("binary32"), "unknown way 'binary32' of affine average pool; the ways are exact, onnxruntime"),
        (
            lambda: pool("onnxruntime", (2, 2), Window(dilation=(1, 2))),
            r"affine average pool the way onnxruntime has no dilation, not \(1, 2\)",
        ),
        (
            lambda: pool("onnxruntime", to=Projection("int8", "toward_zero", "saturate")),
            "affine average pool the way onnxruntime needs ties_to_even and saturate, not toward_zero and saturate",
        ),
        (
            lambda: made(pool("exact"), [1, 2], (1, 0), (1, 0)),
            "affine average pool needs an input of 3 axes",
        ),
        (lambda: pool("exact").infer([], {}), "affine average pool takes one input, not 0"),
    ],
)
def test_refused(call, message):
    """What does not fit is refused in one line."""
    with pytest.raises(ValueError, match="^" + message):
        call()
