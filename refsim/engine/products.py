"""Products as integers: what the multiplier of a datapath makes of codes, in units of one power of two."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import NEGATIVE_ZERO, Special
from ..spec.formats import FloatGrid, Format, Number, UniformGrid
from ..spec.log_grids import LogGrid
from ..spec.posits import PositGrid
from ..spec.power_tables import Powers
from ..spec.products import ExactProduct, Multiplier, Product, RoundedProduct
from ..spec.projection import Projection
from ..spec.shift_multipliers import ShiftProduct
from ..spec.terms import NO_PORT
from . import fixed, shift_products
from .apply import apply, every_combination
from .array import Array, code_dtype
from .decode import TABLE_WIDTH, exponents, fits, numbers
from .integer_registers import Register, is_register, register_of
from .matrix_sums import MOST, greatest
from .table_factors import Factors, factors

Ints = NDArray[Any]
BINARY64 = np.dtype(np.float64)
TABLE_BITS = 16
"""Operands of at most this many bits together have a table."""
FEW_FACTORS = 1 << 4
"""A table that is a sum of so few products is added up as matrix products."""


class Integers(NamedTuple):
    """The numbers of a format as integers between two ends, in units of two to the power of the quantum.

    ``table`` has them by code, ``None`` where the code itself is the integer; ``special`` says which codes are no numbers.
    """

    format: Format
    quantum: int
    low: int
    high: int
    table: Ints | None = None
    special: NDArray[np.bool_] | None = None

    def of(self, codes: Ints) -> Ints:
        """Codes as integers, of whatever type; those that are no numbers as anything."""
        return fixed.signed(codes, self.format) if self.table is None else self.table.take(codes.astype(np.intp))

    def specials(self, codes: Ints) -> NDArray[np.bool_] | None:
        """Which codes are no numbers; ``None`` where all are."""
        return None if self.special is None else self.special.take(codes.astype(np.intp))


@lru_cache(maxsize=1024)
def integers_of(format: Format) -> Integers | None:
    """The integers of a format; ``None`` where it is neither fixed point of at most 64 bits nor narrow enough for a table."""
    reach = fixed.reach(format)
    if reach is not None:
        return Integers(format, reach.quantum, reach.low, reach.high)
    if format.width > TABLE_WIDTH or not isinstance(format.grid, UniformGrid | FloatGrid | PositGrid | LogGrid):
        return None
    least, most = exponents(format)
    # Integers of 53 bits are the same numbers in binary64.
    if most - least >= np.finfo(BINARY64).nmant or not fits(format, BINARY64):
        return None
    with np.errstate(all="ignore"):
        values = np.ldexp(numbers(np.arange(1 << format.width, dtype=code_dtype(format)), format, BINARY64), -least)
    special = ~np.isfinite(values)
    values[special] = 0
    table = values.astype(np.int64)
    if (table != values).any():
        return None
    table.setflags(write=False)
    return Integers(format, least, int(table.min()), int(table.max()), table, special if special.any() else None)


class ProductTable(NamedTuple):
    """Every product of two formats by their codes: integers in units of two to the power of the quantum.

    ``flags`` are what making it raised, ``None`` where nothing is raised; ``special`` says which products are no numbers.
    """

    quantum: int
    integers: Ints
    flags: NDArray[np.uint8] | None
    special: NDArray[np.bool_] | None
    factors: Factors

    @property
    def swapped(self) -> ProductTable:
        """The table of the operands in the other order."""
        flags = None if self.flags is None else self.flags.T
        special = None if self.special is None else self.special.T
        return ProductTable(self.quantum, self.integers.T, flags, special, self.factors.swapped)


@lru_cache(maxsize=64)
def product_table(multiplier: Multiplier, formats: tuple[Format, Format]) -> ProductTable | None:
    """The table of a multiplier, read off the specification; ``None`` for operands of too many bits, or products that are no
    integers of 62 bits in any one unit."""
    if sum(format.width for format in formats) > TABLE_BITS:
        return None
    made: Made | None = shift_products.made(multiplier, formats)
    if made is None:
        made = _rounded(multiplier, formats) if isinstance(multiplier, RoundedProduct) else _specified(multiplier, formats)
    if made is None:
        return None
    quantum, *found = made
    integers, flags, special = (part.reshape(1 << formats[0].width, 1 << formats[1].width) for part in found)
    return ProductTable(
        quantum, integers, flags if flags.any() else None, special if special.any() else None, factors(integers)
    )


Made = tuple[int, Ints, NDArray[np.uint8], NDArray[np.bool_]]


def _rounded(multiplier: RoundedProduct, formats: tuple[Format, Format]) -> Made | None:
    to, found = multiplier.to, integers_of(multiplier.to.format)
    if found is None or to.rounding.bits:
        return None
    codes = every_combination(formats)
    try:
        held, flags = apply(
            "multiply", tuple(Array(c, format) for c, format in zip(codes, formats, strict=True)), to, flags=True
        )
    except ValueError:  # One product has no code: the specification says which ones have.
        return _specified(multiplier, formats)
    integers, special = found.of(held.codes), found.specials(held.codes)
    if greatest(integers) > MOST:
        return None
    return found.quantum, integers.astype(np.int64), flags, np.zeros(len(flags), bool) if special is None else special


def _specified(multiplier: Multiplier, formats: tuple[Format, Format]) -> Made | None:
    made: list[Product | None] = []
    for x, y in zip(*map(np.ndarray.tolist, every_combination(formats)), strict=True):
        try:
            made.append(multiplier.product(Number(x, formats[0]), Number(y, formats[1]), NO_PORT, 0))
        except ValueError:  # The specification refuses it again when it is met.
            made.append(None)
    data = [None if product is None else product.term.value for product in made]
    if not all(x is None or isinstance(x, Fraction | Special) for x in data):
        return None
    numbers = [Fraction(0) if x is NEGATIVE_ZERO else x if isinstance(x, Fraction) else None for x in data]
    under = max((x.denominator for x in numbers if x is not None), default=1)
    scaled = [0 if x is None else int(x * under) for x in numbers]
    if under & under - 1 or max(map(abs, scaled)) > MOST:
        return None
    flags = np.array([0 if product is None else int(product.flags) for product in made], np.uint8)
    return 1 - under.bit_length(), np.array(scaled, np.int64), flags, np.array([x is None for x in numbers])


class Source(NamedTuple):
    """How the terms of two formats are made: of their integers, of those through a register, or of a table.

    ``low`` and ``high`` are the ends of a term in units of 2**quantum.
    """

    quantum: int
    low: int
    high: int
    operands: tuple[Integers, Integers] | None = None
    table: ProductTable | None = None
    register: Register | None = None

    @property
    def most(self) -> int:
        """The greatest magnitude of a term."""
        return max(-self.low, self.high)

    @property
    def is_matrix(self) -> bool:
        """Whether the terms are added up as a matrix product."""
        return self.register is None and (self.table is None or self.table.factors.rank <= FEW_FACTORS)


@lru_cache(maxsize=1024)
def source_of(multiplier: Multiplier, formats: tuple[Format, Format]) -> Source | None:
    """How a multiplier makes terms of two formats; ``None`` where they are no integers."""
    x, y = map(integers_of, formats)
    computed = _shifted(multiplier, formats) if isinstance(multiplier, ShiftProduct) else None
    if x is not None and y is not None:
        if isinstance(multiplier, ExactProduct):
            return _product(x, y)
        if isinstance(multiplier, RoundedProduct) and is_register(multiplier.to) and multiplier.to.subnormals == "keep":
            computed = _held(_product(x, y), multiplier.to)
    if computed is not None and computed.register is None:
        return computed
    table = product_table(multiplier, formats)  # type: ignore[arg-type]  # a record has a hash
    if table is None:
        return computed
    return Source(table.quantum, int(table.integers.min()), int(table.integers.max()), table=table)


def _shifted(multiplier: ShiftProduct, formats: tuple[Format, Format]) -> Source | None:
    """The products of a linear operand and the powers of a logarithmic one."""
    sides: list[Integers] = []
    for side, format in zip("xy", formats, strict=True):
        found = _logarithmic(format, multiplier.powers) if side == multiplier.log else integers_of(format)
        if found is None:
            return None
        sides.append(found)
    product = _product(*sides)
    if multiplier.to is None:
        return product
    return _held(product, multiplier.to) if is_register(multiplier.to) else None


def _logarithmic(format: Format, powers: Powers) -> Integers | None:
    """The powers of a logarithmic format."""
    found = shift_products.logarithmic(format, powers)
    if found is None:
        return None
    return Integers(format, found.quantum, int(found.integers.min()), int(found.integers.max()), found.integers)


def _product(x: Integers, y: Integers) -> Source:
    ends = [a * b for a in (x.low, x.high) for b in (y.low, y.high)]
    return Source(x.quantum + y.quantum, min(ends), max(ends), (x, y))


def _held(product: Source, to: Projection) -> Source | None:
    """The product as its register holds it: itself where the register has every product."""
    step = to.format.grid.quantum
    unit = min(product.quantum, step)
    register, left = register_of(to, unit), product.quantum - unit
    if not register.shift and register.low <= product.low << left and product.high << left <= register.high:
        return product
    if register.refuses or max(product.most << left, register.most).bit_length() + register.shift > MOST.bit_length():
        return None
    ends = (register.low << register.shift, register.high << register.shift)
    return Source(unit, *ends, product.operands, None, register)
