"""Laws of fixed point: wrapping is arithmetic modulo the range, saturation is a projection onto it."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim.spec.arithmetic import add, convert, multiply, subtract
from refsim.spec.families import integer_format
from refsim.spec.formats import Number
from refsim.spec.projection import Projection
from refsim.spec.scaling import scale_b
from refsim.testing.strategies import codes, deterministic_roundings, fixed_formats, rationals


def integers(data, count):
    """Numbers of integer formats, and the projection onto one that wraps."""
    formats = fixed_formats().filter(lambda x: x.grid.quantum == 0)
    numbers = [Number(data.draw(codes(format)), format) for format in (data.draw(formats) for _ in range(count))]
    return numbers, Projection(data.draw(formats), "toward_zero", "wrap")


@pytest.mark.clause("overflow/wrap", "arithmetic/add", "arithmetic/subtract", "arithmetic/multiply")
@settings(max_examples=150)
@given(st.data())
def test_wrapping_is_a_homomorphism_of_rings(data):
    """Wrapped operands give the wrapped sum, difference and product of the operands."""
    (x, y), to = integers(data, 2)
    a, b = (Number(convert(n, to).code, to.format) for n in (x, y))
    for operation in (add, subtract, multiply):
        assert operation(a, b, to).code == operation(x, y, to).code


@pytest.mark.clause("overflow/wrap", "arithmetic/add")
@settings(max_examples=100)
@given(st.data())
def test_wrapped_sums_of_any_order_are_equal(data):
    """Four numbers added one after the other, in any order, wrap to one sum; with saturation the order matters."""
    numbers, to = integers(data, 4)
    found = set()
    for order in itertools.permutations(numbers):
        total = Number(convert(order[0], to).code, to.format)
        for x in order[1:]:
            total = Number(add(total, x, to).code, to.format)
        found.add(total.code)
    assert len(found) == 1


@pytest.mark.clause("overflow/saturate", "overflow/saturate-symmetric", "overflow/saturate-zero", "project/round")
@settings(max_examples=150)
@given(st.data())
def test_saturation_is_idempotent_and_monotone(data):
    """What came out comes out again, and a greater number never gives a lesser one."""
    format = data.draw(fixed_formats())
    overflow = data.draw(st.sampled_from(["saturate", "saturate_symmetric"]))
    to = Projection(format, data.draw(deterministic_roundings()), overflow)
    x, y = sorted(data.draw(rationals(format)) for _ in range(2))
    low, high = (format.decode(to(number).code) for number in (x, y))
    assert low <= high
    assert [format.decode(to(number).code) for number in (low, high)] == [low, high]


@pytest.mark.clause("format/decode", "project/order")
@settings(max_examples=200)
@given(st.data())
def test_quantizing_a_number_of_the_format_changes_nothing(data):
    """Every code is the projection of its number, by every rule of every kind."""
    format = data.draw(fixed_formats(max_width=64))
    code = data.draw(codes(format))
    names = ["saturate", "saturate_zero", "wrap", "error", f"wrap:{data.draw(st.integers(0, format.width))}"]
    to = Projection(format, data.draw(deterministic_roundings()), data.draw(st.sampled_from(names)))
    assert to(format.decode(code)) == (code, 0)


@pytest.mark.clause("scaling/scale-b", "grid/uniform")
@settings(max_examples=200)
@given(st.data())
def test_the_point_may_be_anywhere(data):
    """A fixed-point number is rounded as the integer of its code is: scaled operands and results give the same code."""
    format = data.draw(fixed_formats())
    integer = integer_format("integer", format.width, signed=format.signed)
    rounding, overflow = data.draw(deterministic_roundings()), data.draw(st.sampled_from(["saturate", "wrap", "saturate_zero"]))
    x = data.draw(rationals(format))
    step = format.grid.magnitude(1)
    assert Projection(format, rounding, overflow)(x) == Projection(integer, rounding, overflow)(x / step)


@pytest.mark.clause("scaling/scale-b", "round/toward-negative")
@settings(max_examples=200)
@given(st.data())
def test_scaling_in_two_steps_rounded_down(data):
    """Shifts to the right rounded down add up; so they do under no nearest rule."""
    format = data.draw(fixed_formats())
    first, second = data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))
    down = Projection(format, "toward_negative", "error")
    int8 = Projection("int8", "toward_zero", "error")
    counts = [Number(int8(Fraction(-n)).code, int8.format) for n in (first, second, first + second)]
    x = Number(data.draw(codes(format)), format)
    half = Number(scale_b(x, counts[0], down).code, format)
    assert scale_b(half, counts[1], down).code == scale_b(x, counts[2], down).code
