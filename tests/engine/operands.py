"""Operands of any operation: formats that suit its roles, and codes aimed at the places where implementations differ."""

import random

import numpy as np

from refsim.engine import Array
from refsim.spec.catalogue import get_format
from refsim.spec.formats import FloatGrid

EXPONENTS = ("int8", "int16", "int32", "uint8")
"""The formats of operands that are exponents."""


def codes(format, size, seed):
    """Codes of a format: special data and their neighbours, both ends, the border of the subnormal numbers, and numbers within
    some binades of one whose significands have few ones or few zeros, so that they cancel, tie and carry."""
    rng, found = random.Random(seed), []
    binade = 1 << (format.grid.precision - 1 if isinstance(format.grid, FloatGrid) else format.width - 2)
    least = format.least_normal or 1
    ends = [0, 1, 2, least - 1, least, least + 1, format.top - 1, format.top, format.top >> 1, (format.top >> 1) + 1]
    one = format.grid.floor(max(format.grid.magnitude(1), type(format.grid.magnitude(1))(1)))
    for _ in range(size):
        kind = rng.random()
        if kind < 0.12:
            found.append(rng.getrandbits(format.width))
            continue
        if kind < 0.25 and format.specials:
            block = rng.choice(format.specials)
            found.append(rng.choice([block.first, block.last, max(block.first - 1, 0)]))
            continue
        if kind < 0.4:
            n = rng.choice(ends)
        else:
            place = rng.choice([0, 1, 2, 3, binade // 2, binade // 2 + 1, binade - 1, binade // 3, rng.randrange(binade)])
            n = one + int(rng.gauss(0, 6)) * binade + place
        n = max(min(n, format.top), format.first)
        found.append(format.code(rng.random() < 0.5 and format.top_negative >= n > 0, n))
    return found


def array(format, size, seed):
    """The codes as an array."""
    return Array(np.array(codes(format, size, seed), dtype=object), format)


def operands(operation, formats, size, seed):
    """Arrays for the roles of an operation, of formats taken in turn; exponents of an integer format."""
    rng, arrays = random.Random(f"{operation} {seed}"), []
    for place, role in enumerate(operation.roles):
        name = rng.choice(EXPONENTS) if role in operation.exponents else formats[place % len(formats)]
        format = get_format(name) if isinstance(name, str) else name
        arrays.append(array(format, size, f"{operation} {format} {role} {seed}"))
    return arrays
