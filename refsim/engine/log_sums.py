"""Sums in the logarithmic domain on arrays: one step for all sums for each term.

Logarithms are integers in a unit at least four times as fine as the register's step and the terms' steps. A correction 2**-d is
rounded to odd there: the sum keeps on which side of every middle it lies, so the register's rule sees what it has to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import Exact, is_negative, power_of_two
from ..spec.formats import Format, Number
from ..spec.log_accumulators import LogDomain, LogSum, logarithm
from ..spec.products import ExactProduct
from ..spec.projection import Projection
from ..spec.shift_multipliers import LogProduct
from ..spec.surds import algebraic
from ..spec.terms import NO_PORT
from .array import code_dtype
from .integer_registers import Register, is_register, raised, register_of
from .integer_terms import is_crossing
from .jobs import Job, Kernel, Sums
from .matrix_sums import MOST, greatest
from .shift_products import WIDEST, Whole, asked, kinds, whole

Ints = NDArray[Any]
Bools = NDArray[np.bool_]
ZERO, POSITIVE, NEGATIVE, REFUSED = range(4)
"""What a term is: it changes nothing, it goes to a register, or the specification refuses it."""
LONGEST, SHORT = 62, 30
"""The most bits of integers on the way, and of those of 32 bits."""
MOST_CORRECTIONS = 1 << 18


class Signed(NamedTuple):
    """Logarithms by codes or pairs of codes: of each the exponent, exactly, and what it is."""

    exponents: tuple[Fraction, ...]
    kinds: tuple[int, ...]


class Plan(NamedTuple):
    """Everything that does not depend on the codes: the unit 2**-bits, what pairs of codes and an initial value mean in it and
    which flags making the terms raises, the corrections by the distance in steps of 2**-fraction, nothing behind the last one,
    and the register."""

    bits: int
    logs: Ints
    kinds: NDArray[np.int8]
    flags: NDArray[np.uint8]
    first_logs: Ints
    first_kinds: NDArray[np.int8]
    fraction: int
    corrections: Ints
    register: Register

    @property
    def far(self) -> int:
        """A logarithm below every term's, farther from each of them than the corrections reach, whose floor it is."""
        return int(np.iinfo(self.corrections.dtype).min >> 1)


def signed(values: Sequence[Exact | None]) -> Signed:
    """The logarithms of terms; what is ``None`` is refused."""
    exponents, found = list[Fraction](), list[int]()
    for value in values:
        try:
            exponent = None if value is None else logarithm(value)
            kind = REFUSED if value is None else ZERO if exponent is None else NEGATIVE if is_negative(value) else POSITIVE
        except ValueError:
            exponent, kind = None, REFUSED
        exponents.append(exponent or Fraction(0))
        found.append(kind)
    return Signed(tuple(exponents), tuple(found))


