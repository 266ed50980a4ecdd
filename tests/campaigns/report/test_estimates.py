"""Intervals of the report, each against what it is defined by."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim.campaigns.plan import Stop
from refsim.campaigns.report.estimates import (
    GAINS,
    Method,
    left_open,
    mean_over_trials,
    quantile_over_trials,
    share_of_samples,
    share_of_trials,
    sure_mean,
)
from refsim.campaigns.statistics.intervals import SHARES

PLAIN = Method(0.95, 7, None)
VALUES = [Fraction(n, 10) for n in (9, 9, 8, 1)]


def test_every_fault_leaves_nothing_to_chance():
    """When all faults are tried the interval has no width."""
    every = PLAIN._replace(every=4)
    assert share_of_trials(1, 4, every)[2:] == (0.25, 0.25, 0.25)
    assert share_of_samples([(1, 2), (0, 2), (0, 2), (2, 2)], every) == (3, 8, 0.375, 0.375, 0.375)
    assert mean_over_trials(VALUES, every) == (0.675, 0.675, 0.675)
    assert quantile_over_trials(VALUES, 0.5, every) == (0.8, 0.8, 0.8)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 10), min_size=1, max_size=8), st.data())
def test_faults_that_are_not_tried_yet(values, data):
    """Whatever they come to, the mean of all is in the interval, and its ends are reached."""
    shares = [Fraction(value, 10) for value in values]
    n = data.draw(st.integers(1, len(shares)))
    method = PLAIN._replace(every=len(shares))
    whole = sum(shares) / len(shares)
    found = mean_over_trials(shares[:n], method)
    assert found.low <= float(whole) + 1e-12
    assert float(whole) <= found.high + 1e-12
    assert found.low == pytest.approx(float(sum(shares[:n]) / len(shares)))
    assert found.high == pytest.approx(float((sum(shares[:n]) + len(shares) - n) / len(shares)))
    middle = quantile_over_trials(shares[:n], 0.5, method)
    assert middle.low <= quantile_over_trials(shares, 0.5, method).value <= middle.high


def test_more_trials_than_faults_are_all_of_them():
    """A share of done faults is never above 1."""
    assert left_open(Fraction(1, 2), 9, 4, SHARES) == (0.5, 0.5)


@pytest.mark.parametrize("n", [1, 20, 500])
def test_all_trials_alike(n):
    """Where all trials have one value, the interval has room for what none has shown: less room the more there are.

    Were one more in so many trials a loss of everything, the bets would still not refute the mean."""
    found = mean_over_trials([Fraction(9, 10)] * n, PLAIN)
    assert found == sure_mean([Fraction(9, 10)] * n, PLAIN)
    assert found.value == pytest.approx(0.9)
    assert found.low <= 0.9 * n / (n + 1)
    assert found.low >= 0.9 - 9 / n
    share = share_of_samples([(9, 10)] * n, PLAIN)
    assert share[2:] == pytest.approx(tuple(found))


def test_means_for_display_and_for_claims():
    """The one for claims holds more."""
    values = [Fraction(90 + i % 7, 100) for i in range(200)]
    shown, claimed = mean_over_trials(values, PLAIN), sure_mean(values, PLAIN)
    assert claimed.low < shown.low < shown.value < shown.high < claimed.high
    gained = sure_mean([Fraction(0)] * 200, PLAIN, GAINS)
    assert gained.low == pytest.approx(-gained.high)


def test_the_method_of_shares():
    """A planned number of trials has Clopper and Pearson's interval when they are all there, everything else a sequence."""
    stop = Stop("trials", 10)
    planned = share_of_trials(2, 10, PLAIN)
    assert share_of_trials(2, 10, PLAIN._replace(stop=stop)) == planned
    for other in (Stop("trials", 11), Stop("events", 10, events=2), Stop("width", 10, width=0.9)):
        found = share_of_trials(2, 10, PLAIN._replace(stop=other))
        assert found.low < planned.low < planned.high < found.high


def test_samples_of_cells_that_stop_by_what_they_see():
    """Their share holds however a cell stops, as that of trials does: it is the mean of the trials' shares, for claims."""
    pairs = [(0, 4)] * 9 + [(4, 4)]
    planned = share_of_samples(pairs, PLAIN._replace(stop=Stop("trials", 10)))
    assert planned == share_of_samples(pairs, PLAIN)
    for other in (Stop("trials", 11), Stop("events", 10, events=1), Stop("width", 10, width=0.9)):
        found = share_of_samples(pairs, PLAIN._replace(stop=other))
        assert found == (4, 40, *sure_mean([Fraction(*pair) for pair in pairs], PLAIN))
        assert found.low <= planned.low
        assert planned.high < found.high


def test_samples_after_inverse_sampling():
    """All runs of nine trials that end with their second collapse: the interval has the rate in as many as it says."""
    stop, p, cover = Stop("events", 9, events=2), 0.25, 0.0
    for flags in product((False, True), repeat=9):
        ends = next((i for i in range(9) if sum(flags[: i + 1]) == 2), 8) + 1
        if not any(flags[ends:]):
            found = share_of_samples([(10 * one, 10) for one in flags[:ends]], Method(0.9, 7, stop))
            chance = p ** sum(flags) * (1 - p) ** (ends - sum(flags))
            cover += chance * (found.low <= p <= found.high)
    assert cover >= 0.9


def test_nothing_to_estimate():
    """Of no trials and of no samples nothing is known."""
    assert share_of_trials(0, 0, PLAIN) == share_of_samples([], PLAIN) == (0, 0, None, None, None)
