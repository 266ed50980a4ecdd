"""Sums in an LNS register."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim import Projection, get_format
from refsim.spec.datapaths import Datapath, dot, trace
from refsim.spec.exact import is_zero
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.lns import Adder, correction_table, lns_add
from refsim.spec.lns_sums import LnsSequential
from refsim.spec.products import ExactProduct
from refsim.spec.terms import flips

LNS = get_format("lns5.6")
TO = Projection(LNS, "ties_to_even", "saturate")


def _adder(length: int = 640) -> Adder:
    sums, differences = (
        correction_table(length, 6, 6, "ties_to_even", "low", subtraction=subtraction) for subtraction in (False, True)
    )
    return Adder(sums, differences, "saturate")


PATH = Datapath(ExactProduct(), LnsSequential(TO, _adder()), "first", "sum", None)


def _number(x: float) -> Number:
    return Number(TO(Fraction(x)).code, LNS)


@pytest.mark.clause("lns/sum")
def test_sum_of_powers_by_hand() -> None:
    """1 * 1 + 1 * 1 + 2 * 1 = 4: the corrections of equal logarithms are 1 exactly."""
    xs, ones = [_number(v) for v in (1, 1, 2)], [_number(1)] * 3
    writes = trace(xs, ones, PATH)
    assert [(w.register, w.step) for w in writes] == [("sum", 0), ("term", 1), ("sum", 1), ("term", 2), ("sum", 2)]
    assert [LNS.decode(w.result.code) for w in writes if w.register == "sum"] == [1, 2, 4]


@pytest.mark.clause("lns/sum")
@given(st.lists(st.tuples(st.floats(0.05, 30), st.floats(0.05, 30)), min_size=1, max_size=12))
def test_positive_sums_are_as_near_as_their_steps(pairs: list[tuple[float, float]]) -> None:
    """Each addition errs by half a step of the logarithm at most, and rounding a term by another half."""
    xs, ys = ([_number(pair[i]) for pair in pairs] for i in (0, 1))
    found = LNS.decode(dot(xs, ys, PATH).code)
    exact = sum(2 ** (_log(x) + _log(y)) for x, y in zip(xs, ys, strict=True))
    assert abs(_log(Number(TO(found).code, LNS)) - math.log2(exact)) <= len(pairs) * 1.01 / 64


def _log(x: Number) -> float:
    """The logarithm by the fields of the code."""
    fields = x.format.fields(x.code)
    bits = fields["integer"] << 6 | fields["fraction"]
    return (bits - (1 << 12) * (bits >> 11)) / 64


@pytest.mark.clause("lns/sum")
def test_start_from_an_initial_value_and_from_nothing() -> None:
    one, two = _number(1), _number(2)
    assert LNS.decode(dot([one], [one], PATH, one).code) == 2
    assert is_zero(LNS.decode(dot([], [], PATH).code))
    assert LNS.decode(dot([], [], PATH, two).code) == 2
    minus = Number(two.code ^ 1 << LNS.width - 1, LNS)
    assert is_zero(LNS.decode(dot([one, one], [two, minus], PATH).code))


def test_each_step_is_the_adder() -> None:
    numbers = [_number(v) for v in (3.3, -1.7, 0.2, 9.9)]
    held = numbers[0]
    for x in numbers[1:]:
        held = Number(lns_add(held, x, _adder()).code, LNS)
    assert dot(numbers, [_number(1)] * 4, PATH).code == held.code


def test_flags_and_flips() -> None:
    greatest = Number(LNS.code(False, LNS.top), LNS)
    result = dot([greatest, greatest], [_number(1), _number(1)], PATH)
    assert (result.code, result.flags) == (greatest.code, Flags.OVERFLOW | Flags.INEXACT)
    sign = 1 << LNS.width - 1
    one = _number(1)
    assert is_zero(LNS.decode(dot([one, one], [one, one], PATH, port=flips({("sum", 0): sign})).code))


def test_another_kind_of_register_is_refused() -> None:
    with pytest.raises(ValueError, match="an LNS adder takes LNS formats, which int8 is not"):
        LnsSequential(Projection("int8", "toward_zero", "saturate"), _adder())
