"""Blocks of random numbers as a procedure: from a counter and a key to four words."""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.randomness import MULTIPLIERS, ROUNDS, WEYL, WORD32, philox
from ..fields import Field
from .procedure import Parameters, Procedure, Run, Values, bug

COUNTER, KEY, WORDS = ("c0", "c1", "c2", "c3"), ("k0", "k1"), ("x0", "x1", "x2", "x3")
PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)


def _fields(names: tuple[str, ...]) -> Iterator[Field]:
    return (Field(name, 32) for name in names)


def run(_: Parameters, values: Values) -> Values:
    """What the specification says."""
    c0, c1, c2, c3, k0, k1 = values
    return philox((c0, c1, c2, c3), (k0, k1))


def _wrong(
    rounds: int = ROUNDS,
    multipliers: tuple[int, int] = MULTIPLIERS,
    weyl: tuple[int, int] = WEYL,
    lanes: tuple[int, int, int, int] = (0, 1, 2, 3),
    first_bump: int = 1,
) -> Run:
    """A device with other constants, rounds or lanes, or one that adds to the key from another round on."""

    def device(_: Parameters, values: Values) -> Values:
        x0, x1, x2, x3, k0, k1 = values
        for round in range(rounds):
            if round >= first_bump:
                k0, k1 = k0 + weyl[0] & WORD32, k1 + weyl[1] & WORD32
            one, other = multipliers[0] * x0, multipliers[1] * x2
            x0, x1, x2, x3 = other >> 32 ^ x1 ^ k0, other & WORD32, one >> 32 ^ x3 ^ k1, one & WORD32
        return tuple((x0, x1, x2, x3)[lane] for lane in lanes)

    return device


def _swapped_keys(parameters: Parameters, values: Values) -> Values:
    return run(parameters, (*values[:4], values[5], values[4]))


MUTANTS = (
    bug("philox.nine-rounds", "makes nine rounds", _wrong(rounds=9)),
    bug("philox.eleven-rounds", "makes eleven rounds", _wrong(rounds=11)),
    bug("philox.multipliers", "swaps the multipliers", _wrong(multipliers=MULTIPLIERS[::-1])),
    bug("philox.same-key", "adds nothing to the key between rounds", _wrong(weyl=(0, 0))),
    bug("philox.weyl", "swaps what is added to the words of the key", _wrong(weyl=WEYL[::-1])),
    bug("philox.first-key", "adds to the key before the first round too", _wrong(first_bump=0)),
    bug("philox.lanes", "gives the high and the low word of each product in the other order", _wrong(lanes=(1, 0, 3, 2))),
    bug("philox.halves", "gives the second two words first", _wrong(lanes=(2, 3, 0, 1))),
    bug("philox.key-words", "takes the high word of the key for the low one", _swapped_keys),
)


def candidates(_: Parameters) -> Iterator[tuple[str, Values]]:
    """The published answers' operands, single bits of counter and key, counters one after the other and those of streams."""
    yield from (("all zero", (0,) * 6), ("all one", (WORD32,) * 6), ("the digits of pi", PI))
    for word in range(6):
        for bit in range(32):
            yield "one bit", tuple(1 << bit if i == word else 0 for i in range(6))
    for i in range(64):
        yield "counting", (i, 0, 0, 0, 0x89ABCDEF, 0x01234567)
    for i in range(64):
        at = pow(5, i + 1, (1 << 31) - 1)
        yield "blocks of streams", (at, i % 24 << 24 | i >> 5, 3 * i, at >> 7, at ^ 0x5A5A5A5A, WORD32 - i)


def explain(_: Parameters, values: Values, results: Values) -> str:
    """Counter, key and words in one piece."""
    text = [f"{value:08x}" for value in (*values, *results)]
    return f"counter {' '.join(text[:4])} key {' '.join(text[4:6])} -> {' '.join(text[6:])}"


PHILOX = Procedure(
    "philox",
    "four random words of 32 bits by counter and key",
    (),
    lambda _: _fields((*COUNTER, *KEY)),
    lambda _: _fields(WORDS),
    run,
    lambda _: ("random/philox",),
    candidates,
    MUTANTS,
    ({},),
    explain,
)
