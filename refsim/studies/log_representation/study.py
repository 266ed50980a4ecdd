"""Logarithmic data representation: the study as a whole."""

from __future__ import annotations

from ..results.report import Report, Section
from ..samples import some
from ..study import Study

STUDY = Study(
    name="log-representation",
    title="Logarithmic data representation",
    paper="D. Miyashita, E. H. Lee and B. Murmann, "
    '"Convolutional Neural Networks using Logarithmic Data Representation", arXiv 1603.01025, 2016',
    summary="activations and weights in logarithms of few bits, beside linear ones",
    data="digits",
    samples=lambda scale: some(scale.data, 1000, 300),
    jobs=lambda scale: [],  # noqa: ARG005 to come
    steps={},
    report=lambda scale, records: Report("", "", [], [], Section("", ""), ""),  # noqa: ARG005 to come
)
