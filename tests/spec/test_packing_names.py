"""The names of packings, and what is no packing."""

import re

import pytest

from refsim.spec.packing import Packing, get_packing

from .test_packing import DIGITS, NAMES


@pytest.mark.parametrize("name", [*NAMES, *DIGITS, "lsb_first:8:whole", "msb_first:8:whole:top"])
def test_names(name):
    """A packing spells its name; the place of padding is left out where it is the usual one."""
    width = (int(name[4:].split(":")[0]) - 1).bit_length() if name in DIGITS else 6
    packing = get_packing(name, width)
    assert str(packing) == name
    assert get_packing(str(packing), width) == packing
    assert get_packing("lsb_first:64:big:whole:top", 6) == get_packing("lsb_first:64:big:whole", 6)
    assert str(get_packing("tq1_0", 2)) == "base3:msb_first:scaled"


@pytest.mark.parametrize(
    ("name", "width", "message"),
    [
        ("lsb", 6, "'lsb' is no packing; a packing is lsb_first or msb_first, behind it"),
        ("lsb_first:", 6, "'lsb_first:' is no packing"),
        ("lsb_first:32", 6, "the byte order of 32-bit words is little or big, not None"),
        ("lsb_first:8:little", 6, "the byte order of 8-bit words is None, not little"),
        ("lsb_first:12:little", 6, "a word is 12 bits, not a positive multiple of 8"),
        ("lsb_first:0", 6, "a word is 0 bits, not a positive multiple of 8"),
        ("lsb_first:top", 6, "padding 'top' is for words of whole elements; elements that straddle leave none"),
        ("lsb_first:whole", 9, "an element of 9 bits does not fit in a word of 8; it has to straddle"),
        ("lsb_first", 0, "the width of an element is 0, not 1..512 bits"),
        ("lsb_first", 513, "the width of an element is 513, not 1..512 bits"),
        ("base3:lsb_first", 3, "digits of base3:lsb_first have 2 bits, not 3"),
        ("base17:lsb_first", 5, "the base of digits is 17, not 2..16"),
        ("base1:lsb_first", 1, "the base of digits is 1, not 2..16"),
        ("base3:low", 2, "order 'low' is none of lsb_first, msb_first"),
        ("base3", 2, "'base3' is no packing"),
    ],
)
def test_what_is_no_packing(name, width, message):
    """What makes no sense is said."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        get_packing(name, width)
    with pytest.raises(ValueError, match="order 'up' is none of lsb_first, msb_first"):
        Packing(4, "up")
