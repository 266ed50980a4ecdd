"""The report, made of the records of a tiny run, and of records whose numbers are known."""

from statistics import stdev
from types import SimpleNamespace

import pytest

from refsim.studies.log_representation import found
from refsim.studies.log_representation.claims import claims, pooled, with_tried
from refsim.studies.log_representation.jobs import STEPS, jobs
from refsim.studies.log_representation.learning import learn
from refsim.studies.log_representation.networks import checked, samples
from refsim.studies.log_representation.report import beside_the_paper, errors_beside, report
from refsim.studies.log_representation.settings import FULL_SCALES, METHODS
from refsim.studies.log_representation.study import STUDY
from refsim.studies.pages.page import page
from refsim.studies.results.claims import HOLDS, OPEN
from refsim.studies.running.jobs import Inputs, Scale, check_jobs
from refsim.studies.samples import some
from refsim.studies.study import Records

from .tiny import SCALE, SIZES, images, records


@pytest.mark.parametrize("data", ["digits", "fashion-mnist"])
@pytest.mark.parametrize("quick", [True, False])
def test_jobs_fit_together(data, quick):
    check_jobs(jobs(Scale(data, quick)), STEPS)


def test_the_page_is_made_of_the_records():
    made = report(SCALE, records())
    manifest = {"study": STUDY.name, "data": "digits", "quick": False, "versions": {}, "jobs": [], "digest": "0" * 64}
    text = page(STUDY, made, manifest, [])
    assert "nan" not in text.lower().split()
    assert [figure.name for figure in made.figures()] == ["full-scales", "spread", "weights", "errors", "sums", "learning"]
    assert len({table.name for table in made.tables()}) == len(list(made.tables()))
    for table in made.tables():
        assert table.rows, table.name


def test_the_report_is_the_same_every_time():
    assert report(SCALE, records()) == report(SCALE, records())


def test_the_papers_numbers_are_less_its_own_float():
    rows = {(row[0], row[1]): row for row in beside_the_paper(records()).rows}
    assert rows["activations: linear, 3 bits", "VGG16"][2:5] == [83.0, pytest.approx(-6.8), "reported, not verified here"]
    assert rows["and kernels of 5 bits: base sqrt2", "AlexNet"][2:5] == [75.1, pytest.approx(-1.7), "the paper reports"]


def swept(seed, quantizer, tested, which="ff"):
    return {
        "what": "full scale",
        "network": "vgg",
        "seed": seed,
        "quantizer": quantizer,
        "tested": tested,
        "images": 8,
        "right": max(tested),
        "which": which,
    }


def test_full_scales_that_will_do_are_counted():
    made = Records([swept(1, "log3", [8, 8, 0, 0, 8, 0, 0, 0, 0, 0]), swept(2, "log3", [7, 6, 7, 5, 0, 0, 0, 0, 0, 0])])
    assert found.octaves(made, "vgg", "log3") == [3.0, 2.0]
    points = dict(found.swept(made, "vgg", "log3"))
    assert list(points) == list(FULL_SCALES)
    assert (points[-4].value, points[-4].trials) == (93.75, 2)
    # 100 and 87.5: the interval ends at 100.
    assert points[-4].high == 100.0


def test_differences_over_images_are_of_the_same_images():
    one = [swept(1, "lin3", [4], "f0"), swept(2, "lin3", [4], "f0")]
    other = [swept(1, "log3", [6], "fc"), swept(2, "log3", [8], "ff")]
    # Four images stay right, two are gained by both and two by one of two.
    gain = found.over_images(one, other)
    assert (gain.value, gain.trials) == (37.5, 8)
    assert found.difference(one, other).value == 37.5


def test_networks_are_no_trials():
    """Two networks, three seeds: Student's interval of the three means."""
    gain = found.of_seeds([[-1.0, 0.0, 1.0], [9.0, 10.0, 13.0]])
    assert (gain.value, gain.trials) == (pytest.approx(16 / 3), 3)
    assert gain.high - gain.value == pytest.approx(4.302653 * stdev([4, 5, 7]) / 3**0.5)


