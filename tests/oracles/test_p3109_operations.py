"""P3109's scalar operations: the specification against the report's formulas, restated in ``p3109.py``.

Exhaustive over small formats, sampled over formats of eight bits, under every rounding rule and every saturation mode.
"""

from fractions import Fraction
from itertools import product
from random import Random

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.comparison import NumberClass
from refsim.spec.formats import Number, Unrepresentable
from refsim.spec.operations import OPERATIONS
from refsim.spec.projection import Projection

from . import p3109
from .p3109 import FORMULAS, INF, NAN, NINF, ROUNDINGS, SATURATIONS, Shape, codes, less, opposite, shapes, sign, table

STOCHASTIC = ("stochastic_a:2", "stochastic_b:2", "stochastic_c:2")
RULES = [(rounding, saturation) for rounding in (*ROUNDINGS, *STOCHASTIC) for saturation in SATURATIONS]
SMALL = [shape for k in (3, 4) for shape in shapes(k)]
CLAUSES = {
    "add": ["arithmetic/add", "arithmetic/sum"],
    "subtract": ["arithmetic/subtract", "arithmetic/sum"],
    "multiply": ["arithmetic/multiply", "arithmetic/product"],
    "divide": ["arithmetic/divide", "arithmetic/quotient", "arithmetic/pole"],
    "reciprocal": ["arithmetic/reciprocal", "arithmetic/pole"],
    "sqrt": ["arithmetic/sqrt", "arithmetic/square-root", "project/irrational"],
    "rsqrt": ["arithmetic/rsqrt", "arithmetic/reciprocal-square-root", "arithmetic/pole"],
    "strict_hypot": ["arithmetic/strict-hypotenuse", "project/irrational"],
    "fma": ["arithmetic/fma", "arithmetic/fused"],
    "faa": ["arithmetic/faa", "arithmetic/total"],
    "clamp": ["extrema/clamp"],
    **{
        f"{end}imum{rest}": [f"extrema/{tag}"]
        for end in ("min", "max")
        for rest, tag in (
            ("", "propagating"),
            ("_number", "number"),
            ("_finite", "finite"),
            ("_magnitude", "magnitude"),
            ("_magnitude_number", "magnitude-number"),
        )
    },
}
OPERATORS = [pytest.param(name, marks=pytest.mark.clause(*CLAUSES[name]), id=name) for name in FORMULAS]


def operands(shape, *at):
    """The operands of codes, and their data by the report."""
    return [Number(code, get_format(shape.name)) for code in at], [table(shape)[code] for code in at]


def compare(name, rows, source, target, rules, random):
    """The operation on rows of codes of one format, into another under some rules; the number of cases."""
    done = 0
    for rounding, saturation in rules:
        if saturation == "SatNone" and not target.extended:
            continue
        to = Projection(target.name, rounding, saturation)
        for row in rows:
            numbers, data = operands(source, *row)
            draw = random.randrange(4) if ":" in rounding else None
            expected = p3109.project(FORMULAS[name](*data), target, rounding, saturation, draw)
            found = OPERATIONS[name](*numbers, to=to, draw=draw).code
            assert found == expected, (name, source.name, target.name, rounding, saturation, row, draw, found, expected)
            done += 1
    return done


def arity(name):
    """The number of operands."""
    return len(OPERATIONS[name].roles)


@pytest.mark.parametrize("shape", [shape for k in (3, 4, 5, 8) for shape in shapes(k)], ids=lambda shape: shape.name)
def test_formats_restated(shape):
    """The report's table of every code is that of the specification."""
    format, words = get_format(shape.name), {"nan": NAN, "inf": INF, "-inf": NINF}
    data = [format.decode(code) for code in range(1 << shape.k)]
    assert tuple(x if isinstance(x, Fraction) else words[x.value] for x in data) == table(shape)


@pytest.mark.parametrize("name", OPERATORS)
def test_all_operands_of_small_formats(name):
    """All operands of formats of three and four bits, each format under some of the rules, all rules over the formats."""
    random, count, done = Random(3109), arity(name), 0
    for i, source in enumerate(shape for shape in SMALL if shape.k == 3 or count < 3):
        rows = list(product(range(1 << source.k), repeat=count))
        target = source if i % 3 else SMALL[-1 - i]
        done += compare(name, rows, source, target, RULES[i % 13 :: 13], random)
    assert done > 300


