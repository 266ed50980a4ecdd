"""The committed pages of the studies are what their committed records say, and no older than the code that makes them."""

from pathlib import Path

import pytest

from refsim.studies.names import STUDIES
from refsim.studies.pages.files import PAGE, RESULTS, read_results, write_all

DOCS = Path(__file__).parents[2] / "docs" / "studies"
FOUND = sorted(path.parent for path in DOCS.glob(f"*/*/{RESULTS}"))
NAMES = [str(path.relative_to(DOCS)) for path in FOUND]


def test_every_study_has_pages():
    """Each study has one of its own data, one of digits, and one of garments; the list of pages has all of them."""
    expected = {f"{study.name}/{data}" for study in STUDIES.values() for data in (study.data, "digits", "fashion-mnist")}
    assert set(NAMES) == expected
    listed = (DOCS / "index.rst").read_text(encoding="utf-8")
    assert {name for name in NAMES if f"   {name}/page\n" in listed} == set(NAMES)


@pytest.mark.parametrize("folder", FOUND, ids=NAMES)
def test_a_page_is_made_of_its_records(folder, tmp_path):
    """Page and tables are byte for byte what the records make; the book draws its figures of them too."""
    results = read_results(folder / RESULTS)
    assert results.manifest["study"] == folder.parent.name
    assert Path(results.manifest["data"]).stem == folder.name
    assert not results.manifest["quick"]
    write_all(tmp_path, STUDIES[results.manifest["study"]], results, kinds=())
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert made
    for name in made:
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes(), name
    assert (folder / PAGE).stat().st_size < 100_000
    assert (folder / RESULTS).stat().st_size < 500_000


@pytest.mark.parametrize("folder", FOUND, ids=NAMES)
def test_every_point_has_trials(folder):
    """Every value of a table with an interval has it the right way round, and trials."""
    results = read_results(folder / RESULTS)
    report = STUDIES[results.manifest["study"]].report(results.scale, results.records)
    measured = [cell for table in report.tables() for row in table.rows for cell in row if hasattr(cell, "trials")]
    assert measured
    assert all(cell.low <= cell.value <= cell.high and cell.trials >= 1 for cell in measured)
