"""Parity on arrays: equal to the specification."""

import numpy as np
import pytest

from refsim.engine import parity
from refsim.engine.array import Array
from refsim.engine.parts import Part, specified
from refsim.spec.catalogue import get_format
from refsim.spec.memories import DATA
from refsim.spec.parity import PARITIES, Parity
from refsim.spec.protected_words import POLICIES
from refsim.spec.secded import CHECK

from .stages import compare, outcome


@pytest.mark.parametrize("elements", [1, 3, 8, 40])
@pytest.mark.parametrize("which", PARITIES)
@pytest.mark.parametrize("policy", POLICIES)
def test_equal_to_the_specification(elements, which, policy):
    """All formats, empty rows, and words that are not full."""
    assert compare(Parity(elements, which, policy), parity) == 30


def test_ones_of_codes_of_any_width():
    """Those of Python, above 64 bits too."""
    for codes in (np.arange(256, dtype=np.uint8), np.array([0, 1 << 71, (1 << 72) - 1], object)):
        assert parity.ones(codes).tolist() == [int(code).bit_count() for code in codes]


def test_what_is_refused_is_what_the_specification_refuses():
    """The same sentences for check bits that are missing or too many."""
    data = Part("weight", Array(np.arange(5), get_format("int8")))
    stage = Parity(2, "even", "as_is")
    for parts in ({DATA: data}, {DATA: data, CHECK: Part("check", Array(np.zeros(4, int), get_format("uint1")))}):
        given = outcome(lambda parts=parts: parity.read(stage, parts))
        assert given == outcome(lambda parts=parts: stage.read({name: specified(part) for name, part in parts.items()}))
        assert "check bits" in given
