"""The formulas of microxcaling, torchao and Transformer Engine, written out in NumPy's binary32 as those libraries compute
them, against the practices and models that stand for them."""

import ml_dtypes
import numpy as np
import pytest

from refsim.engine import blocks, nvfp4
from refsim.spec.block_formats import get_block_format

from ..aimed_blocks import aimed
from ..spec.blocks import quantizer

MXFP = {
    "mxfp8_e4m3": (ml_dtypes.float8_e4m3fn, 8, 3, 448.0),
    "mxfp8_e5m2": (ml_dtypes.float8_e5m2, 15, 2, 57344.0),
    "mxfp6_e2m3": (ml_dtypes.float6_e2m3fn, 2, 3, 7.5),
    "mxfp6_e3m2": (ml_dtypes.float6_e3m2fn, 4, 2, 28.0),
    "mxfp4": (ml_dtypes.float4_e2m1fn, 2, 1, 6.0),
}
"""The type of the elements, the exponent of their greatest number, their fraction bits, and that number."""


def rows(name, seed):
    """Aimed rows of finite binary32 numbers, with infinite and NaN rows at the end."""
    x = aimed(get_block_format(name), np.float32, 96, [seed, 5], specials=False)
    x[-1, 3], x[-2, 0], x[-3, 5] = np.nan, np.inf, -np.inf
    return x


def assert_same(found, scales, elements, x):
    """The scales agree, and so do the elements of blocks whose scale is no NaN."""
    assert np.array_equal(found.scales.codes.ravel(), scales)
    known = scales != 255
    assert known.any()
    assert np.array_equal(found.elements.codes[known], elements[known].view(np.uint8) & (1 << found.format.element.width) - 1)
    assert len(x) == len(scales)


def torchao_exponents(name, mode, a):
    """The biased exponents by torchao's bit arithmetic on the codes of binary32."""
    _, emax, bits, most = MXFP[name]
    codes = a.view(np.int32).copy()
    if mode == "rceil":
        codes = (a * np.float32(np.float32(1) / np.float32(most))).view(np.int32)
        exponent, fraction = codes >> 23 & 0xFF, codes & 0x7FFFFF
        biased = exponent + np.where(exponent == 0, fraction > 0x400000, fraction != 0)
        return np.where(np.isfinite(codes.view(np.float32)), biased, 255).astype(np.uint8)
    nan = np.isnan(a)
    if mode == "even":
        codes = (codes + (1 << 23 - bits - 1)) & ~((1 << 23) - 1)
        codes[nan] = 0x7FC00000
    exponent = (codes >> 23 & 0xFF) - 127
    if mode == "ceil":
        exponent = exponent + ((codes & 0x7FFFFF) > 0)
    biased = np.clip(exponent - emax, -127, 128) + 127
    return np.where(np.isfinite(codes.view(np.float32)), biased, 255).astype(np.uint8)


@pytest.mark.clause("scale/floor", "scale/ceil", "scale/even", "scale/rceil-reciprocal", "block/reciprocal-binary32")
@pytest.mark.parametrize("mode", ["floor", "ceil", "even", "rceil"])
@pytest.mark.parametrize("name", sorted(MXFP))
def test_torchao(name, mode):
    """to_mx: exponents by bits, the reciprocal scale by bits, a product, a clamp, a cast."""
    kind, _, bits, most = MXFP[name]
    for seed in range(5):
        x = rows(name, seed)
        with np.errstate(all="ignore"):
            a = np.abs(x).max(axis=1)
            biased = torchao_exponents(name, mode, a)
            inverse = np.ldexp(np.float32(1), 127 - biased.astype(int)).astype(np.float32)
            y = np.clip(x * inverse[:, None], -most, most).astype(np.float32)
            found = blocks.quantize(x, quantizer(name, f"torchao_{mode}"))
            # Rounded to even the bits of a number near the end of binary32 are those of infinity, which is no power of two.
            top = np.isfinite(a) & (np.float64(a) >= 2.0**128 - 2.0 ** (126 - bits)) & (mode == "even")
            assert np.array_equal(biased[top], np.full(top.sum(), 255))
            elements = y.astype(kind)
        assert_same(type(found)(found.scales[~top], found.elements[~top], found.format), biased[~top], elements[~top], x[~top])


@pytest.mark.clause("scale/floor", "scale/zero-block", "block/divide-binary32")
@pytest.mark.parametrize("name", sorted(MXFP))
def test_microxcaling(name):
    """_quantize_mx: the floor of a logarithm, here exact; scales above 2**127 are NaN; numbers are divided, rounded half away
    from zero and clamped as floats, and multiplied again."""
    _, emax, bits, most = MXFP[name]
    element = get_block_format(name).element
    least = element.grid.quantum + bits
    for seed in range(5):
        x = rows(name, seed)
        with np.errstate(all="ignore"):
            a = np.float64(np.abs(x).max(axis=1))
            a = np.where(a == 0, 2.0**-126, a)
            shared = np.where(np.isfinite(a), np.frexp(a)[1] - 1.0, np.nan) - emax
            shared = np.where(shared > 127, np.nan, np.maximum(shared, -127))
            scale = np.exp2(shared)[:, None]
            y = (x / scale.astype(np.float32)).astype(np.float64)
            private = np.maximum(np.frexp(np.where(y == 0, 2.0**-126, y))[1] - 1, least)
            shifted = y / np.exp2(private - bits)
            rounded = np.sign(shifted) * np.floor(np.abs(shifted) + 0.5) * np.exp2(private - bits)
            wanted = np.clip(rounded, -most, most) * scale
            found = blocks.quantize(x, quantizer(name, "microxcaling", "ties_to_away"))
        assert np.array_equal(found.values(), wanted, equal_nan=True)


