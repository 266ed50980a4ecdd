"""Blocks: values that others publish, special data, laws of quantization, and the ways to divide."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.block_formats import get_block_format
from refsim.spec.blocks import (
    DIVISIONS,
    PRACTICES,
    Practice,
    Quantized,
    Quantizer,
    dequantize,
    elements_of,
    exact_quotient,
    get_practice,
    greatest_magnitude,
    quantize,
    values_of,
)
from refsim.spec.exact import (
    NAN,
    NEGATIVE_INFINITY,
    NEGATIVE_ZERO,
    POSITIVE_INFINITY,
    SIGNALING_NAN,
    floor_log2,
    is_nan,
    is_negative,
    is_zero,
    magnitude,
    power_of_two,
)
from refsim.spec.formats import Unrepresentable
from refsim.spec.projection import Projection
from refsim.spec.scales import greatest, spacing

from .blocks import MX, binary32, floats, number, quantizer, rationals

ZERO, INF = Fraction(0), POSITIVE_INFINITY


def fractions(*texts):
    """Exact numbers."""
    return tuple(NEGATIVE_ZERO if text == "-0" else Fraction(text) for text in texts)


@pytest.mark.clause("block/quantize", "block/values")
def test_worked_example():
    """OCP 6.3 by hand: of (5, -3.3, 0.2, -0) the greatest is 5, its power of two 4, and E2M1's is 4; so the scale is 1."""
    block = quantize(fractions("5", "-33/10", "1/5", "-0"), quantizer("mxfp4"))
    assert block == Quantized(127, (0x6, 0xD, 0x0, 0x8))
    assert values_of(block, get_block_format("mxfp4")) == fractions("4", "-3", "0", "-0")
    assert quantize(fractions("5", "-33/10", "1/5", "-0"), quantizer("mxfp4", "cudnn")).scale == 127
    assert quantize(fractions("7", "-33/10"), quantizer("mxfp4", "cudnn")) == Quantized(128, (0x6, 0xB))


@pytest.mark.clause("block/quantize")
@pytest.mark.parametrize(
    ("codes", "scale", "elements"),
    [
        ((7585260, 6142315, 33075, 67028), 0, (62, 60, 4, 8)),
        ((8388608, 1063716449, 1051091338, 1034449408, 1064950601), 119, (0, 118, 106, 91, 120)),
        ((1064831570, 1037408064, 994704128, 1027482352, 1064777688), 119, (120, 93, 53, 84, 119)),
        ((0x40600001,) * 2, 121, (0x76, 0x76)),
        ((0x43FFFFFF, 0x43FFFFFF | 1 << 31), 128, (0x78, 0xF8)),
        ((0, 0), 0, (0, 0)),
        ((0x7FC00000, 0x7FC00000), 255, (0x7F, 0x7F)),
    ],
)
def test_published_by_torchao(codes, scale, elements):
    """Blocks of E4M3 under RCEIL from torchao's tests, cut to the greatest magnitude and a few more."""
    how = quantizer("mxfp8_e4m3", "torchao_rceil")
    assert quantize([binary32(code) for code in codes], how) == Quantized(scale, elements)


@pytest.mark.clause("block/amax")
def test_greatest_magnitude():
    """A NaN or an infinity poisons the block, or has no part in it; of no finite number it is NaN."""
    one = Fraction(1)
    assert greatest_magnitude([one, Fraction(-3), NEGATIVE_ZERO], "poison") == 3
    assert greatest_magnitude([NEGATIVE_ZERO, NEGATIVE_ZERO], "poison") == 0
    for special in (NAN, SIGNALING_NAN, INF, NEGATIVE_INFINITY):
        assert greatest_magnitude([one, special], "poison") is NAN
        assert greatest_magnitude([one, special], "ignore") == 1
        assert greatest_magnitude([special], "ignore") is NAN


