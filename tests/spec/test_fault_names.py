"""Fault models as plain data: written, read again, and refused where they are none."""

import json
import re
import tomllib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.spec import bursts, cells, samplers, value_faults
from refsim.spec.fault_names import KINDS, read_model, read_rate, read_selection, write_model, write_rate, write_selection

MODELS = [
    {"kind": "rate", "p": "1e-5"},
    {"kind": "dense_rate", "p": "0.25"},
    {"kind": "thinned", "p": "1/3", "greatest": "5e-1"},
    {"kind": "count", "k": 3},
    {"kind": "exhaustive"},
    {"kind": "burst", "p": "1e-4", "lengths": ["1/2", "0.25", "0", "1/4"], "pattern": "random", "end": "wrap"},
    {"kind": "cluster", "p": "1e-4", "footprint": [[0, 0], [0, 1], [-1, 0]]},
    {"kind": "asymmetric", "up": "1e-6", "down": "1e-4"},
    {"kind": "stuck_at", "p": "0", "ones": "1"},
    {"kind": "banked", "p": "1e-4", "factors": ["1", "2.5", "0"]},
    {"kind": "per_bit", "rates": ["1e-4", "0", "1e-99"]},
    {"kind": "zero", "p": "1e-2"},
    {"kind": "constant", "p": "1e-2", "code": 127},
    {"kind": "random", "p": "1e-2"},
    {"kind": "negate", "p": "1e-2"},
    {"kind": "move", "p": "1e-2", "steps": -1},
]


@pytest.mark.clause("fault-names/model", "fault-names/round-trip")
@pytest.mark.parametrize("data", MODELS, ids=lambda data: data["kind"])
def test_round_trip(data):
    """What is written is read as an equal model, through JSON and TOML too."""
    model = read_model(data)
    written = write_model(model)
    assert read_model(json.loads(json.dumps(written))) == read_model(written) == model
    assert read_model(tomllib.loads("\n".join(f"{key} = {json.dumps(value)}" for key, value in written.items()))) == model
    assert written.keys() == data.keys()
    assert hash(model) == hash(read_model(data))


def test_every_model_has_a_name():
    """All records of the specification that say which faults there are, and each once."""
    modules = (samplers, bursts, cells, value_faults)
    records = {one for module in modules for one in vars(module).values() if isinstance(one, type) and hasattr(one, "events")}
    assert {kind.record for kind in KINDS} == records
    assert [kind.name for kind in KINDS] == [data["kind"] for data in MODELS]
    assert all(list(kind.fields) == list(kind.record.__match_args__) for kind in KINDS)


@pytest.mark.clause("fault-names/rate")
@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1e-5", Fraction(1, 100000)),
        ("2.5e-3", Fraction(1, 400)),
        ("1/3", Fraction(1, 3)),
        ("0.1", Fraction(1, 10)),
        ("0", Fraction(0)),
        ("1e2", Fraction(100)),
        ("10/030", Fraction(1, 3)),
    ],
)
def test_rates_are_exact(text, rate):
    """A decimal number stands for itself, not for a float next to it."""
    assert read_rate(text) == rate
    assert read_rate(write_rate(rate)) == rate


@pytest.mark.clause("fault-names/round-trip", "fault-names/rate")
@given(st.fractions(0, 1))
def test_rates_are_written_exactly(rate):
    """Any rate."""
    assert read_rate(write_rate(rate)) == rate


@pytest.mark.clause("fault-names/rate")
def test_texts_that_are_no_rates():
    """Floats, long texts, signs, spaces and other digits are refused at once."""
    with pytest.raises(ValueError, match='a rate is an exact text such as "1e-5" or "1/3", not 1e-05'):
        read_rate(1e-5)
    for text in (
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1\n",
        "1_0",
        ".5",
        "5.",
        "1e",
        "1e-999999999",
        "1e-100",
        "1e100",
        "1e+5",
        "1E5",
        "1/0",
        "1/-2",
        "1/2/3",
    ):
        with pytest.raises(ValueError, match='a rate is an exact text such as "1e-5" or "1/3", not'):
            read_rate(text)
    for value in ("9" * 101, "0." + "9" * 101, "1/" + "9" * 102, "nan", "inf", "\u0661", 1, 0, True, None, [], {}, b"1"):
        with pytest.raises(ValueError, match='a rate is an exact text such as "1e-5" or "1/3", not'):
            read_rate(value)
    with pytest.raises(ValueError, match="a rate of 103 characters cannot be written: 1/10000"):
        write_rate(Fraction(1, 10**100))


