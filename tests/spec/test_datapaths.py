"""Datapaths against loops over integers and over the host's floats: dot and matrix products, bias, scales, output, trace."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.accumulators import Kahan, Pairwise, Sequential, Total
from refsim.spec.alignment import Alignment
from refsim.spec.arithmetic import dot_product, fma
from refsim.spec.catalogue import get_format
from refsim.spec.datapaths import Datapath, dot, matmul, trace
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection
from refsim.spec.terms import Port, flips

from .sums import PAST, code_of, floating, host, integer, register, step_by_step

EXACT, SINGLE, HALF = ExactProduct(), floating("binary32"), floating("binary16")
INT8S = st.integers(-128, 127)
WIDE = Datapath(EXACT, Sequential(register(32, "wrap")), "first", "sum", None)
ONE = [integer(1)]


def plain(accumulator, multiplier=EXACT, bias="first", scaling="sum", output=None):
    """A datapath, by default one without an output stage of its own."""
    return Datapath(multiplier, accumulator, bias, scaling, output)


def ints(values, name="int8"):
    """Integers as numbers."""
    return [integer(n, name) for n in values]


def halves(values):
    """Floats of the host's as numbers of binary16."""
    return [host(x, "binary16") for x in values]


@pytest.mark.clause("datapath/dot", "accumulate/sequential")
@given(
    st.lists(st.tuples(INT8S, INT8S), max_size=10),
    st.integers(10, 24),
    st.none() | INT8S,
    st.sampled_from(["wrap", "saturate"]),
)
def test_integer_dot_products(pairs, width, bias, wraps):
    """int8 times int8 into registers of 10 to 24 bits, saturating and wrapping, from a bias or from the first product."""
    xs, ys = ([pair[i] for pair in pairs] for i in (0, 1))
    overflow = "wrap" if wraps else "saturate"
    held, over = step_by_step([x * y for x, y in pairs], bias, width, overflow)
    to = register(width, overflow)
    code, flags = dot(ints(xs), ints(ys), plain(Sequential(to)), None if bias is None else integer(bias))
    assert (to.format.decode(code), flags) == (held, PAST if over else Flags.NONE)


@pytest.mark.clause("datapath/dot")
def test_the_width_that_tells():
    """Two products of -128 * -128 need 17 bits: 16 saturate or wrap them, and a third sum of 17 bits more."""
    xs = ints([-128, -128])
    for width, overflow, expected in ((16, "saturate", 32767), (16, "wrap", -32768), (17, "saturate", 32768)):
        to = register(width, overflow)
        assert to.format.decode(dot(xs, xs, plain(Sequential(to))).code) == expected


small = st.floats(-30, 30, width=16).filter(lambda x: abs(x) > 2**-10 or x == 0)
vectors = st.lists(st.tuples(small, small), min_size=1, max_size=10)


@pytest.mark.clause("datapath/dot", "accumulate/sequential", "product/exact")
@given(vectors, st.floats(-100, 100, width=16))
def test_products_of_binary16_in_binary32(pairs, bias):
    """The loop of a C programmer: the products are exact in the host's binary32, and each sum is rounded."""
    held = np.float32(bias)
    for x, y in pairs:
        held = held + np.float32(x) * np.float32(y)
    xs, ys = ([pair[i] for pair in pairs] for i in (0, 1))
    found = dot(halves(xs), halves(ys), plain(Sequential(SINGLE)), host(bias, "binary16"))
    assert found.code == code_of(held, "binary32")