@pytest.mark.clause("block/quantize", "block/amax")
def test_special_data():
    """Poisoned blocks are NaN throughout; where specials are ignored each is encoded by the elements' own rules."""
    values = (Fraction(3), NAN, INF, NEGATIVE_INFINITY)
    assert quantize(values, quantizer("mxfp8_e4m3")) == Quantized(0xFF, (0x7F,) * 4)
    assert quantize(values, quantizer("mxfp8_e5m2")) == Quantized(0xFF, (0x7E,) * 4)
    assert quantize(values, quantizer("mxfp4")) == Quantized(0xFF, (0,) * 4)
    for block, name in ((Quantized(0xFF, (0x7, 0x0)), "mxfp4"), (Quantized(0xFF, (0x3C,)), "mxfp8_e5m2")):
        assert all(map(is_nan, values_of(block, get_block_format(name))))
    found = quantize(values, quantizer("mxfp8_e5m2", "p3109"))
    assert found == Quantized(128, (0x3E, 0x7E, 0x7B, 0xFB))
    kept = quantize(values, quantizer("mxfp8_e5m2", "p3109", overflow="saturate_propagate"))
    assert kept.elements == (0x3E, 0x7E, 0x7C, 0xFC)
    with pytest.raises(Unrepresentable, match="float4_e2m1fn has no code for nan"):
        quantize(values, quantizer("mxfp4", "p3109"))
    assert quantize((INF,), quantizer("mxfp8_e5m2", "p3109")) == Quantized(0xFF, (0x7E,))


@pytest.mark.clause("block/divide")
def test_quotients():
    """By zero and by infinity, P3109's four cases; signs."""
    two = Fraction(2)
    for x, scale, expected in (
        (two, Fraction(3), Fraction(2, 3)),
        (-two, Fraction(3), Fraction(-2, 3)),
        (two, Fraction(-3), Fraction(-2, 3)),
        (two, ZERO, ZERO),
        (-two, ZERO, NEGATIVE_ZERO),
        (INF, ZERO, ZERO),
        (NEGATIVE_ZERO, two, NEGATIVE_ZERO),
        (two, INF, Fraction(1)),
        (-two, INF, Fraction(-1)),
        (NEGATIVE_INFINITY, INF, Fraction(-1)),
        (ZERO, INF, ZERO),
        (INF, two, INF),
        (INF, -two, NEGATIVE_INFINITY),
        (NAN, ZERO, NAN),
        (two, NAN, NAN),
    ):
        assert exact_quotient(x, scale) is expected or exact_quotient(x, scale) == expected


@pytest.mark.clause("block/divide")
def test_infinite_scale():
    """A P3109 scale may be infinite; elements are then signs."""
    how = quantizer("block4<binary8p3se,binary8p1ue>", "p3109", scale_overflow="infinity")
    huge = power_of_two(300)
    block = quantize((huge, -huge, ZERO, Fraction(1)), how)
    assert how.format.scale.decode(block.scale) is INF
    assert [how.format.element.decode(code) for code in block.elements] == [1, -1, 0, 1]


@pytest.mark.clause("block/divide-binary32", "block/reciprocal-binary32", "block/divide")
def test_divisions_differ():
    """At the places where E2M1's elements change, times scales of E4M3: the reciprocal misses some by its own error, while a
    quotient of binary32 numbers never rounds across one. A power of two shows a difference only where bits are lost."""
    format = get_block_format("block4<float4_e2m1fn,float8_e4m3fn>")
    missed = dict.fromkeys(DIVISIONS, 0)
    for code in range(0x08, 0x7F, 7):
        borders = [n * format.scale.decode(code) / 4 for n in range(1, 25)]
        near = [binary32(number(x).code + d) for x in borders for d in (-1, 0, 1)]
        for rounding in ("toward_zero", "ties_to_even"):
            exact = [quantizer(format, "cudnn", rounding).to(x / format.scale.decode(code)).code for x in near]
            for name in DIVISIONS:
                how = quantizer(format, "cudnn", rounding, division=name)
                missed[name] += elements_of(near, how, code, None) != tuple(exact)
    assert missed["divide"] == missed["divide_binary32"] == 0 < missed["reciprocal_binary32"]
    least = binary32(1)
    up = quantizer("mxfp8_e4m3", "gfloat", "away_from_zero")
    one = power_of_two(100)
    assert quantize((one, least), up).elements[1] == 1
    assert quantize((one, least), quantizer("mxfp8_e4m3", "torchao_floor", "away_from_zero")).elements[1] == 0
    with pytest.raises(ValueError, match="1/3 is no binary32 number, which this division needs"):
        quantize(fractions("1/3"), quantizer("mxfp4", "torchao_floor"))


