"""Memories on arrays: written, read and read again as the specification does, alone and in chains, with faults anywhere."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refsim.engine import memories, parts
from refsim.engine.array import Array
from refsim.engine.faults import Masks
from refsim.engine.parts import Part, of_specification, specified
from refsim.spec.blocks import Quantizer
from refsim.spec.catalogue import get_format
from refsim.spec.codebooks import CodeBook, get_codebook
from refsim.spec.memories import DATA, PLAIN, Memory
from refsim.spec.naming import get_rounding
from refsim.spec.parity import Parity
from refsim.spec.projection import Projection
from refsim.spec.protected_words import Verdict
from refsim.spec.read_policies import Clamped, ReadAsZero
from refsim.spec.secded import Secded
from refsim.spec.stored_formats import Converted, InBlocks
from refsim.spec.stored_integers import Affine, InCodeBook
from refsim.spec.weight_scaling import Scaled

B32, B16 = get_format("binary32"), get_format("binary16")
TO32, TO16 = (Projection(format, "ties_to_even", "infinity") for format in (B32, B16))
DOWN = Projection(B32, "toward_zero", "saturate")
REFUSING = Projection("int8", "ties_to_even", "error")
LONG = 10**12
"""Groups that are longer than any tensor."""
TO8, TOU8, TO4, TO_Q, TO_E4M3, TO_E2M1, TO_POSIT = (
    Projection(name, "ties_to_even", "saturate")
    for name in ("int8", "uint8", "int4", "q2.5", "float8_e4m3fn", "float4_e2m1fn", "posit8")
)
NEAREST = get_rounding("ties_toward_positive")
FLUSHING = Projection(B32, "ties_to_even", "infinity", subnormals="flush")
STAGES = {
    "converted": Converted(TO_E4M3, TO32),
    "converted_to_integers": Converted(TO16, TO8),
    "converted_refusing": Converted(TO16, REFUSING),
    "converted_posit": Converted(TO_POSIT, TO16),
    "scaled": Scaled(Fraction(127, 32), False, DOWN, TO_Q, TO32),
    "scaled_floats": Scaled(Fraction(199, 100), True, DOWN, TO32, TO32),
    "scaled_to_integers": Scaled(Fraction(100), True, TO16, TO16, TO8),
    "scaled_flushing": Scaled(Fraction(1, 1 << 120), False, DOWN, FLUSHING, FLUSHING),
    "blocks": InBlocks(Quantizer("mxfp4", TO_E2M1, "cudnn"), TO32),
    "blocks_of_rows": InBlocks(Quantizer("mxfp4", TO_E2M1, "torchao_floor"), TO8, 50),
    "blocks_of_long_rows": InBlocks(Quantizer("mxfp4", TO_E2M1, "cudnn"), TO16, 64),
    "affine": Affine(TO8, TO32, TO32, symmetric=True),
    "affine_groups": Affine(TOU8, TO16, TO32, symmetric=False, group=7),
    "affine_to_integers": Affine(TO4, TO32, TO8, symmetric=False),
    "codebook": InCodeBook(get_codebook("nf4"), NEAREST, TO16, TO32, TO32, 64),
    "codebook_of_unused": InCodeBook(get_codebook("ternary_offset"), NEAREST, TO4, TO32, TO16),
    "read_as_zero": ReadAsZero(("nan", "infinity")),
    "read_nan_as_zero": ReadAsZero(("nan",)),
    "clamped": Clamped("saturate", "keep"),
    "clamped_groups": Clamped("zero", "zero", 16),
    "clamped_high": Clamped("saturate", "high"),
    "clamped_long_groups": Clamped("saturate", "low", LONG),
    "affine_long_groups": Affine(TO8, TO32, TO32, symmetric=False, group=LONG),
    "affine_wide": Affine(Projection("uint64", "toward_negative", "saturate_finite"), TO32, TO32, symmetric=False, group=50),
    "codebook_long_groups": InCodeBook(get_codebook("nf4"), NEAREST, TO16, TO32, TO32, LONG),
    "blocks_of_longest_rows": InBlocks(Quantizer("mxfp4", TO_E2M1, "cudnn"), TO16, LONG),
    "parity_of_long_words": Parity(LONG, "odd", "zero_word"),
}
SECDED = Secded("hsiao", 64, "as_is")
MEMORIES = {
    "plain": PLAIN,
    **{name: Memory((stage,)) for name, stage in STAGES.items()},
    "scaled_secded": Memory((STAGES["scaled"], SECDED)),
    "blocks_secded": Memory((InBlocks(Quantizer("mxfp4", TO_E2M1, "cudnn"), TO32, 50), Secded("hamming", 32, "zero_word"))),
    "clamped_converted": Memory((Clamped("zero", "zero", 3), Converted(TO16, TO32), ReadAsZero(("nan",)))),
    "secded_below": Memory((SECDED, Clamped("saturate", "low", 5))),
    "affine_secded": Memory((STAGES["affine_groups"], Secded("hsiao", 16, "stop"))),
}


def weights(count=101, seed=1):
    """Binary32 weights of several magnitudes, zeros of both signs among them."""
    random = np.random.default_rng(seed)
    found = (random.normal(0, 1, count) * 2.0 ** random.integers(-6, 2, count)).astype(np.float32)
    found[1::17], found[2::19] = 0.0, -0.0
    return Part("weight", Array(found.view(np.uint32), B32))


def hit(part, elements, bits):
    """The masks that flip a bit of each element, and clear or set the next ones of every third."""
    where = np.unique(np.array(elements, np.int64) % len(part.array))
    width, dtype = part.array.format.width, part.array.codes.dtype
    one = (np.uint64(1) << np.resize(np.array(bits, np.uint64) % np.uint64(width), len(where))).astype(dtype)
    zero = np.zeros(len(where), dtype)
    third = np.arange(len(where)) % 3
    return Masks(where, np.where(third == 0, one, zero), np.where(third == 1, one, zero), np.where(third == 2, one, zero))


def same(reading, wanted):
    """Whether a reading is the specification's."""
    return (tuple(reading.array.codes.tolist()), *reading[1:]) == wanted


