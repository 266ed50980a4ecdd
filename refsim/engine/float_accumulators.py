"""What an accumulator of floating-point numbers is made of: its registers, and what is added to them."""

from __future__ import annotations

from ..spec.accumulators import Blocked, Interleaved, Kahan, Pairwise, Sequential, Total, Tree
from ..spec.alignment import Alignment
from ..spec.projection import Projection
from ..spec.terms import Accumulator
from .aligned_sums import width
from .floats import significant


def parts(accumulator: Accumulator) -> tuple[Accumulator, ...]:
    """The accumulators inside one."""
    match accumulator:
        case Blocked(inner=inner, outer=outer) | Interleaved(inner=inner, outer=outer):
            return inner, outer
    return ()


def registers(accumulator: Accumulator) -> tuple[Projection, ...] | None:
    """The projections of all registers; ``None`` where the accumulator is not among those known here."""
    match accumulator:
        case Sequential(to=to) | Total(to=to) | Pairwise(to=to) | Kahan(to=to):
            return (to,)
        case Tree(levels=levels):
            return levels
        case Blocked(inner=inner, outer=outer) | Interleaved(inner=inner, outer=outer):
            found = registers(inner), registers(outer)
            return None if found[0] is None or found[1] is None else (*found[0], *found[1])
    return None


def is_sticky(accumulator: Accumulator) -> bool:
    """Whether a sum somewhere is left as it is once it has overflowed."""
    return (isinstance(accumulator, Sequential) and accumulator.sticky) or any(map(is_sticky, parts(accumulator)))


def has_kahan(accumulator: Accumulator) -> bool:
    """Whether what is lost somewhere is added again."""
    return isinstance(accumulator, Kahan) or any(map(has_kahan, parts(accumulator)))


def lanes(accumulator: Accumulator) -> int:
    """The sums of parts, which are terms again, that may be more than there are terms: those of lanes, and one of no block."""
    own = accumulator.lanes if isinstance(accumulator, Interleaved) else 1
    return own + sum(map(lanes, parts(accumulator)))


def aligned(accumulator: Accumulator) -> list[tuple[Alignment, int]]:
    """How groups are aligned, and the bits of their sums."""
    if isinstance(accumulator, Sequential) and accumulator.alignment is not None:
        return [(accumulator.alignment, width(accumulator.alignment, accumulator.group))]
    return [found for part in parts(accumulator) for found in aligned(part)]


def adds_two(accumulator: Accumulator) -> bool:
    """Whether every write is a number of the register or the sum of two: an aligned group has few enough bits to be one."""
    match accumulator:
        case Sequential(group=group, alignment=alignment):
            return group == 1 or alignment is not None
        case Total():
            return False
        case Tree(radix=radix):
            return radix == 2
    return all(map(adds_two, parts(accumulator)))


def widest(accumulator: Accumulator, bits: int) -> dict[Projection, int]:
    """The most significant bits of what is added to each register, terms having so many."""
    match accumulator:
        case Tree(levels=levels):
            return dict.fromkeys(levels, max(bits, *(significant(to.format) for to in levels)))
        case Sequential(alignment=alignment, group=group) if alignment is not None:
            bits = max(bits, width(alignment, group))
        case Blocked(inner=inner, outer=outer) | Interleaved(inner=inner, outer=outer):
            first, second = widest(inner, bits), widest(outer, max(bits, significant(inner.to.format)))
            return {to: max(found.get(to, 0) for found in (first, second)) for to in (*first, *second)}
    return {accumulator.to: max(bits, significant(accumulator.to.format))}
