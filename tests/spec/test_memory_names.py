"""Memories as plain data: every stage there and back, through JSON and TOML, and data that are none."""

import json
import tomllib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.blocks import Practice, Quantizer
from refsim.spec.codebooks import CodeBook, get_codebook
from refsim.spec.linear_codes import LinearCode
from refsim.spec.memories import PLAIN, Memory, Stage
from refsim.spec.memory_names import KINDS, read_memory, read_number, read_stage, write_memory, write_stage
from refsim.spec.naming import get_rounding
from refsim.spec.projection import Projection
from refsim.spec.read_policies import Clamped, ReadAsZero
from refsim.spec.secded import Secded
from refsim.spec.stored_formats import Converted, InBlocks
from refsim.spec.stored_integers import Affine, InCodeBook
from refsim.spec.weight_scaling import Scaled
from refsim.spec.zero_space import ZeroSpace

TO32, TO8, TO4 = (
    Projection(format, "ties_to_even", overflow)
    for format, overflow in (("binary32", "infinity"), ("q2.5", "saturate"), ("float4_e2m1fn", "saturate"))
)
INT8 = Projection("int8", "ties_to_even", "saturate")
NEAREST = get_rounding("ties_toward_positive")
OWN = CodeBook("own", (Fraction(-4), Fraction(0), Fraction(1, 3), None))
STAGES: tuple[Stage, ...] = (
    Converted(TO8, TO32),
    Converted(TO8, TO32, name="second"),
    Scaled(Fraction(127, 32), False, TO32, TO8, TO32),
    Scaled(Fraction(1, 3), True, TO32, TO8, TO32),
    InBlocks(Quantizer("mxfp4", TO4, "cudnn"), TO32),
    InBlocks(Quantizer("mxfp4", TO4, "torchao_floor"), TO32, 50, "rows"),
    Affine(INT8, TO32, TO32, symmetric=True),
    Affine(INT8, TO32, TO32, symmetric=False, group=16),
    InCodeBook(get_codebook("nf4"), NEAREST, TO32, TO32, TO32, 64),
    InCodeBook(OWN, NEAREST, TO32, TO32, TO32),
    ReadAsZero(("nan", "infinity")),
    Clamped("zero", "low"),
    Clamped("saturate", "keep", 9),
    Secded("hsiao", 64, "as_is"),
    Secded(LinearCode(5, (7, 11, 13, 14, 19, 21, 22, 25)), 8, "as_is"),
    ZeroSpace("hsiao", "as_is", throttle=True),
)


def from_toml(data):
    """Plain data through the text of a TOML table; JSON's strings and lists are TOML's too."""
    lines = "\n".join(f"{key} = {_toml(value)}" for key, value in data.items())
    return tomllib.loads(lines)


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value)


@pytest.mark.clause("memory-names/stage", "memory-names/round-trip")
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: type(stage).__name__)
def test_there_and_back(stage):
    """Every stage is read as it was written, through JSON, and through TOML where nothing is null."""
    data = write_stage(stage)
    assert read_stage(json.loads(json.dumps(data))) == stage
    if stage.name != "codebook" or stage.book is not OWN:
        assert read_stage(from_toml(data)) == stage


def test_every_kind_is_tried():
    """Each kind of stage has a name of its own, and each of this part's is among those that are tried."""
    assert len({kind.name for kind in KINDS}) == len({kind.record for kind in KINDS}) == len(KINDS)
    tried = {type(stage) for stage in STAGES}
    known = {"parity", "msb_duplication", "embedded_parity"}
    assert {kind.name for kind in KINDS if kind.record not in tried} == known


@pytest.mark.clause("memory-names/stage")
def test_spelling():
    """What is as by default is left out, and can be given."""
    plain = {
        "stage": "scaled",
        "target": "3.96875",
        "power_of_two": False,
        "scale": "binary32/ties_to_even/infinity",
        "to": "q2.5/ties_to_even/saturate",
        "back": "binary32/ties_to_even/infinity",
    }
    assert write_stage(STAGES[2]) == plain
    assert read_stage({**plain, "target": "127/32", "name": "scaled"}) == STAGES[2]
    assert write_stage(Clamped("zero", "low", name="x")) == {
        "stage": "clamped",
        "out_of_range": "zero",
        "nan": "low",
        "name": "x",
    }
    assert write_stage(STAGES[9])["book"] == {"name": "own", "values": ["-4", "0", "1/3", None]}


@pytest.mark.clause("memory-names/memory")
def test_memories():
    """A list in the order of writing; an empty one is a plain memory."""
    memory = Memory((STAGES[2], STAGES[13]))
    assert [data["stage"] for data in write_memory(memory)] == ["scaled", "secded"]
    assert read_memory(write_memory(memory)) == memory
    assert read_memory([]) == PLAIN
    assert write_memory(PLAIN) == []


