"""ONNX Runtime's convolutions and matrix products of affine codes against three rules: Centre, the exact sums, Requantize."""

import numpy as np
import pytest

from refsim import get_format
from refsim.engine import affine_layers
from refsim.spec.affine_layers import Centre, DequantizeLinear, Requantize
from refsim.spec.convolutions import Window
from refsim.spec.datapath_names import get_datapath
from refsim.spec.layers import Conv2d, Dense

from . import peer_onnxruntime_affine as peer
from .affine_rules import integers, ours, settings, single

EXACT32 = get_datapath("datapath(exact,sequential(int32/toward_zero/error),first,sum)")


def requantized(acc, factors, y_scale, y_point, kind):
    """Accumulators with one channel an element of the last factor, along their first axis behind the samples."""
    scale = affine_layers.combined_scale([single(x) for x in factors], single(y_scale))
    parameters = {"scale": scale, "zero_point": integers(y_point, kind)}
    return ours(Requantize("float_scale", get_format(kind)), [acc], parameters).codes.view(kind)


@pytest.mark.clause("affine-layer/combined-scale", "affine-layer/requantize")
def test_order_of_scales():
    """9 * ((28 * 3/8) / 9) is the tie 10.5; 28 * ((3/8) / 9) and (28 / 9) * (3/8) are larger by a last place."""
    one, scales = np.int8([[9]]), np.float32([28, 0.375, 9])
    zero = np.int8(0)
    theirs = peer.run(
        "QLinearMatMul", [one, scales[0], zero, np.int8([[1]]), scales[1], zero, scales[2], zero], "int8", domain=""
    )
    found = requantized(integers([[9]], "int32"), scales[:2], scales[2], 0, "int8")
    assert found.tolist() == theirs.tolist() == [[10]]
    assert np.float32(9) * (scales[0] * (scales[1] / scales[2])) > 10.5
    assert np.float32(9) * (scales[0] / scales[2] * scales[1]) > 10.5


CASES = [("int8", "int8"), ("uint8", "int8"), ("uint8", "uint8")]


@pytest.mark.clause("affine-layer/centre", "affine-layer/requantize", "affine-layer/combined-scale")
@pytest.mark.parametrize(("kind", "weights"), CASES)
@pytest.mark.parametrize("optimized", [True, False])
@pytest.mark.parametrize("constant", [True, False])
def test_convolutions(kind, weights, optimized, constant):
    """QLinearConv: Centre, Conv2d with a pad of 0, Requantize; with a scale for each kernel or one, padded with zero points."""
    rng = np.random.default_rng(41)
    window = Window(padding=(1, 1, 1, 1), stride=(1, 2))
    for i, (scales, points) in enumerate(settings(rng, kind, 2, 6)):
        info = np.iinfo(weights)
        x = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, (2, 3, 6, 7)).astype(kind)
        w = rng.integers(info.min, info.max + 1, (4, 3, 3, 3)).astype(weights)
        bias, own = rng.integers(-5000, 5000, 4).astype(np.int32), np.float32(rng.uniform(1e-3, 1e-2, 4 if i % 2 else 1))
        zero = int(rng.integers(info.min, info.max + 1)) if i % 3 == 0 else 0
        (sx, sy), (zx, zy) = scales, (peer.point(n, kind) for n in points)
        given = [x, sx, zx, w, own if i % 2 else own[0], np.full(own.shape if i % 2 else (), zero, weights), sy, zy, bias]
        extent = {"pads": [1, 1, 1, 1], "strides": [1, 2]}
        theirs = peer.run("QLinearConv", given, kind, domain="", optimized=optimized, constant=constant, **extent)
        first = ours(Centre(), [integers(x, kind)], {"zero_point": integers(zx, kind)})
        kernels = ours(Centre(), [integers(w, weights)], {"zero_point": integers(zero, weights)})
        acc = ours(Conv2d(EXACT32, window, 0), [first], {"weights": kernels, "bias": integers(bias, "int32")})
        assert (requantized(acc, [sx, own], sy, zy, kind) == theirs).all()


@pytest.mark.clause("affine-layer/centre", "affine-layer/combined-scale")
@pytest.mark.parametrize(("kind", "weights"), CASES)
@pytest.mark.parametrize("constant", [True, False])
def test_products_of_matrices(kind, weights, constant):
    """QLinearMatMul and QGemm with alpha and bias, to codes and to numbers, and MatMulInteger."""
    rng = np.random.default_rng(43)
    for i, (scales, points) in enumerate(settings(rng, kind, 2, 12)):
        info = np.iinfo(weights)
        x = rng.integers(np.iinfo(kind).min, np.iinfo(kind).max + 1, (5, 40)).astype(kind)
        w = rng.integers(info.min, info.max + 1, (40, 4)).astype(weights)
        bias, own = rng.integers(-5000, 5000, 4).astype(np.int32), np.float32(rng.uniform(1e-3, 1e-2, 4))
        zero = int(rng.integers(info.min, info.max + 1)) if i % 3 == 0 else 0
        alpha = np.float32(rng.uniform(0.1, 2))
        (sx, sy), (zx, zy), zw = scales, (peer.point(n, kind) for n in points), np.full(4, zero, weights)
        first = ours(Centre(), [integers(x, kind)], {"zero_point": integers(zx, kind)})
        rows = ours(Centre(), [integers(w.T, weights)], {"zero_point": integers(zero, weights)})
        acc = ours(Dense(EXACT32), [first], {"weights": rows})
        more = ours(Dense(EXACT32), [first], {"weights": rows, "bias": integers(bias, "int32")})
        product = peer.run("QLinearMatMul", [x, sx, zx, w, own, zw, sy, zy], kind, domain="", constant=constant)
        assert (requantized(acc, [sx, own], sy, zy, kind) == product).all()
        gemm = [x, sx, zx, w, own, zw, bias]
        codes = peer.run("QGemm", [*gemm, sy, zy], kind, constant=constant, alpha=float(alpha))
        assert (requantized(more, [alpha, sx, own], sy, zy, kind) == codes).all()
        numbers = peer.run("QGemm", [*gemm, None, None], "float32", constant=constant, alpha=float(alpha))
        scale = affine_layers.combined_scale([single(alpha), single(sx), single(own)], single(1))
        found = ours(DequantizeLinear("onnx"), [more], {"scale": scale, "zero_point": integers(0, "int32")})
        assert (found.codes == numbers.view(np.uint32)).all()
        whole = peer.run("MatMulInteger", [x, w, zx, zw], "int32", domain="", constant=constant)
        assert (acc.codes.view(np.int32) == whole).all()


@pytest.mark.clause("affine-layer/centre")
def test_convolutions_of_integers():
    """ConvInteger, which has its accumulators for results."""
    rng = np.random.default_rng(47)
    x, w = rng.integers(0, 256, (2, 3, 6, 7)).astype(np.uint8), rng.integers(0, 256, (4, 3, 3, 3)).astype(np.uint8)
    theirs = peer.run("ConvInteger", [x, w, np.uint8(9), np.uint8(200)], "int32", domain="", pads=[1, 1, 1, 1])
    first = ours(Centre(), [integers(x, "uint8")], {"zero_point": integers(9, "uint8")})
    kernels = ours(Centre(), [integers(w, "uint8")], {"zero_point": integers(200, "uint8")})
    found = ours(Conv2d(EXACT32, Window(padding=(1, 1, 1, 1)), 0), [first], {"weights": kernels})
    assert (found.codes.view(np.int32) == theirs).all()
