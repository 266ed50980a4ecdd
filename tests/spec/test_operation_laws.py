"""Laws of operations that hold for every format and rule: order, exactness, inverses, fused sums, stochastic means."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from refsim.spec.arithmetic import add, convert, divide, fma, multiply, sqrt, subtract
from refsim.spec.catalogue import get_format
from refsim.spec.codes import absolute, negate, next_down, next_up
from refsim.spec.comparison import NumberClass, classify, total_order
from refsim.spec.exact import NEGATIVE_ZERO, Special, is_infinite, is_nan
from refsim.spec.extrema import maximum, minimum
from refsim.spec.flags import Flags
from refsim.spec.formats import Number, Unrepresentable
from refsim.spec.integral import fmod, remainder, round_to_integral
from refsim.spec.projection import Projection
from refsim.spec.scaling import scale_b
from refsim.testing.strategies import deterministic_roundings, formats, numbers

from .floats import finite, floats, known, value

MANY = settings(max_examples=200)
WIDE = get_format("binary128")


def tried(function, *arguments):
    """The result, or what refused it."""
    try:
        return function(*arguments)
    except Unrepresentable as refused:
        return type(refused), str(refused)


@pytest.mark.clause("arithmetic/add", "arithmetic/multiply", "extrema/propagating", "extrema/order")
@MANY
@given(st.data())
def test_the_order_of_two_operands_is_nothing(data):
    """Sums, products, minima and maxima of special data too, into any format."""
    source, target = data.draw(formats()), data.draw(formats())
    x, y = data.draw(numbers(source)), data.draw(numbers(source))
    to = Projection(target, data.draw(deterministic_roundings()), "saturate")
    for operation in (add, multiply, minimum, maximum):
        assert tried(operation, x, y, to) == tried(operation, y, x, to)


OPERATIONS = {
    "add": (add, lambda x, y, _: x + y, "arithmetic/add"),
    "subtract": (subtract, lambda x, y, _: x - y, "arithmetic/subtract"),
    "multiply": (multiply, lambda x, y, _: x * y, "arithmetic/multiply"),
    "divide": (divide, lambda x, y, _: x / y, "arithmetic/divide"),
    "sqrt": (sqrt, lambda x, *_: x, "arithmetic/sqrt"),
    "fma": (fma, lambda x, y, z: x * y + z, "arithmetic/fma"),
}
ARITY = {"sqrt": 1, "fma": 3}


def absolute_of(x):
    """The number with the plus sign."""
    return Number(absolute(x).code, x.format)


@pytest.mark.clause("project/round", "project/order")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.clause(tag), id=name) for name, (_, _, tag) in OPERATIONS.items()]
)
@settings(max_examples=200)
@given(data=st.data())
def test_operations_are_monotone(name, data):
    """Of two exact results the greater is never rounded below the lesser, by any deterministic rule; a root grows with its
    operand."""
    operation, exact, _ = OPERATIONS[name]
    source, target = data.draw(floats()), data.draw(floats())
    has_infinity = target.canonical(Special.POSITIVE_INFINITY) is not None
    to = Projection(target, data.draw(deterministic_roundings()), "infinity" if has_infinity else "saturate")
    found = []
    for _ in range(2):
        x, y, z = data.draw(finite(source)), data.draw(finite(source, least=1)), data.draw(finite(source))
        x = absolute_of(x) if name == "sqrt" else x
        result = operation(*(x, y, z)[: ARITY.get(name, 2)], to)
        found.append((exact(*(value(number.exact) for number in (x, y, z))), value(target.decode(result.code))))
    (low, below), (high, above) = sorted(found, key=lambda pair: pair[0])
    assert below <= above
    assert low != high or below == above


@pytest.mark.clause("project/round", "arithmetic/subtract")
@MANY
@given(st.data())
def test_sterbenz(data):
    """The difference of two numbers within a factor of two is exact, by every rule. Sterbenz, 1974."""
    format = data.draw(floats())
    a, binade = data.draw(st.integers(1, format.top)), 1 << format.grid.precision - 1
    b = data.draw(st.integers(max(1, a - binade), min(format.top, a + binade)))
    x, y = Number(a, format), Number(b, format)
    assume(y.exact / 2 <= x.exact <= 2 * y.exact)
    code, flags = subtract(x, y, Projection(format, data.draw(deterministic_roundings()), "saturate"))
    assert value(format.decode(code)) == x.exact - y.exact
    assert flags == Flags.NONE


@pytest.mark.clause("arithmetic/add", "arithmetic/multiply", "arithmetic/fma", "flags/raise")
@MANY
@given(st.data())
def test_what_is_representable_is_exact(data):
    """A sum, product or fused sum that the format has raises no inexact, and any other in range does."""
    format = data.draw(floats(8))
    x, y, z = (data.draw(finite(format)) for _ in range(3))
    to, there = Projection(format, data.draw(deterministic_roundings()), "saturate"), known(format)
    a, b, c = (value(number.exact) for number in (x, y, z))
    for operation, operands, exact in ((add, (x, y), a + b), (multiply, (x, y), a * b), (fma, (x, y, z), a * b + c)):
        code, flags = operation(*operands, to)
        assert (Flags.INEXACT not in flags) == (exact in there)
        assert (value(format.decode(code)) == exact) == (exact in there)


@pytest.mark.clause("arithmetic/fma", "arithmetic/fused")
@MANY
@given(st.data())
def test_a_product_is_a_fused_product_with_zero(data):
    """x * y + 0, with a zero of either sign, is x * y where that is not zero."""
    format = data.draw(floats())
    x, y = data.draw(finite(format, least=1)), data.draw(finite(format, least=1))
    to = Projection(data.draw(floats()), data.draw(deterministic_roundings()), "saturate")
    for zero in (0, 1 << format.width - 1):
        assert fma(x, y, Number(zero, format), to) == multiply(x, y, to)


@pytest.mark.clause("arithmetic/convert", "format/decode")
@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("binary16", "binary32"),
        ("bfloat16", "binary32"),
        ("binary32", "binary64"),
        ("float8_e4m3fn", "binary16"),
        ("int8", "tf32"),
    ],
)
@given(data=st.data())
def test_widening_loses_nothing(narrow, wide, data):
    """A number in a wider format and back is the same code, without a flag, and so are infinities and NaNs."""
    x = data.draw(numbers(get_format(narrow)))
    there = Projection(wide, data.draw(deterministic_roundings()), "infinity", nan="x86")
    back = Projection(narrow, data.draw(deterministic_roundings()), "saturate_propagate", nan="x86")
    assume(x.exact is not Special.SIGNALING_NAN)
    code, flags = convert(x, there)
    assert flags == Flags.NONE
    assert convert(Number(code, there.format), back) == (x.code, Flags.NONE)


@pytest.mark.clause("codes/next-up", "codes/next-down")
@MANY
@given(st.data())
def test_up_and_down_again(data):
    """Between the greatest and the least datum next_down undoes next_up, and there is no number between the two."""
    format = data.draw(formats(8))
    x = data.draw(numbers(format))
    assume(not is_nan(x.exact))
    up = Number(next_up(x).code, format)
    back = Number(next_down(up).code, format)
    assert value(up.exact) >= value(x.exact)
    if value(up.exact) == value(x.exact):
        assert max(known(format)) == value(x.exact)
    else:
        assert value(back.exact) == value(x.exact)
        assert not [y for y in known(format) if value(x.exact) < y < value(up.exact)]


@pytest.mark.clause("codes/negate", "codes/sign")
@MANY
@given(st.data())
def test_negation_is_an_involution(data):
    """Negated twice, a code names the datum that it named, and in a format with both zeros it is the same code."""
    format = data.draw(floats())
    x = data.draw(numbers(format))
    assert negate(Number(negate(x).code, format)) == (x.code, Flags.NONE)


@pytest.mark.clause("comparison/total-order")
@pytest.mark.parametrize("name", ["e2m2", "float6_e2m3fn", "binary5p2se", "binary5p3ue", "int4", "e3m1fnuz", "e2m3fn"])
def test_total_order_is_one(name):
    """It is reflexive and transitive, and of two codes one comes before the other; both only where the datum is the same."""
    format = get_format(name)
    data = [Number(code, format) for code in range(1 << format.width)]
    before = [[bool(total_order(x, y).code) for y in data] for x in data]
    size = range(len(data))
    assert all(before[i][i] for i in size)
    assert all(before[i][j] or before[j][i] for i, j in product(size, repeat=2))
    assert all(not (before[i][j] and before[j][i]) for i, j in product(size, repeat=2) if i != j)
    assert all(before[i][k] for i, j, k in product(size, repeat=3) if before[i][j] and before[j][k])


@pytest.mark.clause("comparison/class")
@MANY
@given(st.data())
def test_classes_are_a_partition(data):
    """A code's class says whether it is a NaN, infinite, zero, and its sign, and negation mirrors it."""
    format = data.draw(floats())
    x = data.draw(numbers(format))
    found, datum = NumberClass(classify(x).code), x.exact
    assert (found.name.endswith("NAN")) == is_nan(datum)
    assert (found.name.endswith("INFINITY")) == is_infinite(datum)
    assert (found.name.endswith("ZERO")) == (datum is NEGATIVE_ZERO or datum == 0)
    mirrored = classify(Number(negate(x).code, format)).code
    assert mirrored == (found if is_nan(datum) else 7 - found)


