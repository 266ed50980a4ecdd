"""Engine and specification are equal for accumulators of integers and fixed point: every path through the engine's kernels."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Array, Projection, get_format
from refsim.engine import datapaths as engine
from refsim.engine.apply import every_combination
from refsim.engine.array import code_dtype
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


def assert_as_specified(x, y, path, bias=None):
    """The engine with and without flags beside the specification's word on every element."""
    found = outcome(lambda: engine.matmul(x, y, path, bias, flags=True))
    every = dict.fromkeys(np.ndindex(x.shape[0], y.shape[1]), NO_PORT)
    expected = outcome(lambda: engine.matmul(x, y, path, bias, ports=every, flags=True))
    if isinstance(expected[0], type):
        assert found == expected
        assert outcome(lambda: engine.matmul(x, y, path, bias)) == expected
        return
    assert found[0].codes.tolist() == expected[0].codes.tolist()
    assert found[1].tolist() == expected[1].tolist()
    assert engine.matmul(x, y, path, bias).codes.tolist() == expected[0].codes.tolist()


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


@pytest.mark.clause("accumulate/sequential", "overflow/saturate", "overflow/wrap")
@pytest.mark.parametrize("length", [1, 2, 4, 32])
def test_a_sum_one_past_the_end(length):
    """-128 * -128, so often that the sum is the first number past the end of the register: the bounds stop short of it."""
    x, y = (Array(np.full(shape, 0x80), INT8) for shape in ((1, length), (length, 1)))
    width = 15 + length.bit_length() - 1
    for overflow, code in (("saturate", (1 << width - 1) - 1), ("wrap", 1 << width - 1)):
        for to, expected, raised in ((register(width, overflow), code, 5), (register(width + 1, overflow), length << 14, 0)):
            for accumulator in (Sequential(to), Total(to), Pairwise(to), Blocked(2, Sequential(to), Sequential(to))):
                found, flags = engine.matmul(x, y, path_of(accumulator), flags=True)
                assert (found.codes.item(), flags.item()) == (expected, raised)
                assert engine.matmul(x, y, path_of(accumulator)).codes.item() == expected
        for narrow in (
            Tree((register(16, overflow), register(40, overflow))),
            Interleaved(3, Total(register(16, overflow)), Total(register(40, overflow))),
            Blocked(2, Total(register(16, overflow)), Total(register(40, overflow))),
        ):
            assert_as_specified(x, y, path_of(narrow))


ONE, OTHER = register(9, "saturate"), register(8, "wrap", "ties_to_even", step=2)
ORDERS = [
    Sequential(ONE, 3),
    Sequential(ONE, 2, sticky=True),
    Pairwise(ONE),
    Pairwise(OTHER, 2),
    Tree((ONE, OTHER), 2),
    Tree((OTHER,), 3),
    Blocked(4, Sequential(ONE), Sequential(OTHER)),
    Interleaved(3, Sequential(ONE), Pairwise(ONE)),
    Interleaved(9, Total(OTHER), Tree((ONE,))),
]


@pytest.mark.clause(
    "accumulate/sequential", "accumulate/pairwise", "accumulate/tree", "accumulate/blocked", "accumulate/interleaved"
)
@pytest.mark.parametrize("accumulator", ORDERS, ids=lambda accumulator: type(accumulator).__name__)
@pytest.mark.parametrize("length", [1, 2, 5, 7, 11])
def test_every_order(accumulator, length):
    """Registers so narrow that the order shows, with numbers of terms that do not divide evenly; with a bias and without."""
    rng = np.random.default_rng(length)
    x, y = (Array(rng.integers(-14, 15, shape) & 0xFF, INT8) for shape in ((6, length), (length, 5)))
    bias = Array(rng.integers(-120, 120, 5) & 0xFF, INT8)
    for start in (None, bias):
        assert_as_specified(x, y, path_of(accumulator), start)


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
