"""Engine and specification are equal for accumulators of floating-point numbers: every way of the engine's kernel."""

from functools import reduce
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim import Array, Projection, encode, get_format
from refsim.engine import float_sums
from refsim.engine.apply import every_combination
from refsim.engine.array import code_dtype
from refsim.engine.datapaths import KERNELS, matmul
from refsim.engine.jobs import Job
from refsim.spec import datapaths as spec
from refsim.spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from refsim.spec.alignment import Alignment
from refsim.spec.datapath_names import accumulator_name
from refsim.spec.datapaths import Datapath
from refsim.spec.exact import NAN, POSITIVE_INFINITY
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.mitchell import Mitchell
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.rounding import DETERMINISTIC
from refsim.testing.datapaths import accumulators, multipliers, registers, vectors

OPERANDS = ["e1m1", "float4_e2m1fn", "float6_e3m2fn", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "int4"]
WIDER = ["binary16", "bfloat16", "tf32", "binary32"]
EXACT = ExactProduct()


def to(register, rounding="ties_to_even", overflow="infinity", **options):
    """A register."""
    return Projection(register, rounding, overflow, **options)


def job_of(x, y, accumulator, multiplier=EXACT, initial=None, *, flags=True):
    """Rows of x against columns of y: arrays of shapes (M, K) and (N, K)."""
    start = None if initial is None else initial.codes
    formats = (x.format, y.format, None if initial is None else initial.format)
    return Job(x.codes.T[:, :, None], y.codes.T[:, None, :], start, formats, multiplier, accumulator, flags)


def numbers(codes, format):
    """Codes as the specification's numbers."""
    return [Number(int(code), format) for code in codes]


def specified(x, y, accumulator, multiplier, initial, i, j):
    """What the specification says of one sum; ``None`` where it refuses."""
    path = Datapath(multiplier, accumulator, "first", "sum", None)
    start = None if initial is None else Number(int(initial.codes[i, j]), initial.format)
    try:
        return spec.dot(numbers(x.codes[i], x.format), numbers(y.codes[j], y.format), path, start)
    except ValueError:
        return None


def agree(x, y, accumulator, multiplier=EXACT, initial=None, *, most_hard=1.0):
    """Codes and flags of every sum that the kernel decides; no more than a part is left to the specification."""
    job = job_of(x, y, accumulator, multiplier, initial)
    assert float_sums.KERNEL.suits(job)
    with np.errstate(all="ignore"):
        found, plain = float_sums.run(job), float_sums.run(job_of(x, y, accumulator, multiplier, initial, flags=False))
    for i, j in np.ndindex(job.shape):
        said = specified(x, y, accumulator, multiplier, initial, i, j)
        if said is None:
            assert found.hard[i, j]
            assert plain.hard[i, j]
            continue
        if not found.hard[i, j]:
            assert (found.codes[i, j], found.flags[i, j]) == (said.code, int(said.flags)), (i, j)
        if not plain.hard[i, j]:
            assert plain.codes[i, j] == said.code, (i, j)
    assert found.hard.mean() <= most_hard
    assert plain.hard.mean() <= most_hard


def array(codes, format):
    """Codes of a format, one row for each vector."""
    return Array(np.atleast_2d(np.asarray(codes)).astype(code_dtype(format)), format)


def every_vector(format, length):
    """Every vector of so many codes, one a row."""
    return array(np.stack(every_combination((format,) * length), axis=1), format)


def of_every_kind(held, wide):
    """One accumulator of each kind, of registers that are narrow and wide."""
    cut = Alignment(1, "toward_zero", "value", with_sum=False)
    nearest = Alignment(0, held.rounding, "factors", with_sum=True)
    return [
        Sequential(held),
        Sequential(held, 2),
        Sequential(held, sticky=True),
        Sequential(held, 2, cut),
        Sequential(wide, 3, nearest),
        Pairwise(held),
        Tree((held, wide), 3),
        Kahan(held),
        Blocked(2, Sequential(held), Total(wide)),
        Interleaved(2, Pairwise(wide), Kahan(held)),
    ]


@pytest.mark.parametrize("rule", DETERMINISTIC)
def test_every_vector_of_three_tiny_floats(rule):
    e1m1, e2m1 = get_format("e1m1"), get_format("e2m1")
    factors = array([[9, 1, 3]], e2m1)
    for accumulator in of_every_kind(to(e2m1, rule), to("float8_e4m3fn", rule)):
        agree(every_vector(e1m1, 3), factors, accumulator)


