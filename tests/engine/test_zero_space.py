"""Zero-space codes on arrays: equal to the specification."""

import numpy as np
import pytest

from refsim.engine import memories, zero_space
from refsim.engine.array import Array
from refsim.engine.parts import Part, specified
from refsim.spec import zero_space as spec
from refsim.spec.catalogue import get_format
from refsim.spec.linear_codes import CODES, LinearCode, get_code
from refsim.spec.memories import Memory
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


@pytest.mark.parametrize("code", ["hamming", LinearCode(7, get_code("hsiao", 57).columns[::-1])], ids=["hamming", "own"])
def test_throttled_when_written(code):
    """Any bytes can be written, and are read as throttled."""
    assert compare(ZeroSpace(code, "as_is", throttle=True), zero_space, spec.throttled) == 5
    codes = np.random.default_rng(1).integers(0, 256, 43).astype(np.uint8)
    memory, data = Memory((ZeroSpace(code, "as_is", throttle=True),)), Part("weight", Array(codes, get_format("int8")))
    parts = memories.write(memory, data)
    assert {name: specified(part) for name, part in parts.items()} == memory.write(specified(data))
    assert tuple(memories.read(memory, parts).array.codes.tolist()) == spec.throttled(codes.tolist()) != tuple(codes.tolist())


def test_which_weights_are_allowed():
    """Every byte at every place of a word, and a tail."""
    codes = np.concatenate([np.repeat(np.arange(256), 8), np.arange(100, 107)]).astype(np.uint8)
    assert zero_space.violating(codes).tolist() == list(spec.violating(codes.tolist()))
    assert zero_space.throttled(codes).tolist() == list(spec.throttled(codes.tolist()))
    assert zero_space.violating(codes[:0]).tolist() == []
