"""Affine codes and code books as stages: by hand, against the host's arithmetic and brute force, and under faults."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.affine import dequantize
from refsim.spec.catalogue import get_format
from refsim.spec.codebooks import BOOKS, CodeBook, get_codebook
from refsim.spec.exact import NAN
from refsim.spec.formats import Number
from refsim.spec.memories import DATA, Part
from refsim.spec.naming import get_rounding
from refsim.spec.projection import Projection
from refsim.spec.stored_integers import Affine, InCodeBook

B32, INT8, UINT8 = (get_format(name) for name in ("binary32", "int8", "uint8"))
TO32 = Projection(B32, "ties_to_even", "infinity")
TO8, TOU8, TO4 = (Projection(name, "ties_to_even", "saturate") for name in ("int8", "uint8", "int4"))


def floats(values):
    """Binary32 weights."""
    return Part("weight", B32, tuple(np.asarray(values, np.float32).view(np.uint32).tolist()))


def numbers(codes):
    """Binary32 codes as the host's numbers."""
    return np.array(codes, np.uint32).view(np.float32)


def integers(part):
    """The integers of a part."""
    return [int(part.format.decode(code)) for code in part.codes]


NORMAL = np.random.default_rng(5).normal(0, 0.3, 203).astype(np.float32)


@pytest.mark.clause("stored/affine")
def test_symmetric_against_the_host():
    """The scale is the greatest magnitude over 127 in binary32; codes are the rounded quotients, read as products."""
    stage = Affine(TO8, TO32, TO32, symmetric=True)
    parts = stage.write(floats(NORMAL))
    scale = np.abs(NORMAL).max() / np.float32(127)
    assert numbers(parts["scale"].codes).tolist() == [scale]
    assert integers(parts["zero_point"]) == [0]
    codes = np.rint(NORMAL.astype(np.float64) / np.float64(scale)).clip(-128, 127)
    assert integers(parts[DATA]) == codes.tolist()
    assert np.array_equal(numbers(stage.read(parts).codes), codes.astype(np.float32) * scale)
    assert [parts[name].kind for name in (DATA, "scale", "zero_point")] == ["weight", "scale", "zero_point"]
    assert stage.read_format(INT8) == B32


@pytest.mark.clause("stored/affine")
def test_asymmetric_by_hand():
    """From -50/64 to 205/64 there are 255 steps of 1/64; zero lies 50 above the lower end; the range always holds zero."""
    to = Projection("binary64", "ties_to_even", "infinity")
    stage = Affine(TOU8, to, to, symmetric=False)
    data = Part("weight", to.format, tuple(to(Fraction(x)).code for x in ("-50/64", "205/64", "0", "0.5")))
    parts = stage.write(data)
    assert parts["scale"].codes == (to(Fraction(1, 64)).code,)
    assert integers(parts["zero_point"]) == [50]
    assert integers(parts[DATA]) == [0, 255, 50, 82]
    signed = Affine(TO8, to, to, symmetric=False).write(data)
    assert signed["scale"].codes == (to(Fraction(1, 64)).code,)
    assert integers(signed["zero_point"]) == [50 - 128]
    assert integers(signed[DATA]) == [-128, 127, -78, -46]
    above = stage.write(data._replace(codes=(data.codes[1],)))
    assert integers(above["zero_point"]) == [0]
    assert integers(above[DATA]) == [255]


@pytest.mark.clause("stored/affine")
def test_the_zero_point_saturates_under_every_rule():
    """A range of -382 to 0 has a scale of 382/255, which is 1 in whole numbers towards zero: -128 + 382 becomes 127, whatever
    becomes of the numbers then. Negative numbers overflow in an unsigned format without a zero point.
    """
    whole, data = Projection("uint8", "toward_zero", "saturate"), floats([-382, 0])
    for rule, codes in (("wrap", [1, 127]), ("saturate", [-128, 127])):
        parts = Affine(Projection("int8", "ties_to_even", rule), whole, TO32, symmetric=False).write(data)
        assert integers(parts["scale"]) == [1]
        assert integers(parts["zero_point"]) == [127]
        assert integers(parts[DATA]) == codes
    assert integers(Affine(TOU8, TO32, TO32, symmetric=True).write(floats([-1, 1]))[DATA]) == [0, 255]


