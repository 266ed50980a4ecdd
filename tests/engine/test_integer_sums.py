"""The kernels of integer accumulators: which is taken, what is made step by step, and in which parts."""

from functools import reduce

import numpy as np
import pytest

from refsim import Array, get_format
from refsim.engine import datapaths as engine
from refsim.engine import integer_sums, table_factors
from refsim.engine.jobs import Job
from refsim.spec.accumulators import Blocked, Interleaved, Pairwise, Sequential, Total, Tree
from refsim.spec.products import RoundedProduct
from refsim.spec.terms import NO_PORT

from ..test_equal_integer_sums import INT8, assert_as_specified, path_of, register, saturating


def job(x, y, path, *, flags=True):
    """The job of a matrix product."""
    return Job(
        x.codes.T[:, :, None], y.codes[:, None, :], None, (x.format, y.format, None), path.multiplier, path.accumulator, flags
    )


def test_only_what_may_overflow_is_made_step_by_step(monkeypatch):
    """One row of large numbers among small ones: the others never leave the register, and are matrix products."""
    rng = np.random.default_rng(2)
    x, y = rng.integers(-9, 9, (16, 50)), rng.integers(-9, 9, (50, 8))
    x[13] = 127
    x, y = Array(x & 0xFF, INT8), Array(y & 0xFF, INT8)
    made = []
    ordered = integer_sums.in_order
    monkeypatch.setattr(integer_sums, "in_order", lambda *given: made.append(given[4]) or ordered(*given))
    for overflow in ("saturate", "wrap"):
        made.clear()
        assert_as_specified(x, y, path_of(Sequential(register(14, overflow))))
        rows = {int(i) for places in made for i in places[0]}
        assert rows == {13}


@pytest.mark.clause("accumulate/sequential")
@pytest.mark.parametrize("overflow", ["saturate", "wrap"])
def test_an_initial_value_counts_toward_overflow(overflow):
    """Of sums that stay small, those that start a unit below an end of the register leave it, and no others."""
    rng = np.random.default_rng(3)
    x, y = (Array(rng.integers(-2, 3, shape) & 0xFF, INT8) for shape in ((6, 12), (12, 30)))
    to, bias = register(12, overflow), np.zeros(30, int)
    bias[[4, 11]] = (1 << 11) - 2, -(1 << 11) + 1
    start = Array(bias & 0xFFFF, get_format("int16"))
    path = path_of(Sequential(to))
    found, flags = engine.matmul(x, y, path, start, flags=True)
    every = dict.fromkeys(np.ndindex(6, 30), NO_PORT)
    expected, raised = engine.matmul(x, y, path, start, ports=every, flags=True)
    assert (found.codes == expected.codes).all()
    assert (flags == raised).all()
    assert {int(j) for j in np.nonzero(flags)[1]} == {4, 11}
    assert (engine.matmul(x, y, path, start).codes == expected.codes).all()


