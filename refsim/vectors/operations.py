"""What golden vectors can be about: an operation, the formats of its operands, and the projection of its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ..spec import arithmetic
from ..spec.exact import Exact, Special, is_negative, is_zero, magnitude, negate
from ..spec.flags import Flags
from ..spec.formats import FloatGrid, Format
from ..spec.projection import Projection, Result

FLAG_BITS = 5
EXPONENT_BITS = 32


class Field(NamedTuple):
    """A field of a vector: its name, its bits, and the format of its code if it is one."""

    name: str
    bits: int
    format: Format | None = None

    @property
    def digits(self) -> int:
        """The hexadecimal digits that hold it."""
        return -(-self.bits // 4)

    def __str__(self) -> str:
        return f"{self.name}:{self.format.name if self.format else self.bits}"


@dataclass(frozen=True)
class Operation:
    """An operation as vectors see it: the specification's function, the exact operation on data, and how it is written."""

    roles: tuple[str, ...]
    specification: Callable[..., Result]
    exact: Callable[..., arithmetic.Outcome]
    template: str
    clauses: tuple[str, ...]


def _exact_convert(x: Exact, _: Exact) -> arithmetic.Outcome:
    return x, Flags.NONE


def _exact_add(x: Exact, y: Exact, zero: Exact) -> arithmetic.Outcome:
    return arithmetic.exact_sum(x, y, zero)


def _exact_subtract(x: Exact, y: Exact, zero: Exact) -> arithmetic.Outcome:
    return arithmetic.exact_sum(x, negate(y), zero)


def _exact_multiply(x: Exact, y: Exact, _: Exact) -> arithmetic.Outcome:
    return arithmetic.exact_product(x, y)


SUM_CLAUSES = ("arithmetic/sum", "arithmetic/nan", "arithmetic/zero-sign")
OPERATIONS: dict[str, Operation] = {
    "convert": Operation(("a",), arithmetic.convert, _exact_convert, "{}", ("arithmetic/convert",)),
    "add": Operation(("a", "b"), arithmetic.add, _exact_add, "{} + {}", ("arithmetic/add", *SUM_CLAUSES)),
    "subtract": Operation(("a", "b"), arithmetic.subtract, _exact_subtract, "{} - {}", ("arithmetic/subtract", *SUM_CLAUSES)),
    "multiply": Operation(
        ("a", "b"),
        arithmetic.multiply,
        _exact_multiply,
        "{} * {}",
        ("arithmetic/multiply", "arithmetic/product", "arithmetic/nan"),
    ),
}
"""The operations whose result is projected. ``decode`` is the other one: its result is the datum itself."""

DECODE = "decode"


@dataclass(frozen=True)
class Configuration:
    """One operation with everything that its results depend on; ``to`` is ``None`` for decode alone.

    ``ValueError`` for an unknown operation or the wrong number of operands.
    """

    operation: str
    operands: tuple[Format, ...]
    to: Projection | None

    def __post_init__(self) -> None:
        if self.operation != DECODE and self.operation not in OPERATIONS:
            raise ValueError(f"unknown operation {self.operation!r}; the operations are {DECODE}, {', '.join(OPERATIONS)}")
        wanted = 1 if self.operation == DECODE else len(OPERATIONS[self.operation].roles)
        if (self.operation == DECODE) != (self.to is None) or len(self.operands) != wanted:
            raise ValueError(f"{self.operation} with {len(self.operands)} operands and results to {self.to} makes no sense")

    @property
    def operand_fields(self) -> tuple[Field, ...]:
        """The operands, and the random bits behind them where the rounding rule takes some."""
        roles = OPERATIONS[self.operation].roles if self.to else ("a",)
        fields = [Field(role, format.width, format) for role, format in zip(roles, self.operands, strict=True)]
        if self.to and self.to.rounding.bits:
            fields.append(Field("draw", self.to.rounding.bits))
        return tuple(fields)

    @property
    def result_fields(self) -> tuple[Field, ...]:
        """The result code and the status flags; for decode the parts of the datum."""
        if self.to is None:
            significand = self.operands[0].width
            return (Field("kind", 2), Field("sign", 1), Field("significand", significand), Field("exponent", EXPONENT_BITS))
        return (Field("y", self.to.format.width, self.to.format), Field("flags", FLAG_BITS))

    def results(self, operands: tuple[int, ...]) -> tuple[int, ...]:
        """What the specification says of the operands: the values of the result fields."""
        if self.to is None:
            return decoded(self.operands[0].decode(operands[0]))
        codes, draw = operands[: len(self.operands)], operands[len(self.operands) :]
        numbers = [arithmetic.Number(code, format) for code, format in zip(codes, self.operands, strict=True)]
        result = OPERATIONS[self.operation].specification(*numbers, self.to, *draw)
        return result.code, int(result.flags)

    def data(self, operands: tuple[int, ...]) -> list[Exact]:
        """The data that the operands' codes name."""
        return [datum(format, code) for format, code in zip(self.operands, operands, strict=False)]

    def operate(self, data: Sequence[Exact]) -> Exact:
        """The exact result on data, before projection; of decode, the datum."""
        if self.to is None:
            return data[0]
        return OPERATIONS[self.operation].exact(*data, arithmetic.vanished(self.to))[0]

    def exact(self, operands: tuple[int, ...]) -> Exact:
        """The exact result of codes, before projection."""
        return self.operate(self.data(operands))

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that the results show."""
        if self.to is None:
            grid = "float" if isinstance(self.operands[0].grid, FloatGrid) else "uniform"
            return ("format/decode", "format/point", f"grid/{grid}")
        rule = self.to.rounding.name.partition(":")[0].replace("_", "-")
        overflow = self.to.overflow.name.replace("_", "-")
        always = ("project/order", "project/round", "project/past-end", "flags/raise", "flags/tiny")
        return (*OPERATIONS[self.operation].clauses, *always, f"round/{rule}", f"overflow/{overflow}")


@lru_cache(maxsize=1 << 14)
def datum(format: Format, code: int) -> Exact:
    """``Format.decode``, remembered: the choice of operands asks for the same codes again and again."""
    return format.decode(code)


KINDS = {Special.NAN: 2, Special.SIGNALING_NAN: 3, Special.POSITIVE_INFINITY: 1, Special.NEGATIVE_INFINITY: 1}
"""How a decoded datum is marked: 0 a number, 1 an infinity, 2 a quiet NaN, 3 a signaling NaN."""


def decoded(x: Exact) -> tuple[int, int, int, int]:
    """The parts of a datum: kind, sign, an odd significand or zero, and the exponent of its last bit in two's complement."""
    kind = KINDS.get(x, 0) if isinstance(x, Special) else 0
    sign = int(is_negative(x))
    if kind or is_zero(x):
        return kind, sign, 0, 0
    m = arithmetic.rational(magnitude(x))
    trailing = (m.numerator & -m.numerator).bit_length() - 1
    exponent = trailing - (m.denominator.bit_length() - 1)
    return 0, sign, m.numerator >> trailing, exponent % (1 << EXPONENT_BITS)
