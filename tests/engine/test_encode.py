"""Numbers to codes: what counts as a number, shapes, random bits, and one rounding from the exact value."""

import decimal
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refsim
from refsim.spec.exact import NAN, root
from refsim.spec.flags import Flags
from refsim.spec.formats import Unrepresentable
from refsim.spec.overflow import OverflowRaised

nearest = refsim.Projection("float8_e4m3fn", "ties_to_even", "saturate")
int16 = refsim.Projection("int16", "ties_to_even", "saturate")
ONE = 0x38


@pytest.mark.parametrize(
    "values",
    [
        [1.0, -2.0],
        (1, -2),
        [Fraction(1), Fraction(-2)],
        [decimal.Decimal("1.0"), decimal.Decimal(-2)],
        [Fraction(1), -2.0],
        np.array([1.0, -2.0], np.float16),
        np.array([1.0, -2.0], np.float32),
        np.array([1.0, -2.0], np.longdouble),
        np.array([1, -2], np.int8),
        np.array([1, -2], np.int64),
        np.array([1.0, -2.0], ml_dtypes.bfloat16),
        np.array([1.0, -2.0], ml_dtypes.float8_e5m2),
        np.array([1.0, -2.0], ml_dtypes.float4_e2m1fn),
        np.array([1.0, -2.0], ">f8"),
        np.array([1.0, -2.0], ">f4"),
        np.array([1.0, -2.0], ">f2"),
        np.array([1, -2], ">i4"),
    ],
    ids=lambda values: f"{type(values).__name__}-{getattr(values, 'dtype', type(values[0]).__name__)}",
)
def test_numbers_of_any_type(values):
    """Numbers may come in lists, tuples and arrays of every numeric type, in any byte order."""
    found = refsim.encode(values, nearest)
    assert found.codes.tolist() == [ONE, 0xC0]
    assert found.format is nearest.format
    assert found.codes.dtype == np.uint8


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([True, False], "bool"),
        (["1.0"], "<U3"),
        (b"1", "|S1"),
        ([1 + 0j], "complex128"),
        (np.array(["2026-01-01"], "M8[D]"), "datetime64"),
        (None, "NoneType"),
        ([1.0, None], "NoneType"),
        ([Fraction(1), "1"], "str"),
        ([Fraction(1), 1j], "complex"),
        (object(), "object"),
    ],
)
def test_what_is_no_number(values, what):
    """Truth values, texts, complex numbers and other things are refused, never taken for numbers."""
    with pytest.raises(TypeError, match=r"^encode takes numbers, not ") as refused:
        refsim.encode(values, nearest)
    assert what in str(refused.value)


def test_truth_values_among_exact_numbers():
    """A truth value is no number in an object array either."""
    with pytest.raises(TypeError, match=r"^encode takes numbers, not "):
        refsim.encode(np.array([Fraction(1), True], dtype=object), nearest)


def test_codes_are_no_numbers():
    """An array of codes is converted, not encoded."""
    with pytest.raises(TypeError, match=r"^encode takes numbers; convert takes an Array to another format$"):
        refsim.encode(refsim.Array([1], nearest.format), nearest)


