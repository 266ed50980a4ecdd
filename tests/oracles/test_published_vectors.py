"""Every claim of the manifest that another implementation agrees with a file of vectors."""

import os
from functools import lru_cache
from pathlib import Path

import gfloat
import ml_dtypes
import numpy as np
import pytest
import softfloatpy as softfloat
from gfloat import formats as gfloat_formats

from refsim.engine import Array, decode
from refsim.spec.exact import NAN, Special
from refsim.vectors.file import parse
from refsim.vectors.manifest import read_manifest
from refsim.vectors.oracles import GFLOAT, ML_DTYPES, SOFTFLOAT, oracles
from refsim.vectors.suites import suites

FOLDER = Path(__file__).parents[2] / "vectors"
CLAIMED = [(suite, oracle) for suite in suites() for oracle in oracles(suite.configuration)]
QUICK = [pair for pair in CLAIMED if pair[0].tier != "exhaustive" or pair[0].configuration.operation == "decode"]
LONG = [pair for pair in CLAIMED if pair not in QUICK]


@lru_cache(maxsize=1)
def vectors_of(suite):
    stored = FOLDER / suite.path
    return parse(stored.read_bytes() if stored.is_file() else suite.text().encode(), suite.path)


def host_values(codes, format):
    return decode(Array(codes, format), np.float32 if format.width <= 32 else np.float64)


def ml_dtypes_answers(vectors):
    c = vectors.configuration
    codes = [column.astype(f"u{-(-f.width // 8)}") for column, f in zip(vectors.operands, c.operands, strict=False)]
    if c.operation == "decode":
        with np.errstate(all="ignore"):
            return codes[0].view(getattr(ml_dtypes, c.operands[0].name)).astype(np.float64)
    result = np.dtype(getattr(ml_dtypes, c.to.format.name))
    with np.errstate(all="ignore"):
        if c.operation == "convert":
            found = host_values(codes[0], c.operands[0]).astype(result)
        else:
            operate = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}[c.operation]
            found = operate(*(column.view(result) for column in codes))
    return found.view(f"u{result.itemsize}")


GFLOAT_INFO = {
    "float8_e4m3fn": gfloat_formats.format_info_ocp_e4m3,
    "float8_e5m2": gfloat_formats.format_info_ocp_e5m2,
    "float6_e2m3fn": gfloat_formats.format_info_ocp_e2m3,
    "float6_e3m2fn": gfloat_formats.format_info_ocp_e3m2,
    "float4_e2m1fn": gfloat_formats.format_info_ocp_e2m1,
}
GFLOAT_MODE = {
    "ties_to_even": gfloat.RoundMode.TiesToEven,
    "ties_to_away": gfloat.RoundMode.TiesToAway,
    "toward_zero": gfloat.RoundMode.TowardZero,
    "toward_positive": gfloat.RoundMode.TowardPositive,
    "toward_negative": gfloat.RoundMode.TowardNegative,
}


def gfloat_info(format):
    if format.name in GFLOAT_INFO:
        return GFLOAT_INFO[format.name]
    precision = int(format.name.partition("p")[2][:-2])
    signedness = gfloat.Signedness.Signed if format.name[-2] == "s" else gfloat.Signedness.Unsigned
    domain = gfloat.Domain.Extended if format.name[-1] == "e" else gfloat.Domain.Finite
    return gfloat_formats.format_info_p3109(format.width, precision, signedness, domain)


def gfloat_answers(vectors):
    c = vectors.configuration
    if c.operation == "decode":
        info = gfloat_info(c.operands[0])
        return np.array([gfloat.decode_float(info, int(code)).fval for code in vectors.operands[0]])
    info, values = gfloat_info(c.to.format), decode(Array(vectors.operands[0], c.operands[0]))
    rounded = gfloat.round_ndarray(info, values, GFLOAT_MODE[c.to.rounding.name], sat=True)
    return gfloat.encode_ndarray(info, rounded)


SOFTFLOAT_MODE = {
    "ties_to_even": softfloat.RoundingMode.NEAR_EVEN,
    "ties_to_away": softfloat.RoundingMode.NEAR_MAX_MAG,
    "toward_zero": softfloat.RoundingMode.MIN_MAG,
    "toward_positive": softfloat.RoundingMode.MAX,
    "toward_negative": softfloat.RoundingMode.MIN,
}


