"""Read policies: what a memory makes of codes that it reads, whatever the fault was.

Nothing is written otherwise, so that these stages cost no bit of the data; a threshold is a part of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from .exact import is_infinite, is_nan
from .formats import Format, Number
from .memories import DATA, Part, Parts, Reading
from .range_guards import check_choices, guard, reach, zero_code
from .stored_formats import check_group, groups

NOT_NUMBERS = ("nan", "infinity")
"""The data that can be read as zero; ``nan`` is what posits call NaR, too."""


@dataclass(frozen=True)
class ReadAsZero:
    """A code of one of the ``data``, which are names of ``NOT_NUMBERS``, **must** be read as the zero without a minus sign, and
    every other code as it is. Nothing is counted as detected: the stage does not know of faults.

    ``ValueError`` for no names and unknown ones, and on writing for a format without a zero. [policy/zero]
    """

    data: tuple[str, ...]
    name: str = "read_as_zero"

    def __post_init__(self) -> None:
        if unknown := [name for name in self.data if name not in NOT_NUMBERS]:
            raise ValueError(f"what is read as zero is {' or '.join(NOT_NUMBERS)}, not {unknown[0]!r:.60}")
        if not self.data:
            raise ValueError(f"what is read as zero is {' or '.join(NOT_NUMBERS)}, and at least one of them")

    def write(self, data: Part) -> dict[str, Part]:
        """The codes as they are."""
        zero_code(data.format)
        return {DATA: data}

    def is_zeroed(self, format: Format, code: int) -> bool:
        """Whether a code is read as zero."""
        x = format.decode(code)
        return ("nan" in self.data and is_nan(x)) or ("infinity" in self.data and is_infinite(x))

    def read(self, parts: Parts) -> Reading:
        """The codes, or zero."""
        format, zero = parts[DATA].format, zero_code(parts[DATA].format)
        return Reading(tuple(zero if self.is_zeroed(format, code) else code for code in parts[DATA].codes))

    def read_format(self, format: Format) -> Format:
        """The same."""
        return format


@dataclass(frozen=True)
class Clamped:
    """The range of a group **must** be stored beside it, as the codes of its least and of its greatest number in the parts
    ``low`` and ``high``, one element for each group; a code is read as the range guard makes of it.

    ``group``: how many neighbouring elements share a range, all without it. ``ValueError`` on writing for a group of nothing
    but NaN, and where something becomes zero in a format without a zero. [policy/clamp]
    """

    out_of_range: str
    nan: str
    group: int | None = None
    name: str = "clamped"

    def __post_init__(self) -> None:
        check_choices(self.name, self.out_of_range, self.nan)
        check_group(self.name, self.group)

    def write(self, data: Part) -> dict[str, Part]:
        """The codes as they are, and the ranges."""
        if "zero" in {self.out_of_range, self.nan}:
            zero_code(data.format)
        ends = [reach([Number(code, data.format) for code in group]) for group in groups(data.codes, self.group)]
        low, high = (tuple(end[i].code for end in ends) for i in range(2))
        return {DATA: data, "low": Part("threshold", data.format, low), "high": Part("threshold", data.format, high)}

    def read(self, parts: Parts) -> Reading:
        """The codes, each in its range."""
        format, found = parts[DATA].format, list[int]()
        cut = groups(parts[DATA].codes, self.group)
        for group, *ends in zip(cut, parts["low"].codes, parts["high"].codes, strict=True):
            low, high = (Number(code, format) for code in ends)
            found += [guard(Number(code, format), low, high, self.out_of_range, self.nan) for code in group]
        return Reading(tuple(found))

    def read_format(self, format: Format) -> Format:
        """The same."""
        return format
