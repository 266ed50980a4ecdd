"""Resiliency under quantization: the study as a whole."""

from __future__ import annotations

from ..results.report import Report, Section
from ..samples import some
from ..study import Study

STUDY = Study(
    name="quantization-resiliency",
    title="Resiliency under quantization",
    paper='W. Sung, S. Shin and K. Hwang, "Resiliency of Deep Neural Networks under Quantization", arXiv 1511.06488, 2015',
    summary="weights of 3, 7 and 15 levels, direct and retrained, by size of network",
    data="digits",
    samples=lambda scale: some(scale.data, 1000, 300),
    jobs=lambda scale: [],  # noqa: ARG005 to come
    steps={},
    report=lambda scale, records: Report("", "", [], [], Section("", ""), ""),  # noqa: ARG005 to come
)
