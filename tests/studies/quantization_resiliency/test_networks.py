"""The networks: their weights counted by hand, and the jobs of every scale."""

import numpy as np
import pytest

from refsim.studies.quantization_resiliency.jobs import jobs, samples
from refsim.studies.quantization_resiliency.networks import bits_of, network, weights_of
from refsim.studies.quantization_resiliency.settings import LEVELS, falling, settings_of
from refsim.studies.quantization_resiliency.study import STUDY
from refsim.studies.running.jobs import Scale, check_jobs


@pytest.mark.parametrize(
    ("family", "sizes", "shape", "weights"),
    [
        ("mlp", (8,), (1, 8, 8), 64 * 8 + 8 * 10),
        ("mlp", (16, 16, 16), (1, 8, 8), 64 * 16 + 2 * 16 * 16 + 16 * 10),
        ("cnn", (2, 2, 4), (1, 8, 8), 9 * (1 * 2 + 2 * 2 + 2 * 4) + 4 * 64 + 64 * 10),
        ("cnn", (8, 16), (1, 8, 8), 9 * (8 + 8 * 16) + 16 * 2 * 2 * 64 + 64 * 10),
        ("cnn", (4, 4, 8), (1, 28, 28), 9 * (4 + 4 * 4 + 4 * 8) + 8 * 64 + 64 * 10),
    ],
)
def test_weights(family, sizes, shape, weights):
    assert weights_of(network(family, sizes, shape, 10)) == weights


def test_bits():
    assert [bits_of(levels) for levels in LEVELS] == [2, 3, 4]


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("data", ["digits", "fashion-mnist"])
def test_every_quantized_network_has_a_job_for_each_number_of_levels(data, quick):
    scale = Scale(data, quick)
    found = jobs(scale)
    check_jobs(found, STUDY.steps)
    for family in settings_of(scale).families:
        for sizes in family.sizes:
            mine = [job for job in found if (job.options["family"], tuple(job.options["sizes"])) == (family.name, sizes)]
            assert [job.options.get("levels") for job in mine] == [None, *LEVELS]
            assert all(job.needs == (mine[0].name,) for job in mine[1:])
        assert set(family.across) <= set(family.sizes)
        assert family.seeds >= 3
    assert all(job.options["seeds"] == sorted(set(job.options["seeds"])) for job in found), "each seed is another training"


def test_rates_fall_to_a_hundredth():
    plan = falling(7, 16, 0.5)
    assert (plan["rate"], plan["momentum"]) == (["exponential", 0.5, 0.005], ["constant", 0.9, 0.9])


def test_data_that_have_no_label_for_each_image_are_refused():
    with pytest.raises(ValueError, match="needs a label for each image, which scene does not have"):
        samples(Scale("scene", quick=True))


def test_images_that_are_too_small_are_refused(tmp_path):
    path = tmp_path / "small.npz"
    x, t = np.zeros((20, 1, 7, 9), np.float32), np.zeros(20, np.int64)
    t[0] = 1
    np.savez(path, train_x=x, train_t=t, test_x=x, test_t=t)
    with pytest.raises(ValueError, match=r"images of 8 x 8 pixels or more, which .*small\.npz with 7 x 9 does not have"):
        samples(Scale(str(path), quick=True))


def test_a_batch_of_images_is_needed(tmp_path):
    path = tmp_path / "few.npz"
    x, t = np.zeros((49, 1, 8, 8), np.float32), np.arange(49) % 2
    np.savez(path, train_x=x, train_t=t, test_x=x, test_t=t)
    with pytest.raises(ValueError, match=r"needs 50 images to learn from or more; .*few\.npz has 49"):
        samples(Scale(str(path), quick=True))
