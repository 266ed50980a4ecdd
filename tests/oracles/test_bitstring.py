"""The views that bitstring has of small floats."""

import numpy as np
import pytest

from refsim import Projection, get_format
from refsim.spec.exact import NAN

from . import peer_bitstring
from .compare import Case, Trial, assert_encodes, assert_explained, exact, quiet
from .points import directed

POINTS = 1 << 8


@pytest.mark.clause("format/decode", "format/point", "family/float", "family/scale", "family/p3109", "family/fixed")
@pytest.mark.parametrize("view", peer_bitstring.VIEWS)
def test_decode(view):
    """All codes read alike through every view."""
    format = get_format(peer_bitstring.VIEWS[view][0])
    for code in range(1 << format.width):
        assert exact(peer_bitstring.decode(code, view, format.width)) == quiet(format.decode(code))


@pytest.mark.clause("round/ties-to-even", "overflow/saturate", "overflow/infinity", "project/order")
@pytest.mark.parametrize("view", [view for view in peer_bitstring.VIEWS if view != "e8m0mxfp"])
def test_directed(view):
    """Points, ties and their neighbours, past the top and infinities are written alike through every view that rounds."""
    name, overflow = peer_bitstring.VIEWS[view]
    to = Projection(name, "ties_to_even", overflow)
    numbers = directed(to.format, np.float64, POINTS)
    theirs = np.array([peer_bitstring.encode(number, view, to.format.width) for number in numbers])
    assert_encodes(Trial("bitstring", "write", "float64", to), numbers, theirs)


@pytest.mark.clause("family/scale")
def test_scales_are_not_rounded():
    """A scale is written alike where the number is a power of two, and refused where it is not."""
    to = Projection("float8_e8m0fnu", "ties_to_even", "infinity")
    trial = Trial("bitstring", "write", "float64", to)

    def written(number):
        try:
            return exact(peer_bitstring.encode(number, "e8m0mxfp", 8))
        except ValueError as error:
            return type(error).__name__

    numbers = directed(to.format, np.float64, POINTS)
    assert_explained(Case(trial, exact(x), written(x), to.format.decode(to(exact(x)).code)) for x in numbers)
    assert written(np.nan) is NAN
