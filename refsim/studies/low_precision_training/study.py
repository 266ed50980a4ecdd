"""Training with low-precision multiplications: the study as a whole."""

from __future__ import annotations

from ..results.report import Report, Section
from ..samples import some
from ..study import Study

STUDY = Study(
    name="low-precision-training",
    title="Training with low-precision multiplications",
    paper="M. Courbariaux, J.-P. David and Y. Bengio, "
    '"Training Deep Neural Networks with Low Precision Multiplications", arXiv 1412.7024, 2014',
    summary="training in half, fixed point and dynamic fixed point, by width",
    data="digits",
    samples=lambda scale: some(scale.data, 1000, 300),
    jobs=lambda scale: [],  # noqa: ARG005 to come
    steps={},
    report=lambda scale, records: Report("", "", [], [], Section("", ""), ""),  # noqa: ARG005 to come
)
