"""Effective sizes and ratios against closed forms, and memories by hand."""

import pytest

from refsim.studies.quantization_resiliency.compression import budgets, compression, effective_size, widest_within
from refsim.studies.quantization_resiliency.networks import bits_of
from refsim.studies.quantization_resiliency.points import FLOAT
from refsim.studies.quantization_resiliency.settings import LEVELS

from .made import FALL, curve, error_of

SIZES = [100, 200, 400, 1600]


@pytest.mark.parametrize("weights", [100, 101, 141.4, 200, 300, 399, 1000, 1600])
def test_it_inverts_a_law_that_is_straight_over_the_logarithm(weights):
    assert effective_size(SIZES, [error_of(size) for size in SIZES], error_of(weights)) == pytest.approx(weights)


def test_half_way_in_error_is_the_geometric_mean_in_size():
    assert effective_size([100, 400], [20.0, 10.0], 15.0) == pytest.approx(200)


@pytest.mark.parametrize("error", [20.001, 4.999])
def test_outside_the_curve_there_is_none(error):
    assert effective_size(SIZES, [20.0, 10.0, 6.0, 5.0], error) is None


def test_a_larger_network_that_is_worse_counts_for_nothing():
    # The least errors are 20, 10, 10, 5: an error of 10 is that of 200 weights, and 7.5 lies half way from 400 to 1600.
    assert effective_size(SIZES, [20.0, 10.0, 12.0, 5.0], 10.0) == pytest.approx(200)
    assert effective_size(SIZES, [20.0, 10.0, 12.0, 5.0], 7.5) == pytest.approx(800)
    assert effective_size(SIZES, [20.0, 10.0, 12.0, 5.0], 11.0) == pytest.approx(100 * 2**0.9)


@pytest.mark.parametrize(("levels", "ratio"), [(3, 16), (7, 32 / 3), (15, 8)])
def test_where_quantization_loses_nothing_the_ratio_is_that_of_bits(levels, ratio):
    found = curve()
    for point in found.quantized:
        assert compression(found, point, levels) == pytest.approx((ratio, ratio, ratio, 3))


@pytest.mark.parametrize("levels", LEVELS)
def test_an_error_of_half_the_size_halves_the_ratio(levels):
    found = curve(gap=lambda *_: FALL)
    assert compression(found, found.points[0], levels) is None
    for point in found.points[1:]:
        assert compression(found, point, levels).value == pytest.approx(16 / bits_of(levels))


def test_seeds_that_differ_make_an_interval_around_the_ratio():
    found = curve(gap=lambda _width, _levels, seed: FALL + seed - 1)
    ratio = compression(found, found.points[2], 3)
    assert ratio.value == pytest.approx(8)
    # Student's over gaps of -1, 0, 1 around the mean: 4.3027 / sqrt(3) points, and FALL points are a factor of two.
    assert ratio.low == pytest.approx(8 / 2 ** (4.30265 / 3**0.5 / FALL), rel=1e-5)
    assert ratio.high == pytest.approx(8 * 2 ** (4.30265 / 3**0.5 / FALL), rel=1e-5)


def test_memories_double_from_the_smallest_in_two_bits_to_the_largest_in_four():
    found = curve(widths=(8, 16, 32))  # 800, 1600 and 3200 weights: from 1600 bits to 12800.
    assert budgets(found) == [1 << n for n in range(11, 15)]


def test_the_largest_network_that_fits():
    found = curve(widths=(8, 16, 32))
    assert widest_within(found, FLOAT, 25599) is None
    assert widest_within(found, FLOAT, 25600).weights == 800
    assert widest_within(found, 3, 3199).weights == 800
    assert widest_within(found, 3, 3200).weights == 1600
    assert widest_within(found, 15, 1 << 20).weights == 3200