@pytest.mark.parametrize("value", [2**53 + 1, 2**62 + 2**38 + 1, -(2**63) + 1, 2**64 - 1, 10**30, -(10**40) - 1])
def test_large_integers_are_rounded_once(value):
    """Integers that binary64 does not hold are rounded from their exact value, here away from zero."""
    to = refsim.Projection("binary64", "away_from_zero", "saturate")
    step = 1 << abs(value).bit_length() - 53
    expected = -(-abs(value) // step) * step * (1 if value > 0 else -1)
    assert refsim.encode([value], to).item(0) == expected
    assert refsim.encode(value, to).item() == expected
    assert refsim.encode([value, 0], to).item(0) == expected
    if -(2**63) < value < 2**63:
        assert refsim.encode(np.array([value, 0]), to).item(0) == expected


@pytest.mark.parametrize(
    "values", [[2**53 + 1, 0.5], [2**63 + 1, -1], [[2**53 + 1], [1.0]], (2**60 + 1, Fraction(1, 2)), [2**64 - 1, -3]]
)
def test_large_integers_among_other_numbers(values):
    """A list keeps its integers, whatever type NumPy would give the whole of it."""
    to = refsim.Projection("int128", "ties_to_even", "saturate")
    first = values[0][0] if isinstance(values[0], list) else values[0]
    assert refsim.encode(values, to).exact().flat[0] == first


def test_no_double_rounding():
    """1 + 2**-11 + 2**-60 lies above a tie of binary16, which a step through binary64 would hide."""
    to = refsim.Projection("binary16", "ties_to_even", "infinity")
    just_above = 1 + Fraction(1, 2**11) + Fraction(1, 2**60)
    assert refsim.encode([just_above], to).codes.tolist() == [0x3C01]
    assert refsim.encode([decimal.Decimal(just_above.numerator) / just_above.denominator], to).codes.tolist() == [0x3C01]
    with decimal.localcontext(prec=80):
        exactly = decimal.Decimal(just_above.numerator) / decimal.Decimal(just_above.denominator)
    assert refsim.encode([exactly], to).codes.tolist() == [0x3C01]


def test_decimals_that_are_not_numbers():
    """NaN, infinities and the negative zero of the decimal module keep their meaning."""
    to = refsim.Projection("binary16", "ties_to_even", "infinity")
    texts = ["NaN", "sNaN", "Infinity", "-Infinity", "-0", "0"]
    values = np.array([decimal.Decimal(text) for text in texts], dtype=object)
    assert refsim.encode(values, to).codes.tolist() == [0x7E00, 0x7E00, 0x7C00, 0xFC00, 0x8000, 0]


def test_longdouble_keeps_its_bits():
    """A number that only the wider type holds is rounded from its own value."""
    value = np.longdouble(1) + np.longdouble(2) ** -60
    to = refsim.Projection("binary64", "toward_positive", "infinity")
    expected = 0x3FF0000000000001 if value != 1 else 0x3FF0000000000000
    assert refsim.encode(np.array([value]), to).codes.tolist() == [expected]
    assert refsim.encode(np.array([np.nan, -np.inf, -0.0], np.longdouble), to).codes.tolist() == [
        0x7FF8000000000000,
        0xFFF0000000000000,
        0x8000000000000000,
    ]


def test_signaling_floats():
    """Codes of NaN of every kind become the canonical NaN, without a warning from the host."""
    patterns = [
        (np.uint16, np.float16, 0x7D00),
        (np.uint32, np.float32, 0x7F800001),
        (np.uint64, np.float64, 0x7FF0000000000001),
    ]
    for rule, draw in (("ties_to_even", None), ("stochastic_a:3", 0)):
        for target in ("binary32", "bfloat16", "float8_e4m3fn"):
            to = refsim.Projection(target, rule, "infinity")
            for bits, dtype, pattern in patterns:
                x = np.array([pattern], bits).view(dtype)
                assert refsim.encode(x, to, draw).codes.tolist() == [to.format.special(NAN)]


def test_exact_numbers_of_the_specification():
    """Roots and special data are numbers too."""
    assert refsim.encode([root(2, 2), NAN, Fraction(1)], nearest).codes.tolist() == [0x3B, 0x7F, ONE]


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (1,), (2, 3), (1, 2, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, object])
@pytest.mark.parametrize("to", [nearest, int16], ids=str)
def test_shapes(shape, dtype, to):
    """Codes and flags take the shape of the numbers; a number alone gives codes of no dimension."""
    found, flags = refsim.encode(np.ones(shape, dtype), to, flags=True)
    assert found.shape == flags.shape == shape
    assert flags.dtype == np.uint8
    assert (found.codes == to(1).code).all()


def test_a_number_alone():
    """A plain number gives one code."""
    assert refsim.encode(1.0, nearest).codes.shape == ()
    assert int(refsim.encode(1, nearest).codes) == ONE


def test_strided_and_read_only_arrays():
    """Any view of memory is read as it is, and not written."""
    x = np.arange(24, dtype=np.float32).reshape(4, 6) / 4
    expected = refsim.encode(x.copy(), nearest).codes
    x.setflags(write=False)
    assert (refsim.encode(x.T, nearest).codes == expected.T).all()
    assert (refsim.encode(x[::-2, 1::3], nearest).codes == expected[::-2, 1::3]).all()
    assert (refsim.encode(np.broadcast_to(x[0], (3, 6)), nearest).codes == expected[:1].repeat(3, 0)).all()
    assert (refsim.encode(np.asfortranarray(x), nearest).codes == expected).all()


def test_long_arrays():
    """The parts that an array is worked on in join without a seam."""
    x = np.resize(np.array([1.0, -2.0, 0.0, 448.0, 3.3]), 200_003)
    for to in (nearest, int16, refsim.Projection("binary32", "toward_zero", "infinity")):
        first = refsim.encode(x[:5], to).codes
        assert (refsim.encode(x, to).codes == np.resize(first, x.shape)).all()
    to = refsim.Projection("int16", "stochastic_a:4", "saturate")
    first = refsim.encode(x[:5], to, [0, 5, 9, 11, 15]).codes
    draws = np.resize([0, 5, 9, 11, 15], x.shape)
    assert (refsim.encode(x, to, draws).codes == np.resize(first, x.shape)).all()


def test_flags_on_request():
    """With flags the result is a pair, without them the codes alone."""
    codes, flags = refsim.encode([1.0, 1.01, 1e9], nearest, flags=True)
    assert isinstance(codes, refsim.Array)
    assert flags.tolist() == [0, Flags.INEXACT, Flags.INEXACT | Flags.OVERFLOW]
    assert isinstance(refsim.encode([1.0], nearest), refsim.Array)


