"""Protected words: how elements lie in them, policies, and verdicts."""

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.linear_codes import CLEAN, CORRECTED, DETECTED, Decoded
from refsim.spec.memories import Part, Reading
from refsim.spec.protected_words import POLICIES, Verdict, check_policy, codes_of, read_words, verdict, words_of


def part(format, *codes):
    """Weights of a format."""
    return Part("weight", get_format(format), codes)


@pytest.mark.clause("protected/words")
@pytest.mark.parametrize(
    ("data", "word", "words"),
    [
        (part("int8", *range(1, 11)), 64, (0x0807060504030201, 0x0A09)),
        (part("uint4", 1, 2, 3, 4, 5), 16, (0x4321, 0x5)),
        (part("uint3", 7, 0, 7, 1, 7), 8, (0b11000111, 0b1110011)),
        (part("binary16", 0x1234), 8, (0x34, 0x12)),
        (part("uint72", 1 << 71 | 5), 64, (5, 1 << 7)),
        (part("int8"), 64, ()),
    ],
    ids=["bytes", "halves", "across words", "longer than a word", "wider than a word", "none"],
)
def test_how_elements_lie_in_words(data, word, words):
    """Worked by hand: element 0 lowest, elements go on in the next word, zeros behind the last one."""
    assert words_of(data, word) == words
    assert codes_of(words, len(data.codes), data.format.width, word) == data.codes


def decoded(*found):
    """Words that were found so, each with the data that have all bits."""
    return [Decoded(0xFF, each) for each in found]


@pytest.mark.clause("protected/policy")
@pytest.mark.parametrize(
    ("policy", "codes"),
    [
        ("as_is", (7, 7, 7, 7, 7, 7, 7, 7)),
        ("zero_word", (7, 7, 3, 0, 0, 6, 7, 7)),
        ("zero_element", (7, 7, 0, 0, 0, 0, 7, 7)),
        ("stop", (7, 7, 7, 7, 7, 7, 7, 7)),
    ],
)
def test_policies(policy, codes):
    """Eight elements of three bits in three words of eight: the second word holds one bit of element 2 and of element 5."""
    found = read_words(decoded(CORRECTED, DETECTED, CLEAN), 8, 3, 8, policy)
    assert found == Reading(codes, 1, 1, policy == "stop")
    assert read_words(decoded(CORRECTED, CLEAN, CORRECTED), 8, 3, 8, policy) == Reading((7,) * 8, 2, 0, False)


@pytest.mark.clause("protected/policy")
@pytest.mark.parametrize("policy", ["zero_word", "zero_element"])
def test_policies_where_words_hold_whole_elements(policy):
    """There both do the same; what is wrong in padding zeroes nothing more."""
    assert read_words(decoded(CLEAN, DETECTED), 4, 4, 8, policy).codes == (15, 15, 0, 0)
    assert read_words(decoded(CLEAN, DETECTED), 3, 4, 8, policy).codes == (15, 15, 0)


@pytest.mark.clause("protected/verdict")
@pytest.mark.parametrize(
    ("found", "data", "counts"),
    [
        (CLEAN, 1, Verdict()),
        (CLEAN, 2, Verdict(undetected=1)),
        (CORRECTED, 1, Verdict(corrected=1)),
        (CORRECTED, 2, Verdict(miscorrected=1)),
        (DETECTED, 1, Verdict(detected=1)),
        (DETECTED, 2, Verdict(detected=1)),
    ],
)
def test_verdicts(found, data, counts):
    """All that can be found, of right data and wrong ones."""
    assert verdict([1], [Decoded(data, found)]) == counts
    assert verdict([1, 1], [Decoded(data, found)] * 2) == counts + counts


def test_what_is_refused():
    """Unknown policies, codes of another format, words that are too few, and readings of another length."""
    with pytest.raises(ValueError, match="unknown policy 'raise' for detected errors; the policies are as_is, zero_word, "):
        check_policy("raise")
    with pytest.raises(ValueError, match="unknown policy 'raise'"):
        read_words([], 0, 8, 8, "raise")
    assert all(check_policy(policy) is None for policy in POLICIES)
    with pytest.raises(ValueError, match=r"code 0x100 of element 1 is not in 0\.\.0xff"):
        words_of(part("int8", 0, 256), 64)
    with pytest.raises(ValueError, match="9 elements of 8 bits"):
        codes_of((0,), 9, 8, 64)
    with pytest.raises(ValueError, match=r"zip\(\)"):
        verdict([1, 2], [Decoded(1, CLEAN)])
