"""Arrays of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..spec.catalogue import get_format
from ..spec.exact import Exact
from ..spec.formats import Format


def code_dtype(format: Format) -> np.dtype[Any]:
    """The smallest unsigned dtype that holds the codes of a format; Python integers above 64 bits."""
    for bits in (8, 16, 32, 64):
        if format.width <= bits:
            return np.dtype(f"uint{bits}")
    return np.dtype(object)


@dataclass(frozen=True, eq=False)
class Array:
    """Codes of one format: ``codes`` has the smallest unsigned dtype that holds them.

    ``TypeError`` for codes that are not integers, ``ValueError`` for one that is not a code of the format.
    """

    codes: NDArray[Any]
    format: Format

    def __post_init__(self) -> None:
        given, dtype = np.asarray(self.codes), code_dtype(self.format)
        if given.dtype.kind not in "uiO" and given.size:
            raise TypeError(f"codes of {self.format} must be integers, not {given.dtype}")
        spare = given.dtype != dtype or given.dtype.itemsize * 8 != self.format.width
        if spare and given.size:
            least, greatest = given.min(), given.max()
            self.format.check_code(int(least if least < 0 else greatest))
        object.__setattr__(self, "codes", given.astype(dtype, copy=False))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the codes."""
        return self.codes.shape

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, index: Any) -> Array:
        return Array(self.codes[index], self.format)

    def __repr__(self) -> str:
        return f"Array({self.codes!r}, {self.format.name})"

    def values(self) -> NDArray[np.float64]:
        """The numbers in binary64, all exact; ``ValueError`` for a format whose numbers do not all fit."""
        from .decode import decode  # noqa: PLC0415 decode works on arrays, an array offers it

        return decode(self)

    def exact(self) -> NDArray[Any]:
        """The data as an object array of exact numbers of the specification."""
        found = np.empty(self.codes.shape, dtype=object)
        for index, code in np.ndenumerate(self.codes):
            found[index] = self.format.decode(int(code))
        return found

    def item(self, *index: int) -> Exact:
        """One datum, exactly."""
        return self.format.decode(int(self.codes[index]))

    def to_ml_dtypes(self) -> NDArray[Any]:
        """The same codes as an array of the ml_dtypes (or NumPy) type of that name; ``ValueError`` where there is none."""
        dtype = _foreign_dtype(self.format.name)
        if dtype is None:
            raise ValueError(f"neither NumPy nor ml_dtypes has a type for {self.format.name}")
        return self.codes.view(dtype)


_NUMPY = {"binary16": "float16", "binary32": "float32", "binary64": "float64"}


def _foreign_dtype(name: str) -> np.dtype[Any] | None:
    if name in _NUMPY:
        return np.dtype(_NUMPY[name])
    try:
        import ml_dtypes  # noqa: PLC0415 optional, and slow to import
    except ImportError:
        return None
    scalar = getattr(ml_dtypes, name, None)
    return np.dtype(scalar) if scalar is not None and name.startswith(("float", "bfloat")) else None


def as_array(x: Any) -> Array:
    """An ``Array`` as it is, or a NumPy or ml_dtypes array of a floating-point type as the codes that it holds.

    ``TypeError`` for anything else: plain numbers need ``encode``, which is told how to round.
    """
    if isinstance(x, Array):
        return x
    dtype = getattr(x, "dtype", None)
    if isinstance(x, np.ndarray | np.generic) and dtype is not None:
        name = dtype.name
        known = dtype.kind == "f" and name in _NUMPY.values()
        if known or (dtype.kind == "V" and _foreign_dtype(name) == dtype):
            data = np.ascontiguousarray(x).reshape(np.shape(x))
            return Array(data.view(f"uint{8 * dtype.itemsize}"), get_format(name))
    raise TypeError(f"an operand must be a refsim Array or an array of a floating-point dtype, not {dtype or type(x).__name__}")
