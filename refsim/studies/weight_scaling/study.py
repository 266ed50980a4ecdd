"""Weight scaling against bit flips: the study as a whole."""

from __future__ import annotations

from ..results.report import Report, Section
from ..samples import some
from ..study import Study

STUDY = Study(
    name="weight-scaling",
    title="Weight scaling against bit flips",
    paper="N. Fuengfusin and H. Tamukoh, "
    '"Harden Deep Neural Networks Against Fault Injections Through Weight Scaling", arXiv 2411.18993, 2024',
    summary="weights times a constant against bit flips, with other protections",
    data="digits",
    samples=lambda scale: some(scale.data, 1000, 300),
    jobs=lambda scale: [],  # noqa: ARG005 to come
    steps={},
    report=lambda scale, records: Report("", "", [], [], Section("", ""), ""),  # noqa: ARG005 to come
)
