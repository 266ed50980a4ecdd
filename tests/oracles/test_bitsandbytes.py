"""The tree of bitsandbytes, csrc/kernels.cu, that finds the NF4 code of a binary32 number, as a list of its constants."""

import tomllib
from bisect import bisect_left
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.clauses import clauses
from refsim.engine import codebooks
from refsim.spec.codebooks import get_codebook, quantize
from refsim.spec.exact import power_of_two
from refsim.spec.naming import get_rounding
from refsim.spec.projection import Projection
from refsim.spec.text import parse_exact

CONSTANTS = """
    -0.8480964004993439 -0.6106329262256622 -0.4599952697753906 -0.33967943489551544 -0.23460740596055984
    -0.13791173323988914 -0.045525018125772476 0.03979014977812767 0.1202552504837513 0.2035212516784668
    0.2920137718319893 0.3893125355243683 0.5016634166240692 0.6427869200706482 0.8614784181118011
""".split()  # noqa: SIM905
"""The tree goes over to the next value where a number is greater."""
LEDGER = tomllib.loads((Path(__file__).parent / "ledger_of_codebooks.toml").read_text(encoding="utf-8"))["deviation"]
BOOK, DOWN = get_codebook("nf4"), get_rounding("ties_toward_negative")


def binary32(text):
    """A decimal as the nearest binary32 number."""
    to = Projection("binary32", "ties_to_even", "error")
    return np.float32(to.format.decode(to(parse_exact(text)).code))


THRESHOLDS = {
    "once": [binary32(text) for text in CONSTANTS],
    "by way of binary64": [np.float32(float(text)) for text in CONSTANTS],
}
"""The constants as a compiler reads them, and as tables made of Python's numbers hold them."""
ways = pytest.mark.parametrize("way", THRESHOLDS)
entries = pytest.mark.parametrize("entry", LEDGER, ids=lambda entry: entry["name"])


def peer(x, way):
    """The code that the tree gives a binary32 number."""
    return bisect_left(THRESHOLDS[way], x)


def recorded(way):
    """The numbers of the ledger at which the tree deviates."""
    return sorted(parse_exact(text) for entry in LEDGER if entry["constants_are_read"] == way for text in entry["inputs"])


@pytest.mark.clause("codebook/quantize", "codebook/place")
@ways
def test_the_tree_takes_the_nearest_value(way):
    """Its constants are the middles between values, at most 2**-25 away, and belong to the lesser value."""
    for code, threshold in enumerate(THRESHOLDS[way]):
        middle = (BOOK.ascending[code] + BOOK.ascending[code + 1]) / 2
        assert abs(middle - Fraction(float(threshold))) <= power_of_two(-25)
        assert quantize(middle, BOOK, DOWN).code == code
        assert quantize(middle + power_of_two(-60), BOOK, DOWN).code == code + 1


@entries
@pytest.mark.clause("codebook/quantize")
def test_the_ledger_is_true(entry):
    """The recorded numbers are given the recorded codes, by the tree, by the specification and by the engine."""
    assert (entry["book"], entry["rounding"]) == (BOOK.name, DOWN.name)
    assert entry["clause"] in clauses()
    exact = [parse_exact(text) for text in entry["inputs"]]
    inputs = np.array([float(x) for x in exact], np.float32)
    assert [Fraction(float(x)) for x in inputs] == exact
    assert [peer(x, entry["constants_are_read"]) for x in inputs] == entry["peer_gives"]
    assert [quantize(x, BOOK, DOWN).code for x in exact] == entry["specification_gives"]
    assert codebooks.quantize(inputs, BOOK, DOWN).tolist() == entry["specification_gives"]


@pytest.mark.clause("codebook/quantize")
@ways
def test_the_ledger_is_whole(way):
    """Among 64 binary32 numbers on either side of every threshold the tree deviates at the recorded ones alone."""
    bits = np.array(THRESHOLDS[way], np.float32).view(np.int32)[:, None] + np.arange(-64, 65, dtype=np.int32)
    near = bits.reshape(-1).view(np.float32)
    found = codebooks.quantize(near, BOOK, DOWN)
    assert sorted(Fraction(float(x)) for x, code in zip(near, found, strict=True) if peer(x, way) != code) == recorded(way)


@pytest.mark.clause("codebook/quantize")
@ways
@given(x=st.floats(-1, 1, width=32))
def test_everywhere_else(way, x):
    """The tree and the specification agree."""
    if Fraction(x) not in recorded(way):
        assert peer(np.float32(x), way) == quantize(Fraction(x), BOOK, DOWN).code
