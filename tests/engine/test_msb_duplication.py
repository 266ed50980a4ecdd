"""Copies of a bit on arrays: equal to the specification."""

import numpy as np
import pytest

from refsim.engine import msb_duplication
from refsim.engine.array import Array
from refsim.engine.parts import Part
from refsim.spec.catalogue import get_format
from refsim.spec.memories import DATA
from refsim.spec.msb_duplication import LOW_BITS, MsbDuplication

from .stages import compare


@pytest.mark.parametrize("low", LOW_BITS)
@pytest.mark.parametrize(("bit", "copies", "readings"), [(2, 2, 30), (6, 4, 20), (14, 2, 15), (30, 6, 10), (71, 2, 5)])
def test_equal_to_the_specification(bit, copies, readings, low):
    """All formats that have the bit; the others are refused alike."""
    assert compare(MsbDuplication(bit, copies, low), msb_duplication) == readings


@pytest.mark.parametrize("low", LOW_BITS)
def test_every_byte(low):
    """All codes of eight bits, with six copies: as many votes as fit."""
    codes, stage = np.arange(256, dtype=np.uint8), MsbDuplication(7, 6, low)
    found = msb_duplication.read(stage, {DATA: Part("weight", Array(codes, get_format("int8")))})
    votes = [stage.voted(code) for code in range(256)]
    assert found.array.codes.tolist() == [stage.code(code, vote.data) for code, vote in enumerate(votes)]
    assert found.corrected == sum(vote.found == "corrected" for vote in votes)
