"""The report of the study: jobs, samples, and what is made of records that nothing was computed for."""

from statistics import mean, stdev

import numpy as np
import pytest

from refsim.nn.data import Data, get_data
from refsim.studies.activation_functions import samples as module
from refsim.studies.activation_functions.found import changed, more_in_relu
from refsim.studies.activation_functions.networks import prune_step, train_step
from refsim.studies.activation_functions.report import report
from refsim.studies.activation_functions.samples import samples
from refsim.studies.activation_functions.settings import BOUNDED, FLOAT, INT8, NAMES, NUMBERS, PRUNED, SIZES, WHOLE, settings
from refsim.studies.activation_functions.texts import of_biases
from refsim.studies.names import get_study
from refsim.studies.pages.drawing import draw
from refsim.studies.results.claims import FAILS, HOLDS, OPEN
from refsim.studies.results.tables import csv_text, shown_rows
from refsim.studies.running.jobs import Inputs, Scale, check_jobs

from .small import OPTIONS, images
from .synthetic import SEEDS, TENSORS, records

QUICK, WHOLE_SCALE = Scale("scene", quick=True), Scale("scene", quick=False)
STUDY = get_study("activation-functions")


@pytest.mark.parametrize("scale", [QUICK, WHOLE_SCALE])
def test_every_network_has_its_flips(scale):
    jobs, chosen = STUDY.jobs(scale), settings(scale)
    check_jobs(jobs, STUDY.steps)
    networks = len(chosen.functions) * chosen.seeds * len(SIZES)
    counts = {step: sum(job.step == step for job in jobs) for step in STUDY.steps}
    assert counts == {
        "train": networks // 2,
        "prune": networks // 2,
        "flips": networks * len(NUMBERS),
        "map": len(chosen.functions) * len(SIZES) * len(NUMBERS),
    }
    assert set(settings(WHOLE_SCALE).functions) == set(NAMES)


@pytest.mark.parametrize("scale", [QUICK, WHOLE_SCALE])
def test_flips_are_in_the_network_that_they_name(scale):
    for job in STUDY.jobs(scale):
        _, function, *_ = parts = job.name.split("/")
        assert job.options["function"] == function
        if job.step == "map":
            assert all(need.split("/")[1:4] == parts[1:] for need in job.needs)
            assert len(set(job.needs)) == settings(scale).seeds
            continue
        assert job.options["seed"] == int(parts[-1])
        if job.step == "flips":
            step = {WHOLE: "train", PRUNED: "prune"}[job.options["size"]]
            assert parts[2:4] == [job.options["size"], job.options["numbers"]]
            assert job.needs == (f"{step}/{function}/{parts[-1]}",)


def test_claims_are_decided_by_paired_differences():
    made = {claim.name: claim for claim in report(QUICK, records()).claims}
    verdicts = {name: claim.verdict for name, claim in made.items()}
    assert verdicts == {
        "bounded-is-robust": HOLDS,
        "bounded-is-robust-when-pruned": HOLDS,
        "int8-keeps-the-ranking": FAILS,  # All are alike, in every training.
        "int8-keeps-the-ranking-by-tensors": FAILS,
        "int8-is-finite": OPEN,  # By seed 1/3, 2/3 and 1 % of the runs in binary32, with three seeds.
        "relu-segments-best": HOLDS,
    }
    assert [(one.found[:3], one.verdict) for one in made["int8-is-finite"].effects[:1]] == [((100, 100, 100), HOLDS)]
    assert made["int8-is-finite"].effects[1].found.value == pytest.approx(2 / 3)
    assert made["int8-keeps-the-ranking"].tried
    assert not made["bounded-is-robust"].tried
    differences = [1.1, 1.2, 1.3]  # By seed: 2 (1 + seed / 10) less 1 + seed / 10.
    found = made["bounded-is-robust"].effects[0].found
    assert found.value == pytest.approx(mean(differences))
    assert found.high - found.value == pytest.approx(4.302653 * stdev(differences) / 3**0.5)
    assert found.trials == SEEDS
    assert more_in_relu(records(), changed, BOUNDED[0], WHOLE, INT8).value == 0


