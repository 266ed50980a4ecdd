"""Golden vectors of packing: what they hold, and that each suite notices every bug that can show in it."""

import pytest

from refsim import engine
from refsim.spec.formats import Unrepresentable
from refsim.spec.packing import get_packing
from refsim.vectors.mutants import killed
from refsim.vectors.procedures.packing import IMAGES, PACK, UNPACK
from refsim.vectors.procedures.procedure import applied
from refsim.vectors.subjects import mutants_of
from refsim.vectors.suites import procedure_rows

SUITES = [pytest.param(applied(p, given), id=applied(p, given).path) for p in (PACK, UNPACK) for given in p.published]
FP6 = {"width": "6", "count": "4", "packing": "lsb_first"}


@pytest.mark.parametrize("about", SUITES)
def test_every_bug_is_noticed(about):
    """Every bug that applies is noticed by every suite, and by more rows than one."""
    rows, _ = procedure_rows(about)
    assert 40 <= len(rows) <= 500
    for mutant in mutants_of(about):
        noticed = sum(killed(mutant, about, row.operands, row.results, flags=True) for row in rows)
        assert noticed > 1, mutant.name


@pytest.mark.parametrize("about", SUITES)
def test_the_engine_gives_the_same(about):
    """The engine packs and unpacks every vector alike."""
    rows, _ = procedure_rows(about)
    layout = get_packing(about.parameters["packing"], int(about.parameters["width"]))
    for row in rows:
        if about.operation == "pack":
            assert tuple(engine.pack(list(row.operands), layout).tolist()) == row.results
        else:
            found = engine.unpack(bytes(row.operands), len(row.results), layout, about.parameters["padding"])
            assert tuple(found.tolist()) == row.results


def test_fields_and_remarks():
    """Codes e0.., bytes b0.., and a remark that shows both in one piece."""
    pack, unpack = applied(PACK, FP6), applied(UNPACK, {**FP6, "padding": "zero"})
    assert list(map(str, pack.operand_fields)) == ["e0:6", "e1:6", "e2:6", "e3:6"]
    assert list(map(str, pack.result_fields)) == ["b0:8", "b1:8", "b2:8"]
    assert (unpack.operand_fields, unpack.result_fields) == (pack.result_fields, pack.operand_fields)
    assert pack.results((1, 2, 3, 63)) == (0x81, 0x30, 0xFC)
    assert PACK.explain(FP6, (1, 2, 3, 63), (0x81, 0x30, 0xFC)) == "1 2 3 3f -> 8130fc"
    assert UNPACK.explain(FP6, (0x81, 0x30, 0xFC), (1, 2, 3, 63)) == "8130fc -> 1 2 3 3f"
    assert len({applied(PACK, given).path for given in PACK.published}) == len(IMAGES)


def test_what_is_refused_has_no_vector():
    """Codes that are no digits, bytes that no digits make, and padding that is not zero."""
    digits = {"width": "2", "count": "2", "packing": "base3:lsb_first"}
    for about, operands in (
        (applied(PACK, digits), (3, 0)),
        (applied(UNPACK, {**digits, "padding": "any"}), (243,)),
        (applied(UNPACK, {**digits, "padding": "zero"}), (9,)),
    ):
        with pytest.raises(Unrepresentable):
            about.results(operands)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({**FP6, "width": "six"}, "width 'six' is no number"),
        ({**FP6, "packing": "up"}, "'up' is no packing"),
    ],
)
def test_parameters_that_make_no_sense(given, message):
    """They are refused when the fields are asked for."""
    with pytest.raises(ValueError, match=message):
        applied(PACK, given).result_fields  # noqa: B018
