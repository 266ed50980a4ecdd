"""What golden vectors can be about: an operation, the formats of its operands, and the projection of its result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from ..spec.comparison import NumberClass
from ..spec.exact import Exact, Special, is_negative, is_zero, magnitude
from ..spec.formats import FloatGrid, Format, Number
from ..spec.operands import Outcome, Setting, rational
from ..spec.operations import OPERATIONS, Kind, Operation
from ..spec.posits import PositGrid
from ..spec.projection import Projection
from .fields import FLAG_BITS, Field, code_field

EXPONENT_BITS = 32


DECODE = "decode"
"""The one operation whose result is the datum itself, in parts."""
PLAIN = {
    Kind.TRUTH: Field("y", 1, None, ("false", "true")),
    Kind.CLASS: Field("y", 4, None, tuple(c.name.lower().replace("_", " ") for c in NumberClass)),
}
"""The fields of results that are no codes."""
CHOOSES = ("integral/remainder", "integral/fmod", "activation/rectified", "activation/clamped")
"""Clauses of operations that choose an operand or leave a part of one, as those of the chapter on extrema do."""
ROOTS = ("arithmetic/square-root", "arithmetic/reciprocal-square-root", "arithmetic/hypotenuse", "arithmetic/strict-hypotenuse")
"""Clauses of operations whose results can be irrational, as those of the chapter on functions can be."""
INTEGRAL = ("integral/round", "integral/round-exact")
"""Clauses of operations that round to an integer themselves."""


@dataclass(frozen=True)
class Configuration:
    """One operation with everything that its results depend on; ``to`` is ``None`` where no result is projected.

    ``ValueError`` for an unknown operation or the wrong number of operands.
    """

    operation: str
    operands: tuple[Format, ...]
    to: Projection | None

    def __post_init__(self) -> None:
        if self.operation != DECODE and self.operation not in OPERATIONS:
            raise ValueError(f"unknown operation {self.operation!r}; the operations are {DECODE}, {', '.join(OPERATIONS)}")
        if (self.to is not None) != self.is_projected:
            raise ValueError(f"{self.operation} with results to {self.to} makes no sense")
        if len(self.roles) != len(self.operands):
            raise ValueError(f"{self.operation} takes {len(self.roles)} operands, not {len(self.operands)}")

    @property
    def described(self) -> Operation | None:
        """The operation of the specification; ``None`` for decode."""
        return OPERATIONS.get(self.operation)

    @property
    def is_projected(self) -> bool:
        """Whether the result is a number that is projected."""
        return self.described is not None and self.described.kind is Kind.NUMBER

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of the operands."""
        return self.described.roles_of(len(self.operands)) if self.described else ("a",)

    @property
    def roles_named(self) -> bool:
        """Whether each operand has a role of its own; vectors have none."""
        return self.described is None or bool(self.described.roles)

    @property
    def operand_fields(self) -> tuple[Field, ...]:
        """The operands, and the random bits behind them where the rounding rule takes some."""
        fields = [code_field(role, format) for role, format in zip(self.roles, self.operands, strict=True)]
        if self.to and self.to.rounding.bits:
            fields.append(Field("draw", self.to.rounding.bits))
        return tuple(fields)

    @property
    def result_fields(self) -> tuple[Field, ...]:
        """The result and the status flags; for decode the parts of the datum."""
        if self.described is None:
            significand = self.operands[0].width
            return (Field("kind", 2), Field("sign", 1), Field("significand", significand), Field("exponent", EXPONENT_BITS))
        if self.described.kind in PLAIN:
            return (PLAIN[self.described.kind], Field("flags", FLAG_BITS))
        format = self.to.format if self.to else self.operands[0]
        return (code_field("y", format), Field("flags", FLAG_BITS))

    @property
    def is_exact(self) -> bool:
        """Whether every number that comes out is a number of the result's format, so that nothing is ever rounded."""
        if self.described is None or self.to is None:
            return True
        tags, format = self.described.clauses, self.to.format
        end = format.grid.magnitude(format.top)
        whole_end = isinstance(end, Fraction) and end.denominator == 1
        chooses = any(tag.startswith("extrema/") or tag in CHOOSES or (tag in INTEGRAL and whole_end) for tag in tags)
        return chooses and all(operand == format for operand in self.operands) and self.to.subnormals == "keep"

    def results(self, operands: tuple[int, ...]) -> tuple[int, ...]:
        """What the specification says of the operands: the values of the result fields."""
        if self.described is None:
            return decoded(self.operands[0].decode(operands[0]))
        codes, draw = operands[: len(self.operands)], operands[len(self.operands) :]
        numbers = [Number(code, format) for code, format in zip(codes, self.operands, strict=True)]
        result = self.described(*numbers, to=self.to, draw=draw[0] if draw else None)
        return int(result.code), int(result.flags)

    def data(self, operands: tuple[int, ...]) -> list[Exact]:
        """The data that the operands' codes name, flushed where subnormal operands are."""
        pairs = zip(self.operands, operands, strict=False)
        if self.to is None or self.to.subnormals == "keep":
            return [datum(format, code) for format, code in pairs]
        return [self.to.read(Number(code, format)) for format, code in pairs]

    def outcome(self, data: Sequence[Exact], draw: int | None = None) -> Outcome:
        """The exact result on data before projection, with the flags that the operation itself raises."""
        assert self.described is not None, "decode operates on nothing"
        assert self.described.exact is not None, "the result is no number"
        assert self.to is not None, "a number is projected"
        return self.described.exact(Setting(self.operands, self.to, draw), *data)

    def operate(self, data: Sequence[Exact], draw: int | None = None) -> Exact:
        """The exact result on data, before projection; where none is projected, the first datum."""
        return self.outcome(data, draw)[0] if self.to else data[0]

    def exact(self, operands: tuple[int, ...]) -> Exact:
        """The exact result of operands, before projection."""
        return self.operate(self.data(operands), *operands[len(self.operands) :])

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """The lines of a header that tell it from other configurations of the operation."""
        to = self.to
        if to is None:
            return ()
        rules = (("rounding", str(to.rounding)), ("overflow", str(to.overflow)), ("tininess", to.tininess))
        return (*rules, *options(to).items())

    @property
    def identity(self) -> str:
        """What the ids of its vectors hash in front of the operands."""
        formats, to = ",".join(format.name for format in self.operands), self.to
        modes = " ".join([str(to), to.tininess, *(f"{name}:{value}" for name, value in options(to).items())]) if to else ""
        return f"{self.operation}|{formats}|{modes}|"

    @property
    def title(self) -> str:
        """The configuration in one line."""
        operands, to = ", ".join(format.name for format in self.operands), self.to
        modes = ", ".join(map(str, (to.format, to.rounding, to.overflow, *options(to).values()))) if to else ""
        return f"{self.operation} {operands}" + (f" -> {modes}" if to else "")

    @property
    def path(self) -> str:
        """Where its files lie in the folder of vectors, but for tier and suffix."""
        names, to = [format.name for format in self.operands], self.to
        same = len(set(names)) == 1
        if self.described is not None and not self.roles_named:
            names = [*dict.fromkeys(names), str(len(names) // 2)]
        elif same and (to is None or to.format.name == names[0]):
            names = names[:1]
        formats = "-".join(names)
        if to is None:
            return f"{self.operation}/{formats}"
        result = "" if same and to.format == self.operands[0] else f"-to-{to.format}"
        said = [to.rounding.name.replace(":", "-"), to.overflow.name.replace(":", "-")]
        said += ["before"] if to.tininess == "before" else []
        return f"{self.operation}/{formats}{result}/{'.'.join([*said, *options(to).values()])}"

    def compared(self, *, flags: bool) -> int:
        """How many of the result fields a verification compares: a result, and the flags where they are asked for; of a
        decoded datum all."""
        return len(self.result_fields) if flags or self.described is None else 1

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that the results show."""
        if self.described is None:
            return ("format/decode", "format/point", _grid_clause(self.operands[0]))
        if self.to is None:
            return self.described.clauses
        return tuple(dict.fromkeys((*self.described.clauses, *self._projection_clauses(self.to))))

    def _projection_clauses(self, to: Projection) -> Iterator[str]:
        """The clauses of the rules that can show in some result."""
        infinite = any(format.canonical(Special.POSITIVE_INFINITY) is not None for format in self.operands)
        yield "project/order"
        tags = self.described.clauses if self.described else ()
        if any(tag in ROOTS or tag.startswith("function/") for tag in tags):
            yield "project/irrational"
        if not self.is_exact:
            yield from ("project/round", "project/past-end", "flags/raise", "flags/tiny")
            if isinstance(to.format.grid, PositGrid):
                yield from ("posit/number", "posit/place")
        if not self.is_exact or (self.described and self.described.clauses[0] in INTEGRAL):
            yield f"round/{to.rounding.name.partition(':')[0].replace('_', '-')}"
        if not self.is_exact or infinite:
            yield f"overflow/{to.overflow.name.partition(':')[0].replace('_', '-')}"
        if to.format.canonical(Special.NAN) is not None and self.operation != "convert":
            yield from ("project/nan", f"nan/{'canonical' if to.nan == 'riscv' else to.nan}")
            if to.nan in {"x86", "arm"}:
                yield "nan/carried"
        if to.subnormals in {"flush", "flush_inputs"}:
            yield "project/flush-inputs"
        if to.subnormals in {"flush", "flush_outputs"}:
            yield "project/flush-outputs"


def _grid_clause(format: Format) -> str:
    if isinstance(format.grid, PositGrid):
        return "posit/number"
    return "grid/float" if isinstance(format.grid, FloatGrid) else "grid/uniform"


def options(to: Projection) -> dict[str, str]:
    """The options of a projection that are not what they are where nothing is said; tininess is always said."""
    usual = {"subnormals": "keep", "nan": "canonical"}
    return {name: getattr(to, name) for name in usual if getattr(to, name) != usual[name]}


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
    m = rational(magnitude(x))
    trailing = (m.numerator & -m.numerator).bit_length() - 1
    exponent = trailing - (m.denominator.bit_length() - 1)
    return 0, sign, m.numerator >> trailing, exponent % (1 << EXPONENT_BITS)
