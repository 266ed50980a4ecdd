"""Tables of the products of shift-based and logarithmic multipliers, made without asking the specification for every pair.

A product of logarithms depends on the signs and the sum of the exponents, so it is asked for once for each; a shifted number is
a product of integers, written to a register.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import Special
from ..spec.flags import Flags
from ..spec.formats import Format, Number, UniformGrid
from ..spec.log_grids import LogGrid
from ..spec.mitchell import Mitchell
from ..spec.power_tables import Powers, log_of, number_of
from ..spec.products import ExactProduct, Multiplier, Product, RoundedProduct
from ..spec.projection import Projection
from ..spec.shift_multipliers import LogProduct, ShiftProduct
from ..spec.terms import NO_PORT
from . import fixed, logs
from .array import code_dtype
from .integer_registers import is_register, raised, register_of
from .matrix_sums import MOST, greatest
from .mitchell import approximate_product

Ints = NDArray[Any]
WIDEST = 16
"""The most bits of an operand, or of both logarithmic ones together."""


class Whole(NamedTuple):
    """Numbers as integers in units of two to the power of the quantum."""

    quantum: int
    integers: Ints


class Made(NamedTuple):
    """Products of every pair of codes in a row: integers in units of two to the power of the quantum, the flags of making them,
    and which are no numbers."""

    quantum: int
    integers: Ints
    flags: NDArray[np.uint8]
    special: NDArray[np.bool_]


def simpler(multiplier: Multiplier, formats: tuple[Format, Format], to: Projection) -> Multiplier:
    """A multiplier that makes the same terms, for a sum in a register: where all exponents are whole, every way of making
    powers is exact, and what is shifted is multiplied. Where the sum is one of integers a register behind has its table.
    """
    match multiplier:
        case ShiftProduct(log=side, to=register):
            logs_here = [format for name, format in zip("xy", formats, strict=True) if name == side]
        case LogProduct(exponent=None, to=register):
            logs_here = list(formats)
        case _:
            return multiplier
    if not all(isinstance(format.grid, LogGrid) and format.grid.fraction == 0 for format in logs_here):
        return multiplier
    if register is None:
        return ExactProduct()
    return multiplier if isinstance(to.format.grid, UniformGrid) else RoundedProduct(register)


def codes_of(format: Format) -> Ints:
    """Every code."""
    return np.arange(1 << format.width, dtype=code_dtype(format))


def logarithmic(format: Format, powers: Powers) -> Whole | None:
    """The numbers that ``powers`` makes of the codes of a logarithmic format, as integers; ``None`` where they are none of 62
    bits, or there is a code of which it makes none."""
    if not isinstance(format.grid, LogGrid) or format.width > WIDEST:
        return None
    try:
        found = [number_of(log_of(Number(code, format)), powers) for code in range(1 << format.width)]
    except ValueError:
        return None
    return whole(found)


def whole(numbers: list[Any]) -> Whole | None:
    """Rational numbers and zeros as integers in one unit; ``None`` where there are others or the integers are too long."""
    rational = [0 if x is Special.NEGATIVE_ZERO else x for x in numbers]
    if any(isinstance(x, Special) or not hasattr(x, "denominator") for x in rational):
        return None
    under = max(x.denominator for x in rational)
    scaled = [int(x * under) for x in rational]
    if under & under - 1 or max(map(abs, scaled)) > MOST:
        return None
    return Whole(1 - under.bit_length(), np.array(scaled, np.int64))


def linear(format: Format) -> Whole | None:
    """The numbers of a fixed-point format that is narrow enough for a table."""
    if not isinstance(format.grid, UniformGrid) or format.width > WIDEST or format.specials:
        return None
    return Whole(format.grid.quantum, fixed.signed(codes_of(format), format).astype(np.int64))


def operands(multiplier: ShiftProduct, formats: tuple[Format, Format]) -> tuple[Whole, Whole] | None:
    """Both operands of method 1 as integers."""
    sides = [
        logarithmic(f, multiplier.powers) if side == multiplier.log else linear(f)
        for side, f in zip("xy", formats, strict=True)
    ]
    return None if sides[0] is None or sides[1] is None else (sides[0], sides[1])


def made(multiplier: Multiplier, formats: tuple[Format, Format]) -> Made | None:
    """The products of every pair of codes, those of one code of x after the other; ``None`` where this is not known here."""
    match multiplier:
        case ShiftProduct(to=to):
            found = operands(multiplier, formats)
            return None if found is None else _written(_product(*found), to)
        case Mitchell(to=to):
            sides = [linear(format) for format in formats]
            return None if sides[0] is None or sides[1] is None else _written(_mitchell(multiplier, sides[0], sides[1]), to)
        case LogProduct():
            return _by_sums(multiplier, formats)
    return None


def _product(x: Whole, y: Whole) -> Whole | None:
    if greatest(x.integers) * greatest(y.integers) > MOST:
        return None
    return Whole(x.quantum + y.quantum, np.multiply.outer(x.integers, y.integers).reshape(-1))


def _mitchell(multiplier: Mitchell, x: Whole, y: Whole) -> Whole:
    sides = [np.abs(side.integers) for side in (x, y)]
    found = approximate_product(sides[0][:, None], sides[1], multiplier.way, multiplier.corrections, multiplier.bits)
    signs = np.multiply.outer(np.sign(x.integers), np.sign(y.integers))
    return Whole(x.quantum + y.quantum, (found * signs).reshape(-1))


def _written(product: Whole | None, to: Projection | None) -> Made | None:
    """Products as a register holds them."""
    if product is None:
        return None
    v, nothing = product.integers, np.zeros(product.integers.size, np.uint8)
    if to is None:
        return Made(product.quantum, v, nothing, nothing.astype(bool))
    if not is_register(to) or to.format.specials:
        return None
    unit = min(product.quantum, to.format.grid.quantum)
    register, left = register_of(to, unit), product.quantum - unit
    if max(greatest(v) << left, register.most << register.shift).bit_length() >= MOST.bit_length():
        return None
    v = v << left
    written = register.write(v, watch=True)
    special = written.over if register.refuses and written.over is not None else nothing.astype(bool)
    integers, flags = (np.where(special, 0, part) for part in (v >> register.shift, raised(written, to)))
    return Made(to.format.grid.quantum, integers, flags.astype(np.uint8), special)


class Kinds(NamedTuple):
    """The pairs of codes of two logarithmic formats by what decides their product: the signs, and the sum of the exponents or a
    zero. ``first`` is a pair of each kind, ``which`` the kind of each pair, those of one code of x after the other."""

    first: Ints
    which: Ints


def kinds(formats: tuple[Format, Format]) -> Kinds | None:
    """The kinds of pairs; ``None`` for formats that are not logarithmic or too wide."""
    x, y = (format.grid for format in formats)
    if not isinstance(x, LogGrid) or not isinstance(y, LogGrid) or sum(format.width for format in formats) > WIDEST:
        return None
    (minus_x, steps_x, zero_x), (minus_y, steps_y, zero_y) = (logs.of_codes(codes_of(format), format) for format in formats)
    finest = max(x.fraction, y.fraction)
    total = np.add.outer(steps_x - steps_x.min() << finest - x.fraction, steps_y - steps_y.min() << finest - y.fraction)
    total[np.logical_or.outer(zero_x, zero_y)] = -1
    _, first, which = np.unique(2 * total + np.not_equal.outer(minus_x, minus_y), return_index=True, return_inverse=True)
    return Kinds(first, which.reshape(-1))


def _by_sums(multiplier: LogProduct, formats: tuple[Format, Format]) -> Made | None:
    """Products of logarithms, one of each kind."""
    found = kinds(formats)
    if found is None:
        return None
    products = [asked(multiplier, formats, int(pair)) for pair in found.first]
    values = whole([product.term.value if product else 0 for product in products])
    if values is None:
        return None
    flags = np.array([int(product.flags if product else Flags.NONE) for product in products], np.uint8)
    special, which = np.array([product is None for product in products]), found.which
    return Made(values.quantum, values.integers[which], flags[which], special[which])


def asked(multiplier: Multiplier, formats: tuple[Format, Format], pair: int) -> Product | None:
    """The product of a pair of codes as the specification makes it; ``None`` where it refuses."""
    x, y = divmod(pair, 1 << formats[1].width)
    try:
        return multiplier.product(Number(x, formats[0]), Number(y, formats[1]), NO_PORT, 0)
    except ValueError:
        return None
