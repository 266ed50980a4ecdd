"""Rates over lists of faults, by the enumeration of every sample that could be drawn."""

from itertools import combinations
from math import comb, isclose

import pytest

from refsim.campaigns.statistics.fault_lists import Stratum, importance, rate_of_list, rate_of_stratum, variance_of_list
from refsim.campaigns.statistics.intervals import wilson

STRATA = (((1, 1, 0, 1, 0), 3), ((0, 0, 0, 1), 2), ((1, 1), 2))
"""The events of all faults of three strata, and how many of each are drawn."""


def drawn(choice):
    """The strata as they are seen in one choice of samples."""
    return [Stratum(len(all), n, sum(one)) for (all, n), one in zip(STRATA, choice, strict=True)]


def every():
    """Every choice of samples."""
    one, two, three = (list(combinations(*stratum)) for stratum in STRATA)
    return [drawn(choice) for choice in ((a, b, c) for a in one for b in two for c in three)]


def test_without_bias():
    """Over all choices the mean of the rate is the rate of all faults, and that of the variance is the variance of the rate."""
    found = [rate_of_list(strata, 0.9).value for strata in every()]
    truth, mean = 6 / 11, sum(found) / len(found)
    assert len(found) == comb(5, 3) * comb(4, 2)
    assert isclose(mean, truth)
    spread = sum((x - mean) ** 2 for x in found) / len(found)
    assert isclose(sum(map(variance_of_list, every())) / len(found), spread)


def test_interval():
    """With all faults drawn nothing is left to chance; with few of many it is Wilson's."""
    assert rate_of_stratum(Stratum(7, 7, 3), 0.9) == (3 / 7, 3 / 7, 3 / 7)
    assert rate_of_stratum(Stratum(10**9, 50, 3), 0.9)[1:] == pytest.approx(wilson(3, 50, 0.9), rel=1e-6)
    assert rate_of_list([Stratum(7, 7, 3), Stratum(3, 3, 0)], 0.9) == (0.3, 0.3, 0.3)
    half = rate_of_stratum(Stratum(200, 100, 10), 0.9)
    alone = wilson(10, 100, 0.9)
    assert isclose((half.high - half.low) / (alone.high - alone.low), 0.5**0.5, rel_tol=0.03)
    assert rate_of_stratum(Stratum(10, 9, 0), 0.99).high <= 0.1


@pytest.mark.parametrize(("size", "n"), [(200, 30), (60, 50)])
def test_coverage(size, n):
    """Over all numbers of faults with an event it covers on average what it says, by the hypergeometric distribution."""
    cover = []
    for bad in range(size + 1):
        seen = [
            (k, comb(bad, k) * comb(size - bad, n - k) / comb(size, n)) for k in range(min(n, bad) + 1) if n - k <= size - bad
        ]
        ends = {k: rate_of_stratum(Stratum(size, n, k), 0.9) for k, _ in seen}
        cover.append(
            sum(chance for k, chance in seen if ends[k].low <= bad / size + 1e-12 and bad / size <= ends[k].high + 1e-12)
        )
    assert 0.89 < sum(cover) / len(cover) < 0.97


def test_importance():
    """Faults drawn with other probabilities: over all pairs of draws, the mean has no bias and the error is right."""
    values, chance, drawn_by = (1, 0, 5), (0.5, 0.3, 0.2), (0.2, 0.2, 0.6)
    pairs = [(i, j) for i in range(3) for j in range(3)]
    found = [importance([values[i] for i in pair], [chance[i] / drawn_by[i] for i in pair]) for pair in pairs]
    odds = [drawn_by[i] * drawn_by[j] for i, j in pairs]
    mean = sum(p * one.mean for p, one in zip(odds, found, strict=True))
    assert isclose(mean, 0.5 + 1)
    spread = sum(p * (one.mean - mean) ** 2 for p, one in zip(odds, found, strict=True))
    assert isclose(sum(p * one.error**2 for p, one in zip(odds, found, strict=True)), spread)
    assert importance([1, 1, 1, 1], [2, 2, 2, 2]).effective == 4
    assert importance([1, 1], [1, 0]).effective == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: rate_of_stratum(Stratum(5, 6, 1), 0.9),
        lambda: rate_of_stratum(Stratum(5, 0, 0), 0.9),
        lambda: rate_of_stratum(Stratum(5, 2, 3), 0.9),
        lambda: variance_of_list([Stratum(5, 1, 0)]),
        lambda: importance([1], [1]),
        lambda: importance([1, 2], [1, -1]),
        lambda: importance([1, 2], [0, 0]),
        lambda: importance([1, 2], [1]),
    ],
    ids=range(8),
)
def test_refused(call):
    with pytest.raises(ValueError, match=r"stratum|trials"):
        call()
