"""The specification on NumPy arrays: the same names, the same argument order, the same bits."""

from .arithmetic import add, convert, multiply, subtract
from .array import Array, as_array
from .decode import decode
from .encode import encode
from .host import HostArithmeticError, check_host

__all__ = [
    "Array",
    "HostArithmeticError",
    "add",
    "as_array",
    "check_host",
    "convert",
    "decode",
    "encode",
    "multiply",
    "subtract",
]
