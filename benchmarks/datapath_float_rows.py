"""The rows of floating-point accumulators: matrix products, counted by their products, beside VeriFloat and APyTypes.

``--size 16777216`` makes them matrices of 256 x 256 with 256 terms a sum. VeriFloat gives flags with every result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import isqrt
from typing import Any

import data
import numpy as np
import peers
from numpy.typing import NDArray
from records import Claim, Goal, Row, Way

from refsim import Array, Projection, get_format
from refsim.engine.datapaths import matmul
from refsim.spec.accumulators import Blocked, Kahan, Pairwise, Sequential, Total, Tree
from refsim.spec.alignment import Alignment
from refsim.spec.datapaths import Datapath
from refsim.spec.formats import Format
from refsim.spec.products import ExactProduct, Multiplier, RoundedProduct
from refsim.spec.terms import Accumulator

SEED, LENGTH = 17, 256
AS_FAST, TWICE, THREE_TIMES, FOUR_TIMES = Goal("ratio", 1), Goal("ratio", 2), Goal("ratio", 3), Goal("ratio", 4)
EXACT = ExactProduct()
NARROW, HALF, SINGLE = "float8_e4m3fn", "binary16", "binary32"
APY_RULES = {"ties_to_even": "RND_CONV", "toward_zero": "TRN_ZERO"}


@dataclass(frozen=True)
class Case:
    """A row: operands, multiplier and accumulator, and what is promised beside VeriFloat and beside APyTypes."""

    name: str
    operands: str
    accumulator: Accumulator
    multiplier: Multiplier = EXACT
    goal: Goal | None = None
    apy: Goal | None = None
    flags: bool = False

    @property
    def to(self) -> Projection:
        """The register of the result."""
        return self.accumulator.to

    @property
    def format(self) -> Format:
        """The operands' format."""
        return get_format(self.operands)


def to(register: str, rounding: str = "ties_to_even") -> Projection:
    """A register of IEEE 754."""
    return Projection(register, rounding, "infinity")


def cases() -> Iterator[Case]:
    """Registers of 16 and of 32 bits, fused and not; aligned groups; other orders."""
    yield Case("sequential", HALF, Sequential(to(SINGLE)), goal=FOUR_TIMES)
    yield Case("sequential", "bfloat16", Sequential(to(SINGLE)), goal=FOUR_TIMES)
    yield Case("sequential", HALF, Sequential(to(SINGLE, "toward_zero")), goal=AS_FAST)
    yield Case("sequential", SINGLE, Sequential(to(SINGLE)), goal=AS_FAST)
    yield Case("sequential", NARROW, Sequential(to(HALF)), goal=THREE_TIMES)
    yield Case("sequential", "float8_e5m2", Sequential(to(HALF)), goal=THREE_TIMES)
    for operands in (NARROW, "float8_e5m2"):
        yield Case("sequential", operands, Sequential(to("bfloat16")), goal=THREE_TIMES)
    yield Case("sequential", HALF, Sequential(to(HALF)), goal=AS_FAST, apy=AS_FAST)
    yield Case("rounded", HALF, Sequential(to(SINGLE)), RoundedProduct(to(SINGLE)), FOUR_TIMES, AS_FAST)
    yield Case("rounded", HALF, Sequential(to(HALF)), RoundedProduct(to(HALF)), AS_FAST, AS_FAST)
    yield Case("sequential-flags", HALF, Sequential(to(SINGLE)), flags=True)
    yield Case("sequential-flags", NARROW, Sequential(to(HALF)), flags=True)
    for group in (4, 16, 32):
        kept = Alignment(13, "toward_zero", "value", with_sum=False)
        yield Case(f"aligned-13-by-{group}", NARROW, Sequential(to(SINGLE), group, kept), goal=TWICE)
    kept = Alignment(24, "toward_zero", "value", with_sum=False)
    yield Case("aligned-24-by-4", HALF, Sequential(to(SINGLE), 4, kept), goal=AS_FAST)
    yield Case("pairwise", HALF, Pairwise(to(SINGLE)), goal=AS_FAST)
    yield Case("total", HALF, Total(to(SINGLE)))
    yield Case("by-4", HALF, Sequential(to(SINGLE), 4), goal=AS_FAST)
    yield Case("tree", HALF, Tree((to(SINGLE),)))
    yield Case("kahan", HALF, Kahan(to(SINGLE)))
    yield Case("promoted-by-128", NARROW, Blocked(128, Sequential(to(HALF)), Sequential(to(SINGLE))))


