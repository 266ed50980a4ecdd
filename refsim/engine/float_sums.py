"""Floating-point accumulators on arrays: sums of products in the order of the accumulator, in the host's arithmetic.

Which way leads to the register (``float_registers``) depends on bounds: of what the formats allow, and of the operands that are
there. Both are stated in ``Bounds``. What no way decides is left to the specification.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.accumulators import Blocked, Interleaved, Kahan, Sequential
from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format, UniformGrid
from ..spec.products import ExactProduct, RoundedProduct
from ..spec.projection import Projection
from ..spec.terms import Accumulator
from . import aligned_sums
from .array import code_dtype
from .decode import exponents
from .exact_sums import product
from .float_bits import codes_of, is_rounded_in_bits
from .float_orders import Order, Step, adds_two, is_sticky, register, registers
from .float_registers import AnyRegister, HostRegister, Register, ends
from .float_states import Floats, State
from .float_terms import BINARY32, BINARY64, NOWHERE, Numbers, held_exponents, is_host, is_plain, numbers_of, signals
from .floats import bits_of, significant
from .jobs import Job, Kernel, Sums
from .projection import is_reached

KINDS = (BINARY32, BINARY64)


class Parts(NamedTuple):
    """What a job's sums are made of: factors, initial values, the register of products if there is one, and those of sums."""

    x: Numbers
    y: Numbers
    initial: Numbers | None
    products: Projection | None
    sums: tuple[Projection, ...]

    @property
    def registers(self) -> tuple[Projection, ...]:
        """All registers."""
        return self.sums if self.products is None else (self.products, *self.sums)

    @property
    def low(self) -> int:
        """Every product and initial value is a multiple of 2**low; so is what any register makes of such numbers.

        Where the places of a float or of fixed point are coarser than 2**low the neighbours of a number are multiples too, and
        elsewhere the number is one of its own places. Of other formats the least place is taken.
        """
        others = [to for to in self.registers if not isinstance(to.format.grid, FloatGrid | UniformGrid)]
        starts = [] if self.initial is None else [self.initial.low]
        return min(self.x.low + self.y.low, *starts, *(exponents(to.format)[0] for to in others), 1 << 16)

    @property
    def finite(self) -> bool:
        """Whether all operands are numbers."""
        return self.x.finite and self.y.finite and (self.initial is None or self.initial.finite)

    @property
    def widest(self) -> int:
        """The most significant bits of a number that is added."""
        term = self.x.bits + self.y.bits if self.products is None else significant(self.products.format)
        others = [] if self.initial is None else [self.initial.bits]
        return max(term, *others, *(significant(to.format) for to in self.sums))


def alignments(accumulator: Accumulator) -> list[tuple[Sequential, int]]:
    """The accumulators with aligned groups, and the bits of the groups' sums."""
    match accumulator:
        case Sequential(alignment=alignment) if alignment is not None:
            return [(accumulator, aligned_sums.width(alignment, accumulator.group))]
        case Blocked(inner=inner, outer=outer) | Interleaved(inner=inner, outer=outer):
            return alignments(inner) + alignments(outer)
    return []


def has_kahan(accumulator: Accumulator) -> bool:
    """Whether what is lost is added again."""
    match accumulator:
        case Blocked(inner=inner, outer=outer) | Interleaved(inner=inner, outer=outer):
            return has_kahan(inner) or has_kahan(outer)
    return isinstance(accumulator, Kahan)


def suits(job: Job) -> bool:
    """Registers and operands that binary64 holds, far from its ends, or binary64 itself as a register of sums of two."""
    held = registers(job.accumulator)
    if held is None or not isinstance(job.multiplier, ExactProduct | RoundedProduct):
        return False
    products = (job.multiplier.to,) if isinstance(job.multiplier, RoundedProduct) else ()
    groups = alignments(job.accumulator)
    return (
        all(is_plain(format) for format in job.formats if format is not None)
        and sum(significant(format) for format in job.formats[:2] if format is not None) <= bits_of(BINARY64)
        and all(is_known(to) and (is_plain(to.format) or not groups) for to in (*products, *held))
        and all(bits <= bits_of(BINARY64) for _, bits in groups)
    )


def is_known(to: Projection) -> bool:
    """Whether a register may have a way: no random bits, and it gives what it holds as it is."""
    host = is_host(to.format, BINARY64)
    plain = is_reached(to) and is_plain(to.format)
    return not to.rounding.bits and to.subnormals != "flush_inputs" and (plain or (host and is_rounded_in_bits(to)))