@pytest.mark.parametrize("name", OPERATORS)
def test_some_operands_of_eight_bits(name):
    """Operands by chance of formats of five and eight bits, under every rule."""
    random, done = Random(name), 0
    for source in (Shape(8, 3, True, True), Shape(8, 4, False, True), Shape(5, 2, True, False), Shape(8, 1, True, True)):
        special = [codes(source)[x] for x in (NAN, INF, NINF, Fraction(0)) if x in codes(source)]
        for rule in RULES:
            rows = [[random.randrange(1 << source.k) for _ in range(arity(name))] for _ in range(6)]
            rows.append([random.choice([*special, *rows[0]]) for _ in range(arity(name))])
            done += compare(name, rows, source, source, [rule], random)
    assert done > 4 * len(RULES)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATORS)
def test_all_operands_under_every_rule(name):
    """All operands of formats of three to five bits, of three operands up to three bits, under every rule."""
    random, count, done = Random(5), arity(name), 0
    for source in (shape for k in ((3,) if count == 3 else (3, 4, 5)) for shape in shapes(k)):
        done += compare(name, list(product(range(1 << source.k), repeat=count)), source, source, RULES, random)
    assert done > 1000


@pytest.mark.clause("scaling/add", "scaling/multiply", "scaling/fma", "scaling/scale-b")
@pytest.mark.parametrize("shape", [Shape(4, 2, True, True), Shape(5, 3, False, True), Shape(8, 3, True, True)], ids=str)
def test_scaled_operations(shape):
    """AddScaled, MultiplyScaled and FMAScaled with exponents of every size are the formulas with powers of two."""
    random, int8 = Random(8), get_format("int8")
    formulas = {
        "scale_b": ("xs", lambda x, s: p3109.scaled(x, s)),
        "scaled_add": ("xsyt", lambda x, s, y, t: p3109.add(p3109.scaled(x, s), p3109.scaled(y, t))),
        "scaled_multiply": ("xys", lambda x, y, s: p3109.scaled(p3109.multiply(x, y), s)),
        "scaled_fma": (
            "xyszt",
            lambda x, y, s, z, t: p3109.add(p3109.scaled(p3109.multiply(x, y), s), p3109.scaled(z, t)),
        ),
    }
    for name, (roles, formula) in formulas.items():
        for rounding, saturation in RULES:
            to = Projection(shape.name, rounding, saturation)
            for size in (2, 8, 30, 127):
                arguments = {role: random.randint(-size, size) for role in "st"}
                data = {role: random.randrange(1 << shape.k) for role in "xyz"}
                numbers = [Number(arguments[r] & 255, int8) if r in "st" else operands(shape, data[r])[0][0] for r in roles]
                exact = formula(*(arguments[r] if r in "st" else table(shape)[data[r]] for r in roles))
                draw = random.randrange(4) if ":" in rounding else None
                expected = p3109.project(exact, shape, rounding, saturation, draw)
                assert OPERATIONS[name](*numbers, to=to, draw=draw).code == expected, (name, rounding, arguments, data)


@pytest.mark.clause("arithmetic/dot-product", "arithmetic/total")
@pytest.mark.parametrize("shape", [Shape(4, 2, True, True), Shape(5, 3, False, False), Shape(8, 3, True, True)], ids=str)
def test_dot_products(shape):
    """The dot product is the exact sum of exact products, projected once: with NaNs, infinities and all orders."""
    random, to = Random(7), Projection("binary8p3se", "ties_to_even", "infinity")
    for _ in range(600):
        length = random.randrange(1, 7)
        numbers, data = operands(shape, *(random.randrange(1 << shape.k) for _ in range(2 * length)))
        exact = p3109.total(*(p3109.multiply(x, y) for x, y in zip(data[:length], data[length:], strict=True)))
        expected = p3109.project(exact, Shape(8, 3, True, True), "NearestTiesToEven", "SatNone")
        assert OPERATIONS["dot_product"](*numbers, to=to).code == expected


PREDICATES = {
    "compare_quiet_less": lambda x, y: less(x, y),
    "compare_quiet_less_equal": lambda x, y: not less(y, x),
    "compare_quiet_equal": lambda x, y: x == y,
    "compare_quiet_greater": lambda x, y: less(y, x),
    "compare_quiet_greater_equal": lambda x, y: not less(x, y),
}


