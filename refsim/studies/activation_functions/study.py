"""Activation functions and soft errors: the study as a whole."""

from __future__ import annotations

from ..study import Study
from .campaign import flips_step, map_step
from .jobs import jobs
from .networks import prune_step, train_step
from .report import report
from .samples import samples

STUDY = Study(
    name="activation-functions",
    title="Activation functions and soft errors",
    paper="J. Gutierrez-Zaballa, K. Basterretxea and J. Echanobe, "
    '"Balancing Robustness and Efficiency in Embedded DNNs Through Activation Function Selection", arXiv 2504.05119, 2025',
    summary="single flips in a segmentation network, by activation function",
    data="scene",
    samples=samples,
    jobs=jobs,
    steps={"train": train_step, "prune": prune_step, "flips": flips_step, "map": map_step},
    report=report,
)
