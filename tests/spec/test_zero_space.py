"""Zero-space codes: which weights are allowed, where check bits lie, and what is read after faults."""

from itertools import combinations

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.linear_codes import CODES, LinearCode, get_code
from refsim.spec.memories import DATA, Memory, Part, Reading
from refsim.spec.protected_words import POLICIES, Verdict
from refsim.spec.zero_space import KEPT, SPARE, ZeroSpace, repeats_sign, throttled, violating

INT8 = get_format("int8")
VALUES = (0, 63, -64, -1, 17, -33, 5, -128, *(9, 8, 7, 6, -5, 4, -3, 127), *(100, -100))
WEIGHTS = Part("weight", INT8, tuple(value % 256 for value in VALUES))


def hit(parts, *bits):
    """Parts in which bits of memory, counted from bit 0 of element 0, are inverted."""
    codes = list(parts[DATA].codes)
    for bit in bits:
        codes[bit // 8] ^= 1 << bit % 8
    return {DATA: parts[DATA]._replace(codes=tuple(codes))}


def test_which_weights_are_allowed():
    """The values -64..63, in the first seven places of a whole group."""
    assert [value for value in range(-128, 128) if repeats_sign(value % 256)] == list(range(-64, 64))
    assert violating(WEIGHTS.codes) == ()
    wide = [64] * 18
    assert violating(wide) == (0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14)
    assert violating([64] * 7) == ()


@pytest.mark.clause("zero-space/throttled")
def test_throttled_weights():
    """Clamped to -64..63 where they are not allowed, and left as they are elsewhere."""
    for value in range(-128, 128):
        codes = throttled((value % 256,) * 9)
        clamped = min(max(value, -64), 63) % 256
        assert codes == ((clamped,) * 7 + (value % 256,) * 2)
        assert violating(codes) == ()


@pytest.mark.clause("zero-space/stage")
@pytest.mark.parametrize("code", CODES)
def test_what_is_stored(code):
    """Only bit 6 of the first seven of eight differs from the weights, and holds the check bits of the other 57."""
    stage = ZeroSpace(code, "as_is")
    parts = stage.write(WEIGHTS)
    assert list(parts) == [DATA]
    assert (stage.linear.width, stage.linear.checks, len(SPARE), len(KEPT)) == (57, 7, 7, 57)
    stored = parts[DATA].codes
    for element, (before, after) in enumerate(zip(WEIGHTS.codes, stored, strict=True)):
        assert (before ^ after) & ~0x40 == 0
        assert before == after or (element < 16 and element % 8 != 7)
    for group in (0, 8):
        bits = [WEIGHTS.codes[group + i] >> b & 1 for i in range(8) for b in range(8) if b != 6 or i == 7]
        check = stage.linear.encode(sum(bit << i for i, bit in enumerate(bits)))
        assert [stored[group + i] >> 6 & 1 for i in range(7)] == [check >> i & 1 for i in range(7)]
    assert stage.read(parts) == Reading(WEIGHTS.codes)
    assert stage.verdict(WEIGHTS, parts) == Verdict()


@pytest.mark.clause("zero-space/stage", "code/decode")
@pytest.mark.parametrize("code", CODES)
def test_every_single_error_is_corrected_and_no_double_one(code):
    """All 64 bits of a word and all pairs of them; what is detected is read with its signs repeated."""
    stage = ZeroSpace(code, "as_is")
    data = WEIGHTS._replace(codes=WEIGHTS.codes[:8])
    parts = stage.write(data)
    for bit in range(64):
        assert stage.read(hit(parts, bit)) == Reading(data.codes, corrected=1)
        assert stage.verdict(data, hit(parts, bit)) == Verdict(corrected=1)
    for pair in list(combinations(range(64), 2))[::5]:
        faulty = hit(parts, *pair)
        read = [c & 0xBF | c >> 1 & 0x40 if i < 7 else c for i, c in enumerate(faulty[DATA].codes)]
        assert stage.read(faulty) == Reading(tuple(read), detected=1)
        assert stage.verdict(data, faulty) == Verdict(detected=1)


@pytest.mark.clause("zero-space/stage")
@pytest.mark.parametrize("code", CODES)
def test_three_errors_are_always_corrected_wrongly(code):
    """64 bits have all columns with an odd number of ones that seven rows can have: none is left to be detected."""
    stage = ZeroSpace(code, "as_is")
    assert sorted(stage.linear.all_columns) == [n for n in range(128) if n.bit_count() % 2]
    data = WEIGHTS._replace(codes=WEIGHTS.codes[:8])
    for three in list(combinations(range(64), 3))[::997]:
        faulty = hit(stage.write(data), *three)
        assert stage.read(faulty).corrected == 1
        check_bits_alone = all(bit in SPARE for bit in three)
        assert stage.verdict(data, faulty) == Verdict(miscorrected=1) or check_bits_alone


@pytest.mark.clause("zero-space/stage", "protected/policy")
@pytest.mark.parametrize("policy", POLICIES)
def test_policies_and_the_rest(policy):
    """Two wrong bits in the first word; those of the elements behind the last group are nobody's."""
    stage = ZeroSpace("hsiao", policy)
    faulty = hit(stage.write(WEIGHTS), 0, 1, 16 * 8)
    first = (0,) * 8 if policy.startswith("zero") else (3, *WEIGHTS.codes[1:8])
    codes = (*first, *WEIGHTS.codes[8:16], WEIGHTS.codes[16] ^ 1, WEIGHTS.codes[17])
    assert stage.read(faulty) == Reading(codes, 0, 1, policy == "stop")
    assert stage.verdict(WEIGHTS, faulty) == Verdict(detected=1)


def test_in_a_memory():
    """No other part; the format stays, and fewer than eight elements are no word."""
    memory = Memory((ZeroSpace("hsiao", "as_is"),))
    assert list(memory.write(WEIGHTS)) == [DATA]
    few = WEIGHTS._replace(codes=(64, 127, 128))
    assert memory.write(few) == {DATA: few}
    assert memory.read({DATA: few}) == Reading(few.codes)
    memory.check(WEIGHTS)


def test_what_is_refused():
    """Weights that are not allowed, by element and value; other formats; choices that are none."""
    stage = ZeroSpace("hsiao", "as_is")
    with pytest.raises(ValueError, match=r"element 2 is -65, not in -64\.\.63 as zero_space needs it"):
        stage.write(WEIGHTS._replace(codes=(0, 0, 191, 0, 64, 0, 0, 0)))
    for format in ("int4", "binary16"):
        with pytest.raises(ValueError, match=f"zero_space is for codes of 8 bits, not for {format}"):
            stage.write(Part("weight", get_format(format), (0,) * 8))
        with pytest.raises(ValueError, match="codes of 8 bits"):
            stage.read({DATA: Part("weight", get_format(format), (0,) * 8)})
    with pytest.raises(ValueError, match="unknown code 'none'"):
        ZeroSpace("none", "as_is")
    with pytest.raises(ValueError, match="unknown policy 'none'"):
        ZeroSpace("hsiao", "none")
    with pytest.raises(ValueError, match="words of zero_space have 7 check bits, not 8"):
        ZeroSpace(LinearCode(8, get_code("hsiao", 57).columns), "as_is")


@pytest.mark.clause("zero-space/stage")
def test_throttled_when_written():
    """With ``throttle`` weights that are not allowed are stored as the nearest that are, and read so; a tail as it is."""
    codes = (64, 191, 255, 3, 127, 128, 0, 127, 90)
    stage, data = ZeroSpace("hsiao", "as_is", throttle=True), WEIGHTS._replace(codes=codes)
    parts = stage.write(data)
    assert stage.read(parts) == Reading((63, 192, 255, 3, 63, 192, 0, 127, 90))
    assert parts == ZeroSpace("hsiao", "as_is").write(data._replace(codes=throttled(codes)))
