"""Floating-point accumulators on arrays: sums of products in the order of the accumulator, in the host's arithmetic.

Which way leads to the register (``float_registers``) depends on bounds: of what the formats allow, and of the operands that are
there. Both are stated in ``Bounds``. What no way decides is left to the specification.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format, UniformGrid
from ..spec.products import RoundedProduct
from ..spec.projection import Projection
from .array import code_dtype
from .decode import exponents, is_signaling
from .float_accumulators import adds_two, aligned, has_kahan, is_sticky, lanes, registers, widest
from .float_bits import codes_of, is_rounded_in_bits
from .float_orders import Order, Step, register
from .float_registers import AnyRegister, HostRegister, Register, ends
from .float_states import Floats, State
from .float_terms import (
    BINARY32,
    BINARY64,
    NOWHERE,
    REACH,
    Looked,
    Numbers,
    Products,
    Terms,
    is_foreign,
    is_host,
    is_plain,
    numbers_of,
)
from .floats import bits_of, significant
from .integer_sums import SMALL, WORTH
from .jobs import Job, Kernel, Sums
from .matrix_sums import greatest
from .products import TABLE_BITS, product_table
from .projection import is_reached

KINDS = (BINARY32, BINARY64)


class Parts(NamedTuple):
    """What a job's sums are made of: terms, initial values, the register of products if there is one, and those of sums."""

    terms: Terms
    initial: Numbers | None
    products: Projection | None
    sums: tuple[Projection, ...]

    @property
    def registers(self) -> tuple[Projection, ...]:
        """All registers."""
        return self.sums if self.products is None else (self.products, *self.sums)

    @property
    def low(self) -> int:
        """Every term and initial value is a multiple of 2**low; so is what any register makes of such numbers.

        Where the places of a float or of fixed point are coarser than 2**low the neighbours of a number are multiples too, and
        elsewhere the number is one of its own places. Of other formats the least place is taken.
        """
        others = [to for to in self.registers if not isinstance(to.format.grid, FloatGrid | UniformGrid)]
        starts = [] if self.initial is None else [self.initial.low]
        return min(self.terms.low, *starts, *(exponents(to.format)[0] for to in others), 1 << 16)

    @property
    def finite(self) -> bool:
        """Whether all terms and initial values are numbers."""
        return self.terms.finite and (self.initial is None or self.initial.finite)

    @property
    def term_bits(self) -> int:
        """The significant bits of a term."""
        return self.terms.bits if self.products is None else significant(self.products.format)


def suits(job: Job) -> bool:
    """Registers and terms that binary64 holds, far from its ends, or binary64 itself as a register of sums of two."""
    held = registers(job.accumulator)
    if held is None:
        return False
    products = (job.multiplier.to,) if isinstance(job.multiplier, RoundedProduct) else ()
    groups = aligned(job.accumulator)
    return (
        all(is_known(to) and (is_plain(to.format) or not groups) for to in (*products, *held))
        and all(bits <= bits_of(BINARY64) for _, bits in groups)
        and (job.formats[2] is None or is_plain(job.formats[2]))
        and (has_table(job) if is_foreign(job.multiplier) else are_exact(job.formats[:2]))
    )


def are_exact(formats: tuple[Format, Format]) -> bool:
    """Whether the host multiplies numbers of two formats without error."""
    return all(map(is_plain, formats)) and sum(map(significant, formats)) <= bits_of(BINARY64)


def has_table(job: Job) -> bool:
    """Whether the products have a table of numbers that binary64 holds, at exponents that do not matter, which pays."""
    entries = 1 << min(sum(format.width for format in job.formats[:2]), TABLE_BITS)
    if entries > max(SMALL, job.size * job.length * WORTH):
        return False
    if any(of.exponent == "factors" for of, _ in aligned(job.accumulator)):
        return False
    table = product_table(job.multiplier, job.formats[:2])  # type: ignore[arg-type]  # a record has a hash
    if table is None or table.quantum <= -REACH:
        return False
    most = greatest(table.integers)
    return most <= 1 << bits_of(BINARY64) and table.quantum + most.bit_length() < REACH


def is_known(to: Projection) -> bool:
    """Whether a register may have a way: no random bits, and it gives what it holds as it is."""
    host = is_host(to.format, BINARY64)
    plain = is_reached(to) and is_plain(to.format)
    # Where tiny results are flushed no register holds a subnormal number, unless its last number is one.
    kept = to.subnormals == "keep" or (to.subnormals != "flush_inputs" and to.format.top >= (to.format.least_normal or 0))
    return not to.rounding.bits and kept and (plain or (host and is_rounded_in_bits(to)))


