"""refsim: the bit-accurate reference for low-precision neural-network hardware.

``refsim.spec`` is the specification, scalar and exact; ``refsim.engine`` is the same on NumPy arrays.
"""

from . import engine, spec
from .engine import Array, decode, encode
from .spec.catalogue import get_format
from .spec.flags import Flags, Result
from .spec.formats import Format, Number, Unrepresentable
from .spec.operations import OPERATIONS, Operation
from .spec.projection import Projection
from .version import SPECIFICATION, __version__

__all__ = [
    "OPERATIONS",
    "SPECIFICATION",
    "Array",
    "Flags",
    "Format",
    "Number",
    "Operation",
    "Projection",
    "Result",
    "Unrepresentable",
    "__version__",
    "decode",
    "encode",
    "engine",
    "get_format",
    "spec",
]
