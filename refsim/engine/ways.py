"""The ways in which an operation whose result is a number is carried out on arrays, and which of them suits a case.

An operation on at most 16 bits of operands is a table. A wider one is computed: in the type of operands and result itself
where the host has it, else in binary32 or binary64, else on significands with the exponents beside them. Elements that a way
cannot decide are hard: they go to the next way, and in the end to the specification.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NAN
from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format, UniformGrid
from ..spec.integral import is_integer
from ..spec.nans import POLICIES, canonical
from ..spec.operations import Operation
from ..spec.projection import Projection
from . import fixed, floats, gates, log_products, selections, wide
from .bounds import BOUNDS
from .closeness import CLOSE
from .decode import is_signaling, numbers
from .encode import by_table, has_table, keeps_sticky
from .floats import Bools, Computed, Floats, Formats
from .projection import Projected, Scaled, is_reached, is_supported, project, project_scaled

BINARY32, BINARY64 = np.dtype(np.float32), np.dtype(np.float64)
Codes = tuple[NDArray[Any], ...]
"""The operands' codes, a flat array each."""
Draw = NDArray[Any] | None
Way = Callable[[Codes, Formats, Projection, Draw, bool], Projected]
"""From codes, formats, projection, random bits, and whether flags are asked for, to projected results."""


@dataclass(frozen=True)
class InFloats:
    """An operation in the host's arithmetic, and the formats and projections for which it is right in a type."""

    compute: Callable[..., Computed]
    is_safe: Callable[[Formats, Projection, np.dtype[Any]], bool]
    draws: bool = False
    """Whether the operation itself uses the random bits."""
    signaling_is_nan: bool = False
    """Whether a signaling NaN makes the result NaN although a quiet one does not."""
    narrow: bool = True
    """Whether binary32 will do where it is safe."""


IN_FLOATS: dict[str, InFloats] = {
    "convert": InFloats(floats.convert, floats.all_fit),
    "negation": InFloats(floats.negation, floats.all_fit),
    "absolute_value": InFloats(floats.absolute_value, floats.all_fit),
    "add": InFloats(floats.add, floats.sums_fit),
    "subtract": InFloats(floats.subtract, floats.sums_fit),
    "multiply": InFloats(floats.multiply, floats.products_fit),
    "divide": InFloats(floats.divide, floats.quotients_fit),
    "reciprocal": InFloats(floats.reciprocal, floats.quotients_fit),
    "sqrt": InFloats(floats.sqrt, floats.roots_fit),
    "fma": InFloats(floats.fma, floats.fused_fit),
    "faa": InFloats(floats.faa, floats.sums_fit),
    "fmod": InFloats(selections.fmod, floats.all_fit, narrow=False),
    "remainder": InFloats(selections.remainder, floats.all_fit, narrow=False),
    "log_b": InFloats(selections.log_b, floats.all_fit, narrow=False),
    "clamp": InFloats(selections.clamp, floats.all_fit),
    "relu": InFloats(selections.relu, floats.all_fit),
    "relu6": InFloats(selections.relu6, floats.all_fit),
    "hard_tanh": InFloats(selections.hard_tanh, floats.all_fit),
    "hard_sigmoid": InFloats(gates.hard_sigmoid, floats.all_fit, narrow=False),
    "hard_sigmoid_fifth": InFloats(gates.hard_sigmoid_fifth, floats.all_fit, narrow=False),
    "hard_sigmoid_dpu": InFloats(gates.hard_sigmoid_dpu, floats.all_fit, narrow=False),
    "leaky_relu": InFloats(gates.leaky_relu, floats.products_fit),
    "hard_swish": InFloats(gates.hard_swish, floats.all_fit, narrow=False),
    **{name: InFloats(rule, floats.all_fit) for name, rule in selections.EXTREMA.items()},
    "min_num": InFloats(selections.EXTREMA["minimum_number"], floats.all_fit, signaling_is_nan=True),
    "max_num": InFloats(selections.EXTREMA["maximum_number"], floats.all_fit, signaling_is_nan=True),
    "min_num_mag": InFloats(selections.EXTREMA["minimum_magnitude_number"], floats.all_fit, signaling_is_nan=True),
    "max_num_mag": InFloats(selections.EXTREMA["maximum_magnitude_number"], floats.all_fit, signaling_is_nan=True),
    **{name: InFloats(rule, floats.all_fit, draws=True, narrow=False) for name, rule in selections.INTEGRAL.items()},
}


