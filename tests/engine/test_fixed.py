"""The integers of fixed point: the biases of the rules, and rounding to nearest by an addition."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.engine.fixed import biases, nearest_away, shifted
from refsim.spec.naming import get_rounding
from refsim.spec.rounding import DETERMINISTIC, Gap


@pytest.mark.parametrize("kind", [np.float32, np.float64], ids=["binary32", "binary64"])
def test_nearest_away_of_all_sizes(kind):
    """Numbers at, between and beside integers of all sizes become what exact arithmetic says, that just below a half among
    them."""
    bits, rng = np.finfo(kind).nmant, np.random.default_rng(5)
    powers = 2.0 ** np.arange(-3, bits + 4)
    x = np.concatenate([np.arange(200) / 4, powers, powers - 0.5, powers + 0.5, rng.random(500) * rng.choice(powers, 500)])
    x = x.astype(kind)
    for _ in range(3):
        x = np.concatenate([x, np.nextafter(x, kind(np.inf)), np.nextafter(x, kind(0))])
    x = np.unique(np.concatenate([x, -x]))
    for value, found in zip(x.tolist(), nearest_away(x).tolist(), strict=True):
        whole = (abs(Fraction(value)) + Fraction(1, 2)) // 1
        assert found == (-whole if value < 0 else whole)


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64])
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_shifts_round_by_every_rule(name, kind):
    """Integers shifted by one to five places are rounded as the rule rounds their magnitudes."""
    rule = get_rounding(name)
    n = np.arange(-200, 200)
    for shift in range(1, 6):
        found = shifted(n.astype(kind), shift, rule)
        for value, got in zip(n.tolist(), found.tolist(), strict=True):
            whole, rest = divmod(abs(value), 1 << shift)
            up = bool(rule.goes_up(Gap(Fraction(rest, 1 << shift), whole & 1, value < 0)))
            assert got == (whole + up) * (-1 if value < 0 else 1)


def test_biases_are_what_hardware_adds():
    """Half is added for ties up, nothing for the floor, and to ties to even half less one and the last bit that is kept."""
    assert biases(get_rounding("ties_toward_positive")) == ((2, 2), (2, 2))
    assert biases(get_rounding("toward_negative")) == ((0, 0), (0, 0))
    assert biases(get_rounding("toward_positive")) == ((3, 3), (3, 3))
    assert biases(get_rounding("ties_to_even")) == ((1, 1), (2, 2))
    assert biases(get_rounding("ties_to_away")) == ((2, 1), (2, 1))
    assert biases(get_rounding("toward_zero")) == ((0, 3), (0, 3))
