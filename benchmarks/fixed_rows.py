"""The rows of fixed point: floats to fixed-point formats, casts between them, sums and products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import data
import numpy as np
import peers
from numpy.typing import NDArray
from records import Claim, Goal, Row, Way

import refsim
from refsim import Projection, get_format
from refsim.spec.fixed import fixed_of
from refsim.spec.formats import Format
from refsim.spec.growth import GROWTH

AS_FAST, TWICE, FOUR_TIMES, FIFTY_TIMES = (Goal("ratio", bound) for bound in (1, 2, 4, 50))
QUANTIZED = ("q2.5", "q7.8", "q15.16", "q7.40")
CASTS = (("q7.8", "q2.5"), ("q15.16", "q7.8"), ("q15.32", "q7.16"))
OPERANDS = ("q2.5", "q7.8", "q15.16")
SHIFTS = ("shift_left", "shift_right_logical", "shift_right_arithmetic")
RULES = (("ties_to_away", "wrap"), ("ties_to_even", "saturate"), ("toward_negative", "wrap"))
APY_MODES = {"ties_to_even": "TIES_EVEN", "toward_negative": "TO_NEG", "ties_to_away": "TIES_AWAY"}
APY_OVERFLOWS = {"saturate": "SAT", "wrap": "WRAP"}
FXP_METHODS = {"ties_to_even": "around", "toward_negative": "floor", "ties_to_away": "nearest_away"}


def rows() -> Iterator[Row]:
    """Every row of fixed point."""
    for name in QUANTIZED:
        for rounding, overflow in RULES:
            yield quantization(Projection(name, rounding, overflow), np.float64)
    yield quantization(Projection("q7.8", "ties_to_even", "saturate"), np.float32)
    for source, target in CASTS:
        for rounding, overflow in RULES[1:]:
            yield cast(get_format(source), Projection(target, rounding, overflow))
    for name in OPERANDS:
        for operation in ("multiply", "add"):
            yield projected(operation, Projection(name, *RULES[1]))
            if name != "q15.16" or operation == "add":
                yield whole(operation, get_format(name))
    yield from (shift(name) for name in SHIFTS)


def quantization(to: Projection, kind: Any) -> Row:
    """Floats of a width about that of the format, some of which leave its range."""

    def numbers(size: int) -> tuple[NDArray[Any]]:
        spread = float(to.format.grid.magnitude(to.format.top)) / 3
        return ((np.random.default_rng(size).standard_normal(size) * spread).astype(kind),)

    saturates = to.overflow.name == "saturate"
    own = to.rounding.name == "ties_to_away" and to.overflow.name == "wrap"
    claim, note = (Claim.SAME, "") if own else (Claim.OTHER, "ties away from zero, wraps: its only rules")
    ways = (
        Way("apytypes", peers.as_they_are, lambda x: from_array(x, to.format), peers.apy_numbers, claim, note, AS_FAST),
        Way("fxpmath", peers.as_they_are, lambda x: fxp(x, to), fxp_numbers, goal=FIFTY_TIMES if saturates else TWICE),
        peers.copy(np.dtype(kind).itemsize + 2),
    )
    words = ("quantize", f"{np.dtype(kind).name}-to-{to.format}", to.rounding.name, to.overflow.name)
    return Row("/".join(("fixed", *words)), numbers, peers.refsim_encode(to), ways)


def cast(source: Format, to: Projection) -> Row:
    """Codes of one format to another."""
    rules = peers.apytypes and apy_rules(to)
    ways = (
        Way("apytypes", lambda x: (apy(x),), lambda x: x.cast(**bits(to.format), **rules), peers.apy_numbers, goal=TWICE),
        Way("fxpmath", lambda x: (fxp(x.values(), Projection(source, *RULES[2])),), lambda x: fxp(x, to), fxp_numbers),
    )
    words = ("convert", f"{source}-to-{to.format}", to.rounding.name, to.overflow.name)
    return Row("/".join(("fixed", *words)), codes_of(source), refsim_way("convert", to), ways)


def projected(operation: str, to: Projection) -> Row:
    """A sum or product of two arrays of a format, brought back into it."""
    rules = peers.apytypes and apy_rules(to)

    def work(x: Any, y: Any) -> Any:
        return (x * y if operation == "multiply" else x + y).cast(**bits(to.format), **rules)

    way = Way("apytypes", lambda x, y: (apy(x), apy(y)), work, peers.apy_numbers, note="and its cast", goal=FOUR_TIMES)
    words = (operation, to.format.name, to.rounding.name, to.overflow.name)
    return Row("/".join(("fixed", *words)), pairs_of(to.format), refsim_way(operation, to), (way,))


def whole(operation: str, format: Format) -> Row:
    """The same in the format that holds all results: nothing is rounded. Its numbers must be those of binary64."""
    result = {"multiply": "product", "add": "sum"}[operation]
    to = Projection(GROWTH["apytypes"][result](format, format), "toward_negative", "wrap")

    def work(x: Any, y: Any) -> Any:
        return x * y if operation == "multiply" else x + y

    way = Way("apytypes", lambda x, y: (apy(x), apy(y)), work, peers.apy_numbers)
    return Row(f"fixed/{operation}/{format}-to-{to.format}", pairs_of(format), refsim_way(operation, to), (way,))


def shift(name: str) -> Row:
    """Codes of 16 bits shifted by less than their width, as NumPy does it too."""
    int16, uint8 = get_format("int16"), get_format("uint8")

    def operands(size: int) -> tuple[refsim.Array, refsim.Array]:
        counts = np.random.default_rng(size).integers(0, 16, size).astype(np.uint8)
        return data.codes(int16, size)[0], refsim.Array(counts, uint8)

    def by_numpy(x: refsim.Array, n: refsim.Array) -> tuple[Any, Any]:
        counts = n.codes.astype(np.uint16)
        return (x.codes, counts) if name == "shift_right_logical" else (x.codes.view(np.int16), counts.view(np.int16))

    def numbers(x: NDArray[Any]) -> NDArray[np.float64]:
        return refsim.decode(refsim.Array(x.view(np.uint16), int16))

    way = Way("numpy", by_numpy, np.left_shift if name == "shift_left" else np.right_shift, numbers)
    return Row(f"{name}/int16", operands, refsim_way(name), (way,))


def codes_of(format: Format) -> Callable[[int], tuple[Any, ...]]:
    """Codes of a format, all alike likely."""
    return lambda size: (data.codes(format, size)[0],)


def pairs_of(format: Format) -> Callable[[int], tuple[Any, ...]]:
    """Two arrays of codes."""
    return lambda size: (data.codes(format, size)[0], data.codes(format, size)[0][::-1])


def refsim_way(operation: str, *to: Projection) -> Way:
    """The engine's operation, with the projection of its result if it has one."""
    return Way("refsim", peers.as_they_are, lambda *x: getattr(refsim.engine, operation)(*x, *to), refsim.decode)