def bound_of(job: Job, parts: Parts) -> float:
    """A bound of the magnitude of every sum on the way, as if no register had an end; infinite where none is known.

    A write to p bits makes a number at most 1 + 2**(1 - p) times greater, or, below the least normal number, greater by one
    step at most. As many numbers are added as there are terms, lanes and an initial value, and a sum passes through as many
    writes at most, and one more for each level of a tree or of registers in registers. A term that is cut to a multiple of
    2**(E - bits) grows by 2**E at most, E being the greatest exponent.
    """
    if not all(isinstance(to.format.grid, FloatGrid | UniformGrid) for to in parts.registers):
        return np.inf
    count = job.length + 1 + lanes(job.accumulator)
    precisions = [to.format.grid.precision for to in parts.registers if isinstance(to.format.grid, FloatGrid)]
    growth = 1 + 2.0 ** (1 - min(precisions, default=bits_of(BINARY64)))
    step = max(2.0 ** max(to.format.grid.quantum, -1000) for to in parts.registers)
    tops = [least_top(z, format) for z, format in zip((parts.x, parts.y), job.formats[:2], strict=True)]
    term = 3 * tops[0] * tops[1] if alignments(job.accumulator) else parts.x.most * parts.y.most
    start = 0.0 if parts.initial is None else parts.initial.most
    with np.errstate(all="ignore"):
        whole = np.float64(count) * (term + 2 * step) + 2 * start
        return float(whole * np.float64(growth) ** (2 * count + 64) * (8 if has_kahan(job.accumulator) else 1))


def lanes(accumulator: Accumulator) -> int:
    """The sums of lanes, which are terms again; of blocks there are no more than terms."""
    match accumulator:
        case Interleaved(lanes=count, inner=inner, outer=outer):
            return count + lanes(inner) + lanes(outer)
        case Blocked(inner=inner, outer=outer):
            return 1 + lanes(inner) + lanes(outer)
    return 0


def least_top(x: Numbers, format: Format | None) -> float:
    """The greatest magnitude, or twice the least normal number, at whose exponent subnormal numbers are held."""
    assert format is not None, "factors have one"
    return max(x.most, 2.0 ** (format.grid.emin + 1)) if isinstance(format.grid, FloatGrid) else x.most


def top_of(to: Projection) -> float:
    """The lesser of the last numbers on either side."""
    format = to.format
    if is_host(format, BINARY64):
        return float(np.finfo(BINARY64).max)
    top = format.top if not format.signed else min(format.top, format.top_negative)
    return float(format.grid.magnitude(top)) if format.signed else 0.0


def state_of(job: Job, parts: Parts, kind: np.dtype[Any]) -> State | None:
    """The state of sums in a type of the host; ``None`` where the type does not hold all numbers on the way."""
    bits, low, bound = bits_of(kind), parts.low, bound_of(job, parts)
    tops = [top_of(to) for to in parts.registers]
    groups = alignments(job.accumulator)
    tame = parts.finite and bound < min(tops)
    room = max(parts.x.most * parts.y.most, 0.0 if parts.initial is None else parts.initial.most)
    if not tame:  # The last number of a register may end below the others.
        low = min(low, *(exponents(to.format)[1] - significant(to.format) + 1 for to in parts.registers))
        if not all(is_host(to.format, kind) for to in parts.registers):
            room = max(room, *tops) * (job.length + 2)
    if kind == BINARY32:
        info = np.finfo(kind)
        least = int(info.minexp) - info.nmant
        operands = (parts.x, parts.y) if parts.initial is None else (parts.x, parts.y, parts.initial)
        if any(z.values.dtype != kind for z in operands) or low < least or room >= float(info.max) / 4:
            return None
        # Powers of two that make a group integers, and the integers themselves, are in range.
        if groups and not all(_aligns(low, bound, bits_kept.alignment.bits) for bits_kept, _ in groups if bits_kept.alignment):
            return None
        if any(width > bits for _, width in groups):
            return None
    if parts.x.bits + parts.y.bits > bits and not multiplies_at_once(job, parts, kind, tame=tame):
        return None
    widest = max(parts.widest, *(width for _, width in groups)) if groups else parts.widest
    flags = np.zeros(job.shape, np.uint8) if job.flags else None
    # A number that stands for an infinity is within no bound.
    finite = parts.finite and all(end is None or np.isfinite(end) for to in parts.registers for end in ends(to)[0])
    exact = (tame or finite) and bound < 2.0 ** min(low + bits, 1023)
    return State(job.shape, kind, flags, np.zeros(job.shape, bool), low, exact, widest, finite, tame)


def _aligns(low: int, bound: float, bits: int) -> bool:
    """Whether the units of groups are numbers of binary32, and no term is lost below its least number."""
    top = np.frexp(bound)[1]
    return bool(np.isfinite(bound)) and low - bits > -126 and top < 120 and low + bits - top > -148


def multiplies_at_once(job: Job, parts: Parts, kind: np.dtype[Any], *, tame: bool) -> bool:
    """Whether the host's product, rounded, is what the register of products holds."""
    to = parts.products
    if to is None or job.flags or not is_host(to.format, kind):
        return False
    ends_alike = tame or to.overflow.name == "infinity"
    return ends_alike and to.rounding.name == "ties_to_even" and to.subnormals == "keep" and is_rounded_in_bits(to)