@pytest.mark.clause("integral/round")
@MANY
@given(st.data())
def test_rounding_to_integral_is_idempotent(data):
    """An integral value stays as it is, by any other rule too, and lies less than one from the number."""
    format = data.draw(floats())
    x = data.draw(numbers(format))
    assume(not is_nan(x.exact))
    first, second = (Projection(format, data.draw(deterministic_roundings()), "saturate_propagate") for _ in range(2))
    code, flags = round_to_integral(x, first)
    assume(flags == Flags.NONE)
    assert round_to_integral(Number(code, format), second) == (code, Flags.NONE)
    if not is_infinite(x.exact):
        assert abs(value(format.decode(code)) - value(x.exact)) < 1


@pytest.mark.clause("integral/remainder", "integral/fmod")
@MANY
@given(st.data())
def test_remainders_are_small(data):
    """The remainder is at most half of y, fmod less than y with the sign of x, both exact and congruent to x."""
    format = data.draw(floats())
    x, y = data.draw(finite(format)), data.draw(finite(format, least=1))
    to = Projection(format, data.draw(deterministic_roundings()), "error")
    for operation, bound in ((remainder, abs(y.exact) / 2), (fmod, abs(y.exact))):
        code, flags = operation(x, y, to)
        rest = value(format.decode(code))
        assert flags == Flags.NONE
        assert ((value(x.exact) - rest) / y.exact).denominator == 1
        assert abs(rest) <= bound
        if operation is fmod:
            assert abs(rest) < bound
            assert rest == 0 or (rest > 0) == (value(x.exact) > 0)


