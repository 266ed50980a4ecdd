"""Max-norm: right triangles whose norms are rational, irrational norms by comparison of squares, and what is refused."""

from fractions import Fraction

import pytest

from refsim.spec.dynamic import published
from refsim.spec.exact import NAN, NEGATIVE_ZERO, POSITIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.max_norm import exact_limited, max_norm
from refsim.spec.operands import Setting
from refsim.spec.projection import Projection
from refsim.spec.tensors import tensor

TO = published("dfxp12").projection(3)
SETTING = Setting((), TO)
EPSILON = Fraction(1, 10**7)


def of(*rows, to=TO):
    """Weights in rows."""
    return tensor((to(Fraction(x)).code for row in rows for x in row), (len(rows), len(rows[0])), to.format)


def values(x):
    """The numbers of a tensor."""
    return [n.exact for n in x.numbers()]


@pytest.mark.clause("max-norm/weight", "max-norm/rows")
def test_triangles():
    """Weights 3 and 4 have the norm 5: limited to 5/2 they are halved; a row has its own norm, and zeros are left alone."""
    weights = of((3, 4, 0), ("3/8", "1/2", 0), (0, 0, 0), ("-3", 4, 0))
    assert values(max_norm(weights, Fraction(5, 2), Fraction(0), TO)) == [
        *(Fraction(3, 2), 2, 0),
        *(Fraction(3, 8), Fraction(1, 2), 0),
        *(0, 0, 0),
        *(Fraction(-3, 2), 2, 0),
    ]


@pytest.mark.clause("max-norm/weight")
def test_epsilon_shrinks_short_weights():
    """With 1 added to the norm 5 of 3 and 4, a limit of 8 leaves 5/6 of them, and one of 2 a third."""
    for limit, share in ((8, Fraction(5, 6)), (2, Fraction(1, 3))):
        for which, w in enumerate((Fraction(3), Fraction(4))):
            value, flags = exact_limited(SETTING, which, Fraction(limit), Fraction(1), Fraction(3), Fraction(4))
            assert (value, flags) == (w * share, Flags.NONE)


@pytest.mark.clause("max-norm/weight")
@pytest.mark.parametrize("limit", [Fraction(19365, 10000), Fraction(1, 3), Fraction(40)])
@pytest.mark.parametrize("epsilon", [EPSILON, Fraction(0), Fraction(1, 2)])
@pytest.mark.parametrize("scale", [Fraction(1), Fraction(1, 2**40), Fraction(2**40)])
def test_irrational_norms(limit, epsilon, scale):
    """The exact weight lies on the right side of rational numbers next to it, judged by squares alone.

    With n the root of s: w * n / (n + e) < q where n * (w - q) < q * e, and w * c / (n + e) < q where w * c - q * e < q * n.
    """
    data = [Fraction(x) * scale for x in (1, 2, -3, Fraction(1, 7))]
    s = sum(x * x for x in data)
    for which, w in enumerate(data):
        value, _ = exact_limited(SETTING, which, limit, epsilon, *data)
        size, a = abs(w), abs(value)
        least = a // Fraction(1, 2**60)
        for q in (Fraction(least, 2**60), Fraction(least + 1, 2**60)):
            if s > limit**2:
                below = size * limit - q * epsilon < 0 or (size * limit - q * epsilon) ** 2 < q * q * s
            else:
                below = size < q or (size - q) ** 2 * s < (q * epsilon) ** 2
            assert (a < q) == below
        assert (value < 0) == (w < 0)


@pytest.mark.clause("max-norm/weight")
def test_data_that_are_no_numbers():
    """A zero keeps its sign; an infinity spoils all weights of the output, a NaN too."""
    assert exact_limited(SETTING, 0, Fraction(1), EPSILON, NEGATIVE_ZERO, Fraction(1)) == (NEGATIVE_ZERO, Flags.NONE)
    assert exact_limited(SETTING, 1, Fraction(1), EPSILON, POSITIVE_INFINITY, Fraction(1)) == (NAN, Flags.INVALID)
    assert exact_limited(SETTING, 1, Fraction(1), EPSILON, NAN, Fraction(1)) == (NAN, Flags.NONE)


@pytest.mark.clause("max-norm/rows")
def test_nothing_is_rounded_twice():
    """Weights in binary32 whose norm is sqrt 2: limited to 1 they are the correctly rounded root of one half."""
    to = Projection("binary32", "ties_to_even", "infinity")
    limited = max_norm(of((1, 1), to=to), Fraction(1), Fraction(0), to)
    assert limited.codes == (0x3F3504F3, 0x3F3504F3)
    shrunk = max_norm(of((1, 1), to=to), Fraction(2), EPSILON, to)
    assert shrunk.codes == (0x3F7FFFFF, 0x3F7FFFFF)


@pytest.mark.clause("max-norm/rows")
@pytest.mark.parametrize(("limit", "epsilon"), [(0, 0), (-1, 0), (1, -1)])
def test_limits_that_make_no_sense(limit, epsilon):
    """A limit is more than zero, an addition no less."""
    with pytest.raises(ValueError, match="a norm is limited to more than 0"):
        max_norm(of((1, 1)), Fraction(limit), Fraction(epsilon), TO)
