"""Runs: what is stored depends on the campaign alone, not on who computed it, in what order, or how often it was stopped."""

import os
import random
import signal
import threading
from functools import partial

import pytest

from refsim.campaigns import runner, store, store_files
from refsim.campaigns.plan import Stop
from refsim.campaigns.runner import Interrupted, Progress, run
from refsim.campaigns.tasks import Task, WorkerFailed, compute
from refsim.campaigns.workers import Here

from .shuffled import ran, shuffled
from .toy import BATCH, CELLS, Toy, begun, enough, expected_rows


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """The disk is another test's."""
    monkeypatch.setattr(store_files, "SYNCHRONOUS", "OFF")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The export of a run from end to end."""
    return ran(tmp_path_factory.mktemp("whole") / "kept.sqlite")


def test_the_rows_that_a_campaign_has(tmp_path):
    """Trial after trial of each cell up to the first batch after which the rule has enough, and a look after each batch."""
    ran(tmp_path / "kept.sqlite")
    found = store.read(tmp_path / "kept.sqlite")
    assert found.rows == {cell: expected_rows(cell) for cell in CELLS}
    assert {cell: len(rows) for cell, rows in found.rows.items()} == {0: 40, 1: 24, 2: 23, 3: 64}
    for cell, rows in found.rows.items():
        ends = [*range(BATCH, len(rows), BATCH), len(rows)]
        decisions = ["go on"] * (len(ends) - 1) + ["enough"]
        assert [look for look in found.looks if look.cell == cell] == [
            (cell, *pair) for pair in zip(ends, decisions, strict=True)
        ]


@pytest.mark.parametrize("seed", range(12))
def test_any_order_gives_the_same(tmp_path, monkeypatch, whole, seed):
    """Any number of workers that answer in any order: nothing past the end of a cell is kept, and no more than the workers
    held is computed in vain."""
    made = shuffled(monkeypatch, seed)
    assert ran(tmp_path / "kept.sqlite") == whole
    needed = sum(-(-len(expected_rows(cell)) // BATCH) for cell in CELLS)
    assert needed <= made[0].computed <= needed + len(CELLS) * (made[0].room - 1)
    assert made[0].tasks is None


@pytest.mark.parametrize("seed", range(6))
def test_stopped_at_any_batch(tmp_path, monkeypatch, whole, seed):
    """Stopped again and again, each time after some batches, and resumed by other workers."""
    draw = random.Random(seed)
    for attempt in range(100):
        shuffled(monkeypatch, attempt)
        left = draw.randrange(1, 5)

        def progress(_):
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), draw.choice((signal.SIGINT, signal.SIGTERM)))

        try:
            assert ran(tmp_path / "kept.sqlite", progress=progress) == whole
            break
        except Interrupted as error:
            stored = sum(map(len, store.read(tmp_path / "kept.sqlite").rows.values()))
            assert str(error).startswith(f"stopped after {stored} trials; they are stored in {tmp_path}")
    assert attempt > 3


def test_the_rule_sees_rows_from_trial_0_on(tmp_path):
    """At the end of each batch, all rows up to there; not between, and not after its end."""
    seen = []

    def ask(_, rows):
        assert [row.trial for row in rows] == list(range(len(rows)))
        seen.append((rows[0].cell, len(rows)))
        return len(rows) >= 20

    with store.begin(tmp_path / "kept.sqlite", Toy().manifest()) as kept:
        run(Toy, kept, {4: Stop("width", 100), 2: Stop("width", 12)}, ask, batch=5)
    assert seen == [(4, 5), (4, 10), (4, 15), (4, 20), (2, 5), (2, 10)]
    assert store.read(tmp_path / "kept.sqlite").looks == [
        (2, 5, "go on"),
        (2, 10, "go on"),
        (2, 12, "enough"),
        *((4, 5, "go on"), (4, 10, "go on"), (4, 15, "go on"), (4, 20, "enough")),
    ]


def test_what_is_computed_ahead_is_bounded(tmp_path, monkeypatch):
    """While one batch takes long only so many behind it are computed, which would be lost with it; then other cells are."""

    class Stuck:
        """Two workers: the one with the first batch is done with it when there is nothing else to do."""

        room = 2

        def __init__(self, factory, expected):
            self.here, self.tasks, self.seen = Here(factory, expected), [], []

        def submit(self, task):
            self.tasks.append(task)
            self.seen.append(task)

        def wait(self):
            task = self.tasks.pop(1 if len(self.tasks) > 1 else 0)
            if task.first == task.cell == 0:
                waiting.extend(self.seen)
            return [compute(self.here._work, task)]

        def close(self):
            """Nothing is left."""

    waiting = []
    monkeypatch.setattr(runner, "_pool", lambda factory, kept, *_: Stuck(factory, kept.identity))
    ran(tmp_path / "kept.sqlite", cells={0: Stop("trials", 400), 3: Stop("trials", 24)})
    assert waiting == [*(Task(0, n, n + BATCH) for n in range(0, 64, BATCH)), *(Task(3, n, n + BATCH) for n in (0, 8, 16))]
    assert [len(rows) for rows in store.read(tmp_path / "kept.sqlite").rows.values()] == [400, 24]


def test_signals_end_a_run_in_order(tmp_path):
    """The first one lets the batch that is computed be stored; handlers are those of before afterwards."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    class Told(Toy):
        def rows(self, cell, trials):
            if (cell, trials[0]) == (0, 16):
                os.kill(os.getpid(), signal.SIGTERM)
            return super().rows(cell, trials)

    said = []
    with pytest.raises(
        Interrupted, match=r"stopped after 24 trials; they are stored in .*, and resuming it goes on from there"
    ):
        ran(tmp_path / "kept.sqlite", Told(), progress=said.append)
    assert [(one.trials, one.stopping) for one in said] == [(8, False), (16, False), (24, True)]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_second_signal_ends_a_run_at_once(tmp_path, whole):
    """In the middle of a batch, which is then not stored."""

    class Impatient(Toy):
        def rows(self, cell, trials):
            if (cell, trials[0]) == (0, 16):
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)
            return super().rows(cell, trials)

    with pytest.raises(Interrupted, match="stopped at once; what was stored before stays"):
        ran(tmp_path / "kept.sqlite", Impatient())
    assert store.read(tmp_path / "kept.sqlite").rows == {0: expected_rows(0)[:16]}
    assert ran(tmp_path / "kept.sqlite") == whole


