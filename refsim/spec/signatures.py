"""Signatures: thousands of results behind one number, each of them an operand of the next.

A device that is wrong once in a thousand operations is rarely caught by single vectors. Here a generator that is a shift
register makes the operands, each result goes back into the next operation, and a CRC is taken over all of them. One row of a
file then stands for the whole run, and a wrong bit anywhere changes it; so do the Monte Carlo tests of NIST's ACVP.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .datapaths import Datapath, dot
from .exact import NEGATIVE_ZERO, Special
from .flags import Flags, Result
from .formats import Format, Number

POLYNOMIAL = 0xEDB88320
"""The polynomial of IEEE 802.3, 0x04C11DB7, with its bits in reversed order."""
REGISTER = 0xFFFFFFFF
TAPS = (31, 21, 1, 0)
"""The bits of the shift register whose sum is shifted in: x**32 + x**22 + x**2 + x + 1, which is primitive."""
FEEDBACKS = ("initial", "operand")
"""Where a result goes: into the next sum as its initial value, or into the next first operand."""


def crc32(data: Iterable[int], before: int = 0) -> int:
    """The CRC-32 of IEEE 802.3 of bytes **must** start with all bits set, take in each byte's least significant bit first, and
    have all bits inverted at the end; ``before`` is the CRC of the bytes before.

    Of "123456789" it is 0xCBF43926. [signature/crc]
    """
    crc = before ^ REGISTER
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (POLYNOMIAL if crc & 1 else 0)
    return crc ^ REGISTER


def bytes_of(code: int, format: Format) -> bytes:
    """A code **must** be signed as the fewest whole bytes that hold its format, the least significant byte first.

    [signature/bytes]
    """
    return format.check_code(code).to_bytes(-(-format.width // 8), "little")


def check_seed(seed: int) -> int:
    """The seed itself; ``ValueError`` for zero, which a shift register never leaves, and for more than 32 bits."""
    if not 1 <= seed <= REGISTER:
        raise ValueError(f"the seed of a shift register is in 1..{REGISTER:#x}, not {seed:#x}")
    return seed


def shifted(state: int) -> int:
    """The register of 32 bits **must** be shifted to the left by one place, and the sum modulo two of its bits 31, 21, 1 and 0
    be shifted in on the right.

    Its states other than zero are all passed before one comes again: 2**32 - 1 of them. [signature/register]
    """
    return (state << 1 | sum(state >> tap & 1 for tap in TAPS) & 1) & REGISTER


class Drawn(NamedTuple):
    """A code from the register, and the register's state behind it."""

    code: int
    state: int


def draw(state: int, format: Format) -> Drawn:
    """A code **must** be the next bits that are shifted in, as many as the format has, the first of them the most significant.
    Where these name an infinity or a NaN the code is 0. [signature/draw]
    """
    code = 0
    for _ in range(format.width):
        state = shifted(state)
        code = code << 1 | state & 1
    return Drawn(code if is_number(code, format) else 0, state)


def is_number(code: int, format: Format) -> bool:
    """Whether a code names neither an infinity nor a NaN."""
    datum = format.decode(code)
    return not isinstance(datum, Special) or datum is NEGATIVE_ZERO


@dataclass(frozen=True)
class Chain:
    """A chain of dot products: the operands' formats, their number, the datapath, and where its results go.

    ``ValueError`` for another feedback, or for one to the initial value in a datapath whose sum does not start from the bias or
    whose output is another register than that of the sum.
    """

    x: Format
    y: Format
    length: int
    path: Datapath
    feedback: str

    def __post_init__(self) -> None:
        if self.feedback not in FEEDBACKS:
            raise ValueError(f"the feedback {self.feedback!r} of a chain is none of {', '.join(FEEDBACKS)}")
        if self.feedback == "initial" and (self.path.bias != "first" or self.path.to.format != self.path.accumulator.to.format):
            raise ValueError("a chain whose sums start from results needs a bias that comes first, and an output like the sum")
        if self.length < 1:
            raise ValueError(f"a chain needs 1 operand or more a vector, not {self.length}")


class Signature(NamedTuple):
    """What a chain leaves: its last result, with the flags of all, and the CRC of all results."""

    last: Result
    crc: int


def operands(state: int, chain: Chain, before: int) -> tuple[list[Number], list[Number], int]:
    """All of x, element 0 first, and then all of y **must** be drawn for each dot product. Where results go to operands, the
    code of x's element 0 is then added to the result before, bit by bit modulo two, as far as that has bits; what names an
    infinity or a NaN then is 0 instead. Before the first dot product the result is 0. [signature/operands]
    """
    codes = []
    for format in [chain.x] * chain.length + [chain.y] * chain.length:
        code, state = draw(state, format)
        codes.append(code)
    if chain.feedback == "operand":
        mixed = codes[0] ^ before & (1 << chain.x.width) - 1
        codes[0] = mixed if is_number(mixed, chain.x) else 0
    xs, ys = codes[: chain.length], codes[chain.length :]
    return [Number(code, chain.x) for code in xs], [Number(code, chain.y) for code in ys], state


def run(chain: Chain, seed: int, rounds: int) -> Iterator[Result]:
    """The results of a chain **must** be those of one dot product after the other, the register's state going on from the seed.
    Where results go to the sum, it starts from the result before, from code 0 where that is an infinity or a NaN, and from code
    0 at first. [signature/chain]
    """
    state, code, to = check_seed(seed), 0, chain.path.to.format
    for _ in range(rounds):
        xs, ys, state = operands(state, chain, code)
        bias = Number(code if is_number(code, to) else 0, to) if chain.feedback == "initial" else None
        result = dot(xs, ys, chain.path, bias)
        code = result.code
        yield result


def signature(results: Iterable[Result], format: Format) -> Signature:
    """The signature of results **must** be the last code, the flags that any of them raised, and the CRC of all their codes in
    order. [signature/signature]
    """
    code, flags, crc = 0, Flags.NONE, 0
    for code, raised in results:
        flags |= raised
        crc = crc32(bytes_of(code, format), crc)
    return Signature(Result(code, flags), crc)
