"""Multipliers by their names, which are made of names of formats."""

from __future__ import annotations

import re

from ...spec.catalogue import get_format
from ...spec.formats import Format
from .fixed_point import full_product, multiply_add, rounded_product, sign_magnitude
from .floating_point import floating_product, is_interchange
from .logarithmic import added, is_logarithmic, shifted, shifted_one
from .multipliers import Multiplier, is_fixed

KINDS = "FORMAT, FORMAT/ROUNDING/OVERFLOW, A*B, A*B+C, LOG*LOG/fixed and sign_magnitudeN"
WIDEST = 64
"""The most bits of an operand: the gates of a product grow with the square."""


def get_multiplier(name: str) -> Multiplier:
    """The multiplier of a name.

    A format stands for the product of two of its numbers: all bits of it in fixed point, a rounded one in floating point, a
    logarithm in a logarithmic format. ``FORMAT/ROUNDING/OVERFLOW`` is a fixed-point product brought back into the format,
    ``A*B`` one of two formats, ``A*B+C`` one that is added to an accumulator C, which wraps, ``A*LOG`` a shift, and
    ``LOG*LOG/fixed`` a one shifted by the sum of two logarithms; ``sign_magnitudeN`` has N bits with the sign. ``ValueError``
    for anything else.
    """
    if match := re.fullmatch(r"sign_magnitude(\d{1,3})", name):
        return sign_magnitude(name, checked_width(name, int(match[1])))
    product, *rules = name.split("/")
    parts = re.fullmatch(r"([^*+]+)(?:\*([^*+]+)(?:\+([^*+]+))?)?", product)
    found = None
    if parts:
        formats = [get_format(part) for part in (parts[1], parts[2] or parts[1], parts[3]) if part]
        for format in formats:
            checked_width(name, format.width)
        found = _made(name, formats, [kind_of(format) for format in formats], rules)
    if found is None:
        raise ValueError(f"no multiplier is built for {name!r:.80}; there are {KINDS}")
    return found


def kind_of(format: Format) -> str:
    """Which kind of multiplier a format needs: ``fixed``, ``log`` or ``float``; empty where none is built."""
    return "fixed" if is_fixed(format) else "log" if is_logarithmic(format) else "float" if is_interchange(format) else ""


def _made(name: str, formats: list[Format], kinds: list[str], rules: list[str]) -> Multiplier | None:
    """A multiplier of formats whose kinds are known, by the rules in its name; ``None`` where none is built."""
    same = len(set(formats)) == 1
    match kinds, rules:
        case ["fixed", "fixed"], []:
            return full_product(name, *formats)
        case ["fixed", "fixed"], [rounding, overflow] if same:
            return rounded_product(name, formats[0], rounding, overflow)
        case ["fixed", "fixed", "fixed"], []:
            return multiply_add(name, *formats)
        case ["float", "float"], [] if same:
            return floating_product(name, formats[0])
        case ["fixed", "log"], []:
            return shifted(name, *formats)
        case ["log", "log"], [] if same:
            return added(name, formats[0])
        case ["log", "log"], ["fixed"] if same:
            return shifted_one(name, formats[0])
    return None


def checked_width(name: str, width: int) -> int:
    """The width itself, if a multiplier that wide is built; ``ValueError`` otherwise."""
    if width > WIDEST:
        raise ValueError(f"{name}: a multiplier is built for operands of at most {WIDEST} bits, not {width}")
    return width