def _has_bounds(name: str, to: Projection) -> bool:
    """Whether bounds decide: under a rule that wraps, two bounds can have one code and not what lies between."""
    return (name in BOUNDS or name in CLOSE) and is_reached(to) and to.overflow.wrap is None


EXPONENT_BITS = 36
"""The widest format of an exponent."""


@lru_cache(maxsize=4096)
def ways(operation: Operation, formats: Formats, to: Projection) -> tuple[Way, ...]:
    """The ways that suit an operation, the preferred one first."""
    found: list[Way] = []
    name = operation.name
    if not _exponents_are_integers(operation, formats) or (name == "to_integer" and not is_integer(to.format)):
        return ()
    if log_products.covers(name, formats, to):
        return (log_products.way(name),)
    if whole := fixed.plan(name, formats, to):
        return (fixed.way(name, whole),)
    in_floats = IN_FLOATS.get(name)
    if in_floats and is_reached(to) and in_floats.is_safe(formats, to, BINARY64):
        found.append(_in_floats(in_floats))
    elif name in wide.OPERATIONS and is_supported(to) and wide.covers(formats, to):
        found.append(_on_significands(name))
    elif (
        name == "convert"
        and is_supported(to)
        and isinstance(formats[0].grid, UniformGrid)
        and formats[0].width <= 64
        and not formats[0].specials
    ):
        found.append(_from_integers)
    elif _has_bounds(name, to) and floats.all_fit((*formats, to.format), to, BINARY64):
        found.append(_by_bounds(name))
    return tuple(found)


def _exponents_are_integers(operation: Operation, formats: Formats) -> bool:
    """Whether the operands that are exponents can be nothing but integers, and small beside the bounds of ``wide``; the
    specification looks at others one by one."""
    named = zip(operation.roles, formats, strict=False)
    return all(
        isinstance(f.grid, UniformGrid) and f.grid.quantum == 0 and f.width <= EXPONENT_BITS
        for role, f in named
        if role in operation.exponents
    )


def read(codes: Codes, formats: Formats, to: Projection, kind: np.dtype[Any]) -> tuple[Floats, ...]:
    """The array form of ``Projection.read``."""
    values = tuple(numbers(c, format, kind) for c, format in zip(codes, formats, strict=True))
    if to.subnormals not in {"flush_inputs", "flush"}:
        return values
    return tuple(_flushed(x, format) for x, format in zip(values, formats, strict=True))


def _flushed(x: Floats, format: Format) -> Floats:
    if not isinstance(format.grid, FloatGrid):
        return x
    return np.where(np.abs(x) < 2.0**format.grid.emin, np.copysign(x.dtype.type(0), x), x)


def _finish(
    computed: Computed, codes: Codes, formats: Formats, to: Projection, draw: Draw, made: Any, *, flags: bool
) -> Projected:
    """Project what was computed, and add the flags of the operation itself; ``made`` marks NaNs that no operand brought."""
    value = computed.value
    if isinstance(value, Scaled):
        found = project_scaled(value, to, draw, flags=flags)
    elif draw is None and has_table(to, value.dtype) and keeps_sticky(to, value.dtype):
        result, raised, hard = by_table(to, value, flags=flags)
        found = Projected(result, raised, np.zeros(result.shape, bool) if hard is None else hard)
    else:
        whole = draw is None and computed.inexact is None and fixed.quantizes(to, value.dtype)
        found = (fixed.quantize(value, to, flags=flags) if whole else None) or project(
            value.astype(np.float64, copy=False), to, draw, computed.inexact, flags=flags
        )
    default = default_nan(to)
    if default is not None:
        found.codes[made], found.hard[made] = default, False
    if computed.hard is not None:
        np.logical_or(found.hard, computed.hard, out=found.hard)
    if found.flags is not None:
        invalid = made
        for c, format in zip(codes, formats, strict=True):
            invalid = invalid | is_signaling(c, format)
        found.flags[invalid] |= np.uint8(Flags.INVALID)
        if computed.raised is not None:
            # Of an infinity that becomes an integer, the projection has raised invalid instead of division by zero.
            hidden = np.uint8(Flags.INFINITE if to.overflow.infinity_raises else 0)
            np.bitwise_or(found.flags, computed.raised & ~hidden, out=found.flags)
    return found


