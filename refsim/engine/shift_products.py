"""Shift-based and logarithmic multipliers on arrays: their operands as integers, and tables of their products.

What the specification says of each pair of codes is had from far fewer questions: of a power of two for each exponent, of a
product of exponents for each sum.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.exact import floor_log2
from ..spec.formats import Format, Number, UniformGrid
from ..spec.log_grids import LogGrid
from ..spec.mitchell import Mitchell
from ..spec.power_tables import Powers, number_of, log_of
from ..spec.products import Multiplier, Product
from ..spec.projection import Projection
from ..spec.shift_multipliers import LogProduct, ShiftProduct
from ..spec.terms import NO_PORT
from . import logs
