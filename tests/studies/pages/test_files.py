"""The files of a study: the page, tables, figures and records, the same each time."""

import json
import re
import shlex
from dataclasses import replace

import docutils.core
import pytest

from refsim.studies.pages.files import read_results, results_of, write_all
from refsim.studies.pages.page import page
from refsim.studies.results.charts import Chart, Panel, Series
from refsim.studies.results.measured import Measured, exact
from refsim.studies.results.report import Section
from refsim.studies.results.tables import Column, Table
from refsim.studies.running.outcomes import DamagedStudy
from refsim.studies.running.runner import run

from ..toy import folder_of, report, study_with, toy


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished study with all its files."""
    found = folder_of(tmp_path_factory.mktemp("files") / "study")
    run(found, toy, workers=1)
    write_all(found.path, found.study, results_of(found))
    return found


def test_files(folder):
    """Everything is there, and the page names all of it."""
    for name in ("results.json", "page.rst", "tables/squares.csv", "tables/squares.json"):
        assert (folder.path / name).is_file()
    assert {file.name for file in (folder.path / "figures").iterdir()} == {
        f"{name}.{kind}" for name in ("squares", "grid") for kind in ("svg", "png")
    }
    page = (folder.path / "page.rst").read_text()
    for file in re.findall(r"(?:figures|tables)/[\w.]+", page):
        assert (folder.path / file).is_file()
    assert "506" in page
    assert "* the mean: 42.17" in page


def test_results_come_back(folder, tmp_path):
    """What is made of the stored records is what was made of the study."""
    found = read_results(folder.path / "results.json")
    assert found.records == folder.records()
    assert found.scale == folder.scale
    write_all(tmp_path / "again", study_with(), found)
    for name in ("page.rst", "results.json", "tables/squares.csv", "figures/squares.svg", "figures/grid.png"):
        assert (tmp_path / "again" / name).read_bytes() == (folder.path / name).read_bytes()


def test_damaged_results(folder, tmp_path):
    """Anything else is no results."""
    whole = (folder.path / "results.json").read_text()
    for text in (whole[:-4], "{}", "[]", json.dumps({"manifest": {}})):
        (tmp_path / "results.json").write_text(text)
        with pytest.raises(DamagedStudy, match=r"results\.json is no results of a study"):
            read_results(tmp_path / "results.json")


def test_the_page_is_restructuredtext(folder):
    """It is read without a complaint, with its sections in order."""
    text = (folder.path / "page.rst").read_text()
    tree = tree_of(text)
    titles = [one.astext() for one in tree.findall(lambda node: node.tagname == "title")]
    assert titles[:4] == ["Toys: dots, quick", "The question", "How it was asked", "What is claimed, and what holds"]
    assert titles[-2:] == ["Beside the paper", "What was not reproduced, and why"]
    assert report(folder.scale, folder.records()).claims[0].verdict in text


def tree_of(text):
    """The document that a page is; ``SystemMessage`` for anything that is no reStructuredText."""
    plain = re.sub(r":download:`(\w+) <[^>]*>`", r"\1", text).replace("code-block:: console", "code-block::")
    return docutils.core.publish_doctree(plain, settings_overrides={"report_level": 1, "halt_level": 2})


@pytest.mark.parametrize("data", ["my data.npz", "a*b*|c|_`d`.npz", "it's\\here_"])
def test_data_of_any_name(folder, data):
    """The title has the name as it is, and the command can be given as it stands."""
    found = results_of(folder)
    text = page(study_with(), report(found.scale, found.records), {**found.manifest, "data": data}, found.times)
    tree = tree_of(text)
    title = next(iter(tree.findall(lambda node: node.tagname == "title")))
    assert title.astext() == f"Toys: {data}, quick"
    (command,) = re.findall(r"\$ (refsim .*)", text)
    assert shlex.split(command) == ["refsim", "study", "toy", "--data", data, "--quick"]


def test_an_empty_cell_is_a_dash_and_no_list(folder):
    """And a chart says of how many trials its bars are."""
    found = results_of(folder)
    table = Table("t", "T", [Column("a"), Column("b")], [(None, "x"), (exact(1.0), None)])
    points = [("x", Measured(1.0, 0.0, 2.0, 5)), ("y", exact(1.0)), ("z", Measured(1.0, 0.0, 2.0, 9))]
    said = Chart("d", "Intervals at 95% over 9 trials.", [Panel("", "", "", [Series("s", points)])])
    charts = [said] + [
        Chart(f"c{n}", "Lines" + "." * (n == 1), [Panel("", "", "", [Series("s", points[:n])])]) for n in (1, 2, 3)
    ]
    whole = report(found.scale, found.records)
    text = page(study_with(), replace(whole, sections=[Section("S", "", charts, [table])]), found.manifest, found.times)
    cells = [one.astext() for one in tree_of(text).findall(lambda node: node.tagname == "entry")]
    assert cells[-6:] == ["-", "-", "x", "1.0", "1", "-"]
    assert text.count("Lines. Bars are intervals at 95%, of 5 trials each.\n") == 4
    assert text.count("Intervals at 95% over 9 trials.\n") == 2
    assert text.count("Lines. Bars are intervals at 95%, of 5 to 9 trials each.\n") == 2
