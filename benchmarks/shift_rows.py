"""The rows of shift-based, logarithmic and Mitchell's datapaths: matrix products, counted by their products.

The peers are what one writes in NumPy: shifts, powers or a table, one step for each term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from records import Goal, Row, Way

from refsim import Array, Projection, get_format
from refsim.engine.array import code_dtype
from refsim.engine.datapaths import matmul
from refsim.engine.mitchell import approximate_product
from refsim.spec.accumulators import Sequential
from refsim.spec.datapaths import Datapath
from refsim.spec.formats import Format
from refsim.spec.log_accumulators import LogDomain, LogSum
from refsim.spec.mitchell import Mitchell
from refsim.spec.power_tables import ExactPower, LinearPower, PowerTable
from refsim.spec.products import Multiplier
from refsim.spec.shift_multipliers import LogProduct, ShiftProduct

SEED = 1603
FAST = Goal("rate", 300e6)
ONE, ROOT_2 = PowerTable(0, 0, "toward_zero"), PowerTable(1, 8, "ties_to_even")
CUT = Projection("int16", "toward_negative", "wrap")
Terms = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
"""From a column of the first operand and a row of the second one to their products."""


def shift_rows() -> Iterator[Row]:
    """Both methods with registers that wrap, that saturate and that are wide; Mitchell's products; sums of logarithms."""
    for register, end in (("int32", "wrap"), ("int24", "saturate"), ("int16", "saturate")):
        yield _row("shift_cut", ShiftProduct("x", ONE, CUT), "log4_fsr3", "int8", register, end, _shifted)
    for register, end in (("q19.12", "wrap"), ("q7.12", "saturate")):
        yield _row("shift_exact", ShiftProduct("x", ONE, None), "log4_fsr3", "int8", register, end, None)
        yield _row("log", LogProduct(ONE, None, None), "log4_fsr3", "slog5_fsr3", register, end, None)
    yield _row("shift_root2", ShiftProduct("x", ROOT_2, CUT), "slog5_fsr3_sqrt2", "int8", "int32", "wrap", None)
    yield _row("log_root2", LogProduct(ROOT_2, None, CUT), "log4_fsr3_sqrt2", "slog5_fsr3_sqrt2", "int32", "wrap", None)
    for register, end in (("int32", "wrap"), ("int20", "saturate")):
        yield _row("mitchell", Mitchell("mitchell", 0, None, None), "int8", "int8", register, end, _mitchell)
    yield _log_domain()


def _row(name: str, multiplier: Multiplier, left: str, right: str, register: str, end: str, terms: Terms | None) -> Row:
    x, y, to = get_format(left), get_format(right), Projection(register, "toward_negative", end)
    path = Datapath(multiplier, Sequential(to), "first", "sum", None)
    goal = None if name == "mitchell" else FAST
    peers = () if terms is None else (Way("numpy", _columns, partial(_stepped, terms, to), _plain),)
    return Row(f"datapath/{name}/{left}/{right}/{register}/{end}", partial(_codes, x, y), _ours(path, x, y, goal), peers)


def _log_domain() -> Row:
    x, y = get_format("log4_fsr3"), get_format("slog5_fsr3")
    register = LogSum(Projection("q6.4", "toward_negative", "saturate"), ONE)
    to = Projection("q19.12", "toward_zero", "saturate")
    path = Datapath(LogProduct(ExactPower(), None, None), LogDomain(register, LinearPower(), to), "first", "sum", None)
    return Row("datapath/log_domain/log4_fsr3/slog5_fsr3", partial(_codes, x, y), _ours(path, x, y, None))


def _ours(path: Datapath, x: Format, y: Format, goal: Goal | None) -> Way:
    def prepare(a: Any, b: Any) -> tuple[Any, ...]:
        return Array(a, x), Array(b, y)

    return Way("refsim", prepare, lambda a, b: matmul(a, b, path), _as_numbers, goal=goal)


def _as_numbers(found: Array) -> NDArray[np.float64]:
    return np.asarray(found.codes, np.float64)


def _codes(x: Format, y: Format, size: int) -> tuple[NDArray[Any], ...]:
    """Codes of two matrices with so many products."""
    rng, (m, k, n) = np.random.default_rng(SEED), _shape(size)
    return tuple(rng.integers(0, 1 << f.width, s).astype(code_dtype(f)) for f, s in ((x, (m, k)), (y, (k, n))))


def _shape(size: int) -> tuple[int, int, int]:
    """Rows, terms and columns of a matrix product with so many products; 256 each of 2**24."""
    bits = size.bit_length() - 1
    if 1 << bits != size:
        return size, 1, 1
    return 1 << bits // 3, 1 << bits - 2 * (bits // 3), 1 << bits // 3


def _columns(a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    return np.ascontiguousarray(a.T).astype(np.int32), b.view(np.int8).astype(np.int32)


def _stepped(terms: Terms, to: Projection, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int64]:
    """A step for each term into an integer register."""
    low, high = -to.format.top_negative, to.format.top
    total = np.zeros((a.shape[1], b.shape[1]), np.int32)
    for x, w in zip(a, b, strict=True):
        total += terms(x[:, None], w)
        if to.overflow.wrap is None:
            np.clip(total, low, high, out=total)
    return total.astype(np.int64) & (1 << to.format.width) - 1


def _plain(found: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(found, np.float64)


def _shifted(x: NDArray[Any], w: NDArray[Any]) -> NDArray[Any]:
    """Numbers shifted by codes of log4_fsr3, of which 13 is the exponent 0."""
    left = np.maximum(x - 13, 0)
    return np.where(x == 0, 0, (w << left) >> np.maximum(13 - x, 0))


SIGNED = np.arange(-128, 128)
TABLE = approximate_product(np.abs(SIGNED)[:, None], np.abs(SIGNED), "mitchell", 0, None)
TABLE = (TABLE * np.sign(np.multiply.outer(SIGNED, SIGNED))).astype(np.int32)
"""Mitchell's products of 8-bit integers, the least one first."""


def _mitchell(x: NDArray[Any], w: NDArray[Any]) -> NDArray[Any]:
    """Entries of a table of 64K."""
    return TABLE[(x ^ 128).astype(np.int64), w + 128]
