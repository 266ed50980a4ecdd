"""Engine and specification are equal for accumulators of integers and fixed point: every path through the engine's kernels."""

import itertools
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Array, Projection, get_format
from refsim.engine import datapaths as engine
from refsim.engine import integer_sums
from refsim.engine.apply import every_combination
from refsim.engine.array import code_dtype
from refsim.engine.jobs import Job
from refsim.engine.matrix_sums import matrix_sums, pair_sums
from refsim.spec.accumulators import Blocked, Interleaved, Pairwise, Sequential, Total, Tree
from refsim.spec.datapaths import Datapath
from refsim.spec.exact import dyadic
from refsim.spec.families import fixed_format
from refsim.spec.flags import Flags
from refsim.spec.overflow import RULES
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.rounding import DETERMINISTIC
from refsim.spec.terms import NO_PORT, Term
from refsim.testing.datapaths import accumulators, datapaths, fixed_registers, multipliers

from .test_equal_datapaths import agree

INT8 = get_format("int8")


def path_of(accumulator, multiplier=None):
    """A datapath without an output stage."""
    return Datapath(multiplier or ExactProduct(), accumulator, "first", "sum", None)


def register(width, overflow, rounding="toward_zero", *, signed=True, step=0):
    """A register of so many bits in steps of 2**step."""
    name = f"{'' if signed else 'u'}q{width - signed + step}.{-step}"
    return Projection(fixed_format(name, width - signed + step, -step, signed=signed), rounding, overflow)


def legal(width, *, signed):
    """The overflow rules that suit every integer and refuse none."""
    found = []
    for name in (*RULES, "wrap:1", "wrap:2"):
        try:
            to = register(width, name, signed=signed)
            to(1 << width + 2)
        except ValueError:
            continue
        found.append(name)
    return found


def vectors(format, length):
    """Every vector of so many codes, one a row."""
    return np.stack(every_combination((format,) * length), axis=1)


def expected_chain(to, products):
    """A sequential sum by the specification's own steps: of every term alone, and of every term after every code that a
    register can hold."""
    kinds = np.unique(products)
    accumulator, codes = Sequential(to), range(1 << to.format.width)
    terms = [Term(dyadic(int(t), 0), None) for t in kinds]
    first = [accumulator.total([t], None, NO_PORT) for t in terms]
    held = [to.format.decode(code) for code in codes]
    after = [[accumulator.total([t], value, NO_PORT) for t in terms] for value in held]
    place = np.searchsorted(kinds, products)
    code, flags = (np.array([int(r[part]) for r in first])[place[0]] for part in (0, 1))
    tables = [np.array([[int(r[part]) for r in row] for row in after]) for part in (0, 1)]
    for term in place[1:]:
        flags |= tables[1][code, term]
        code = tables[0][code, term]
    return code, flags


def assert_chain(to, formats, length):
    """The engine on every pair of vectors."""
    x, y = (vectors(format, length) for format in formats)
    numbers = [np.array([int(f.decode(c)) for c in range(1 << f.width)]) for f in formats]
    left, right = numbers[0][x], numbers[1][y]
    codes, flags = expected_chain(to, left.T[:, :, None] * right.T[:, None, :])
    path = path_of(Sequential(to))
    found, raised = engine.matmul(Array(x, formats[0]), Array(y.T, formats[1]), path, flags=True)
    assert (found.codes == codes).all(), str(to)
    assert (raised == flags).all(), str(to)
    assert (engine.matmul(Array(x, formats[0]), Array(y.T, formats[1]), path).codes == codes).all(), str(to)
    return codes.size


@pytest.mark.clause("accumulate/sequential", "accumulate/write")
@pytest.mark.parametrize("width", range(1, 9))
def test_every_vector_of_three_small_integers(width):
    """All pairs of vectors of three int3, 262,144 sums, for every overflow rule that suits, or for wide registers some."""
    int3, checked = get_format("int3"), 0
    for signed in (True, False):
        rules = legal(width, signed=signed)
        assert {"saturate", "wrap", "saturate_symmetric", "saturate_zero", "integer_indefinite", "wrap:1"} <= {*rules}
        for overflow in rules if width < 6 else ("saturate", "wrap", "saturate_symmetric"):
            checked += assert_chain(register(width, overflow, signed=signed), (int3, int3), 3)
    assert checked >= 6 * 8**6


@pytest.mark.clause("accumulate/sequential", "project/round")
@pytest.mark.parametrize("rounding", DETERMINISTIC)
def test_every_rounding_rule_at_each_write(rounding):
    """Registers coarser than the products: all pairs of vectors of three codes."""
    formats = get_format("int3"), get_format("uint2")
    for (width, step), overflow in itertools.product(
        [(3, 1), (4, 2), (5, 1), (2, 3)], ("wrap", "saturate", "saturate_symmetric")
    ):
        assert_chain(register(width, overflow, rounding, step=step), formats, 3)


