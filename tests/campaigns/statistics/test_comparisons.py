"""Comparisons of arms: exact tests against SciPy's, and what pairing is worth."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from refsim.campaigns.statistics.comparisons import difference, discordance, mcnemar, paired
from refsim.campaigns.statistics.intervals import Interval

from .cases import row, rows

DIFFERENCES = Interval(-1.0, 1.0)


def accuracy(found):
    return Fraction(found.counts.correct, found.counts.pixels)


def fell(found):
    return found.counts.critical > 1


def test_mcnemar():
    for a, b in product(range(12), repeat=2):
        expected = stats.binomtest(a, a + b).pvalue if a + b else 1
        assert mcnemar(a, b) == pytest.approx(expected, rel=1e-12)
    assert mcnemar(1, 12) == pytest.approx(2 * 14 / 2**13)
    assert 0 < mcnemar(0, 900) < 1e-200
    with pytest.raises(ValueError, match="not -1"):
        mcnemar(-1, 3)


def test_mcnemar_keeps_its_level():
    """Where both arms are alike, a p-value of a level or less is no more likely than the level."""
    for n in (5, 20, 61):
        for level in (0.01, 0.05, 0.3):
            assert sum(stats.binom.pmf(k, n, 0.5) for k in range(n + 1) if mcnemar(k, n - k) <= level) <= level


def test_discordance():
    found = discordance(paired(rows(0, 2, 3, 5, 0), rows(0, 0, 2, 1, 7)), fell)
    assert found == (1, 2, 1, 1)
    assert found.p_value == 1
    assert discordance([], fell) == (0, 0, 0, 0)


def test_pairs_are_by_trial():
    one, other = [row(3), row(1, 2)], [row(1, 4, cell=1), row(3, 1, cell=1)]
    assert [(a.trial, b.trial, b.cell) for a, b in paired(one, other)] == [(1, 1, 1), (3, 3, 1)]


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (rows(1, 2), rows(1), "only one of two arms has trial 1"),
        (rows(1), rows(1, 2), "only one of two arms has trial 1"),
        ([row(0), row(0)], rows(1), "different trials"),
        (rows(1), [replace(row(0), counts=replace(row(0).counts, images=9))], "10 samples in one arm and 9"),
    ],
    ids=range(4),
)
def test_refused(one, other, said):
    with pytest.raises(ValueError, match=said):
        paired(one, other)


def test_difference():
    """Both arms vary by a third, but together: the difference of a tenth is sure, and would not be without pairs."""
    losses = np.random.default_rng(2).integers(1, 9, size=40).tolist()
    pairs = paired(rows(*losses), rows(*[k - 1 for k in losses[:-1]], losses[-1]))
    found = difference(pairs, accuracy, 1, 0.95, DIFFERENCES)
    assert found.value == pytest.approx(39 / 400)
    assert 0.08 < found.low < found.value < found.high <= 0.1
    alone = stats.norm.interval(
        0.95, 0, np.hypot(*[np.std([accuracy(x) for x in arm], dtype=float) for arm in zip(*pairs, strict=True)]) / 40**0.5
    )
    assert alone[1] - alone[0] > 10 * (found.high - found.low)
    assert found.flips == (sum(losses), sum(losses) - 39)
