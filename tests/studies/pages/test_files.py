"""The files of a study: the page, tables, figures and records, the same each time."""

import json
import re

import docutils.core
import pytest

from refsim.studies.pages.files import read_results, results_of, write_all
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
    plain = re.sub(r":download:`(\w+) <[^>]*>`", r"\1", text).replace("code-block:: console", "code-block::")
    tree = docutils.core.publish_doctree(plain, settings_overrides={"report_level": 1, "halt_level": 2})
    titles = [one.astext() for one in tree.findall(lambda node: node.tagname == "title")]
    assert titles[:3] == ["Toys: dots, quick", "The question", "How it was asked"]
    assert titles[-3:] == ["What the paper claims", "Beside the paper", "What was not reproduced, and why"]
    assert report(folder.scale, folder.records()).claims[0].verdict in text
