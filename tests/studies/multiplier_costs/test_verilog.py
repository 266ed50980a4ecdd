"""The Verilog of multipliers, simulated: equal to the specification, to golden vectors, and to the processor's own floats."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

import refsim
from refsim.studies.multiplier_costs.fixed_point import OVERFLOWS, ROUNDINGS
from refsim.studies.multiplier_costs.floating_point import leading_zeros
from refsim.studies.multiplier_costs.multipliers import Multiplier, module
from refsim.studies.multiplier_costs.names import get_multiplier
from refsim.studies.multiplier_costs.questions import AT_RANDOM, questions
from refsim.vectors.file import read

from .simulated import needs_icarus, simulated

VECTORS = Path(refsim.__file__).parents[1] / "vectors" / "multiply"
RULES = [f"{r}/{o}" for o in OVERFLOWS for r in ROUNDINGS]
SMALL = [
    "int1",
    "int2",
    "int3",
    "int4",
    "uint1",
    "uint3",
    "q1.2",
    "uq-1.4",
    "int2*uint3",
    "uint3*int4",
    "q1.2*q2.2",
    "sign_magnitude2",
    "sign_magnitude5",
    "int2*int2+int4",
    "int3*int2+int3",
    "int2*int2+int6",
    "e2m2",
    "e3m2",
    "e2m3",
    "log1_fsr0",
    "log4_fsr0",
    "slog3_fsr2",
    "log3_fsr1_sqrt2",
    "log1_fsr0/fixed",
    "log4_fsr3/fixed",
    "slog5_fsr0/fixed",
    "int4*log3_fsr0",
    "uint3*slog4_fsr2",
    "int3*slog3_fsr0",
    "uint4*log2_fsr0",
    *(f"q1.1/{rules}" for rules in RULES),
    *(f"{format}/{rules}" for format in ("int3", "q0.3", "q1.2") for rules in RULES[::4]),
]
LARGE = [
    "int8",
    "int20",
    "uint24",
    "q4.15",
    "sign_magnitude20",
    "int16*int16+int32",
    "int32*int32+int32",
    "q4.15/ties_to_away/saturate_symmetric",
    "q3.4/ties_to_even/saturate",
    "binary16",
    "bfloat16",
    "binary32",
    "float8_e4m3",
    "int8*log4_fsr0",
    "int8*slog5_fsr0",
]


def specified(multiplier, asked):
    """The codes that the specification gives."""
    return [multiplier.answer(codes) for codes in asked]


@needs_icarus
def test_small_ones_everywhere(tmp_path):
    """Multipliers of few bits give what the specification gives for all operands there are."""
    for name in SMALL:
        multiplier = get_multiplier(name)
        asked = list(product(*(range(1 << format.width) for format in multiplier.operands)))
        assert questions(multiplier) == asked, name
        assert simulated(multiplier, asked, tmp_path) == specified(multiplier, asked), name


@needs_icarus
@pytest.mark.parametrize("name", LARGE)
def test_large_ones_at_edges_and_at_random(name, tmp_path):
    """Wide multipliers give what the specification gives at edges and at random."""
    multiplier = get_multiplier(name)
    asked = questions(multiplier)
    assert len(asked) > AT_RANDOM
    assert simulated(multiplier, asked, tmp_path) == specified(multiplier, asked)


@needs_icarus
@pytest.mark.parametrize("name", ["float8_e4m3", "float8_e3m4", "q3.4/ties_to_even/saturate_symmetric"])
def test_eight_bits_everywhere(name, tmp_path):
    """Multipliers of eight bits give what the engine gives for all pairs."""
    multiplier = get_multiplier(name)
    a, b = np.divmod(np.arange(1 << 16), 256)
    x, y = (refsim.Array(codes, multiplier.operands[0]) for codes in (a, b))
    wanted = refsim.engine.multiply(x, y, multiplier.to).codes.tolist()
    assert simulated(multiplier, list(zip(a.tolist(), b.tolist(), strict=True)), tmp_path) == wanted


@needs_icarus
@pytest.mark.parametrize(("name", "kind", "bits"), [("binary16", np.float16, np.uint16), ("binary32", np.float32, np.uint32)])
def test_the_processors_floats(name, kind, bits, tmp_path):
    """Floating-point multipliers give the products of NumPy, NaN being NaN."""
    multiplier = get_multiplier(name)
    asked = questions(multiplier)
    a, b = (np.array(codes, bits).view(kind) for codes in zip(*asked, strict=True))
    with np.errstate(all="ignore"):
        wanted = a * b
    found = np.array(simulated(multiplier, asked, tmp_path), bits).view(kind)
    assert np.array_equal(np.isnan(found), np.isnan(wanted))
    known = ~np.isnan(wanted)
    assert np.array_equal(found[known].view(bits), wanted[known].view(bits))
    least = np.finfo(kind).smallest_normal
    assert np.count_nonzero((np.abs(wanted) < least) & (wanted != 0)) > 100
    assert np.count_nonzero(np.isinf(wanted) & np.isfinite(a) & np.isfinite(b)) > 100


@needs_icarus
@pytest.mark.parametrize("name", ["binary16", "binary32", "bfloat16", "float8_e5m2", "float8_e4m3"])
def test_golden_vectors(name, tmp_path):
    """Floating-point multipliers pass the golden vectors of the product."""
    vectors = read(VECTORS / name / "ties_to_even.infinity.edge.rsv")
    asked = [tuple(int(code) for code in pair) for pair in zip(*vectors.operands, strict=True)]
    assert len(asked) > 100
    assert simulated(get_multiplier(name), asked, tmp_path) == [int(code) for code in vectors.results[0]]


@needs_icarus
@pytest.mark.parametrize("width", [1, 2, 5, 8, 11])
def test_leading_zeros(width, tmp_path):
    """The zeros before the first one are counted, whatever the width."""
    count, lines = leading_zeros("a", width)
    byte = refsim.get_format("uint8")
    operand = refsim.get_format(f"uint{width}")
    verilog = module([operand], 8, [*lines, f"assign y = {count};"] if width > 1 else ["assign y = 0;"])
    counter = Multiplier("zeros", verilog, (operand,), refsim.Projection(byte, "toward_zero", "error"))
    asked = [(code,) for code in range(1, 1 << width)]
    assert simulated(counter, asked, tmp_path) == [width - code.bit_length() for (code,) in asked]
