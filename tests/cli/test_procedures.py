"""The commands about procedures."""

import json

import pytest

from refsim.spec.catalogue import get_format
from refsim.spec.requantization import MODELS, requantize
from refsim.vectors.procedures import PROCEDURES

REQUANTIZE = ("requantize", "--set", "model=gemmlowp", "--set", "result=int8")


def test_list_has_every_procedure(refsim):
    """Every procedure has a line, and one for each of its parameters, with the values that it may have."""
    ran = refsim("procedures", "list")
    assert (ran.code, ran.err) == (0, "")
    blocks = dict(block.split(": ", 1) for block in ran.out.split("\n\n"))
    assert list(blocks) == list(PROCEDURES)
    for name, procedure in PROCEDURES.items():
        sentence, *lines = blocks[name].rstrip("\n").split("\n")
        assert sentence == procedure.sentence
        assert [line.split()[0] for line in lines] == [parameter.name for parameter in procedure.parameters]
    assert ", ".join(MODELS) in blocks["requantize"]


def test_list_as_json(refsim):
    """The same as JSON, of one procedure that is asked for."""
    (found,) = json.loads(refsim("procedures", "list", "requantize", "--json").out)
    assert found["name"] == "requantize"
    assert [parameter["name"] for parameter in found["parameters"]] == ["model", "result"]
    assert found["parameters"][0]["choices"] == list(MODELS)


def test_run(refsim):
    """Operands are values or codes; results, the exact number and the clause are shown."""
    ran = refsim("procedures", "run", *REQUANTIZE, "1000", "1073741824", "-3", "0x00")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:4] == ["x=000003E8 (1000)", "m=40000000 (0x1p+30)", "s=FD (-3)", "z=00 (0)"]
    assert lines[4:6] == ["1000 scaled, plus 0 = 62.5 -> 63", "y=3F (63)"]
    assert lines[6].startswith("decides requantize/gemmlowp: The accumulator, shifted left")


def test_run_as_json(refsim):
    """The same as JSON, with the digits of files; it is what the specification says."""
    found = json.loads(refsim("procedures", "run", *REQUANTIZE, "-1000", "0x5A827999", "-4", "5", "--json").out)
    assert found["operands"] == {"x": "0xfffffc18", "m": "0x5a827999", "s": "0xfc", "z": "0x05"}
    code = requantize("gemmlowp", -1000, 0x5A827999, -4, 5, get_format("int8"))
    assert found["results"] == {"y": f"{code:#04x}"}
    assert found["parameters"] == {"model": "gemmlowp", "result": "int8"}
    assert found["clauses"][0] == "requantize/gemmlowp"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("requantise",), "unknown procedure 'requantise'; did you mean requantize"),
        (("requantize",), "requantize needs the parameter model: the library's way of rounding, one of gemmlowp,"),
        (("requantize", "--set", "model"), "--set 'model' must be a parameter and its value, as in --set model=gemmlowp"),
        (("requantize", "--set", "model=x", "--set", "result=int8"), "model 'x' of requantize is none of gemmlowp,"),
        ((*REQUANTIZE, "--set", "zero=1"), "requantize has no parameter 'zero'; its parameters are model, result"),
        ((*REQUANTIZE, "--set", "model=dpu"), "--set model is given twice"),
        ((*REQUANTIZE, "1", "2"), "takes 4 operands, x:int32 m:int32 s:int8 z:int8; not 2"),
        ((*REQUANTIZE, "0.5", "1", "0", "0"), "0.5 is no datum of int32, and an operand is never rounded"),
        ((*REQUANTIZE, "0x1ffffffff", "1", "0", "0"), "code 0x1ffffffff is not in 0..0xffffffff of int32"),
        ((*REQUANTIZE, "1", "1", "31", "0"), "shift 31 of gemmlowp is not in -31..30"),
    ],
)
def test_misuse(refused, arguments, message):
    """What is missing, unknown, too much or outside the domain is said in one line."""
    assert message in refused("procedures", "run", *arguments)


def test_list_of_an_unknown_one(refused):
    """The name of a procedure that is none is refused."""
    assert refused("procedures", "list", "zzz").startswith("unknown procedure 'zzz'; the procedures are")