def softfloat_answers(vectors):
    """Codes and flags."""
    c = vectors.configuration
    softfloat.set_rounding_mode(SOFTFLOAT_MODE[c.to.rounding.name])
    softfloat.set_tininess_mode(softfloat.TininessMode.AFTER_ROUNDING)
    types = {"binary16": softfloat.Float16, "binary32": softfloat.Float32}
    name = {"add": "f16_add", "subtract": "f16_sub", "multiply": "f16_mul"}.get(
        c.operation, "f32_to_f16" if c.to.format.name == "binary16" else "f32_to_bf16"
    )
    operate, found = getattr(softfloat, name), []
    try:
        for row in zip(*vectors.operands, strict=True):
            softfloat.set_exception_flags(softfloat.ExceptionFlag(0))
            operands = [
                types[f.name].from_bytes(int(code).to_bytes(f.width // 8, "big"))
                for code, f in zip(row, c.operands, strict=True)
            ]
            code = int.from_bytes(operate(*operands).to_bytes(), "big")
            found.append((code, int(softfloat.get_exception_flags())))
    finally:
        softfloat.set_rounding_mode(softfloat.RoundingMode.NEAR_EVEN)
        softfloat.set_exception_flags(softfloat.ExceptionFlag(0))
    return np.array(found)


def same_codes(vectors, answers):
    """Equal codes, any NaN being as good as another."""
    expected, specials = vectors.results[0].astype(np.int64), vectors.configuration.to.format.specials
    nan = [
        sum(
            ((x >= b.first) & (x <= b.last) for b in specials if b.datum in (NAN, Special.SIGNALING_NAN)),
            np.zeros(len(x), bool),
        )
        for x in (expected, answers.astype(np.int64))
    ]
    return (expected == answers) | (nan[0] & nan[1]).astype(bool)


def same_values(vectors, answers):
    """Equal data, the parts of a decoded one put together by their definition."""
    kind, sign, significand, exponent = (column.astype(np.int64) for column in vectors.results)
    value = np.ldexp(significand.astype(float), (exponent - ((exponent >> 31) << 32)).astype(np.int32))
    value = np.where(kind == 1, np.inf, np.where(kind >= 2, np.nan, value)) * np.where(sign == 1, -1.0, 1.0)
    return np.isnan(value) & np.isnan(answers) | (value == answers) & (np.signbit(value) == np.signbit(answers))


def check(suite, oracle):
    vectors = vectors_of(suite)
    if oracle == SOFTFLOAT:
        answers = softfloat_answers(vectors)
        assert same_codes(vectors, answers[:, 0]).all()
        assert (vectors.results[1].astype(np.int64) == answers[:, 1]).all()
        return
    answers = {ML_DTYPES: ml_dtypes_answers, GFLOAT: gfloat_answers}[oracle](vectors)
    same = same_values if vectors.configuration.operation == "decode" else same_codes
    assert same(vectors, answers).all()


def name(value):
    return getattr(value, "path", value).replace(os.sep, "/")


@pytest.mark.clause("format/decode", "arithmetic/convert", "arithmetic/add", "arithmetic/subtract", "arithmetic/multiply")
@pytest.mark.parametrize(("suite", "oracle"), QUICK, ids=name)
def test_the_oracle_agrees_with_every_vector(suite, oracle):
    """Each implementation that the manifest names computes the very results of the file."""
    check(suite, oracle)


@pytest.mark.slow
@pytest.mark.parametrize(("suite", "oracle"), LONG, ids=name)
def test_the_oracle_agrees_with_every_pair_of_codes(suite, oracle):
    """The same for suites of all pairs of codes."""
    check(suite, oracle)


def test_the_manifest_claims_just_these():
    """The committed manifest names the oracles that are checked here, and no others."""
    claimed = {(entry.file, oracle) for entry in read_manifest(FOLDER) for oracle in entry.oracles}
    assert claimed == {(suite.path, oracle) for suite, oracle in CLAIMED}
