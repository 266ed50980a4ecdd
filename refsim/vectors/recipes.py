"""Recipes: which operands a tier of vectors has. Chosen by cell, never at random, so that a file has a reason for each row.

Where several operands lie in one cell the content hash of the vector decides, so a recipe needs no random stream.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import product

from ..spec.exact import Special, is_negative, magnitude
from ..spec.formats import Format, Unrepresentable
from ..spec.operations import OPERATIONS, Kind
from ..spec.projection import Projection
from .candidates import fused, integers, ordered, quotients, roots, shifts, sums
from .candidates.conversions import conversion_sources
from .candidates.functions import function_arguments
from .candidates.pools import ALL_CODES, Operands
from .cells import CLASSES, cell
from .header import identifier
from .operations import Configuration
from .subjects import Subject

RECIPE = 2
"""The version of the recipes; a change of any chosen operand bumps it."""
REPRESENTATIVES = 4
"""Vectors that each cell gets, where there are so many: one is too few to tell apart what a cell mixes."""
FEWER = 2
"""Vectors that each cell of an operation on three operands and more gets, which has many more cells."""

CANDIDATES: dict[str, Callable[[Configuration], Iterator[Operands]]] = {
    "add": sums.pairs,
    "subtract": sums.pairs,
    "multiply": sums.pairs,
    "leaky_relu": sums.pairs,
    "divide": quotients.divisions,
    "remainder": quotients.remainders,
    "fmod": quotients.remainders,
    "reciprocal": roots.reciprocals,
    "sqrt": roots.square_roots,
    "rsqrt": roots.reciprocal_roots,
    "hypot": roots.hypotenuses,
    "strict_hypot": roots.hypotenuses,
    "log_b": roots.magnitudes_of,
    "fma": fused.multiply_adds,
    "faa": fused.totals,
    "dot_product": fused.dot_products,
    "scale_b": fused.scalings,
    "scaled_add": fused.scaled_sums,
    "scaled_multiply": fused.scaled_products,
    "scaled_fma": fused.scaled_multiply_adds,
    "round_to_integral": integers.integers,
    "round_to_integral_exact": integers.integers,
    "to_integer": integers.integers,
    "clamp": ordered.clamps,
    "shift_left": shifts.shifts,
    "shift_right_logical": shifts.shifts,
    "shift_right_arithmetic": shifts.shifts,
}
"""The candidates of operations that have some of their own."""


def candidates(plain: Configuration) -> Iterator[Operands]:
    """The candidates of an operation: its own; of other operations on one number those of functions, of operations on codes
    single codes, and of two operands those that compare."""
    own, kind = CANDIDATES.get(plain.operation), OPERATIONS[plain.operation].kind
    if own is not None:
        return own(plain)
    if len(plain.operands) == 1:
        return function_arguments(plain) if kind is Kind.NUMBER else ordered.single_codes(plain)
    return ordered.ordered_pairs(plain)


def exhaustive(about: Subject) -> Iterator[Operands]:
    """Every combination of operands, in order."""
    return product(*(range(1 << field.bits) for field in about.operand_fields))


def edge(configuration: Configuration) -> list[tuple[str, Operands]]:
    """Operands with their classes, by class. A conversion gets every candidate; another operation gets some of every cell, the
    same in every mode, so that modes can be compared row by row."""
    to = configuration.to
    if configuration.described is None:
        chosen: Iterable[Operands] = exhaustive(configuration)
    elif configuration.operation == "convert" and to is not None:
        chosen = (
            (code, *draw) for code in conversion_sources(configuration.operands[0], to) for draw in _draws(configuration, code)
        )
    else:
        chosen = (
            (*codes, *draw)
            for codes in _chosen(configuration.operation, configuration.operands, to.format if to else None)
            for draw in _draws(configuration, *codes)
        )
    found = [(cell(configuration, operands)[0], operands) for operands in chosen if _has_result(configuration, operands)]
    return sorted(found, key=lambda item: (CLASSES.index(item[0]), item[1]))


@lru_cache(maxsize=64)
def _chosen(operation: str, operands: tuple[Format, ...], result: Format | None) -> tuple[Operands, ...]:
    """Of all candidates, in the order of their content hashes, those that lie in a cell with fewer than its share; of a single
    operand of few bits all."""
    plain = Configuration(operation, operands, Projection(result, "ties_to_even", "saturate") if result else None)
    found = sorted(set(candidates(plain)), key=identifier(plain))
    if len(operands) == 1 and operands[0].width <= ALL_CODES:
        return tuple(found)
    share = REPRESENTATIVES if len(operands) <= 2 else FEWER
    held: Counter[object] = Counter()
    kept = []
    for codes in found:
        if plain.to is None and not _has_result(plain, codes):
            continue
        keys = cell(plain, codes)[1]
        if any(held[key] < share for key in keys):
            held.update(keys)
            kept.append(codes)
    return tuple(kept)


def _draws(configuration: Configuration, *codes: int) -> Iterable[tuple[int, ...]]:
    """Random bits that matter: the least, the greatest, and those around the one from which on the magnitude goes up."""
    to = configuration.to
    if to is None or not to.rounding.bits:
        return [()]
    last = (1 << to.rounding.bits) - 1
    exact = configuration.exact((*codes, 0))
    if isinstance(exact, Special):
        return [(0,)]
    _, gap = to.round(magnitude(exact), is_negative(exact), 0)
    turn = int((1 - gap.t) * (last + 1))
    return [(r,) for r in sorted({0, last, *(r for r in range(turn - 1, turn + 2) if 0 <= r <= last)})]


def _has_result(configuration: Configuration, operands: Operands) -> bool:
    """Whether the specification gives a result: vectors hold no refusals."""
    try:
        configuration.results(operands)
    except Unrepresentable:
        return False
    return True
