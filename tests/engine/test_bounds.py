"""The engine's bounds of functions hold the specification's exact values between them."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.engine.bounds import BOUNDS
from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special
from refsim.spec.formats import Number
from refsim.spec.operands import Setting
from refsim.spec.operations import get_operation
from refsim.spec.projection import Projection

TO = Projection("binary64", "ties_to_even", "infinity")
LOOSEST = 2.0**-36
"""Relative distance of bounds, and absolute one of sines and cosines, that are useful."""


def exact_values(name, format, codes):
    """The exact outcome at each code of a format, with the operand as a float: all such floats are exact."""
    exact = get_operation(name).exact
    for code in codes:
        x = Number(code, format)
        value = x.exact
        if value is Special.NEGATIVE_ZERO or isinstance(value, Fraction):
            yield -0.0 if value is Special.NEGATIVE_ZERO else float(value), exact(Setting((format,), TO), value)[0]


def assert_holds(name, format, codes):
    """Bounds are there for irrational values of middling size, and hold them; for rational ones there are none."""
    cases = list(exact_values(name, get_format(format), codes))
    low, high = BOUNDS[name](np.array([x for x, _ in cases]))
    assert low.dtype == high.dtype == np.float64
    for (x, value), below, above in zip(cases, low.tolist(), high.tolist(), strict=True):
        assert np.isnan(below) == np.isnan(above)
        if isinstance(value, Special | Fraction):
            assert np.isnan(below)
        elif np.isnan(below):
            assert value > Fraction(2) ** 1022
        else:
            assert Fraction(below) < value < Fraction(above), (name, x)
            small = min(abs(below), abs(above)) < 2.0**-1000
            assert small or above - below <= LOOSEST * (1 if name in {"sin", "cos"} else abs(below))
        if below == 0 or above == 0:
            assert np.signbit([below, above]).all() == (x < 0 and name not in {"exp", "exp2", "sigmoid", "softplus"})


def test_the_functions():
    """There are bounds for every operation whose values are irrational but those that are roots."""
    assert set(BOUNDS) == {
        *("exp", "exp2", "expm1", "log", "log2", "log1p", "sin", "cos", "tanh", "erf"),
        *("sigmoid", "softplus", "silu", "gelu", "gelu_tanh"),
    }


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("format", ["float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu", "binary8p1se"])
def test_eight_bits(format, name):
    """Every code of 8-bit floats, of little and of much range."""
    assert_holds(name, format, range(256))


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("format", ["binary16", "bfloat16"])
def test_some_of_sixteen_bits(format, name):
    """Codes all over the 16-bit floats, in steps."""
    assert_holds(name, format, range(0, 1 << 16, 149))


@pytest.mark.parametrize("name", BOUNDS)
def test_some_of_binary64(name):
    """Codes all over binary64, in steps, and where the functions overflow and underflow."""
    near = [
        value * sign for value in (*range(700, 760, 3), *range(1020, 1080, 3), 36, 37.5, 38.4, 38.5, 39) for sign in (1, -1)
    ]
    codes = np.array(near, np.float64).view(np.uint64).tolist()
    assert_holds(name, "binary64", [*codes, *((1 << 64) * i // 499 for i in range(499))])


@pytest.mark.slow
@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("format", ["binary16", "bfloat16"])
def test_all_of_sixteen_bits(format, name):
    """Every code of the 16-bit floats."""
    assert_holds(name, format, range(1 << 16))


@pytest.mark.parametrize("name", BOUNDS)
def test_no_number(name):
    """Infinities and NaNs have no bounds, nor have zeros but softplus; the array's shape stays, and nothing is warned of."""
    x = np.array([[np.nan, np.inf, -np.inf], [0.0, -0.0, 1.5]])
    low, high = BOUNDS[name](x)
    assert low.shape == high.shape == x.shape
    assert np.isnan(low[0]).all()
    assert np.isnan(high[0]).all()
    assert np.isnan(low[1]).tolist() == [name != "softplus"] * 2 + [False]
    assert [column.size for column in BOUNDS[name](np.empty(0))] == [0, 0]
