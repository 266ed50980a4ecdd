"""The kinds of layers in floating point by name."""

from __future__ import annotations

from collections.abc import Mapping

from .activations import ACTIVATIONS
from .convolutions import CONV2D
from .dense import DENSE
from .dropout import DROPOUT
from .joins import ADD, CONCAT
from .kind import Kind
from .maxout import MAXOUT
from .moves import FLATTEN, UPSAMPLE
from .normalization import BATCH_NORM
from .pooling import AVERAGE_POOL, GLOBAL_AVERAGE_POOL, MAX_POOL
from .softmax import SOFTMAX
from .transposed import CONV_TRANSPOSE2D

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        DENSE,
        CONV2D,
        CONV_TRANSPOSE2D,
        MAX_POOL,
        AVERAGE_POOL,
        GLOBAL_AVERAGE_POOL,
        BATCH_NORM,
        ADD,
        CONCAT,
        UPSAMPLE,
        FLATTEN,
        DROPOUT,
        MAXOUT,
        *ACTIVATIONS.values(),
        SOFTMAX,
    )
}
