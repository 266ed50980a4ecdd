"""What is measured at networks, on numbers that are worked out by hand."""

from dataclasses import replace

import pytest

from refsim.studies.quantization_resiliency.measures import at_equal_memory, best, closing, recovered, within
from refsim.studies.quantization_resiliency.points import FLOAT, Point

from .made import FALL, ON, curve, point


def network(plain, direct, retrained):
    """A network with these errors of 3 levels."""
    return Point("mlp", (8,), 800, plain, plain, {3: direct}, {3: retrained})


def test_the_share_that_is_recovered():
    # Direct quantization costs 40 and 20 points, of which 30 and 15 come back: three quarters, with every seed.
    found = recovered([network([10.0, 10.0], [50.0, 30.0], [20.0, 15.0])], 3)
    assert found == pytest.approx((75, 75, 75, 2))


def test_shares_of_several_networks_weigh_as_they_lost():
    one = network([10.0, 10.0], [50.0, 50.0], [10.0, 10.0])  # All of 40 points.
    other = network([10.0, 10.0], [20.0, 20.0], [20.0, 20.0])  # Nothing of 10.
    assert recovered([one, other], 3).value == pytest.approx(80)


def test_of_nothing_there_is_no_share():
    assert recovered([network([10.0, 10.0], [10.9, 10.9], [10.0, 10.0])], 3) is None
    assert recovered([network([10.0, 10.0], [11.5, 10.0], [10.0, 10.0])], 3) is None


def test_the_gap_closes_by_what_it_is_at_the_smallest_less_what_it_is_at_the_largest():
    found = closing(curve(widths=(1, 2, 4), gap=lambda width, _levels, seed: 8 / width + seed), 3)
    assert found == pytest.approx((6, 6, 6, 3))


def test_few_levels_fit_a_larger_network():
    found = curve(widths=(8, 16, 32, 64, 128))
    errors = within(found, 25600)  # 800 weights in floating point, 6400 in 4 bits, 6400 in 3 of 8533, 12800 in 2.
    assert {levels: found[0] for levels, found in errors.items()} == pytest.approx(
        {FLOAT: point(8).floating[0], 15: point(64).floating[0], 7: point(64).floating[0], 3: point(128).floating[0]}
    )


def test_at_equal_memory_a_law_of_sizes_gives_what_sixteen_times_the_weights_are_worth():
    # Of up to 12800 weights, floating point has 800 in 32768 bits and 1600 in 65536; three levels have all in both.
    found = at_equal_memory(curve(widths=(8, 16, 32, 64, 128)), 3)
    doublings = [4, 3]
    assert found.value == pytest.approx(FALL * sum(doublings) / len(doublings))
    assert found.low == pytest.approx(found.value) == found.high


def test_where_floating_point_fits_into_no_memory_there_is_nothing_to_compare():
    assert at_equal_memory(curve(widths=(8, 16)), 3) is None


def test_the_best_are_those_that_are_not_shown_to_be_worse():
    errors = {FLOAT: [10.0, 11.0, 12.0], 15: [5.0, 6.0, 7.0], 7: [5.1, 6.0, 7.2], 3: [5.5, 6.5, 7.51]}
    assert best(errors) == [15, 7]


def test_at_equal_memory_floating_point_may_be_trained_on():
    found = curve(widths=(8, 16, 32, 64, 128))
    assert at_equal_memory(found, 3, on=True).value == pytest.approx(at_equal_memory(found, 3).value - ON)
    # Without the smallest, 65536 bits are left: floating point has 1600 weights there, three levels 12800.
    some = replace(found, points=[replace(found.points[0], longer=[]), *found.points[1:]])
    assert at_equal_memory(some, 3, on=True).value == pytest.approx(3 * FALL - ON)
    assert at_equal_memory(replace(found, points=[replace(one, longer=[]) for one in found.points]), 3, on=True) is None
