"""The table of operations: complete, well-formed, and the same as the functions."""

import pytest

from refsim.clauses import clauses
from refsim.spec import arithmetic, codes, comparison, extrema, integral, scaling
from refsim.spec.catalogue import get_format
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS, Kind, get_operation
from refsim.spec.projection import Projection

from .data import BINARY16, number

MODULES = (codes, comparison, arithmetic, integral, scaling, extrema)
"""Codes first: arithmetic knows a ``negate`` of exact data."""
BASIC = [name for name in OPERATIONS if any(hasattr(module, name) for module in MODULES)]
# IEEE 754-2019 clause 5, the recommended 9.2.1 without transcendental ones, 9.6, and minNum of 2008; P3109's scalar operations.
REQUIRED = (
    *("add", "subtract", "multiply", "divide", "sqrt", "fma", "remainder", "convert", "to_integer"),
    *("round_to_integral", "round_to_integral_exact", "next_up", "next_down", "scale_b", "log_b", "negate"),
    *("absolute", "copy_sign", "classify", "total_order", "total_order_magnitude", "rsqrt", "hypot", "reciprocal"),
    *("faa", "minimum", "maximum", "minimum_number", "maximum_number", "minimum_magnitude", "maximum_magnitude"),
    *("minimum_magnitude_number", "maximum_magnitude_number", "min_num", "max_num", "min_num_mag", "max_num_mag"),
    *("minimum_finite", "maximum_finite", "clamp", "scaled_add", "scaled_multiply", "scaled_fma", "strict_hypot"),
    *("dot_product", "fmod", "compare_quiet_equal", "compare_signaling_less"),
)


def test_what_the_standards_require_is_there():
    """The operations of IEEE 754 and P3109 are in the table, each under its own name."""
    assert set(REQUIRED) <= set(OPERATIONS)
    assert all(name == operation.name == str(operation) for name, operation in OPERATIONS.items())
    assert sum(name.startswith("compare_") for name in OPERATIONS) == 22


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_entry_is_well_formed(name):
    """It has one of the two functions, names operands once, has a place for each, and cites clauses that exist."""
    operation = OPERATIONS[name]
    assert (operation.exact is None) != (operation.on_codes is None)
    assert (operation.exact is not None) == (operation.kind is Kind.NUMBER)
    assert len(set(operation.roles)) == len(operation.roles)
    assert operation.template.count("{}") == len(operation.roles)
    assert set(operation.exponents) <= set(operation.roles)
    assert operation.clauses
    assert set(operation.clauses) <= set(clauses())


@pytest.mark.clause("operation/perform")
@pytest.mark.parametrize("name", [name for name in BASIC if name != "dot_product"])
def test_an_entry_is_the_function(name):
    """Called by name or by function, an operation gives the same."""
    operation = OPERATIONS[name]
    function = next(getattr(module, name) for module in MODULES if hasattr(module, name))
    to = Projection("int16" if name == "to_integer" else "binary32", "toward_negative", "saturate")
    int8 = get_format("int8")
    for some in (("4", "1/2", "2", "-1", "1"), ("-1", "-0", "1", "-2", "0"), ("1", "-2", "4", "1/2", "2")):
        numbers = [
            Number(3, int8) if r in operation.exponents else number(x) for r, x in zip(operation.roles, some, strict=False)
        ]
        if operation.kind is Kind.NUMBER:
            assert operation(*numbers, to=to) == function(*numbers, to)
        else:
            assert operation(*numbers) == function(*numbers)


@pytest.mark.clause("arithmetic/dot-product")
def test_the_dot_product_takes_two_vectors():
    """Its operands are the first vector and then the second, of any one length."""
    dot, to = OPERATIONS["dot_product"], Projection(BINARY16, "ties_to_even", "infinity")
    assert dot.roles_of(4) == ("a0", "a1", "b0", "b1")
    xs, ys = [number("2"), number("1")], [number("-1"), number("4")]
    assert dot(*xs, *ys, to=to) == arithmetic.dot_product(xs, ys, to) == (0x4000, Flags.NONE)
    for count in (0, 3):
        with pytest.raises(ValueError, match=f"^dot_product takes two vectors of one length, not {count} numbers in all$"):
            dot(*[number("1")] * count, to=to)


@pytest.mark.parametrize(
    ("name", "count", "message"),
    [
        ("add", 1, "add takes 2 operands, not 1"),
        ("sqrt", 2, "sqrt takes 1 operand, not 2"),
        ("scaled_fma", 3, "scaled_fma takes 5 operands, not 3"),
        ("negate", 0, "negate takes 1 operand, not 0"),
    ],
)
def test_too_many_or_too_few(name, count, message):
    """Another number of operands is refused."""
    operation = OPERATIONS[name]
    to = Projection(BINARY16, "ties_to_even", "infinity") if operation.kind is Kind.NUMBER else None
    with pytest.raises(ValueError, match=f"^{message}$"):
        operation(*[number("1")] * count, to=to)


def test_a_projection_where_it_belongs():
    """An operation whose result is a number needs a projection, and another takes none."""
    to = Projection(BINARY16, "ties_to_even", "infinity")
    with pytest.raises(TypeError, match=r"^add needs a projection of its result$"):
        OPERATIONS["add"](number("1"), number("1"))
    for name in ("negate", "compare_quiet_less", "classify"):
        with pytest.raises(TypeError, match=f"^{name} takes no projection of its result$"):
            OPERATIONS[name](number("1"), number("1"), to=to)


def test_names():
    """An operation is had by its name, and near names are proposed for an unknown one."""
    assert get_operation("fma") is OPERATIONS["fma"]
    with pytest.raises(ValueError, match=r"^unknown operation 'adds'; did you mean add\b"):
        get_operation("adds")
    with pytest.raises(ValueError, match=r"^unknown operation 'qqq'; 'refsim operations' lists them$"):
        get_operation("qqq")
