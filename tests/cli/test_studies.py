"""The command that runs a study."""

import json

import pytest

import refsim.cli.studies as command
from refsim.studies.names import STUDIES

from ..studies import toy


@pytest.fixture
def toys(monkeypatch, tmp_path):
    """Any name is that of the toy; the working directory is an empty one."""
    monkeypatch.setattr(command, "get_study", toy.toy)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_study(refsim, toys):
    """It ends with the claims and where the page is; again, it says the same at once."""
    ran = refsim("study", "weight-scaling", "--quick", "--workers", 1)
    assert (ran.code, ran.err) == (0, "")
    assert "the mean" in ran.out
    assert "weight-scaling-dots-quick/page.rst: the page" in ran.out
    assert (toys / "weight-scaling-dots-quick" / "page.rst").is_file()
    assert refsim("study", "weight-scaling", "--quick") == ran


@pytest.mark.usefixtures("toys")
def test_json(refsim):
    """Claims as JSON, and nothing else on standard output."""
    ran = refsim("study", "weight-scaling", "--out", "here", "--data", "any", "--json")
    (claim,) = json.loads(ran.out)
    assert (claim["claim"], claim["verdict"], claim["effects"][0]["unit"]) == ("large", "holds", "m2")
    assert ran.err.startswith("here/page.rst")


@pytest.mark.usefixtures("toys")
def test_another_study_in_the_folder(refsim, refused):
    """It is not overwritten."""
    refsim("study", "weight-scaling", "--quick", "--out", "here", "--workers", 1)
    said = refused("study", "weight-scaling", "--out", "here")
    assert said == "here holds another study, by its quick: true there, false here; give another folder by --out"


def test_a_damaged_outcome(refsim, toys):
    """Exit code 4, and what to do."""
    refsim("study", "weight-scaling", "--quick", "--out", "here", "--workers", 1)
    (toys / "here" / "work" / "total.npz").write_bytes(b"")
    ran = refsim("study", "weight-scaling", "--quick", "--out", "here")
    assert ran.code == 4
    assert "total.npz is damaged" in ran.err
    assert "remove it, and it is computed again" in ran.err


@pytest.mark.parametrize(
    ("study_of", "said"),
    [(toy.failing, "job square/5: ArithmeticError: this number has no square"), (toy.dying, ": a process died")],
)
def test_a_job_that_fails(refsim, toys, monkeypatch, study_of, said):
    """Exit code 5, with the job."""
    monkeypatch.setattr(command, "get_study", study_of)
    ran = refsim("study", "weight-scaling", "--quick", "--out", "here", "--workers", 1)
    assert ran.code == 5
    assert said in ran.err
    assert not (toys / "here" / "page.rst").exists()


def test_misuse(refused, toys):
    """Unknown studies, folders that are files, and no workers."""
    assert "'colours' is not one of 'weight-scaling'" in refused("study", "colours")
    (toys / "file").write_text("")
    assert "file" in refused("study", "weight-scaling", "--out", "file")
    assert "0 is not in the range x>=1" in refused("study", "weight-scaling", "--workers", 0)


@pytest.mark.parametrize("name", STUDIES)
def test_data_that_are_not_there(refused, name, tmp_path):
    """Every study says so before anything is written."""
    assert "there is no data set 'nowhere'" in refused("study", name, "--data", "nowhere", "--out", tmp_path / "here")
    assert not (tmp_path / "here").exists()


def test_without_matplotlib(refused, toys, monkeypatch):
    """Before anything is computed, it is said that pictures need a library."""

    def missing():
        raise ValueError("pictures need matplotlib: pip install 'refsim[campaigns]'")

    monkeypatch.setattr(command, "matplotlib", missing)
    assert "pip install" in refused("study", "weight-scaling", "--out", "here")
    assert not (toys / "here").exists()
