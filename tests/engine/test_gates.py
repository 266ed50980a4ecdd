"""The gates in binary64 where they are delicate: sums and products that do not fit, of formats around binary32."""

from fractions import Fraction

import numpy as np
import pytest

from refsim import OPERATIONS, Number, Projection, engine, get_format
from refsim.engine import Array

from .operands import operands

FORMATS = ("binary32", "e8m30", "binary64", "e9m44")
RESULTS = ("binary64", "binary32", "e8m30", "q1.14")


def assert_equal(name, arrays, to):
    """Results and flags are the specification's."""
    found, flags = engine.apply(name, arrays, to, flags=True)
    for i in range(len(found)):
        numbers = [Number(int(x.codes[i]), x.format) for x in arrays]
        expected = OPERATIONS[name](*numbers, to=to)
        assert (int(found.codes[i]), int(flags[i])) == expected, (str(to), [str(x.exact) for x in numbers])


@pytest.mark.clause("activation/hard-sigmoid-dpu", "activation/hard-sigmoid", "activation/hard-sigmoid-fifth")
@pytest.mark.parametrize("name", ["hard_sigmoid_dpu", "hard_sigmoid", "hard_sigmoid_fifth"])
@pytest.mark.parametrize("format", FORMATS)
def test_small_numbers(name, format):
    """Numbers so small that x + 3 is not exact, down to those that are lost in it, and others beside -3 and 3."""
    rng = np.random.default_rng(2)
    nearest = Projection(format, "ties_to_even", "infinity")
    # Multiples of the last place of 3 and halves of it, so that sums and products tie.
    small = np.ldexp(rng.integers(1, 1 << 24, 60), -rng.integers(40, 100, 60))
    ties = np.ldexp(rng.integers(1, 64, 40), -rng.integers(50, 56, 40))
    beside = np.concatenate([sign * 3 + np.ldexp(rng.normal(size=10), -rng.integers(0, 50, 10)) for sign in (1, -1)])
    x = engine.encode(np.concatenate([small, -small, ties, -ties, beside]), nearest)
    for result in RESULTS:
        for rounding in ("ties_to_even", "toward_negative", "to_odd"):
            assert_equal(name, (x,), Projection(result, rounding, "saturate"))


def test_errors_do_not_cancel():
    """Where x + 3 is none of the few simple sums, the error of its product and what it loses, times 2731, never round to zero
    unless they are: the numbers beside the one that would make them are tried, for every sum that x below 2**-40 can have."""
    zeros = 0
    for n in range(-(1 << 11), (1 << 11) + 1):
        moved = 3 + n * 2.0**-51
        error = Fraction(moved) * 2731 - Fraction(moved * 2731)
        x = float(Fraction(moved) - 3 - error / 2731)
        for near in (np.nextafter(x, -1), x, np.nextafter(x, 1)):
            lost = Fraction(near) + 3 - Fraction(near + 3.0)
            if near + 3.0 == moved and Fraction(float(lost) * 2731) == -error:
                assert lost * 2731 == -error
                zeros += 1
    assert zeros


@pytest.mark.clause("activation/leaky-relu")
def test_products_of_more_bits_than_binary64():
    """Products that are rounded to odd beside numbers that stay: of those nothing is lost, and no flag is raised."""
    format, rng = get_format("e8m30"), np.random.default_rng(3)
    x, slope = (Array(rng.integers(0x7C << 30, 0x82 << 30, 200) | rng.integers(0, 2, 200) << 38, format) for _ in range(2))
    assert_equal("leaky_relu", (x, slope), Projection("binary64", "ties_to_even", "infinity"))


@pytest.mark.clause("activation/leaky-relu")
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("result", RESULTS[:3])
def test_leaky_relu(format, result):
    """Products of more bits than binary64 has beside numbers that stay, which are exact."""
    for rounding in ("ties_to_even", "toward_positive"):
        arrays = operands(OPERATIONS["leaky_relu"], [format], 60, rounding)
        assert_equal("leaky_relu", arrays, Projection(result, rounding, "saturate"))


def test_leaky_relu_of_one_slope():
    """A slope is broadcast, as the parameter of a layer is."""
    x = Array(np.arange(256), get_format("int8"))
    slope, to = Array(np.array(26), get_format("uq0.8")), Projection("int8", "ties_toward_positive", "saturate")
    assert_equal("leaky_relu", (x, Array(np.full(256, 26), slope.format)), to)
    assert (
        engine.leaky_relu(x, slope, to).codes == engine.leaky_relu(x, Array(np.full(256, 26), slope.format), to).codes
    ).all()
