"""Weight scaling on arrays: every code there and back, and what flips do to weights in fixed and in floating point."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.engine import memories
from refsim.engine.array import Array
from refsim.engine.faults import Masks
from refsim.engine.parts import Part
from refsim.spec.catalogue import get_format
from refsim.spec.memories import DATA, Memory
from refsim.spec.projection import Projection
from refsim.spec.weight_scaling import Scaled

B32 = get_format("binary32")
DOWN = Projection(B32, "toward_zero", "saturate")
WEIGHTS = np.random.default_rng(7).normal(0, 0.05, 4096).astype(np.float32)


def projection(name):
    """To nearest; past the end infinite in floating point, the end in fixed point."""
    return Projection(name, "ties_to_even", "saturate" if name[0] == "q" else "infinity")


def errors(to, factor):
    """The errors of all single flips of all weights that are stored in a format times a factor, and how many are not finite."""
    target = Fraction(float(np.abs(WEIGHTS).max())) * factor
    memory = Memory((Scaled(target, False, DOWN, projection(to), projection("binary32")),))
    parts = memories.write(memory, Part("weight", Array(WEIGHTS.view(np.uint32), B32)))
    clean, codes = memories.read(memory, parts).array.values(), parts[DATA].array.codes
    found = []
    for bit in range(get_format(to).width):
        zero = np.zeros_like(codes)
        masks = {DATA: Masks(np.arange(len(codes)), zero + zero.dtype.type(1 << bit), zero, zero)}
        found.append(memories.read(memory, memories.struck(parts, masks)).array.values() - clean)
    every = np.concatenate(found)
    return every[np.isfinite(every)], (~np.isfinite(every)).mean()


@pytest.mark.clause("weight-scaling/stage")
@pytest.mark.parametrize("factor", [1, 8, 16, Fraction(1677, 100)])
def test_fixed_point_is_helped_by_the_factor(factor):
    """In q2.5 the root of the mean square of a flip's error is that of the formula, divided by the factor."""
    found, wild = errors("q2.5", factor)
    formula = ((4**8 - 1) / (3 * 8)) ** 0.5 / 32
    assert wild == 0
    assert np.sqrt((found**2).mean()) == pytest.approx(formula / float(factor), rel=1e-6)
    assert np.abs(found).max() == pytest.approx(4 / float(factor), rel=1e-6)


@pytest.mark.clause("weight-scaling/stage")
@pytest.mark.parametrize(
    ("factor", "large", "wild"),
    [(1, 0.077, 0), (8, 0.063, 0.001), (32, 0.053, 0.02), (1024, 0.060, 0.001), (1 << 17, 0, 0.023)],
)
def test_floating_point_is_not_helped_steadily(factor, large, wild):
    """In binary16 the share of flips that move a weight by more than 1, and of those that leave no number, neither falls nor
    rises with the factor: exponents decide, and each factor puts other bits into them.
    """
    found, without = errors("binary16", factor)
    share = (np.abs(found) > 1).sum() / (16 * len(WEIGHTS))
    assert share == pytest.approx(large, abs=0.002)
    assert without == pytest.approx(wild, abs=0.002)


@pytest.mark.clause("weight-scaling/stage")
@pytest.mark.parametrize("name", ["binary16", "bfloat16", "float8_e5m2", "float8_e4m3fn"])
def test_powers_of_two_lose_nothing(name):
    """All finite codes of a narrow format come back from binary64, whatever power of two the factor is."""
    format = get_format(name)
    codes = np.arange(1 << format.width)
    numbers = Array(codes, format).values()
    finite = Array(codes[np.isfinite(numbers)], format)
    for exponent in (-90, 0, 77):
        target = Fraction(2) ** exponent * Fraction(float(np.abs(finite.values()).max()))
        stage = Scaled(target, True, DOWN, projection("binary64"), Projection(format, "ties_to_even", "saturate"))
        parts = memories.write(Memory((stage,)), Part("weight", finite))
        assert np.array_equal(memories.read(Memory((stage,)), parts).array.codes, finite.codes)
        assert np.array_equal(parts[DATA].array.values(), finite.values() * 2.0**exponent)
