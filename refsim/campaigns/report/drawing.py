"""Figures as bytes: always the same ones, for a file or for a place inside a page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

INK, FAINT = "#22303c", "#9aa5b1"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""The palette of Okabe and Ito (2008), which people with any colour vision tell apart, without its black and its yellow."""
MARKERS = "osD^vPX"
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlesize": 10.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "refsim",
    "svg.fonttype": "path",
}


def matplotlib() -> Any:
    """The library that draws; ``ModuleNotFoundError`` that says how to install it."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 an extra
        import matplotlib.figure  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("pictures need matplotlib: pip install 'refsim[campaigns]'", name=error.name) from None
    return mpl


@contextmanager
def style() -> Iterator[Any]:
    """The library, with the look of all figures, whatever the settings of the machine are."""
    mpl = matplotlib()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield mpl


def saved(figure: Any, kind: str) -> bytes:
    """A figure as ``svg`` or ``png``, without a date or the name of a program; ``ValueError`` for another kind."""
    metadata: dict[str, dict[str, None]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
    if kind not in metadata:
        raise ValueError(f"a picture is saved as {' or '.join(metadata)}, not {kind!r}")
    bytes_io = io.BytesIO()
    with style():
        figure.savefig(bytes_io, format=kind, metadata=metadata[kind], dpi=120, facecolor="white")
    return bytes_io.getvalue()


def inline(figure: Any, prefix: str, label: str) -> str:
    """A figure as an element of a page, which no program but the browser needs.

    Names inside get the prefix, as no two elements of a page may have one name; ink takes the colour of the page's text. The
    label is for people who do not see it.
    """
    with style():
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}-', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
    svg = re.sub(r'<style type="text/css">.*?</style>', "", svg, flags=re.DOTALL)
    svg = svg.replace(INK, "currentColor").replace(FAINT, "var(--faint)")
    size = re.search(r'viewBox="[^"]*"', svg)
    assert size is not None, "every figure has a size"
    return f'<svg {size[0]} role="img" aria-label="{label}">{svg[svg.index(">") + 1 :].strip()}'
