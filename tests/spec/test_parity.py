"""Parity: check bits, what is noticed, and what is not."""

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.memories import DATA, Memory, Part, Reading
from refsim.spec.parity import PARITIES, Parity, check_bit
from refsim.spec.protected_words import POLICIES, Verdict
from refsim.spec.secded import CHECK

INT8 = get_format("int8")
WEIGHTS = Part("weight", INT8, (0b1, 0b11, 0b111, 0b0, 0b11111111))


def hit(parts, name, element, bits):
    """Parts in which bits of an element are inverted."""
    codes = list(parts[name].codes)
    codes[element] ^= bits
    return {**parts, name: parts[name]._replace(codes=tuple(codes))}


@pytest.mark.clause("parity/check-bit")
def test_check_bits():
    """All bytes against a parity that is worked out bit by bit."""
    for code in range(256):
        bits = sum(code >> bit & 1 for bit in range(8)) % 2 == 1
        assert (check_bit([code], "even"), check_bit([code], "odd")) == (bits, not bits)
    assert check_bit([], "even") == 0


@pytest.mark.clause("parity/stage", "parity/check-bit")
@pytest.mark.parametrize(
    ("elements", "even"), [(1, (1, 0, 1, 0, 0)), (2, (1, 1, 0)), (3, (0, 0)), (5, (0,)), (9, (0,))], ids=str
)
def test_what_is_stored(elements, even):
    """One bit for each word, the last one with what is left."""
    for parity, more in PARITIES.items():
        stage = Parity(elements, parity, "as_is")
        parts = stage.write(WEIGHTS)
        assert parts == {DATA: WEIGHTS, CHECK: Part("check", get_format("uint1"), tuple(bit ^ more for bit in even))}
        assert stage.read(parts) == Reading(WEIGHTS.codes)
        assert stage.verdict(WEIGHTS, parts) == Verdict()


@pytest.mark.clause("parity/stage")
@pytest.mark.parametrize("parity", PARITIES)
def test_odd_numbers_of_wrong_bits_are_detected_and_even_ones_are_not(parity):
    """All masks of the bits of one element, with the check bit and without."""
    stage = Parity(2, parity, "as_is")
    for mask in range(1, 256):
        for check in (0, 1):
            faulty = hit(hit(stage.write(WEIGHTS), DATA, 3, mask), CHECK, 1, check)
            noticed = (mask.bit_count() + check) % 2
            assert stage.read(faulty) == Reading(faulty[DATA].codes, 0, noticed)
            assert stage.verdict(WEIGHTS, faulty) == (Verdict(detected=1) if noticed else Verdict(undetected=1))


@pytest.mark.clause("parity/stage", "protected/policy")
@pytest.mark.parametrize("policy", POLICIES)
def test_policies(policy):
    """A wrong check bit costs the whole word, where words are zeroed."""
    stage = Parity(2, "even", policy)
    faulty = hit(stage.write(WEIGHTS), CHECK, 0, 1)
    codes = (0, 0, *WEIGHTS.codes[2:]) if policy.startswith("zero") else WEIGHTS.codes
    assert stage.read(faulty) == Reading(codes, 0, 1, policy == "stop")
    assert stage.read(hit(stage.write(WEIGHTS), DATA, 4, 3)).stopped is False


def test_in_a_memory():
    """No elements make no words; the format stays."""
    memory = Memory((Parity(3, "odd", "stop"),))
    memory.check(WEIGHTS)
    assert memory.read(memory.write(WEIGHTS._replace(codes=()))) == Reading(())
    assert memory.read(memory.write(WEIGHTS)) == Reading(WEIGHTS.codes)


def test_what_is_refused():
    """Choices that are none, check bits that do not fit, and codes of another format."""
    for given, message in (
        ((0, "even", "as_is"), "a word of parity has 1 or more elements, not 0"),
        ((1, "both", "as_is"), "unknown parity 'both'; the parities are even, odd"),
        ((1, "even", "retry"), "unknown policy 'retry'"),
    ):
        with pytest.raises(ValueError, match=message):
            Parity(*given)
    stage = Parity(2, "even", "as_is")
    with pytest.raises(ValueError, match="parity has no check bits beside the data"):
        stage.read({DATA: WEIGHTS})
    with pytest.raises(ValueError, match="the check bits of parity are 3 codes of 1 bits, not 2 codes of 1 bits"):
        stage.read({DATA: WEIGHTS, CHECK: Part("check", get_format("uint1"), (0, 0))})
    with pytest.raises(ValueError, match=r"code 0x100 is not in 0\.\.0xff of int8"):
        stage.write(WEIGHTS._replace(codes=(256,)))