@pytest.mark.parametrize("rule", DETERMINISTIC)
def test_every_vector_of_three_numbers_of_four_bits(rule):
    """Two numbers in each of 256 rows, the third in each of 16 columns' only factor that is not one."""
    e2m1 = get_format("float4_e2m1fn")
    pairs = np.stack([*every_combination((e2m1, e2m1)), np.full(256, 2)], axis=1)
    thirds = np.stack([np.full(16, 2), np.full(16, 2), np.arange(16)], axis=1)
    agree(array(pairs, e2m1), array(thirds, e2m1), Sequential(to("e2m1", rule, "saturate")), most_hard=0)


@pytest.mark.parametrize("overflow", ["infinity", "saturate", "saturate_propagate", "saturate_zero"])
@pytest.mark.parametrize("rule", ["ties_to_even", "toward_zero", "toward_positive"])
def test_registers_without_normal_numbers(rule, overflow):
    """Numbers between the last one and the least normal one are past the end."""
    quarter, e2m1 = get_format("e2m2"), get_format("float4_e2m1fn")
    for register in ("e1m1", "e1m2"):
        agree(every_vector(quarter, 1), every_vector(e2m1, 1), Sequential(to(register, rule, overflow)), most_hard=0)
    x, y = array([[2, 2, 2], [9, 3, 2]], quarter), array([[4, 3, 2], [2, 12, 4]], e2m1)
    agree(x, y, Pairwise(to("e1m2", rule, overflow)), most_hard=0)


@settings(max_examples=120)
@given(st.data())
def test_everything_with_everything(data):
    x, y = (get_format(data.draw(st.sampled_from([*OPERANDS, *WIDER]))) for _ in range(2))
    held = registers(max_width=16) | st.builds(to, st.sampled_from(WIDER), st.sampled_from(sorted(DETERMINISTIC)))
    accumulator, multiplier = data.draw(accumulators(held)), data.draw(multipliers(held))
    pairs = [data.draw(vectors(x, y, data.draw(st.shared(st.sampled_from([0, 1, 2, 3, 5, 8]), key="length")))) for _ in "ab"]
    rows, columns = ([[z.code for z in pair[side]] for pair in pairs] for side in (0, 1))
    start = data.draw(st.none() | st.sampled_from(OPERANDS).map(get_format))
    initial = None if start is None else array(np.arange(4).reshape(2, 2) * 5 % (1 << start.width), start)
    left, right = (array(np.asarray(z).reshape(2, -1), f) for z, f in ((rows, x), (columns, y)))
    if float_sums.KERNEL.suits(job_of(left, right, accumulator, multiplier, initial)):
        agree(left, right, accumulator, multiplier, initial)


def normal(format, shape, seed, scale=1.0):
    """Normally distributed numbers, a few of them zeros of either sign."""
    random = np.random.default_rng(seed)
    values = random.standard_normal(shape) * scale
    values[random.random(shape) < 0.05] = -0.0
    return encode(values, Projection(format, "ties_to_even", "saturate"))


ALIGNED = Alignment(13, "toward_zero", "value", with_sum=False)
USUAL = [
    ("binary16", EXACT, Sequential(to("binary32"))),
    ("bfloat16", EXACT, Sequential(to("binary32"))),
    ("binary32", EXACT, Sequential(to("binary32"))),
    ("binary32", RoundedProduct(to("binary32")), Sequential(to("binary32"))),
    ("binary32", EXACT, Sequential(to("binary64"))),
    *(("binary16", EXACT, Sequential(to("binary32", rule))) for rule in DETERMINISTIC),
    *(("binary16", EXACT, Sequential(to("binary16", rule))) for rule in DETERMINISTIC),
    *(("float8_e4m3fn", EXACT, Sequential(to("binary16", rule, "saturate"))) for rule in DETERMINISTIC),
    ("float8_e5m2", EXACT, Sequential(to("binary16", overflow="saturate_finite"))),
    ("float8_e4m3fn", EXACT, Sequential(to("float8_e4m3fn", overflow="saturate"))),
    ("float8_e4m3fn", EXACT, Sequential(to("float8_e4m3fnuz"))),
    ("bfloat16", EXACT, Sequential(to("bfloat16"))),
    ("bfloat16", EXACT, Sequential(to("tf32"), 4)),
    ("binary16", RoundedProduct(to("binary16")), Sequential(to("binary16"))),
    ("float8_e4m3fn", EXACT, Sequential(to("binary32"), 4, ALIGNED)),
    ("float8_e4m3fn", EXACT, Sequential(to("binary32"), 16, ALIGNED)),
    ("binary16", EXACT, Sequential(to("binary32", "toward_zero"), 4, Alignment(24, "toward_zero", "factors", with_sum=True))),
    ("binary16", EXACT, Sequential(to("binary16"), 8, Alignment(3, "ties_to_away", "factors", with_sum=True))),
    ("bfloat16", EXACT, Pairwise(to("binary32"), 2)),
    ("binary16", EXACT, Tree((to("binary16"), to("binary32")))),
    ("binary16", EXACT, Kahan(to("binary16"))),
    ("float8_e4m3fn", EXACT, Blocked(4, Sequential(to("binary16")), Sequential(to("binary32")))),
    ("float8_e5m2", EXACT, Interleaved(3, Sequential(to("bfloat16")), Pairwise(to("binary32")))),
    ("binary16", EXACT, Sequential(to("posit16", overflow="saturate_finite"))),
    ("binary16", EXACT, Sequential(to("binary16", subnormals="flush", tininess="before"))),
]


