"""The catalogue: every named format, with values that somebody else published, and the grammar of parametric names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from .families import (
    P3109_WIDTHS,
    fixed_format,
    float_format,
    integer_format,
    levels_format,
    lns_format,
    log_format,
    p3109_format,
    posit_format,
    quire_format,
    scale_format,
)
from .formats import Format
from .naming import FORMAT_ALIASES


class Entry(NamedTuple):
    """A catalogued format, codes of it with the values that ``source`` gives them, and the source."""

    format: Format
    published: tuple[tuple[int, str], ...]
    source: str


OFP8 = "OCP 8-bit Floating Point 1.0, table 2"
MX = "OCP Microscaling Formats 1.0, tables 2 to 7"
FNUZ = "Noune et al., 8-bit Numerical Formats for Deep Neural Networks, arXiv 2206.02915"
IEEE = "IEEE 754-2019, table 3.5"
POSIT = "Posit Standard (2022), section 3"
LOGQUANT = "Miyashita et al., arXiv 1603.01025, LogQuant and Clip"

CATALOGUE: tuple[Entry, ...] = (
    Entry(
        float_format("float8_e4m3fn", 4, 3, specials="fn"),
        ((0x7E, "448"), (0x08, "2**-6"), (0x07, "7/8*2**-6"), (0x01, "2**-9"), (0x80, "-0"), (0x7F, "nan"), (0xFF, "nan")),
        OFP8,
    ),
    Entry(
        float_format("float8_e5m2", 5, 2),
        (
            (0x7B, "57344"),
            (0x04, "2**-14"),
            (0x03, "3/4*2**-14"),
            (0x01, "2**-16"),
            (0x7C, "inf"),
            (0xFC, "-inf"),
            (0x7F, "nan"),
        ),
        OFP8,
    ),
    Entry(
        float_format("float8_e4m3fnuz", 4, 3, 8, "fnuz"),
        ((0x7F, "240"), (0x08, "2**-7"), (0x01, "2**-10"), (0x80, "nan"), (0x40, "1")),
        FNUZ,
    ),
    Entry(
        float_format("float8_e5m2fnuz", 5, 2, 16, "fnuz"),
        ((0x7F, "57344"), (0x04, "2**-15"), (0x01, "2**-17"), (0x80, "nan"), (0x40, "1")),
        FNUZ,
    ),
    Entry(
        float_format("float8_e4m3b11fnuz", 4, 3, 11, "fnuz"),
        ((0x7F, "30"), (0x08, "2**-10"), (0x01, "2**-13"), (0x80, "nan"), (0x58, "1")),
        "LLVM APFloat, Float8E4M3B11FNUZ",
    ),
    Entry(
        float_format("float8_e4m3", 4, 3),
        ((0x77, "240"), (0x08, "2**-6"), (0x01, "2**-9"), (0x78, "inf"), (0x7C, "nan"), (0x79, "snan")),
        "LLVM APFloat, Float8E4M3",
    ),
    Entry(
        float_format("float8_e3m4", 3, 4),
        ((0x6F, "31/2"), (0x10, "2**-2"), (0x01, "2**-6"), (0x70, "inf"), (0x78, "nan")),
        "LLVM APFloat, Float8E3M4",
    ),
    Entry(
        scale_format("float8_e8m0fnu", 8, 127),
        ((0x00, "2**-127"), (0x7F, "1"), (0xFE, "2**127"), (0xFF, "nan")),
        MX,
    ),
    Entry(
        float_format("float6_e2m3fn", 2, 3, specials="finite"),
        ((0x1F, "15/2"), (0x08, "1"), (0x07, "7/8"), (0x01, "1/8"), (0x3F, "-15/2")),
        MX,
    ),
    Entry(
        float_format("float6_e3m2fn", 3, 2, specials="finite"),
        ((0x1F, "28"), (0x04, "1/4"), (0x03, "3/16"), (0x01, "1/16"), (0x3F, "-28")),
        MX,
    ),
    Entry(
        float_format("float4_e2m1fn", 2, 1, specials="finite"),
        (
            (0x0, "0"),
            (0x1, "1/2"),
            (0x2, "1"),
            (0x3, "3/2"),
            (0x4, "2"),
            (0x5, "3"),
            (0x6, "4"),
            (0x7, "6"),
            (0x8, "-0"),
            (0xF, "-6"),
        ),
        MX,
    ),
    Entry(
        float_format("binary16", 5, 10),
        ((0x7BFF, "65504"), (0x0400, "2**-14"), (0x0001, "2**-24"), (0x7C00, "inf"), (0x7E00, "nan"), (0x7D00, "snan")),
        IEEE,
    ),
    Entry(
        float_format("bfloat16", 8, 7),
        ((0x7F7F, "255*2**120"), (0x0080, "2**-126"), (0x0001, "2**-133"), (0x3F80, "1"), (0x7F80, "inf")),
        "Intel BFLOAT16 Hardware Numerics Definition 1.0",
    ),
    Entry(
        float_format("tf32", 8, 10),
        ((0x1FC00, "1"), (0x3FBFF, "2047*2**117"), (0x00400, "2**-126"), (0x3FC00, "inf")),
        "NVIDIA A100 Tensor Core GPU Architecture whitepaper, TF32",
    ),
    Entry(
        float_format("binary32", 8, 23),
        (
            (0x7F7FFFFF, "16777215*2**104"),
            (0x00800000, "2**-126"),
            (0x00000001, "2**-149"),
            (0x3F800000, "1"),
            (0x7F800000, "inf"),
        ),
        IEEE,
    ),
    Entry(
        float_format("binary64", 11, 52),
        (
            (0x7FEFFFFFFFFFFFFF, "9007199254740991*2**971"),
            (0x0010000000000000, "2**-1022"),
            (0x1, "2**-1074"),
            (0x3FF0000000000000, "1"),
        ),
        IEEE,
    ),
    Entry(
        float_format("binary128", 15, 112),
        ((1, "2**-16494"), (1 << 112, "2**-16382"), (0x3FFF << 112, "1"), (0x7FFF << 112, "inf")),
        IEEE,
    ),
    Entry(
        posit_format("posit8", 8),
        ((0x01, "2**-24"), (0x40, "1"), (0xC0, "-1"), (0x48, "2"), (0x7F, "2**24"), (0x80, "nan"), (0x81, "-16777216")),
        POSIT,
    ),
    Entry(
        posit_format("posit16", 16),
        ((0x0001, "2**-56"), (0x4000, "1"), (0x7FFF, "2**56"), (0x8000, "nan"), (0x8001, "-72057594037927936")),
        POSIT,
    ),
    Entry(
        posit_format("posit32", 32),
        ((1, "2**-120"), (0x40000000, "1"), (0x7FFFFFFF, "2**120"), (0x80000000, "nan")),
        POSIT,
    ),
    Entry(log_format("log3_fsr2", 3, 2, 0, signed=False), ((0, "0"), (1, "2**-5"), (6, "1"), (7, "2")), LOGQUANT),
    Entry(
        log_format("slog5_fsr1", 5, 1, 0, signed=True),
        ((0x00, "0"), (0x01, "2**-14"), (0x0F, "1"), (0x10, "-0"), (0x11, "-1/16384"), (0x1F, "-1")),
        LOGQUANT,
    ),
)
"""The named formats. P3109 formats and the parametric ones have names that say what they are; ``get_format`` reads them."""


def p3109_formats() -> Iterator[Format]:
    """All P3109 formats of 3 to 16 bits, by width, precision, signedness and domain."""
    for width in P3109_WIDTHS:
        for signedness in "su":
            for precision in range(1, width + (signedness == "u")):
                for domain in "ef":
                    yield p3109_format(width, precision, signedness, domain)


def _steps(name: str, root: str | None, steps: str | None) -> int:
    """The fraction bits of a logarithm whose steps to the octave a name gives; of base 2 none."""
    count = 2 if root else int(steps or 1)
    if steps and (count < FEWEST_STEPS or count & count - 1):
        raise ValueError(
            f"{name}: the steps to the octave are a power of two from {FEWEST_STEPS}; two of them are called sqrt2"
        )
    return count.bit_length() - 1


FEWEST_STEPS = 4
_INT = r"(-?\d{1,5})"
GRAMMAR: tuple[tuple[str, str, Callable[..., Format]], ...] = (
    (
        r"binary(\d{1,3})p(\d{1,3})([su])([ef])",
        "binary8p3se",
        lambda _, k, p, s, d: p3109_format(int(k), int(p), s, d),
    ),
    (
        rf"e(\d{{1,3}})m(\d{{1,3}})(?:b{_INT})?(fnuz|fn|finite)?(nosub)?",
        "e5m10, e4m3b11fnuz, e2m3finite, e5m10nosub",
        lambda name, e, m, b, s, n: float_format(name, int(e), int(m), int(b) if b else None, s or "ieee", subnormals=not n),
    ),
    (r"int(\d{1,4})", "int8", lambda name, w: integer_format(name, int(w), signed=True)),
    (r"uint(\d{1,4})", "uint4", lambda name, w: integer_format(name, int(w), signed=False)),
    (rf"q{_INT}\.{_INT}", "q2.5", lambda name, i, f: fixed_format(name, int(i), int(f), signed=True)),
    (r"posit(\d{1,2})", "posit10", lambda name, n: posit_format(name, int(n))),
    (r"posit(\d{1,2})es(\d)", "posit8es0", lambda name, n, es: posit_format(name, int(n), int(es))),
    (r"quire(\d{1,2})", "quire8", lambda name, n: quire_format(name, 16 * int(n), posit_format(f"posit{n}", int(n)))),
    (r"ternary", "ternary", lambda name: levels_format(name, 3)),
    (r"levels(\d{1,5})", "levels7", lambda name, m: levels_format(name, int(m))),
    (
        r"(s?)log(\d{1,2})_fsr(m?)(\d{1,5})(?:_(?:(sqrt2)|steps(\d{1,8})))?",
        "log4_fsr3, slog5_fsrm2, log4_fsr3_sqrt2, log8_fsr3_steps16",
        lambda name, s, b, minus, fsr, root, steps: log_format(
            name, int(b), int(fsr) * (-1 if minus else 1), _steps(name, root, steps), signed=bool(s)
        ),
    ),
    (r"lns(\d{1,2})\.(\d{1,2})", "lns4.3", lambda name, i, f: lns_format(name, int(i), int(f))),
    (rf"uq{_INT}\.{_INT}", "uq3.5", lambda name, i, f: fixed_format(name, int(i), int(f), signed=False)),
)
"""The parametric names: a pattern, examples, and the family that it names."""


def _signed_hls(w: str | None, i: str | None, w2: str | None, i2: str | None) -> str:
    width, integer = int(w or w2 or 0), int(i or i2 or 0)
    return f"q{integer - 1}.{width - integer}"


def _unsigned_hls(w: str | None, i: str | None, w2: str | None, i2: str | None) -> str:
    width, integer = int(w or w2 or 0), int(i or i2 or 0)
    return f"uq{integer}.{width - integer}"


SPELLINGS: tuple[tuple[str, Callable[..., str]], ...] = (
    (rf"(?:ap_fixed<(\d{{1,4}}),{_INT}>|ac_fixed<(\d{{1,4}}),{_INT}(?:,true)?>)", _signed_hls),
    (rf"(?:ap_ufixed<(\d{{1,4}}),{_INT}>|ac_fixed<(\d{{1,4}}),{_INT},false>)", _unsigned_hls),
    (rf"fxp-s(\d{{1,3}})/{_INT}", lambda w, f: f"q{int(w) - 1 - int(f)}.{int(f)}"),
    (rf"fxp-u(\d{{1,3}})/{_INT}", lambda w, f: f"uq{int(w) - int(f)}.{int(f)}"),
    (r"posit<(\d{1,2}),(\d)>", lambda n, es: f"posit{n}es{es}"),
)
"""Fixed-point names of Vitis HLS and Algorithmic C, whose I counts the sign, and of fxpmath; posits of given exponent bits."""


@lru_cache(maxsize=4096)
def get_format(name: str) -> Format:
    """The format of a catalogued, parametric or other name; ``ValueError`` with near names for an unknown one."""
    plain = FORMAT_ALIASES.get(name, name)
    for pattern, spelling in SPELLINGS:
        if match := re.fullmatch(pattern, plain.replace(" ", "")):
            plain = spelling(*match.groups())
    for entry in CATALOGUE:
        if entry.format.name == plain:
            return entry.format
    for pattern, _, family in GRAMMAR:
        if match := re.fullmatch(pattern, plain):
            return family(plain, *match.groups())
    near = get_close_matches(name, [*(entry.format.name for entry in CATALOGUE), *FORMAT_ALIASES, "binary8p3se"], 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "'refsim formats' lists the names"
    raise ValueError(f"unknown format {name!r}; {hint}")
