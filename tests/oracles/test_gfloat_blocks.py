"""gfloat's block formats: scales and elements under its own rule, which is OCP's; known deviations are in a ledger."""

import tomllib
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import gfloat
import gfloat.formats
import numpy as np
import pytest

from refsim.clauses import clauses
from refsim.engine import blocks
from refsim.engine.encode import as_exact
from refsim.spec.block_formats import get_block_format
from refsim.spec.blocks import quantize

from ..aimed_blocks import aimed
from ..spec.blocks import quantizer
from .ledger import number

NAMES = {name: name for name in ("mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e2m3", "mxfp6_e3m2", "mxint8")} | {"mxfp4": "mxfp4_e2m1"}
LEDGER = tomllib.loads(Path(__file__).with_name("ledger_of_blocks.toml").read_text("utf-8"))["deviation"]


def peer(name, row):
    """gfloat's scale and elements of a row of binary64 numbers."""
    info = getattr(gfloat.formats, f"format_info_{NAMES[name]}")
    with np.errstate(all="ignore"):
        scale = gfloat.block.compute_scale_amax(info.etype.emax, row)
        code, *elements = gfloat.block.encode_block(info, scale, row / scale)
    return code, elements


def is_below_a_power(row):
    """The greatest magnitude is so near below a power of two that the logarithm in floating point is an integer."""
    a = np.max(np.abs(row))
    return np.isfinite(a) and a > 0 and np.log2(a) == np.floor(np.log2(a)) and np.frexp(a)[0] != 0.5


CONDITIONS = {
    "below a power of two": is_below_a_power,
    "infinity": lambda row: np.isinf(row).any() and not np.isnan(row).any(),
}


@pytest.mark.clause("scale/floor", "block/quantize", "block/divide")
@pytest.mark.parametrize("name", sorted(NAMES))
def test_blocks(name):
    """Aimed rows: every scale and every element, but for what the ledger explains."""
    format = get_block_format(name)
    how = quantizer(format, "gfloat")
    compared, explained = 0, 0
    for seed in range(4):
        x = aimed(format, np.float32, 40, [seed, 77], specials=False).astype(np.float64)
        found = blocks.quantize(x, how)
        for i, row in enumerate(x):
            mine = found.block(i)
            theirs = peer(name, row)
            if any(condition(row) for condition in CONDITIONS.values()):
                explained += 1
                continue
            assert (mine.scale, list(mine.elements)) == (theirs[0], theirs[1]), row.tolist()
            compared += 1
    assert compared > 100
    assert explained < compared


@pytest.mark.parametrize("entry", LEDGER, ids=lambda entry: entry["name"])
def test_ledger(entry):
    """Each entry is what the installed version does, and what the specification does; clause and condition hold."""
    assert version("gfloat") == entry["version"]
    assert entry["clause"] in clauses()
    data = [number(text) for text in entry["input"]]
    row = np.array([float(x) if isinstance(x, Fraction) else float(x.value) for x in data])
    assert [as_exact(x) for x in row] == data
    assert peer(entry["format"], row)[0] == entry["peer_scale"]
    assert quantize(data, quantizer(entry["format"], "gfloat")).scale == entry["specification_scale"]
    assert CONDITIONS[entry["when"]](row)


@pytest.mark.clause("block/values")
@pytest.mark.parametrize("name", sorted(NAMES))
def test_decoding(name):
    """Every element with every scale decodes to the same values, special data among them."""
    format = get_block_format(name)
    info = getattr(gfloat.formats, f"format_info_{NAMES[name]}")
    codes = np.arange(1 << format.element.width)
    for scale in (0, 1, 100, 127, 200, 254, 255):
        rows = np.resize(codes, (len(codes) // format.size or 1, format.size))
        whole = blocks.Blocks(
            blocks.Array(np.full((len(rows), 1), scale), format.scale), blocks.Array(rows, format.element), format
        )
        with np.errstate(all="ignore"):
            theirs = np.array([list(gfloat.block.decode_block(info, [scale, *row])) for row in rows.tolist()])
        assert np.array_equal(whole.values(), theirs, equal_nan=True)
        assert np.array_equal(
            np.signbit(whole.values()), np.signbit(theirs) & ~np.isnan(theirs) | (np.isnan(theirs) & np.signbit(whole.values()))
        )
