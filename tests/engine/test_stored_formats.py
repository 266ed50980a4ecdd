"""Stored formats on arrays: what the memories of ``test_memories`` do not show."""

import numpy as np

from refsim.engine import stored_formats
from refsim.engine.array import Array
from refsim.engine.parts import Part, specified
from refsim.spec.catalogue import get_format
from refsim.spec.memories import DATA
from refsim.spec.projection import Projection
from refsim.spec.stored_formats import Converted

from .stages import outcome


def test_a_read_format_without_zero():
    """Zero is asked for only where something has no code, and is refused then as in the specification."""
    back = Projection("float8_e8m0fnu", "toward_negative", "error")
    stage = Converted(Projection("uint8", "ties_to_even", "saturate"), back)
    for codes, wanted in (((5, 4, 1), (129, 129, 127)), ((), ()), ((5, 0), "0 is outside the range of float8_e8m0fnu")):
        parts = {DATA: Part("weight", Array(np.array(codes, np.uint8), get_format("uint8")))}
        found = outcome(lambda parts=parts: tuple(stored_formats.read_converted(stage, parts).array.codes.tolist()))
        assert found == outcome(lambda parts=parts: stage.read({DATA: specified(parts[DATA])}).codes) == wanted