@pytest.mark.parametrize(
    ("accumulator", "flags", "kernel"),
    [
        (Sequential(register(24, "saturate")), True, integer_sums.FREE),
        (Sequential(register(18, "saturate")), False, integer_sums.SHORT),
        (Sequential(register(12, "wrap")), False, integer_sums.FREE),
        (Sequential(register(12, "wrap")), True, integer_sums.SHORT),
        (Sequential(register(12, "wrap"), sticky=True), False, integer_sums.SHORT),
        (Tree((register(12, "wrap"), register(10, "wrap"))), False, integer_sums.FREE),
        (Tree((register(10, "wrap"), register(12, "wrap"))), False, integer_sums.SHORT),
        (Pairwise(register(12, "wrap:1")), False, integer_sums.SHORT),
        (Total(register(9, "saturate", "ties_to_even", step=3)), True, integer_sums.FREE),
        (Sequential(register(70, "saturate", "ties_to_even", step=-60)), True, integer_sums.LONG),
        (Blocked(16, Sequential(register(20, "saturate")), Sequential(register(24, "error"))), True, integer_sums.FREE),
        (Blocked(16, Sequential(register(18, "saturate")), Sequential(register(24, "error"))), True, integer_sums.SHORT),
        (Tree((register(17, "saturate"), *(register(18 + n, "wrap") for n in range(7)))), True, integer_sums.FREE),
        (Interleaved(4, Sequential(register(20, "wrap")), Total(register(20, "wrap"))), False, integer_sums.FREE),
    ],
)
def test_which_kernel_is_taken(accumulator, flags, kernel):
    """By formats, length, and whether flags are asked for; 256 terms of int8."""
    rng = np.random.default_rng(8)
    x, y = (Array(rng.integers(0, 256, shape), INT8) for shape in ((3, 256), (256, 2)))
    path = path_of(accumulator)
    assert next(k for k in engine.KERNELS if k.suits(job(x, y, path, flags=flags))) is kernel
    assert_as_specified(x, y, path)


def test_tiles_of_a_larger_product():
    """A product of several tiles of every kernel, beside NumPy's own loop; progress is told to the end, and may stop it."""
    rng = np.random.default_rng(1)
    x, y = rng.integers(-128, 128, (300, 9)), rng.integers(-128, 128, (9, 1100))
    left, right = Array(x & 0xFF, INT8), Array(y & 0xFF, INT8)
    low, high = -(1 << 15), (1 << 15) - 1
    expected = reduce(lambda total, k: np.clip(total + x[:, k, None] * y[k], low, high), range(9), 0)
    told = []
    path = path_of(Sequential(register(16, "saturate")))
    found = engine.matmul(left, right, path, progress=lambda done, total: told.append((done, total)))
    assert (found.codes.view(np.int16) == expected).all()
    rows, columns = integer_sums.SHORT.tile
    assert len(told) == -(-300 // rows) * -(-1100 // columns) > 1
    assert told[-1] == (300 * 1100, 300 * 1100)
    assert (engine.matmul(left, right, path_of(Sequential(register(16, "wrap")))).codes == (x @ y) & 0xFFFF).all()

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.matmul(left, right, path, progress=stop)


def test_pairs_are_cut_up(monkeypatch):
    """Dot products of pairs, few at a time, are those of all at once."""
    rng = np.random.default_rng(4)
    x, y = (Array(rng.integers(0, 256, (50, 30)), INT8) for _ in range(2))
    path = path_of(Sequential(register(16, "saturate")))
    whole, flags = engine.dot(x, y, path, flags=True)
    products = x.codes.view(np.int8).astype(int) * y.codes.view(np.int8)
    expected = [saturating(row, -(1 << 15), (1 << 15) - 1) for row in products.tolist()]
    assert whole.codes.view(np.int16).tolist() == [total for total, _ in expected]
    assert flags.tolist() == [5 * left for _, left in expected]
    monkeypatch.setattr(integer_sums, "PAIRS", 100)
    found, raised = engine.dot(x, y, path, flags=True)
    assert (found.codes == whole.codes).all()
    assert (raised == flags).all()
    assert (engine.dot(x, y, path).codes == whole.codes).all()


def test_a_table_is_added_up_in_parts_without_loss(monkeypatch):
    """Parts of a sum that each fit in 32 bits, and together do not."""
    monkeypatch.setattr(table_factors, "AT_ONCE", 1 << 10)
    int2, int14 = get_format("int2"), get_format("int14")
    length = 140_000
    x, y = Array(np.full((1, length), 2), int2), Array(np.full((length, 1), 1 << 13), int14)
    path = path_of(Total(register(48, "saturate")), RoundedProduct(register(15, "saturate")))
    found, flags = engine.matmul(x, y, path, flags=True)
    assert (found.codes.item(), flags.item()) == (length * ((1 << 14) - 1), 5)
