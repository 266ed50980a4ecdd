"""Stored integers on arrays: what the memories of ``test_memories`` do not show."""

import numpy as np

from refsim.engine import stored_integers
from refsim.engine.array import Array
from refsim.engine.parts import Part, specified
from refsim.spec.catalogue import get_format
from refsim.spec.projection import Projection
from refsim.spec.stored_integers import Affine

from .stages import outcome


def test_the_first_error_is_the_specification_s():
    """Of a group whose numbers overflow and one whose scale is too small, the first in the order of groups."""
    to, scale = Projection("int2", "toward_positive", "error"), Projection("q1.6", "toward_zero", "saturate")
    stage = Affine(to, scale, Projection("binary32", "ties_to_even", "infinity"), symmetric=True, group=2)
    for numbers, message in (
        ((-6, 1, 2**-20, 0), "is outside the range of int2"),
        ((2**-20, 0, -6, 1), "positive finite scale"),
    ):
        data = Part("weight", Array(np.array(numbers, np.float32).view(np.uint32), get_format("binary32")))
        found = outcome(lambda data=data: stored_integers.write_affine(stage, data))
        assert found == outcome(lambda data=data: stage.write(specified(data)))
        assert message in found
