"""What vectors can be about: configurations, their fields, and results that are the specification's."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec import arithmetic
from refsim.spec.catalogue import CATALOGUE, get_format
from refsim.spec.formats import Number
from refsim.spec.operations import OPERATIONS
from refsim.spec.projection import Projection
from refsim.testing import strategies
from refsim.vectors.operations import Configuration, decoded

from .made import configuration

E4M3 = get_format("float8_e4m3fn")
TO = Projection(E4M3, "ties_to_even", "saturate")


@pytest.mark.parametrize(
    ("operation", "operands", "to", "message"),
    [
        ("halve", (E4M3, E4M3), TO, "unknown operation 'halve'; the operations are decode, convert"),
        ("add", (E4M3,), TO, "add takes 2 operands, not 1"),
        ("convert", (E4M3, E4M3), TO, "convert takes 1 operand, not 2"),
        ("fma", (E4M3,) * 2, TO, "fma takes 3 operands, not 2"),
        ("dot_product", (E4M3,) * 3, TO, "dot_product takes two vectors of one length, not 3 numbers"),
        ("decode", (E4M3,), TO, "decode with results to float8_e4m3fn ties_to_even saturate makes no sense"),
        ("decode", (E4M3, E4M3), None, "decode takes 1 operands, not 2"),
        ("decode", (), None, "decode takes 1 operands, not 0"),
        ("add", (E4M3, E4M3), None, "results to None"),
        ("classify", (E4M3,), TO, "classify with results to"),
    ],
)
def test_a_configuration_makes_sense(operation, operands, to, message):
    """An unknown operation, a wrong number of operands, and a projection that is missing or has no use are refused."""
    with pytest.raises(ValueError, match=message):
        Configuration(operation, operands, to)


def test_fields():
    """Each field has a name, its bits, and as many whole digits as hold them; random bits are the last operand."""
    c = configuration("multiply", "float6_e2m3fn bfloat16", "binary16", "stochastic_b:5")
    assert [str(f) for f in c.operand_fields] == ["a:float6_e2m3fn", "b:bfloat16", "draw:5"]
    assert [f.digits for f in c.operand_fields] == [2, 4, 2]
    assert [str(f) for f in c.result_fields] == ["y:binary16", "flags:5"]
    d = configuration("decode", "tf32")
    assert [str(f) for f in d.operand_fields] == ["a:tf32"]
    assert [str(f) for f in d.result_fields] == ["kind:2", "sign:1", "significand:19", "exponent:32"]


def test_fields_of_results_that_are_no_projected_numbers():
    """A comparison gives one bit, a class four, an operation on codes a code of the first operand's format; each with flags."""
    fields = {
        "compare_quiet_less": ("e3m2 binary16", ["y:1", "flags:5"]),
        "total_order": ("e3m2 e3m2", ["y:1", "flags:5"]),
        "classify": ("e3m2", ["y:4", "flags:5"]),
        "copy_sign": ("binary16 e3m2", ["y:binary16", "flags:5"]),
        "next_up": ("float8_e4m3fn", ["y:float8_e4m3fn", "flags:5"]),
    }
    for operation, (operands, results) in fields.items():
        assert [str(f) for f in configuration(operation, operands).result_fields] == results
    assert [str(f) for f in configuration("dot_product", "e3m2 e3m2 e3m2 e3m2", "e3m2").operand_fields] == [
        "a0:e3m2",
        "a1:e3m2",
        "b0:e3m2",
        "b1:e3m2",
    ]


@pytest.mark.parametrize(
    ("names", "options", "present", "absent"),
    [
        (
            ("minimum", "float8_e4m3fn float8_e4m3fn", "float8_e4m3fn"),
            {},
            ["extrema/propagating"],
            ["round/ties-to-even", "flags/tiny"],
        ),
        (("minimum", "binary16 binary16", "float8_e5m2"), {}, ["round/ties-to-even", "overflow/saturate"], []),
        (("round_to_integral", "binary16", "binary16"), {}, ["round/ties-to-even", "integral/round"], ["project/past-end"]),
        (("sqrt", "binary16", "binary16"), {"nan": "x86"}, ["nan/x86", "nan/carried", "project/irrational"], ["nan/canonical"]),
        (
            ("add", "binary16 binary16", "binary16"),
            {"nan": "riscv"},
            ["nan/canonical"],
            ["nan/carried", "project/flush-inputs"],
        ),
        (("add", "e3m2 e3m2", "e3m2"), {"subnormals": "flush"}, ["project/flush-inputs", "project/flush-outputs"], []),
        (("add", "e3m2 e3m2", "e3m2"), {"subnormals": "flush_inputs"}, ["project/flush-inputs"], ["project/flush-outputs"]),
        (("classify", "e3m2"), {}, ["comparison/class"], ["project/order"]),
    ],
)
def test_clauses(names, options, present, absent):
    """The rules of a projection are among the clauses where they can show in a result, and nowhere else."""
    found = configuration(*names, **options).clauses
    assert set(present) <= set(found)
    assert not set(absent) & set(found)


