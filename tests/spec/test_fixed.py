"""Fixed point as the HLS languages have it: published tables through every spelling, types as projections, arithmetic signs."""

from fractions import Fraction

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import NEGATIVE_ZERO
from refsim.spec.fixed import Fixed, absolute_value, fixed_of, negation, projection_of
from refsim.spec.flags import Flags
from refsim.spec.formats import Number
from refsim.spec.naming import OVERFLOW_ALIASES, ROUNDING_ALIASES
from refsim.spec.projection import Projection

from .test_overflow import SIGNED, UNSIGNED

# x * 4 from -11 to 11 made an integer: results of the vendors' compiled headers.
QUANTIZATIONS = {
    "RND": "-3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 1 1 1 1 2 2 2 2 3 3",
    "RND_ZERO": "-3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 0 1 1 1 1 2 2 2 2 3",
    "RND_MIN_INF": "-3 -3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 1 1 1 1 2 2 2 2 3",
    "RND_INF": "-3 -3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 1 1 1 1 2 2 2 2 3 3",
    "RND_CONV": "-3 -2 -2 -2 -2 -2 -1 -1 -1 0 0 0 0 0 1 1 1 2 2 2 2 2 3",
    "TRN": "-3 -3 -3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 1 1 1 1 2 2 2 2",
    "TRN_ZERO": "-2 -2 -2 -2 -1 -1 -1 -1 0 0 0 0 0 0 0 1 1 1 1 2 2 2 2",
    "RND_CONV_ODD": "-3 -3 -2 -2 -2 -1 -1 -1 -1 -1 0 0 0 1 1 1 1 1 2 2 2 3 3",
}
SPELLINGS = [
    (mode, spelling)
    for mode in QUANTIZATIONS
    for language in ("ap_fixed", "ac_fixed")
    for spelling in (f"{language[:2].upper()}_{mode}", ROUNDING_ALIASES[language].get(f"{language[:2].upper()}_{mode}"))
    if spelling is not None and f"{language[:2].upper()}_{mode}" in ROUNDING_ALIASES[language]
]
APYTYPES = {
    "RND": "TIES_POS",
    "RND_ZERO": "TIES_ZERO",
    "RND_MIN_INF": "TIES_NEG",
    "RND_INF": "TIES_AWAY",
    "RND_CONV": "TIES_EVEN",
    "RND_CONV_ODD": "TIES_ODD",
    "TRN": "TO_NEG",
    "TRN_ZERO": "TO_ZERO",
}


@pytest.mark.clause(
    *("round/ties-toward-positive", "round/ties-toward-zero", "round/ties-toward-negative", "round/ties-to-away"),
    *("round/ties-to-even", "round/toward-negative", "round/toward-zero", "round/ties-to-odd"),
)
@pytest.mark.parametrize(("mode", "spelling"), [*SPELLINGS, *APYTYPES.items()])
def test_quantization_tables(mode, spelling):
    """Each quantization mode, under each of its names, gives the results of the vendors' headers."""
    to = Projection("int8", spelling, "error")
    assert [to.format.decode(to(Fraction(n, 4)).code) for n in range(-11, 12)] == [int(x) for x in QUANTIZATIONS[mode].split()]


def test_every_mode_has_a_table():
    """The tables hold the seven quantization modes of ap_fixed and the eight of ac_fixed, and all overflow modes."""
    assert {f"AP_{mode}" for mode in QUANTIZATIONS if mode != "RND_CONV_ODD"} == set(ROUNDING_ALIASES["ap_fixed"])
    assert {f"AC_{mode}" for mode in QUANTIZATIONS} == set(ROUNDING_ALIASES["ac_fixed"])
    assert {name.partition(":")[0] for name in SIGNED} == set(OVERFLOW_ALIASES["ap_fixed"])
    assert {name.replace("AC_", "AP_") for name in OVERFLOW_ALIASES["ac_fixed"]} < set(OVERFLOW_ALIASES["ap_fixed"])