@pytest.mark.clause("memory-names/stage", "memory-names/memory")
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "a memory is a list of at most 16 stages, not None"),
        ({"stage": "clamped"}, "a memory is a list"),
        ([{"stage": "clamped", "out_of_range": "zero", "nan": "keep"}] * 17, "at most 16 stages"),
        ([{"stage": "clamped", "out_of_range": "zero", "nan": "keep"}] * 2, "a memory has two stages clamped"),
        ([7], "there is no stage ''"),
        ([{"stage": 7}], "a text is needed, not 7"),
        ([{"stage": "scald"}], "there is no stage 'scald'; did you mean scaled?"),
        ([{"stage": "clamped", "nan": "keep"}], "out_of_range is missing"),
        ([{"stage": "clamped", "out_of_range": "zero", "nan": "keep", "x": 1}], "there is no 'x' here"),
        ([{"stage": "clamped", "out_of_range": "zero", "nan": "keep", "group": "4"}], "stage clamped: group: an integer"),
        ([{"stage": "clamped", "out_of_range": "zero", "nan": "keep", "group": 0}], "a group of clamped has at least one"),
        ([{"stage": "clamped", "out_of_range": "zero", "nan": "keep", "name": "a/b"}], "the name of a stage is a word"),
        ([{"stage": "read_as_zero", "data": "nan"}], "stage read_as_zero: data: a list of texts"),
        ([{"stage": "converted", "to": "int8", "back": "int8"}], "stage converted: to: a projection is"),
        (
            [{**write_stage(STAGES[2]), "target": 3.96875}],
            'a number is an exact text such as "3.96875" or "127/32", not 3.96875',
        ),
        ([{**write_stage(STAGES[2]), "target": "nan"}], "a rational number is needed"),
        ([{**write_stage(STAGES[2]), "target": "1" * 201}], "a number is an exact text"),
        ([{**write_stage(STAGES[2]), "target": "0"}], "target of scaled weights is positive"),
        ([{**write_stage(STAGES[4]), "how": {"format": "mxfp4"}}], "stage blocks: how: to is missing"),
        ([{**write_stage(STAGES[8]), "book": "nf5"}], "stage codebook: book: unknown code book 'nf5'"),
        ([{**write_stage(STAGES[9]), "book": {"name": "own", "values": [[]]}}], "stage codebook: book:"),
    ],
    ids=range(21),
)
def test_hostile_data(data, message):
    """Each is refused in one line that says where and what."""
    with pytest.raises(ValueError) as caught:
        read_memory(data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


PLAIN_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(STAGES), st.data())
def test_any_plain_data(stage, data):
    """With anything in the place of an attribute a stage is read or refused with a ValueError."""
    written = write_stage(stage)
    key = data.draw(st.sampled_from(sorted(written)))
    written[key] = data.draw(PLAIN_DATA)
    try:
        read_memory([written])
    except ValueError as error:
        assert str(error)


@pytest.mark.clause("memory-names/round-trip")
def test_what_has_no_name():
    """A stage of another kind, a practice and a format of one's own."""

    class Other:
        name = "other"

    with pytest.raises(ValueError, match="Other is no stage with a name"):
        write_stage(Other())
    own = Practice("floor", "ignore", "least", "saturate", "divide")
    with pytest.raises(ValueError, match="has no name"):
        write_stage(InBlocks(Quantizer("mxfp4", TO4, own), TO32))
    with pytest.raises(ValueError, match="cannot be written"):
        write_stage(Scaled(Fraction(3**500, 2), False, TO32, TO8, TO32))
    assert read_number("0x1p-3") == Fraction(1, 8)
    assert write_stage(STAGES[14])["code"] == {"checks": 5, "columns": [7, 11, 13, 14, 19, 21, 22, 25]}
    for code, message in (
        ({"checks": 10**17, "columns": [3]}, "code: a code has 1 to 16 check bits and a list of columns"),
        ({"checks": 5, "columns": 3}, "code: a code has 1 to 16 check bits and a list of columns"),
        ({"checks": 5, "columns": ["3"]}, "code: an integer of at most 18 digits is needed"),
        ({"checks": 5, "columns": [3, 3]}, "code: two data bits have the column 0x3"),
        ({"checks": 5, "columns": [3]}, "a code for words of 8 data bits is needed, not one of 1"),
        (5, "code: a mapping with checks, columns is needed"),
    ):
        with pytest.raises(ValueError, match=message):
            read_stage({"stage": "secded", "code": code, "width": 8, "detected": "as_is"})
    for text in ("1e400", "1e-400"):
        with pytest.raises(ValueError, match=r"a number of .* characters cannot be written"):
            read_number(text)


@pytest.mark.parametrize(
    "stage",
    [
        {"stage": "parity", "elements": 1, "parity": "x" * 600, "detected": "as_is"},
        {"stage": "parity", "elements": 1, "parity": "odd", "detected": "x" * 600},
        {"stage": "secded", "code": "x" * 600, "width": 64, "detected": "as_is"},
        {"stage": "zero_space", "code": "x" * 600, "detected": "as_is"},
        {"stage": "msb_duplication", "bit": 7, "copies": 2, "low": "x" * 600},
    ],
    ids=lambda stage: f"{stage['stage']}-{next(key for key, value in stage.items() if len(str(value)) == 600)}",
)
def test_long_texts_are_not_repeated(stage):
    """What is refused is said in one line that can be read."""
    with pytest.raises(ValueError, match=r"unknown .* 'x{59}[^x]") as caught:
        read_stage(stage)
    assert len(str(caught.value)) < 200
