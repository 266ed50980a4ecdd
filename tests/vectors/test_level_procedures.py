"""Vectors of levels, code books and dynamic fixed point, beside what was worked out by hand."""

import struct
from fractions import Fraction

import numpy as np
import pytest

from refsim.spec.formats import Unrepresentable
from refsim.vectors.procedures import get_procedure
from refsim.vectors.procedures.dynamic_fixed_point import BATCHES, NUMBERS, encoded


def half(x):
    """The code of a half-precision number."""
    return int(np.float16(x).view(np.uint16))


def single(x):
    """The code of a single-precision number."""
    return struct.unpack("<I", struct.pack("<f", x))[0]


@pytest.mark.clause("levels/quantize", "levels/published")
def test_levels_by_hand():
    """1.5 steps of a half are 3 steps; half a step goes away from zero; what is past the end raises overflow."""
    run = get_procedure("quantize_levels").run
    how = {"result": "levels7", "rounding": "ties_to_away", "source": "binary32"}
    for x, step, answer in (
        (0.75, 0.5, (2, 1)),
        (-0.25, 0.5, (7, 1)),
        (1.5, 0.5, (3, 0)),
        (-9, 0.5, (5, 5)),
        (-0.0, 1, (0, 0)),
    ):
        assert run(how, (single(x), single(step))) == answer
    for step in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(Unrepresentable, match="a step is positive"):
            run(how, (single(1.0), single(step)))


@pytest.mark.clause("levels/held", "levels/optimal")
def test_a_step_by_hand():
    """Of 1, 2 and zeros with three levels the step is 3/2; of 1, 1 and 0.5 it is 5/6, in binary32."""
    run = get_procedure("level_step").run
    how = {"levels": "3", "method": "optimal", "count": "4", "source": "binary16"}
    assert run(how, tuple(map(half, (1, -2, 0, 0)))) == (single(1.5), 1, 3, 0, 0)
    assert run(how, tuple(map(half, (1, 1, -0.5, 0)))) == (single(5 / 6), 1, 1, 3, 0)
    with pytest.raises(Unrepresentable, match="has no finite magnitude"):
        run(how, tuple(map(half, (1, np.inf, 0, 0))))


@pytest.mark.clause("dynamic/update", "dynamic/observe")
def test_a_run_by_hand():
    """Four numbers of 40 overflow at the radix 5 and not at 6; half of the last number of 6 is passed, so the radix stays."""
    procedure = get_procedure("dynamic_fixed_point")
    how = {"format": "dfxp10", "rate": "1/4", "period": "2", "counted": "at_end", "mean": "seen"}
    values = [5]
    for _ in range(BATCHES):
        values += [*[half(40)] * NUMBERS, 0]
    found = procedure.run(how, tuple(values))
    each = NUMBERS + 3
    assert [found[i * each : i * each + NUMBERS] for i in range(3)] == [(511,) * 4, (511,) * 4, (320,) * 4]
    assert [found[i * each + NUMBERS : (i + 1) * each] for i in range(4)] == [(5, 4, 4), (6, 0, 0), (6, 0, 4), (6, 0, 0)]
    assert procedure.explain(how, tuple(values), found) == "the radix becomes 5, 6, 6, 6, 6, 6"
    assert encoded(Fraction(-40)) == half(-40)
    with pytest.raises(Unrepresentable, match=r"^the radix 10 is not in -4\.\.9$"):
        procedure.run(how, (10, *values[1:]))


@pytest.mark.clause("codebook/quantize")
def test_a_code_book_by_hand():
    """Zero is the sign +1, of either sign itself; NF4's code of 0.2 is 9."""
    run = get_procedure("code_book").run
    how = {"book": "binary", "rounding": "ties_toward_positive", "source": "binary32"}
    assert [run(how, (single(x),)) for x in (0.0, -0.0, -0.5, 2.0)] == [(1, 1), (1, 1), (0, 1), (1, 5)]
    assert run({**how, "book": "nf4"}, (single(0.2),)) == (9, 1)