@lru_cache(maxsize=1024)
def default_nan(to: Projection) -> int | None:
    """The code of a NaN that no operand brought, where the NaN policy has one of its own for it."""
    return None if POLICIES[to.nan] is canonical or to.format.canonical(NAN) is None else to.nan_result(Flags.INVALID).code


def _made(result: Bools, operands: list[Bools]) -> Bools:
    """Where the result is a NaN and no operand is."""
    for nan in operands:
        result = result & ~nan
    return result


def _in_floats(operation: InFloats) -> Way:
    def way(codes: Codes, formats: Formats, to: Projection, draw: Draw, flags: bool) -> Projected:
        tabled = draw is None and operation.narrow and has_table(to, BINARY32) and keeps_sticky(to, BINARY32)
        kind = BINARY32 if tabled and operation.is_safe(formats, to, BINARY32) else BINARY64
        values = read(codes, formats, to, kind)
        computed = operation.compute(values, formats, to, *([draw] if operation.draws else []))
        value = computed.value
        assert not isinstance(value, Scaled), "it is computed in floats"
        if operation.signaling_is_nan:
            for c, format in zip(codes, formats, strict=True):
                value = np.where(is_signaling(c, format), np.nan, value)
            computed = computed._replace(value=value)
        made = _made(np.isnan(value), [np.isnan(x) for x in values]) if flags or default_nan(to) is not None else None
        return _finish(computed, codes, formats, to, draw, made, flags=flags)

    return way


def _on_significands(name: str) -> Way:
    def way(codes: Codes, formats: Formats, to: Projection, draw: Draw, flags: bool) -> Projected:
        operands = tuple(wide.unpack(c, format) for c, format in zip(codes, formats, strict=True))
        if to.subnormals in {"flush_inputs", "flush"}:
            operands = tuple(wide.flushed(x, format) for x, format in zip(operands, formats, strict=True))
        computed = wide.OPERATIONS[name](operands, formats, to)
        assert isinstance(computed.value, Scaled), "it is computed on significands"
        made = _made(computed.value.nan, [np.isnan(x.m) for x in operands]) if flags or default_nan(to) is not None else None
        return _finish(computed, codes, formats, to, draw, made, flags=flags)

    return way


def _from_integers(codes: Codes, formats: Formats, to: Projection, draw: Draw, flags: bool) -> Projected:
    return project_scaled(wide.integers(codes[0], formats[0]).value, to, draw, flags=flags)  # type: ignore[arg-type]


def _by_bounds(name: str) -> Way:
    """Where the lower and the upper bound of a function have one code and the same flags, so has everything between them."""

    def way(codes: Codes, formats: Formats, to: Projection, draw: Draw, flags: bool) -> Projected:
        values = read(codes, formats, to, BINARY64)
        low, high = BOUNDS[name](*values) if name in BOUNDS else CLOSE[name](values, to)
        first, second = (project(y, to, draw, flags=True) for y in (low, high))
        assert first.flags is not None, "they were asked for"
        assert second.flags is not None, "they were asked for"
        hard = first.hard | second.hard | (first.codes != second.codes) | (first.flags != second.flags)
        hard |= np.isnan(low)
        if name in CLOSE:
            # The number may be a point that lies between its bounds; the functions' values are irrational and never one.
            point = numbers(first.codes, to.format, BINARY64)
            hard |= (low != high) & (low <= point) & (point <= high)
        return Projected(first.codes, first.flags if flags else None, hard)

    return way
