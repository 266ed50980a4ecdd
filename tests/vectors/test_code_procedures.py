"""Golden vectors of error-correcting codes: what they hold, and that each suite notices every bug that can show in it."""

import numpy as np
import pytest

from refsim.engine.array import Array
from refsim.engine.linear_codes import decode, encode
from refsim.engine.memories import STAGES
from refsim.engine.parts import Part
from refsim.spec.catalogue import get_format
from refsim.spec.linear_codes import CODES, FOUND, get_code
from refsim.spec.memories import DATA
from refsim.spec.zero_space import ZeroSpace
from refsim.vectors.mutants import killed
from refsim.vectors.procedures import get_procedure
from refsim.vectors.procedures.procedure import applied
from refsim.vectors.subjects import mutants_of
from refsim.vectors.suites import procedure_rows

ENCODE, READ, ZERO_SPACE = map(get_procedure, ("secded_encode", "secded_read", "zero_space_read"))
SUITES = [
    pytest.param(applied(p, given), id=applied(p, given).path) for p in (ENCODE, READ, ZERO_SPACE) for given in p.published
]


@pytest.mark.parametrize("about", SUITES)
def test_every_bug_is_noticed(about):
    """Every bug that applies is noticed by every suite, and by more rows than one."""
    rows, _ = procedure_rows(about)
    assert 40 <= len(rows) <= 560
    mutants = list(mutants_of(about))
    assert len(mutants) >= 7
    for mutant in mutants:
        noticed = sum(killed(mutant, about, row.operands, row.results, flags=True) for row in rows)
        assert noticed > 1, mutant.name


@pytest.mark.parametrize("about", SUITES)
def test_the_engine_gives_the_same(about):
    """All vectors of a file at once."""
    rows, _ = procedure_rows(about)
    operands = [np.array(column, np.uint64) for column in zip(*(row.operands for row in rows), strict=True)]
    results = [list(column) for column in zip(*(row.results for row in rows), strict=True)]
    if about.operation == "zero_space_read":
        codes = operands[0].view(np.uint8)
        stage = ZeroSpace(about.parameters["code"], "as_is")
        found = STAGES[ZeroSpace].read(stage, {DATA: Part("weight", Array(codes, get_format("int8")))})
        assert found.array.codes.view(np.uint64).tolist() == results[0]
        return
    code = get_code(about.parameters["code"], int(about.parameters["width"]))
    if about.operation == "secded_encode":
        assert encode(code, *operands).tolist() == results[0]
    else:
        found = decode(code, *operands)
        assert [found.data.tolist(), found.found.tolist()] == results


@pytest.mark.parametrize("code", CODES)
def test_every_kind_of_reading_has_rows(code):
    """Nothing, a correction, a detection, and what looks right and is not."""
    rows, classes = procedure_rows(applied(READ, {"code": code, "width": "64"}))
    assert {row.results[1] for row in rows} == set(range(len(FOUND)))
    assert {"no error", "one error", "two errors", "three errors, one known", "four errors, unseen"} <= set(classes.values())


def test_fields_and_remarks():
    """Names and widths, and remarks that show why."""
    hsiao = {"code": "hsiao", "width": "16"}
    assert list(map(str, applied(ENCODE, hsiao).operand_fields)) == ["data:16"]
    assert list(map(str, applied(ENCODE, hsiao).result_fields)) == ["check:6"]
    assert list(map(str, applied(READ, hsiao).operand_fields)) == ["data:16", "check:6"]
    assert list(map(str, applied(READ, hsiao).result_fields)) == ["read:16", "found:2"]
    assert list(map(str, applied(ZERO_SPACE, {"code": "hsiao"}).result_fields)) == ["read:64", "found:2"]
    assert ENCODE.explain(hsiao, (3,), applied(ENCODE, hsiao).results((3,))) == "2 + 6 ones"
    assert READ.explain(hsiao, (1, 0), (0, 1)) == "syndrome 000111: corrected"
    stored = (0x40,)
    found = applied(ZERO_SPACE, {"code": "hsiao"}).results(stored)
    assert found == (0, 1)
    assert ZERO_SPACE.explain({}, stored, found) == "40 00 00 00 00 00 00 00 -> 00 00 00 00 00 00 00 00"


def test_parameters_that_make_no_sense():
    """Unknown codes and widths."""
    with pytest.raises(ValueError, match="code 'golay' of secded_read is none of hamming, hsiao"):
        applied(READ, {"code": "golay", "width": "64"})
    with pytest.raises(ValueError, match="width '12' of secded_encode is none of 8, 16, 32, 64"):
        applied(ENCODE, {"code": "hsiao", "width": "12"})
