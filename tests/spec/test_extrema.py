"""Minima, maxima and clamp: IEEE 754-2019 9.6 and 5.3.1 of 2008, each restated as a choice in an ordered list."""

from itertools import product

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.extrema import clamp, maximum, minimum
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.projection import Projection

from .data import BINARY16, CODES, number, outcome

ORDER = ["-inf", "-2", "-1", "-1/2", "-0", "0", "1/2", "1", "2", "4", "inf"]
"""The data that are no NaNs, the negative zero before the positive one."""
SIZES = [{"0", "-0"}, {"1/2", "-1/2"}, {"1", "-1"}, {"2", "-2"}, {"4"}, {"inf", "-inf"}]
"""Data of one magnitude, in the order of magnitudes."""
NANS = {"nan", "snan"}
INFINITIES = {"inf", "-inf"}


def size(x):
    """The place of a magnitude."""
    return next(i for i, group in enumerate(SIZES) if x in group)


def plain(choose, x, y):
    """The datum that comes first, or last."""
    return choose((x, y), key=ORDER.index)


def by_size(choose, x, y):
    """The datum of lesser, or greater, magnitude."""
    return plain(choose, x, y) if size(x) == size(y) else choose((x, y), key=size)


def finite(choose, x, y):
    """A number before an infinity."""
    if (x in INFINITIES) != (y in INFINITIES):
        return y if x in INFINITIES else x
    return plain(choose, x, y)


def propagates(x, y):
    """Any NaN wins."""
    return "nan" if NANS & {x, y} else None


def yields(x, y):
    """A number wins over any NaN."""
    return "nan" if {x, y} <= NANS else y if x in NANS else x if y in NANS else None


def yields_if_quiet(x, y):
    """A number wins over a quiet NaN."""
    return "nan" if "snan" in {x, y} else yields(x, y)


FAMILIES = {
    "minimum": (propagates, plain, min),
    "maximum": (propagates, plain, max),
    "minimum_number": (yields, plain, min),
    "maximum_number": (yields, plain, max),
    "minimum_magnitude": (propagates, by_size, min),
    "maximum_magnitude": (propagates, by_size, max),
    "minimum_magnitude_number": (yields, by_size, min),
    "maximum_magnitude_number": (yields, by_size, max),
    "min_num": (yields_if_quiet, plain, min),
    "max_num": (yields_if_quiet, plain, max),
    "min_num_mag": (yields_if_quiet, by_size, min),
    "max_num_mag": (yields_if_quiet, by_size, max),
    "minimum_finite": (yields, finite, min),
    "maximum_finite": (yields, finite, max),
}


@pytest.mark.clause("extrema/order", "extrema/propagating", "extrema/number", "extrema/magnitude", "extrema/magnitude-number")
@pytest.mark.clause("extrema/number-2008", "extrema/magnitude-2008", "extrema/finite")
@pytest.mark.parametrize("name", FAMILIES)
def test_all_pairs(name):
    """Every pair of named data gives the datum that the family chooses, and a signaling NaN raises invalid, chosen or not."""
    of_nans, of_numbers, choose = FAMILIES[name]
    for x, y in product(CODES, repeat=2):
        expected = of_nans(x, y) or of_numbers(choose, x, y)
        assert outcome(name, x, y) == (expected, Flags.INVALID if "snan" in {x, y} else Flags.NONE), (x, y)


@pytest.mark.clause("extrema/propagating", "extrema/order")
def test_the_result_is_projected():
    """The chosen datum is brought into the result's format, from whichever format it is of."""
    third, two = Number(0x3EAAAAAB, get_format("binary32")), Number(2, get_format("int8"))
    to = Projection(BINARY16, "ties_to_even", "infinity")
    assert minimum(third, two, to) == (0x3555, Flags.INEXACT)
    assert maximum(third, two, to) == (0x4000, Flags.NONE)


def clamped(x, low, high):
    """P3109 Clamp on names."""
    if NANS & {x, low, high} or (ORDER.index(low) > ORDER.index(high) and {low, high} != {"0", "-0"}):
        return "nan"
    return min((max((x, low), key=ORDER.index), high), key=ORDER.index)


@pytest.mark.clause("extrema/clamp", "extrema/order")
def test_all_clamps():
    """Every triple of named data: x, the bound that it lies beyond, NaN for a NaN and for bounds the wrong way round."""
    for x, low, high in product(CODES, repeat=3):
        expected = clamped(x, low, high)
        signaling = "snan" in {x, low, high}
        invalid = signaling or (expected == "nan" and not NANS & {x, low, high})
        assert outcome("clamp", x, low, high) == (expected, Flags.INVALID if invalid else Flags.NONE), (x, low, high)


@pytest.mark.clause("extrema/clamp")
def test_clamp_of_mixed_formats():
    """Bounds and number may be of other formats than the result."""
    int8, to = get_format("int8"), Projection("int8", "ties_to_even", "saturate")
    assert clamp(number("inf"), Number(0xF6, int8), Number(10, int8), to) == (10, Flags.NONE)
    assert clamp(Number(0x80, int8), number("-2"), number("inf"), to) == (0xFE, Flags.NONE)
