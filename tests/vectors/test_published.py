"""The committed vectors: what the manifest claims is so, the specification still makes them, and others agree with them."""

import json
import shutil
import subprocess
from dataclasses import asdict
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

import jsonschema
import ml_dtypes
import numpy as np
import pytest

from refsim import engine
from refsim.clauses import clauses
from refsim.spec.catalogue import get_format
from refsim.spec.exact import NAN, SIGNALING_NAN
from refsim.spec.formats import FloatGrid
from refsim.vectors.catalogue_of_mutants import MUTANTS
from refsim.vectors.devices import device
from refsim.vectors.file import read
from refsim.vectors.manifest import made, problems, read_manifest
from refsim.vectors.mutants import REFERENCE, killed
from refsim.vectors.operations import DECODE
from refsim.vectors.oracles import oracles
from refsim.vectors.smoke import SIZE
from refsim.vectors.suites import suites
from refsim.vectors.verify import verify

from ..oracles import peer_gfloat, peer_softfloat, peer_softposit
from ..oracles.peer_softposit import COMPARISONS, KINDS

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "vectors"
ENTRIES = {entry.file: entry for entry in read_manifest(VECTORS)}
STORED = [name for name, entry in ENTRIES.items() if entry.stored]
SUITES = {suite.path: suite for suite in suites()}


@cache
def stored(name):
    """The vectors of a committed file."""
    return read(VECTORS / name)