@pytest.mark.clause("fixed/ap-fixed", "overflow/wrap", "overflow/wrap-sign-magnitude", "overflow/saturate-symmetric")
@pytest.mark.parametrize(("u", "table"), [("", SIGNED), ("u", UNSIGNED)])
def test_overflow_tables_through_types(u, table):
    """Assigned to an HLS type of three bits, each integer becomes what the vendor's headers make of it."""
    for mode, row in table.items():
        name, _, bits = mode.partition(":")
        to = projection_of(f"ap_{u}fixed<3, 3, AP_TRN, {name}{f', {bits}' if bits else ''}>")
        assert [to.format.decode(to(x).code) for x in range(-10, 11)] == [int(text) for text in row.split()], mode


@pytest.mark.clause("fixed/ac-fixed", "overflow/saturate", "overflow/saturate-zero", "overflow/saturate-symmetric")
@pytest.mark.parametrize("mode", OVERFLOW_ALIASES["ac_fixed"])
def test_overflow_tables_through_ac_types(mode):
    """So it is of ac_fixed, whose modes give the same."""
    to = projection_of(f"ac_fixed<3,3,true,AC_TRN,{mode}>")
    row = SIGNED[mode.replace("AC_", "AP_")]
    assert [to.format.decode(to(x).code) for x in range(-10, 11)] == [int(text) for text in row.split()]


@pytest.mark.clause("fixed/ap-fixed", "fixed/ac-fixed")
@pytest.mark.parametrize(
    ("name", "format", "rounding", "overflow"),
    [
        ("ap_fixed<8,3>", "q2.5", "toward_negative", "wrap"),
        ("ap_fixed<8,3,AP_RND>", "q2.5", "ties_toward_positive", "wrap"),
        ("ap_fixed<8, 3, AP_RND_CONV, AP_SAT>", "q2.5", "ties_to_even", "saturate"),
        ("ap_fixed<16,8,AP_TRN_ZERO,AP_SAT_SYM,0>", "q7.8", "toward_zero", "saturate_symmetric"),
        ("ap_fixed<8,8,AP_TRN,AP_WRAP_SM,2>", "int8", "toward_negative", "wrap_sign_magnitude:2"),
        ("ap_ufixed<8,3,AP_RND_INF,AP_WRAP,1>", "uq3.5", "ties_to_away", "wrap:1"),
        ("ap_fixed<4,-2>", "q-3.6", "toward_negative", "wrap"),
        ("ap_fixed<4,9>", "q8.-5", "toward_negative", "wrap"),
        ("ac_fixed<8,3>", "q2.5", "toward_negative", "wrap"),
        ("ac_fixed<8,3,false>", "uq3.5", "toward_negative", "wrap"),
        ("ac_fixed<8,3,true,AC_RND_CONV_ODD,AC_SAT_ZERO>", "q2.5", "ties_to_odd", "saturate_zero"),
        ("ac_fixed<8,8,0,AC_TRN,AC_SAT>", "uint8", "toward_negative", "saturate"),
    ],
)
def test_types_are_projections(name, format, rounding, overflow):
    """A type says format, rounding and overflow, and the language the ones that are left out."""
    assert projection_of(name) == Projection(format, rounding, overflow)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("q2.5", "'q2.5' is no type such as ap_fixed<8,3>, ap_ufixed<8,3,AP_RND,AP_SAT> or ac_fixed"),
        ("ap_fixed<8>", "'ap_fixed<8>' is no type such as"),
        ("ap_fixed<8,3,AC_RND>", "AC_RND is no mode of ap_fixed; those are AP_RND, AP_RND_ZERO,"),
        ("ap_fixed<8,3,AP_RND,AP_CLIP>", "AP_CLIP is no mode of ap_fixed; those are AP_SAT, AP_SAT_ZERO,"),
        ("ac_fixed<8,3,true,AC_RND,AC_WRAP_SM>", "AC_WRAP_SM is no mode of ac_fixed; those are AC_SAT"),
        ("ap_ufixed<8,3,AP_RND,AP_WRAP_SM>", "wrap_sign_magnitude needs a signed format, which uq3.5 is not"),
        ("ap_fixed<8,3,AP_RND,AP_WRAP,9>", "wrap:9 needs a format of at least 9 bits, not q2.5"),
        ("ap_fixed<0,0>", "a fixed-point format needs 1 to"),
    ],
)
def test_no_types(name, message):
    """What is no type, or no mode of the language, is refused with what there is."""
    with pytest.raises(ValueError, match=r"needs|is no") as refused:
        projection_of(name)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("ap_fixed<8,3>", "q2.5"),
        ("ap_ufixed<8, 3>", "uq3.5"),
        ("ac_fixed<8,3>", "q2.5"),
        ("ac_fixed<8,3,true>", "q2.5"),
        ("ac_fixed<8,3,false>", "uq3.5"),
        ("ap_fixed<4,-2>", "q-3.6"),
        ("ac_fixed<512,256,false>", "uq256.256"),
        ("ap_fixed<1024,24>", "q23.1000"),
        ("fxp-s8/5", "q2.5"),
    ],
)
def test_spellings_of_formats(spelling, name):
    """The types of the languages without modes are names of formats too."""
    assert get_format(spelling) == get_format(name)