@pytest.mark.parametrize("name", MEMORIES)
def test_written_and_read(name):
    """All parts are those of the specification, and so is what is read from them; also of one weight and of none."""
    memory = MEMORIES[name]
    for data in (weights(), weights(1), Part("weight", Array(np.zeros(0, np.uint32), B32))):
        try:
            wanted = memory.write(specified(data))
        except ValueError as error:
            with pytest.raises(type(error)) as caught:
                memories.write(memory, data)
            assert str(caught.value) == str(error)
            continue
        found = memories.write(memory, data)
        assert {key: specified(part) for key, part in found.items()} == wanted
        assert same(memories.read(memory, found), memory.read(wanted))


@pytest.mark.parametrize("name", MEMORIES)
@settings(max_examples=8)
@given(data=st.data())
def test_read_again(name, data):
    """After faults in any parts, what is read again is what is read of all, and what the specification reads."""
    memory, given = MEMORIES[name], weights(53)
    clean = memories.write(memory, given)
    chosen = data.draw(st.lists(st.sampled_from(sorted(clean)), unique=True))
    masks = {
        part: hit(
            clean[part],
            data.draw(st.lists(st.integers(0, 1 << 20), min_size=1, max_size=4)),
            data.draw(st.lists(st.integers(0, 63), min_size=1, max_size=4)),
        )
        for part in chosen
    }
    before = {name: part.array.codes.copy() for name, part in clean.items()}
    read = memories.read(memory, clean).array
    again = memories.reread(memory, clean, read, masks)
    struck = memories.struck(clean, masks)
    whole = memories.read(memory, struck)
    assert again.array.format == whole.array.format
    assert np.array_equal(again.array.codes, whole.array.codes)
    assert again[1:] == whole[1:]
    assert same(whole, memory.read({name: specified(part) for name, part in struck.items()}))
    assert all(np.array_equal(before[name], part.array.codes) for name, part in clean.items())


class Counted:
    """A rendering that tells how many elements it reads."""

    def __init__(self, rendering):
        self.rendering, self.seen = rendering, []

    def read(self, stage, given):
        """Read, and count."""
        self.seen.append(len(given[DATA].array))
        return self.rendering.read(stage, given)


@pytest.mark.parametrize(
    ("name", "part", "count"),
    [
        ("scaled", DATA, 2),
        ("scaled", "scaled.scale", 6400),
        ("blocks", DATA, 64),
        ("blocks", "blocks.scale", 64),
        ("blocks_of_rows", DATA, 100),
        ("blocks_of_long_rows", DATA, 64),
        ("affine_groups", "affine.zero_point", 14),
        ("codebook", "codebook.table", 6400),
        ("codebook", DATA, 128),
        ("scaled_secded", DATA, 16),
        ("blocks_secded", DATA, 400),
    ],
)
def test_only_words_that_are_hit_are_read(name, part, count, monkeypatch):
    """Two words of each stage, or the whole tensor where something is hit that all share."""
    memory, data = MEMORIES[name], weights(6400)
    clean = memories.write(memory, data)
    read = memories.read(memory, clean).array
    kind = type(memory.stages[0])
    counted = Counted(memories.STAGES[kind])
    monkeypatch.setattr(memories, "STAGES", {**memories.STAGES, kind: counted.rendering._replace(read=counted.read)})
    last = min(len(clean[part].array) - 1, {"blocks.scale": 120, "affine.zero_point": 500}.get(part, 4000))
    masks = {part: hit(clean[part], [0, last], [1, 1])}
    again = memories.reread(memory, clean, read, masks)
    assert counted.seen == [count]
    assert np.array_equal(again.array.codes, memories.read(memory, memories.struck(clean, masks)).array.codes)