def test_the_report_shows_every_function():
    made = report(WHOLE_SCALE, records(tuple(NAMES)))
    tables = {table.name: table for table in made.tables()}
    assert list(tables) == ["overlap", "changes", "differences", "tensors-float", "tensors-int8", "beside-the-paper"]
    assert [row[0] for row in tables["changes"].rows][:5] == list(NAMES.values())
    assert len(tables["changes"].rows) == 5 * 4
    assert [row[0] for row in tables["tensors-int8"].rows] == list(TENSORS)
    assert all("nan" not in csv_text(table) and shown_rows(table) for table in tables.values())
    names = [figure.name for figure in made.figures()]
    assert names == ["quality", "robustness", "not-finite", "bits", "float-map", "int8-map"]
    (lines,) = {len(grid) for name, grid in next(one for one in made.figures() if one.name == "int8-map").grids}
    assert lines == 1  # Weights only.
    assert "2.40 %" in made.sections[1].text
    # Of ten weights of 8 bits and two biases of 32, all alike, 64 of 144 bits.
    assert of_biases(records()) == pytest.approx((400 / 9, 400 / 9))
    assert "44.4 % of the stored bits" in made.sections[1].text


@pytest.mark.parametrize("place", range(6))
def test_figures_can_be_drawn(place):
    assert draw(list(report(QUICK, records()).figures())[place]) is not None


def test_a_step_of_pruning_takes_channels_of_what_was_trained():
    options = {**OPTIONS, "epochs": 1, "batch": 2, "rate": 0.01, "last_rate": 0.001, "filters": 4}
    options |= {"tuning": 1, "tuning_rate": 0.01, "removed": 0.5, "steps": 2}
    trained = train_step(options, Inputs(images(), QUICK, []))
    pruned = prune_step(options, Inputs(images(), QUICK, [trained]))
    (whole,), (less,) = trained.records, pruned.records
    assert (whole["size"], less["size"]) == ("whole", "pruned")
    assert trained.arrays["down1_conv1.weights"].shape == (4, 2, 3, 3)
    assert pruned.arrays["down1_conv1.weights"].shape == (2, 2, 3, 3)
    assert less["parameters"] < whole["parameters"] == sum(value.size for value in trained.arrays.values())
    other = prune_step({**options, "seed": 2}, Inputs(images(), QUICK, [trained]))
    assert any((other.arrays[name] != value).any() for name, value in pruned.arrays.items())
    again = train_step(options, Inputs(images(), QUICK, []))
    assert all((again.arrays[name] == value).all() for name, value in trained.arrays.items())


def test_samples_of_any_set():
    scene, digits = (samples(Scale(name, quick=True)) for name in ("scene", "digits"))
    assert scene.shape == (25, 32, 32)
    assert digits.shape == (1, 32, 32)
    assert digits.classes == ("background", "0", "1", "2")
    assert digits.train_t.shape == (len(digits.train_x), 32, 32)


@pytest.mark.parametrize(
    ("size", "pieces"), [((8, 8), 14), ((28, 28), 5), ((32, 32), 4), ((23, 29), 2), ((31, 31), 1), ((24, 16), 10)]
)
def test_pieces_are_shrunk_if_they_can_be_and_never_to_a_few_pixels(monkeypatch, size, pieces):
    """Areas of 8 x 8, 14 x 14, 16 x 16, 23 x 29, 31 x 31 and 12 x 8 pixels, in 7/8 of 32 x 32."""
    given = []
    monkeypatch.setattr(module, "mosaics", lambda *_, **options: given.append(options["pieces"]))
    x, t = np.zeros((3, 1, *size), np.float32), np.arange(3)
    module.pasted(Data("plain", ("a", "b", "c"), x, t, x, t))
    assert given == [pieces]


def test_images_that_cannot_be_halved_are_refused(tmp_path):
    rng = np.random.default_rng(0)
    x, t = rng.random((4, 2, 6, 6), np.float32), rng.integers(0, 2, (4, 6, 6))
    np.savez(tmp_path / "odd.npz", train_x=x, train_t=t, test_x=x, test_t=t)
    assert get_data(str(tmp_path / "odd.npz")).shape == (2, 6, 6)
    with pytest.raises(ValueError, match="4 divides; those of odd are 6 x 6"):
        samples(Scale(str(tmp_path / "odd.npz"), quick=True))


def test_differences_in_binary32_are_those_of_each_seed():
    """ReLU has twice the pixels of the others."""
    assert more_in_relu(records(), changed, "sigmoid", WHOLE, FLOAT).value == pytest.approx(1.2)
