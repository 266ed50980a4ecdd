"""Affine quantization on arrays is that of the specification, refusals included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim import engine, spec
from refsim.engine import Array
from refsim.spec.affine import DEQUANTIZATIONS, MODELS, Granularity
from refsim.spec.catalogue import get_format
from refsim.spec.formats import Number
from refsim.spec.projection import Projection

INT8, UINT8, INT16, INT32 = map(get_format, ("int8", "uint8", "int16", "int32"))
BINARY32 = get_format("binary32")
SPECIAL = [
    0x00000000,
    0x80000000,
    0x7F800000,
    0xFF800000,
    0x7FC00000,
    0x7F800001,
    0x00000001,
    0x7F7FFFFF,
    0x4F000000,
    0xCF000000,
]
SHAPES = [((5,), (), ()), ((2, 3), (3,), ()), ((2, 3), (2, 1), (3,)), ((), (4,), (4,)), ((0,), (), ()), ((), (), ())]


def outcome(call):
    """What a call gives, or its refusal."""
    try:
        found = call()
    except (ValueError, TypeError) as error:
        return type(error), str(error)
    if isinstance(found, tuple) and isinstance(found[0], Array):
        return found[0].codes.tolist(), found[1].tolist()
    return found.codes.tolist() if isinstance(found, Array) else found


def one_by_one(call, *operands):
    """A function of numbers on broadcast operands."""
    shape = np.broadcast_shapes(*(np.shape(x) for x in operands))
    spread = [np.broadcast_to(np.asarray(x, dtype=object), shape) for x in operands]
    found = np.zeros(shape, dtype=object)
    for index in np.ndindex(shape):
        found[index] = call(*(x[index] for x in spread))
    return found.tolist()


def some(data, shape, numbers):
    """An array of drawn integers."""
    size = int(np.prod(shape))
    return np.array(data.draw(st.lists(numbers, min_size=size, max_size=size)), dtype=np.int64).reshape(shape)


def near_ties():
    """Codes of numbers at or beside multiples of 1/8."""
    return st.builds(
        lambda n, d: int(np.float32(n / 8).view(np.uint32)) + d & 0xFFFFFFFF, st.integers(-1100, 1100), st.integers(-1, 1)
    )


def scales(model=""):
    """Codes of scales, some of them wrong."""
    good = st.integers(-12, 12).map(lambda e: int(np.float32(2.0**e).view(np.uint32)))
    if model.startswith("vitis"):
        return good
    return good | st.integers(0x3A000000, 0x44000000) | st.integers(1, 0x7F7FFFFF)


@pytest.mark.parametrize("model", MODELS)
@given(st.data())
def test_quantize_as(model, data):
    """Every model, at ties, on any bits, and with scales that are none."""
    shapes, format = data.draw(st.sampled_from(SHAPES)), data.draw(st.sampled_from([INT8, UINT8, INT16, get_format("int4")]))
    x = some(data, shapes[0], near_ties() | st.integers(0, 0xFFFFFFFF) | st.sampled_from(SPECIAL))
    wrong = data.draw(st.booleans()) and data.draw(st.booleans())
    scale = some(data, shapes[1], scales(model) | st.sampled_from([*SPECIAL, 0x40400000]) if wrong else scales(model))
    zero = some(data, shapes[2], st.integers(-format.top_negative, format.top))
    arrays = Array(x, BINARY32), Array(scale, BINARY32)

    def specified(a, b, z):
        return spec.affine.quantize_as(model, Number(a, BINARY32), Number(b, BINARY32), z, format)

    assert outcome(lambda: engine.quantize_as(model, *arrays, zero, format)) == outcome(
        lambda: one_by_one(specified, x, scale, zero)
    )


@pytest.mark.parametrize(
    "rounding", ["ties_to_even", "ties_to_away", "ties_toward_positive", "toward_negative", "to_odd", "stochastic_a:3"]
)
@given(st.data())
def test_quantize(rounding, data):
    """Exact quantization under rules of every kind, with flags and without."""
    shapes, flags = data.draw(st.sampled_from(SHAPES)), data.draw(st.booleans())
    overflow = data.draw(st.sampled_from(["saturate", "wrap", "integer_indefinite", "error", "saturate_symmetric"]))
    to = Projection(data.draw(st.sampled_from([INT8, UINT8, get_format("int24")])), rounding, overflow)
    x = some(data, shapes[0], near_ties() | st.integers(0, 0xFFFFFFFF) | st.sampled_from(SPECIAL))
    scale = some(data, shapes[1], scales())
    zero = some(data, shapes[2], st.integers(-min(to.format.top_negative, 99), 99))
    draw = some(data, np.broadcast_shapes(*shapes), st.integers(0, 7)) if ":" in rounding else None

    def specified(a, b, z, *r):
        return spec.affine.quantize(Number(a, BINARY32), Number(b, BINARY32), z, to, *r)

    def expected():
        found = one_by_one(specified, x, scale, zero, *([] if draw is None else [draw]))
        results = np.empty(np.broadcast_shapes(*shapes), dtype=object)
        flat = np.array(found, dtype=object).reshape(*results.shape, 2) if results.size else np.zeros((*results.shape, 2))
        codes, raised = flat[..., 0].astype(np.int64).tolist(), flat[..., 1].astype(np.int64).tolist()
        return (codes, raised) if flags else codes

    arrays = Array(x, BINARY32), Array(scale, BINARY32)
    assert outcome(lambda: engine.quantize(*arrays, zero, to, draw, flags=flags)) == outcome(expected)


@pytest.mark.parametrize("model", DEQUANTIZATIONS)
@given(st.data())
def test_dequantize_as(model, data):
    """Every model, wide integers among them, and differences beyond 32 bits."""
    shapes, format = (
        data.draw(st.sampled_from(SHAPES)),
        data.draw(st.sampled_from([INT8, UINT8, INT16, INT32, get_format("int40")])),
    )
    q = some(data, shapes[0], st.integers(0, (1 << format.width) - 1))
    scale = some(data, shapes[1], scales() | st.sampled_from(SPECIAL))
    zero = some(data, shapes[2], st.integers(-min(format.top_negative, 99), 99))

    def specified(a, b, z):
        return spec.affine.dequantize_as(model, Number(a, format), Number(b, BINARY32), z)

    call = engine.dequantize_as, model, Array(q, format), Array(scale, BINARY32), zero
    assert outcome(lambda: call[0](*call[1:])) == outcome(lambda: one_by_one(specified, q, scale, zero))


@given(st.data(), st.sampled_from(["binary16", "binary32", "float8_e4m3fn", "bfloat16"]), st.sampled_from([INT8, INT16, INT32]))
def test_dequantize(data, result, format):
    """Exact products, projected once."""
    shapes, to = data.draw(st.sampled_from(SHAPES)), Projection(result, "ties_to_even", "saturate")
    q = some(data, shapes[0], st.integers(0, (1 << format.width) - 1))
    scale = some(data, shapes[1], scales())
    zero = some(data, shapes[2], st.integers(-99, 99))

    def specified(a, b, z):
        return spec.affine.dequantize(Number(a, format), Number(b, BINARY32), z, to).code

    found = engine.dequantize(Array(q, format), Array(scale, BINARY32), zero, to)
    assert found.codes.tolist() == one_by_one(specified, q, scale, zero)


@pytest.mark.parametrize("model", MODELS)
def test_ties(model):
    """Every half near zero and at the ends, and the numbers beside it."""
    halves = np.concatenate([np.arange(-12, 13), np.arange(-259, -250), np.arange(250, 259)]).astype(np.float32) / 2
    x = np.concatenate([halves, *(np.nextafter(halves, np.float32(end)) for end in (-np.inf, np.inf))])
    assert x.dtype == np.float32
    codes = x.view(np.uint32).tolist()
    one = Number(0x3F800000, BINARY32)
    expected = [spec.affine.quantize_as(model, Number(code, BINARY32), one, 0, INT8) for code in codes]
    assert engine.quantize_as(model, x, np.float32(1), 0, INT8).codes.tolist() == expected


@pytest.mark.parametrize("model", MODELS)
def test_arrays_of_numpy(model):
    """Arrays of float32 longer than a chunk, per channel, equal their parts; NumPy's own answer for ordinary numbers."""
    rng = np.random.default_rng(3)
    x = rng.normal(0, 40, (40_000, 8)).astype(np.float32)
    scale = (
        np.float32(2.0) ** rng.integers(-3, 3, 8) if model.startswith("vitis") else rng.uniform(0.1, 2, 8).astype(np.float32)
    )
    zero = rng.integers(-20, 20, 8)
    whole = engine.quantize_as(model, x, scale.astype(np.float32), zero, INT8).codes
    for i in (0, 7):
        assert (whole[:, i] == engine.quantize_as(model, x[:, i], np.float32(scale[i]), zero[i], INT8).codes).all()
    if model == "onnx":
        assert (whole.view(np.int8) == np.clip(np.rint(x / scale) + zero, -128, 127)).all()
        exact = engine.quantize(x, scale, zero, Projection(INT8, "ties_to_even", "saturate")).codes
        assert (whole != exact).mean() < 1e-3