def test_the_manifest_is_as_its_schema_says():
    """The manifest agrees with the JSON Schema beside it, which is a valid one and refuses other entries."""
    schema = json.loads((VECTORS / "manifest.schema.json").read_text())
    document = json.loads((VECTORS / "manifest.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    assert list(validator.iter_errors(document)) == []
    first = document["files"][0]
    for change in ({"sha256": "x"}, {"count": 0}, {"tier": "full"}, {"more": 1}, {"killed": ["a", "a"]}, {"file": "../x"}):
        assert list(validator.iter_errors({**document, "files": [{**first, **change}]})), change


def test_no_file_is_damaged():
    """Every stored file has its digest, and no other lies there."""
    assert list(problems(VECTORS, list(ENTRIES.values()))) == []


def test_the_manifest_lists_every_suite():
    """The manifest has the published suites, all of them, in their order."""
    assert list(ENTRIES) == list(SUITES)


def test_entries_say_what_the_files_say():
    """Counts, modes, clauses and oracles of an entry are those of its suite, and the stored file agrees."""
    for name, entry in ENTRIES.items():
        c = SUITES[name].configuration
        assert (entry.tier, entry.clauses, entry.oracles) == (SUITES[name].tier, c.clauses, oracles(c)), name
        assert not set(c.clauses) - set(clauses())
        if entry.stored:
            v = stored(name)
            assert v.configuration == c
            assert (len(v), v.tier) == (entry.count, entry.tier)
        elif entry.tier == "exhaustive":
            assert entry.count == 1 << sum(field.bits for field in c.operand_fields)


def anew(name):
    """That a suite made anew is the stored file, byte for byte, and its entry too."""
    text, entry = made(SUITES[name])
    assert asdict(entry) == asdict(ENTRIES[name])
    if entry.stored:
        assert (VECTORS / name).read_bytes() == text.encode("ascii")


QUICK = ("decode", "convert", "add", "subtract", "multiply")
"""Operations of which every small suite is made anew in every run."""


def is_quick(name):
    """Whether a suite is made in a moment: a table or an operation of a few bits."""
    c = SUITES[name].configuration
    return ENTRIES[name].stored and c.operation in QUICK and sum(format.width for format in c.operands) <= 12


SAMPLE = {
    "fma/float8_e4m3fn/ties_to_even.infinity.smoke.rsv",
    "divide/binary16/ties_to_even.infinity.edge.rsv",
    "sqrt/float8_e4m3fn/ties_to_even.infinity.edge.rsv",
    "compare_quiet_less/binary16.smoke.rsv",
    "to_integer/binary32-to-int32/toward_zero.integer_saturate.edge.rsv",
    "add/binary16/ties_to_even.infinity.flush.edge.rsv",
    "tanh/float8_e4m3fn/ties_to_even.infinity.exhaustive.rsv",
    "add/float8_e5m2/ties_to_even.saturate.smoke.rsv",
    "multiply/float8_e4m3fn/toward_negative.infinity.edge.rsv",
    "subtract/float8_e5m2/ties_to_even.infinity.edge.rsv",
    "convert/binary32-to-float8_e4m3fn/ties_to_even.saturate.edge.rsv",
    "convert/binary64-to-bfloat16/ties_to_even.infinity.edge.rsv",
    "convert/binary32-to-int8/toward_negative.wrap.edge.rsv",
    "convert/binary32-to-float8_e8m0fnu/ties_to_even.saturate.smoke.rsv",
    "convert/binary32-to-posit8/ties_to_even.saturate_finite.smoke.rsv",
    "convert/binary32-to-lns4.3/ties_to_even.saturate.smoke.rsv",
    "convert/q7.8-to-q2.5/ties_to_even.saturate.smoke.rsv",
    "convert/bfloat16-to-float6_e2m3fn/stochastic_a-3.saturate.edge.rsv",
    "decode/float8_e4m3fn.exhaustive.rsv",
}
"""Slower suites that are made anew in every run: an edge tier of each operation, and smoke tiers."""


@pytest.mark.parametrize("operation", sorted({name.partition("/")[0] for name in SAMPLE}))
def test_quick_suites_are_made_again(operation):
    """Suites that are made in a moment, and a sample of the others, come out as they are stored."""
    wanted = [name for name in ENTRIES if name.startswith(operation + "/") and (is_quick(name) or name in SAMPLE)]
    assert {name for name in SAMPLE if name.startswith(operation + "/")} <= set(wanted)
    for name in wanted:
        anew(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ENTRIES if not is_quick(name) and name not in SAMPLE])
def test_every_suite_is_made_again(name):
    """Every other suite, stored or not, comes out as the manifest says."""
    anew(name)


def test_stored_results_are_the_specifications():
    """A spread of the stored vectors of every file has the results that the specification gives, and so has the model that
    mutants are made of for all smoke vectors."""
    for name in STORED:
        v = stored(name)
        for i in range(0, len(v), 1 if v.tier == "smoke" else max(1, len(v) // 20)):
            operands, results = v.row(i)
            assert v.configuration.results(operands) == results
            if v.tier == "smoke":
                assert REFERENCE.results(v.configuration, operands) == results


def test_smoke_is_small_and_part_of_edge():
    """A smoke file has at most 16 vectors, all of them in the edge file of the same configuration, and notices the mutants
    that the edge file notices; all but one of them where it is full."""
    names = [name for name in STORED if ENTRIES[name].tier == "smoke"]
    assert len(names) > 30
    for name in names:
        few, many = stored(name), stored(name.replace(".smoke.", ".edge."))
        assert 0 < len(few) <= SIZE
        rows = {many.row(i) for i in range(len(many))}
        assert all(few.row(i) in rows for i in range(len(few)))
        missed = set(ENTRIES[name.replace(".smoke.", ".edge.")].killed) - set(ENTRIES[name].killed)
        assert not missed or (len(few) == SIZE and len(missed) == 1)


def test_every_mutant_is_noticed():
    """Every mutant is noticed by a stored file: by one that claims it, or by a table, for which nothing is claimed."""
    for mutant in MUTANTS:
        claims = [name for name in STORED if mutant.name in ENTRIES[name].killed]
        tables = [name for name in STORED if not ENTRIES[name].killed and mutant.applies(SUITES[name].configuration)]
        name = min(claims or tables, key=lambda name: ENTRIES[name].count)
        v = stored(name)
        rows = (v.row(i) for i in range(len(v)))
        assert mutant.applies(v.configuration)
        assert any(killed(mutant, v.configuration, operands, results, flags=True) for operands, results in rows)


def datum_of(v):
    """The numbers of a decoded table as binary64."""
    kind, sign, significand, exponent = (column.astype(np.int64) for column in v.results)
    numbers = np.ldexp(significand.astype(np.float64), exponent.astype(np.uint32).view(np.int32))
    numbers = np.where(kind == 1, np.inf, np.where(kind >= 2, np.nan, numbers))
    return np.where(sign == 1, -numbers, numbers)


def same_numbers(a, b):
    """Whether two binary64 arrays hold the same data; any NaN is as good as another."""
    return ((a == b) & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))


def fits_binary64(v):
    """Whether the numbers of a table are all binary64 numbers."""
    grid = v.configuration.operands[0].grid
    return not isinstance(grid, FloatGrid) or (grid.precision <= 53 and abs(grid.quantum) < 1000)


@pytest.mark.parametrize("operation", sorted({e.operation for e in ENTRIES.values() if e.parameters is None}))
def test_the_engine_agrees_with_every_stored_vector(operation):
    """The array engine gives every stored code and every stored flag."""
    names = [name for name in STORED if ENTRIES[name].operation == operation]
    assert names
    for name in names:
        v, c = stored(name), stored(name).configuration
        operands = [engine.Array(codes, format) for codes, format in zip(v.operands, c.operands, strict=False)]
        if operation == DECODE:
            assert fits_binary64(v)
            assert same_numbers(engine.decode(operands[0]), datum_of(v)).all(), name
        else:
            draw = v.operands[-1] if c.to and c.to.rounding.bits else None
            found, flags = engine.apply(operation, tuple(operands), c.to, draw, flags=True)
            assert (np.asarray(getattr(found, "codes", found)) == v.results[0]).all(), name
            assert (flags == v.results[1]).all(), name


def is_nan(codes, format):
    """Which codes of a format are NaNs."""
    found = np.zeros(len(codes), bool)
    for first, last, datum in format.specials:
        if datum in (NAN, SIGNALING_NAN):
            found |= (codes >= first) & (codes <= last)
    return found


def as_type(codes, name):
    """Codes as an array of a NumPy or ml_dtypes type."""
    types = {"binary16": np.float16, "binary32": np.float32, "binary64": np.float64}
    dtype = np.dtype(types.get(name) or getattr(ml_dtypes, name))
    return np.asarray(codes).astype(f"u{dtype.itemsize}").view(dtype)


def ml_dtypes_agrees(v):
    """Codes of ml_dtypes arithmetic and casts, bit for bit but for NaNs; of tables the numbers."""
    c = v.configuration
    arrays = [as_type(codes, format.name) for codes, format in zip(v.operands, c.operands, strict=True)]
    with np.errstate(all="ignore"):
        if c.to is None:
            assert same_numbers(arrays[0].astype(np.float64), datum_of(v)).all()
            return
        kind = as_type([0], c.to.format.name).dtype
        operate = {"convert": lambda a: a.astype(kind), "add": np.add, "subtract": np.subtract, "multiply": np.multiply}
        found = operate[c.operation](*arrays)
    assert found.dtype == kind
    codes = found.view(f"u{kind.itemsize}").astype(np.uint64)
    both = is_nan(codes, c.to.format) & is_nan(v.results[0], c.to.format)
    assert ((codes == v.results[0]) | both).all()


def gfloat_agrees(v):
    """The numbers of gfloat's tables and roundings, signs of zeros included."""
    c = v.configuration
    if c.to is None:
        assert same_numbers(peer_gfloat.decode_array(v.operands[0], c.operands[0].name), datum_of(v)).all()
        return
    with np.errstate(all="ignore"):
        source = as_type(v.operands[0], c.operands[0].name).astype(np.float64)
    draw = v.operands[-1].astype(np.int64) if c.to.rounding.bits else None
    found = peer_gfloat.round_array(source, c.to, draw)
    expected = peer_gfloat.decode_array(v.results[0], c.to.format.name)
    assert same_numbers(found, expected).all()


def softfloat_agrees(v):
    """Codes and flags of SoftFloat, bit for bit but for NaNs."""
    c = v.configuration
    modes = (c.to.format.name, c.to.rounding.name, c.to.tininess) if c.to else (None,)
    rows = zip(*(column.tolist() for column in v.operands), strict=True)
    found = peer_softfloat.answers(c.operation, rows, c.operands[0].name, *modes)
    codes, flags = (np.array(column, np.uint64) for column in zip(*found, strict=True))
    both = is_nan(codes, c.to.format) & is_nan(v.results[0], c.to.format) if c.to else False
    assert ((codes == v.results[0]) | both).all()
    assert (flags == v.results[1]).all()


def softposit_agrees(v):
    """Codes of SoftPosit's posits of two exponent bits, and its comparisons."""
    c, name = v.configuration, v.configuration.operands[0].name
    kind = KINDS["posit32" if name == "posit32" else f"posit_2 of {c.operands[0].width}"]
    rows = zip(*(column.tolist() for column in v.operands), strict=True)
    ask = partial(kind.call, peer_softposit.OPERATIONS[c.operation]) if c.to else partial(kind.ask, COMPARISONS[c.operation])
    assert [int(ask(*row)) for row in rows] == v.results[0].tolist()


CHECKS = {
    "ml_dtypes 0.6.0": ml_dtypes_agrees,
    "gfloat 0.5.2": gfloat_agrees,
    "softfloatpy 1.2.3.post1": softfloat_agrees,
    "softposit 0.3.4.4": softposit_agrees,
}
"""The test behind every name that an entry can list among its oracles."""


def test_every_oracle_has_a_check():
    """Every implementation that an entry names has a test here, in the version that is installed, and each is named."""
    named = {name for entry in ENTRIES.values() for name in entry.oracles}
    assert named == set(CHECKS)
    assert {name.split()[0]: version(name.split()[0]) for name in named} == dict(name.split() for name in named)


@pytest.mark.parametrize("oracle", CHECKS)
def test_the_oracles_agree_with_every_stored_vector(oracle):
    """An implementation agrees with every vector of the stored files that name it."""
    names = [name for name in STORED if oracle in oracles(SUITES[name].configuration)]
    assert names
    for name in names:
        try:
            CHECKS[oracle](stored(name))
        except AssertionError as error:
            raise AssertionError(f"{oracle} does not agree with {name}") from error


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ENTRIES if not ENTRIES[name].stored and oracles(SUITES[name].configuration)])
def test_the_oracles_agree_with_files_that_are_not_stored(name, tmp_path):
    """An implementation agrees with every vector of the exhaustive files that name it too."""
    path = tmp_path / "made.rsv"
    path.write_text(SUITES[name].text())
    for oracle in oracles(SUITES[name].configuration):
        CHECKS[oracle](read(path))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The C device of the examples, right and with each of its bugs."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    assert compiler, "the C device of the examples needs a C compiler"
    folder = tmp_path_factory.mktemp("c")
    for bug in (0, 1, 2):
        source = ROOT / "examples" / "c" / "e4m3fn_multiply.c"
        command = [compiler, "-Wall", "-Wextra", "-Werror", "-O1", f"-DBUG={bug}", "-o", str(folder / f"bug{bug}"), str(source)]
        subprocess.run(command, check=True)
    return folder