def bound_of(job: Job, parts: Parts) -> float:
    """A bound of the magnitude of every sum on the way, as if no register had an end; infinite where none is known.

    A write to p bits makes a number at most 1 + 2**(1 - p) times greater, to the nearest one 1 + 2**-p times, or, below the
    least normal number, greater by one step at most. There are as many numbers to add as terms, lanes and an initial value,
    and one passes through as many writes at most, one more for the product and each level of a tree or of registers in
    registers. With Kahan's correction, which is less than three units in the last place of what it corrects, a step is worth
    six writes. A term that is cut to a multiple of 2**(E - bits) grows by 2**E at most, E being the greatest exponent at which
    a term or a register's number is held.
    """
    if not all(isinstance(to.format.grid, FloatGrid | UniformGrid) for to in parts.registers):
        return np.inf
    count = job.length + 1 + lanes(job.accumulator)
    kahan = has_kahan(job.accumulator)
    writes = (6 if kahan else 1) * count + 2 * len(parts.registers) + 64
    units = [
        2.0 ** (1 - significant(to.format) - nearest(to)) for to in parts.registers if isinstance(to.format.grid, FloatGrid)
    ]
    groups = aligned(job.accumulator)
    places = [
        to.format.grid.emin + 1 if groups and isinstance(to.format.grid, FloatGrid) else to.format.grid.quantum
        for to in parts.registers
    ]
    step = 2.0 ** max(*places, -1000)
    term = 3 * parts.terms.top if groups else parts.terms.most
    start = 0.0 if parts.initial is None else parts.initial.most
    with np.errstate(all="ignore"):
        whole = np.float64(count) * (term + 2 * step) + 2 * start
        return float(whole * np.float64(1 + max(units, default=0)) ** writes * (8 if kahan else 1))


def nearest(to: Projection) -> bool:
    """Whether the rule takes a nearest number."""
    return to.rounding.name.startswith("ties")


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
    groups = aligned(job.accumulator)
    tame = parts.finite and bound < min(tops)
    room = max(parts.terms.most, 0.0 if parts.initial is None else parts.initial.most)
    if not tame:  # The last number of a register may end below the others.
        low = min(low, *(exponents(to.format)[1] - significant(to.format) + 1 for to in parts.registers))
        if not all(is_host(to.format, kind) for to in parts.registers):
            room = max(room, *tops) * (job.length + 2)
    if kind == BINARY32:
        info = np.finfo(kind)
        least = int(info.minexp) - info.nmant
        single = parts.terms.single and (parts.initial is None or parts.initial.values.dtype == kind)
        if not single or low < least or room >= float(info.max) / 4:
            return None
        # Powers of two that make a group integers, and the integers themselves, are in range.
        if groups and not all(_aligns(low, bound, of.bits) for of, _ in groups):
            return None
        if any(width > bits for _, width in groups):
            return None
    if parts.terms.bits > bits and not multiplies_at_once(job, parts, kind, tame=tame):
        return None
    # An initial value is a term, or the first of what the outer register holds.
    added = widest(job.accumulator, max(parts.term_bits, 0 if parts.initial is None else parts.initial.bits))
    flags = np.zeros(job.shape, np.uint8) if job.flags else None
    # A number that stands for an infinity is within no bound.
    finite = parts.finite and all(end is None or np.isfinite(end) for to in parts.registers for end in ends(to)[0])
    exact = (tame or finite) and bound < 2.0 ** min(low + bits, 1023)
    return State(job.shape, kind, flags, np.zeros(job.shape, bool), low, exact, added, finite, tame, bound)


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
    initial = None
    if job.initial is not None and job.formats[2] is not None:
        initial = numbers_of(job.initial, job.formats[2])
    products = job.multiplier.to if isinstance(job.multiplier, RoundedProduct) else None
    table = product_table(job.multiplier, job.formats[:2]) if is_foreign(job.multiplier) else None  # type: ignore[arg-type]
    flushes = products is not None and products.subnormals == "flush"
    terms = Products(job, flushes=flushes) if table is None else Looked(job, table)
    return Parts(terms, initial, products, held)


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
    """The sums by way of registers."""
    products, to = cells.get(None), job.accumulator.to
    make = parts.terms.filling(state.kind, state.flags, state.hard)

    def fill(k: int, out: Floats) -> None:
        make(k, out)
        if products is not None:
            products.put(out, None)

    start = None
    if parts.initial is not None:
        start = np.broadcast_to(parts.initial.values.astype(state.kind, copy=False), job.shape)
    order = Order(state, {to: cell for to, cell in cells.items() if to is not None})
    least, held = held_by(job, parts)
    steps = [Step(partial(fill, k), least, None if held is None else partial(held, k)) for k in range(job.length)]
    v = order.total(job.accumulator, steps, start)
    if state.flags is not None:
        parts.terms.raise_of_operands(state.flags)
        if parts.initial is not None and not parts.initial.finite and job.initial is not None and job.formats[2] is not None:
            state.flags[np.broadcast_to(is_signaling(job.initial, job.formats[2]), job.shape)] |= np.uint8(Flags.INVALID)
    if isinstance(parts.terms, Looked) and to.format.has_negative_zero:
        state.hard |= v == 0  # Its sign depends on those of the terms, and nothing else does.
    if isinstance(cells[to], AnyRegister):
        last = AnyRegister(to, State(job.shape, state.kind, None, state.hard, 0, False, {}, False, False, np.inf))
        return Sums(last.codes(v), state.flags, state.hard)
    return Sums(codes_of(v, to), state.flags, state.hard)


def held_by(job: Job, parts: Parts) -> tuple[int, Callable[[int], Any] | None]:
    """The least exponent at which a term is held, or what gives its exponents."""
    if parts.products is not None:
        grid = parts.products.format.grid
        return grid.emin if isinstance(grid, FloatGrid) else NOWHERE, None
    if not any(of.exponent == "factors" for of, _ in aligned(job.accumulator)):
        return NOWHERE, None
    return NOWHERE, parts.terms.held()


KERNEL = Kernel("floating-point numbers of the host, step by step", suits, run, (256, 256), threaded=True)
