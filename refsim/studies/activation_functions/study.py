"""Activation functions and soft errors: the study as a whole."""

from __future__ import annotations

from ..results.report import Report, Section
from ..samples import some
from ..study import Study

STUDY = Study(
    name="activation-functions",
    title="Activation functions and soft errors",
    paper="J. Gutierrez-Zaballa, K. Basterretxea and J. Echanobe, "
    '"Balancing Robustness and Efficiency in Embedded DNNs Through Activation Function Selection", arXiv 2504.05119, 2025',
    summary="single flips in a segmentation network, by activation function",
    data="scene",
    samples=lambda scale: some(scale.data, 1000, 300),
    jobs=lambda scale: [],  # noqa: ARG005 to come
    steps={},
    report=lambda scale, records: Report("", "", [], [], Section("", ""), ""),  # noqa: ARG005 to come
)
