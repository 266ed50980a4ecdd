"""refsim: the bit-accurate reference for low-precision neural-network hardware.

``refsim.spec`` is the specification, scalar and exact; ``refsim.engine`` is the same on NumPy arrays.
"""

from . import engine, spec
from .engine import Array, decode, encode
from .spec.arithmetic import Number
from .spec.catalogue import get_format
from .spec.flags import Flags
from .spec.formats import Format, Unrepresentable
from .spec.projection import Projection, Result
from .version import SPECIFICATION, __version__

__all__ = [
    "SPECIFICATION",
    "Array",
    "Flags",
    "Format",
    "Number",
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
