"""Trials that fail, and campaigns that are not believed: what is said, and what is stored by then."""

from dataclasses import replace

import numpy as np
import pytest

from refsim.campaigns import store, store_files
from refsim.campaigns.tasks import WorkerFailed

from .shuffled import ran, shuffled
from .toy import Toy, expected_rows


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The disk is another test's."""
    monkeypatch.setattr(store_files, "SYNCHRONOUS", "OFF")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The export of a run from end to end."""
    return ran(tmp_path_factory.mktemp("whole") / "kept.sqlite")


def test_a_trial_that_fails(tmp_path, whole):
    """The line says which one, the batches before it are stored, and the run can be taken up when it is mended."""
    with pytest.raises(
        WorkerFailed, match=r"^cell 2, trial 13: ValueError: no such trial as 13; the batches before it"
    ) as error:
        ran(tmp_path / "kept.sqlite", Toy(fails=((2, 13),)))
    assert "\n" not in str(error.value)
    found = store.read(tmp_path / "kept.sqlite").rows
    assert {cell: len(rows) for cell, rows in found.items()} == {0: 40, 1: 24, 2: 8}
    assert ran(tmp_path / "kept.sqlite") == whole


@pytest.mark.parametrize("seed", range(8))
def test_a_failure_that_one_worker_would_not_meet(tmp_path, monkeypatch, whole, seed):
    """Past the end of a cell nothing counts, failures neither."""
    shuffled(monkeypatch, seed)
    assert ran(tmp_path / "kept.sqlite", Toy(fails=tuple((1, trial) for trial in range(24, 200)))) == whole


@pytest.mark.parametrize("seed", range(8))
def test_a_failure_that_one_worker_would_meet(tmp_path, monkeypatch, seed):
    """In any order it is the first failing trial of the cell that is named."""
    shuffled(monkeypatch, seed)
    with pytest.raises(WorkerFailed, match=r"^cell 1, trial 17: "):
        ran(tmp_path / "kept.sqlite", Toy(fails=((1, 17), (1, 18), (1, 30))))
    assert store.read(tmp_path / "kept.sqlite").rows[1] == expected_rows(1)[:16]


def test_numbers_of_a_library(tmp_path, whole):
    """Rows have whole numbers of Python before anybody looks at them."""

    class Library(Toy):
        def rows(self, cell, trials):
            return [
                replace(one, hit=np.int64(one.hit), counts=replace(one.counts, images=np.uint16(one.counts.images)))
                for one in super().rows(cell, trials)
            ]

    assert ran(tmp_path / "kept.sqlite", Library()) == whole


def test_rows_of_other_trials(tmp_path):
    """A campaign that does not answer what it is asked is not believed."""

    class Other(Toy):
        def rows(self, cell, trials):
            return super().rows(cell, trials)[::-1]

    with pytest.raises(WorkerFailed, match="cell 0, trials 0 to 7: ValueError: the rows are not those of the trials in order"):
        ran(tmp_path / "kept.sqlite", Other())
    assert store.read(tmp_path / "kept.sqlite").rows == {}


def test_another_campaign_than_the_one_that_is_stored(tmp_path):
    """A file that has changed since the store was opened, say."""
    with pytest.raises(WorkerFailed, match=r"campaign is another one than the store's"):
        ran(tmp_path / "kept.sqlite", Toy(seed=1))


@pytest.mark.parametrize("options", [{"batch": 0}, {"workers": 0}, {"batch": -1}])
def test_no_trials_or_no_workers(tmp_path, options):
    """Nothing could ever be done."""
    with pytest.raises(ValueError, match="a run needs at least one trial in a batch and one worker"):
        ran(tmp_path / "kept.sqlite", **options)
