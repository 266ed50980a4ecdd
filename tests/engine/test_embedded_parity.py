"""Embedded parity on arrays: equal to the specification."""

import numpy as np
import pytest

from refsim.engine import embedded_parity
from refsim.engine.array import Array
from refsim.engine.parts import Part
from refsim.spec.catalogue import get_format
from refsim.spec.embedded_parity import EmbeddedParity
from refsim.spec.memories import DATA

from .stages import compare


@pytest.mark.parametrize(("chunk", "readings"), [(1, 25), (2, 15), (3, 20), (7, 20), (15, 10), (71, 5)])
def test_equal_to_the_specification(chunk, readings):
    """All formats that are divided into chunks; the others are refused alike."""
    assert compare(EmbeddedParity(chunk), embedded_parity) == readings


@pytest.mark.parametrize("chunk", [3, 7, 15])
def test_every_code_of_16_bits(chunk):
    """All of them read, against chunks that are looked at one by one."""
    format, stage = get_format("binary16"), EmbeddedParity(chunk)
    codes = np.arange(1 << 16, dtype=np.uint16)
    found = embedded_parity.read(stage, {DATA: Part("weight", Array(codes, format))})
    some = codes[:: 1 << 6]
    assert found.array.codes[some].tolist() == [stage.decode(int(code), format).data for code in some]
    assert found.detected == (1 << 16) - (1 << 16 - len(stage.chunks(format)))
