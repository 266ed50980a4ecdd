"""Aiming: which sites of an arm the faults of a plan are drawn for, and what is refused because it cannot be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..engine.array import Array
from ..engine.faults import Target
from ..spec.bursts import Burst, Cluster
from ..spec.cells import Banked, StuckAt
from ..spec.samplers import Exhaustive
from ..spec.sites import Site, depends_on_codes
from ..spec.value_faults import Moved, Negated
from .arms import Built
from .plan import Aim, Faults
from .sites import Held, Register, Stored, Where, matches

LIFETIMES: Mapping[type, tuple[str, ...]] = {
    Stored: ("until_reload", "until_write", "permanent", "read"),
    Held: ("until_write", "read", "permanent"),
    Register: ("until_write",),
}
"""How long faults can last where they are: a parameter is loaded once in a trial and read by every sample, a result and a
register are written anew for every sample."""


IN_ARRAYS = (Burst, Cluster, Banked)
"""Models of neighbours and banks: they need a memory array that is read as a whole."""
BY_CODE = (Negated, Moved)
"""Models whose masks follow from the code before the fault."""


def aimed(built: Built, faults: Faults, numbers: Mapping[str, int]) -> list[Target]:
    """The sites of an arm that faults aim at, in order of their numbers.

    ``ValueError`` where there are none, where a fault cannot last so long or be of this kind there, and for bits that one of
    them does not have.
    """
    aim, found, seen = faults.aim, [], []
    for name, (site, where) in built.sites.items():
        if site.kind in aim.kinds and matches(name, aim.names):
            if aim.lifetime not in LIFETIMES[type(where)]:
                known = ", ".join(LIFETIMES[type(where)])
                raise ValueError(f"a fault of {name} lasts {known}, not {aim.lifetime}")
            found.append(target(built, numbers[name], site, where, aim))
            seen.append((site, where))
    if not found:
        raise ValueError(f"there is no site of {' or '.join(aim.kinds)} with a name like {' or '.join(aim.names)}")
    check_model(faults, seen)
    return sorted(found, key=lambda one: one.number)


def check_names(faults: Faults, sites: Sequence[Site]) -> None:
    """``ValueError`` for a pattern that no site of the kinds is like, in no arm."""
    aim = faults.aim
    for pattern in aim.names:
        if not any(site.kind in aim.kinds and matches(site.name, [pattern]) for site in sites):
            raise ValueError(f"faults {faults.name}: there is no site of {' or '.join(aim.kinds)} with a name like {pattern}")


def check_model(faults: Faults, sites: Sequence[tuple[Site, Where]]) -> None:
    """``ValueError`` for faults that are none of such sites.

    What follows from the code before the fault is known of a result only where nothing else is hit: then it is the code of
    the run without faults.
    """
    model, aim = faults.model, faults.aim
    what = f"faults of {type(model).__name__}"
    if aim.lifetime == "permanent" and not isinstance(model, StuckAt):
        raise ValueError(f"only stuck bits are permanent faults, not {what}")
    if aim.per_sample:
        check_per_sample(faults, sites)
    arrays = all(isinstance(where, Stored) for _, where in sites) and aim.lifetime != "read"
    if isinstance(model, StuckAt) and not arrays and aim.lifetime != "permanent":
        raise ValueError(f"stuck bits are permanent, or of parameters in all reads: they do not last {aim.lifetime}")
    if isinstance(model, IN_ARRAYS) and not arrays:
        raise ValueError(f"{what} are of parameters in memory arrays, not of results, registers and single reads")
    for site, where in sites:
        if isinstance(model, Banked):
            model.limits(site.name, site.layout.banks)
        follows = isinstance(model, BY_CODE) or depends_on_codes(site.format, aim.selection)
        if isinstance(where, Held) and follows and len(sites) > 1:
            raise ValueError(f"what {what} do to {site.name} depends on its code; aim at one such site at a time, and no other")


def check_per_sample(faults: Faults, sites: Sequence[tuple[Site, Where]]) -> None:
    """``ValueError`` for faults that are not drawn for each sample by itself: that outlast it, follow from codes, or try every
    bit."""
    if faults.aim.lifetime not in {"read", "until_write"}:
        raise ValueError(f"faults of each sample by itself last for a read or until_write, not {faults.aim.lifetime}")
    if faults.aim.lifetime == "until_write" and any(isinstance(where, Stored) for _, where in sites):
        raise ValueError("faults of parameters that last until_write are those of all samples, not of each by itself")
    follows = any(depends_on_codes(site.format, faults.aim.selection) for site, _ in sites)
    if isinstance(faults.model, (*BY_CODE, Exhaustive)) or follows:
        raise ValueError(
            f"faults of {type(faults.model).__name__}, and fields of posits, are not drawn for each sample by itself"
        )


def target(built: Built, number: int, site: Site, where: Where, aim: Aim) -> Target:
    """A site as a fault model aims at it.

    Where a fault lasts for one read of a parameter, every sample's reading of every element can be hit; where it is permanent
    in a result, the same element of every sample is. Where each sample is asked by itself, the site is that of one sample.
    """
    count, codes = site.count, None
    samples = len(built.clean.labels)
    if aim.per_sample:
        count = site.count if isinstance(where, Stored) else site.count // samples
    elif isinstance(where, Stored):
        codes = built.parts[where.tensor][where.part].array.codes.reshape(-1)
        if aim.lifetime == "read":
            count, codes = count * samples, np.tile(codes, samples)
    elif isinstance(where, Held) and aim.lifetime != "permanent":
        codes = built.result(where.layer).codes.reshape(-1)
    elif isinstance(where, Held):
        count //= samples
    seen = Site(site.name, site.kind, site.format, count, site.layout)
    return Target(number, seen, None if codes is None else Array(codes, site.format), aim.selection)
