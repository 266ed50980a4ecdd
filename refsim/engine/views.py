"""Codes as bits: views of single codes and of whole arrays in the types of ``bitstring``.

Bits of ``bitstring`` begin with the most significant one, as ``msb_first`` packing does. The library is imported on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..spec.formats import Format
from ..spec.packing import MSB_FIRST, Packing
from .array import Array
from .packing import pack, unpack


def bits_of(code: int, format: Format) -> Any:
    """The bits of a code, as a ``bitstring.Bits``. ``ValueError`` for one that is not of the format."""
    import bitstring  # noqa: PLC0415 slow to import, and few ask for bits

    return bitstring.Bits(uint=format.check_code(int(code)), length=format.width)


def fields_of(code: int, format: Format) -> dict[str, Any]:
    """The named fields of a code, each a ``bitstring.Bits``, most significant first. A field may have no bits."""
    bits, found, at = bits_of(code, format), {}, 0
    for name, width in format.layout_of(code):
        found[name] = bits[at : at + width]
        at += width
    return found


def code_of(bits: Any, format: Format) -> int:
    """The code of bits, given as a ``bitstring.Bits`` of all, or of each field by name: the inverse of both views.

    ``ValueError`` for other fields than the format's, or another number of bits.
    """
    if not isinstance(bits, Mapping):
        return int(_sized("a code", bits, format.width, format), 2)
    names = [name for name, _ in format.layout_of(0)]
    if set(bits) != set(names):
        raise ValueError(f"the fields of {format} are {', '.join(names)}, not {', '.join(map(str, bits)) or 'none'}")
    code = int("".join(["0", *(bits[name].bin for name in names)]), 2) % (1 << format.width)
    # The fields of a posit depend on its code, so the code that is put together says how wide they are.
    return int("".join(_sized(name, bits[name], width, format) for name, width in format.layout_of(code)), 2)


def _sized(what: str, bits: Any, width: int, format: Format) -> str:
    if len(bits) != width:
        raise ValueError(f"{what} of {format} has {width} bits, not {len(bits)}")
    return str(bits.bin)


def field_text(code: int, format: Format) -> str:
    """The bits of a code with a bar between its fields, such as ``0|1111|110``."""
    return "|".join(field.bin for field in fields_of(code, format).values() if len(field))


def bit_array(x: Array) -> Any:
    """The codes of an array, in C order, as a ``bitstring.Array`` of unsigned integers of the format's width."""
    import bitstring  # noqa: PLC0415

    packing = Packing(x.format.width, MSB_FIRST)
    return bitstring.Array.from_bytes(f"uint{packing.width}", pack(x, packing).tobytes())[: x.codes.size]


def from_bit_array(bits: Any, format: Format) -> Array:
    """The codes that the elements of a ``bitstring.Array`` are, whatever it takes their bits for.

    ``ValueError`` where its elements have another width, or bits are left over behind them.
    """
    if bits.itemsize != format.width:
        raise ValueError(f"codes of {format} have {format.width} bits, and elements of the bitstring.Array {bits.itemsize}")
    if len(bits.trailing_bits):
        raise ValueError(f"behind the elements of the bitstring.Array are {len(bits.trailing_bits)} bits more")
    image = np.frombuffer(bits.data.tobytes(), np.uint8)
    return Array(unpack(image, len(bits), Packing(format.width, MSB_FIRST)), format)
