"""How each library does the work. A library that is not installed is only missed when it is asked."""

from __future__ import annotations

import importlib
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


apytypes, gfloat, gfloat_formats, ml_dtypes, verifloat, onnx, softposit = map(
    optional, ("apytypes", "gfloat", "gfloat.formats", "ml_dtypes", "verifloat", "onnx.numpy_helper", "softposit")
)
onnxruntime, fxpmath = map(optional, ("onnxruntime", "fxpmath"))
OPTIONAL = {
    "apytypes": apytypes,
    "gfloat": gfloat,
    "ml_dtypes": ml_dtypes,
    "verifloat": verifloat,
    "onnx": onnx,
    "onnxruntime": onnxruntime,
    "softposit": softposit,
    "fxpmath": fxpmath,
}
MISSING = {name for name, module in OPTIONAL.items() if module is None}

ONLY_TIES_TO_EVEN = "ties to even, its only rule"
PAST_THE_END = "past the end: inf or NaN"
WITH_FLAGS = "with flags"


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


def refsim_scalar(to: refsim.Projection) -> Way:
    """The scalar specification, number by number."""
    return Way("refsim", as_they_are, lambda xs: [to(x).code for x in xs], numbers_of(to.format))


def dtype_of(format: Format) -> Any:
    """The NumPy or ml_dtypes type of a format."""
    host = {"binary16": np.float16, "binary32": np.float32, "binary64": np.float64, "int8": np.int8}
    return host.get(format.name) or getattr(ml_dtypes, format.name)


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


def exponent_and_fraction(format: Format) -> tuple[int, int]:
    """The widths of the two fields of a signed format."""
    fraction = format.grid.precision - 1
    return format.width - 1 - fraction, fraction


def apy_array(x: refsim.Array) -> Any:
    """The codes of an array as one of APyTypes."""
    return apytypes.APyFloatArray.from_bits(x.codes, *exponent_and_fraction(x.format))


def apy_numbers(x: Any) -> NDArray[np.float64]:
    """The numbers of an array of APyTypes."""
    return np.asarray(x.to_numpy(dtype=np.float64))


def apy_encode(to: refsim.Projection, claim: Claim, note: str) -> Way:
    """Floats to a narrow format: ``from_array`` rounds ties to even; under another rule binary32 is cast."""
    exponent, fraction = exponent_and_fraction(to.format)
    if to.rounding.name != "toward_negative":
        return Way(
            "apytypes",
            as_they_are,
            lambda x: apytypes.APyFloatArray.from_array(x, exponent, fraction),
            apy_numbers,
            claim,
            note,
        )
    return Way(
        "apytypes",
        lambda x: (apytypes.APyFloatArray.from_array(x, 8, 23),),
        lambda x: x.cast(exponent, fraction, quantization=apytypes.QuantizationMode.TO_NEG),
        apy_numbers,
        claim,
        note,
    )


def apy_quantize(format: Format, note: str) -> Way:
    """Floats to fixed point: ``from_array``."""
    return Way(
        "apytypes",
        as_they_are,
        lambda x: apytypes.APyFixedArray.from_array(x, int_bits=format.width, frac_bits=0),
        apy_numbers,
        Claim.OTHER,
        note,
    )


def apy_decode() -> Way:
    """A narrow format to binary32, by ``to_numpy``."""
    return Way("apytypes", lambda x: (apy_array(x),), lambda x: x.to_numpy(dtype=np.float32), as_float64)


VERIFLOAT_RULES = {
    "ties_to_even": "RNE",
    "ties_away": "RNA",
    "toward_zero": "RTZ",
    "toward_positive": "RUP",
    "toward_negative": "RDN",
}


def verifloat_format(format: Format, to: refsim.Projection) -> Any:
    """The VeriFloat description of a format, whose results are rounded as the projection says."""
    return verifloat.FPFormat(
        *exponent_and_fraction(format),
        inf_nan="fn" if format.name == "float8_e4m3fn" else not format.name.endswith("fn"),
        saturate=to.overflow.name == "saturate",
        rounding=verifloat.Rounding[VERIFLOAT_RULES[to.rounding.name]],
    )


def verifloat_encode(to: refsim.Projection, goal: Goal | None = None) -> Way:
    """Floats to a narrow format, with flags."""

    def work(x: Any) -> Any:
        return verifloat_format(to.format, to).array(x)

    return Way("verifloat", as_they_are, work, verifloat_numbers, note=WITH_FLAGS, goal=goal)


def verifloat_decode(format: Format) -> Way:
    """Codes to binary64, which is what ``to_numpy`` gives."""
    to = refsim.Projection(format, "ties_to_even", "infinity")
    return Way("verifloat", lambda x: (verifloat_array(x, to),), lambda x: x.to_numpy(), as_float64)


def verifloat_array(x: refsim.Array, to: refsim.Projection) -> Any:
    """The codes of an array as one of VeriFloat."""
    return verifloat.FPArray.from_raw(x.codes, verifloat_format(x.format, to))


def verifloat_numbers(x: Any) -> NDArray[np.float64]:
    """The numbers of an array of VeriFloat."""
    return np.asarray(x.to_numpy())