def datapath_float_rows() -> Iterator[Row]:
    """Each case as a row."""
    for case in cases():
        path = Datapath(case.multiplier, case.accumulator, "first", "sum", None)
        ours = Way("refsim", peers.as_they_are, partial(multiplied, path, flags=case.flags), numbers)
        name = f"datapath/{case.name}/{case.operands}-to-{case.to.format}/{case.to.rounding}"
        yield Row(name, partial(matrices, case.format), ours, tuple(ways(case)))


def multiplied(path: Datapath, x: Array, y: Array, *, flags: bool) -> Any:
    """The matrix product, with flags or without."""
    return matmul(x, y, path, flags=flags)


def numbers(found: Any) -> NDArray[Any]:
    """The numbers of a result, with flags or without."""
    return np.asarray((found[0] if isinstance(found, tuple) else found).values().ravel())


def matrices(format: Format, size: int) -> tuple[Array, Array]:
    """Two matrices of normally distributed numbers, with about so many products."""
    rng, side = np.random.default_rng(SEED), max(isqrt(size // LENGTH), 1)
    made = (rng.standard_normal(shape) for shape in ((side, LENGTH), (LENGTH, side)))
    x, y = (data.encoded(z, format) for z in made)
    return x, y


def ways(case: Case) -> Iterator[Way]:
    """The peers that have the accumulator."""
    accumulator = case.accumulator
    if isinstance(accumulator, Sequential | Pairwise | Total):
        yield Way("verifloat", partial(verifloat_operands, case), verifloat_matmul, verifloat_result, goal=case.goal)
    if isinstance(accumulator, Sequential) and accumulator.group == 1 and case.to.rounding.name in APY_RULES:
        same = isinstance(case.multiplier, RoundedProduct)
        claim, note = (Claim.SAME, "") if same else (Claim.OTHER, "it rounds the products first")
        yield Way("apytypes", apy_operands, partial(apy_matmul, case), apy_result, claim, note, case.apy)


def verifloat_operands(case: Case, x: Array, y: Array) -> tuple[Any, ...]:
    """Arrays of VeriFloat and its accumulator."""
    products = case.multiplier.to if isinstance(case.multiplier, RoundedProduct) else None
    accumulator = case.accumulator
    order = {Sequential: "sequential", Pairwise: "pairwise", Total: "exact"}[type(accumulator)]
    aligned = accumulator.alignment if isinstance(accumulator, Sequential) else None
    options = {
        "order": order,
        "product": None if products is None else peers.verifloat_format(products.format, products),
        "group": accumulator.group if isinstance(accumulator, Sequential) else 1,
        "align_bits": None if aligned is None else aligned.bits,
    }
    held = peers.verifloat.Accumulator(peers.verifloat_format(case.to.format, case.to), **options)
    x, y = (peers.verifloat_array(z, Projection(z.format, "ties_to_even", "infinity")) for z in (x, y))
    return x, y, held


def verifloat_matmul(x: Any, y: Any, held: Any) -> Any:
    """The matrix product of VeriFloat."""
    return peers.verifloat.matmul(x, y, acc=held)


def verifloat_result(found: Any) -> NDArray[np.float64]:
    """The numbers of a matrix of VeriFloat."""
    return peers.verifloat_numbers(found).ravel()


def apy_operands(x: Array, y: Array) -> tuple[Any, Any]:
    """Arrays of APyTypes."""
    return peers.apy_array(x), peers.apy_array(y)


def apy_matmul(case: Case, x: Any, y: Any) -> Any:
    """The matrix product of APyTypes in an accumulator context."""
    exponent, fraction = peers.exponent_and_fraction(case.to.format)
    mode = peers.apytypes.QuantizationMode[APY_RULES[case.to.rounding.name]]
    with peers.apytypes.APyFloatAccumulatorContext(exp_bits=exponent, man_bits=fraction, quantization=mode):
        return x @ y


def apy_result(found: Any) -> NDArray[np.float64]:
    """The numbers of a matrix of APyTypes."""
    return peers.apy_numbers(found).ravel()
