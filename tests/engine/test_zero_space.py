"""Zero-space codes on arrays: equal to the specification."""

import numpy as np
import pytest

from refsim.engine import zero_space
from refsim.spec import zero_space as spec
from refsim.spec.linear_codes import CODES
from refsim.spec.protected_words import POLICIES
from refsim.spec.zero_space import ZeroSpace

from .stages import compare


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("policy", POLICIES)
def test_equal_to_the_specification(code, policy):
    """Weights that are allowed, and rows that are not whole words; other formats are refused alike."""

    def allowed(codes):
        return spec.throttled(codes) if all(code < 256 for code in codes) else codes

    assert compare(ZeroSpace(code, policy), zero_space, allowed) == 5


def test_weights_that_are_not_allowed():
    """Those of a row of anything are refused as the specification refuses them."""
    assert compare(ZeroSpace("hsiao", "as_is"), zero_space) == 3


def test_which_weights_are_allowed():
    """Every byte at every place of a word, and a tail."""
    codes = np.concatenate([np.repeat(np.arange(256), 8), np.arange(100, 107)]).astype(np.uint8)
    assert zero_space.violating(codes).tolist() == list(spec.violating(codes.tolist()))
    assert zero_space.throttled(codes).tolist() == list(spec.throttled(codes.tolist()))
    assert zero_space.violating(codes[:0]).tolist() == []
