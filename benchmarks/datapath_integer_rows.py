"""The rows of integer and fixed-point accumulators: matrix products, counted by their products, beside APyTypes.

``--size 16777216`` makes them matrices of 256 x 256 with 256 terms a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from math import isqrt
from typing import Any

import fixed_rows
import numpy as np
import peers
from numpy.typing import NDArray
from records import Claim, Goal, Row, Way

from refsim import Array, Projection, get_format
from refsim.engine.array import code_dtype
from refsim.engine.datapaths import matmul
from refsim.spec.accumulators import Blocked, Pairwise, Sequential, Total
from refsim.spec.datapaths import Datapath
from refsim.spec.formats import Format
from refsim.spec.products import ExactProduct
from refsim.spec.terms import Accumulator

SEED, LENGTH = 16, 256
EIGHT_TIMES, HUNDRED_TIMES, AS_FAST = Goal("ratio", 8), Goal("ratio", 100), Goal("ratio", 1)
UNSATURATED = "its sums do not saturate"


def datapath_integer_rows() -> Iterator[Row]:
    """Registers that saturate, wrap or are wide; the orders of which no peer has a form."""
    int8 = get_format("int8")
    yield _row("sequential", int8, _sequential("int18", "saturate"), EIGHT_TIMES)
    yield _row("sequential", int8, _sequential("int24", "saturate"), EIGHT_TIMES)
    yield _row("sequential", int8, _sequential("int16", "wrap"), HUNDRED_TIMES)
    yield _row("sequential", int8, _sequential("int32", "saturate"), HUNDRED_TIMES)
    yield _row("sequential", get_format("q2.5"), _sequential("q5.6", "saturate"), EIGHT_TIMES)
    yield _row("total", int8, Total(Projection("int32", "toward_negative", "wrap")), AS_FAST)
    yield _row("total", get_format("int16"), Total(Projection("int48", "toward_negative", "wrap")), AS_FAST)
    yield _row("sequential-flags", int8, _sequential("int18", "saturate"), None, flags=True)
    yield _row("pairwise", int8, Pairwise(Projection("int18", "toward_negative", "saturate")), None)
    yield _row("blocked", int8, Blocked(32, _sequential("int18", "saturate"), _sequential("int24", "saturate")), None)


def _sequential(register: str, overflow: str) -> Sequential:
    return Sequential(Projection(register, "toward_negative", overflow))


def _row(name: str, operands: Format, accumulator: Accumulator, goal: Goal | None, *, flags: bool = False) -> Row:
    path, to = Datapath(ExactProduct(), accumulator, "first", "sum", None), accumulator.to
    ways = ()
    if goal is not None:
        context = partial(_context, to) if isinstance(accumulator, Sequential) else nullcontext
        claim, note = (Claim.OTHER, UNSATURATED) if to.overflow.name == "saturate" else (Claim.SAME, "")
        ways = (Way("apytypes", _apy, partial(_multiplied, context), partial(_held, to.format), claim, note, goal),)

    def work(x: Array, y: Array) -> Any:
        return matmul(x, y, path, flags=flags)

    ours = Way("refsim", peers.as_they_are, work, lambda z: (z[0] if flags else z).values().ravel())
    return Row(f"datapath/{name}/{operands}-to-{to.format}/{to.overflow}", partial(matrices, operands), ours, ways)


def matrices(format: Format, size: int) -> tuple[Array, Array]:
    """Two matrices of any codes, with about so many products."""
    rng, side = np.random.default_rng(SEED), max(isqrt(size // LENGTH), 1)
    made = (rng.integers(0, 1 << format.width, shape, code_dtype(format)) for shape in ((side, LENGTH), (LENGTH, side)))
    x, y = (Array(codes, format) for codes in made)
    return x, y


def _apy(x: Array, y: Array) -> tuple[Any, Any]:
    return fixed_rows.apy(x), fixed_rows.apy(y)


def _held(format: Format, found: Any) -> NDArray[np.float64]:
    """The numbers that the bits of a result stand for in the register."""
    step, whole = float(format.grid.magnitude(1)), float(1 << format.width)
    return (peers.apy_numbers(found).ravel() / step + whole / 2) % whole * step - whole / 2 * step


def _context(to: Projection) -> AbstractContextManager[Any]:
    context: AbstractContextManager[Any] = peers.apytypes.APyFixedAccumulatorContext(
        **fixed_rows.bits(to.format), **fixed_rows.apy_rules(to)
    )
    return context


def _multiplied(context: Callable[[], AbstractContextManager[Any]], x: Any, y: Any) -> NDArray[Any]:
    with context():
        found: NDArray[Any] = x @ y
    return found
