"""Randomness: numbers by counter, so that any trial can be made alone, in any order, on any machine, in C or in hardware.

The generator is Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), as the
Random123 library has it. Everything is integers; nothing is carried over from one number to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
"""What is added to the key after each round: the golden ratio and the square root of 3 minus one, in 32 bits."""
ROUNDS = 10
WORD32, WORD64 = (1 << 32) - 1, (1 << 64) - 1

PURPOSES: Mapping[str, int] = {
    "positions": 0,
    "marks": 1,
    "values": 2,
    "shapes": 3,
    "dense": 6,
    "bootstrap": 7,
}
"""What numbers are drawn for; 4 and 5 are free."""
FIRST_PLANE = 16
"""The purpose of the positions of bit 0 of elements, where each bit has a rate of its own; bit b has ``FIRST_PLANE + b``."""
ALL_SITES = WORD32
"""The site of what is drawn once for all sites together."""
MOST_BLOCKS = 1 << 56

Words = tuple[int, int, int, int]
Key = tuple[int, int]


def philox(counter: Words, key: Key) -> Words:
    """In each of ten rounds the words x0 to x3 **must** become ``h(M1 * x2) ^ x1 ^ k0``, ``l(M1 * x2)``,
    ``h(M0 * x0) ^ x3 ^ k1`` and ``l(M0 * x0)``, where h and l are the high and the low 32 bits of the 64 of a product; before
    each round but the first the words of ``WEYL`` are added to those of the key, modulo 2**32.

    Philox4x32-10 of Random123. [random/philox]
    """
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for round in range(ROUNDS):
        if round:
            k0, k1 = k0 + WEYL[0] & WORD32, k1 + WEYL[1] & WORD32
        first, second = MULTIPLIERS[0] * x0, MULTIPLIERS[1] * x2
        x0, x1, x2, x3 = second >> 32 ^ x1 ^ k0, second & WORD32, first >> 32 ^ x3 ^ k1, first & WORD32
    return x0, x1, x2, x3


class Stream(NamedTuple):
    """The numbers that one site has in one trial for one purpose: 2**57 words of 64 bits."""

    seed: int
    trial: int
    site: int
    purpose: int


def check_stream(stream: Stream) -> None:
    """A seed **must** be in 0..2**64-1, a trial and a site in 0..2**32-1 and a purpose in 0..255, or it is refused with
    ``ValueError``. [random/bounds]
    """
    for what, given, most in zip(Stream._fields, stream, (WORD64, WORD32, WORD32, 255), strict=True):
        if not 0 <= given <= most:
            raise ValueError(f"the {what} of random numbers is in 0..{most}, not {given}")


def stream(seed: int, trial: int, site: int, purpose: str) -> Stream:
    """Positions **must** be drawn for purpose 0, marks for 1, values for 2, shapes for 3, dense words for 6 and numbers of a
    bootstrap for 7. What is drawn for all sites together has the site 2**32-1.

    ``ValueError`` for an unknown purpose and for what is out of bounds. [random/purposes]
    """
    if purpose not in PURPOSES:
        raise ValueError(f"unknown purpose {purpose!r}; the purposes are {', '.join(PURPOSES)}")
    found = Stream(seed, trial, site, PURPOSES[purpose])
    check_stream(found)
    return found


def plane(seed: int, trial: int, site: int, bit: int) -> Stream:
    """The positions of bit b **must** be drawn for purpose 16 + b where each bit has a rate of its own. ``ValueError`` for what
    is out of bounds. [random/planes]
    """
    found = Stream(seed, trial, site, FIRST_PLANE + bit)
    check_stream(found)
    return found


def block(stream: Stream, i: int) -> Words:
    """Block i of a stream **must** be what Philox makes of the counter ``i mod 2**32``, ``purpose * 2**24 + (i >> 32)``, site,
    trial, under the key of the low and the high 32 bits of the seed. [random/streams]
    """
    assert 0 <= i < MOST_BLOCKS, "no stream is that long"
    counter = (i & WORD32, stream.purpose << 24 | i >> 32, stream.site, stream.trial)
    return philox(counter, (stream.seed & WORD32, stream.seed >> 32))


def word32(stream: Stream, i: int) -> int:
    """Word i of 32 bits **must** be word ``i mod 4`` of block ``i // 4``. [random/words32]"""
    return block(stream, i // 4)[i % 4]


def word64(stream: Stream, i: int) -> int:
    """Word i of 64 bits **must** be ``x1 * 2**32 + x0`` of block ``i // 2`` for an even i, and ``x3 * 2**32 + x2`` for an odd
    one. [random/words64]
    """
    words = block(stream, i // 2)
    low = 2 * (i % 2)
    return words[low + 1] << 32 | words[low]


class Drawn(NamedTuple):
    """A number, and the place in the stream behind the words that it took."""

    number: int
    place: int


def below(stream: Stream, bound: int, place: int) -> Drawn:
    """A number in 0..bound-1, each as likely as any other, **must** be the high 64 bits of bound times the first word of 64
    bits, from the place on, for which the low 64 bits of that product are no less than ``2**64 mod bound``.

    Lemire, "Fast random integer generation in an interval" (2019). ``ValueError`` for a bound that is not in 1..2**64-1.
    [random/below]
    """
    if not 1 <= bound <= WORD64:
        raise ValueError(f"a number is drawn below a bound in 1..2**64-1, not {bound}")
    least = (1 << 64) % bound
    while True:
        product = word64(stream, place) * bound
        place += 1
        if product & WORD64 >= least:
            return Drawn(product >> 64, place)
