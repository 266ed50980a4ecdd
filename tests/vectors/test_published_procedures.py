"""The engine against the stored vectors of procedures, all rows of a file at once where it works on arrays."""

from pathlib import Path

import numpy as np
import pytest

from refsim import engine
from refsim.engine import datapaths
from refsim.engine.array import Array
from refsim.engine.lns import lns_add as engine_add
from refsim.engine.lns import lns_subtract as engine_subtract
from refsim.spec.accumulators import Sequential
from refsim.spec.datapath_names import get_multiplier
from refsim.spec.datapaths import Datapath
from refsim.spec.packing import get_packing
from refsim.vectors.file import read
from refsim.vectors.manifest import read_manifest
from refsim.vectors.procedures import PROCEDURES, lns_add
from refsim.vectors.procedures.code_products import formats, register
from refsim.vectors.procedures.dot import run, shape
from refsim.vectors.procedures.quantize_block import quantizer, split
from refsim.vectors.procedures.requantize import limits_of, numbers, result_of

VECTORS = Path(__file__).parents[2] / "vectors"
ENTRIES = [entry for entry in read_manifest(VECTORS) if entry.stored and entry.parameters is not None]


def of(name):
    """The stored files of a procedure."""
    return pytest.mark.parametrize("file", [entry.file for entry in ENTRIES if entry.operation == name])


def columns(file):
    """A file's parameters, and its operands and results as rows of columns."""
    vectors = read(VECTORS / file)
    return vectors.configuration.parameters, np.stack(vectors.operands, axis=1), np.stack(vectors.results, axis=1)


def test_every_procedure_is_stored():
    """Each procedure has stored files, each of which notices some mutant."""
    assert {entry.operation for entry in ENTRIES} == set(PROCEDURES)
    assert all(entry.killed for entry in ENTRIES)


@of("requantize")
def test_requantize(file):
    """Accumulators, multipliers, shifts and zero points as arrays."""
    parameters, operands, results = columns(file)
    given = np.array([numbers(parameters, tuple(map(int, row))) for row in operands], dtype=object).T
    low, high = limits_of(parameters)
    found = engine.requantize(parameters["model"], *given, result_of(parameters), low, high)
    assert (found.codes == results[:, 0]).all()


@of("quantize_block")
def test_quantize_block(file):
    """All blocks of one tensor scale as one array, a block a row."""
    parameters, operands, results = columns(file)
    how = quantizer(parameters)
    tensors = [split(parameters, tuple(map(int, row)))[0] for row in operands]
    numbers_of = operands[:, 1:] if how.format.tensor else operands
    for tensor in set(tensors):
        rows = [i for i, one in enumerate(tensors) if one == tensor]
        x = numbers_of[rows].astype(np.uint32).view(np.float32)
        found = engine.blocks.quantize(x, how, tensor)
        assert (found.scales.codes.reshape(-1) == results[rows, 0]).all()
        assert (found.elements.codes == results[rows, 1:]).all()


@of("pack")
def test_pack(file):
    """Codes to bytes."""
    parameters, operands, results = columns(file)
    packing = get_packing(parameters["packing"], int(parameters["width"]))
    for codes, image in zip(operands, results, strict=True):
        assert engine.packing.pack(codes, packing).tolist() == image.tolist()


@of("dot")
def test_dot(file):
    """All dot products of a file as one array, with their flags."""
    parameters, operands, results = columns(file)
    s = shape(parameters)
    if s.draws:
        found = [run(parameters, tuple(map(int, row))) for row in operands]
        assert np.array_equal(found, results)
        return
    x, y, rest = np.split(operands, [s.length, 2 * s.length], axis=1)
    extra = [engine.Array(column, format) for column, format in zip(rest.T, (*filter(None, [s.bias]), *s.scales), strict=True)]
    bias, scales = (extra[0], extra[1:]) if s.bias is not None else (None, extra)
    codes, flags = datapaths.dot(engine.Array(x, s.x), engine.Array(y, s.y), s.path, bias, scales, flags=True)
    assert np.array_equal(codes.codes, results[:, 0])
    assert np.array_equal(flags, results[:, 1])


@of("lns_add")
def test_lns_add(file):
    """All pairs of a file as two arrays."""
    parameters, operands, results = columns(file)
    x, y = (Array(column, lns_add.format_of(parameters)) for column in operands.T)
    add = engine_add if parameters["operation"] == "add" else engine_subtract
    found, flags = add(x, y, lns_add.adder_of(parameters), flags=True)
    assert (found.codes == results[:, 0]).all()
    assert (flags == results[:, 1]).all()


@pytest.mark.parametrize(
    "file", [entry.file for entry in ENTRIES if entry.operation in {"shift_multiply", "log_multiply", "mitchell"}]
)
def test_multipliers(file):
    """A product is a sum of one term in the register behind the multiplier."""
    parameters, operands, results = columns(file)
    x, y = (Array(column[:, None], format) for column, format in zip(operands.T, formats(parameters), strict=True))
    path = Datapath(get_multiplier(parameters["multiplier"]), Sequential(register(parameters)), "first", "sum", None)
    found, flags = datapaths.dot(x, y, path, flags=True)
    assert (found.codes == results[:, 0]).all()
    assert (flags == results[:, 1]).all()