@pytest.mark.clause("datapath/dot", "accumulate/pairwise", "accumulate/sequential", "product/rounded")
@given(vectors)
def test_products_and_sums_in_binary16(pairs):
    """Everything in binary16: a loop, and NumPy's own halves."""
    xs, ys = (np.array([pair[i] for pair in pairs], np.float16) for i in (0, 1))
    rounded, made = RoundedProduct(HALF), xs * ys
    held = made[0]
    for x in made[1:]:
        held = held + x

    def halved(some):
        return some[0] if len(some) == 1 else halved(some[: len(some) // 2]) + halved(some[len(some) // 2 :])

    for accumulator, expected in ((Sequential(HALF), held), (Pairwise(HALF), halved(made))):
        assert dot(halves(xs), halves(ys), plain(accumulator, rounded)).code == code_of(expected, "binary16")


@pytest.mark.clause("datapath/dot", "accumulate/sequential", "arithmetic/fma")
@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 0xFFFF))
def test_a_chain_of_fused_multiply_adds(pairs, start):
    """From a bias, with exact products, every step is one ``fma``, of special data too; the flags are all of theirs."""
    e5m2, half = get_format("float8_e5m2"), get_format("binary16")
    xs, ys = ([Number(pair[i], e5m2) for pair in pairs] for i in (0, 1))
    held = HALF(Number(start, half).exact)
    flags = held.flags
    for x, y in zip(xs, ys, strict=True):
        held = fma(x, y, Number(held.code, half), HALF)
        flags |= held.flags
    assert dot(xs, ys, plain(Sequential(HALF)), Number(start, half)) == (held.code, flags)


@pytest.mark.clause("datapath/dot", "accumulate/total", "arithmetic/dot-product")
@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_total_is_the_exact_dot_product(pairs):
    """With exact products and a total a datapath is the operation ``dot_product``."""
    e4m3 = get_format("float8_e4m3fn")
    xs, ys = ([Number(pair[i], e4m3) for pair in pairs] for i in (0, 1))
    assert dot(xs, ys, plain(Total(HALF))) == dot_product(xs, ys, HALF)


@pytest.mark.clause("datapath/dot")
def test_flags_of_products_count():
    """An invalid product, and an inexact one, raise their flags in the dot product."""
    half = get_format("binary16")
    zero, infinity, one = (Number(code, half) for code in (0, 0x7C00, 0x3C00))
    assert dot([zero, one], [infinity, one], plain(Sequential(SINGLE))) == (0x7FC00000, Flags.INVALID)
    narrow = RoundedProduct(Projection("int4", "toward_zero", "saturate"))
    assert dot(ints([3, 1]), ints([3, -7]), plain(Sequential(register(16, "wrap")), narrow)) == (0, PAST)


@pytest.mark.clause("datapath/output", "datapath/dot")
def test_places_of_a_bias():
    """A bias of 100 in 8 bits: first, it is in the way of 50 - 50; last, it is not; at the output it is not in the register."""
    to, xs, ys = register(8, "saturate"), ints([50, -50]), ints([1, 1])
    results = {place: dot(xs, ys, plain(Sequential(to), bias=place), integer(100)) for place in ("first", "last", "output")}
    assert results == {"first": (77, PAST), "last": (100, Flags.NONE), "output": (100, Flags.NONE)}
    wide = register(16, "saturate")
    paths = [plain(Sequential(to), bias=place, output=wide) for place in ("last", "output")]
    assert [dot(ints([100]), ints([1]), path, integer(100)) for path in paths] == [(127, PAST), (200, Flags.NONE)]
    writes = [write[:2] for write in trace(ints([100]), ints([1]), paths[0], integer(100))]
    assert writes == [("sum", 0), ("bias", 0), ("output", 0)]


@pytest.mark.clause("datapath/output", "datapath/scale-terms")
def test_places_of_scales():
    """7 and 7 scaled by 1/8 and by 3, cut off: as terms 21/8 each, as a sum 42/8, in steps 14/8 and then three times 1."""
    scales, to = [host(0.125, "binary16"), host(3.0, "binary16")], register(16, "saturate")
    found = {
        scaling: dot(ints([7, 7]), ints([1, 1]), plain(Sequential(to), scaling=scaling), scales=scales)
        for scaling in ("terms", "sum", "steps")
    }
    assert found == {"terms": (4, Flags.INEXACT), "sum": (5, Flags.INEXACT), "steps": (3, Flags.INEXACT)}
    assert dot(ints([7, 7]), ints([1, 1]), plain(Total(to), scaling="terms"), scales=scales) == (5, Flags.INEXACT)


