"""Figures of the studies' pages are drawn of their records when the book is built: in no commit, and never stale."""

from pathlib import Path

from sphinx.application import Sphinx

from refsim.campaigns.report.drawing import saved
from refsim.nn.storage import save
from refsim.studies.names import STUDIES
from refsim.studies.pages.drawing import draw
from refsim.studies.pages.files import RESULTS, read_results
from refsim.studies.pages.page import FIGURES


def draw_all(app: Sphinx) -> None:
    """Draw every figure of every page beside it."""
    for path in sorted(Path(app.srcdir).glob(f"studies/*/*/{RESULTS}")):
        results = read_results(path)
        report = STUDIES[results.manifest["study"]].report(results.scale, results.records)
        for figure in report.figures():
            save(path.parent / FIGURES / f"{figure.name}.svg", saved(draw(figure), "svg"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry point."""
    app.connect("builder-inited", draw_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
