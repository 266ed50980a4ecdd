"""Ranges of layers and weights: against NumPy's percentiles, brute force, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.nn.calibration import (
    BY_MAX,
    Calibration,
    Numbers,
    Range,
    find_range,
    numbers_of,
    observe,
    percentile,
    squared_error,
)
from refsim.nn.networks import INPUT, Layer, Network, forward

from .quantized_cases import mixed, parameters_of, samples_of

NUMBERS = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=60)


def fixed(step, top):
    """A quantizer with so many levels on each side, whose step fits the range."""

    def quantized(values, range):
        unit = range.reach / top if step is None else step
        return np.clip(np.round(values / unit), -top, top) * unit

    return quantized


@given(NUMBERS, st.floats(0.1, 100))
def test_percentiles_are_numpys(values, percent):
    """Of all numbers the percentile is what NumPy interpolates linearly."""
    found = percentile(numbers_of("x", np.array(values)), percent)
    np.testing.assert_allclose(found, np.percentile(np.abs(values), percent), rtol=1e-12, atol=1e-300)


@given(st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 6)), min_size=1, max_size=12), st.floats(0.1, 100))
def test_percentiles_of_counted_numbers(counted, percent):
    """A number that is there several times counts as often."""
    values, counts = (np.array(part) for part in zip(*counted, strict=True))
    found = percentile(Numbers(values.astype(float), counts, Range(-20, 20)), percent)
    everything = np.abs(np.repeat(values, counts))
    wanted = np.percentile(everything, percent) if len(everything) else 0
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_ranges_hold_zero():
    """Where all numbers have one sign the range goes to zero; what is clipped is the magnitude."""
    assert numbers_of("x", np.array([2.0, 5.0])).range == (0.0, 5.0)
    assert numbers_of("x", np.array([-2.0, -5.0])).range == (-5.0, 0.0)
    assert numbers_of("x", np.array([])).range == (0.0, 0.0)
    assert Range(-3.0, 5.0).clipped(4.0) == (-3.0, 4.0)
    assert Range(-3.0, 5.0).clipped(2.0) == (-2.0, 2.0)
    found = find_range(numbers_of("x", np.arange(-10.0, 101.0)), Calibration("percentile", percentile=50), fixed(None, 7))
    assert found == (-10.0, np.percentile(np.abs(np.arange(-10, 101)), 50))


@pytest.mark.parametrize("top", [1, 3, 7, 127])
@pytest.mark.parametrize("seed", range(3))
def test_least_squares_by_brute_force(top, seed):
    """l2 finds the candidate of least squared error, the greatest of several."""
    random = np.random.default_rng(seed)
    values = np.concatenate([random.normal(0, 1, 400), [6.0, -9.0]])
    numbers, tried = numbers_of("x", values), {}
    for i in range(1, 41):
        clip = 9.0 * i / 40
        unit = clip / top
        tried[clip] = sum((x - max(-top, min(top, round(x / unit))) * unit) ** 2 for x in values.tolist())
    found = find_range(numbers, Calibration("l2", candidates=40), fixed(None, top))
    least = min(tried.values())
    assert found.reach == max(clip for clip, error in tried.items() if error <= least * (1 + 1e-12))
    assert found.reach < 9 or top == 127


def test_outliers_are_clipped_by_l2_alone():
    """With one far number among many, l2 lets it go, and max does not."""
    values = np.append(np.random.default_rng(1).normal(0, 1, 5000), 50.0)
    reaches = {how: find_range(numbers_of("x", values), Calibration(how), fixed(None, 7)).reach for how in ("max", "l2")}
    assert reaches["max"] == 50.0
    assert reaches["l2"] < 25


def test_equal_errors_take_the_greatest_reach():
    """Where every candidate loses the same, nothing is clipped."""
    found = find_range(numbers_of("x", np.array([1.0, 2.0])), Calibration("l2", candidates=4), lambda values, _: values)
    assert found == (0.0, 2.0)


def test_observed_numbers_are_those_of_the_layers():
    """Over all batches, every layer's numbers are there, in the way that its calibration asks for."""
    network = mixed()
    parameters, samples = parameters_of(network), samples_of(network, 50)
    results = forward(network, parameters, samples).results
    how = {INPUT: BY_MAX, "conv1": Calibration("percentile"), "act2": Calibration("l2", bins=512), "dense": BY_MAX}
    found = observe(network, parameters, samples, how, batch=16)
    assert set(found) == set(how)
    for name, numbers in found.items():
        y = results[name].astype(np.float64)
        np.testing.assert_allclose(numbers.range, (min(y.min(), 0), max(y.max(), 0)), rtol=1e-6)
    np.testing.assert_allclose(np.sort(found["conv1"].values), np.sort(results["conv1"].reshape(-1)), rtol=1e-5, atol=1e-6)
    assert found["act2"].counts.sum() == results["act2"].size
    counts, edges = np.histogram(results["act2"], 512, found["act2"].range)
    assert np.abs(found["act2"].counts - counts).sum() <= 4
    np.testing.assert_allclose(found["act2"].values, (edges[1:] + edges[:-1]) / 2)


