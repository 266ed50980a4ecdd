"""The engine is the specification: for formats, rules and numbers of every kind, drawn by Hypothesis."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import refsim
from refsim import Array, engine
from refsim.spec import arithmetic as spec
from refsim.spec.formats import Unrepresentable
from refsim.testing.strategies import applications, codes, draws, exact_numbers, formats, projections

from .engine.places import Answers, answers, assert_same, exact, specified

projected = formats().flatmap(projections)
floats = st.floats(allow_subnormal=True) | st.floats(width=16) | st.integers(-300, 300).map(lambda n: n / 8)


def drawn(data, to, size):
    """Random bits for so many numbers, if the rule takes any."""
    return np.array([data.draw(draws(to.rounding)) for _ in range(size)]) if to.rounding.bits else None


def assert_equal_or_refused(call, expected):
    """The answers, or the first refusal of the specification."""
    if expected.errors:
        first = expected.errors[min(expected.errors)]
        with pytest.raises(Unrepresentable) as error:
            call()
        assert (type(error.value), str(error.value)) == (type(first), str(first))
    else:
        found, flags = call()
        assert_same((found.codes.reshape(-1), flags.reshape(-1)), expected, "")


@settings(max_examples=250)
@given(st.data(), projected)
def test_encode_floats(data, to):
    """Arrays of floats of any magnitude."""
    x = np.array(data.draw(st.lists(floats, min_size=1, max_size=6)))
    random = drawn(data, to, len(x))
    expected = specified(to, [exact(v) for v in x], random)
    assert_equal_or_refused(lambda: refsim.encode(x, to, random, flags=True), expected)


@settings(max_examples=150)
@given(st.data(), projected)
def test_encode_numbers_near_the_grid(data, to):
    """The binary64 numbers nearest to numbers that lie about the points of the format."""
    numbers = data.draw(st.lists(exact_numbers(to.format).filter(lambda x: hasattr(x, "numerator")), min_size=1, max_size=6))
    assume(all(abs(x) < 2**1000 for x in numbers))
    x = np.array([float(number) for number in numbers])
    random = drawn(data, to, len(x))
    expected = specified(to, [exact(v) for v in x], random)
    assert_equal_or_refused(lambda: refsim.encode(x, to, random, flags=True), expected)


@settings(max_examples=100)
@given(st.data(), projected)
def test_encode_exact_numbers(data, to):
    """Object arrays of rationals, roots and special data."""
    numbers = np.empty(4, dtype=object)
    numbers[:] = [data.draw(exact_numbers(to.format)) for _ in range(4)]
    random = drawn(data, to, 4)
    assert_equal_or_refused(lambda: refsim.encode(numbers, to, random, flags=True), specified(to, numbers, random))


@settings(max_examples=250)
@given(st.data(), st.sampled_from(["add", "subtract", "multiply", "convert"]), formats(max_width=32), formats(max_width=32))
def test_operations(data, name, x_format, y_format):
    """Operations on codes of any two formats into a third."""
    to = data.draw(formats(max_width=32).flatmap(projections))
    operands = [x_format] if name == "convert" else [x_format, y_format]
    size = 4
    arrays_of_codes = [Array([data.draw(codes(f)) for _ in range(size)], f) for f in operands]
    random = drawn(data, to, size)

    def specification(i):
        numbers = (spec.Number(int(x.codes[i]), x.format) for x in arrays_of_codes)
        return getattr(spec, name)(*numbers, to, None if random is None else int(random[i]))

    expected = answers(specification, size, to)
    assert_equal_or_refused(lambda: getattr(engine, name)(*arrays_of_codes, to, random, flags=True), expected)


@settings(max_examples=150)
@given(st.data(), formats(max_width=64))
def test_decode(data, format):
    """Values in binary64 are the exact data wherever binary64 holds the format's numbers, and refused elsewhere."""
    x = Array([data.draw(codes(format)) for _ in range(4)], format)
    try:
        values = x.values()
    except ValueError as refused:
        assert str(refused) == f"float64 does not hold every number of {format}; Array.exact() does"
        return
    data_of_codes = [format.decode(int(code)) for code in x.codes]
    with np.errstate(invalid="ignore"):  # A signaling NaN is quieted.
        quiet = [exact(1.0 * value) for value in values]
    assert [str(datum).replace("SIGNALING_", "") for datum in data_of_codes] == [str(datum) for datum in quiet]


@given(st.data(), projected)
def test_shapes(data, to):
    """Codes and flags have the shape of the numbers, and each is that of its number alone."""
    x = data.draw(arrays(np.float32, array_shapes(max_dims=3, max_side=3), elements=st.floats(-8, 8, width=32)))
    assume(not to.rounding.bits)
    try:
        found, flags = refsim.encode(x, to, flags=True)
    except Unrepresentable:
        return
    assert found.shape == flags.shape == x.shape
    for index in np.ndindex(x.shape):
        assert (int(found.codes[index]), int(flags[index])) == to(exact(float(x[index])))


def test_answers_tell_differences():
    """The comparison itself finds a wrong code and a wrong flag."""
    expected = Answers(np.array([1, 2], np.uint8), np.array([0, 1], np.uint8), {})
    assert_same((np.array([1, 2]), np.array([0, 1])), expected, "equal")
    with pytest.raises(AssertionError, match="label"):
        assert_same((np.array([1, 3]), np.array([0, 1])), expected, "label")
    with pytest.raises(AssertionError, match="label"):
        assert_same((np.array([1, 2]), np.array([0, 3])), expected, "label")


@pytest.mark.clause("operation/perform")
@settings(max_examples=400)
@given(st.data())
def test_any_operation(data):
    """Any operation on any operands with any options gives the specification's result and flags, or its refusal."""
    operation, numbers, to, draw = data.draw(applications())
    arrays = [Array(np.array([x.code] * 2, dtype=object), x.format) for x in numbers]
    try:
        expected = operation(*numbers, to=to, draw=draw)
    except ValueError as refused:
        with pytest.raises(type(refused)) as error:
            engine.apply(operation.name, arrays, to, draw, flags=True)
        assert str(error.value) == str(refused)
        return
    found, flags = engine.apply(operation.name, arrays, to, draw, flags=True)
    results = found.codes if isinstance(found, Array) else found
    assert [(int(code), int(flag)) for code, flag in zip(results, flags, strict=True)] == [expected] * 2