@pytest.mark.parametrize(("operands", "multiplier", "accumulator"), USUAL)
@pytest.mark.parametrize("scale", [1.0, 2.0**-6, 30.0])
def test_usual_sums_are_all_decided(operands, multiplier, accumulator, scale):
    format = get_format(operands)
    x, y = normal(format, (3, 19), 1, scale), normal(format, (2, 19), 2, scale)
    agree(x, y, accumulator, multiplier, normal(get_format("float8_e5m2"), (3, 2), 3), most_hard=0)
    agree(x, y, accumulator, multiplier, most_hard=0)


@pytest.mark.parametrize("accumulator", of_every_kind(to("binary16"), to("binary32")), ids=accumulator_name)
@pytest.mark.parametrize("operands", ["binary16", "float8_e5m2", "binary32"])
def test_infinities_and_nans_among_numbers(operands, accumulator):
    format = get_format(operands)
    x, y = (normal(format, shape, seed) for shape, seed in (((5, 6), 1), ((4, 6), 2)))
    infinite, nan = (format.canonical(datum) for datum in (POSITIVE_INFINITY, NAN))
    sign = 1 << format.width - 1
    for z, code, places in (
        (x, infinite, ((0, 1), (0, 4), (1, 2), (2, 0))),
        (x, infinite | sign, ((1, 3), (2, 5))),
        (x, nan, ((3, 2),)),
        (x, infinite + 1, ((4, 5),)),
        (y, 0, ((0, 1), (2, 4))),
        (y, infinite, ((1, 2), (1, 1), (3, 0))),
    ):
        for place in places:
            z.codes[place] = code
    agree(x, y, accumulator, most_hard=0)


@pytest.mark.parametrize("register", ["bfloat16", "binary16", "binary32", "float8_e5m2"])
@pytest.mark.parametrize("rule", ["ties_to_even", "away_from_zero"])
def test_the_payload_of_a_nan_is_no_number_to_round(register, rule):
    single = get_format("binary32")
    x = array([[0x3F800000, 0x7FFFFFFF], [0xFFFFFFFF, 0x3F800000], [0x7FC00001, 0xFF800000]], single)
    agree(x, array([[0x3F800000, 0xBF800000]], single), Sequential(to(register, rule)), most_hard=0)


def test_a_sum_that_is_stuck_still_has_the_flags_of_all_products():
    e5m2 = get_format("float8_e5m2")
    x, y = one(e5m2, 57344.0, 57344.0, 2.0**-16), one(e5m2, 1.0, 1.0, 0.5)
    rounded = RoundedProduct(to("float8_e5m2", "toward_positive"))
    for accumulator in (Sequential(to("binary16"), sticky=True), Sequential(to("binary16"), 2, sticky=True)):
        agree(x, y, accumulator, rounded, most_hard=0)
        assert specified(x, y, accumulator, rounded, None, 0, 0).flags & Flags.UNDERFLOW


def one(format, *values):
    """Numbers of a format as one vector."""
    return encode(np.array([values]), Projection(format, "toward_zero", "error"))


@pytest.mark.parametrize("rule", DETERMINISTIC)
def test_sums_that_the_host_rounds_to_a_boundary_of_subnormal_numbers(rule):
    """The host's sum is a subnormal number of the register or in the middle of two, the exact sum just beside it."""
    half = get_format("binary16")
    for held, scale in product((2.0**-15, 2.0**-14, 1023 * 2.0**-24), (2.0**-45, 2.0**-44, -(2.0**-45), -(2.0**-44))):
        for a, b in ((1023, 1025), (962, 1090)):  # Products near 2**20.
            x, y = one(half, held, a * scale * 2.0**24), one(half, 1.0, b * 2.0**-24)
            agree(x, y, Sequential(to("binary16", rule)), most_hard=0)


