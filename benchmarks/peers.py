"""How each library does the work. A library that is not installed is only missed when it is asked."""

from __future__ import annotations

import importlib
import operator
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from records import Claim, Goal, Way

import refsim
from refsim.spec.formats import Format


def optional(name: str) -> Any:
    """The module, or ``None`` where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


apytypes, gfloat, gfloat_formats, ml_dtypes = map(optional, ("apytypes", "gfloat", "gfloat.formats", "ml_dtypes"))
MISSING = {name for name, module in (("apytypes", apytypes), ("gfloat", gfloat), ("ml_dtypes", ml_dtypes)) if module is None}

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"add": operator.add, "multiply": operator.mul}
ONLY_TIES_TO_EVEN = "ties to even, its only rule"
PAST_THE_END = "past the end: inf or NaN"


def installed(way: Way) -> bool:
    """Whether the library of a way is there."""
    return way.library not in MISSING


def numbers_of(format: Format) -> Callable[[Any], NDArray[np.float64]]:
    """What codes of a format stand for, whatever integers they are given as."""
    return lambda codes: refsim.decode(refsim.Array(np.asarray(codes).astype(np.uint64), format))


def as_they_are(*data: Any) -> tuple[Any, ...]:
    """The data themselves."""
    return data


def as_float64(values: Any) -> NDArray[np.float64]:
    """Numbers of any NumPy or ml_dtypes type; a signaling NaN may make the host complain."""
    return np.asarray(values).astype(np.float64)


def refsim_encode(to: refsim.Projection) -> Way:
    """Floats to codes, with the draws of a stochastic rule behind the floats."""
    return Way("refsim", as_they_are, lambda *data: refsim.encode(data[0], to, *data[1:]), refsim.decode)


def refsim_decode() -> Way:
    """Codes to binary32."""
    return Way("refsim", as_they_are, lambda x: refsim.decode(x, np.float32), as_float64)


def refsim_operation(name: str, to: refsim.Projection) -> Way:
    """An operation on two arrays of codes."""
    function = getattr(refsim.engine, name)
    return Way("refsim", as_they_are, lambda x, y: function(x, y, to), refsim.decode)


def refsim_scalar(to: refsim.Projection) -> Way:
    """The scalar specification, number by number."""
    return Way("refsim", as_they_are, lambda xs: [to(x).code for x in xs], numbers_of(to.format))


def dtype_of(format: Format) -> Any:
    """The NumPy or ml_dtypes type of a format."""
    return {"binary16": np.float16, "binary32": np.float32}.get(format.name) or getattr(ml_dtypes, format.name)


def cast(library: str, format: Format, claim: Claim, note: str, goal: Goal | None = None) -> Way:
    """Floats to a type of the library, by ``astype``."""
    return Way(library, as_they_are, lambda x, *_: x.astype(dtype_of(format)), as_float64, claim, note, goal)


def uncast(format: Format, goal: Goal | None = None) -> Way:
    """Numbers of an ml_dtypes type to binary32, by ``astype``."""
    return Way(
        "ml_dtypes",
        lambda x: (x.codes.view(dtype_of(format)),),
        lambda x: x.astype(np.float32),
        as_float64,
        goal=goal,
    )


def ufunc(library: str, name: str, format: Format, claim: Claim, note: str, goal: Goal | None = None) -> Way:
    """An operation on arrays of a type of the library."""
    return Way(
        library,
        lambda *arrays: tuple(x.codes.view(dtype_of(format)) for x in arrays),
        OPERATORS[name],
        as_float64,
        claim,
        note,
        goal,
    )


def numpy_quantize(format: Format, claim: Claim, note: str) -> Way:
    """What one writes in NumPy for signed integers: round, clip, cast."""
    ends = -format.top_negative, format.top
    return Way("numpy", as_they_are, lambda x: np.clip(np.rint(x), *ends).astype(np.int8), as_float64, claim, note)


def copy(bytes_of_an_element: int) -> Way:
    """A copy that reads and writes as many bytes as the work does: how fast memory would let it be."""

    def buffers(x: Any, *_: Any) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        full = np.zeros(len(x) * bytes_of_an_element // 2, np.uint8)
        return np.ones_like(full), full

    return Way("copy", buffers, np.copyto, None, Claim.OTHER, "as many bytes, by np.copyto")


def fresh_process(library: str, goal: Goal | None = None) -> Way:
    """A new interpreter that imports the library and ends."""
    statement = f"import {library}"

    def work() -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)  # noqa: S603

    return Way(library, lambda *_: (), work, None, Claim.OTHER, statement, goal)


def gfloat_format(format: Format) -> Any:
    """The gfloat description of a format."""
    named = {
        "float8_e5m2": "ocp_e5m2",
        "float8_e4m3fn": "ocp_e4m3",
        "float6_e2m3fn": "ocp_e2m3",
        "float6_e3m2fn": "ocp_e3m2",
        "float4_e2m1fn": "ocp_e2m1",
        "binary16": "binary16",
        "bfloat16": "bfloat16",
    }
    if format.name in named:
        return getattr(gfloat_formats, f"format_info_{named[format.name]}")
    if format.name == "binary8p3se":
        return gfloat_formats.format_info_p3109(8, 3, gfloat.Signedness.Signed, gfloat.Domain.Extended)
    grid = format.grid
    return gfloat.FormatInfo(
        name=format.name,
        k=format.width,
        precision=grid.precision,
        bias=1 - grid.emin,
        has_nz=True,
        domain=gfloat.Domain.Extended,
        num_high_nans=(1 << grid.precision - 1) - 1,
        has_subnormals=True,
        is_signed=True,
        is_twos_complement=False,
    )


GFLOAT_RULES = {
    "ties_to_even": "TiesToEven",
    "toward_negative": "TowardNegative",
    "stochastic_a": "StochasticFastest",
}


def _gfloat_mode(to: refsim.Projection) -> tuple[Any, bool]:
    base = to.rounding.name.partition(":")[0]
    return getattr(gfloat.RoundMode, GFLOAT_RULES.get(base, "TiesToEven")), to.overflow.name == "saturate"


def gfloat_encode(to: refsim.Projection, goal: Goal | None = None) -> Way:
    """Floats to codes: ``round_ndarray``, then ``encode_ndarray``."""
    known = to.rounding.name.partition(":")[0] in GFLOAT_RULES

    def work(x: Any, *draw: Any) -> Any:
        info, (mode, saturate) = gfloat_format(to.format), _gfloat_mode(to)
        rounded = gfloat.round_ndarray(info, x, mode, saturate, *draw, *([to.rounding.bits] if draw else []))
        return gfloat.encode_ndarray(info, rounded)

    claim, note = (Claim.SAME, "") if known else (Claim.OTHER, f"ties to even: it has no {to.rounding}")
    return Way("gfloat", as_they_are, work, numbers_of(to.format), claim, note, goal)


def gfloat_decode(format: Format) -> Way:
    """Codes to binary64, which is what ``decode_ndarray`` gives."""
    return Way("gfloat", lambda x: (x.codes,), lambda x: gfloat.decode_ndarray(gfloat_format(format), x), as_float64)


def gfloat_scalar(to: refsim.Projection) -> Way:
    """Number by number: ``round_float``, then ``encode_float``."""

    def work(xs: list[float]) -> list[int]:
        info, (mode, saturate) = gfloat_format(to.format), _gfloat_mode(to)
        return [gfloat.encode_float(info, gfloat.round_float(info, x, mode, saturate)) for x in xs]

    return Way("gfloat", lambda xs: ([float(x) for x in xs],), work, numbers_of(to.format))


def _bits(format: Format) -> tuple[int, int]:
    fraction = format.grid.precision - 1
    return format.width - 1 - fraction, fraction


def _apy_array(x: refsim.Array) -> Any:
    return apytypes.APyFloatArray.from_bits(x.codes, *_bits(x.format))


def _apy_numbers(x: Any) -> NDArray[np.float64]:
    return np.asarray(x.to_numpy(dtype=np.float64))


APY_RULES = {"ties_to_even": "TIES_EVEN", "toward_negative": "TO_NEG"}


def apy_encode(to: refsim.Projection, claim: Claim, note: str) -> Way:
    """Floats to a narrow format: ``from_array`` rounds ties to even; under another rule binary32 is cast."""
    exponent, fraction = _bits(to.format)
    if to.rounding.name != "toward_negative":
        return Way(
            "apytypes",
            as_they_are,
            lambda x: apytypes.APyFloatArray.from_array(x, exponent, fraction),
            _apy_numbers,
            claim,
            note,
        )
    return Way(
        "apytypes",
        lambda x: (apytypes.APyFloatArray.from_array(x, 8, 23),),
        lambda x: x.cast(exponent, fraction, quantization=apytypes.QuantizationMode.TO_NEG),
        _apy_numbers,
        claim,
        note,
    )


def apy_quantize(format: Format, note: str) -> Way:
    """Floats to fixed point: ``from_array``."""
    return Way(
        "apytypes",
        as_they_are,
        lambda x: apytypes.APyFixedArray.from_array(x, int_bits=format.width, frac_bits=0),
        _apy_numbers,
        Claim.OTHER,
        note,
    )


def apy_decode() -> Way:
    """A narrow format to binary32, by ``to_numpy``."""
    return Way("apytypes", lambda x: (_apy_array(x),), lambda x: x.to_numpy(dtype=np.float32), as_float64)


def apy_operation(name: str, to: refsim.Projection, claim: Claim, note: str) -> Way:
    """An operation on two arrays of floats under a rounding rule."""

    def work(x: Any, y: Any) -> Any:
        with apytypes.APyFloatQuantizationContext(getattr(apytypes.QuantizationMode, APY_RULES[to.rounding.name])):
            return OPERATORS[name](x, y)

    return Way("apytypes", lambda *arrays: tuple(map(_apy_array, arrays)), work, _apy_numbers, claim, note)
