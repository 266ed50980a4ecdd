"""Requantization: each model against what its source computes, written out in C's semantics, and the published facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.overflow import OverflowRaised
from refsim.spec.requantization import (
    MODELS,
    divide_by_power_of_two,
    doubling_high_multiply,
    get_model,
    reduced_multiplier,
    requantize,
)

from .c_requantization import (
    INT32_MAX,
    INT32_MIN,
    RENDERINGS,
    requantized,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

INT8, UINT8, INT16, INT32 = map(get_format, ("int8", "uint8", "int16", "int32"))
ENDS = (INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX - 1, INT32_MAX)
RESULTS = (*range(-129, -125), *range(-2, 3), *range(125, 129))


def signed(code, format):
    """The integer that a code names."""
    return int(format.decode(code))


def attempt(name, *operands):
    """The integer that the specification gives, or ``None`` where it has none."""
    try:
        return signed(requantize(name, *operands), operands[4])
    except OverflowRaised:
        return None
    except ValueError as error:
        assert "which a TOSA shift of" in str(error)
        return None


def ties(name, m, s):
    """Accumulators around the middles between results at the ends of int8 and near zero."""
    over, under = (m, 1 << s) if name.startswith("tosa") else (m << max(s, 0), 1 << 31 + max(-s, 0))
    low = -(1 << MODELS[name].accumulators.width - 1)
    for result in RESULTS:
        at = (2 * result + 1) * under // (2 * over)
        yield from (x for x in (at - 1, at, at + 1) if low <= x < -low)


def configurations():
    """Multipliers and shifts of every model, the least and the greatest among them."""
    for name, model in MODELS.items():
        if name in {"dpu", "float_scale"}:
            continue
        least, greatest = model.multipliers
        low, high = model.shifts
        multipliers = [(greatest >> 1) + 1, (greatest >> 1) + 2, greatest, greatest * 5 // 7, 1, 0, max(least, -greatest)]
        shifts = sorted({low, high, -31, -11, -7, -2, -1, 0, 1, 4, 15, 22, 31, 32, 38, 40})
        for s in shifts:
            if low <= s <= high:
                for m in multipliers:
                    yield name, m, s


@pytest.mark.clause(
    *("requantize/gemmlowp", "requantize/tflite-single", "requantize/tflite-int64", "requantize/tosa-32"),
    *("requantize/tosa-32-double", "requantize/tosa-16", "requantize/cmsis-nn", "requantize/cmsis-nn-single"),
    *("requantize/halide", "requantize/left-shift", "requantize/output-stage", "requantize/tosa-reach"),
)
def test_around_ties():
    """Every model around the ties of results at both ends and near zero, and at the ends of the accumulator, against the
    formulas of its source; where those leave the result undefined there is none."""
    checked, refused = 0, 0
    for name, m, s in configurations():
        operands = [*ENDS, *(ties(name, m, s) if m > 0 else ())]
        for x in operands:
            for z in (0, 3):
                expected = requantized(name, x, m, s, z, -128, 127)
                assert attempt(name, x, m, s, z, INT8) == expected, (name, x, m, s, z)
                checked += 1
                refused += expected is None
    assert checked > 10_000
    assert checked // 100 < refused < checked // 2


@pytest.mark.clause("requantize/output-stage")
@given(st.sampled_from(sorted(RENDERINGS)), st.data())
def test_the_whole_domain(name, data):
    """Any accumulator, multiplier, shift, zero point and range that a model takes."""
    model = MODELS[name]
    format = data.draw(st.sampled_from([INT8, UINT8, INT16, INT32]))
    least, greatest = -format.top_negative, format.top
    bits = data.draw(st.integers(1, model.accumulators.width - 1))
    x = data.draw(st.integers(-(1 << bits), (1 << bits) - 1))
    m = data.draw(st.integers(*(model.multipliers if name != "float_scale" else (1, 0x7F7FFFFF))))
    s = data.draw(st.integers(*model.shifts))
    z, *ends = data.draw(st.tuples(*[st.integers(least, greatest)] * 3))
    low, high = sorted(ends)
    assert attempt(name, x, m, s, z, format, low, high) == requantized(name, x, m, s, z, low, high)


@pytest.mark.clause("requantize/doubling-high-multiply")
def test_doubling_high_multiply():
    """Ties toward plus infinity, of either sign; the one product that saturates; and gemmlowp's own formula."""
    assert [doubling_high_multiply(x, 1 << 30) for x in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
    assert doubling_high_multiply(INT32_MIN, INT32_MIN) == INT32_MAX
    assert doubling_high_multiply(INT32_MIN, INT32_MIN + 1) == INT32_MAX
    assert doubling_high_multiply(INT32_MIN, INT32_MAX) == INT32_MIN + 1
    for a in ENDS:
        for b in (*ENDS, 1 << 30, -(1 << 30), (1 << 30) + 1, 3 << 29):
            assert doubling_high_multiply(a, b) == saturating_rounding_doubling_high_mul(a, b)


@pytest.mark.clause("requantize/divide-by-power-of-two")
def test_divide_by_power_of_two():
    """Ties away from zero: -2.5 becomes -3."""
    assert [divide_by_power_of_two(x, 1) for x in (-5, -3, -1, 0, 1, 3, 5)] == [-3, -2, -1, 0, 1, 2, 3]
    for exponent in (0, 1, 2, 3, 15, 30, 31):
        half = 1 << exponent >> 1
        for x in {*ENDS, *(n * half + d for n in range(-5, 6) for d in (-1, 0, 1))}:
            if INT32_MIN <= x <= INT32_MAX:
                assert divide_by_power_of_two(x, exponent) == rounding_divide_by_pot(x, exponent)


@pytest.mark.clause("requantize/reduced-multiplier", "requantize/tflite-int64")
def test_reduced_multiplier():
    """The upper 16 bits, rounded, and the cap at 0x7FFF, which begins where rounding would give one more."""
    known = {0: 0, 0x7FFF: 0, 0x8000: 1, 0x40000000: 0x4000, 0x40007FFF: 0x4000, 0x40008000: 0x4001}
    known |= {0x7FFEFFFF: 0x7FFF, 0x7FFF0000: 0x7FFF, 0x7FFF7FFF: 0x7FFF, 0x7FFF8000: 0x7FFF, 0x7FFFFFFF: 0x7FFF}
    assert {m: reduced_multiplier(m) for m in known} == known


@pytest.mark.clause("requantize/gemmlowp", "requantize/tflite-single", "requantize/halide", "requantize/tosa-32-double")
def test_ties_of_a_half():
    """-2.5 is -3 with double rounding and -2 with single; an x just below half of the last place goes up twice."""
    half = 1 << 30
    results = {name: requantize(name, -5, half, 0, 0, INT8) - 256 for name in ("gemmlowp", "tflite_single", "halide")}
    assert results == {"gemmlowp": -2, "tflite_single": -2, "halide": -2}
    results = {name: requantize(name, -10, half, -1, 0, INT8) - 256 for name in ("gemmlowp", "tflite_single", "halide")}
    assert results == {"gemmlowp": -3, "tflite_single": -2, "halide": -2}
    assert requantize("tosa_32", -10, half, 32, 0, INT8) - 256 == -2
    assert requantize("tosa_32_double", -10, half, 32, 0, INT8) - 256 == -3
    # 1/4 of 1 is 1/4: half of the last place after the first rounding, and one after the second.
    assert [requantize(name, 1, half, -1, 0, INT8) for name in ("gemmlowp", "tflite_single", "halide")] == [1, 0, 1]


@pytest.mark.clause("requantize/dpu")
def test_dpu():
    """floor(y + 0.5): 2.5 is 3, -2.5 is -2, -1.5 is -1; clamped to -128..127; and shifts to the left."""
    assert [signed(requantize("dpu", x, 1, 1, 0, INT8), INT8) for x in (5, -5, -3, 255, 254, -257, -258)] == [
        *(3, -2, -1, 127, 127, -128, -128),
    ]
    assert signed(requantize("dpu", -3, 1, -4, 0, INT8), INT8) == -48
    assert signed(requantize("dpu", INT32_MIN, 1, -31, 0, INT8), INT8) == -128


@pytest.mark.clause("requantize/float-scale")
def test_float_scale():
    """Three roundings: of the accumulator, of the product and to an integer, each with ties to even."""
    half, third = 0x3F000000, 0x3EAAAAAB
    assert [requantize("float_scale", x, half, 0, 0, INT16) for x in (1, 3, 5, 7)] == [0, 2, 2, 4]
    # 2**24 + 1 is no binary32 number: it becomes 2**24, and 2**24 + 3 becomes 2**24 + 4.
    one = 0x3F800000
    assert [requantize("float_scale", x, one, 0, 0, INT32) for x in ((1 << 24) + 1, (1 << 24) + 3)] == [1 << 24, (1 << 24) + 4]
    # A third of 3 rounds to 1 in binary32, though the scale is above a third.
    assert requantize("float_scale", 3, third, 0, 0, INT8) == 1
    assert requantize("float_scale", INT32_MAX, 0x7F7FFFFF, 0, 0, INT32) == INT32_MAX
    for wrong in (0x80000000, 0x7F800000, 0x7FC00000, 0xBF800000):
        with pytest.raises(ValueError, match="needs the binary32 code of a positive finite scale"):
            requantize("float_scale", 1, wrong, 0, 0, INT8)


@pytest.mark.clause("requantize/left-shift", "requantize/cmsis-nn-single", "requantize/output-stage")
def test_what_does_not_fit():
    """Where the sources overflow an int32 there is no result."""
    half = 1 << 30
    for operands in (
        ("gemmlowp", 1 << 30, half, 1, 0),
        ("cmsis_nn", -(1 << 30) - 1, half, 1, 0),
        ("tflite_single", 1 << 30, half, 30, 0),
        ("tflite_int64", 1 << 40, half, 0, 0),
        ("tosa_16", 1 << 40, 1 << 14, 14, 0),
        ("cmsis_nn_single", 1 << 30, half, 1, 0),
        ("gemmlowp", INT32_MAX, INT32_MAX, 0, 2),
    ):
        with pytest.raises(OverflowRaised, match="outside the range of int32"):
            requantize(*operands, INT8)
    # A result that would fit, though its double does not.
    assert requantize("tflite_single", 1 << 30, half, 1, 0, INT32) == 1 << 30


@pytest.mark.clause("requantize/domain", "requantize/limits", "requantize/tosa-reach")
@pytest.mark.parametrize(
    ("operands", "message"),
    [
        (("gemmlow", 0, 0, 0, 0, INT8), "unknown requantization model 'gemmlow'; the models are gemmlowp, tflite_single,"),
        (("gemmlowp", 1 << 31, 0, 0, 0, INT8), "accumulator 2147483648 of gemmlowp is not in -2147483648..2147483647"),
        (("tflite_single", 0, -1, 0, 0, INT8), "multiplier -1 of tflite_single is not in 0..2147483647"),
        (("cmsis_nn", 0, INT32_MIN, 0, 0, INT8), "multiplier -2147483648 of cmsis_nn is not in -2147483647..2147483647"),
        (("tflite_int64", 0, 1, 8, 0, INT8), "shift 8 of tflite_int64 is not in -31..7"),
        (("tosa_32", 0, 1, 1, 0, INT8), "shift 1 of tosa_32 is not in 2..62"),
        (("tosa_16", 0, 1 << 15, 2, 0, INT8), "multiplier 32768 of tosa_16 is not in 0..32767"),
        (("tosa_32", 2, 1, 2, 0, INT8), r"accumulator 2 is not in -2\*\*1..2\*\*1 - 1, which a TOSA shift of 2 needs"),
        (("dpu", 0, 2, 0, 0, INT8), "multiplier 2 of dpu is not in 1..1"),
        (("gemmlowp", 0, 0, 0, 128, INT8), "zero point 128 is not in -128..127 of int8"),
        (("gemmlowp", 0, 0, 0, 0, INT8, -129), "low -129 is not in -128..127 of int8"),
        (("gemmlowp", 0, 0, 0, 0, INT8, 0, 128), "high 128 is not in -128..127 of int8"),
        (("gemmlowp", 0, 0, 0, 0, INT8, 1, 0), "low 1 is above high 0"),
        (
            ("gemmlowp", 0, 0, 0, 0, get_format("binary16")),
            "a result of requantization needs an integer format, which binary16",
        ),
    ],
)
def test_refusals(operands, message):
    """What is outside the domain is refused, in one line."""
    with pytest.raises(ValueError, match=message):
        requantize(*operands)


@pytest.mark.clause("requantize/output-stage", "requantize/limits")
def test_the_zero_point_is_added_after_rounding():
    """With ties away from zero the result of -2.5 and a zero point of 10 is 7, not 8; the activation range cuts it."""
    assert requantize("gemmlowp", -10, 1 << 30, -1, 10, INT8) == 7
    assert requantize("gemmlowp", 1000, 1 << 30, 0, 10, INT8, 10, 30) == 30
    assert requantize("gemmlowp", -1000, 1 << 30, 0, 10, INT8, 10, 30) == 10
    assert get_model("gemmlowp").point == 31


@pytest.mark.clause("requantize/float-scale", "requantize/output-stage")
@pytest.mark.parametrize(("acc", "wanted"), [((1 << 31) - 1, 255), (-(1 << 31), 0)])
@pytest.mark.parametrize("zero_point", [0, 200])
def test_products_beyond_all_integers(acc, wanted, zero_point):
    """A product that no integer type holds is an end of the result's range, whatever the zero point: nothing is refused."""
    greatest = 0x7F7FFFFF
    assert requantize("float_scale", acc, greatest, 0, zero_point, get_format("uint8")) == wanted
