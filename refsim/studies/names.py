"""The studies by their names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .activation_functions.study import STUDY as ACTIVATION_FUNCTIONS
from .log_representation.study import STUDY as LOG_REPRESENTATION
from .low_precision_training.study import STUDY as LOW_PRECISION_TRAINING
from .quantization_resiliency.study import STUDY as QUANTIZATION_RESILIENCY
from .study import Study
from .weight_scaling.study import STUDY as WEIGHT_SCALING

STUDIES: Mapping[str, Study] = MappingProxyType(
    {
        study.name: study
        for study in (WEIGHT_SCALING, QUANTIZATION_RESILIENCY, ACTIVATION_FUNCTIONS, LOG_REPRESENTATION, LOW_PRECISION_TRAINING)
    }
)


def get_study(name: str) -> Study:
    """The study of a name; ``ValueError`` that lists them for another."""
    if name not in STUDIES:
        raise ValueError(f"there is no study {name!r:.60}; there are {', '.join(STUDIES)}")
    return STUDIES[name]
