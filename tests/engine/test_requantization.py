"""Requantization on arrays is that of the specification, refusals included; and where one rounding and two differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim import engine, spec
from refsim.engine import Array
from refsim.spec.catalogue import get_format
from refsim.spec.requantization import MODELS

from ..spec.c_requantization import requantized

INT8, UINT8, INT16, INT32 = map(get_format, ("int8", "uint8", "int16", "int32"))
FORMATS = (INT8, UINT8, INT16, INT32, get_format("int4"), get_format("uint1"), get_format("int40"))


def outcome(call):
    """What a call gives, or its refusal."""
    try:
        found = call()
    except (ValueError, TypeError) as error:
        return type(error), str(error)
    return found.codes.tolist() if isinstance(found, Array) else found


def specified(name, operands, *rest):
    """The specification on broadcast operands, one by one."""
    shape = np.broadcast_shapes(*(np.shape(x) for x in operands))
    spread = [np.broadcast_to(np.asarray(x, dtype=object), shape) for x in operands]
    found = np.zeros(shape, dtype=object)
    for index in np.ndindex(shape):
        found[index] = spec.requantization.requantize(name, *(int(x[index]) for x in spread), *rest)
    return found


@pytest.mark.parametrize("name", MODELS)
@given(st.data())
def test_equals_the_specification(name, data):
    """Any operands within the domain, and some beyond it, of shapes that broadcast."""
    model, format = MODELS[name], data.draw(st.sampled_from(FORMATS))
    least, greatest = -format.top_negative, format.top
    slack = data.draw(st.sampled_from([0, 0, 0, 1]))
    width = data.draw(st.integers(1, model.accumulators.width - 1 + slack))
    shapes = data.draw(
        st.sampled_from([((), (), ()), ((6,), (), ()), ((3, 4), (4,), ()), ((2, 3), (2, 1), (3,)), ((0, 2), (), ())])
    )

    def some(shape, low, high):
        numbers = st.lists(st.integers(low, high), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))
        return np.array(data.draw(numbers), dtype=object).reshape(shape)

    x = some(shapes[0], -(1 << width), (1 << width) - 1)
    m = some(shapes[1], model.multipliers[0] - slack, (0x7F7FFFFF if name == "float_scale" else model.multipliers[1]) + slack)
    s = some(shapes[2], model.shifts[0] - slack, model.shifts[1] + slack)
    z = some(shapes[2], least, greatest)
    low, high = sorted((data.draw(st.integers(least, greatest)), data.draw(st.integers(least, greatest))))
    expected = outcome(lambda: specified(name, (x, m, s, z), format, low, high).tolist())
    assert outcome(lambda: engine.requantize(name, x, m, s, z, format, low, high)) == expected


@pytest.mark.parametrize("name", MODELS)
def test_ends_and_ties(name):
    """The ends of the accumulator and ties near the ends of int8, with every shift, on one array."""
    model = MODELS[name]
    top = model.accumulators.top
    for s in range(model.shifts[0], model.shifts[1] + 1):
        for m in (model.multipliers[1] if name != "float_scale" else 0x3F000001, 1, model.multipliers[1] // 2 + 1):
            scale = (s if model.point is None else 31 - s) if name != "float_scale" else 1
            middles = np.array(
                [(2 * y + 1 << max(scale, 1)) // (2 * m) for y in (-129, -128, -127, -1, 0, 1, 126, 127, 128)], dtype=object
            )
            x = np.array([-top - 1, top, 0, *middles, *(middles + 1), *(middles - 1)], dtype=object)
            x = x[(x <= top) & (x >= -top - 1)]
            for part in (x, x[2:]):
                expected = outcome(lambda part=part, m=m, s=s: specified(name, (part, m, s, 5), INT8).tolist())
                assert outcome(lambda part=part, m=m, s=s: engine.requantize(name, part, m, s, 5, INT8)) == expected


@pytest.mark.clause("requantize/doubling-high-multiply")
@pytest.mark.parametrize("name", ["gemmlowp", "halide"])
@pytest.mark.parametrize("format", [INT8, INT32])
def test_the_product_that_saturates(name, format):
    """-2**31 times itself, alone and among others, with a multiplier for all and one for each."""
    least = -(1 << 31)
    for s in (0, -1, -31):
        for x, m in (([least], least), ([least, 5], least), ([least, least, 7], [least, 3, least])):
            expected = specified(name, (x, m, s, 0), format).tolist()
            assert engine.requantize(name, x, m, s, 0, format).codes.tolist() == expected


def test_operands():
    """Arrays of an integer format, NumPy integers of any kind, and what is refused."""
    x = Array(np.array([0x80000000, 5, 0xFFFFFFFF], np.uint32), INT32)
    expected = engine.requantize("gemmlowp", [-(1 << 31), 5, -1], 1 << 30, 0, 0, INT8)
    assert (
        engine.requantize("gemmlowp", x, np.int32(1 << 30), np.int8(0), np.int8(0), INT8).codes.tolist()
        == expected.codes.tolist()
    )
    assert outcome(lambda: engine.requantize("gemmlowp", [1.0], 1, 0, 0, INT8)) == (
        TypeError,
        "an operand needs integers, not float",
    )
    assert outcome(lambda: engine.requantize("gemmlowp", [True], 1, 0, 0, INT8))[0] is TypeError
    assert outcome(
        lambda: engine.requantize("gemmlowp", Array(np.zeros(1, np.uint16), get_format("binary16")), 1, 0, 0, INT8)
    ) == (
        TypeError,
        "an operand needs an integer format of at most 63 bits, which binary16 is not",
    )
    assert outcome(lambda: engine.requantize("gemmlowp", [1 << 70], 1, 0, 0, INT8))[0] is ValueError
    for wrong in (("gemmlow", 0, 0, 0, 0, INT8), ("gemmlowp", 0, 0, 0, 128, INT8), ("gemmlowp", 0, 0, 0, 0, INT8, 3, 2)):
        assert outcome(lambda wrong=wrong: engine.requantize(*wrong)) == outcome(
            lambda wrong=wrong: spec.requantization.requantize(*wrong)
        )


def test_many_chunks():
    """An array longer than a chunk, with a scale for each column, is the sum of its parts."""
    rng = np.random.default_rng(5)
    x = rng.integers(-(1 << 31), 1 << 31, (3000, 70))
    m, s, z = rng.integers(1 << 30, 1 << 31, 70), rng.integers(-31, 0, 70), rng.integers(-128, 128, 70)
    whole = engine.requantize("gemmlowp", x, m, s, z, INT8).codes
    columns = [engine.requantize("gemmlowp", x[:, i], m[i], s[i], z[i], INT8).codes for i in range(70)]
    assert (whole == np.stack(columns, axis=1)).all()
    assert whole[2999, :4].tolist() == specified("gemmlowp", (x[2999, :4], m[:4], s[:4], z[:4]), INT8).tolist()


def residue(x, m, r):
    """The exact product, its residue modulo the place of the result, and half of that place."""
    product = x * m
    return product, product % (1 << 31 + r), 1 << 30 + r


@pytest.mark.clause("requantize/gemmlowp", "requantize/tflite-single", "requantize/tosa-32-double", "requantize/halide")
@pytest.mark.parametrize("m", [1 << 30, (1 << 30) + 1, 3 << 29, 0x5A827999, 0x6A09E667, (1 << 31) - 1, 1 << 29, 0x0FFFFFFF])
def test_where_one_rounding_and_two_differ(m):
    """On all 2**16 accumulators: double rounding gives one more, in magnitude, exactly where the product lies less than half of
    the first rounding's place from a tie: below it where it is not negative, at or above it where it is."""
    x = np.arange(-(1 << 15), 1 << 15, dtype=np.int64)
    differences = 0
    for r in range(1, 20):
        single = engine.requantize("tflite_single", x, m, -r, 0, INT32).codes.view(np.int32)
        double = engine.requantize("gemmlowp", x, m, -r, 0, INT32).codes.view(np.int32)
        upward = engine.requantize("halide", x, m, -r, 0, INT32).codes.view(np.int32)
        product, rest, half = residue(x, m, r)
        below = (half - (1 << 30) <= rest) & (rest < half)
        above = (half <= rest) & (rest < half + (1 << 30))
        assert (double - single == np.where(product >= 0, below * 1, -1 * above)).all()
        assert (upward - single == below).all()
        assert (double == engine.requantize("tosa_32_double", x, m, 31 + r, 0, INT32).codes.view(np.int32)).all()
        assert (single == engine.requantize("tosa_32", x, m, 31 + r, 0, INT32).codes.view(np.int32)).all()
        differences += int((double != single).sum())
    assert differences > 0


