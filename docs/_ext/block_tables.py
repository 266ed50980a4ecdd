"""Tables of block formats, of scale rules and of who follows which, read off the specification's data."""

from collections.abc import Iterable
from fractions import Fraction

from refsim.spec.block_formats import ALIASES, BLOCK_FORMATS, CATALOGUE, GRAMMAR
from refsim.spec.blocks import PRACTICES
from refsim.spec.scales import LIMITS, greatest

Row = tuple[str, ...]
MX = ("mxfp8_e4m3", "mxfp8_e5m2", "mxfp6_e2m3", "mxfp6_e3m2", "mxfp4", "mxint8")


def block_formats() -> Iterable[Row]:
    """The catalogue of block formats."""
    yield "Format", "Other names", "Elements", "emax", "Greatest", "Tile", "Scale", "Bits", "Source"
    for format, source in CATALOGUE:
        others = ", ".join(f"``{alias}``" for alias, name in ALIASES.items() if name == format.name)
        scale = f"``{format.scale}``" + (f", tensor ``{format.tensor}``" if format.tensor else "")
        yield (
            f"``{format.name}``",
            others or "none",
            f"``{format.element}``",
            str(format.emax),
            str(greatest(format.element)),
            f"{format.rows} x {format.columns}",
            scale,
            str(format.bits),
            source,
        )


def block_grammar() -> Iterable[Row]:
    """The parametric names, by example."""
    yield "Names", "Pattern"
    for pattern, examples, _ in GRAMMAR:
        yield f"``{examples}``", f"``{pattern}``"


def scale_limits() -> Iterable[Row]:
    """The limit of every rule for every MX format, marked where the greatest element may lie at it."""
    yield "Rule", *(f"``{name}``" for name in MX)
    for rule, limit in LIMITS.items():
        found = [limit(BLOCK_FORMATS[name].element) for name in MX]
        yield f"``{rule}``", *(f"{'<=' if at.reached else '<'} {_short(at.number)}" for at in found)


def _short(x: Fraction) -> str:
    return str(x) if x.denominator == 1 else str(x.numerator / x.denominator)


def practices() -> Iterable[Row]:
    """Who follows which rule, and does what with the rest."""
    yield "Practice", "Rule", "NaN or infinity", "Block of zeros", "Scale past the end", "Division"
    for name, practice in PRACTICES.items():
        yield f"``{name}``", *(f"``{part}``" for part in practice)


BLOCK_TABLES = {
    "block-formats": block_formats,
    "block-grammar": block_grammar,
    "scale-limits": scale_limits,
    "practices": practices,
}
"""The tables by name."""
