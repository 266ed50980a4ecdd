"""The claims of the paper, and the effects that decide them."""

from __future__ import annotations

from dataclasses import replace

from ..results.claims import HOLDS, Claim, Effect
from ..results.measured import over_seeds
from ..study import Records
from . import found
from .arms import DYNAMIC, FIXED, FLOAT, HALF, SAME, WIDE, Arm
from .figures import Swept
from .names import NETWORKS, called, rate_name
from .settings import MARGIN, MAXOUT

LOW_RADIX, HIGH_RADIX, RADIX_WIDTH = 1, 9, 14
LOW_RATE, SOME_RATE, HIGH_RATE = "1/10000", "1/100", "1/10"
NARROWEST = 4
"""The bits with which rates of overflows are compared, beside the published ones."""
NARROW = (8, 10)
"""Widths at which fixed point and dynamic fixed point are compared."""


def within(records: Records, network: str, arm: Arm) -> Effect:
    """An arm is at most ``MARGIN`` points worse than float."""
    said = f"{NETWORKS[network]}: error of float less that of {called(arm)}"
    return Effect(said, found.less(records, network, arm), -MARGIN)


def learns(records: Records, network: str) -> Effect:
    """Float itself learns: there is something of which other formats can fall short."""
    errors, chance = found.errors(records, network, FLOAT), found.record(records, network, FLOAT)["chance"]
    said = f"{NETWORKS[network]}: error of one who guesses less that of float"
    return Effect(said, over_seeds([chance - one for one in errors]), chance / 2)


def worse(records: Records, network: str, arm: Arm, than: Arm, said: str, above: float = 0.0) -> Effect:
    """An arm is worse than another one by more than a bound."""
    return Effect(f"{NETWORKS[network]}: {said}", found.more(records, network, arm, than), above)


def claims(records: Records, swept: Swept) -> list[Claim]:
    """All claims."""
    return [
        dynamic(records, swept),
        narrow(records, swept),
        wide(records, swept),
        fewer(records),
        radix(records),
        overflows(records),
        trade(records),
    ]


def dynamic(records: Records, swept: Swept) -> Claim:
    """Dynamic fixed point of the published widths trains as well as float."""
    text = (
        "With dynamic fixed point, 10 bits for what is computed and 12 for the stored parameters are enough to train: "
        f"the error is within {MARGIN:g} points of float's."
    )
    effects = [effect for network in swept for effect in (learns(records, network), within(records, network, DYNAMIC))]
    return Claim("dynamic fixed point 10/12", text, effects)


def narrow(records: Records, swept: Swept) -> Claim:
    """Fixed point of these widths does not."""
    effects = [
        worse(records, network, SAME, DYNAMIC, f"error of {called(SAME)} less that of {called(DYNAMIC)}", MARGIN)
        for network in swept
    ]
    return Claim(
        "not fixed point 10/12", f"Fixed point of the same widths does not: it is more than {MARGIN:g} points worse.", effects
    )


def wide(records: Records, swept: Swept) -> Claim:
    """Half floats and fixed point of 20 bits do as well as float."""
    effects = [within(records, network, arm) for network in swept for arm in (HALF, FIXED)]
    text = f"Half floats and fixed point of 20 bits train as well as float: their error is within {MARGIN:g} points of it."
    return Claim("half, fixed point 20/20", text, effects)


def fewer(records: Records) -> Claim:
    """Dynamic fixed point needs fewer bits of each kind than fixed point."""
    effects = []
    for width in NARROW:
        for name, one, other in (
            ("what is computed", Arm("fixed", width, WIDE), Arm("dynamic", width, WIDE)),
            ("stored parameters", Arm("fixed", WIDE, width), Arm("dynamic", WIDE, width)),
        ):
            said = f"{width} bits of {name}: error of fixed point less that of dynamic fixed point"
            effects.append(worse(records, MAXOUT, one, other, said))
    text = "Dynamic fixed point needs fewer bits than fixed point, both for what is computed and for stored parameters."
    return Claim("fewer bits", text, effects)


def radix(records: Records) -> Claim:
    """In fixed point the radix point has to lie in the middle."""
    middle, low, high = (Arm("fixed", RADIX_WIDTH, RADIX_WIDTH, *place) for place in ((), (LOW_RADIX,), (HIGH_RADIX,)))
    effects = [
        worse(records, MAXOUT, low, middle, f"error with the radix point after bit {LOW_RADIX} less that after bit 5"),
        worse(records, MAXOUT, high, middle, f"error with the radix point after bit {HIGH_RADIX} less that after bit 5"),
    ]
    text = "In fixed point the radix point belongs near the fifth bit: far fewer bits before it, or far more, are worse."
    return Claim("radix point", text, effects)


def overflows(records: Records) -> Claim:
    """Putting up with many overflows hurts."""
    effects = []
    for width in (NARROWEST, DYNAMIC.computation):
        low, high = (Arm("dynamic", width, WIDE, overflows=rate) for rate in (LOW_RATE, HIGH_RATE))
        said = f"{width} bits of what is computed: error at a rate of {rate_name(HIGH_RATE)} less that at {rate_name(LOW_RATE)}"
        effects.append(worse(records, MAXOUT, high, low, said))
    return Claim("overflows", "A great rate of overflows makes the error worse.", effects)


def trade(records: Records) -> Claim:
    """Putting up with some overflows allows fewer bits."""
    low, high = (Arm("dynamic", NARROWEST, WIDE, overflows=rate) for rate in (LOW_RATE, SOME_RATE))
    said = f"{NARROWEST} bits of what is computed: error at a rate of {rate_name(LOW_RATE)} less that at {rate_name(SOME_RATE)}"
    text = "A somewhat greater rate of overflows allows fewer bits."
    tried = f"""
    It was looked for with {NARROWEST} bits, where the published rate leaves a greater error than float has. With
    {DYNAMIC.computation} bits it leaves none to gain.
    """
    claim = Claim("overflows for bits", text, [worse(records, MAXOUT, low, high, said)])
    return claim if claim.verdict == HOLDS else replace(claim, tried=tried)