@pytest.mark.clause("requantize/cmsis-nn", "requantize/cmsis-nn-single")
@given(st.integers(-(1 << 31), (1 << 31) - 1), st.integers(0, (1 << 31) - 1), st.integers(-31, -1))
def test_the_same_numbers(x, m, s):
    """CMSIS-NN rounds as TensorFlow Lite does, with one rounding and with two, wherever a shift to the right leaves room."""
    assert engine.requantize("cmsis_nn", x, m, s, 0, INT32).item() == engine.requantize("gemmlowp", x, m, s, 0, INT32).item()
    single = engine.requantize("cmsis_nn_single", x, m, s, 0, INT32).item()
    assert single == engine.requantize("tflite_single", x, m, s, 0, INT32).item()


@pytest.mark.parametrize("name", MODELS)
def test_every_16_bit_accumulator_against_c(name):
    """All 2**16 accumulators of 16 bits, with multipliers and shifts from end to end: the engine gives what the sources do."""
    model = MODELS[name]
    x = np.arange(-(1 << 15), 1 << 15)
    last = model.multipliers[1]
    multipliers = (0x3B888889, 0x3F000000) if name == "float_scale" else sorted({last, last // 2 + 1, max(last // 3, 1), 1})
    high = model.shifts[1] if model.point is None else 0
    shifts = sorted({max(high - back, model.shifts[0]) for back in (0, 1, 4, 15, 16, 22, 30, 40, 46)})
    checked = 0
    for m in multipliers:
        for s in shifts:
            if name.startswith("tosa") and s <= 16:
                continue  # The shift must reach past the accumulator.
            expected = [requantized(name, int(a), m, s, 3, -128, 127) for a in x]
            assert None not in expected
            found = engine.requantize(name, x, m, s, 3, INT8).codes.view(np.int8)
            assert (found == np.array(expected)).all(), (m, s)
            checked += len(x)
    assert checked >= 2 << 16
