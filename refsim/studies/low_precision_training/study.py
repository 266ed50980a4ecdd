"""Training with low-precision multiplications: the study as a whole."""

from __future__ import annotations

from ..study import Study
from .jobs import jobs, samples
from .report import report
from .steps import count_gates, learn, start

STUDY = Study(
    name="low-precision-training",
    title="Training with low-precision multiplications",
    paper="M. Courbariaux, J.-P. David and Y. Bengio, "
    '"Training Deep Neural Networks with Low Precision Multiplications", arXiv 1412.7024, 2014',
    summary="training in half, fixed point and dynamic fixed point, by width",
    data="digits",
    samples=samples,
    jobs=jobs,
    steps={"start": start, "learn": learn, "count_gates": count_gates},
    report=report,
)
