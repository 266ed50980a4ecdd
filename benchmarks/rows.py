"""The rows of the table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import data
import fixed_rows
import numpy as np
import peers
from block_rows import block_rows
from campaign_rows import campaign_rows
from datapath_float_rows import datapath_float_rows
from datapath_integer_rows import datapath_integer_rows
from fault_rows import fault_rows
from integer_rows import integer_rows
from level_rows import level_rows
from log_rows import log_rows
from network_rows import network_rows
from operation_rows import operations
from packing_rows import packing
from peers import ONLY_TIES_TO_EVEN, PAST_THE_END
from posit_rows import posits
from records import Claim, Goal, Row, Way
from shift_rows import shift_rows
from study_rows import study_rows
from suite import verification

from refsim import Projection, get_format

RULES = ("ties_to_even", "toward_negative", "to_odd")
FOUR_TIMES, TEN_TIMES, THIRTY_TIMES = Goal("ratio", 4), Goal("ratio", 10), Goal("ratio", 30)
SATURATES = ("float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn")
"""The formats whose ml_dtypes cast saturates too; the others have NaN to overflow to."""
APY_CASTS = {
    "ties_to_even": (Claim.IN_RANGE, PAST_THE_END),
    "toward_negative": (Claim.OTHER, "loses a carry into the least normal number"),
    "to_odd": (Claim.OTHER, "ties to even: it has no to_odd"),
}
"""How far APyTypes' way to 8 bits is the same function; ``tests/oracles/ledger.toml`` has the smallest input that it loses."""


def rows() -> Iterator[Row]:
    """Every row, in the order of the table."""
    yield from narrow_encodings()
    yield from other_encodings()
    yield from decodings()
    yield from operations()
    yield from fixed_rows.rows()
    yield from packing()
    yield from posits()
    yield from level_rows()
    yield from log_rows()
    yield from shift_rows()
    yield from integer_rows()
    yield from block_rows()
    yield from datapath_integer_rows()
    yield from datapath_float_rows()
    yield from network_rows()
    yield from campaign_rows()
    yield from study_rows()
    yield from fault_rows()
    yield verification(Goal("rate", 500_000))
    yield from scalars()
    yield Row("import", lambda _: (), peers.fresh_process("refsim"), (peers.fresh_process("numpy", Goal("extra", 0.3)),), 1)


def narrow_encodings() -> Iterator[Row]:
    """binary32 to at most 8 bits, saturating."""
    names = ("float8_e4m3fn", "float8_e5m2", "float8_e3m4", *SATURATES, "binary8p3se", "int8")
    for name in names:
        for rule in RULES:
            to = Projection(name, rule, "saturate")
            yield _encoding(f"encode/{name}/{rule}", to, tuple(_narrow_peers(to)))


def _narrow_peers(to: Projection) -> Iterator[Way]:
    name, even = to.format.name, to.rounding.name == "ties_to_even"
    if name == "int8":
        yield peers.numpy_quantize(to.format, *_claim(even=even, saturates=True))
        yield peers.apy_quantize(to.format, "ties away from zero, wraps: its only rules")
        return
    if name != "binary8p3se":
        yield peers.cast("ml_dtypes", to.format, *_claim(even=even, saturates=name in SATURATES), FOUR_TIMES)
    yield peers.gfloat_encode(to, THIRTY_TIMES)
    if name in ("float8_e5m2", "float8_e3m4"):
        yield peers.apy_encode(to, *APY_CASTS[to.rounding.name])
    if name != "binary8p3se" and to.rounding.name in peers.VERIFLOAT_RULES:
        yield peers.verifloat_encode(to)


def _claim(*, even: bool, saturates: bool) -> tuple[Claim, str]:
    """The claim and the note of a peer that knows ties to even alone."""
    if not even:
        return Claim.OTHER, ONLY_TIES_TO_EVEN
    return (Claim.SAME, "") if saturates else (Claim.IN_RANGE, PAST_THE_END)


def _encoding(name: str, to: Projection, ways: tuple[Way, ...], source: Any = np.float32) -> Row:
    moved = np.dtype(source).itemsize + (1 if to.format.width <= 8 else 2)
    draw = to.rounding.bits

    def spread(size: int) -> tuple[Any, ...]:
        numbers = data.spread(to.format, size, source)
        return (numbers, data.random_bits(draw, size)) if draw else (numbers,)

    return Row(name, spread, peers.refsim_encode(to), ways if draw else (*ways, peers.copy(moved)))


def other_encodings() -> Iterator[Row]:
    """binary32 to 16 bits as IEEE 754 overflows; binary64, and stochastic rounding, to 8 bits."""
    for name, library in (("binary16", "numpy"), ("bfloat16", "ml_dtypes")):
        to = Projection(name, "ties_to_even", "infinity")
        others = (peers.gfloat_encode(to, TEN_TIMES), peers.cast(library, to.format, Claim.SAME, ""))
        others = (*others, peers.apy_encode(to, Claim.SAME, ""), peers.verifloat_encode(to))
        yield _encoding(f"encode/{name}/ties_to_even", to, others)
    to = Projection("float8_e4m3fn", "ties_to_even", "saturate")
    twice = peers.cast("ml_dtypes", to.format, Claim.OTHER, "rounds twice, first to binary32")
    yield _encoding(
        "encode/binary64-to-float8_e4m3fn", to, (twice, peers.gfloat_encode(to), peers.verifloat_encode(to)), np.float64
    )
    to = Projection("float8_e4m3fn", "stochastic_a:8", "saturate")
    yield _encoding("encode/float8_e4m3fn/stochastic_a:8", to, (peers.gfloat_encode(to),))


def decodings() -> Iterator[Row]:
    """Codes to binary32."""
    for name in ("float8_e4m3fn", "float8_e5m2", "float4_e2m1fn"):
        format = get_format(name)
        others = (peers.apy_decode(),) if name == "float8_e5m2" else ()
        others = (*others, peers.verifloat_decode(format))
        ways = (peers.uncast(format, FOUR_TIMES), peers.gfloat_decode(format), *others, peers.copy(5))
        yield Row(f"decode/{name}", partial(data.codes, format), peers.refsim_decode(), ways)


def scalars() -> Iterator[Row]:
    """One number after the other: the scalar specification, and one call of the engine for one number."""
    to = Projection("float8_e4m3fn", "ties_to_even", "saturate")
    numbers = partial(data.fractions, to.format)
    yield Row("scalar/projection", lambda size: (numbers(size),), peers.refsim_scalar(to), (peers.gfloat_scalar(to),), 1 << 10)
    one = peers.refsim_encode(to)
    yield Row("scalar/encode-one", lambda _: ([1.5],), one, (), 1)