@pytest.mark.parametrize("tier", ["smoke", "edge"])
@pytest.mark.parametrize(
    ("bug", "mutant"), [(0, None), (1, "rounding.ties-away"), (2, "subnormal.results-flushed")], ids=["right", "ties", "flush"]
)
def test_the_c_device(compiled, tier, bug, mutant):
    """The C device conforms, and each of its planted bugs is named."""
    v = stored(f"multiply/float8_e4m3fn/ties_to_even.saturate.{tier}.rsv")
    report = verify(v, device(f"cmd:{compiled / f'bug{bug}'}", 60), "C", flags=False, nan="exact", keep=0)
    assert report.exit_code == (1 if mutant else 0)
    assert mutant is None or mutant in {suspect.mutant.name for suspect in report.diagnosis.explained}


COVERED = [
    (f"{operation}/{name}/ties_to_even.infinity.edge.rsv", f"{name}_{operation}")
    for operation in ("add", "multiply")
    for name in ("float8_e4m3fn", "float8_e5m2")
]
COVERED += [
    (f"convert/{source}-to-{name}/ties_to_even.infinity.edge.rsv", f"{name}_from_{source}")
    for source in ("binary32", "binary64")
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2")
]


@pytest.mark.parametrize(("name", "function"), COVERED)
def test_the_ml_dtypes_device(monkeypatch, name, function):
    """The ml_dtypes device conforms with any NaN accepted, but for casts from binary64: those go through binary32, and the
    diagnosis says so."""
    monkeypatch.syspath_prepend(ROOT / "examples")
    report = verify(stored(name), device(f"py:ml_dtypes_device:{function}", 60), function, flags=False, nan="any", keep=0)
    if "binary64" in name:
        assert "rounding.twice-binary32" in {suspect.mutant.name for suspect in report.diagnosis.explained}
    else:
        assert report.exit_code == 0


def test_files_name_known_formats():
    """Every format in the manifest is one that the catalogue knows."""
    names = {name for entry in ENTRIES.values() for name in (*entry.operands, entry.result) if name}
    assert {get_format(name).name for name in names} == names
