"""Logarithmic formats against GNU MPFR's logarithms, and against ml_dtypes' and gfloat's E8M0, which holds powers of two too.

E8M0 rounds the number and these formats its logarithm: what lies between sqrt(2) and 1.5 times a power of two goes down there
and up here, and nothing else differs.
"""

import gfloat
import gfloat.formats
import gmpy2
import ml_dtypes
import numpy as np
import pytest

from refsim import Projection, encode, get_format
from refsim.engine import Array
from refsim.engine.log_quantization import to_power_of_two

MANY = 100_000
E8M0 = get_format("log8_fsr129")
"""Code c is 2**(c - 127), as in E8M0 but for zero in the place of 2**-127, and 2**128 in that of NaN."""


def rounded_logarithms(x, fraction, half):
    """floor(log2(x) * 2**fraction + half) with 120 bits."""
    with gmpy2.context(gmpy2.get_context(), precision=120):
        return np.array([int(gmpy2.floor(gmpy2.mul_2exp(gmpy2.log2(gmpy2.mpfr(v)), fraction) + half)) for v in x.tolist()])


def boundaries(fraction):
    """The binary64 numbers about every half step of three octaves."""
    with gmpy2.context(gmpy2.get_context(), precision=120):
        at = np.array([float(gmpy2.exp2(gmpy2.mpfr(i) / (2 << fraction))) for i in range(-(2 << fraction), 4 << fraction)])
    return np.concatenate([at, np.nextafter(at, 0), np.nextafter(at, 9)])


@pytest.mark.clause("log/place")
@pytest.mark.parametrize("fraction", [0, 1, 3, 6])
def test_logarithms_against_mpfr(fraction):
    """A hundred thousand random binary64 numbers and those about every half step, to nearest and cut off."""
    rng = np.random.default_rng(fraction)
    x = np.ldexp(rng.uniform(1, 2, MANY // 4), rng.integers(-30, 30, MANY // 4))
    for kept in (np.concatenate([x, boundaries(fraction)]),):
        for rule, half in (("ties_to_away", gmpy2.mpfr("0.5")), ("toward_zero", gmpy2.mpfr(0))):
            found = encode(kept, Projection(f"lns6.{fraction}", rule, "error")).codes.astype(np.int64)
            sign = 1 << 6 + fraction
            assert ((found ^ sign) - sign == rounded_logarithms(kept, fraction, half)).all()


@pytest.mark.clause("logquant/power-of-two")
def test_powers_of_two_against_mpfr():
    """AP2 is two to MPFR's rounded logarithm."""
    rng = np.random.default_rng(5)
    x = np.concatenate([np.exp2(rng.uniform(-50, 50, MANY // 10)), boundaries(0)])
    assert (to_power_of_two(-x, "ties_to_even") == -np.exp2(rounded_logarithms(x, 0, gmpy2.mpfr("0.5")))).all()
    assert (to_power_of_two(x, "toward_zero") == np.exp2(rounded_logarithms(x, 0, gmpy2.mpfr(0)))).all()


@pytest.mark.clause("family/log")
def test_decoding_against_e8m0():
    """All codes but the first and the last name the same power of two in ml_dtypes and in gfloat."""
    codes = np.arange(1, 255, dtype=np.uint8)
    ours = Array(codes, E8M0).values()
    assert (ours == codes.view(ml_dtypes.float8_e8m0fnu).astype(np.float64)).all()
    assert ours.tolist() == [gfloat.decode_float(gfloat.formats.format_info_ocp_e8m0, int(code)).fval for code in codes]


@pytest.mark.clause("log/place")
def test_rounding_against_e8m0():
    """ml_dtypes rounds to the nearest number: the two differ from sqrt(2) to 1.5 and nowhere else."""
    rng = np.random.default_rng(8)
    x = np.ldexp(rng.uniform(1, 2, MANY), rng.integers(-100, 100, MANY)).astype(np.float32)
    x = np.concatenate([x, np.array([1.4142135, 1.4142137, 1.4999999, 1.5000001, 1, 1.9999999], np.float32)])
    ours = encode(x, Projection(E8M0, "ties_to_even", "saturate")).codes
    theirs = x.astype(ml_dtypes.float8_e8m0fnu).view(np.uint8)
    significand = np.frexp(x)[0] * 2
    between = (significand > np.sqrt(2)) & (significand < 1.5)
    assert (ours[between] == theirs[between] + 1).all()
    assert (ours[~between] == theirs[~between]).all()
    assert between.mean() > 0.05
