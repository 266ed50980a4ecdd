"""How each library carries out an operation on arrays: the operations it has, under the names of refsim."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

import numpy as np
import peers
from numpy.typing import NDArray
from peers import ONLY_TIES_TO_EVEN, WITH_FLAGS
from records import Claim, Way

import refsim
from refsim.spec.formats import Format, Number
from refsim.spec.operations import Kind, get_operation

Function = Callable[..., Any]
NUMPY: dict[str, Function] = {
    "convert": lambda x: x,
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "reciprocal": np.reciprocal,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "fma": lambda x, y, z: x * y + z,
    "hypot": np.hypot,
    "fmod": np.fmod,
    "round_to_integral": np.rint,
    "to_integer": lambda x: np.clip(np.rint(x), -128, 127).astype(np.int8),
    "scale_b": np.ldexp,
    "minimum": np.minimum,
    "maximum": np.maximum,
    "clamp": np.clip,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log1p": np.log1p,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "negate": np.negative,
    "absolute": np.abs,
    "copy_sign": np.copysign,
    "next_up": lambda x: np.nextafter(x, np.asarray(np.inf, x.dtype)),
    "next_down": lambda x: np.nextafter(x, np.asarray(-np.inf, x.dtype)),
    "compare_quiet_equal": np.equal,
    "compare_quiet_less": np.less,
    "compare_signaling_less": np.less,
}
SEVERAL_STEPS = ("fma", "rsqrt", "sigmoid")
TRANSCENDENTAL = ("exp", "exp2", "expm1", "log", "log2", "log1p", "sin", "cos", "tanh")
NO_UFUNC = ("scale_b", "clamp", "next_up", "next_down")
"""What ml_dtypes has no ufunc for, or none that stays in its type."""
APYTYPES: dict[str, Function] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negate": operator.neg,
    "absolute": abs,
}
APY_RULES = {
    "ties_to_even": "TIES_EVEN",
    "toward_zero": "TO_ZERO",
    "toward_positive": "TO_POS",
    "toward_negative": "TO_NEG",
    "to_odd": "JAM_UNBIASED",
}
VERIFLOAT: dict[str, Function] = {
    "convert": lambda x: x,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "sqrt": methodcaller("sqrt"),
    "fma": lambda x, y, z: x.fma(y, z),
    "remainder": lambda x, y: x.remainder(y),
    "fmod": lambda x, y: x.fmod(y),
    "round_to_integral": methodcaller("round_to_integral"),
    "round_to_integral_exact": methodcaller("round_to_integral", exact=True),
    "to_integer": methodcaller("to_int", 8),
    "scale_b": lambda x, _: x.scaleb(3),
    "log_b": methodcaller("logb"),
    "minimum": lambda x, y: x.minimum(y),
    "maximum": lambda x, y: x.maximum(y),
    "minimum_number": lambda x, y: x.minimum_number(y),
    "maximum_number": lambda x, y: x.maximum_number(y),
    "negate": operator.neg,
    "absolute": abs,
    "copy_sign": lambda x, y: x.copysign(y),
    "next_up": methodcaller("next_up"),
    "next_down": methodcaller("next_down"),
    "compare_quiet_equal": lambda x, y: x.eq(y),
    "compare_quiet_less": lambda x, y: x.lt(y, signaling=False),
    "compare_signaling_less": lambda x, y: x.lt(y),
    "classify": methodcaller("fclass"),
}


@dataclass(frozen=True)
class Task:
    """An operation on arrays of one format, how its result is rounded, and whether refsim is to give flags."""

    operation: str
    source: Format
    to: refsim.Projection
    flags: bool = False

    @property
    def mixed(self) -> bool:
        """Whether the operands are of another floating-point format than the result."""
        return self.source != self.to.format and self.operation != "to_integer"

    @property
    def even(self) -> bool:
        """Whether the rule is the only one that most libraries have; where nothing is rounded, it is any."""
        return self.to.rounding.name == "ties_to_even"


def refsim_way(task: Task) -> Way:
    """The engine."""
    to = task.to if get_operation(task.operation).kind is Kind.NUMBER else None

    def work(*arrays: Any) -> Any:
        return refsim.engine.apply(task.operation, arrays, to, flags=task.flags)

    return Way("refsim", peers.as_they_are, work, _results)


def _results(found: Any) -> NDArray[np.float64]:
    """The numbers, or the numbers and behind them the flags."""
    if isinstance(found, tuple):
        return np.concatenate([_results(found[0]), peers.as_float64(found[1])])
    return refsim.decode(found) if isinstance(found, refsim.Array) else peers.as_float64(found)


def ways_of_peers(task: Task) -> Iterator[Way]:
    """Every library that has the operation on the format."""
    host = task.source.name in {"binary16", "binary32", "binary64"}
    if task.operation in NUMPY and (host or task.operation not in NO_UFUNC):
        yield _numpy("numpy" if host else "ml_dtypes", task)
    if task.operation in VERIFLOAT and task.to.rounding.name in peers.VERIFLOAT_RULES:
        yield _verifloat(task)
    ieee = host or task.source.name in {"bfloat16", "float8_e5m2"}
    if task.operation in APYTYPES and ieee and not task.flags:
        yield _apytypes(task)


def _numpy(library: str, task: Task) -> Way:
    function = NUMPY[task.operation]

    def prepare(*arrays: refsim.Array) -> tuple[Any, ...]:
        return tuple(x.codes.view(peers.dtype_of(x.format)) for x in arrays)

    def work(*arrays: Any) -> Any:
        if not task.mixed:
            return function(*arrays)
        target = peers.dtype_of(task.to.format)
        return function(*(x.astype(target) for x in arrays))

    return Way(library, prepare, work, peers.as_float64, *_numpy_claim(library, task))


def _numpy_claim(library: str, task: Task) -> tuple[Claim, str]:
    if not task.even:
        return Claim.OTHER, ONLY_TIES_TO_EVEN
    if task.flags:
        return Claim.OTHER, "without flags"
    if task.operation in SEVERAL_STEPS:
        return Claim.OTHER, "several steps, each rounded"
    if task.operation in TRANSCENDENTAL and library == "numpy":
        return Claim.OTHER, "not always rounded correctly"
    if task.operation in {"minimum", "maximum", "clamp"}:
        return Claim.ANY_ZERO, "takes either of two zeros"
    return Claim.SAME, ""


def _apytypes(task: Task) -> Way:
    rule, function = getattr(peers.apytypes, "QuantizationMode", None), APYTYPES[task.operation]
    fields = peers.exponent_and_fraction(task.to.format)

    def work(*arrays: Any) -> Any:
        mode = getattr(rule, APY_RULES[task.to.rounding.name])
        with peers.apytypes.APyFloatQuantizationContext(mode):
            return function(*(x.cast(*fields) for x in arrays) if task.mixed else arrays)

    widens = task.mixed and peers.exponent_and_fraction(task.source)[0] == fields[0]
    claim, note = (Claim.OTHER, "its cast doubles subnormals") if widens else (Claim.SAME, "")
    return Way("apytypes", lambda *arrays: tuple(map(peers.apy_array, arrays)), work, peers.apy_numbers, claim, note)


def _verifloat(task: Task) -> Way:
    function, exponents = VERIFLOAT[task.operation], get_operation(task.operation).exponents

    def prepare(*arrays: refsim.Array) -> tuple[Any, ...]:
        return tuple(None if x.format.name == "int8" else peers.verifloat_array(x, task.to) for x in arrays)

    def work(*arrays: Any) -> Any:
        if not task.mixed:
            return function(*arrays)
        target = peers.verifloat_format(task.to.format, task.to)
        return function(*(x.convert(target) for x in arrays))

    def numbers(found: Any) -> NDArray[np.float64]:
        if isinstance(found, list):  # The bits of the classes.
            return np.log2(found)
        if isinstance(found, tuple):
            return np.array([int(x) for x in found[0]], np.float64)
        values = peers.verifloat_numbers(found)
        return np.concatenate([values, peers.as_float64(found.to_numpy("flags"))]) if task.flags else values

    lists = task.operation in {"to_integer", "classify"} or task.operation.startswith("compare")
    note = "gives a list" if lists else WITH_FLAGS
    claim, note = (Claim.OTHER, "one exponent for all") if exponents else (Claim.SAME, note)
    return Way("verifloat", prepare, work, numbers, claim, note)


def refsim_scalar(task: Task) -> Way:
    """The scalar specification, a call for each element."""
    operation = get_operation(task.operation)

    def prepare(*arrays: refsim.Array) -> tuple[list[tuple[Number, ...]]]:
        columns = ([Number(int(code), x.format) for code in x.codes] for x in arrays)
        return (list(zip(*columns, strict=True)),)

    def work(elements: list[tuple[Number, ...]]) -> list[int]:
        return [operation(*numbers, to=task.to).code for numbers in elements]

    return Way("refsim", prepare, work, peers.numbers_of(task.to.format))


def verifloat_scalar(task: Task) -> Way:
    """VeriFloat's scalars, a call for each element."""
    function = VERIFLOAT[task.operation]

    def prepare(*arrays: refsim.Array) -> tuple[list[tuple[Any, ...]]]:
        return (list(zip(*(peers.verifloat_array(x, task.to).tolist() for x in arrays), strict=True)),)

    def work(elements: list[tuple[Any, ...]]) -> list[Any]:
        return [function(*numbers) for numbers in elements]

    return Way("verifloat", prepare, work, lambda found: np.array([float(x) for x in found]), note=WITH_FLAGS)
