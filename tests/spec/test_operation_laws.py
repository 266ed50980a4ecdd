"""Laws of operations that hold for every format and rule: order, exactness, inverses, fused sums, stochastic means."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from refsim.spec.arithmetic import add, convert, divide, fma, multiply, sqrt, subtract
from refsim.spec.catalogue import get_format
from refsim.spec.codes import negate, next_down, next_up
from refsim.spec.comparison import NumberClass, classify, total_order
from refsim.spec.exact import NEGATIVE_ZERO, Special, is_infinite, is_nan
from refsim.spec.extrema import maximum, minimum
from refsim.spec.flags import Flags
from refsim.spec.formats import FloatGrid, Format, Number, Unrepresentable
from refsim.spec.integral import fmod, remainder, round_to_integral
from refsim.spec.projection import Projection
from refsim.spec.rounding import DETERMINISTIC
from refsim.spec.scaling import scale_b
from refsim.testing.strategies import codes, deterministic_roundings, formats, numbers

MANY = settings(max_examples=300)
INFINITY = float("inf")
WIDE = get_format("binary128")


def value(x):
    """A number, or an infinity of the host's; the two zeros are one."""
    if is_infinite(x):
        return INFINITY if x is Special.POSITIVE_INFINITY else -INFINITY
    return Fraction(0) if x is NEGATIVE_ZERO else x


def floats(max_width=16):
    """Signed formats of floating point with subnormals and both zeros."""
    return formats(max_width).filter(lambda f: isinstance(f.grid, FloatGrid) and f.has_negative_zero and f.grid.subnormals)


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
    "add": (add, lambda x, y, z: x + y, "arithmetic/add"),
    "subtract": (subtract, lambda x, y, z: x - y, "arithmetic/subtract"),
    "multiply": (multiply, lambda x, y, z: x * y, "arithmetic/multiply"),
    "divide": (divide, lambda x, y, z: x / y, "arithmetic/divide"),
    "sqrt": (sqrt, lambda x, y, z: x, "arithmetic/sqrt"),
    "fma": (fma, lambda x, y, z: x * y + z, "arithmetic/fma"),
}
ARITY = {"sqrt": 1, "fma": 3}


@pytest.mark.clause("project/round", "project/order")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.clause(tag), id=name) for name, (_, _, tag) in OPERATIONS.items()]
)
@settings(max_examples=200)
@given(data=st.data())
def test_operations_are_monotone(name, data):
    """Of two exact results the greater is never rounded below the lesser, by any deterministic rule, with infinities at the ends;
    what sqrt rounds grows with its operand."""
    operation, exact, _ = OPERATIONS[name]
    source, target = data.draw(floats()), data.draw(floats())
    assume(target.specials)
    to = Projection(target, data.draw(deterministic_roundings()), "infinity" if target.canonical(Special.POSITIVE_INFINITY) else "saturate")
    found = []
    for _ in range(2):
        rows = [data.draw(numbers(source)) for _ in range(3)]
        data_of = [x.exact for x in rows]
        assume(all(isinstance(x, Fraction) or x is NEGATIVE_ZERO for x in data_of))
        x, y, z = map(value, data_of)
        assume(y != 0 and (name != "sqrt" or x >= 0))
        found.append((exact(x, y, z), value(target.decode(operation(*rows[: ARITY.get(name, 2)], to).code))))
    found.sort(key=lambda pair: pair[0])
    (low, below), (high, above) = found
    assert below <= above
    assert low != high or below == above


@pytest.mark.clause("project/round", "arithmetic/subtract")
@MANY
@given(st.data())
def test_sterbenz(data):
    """The difference of two numbers within a factor of two is exact, by every rule. Sterbenz, Floating-Point Computation, 1974."""
    format = data.draw(floats())
    x, y = (data.draw(numbers(format)) for _ in range(2))
    assume(all(isinstance(number.exact, Fraction) and number.exact > 0 for number in (x, y)))
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
    x, y, z = (data.draw(numbers(format)) for _ in range(3))
    assume(all(not isinstance(number.exact, Special) for number in (x, y, z)))
    to = Projection(format, data.draw(deterministic_roundings()), "saturate")
    known = {value(format.decode(code)) for code in range(1 << format.width) if not is_nan(format.decode(code))}
    for operation, operands, exact in (
        (add, (x, y), x.exact + y.exact),
        (multiply, (x, y), x.exact * y.exact),
        (fma, (x, y, z), x.exact * y.exact + z.exact),
    ):
        code, flags = operation(*operands, to)
        assert (Flags.INEXACT not in flags) == (exact in known)
        assert (value(format.decode(code)) == exact) == (exact in known)


@pytest.mark.clause("arithmetic/fma", "arithmetic/fused")
@MANY
@given(st.data())
def test_a_product_is_a_fused_product_with_zero(data):
    """x * y + 0, with a zero of either sign, is x * y where that is not zero; special data included."""
    format = data.draw(floats())
    x, y = data.draw(numbers(format)), data.draw(numbers(format))
    to = Projection(data.draw(floats()), data.draw(deterministic_roundings()), "saturate")
    exact = not isinstance(x.exact, Special) and not isinstance(y.exact, Special) and x.exact * y.exact != 0
    assume(exact or is_infinite(x.exact) or is_infinite(y.exact))
    for zero in (0, 1 << format.width - 1):
        assert tried(fma, x, y, Number(zero, format), to) == tried(multiply, x, y, to)


@pytest.mark.clause("arithmetic/convert", "format/decode")
@pytest.mark.parametrize(
    ("narrow", "wide"),
    [("binary16", "binary32"), ("bfloat16", "binary32"), ("binary32", "binary64"), ("float8_e4m3fn", "binary16"), ("int8", "tf32")],
)
@given(data=st.data())
def test_widening_loses_nothing(narrow, wide, data):
    """A number in a wider format and back is the same code, without a flag; so is an infinity, and a NaN by the NaN policies."""
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
    format = data.draw(formats(10))
    x = data.draw(numbers(format))
    assume(not is_nan(x.exact))
    up = Number(next_up(x).code, format)
    back = Number(next_down(up).code, format)
    assert value(up.exact) >= value(x.exact)
    if value(up.exact) == value(x.exact):
        assert all(value(y) <= value(x.exact) for y in map(format.decode, range(1 << format.width)) if not is_nan(y))
    else:
        assert value(back.exact) == value(x.exact)
        between = (y for y in map(format.decode, range(1 << format.width)) if not is_nan(y))
        assert not [y for y in between if value(x.exact) < value(y) < value(up.exact)]


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
    assume(format.grid.precision + format.grid.emin <= 2 or format.width > 4)
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
    x, y = data.draw(numbers(format)), data.draw(numbers(format))
    assume(all(not isinstance(number.exact, Special) for number in (x, y)) and y.exact != 0)
    to = Projection(format, data.draw(deterministic_roundings()), "error")
    for operation, bound in ((remainder, abs(y.exact) / 2), (fmod, abs(y.exact))):
        code, flags = operation(x, y, to)
        rest = value(format.decode(code))
        assert flags == Flags.NONE
        assert ((x.exact - rest) / y.exact).denominator == 1
        assert abs(rest) <= bound
        if operation is fmod:
            assert abs(rest) < bound
            assert rest == 0 or (rest > 0) == (x.exact > 0)


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
    format, bits = data.draw(floats(8)), data.draw(st.integers(1, 5))
    code = data.draw(codes(format))
    low = format.decode(code)
    assume(not isinstance(low, Special) and low >= 0 and code < format.top)
    high = format.decode(code + 1)
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