def test_histograms_are_near_all_numbers():
    """With many bins the percentile and the least squares of a histogram are those of the numbers, to a bin or two."""
    network = mixed()
    parameters, samples = parameters_of(network), samples_of(network, 40)
    for method in ("percentile", "l2"):
        whole, counted = (
            observe(network, parameters, samples, {"norm": Calibration(method, percentile=99, bins=bins)})["norm"]
            for bins in (0, 4096)
        )
        ranges = [find_range(numbers, Calibration(method, percentile=99), fixed(None, 15)) for numbers in (whole, counted)]
        assert abs(ranges[0].reach - ranges[1].reach) < 0.02 * whole.range.reach


def test_zero_everywhere():
    """A layer that gives nothing but zero has the range from 0 to 0 by every method."""
    network = Network("zero", (2,), (Layer("a", "relu", (INPUT,)),))
    samples = -np.ones((4, 2), np.float32)
    for how in (
        BY_MAX,
        Calibration("percentile"),
        Calibration("l2"),
        Calibration("l2", bins=8),
        Calibration("percentile", bins=8),
    ):
        numbers = observe(network, {}, samples, {"a": how})["a"]
        assert find_range(numbers, how, fixed(None, 7)) == (0.0, 0.0)


def test_squared_error_counts():
    """What is there several times is lost several times."""
    numbers = Numbers(np.array([1.0, 2.0]), np.array([3, 1]), Range(0, 2))
    assert squared_error(numbers, np.array([0.5, 1.0])) == 3 * 0.25 + 1


def test_progress_tells_of_both_passes():
    """A histogram goes over the samples twice, and says so from the beginning."""
    network, told = mixed(), []
    parameters, samples = parameters_of(network), samples_of(network, 10)
    observe(network, parameters, samples, {"conv1": Calibration("l2", bins=16)}, 8, lambda *done: told.append(done))
    assert told == [(8, 20), (10, 20), (18, 20), (20, 20)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "mean"}, "there is no method of calibration 'mean'; there are max, percentile, l2"),
        ({"percentile": 0}, "a percentile is more than 0 and at most 100, not 0"),
        ({"percentile": True}, "a percentile is more than 0 and at most 100, not True"),
        ({"percentile": float("nan")}, "a percentile is more than 0 and at most 100, not nan"),
        ({"candidates": 0}, "the candidates of a calibration are a whole number from 1 to 1048576, not 0"),
        ({"bins": 2.5}, r"the bins of a calibration are a whole number from 0 to 1048576, not 2\.5"),
    ],
)
def test_refused_calibrations(given, message):
    """Values that mean nothing are refused."""
    with pytest.raises(ValueError, match=message):
        Calibration(**given)


def test_refused_numbers():
    """Infinities, NaN and no samples at all are refused, with the name of what they belong to."""
    network = Network("x", (1,), (Layer("a", "relu", (INPUT,)),))
    for bad in (np.inf, -np.inf, np.nan):
        with pytest.raises(ValueError, match="the result of input cannot be calibrated: there are infinities or NaN"):
            observe(network, {}, np.array([[1], [bad]], np.float32), {INPUT: BY_MAX})
    with pytest.raises(ValueError, match="calibration needs samples, and there are none"):
        observe(network, {}, np.zeros((0, 1), np.float32), {INPUT: BY_MAX})
