"""SECDED as a stage: where check bits lie, what is read after faults, and that a memory with it works."""

from itertools import combinations

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.linear_codes import CODES, LinearCode
from refsim.spec.memories import DATA, Memory, Part, Reading
from refsim.spec.protected_words import POLICIES, Verdict
from refsim.spec.secded import CHECK, WIDTHS, Secded

INT8, UINT8 = get_format("int8"), get_format("uint8")
WEIGHTS = Part("weight", INT8, tuple(37 * i % 256 for i in range(20)))


def hit(parts, name, element, bits):
    """Parts in which bits of an element are inverted."""
    codes = list(parts[name].codes)
    codes[element] ^= bits
    return {**parts, name: parts[name]._replace(codes=tuple(codes))}


@pytest.mark.clause("secded/stage")
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_stored(code, width):
    """The data as they are, and one code of check bits for each word, as many as it needs."""
    stage = Secded(code, width, "as_is")
    parts = stage.write(WEIGHTS)
    words = [int.from_bytes(bytes(WEIGHTS.codes[at : at + width // 8]), "little") for at in range(0, 20, width // 8)]
    format = get_format(f"uint{ {8: 5, 16: 6, 32: 7, 64: 8}[width] }")
    assert parts == {DATA: WEIGHTS, CHECK: Part("check", format, tuple(map(stage.linear.encode, words)))}
    assert stage.read(parts) == Reading(WEIGHTS.codes)
    assert stage.read_format(INT8) == INT8


@pytest.mark.clause("secded/stage")
def test_published_check_bits():
    """Each bit alone shows its column; all ones show the rows, 26 data bits each."""
    stage = Secded("hsiao", 64, "as_is")
    data = Part("weight", get_format("uint64"), (1, 1 << 55, 1 << 63, (1 << 64) - 1, 0))
    assert stage.write(data)[CHECK] == Part("check", UINT8, (0b00000111, 0b11100000, 0xF8, 0, 0))
    assert Secded("hamming", 64, "as_is").write(data)[CHECK].codes == (0x83, 0x3E | 0x80 * (5 % 2 == 0), 0xC7, 0xFF, 0)


@pytest.mark.clause("secded/stage", "code/decode")
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("width", WIDTHS)
def test_single_and_double_errors(code, width):
    """One wrong bit anywhere in the last word, which is not full, is corrected; two are detected and read as they are."""
    stage = Secded(code, width, "as_is")
    data = WEIGHTS._replace(codes=WEIGHTS.codes[: max(1, width // 8 - 1)])
    parts = stage.write(data)
    places = [(DATA, i, 1 << bit) for i in range(len(data.codes)) for bit in range(8)]
    places += [(CHECK, 0, 1 << bit) for bit in range(stage.linear.checks)]
    for place in places:
        faulty = hit(parts, *place)
        assert stage.read(faulty) == Reading(data.codes, corrected=1)
        assert stage.verdict(data, faulty) == Verdict(corrected=1)
    for first, second in list(combinations(places, 2))[::7]:
        faulty = hit(hit(parts, *first), *second)
        assert stage.read(faulty) == Reading(faulty[DATA].codes, detected=1)
        assert stage.verdict(data, faulty) == Verdict(detected=1)


@pytest.mark.clause("protected/verdict", "secded/stage")
def test_three_and_four_errors():
    """Bits 0, 1 and 2 of the Hsiao code: columns 0x07, 0x0b and 0x13 add up to 0x1f, the column of bit 56, which is made wrong
    too. With bit 56 as a fourth nothing is noticed.
    """
    stage = Secded("hsiao", 64, "zero_word")
    data = WEIGHTS._replace(codes=WEIGHTS.codes[:8])
    three = hit(stage.write(data), DATA, 0, 7)
    assert stage.read(three).codes == (data.codes[0] ^ 7, *data.codes[1:7], data.codes[7] ^ 1)
    assert (stage.read(three).corrected, stage.verdict(data, three)) == (1, Verdict(miscorrected=1))
    four = hit(three, DATA, 7, 1)
    assert stage.read(four) == Reading(four[DATA].codes)
    assert stage.verdict(data, four) == Verdict(undetected=1)


@pytest.mark.clause("protected/policy")
@pytest.mark.parametrize("policy", POLICIES)
def test_policies(policy):
    """Two wrong bits in the second of three words, one in the third."""
    stage = Secded("hsiao", 64, policy)
    faulty = hit(hit(hit(stage.write(WEIGHTS), DATA, 8, 1), CHECK, 1, 1), DATA, 19, 128)
    codes = list(WEIGHTS.codes)
    codes[8:16] = [0] * 8 if policy.startswith("zero") else [codes[8] ^ 1, *codes[9:16]]
    assert stage.read(faulty) == Reading(tuple(codes), 1, 1, policy == "stop")
    assert stage.verdict(WEIGHTS, faulty) == Verdict(corrected=1, detected=1)


@pytest.mark.clause("code/decode")
def test_a_correction_can_hit_padding():
    """Three wrong bits whose syndrome is the column of a bit that no element has: corrected there, and so wrongly."""
    stage = Secded("hsiao", 64, "as_is")
    data = WEIGHTS._replace(codes=(0x55,))
    faulty = hit(stage.write(data), DATA, 0, 7)
    assert stage.read(faulty) == Reading((0x52,), corrected=1)
    assert stage.verdict(data, faulty) == Verdict(miscorrected=1)


@pytest.mark.clause("memory/stages")
def test_in_a_memory():
    """Its part has its name, and no elements make no words."""
    memory = Memory((Secded("hamming", 32, "stop", "ecc"),))
    parts = memory.write(WEIGHTS)
    assert list(parts) == [DATA, "ecc.check"]
    assert memory.read(hit(parts, "ecc.check", 4, 3)) == Reading(WEIGHTS.codes, 0, 1, True)
    assert memory.read(memory.write(WEIGHTS._replace(codes=()))) == Reading(())
    memory.check(WEIGHTS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("golay", 64, "as_is"), "unknown code 'golay'; the codes are hamming, hsiao"),
        ((LinearCode(5, (3, 5)), 8, "as_is"), "a code for words of 8 data bits is needed, not one of 2"),
        (("hsiao", 12, "as_is"), "a word of secded has 8, 16, 32, 64 data bits, not 12"),
        (("hsiao", 64, "ignore"), "unknown policy 'ignore'"),
    ],
)
def test_choices_that_are_none(given, message):
    """They are refused at once."""
    with pytest.raises(ValueError, match=message):
        Secded(*given)


def test_parts_that_do_not_fit():
    """Check bits that are missing, too few, or of another width, and codes of another format."""
    stage = Secded("hsiao", 64, "as_is")
    parts = stage.write(WEIGHTS)
    with pytest.raises(ValueError, match="secded has no check bits beside the data"):
        stage.read({DATA: WEIGHTS})
    for codes, format, what in (((0, 0), UINT8, "2 codes of 8 bits"), ((0, 0, 0), get_format("uint7"), "3 codes of 7 bits")):
        with pytest.raises(ValueError, match=f"the check bits of secded are 3 codes of 8 bits, not {what}"):
            stage.read({**parts, CHECK: Part("check", format, codes)})
    with pytest.raises(ValueError, match="code 0x100 of element 0"):
        stage.write(WEIGHTS._replace(codes=(256,)))