@pytest.mark.clause("block/divide-binary32", "block/reciprocal-binary32")
@given(st.lists(floats(), min_size=1, max_size=4), st.sampled_from(MX))
def test_powers_of_two_divide_alike(values, name):
    """To nearest, dividing by E8M0 in binary32 or with its reciprocal gives the exact quotient's element."""
    found = {division: quantize(values, quantizer(name, "gfloat", division=division)) for division in DIVISIONS}
    assert len(set(found.values())) == 1


@pytest.mark.clause("block/quantize")
@given(
    st.lists(rationals(), min_size=1, max_size=6), st.sampled_from(MX), st.sampled_from(["floor", "rceil", "even", "midmax"])
)
def test_error_bound(values, name, rule):
    """No element is farther from its number than half the spacing at the greatest element, where nothing saturates, and an
    element that saturates is the greatest."""
    how = quantizer(name, rule=rule, overflow="saturate_symmetric" if name == "mxint8" else "saturate")
    block = quantize(values, how)
    scale = how.format.scale.decode(block.scale)
    for x, found, code in zip(values, values_of(block, how.format), block.elements, strict=True):
        a, m = magnitude(x), greatest(how.format.element) * scale
        if a > m:
            assert magnitude(found) == m
        else:
            assert abs(magnitude(found) - a) <= spacing(how.format.element) * scale / 2
        assert how.format.element.decode(code) == 0 or is_negative(found) == is_negative(x)


@pytest.mark.clause("block/quantize", "block/values")
@given(st.data(), st.sampled_from(MX), st.sampled_from(["ties_to_even", "toward_zero", "away_from_zero", "to_odd"]))
def test_values_of_a_block_are_kept(data, name, rounding):
    """Quantizing the values of a block under ``floor`` gives the block back, if one of its elements is in the binade of the
    greatest: then the scale is found again, and every value is an element times it."""
    how = quantizer(name, rounding=rounding)
    element = how.format.element
    top = power_of_two(how.format.emax)
    finite = [code for code in range(1 << element.width) if element.canonical(NAN) is None or element.decode(code) is not NAN]
    finite = [
        code for code in finite if not isinstance(element.decode(code), type(NAN)) or element.decode(code) is NEGATIVE_ZERO
    ]
    leading = [code for code in finite if top <= magnitude(element.decode(code)) < 2 * top]
    codes = (data.draw(st.sampled_from(leading)), *data.draw(st.lists(st.sampled_from(finite), max_size=8)))
    if name == "mxint8":
        codes = tuple(code for code in codes if code != 0x80)
    block = Quantized(data.draw(st.integers(0, 254)), codes)
    assert quantize(values_of(block, how.format), how) == block


@given(st.lists(rationals(), min_size=2, max_size=6), st.randoms(), st.integers(-60, 60), st.sampled_from(MX))
def test_laws(values, random, k, name):
    """The order of elements does not matter; a power of two moves from the numbers to the scale; signs are the elements'; a
    block of one keeps its scale beside zeros."""
    how = quantizer(name, overflow="saturate_symmetric" if name == "mxint8" else "saturate")
    block = quantize(values, how)
    order = list(range(len(values)))
    random.shuffle(order)
    assert quantize([values[i] for i in order], how) == Quantized(block.scale, tuple(block.elements[i] for i in order))
    scaled = quantize([x if is_zero(x) else x * power_of_two(k) for x in values], how)
    if any(not is_zero(x) for x in values):
        assert scaled == Quantized(block.scale + k, block.elements)
    padded = quantize([*values, *[ZERO] * 3], how)
    assert padded == Quantized(block.scale, (*block.elements, 0, 0, 0))


