"""Sites: numbers by names, candidates by fields and bits, judged by the codes before the fault."""

import re

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.sites import (
    KINDS,
    Place,
    Site,
    Target,
    depends_on_codes,
    field_names,
    selected,
    site_numbers,
)

FIELDS = {
    ("float8_e4m3fn", ("sign",)): 0x80,
    ("float8_e4m3fn", ("exponent",)): 0x78,
    ("float8_e4m3fn", ("fraction",)): 0x07,
    ("binary32", ("exponent",)): 0x7F800000,
    ("bfloat16", ("sign", 0)): 0x8001,
    ("int8", ()): 0xFF,
    ("int8", (7, 0, 7)): 0x81,
}


def site(name, count=3):
    """A site of weights."""
    return Site("w", "weight", get_format(name), count)


def test_fields_have_these_names():
    """As the formats name them."""
    assert field_names(get_format("float8_e4m3fn")) == ["sign", "exponent", "fraction"]
    assert "regime" in field_names(get_format("posit16"))


@pytest.mark.clause("site/candidates")
@pytest.mark.parametrize(("case", "mask"), FIELDS.items(), ids=lambda part: str(part).replace(" ", ""))
def test_masks_of_fields(case, mask):
    """The fields of IEEE 754 and OCP 8-bit formats, and bits by number."""
    name, selection = case
    assert selected(get_format(name), 0, selection) == mask


def regime_of(code):
    """The regime of a posit8 as its standard reads it: behind the sign the bits of one run, and the bit that ends it."""
    text = f"{code:08b}"
    run = len(text[1:]) - len(text[1:].lstrip(text[1]))
    end = max(7 - run - 1, 0)
    return (1 << 7) - (1 << end)


@pytest.mark.clause("site/candidates")
def test_the_regime_of_posits():
    """Of every posit8 the run that follows the sign; zero and NaR have none of their own."""
    format = get_format("posit8")
    for code in set(range(256)) - {0x00, 0x80}:
        assert selected(format, code, ("regime",)) == regime_of(code)
    assert depends_on_codes(format, ("regime",))
    assert not depends_on_codes(format, (0, 7))
    assert not depends_on_codes(get_format("binary16"), ("exponent",))


@pytest.mark.clause("site/candidates")
def test_order_of_candidates():
    """Element by element, from the least significant bit up; a posit's by its code."""
    assert Target(0, site("float8_e4m3fn", 2), None, ("fraction",)).candidates() == [
        *(Place(0, b) for b in range(3)),
        *(Place(1, b) for b in range(3)),
    ]
    codes = [0x40, 0x7F, 0x50]
    found = Target(0, site("posit8"), codes, ("regime",)).candidates()
    assert found == [Place(e, b) for e, bits in enumerate([(5, 6), range(7), (5, 6)]) for b in bits]
    assert Target(0, site("int8", 2), None).candidates() == [Place(e, b) for e in (0, 1) for b in range(8)]
    assert Target(0, site("int8", 0), []).candidates() == []


@pytest.mark.clause("site/numbers")
def test_numbers_of_names():
    """Kind by kind, and by bytes of UTF-8: capitals before small letters, ASCII before the rest, a beyond-BMP letter last."""
    names = ["b", "a/scale", "a", "B", "é", "\U0001d4b6", "\uff01", "a.b"]
    ordered = ["B", "a", "a.b", "a/scale", "b", "é", "\uff01", "\U0001d4b6"]
    assert list(site_numbers(dict.fromkeys(names, "weight"))) == ordered
    assert site_numbers(dict.fromkeys(names, "bias"))["\U0001d4b6"] == 7
    kinds = dict(zip(("k", "j", "i", "h"), ("threshold", "weight", "check", "weight"), strict=True))
    assert site_numbers(kinds) == {"h": 0, "j": 1, "i": 2, "k": 3}


def test_numbers_stay_where_protection_is_added():
    """What is added to a network does not move the numbers of its parameters."""
    plain = {"dense1.weights": "weight", "dense1.bias": "bias", "dense1.scale": "scale", "dense1.zero": "zero_point"}
    more = plain | {"act1.guard.low": "threshold", "dense1.weights/secded.check": "check", "dense1.weights/book.table": "table"}
    assert site_numbers(plain).items() <= site_numbers(more).items()


def test_bits_of_a_site():
    """Elements times width."""
    assert site("binary16", 7).bits == 112


REFUSED = [
    (lambda: Site("w", "wight", get_format("int8"), 1), "unknown kind 'wight' of the site w; the kinds are weight, bias"),
    (lambda: Site("w", "weight", get_format("int8"), -1), "the site w has -1 elements, not 0 or more"),
    (lambda: Target(0, site("binary16"), None, ("regime",)), "codes of binary16 have no field 'regime'; their fields are sign"),
    (lambda: Target(0, site("binary16"), None, (16,)), "bit 16 is not in 0..15 of binary16"),
    (lambda: Target(0, site("binary16"), None, (-1,)), "bit -1 is not in 0..15 of binary16"),
    (lambda: Target(0, site("int8"), [1, 2]), "the site w has 3 elements, not 2 codes"),
    (lambda: Target(0, site("posit8"), None, ("regime",)), "which bits of w are regime depends on codes that are not known"),
]


@pytest.mark.parametrize(("make", "what"), REFUSED, ids=[what[:20] for _, what in REFUSED])
def test_refused(make, what):
    """Each with who, what was needed and what came."""
    with pytest.raises(ValueError, match=re.escape(what)):
        make()
    assert len(set(KINDS)) == len(KINDS)