def test_every_vector_of_four_codes():
    """All pairs of vectors of four int2: 65,536 sums each."""
    int2 = get_format("int2")
    for width, overflow in itertools.product((2, 3, 4), ("wrap", "saturate", "wrap_sign_magnitude", "saturate_zero")):
        assert_chain(register(width, overflow), (int2, int2), 4)


WIDE = [
    "int8",
    "uint8",
    "int16",
    "q7.8",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float8_e4m3fn",
    "float8_e5m2",
    "posit8",
    "int3",
]


@settings(max_examples=100)
@given(st.data())
def test_operands_of_any_width(data):
    """Registers up to 128 bits, every order, wide operands, small floats whose products are integers in one unit."""
    x, y, others = (get_format(data.draw(st.sampled_from(WIDE))) for _ in range(3))
    agree(data, data.draw(datapaths(fixed_registers(data.draw(st.sampled_from([0, 8, 16]))))), x, y, others)


@settings(max_examples=40)
@given(st.data())
def test_longer_sums(data):
    """Sums of many terms in all orders, with operands so small that some sums leave the register and others do not."""
    formats = [get_format(data.draw(st.sampled_from(["int8", "uint8", "int4", "float4_e2m1fn"]))) for _ in range(2)]
    path = path_of(data.draw(accumulators(fixed_registers())), data.draw(multipliers(fixed_registers())))
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    length, rows = data.draw(st.sampled_from([17, 40, 70])), 3
    shapes = ((rows, length), (length, rows))
    reach = data.draw(st.sampled_from([2, 6, 200]))
    operands = [
        Array(rng.integers(-reach, reach, shape) & (1 << f.width) - 1, f) for f, shape in zip(formats, shapes, strict=True)
    ]
    assert_as_specified(*operands, path)


def outcome(compute):
    """What is computed, or the error."""
    try:
        return compute()
    except ValueError as error:
        return type(error), str(error)


def assert_as_specified(x, y, path):
    """The engine with and without flags beside the specification's word on every element."""
    found = outcome(lambda: engine.matmul(x, y, path, flags=True))
    every = {(i, j): NO_PORT for i in range(x.shape[0]) for j in range(y.shape[1])}
    expected = outcome(lambda: engine.matmul(x, y, path, ports=every, flags=True))
    if isinstance(expected[0], type):
        assert found == expected
        assert outcome(lambda: engine.matmul(x, y, path)) == expected
        return
    assert found[0].codes.tolist() == expected[0].codes.tolist()
    assert found[1].tolist() == expected[1].tolist()
    assert engine.matmul(x, y, path).codes.tolist() == expected[0].codes.tolist()


def saturating(products, low, high):
    """A saturating sum in plain integers, and whether it left the range."""
    total, left = 0, False
    for product in products:
        total += product
        left |= not low <= total <= high
        total = min(max(total, low), high)
    return total, left


@pytest.mark.clause("accumulate/sequential", "overflow/saturate")
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("bits", range(16, 25))
def test_up_and_back(bits, sign):
    """Sums that reach the end of a register of N bits to the last unit, or one more, and come back: registers of N-1, N and N+1
    bits, plain integers beside them. -128 * -128 is among the terms."""
    end = (1 << bits - 1) - (sign > 0)
    rows = []
    for excess in (-1, 0, 1):
        whole, rest = divmod(end + excess, 128 * 128 if sign > 0 else 128 * 127)
        up = [(-128, -128) if sign > 0 else (-128, 127)] * whole + [(127 * sign, 1)] * (rest // 127) + [(sign, rest % 127)]
        back = [(-a, b) if a > -128 else (127, b if b < 0 else -b) for a, b in up]
        rows.append(up + (back if sign > 0 else [(127, 1), *[(127, 127)] * (len(back) - 1)]))
    length = max(map(len, rows))
    rows = [row + [(0, 0)] * (length - len(row)) for row in rows]
    x, y = (np.array([[pair[side] for pair in row] for row in rows]) for side in (0, 1))
    answers = []
    for width in (bits - 1, bits, bits + 1):
        to = register(width, "saturate")
        low, high = -(1 << width - 1), (1 << width - 1) - 1
        expected = [saturating([a * b for a, b in row], low, high) for row in rows]
        codes, flags = engine.dot(Array(x & 0xFF, INT8), Array(y & 0xFF, INT8), path_of(Sequential(to)), flags=True)
        matrix, raised = engine.matmul(Array(x & 0xFF, INT8), Array(y.T & 0xFF, INT8), path_of(Sequential(to)), flags=True)
        for found, told in ((codes.codes, flags), (np.diagonal(matrix.codes), np.diagonal(raised))):
            assert found.tolist() == [total & (1 << width) - 1 for total, _ in expected]
            assert told.tolist() == [5 * left for _, left in expected]
        answers.append(tuple(total for total, _ in expected))
    assert answers[0] != answers[1]
    assert answers[1] != answers[2]
    assert [left for _, left in (saturating([a * b for a, b in r], -(1 << bits - 1), (1 << bits - 1) - 1) for r in rows)] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("x", "y", "length"),
    [(-128, -128, 1024), (-128, -128, 1025), (-128, 255, 3000), (255, 255, 70_000), (-8, -8, 300_000), (-32768, 32767, 3000)],
)
def test_matrix_products_make_no_error(x, y, length):
    """Sums of one sign at and past the last integer that binary32 has next to its neighbours."""
    a, b = np.full((length, 2), x), np.full((length, 3), y)
    a[0, 1] = b[-1, 2] = 1
    expected = a.T @ b
    for kind in (np.int16 if max(abs(x), y) < 1 << 15 else np.int32, np.int64):
        assert (matrix_sums(a.astype(kind), b.astype(kind), modular=False) == expected).all()
    assert (pair_sums(a, b[:, :2], modular=False) == np.diagonal(expected[:, :2])).all()