BAD = [
    (None, "there is no fault model ''; there are rate, dense_rate"),
    ({}, "there is no fault model ''"),
    ([], "there is no fault model ''"),
    ({"kind": 3}, "a text is needed, not 3"),
    ({"kind": "bursts"}, "there is no fault model 'bursts'; did you mean burst?"),
    ({"kind": "x" * 10**6}, "there is no fault model 'xxx"),
    ({"kind": "rate"}, "p is missing"),
    ({"kind": "rate", "p": 1e-5}, "p: a rate is an exact text"),
    ({"kind": "rate", "p": "1.1"}, "a rate is in 0..1, not 11/10"),
    ({"kind": "rate", "p": "1", "q": "1"}, "there is no 'q' here; known are kind, p"),
    ({"kind": "exhaustive", "p": "1"}, "there is no 'p' here; known are kind"),
    ({"kind": "count", "k": 2.0}, "k: an integer of at most 18 digits is needed, not 2.0"),
    ({"kind": "count", "k": True}, "k: an integer of at most 18 digits is needed, not True"),
    ({"kind": "thinned", "p": "1/2", "greatest": "1/3"}, "a thinned rate is at most the greatest"),
    ({**MODELS[5], "lengths": "1"}, "lengths: a list of at most 1024 entries is needed, not '1'"),
    ({**MODELS[5], "lengths": ["1"] * 1025}, "lengths: a list of at most 1024 entries is needed"),
    ({**MODELS[5], "lengths": [0.5, 0.5]}, "lengths: a rate is an exact text"),
    ({**MODELS[5], "lengths": ["0.5"]}, "the probabilities of lengths are 0 or more and add up to 1, not to 1/2"),
    ({**MODELS[5], "end": None}, "end: a text is needed, not None"),
    ({**MODELS[5], "end": "row"}, "unknown end 'row' of bursts"),
    ({**MODELS[6], "footprint": [[0, 0, 0]]}, "footprint: two integers in a list are needed, not [0, 0, 0]"),
    ({**MODELS[6], "footprint": [[0, 1.0]]}, "footprint: an integer of at most 18 digits is needed, not 1.0"),
    ({**MODELS[6], "footprint": []}, "a footprint has one pair or more"),
    ({**MODELS[9], "factors": []}, "the factors of banks are one or more"),
    ({**MODELS[12], "code": -1}, "code: a code is an integer from 0 on, not -1"),
    ({**MODELS[15], "steps": 10**9}, "values are moved by at most 1024 steps, not 1000000000"),
]


@pytest.mark.clause("fault-names/model")
@pytest.mark.parametrize(("data", "message"), BAD, ids=range(len(BAD)))
def test_what_is_no_model(data, message):
    """One line says what was needed and what came."""
    with pytest.raises(ValueError, match="^" + re.escape(message)) as error:
        read_model(data)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.clause("fault-names/round-trip")
def test_a_model_without_a_name():
    """Cannot be written."""
    with pytest.raises(ValueError, match="Fraction is no fault model with a name"):
        write_model(Fraction(1))


@pytest.mark.clause("fault-names/selection")
def test_selections():
    """Names and numbers, through JSON; nothing else."""
    for selection in ((), ("sign", 0, "exponent"), (7,)):
        assert read_selection(json.loads(json.dumps(write_selection(selection)))) == selection
    for value in ([True], [1.0], [None], [["sign"]]):
        with pytest.raises(ValueError, match="a selection is of names of fields and numbers of bits, not"):
            read_selection(value)
    for value in ("sign", 3, None, {"sign": 1}, [0] * 1025):
        with pytest.raises(ValueError, match="a list of at most 1024 entries is needed"):
            read_selection(value)
