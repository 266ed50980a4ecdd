"""Rules to stop: what they ask for, and that intervals after them cover what they say, by exact enumeration."""

from fractions import Fraction
from itertools import product
from math import comb, isclose

import numpy as np
import pytest

from refsim.campaigns.plan import EVENTS, RULES, Stop
from refsim.campaigns.statistics.intervals import clopper_pearson, wilson
from refsim.campaigns.statistics.stopping import (
    confidence_sequence,
    enough,
    futile,
    has_event,
    inverse_sampling,
    look,
    looks,
    rate,
    rate_of_trials,
)

from .cases import row, rows, tail

TEN = Stop("trials", 10)
THREE = Stop("events", 10, event="critical", events=3)
NARROW = Stop("width", 1000, event="critical", width=0.3)


def likely_enough(p, k, n, level):
    """Whether p is in the confidence sequence, in whole numbers: the mixture of binomials under Beta(1/2, 1/2) is
    ``C(2k, k) C(2m, m) / (4**n C(n, k))`` for k events and m others.
    """
    p, m = Fraction(p), n - k
    return p**k * (1 - p) ** m * comb(n, k) * 4**n >= (1 - Fraction(level)) * comb(2 * k, k) * comb(2 * m, m)


def missed(interval, p, ends):
    """The probability that an interval misses p at one of some numbers of trials, by a sum over all counts."""
    alive, gone = np.array([1.0]), 0.0
    for n in range(1, max(ends) + 1):
        alive = np.append(alive * (1 - p), 0) + np.append(0, alive * p)
        if n in ends:
            inside = np.zeros(n + 1, bool)
            inside[slice(*counts_that_cover(interval, p, n))] = True
            gone += alive[~inside].sum()
            alive = np.where(inside, alive, 0)
    return gone


def counts_that_cover(interval, p, n):
    """The first count whose interval has p, and the one behind the last."""

    def first(holds):
        low, high = 0, n + 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if holds(middle) else (middle + 1, high)
        return low

    return first(lambda k: interval(k, n)[1] >= p), first(lambda k: interval(k, n)[0] > p)


@pytest.mark.parametrize("level", ["0.5", "0.95", "0.999"])
def test_confidence_sequence_in_whole_numbers(level):
    for k, n in ((0, 1), (1, 1), (0, 40), (3, 40), (20, 40), (40, 40), (7, 300)):
        low, high = confidence_sequence(k, n, float(level))
        near = Fraction(1, 10**9)
        assert likely_enough(Fraction(low) * (1 + near), k, n, level)
        assert likely_enough(Fraction(high) * (1 - near), k, n, level)
        assert low == 0 if k == 0 else not likely_enough(Fraction(low) * (1 - near), k, n, level)
        assert high == 1 if k == n else not likely_enough(Fraction(high) + near * (1 - Fraction(high)), k, n, level)


def test_confidence_sequence_by_numbers():
    assert confidence_sequence(0, 0, 0.95) == (0, 1)
    assert tuple(round(end, 5) for end in confidence_sequence(0, 1000, 0.95)) == (0, 0.00700)
    assert tuple(round(end, 4) for end in confidence_sequence(50, 1000, 0.95)) == (0.0287, 0.0792)
    for k in (0, 3, 50):
        exact, wide = clopper_pearson(k, 1000, 0.95), confidence_sequence(k, 1000, 0.95)
        assert wide.low <= exact.low <= exact.high < wide.high
    low, high = confidence_sequence(123, 10**6, 0.95)
    assert low < 123e-6 < high < 2e-4


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5])
def test_a_confidence_sequence_may_be_watched(p):
    """Looked at after each of 300 trials, it misses in fewer runs than it may; a fixed interval misses in many more."""
    assert missed(lambda k, n: confidence_sequence(k, n, 0.9), p, range(1, 301)) < 0.1
    assert missed(lambda k, n: wilson(k, n, 0.9), p, range(1, 301)) > 0.4


def test_eighty_looks():
    """Wilson's interval of 95 %, looked at 80 times, is wrong at least once in a third of all runs."""
    found = [missed(lambda k, n: wilson(k, n, 0.95), p, range(10, 801, 10)) for p in (0.05, 0.1, 0.5)]
    assert all(0.31 <= x <= 0.38 for x in found)
    assert missed(lambda k, n: confidence_sequence(k, n, 0.95), 0.1, range(10, 801, 10)) < 0.02


@pytest.mark.parametrize("p", ["1/5", "1/2"])
def test_inverse_sampling_has_no_bias(p):
    p, r = Fraction(p), 3
    chances = [comb(n - 1, r - 1) * p**r * (1 - p) ** (n - r) for n in range(r, 250)]
    means = [Fraction(r - 1, n - 1) for n in range(r, 250)]
    assert isclose(sum(a * b for a, b in zip(chances, means, strict=True)), p, rel_tol=1e-12)
    assert inverse_sampling(r, 9, 0.9).value == 0.25


