"""The smoke tier: a few vectors that between them notice every mutant that the edge tier notices, where so few can."""

from __future__ import annotations

from .catalogue_of_mutants import MUTANTS
from .mutants import killed
from .operations import Configuration
from .recipes import Operands, edge

SIZE = 16
PER_CLASS = 12
"""How many vectors of each class of the edge tier are considered."""


def smoke(configuration: Configuration) -> list[tuple[str, Operands]]:
    """At most ``SIZE`` vectors of the edge tier: greedily those that notice most mutants not yet noticed, then one each of
    the classes that are still missing; by class."""
    considered: list[tuple[str, Operands]] = []
    edges = edge(configuration)
    for name in dict.fromkeys(name for name, _ in edges):
        members = [item for item in edges if item[0] == name]
        considered += members[:: max(1, -(-len(members) // PER_CLASS))]
    relevant = [mutant for mutant in MUTANTS if mutant.applies(configuration)]
    noticed = {}
    for item in considered:
        expected = configuration.results(item[1])
        noticed[item] = {m.name for m in relevant if killed(m, configuration, item[1], expected, flags=True)}
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