@pytest.mark.clause("datapath/output")
@given(st.lists(st.tuples(INT8S, INT8S), min_size=1, max_size=6), small, small, st.floats(-30, 30, width=16))
def test_scales_after_each_other_in_binary32(pairs, s, t, bias):
    """An int32 sum scaled twice in binary32, with a bias added behind: three operations of the host's."""
    total = sum(x * y for x, y in pairs)
    expected = np.float32(total) * np.float32(s) * np.float32(t) + np.float32(bias)
    xs, ys = ([pair[i] for pair in pairs] for i in (0, 1))
    path = plain(Sequential(register(32, "wrap")), bias="output", scaling="steps", output=SINGLE)
    code, _ = dot(ints(xs), ints(ys), path, host(bias, "binary16"), halves([s, t]))
    assert code == code_of(expected, "binary32") or not expected


@pytest.mark.clause("datapath/scale-terms")
def test_scaled_terms_are_held_at_their_exponents():
    """Scaled terms are aligned with the exponents of their scales: 1.5 * 1.5 * 3 by factors is at 1, by value at 2."""
    three_halves, three, eighth, one = halves([1.5, 3, 0.125, 1])
    exact = {}
    for kind in ("value", "factors"):
        accumulator = Sequential(SINGLE, 2, Alignment(3, "toward_zero", kind, with_sum=True))
        code, _ = dot([three_halves, eighth], [three_halves, one], plain(accumulator, scaling="terms"), scales=[three])
        exact[kind] = SINGLE.format.decode(code)
    # 27/4 in halves is 13/2, and 3/8 none of them; in quarters they are 27/4 and 1/4.
    assert exact == {"value": Fraction(13, 2), "factors": Fraction(7)}


@pytest.mark.clause("datapath/output")
def test_an_output_of_its_own():
    """Without scales the register is written to the output as it is, rounded and limited there."""
    path = plain(Sequential(register(24, "wrap")), output=Projection("int8", "toward_zero", "saturate"))
    assert dot(ints([100, 1]), ints([100, 1]), path) == (127, PAST)
    assert path.to == path.output
    assert plain(Total(HALF)).to == HALF


@pytest.mark.clause("datapath/output", "project/flush-inputs")
def test_operands_of_the_output_are_read_by_its_projection():
    """A subnormal bias, scale or sum counts as zero where the projection that it goes into flushes its inputs."""
    one, tiny, huge = host(1.0, "binary16"), host(2.0**-24, "binary16"), host(2.0**10, "binary16")
    flushing = Projection("binary16", "ties_to_even", "infinity", subnormals="flush_inputs")
    scaled = Fraction(2) ** -14
    for to, kept, extra in ((HALF, scaled, tiny.exact), (flushing, 0, 0)):
        found = [
            dot([one], [one], plain(Sequential(to), bias="last"), tiny),
            dot([tiny], [huge], plain(Sequential(to), bias="last"), tiny),
            dot([one], [tiny], plain(Sequential(HALF), output=to), None, [huge]),
            dot([one], [tiny], plain(Sequential(HALF), bias="output", output=to), tiny, [huge]),
        ]
        assert [HALF.format.decode(code) for code, _ in found] == [1, scaled + extra, kept, kept + extra]


@pytest.mark.clause("datapath/dot", "accumulate/write")
def test_a_trace_has_every_write():
    """Products, partial sums, bias and output, in order, with the flags of each; the last one is the result."""
    to, wide = register(8, "saturate"), register(16, "saturate")
    path = plain(Sequential(to), RoundedProduct(wide), bias="output", scaling="steps", output=wide)
    xs, ys, scales = ints([100, 50, -60]), ints([1, 1, 1]), ints([2, 3])
    expected = [
        ("product", 0, 100, Flags.NONE),
        ("product", 1, 50, Flags.NONE),
        ("product", 2, -60, Flags.NONE),
        ("sum", 0, 100, Flags.NONE),
        ("sum", 1, 127, PAST),
        ("sum", 2, 67, Flags.NONE),
        ("output", 0, 134, Flags.NONE),
        ("output", 1, 402, Flags.NONE),
        ("output", 2, 405, Flags.NONE),
    ]
    writes = trace(xs, ys, path, integer(3), scales)
    held = [
        (w.register, w.step, (to if w.register == "sum" else wide).format.decode(w.result.code), w.result.flags) for w in writes
    ]
    assert held == expected
    assert dot(xs, ys, path, integer(3), scales) == (405, PAST)
    faulty = dot(xs, ys, path, integer(3), scales, flips({("output", 0): 1, ("sum", 1): 0x40}))
    assert wide.format.decode(faulty.code) == ((63 - 60) * 2 ^ 1) * 3 + 3


