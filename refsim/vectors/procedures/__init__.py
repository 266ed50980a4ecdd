"""The procedures of which there are golden vectors, by name."""

from __future__ import annotations

from difflib import get_close_matches

from .affine_bugs import DEQUANTIZE_AFFINE, QUANTIZE_AFFINE
from .apply_mask import APPLY_MASK
from .block_dot import BLOCK_DOT
from .code_book import CODE_BOOK
from .dequantize_block import DEQUANTIZE_BLOCK
from .dot_bugs import DOT
from .dot_chain import DOT_CHAIN
from .dynamic_bugs import DYNAMIC_FIXED_POINT
from .gap import GAP
from .level_step import LEVEL_STEP
from .lns_add_bugs import LNS_ADD
from .log_accumulate_bugs import LOG_ACCUMULATE
from .log_multiply import LOG_MULTIPLY
from .mitchell import MITCHELL
from .nvfp4_block import NVFP4_BLOCK
from .packing import PACK, UNPACK
from .philox import PHILOX
from .procedure import Procedure
from .quantize_block_bugs import QUANTIZE_BLOCK
from .quantize_levels import QUANTIZE_LEVELS
from .requantize_bugs import REQUANTIZE
from .secded import SECDED_ENCODE, SECDED_READ
from .shift_multiply import SHIFT_MULTIPLY
from .zero_space_read import ZERO_SPACE_READ

_ALL: tuple[Procedure, ...] = (
    REQUANTIZE,
    QUANTIZE_AFFINE,
    DEQUANTIZE_AFFINE,
    PACK,
    UNPACK,
    QUANTIZE_LEVELS,
    LEVEL_STEP,
    CODE_BOOK,
    DYNAMIC_FIXED_POINT,
    QUANTIZE_BLOCK,
    NVFP4_BLOCK,
    DEQUANTIZE_BLOCK,
    BLOCK_DOT,
    LNS_ADD,
    SHIFT_MULTIPLY,
    LOG_MULTIPLY,
    MITCHELL,
    LOG_ACCUMULATE,
    DOT,
    DOT_CHAIN,
    PHILOX,
    GAP,
    APPLY_MASK,
    SECDED_ENCODE,
    SECDED_READ,
    ZERO_SPACE_READ,
)
PROCEDURES: dict[str, Procedure] = {procedure.name: procedure for procedure in _ALL}


def get_procedure(name: str) -> Procedure:
    """The procedure of a name; ``ValueError`` with near names for an unknown one."""
    if name in PROCEDURES:
        return PROCEDURES[name]
    near = get_close_matches(name, PROCEDURES, 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the procedures are {', '.join(PROCEDURES)}"
    raise ValueError(f"unknown procedure {name!r}; {hint}")