@pytest.mark.parametrize("kinds", [*itertools.product((np.int64, np.uint64, np.int32, np.uint32), repeat=2)])
def test_long_integers_in_pieces(kinds):
    """Products of up to 128 bits, beside Python's integers, and their last 64 bits."""
    rng = np.random.default_rng(5)
    x, y = (rng.integers(np.iinfo(k).min, np.iinfo(k).max, (70, 4), dtype=k, endpoint=True) for k in kinds)
    x[0], y[0] = np.iinfo(kinds[0]).min, np.iinfo(kinds[1]).max
    expected = x.astype(object).T @ y.astype(object)
    pairs = np.sum(x.astype(object) * y.astype(object), axis=0)
    assert (matrix_sums(x, y, modular=False) == expected).all()
    assert (pair_sums(x, y, modular=False) == pairs).all()
    for found, exact in ((matrix_sums(x, y, modular=True), expected), (pair_sums(x, y, modular=True), pairs)):
        assert ((found.astype(object) - exact) % (1 << 64) == 0).all()


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


@pytest.mark.clause("product/rounded")
@pytest.mark.parametrize(
    "names", [("int4", "int8"), ("uint8", "int3"), ("q2.5", "q2.5"), ("float8_e4m3fn", "int8"), ("int16", "q7.8")]
)
def test_products_of_a_register(names):
    """Rounded products: by a table as a matrix product, by a table step by step, and computed."""
    formats, rng = [get_format(name) for name in names], np.random.default_rng(3)
    x, y = (
        Array(rng.integers(0, 1 << f.width, shape).astype(code_dtype(f)), f)
        for f, shape in zip(formats, ((5, 20), (20, 4)), strict=True)
    )
    product = RoundedProduct(register(9, "integer_saturate", "ties_to_even", step=-1))
    for to in (
        register(24, "integer_saturate"),
        register(11, "wrap"),
        register(12, "integer_saturate", "toward_negative", step=1),
    ):
        if to.overflow.nan or "float" not in names[0]:
            for accumulator in (Sequential(to), Total(to), Tree((to,), 3)):
                assert_as_specified(x, y, path_of(accumulator, product))


@pytest.mark.clause("project/nan")
@pytest.mark.parametrize("overflow", ["saturate", "integer_saturate"])
def test_operands_that_are_no_numbers(overflow):
    """A NaN among the operands is refused, or has the code that the rule gives to it, in its row alone."""
    e4m3fn = get_format("float8_e4m3fn")
    x = Array(np.array([[0x38, 0xB8, 0x40], [0x38, 0x7F, 0x40]]), e4m3fn)
    y = Array(np.array([[0x38], [0x30], [0x80]]), e4m3fn)
    assert_as_specified(x, y, path_of(Sequential(register(20, overflow, step=-12))))


@pytest.mark.clause("overflow/error")
def test_the_first_refusal_is_raised():
    """Of several sums that overflow, the first in the order of the array is refused, in the specification's words."""
    x = Array(np.array([[1, 1, 1], [100, 100, 0], [50, 0, 127]]), INT8)
    y = Array(np.array([[100, 1], [100, 1], [127, 1]]), INT8)
    path = path_of(Sequential(register(15, "error")))
    with pytest.raises(ValueError, match=r"^20000 is outside the range of q14\.0$"):
        engine.matmul(x, y, path)
    assert_as_specified(x, y, path)


@pytest.mark.clause("accumulate/sequential")
def test_a_sticky_sum_raises_nothing_after_its_overflow():
    """Where steps are rounded, what comes after the overflow is not written, and not inexact either."""
    x = Array(np.array([[127, 127, 1], [4, 127, 127], [2, 2, 1]]), INT8)
    y = Array(np.array([[4], [4], [1]]), INT8)
    to = register(6, "integer_saturate", step=2)
    assert to.overflow.raises == Flags.INVALID
    for overflow in ("saturate", "wrap", "integer_saturate"):
        assert_as_specified(x, y, path_of(Sequential(register(6, overflow, step=2), sticky=True)))


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
    assert len(told) == 9
    assert told[-1] == (300 * 1100, 300 * 1100)
    assert (engine.matmul(left, right, path_of(Sequential(register(16, "wrap")))).codes == (x @ y) & 0xFFFF).all()

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.matmul(left, right, path, progress=stop)
