"""Read policies: what is read as zero, what is clamped to stored ranges, and faults in these."""

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.exact import is_infinite, is_nan
from refsim.spec.memories import DATA, Memory, Part
from refsim.spec.read_policies import Clamped, ReadAsZero

E5M2, INT8, POSIT = (get_format(name) for name in ("float8_e5m2", "int8", "posit8"))
ALL = tuple(range(256))


@pytest.mark.clause("policy/zero")
@pytest.mark.parametrize("data", [("nan",), ("infinity",), ("nan", "infinity")], ids="+".join)
@pytest.mark.parametrize("format", [E5M2, POSIT, INT8], ids=str)
def test_read_as_zero(format, data):
    """All codes: those of the chosen data are zero, and every other one is as it is, a negative zero too."""
    stage = ReadAsZero(data)
    parts = stage.write(Part("weight", format, ALL))
    assert parts == {DATA: Part("weight", format, ALL)}
    reading = stage.read(parts)
    wanted = []
    for code in ALL:
        x = format.decode(code)
        wanted.append(0 if ("nan" in data and is_nan(x)) or ("infinity" in data and is_infinite(x)) else code)
    assert reading.codes == tuple(wanted)
    assert reading[1:] == (0, 0, False)
    assert stage.read_format(format) == format


def test_how_many_are_read_as_zero():
    """Float8_e5m2 has six NaNs and two infinities, a posit has one NaR, and int8 has neither."""
    counts = [
        sum(a != b for a, b in zip(ALL, ReadAsZero(data).read({DATA: Part("weight", format, ALL)}).codes, strict=True))
        for format in (E5M2, POSIT, INT8)
        for data in (("nan",), ("infinity",))
    ]
    assert counts == [6, 2, 1, 0, 0, 0]


@pytest.mark.clause("policy/zero")
def test_read_as_zero_refusals():
    """No names, unknown names, and formats without a zero."""
    for data in ((), ("nar",)):
        with pytest.raises(ValueError, match="what is read as zero is nan or infinity"):
            ReadAsZero(data)
    with pytest.raises(ValueError, match="has no zero"):
        ReadAsZero(("nan",)).write(Part("weight", get_format("float8_e8m0fnu"), (1,)))


def int8(*numbers):
    """A part of integers."""
    return Part("weight", INT8, tuple(n % 256 for n in numbers))


def read(stage, parts):
    """The integers that are read."""
    return [int(INT8.decode(code)) for code in stage.read(parts).codes]


@pytest.mark.clause("policy/clamp")
def test_clamped_to_stored_ranges():
    """The range is that of the whole tensor or of each group, the last one shorter; a flip past it is cut off or zero."""
    data = int8(-3, 5, 100, 7, 1)
    whole, grouped = Clamped("saturate", "keep"), Clamped("zero", "keep", 2)
    parts = whole.write(data)
    assert parts == {DATA: data, "low": Part("threshold", INT8, (253,)), "high": Part("threshold", INT8, (100,))}
    assert grouped.write(data)["low"].codes == (253, 7, 1)
    assert grouped.write(data)["high"].codes == (5, 100, 1)
    for stage in (whole, grouped):
        assert stage.read(stage.write(data)).codes == data.codes
    hit = int8(-128, 101, 100, 6, 1)
    assert read(whole, {**parts, DATA: hit}) == [-3, 100, 100, 6, 1]
    assert read(grouped, {**grouped.write(data), DATA: hit}) == [0, 0, 100, 0, 1]


@pytest.mark.clause("policy/clamp")
def test_a_fault_in_a_threshold():
    """An upper end that became -28 cuts what is above it down, and what is below the lower end up to that."""
    stage = Clamped("saturate", "keep")
    data = int8(-3, 5, 100)
    parts = {**stage.write(data), "high": Part("threshold", INT8, (100 ^ 128,))}
    assert read(stage, parts) == [-28, -28, -28]
    parts["low"] = Part("threshold", INT8, (90,))
    assert read(stage, parts) == [90, 90, -28]


@pytest.mark.clause("policy/clamp")
def test_clamped_nan():
    """A NaN that is written takes no part in the range, and is read as the policy says."""
    data = Part("weight", E5M2, (0x3C, 0x7F, 0xC0))
    found = [
        Clamped("saturate", nan).read(Clamped("saturate", nan).write(data)).codes[1] for nan in ("keep", "zero", "low", "high")
    ]
    assert found == [0x7F, 0, 0xC0, 0x3C]
    with pytest.raises(ValueError, match="at least one number that is not NaN"):
        Clamped("zero", "keep", 1).write(data)


@pytest.mark.clause("policy/clamp")
def test_clamped_refusals():
    """Unknown choices and groups of nothing."""
    for given in (("wrap", "keep"), ("zero", "nan"), ("zero", "keep", 0)):
        with pytest.raises(ValueError, match="clamped"):
            Clamped(*given)
    with pytest.raises(ValueError, match="has no zero"):
        Clamped("zero", "keep").write(Part("weight", get_format("float8_e8m0fnu"), (1,)))
    with pytest.raises(ValueError, match=r"the name of a stage is a word, not 'a\.b'"):
        Memory((Clamped("zero", "keep", name="a.b"),))
