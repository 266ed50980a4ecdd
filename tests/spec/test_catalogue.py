"""The catalogue: published values, names and the grammar of parametric names."""

import re
from fractions import Fraction

import pytest

from refsim.spec.catalogue import CATALOGUE, GRAMMAR, SPELLINGS, get_format, p3109_formats
from refsim.spec.exact import Special
from refsim.spec.naming import FORMAT_ALIASES

from .published import parse

ENTRIES = {entry.format.name: entry for entry in CATALOGUE}


def test_published_values_are_read():
    """The notation of published values means what it says."""
    assert parse("448") == 448
    assert parse("-15/2") == Fraction(-15, 2)
    assert parse("7/8*2**-6") == Fraction(7, 512)
    assert parse("2**127") == 1 << 127
    assert parse("-0") is Special.NEGATIVE_ZERO
    assert parse("snan") is Special.SIGNALING_NAN


@pytest.mark.clause("format/decode", "family/float", "family/scale", "grid/float")
@pytest.mark.parametrize("name", ENTRIES)
def test_published_values(name):
    """Every named format decodes at least three codes to the values that its source gives them."""
    entry = ENTRIES[name]
    assert len(entry.published) >= 3
    assert entry.source
    assert {code: entry.format.decode(code) for code, _ in entry.published} == {c: parse(v) for c, v in entry.published}


def test_names_are_unique():
    """No two named formats share a name, and no alias hides one."""
    assert len(ENTRIES) == len(CATALOGUE)
    assert not set(ENTRIES) & set(FORMAT_ALIASES)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_catalogued_name_is_found(name):
    """A name gives the catalogue's own format."""
    assert get_format(name) is ENTRIES[name].format


@pytest.mark.parametrize("alias", FORMAT_ALIASES)
def test_an_alias_is_found(alias):
    """Another name of a format gives that format."""
    assert get_format(alias).name == FORMAT_ALIASES[alias]


@pytest.mark.parametrize("example", [name for _, examples, _ in GRAMMAR for name in examples.split(", ")])
def test_examples_of_parametric_names(example):
    """Every example of a parametric name is a name, and the format bears it."""
    assert get_format(example).name == example


@pytest.mark.parametrize(
    ("alias", "name", "code", "value"),
    [
        # ap_fixed<W,I>: I of W bits, the sign bit among them, stand before the point.
        ("ap_fixed<8,3>", "q2.5", 0x7F, "127/32"),
        ("ap_fixed< 8, 3 >", "q2.5", 0x80, "-4"),
        ("ap_fixed<8,-2>", "q-3.10", 0x7F, "127/1024"),
        ("ap_fixed<8,10>", "q9.-2", 0x01, "4"),
        ("ap_ufixed<8,3>", "uq3.5", 0xFF, "255/32"),
        # fxp-s<word>/<fraction>
        ("fxp-s16/8", "q7.8", 0x0100, "1"),
        ("fxp-u8/4", "uq4.4", 0xFF, "255/16"),
        # posit<nbits,es>
        ("posit<8,1>", "posit8es1", 0x50, "2"),
    ],
)
def test_fixed_point_names_from_elsewhere(alias, name, code, value):
    """Vitis HLS counts the sign bit among the integer bits, fxpmath gives the word and the fraction."""
    assert get_format(alias).name == name
    assert get_format(alias).decode(code) == parse(value)


def test_every_fixed_point_spelling_is_shown():
    """The test above has a case for every spelling."""
    shown = ["ap_fixed<8,3>", "ap_ufixed<8,3>", "fxp-s16/8", "fxp-u8/4", "posit<8,1>"]
    assert all(any(re.fullmatch(pattern, name) for name in shown) for pattern, _ in SPELLINGS)


@pytest.mark.parametrize(
    ("name", "near"), [("float8_e4m3fm", "float8_e4m3fn"), ("bfloat61", "bfloat16"), ("binary46", "binary16")]
)
def test_unknown_names(name, near):
    """An unknown name is refused with the names that are near."""
    with pytest.raises(ValueError, match=rf"^unknown format '{name}'; did you mean (\S+ or )*{near}( or \S+)*\?$"):
        get_format(name)


@pytest.mark.parametrize("name", ["zzz", "", "int", "q2", "e4", "binary8p3", "int8 ", "float8_e4m3fn\n"])
def test_names_of_no_shape(name):
    """What is no name at all is refused, however little it resembles one."""
    with pytest.raises(ValueError, match=r"^unknown format ") as refused:
        get_format(name)
    assert repr(name) in str(refused.value)


def test_unlike_names():
    """Where no name is near, the message says how to list them."""
    with pytest.raises(ValueError, match=r"^unknown format 'zzz'; 'refsim formats' lists the names$"):
        get_format("zzz")


NO_P3109 = "P3109 formats here have 3 to 16 bits, and a precision of 1 to one less, or to all of them if unsigned"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("int0", "int0: a fixed-point format needs 1 to 1024 bits, not 0"),
        ("uint1025", "uint1025: a fixed-point format needs 1 to 1024 bits, not 1025"),
        ("q-5.4", "q-5.4: a fixed-point format needs 1 to 1024 bits, not 0"),
        ("e0m3", "e0m3: a float needs an exponent bit and at most 128 bits in all"),
        ("e8m120", "e8m120: a float needs an exponent bit and at most 128 bits in all"),
        ("e4m0", "e4m0: infinity and NaN need at least one fraction bit"),
        ("e1m0fn", "e1m0fn: no code is left for a number other than zero"),
        ("binary8p8se", f"binary8p8se: {NO_P3109}"),
        ("binary17p4ue", f"binary17p4ue: {NO_P3109}"),
        ("binary2p1uf", f"binary2p1uf: {NO_P3109}"),
    ],
)
def test_names_without_a_format(name, message):
    """A name of the right shape whose parameters leave no format is refused, and the message says why."""
    with pytest.raises(ValueError, match=name) as refused:
        get_format(name)
    assert str(refused.value) == message


def test_all_p3109_formats_once():
    """A width K has K-1 precisions with a sign and K without, in two domains each: 2 * (2K - 1) formats."""
    names = [format.name for format in p3109_formats()]
    assert len(names) == len(set(names)) == sum(2 * (2 * k - 1) for k in range(3, 17))
    assert all(get_format(name).name == name for name in names)