@pytest.mark.clause("scale/rceil-reciprocal", "scale/rceil", "block/divide")
def test_transformer_engine_mxfp8():
    """The MXFP8 kernel's scale is torchao's RCEIL: the product with the reciprocal, rounded up by bits."""
    x = rows("mxfp8_e4m3", 11)
    with np.errstate(all="ignore"):
        a = np.abs(x).max(axis=1)
        product = (a * (np.float32(1) / np.float32(448))).view(np.int32)
    exponent, fraction = product >> 23, product & 0x7FFFFF
    up = (fraction > 0) & (exponent != 254) & ~((exponent == 0) & (fraction <= 0x400000))
    wanted = np.where(np.isnan(product.view(np.float32)), 255, exponent + up)
    finite = np.isfinite(a)
    found = blocks.quantize(x, quantizer("mxfp8_e4m3", "torchao_rceil"))
    assert np.array_equal(found.scales.codes.ravel()[finite], wanted[finite])


@pytest.mark.clause("nvfp4/transformer-engine", "nvfp4/encode-scale", "nvfp4/element")
@pytest.mark.parametrize("largest", [2688.0, 1.0, 0.37, 1e-30, 3e38])
def test_transformer_engine_nvfp4(largest):
    """NVFP4QuantizerRef, step by step, with the casts of ml_dtypes."""
    f = np.float32
    random = np.random.default_rng(3)
    x = (random.standard_normal((64, 16)) * f(largest) / 5).astype(f)
    x[7] = 0
    x[9] *= f(1e-4)
    amax = np.abs(x).max()
    with np.errstate(all="ignore"):
        encode_scale = min(f(448 * 6) / amax, np.finfo(f).max)
        decode_scale = f(1) / encode_scale
        block = np.minimum(np.abs(x).max(axis=1) * (encode_scale * (f(1) / f(6))), np.finfo(f).max)
        scales = np.clip(block, -448, 448).astype(ml_dtypes.float8_e4m3fn)
        by = np.minimum(f(1) / (scales.astype(f) * decode_scale), np.finfo(f).max)
        elements = np.clip(x * by[:, None], -6, 6).astype(ml_dtypes.float4_e2m1fn)
    found = nvfp4.nvfp4_quantize("transformer_engine", x, amax)
    assert found.tensor.code == int(np.array(decode_scale).view(np.uint32))
    assert np.array_equal(found.scales.codes.ravel(), scales.view(np.uint8))
    assert np.array_equal(found.elements.codes, elements.view(np.uint8) & 15)


SHARES = {
    "mxfp4": (0.414, 0.414, 0.193, 0.221),
    "mxfp6_e2m3": (0.095, 0.095, 0.046, 0.048),
    "mxfp6_e3m2": (0.193, 0.193, 0.093, 0.099),
    "mxfp8_e4m3": (0.192, 0.192, 0.046, 0.147),
    "mxfp8_e5m2": (0.193, 0.193, 0.094, 0.099),
}
"""Of blocks whose greatest magnitude is spread evenly over its logarithm: how many saturate under FLOOR, and in how many FLOOR
and RCEIL, FLOOR and EVEN, EVEN and RCEIL differ."""


@pytest.mark.slow
@pytest.mark.clause("scale/floor", "scale/rceil", "scale/even")
@pytest.mark.parametrize("name", sorted(SHARES))
def test_shares(name):
    """The shares measured with another implementation, and what they are in closed form: log2 of a limit over a limit."""
    a = np.exp2(np.random.default_rng(0).uniform(-20, 20, (200_000, 1))).astype(np.float32)
    codes = {rule: blocks.quantize(a, quantizer(name, rule=rule)).scales.codes for rule in ("floor", "rceil", "even")}
    found = (
        np.mean(codes["floor"] < codes["rceil"]),
        np.mean(codes["floor"] != codes["rceil"]),
        np.mean(codes["floor"] != codes["even"]),
        np.mean(codes["even"] != codes["rceil"]),
    )
    assert np.allclose(found, SHARES[name], atol=0.004)
    _, emax, bits, most = MXFP[name]
    top = 2.0 ** (emax + 1)
    exact = (np.log2(top / most), np.log2(top / most), -np.log2(1 - 2.0 ** -(bits + 2)))
    assert np.allclose(found[:3], exact, atol=0.004)
