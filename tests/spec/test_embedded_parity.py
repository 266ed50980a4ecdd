"""Embedded parity: which bits are a chunk, what is zeroed, and what is lost."""

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.embedded_parity import EmbeddedParity
from refsim.spec.memories import DATA, Memory, Part, Reading
from refsim.spec.protected_words import Verdict

HALF, SINGLE = get_format("binary16"), get_format("binary32")
SCHEMES = {
    ("binary32", 3): "HHHG_GGFF_FEEE_DDDC_CCBB_BAAA_HGFE_DCBA",
    ("binary32", 7): "DDDD_DDDC_CCCC_CCBB_BBBB_BAAA_AAAA_DCBA",
    ("binary32", 15): "BBBB_BBBB_BBBB_BBBA_AAAA_AAAA_AAAA_AABA",
    ("binary16", 3): "DDDC_CCBB_BAAA_DCBA",
    ("binary16", 7): "BBBB_BBBA_AAAA_AABA",
    ("binary16", 15): "AAAA_AAAA_AAAA_AAAA",
}
"""Which chunk each bit belongs to, most significant first, as FaultForge has them."""


@pytest.mark.clause("embedded-parity/stage")
@pytest.mark.parametrize(("format", "chunk"), SCHEMES, ids=lambda part: f"{part}")
def test_the_chunks_of_the_schemes(format, chunk):
    """D3P1, D7P1 and D15P1 of both formats."""
    letters = SCHEMES[format, chunk].replace("_", "")[::-1]
    masks = [sum(1 << bit for bit, c in enumerate(letters) if c == letter) for letter in sorted(set(letters))]
    assert EmbeddedParity(chunk).chunks(get_format(format)) == masks


@pytest.mark.clause("embedded-parity/stage")
@pytest.mark.parametrize("chunk", [3, 7, 15])
@pytest.mark.parametrize("format", [HALF, SINGLE], ids=lambda each: each.name)
def test_what_is_stored_and_read(format, chunk):
    """Every chunk with its bit has an even number of ones, other bits stay, and the low ones are read as zeros."""
    stage = EmbeddedParity(chunk)
    masks = stage.chunks(format)
    codes = tuple(pow(3, 25 + i) % (1 << format.width) for i in range(50))
    parts = stage.write(Part("weight", format, codes))
    lost = format.width // (chunk + 1)
    for before, after in zip(codes, parts[DATA].codes, strict=True):
        assert before >> lost == after >> lost
        assert all((after & mask).bit_count() % 2 == 0 for mask in masks)
    assert stage.read(parts) == Reading(tuple(code >> lost << lost for code in codes))
    assert stage.verdict(Part("weight", format, codes), parts) == Verdict()


@pytest.mark.clause("embedded-parity/stage")
@pytest.mark.parametrize("chunk", [3, 7, 15])
def test_every_single_flip_zeroes_its_chunk(chunk):
    """Of data and of parity bits alike."""
    stage = EmbeddedParity(chunk)
    masks, lost = stage.chunks(HALF), 16 // (chunk + 1)
    data = Part("weight", HALF, (0xBEEF,))
    written = stage.write(data)[DATA].codes[0]
    for bit in range(16):
        mask = next(mask for mask in masks if mask >> bit & 1)
        faulty = {DATA: data._replace(codes=(written ^ 1 << bit,))}
        assert stage.read(faulty) == Reading(((0xBEEF & ~mask) >> lost << lost,), detected=1)
        assert stage.verdict(data, faulty) == Verdict(detected=1)


@pytest.mark.clause("embedded-parity/stage", "protected/verdict")
def test_two_flips():
    """In one chunk they go unnoticed, in two both chunks are zeroed and the element counts once."""
    stage = EmbeddedParity(3)
    data = Part("weight", HALF, (0xFFF0,))
    written = stage.write(data)[DATA].codes[0]
    assert written == 0xFFFF
    same, two = ({DATA: data._replace(codes=(written ^ flips,))} for flips in (0x6000, 0x2010))
    assert stage.read(same) == Reading((0x9FF0,))
    assert stage.verdict(data, same) == Verdict(undetected=1)
    assert stage.read(two) == Reading((0x1F80,), detected=1)
    assert stage.verdict(data, two) == Verdict(detected=1)


@pytest.mark.clause("embedded-parity/stage")
def test_every_byte():
    """All codes of eight bits in all readings: an independent rendering with strings."""
    int8, stage = get_format("int8"), EmbeddedParity(3)
    for code in range(256):
        bits = f"{code:08b}"
        high, low = bits[0:3] + bits[6], bits[3:6] + bits[7]
        wrong = [part.count("1") % 2 == 1 for part in (high, low)]
        read = ("000" if wrong[0] else high[:3]) + ("000" if wrong[1] else low[:3]) + "00"
        assert stage.read({DATA: Part("weight", int8, (code,))}) == Reading((int(read, 2),), 0, int(any(wrong)))


def test_in_a_memory():
    """The format stays; no elements are none."""
    memory = Memory((EmbeddedParity(7),))
    memory.check(Part("weight", HALF, (1, 2)))
    assert memory.read(memory.write(Part("weight", HALF, ()))) == Reading(())


def test_what_is_refused():
    """Chunks of nothing, elements that are not divided into chunks, and codes that are none."""
    with pytest.raises(ValueError, match="a chunk of embedded_parity has 1 or more bits, not 0"):
        EmbeddedParity(0)
    stage = EmbeddedParity(15)
    with pytest.raises(ValueError, match="int8 has 8 bits, not a multiple of 16 as embedded_parity needs"):
        stage.write(Part("weight", get_format("int8"), ()))
    with pytest.raises(ValueError, match="code 0x10000 is not in"):
        stage.write(Part("weight", HALF, (1 << 16,)))