@pytest.mark.parametrize("rule", DETERMINISTIC)
def test_terms_with_more_bits_than_the_register_are_ties_themselves(rule):
    """A product of 12 bits lies between two numbers of 11, and what is added to it is less than the host's last bit."""
    half = get_format("binary16")
    for (a, b), held, sign in product(((3, 683), (7, 293)), (2.0**-24, -(2.0**-24), 0), (1, -1)):
        agree(one(half, held, a * sign), one(half, 1.0, b), Sequential(to("binary16", rule)), most_hard=0)


@pytest.mark.parametrize("rule", DETERMINISTIC)
def test_ties_of_every_parity_and_sign(rule):
    half = get_format("binary16")
    for n, side, sign in product((1024, 1025, 2046, 2047), (0.5, 0.499755859375, 0.50048828125), (1, -1)):
        agree(one(half, n * sign, side * sign), one(half, 1.0, 1.0), Sequential(to("binary16", rule)), most_hard=0)


@pytest.mark.parametrize("register", ["binary16", "tf32", "binary32"])
@pytest.mark.parametrize("distance", range(18, 66, 3))
def test_what_two_numbers_hide_from_a_group(register, distance):
    """Two numbers that cancel, and one far below them, which the host's sums lose beyond their bits."""
    brain = get_format("bfloat16")
    for top, rule in product((-2, 14), ("ties_to_even", "away_from_zero")):
        x = one(brain, 2.0**top, 1.5 * 2.0 ** (top - distance), -(2.0**top))
        for accumulator in (Sequential(to(register, rule), 3), Tree((to(register, rule),), 3)):
            agree(x, one(brain, 1.0, 1.0, 1.0), accumulator, most_hard=0)


@pytest.mark.parametrize("rule", DETERMINISTIC)
def test_the_least_number_of_a_group_decides_a_tie(rule):
    brain = get_format("bfloat16")
    for register, distance, sign in product(("binary16", "binary32"), (30, 50, 60, 75), (1, -1)):
        tie = 2.0 ** -get_format(register).grid.precision
        x = one(brain, 1.0, sign * 2.0**-distance, tie)
        agree(x, one(brain, 1.0, 1.0, 1.0), Sequential(to(register, rule), 3), most_hard=0)


def test_a_last_number_that_ends_below_the_terms_is_not_lost_in_a_group():
    """65504, with 2**29 added and 2**29 + 2**15 taken away: the host's sum has no bit for the last one of 65504."""
    e5m2 = get_format("float8_e5m2")
    x, y = one(e5m2, *[2.0**15] * 6), one(e5m2, *[2.0**14] * 4, -(2.0**14), -1.0)
    agree(x, y, Sequential(to("binary16", overflow="saturate"), 3), most_hard=0)


@pytest.mark.parametrize("overflow", ["infinity", "saturate", "saturate_propagate"])
@pytest.mark.parametrize("rule", ["ties_to_even", "toward_zero", "to_odd"])
def test_sums_past_the_end_of_the_host_too(rule, overflow):
    brain = get_format("bfloat16")
    x, y = one(brain, *[2.0**63] * 12), one(brain, *[2.0**62] * 12)
    for register in ("bfloat16", "binary32"):
        agree(x, y, Sequential(to(register, rule, overflow)), most_hard=0)


@pytest.mark.parametrize("overflow", ["saturate", "saturate_symmetric", "saturate_propagate", "saturate_finite"])
@pytest.mark.parametrize("register", ["binary16", "bfloat16", "binary32"])
def test_what_stands_for_infinity_is_added_to(register, overflow):
    e5m2 = get_format("float8_e5m2")
    infinite, held = e5m2.canonical(POSITIVE_INFINITY), to(register, overflow=overflow)
    small, unit = (int(one(e5m2, value).codes[0, 0]) for value in (2.0**-8, 1.0))
    x, y = array([[infinite, small, unit], [small, infinite, infinite | 0x80]], e5m2), array([[unit] * 3], e5m2)
    for accumulator in (Sequential(held), Kahan(held), Blocked(2, Sequential(to("float8_e5m2")), Sequential(held))):
        agree(x, y, accumulator, most_hard=0)


