"""What was found out about NVIDIA's tensor cores, as alignments: the published outcomes of experiments on V100, T4 and A100.

Fasi, Higham, Mikaitis and Pranesh, Numerical behavior of NVIDIA tensor cores, PeerJ Computer Science 7:e330, 2021, and their
test suite, north-numerical-computing/tensor-cores-numerical-behavior: exact products of binary16 and the addend are aligned at
the largest exponent, cut off, added, and only then normalized, again cut off. V100 keeps 23 bits below the leading one, T4 and
A100 one more.
"""

from fractions import Fraction

import pytest

from refsim.spec.accumulators import Sequential
from refsim.spec.alignment import Alignment
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct
from refsim.spec.projection import Projection

HALF, SINGLE = get_format("binary16"), get_format("binary32")
CUT = Projection("binary32", "toward_zero", "infinity")
NEAREST = Projection("binary16", "ties_to_even", "infinity")
BITS = {"V100": 23, "T4": 24, "A100": 24}
ONE = Fraction(1)
TINY = Fraction(1, 1 << 24)
BELOW_ONE = 1 - TINY
UNIT = 2 * TINY


def number(x, format):
    """A rational number that the format has."""
    return Number(Projection(format, "toward_zero", "error")(Fraction(x)).code, format)


def core(machine, products, addend, output=None):
    """The sum of an addend and four products, of which each is given as its factors, or as its value times one."""
    adder = Sequential(CUT, 4, Alignment(BITS[machine], "toward_zero", "value", with_sum=True))
    factors = [product if isinstance(product, tuple) else (product, ONE) for product in products]
    xs, ys = ([number(pair[i], HALF) for pair in factors] for i in (0, 1))
    path = Datapath(ExactProduct(), adder, "first", "sum", output)
    return path.to.format.decode(dot(xs, ys, path, number(addend, SINGLE)).code)


ALL = pytest.mark.parametrize("machine", BITS)
COVERS = pytest.mark.clause("align/cut", "align/largest", "align/running-sum", "accumulate/sequential", "product/exact")


@COVERS
@ALL
def test_subnormal_numbers(machine):
    """Those of binary16 are multiplied as they are, those of binary32 pass."""
    assert core(machine, [(TINY, 4), 0, 0, 0], 0) == 4 * TINY
    assert core(machine, [0] * 4, Fraction(1, 1 << 149)) == Fraction(1, 1 << 149)
    assert core(machine, [Fraction(1, 1 << 14), 0, 0, 0], -Fraction(1, 1 << 15)) == Fraction(1, 1 << 15)


@COVERS
@ALL
def test_products_are_exact(machine):
    """(1 - 2**-11)**2 keeps all its bits, alone and four times."""
    x = 1 - Fraction(1, 1 << 11)
    assert core(machine, [(x, x), 0, 0, 0], 0) == x * x
    assert core(machine, [(x, x)] * 4, 0) == 4 * x * x


@COVERS
@ALL
def test_each_small_term_is_lost_at_the_largest(machine):
    """Four terms below the last bit that is kept are lost beside 1, wherever it stands, though they come to more than that."""
    small = (TINY, ONE) if machine == "V100" else (TINY, Fraction(1, 2))
    assert core(machine, [small] * 4, 1) == 1
    for place in range(4):
        assert core(machine, [ONE if i == place else small for i in range(4)], TINY) == 1


@COVERS
@ALL
@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_lost_is_cut_off(machine, sign):
    """2 and three quarters of a unit stay 2, and -2 too: toward zero."""
    assert core(machine, [2 * sign, 3 * sign * TINY, 0, 0], 0) == 2 * sign


@COVERS
@ALL
def test_bits_kept_below_the_leading_one(machine):
    """1 - (1 - 2**-24): the last bit of the addend is cut off on V100, and kept on T4 and A100."""
    assert core(machine, [ONE, 0, 0, 0], -BELOW_ONE) == (UNIT if machine == "V100" else TINY)


@COVERS
@ALL
def test_sums_are_not_normalized_on_the_way_up(machine):
    """1 - 2**-24 and four times 2**-24: nothing is shifted out when the sum passes 1."""
    assert core(machine, [TINY] * 4, BELOW_ONE) == 1 + UNIT


@COVERS
@ALL
def test_sums_are_not_normalized_on_the_way_down(machine):
    """1 - 2**-24 - (1 - 2**-24): on V100 both smaller terms lose their last bits; with one bit more the sum is 0."""
    assert core(machine, [ONE, -TINY, 0, 0], -BELOW_ONE) == (UNIT if machine == "V100" else 0)


@COVERS
@ALL
def test_carries(machine):
    """Bits above the leading one are there for the sum of five terms, and the result is cut off when it is normalized."""
    addend = 1 + 3 * UNIT
    for place in range(4):
        assert core(machine, [UNIT if i == place else ONE for i in range(4)], addend) == 4 + 4 * UNIT
    assert core(machine, [ONE] * 4, addend) == 5
    assert core(machine, [-ONE] * 4, -addend) == -5
    assert core(machine, [ONE, Fraction(3, 2), Fraction(7, 4), Fraction(15, 8)], Fraction(15, 8)) == 8


@COVERS
@ALL
def test_sums_are_not_monotonic(machine):
    """A greater addend makes a lesser sum, as it pushes the products out."""
    products = [TINY] * 4 if machine == "V100" else [(TINY, Fraction(1, 2))] * 3 + [(3 * TINY, Fraction(1, 2))]
    less, more = core(machine, products, BELOW_ONE), core(machine, products, ONE)
    assert more < less


@COVERS
@pytest.mark.clause("datapath/output")
@ALL
def test_results_in_binary16_are_rounded_to_nearest(machine):
    """2**-25 + 2**-26 is three quarters of the least number of binary16, and becomes it."""
    products = [(TINY, Fraction(1, 2)), (TINY, Fraction(1, 4)), 0, 0]
    assert core(machine, products, 0, NEAREST) == TINY
