"""SECDED on arrays: equal to the specification, and all patterns of up to four wrong bits."""

from itertools import combinations

import numpy as np
import pytest

from refsim.engine import secded
from refsim.engine.array import Array
from refsim.engine.faults import Masks
from refsim.engine.linear_codes import CLEAN, CORRECTED, DETECTED, decode, encode
from refsim.engine.memories import STAGES, read, reread, struck, write
from refsim.engine.parts import Part, specified
from refsim.spec.catalogue import get_format
from refsim.spec.linear_codes import CODES, LinearCode, get_code
from refsim.spec.memories import DATA, Memory
from refsim.spec.protected_words import POLICIES
from refsim.spec.secded import CHECK, WIDTHS, Secded

from .stages import compare, outcome


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("policy", POLICIES)
def test_equal_to_the_specification(code, width, policy):
    """Formats of whole words, of parts of words and across words; empty rows and tails."""
    assert compare(Secded(code, width, policy), secded) == 30


@pytest.mark.parametrize(
    "linear",
    [LinearCode(9, get_code("hamming", 64).columns), LinearCode(8, get_code("hsiao", 64).columns[::-1])],
    ids=["wider", "turned"],
)
def test_a_matrix_of_one_s_own(linear):
    """In another order, and with a check bit that no data bit has: another part, and other words that are corrected."""
    assert compare(Secded(linear, 64, "zero_word"), secded) == 30


def test_codes_that_arrays_do_not_hold():
    """Of more than 64 data bits, or more than 16 check bits; the specification has them."""
    for linear in (get_code("hsiao", 65), LinearCode(17, (3, 5))):
        assert linear.decode(0, linear.columns[0]).data == 1
        with pytest.raises(ValueError, match="on arrays there are codes of at most 64 data bits and 16 check bits, not of"):
            encode(linear, np.zeros(1, np.uint64))


@pytest.mark.clause("code/decode")
@pytest.mark.parametrize("code", CODES)
def test_every_word_of_13_bits(code):
    """All 8192, against the specification."""
    linear = get_code(code, 8)
    words = np.arange(1 << 13)
    found = decode(linear, (words & 255).astype(np.uint8), (words >> 8).astype(np.uint8))
    assert found.specified() == [linear.decode(int(word) & 255, int(word) >> 8) for word in words]


def patterns(places, many):
    """All patterns of so many bits of a word, as data and check bits."""
    chosen = np.array(list(combinations(range(places), many)))
    bits = np.uint64(1) << np.minimum(chosen, 63).astype(np.uint64)
    checks = np.where(chosen >= 64, 1 << np.maximum(chosen - 64, 0), 0)
    return np.where(chosen < 64, bits, np.uint64(0)).sum(axis=1, dtype=np.uint64), checks.sum(axis=1).astype(np.uint8)


@pytest.mark.clause("code/decode")
@pytest.mark.parametrize(("code", "wrong", "unnoticed"), [("hamming", 45304, 11326), ("hsiao", 33568, 8392)])
def test_every_pattern_of_up_to_four_errors_of_72_bits(code, wrong, unnoticed):
    """Single errors are corrected, double ones detected, of 59640 triple ones 76 or 56 of 100 are corrected wrongly, and of
    1028790 quadruple ones the words of weight 4 are not noticed: the published figures.
    """
    linear = get_code(code, 64)
    for many, counts in ((1, (0, 72, 0)), (2, (0, 0, 2556)), (3, (0, wrong, 59640 - wrong))):
        data, check = patterns(72, many)
        found = decode(linear, data, check)
        assert tuple(np.bincount(found.found, minlength=3)) == counts
        if many == 1:
            assert not found.data.any()
    pairs = np.bitwise_xor.outer(*[np.array(linear.all_columns)] * 2)
    sums = np.bincount(pairs[np.triu_indices(72, 1)])
    assert int((sums * (sums - 1) // 2).sum()) // 3 == unnoticed


@pytest.mark.slow
@pytest.mark.parametrize(("code", "unnoticed"), [("hamming", 11326), ("hsiao", 8392)])
def test_every_quadruple_error_one_by_one(code, unnoticed):
    """All 1028790 patterns: none is corrected, and those that are not noticed are the words of weight 4."""
    data, check = patterns(72, 4)
    found = decode(get_code(code, 64), data, check)
    assert tuple(np.bincount(found.found, minlength=3)) == (unnoticed, 0, 1028790 - unnoticed)
    assert (CLEAN, CORRECTED, DETECTED) == (0, 1, 2)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("format", ["int8", "uint3", "binary16"])
def test_only_words_that_are_hit_are_read_again(policy, format):
    """The same as reading all of them, with faults of data and of check bits."""
    format, rng = get_format(format), np.random.default_rng(7)
    memory = Memory((Secded("hsiao", 16, policy),))
    codes = rng.integers(0, 1 << format.width, 301)
    parts = write(memory, Part("weight", Array(codes, format)))
    masks = {}
    for name, many in ((DATA, 9), ("secded.check", 4)):
        array = parts[name].array
        elements = np.sort(rng.choice(len(array), many, replace=False))
        flips = (1 << rng.integers(0, array.format.width, many)).astype(array.codes.dtype)
        masks[name] = Masks(elements, flips, flips * 0, flips * 0)
    found, right = reread(memory, parts, parts[DATA].array, masks), read(memory, struck(parts, masks))
    assert found[1:] == right[1:]
    assert found.array.codes.tolist() == right.array.codes.tolist()
    assert right.corrected > 0


def test_what_is_refused_is_what_the_specification_refuses():
    """The same sentences."""
    int8, uint8 = get_format("int8"), get_format("uint8")
    stage, weights = Secded("hsiao", 64, "as_is"), Part("weight", Array(np.arange(20), int8))
    for check in (None, Part(CHECK, Array(np.zeros(2, int), uint8)), Part(CHECK, Array(np.zeros(3, int), get_format("uint7")))):
        parts = {DATA: weights} if check is None else {DATA: weights, CHECK: check}
        given = outcome(lambda parts=parts: STAGES[Secded].read(stage, parts))
        assert given == outcome(lambda parts=parts: stage.read({name: specified(part) for name, part in parts.items()}))
        assert "check bits" in given
    linear = get_code("hsiao", 8)
    for word, check in ((256, 0), (-1, 0), (0, 32), (0, -1)):
        given = outcome(lambda word=word, check=check: decode(linear, np.array([word]), np.array([check])))
        assert given == outcome(lambda word=word, check=check: linear.decode(word, check))
        assert isinstance(given, str)
    assert encode(linear, np.array([], np.uint8)).tolist() == []