def run(job: Job) -> Sums:
    """The sums of a job."""
    parts = parts_of(job)
    for kind in KINDS:
        state = state_of(job, parts, kind)
        if state is None:
            continue
        cells = cells_of(job, parts, state)
        if cells is not None:
            return _run(job, parts, state, cells)
    codes = np.zeros(job.shape, code_dtype(job.accumulator.to.format))
    return Sums(codes, np.zeros(job.shape, np.uint8) if job.flags else None, np.ones(job.shape, bool))


def parts_of(job: Job) -> Parts:
    """The parts of a job."""
    held = registers(job.accumulator)
    assert held is not None, "it suits"
    x, y = (numbers_of(z, format) for z, format in zip((job.x, job.y), job.formats[:2], strict=True) if format is not None)
    initial = None
    if job.initial is not None and job.formats[2] is not None:
        initial = numbers_of(job.initial, job.formats[2])
    products = job.multiplier.to if isinstance(job.multiplier, RoundedProduct) else None
    if products is not None and products.subnormals == "flush":
        x, y = (flushed(z, format) for z, format in zip((x, y), job.formats[:2], strict=True))
    return Parts(x, y, initial, products, held)


def flushed(x: Numbers, format: Format | None) -> Numbers:
    """Numbers with the subnormal ones as zeros of their signs."""
    if format is None or not isinstance(format.grid, FloatGrid):
        return x
    return x._replace(values=np.where(np.abs(x.values) < 2.0**format.grid.emin, np.copysign(0, x.values), x.values))


def cells_of(job: Job, parts: Parts, state: State) -> dict[Projection | None, Register] | None:
    """A register for each projection, that of products by ``None``; ``None`` where one has no way in the host's type."""
    two, watch = adds_two(job.accumulator), is_sticky(job.accumulator)
    found: dict[Projection | None, Register | None] = {to: register(to, state, two=two, watch=watch) for to in parts.sums}
    to = parts.products
    if to is not None:
        at_once = multiplies_at_once(job, parts, state.kind, tame=state.tame)
        found[None] = HostRegister(to, state) if at_once else register(to, state, two=False, watch=False)
    known = {to: cell for to, cell in found.items() if cell is not None}
    return known if len(known) == len(found) else None


def _run(job: Job, parts: Parts, state: State, cells: dict[Projection | None, Register]) -> Sums:
    x, y = (z.values.astype(state.kind, copy=False) for z in (parts.x, parts.y))
    products = cells.get(None)

    def fill(k: int, out: Floats) -> None:
        np.multiply(x[k], y[k], out=out)
        if products is not None:
            products.put(out, None)

    start = None
    if parts.initial is not None:
        start = np.broadcast_to(parts.initial.values.astype(state.kind, copy=False), job.shape)
    order = Order(state, {to: cell for to, cell in cells.items() if to is not None})
    v = order.total(job.accumulator, [Step(partial(fill, k), *held) for k, held in enumerate(held_by(job, parts))], start)
    to = job.accumulator.to
    if state.flags is not None:
        raise_of_operands(job, parts, state.flags)
    cell = cells[to]
    if isinstance(cell, AnyRegister):
        last = AnyRegister(to, State(job.shape, state.kind, None, state.hard, 0, False, 0, False, False))
        return Sums(last.codes(v), state.flags, state.hard)
    return Sums(codes_of(v, to), state.flags, state.hard)


def held_by(job: Job, parts: Parts) -> list[tuple[int, Callable[[], Any] | None]]:
    """For each term the least exponent at which it is held, or what gives its exponents."""
    if parts.products is not None:
        grid = parts.products.format.grid
        return [(grid.emin if isinstance(grid, FloatGrid) else NOWHERE, None)] * job.length
    if not any(of.alignment is not None and of.alignment.exponent == "factors" for of, _ in alignments(job.accumulator)):
        return [(NOWHERE, None)] * job.length
    x, y = held_exponents(parts.x, job.formats[0]), held_exponents(parts.y, job.formats[1])
    return [(NOWHERE, partial(np.add, x[k], y[k])) for k in range(job.length)]


def raise_of_operands(job: Job, parts: Parts, flags: NDArray[np.uint8]) -> None:
    """Invalid for signaling NaNs, and for products of zeros and infinities."""
    signaling = signals(job)
    if signaling is not None:
        flags[signaling] |= np.uint8(Flags.INVALID)
    if not (parts.x.finite and parts.y.finite):
        x, y = parts.x.values, parts.y.values
        pairs = ((x == 0, np.isinf(y)), (np.isinf(x), y == 0))
        met = sum(product(a.astype(np.float32), b.astype(np.float32)) for a, b in pairs)
        flags[np.asarray(met) > 0] |= np.uint8(Flags.INVALID)


KERNEL = Kernel("floating-point numbers of the host, step by step", suits, run, (64, 512), threaded=True)