def test_bits_of_formats():
    """The bits of a format give the format again, whatever lies where the point is; others have none."""
    for name in ("int8", "uint1", "q2.5", "uq3.5", "q-3.6", "q8.-5", "uq0.4", "uq9.-3", "q200.300"):
        assert fixed_of(get_format(name)).format == get_format(name)
    assert fixed_of(get_format("q2.5")) == Fixed(3, 5, True)
    for name in ("float8_e4m3fn", "ternary", "posit8", "quire8"):
        with pytest.raises(ValueError, match=f"an integer or fixed-point format, which {name} is not"):
            fixed_of(get_format(name))


@pytest.mark.clause("family/fixed", "format/decode", "project/order")
@pytest.mark.parametrize("name", ["q255.256", "uq0.512", "q-400.900", "q600.-100", "int512", "uint1024"])
def test_wide_formats(name):
    """Formats of hundreds of bits, with the point inside the code or far from it, hold what they should and round it."""
    format = get_format(name)
    step = format.grid.magnitude(1)
    to = Projection(format, "ties_to_even", "saturate")
    top = format.decode(format.code(False, format.top))
    assert top == ((1 << format.width - format.signed) - 1) * step
    assert to(top + step).code == format.code(False, format.top)
    assert to(top - step * Fraction(3, 2)) == (format.code(False, format.top - 1), Flags.INEXACT)
    assert Projection(format, "toward_negative", "wrap")(top + step).code == 1 << format.width - format.signed & (
        (1 << format.width) - 1
    )


@pytest.mark.clause("fixed/negation", "fixed/absolute-value")
@pytest.mark.parametrize("name", ["int8", "q2.5", "uint4"])
def test_signs_as_arithmetic(name):
    """Every number is negated exactly and then projected: the most negative one leaves the range, and so do all but zero of an
    unsigned format."""
    format = get_format(name)
    to = Projection(format, "toward_zero", "saturate")
    for code in range(1 << format.width):
        x = Number(code, format)
        assert negation(x, to) == to(-x.exact)
        assert absolute_value(x, to) == to(abs(x.exact))
    assert negation(Number(0x80, get_format("int8")), Projection("int8", "toward_zero", "wrap")) == (
        0x80,
        Flags.OVERFLOW | Flags.INEXACT,
    )
    assert absolute_value(Number(0x80, get_format("int8")), Projection("uint8", "toward_zero", "error")) == (0x80, Flags.NONE)


@pytest.mark.clause("fixed/negation", "fixed/absolute-value")
def test_signs_of_floats():
    """Zeros and infinities change their sign; a NaN stays, and a signaling one raises invalid."""
    half = get_format("binary16")
    to = Projection(half, "ties_to_even", "infinity")
    for code, negative in ((0x0000, 0x8000), (0x8000, 0x0000), (0x7C00, 0xFC00), (0x3C01, 0xBC01), (0xFC00, 0x7C00)):
        assert negation(Number(code, half), to) == (negative, Flags.NONE)
        assert absolute_value(Number(code, half), to) == (code & 0x7FFF, Flags.NONE)
    assert half.decode(negation(Number(0, half), to).code) is NEGATIVE_ZERO
    assert negation(Number(0x7D00, half), to) == absolute_value(Number(0x7D00, half), to) == (0x7E00, Flags.INVALID)