@pytest.mark.clause("scaling/scale-b")
@MANY
@given(st.data())
def test_scaled_and_scaled_back(data):
    """Where the first scaling is exact the second gives x again, through the widest format always."""
    format = data.draw(floats())
    x, n = data.draw(numbers(format)), data.draw(st.integers(-99, 99))
    assume(not is_nan(x.exact))
    int8, to = get_format("int8"), Projection(WIDE, "to_odd", "error" if not is_infinite(x.exact) else "infinity")
    there = scale_b(x, Number(n % 256, int8), to)
    back = scale_b(Number(there.code, WIDE), Number(-n % 256, int8), Projection(format, "to_odd", "saturate_propagate"))
    assert there.flags == back.flags == Flags.NONE
    assert back.code == x.code


@pytest.mark.clause("round/stochastic-a", "round/stochastic-b", "round/stochastic-c", "arithmetic/convert")
@MANY
@given(st.data())
def test_stochastic_means(data):
    """The average over all draws is the number itself, cut to N bits by A, half way in between by B, rounded to N bits by C."""
    format, bits = data.draw(floats()), data.draw(st.integers(1, 5))
    n = data.draw(st.integers(0, format.top - 1))
    low, high = format.grid.magnitude(n), format.grid.magnitude(n + 1)
    place = data.draw(st.fractions(0, 1, max_denominator=1 << 9)) * 63 / 64
    steps, draws = 1 << bits, range(1 << bits)
    expected = {
        "stochastic_a": Fraction(place * steps // 1, steps),
        "stochastic_b": Fraction((place * 2 * steps // 1 + 1) // 2, steps),
        "stochastic_c": Fraction(round(place * steps), steps),
    }
    for rule, mean in expected.items():
        to = Projection(format, f"{rule}:{bits}", "saturate")
        found = [value(format.decode(to(low + (high - low) * place, draw).code)) for draw in draws]
        assert sum(found) / steps == low + (high - low) * mean