def test_inverse_sampling_by_definition():
    """At the low end so few trials or fewer, at the high end so many or more, have half of what the level leaves."""
    for r, n in ((1, 1), (1, 9), (3, 20), (20, 25)):
        _, low, high = inverse_sampling(r, n, 0.9)
        assert isclose(tail(r, n, low), 0.05, rel_tol=1e-9)
        assert high == 1 if r == n else isclose(1 - tail(r, n - 1, high), 0.05, rel_tol=1e-9)
    assert inverse_sampling(1, 4, 0.9).value == 0.25
    found = inverse_sampling(100, 10000, 0.95)
    assert 0.19 < (found.high - found.low) / 2 / found.value < 0.21
    for r, n in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="one or more"):
            inverse_sampling(r, n, 0.9)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize(
    "stop", [Stop("events", 9, events=2), Stop("width", 9, width=0.8, level=0.8), Stop("trials", 9)], ids=RULES
)
def test_rates_after_rules_cover(stop, batch):
    """All runs of nine trials, each stopped by its rule: the interval has the rate in as many as it says, whatever the rate."""
    ends = {}
    for flags in product((False, True), repeat=9):
        seen = looks(stop, rows(*flags), batch)
        ends.setdefault(flags[: seen[-1].trials], 0)
    for i in range(1, 12):
        p, cover, whole = Fraction(i, 12), 0, 0
        for flags in ends:
            chance = p ** sum(flags) * (1 - p) ** (len(flags) - sum(flags))
            found = rate_of_trials(flags, stop, own=True, level=0.8)
            whole += chance
            cover += chance * (found.low <= p <= found.high)
        assert whole == 1
        assert cover >= Fraction(8, 10)


def test_when_it_is_enough():
    assert [enough(TEN, rows(*[1] * n)) for n in (0, 9, 10, 11)] == [False, False, True, True]
    assert [enough(THREE, rows(*found)) for found in ((1, 1), (0, 5, 0), (1, 0, 2, 1), [0] * 10)] == [False, False, True, True]
    assert not enough(NARROW, rows())
    first = next(n for n in range(1, 1000) if enough(NARROW, rows(*[0] * n)))
    low, high = confidence_sequence(0, first, 0.95)
    assert high - low <= 0.3 < confidence_sequence(0, first - 1, 0.95).high
    assert enough(Stop("width", 5, width=0.01), rows(*[0] * 5))
    with pytest.raises(ValueError, match="unknown rule 'margin' to stop; the rules are trials, events, width"):
        enough(Stop("margin", 5), rows(1))


def test_looks():
    """Every batch is a look, the last one ends it; a batch may be cut short."""
    found = looks(THREE, rows(1, 0, 1, 0, 1, 0, 0), 2)
    assert [(one.trials, one.events, one.enough) for one in found] == [(2, 1, False), (4, 2, False), (6, 3, True)]
    assert found[1][2:4] == confidence_sequence(2, 4, 0.95)
    assert [one.trials for one in looks(THREE, rows(1, 0, 1), 2)] == [2, 3]
    assert looks(THREE, [], 2) == []
    assert look(TEN, rows(1, 0)) == (2, 1, *confidence_sequence(1, 2, 0.95), False)


def test_events():
    assert has_event(row(0, critical=2), "critical")
    assert not has_event(row(0, critical=2), "due")
    assert has_event(row(0, residual=1), "residual")
    assert all(has_event(row(0), event) is False for event in EVENTS)
    with pytest.raises(ValueError, match=r"unknown event 'images' of trials; the events are sdc, due"):
        has_event(row(0), "images")


def test_methods_of_rates():
    """What lies behind the last event that was asked for is not used for it, and other events get the sequence."""
    many = rows(0, 1, 0, 1, 1, 1)
    assert rate(THREE, "critical", many, 0.9) == (3, 5, *inverse_sampling(3, 5, 0.9), "inverse sampling")
    assert rate(THREE, "sdc", many, 0.9) == (4, 6, 4 / 6, *confidence_sequence(4, 6, 0.9), "confidence sequence")
    few = rows(*[0] * 9, 1)
    assert rate(THREE, "critical", few, 0.9) == (1, 10, 0.1, *clopper_pearson(1, 10, 0.9), "Clopper-Pearson")
    assert rate(TEN, "due", few, 0.9) == (0, 10, 0, *clopper_pearson(0, 10, 0.9), "Clopper-Pearson")
    assert rate(TEN, "critical", few[:9], 0.9).method == "confidence sequence"
    assert rate(NARROW, "critical", few, 0.9).method == "confidence sequence"
    with pytest.raises(ValueError, match="one trial or more"):
        rate(TEN, "critical", [], 0.9)


def test_futile():
    assert futile(0, 1000, 0.95, 0.01) == "below"
    assert futile(50, 1000, 0.95, 0.01) == "above"
    assert futile(5, 1000, 0.95, 0.01) is None


def test_a_number_of_trials_is_only_counted():
    """A list of a million faults is asked after every batch: the rows are not gone through each time."""

    class Long(list):
        """Rows that nobody may look at."""

        def __iter__(self):
            raise AssertionError

    assert [enough(TEN, Long(rows(*[0] * n))) for n in (9, 10)] == [False, True]
