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
    return width_dtype(format.width)


def width_dtype(width: int) -> np.dtype[Any]:
    """The smallest unsigned dtype that holds codes of so many bits; Python integers above 64 bits."""
    for bits in (8, 16, 32, 64):
        if width <= bits:
            return np.dtype(f"uint{bits}")
    return np.dtype(object)


def as_integers(codes: Any) -> NDArray[Any]:
    """An array as it is; a list as the integers that it holds, which NumPy would make floats where they are large."""
    return np.asarray(codes) if hasattr(codes, "dtype") else np.array(codes, dtype=object)


def _is_integer(code: Any) -> bool:
    return isinstance(code, int | np.integer) and not isinstance(code, bool)


@dataclass(frozen=True, eq=False)
class Array:
    """Codes of one format: ``codes`` has the smallest unsigned dtype that holds them.

    ``TypeError`` for codes that are not integers, ``ValueError`` for one that is not a code of the format.
    """

    codes: NDArray[Any]
    format: Format

    def __post_init__(self) -> None:
        given, dtype = as_integers(self.codes), code_dtype(self.format)
        wrong = [code for code in given.flat if not _is_integer(code)][:1] if given.dtype == object else []
        if (given.dtype.kind not in "uiO" and given.size) or wrong:
            raise TypeError(f"codes of {self.format} must be integers, not {type(wrong[0]).__name__ if wrong else given.dtype}")
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


def is_foreign(dtype: np.dtype[Any]) -> bool:
    """Whether a dtype is a floating-point one of ml_dtypes; its kind does not tell."""
    return dtype.name not in _NUMPY.values() and dtype.kind in "Vf" and _foreign_dtype(dtype.name) == dtype


def as_array(x: Any) -> Array:
    """An ``Array`` as it is, or a NumPy or ml_dtypes array of a floating-point type as the codes that it holds.

    ``TypeError`` for anything else: plain numbers need ``encode``, which is told how to round.
    """
    if isinstance(x, Array):
        return x
    dtype = x.dtype if isinstance(x, np.ndarray | np.generic) else None
    if dtype is not None and (dtype.name in _NUMPY.values() or is_foreign(dtype)):
        data = np.ascontiguousarray(x, dtype=dtype.newbyteorder("=")).reshape(np.shape(x))
        return Array(data.view(f"uint{8 * dtype.itemsize}"), get_format(dtype.name))
    raise TypeError(f"an operand must be a refsim Array or an array of a floating-point dtype, not {dtype or type(x).__name__}")