def numpy_numbers(name):
    """Every code of a format as binary64, by NumPy and ml_dtypes alone."""
    if name.startswith(("int", "uint")):
        return np.arange(256).astype(np.uint8).view(name).astype(np.float64)
    dtype = np.dtype({"binary16": "float16"}.get(name) or getattr(ml_dtypes, name))
    width = get_format(name).width
    with np.errstate(invalid="ignore"):
        return np.arange(1 << width).astype(f"u{dtype.itemsize}").view(dtype).astype(np.float64)


@pytest.mark.parametrize(
    "name",
    [
        *("float4_e2m1fn", "float6_e3m2fn", "float8_e4m3fn", "float8_e5m2", "float8_e4m3b11fnuz", "float8_e8m0fnu"),
        *("binary16", "bfloat16", "int8", "uint8"),
    ],
)
@pytest.mark.clause("format/decode", "format/point")
def test_decoded_parts_are_the_number(name):
    """Kind, sign, significand and exponent of every code put together are the number that NumPy reads."""
    format = get_format(name)
    for code, number in enumerate(numpy_numbers(name).tolist()):
        kind, sign, significand, exponent = decoded(format.decode(code))
        power = exponent - (1 << 32) if exponent >> 31 else exponent
        if np.isnan(number):
            assert kind in (2, 3)
            assert (sign, significand, exponent) == (0, 0, 0)
        elif np.isinf(number):
            assert (kind, sign, significand, exponent) == (1, number < 0, 0, 0)
        else:
            assert kind == 0
            assert sign == np.signbit(number)
            assert (-1) ** sign * significand * Fraction(2) ** power == Fraction(number)
            assert significand % 2 == 1 or (significand, exponent) == (0, 0)


def test_decoded_tells_quiet_from_signaling():
    """A quiet NaN of binary16 is of kind 2 and a signaling one of kind 3, whatever their signs and payloads."""
    format = get_format("binary16")
    quiet = {decoded(format.decode(sign | 0x7E00 | payload)) for sign in (0, 0x8000) for payload in (0, 1, 0x1FF)}
    signaling = {decoded(format.decode(sign | 0x7C00 | payload)) for sign in (0, 0x8000) for payload in (1, 2, 0x1FF)}
    assert (quiet, signaling) == ({(2, 0, 0, 0)}, {(3, 0, 0, 0)})


@given(st.data())
def test_results_are_those_of_the_specification(data):
    """Whatever the operation, formats and rules, the results are the code and the flags of the specification's function."""
    operation = data.draw(st.sampled_from(["convert", "add", "subtract", "multiply"]))
    operands = [data.draw(strategies.formats()) for _ in OPERATIONS[operation].roles]
    to = data.draw(strategies.projections(data.draw(strategies.formats())))
    codes = [data.draw(strategies.codes(format)) for format in operands]
    draw = data.draw(strategies.draws(to.rounding))
    numbers = [Number(code, format) for code, format in zip(codes, operands, strict=True)]
    c = Configuration(operation, tuple(operands), to)
    fields = (*codes, *([] if draw is None else [draw]))
    try:
        expected = getattr(arithmetic, operation)(*numbers, to, draw)
    except ValueError as refusal:
        with pytest.raises(type(refusal)):
            c.results(fields)
    else:
        assert c.results(fields) == (expected.code, int(expected.flags))
        assert len(fields) == len(c.operand_fields)


@pytest.mark.parametrize(
    ("operation", "a", "b", "exact"),
    [
        ("add", 1.5, -0.25, "5/4"),
        ("subtract", 1.5, -0.25, "7/4"),
        ("multiply", 1.5, -0.25, "-3/8"),
        ("convert", 1.5, None, "3/2"),
    ],
)
def test_exact_results(operation, a, b, exact):
    """The exact result of an operation on codes is the operation on their values."""
    codes = [int(np.array(x, ml_dtypes.float8_e4m3fn).view(np.uint8)) for x in (a, b) if x is not None]
    c = configuration(operation, " ".join(["float8_e4m3fn"] * len(codes)), "float8_e4m3fn")
    assert c.exact(tuple(codes)) == Fraction(exact)


@pytest.mark.parametrize("name", [entry.format.name for entry in CATALOGUE])
def test_decode_has_a_place_for_every_datum(name):
    """The parts of the least, the greatest and the special data fit the fields that the file gives them."""
    c = configuration("decode", name)
    format = c.operands[0]
    codes = {0, 1, (1 << format.width) - 1, 1 << format.width - 1, format.code(False, format.top)}
    for code in codes:
        for value, field in zip(c.results((code,)), c.result_fields, strict=True):
            assert 0 <= value < 1 << field.bits
