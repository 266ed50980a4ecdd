"""Names of datapaths: each record has one, what is written is read back, and what is no name is refused with its place."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from refsim.spec.alignment import Alignment
from refsim.spec.datapath_names import (
    ACCUMULATORS,
    ADDERS,
    CORRECTIONS,
    DATAPATHS,
    LOG_SUMS,
    MULTIPLIERS,
    POWERS,
    accumulator_name,
    datapath_name,
    get_accumulator,
    get_datapath,
    get_multiplier,
    multiplier_name,
)
from refsim.spec.datapaths import Datapath
from refsim.spec.families import fixed_format
from refsim.spec.lns import Adder, CorrectionTable, correction_table
from refsim.spec.lns_sums import LnsSequential
from refsim.spec.log_accumulators import LogDomain, LogSum
from refsim.spec.mitchell import Mitchell
from refsim.spec.nans import POLICIES
from refsim.spec.power_tables import ExactPower, LinearPower, PowerTable, WholePower
from refsim.spec.products import ExactProduct, RoundedProduct
from refsim.spec.projection import Projection
from refsim.spec.shift_multipliers import LogProduct, ShiftProduct
from refsim.spec.spellings import Misspelled
from refsim.testing.datapaths import accumulators, datapaths, multipliers

INT18 = Projection("int18", "toward_zero", "saturate")
SINGLE = Projection("binary32", "ties_to_even", "infinity")
HALF = Projection("binary16", "ties_to_even", "infinity", subnormals="flush")
I18, F32, F16 = (
    "int18/toward_zero/saturate",
    "binary32/ties_to_even/infinity",
    "binary16/ties_to_even/infinity/subnormals=flush",
)
LOGS = Projection("q5.3", "toward_negative", "saturate")
LNS = Projection("lns5.3", "ties_to_even", "saturate")
TABLE = PowerTable(3, 8, "ties_to_even")

NAMES = {
    f"sequential({I18})": Sequential(INT18),
    f"sequential({F32},group=4)": Sequential(SINGLE, 4),
    f"sequential({F32},group=4,align=13/toward_zero/value/apart)": Sequential(
        SINGLE, 4, Alignment(13, "toward_zero", "value", with_sum=False)
    ),
    f"sequential({F32},align=25/ties_to_even/factors/with_sum,sticky)": Sequential(
        SINGLE, 1, Alignment(25, "ties_to_even", "factors", with_sum=True), sticky=True
    ),
    f"total({F16})": Total(HALF),
    f"pairwise({F32})": Pairwise(SINGLE),
    f"pairwise({F32},base=8)": Pairwise(SINGLE, 8),
    f"tree(2,{I18})": Tree((INT18,)),
    f"tree(3,{F16},{F32})": Tree((HALF, SINGLE), 3),
    f"kahan({F16})": Kahan(HALF),
    f"blocked(128,sequential({F16}),kahan({F32}))": Blocked(128, Sequential(HALF), Kahan(SINGLE)),
    f"interleaved(8,sequential({I18}),blocked(2,total({I18}),total({F32})))": Interleaved(
        8, Sequential(INT18), Blocked(2, Total(INT18), Total(SINGLE))
    ),
    f"log_domain(log_sum(q5.3/toward_negative/saturate,exact),table(3,8,ties_to_even),{F32})": LogDomain(
        LogSum(LOGS, ExactPower()), TABLE, SINGLE
    ),
    "lns(lns5.3/ties_to_even/saturate,adder(corrections(2,3,8,7),corrections(2,3,-9,-5),wrap))": LnsSequential(
        LNS, Adder(CorrectionTable((8, 7), 2, 3), CorrectionTable((-9, -5), 2, 3), "wrap")
    ),
}
MULTIPLIER_NAMES = {
    "exact": ExactProduct(),
    f"rounded({F16})": RoundedProduct(HALF),
    "shift(x,whole)": ShiftProduct("x", WholePower(), None),
    f"shift(y,table(3,8,ties_to_even),to={I18})": ShiftProduct("y", TABLE, INT18),
    "log(linear)": LogProduct(LinearPower(), None, None),
    f"log(exact,exponent=q5.3/toward_negative/saturate,to={F32})": LogProduct(ExactPower(), LOGS, SINGLE),
    "mitchell(mitchell,0)": Mitchell("mitchell", 0, None, None),
    f"mitchell(iterative,2,bits=4,to={I18})": Mitchell("iterative", 2, 4, INT18),
}


@pytest.mark.clause("spelling/record", "spelling/projection", "spelling/alignment", "spelling/round-trip")
@pytest.mark.parametrize(("name", "record"), NAMES.items(), ids=[name[:30] for name in NAMES])
def test_accumulators(name, record):
    """A name by hand for each kind, with and without what may be left out."""
    assert get_accumulator(name) == record
    assert accumulator_name(record) == name


@pytest.mark.clause("spelling/record", "spelling/round-trip")
@pytest.mark.parametrize(("name", "record"), MULTIPLIER_NAMES.items(), ids=MULTIPLIER_NAMES)
def test_multipliers(name, record):
    """The same of multipliers."""
    assert get_multiplier(name) == record
    assert multiplier_name(record) == name


@pytest.mark.clause("spelling/record")
def test_datapaths():
    """A datapath holds both, and its output where it has one."""
    for output, tail in ((None, ""), (HALF, f",output={F16}")):
        path = Datapath(ExactProduct(), Sequential(INT18), "last", "steps", output)
        name = f"datapath(exact,sequential({I18}),last,steps{tail})"
        assert get_datapath(name) == path
        assert datapath_name(path) == name


def records_of(module_names, method):
    """The frozen records of the specification that have a method of multipliers or accumulators."""
    return {
        name
        for name, found in vars(module_names).items()
        if dataclasses.is_dataclass(found) and isinstance(found, type) and hasattr(found, method)
    }


def test_the_table_is_complete():
    """Every record of the specification that multiplies or accumulates has a name."""
    from refsim.spec import accumulators as a  # noqa: PLC0415
    from refsim.spec import lns_sums, log_accumulators, mitchell, products, shift_multipliers  # noqa: PLC0415

    named = {kind.record.__name__ for kind in ACCUMULATORS.kinds.values()}
    there = set().union(*(records_of(module, "total") for module in (a, lns_sums, log_accumulators)))
    assert there - {"Alignment"} == named
    named = {kind.record.__name__ for kind in MULTIPLIERS.kinds.values()}
    assert set().union(*(records_of(module, "product") for module in (products, mitchell, shift_multipliers))) == named
    for family in (ACCUMULATORS, MULTIPLIERS, POWERS, LOG_SUMS, CORRECTIONS, ADDERS, DATAPATHS):
        for kind in family.kinds.values():
            fields = getattr(kind.record, "_fields", None) or [field.name for field in dataclasses.fields(kind.record)]
            assert {part.attribute for part in kind.parts} == set(fields)


def test_a_table_that_was_made_by_rule():
    """A table of corrections is written with its entries."""
    table = correction_table(4, 2, 3, "ties_to_even", "low", subtraction=False)
    adder = Adder(table, correction_table(4, 2, 3, "ties_to_even", "middle", subtraction=True), "saturate")
    record = LnsSequential(LNS, adder)
    assert f"corrections(2,3,{','.join(map(str, table.entries))})" in accumulator_name(record)
    assert get_accumulator(accumulator_name(record)) == record


def named_projections():
    """Projections to formats that have names, with options."""
    return st.builds(
        Projection,
        st.sampled_from(["binary16", "float8_e5m2", "int18", "q2.5", "uq3.5", "posit8", "e4m3b11fnuz", "log4_fsr3"]),
        st.sampled_from(["ties_to_even", "toward_negative", "to_odd", "stochastic_b:7"]),
        st.sampled_from(["saturate", "error"]),
        st.sampled_from(["after", "before"]),
        st.sampled_from(["keep", "flush_inputs", "flush"]),
        st.sampled_from(list(POLICIES)),
    )


@pytest.mark.clause("spelling/round-trip")
@given(accumulators(named_projections()), multipliers(named_projections()), datapaths(named_projections()))
def test_round_trips(accumulator, multiplier, path):
    """What is written is read back, and holds no space."""
    for record, write, get in (
        (accumulator, accumulator_name, get_accumulator),
        (multiplier, multiplier_name, get_multiplier),
        (path, datapath_name, get_datapath),
    ):
        name = write(record)
        assert get(name) == record
        assert write(get(name)) == name
        assert name.isascii()
        assert " " not in name


@pytest.mark.clause("spelling/projection")
def test_other_spellings_are_read():
    """Aliases, formats with slashes or commas in their names, overflow rules with bits, options in any order."""
    same = "q7.8/ties_toward_positive/saturate"
    for spelled in ("ap_fixed<16,8>/AP_RND/AP_SAT", "fxp-s16/8/AP_RND/AP_SAT", same):
        assert accumulator_name(get_accumulator(f"blocked(2,total({spelled}),total({spelled}))")) == (
            f"blocked(2,total({same}),total({same}))"
        )
    assert accumulator_name(get_accumulator("total(half/RNE/infinity/subnormals=flush/tininess=before)")) == (
        "total(binary16/ties_to_even/infinity/tininess=before/subnormals=flush)"
    )
    assert accumulator_name(get_accumulator("total(int8/RTZ/wrap:1)")) == "total(int8/toward_zero/wrap:1)"
    assert accumulator_name(get_accumulator("total(int8/stochastic_a:3/wrap/nan=canonical)")) == (
        "total(int8/stochastic_a:3/wrap)"
    )


def test_what_has_no_name():
    """A format that no name makes, and a record of somebody else's."""
    odd = Projection(fixed_format("mine", 3, 4, signed=True), "toward_zero", "wrap")
    with pytest.raises(ValueError, match="a projection to mine has no name: no format of that name is the same"):
        accumulator_name(Total(odd))
    other = Projection(fixed_format("int8", 3, 4, signed=True), "toward_zero", "wrap")
    with pytest.raises(ValueError, match="a projection to int8 has no name"):
        accumulator_name(Total(other))
    with pytest.raises(ValueError, match="ExactProduct is no accumulator with a name"):
        accumulator_name(ExactProduct())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "there is no accumulator ''; there are sequential, total, "),
        ("sequentail(x)", "there is no accumulator 'sequentail'; did you mean sequential?; at 'sequentail(x)', character 1"),
        ("exact", "there is no accumulator 'exact'; there are"),
        ("sequential", "sequential needs (to,group=...,align=...,sticky); at 'sequential', character 1"),
        (f"sequential({I18}", "the bracket of sequential is not closed at its end"),
        (f"sequential({I18}))", f"a bracket is closed that was not opened; at '{I18})', character 12"),
        (f"total({I18})x", "the bracket of total is not closed at its end"),
        ("sequential(int18/saturate)", "a projection is a format, a rounding rule and an overflow rule, as in int18/"),
        ("total(int18//saturate)", "a projection is a format, a rounding rule and an overflow rule, as in int18/"),
        ("total(int18/toward_zero/saturate/)", "a projection is a format,"),
        (
            "total(int18/toward_zero/saturate/flush=1)",
            "a projection's options are tininess, subnormals and nan, each once, not",
        ),
        ("total(int18/RTZ/wrap/nan=canonical/nan=canonical)", "a projection's options are tininess, subnormals and nan, each"),
        ("total(int18/RTZ/wrap/subnormals=no)", "subnormals 'no' is none of keep, flush_inputs"),
        ("total(int18/toward_zero/infinty)", "unknown overflow rule 'infinty'"),
        ("total(int18/to_zero/wrap)", "accumulator 'total(int18/to_zero/wrap)': unknown rounding rule 'to_zero'"),
        ("total(imt18/toward_zero/wrap)", "unknown format 'imt18'; did you mean"),
        ("total(binary16/toward_zero/wrap)", "wrap needs an integer or fixed-point format, which binary16 is not"),
        (
            f"sequential({I18},grop=4)",
            "sequential takes (to,group=...,align=...,sticky), in this order; at 'grop=4', character 39",
        ),
        (f"sequential(group=4,{I18})", "sequential takes (to,group=...,align=...,sticky), in this order; at 'group=4'"),
        (f"sequential({I18},group=4,group=4)", "group of sequential is given twice; at 'group=4', character 47"),
        (f"sequential({I18},group)", "sequential takes (to,group=...,align=...,sticky), in this order; at 'group'"),
        (f"sequential({I18},sticky=1)", "sticky of sequential is written sticky; at 'sticky=1'"),
        (f"sequential({I18},group=0)", "group must be at least 1, not 0"),
        (f"sequential({I18},group=four)", "an integer is needed here; at 'four', character 45"),
        (
            f"sequential({I18},align=13/toward_zero/value)",
            "an alignment is bits, rounding, value or factors, with_sum or apart",
        ),
        (
            f"sequential({I18},align=13/toward_zero/values/apart)",
            "the exponent 'values' of an alignment is none of value, factors",
        ),
        (f"sequential({I18},align=-1/toward_zero/value/apart)", "an alignment keeps 0 to 4096 bits"),
        ("tree(2)", "levels of a tree must be at least 1, not 0"),
        (f"tree({I18})", f"an integer is needed here; at '{I18}', character 6"),
        (f"blocked(2,total({I18}))", "blocked needs (size,inner,outer)"),
        (f"blocked(2,total({I18}),total({I18}),total({I18}))", "blocked takes (size,inner,outer), in this order; at 'total"),
        (f"blocked(2,total({I18}),totl({I18}))", "there is no accumulator 'totl'; did you mean total?; at 'totl("),
        (f"sequential( {I18})", "unknown format ' int18'"),
        ("blocked(1," * 200, "a name of accumulator has at most 100 brackets, not 200"),
    ],
)
def test_refusals(name, message):
    """One line that says what is wrong, and at which character."""
    with pytest.raises(Misspelled) as refused:
        get_accumulator(name)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("get", "name", "message"),
    [
        (get_multiplier, "exact(1)", "exact takes no arguments, in this order; at '1', character 7"),
        (get_multiplier, "shift(z,whole)", "the logarithmic operand 'z' of a shift is none of x, y; at 'shift(z,whole)'"),
        (get_multiplier, "mitchell(babic,1)", "the way 'babic' of a logarithmic multiplier is none of mitchell, iterative"),
        (
            get_multiplier,
            "shift(x,half)",
            "there is no way of making powers 'half'; there are exact, whole, linear, table; at 'half'",
        ),
        (
            get_datapath,
            "datapath(exact,total(int8/RTZ/wrap),start,sum)",
            "bias 'start' of a datapath is none of first, last, output",
        ),
        (get_datapath, "total(int8/RTZ/wrap)", "there is no datapath 'total'; "),
        (
            get_datapath,
            "datapath(exakt,total(int8/RTZ/wrap),first,sum)",
            "there is no multiplier 'exakt'; did you mean exact?; at",
        ),
    ],
)
def test_other_refusals(get, name, message):
    """The same of multipliers and datapaths."""
    with pytest.raises(Misspelled) as refused:
        get(name)
    assert message in str(refused.value)