@pytest.mark.clause("datapath/dot", "accumulate/write")
@pytest.mark.parametrize(
    "accumulator", [Sequential(SINGLE), Sequential(SINGLE, 2), Pairwise(SINGLE), Total(SINGLE), Kahan(SINGLE)]
)
def test_watching_changes_nothing(accumulator):
    """A trace sees the codes of the sum that nobody watches."""
    xs = halves([1.5, -2.25, 0.0625, 1000, -999])
    writes = trace(xs, xs, plain(accumulator))
    result = dot(xs, xs, plain(accumulator))
    assert [write.result.code for write in writes if write.register == "sum"][-1] == result.code
    flags = Flags.NONE
    for write in writes:
        flags |= write.result.flags
    assert result.flags == flags


def numbers(matrix):
    """A matrix of integers as numbers."""
    return [ints(map(int, row)) for row in matrix]


@pytest.mark.clause("datapath/matmul", "datapath/dot")
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(0, 1 << 20))
def test_matrix_products(m, k, n, seed):
    """NumPy's integer product, plus the bias of each column, times the scales of each row, each column and each element."""
    rng = np.random.default_rng(seed)
    a, b, bias, *scales = (rng.integers(-128, 128, shape) for shape in ((m, k), (k, n), n, (m, 1), (1, n), (m, n), (1, 1)))
    path = plain(Sequential(register(32, "wrap")), output=register(64, "wrap"))
    found = matmul(numbers(a), numbers(b), path, ints(map(int, bias)), [numbers(scale) for scale in scales])
    expected = a @ b + bias
    for scale in scales:
        expected = expected * scale
    assert [[path.to.format.decode(result.code) for result in row] for row in found] == expected.tolist()


@pytest.mark.clause("datapath/matmul")
def test_each_element_has_its_port():
    """A fault belongs to one element of the product."""
    path = plain(Sequential(register(16, "saturate")))
    a, b = [ints([1, 2]), ints([3, 4])], [ints([5, 6]), ints([7, 8])]
    clean = [[19, 22], [43, 50]]
    assert [[result.code for result in row] for row in matmul(a, b, path)] == clean
    found = matmul(a, b, path, port=lambda i, j: flips({("sum", 1): 0x100}) if (i, j) == (1, 0) else Port())
    assert [[result.code for result in row] for row in found] == [[19, 22], [43 + 256, 50]]


@pytest.mark.clause("datapath/dot", "datapath/matmul")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: plain(Total(HALF), bias="middle"), "bias 'middle' of a datapath is none of first, last, output"),
        (lambda: plain(Total(HALF), scaling="never"), "scaling 'never' of a datapath is none of terms, sum, steps"),
        (lambda: dot(ONE, ONE * 2, WIDE), "a dot product needs vectors of one length, not of 1 and 2 numbers"),
        (lambda: matmul([ONE * 2], [ONE], WIDE), "a matrix product needs rows of a of length 1, not 2"),
        (lambda: matmul([ONE * 2, ONE], [ONE] * 2, WIDE), "a matrix product needs rows of a of length 2, not 1"),
        (lambda: matmul([ONE * 2], [ONE, ONE * 2], WIDE), "a matrix product needs rows of b of length 1, not 2"),
        (lambda: matmul([ONE], [ONE * 2], WIDE, ONE), "a matrix product of 2 columns needs a bias of as many, not 1"),
        (
            lambda: matmul([ONE], [ONE * 2], WIDE, None, [[ONE * 3]]),
            r"scales of a product of 1 x 2 have 1 or all rows and columns, not 1 x \[3\]",
        ),
    ],
)
def test_what_does_not_fit(make, message):
    """Unknown places and shapes that do not fit are refused in one line."""
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()