@pytest.mark.clause("affine/granularity")
@pytest.mark.parametrize(
    "granularity", [Granularity(), Granularity(0), Granularity(2), Granularity(1, 2), Granularity(1, 5), Granularity(2, 1)]
)
def test_spread(granularity):
    """The parameters of every place are those that the specification's index names."""
    shape = (2, 5, 3)
    expected = granularity.shape(shape)
    parameters = np.arange(int(np.prod(expected))).reshape(expected)
    whole = np.broadcast_to(engine.spread(parameters, shape, granularity), shape)
    assert all(whole[place] == parameters[granularity.index(shape, place)] for place in np.ndindex(shape))
    with pytest.raises(ValueError, match=r"parameters of a tensor of shape \(2, 5, 3\) need the shape"):
        engine.spread(np.zeros((9, 9)), shape, granularity)


def test_refusals():
    """The specification's words."""
    one = np.float32([1])
    for call in (
        lambda m: m.quantize_as("onxx", *m.operands(1.0, 1.0), 0, INT8),
        lambda m: m.quantize_as("onnx", *m.operands(1.0, 1.0), 128, INT8),
        lambda m: m.quantize_as("onnx", *m.operands(1.0, 1.0), 0, INT32),
        lambda m: m.quantize_as("vitis_dpu", *m.operands(1.0, 3.0), 0, INT8),
        lambda m: m.quantize_as("tflite", *m.operands(3e9, 1.0), 0, INT8),
    ):
        assert outcome(lambda call=call: call(Engine)) == outcome(lambda call=call: call(Specification))
    with pytest.raises(ValueError, match="unknown dequantization model 'onxx'"):
        engine.dequantize_as("onxx", Array([1], INT8), one, 0)
    with pytest.raises(TypeError, match="an operand needs integers, not float64"):
        engine.quantize_as("onnx", one, one, np.float64([0]), INT8)


class Engine:
    """The engine on arrays of one number."""

    quantize_as = staticmethod(engine.quantize_as)

    @staticmethod
    def operands(x, scale):
        """Two arrays."""
        return np.float32([x]), np.float32([scale])


class Specification:
    """The specification on the same number."""

    quantize_as = staticmethod(spec.affine.quantize_as)

    @staticmethod
    def operands(x, scale):
        """Two operands."""
        return tuple(Number(int(np.float32(y).view(np.uint32)), BINARY32) for y in (x, scale))
