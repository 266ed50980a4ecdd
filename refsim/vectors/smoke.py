"""The smoke tier: a few vectors that between them notice every mutant that the edge tier notices, where so few can."""

from __future__ import annotations

from collections.abc import Iterable

from .candidates.pools import Operands
from .mutants import Mutant, killed
from .operations import Configuration
from .recipes import edge
from .subjects import mutants_of

SIZE = 16
PER_CLASS = 12
"""How many vectors of each class of the edge tier are considered, and besides them those that alone notice a mutant."""


def smoke(configuration: Configuration) -> list[tuple[str, Operands]]:
    """At most ``SIZE`` vectors of the edge tier: greedily those that notice most mutants not yet noticed, then one each of
    the classes that are still missing; by class."""
    considered: list[tuple[str, Operands]] = []
    edges = edge(configuration)
    for name in dict.fromkeys(name for name, _ in edges):
        members = [item for item in edges if item[0] == name]
        considered += members[:: max(1, -(-len(members) // PER_CLASS))]
    relevant = mutants_of(configuration)

    def notices(operands: Operands, mutants: Iterable[Mutant]) -> set[str]:
        expected = configuration.results(operands)
        return {m.name for m in mutants if killed(m, configuration, operands, expected, flags=True)}

    noticed = {item: notices(item[1], relevant) for item in considered}
    unnoticed = [m for m in relevant if not any(m.name in names for names in noticed.values())]
    for item in edges:
        if unnoticed and notices(item[1], unnoticed):
            considered.append(item)
            noticed[item] = notices(item[1], relevant)
            unnoticed = [m for m in unnoticed if m.name not in noticed[item]]
    chosen: list[tuple[str, Operands]] = []
    missing = set().union(*noticed.values())
    while missing and len(chosen) < SIZE:
        best = max(considered, key=lambda item: len(noticed[item] & missing))
        chosen.append(best)
        missing -= noticed[best]
    for item in considered:
        if len(chosen) < SIZE and item[0] not in {name for name, _ in chosen}:
            chosen.append(item)
    return sorted(chosen, key=edges.index)