def bits(format: Format) -> dict[str, int]:
    """The bits of a signed format as APyTypes calls them."""
    integer, fraction, _ = fixed_of(format)
    return {"int_bits": integer, "frac_bits": fraction}


def apy_rules(to: Projection) -> dict[str, Any]:
    """The rules of a projection as APyTypes calls them."""
    return {
        "quantization": getattr(peers.apytypes.QuantizationMode, APY_MODES[to.rounding.name]),
        "overflow": getattr(peers.apytypes.OverflowMode, APY_OVERFLOWS[to.overflow.name]),
    }


def from_array(x: NDArray[Any], format: Format) -> Any:
    """Floats as an array of APyTypes."""
    return peers.apytypes.APyFixedArray.from_array(x, **bits(format))


def apy(x: refsim.Array) -> Any:
    """Codes as an array of APyTypes."""
    return from_array(x.values(), x.format)


def fxp(x: Any, to: Projection) -> Any:
    """Numbers as an array of fxpmath."""
    fraction = fixed_of(to.format).fraction
    rules = {"rounding": FXP_METHODS[to.rounding.name], "overflow": to.overflow.name}
    return peers.fxpmath.Fxp(x, signed=to.format.signed, n_word=to.format.width, n_frac=fraction, **rules)


def fxp_numbers(x: Any) -> NDArray[np.float64]:
    """The numbers of an array of fxpmath."""
    return np.asarray(x.get_val(), dtype=np.float64)
