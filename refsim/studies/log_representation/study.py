"""Logarithmic data representation: the study as a whole."""

from __future__ import annotations

from ..study import Study
from .jobs import STEPS, jobs
from .networks import samples
from .report import report

STUDY = Study(
    name="log-representation",
    title="Logarithmic data representation",
    paper="D. Miyashita, E. H. Lee and B. Murmann, "
    '"Convolutional Neural Networks using Logarithmic Data Representation", arXiv 1603.01025, 2016',
    summary="activations and weights in logarithms of few bits, beside linear ones",
    data="digits",
    samples=samples,
    jobs=jobs,
    steps=STEPS,
    report=report,
)