def test_networks_are_compared_by_seed():
    """What one network gains more with a seed the other gains less."""
    made = Records(
        [
            *(swept(seed, "log3", [right]) for seed, right in ((1, 4), (2, 6))),
            *({**swept(seed, "log3", [right]), "network": "alexnet"} for seed, right in ((1, 6), (2, 4))),
        ]
    )
    none = [swept(1, "lin3", [0]), swept(2, "lin3", [0])]
    found_one = pooled(("vgg", "alexnet"), lambda _: none, lambda name: found.best(made, name, "log3"))
    # By seed (4 + 6) / 2 and (6 + 4) / 2 of 8 images.
    assert found_one == (62.5, 62.5, 62.5, 2)


def test_a_training_that_diverges_is_recorded_and_no_other_error_is():
    plan = {**SIZES.learning_plan(), "rate": ["linear", 1e30, 1e30]}
    options = {"network": "vgg-bn", "method": "float", "seed": 1, "plan": plan}
    inputs = Inputs(some("digits", SIZES.train, SIZES.test), SCALE, [])
    (record,) = learn(options, inputs).records
    assert record["accuracies"] is None
    assert "learning rate" in record["said"]
    with pytest.raises(ValueError, match="batch"):
        learn({**options, "plan": {**plan, "batch": 65}}, inputs)


def test_accuracies_over_different_images_are_not_compared():
    with pytest.raises(ValueError, match="over different images"):
        found.gains([swept(1, "lin3", [4])], [{**swept(1, "log3", [4]), "images": 16}])


def test_the_papers_error_stands_beside_what_it_is_of():
    made = errors_beside(records()).rows
    assert [row[2] for row in made] == ["reported, not verified here", None, None, None]
    assert made[0][1] == pytest.approx(33.23, abs=0.01)
    assert [row[3] for row in made] == [
        found.error_ratio(records(), "vgg", log, linear, choice)
        for choice in ("maximum", "least squares")
        for log, linear in (("log3", "lin3"), ("log4", "lin4"))
    ]
    assert made[0][3] != made[2][3]


def test_an_error_is_all_of_itself():
    assert found.error_ratio(records(), "vgg", "log4", "log4")[:3] == (100.0, 100.0, 100.0)


def test_methods_of_training_are_those_of_the_paper():
    """Widths are those of the method unless a method says otherwise; 0 bits are floating point."""
    assert {name: options for name, (_, options) in METHODS.items()} == {
        "float": {},
        "log": {"base": "2"},
        "log sqrt2": {"base": "sqrt2"},
        "linear": {"base": "linear", "gradients": 0},
        "linear gradients": {"base": "linear"},
    }


def test_a_training_that_diverged_has_no_accuracy():
    made = Records(
        [
            {"what": "learning", "method": "log", "seed": 1, "accuracies": [50.0, 90.0]},
            {"what": "learning", "method": "log", "seed": 2, "accuracies": None},
        ]
    )
    assert found.learned(made, "log") == [90.0, 0.0]
    assert [(x, one.value) for x, one in found.learned_by_epoch(made, "log")] == [(1, 25.0), (2, 45.0)]


def test_what_was_tried_is_said_where_a_claim_does_not_hold():
    for claim in claims(records()):
        assert with_tried(claim).tried == claim.tried
        assert claim.verdict != HOLDS or not claim.tried
        assert claim.effects
    open_one = SimpleNamespace(name="better", verdict=OPEN, paper="", effects=())
    assert "Tried" in with_tried(open_one).tried


@pytest.mark.parametrize(
    ("data", "why"),
    [(images(7, 9), "needs images of 8 x 8 pixels or more, and those of plain have 7 x 9")],
)
def test_images_that_are_too_small_are_refused(data, why):
    with pytest.raises(ValueError, match=why):
        checked(data)


def test_data_with_a_label_for_every_pixel_are_refused():
    with pytest.raises(ValueError, match="classifies images, and scene has a label for every pixel"):
        samples(Scale("scene", quick=True))
