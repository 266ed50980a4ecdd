"""The studies by their names."""

import pytest

from refsim.studies.names import STUDIES, get_study
from refsim.studies.running.jobs import Scale, check_jobs


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("data", ["digits", "fashion-mnist"])
def test_jobs(name, quick, data):
    """Whatever the scale, a study has jobs with steps, each after what it needs; a job is short enough to be lost."""
    study = get_study(name)
    jobs = study.jobs(Scale(data, quick))
    assert jobs
    check_jobs(jobs, study.steps)
    assert max(job.cost for job in jobs) <= 60


def test_unknown():
    """Another name is refused with all that there are."""
    with pytest.raises(ValueError, match=r"there is no study 'colours'; there are weight-scaling, quantization-resiliency"):
        get_study("colours")
