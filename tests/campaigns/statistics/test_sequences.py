"""The interval of a bounded mean: a plain rendering, and its level by the enumeration of all runs and by seeded ones."""

from itertools import product
from math import isclose, log, prod, sqrt

import numpy as np
import pytest

from refsim.campaigns.statistics.bootstrap import bootstrap
from refsim.campaigns.statistics.intervals import SHARES, Interval
from refsim.campaigns.statistics.sequences import mean_sequence

VALUES = [0.75, 0.76, 0.1, 0.74, 0.75, 0.77, 0.75, 0.2, 0.76, 0.75] * 6


def capitals(values, level, m):
    """What betting that the mean is above m, and below it, makes of 1, after each value."""
    up, down, seen, spread, found = 1.0, 1.0, 0.5, 0.25, []  # The spread is t times the variance before value t.
    for t, x in enumerate(values, 1):
        bet = sqrt(2 * log(2 / (1 - level)) / (spread * log(t + 1)))
        up *= 1 + min(bet, 0.5 / m) * (x - m)
        down *= 1 - min(bet, 0.5 / (1 - m)) * (x - m)
        found.append((up, down))
        seen += x
        spread += (x - seen / (t + 1)) ** 2
    return found


def test_bets():
    """The variance before value t is (1/4 + sum of squares) / t: by hand for two values."""
    means = [(0.5 + 0.2) / 2, (0.5 + 0.2 + 0.8) / 3]
    spread = (0.25 + (0.2 - means[0]) ** 2) / 2
    bet = [sqrt(2 * log(40) / (v * t * log(t + 1))) for t, v in ((1, 0.25), (2, spread))]
    m = 0.9
    by_hand = prod(1 + min(b, 0.5 / m) * (x - m) for b, x in zip(bet, (0.2, 0.8), strict=True))
    assert isclose(capitals([0.2, 0.8], 0.95, m)[-1][0], by_hand)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_a_plain_rendering(level):
    """At the ends the greatest capital so far is what the level says: within it is less, outside more."""
    _, low, high = mean_sequence(VALUES, level, SHARES)
    rich = 2 / (1 - level)
    assert isclose(max(up for up, _ in capitals(VALUES, level, low)), rich, rel_tol=1e-9)
    assert isclose(max(down for _, down in capitals(VALUES, level, high)), rich, rel_tol=1e-9)
    assert 0 < low < sum(VALUES) / 60 < high < 1


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_every_run(p):
    """Of all runs of ten zeros and ones, looked at after each, no more miss than the level allows."""
    missed = 0.0
    for run in product((0.0, 1.0), repeat=9):
        _, low, high = mean_sequence(run, 0.7, SHARES)
        missed += prod(p if x else 1 - p for x in run) * (not low <= p <= high)
    assert 0 < missed <= 0.3


def collapses(rng, n, part):
    """Accuracies of trials of which a part collapses."""
    return np.where(rng.random(n) < part, 0.10, np.clip(rng.normal(0.76, 0.002, n), 0, 1))


def test_rare_collapses():
    """Where one trial in two hundred collapses, a hundred of them show none as often as not. The bootstrap then says that there
    is none, and so would any margin from the spread; this interval knows better.
    """
    rng, truth, covered = np.random.default_rng(1), 0.76 - 0.66 / 200, [0, 0]
    for run in range(30):
        values = collapses(rng, 100, 1 / 200)
        columns = np.column_stack([np.rint(values * 1e6).astype(np.int64), np.ones(100, np.int64)])
        loose = bootstrap(columns, lambda sums: sums[..., 0] / sums[..., 1] / 1e6, run, 0.95, SHARES)
        sure = mean_sequence(values.tolist(), 0.95, SHARES)
        covered = [covered[0] + (loose.low <= truth <= loose.high), covered[1] + (sure.low <= truth <= sure.high)]
    assert covered[0] < 0.6 * 30
    assert covered[1] >= 0.95 * 30


def test_a_stopped_margin():
    """A run that ends when the margin of its mean is a hundredth of it stops before the first collapse: what it says then is
    wrong in most runs, while the sequence, stopped by the same rule, is right.
    """
    rng, truth, covered = np.random.default_rng(2), 0.76 - 0.66 / 200, [0, 0]
    for _ in range(100):
        values = collapses(rng, 600, 1 / 200)
        for n in range(20, 601):
            mean, margin = values[:n].mean(), 1.97 * values[:n].std(ddof=1) / n**0.5
            if margin <= 0.01 * mean:
                break
        _, low, high = mean_sequence(values[:n].tolist(), 0.95, SHARES)
        covered = [covered[0] + (abs(mean - truth) <= margin), covered[1] + (low <= truth <= high)]
    assert covered[0] < 20
    assert covered[1] >= 95


def test_bounds():
    """Values between other bounds have the interval between them; a narrow one shows in some hundred trials."""
    found = mean_sequence(VALUES, 0.9, SHARES)
    shifted = mean_sequence([4 * x - 3 for x in VALUES], 0.9, Interval(-3.0, 1.0))
    assert shifted == pytest.approx([4 * x - 3 for x in found])
    assert mean_sequence([0.5], 0.95, SHARES) == (0.5, 0, 1)
    assert mean_sequence([1.0] * 1000, 0.95, SHARES)[1] == pytest.approx(0.99266, abs=1e-5)
    late = mean_sequence([0.0] * 950 + [1.0] * 50, 0.95, SHARES)
    assert late.low < late.value <= late.high


@pytest.mark.parametrize("values", [[], [1.5], [-0.5], [float("nan")]], ids=str)
def test_refused(values):
    with pytest.raises(ValueError, match=r"of one value or more in 0\.0\.\.1\.0"):
        mean_sequence(values, 0.95, SHARES)
