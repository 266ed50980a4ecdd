"""Operands and results: every operation reads its operands once, projects its result once, and lets NaNs through."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, NEGATIVE_INFINITY, NEGATIVE_ZERO, POSITIVE_INFINITY, SIGNALING_NAN, is_nan
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.operands import integer, nan_of, perform, signed
from refsim.spec.operations import OPERATIONS, Kind
from refsim.spec.projection import Projection

from .data import BINARY16, CODES, number

INT8 = get_format("int8")
FORGIVING = {name for name in OPERATIONS if name.endswith(("_number", "_finite")) or name.startswith(("min_num", "max_num"))}
"""The operations in which a number wins over a NaN."""
CHAPTERS = ("arithmetic/", "integral/", "scaling/", "extrema/")
NUMERIC = [
    name
    for name, operation in OPERATIONS.items()
    if operation.kind is Kind.NUMBER and name != "to_integer" and operation.clauses[0].startswith(CHAPTERS)
]


def operands(operation, names):
    """Operands of binary16 by name, exponents as small integers."""
    roles = operation.roles or tuple("ab")
    return [Number(1, INT8) if role in operation.exponents else number(name) for role, name in zip(roles, names, strict=True)]


@pytest.mark.clause("arithmetic/nan", "operation/perform")
@pytest.mark.parametrize("name", NUMERIC)
def test_nans_come_through(name):
    """A quiet NaN anywhere makes the result NaN in silence, a signaling one raises invalid; the exceptions are the families in
    which a number wins, and the hypotenuse beside an infinity."""
    operation, to = OPERATIONS[name], Projection(BINARY16, "ties_to_even", "infinity")
    for names in product(("1", "inf", "nan", "snan"), repeat=len(operation.roles or "ab")):
        taken = [n for n, role in zip(names, operation.roles or "ab", strict=True) if role not in operation.exponents]
        if not {"nan", "snan"} & set(taken):
            continue
        code, flags = operation(*operands(operation, names), to=to)
        assert flags == (Flags.INVALID if "snan" in taken else Flags.NONE), names
        if name not in FORGIVING and not (name == "hypot" and set(taken) == {"inf", "nan"}):
            assert is_nan(BINARY16.decode(code)), names


@pytest.mark.clause("operation/perform", "project/order")
@given(st.sampled_from(NUMERIC), st.lists(st.sampled_from(list(CODES)), min_size=5, max_size=5), st.integers(0, 7))
def test_an_operation_is_projected_once(name, names, draw):
    """The result is the projection of the exact outcome into any format, with the flags of the operation joined."""
    operation = OPERATIONS[name]
    numbers = operands(operation, names[: len(operation.roles or "ab")])
    for target, rounding in (("binary8p3se", "stochastic_a:3"), ("binary32", "toward_negative")):
        to = Projection(target, rounding, "saturate")
        random = draw if to.rounding.bits else None
        seen = []

        def outcome(setting, *data, exact=operation.exact, seen=seen):
            seen.append((setting, data))
            return exact(setting, *data)

        found = perform(outcome, numbers, to, random)
        ((setting, data),) = seen
        assert data == tuple(x.exact for x in numbers)
        assert (setting.formats, setting.to, setting.draw) == (tuple(x.format for x in numbers), to, random)
        value, flags = operation.exact(setting, *data)
        assert found == operation(*numbers, to=to, draw=random) == to(value, random, flags)


@pytest.mark.clause("round/draw", "operation/perform")
@pytest.mark.parametrize("name", ["1", "nan", "inf"])
def test_random_bits_are_asked_for(name):
    """Random bits are checked whatever the result is, a NaN too."""
    add = OPERATIONS["add"]
    stochastic, nearest = (Projection(BINARY16, rule, "infinity") for rule in ("stochastic_b:2", "ties_to_even"))
    with pytest.raises(ValueError, match=r"^stochastic_b:2 needs 2 random bits a number$"):
        add(number(name), number("1"), to=stochastic)
    with pytest.raises(ValueError, match=r"^random bits 0x4 are not in 0..0x3 of stochastic_b:2$"):
        add(number(name), number("1"), to=stochastic, draw=4)
    with pytest.raises(ValueError, match=r"^ties_to_even takes no random bits$"):
        add(number(name), number("1"), to=nearest, draw=0)


@pytest.mark.clause("arithmetic/nan")
def test_nan_of():
    """The NaN outcome of data, and none where no datum is a NaN."""
    assert nan_of(Fraction(1), NEGATIVE_ZERO, POSITIVE_INFINITY) is None
    assert nan_of() is None
    assert nan_of(Fraction(1), NAN) == (NAN, Flags.NONE)
    assert nan_of(SIGNALING_NAN, NAN) == (NAN, Flags.INVALID)


@pytest.mark.parametrize(("datum", "expected"), [(Fraction(-7), -7), (NEGATIVE_ZERO, 0), (Fraction(1 << 80), 1 << 80)])
def test_integers(datum, expected):
    """An integral datum as an integer."""
    assert integer(datum) == expected


@pytest.mark.parametrize(
    ("datum", "text"), [(Fraction(1, 2), "1/2"), (NAN, "nan"), (NEGATIVE_INFINITY, "-inf"), (SIGNALING_NAN, "snan")]
)
def test_what_is_no_integer(datum, text):
    """Anything else is refused by its name."""
    with pytest.raises(ValueError, match=f"^{text} is no integer, which an exponent must be$"):
        integer(datum)


@pytest.mark.parametrize(
    ("magnitude", "plus", "minus"),
    [
        (Fraction(0), Fraction(0), NEGATIVE_ZERO),
        (Fraction(3), Fraction(3), Fraction(-3)),
        (POSITIVE_INFINITY, POSITIVE_INFINITY, NEGATIVE_INFINITY),
    ],
)
def test_a_sign_for_a_magnitude(magnitude, plus, minus):
    """A magnitude takes a sign, zero and infinity too."""
    assert signed(magnitude, False) == plus
    assert signed(magnitude, True) == minus
