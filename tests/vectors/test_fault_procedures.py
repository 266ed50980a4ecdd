"""The vectors of random words, gaps and masks, held against the engine and against other renderings."""

from fractions import Fraction

import numpy as np
import pytest

from refsim.engine import gaps as engine
from refsim.engine.faults import Masks, apply
from refsim.spec.gaps import gap_table
from refsim.vectors.procedures import PROCEDURES
from refsim.vectors.procedures.procedure import applied
from refsim.vectors.suites import procedure_rows

from ..spec.plain_philox import plain_philox
from ..spec.test_randomness import KNOWN


def suites(name):
    """The published suites of a procedure: parameters, operands and results."""
    for parameters in PROCEDURES[name].published:
        rows, _ = procedure_rows(applied(PROCEDURES[name], parameters))
        yield parameters, [row.operands for row in rows], [row.results for row in rows]


@pytest.mark.clause("random/philox")
def test_philox():
    """Another rendering; the published answers are among them."""
    ((_, operands, results),) = suites("philox")
    assert results == [plain_philox(values[:4], values[4:]) for values in operands]
    assert {(*counter, *key): answer for counter, key, answer in KNOWN}.items() <= dict(
        zip(operands, results, strict=True)
    ).items()


@pytest.mark.clause("gap/draw")
def test_gaps():
    """The engine, and the logarithm's exact inequality: a gap g has ``(1-p)**(g+1) <= word / 2**64 < (1-p)**g``, nearly."""
    for parameters, operands, results in suites("gap"):
        p = Fraction(parameters["p"])
        words = np.array([word for (word,) in operands], np.uint64)
        assert engine.gap(words, gap_table(p)).tolist() == [g for (g,) in results]
        for (word,), (g,) in zip(operands, results, strict=True):
            if g < 100:
                assert (1 - p) ** (g + 1) * 2**64 - 144 <= word < (1 - p) ** g * 2**64


@pytest.mark.clause("fault/apply")
def test_apply_mask():
    """Masks on arrays."""
    for parameters, operands, results in suites("apply_mask"):
        dtype = np.dtype(f"u{-(-max(int(parameters['width']), 8) // 8)}")
        codes, *masks = (np.array(column, dtype) for column in zip(*operands, strict=True))
        found = apply(codes, Masks(np.arange(len(codes)), *masks))
        assert found.tolist() == [code for (code,) in results]
