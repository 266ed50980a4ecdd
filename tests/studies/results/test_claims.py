"""Claims are decided by whole intervals."""

import pytest

from refsim.studies.results.claims import FAILS, HOLDS, OPEN, Claim, Effect
from refsim.studies.results.measured import Measured


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(1.1, 3.0, HOLDS), (1.0, 3.0, OPEN), (0.5, 1.5, OPEN), (0.5, 1.0, FAILS), (-2.0, -1.0, FAILS), (1.0, 1.0, FAILS)],
)
def test_effects(low, high, verdict):
    """Above the bound with the whole interval, not above it with all of it, or open."""
    assert Effect("an effect", Measured((low + high) / 2, low, high, 9), above=1.0).verdict == verdict


def test_all_effects_count():
    """A claim holds with all of its effects, fails with one, and is open if one is and none fails."""
    yes, no, open_ = (Effect("", Measured(0.0, *ends, 5)) for ends in ((1, 2), (-2, -1), (-1, 1)))
    assert Claim("c", "", [yes, yes]).verdict == HOLDS
    assert Claim("c", "", [yes, open_]).verdict == OPEN
    assert Claim("c", "", [yes, open_, no]).verdict == FAILS
    assert Claim("c", "", []).verdict == OPEN, "nothing decides it"