@pytest.mark.clause("block/dequantize", "block/values")
def test_dequantize():
    """Values are rounded once, exactly at the ends: 448 * 2**127 is past binary32, 2**-9 * 2**-127 is its 2**-136."""
    to = Projection("binary32", "ties_to_even", "infinity")
    block, format = Quantized(254, (0x7E, 0x38, 0x80)), get_block_format("mxfp8_e4m3")
    assert [to.format.decode(r.code) for r in dequantize(block, format, to)] == [INF, power_of_two(127), NEGATIVE_ZERO]
    assert dequantize(block, format, to)[0].flags.names() == ("inexact", "overflow")
    assert values_of(Quantized(0, (1,)), format) == (power_of_two(-136),)
    half = Projection("binary16", "stochastic_a:4", "infinity")
    third = Quantized(127 - 20, (0x01, 0x01))
    assert [r.code for r in dequantize(third, format, half, None, [0, 15])] == [0, 0]
    nvfp4 = get_block_format("nvfp4")
    found = values_of(Quantized(0x08, (0x7, 0x1)), nvfp4, number(Fraction(3)))
    assert found == (6 * power_of_two(-6) * 3, Fraction(1, 2) * power_of_two(-6) * 3)


@pytest.mark.clause("block/quantize", "block/format")
def test_tensor_scale():
    """A tensor scale divides the greatest magnitude and every element; it must be there exactly where the format has one."""
    how = quantizer("nvfp4", "cudnn")
    values = fractions("12", "-3", "1")
    block = quantize(values, how, number(2))
    assert block == quantize([x / 2 for x in values], how, number(1))
    assert block == Quantized(0x38, (0x7, 0xB, 0x1))
    with pytest.raises(TypeError, match="nvfp4 takes a tensor scale in binary32, not None"):
        quantize(values, how)
    with pytest.raises(TypeError, match="mxfp4 takes no tensor scale, not binary32"):
        quantize(values, quantizer("mxfp4"), number(1))
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="tensor scale of nvfp4 must be a positive number, not code 0x"):
            quantize(values, how, number(wrong))


def test_draws():
    """A stochastic rule takes its bits for each element: to the greater neighbour with all ones, to the lesser with zeros."""
    how = quantizer("mxfp4", rounding="stochastic_a:4")
    values = fractions("5", "5", "5/4")
    assert quantize(values, how, None, [0, 15, 15]) == Quantized(127, (0x6, 0x7, 0x3))
    with pytest.raises(ValueError, match="random bits"):
        quantize(values, how)


def test_errors():
    """Who, what was required, what came."""
    how = quantizer("mxfp4")
    for count in (0, 33):
        with pytest.raises(ValueError, match=f"a block of mxfp4 has 1 to 32 elements, not {count}"):
            quantize([ZERO] * count, how)
    with pytest.raises(ValueError, match="elements of mxfp4 are float4_e2m1fn numbers, not float8_e4m3fn"):
        Quantizer("mxfp4", Projection("float8_e4m3fn", "ties_to_even", "saturate"), "tosa")
    with pytest.raises(ValueError, match="unknown practice 'toxa'; the practices are microxcaling, "):
        get_practice("toxa")
    for option in Practice._fields[1:]:
        with pytest.raises(ValueError, match=f"{option} 'no' is none of "):
            quantizer("mxfp4", **{option: "no"})
    assert hash(how) == hash(quantizer("mxfp4"))
    assert how == quantizer("mxfp4") != quantizer("mxfp4", "tosa")
    assert replace(how.format, name="other") != how.format


@pytest.mark.parametrize("name", sorted(PRACTICES))
def test_practices_work(name):
    """Every practice quantizes every format of one level, and finds powers of two exactly."""
    for format in MX:
        how = quantizer(format, name)
        block = quantize((Fraction(1), Fraction(-1, 2), ZERO), how)
        assert values_of(block, how.format)[:2] == (1, Fraction(-1, 2))
        assert is_zero(values_of(block, how.format)[2])
        assert elements_of((Fraction(1),), how, block.scale, None) == block.elements[:1]
        assert floor_log2(how.format.scale.decode(block.scale)) <= 0
