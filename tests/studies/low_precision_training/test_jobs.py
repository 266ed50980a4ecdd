"""The arms and jobs of every scale, and data that do not fit."""

from dataclasses import replace

import pytest

from refsim.nn.training.table import get_method
from refsim.studies.low_precision_training import jobs as under_test
from refsim.studies.low_precision_training.arms import FLOAT, FORMATS, HALF, WIDE, Arm, Sweeps
from refsim.studies.low_precision_training.claims import HIGH_RADIX, HIGH_RATE, LOW_RADIX, LOW_RATE, NARROW, RADIX_WIDTH
from refsim.studies.low_precision_training.networks import network_of
from refsim.studies.low_precision_training.settings import CONVOLUTIONAL, INPUTS, MAXOUT, SUMS, setting
from refsim.studies.low_precision_training.steps import method
from refsim.studies.names import get_study
from refsim.studies.running.jobs import Scale, check_jobs

from .made import data

SCALES = [Scale(name, quick) for name in ("digits", "fashion-mnist") for quick in (True, False)]


def test_each_arm_of_the_sweeps_comes_once():
    found = Sweeps((10, 32), (12,), (5,), (20,), ("1/10000", "1/10"), (10,)).arms()
    assert len(found) == len(set(found))
    assert found[:5] == list(FORMATS)
    assert set(found[5:]) == {
        *(Arm(kind, width, WIDE) for kind in ("fixed", "dynamic") for width in (10, 32)),
        *(Arm(kind, WIDE, 12) for kind in ("fixed", "dynamic")),
        Arm("dynamic", 10, WIDE, overflows="1/10"),
    }


@pytest.mark.parametrize("scale", SCALES)
def test_the_jobs_of_every_scale_fit_its_steps(scale):
    study = get_study("low-precision-training")
    found = study.jobs(scale)
    check_jobs(found, study.steps)
    assert {job.step for job in found} == set(study.steps)


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_has_the_arms_that_claims_are_decided_by(scale):
    arms = set(setting(scale).networks[MAXOUT].sweeps.arms())
    assert {Arm(kind, *pair) for kind in ("fixed", "dynamic") for w in NARROW for pair in ((w, WIDE), (WIDE, w))} <= arms
    assert {Arm("fixed", RADIX_WIDTH, RADIX_WIDTH, radix) for radix in (LOW_RADIX, 5, HIGH_RADIX)} <= arms
    assert {Arm("dynamic", w, WIDE, overflows=rate) for w in (4, 10) for rate in (LOW_RATE, HIGH_RATE, "1/100")} <= arms


def test_dynamic_fixed_point_starts_from_the_radices_of_its_own_rate():
    jobs = {job.name: job for job in under_test.jobs(SCALES[0])}
    assert jobs["maxout/dynamic-10-20-overflows-1-10"].needs == ("maxout/start-1-10",)
    assert jobs["maxout/dynamic-10-12"].needs == ("maxout/start-1-10000",)
    assert jobs["maxout/fixed-10-12"].needs == ()


def test_widths_are_those_of_the_published_program_with_the_sign():
    published = Arm("dynamic", 10, 12)._asdict()
    usual = get_method("low_precision", {"kind": "dynamic", "inputs": "uq1.8/ties_to_even/saturate", "period": 2})
    made = method({"network": MAXOUT, "batch": 100}, published, initialization=2)
    assert made.step.args[0] == usual.step.args[0], "the defaults of the method are the published widths, rate and radix"


@pytest.mark.parametrize(
    ("arm", "given"),
    [
        (Arm("dynamic", 6, 20, 5, "1/10"), {"kind": "dynamic", "computation": 6, "storage": 20, "rate": "1/10", "period": 8}),
        (Arm("fixed", 14, 14, 3), {"kind": "fixed", "computation": 14, "storage": 14, "radix": 3}),
        (FLOAT, {"kind": "float", "sums": SUMS}),
        (HALF, {"kind": "half", "sums": SUMS}),
    ],
)
def test_an_arm_is_the_method_with_its_numbers(arm, given):
    made = method({"network": MAXOUT, "batch": 25}, arm._asdict())
    wanted = get_method("low_precision", {"inputs": INPUTS, "initialization": 0, "radix": 5, **given})
    assert made.step.args[0] == wanted.step.args[0]


def test_rates_and_momenta_are_as_published():
    for job in under_test.jobs(SCALES[0]):
        if job.step == "learn":
            kind, first, last = job.options["rate"]
            assert (kind, last) == ("linear", first / 10)
            assert job.options["momentum"] == ["linear", 0.5, 0.7]
            assert job.options["seeds"] == sorted(set(job.options["seeds"])), "each seed is another training"


def test_the_convolutional_network_is_convolution_pooling_and_maxout():
    small = network_of(CONVOLUTIONAL, {"kernels": [2, 3], "kernel": 3, "pools": [2, 2], "pieces": 2}, data())
    assert [layer.kind for layer in small.layers] == [*["conv2d", "max_pool", "maxout"] * 2, "flatten", "dense"]
    shapes = small.shapes()
    assert (shapes["maxout1"], shapes["maxout2"], shapes["dense1"]) == ((2, 4, 4), (3, 2, 2), (2,))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (data(120, labels=(8, 8)), "takes images with a label each; small has one for every pixel"),
        (data(24), "takes 100 images to learn from or more; small has 24"),
        (data(120, shape=(1, 2, 2)), r"images of \(1, 2, 2\) do not fit its networks: layer pool"),
    ],
)
def test_data_that_do_not_fit_are_refused_in_a_line(monkeypatch, wrong, message):
    monkeypatch.setattr(under_test, "some", lambda name, train, test: replace(wrong))  # noqa: ARG005 the data are given
    with pytest.raises(ValueError, match=message) as raised:
        under_test.samples(SCALES[0])
    assert "\n" not in str(raised.value)
