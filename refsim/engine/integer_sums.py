"""Integer and fixed-point accumulators on arrays, for whole matrices.

Three facts make most sums matrix products:

* Wrapping is a homomorphism of the integers: the low bits of a sum are those of the sum of the low bits, in any order.
* The positive terms of a sum add up to P and the negative ones to -N; every sum of some of the terms lies in -N..P, in whatever
  order they are added. A register that has all of -N..P, and a step that divides every term, holds every such sum exactly, and
  raises nothing. P - N is the sum and P + N that of the magnitudes: two matrix products tell.
* An exact sum that is written once needs no order.

Only the sums that none of them covers are made step by step, each step for all of these at once, in the smallest integers that
hold everything on the way.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.accumulators import Total
from ..spec.formats import Format
from ..spec.products import ExactProduct, Multiplier, RoundedProduct
from ..spec.projection import Projection
from ..spec.terms import Accumulator
from . import fixed
from .integer_orders import Run, is_sticky, most_of, registers, spans
from .integer_products import terms_of
from .integer_registers import Register, is_register, raised, register_of
from .integer_terms import Terms, is_crossing
from .jobs import Job, Kernel, Sums
from .matrix_sums import MOST, greatest
from .products import TABLE_BITS, Integers, Source, integers_of, source_of

Ints = NDArray[Any]
Bools = NDArray[np.bool_]
Flags = NDArray[np.uint8] | None
FEW = 0.2
"""The part of the sums below which picking them out pays."""
PAIRS = 1 << 22
"""The most pairs that are made integers at once."""
SMALL, WORTH = 1 << 10, 16
"""A table of so few products is always made; a larger one for a sixteenth as many."""
FARTHEST = 256
"""The most bits between the units of terms and registers."""


class Plan(NamedTuple):
    """What is known of sums from their formats: how terms are made, what the initial value means, the registers, the unit in
    which all of them are integers, whether nothing is rounded on the way, and whether all that counts are the low bits."""

    source: Source
    initial: Integers | None
    registers: tuple[Projection, ...]
    unit: int
    exact: bool
    modular: bool

    @property
    def last(self) -> Register:
        """The register of the result."""
        return register_of(self.registers[-1], self.unit)

    def room(self, job: Job, most: int, initial: int) -> tuple[int, int] | None:
        """The least and the greatest value that all registers hold to which some sum may be too much, of terms up to ``most``
        and an initial value, in units; ``None`` where no sum is too much for any.
        """
        positive = self.source.low >= 0 and (self.initial is None or self.initial.low >= 0)
        ends = []
        for to, count in spans(job.accumulator, job.length):
            register = register_of(to, self.unit)
            low, high, bound = register.low << register.shift, register.high << register.shift, count * most + initial
            if bound > high or low > (0 if positive else -bound):
                ends.append((low, high))
        return (max(low for low, _ in ends), min(high for _, high in ends)) if ends else None

    def most(self, term: int, initial: int) -> tuple[int, int]:
        """Magnitudes of a term and of an initial value, in units."""
        left = self.source.quantum - self.unit
        start = 0 if self.initial is None else initial << self.initial.quantum - self.unit
        return term << left, start


@lru_cache(maxsize=1024)
def plan_of(multiplier: Multiplier, formats: tuple[Format, Format, Format | None], accumulator: Accumulator) -> Plan | None:
    """The plan of sums; ``None`` where something is no integer."""
    held, initial = registers(accumulator), None
    if held is None or not all(map(is_register, held)):
        return None
    source = source_of(multiplier, formats[:2])  # type: ignore[arg-type]  # a record has a hash
    if source is None:
        return None
    quanta = [source.quantum]
    if formats[2] is not None:
        initial = integers_of(formats[2])
        if initial is None:
            return None
        quanta.append(initial.quantum)
    steps = [to.format.grid.quantum for to in held]
    if max(*quanta, *steps) - min(*quanta, *steps) > FARTHEST:
        return None
    exact = max(steps) <= min(quanta)
    # A register before the last one must keep all bits that the last one has.
    ends = [to.format.grid.quantum + to.format.width for to in held]
    wraps = all(fixed.is_modular(to.overflow) for to in held) and not is_sticky(accumulator)
    modular = exact and wraps and min(ends) == ends[-1]
    return Plan(source, initial, held, min(*quanta, *steps), exact, modular)


def plan(job: Job) -> Plan | None:
    """The plan of a job."""
    if not is_crossing(job):
        return None
    return plan_of(job.multiplier, job.formats, job.accumulator)  # type: ignore[arg-type]  # records have a hash


def suited(job: Job) -> Plan | None:
    """The plan of a job that is worth it. A table of products may have to be made from the specification, and few products are
    sooner asked for there."""
    operands = [format for format in job.formats[:2] if format is not None]
    entries = 1 << min(sum(format.width for format in operands), TABLE_BITS)
    whole = isinstance(job.multiplier, ExactProduct | RoundedProduct) and None not in map(integers_of, operands)
    plain = whole or entries <= SMALL
    return plan(job) if plain or job.size * job.length * WORTH >= entries else None


def is_free(job: Job) -> bool:
    """Whether the order of the terms does not matter, whatever they are, and they are a matrix product."""
    found = suited(job)
    if found is None or not (found.source.is_matrix or job.x.ndim == 2):
        return False
    if isinstance(job.accumulator, Total) or (found.modular and not job.flags):
        return True
    term, initial = found.most(found.source.most, end(found.initial))
    return found.exact and found.room(job, term, initial) is None


def end(initial: Integers | None) -> int:
    """The greatest magnitude of an initial value."""
    return 0 if initial is None else max(-initial.low, initial.high)


def is_short(job: Job) -> bool:
    """Whether integers of 64 bits hold everything on the way."""
    found = suited(job)
    return found is not None and bits(found, job, *found.most(found.source.most, end(found.initial))) <= 64


def bits(found: Plan, job: Job, term: int, initial: int) -> int:
    """The bits of integers that hold everything on the way, in units; a sign and one to spare for a difference from an end."""
    return max(most_of(job.accumulator, job.length + 1, max(term, initial), found.unit)).bit_length() + 2


def run(job: Job) -> Sums:
    """The sums of a job; of pairs, whose operands are as many as their products, few at a time."""
    if job.x.ndim == 2 and job.x.size > PAIRS and job.size > 1:
        at_once = max(PAIRS // max(job.length, 1), 1)
        parts = [run(job.part((slice(i, i + at_once),))) for i in range(0, job.size, at_once)]
        codes, flags, hard = (
            None if any(z is None for z in column) else np.concatenate(column) for column in zip(*parts, strict=True)
        )
        assert codes is not None, "there are some"
        return Sums(codes, flags, hard)
    found = plan(job)
    assert found is not None, "it suits"
    terms = terms_of(job, found.source)
    start, hard = initial_of(job, found)
    flags = np.zeros(job.shape, np.uint8) if job.flags else None
    special = terms.special()
    if special is not None:
        hard |= special
    if flags is not None and (made := terms.raised()) is not None:
        flags |= made
    return Sums(sums(job, found, terms, start, flags, hard), flags, hard)


def initial_of(job: Job, found: Plan) -> tuple[Ints | None, Bools]:
    """The initial values as integers of their own unit, and where they are no numbers."""
    hard = np.zeros(job.shape, bool)
    if job.initial is None or found.initial is None:
        return None, hard
    special = found.initial.specials(job.initial)
    return np.broadcast_to(found.initial.of(job.initial), job.shape), hard if special is None else hard | special


def sums(job: Job, found: Plan, terms: Terms, start: Ints | None, flags: Flags, hard: Bools) -> Ints:
    """The codes of the sums; flags and what has no code are added to those of the terms."""
    most, first = found.most(terms.most(), 0 if start is None else greatest(start))
    bound = job.length * most + first
    if isinstance(job.accumulator, Total):
        return once(found, added(found, terms.sums(), start, bound), bound, flags, hard)
    if found.modular and flags is None:
        return low_bits(found, terms, start, bound)
    ordered = partial(in_order, job, found, terms, start)
    if not found.exact:
        return ordered(None, flags, hard)
    room = found.room(job, most, first)
    if room is None:
        return found.last.codes(added(found, terms.sums(), start, bound))
    if bound > MOST or are_many(leaves(found, terms.sample(), None, room)):
        return ordered(None, flags, hard)
    wild = leaves(found, terms, start, room)
    if are_many(wild):
        return ordered(None, flags, hard)
    total = terms.sums()
    codes, places = found.last.codes(added(found, total, start, bound)), np.nonzero(wild)
    if places[0].size:
        some_flags, some_hard = None if flags is None else flags[places], hard[places]
        codes[places] = ordered(places, some_flags, some_hard)
        hard[places] = some_hard
        if flags is not None and some_flags is not None:
            flags[places] = some_flags
    return codes


def added(found: Plan, total: Ints, start: Ints | None, bound: int) -> Ints:
    """Sums and initial values together, in the unit of the plan, by integers that hold the bound."""
    kind = np.dtype(np.int64 if bound <= MOST else object)
    left = found.source.quantum - found.unit
    if left:
        total = total.astype(kind) << left
    if start is None or found.initial is None:
        return total
    return np.asarray(total.astype(kind) + (start.astype(kind) << found.initial.quantum - found.unit))


def once(found: Plan, v: Ints, bound: int, flags: Flags, hard: Bools) -> Ints:
    """Exact sums, written once."""
    register = found.last
    reach = bound + register.most + (1 << register.shift)
    v = v.astype(np.int64 if reach <= MOST else object)
    written = register.write(v, watch=flags is not None or register.refuses)
    if flags is not None:
        flags |= raised(written, register.to)
    if register.refuses and written.over is not None:
        hard |= written.over
    return register.codes(v)


def low_bits(found: Plan, terms: Terms, start: Ints | None, bound: int) -> Ints:
    """The low bits of sums, by arithmetic modulo 2**64 where those are enough."""
    width = found.last.shift + found.last.to.format.width
    if width > 64:
        return found.last.codes(added(found, terms.sums(), start, max(bound, MOST + 1)))
    left, total = found.source.quantum - found.unit, terms.sums(modular=True)
    if left:
        total = total.astype(np.int64) << min(left, 64 - 1) << int(left > 64 - 1)
    if start is not None and found.initial is not None:
        place = found.initial.quantum - found.unit
        total = total.astype(np.int64) + (start.astype(np.int64) << min(place, 64 - 1) << int(place > 64 - 1))
    return found.last.codes(total)


def are_many(wild: Bools) -> bool:
    """Whether picking out the sums does not pay."""
    return bool(np.count_nonzero(wild) > FEW * wild.size)


def leaves(found: Plan, terms: Terms, start: Ints | None, room: tuple[int, int]) -> Bools:
    """Which sums may leave a register on the way: those of which the positive terms, or the negative ones, add up to more."""
    left, (low, high) = found.source.quantum - found.unit, (min(max(end, -MOST), MOST) for end in room)
    above: Any = high
    below: Any = -low
    if start is not None and found.initial is not None:
        first = start.astype(np.int64) << found.initial.quantum - found.unit
        above, below = high - np.maximum(first, 0), -low + np.minimum(first, 0)
    sizes = terms.sizes()
    assert sizes is not None, "their bound is within 62 bits"
    total, sizes = terms.sums().astype(np.int64), sizes.astype(np.int64)
    return np.asarray(((sizes + total) >> 1 > above >> left) | ((sizes - total) >> 1 > below >> left))


def in_order(
    job: Job, found: Plan, terms: Terms, start: Ints | None, places: tuple[Ints, ...] | None, flags: Flags, hard: Bools
) -> Ints:
    """The codes of all sums, or of those at some places, made step by step."""
    initial = 0 if start is None else greatest(start)
    size = bits(found, job, *found.most(terms.most(), initial))
    kind = np.dtype(next((f"int{width}" for width in (16, 32, 64) if size <= width), object))
    fill = terms.filling(kind, found.source.quantum - found.unit, places)
    if start is not None and found.initial is not None:
        start = (start if places is None else start[places]).astype(kind) << found.initial.quantum - found.unit
    shape = terms.codes.shape if places is None else places[0].shape
    order = Run(shape, kind, found.unit, flags, hard)
    return found.last.codes(order.total(job.accumulator, [partial(fill, k) for k in range(job.length)], start))


FREE = Kernel("integers by matrix products", is_free, run, (1024, 1024), threaded=False)
SHORT = Kernel("integers of 64 bits, step by step", is_short, run, (256, 256), threaded=True)
LONG = Kernel("integers of any length, step by step", lambda job: suited(job) is not None, run, (64, 64), threaded=False)
KERNELS = (FREE, SHORT, LONG)
