"""Max-norm on arrays: the specification's codes, for weights of many sizes, at limits that matter and that do not."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.engine.array import Array
from refsim.engine.codes_between import between
from refsim.engine.encode import encode
from refsim.engine.max_norm import max_norm
from refsim.spec import max_norm as spec
from refsim.spec.dynamic import published
from refsim.spec.projection import Projection
from refsim.spec.tensors import tensor

PROJECTIONS = {
    "dfxp12": published("dfxp12").projection(1),
    "dfxp32": published("dfxp32").projection(2),
    "binary32": Projection("binary32", "ties_to_even", "infinity"),
    "binary16": Projection("binary16", "toward_zero", "saturate"),
}


def specified(weights, limit, epsilon, to):
    """The specification's codes."""
    given = tensor(weights.codes.ravel().tolist(), weights.shape, weights.format)
    return list(spec.max_norm(given, limit, epsilon, to).codes)


@pytest.mark.clause("max-norm/weight", "max-norm/rows")
@pytest.mark.parametrize("name", PROJECTIONS)
@pytest.mark.parametrize("limit", [Fraction(19365, 10000), Fraction(1, 2), Fraction(5)])
@pytest.mark.parametrize("epsilon", [Fraction(1, 10**7), Fraction(0)])
def test_equal(name, limit, epsilon):
    """Normal weights, small integers whose norms are rational, zeros and a single weight."""
    to, random = PROJECTIONS[name], np.random.default_rng(5)
    rows = np.concatenate([random.normal(0, 0.5, (6, 9)), random.integers(-3, 4, (12, 9)) / 2, np.zeros((1, 9)), np.eye(2, 9)])
    weights = encode(rows, to)
    assert max_norm(weights, limit, epsilon, to).codes.ravel().tolist() == specified(weights, limit, epsilon, to)


@pytest.mark.clause("max-norm/weight")
def test_ties():
    """Weights 3, 4 and 0 over a norm of 5 end in the middle between two numbers, where bounds decide nothing."""
    to = published("dfxp5").projection(3)
    weights = encode(np.array([[3.0, 4.0, 0.0], [-4.0, 3.0, 0.0]]), to)
    for quarter in range(1, 30):
        limit = Fraction(quarter * 5, 24)
        assert max_norm(weights, limit, Fraction(0), to).codes.ravel().tolist() == specified(weights, limit, Fraction(0), to)


@pytest.mark.clause("max-norm/weight")
def test_infinities():
    """An infinity or a NaN spoils its row and no other."""
    to = PROJECTIONS["binary32"]
    weights = Array(np.array([[0x7F800000, 0x3F800000], [0x3F800000, 0x7FC00000], [0x80000000, 0x3F800000]]), to.format)
    limit, epsilon = Fraction(1, 2), Fraction(1, 10**7)
    assert max_norm(weights, limit, epsilon, to).codes.ravel().tolist() == specified(weights, limit, epsilon, to)


def test_limits_that_make_no_sense():
    """The same message as the specification's."""
    with pytest.raises(ValueError, match="a norm is limited to more than 0, with 0 or more added, not to 0 with 0"):
        max_norm(encode(np.ones((1, 2)), PROJECTIONS["dfxp12"]), Fraction(0), Fraction(0), PROJECTIONS["dfxp12"])


def test_only_what_is_doubtful_is_asked_for():
    """Numbers near a middle, and what is no number, are; others, and exact ones, are not."""
    to = published("dfxp8").projection(0)
    found = np.array([0.25, 0.5 / 128, 0.5 / 128, np.nan, 0.3])
    asked = []

    def specified(index):
        asked.append(index)
        return 77

    codes = between(found, 2.0**-40, to, specified, exact=np.array([False, False, True, False, False]))
    assert asked == [(1,), (3,)]
    assert codes.codes.tolist() == [32, 77, 1, 77, 38]