def test_nothing_is_computed_twice(tmp_path, whole):
    """A run that goes on computes what is not stored, each trial once."""
    with pytest.raises(WorkerFailed):
        ran(tmp_path / "kept.sqlite", Toy(fails=((1, 9),)))
    asked = []

    class Watched(Toy):
        def rows(self, cell, trials):
            asked.extend((cell, trial) for trial in trials)
            return super().rows(cell, trials)

    assert ran(tmp_path / "kept.sqlite", Watched()) == whole
    assert asked == [(one.cell, one.trial) for cell in CELLS for one in expected_rows(cell) if (one.cell, one.trial) >= (1, 8)]


def test_a_signal_with_the_last_batch(tmp_path, whole):
    """Nothing is left to stop."""

    def progress(now):
        if now.trials == now.expected:
            os.kill(os.getpid(), signal.SIGINT)

    assert ran(tmp_path / "kept.sqlite", progress=progress) == whole


def test_in_another_thread(tmp_path, whole):
    """Where no signals come, a run is the same."""
    thread = threading.Thread(target=ran, args=(tmp_path / "kept.sqlite",))
    thread.start()
    thread.join()
    assert store.export(tmp_path / "kept.sqlite") == whole


def test_progress(tmp_path):
    """Trials that are stored of those that may come; cells that have enough expect no more. What was there is no work of this
    run."""
    said = []
    ran(tmp_path / "kept.sqlite", progress=said.append)
    assert [(one.cell, one.trials, one.expected) for one in said[:8]] == [
        *((0, trials, 1263) for trials in range(8, 41, 8)),
        (1, 48, 1263),
        (1, 56, 1263),
        (1, 64, 1087),
    ]
    assert (said[-1].trials, said[-1].expected) == (151, 151)
    assert said[-1].left == 0
    assert all(one.left == pytest.approx(one.seconds / one.trials * (one.expected - one.trials)) for one in said)
    assert isinstance(said[0], Progress)


def test_a_run_that_has_everything(tmp_path, whole):
    """No worker is made."""
    ran(tmp_path / "kept.sqlite")
    with begun(tmp_path / "kept.sqlite", Toy()) as kept:
        run(partial(pytest.fail, "made"), kept, CELLS, enough, batch=BATCH)
    assert store.export(tmp_path / "kept.sqlite") == whole


def test_tasks_say_what_they_are():
    """As failures begin."""
    assert str(Task(3, 32, 48)) == "cell 3, trials 32 to 47"
    assert str(Task(3, 32, 33)) == "cell 3, trial 32"
