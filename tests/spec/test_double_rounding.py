"""When rounding twice is innocuous: for + - * / sqrt through p >= 2 p' + 2 bits. Figueroa, When is double rounding innocuous?,
1995: the bound holds for every pair of operands, and for some operations no smaller number of bits will do."""

from itertools import product

import pytest

from refsim.spec.arithmetic import add, convert, divide, multiply, sqrt, subtract
from refsim.spec.catalogue import get_format
from refsim.spec.families import float_format
from refsim.spec.formats import Number
from refsim.spec.projection import Projection

OPERATIONS = {"add": add, "subtract": subtract, "multiply": multiply, "divide": divide, "sqrt": sqrt}
ARITY = {"sqrt": 1}


def counterexamples(name, narrow, precision, operands):
    """The operands for which rounding to a precision first, and then to the format, changes the result."""
    operation, narrow = OPERATIONS[name], get_format(narrow)
    wide = Projection(float_format(f"wide{precision}", 8, precision - 1), "ties_to_even", "infinity")
    to, found = Projection(narrow, "ties_to_even", "infinity"), []
    for row in product(operands, repeat=ARITY.get(name, 2)):
        numbers = [Number(code, narrow) for code in row]
        middle = Number(operation(*numbers, wide).code, wide.format)
        if convert(middle, to).code != operation(*numbers, to).code:
            found.append(row)
    return found


@pytest.mark.clause("project/round", "round/ties-to-even")
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(("narrow", "p"), [("e3m1", 2), ("e3m2", 3), ("e4m1", 2)])
def test_two_roundings_are_one(name, narrow, p):
    """Through 2 p + 2 bits no operands are rounded otherwise than at once, subnormal results included."""
    positive, sign = range(get_format(narrow).top + 1), 1 << get_format(narrow).width - 1
    assert counterexamples(name, narrow, 2 * p + 2, [*positive, *(code | sign for code in positive)]) == []


@pytest.mark.clause("project/round", "round/ties-to-even", "arithmetic/sqrt")
@pytest.mark.parametrize(("narrow", "p"), [("e3m1", 2), ("e3m2", 3), ("e4m2", 3), ("e4m3", 4)])
def test_one_bit_less_is_not_enough(narrow, p):
    """Through 2 p + 1 bits some square roots are rounded otherwise than at once."""
    every = range(get_format(narrow).top + 1)
    assert counterexamples("sqrt", narrow, 2 * p + 1, every)
    assert not counterexamples("sqrt", narrow, 2 * p + 2, every)


@pytest.mark.clause("project/round", "round/ties-to-even")
@pytest.mark.parametrize(("name", "spared"), [("add", 2), ("subtract", 2), ("divide", 3), ("multiply", 4)])
def test_what_the_other_operations_need(name, spared):
    """Sums need 2 p + 1 bits, quotients 2 p, products less: with one bit fewer some operands of e3m2 are rounded otherwise."""
    assert counterexamples(name, "e3m2", 8 - spared, range(get_format("e3m2").top + 1))