@pytest.mark.clause("stored/affine")
@pytest.mark.parametrize("group", [None, 1, 16, 203])
@pytest.mark.parametrize("symmetric", [True, False])
def test_no_error_beyond_half_a_step(group, symmetric):
    """What is read lies within half a step of what was written, and a hair for the rounding of scale and product."""
    stage = Affine(TO8, TO32, TO32, symmetric, group)
    parts = stage.write(floats(NORMAL))
    scales = np.repeat(numbers(parts["scale"].codes), group or len(NORMAL))[: len(NORMAL)]
    assert (np.abs(numbers(stage.read(parts).codes) - NORMAL) <= scales * (0.5 if symmetric else 1.001)).all()
    assert len(parts["scale"].codes) == len(parts["zero_point"].codes) == (1 if group is None else -(-203 // group))


@pytest.mark.clause("stored/affine")
def test_reading_is_dequantizing():
    """With a positive scale every code is read as affine dequantization has it."""
    stage = Affine(TO8, TO32, TO32, symmetric=False)
    scale, point = Number(0x3DCCCCCD, B32), 250
    parts = {DATA: Part("weight", INT8, tuple(range(256))), "scale": Part("scale", B32, (scale.code,))}
    parts["zero_point"] = Part("zero_point", INT8, (point,))
    wanted = tuple(dequantize(Number(code, INT8), scale, -6, TO32).code for code in range(256))
    assert stage.read(parts).codes == wanted


@pytest.mark.clause("stored/affine")
def test_faults_beside_the_data():
    """A flip of the zero point moves all numbers by as many steps; a scale of -1 turns them around, one of NaN makes NaN."""
    stage = Affine(TO8, TO32, TO32, symmetric=True)
    parts = stage.write(floats([127, -127, 0, 3]))
    assert parts["scale"].codes == (0x3F800000,)
    hit = {**parts, "zero_point": Part("zero_point", INT8, (1 << 7,))}
    assert numbers(stage.read(hit).codes).tolist() == [255, 1, 128, 131]
    turned = {**parts, "scale": Part("scale", B32, (0xBF800000,))}
    assert numbers(stage.read(turned).codes).tolist() == [-127, 127, 0, -3]
    lost = {**parts, "scale": Part("scale", B32, (0x7F800000,))}
    assert [B32.decode(code) for code in stage.read(lost).codes][2] is NAN


@pytest.mark.clause("stored/affine")
def test_affine_corners():
    """Zeros have a scale of 1; what is not finite, what is no integer format and groups of nothing are refused."""
    stage = Affine(TO8, TO32, TO32, symmetric=False)
    assert stage.write(floats([0, 0]))["scale"].codes == (0x3F800000,)
    with pytest.raises(ValueError, match="affine stores finite rational numbers, not code 0x7f800000"):
        stage.write(floats([1, np.inf]))
    with pytest.raises(ValueError, match=r"codes are of an integer format, which q2\.5 is not"):
        Affine(Projection("q2.5", "ties_to_even", "saturate"), TO32, TO32, symmetric=True)
    with pytest.raises(ValueError, match="symmetric affine codes need a positive integer, which int1 has not"):
        Affine(Projection("int1", "ties_to_even", "saturate"), TO32, TO32, symmetric=True)
    with pytest.raises(ValueError, match="a group of affine has at least one element, not -1"):
        Affine(TO8, TO32, TO32, symmetric=True, group=-1)
    with pytest.raises(ValueError, match="needs a positive finite scale"):
        Affine(TO8, TO4, TO32, symmetric=True).write(floats([0.25]))


def book(name="nf4", rounding="ties_toward_positive", group=None, entry=TO32, back=TO32):
    """The stage of a code book."""
    return InCodeBook(get_codebook(name), get_rounding(rounding), entry, TO32, back, group)


@pytest.mark.clause("stored/codebook")
@pytest.mark.parametrize("group", [None, 64])
def test_nf4_against_brute_force(group):
    """Each code is that of the value nearest to the weight over its group's greatest magnitude; it is read as their product."""
    stage = book(group=group)
    parts = stage.write(floats(NORMAL))
    scales = numbers(parts["scale"].codes)
    values = np.array([float(x) for x in BOOKS["nf4"].values], np.float32)
    assert parts["table"] == Part("table", B32, tuple(values.view(np.uint32).tolist()))
    each = np.repeat(scales, group or len(NORMAL))[: len(NORMAL)]
    cuts = range(0, len(NORMAL), group or len(NORMAL))
    assert scales.tolist() == [np.abs(NORMAL[i : i + (group or len(NORMAL))]).max() for i in cuts]
    nearest = np.abs(NORMAL[:, None].astype(np.float64) / each[:, None] - values).argmin(axis=1)
    assert list(parts[DATA].codes) == nearest.tolist()
    assert parts[DATA].format.name == "uint4"
    assert np.array_equal(numbers(stage.read(parts).codes), values[nearest] * each)


@pytest.mark.clause("stored/codebook")
def test_faults_in_a_table():
    """A flip of the sign of an entry turns all weights with its code around, and no others; an unused code is read as zero."""
    stage = book("ternary_offset")
    data = floats([0.5, -0.5, 0, 0.5, 0.1])
    parts = stage.write(data)
    assert parts[DATA].codes == (2, 0, 1, 2, 1)
    assert numbers(parts["table"].codes).tolist() == [-1, 0, 1, 0]
    table = [*parts["table"].codes]
    table[2] ^= 1 << 31
    hit = {**parts, "table": parts["table"]._replace(codes=tuple(table))}
    assert numbers(stage.read(hit).codes).tolist() == [-0.5, -0.5, 0, -0.5, 0]
    unused = {**parts, DATA: parts[DATA]._replace(codes=(3, 0, 1, 2, 1))}
    assert numbers(stage.read(unused).codes).tolist() == [0, -0.5, 0, 0.5, 0]


@pytest.mark.clause("stored/codebook")
def test_the_greatest_value_of_a_book_is_the_greatest_weight():
    """A book that ends at -4 has a quarter of the greatest magnitude as its scale; entries are rounded as they are stored."""
    own = CodeBook("own", (Fraction(-4), Fraction(0), Fraction(1, 3), Fraction(1)))
    stage = InCodeBook(own, get_rounding("ties_toward_positive"), TO8, TO32, TO32)
    parts = stage.write(floats([2, -1.5]))
    assert numbers(parts["scale"].codes).tolist() == [0.5]
    assert parts["table"].codes == (252, 0, 0, 1)
    assert parts[DATA].codes == (3, 0)
    assert numbers(stage.read(parts).codes).tolist() == [0.5, -2]
    assert stage.read_format(parts[DATA].format) == B32


@pytest.mark.clause("stored/codebook")
def test_codebook_refusals():
    """Rules that a book has no answer for, random rules, numbers that are not finite."""
    with pytest.raises(ValueError, match="asks which value is odd"):
        book(rounding="ties_to_even")
    with pytest.raises(ValueError, match="without random bits"):
        book(rounding="stochastic_a:2")
    with pytest.raises(ValueError, match="codebook stores finite rational numbers"):
        book().write(floats([np.nan]))
    assert book().write(floats([0.0]))["scale"].codes == (0x3F800000,)