def test_nothing_hit():
    """Without faults what is read again is what was read; empty masks are none."""
    memory = MEMORIES["scaled"]
    clean = memories.write(memory, weights())
    read = memories.read(memory, clean).array
    nothing = hit(clean[DATA], [], [0])
    assert memories.reread(memory, clean, read, {}).array is read
    assert memories.reread(memory, clean, read, {DATA: nothing}).array is read
    for masks in ({}, {DATA: nothing}):
        assert memories.verdict(memory, clean, masks) == Verdict()


def test_check():
    """A memory whose format on reading is another one is refused as in the specification."""
    memory, data = Memory((Converted(TO16, TO8),)), weights()
    with pytest.raises(ValueError, match="what is read is of int8, not of binary32") as caught:
        memories.check(memory, data, memories.write(memory, data))
    with pytest.raises(ValueError) as wanted:
        memory.check(specified(data))
    assert str(caught.value) == str(wanted.value)
    memories.check(MEMORIES["scaled"], data, memories.write(MEMORIES["scaled"], data))


def test_formats_between_stages():
    """Another format than a stage wrote is refused as in the specification, when it is checked and when it is read."""
    memory = Memory((Converted(TO16, TO32, "a"), Converted(TO8, Projection("bfloat16", "ties_to_even", "infinity"), "b")))
    found = memories.write(memory, weights())
    with pytest.raises(ValueError) as wanted:
        memory.read({name: specified(part) for name, part in found.items()})
    for refused in (lambda: memories.check(memory, weights(), found), lambda: memories.read(memory, found)):
        with pytest.raises(ValueError) as caught:
            refused()
        assert str(caught.value) == str(wanted.value) == "a wrote binary16, and is given back bfloat16"


def test_stages_without_a_rendering(monkeypatch):
    """They go through the specification, and are read as a whole."""
    memory, data = MEMORIES["scaled_secded"], weights(40)
    wanted = memories.write(memory, data)
    monkeypatch.setattr(memories, "STAGES", {})
    found = memories.write(memory, data)
    assert {name: specified(part) for name, part in found.items()} == {name: specified(part) for name, part in wanted.items()}
    masks = {DATA: hit(found[DATA], [3, 9], [2])}
    read = memories.read(memory, found).array
    again = memories.reread(memory, found, read, masks)
    assert same(again, memory.read({name: specified(part) for name, part in memories.struck(found, masks).items()}))
    assert again.corrected


@pytest.mark.parametrize(
    "name", [name for name in STAGES if name not in {"read_as_zero", "read_nan_as_zero", "clamped_groups"}]
)
@pytest.mark.parametrize("code", [0x7F800000, 0xFF800000, 0x7FC00000, 0x7FA00001])
def test_errors_on_writing(name, code):
    """Numbers that are not finite are refused as by the specification, or written as by it."""
    data = Part("weight", Array(np.array([0x3F800000, code, code ^ 1 << 31], np.uint32), B32))
    memory = MEMORIES[name]
    try:
        wanted = memory.write(specified(data))
    except ValueError as error:
        with pytest.raises(type(error)) as caught:
            memories.write(memory, data)
        assert str(caught.value) == str(error)
    else:
        assert {key: specified(part) for key, part in memories.write(memory, data).items()} == wanted


def test_a_book_close_to_its_thresholds():
    """Quotients next to and on the middle between two values have the specification's codes, for scales that do not divide."""
    book = CodeBook("thirds", (Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(1)))
    stage = InCodeBook(book, NEAREST, TO32, TO32, TO32)
    for greatest in (1.0, 3.0, 0.7, 1e-30):
        middle = np.float32(greatest) * np.float32([2 / 3, 1 / 6, -0.5])
        near = np.concatenate([np.nextafter(middle, np.float32(side)) for side in (-10, 10)])
        data = Part("weight", Array(np.concatenate([[greatest], middle, near]).astype(np.float32).view(np.uint32), B32))
        assert specified(memories.write(Memory((stage,)), data)[DATA]) == stage.write(specified(data))[DATA]


def test_wide_formats_go_through_the_specification():
    """Weights that binary64 does not hold, and integers of 64 bits."""
    wide = get_format("binary128")
    to = Projection(wide, "ties_to_even", "infinity")
    data = of_specification(specified(Part("weight", Array(np.array([to(Fraction(1, 3)).code, to(2).code], object), wide))))
    for stage in (
        Scaled(Fraction(3), False, to, to, to),
        Affine(Projection("int64", "ties_to_even", "saturate"), TO32, TO32, symmetric=True),
        InCodeBook(get_codebook("nf4"), NEAREST, TO32, TO32, TO32),
        Clamped("saturate", "keep"),
    ):
        memory = Memory((stage,))
        found, wanted = memories.write(memory, data), memory.write(specified(data))
        assert {name: specified(part) for name, part in found.items()} == wanted
        assert same(memories.read(memory, found), memory.read(wanted))


def test_names_of_the_modules_agree():
    """The names are those of the specification."""
    assert parts.Reading._fields[1:] == ("corrected", "detected", "stopped")
