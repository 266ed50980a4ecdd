"""Weight scaling against bit flips: the study as a whole."""

from __future__ import annotations

from ...nn.data import Data
from ..running.jobs import Scale
from ..study import Study
from .errors import errors
from .jobs import jobs
from .networks import samples, train
from .report import report
from .settings import settings
from .single import single
from .strikes import strike


def _samples(scale: Scale) -> Data:
    by = settings(scale)
    return samples(scale.data, by.train, by.test, len(by.networks["vgg"][1]["widths"]))


STUDY = Study(
    name="weight-scaling",
    title="Weight scaling against bit flips",
    paper="N. Fuengfusin and H. Tamukoh, "
    '"Harden Deep Neural Networks Against Fault Injections Through Weight Scaling", arXiv 2411.18993, 2024',
    summary="weights times a constant against bit flips, with other protections",
    data="digits",
    samples=_samples,
    jobs=jobs,
    steps={"train": train, "strike": strike, "errors": errors, "single": single},
    report=report,
)
