"""Range guards: all codes of 8-bit formats against plain minimum and maximum, every choice, and what is refused."""

from fractions import Fraction
from itertools import product

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special, is_infinite, is_nan, is_negative
from refsim.spec.formats import Number
from refsim.spec.range_guards import NANS, OUT_OF_RANGE, RangeGuard, guard, reach, zero_code
from refsim.spec.rule_names import read_rule, write_rule
from refsim.spec.tensors import TensorType, tensor

FORMATS = ("int8", "uint8", "q2.5", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "posit8")
FAR = Fraction(10**50)


def number(format, code):
    """The number of a code as a plain one: infinities far away, both zeros the same; NaN is ``None``."""
    x = format.decode(code)
    if is_nan(x):
        return None
    if is_infinite(x):
        return -FAR if is_negative(x) else FAR
    return Fraction(0) if x is Special.NEGATIVE_ZERO else x


def ends_of(format):
    """Pairs of ends: the outer ones, inner ones, equal ones, zeros of both signs, infinities, and pairs the wrong way round."""
    numbers = sorted((number(format, c), c) for c in range(1 << format.width) if number(format, c) is not None)
    codes = [code for _, code in numbers]
    some = [codes[0], codes[len(codes) // 3], codes[len(codes) // 2], codes[-1]]
    return list(product(some, repeat=2))


@pytest.mark.clause("guard/range")
@pytest.mark.parametrize("name", FORMATS)
def test_all_codes_against_plain_numbers(name):
    """Saturating is min(max(x, low), high) on numbers where low is not above high; else low is met first. Zero is zero outside.

    Codes inside the range are passed on bit by bit.
    """
    format = get_format(name)
    zero = zero_code(format)
    assert format.decode(zero) == 0
    for low, high in ends_of(format):
        least, most = number(format, low), number(format, high)
        for code in range(1 << format.width):
            x = number(format, code)
            found = [
                guard(Number(code, format), Number(low, format), Number(high, format), how, "keep") for how in OUT_OF_RANGE
            ]
            if x is None or least <= x <= most:
                assert found == [code, code]
            else:
                assert found == [low if x < least else high, zero]
            if x is not None and least <= most:
                assert number(format, found[0]) == min(max(x, least), most)


@pytest.mark.clause("guard/range")
@pytest.mark.parametrize("name", ["float8_e4m3fn", "float8_e5m2", "posit8"])
def test_nan(name):
    """A NaN stays, or is zero or an end; an end that is NaN holds nothing back."""
    format = get_format(name)
    one, two = (format.code(negative=False, n=n) for n in (1, 2))
    nans = [code for code in range(256) if is_nan(format.decode(code))]
    assert nans
    for code in nans:
        for how in OUT_OF_RANGE:
            found = [guard(Number(code, format), Number(one, format), Number(two, format), how, nan) for nan in NANS]
            assert found == [code, 0, one, two]
        for x in (one, two):
            assert guard(Number(x, format), Number(code, format), Number(code, format), "zero", "keep") == x
        assert guard(Number(two, format), Number(code, format), Number(one, format), "saturate", "keep") == one
        assert guard(Number(one, format), Number(two, format), Number(code, format), "saturate", "keep") == two


@pytest.mark.clause("guard/range")
def test_zeros_are_equal():
    """A negative zero is not below a positive one, and stays; an infinity is outside every range of numbers."""
    e5m2 = get_format("float8_e5m2")
    zero, minus, one, infinity = 0x00, 0x80, 0x3C, 0x7C
    for end in (zero, minus):
        assert guard(Number(minus, e5m2), Number(end, e5m2), Number(one, e5m2), "saturate", "keep") == minus
    assert guard(Number(infinity, e5m2), Number(zero, e5m2), Number(one, e5m2), "saturate", "keep") == one
    assert guard(Number(infinity, e5m2), Number(zero, e5m2), Number(infinity, e5m2), "saturate", "keep") == infinity


INT8 = get_format("int8")


def guarded(rule, x, low, high):
    """The rule on integers of two channels of two elements."""
    given = tensor([n % 256 for n in x], (2, 2), INT8)
    parameters = {role: tensor([n % 256 for n in ends], (len(ends),), INT8) for role, ends in (("low", low), ("high", high))}
    made = rule([given], parameters)
    assert made.type == rule.infer([given.type], {role: one.type for role, one in parameters.items()})
    return [int(INT8.decode(code)) for code in made.codes]


@pytest.mark.clause("guard/rule")
def test_ends_of_channels():
    """One end for all, or one for each channel, in any mixture."""
    saturate, zero = RangeGuard("saturate", "keep"), RangeGuard("zero", "keep")
    assert guarded(saturate, [-9, 3, 9, 0], [-1], [5]) == [-1, 3, 5, 0]
    assert guarded(zero, [-9, 3, 9, 0], [-1], [5]) == [0, 3, 0, 0]
    assert guarded(saturate, [-9, 3, 9, 0], [-10, 1], [2, 8]) == [-9, 2, 8, 1]
    assert guarded(saturate, [-9, 3, 9, 0], [-10, 1], [5]) == [-9, 3, 5, 1]


@pytest.mark.clause("guard/rule")
def test_refusals():
    """Other choices, ends of another format or length, a missing end, a format without zero."""
    with pytest.raises(ValueError, match="out_of_range of a range guard is one of saturate, zero, not 'wrap'"):
        RangeGuard("wrap", "keep")
    with pytest.raises(ValueError, match="nan of a range guard is one of keep, zero, low, high, not 'inf'"):
        RangeGuard("zero", "inf")
    rule, x, one = RangeGuard("zero", "keep"), TensorType((2, 2), INT8), TensorType((1,), INT8)
    for parameters, wrong in (
        ({"low": one}, "high is missing"),
        ({"low": one, "high": TensorType((3,), INT8)}, r"high of range_guard has one element or \(2,\)"),
        ({"low": one, "high": TensorType((1,), get_format("int4"))}, "input's format int8, not of int4"),
        ({"low": TensorType((1,), get_format("uint8")), "high": one}, "input's format int8, not of uint8"),
        ({"low": one, "high": one, "bias": one}, "bias is unknown"),
    ):
        with pytest.raises(ValueError, match=wrong):
            rule.infer([x], parameters)
    with pytest.raises(ValueError, match="range_guard takes one input, not 2"):
        rule.infer([x, x], {"low": one, "high": one})
    scale = get_format("float8_e8m0fnu")
    ends = dict.fromkeys(("low", "high"), TensorType((1,), scale))
    with pytest.raises(ValueError, match="float8_e8m0fnu has no zero"):
        rule.infer([TensorType((2,), scale)], ends)
    assert RangeGuard("saturate", "low").infer([TensorType((2,), scale)], ends) == TensorType((2,), scale)


@pytest.mark.clause("guard/reach")
def test_reach():
    """The least and the greatest number; the first of equal ones, infinities too, and no NaN."""
    e5m2 = get_format("float8_e5m2")
    seen = [Number(code, e5m2) for code in (0x7F, 0x80, 0x00, 0x3C, 0x80)]
    assert [end.code for end in reach(seen)] == [0x80, 0x3C]
    assert [end.code for end in reach(seen[2:])] == [0x00, 0x3C]
    assert [end.code for end in reach([*seen, Number(0xFC, e5m2)])] == [0xFC, 0x3C]
    for nothing in ([], seen[:1]):
        with pytest.raises(ValueError, match="at least one number that is not NaN"):
            reach(nothing)


def test_spelling():
    """A guard has a name in network files."""
    for rule in (RangeGuard("saturate", "keep"), RangeGuard("zero", "zero")):
        assert read_rule(write_rule(rule)) == rule
    assert write_rule(RangeGuard("zero", "low")) == {"kind": "range_guard", "out_of_range": "zero", "nan": "low"}
