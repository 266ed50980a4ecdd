"""Studies that are run once for all tests of a module."""

from functools import cache

import pytest

from refsim.studies.names import get_study
from refsim.studies.pages.files import results_of, write_all
from refsim.studies.running.folder import open_folder
from refsim.studies.running.jobs import Scale
from refsim.studies.running.runner import run, samples


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    """Run the quick form of a study on its own data, or on others; gives its report."""

    @cache
    def ran(name, data=None):
        study = get_study(name)
        scale = Scale(data or study.data, quick=True)
        folder = open_folder(tmp_path_factory.mktemp(name) / "study", study, scale, samples(study, scale))
        run(folder, get_study, workers=2)
        return write_all(folder.path, study, results_of(folder), kinds=("svg",))

    return ran