@lru_cache(maxsize=64)
def plan_of(
    multiplier: ExactProduct | LogProduct, formats: tuple[Format, Format, Format | None], accumulator: LogDomain
) -> Plan | None:
    """The plan of sums; ``None`` where the formats are too wide, or a correction is not known."""
    alike, start = kinds(formats[:2]), formats[2]
    to = accumulator.register.to
    if alike is None or not is_register(to) or (start is not None and start.width > WIDEST):
        return None
    products = [asked(multiplier, formats[:2], int(pair)) for pair in alike.first]
    terms = signed([None if product is None else product.term.value for product in products])
    first = signed([] if start is None else [Number(code, start).exact for code in range(1 << start.width)])
    fraction = max((e.denominator.bit_length() - 1 for e in (*terms.exponents, *first.exponents)), default=0)
    held = -to.format.grid.quantum
    bits = max(held, fraction, 0) + 2
    reach = max(max(map(abs, (*terms.exponents, *first.exponents)), default=0) // 1 + 2, 2 << max(to.format.width - held, 0))
    if bits + reach.bit_length() + 3 > LONGEST or reach << fraction > MOST_CORRECTIONS:
        return None
    kind = np.int32 if bits + reach.bit_length() + 3 <= SHORT else np.int64
    corrections = corrections_of(accumulator.register, fraction, bits, 2 * reach, np.dtype(kind))
    if corrections is None:
        return None
    scaled, first_scaled = (np.array([int(e * (1 << bits)) for e in s.exponents], kind) for s in (terms, first))
    what, first_what = (np.array(s.kinds, np.int8) for s in (terms, first))
    flags = np.array([0 if product is None else int(product.flags) for product in products], np.uint8)
    which = alike.which
    pairs = scaled[which], what[which], flags[which]
    return Plan(bits, *pairs, first_scaled, first_what, fraction, corrections, register_of(to, -bits))


def corrections_of(register: LogSum, fraction: int, bits: int, reach: int, kind: np.dtype[Any]) -> Ints | None:
    """2**-d for every distance below ``reach`` in steps of 2**-fraction, in units of 2**-bits, rounded to odd, and nothing for
    the last one; ``None`` where one is not known."""
    found = []
    for i in range(min(reach, bits + 3) << fraction):
        try:
            exact = algebraic(register.powers.power(-Fraction(i, 1 << fraction))) * (1 << bits)
        except ValueError:
            return None
        below = exact // 1
        found.append(below if exact == below else below | 1)
    # From there on a power is less than a unit.
    return np.array([*found, *[1] * ((reach << fraction) - len(found)), 0], kind)


def plan(job: Job) -> Plan | None:
    """The plan of a job."""
    if not isinstance(job.accumulator, LogDomain) or not is_crossing(job):
        return None
    if not isinstance(job.multiplier, ExactProduct | LogProduct) or job.accumulator.to.rounding.bits:
        return None
    return plan_of(job.multiplier, job.formats, job.accumulator)


class Running:
    """The register of one sign of all sums: its logarithms, and where it has been started.

    One that has not holds something far below every term: then that is no maximum and its correction is nothing, so the sum is
    the term.
    """

    def __init__(self, plan: Plan, shape: tuple[int, ...]) -> None:
        self.plan = plan
        self.held: Ints = np.full(shape, plan.far, plan.corrections.dtype)
        self.started: Bools = np.zeros(shape, bool)
        self.distance, self.v = np.empty_like(self.held), np.empty_like(self.held)

    def add(self, p: Ints, hit: Bools, flags: NDArray[np.uint8] | None, hard: Bools) -> None:
        """Add the terms that belong to this sign."""
        found, distance, v = self.plan, self.distance, self.v
        np.bitwise_and(self.held, -1 << found.bits, out=distance)
        distance -= p
        np.abs(distance, out=distance)
        distance >>= found.bits - found.fraction
        found.corrections.take(distance, out=v, mode="clip")
        v += np.maximum(self.held, p, out=distance)
        written = found.register.write(v, watch=flags is not None or found.register.refuses)
        if flags is not None:
            flags |= np.where(hit, raised(written, found.register.to), np.uint8(0))
        if found.register.refuses and written.over is not None:
            hard |= hit & written.over
        np.copyto(self.held, v, where=hit)
        self.started |= hit


def run(job: Job) -> Sums:
    """The sums of a job."""
    found = plan(job)
    assert found is not None, "it suits"
    assert isinstance(job.accumulator, LogDomain), "it suits"
    flags = np.zeros(job.shape, np.uint8) if job.flags else None
    hard = np.zeros(job.shape, bool)
    signs = {POSITIVE: Running(found, job.shape), NEGATIVE: Running(found, job.shape)}

    def add(p: Ints, kind: Ints) -> None:
        for sign, running in signs.items():
            hit = kind == sign
            if hit.any():
                running.add(p, hit, flags, hard)
        np.logical_or(hard, kind == REFUSED, out=hard)

    if job.initial is not None:
        first = np.broadcast_to(job.initial, job.shape).astype(np.intp)
        add(found.first_logs.take(first), found.first_kinds.take(first))
    x, y = job.x.astype(np.intp) << job.formats[1].width, job.y.astype(np.intp)
    for k in range(job.length):
        pair = x[k] + y[k]
        add(found.logs.take(pair), found.kinds.take(pair))
        if flags is not None:
            flags |= found.flags.take(pair)
    codes, more = ended(found, job.accumulator, signs[POSITIVE], signs[NEGATIVE], np.logical_not(hard))
    return Sums(codes, None if flags is None else flags | more, hard)


def ended(
    found: Plan, accumulator: LogDomain, positive: Running, negative: Running, wanted: Bools
) -> tuple[Ints, NDArray[np.uint8]]:
    """The codes of the differences and their flags: of fixed point by integers, else each pair of logarithms by the
    specification."""
    to, step = accumulator.to, power_of_two(accumulator.register.to.format.grid.quantum)
    signs = [np.where(r.started, (r.held >> found.register.shift) * 2 + 1, 0)[wanted] for r in (positive, negative)]
    known, which = np.unique(np.stack(signs), return_inverse=True)
    powers = [accumulator.powers.power((n >> 1) * step) if n else None for n in known.tolist()]
    which = which.reshape(2, -1)
    codes, flags = np.zeros(wanted.shape, code_dtype(to.format)), np.zeros(wanted.shape, np.uint8)
    numbers = whole([Fraction(0) if power is None else power for power in powers]) if powers and is_register(to) else None
    written = None if numbers is None else _subtracted(numbers, which, to)
    if written is not None:
        codes[wanted], flags[wanted] = written
        return codes, flags
    pairs, places = np.unique(which[0] * len(known) + which[1], return_inverse=True)
    results = []
    for pair in pairs.tolist():
        parts = (powers[i] for i in divmod(pair, len(known)))
        results.append(NO_PORT.write(accumulator.difference(*parts), to, "sum", 0))
    if results:
        codes[wanted] = np.array([result.code for result in results], codes.dtype)[places]
        flags[wanted] = np.array([int(result.flags) for result in results], np.uint8)[places]
    return codes, flags


def _subtracted(numbers: Whole, which: Ints, to: Projection) -> tuple[Ints, NDArray[np.uint8]] | None:
    """Differences of integers in a register, and their flags; ``None`` where they are too long or one has no code."""
    unit = min(numbers.quantum, to.format.grid.quantum)
    register, left = register_of(to, unit), numbers.quantum - unit
    if register.refuses or max(2 * greatest(numbers.integers) << left, register.most << register.shift) > MOST:
        return None
    v = numbers.integers.take(which[0]) - numbers.integers.take(which[1]) << left
    written = register.write(v, watch=True)
    return register.codes(v), raised(written, to)


KERNEL = Kernel("logarithms", lambda job: plan(job) is not None, run, (128, 256), threaded=True)
