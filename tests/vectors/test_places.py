"""Places in gaps: what is at a place has that place, in the gaps of posits too."""

from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import root
from refsim.spec.projection import Projection
from refsim.vectors.places import at_place, place_in_gap


@pytest.mark.parametrize("name", ["posit6", "posit5es3", "e3m2", "int4"])
def test_there_and_back(name):
    """A place and the number at it belong together, and it is the place by which the projection rounds."""
    format = get_format(name)
    to = Projection(format, "ties_to_even", "saturate")
    for n in range(format.top + 2):
        for t in (Fraction(k, 8) for k in range(8)):
            m = at_place(format.grid, n, t)
            assert place_in_gap(format.grid, n, m) == to.place_above(n, m) == t
            assert format.grid.floor(m) == n
        assert at_place(format.grid, n, Fraction(1)) == format.grid.magnitude(n + 1)


def test_the_place_of_a_root():
    """The root of two lies in the first binade of two between the posits 1 and 4, at half its distance from 1."""
    grid = get_format("posit5es3").grid
    n = grid.floor(root(2, 2))
    assert (grid.magnitude(n), grid.magnitude(n + 1)) == (1, 4)
    assert abs(place_in_gap(grid, n, root(2, 2)) - Fraction(41421356, 2 * 10**8)) < Fraction(1, 1000)
