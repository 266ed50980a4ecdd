"""The cases of the golden fault masks in ``vectors/faults``, by the name of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..spec.layouts import Layout
from .masks import Aimed, Case

SUFFIX = ".masks"
BYTES, MILLION = Aimed("int8", 2000), Aimed("uint8", 125_000)
FLOATS = Aimed("float8_e4m3fn", 1500, ("exponent",))
REGIMES = Aimed("posit8", 400, ("regime",), known=True)
"""Posits whose regimes are hit: each code has its own candidates."""
BANKS = Aimed("int8", 1500, (), Layout(24, interleave=3, banks=4))
SEVERAL = {9: BYTES, 2: FLOATS, 4: Aimed("binary16", 700, ("sign", 0)), 5: REGIMES}


def _rate(p: str, **sites: Aimed) -> Case:
    return Case({"kind": "rate", "p": p}, {int(name[1:]): aimed for name, aimed in sites.items()})


def _of(kind: str, sites: Mapping[int, Aimed], trial: int = 0, **attributes: Any) -> Case:
    return Case({"kind": kind, **attributes}, sites, trial)


ONE = {0: BYTES}
CASES: Mapping[str, Case] = {
    "rate_1e-1": _rate("1e-1", s0=Aimed("int8", 200)),
    "rate_1e-2": _rate("1e-2", s0=BYTES),
    "rate_1e-3": _rate("1e-3", s0=MILLION),
    "rate_1e-3_trial_1": Case({"kind": "rate", "p": "1e-3"}, {0: MILLION}, 1),
    "rate_1e-4": _rate("1e-4", s0=MILLION),
    "rate_1e-5": _rate("1e-5", s0=MILLION),
    "rate_1e-6": Case({"kind": "rate", "p": "1e-6"}, {0: MILLION}, 3),
    "rate_1_3": _rate("1/3", s0=Aimed("int4", 150)),
    "rate_9e-1": _rate("9e-1", s0=Aimed("binary16", 40)),
    "rate_exponents": _rate("1/50", s7=FLOATS),
    "rate_regimes": _rate("1/20", s5=REGIMES),
    "rate_posit16": _rate("1/20", s3=Aimed("posit16", 300, ("exponent", "fraction", 15), known=True)),
    "rate_several_sites": _of("rate", SEVERAL, 11, p="1/100"),
    "rate_last_trial": Case({"kind": "rate", "p": "1/100"}, {0xFFFFFFFF: BYTES}, 0xFFFFFFFF, (1 << 64) - 1),
    "dense_rate_1e-1": _of("dense_rate", {0: Aimed("int8", 200)}, p="1e-1"),
    "dense_rate_1e-3": _of("dense_rate", ONE, p="1e-3"),
    "dense_rate_several_sites": _of("dense_rate", SEVERAL, 2, p="1/64"),
    "thinned_1e-3_of_1e-1": _of("thinned", ONE, p="1e-3", greatest="1e-1"),
    "thinned_1e-2_of_1e-1": _of("thinned", ONE, p="1e-2", greatest="1e-1"),
    "thinned_1e-1_of_1e-1": _of("thinned", {0: Aimed("int8", 200)}, p="1e-1", greatest="1e-1"),
    "count_1": _of("count", SEVERAL, 5, k=1),
    "count_100": _of("count", SEVERAL, 6, k=100),
    "count_half": _of("count", {3: Aimed("int4", 60)}, 7, k=120),
    "exhaustive_first": _of("exhaustive", SEVERAL),
    "exhaustive_later": _of("exhaustive", SEVERAL, 20_000),
    "burst_clip": _of("burst", {0: BANKS}, p="1/200", lengths=["1/2", "1/4", "0", "1/4"], pattern="all", end="clip"),
    "burst_wrap": _of("burst", {0: BANKS}, 1, p="1/100", lengths=["0", "0", "1/3", "0", "2/3"], pattern="random", end="wrap"),
    "burst_exponents": _of("burst", {6: FLOATS}, p="1/100", lengths=["1/5"] * 5, pattern="all", end="clip"),
    "cluster": _of("cluster", {0: BANKS}, p="1/300", footprint=[[0, 0], [0, 1], [1, 0], [1, -1]]),
    "asymmetric": _of("asymmetric", ONE, up="1/1000", down="1/200"),
    "asymmetric_both": _of("asymmetric", SEVERAL, 3, up="1/50", down="1/70"),
    "stuck_at": _of("stuck_at", {0: BYTES, 7: FLOATS}, p="1/100", ones="2/3"),
    "banked": _of("banked", {0: BANKS}, p="1/100", factors=["1", "1/2", "4", "0"]),
    "per_bit": _of("per_bit", {0: BYTES, 1: FLOATS}, rates=["1/20", "1/50", "1/100", "0", "0", "1e-3", "1e-3", "1e-4"]),
    "zero": _of("zero", {0: BYTES, 4: Aimed("binary16", 700)}, p="1/50"),
    "constant": _of("constant", ONE, p="1/50", code=0x7F),
    "random": _of("random", {0: BYTES, 4: Aimed("binary32", 500)}, p="1/50"),
    "negate": _of("negate", {0: Aimed("int8", 1000, known=True), 5: Aimed("posit8", 400, known=True)}, p="1/20"),
    "move": _of("move", {1: Aimed("float8_e4m3fn", 1000, known=True)}, p="1/20", steps=-3),
}
"""All models, rates from one in a million to nine in ten, fields, posits, layouts, several sites and trials."""
SLOW = tuple(name for name, case in CASES.items() if any(aimed.elements > 100_000 for aimed in case.sites.values()))
"""Those that the specification takes seconds for."""