def test_random_bits_broadcast():
    """Random bits and numbers broadcast as NumPy's operands do."""
    to = refsim.Projection("int8", "stochastic_a:2", "saturate")
    found = refsim.encode([[0.25], [0.75]], to, [0, 1, 2, 3])
    assert found.codes.tolist() == [[0, 0, 0, 1], [0, 1, 1, 1]]
    assert refsim.encode(0.75, to, 1).codes.shape == ()
    with pytest.raises(ValueError, match="broadcast"):
        refsim.encode([0.25, 0.5], to, [0, 1, 2])


@pytest.mark.clause("round/draw")
@pytest.mark.parametrize(
    ("rule", "draw", "error", "message"),
    [
        ("stochastic_a:3", None, ValueError, "stochastic_a:3 needs 3 random bits a number"),
        ("stochastic_a:3", [0, 8], ValueError, "random bits 0x8 are not in 0..0x7 of stochastic_a:3"),
        ("stochastic_a:3", [-1, 7], ValueError, "random bits -0x1 are not in 0..0x7 of stochastic_a:3"),
        (
            "stochastic_a:64",
            [0, 1 << 64],
            ValueError,
            f"random bits {1 << 64:#x} are not in 0..0xffffffffffffffff of stochastic_a:64",
        ),
        ("ties_to_even", [0, 0], ValueError, "ties_to_even takes no random bits"),
        ("stochastic_b:3", [0.5, 1.0], TypeError, "random bits must be integers, not float64"),
        ("stochastic_b:3", [True, False], TypeError, "random bits must be integers, not bool"),
    ],
)
@pytest.mark.parametrize("values", [[1.0, 0.3], [Fraction(1), Fraction(1, 3)]])
def test_random_bits_are_checked(rule, draw, error, message, values):
    """Random bits that are missing, superfluous, out of range or no integers are refused, as the specification does."""
    with pytest.raises(error) as refused:
        refsim.encode(values, refsim.Projection("int8", rule, "saturate"), draw)
    assert str(refused.value) == message


def test_many_random_bits():
    """All 64 random bits count: a place of 2**-64 goes up with the last draw alone."""
    to = refsim.Projection("int8", "stochastic_a:64", "saturate")
    last = (1 << 64) - 1
    assert refsim.encode([Fraction(1, 1 << 64)] * 2, to, np.array([last - 1, last], np.uint64)).codes.tolist() == [0, 1]
    assert refsim.encode([2.0**-64] * 2, to, np.array([last - 1, last], np.uint64)).codes.tolist() == [0, 1]


def test_errors_come_with_the_element():
    """One refused number refuses the array, with its own message."""
    error = refsim.Projection("float8_e4m3fn", "ties_to_even", "error")
    with pytest.raises(OverflowRaised, match=r"^480 is outside the range of float8_e4m3fn$"):
        refsim.encode(np.array([1.0, 470.0, 1.0]), error)
    with pytest.raises(Unrepresentable, match=r"^int16 has no code for nan$"):
        refsim.encode(np.array([1.0, np.nan], np.float32), int16)


@pytest.mark.parametrize("to", [nearest, int16, refsim.Projection("binary64", "ties_to_even", "infinity")], ids=str)
def test_the_result_is_no_view(to):
    """Writing into the result changes neither the numbers nor a later result."""
    x = np.array([1.0, 2.0])
    found, flags = refsim.encode(x, to, flags=True)
    found.codes[:] = 3
    flags[:] = 31
    assert x.tolist() == [1.0, 2.0]
    again, flags = refsim.encode(x, to, flags=True)
    assert again.codes.tolist() == [to(1).code, to(2).code]
    assert flags.tolist() == [0, 0]


@pytest.mark.clause("arithmetic/convert-text")
def test_texts_are_rounded_once():
    """Numbers written as text, in an array of any shape, are rounded once from what is written, as the specification does."""
    to = refsim.Projection("binary16", "ties_to_even", "infinity")
    # 1 + 2**-11 lies half way between two numbers; one more at the 120th decimal place decides.
    tie = "1.00048828125"
    texts = [[tie, f"{tie}{'0' * 110}1", "0x1.006p0"], ["1/3", "-inf", "1e-9"]]
    found, flags = refsim.engine.convert_text(texts, to, flags=True)
    assert found.codes.tolist() == [[0x3C00, 0x3C01, 0x3C02], [0x3555, 0xFC00, 0x0000]]
    assert flags.tolist() == [[1, 1, 1], [1, 0, 3]]
    for text, code in zip(np.ravel(texts), found.codes.ravel(), strict=True):
        assert refsim.spec.arithmetic.convert_text(str(text), to).code == code


@pytest.mark.parametrize(("texts", "error"), [([1.5], TypeError), (["1", None], TypeError), (["one"], ValueError)])
def test_what_is_no_text(texts, error):
    """Numbers are no texts, and words are no numbers."""
    with pytest.raises(error, match=r"^(convert_text takes texts, not|'one' is no number)"):
        refsim.engine.convert_text(texts, refsim.Projection("binary16", "ties_to_even", "infinity"))