def test_a_chain_of_additions_is_numpys():
    x, y = normal(get_format("binary32"), (7, 33), 1), normal(get_format("binary32"), (5, 33), 2)
    a, b = x.values().astype(np.float32), y.values().astype(np.float32)
    terms = [np.outer(a[:, k], b[:, k]) for k in range(33)]
    rounded = RoundedProduct(to("binary32"))

    def found(accumulator):
        path = Datapath(rounded, accumulator, "first", "sum", None)
        return matmul(x, Array(y.codes.T, y.format), path).codes.view(np.float32)

    def halves(terms):
        half = len(terms) // 2
        return terms[0] if len(terms) == 1 else halves(terms[:half]) + halves(terms[half:])

    assert np.array_equal(found(Sequential(to("binary32"))), reduce(np.add, terms))
    assert np.array_equal(found(Pairwise(to("binary32"))), halves(terms))


def test_a_chain_of_additions_in_binary16_is_numpys():
    """NumPy adds two binary16 numbers in binary32 and rounds the sum: twice, which is once."""
    x, y = normal(get_format("binary16"), (7, 40), 1, 3.0), normal(get_format("binary16"), (5, 40), 2, 3.0)
    a, b = (z.codes.view(np.float16) for z in (x, y))
    expected = reduce(np.add, [np.outer(a[:, k], b[:, k]) for k in range(40)])
    path = Datapath(RoundedProduct(to("binary16")), Sequential(to("binary16")), "first", "sum", None)
    assert np.array_equal(matmul(x, Array(y.codes.T, y.format), path).codes.view(np.float16), expected)


def test_the_engine_chooses_the_kernel():
    assert float_sums.KERNEL in KERNELS
    for operands, multiplier, accumulator in USUAL:
        x = normal(get_format(operands), (2, 3), 1)
        job = job_of(x, x, accumulator, multiplier)
        assert next(kernel for kernel in KERNELS if kernel.suits(job)) is float_sums.KERNEL


@pytest.mark.parametrize(
    ("accumulator", "multiplier"),
    [
        (Sequential(to("binary16", "stochastic_a:4")), EXACT),
        (Sequential(to("binary16", subnormals="flush_inputs")), EXACT),
        (Sequential(to("e1m2", subnormals="flush")), EXACT),
        (Sequential(to("binary64"), 2, ALIGNED), EXACT),
        (Sequential(to("binary32"), 4, Alignment(60, "toward_zero", "value", with_sum=False)), EXACT),
        (Sequential(to("binary16")), RoundedProduct(to("binary16", "stochastic_a:4"))),
    ],
)
def test_what_the_kernel_leaves_to_the_specification(accumulator, multiplier):
    x = normal(get_format("binary16"), (2, 3), 1)
    assert not float_sums.KERNEL.suits(job_of(x, x, accumulator, multiplier))


@pytest.mark.parametrize("shape", [(0, 3, 2), (2, 0, 3), (2, 3, 0)])
@pytest.mark.parametrize("accumulator", of_every_kind(to("binary16"), to("binary32")), ids=accumulator_name)
def test_nothing_to_add_or_nowhere_to_put_it(shape, accumulator):
    rows, length, columns = shape
    half = get_format("binary16")
    x, y = Array(np.zeros((rows, length), np.uint16), half), Array(np.zeros((columns, length), np.uint16), half)
    agree(x, y, accumulator) if rows and columns else float_sums.run(job_of(x, y, accumulator))


@pytest.mark.parametrize(
    "accumulator", [*of_every_kind(to("binary16"), to("binary32"))[:3], Pairwise(to("tf32", "toward_negative"))]
)
@pytest.mark.parametrize("names", [("int4", "float4_e2m1fn"), ("e2m1", "uint4")])
def test_terms_that_are_looked_up(names, accumulator):
    x, y = map(get_format, names)
    multiplier = Mitchell("mitchell", 0, 1, None)
    rows, columns = (array(np.random.default_rng(seed).integers(0, 16, (9, 5)), format) for seed, format in ((1, x), (2, y)))
    agree(rows, columns, accumulator, multiplier)
    found = float_sums.run(job_of(rows, columns, accumulator, multiplier))
    zero = Array(found.codes, accumulator.to.format).values() == 0
    assert "e2m1" in names or (found.hard == zero).all()


def test_sums_too_large_to_be_split():
    """Near the end of binary32, but far from it in the register, a product by a large factor would be infinite."""
    x, y = (Array(np.array(codes, np.uint16), get_format("bfloat16")) for codes in ([[0x5DFF, 0x5D01]], [[0x5D81, 0x5DFD]]))
    agree(x, y, Sequential(to("bfloat16")), most_hard=0)
