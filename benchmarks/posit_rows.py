"""The rows of posits, beside SoftPosit's Python wrapper, which takes one number at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import data
import numpy as np
import peers
from records import Claim, Row, Way

from refsim import Array, Projection, engine, get_format
from refsim.spec.formats import Format
from refsim.spec.operations import get_operation

RULES = ("ties_to_even", "saturate_finite")
OPERATIONS = {"add": 2, "multiply": 2, "divide": 2, "sqrt": 1, "fma": 3}
ON_CODES = ("posit_compare_less", "posit_next", "posit_prior", "negate")
SOFTPOSIT = {"add": "add", "multiply": "mul", "divide": "div", "sqrt": "sqrt", "fma": "mulAdd"}
KINDS = {"posit8es0": "8", "posit16es1": "16", "posit32": "32"}
"""The peer's posits: those of the draft of 2019."""
LOST = "differs in the last place of some sums"
ONE_BY_ONE = 1 << 14
"""As many numbers as the peer is given at a time."""


def posits() -> Iterator[Row]:
    """Encodings and arithmetic of posits: the standard's, alone, and the peer's, beside it."""
    for name in ("posit8", "posit16", "posit32"):
        yield _encoding(name)
        yield from (_operation(operation, name) for operation in OPERATIONS)
        yield from (_on_codes(operation, name) for operation in ON_CODES)
    for name in KINDS:
        yield from (_operation(operation, name, few=True) for operation in OPERATIONS)


def _encoding(name: str) -> Row:
    to = Projection(name, *RULES)
    return Row(f"encode/{name}/ties_to_even", lambda size: (data.spread(to.format, size, np.float32),), peers.refsim_encode(to))


def _on_codes(operation: str, name: str) -> Row:
    """An operation on codes."""
    format = get_format(name)
    count = len(get_operation(operation).roles)
    ours = Way("refsim", lambda *codes: tuple(Array(c, format) for c in codes), partial(_asked, operation), _as_numbers)
    return Row(f"{operation}/{name}", partial(_codes, format, count), ours)


def _asked(operation: str, *operands: Any) -> Any:
    return engine.apply(operation, operands, None)


def _as_numbers(found: Any) -> Any:
    return np.asarray(getattr(found, "codes", found), np.float64)


def _operation(operation: str, name: str, *, few: bool = False) -> Row:
    """An operation; where ``few``, beside the peer."""
    format = get_format(name)
    to = Projection(format, *RULES)

    def work(*operands: Any) -> Any:
        return engine.apply(operation, operands, to)

    def prepare(*codes: Any) -> tuple[Any, ...]:
        return tuple(Array(c, format) for c in codes)

    ours = Way("refsim", prepare, work, engine.decode)
    others, most = ((_softposit(operation, name),), ONE_BY_ONE) if few else ((), 1 << 30)
    words = (operation, name, "few" if few else "ties_to_even")
    return Row("/".join(words), partial(_codes, format, OPERATIONS[operation]), ours, others, most)


def _codes(format: Format, count: int, size: int) -> tuple[Any, ...]:
    """Codes of numbers, at random."""
    rng = np.random.default_rng(count)
    codes = (rng.integers(1, 1 << format.width, size) for _ in range(count))
    return tuple(np.where(c == 1 << format.width - 1, 1, c) for c in codes)


def _softposit(operation: str, name: str) -> Way:
    bits, softposit = KINDS[name], peers.softposit

    def prepare(*codes: Any) -> tuple[Any, ...]:
        return tuple([_of(getattr(softposit, f"posit{bits}_t"), int(code)) for code in c] for c in codes)

    def work(*operands: Any) -> Any:
        function: Callable[..., Any] = getattr(softposit, f"p{bits}_{SOFTPOSIT[operation]}")
        return [function(*row).v for row in zip(*operands, strict=True)]

    claim = (Claim.OTHER, LOST) if (operation, name) == ("fma", "posit32") else (Claim.SAME, "")
    return Way("softposit", prepare, work, peers.numbers_of(get_format(name)), *claim)


def _of(kind: Any, code: int) -> Any:
    made = kind()
    made.v = code
    return made