@pytest.mark.clause("comparison/predicate", "comparison/relation", "comparison/total-order")
@pytest.mark.parametrize("shape", SMALL, ids=lambda shape: shape.name)
def test_comparisons(shape):
    """CompareLess and its like are false of NaN; TotalOrder puts NaN first, and numbers and infinities in their order."""
    for row in product(range(1 << shape.k), repeat=2):
        numbers, (x, y) = operands(shape, *row)
        for name, holds in PREDICATES.items():
            assert OPERATIONS[name](*numbers).code == (NAN not in (x, y) and holds(x, y))
        assert OPERATIONS["total_order"](*numbers).code == (x == NAN or (y != NAN and not less(y, x)))


CLASSES = {
    "negInfinity": NumberClass.NEGATIVE_INFINITY,
    "negNormal": NumberClass.NEGATIVE_NORMAL,
    "negSubnormal": NumberClass.NEGATIVE_SUBNORMAL,
    "zero": NumberClass.POSITIVE_ZERO,
    "posSubnormal": NumberClass.POSITIVE_SUBNORMAL,
    "posNormal": NumberClass.POSITIVE_NORMAL,
    "posInfinity": NumberClass.POSITIVE_INFINITY,
    "NaN": NumberClass.QUIET_NAN,
}


@pytest.mark.clause("comparison/class")
@pytest.mark.parametrize("shape", [*SMALL, *shapes(5)], ids=lambda shape: shape.name)
def test_classes(shape):
    """Class gives each code one of P3109's eight classes: subnormal below 2**(1 - bias)."""
    for code in range(1 << shape.k):
        (number,), (x,) = operands(shape, code)
        if x in (NAN, 0):
            name = "NaN" if x == NAN else "zero"
        else:
            kind = "Infinity" if isinstance(x, str) else "Subnormal" if abs(x) < Fraction(2) ** (1 - shape.bias) else "Normal"
            name = ("neg" if sign(x) < 0 else "pos") + kind
        assert OPERATIONS["classify"](number).code == CLASSES[name]


@pytest.mark.clause("codes/negate", "codes/absolute", "codes/copy-sign", "codes/sign")
@pytest.mark.parametrize("shape", SMALL, ids=lambda shape: shape.name)
def test_signs(shape):
    """Negate, Abs and CopySign of every code; of NaN and zero themselves, and an unsigned format has no negative result."""
    absent = Unrepresentable
    for a, b in product(range(1 << shape.k), repeat=2):
        numbers, (x, y) = operands(shape, a, b)
        size = x if x == NAN else opposite(x) if sign(x) < 0 else x
        minus = y != NAN and sign(y) < 0
        for name, arguments, datum in (
            ("negate", numbers[:1], opposite(x)),
            ("absolute", numbers[:1], size),
            ("copy_sign", numbers, opposite(size) if minus else size),
        ):
            if datum in codes(shape):
                assert OPERATIONS[name](*arguments) == (codes(shape)[datum], 0)
            else:
                with pytest.raises(absent):
                    OPERATIONS[name](*arguments)


@pytest.mark.clause("codes/next-up", "codes/next-down")
@pytest.mark.parametrize("shape", SMALL, ids=lambda shape: shape.name)
def test_neighbours(shape):
    """The next greater and the next lesser datum is the neighbour in the sorted list of all; at the ends nothing moves."""
    place = {NINF: -1, INF: 1}
    data = [x for x in table(shape) if x != NAN]
    ordered = sorted(data, key=lambda x: (place.get(x, 0), 0 if isinstance(x, str) else x))
    for i, x in enumerate(ordered):
        number = operands(shape, codes(shape)[x])[0]
        assert OPERATIONS["next_up"](*number).code == codes(shape)[ordered[min(i + 1, len(ordered) - 1)]]
        assert OPERATIONS["next_down"](*number).code == codes(shape)[ordered[max(i - 1, 0)]]
    number = operands(shape, codes(shape)[NAN])[0]
    assert OPERATIONS["next_up"](*number) == OPERATIONS["next_down"](*number) == (codes(shape)[NAN], 0)
