"""Resiliency under quantization: the study as a whole."""

from __future__ import annotations

from ..study import Study
from .jobs import jobs, samples
from .report import report
from .steps import few_levels, float_networks

STUDY = Study(
    name="quantization-resiliency",
    title="Resiliency under quantization",
    paper='W. Sung, S. Shin and K. Hwang, "Resiliency of Deep Neural Networks under Quantization", arXiv 1511.06488, 2015',
    summary="weights of 3, 7 and 15 levels, direct and retrained, by size of network",
    data="digits",
    samples=samples,
    jobs=jobs,
    steps={"float-networks": float_networks, "few-levels": few_levels},
    report=report,
)
