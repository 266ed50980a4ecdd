"""Copies of one bit: what is stored, what the vote says, and what is lost."""

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import Special
from refsim.spec.memories import DATA, Memory, Part, Reading
from refsim.spec.msb_duplication import LOW_BITS, MsbDuplication, exponent_top
from refsim.spec.protected_words import Verdict

HALF = get_format("binary16")
ONE, TWO, TINY = 0x3C00, 0x4000, 0x0001
MSET = MsbDuplication(14, 2, "stored")


def read(stage, *codes, format=HALF):
    """What stored codes are read as."""
    return stage.read({DATA: Part("weight", format, codes)})


@pytest.mark.parametrize(
    ("format", "bit"),
    [("binary16", 14), ("bfloat16", 14), ("binary32", 30), ("binary64", 62), ("float8_e4m3fn", 6), ("float8_e8m0fnu", 7)],
)
def test_the_top_bit_of_the_exponent(format, bit):
    """Right below the sign, where there is one."""
    assert exponent_top(get_format(format)) == bit


@pytest.mark.parametrize("format", ["int8", "posit8", "posit16"])
def test_formats_without_such_a_bit(format):
    """Integers have no exponent, and that of a posit moves."""
    with pytest.raises(ValueError, match=f"codes of {format}.* have no exponent at a fixed place"):
        exponent_top(get_format(format))


@pytest.mark.clause("msb/stage")
def test_what_is_stored():
    """The two low bits are the top bit of the exponent, whatever they were."""
    written = MSET.write(Part("weight", HALF, (ONE, ONE | 3, TWO, TWO | 1, TINY, 0xFFFF, 0)))
    assert written == {DATA: Part("weight", HALF, (ONE, ONE, TWO | 3, TWO | 3, 0, 0xFFFF, 0))}
    for code in range(0, 1 << 16, 37):
        bits = f"{code:016b}"
        assert MSET.write(Part("weight", HALF, (code,)))[DATA].codes == (int(bits[:14] + bits[1] * 2, 2),)


@pytest.mark.clause("msb/stage")
@pytest.mark.parametrize(("low", "copies"), [("stored", None), ("voted", 3), ("zero", 0)])
def test_every_pattern_of_votes(low, copies):
    """All eight, the bit and both copies: the majority decides, and one that is outvoted counts as corrected."""
    stage = MsbDuplication(14, 2, low)
    for bit in (0, 1):
        for stored in range(4):
            votes = [bit, stored & 1, stored >> 1]
            found = read(stage, ONE & ~0x4000 | bit << 14 | stored)
            most = int(votes.count(1) >= 2)
            tail = stored if copies is None else copies * most
            assert found == Reading((ONE & ~0x4000 | most << 14 | tail,), int(len(set(votes)) == 2))


@pytest.mark.clause("msb/stage", "protected/verdict")
def test_single_flips_of_an_exponent():
    """Of 1.0: a flip of the top bit of the exponent or of a copy is outvoted, two decide wrongly, three go unnoticed."""
    stage = MsbDuplication(14, 2, "voted")
    data = Part("weight", HALF, (ONE,))
    for flips, verdict in (
        ((), Verdict()),
        ((14,), Verdict(corrected=1)),
        ((0,), Verdict(corrected=1)),
        ((0, 1), Verdict(miscorrected=1)),
        ((14, 1), Verdict(miscorrected=1)),
        ((14, 0, 1), Verdict(undetected=1)),
        ((13,), Verdict()),
    ):
        faulty = {DATA: data._replace(codes=(ONE ^ sum(1 << bit for bit in flips),))}
        assert stage.verdict(data, faulty) == verdict
    assert read(stage, ONE ^ 1 << 14) == Reading((ONE,), 1)
    assert isinstance(HALF.decode(ONE ^ 1 << 14), Special), "without the stage one flip makes an infinity of 1.0"


@pytest.mark.clause("msb/stage")
def test_more_copies_of_any_bit():
    """Four copies of bit 6 of an integer: the vote is 3 of 5. What is written is lost below, and never above."""
    int8 = get_format("int8")
    stage = MsbDuplication(6, 4, "zero")
    assert stage.write(Part("weight", int8, (0x7F, 0x3F)))[DATA].codes == (0x7F, 0x30)
    assert read(stage, 0b1100_0011, 0b1000_0111, 0b1000_0011, format=int8) == Reading((0xC0, 0xC0, 0x80), 3)
    for code in range(256):
        again = stage.write(stage.write(Part("weight", int8, (code,)))[DATA])[DATA].codes[0]
        assert again == stage.write(Part("weight", int8, (code,)))[DATA].codes[0]
        assert again >> 4 == code >> 4


def test_in_a_memory():
    """The format stays; no elements are none."""
    memory = Memory((MSET,))
    memory.check(Part("weight", HALF, (ONE, TWO)))
    assert memory.read(memory.write(Part("weight", HALF, ()))) == Reading(())


def test_what_is_refused():
    """Ties, copies over the bit itself, unknown readings, bits that a format does not have, and codes that are none."""
    for given, message in (
        ((14, 1, "stored"), "an even number of copies from 2 up, not 1"),
        ((14, 0, "stored"), "an even number of copies from 2 up, not 0"),
        ((1, 2, "stored"), "bit 1 is not above its 2 copies"),
        ((14, 2, "kept"), f"unknown reading 'kept' of low bits; known are {', '.join(LOW_BITS)}"),
    ):
        with pytest.raises(ValueError, match=message):
            MsbDuplication(*given)
    with pytest.raises(ValueError, match=r"bit 14 is not in 0\.\.7 of int8"):
        MSET.write(Part("weight", get_format("int8"), ()))
    with pytest.raises(ValueError, match=r"bit 14 is not in 0\.\.7 of int8"):
        read(MSET, format=get_format("int8"))
    with pytest.raises(ValueError, match="code 0x10000 is not in"):
        read(MSET, 1 << 16)
