"""What a trial leaves behind: whole numbers and a digest, the same on every machine."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Counts:
    """The outcome classes of the samples of a trial, each a count of samples.

    A sample is in exactly one of ``identical``, ``benign``, ``sdc`` and ``due``; the others divide ``sdc`` and overlap. What is
    ``due`` was detected: it is neither right nor critical.
    """

    images: int
    identical: int
    benign: int
    sdc: int
    due: int
    """A NaN or an infinity in the output that the clean run does not have, no result, or a detector that stops the machine."""
    top1: int
    """The first class is another one than without faults."""
    top5: int
    """The first class is none of the first five without faults."""
    confidence10: int
    """The confidence in the clean run's first class changed by more than a tenth."""
    confidence20: int
    critical: int
    """Right without faults, wrong with them; of images of classes, in one of their pixels, as in the other classes."""
    healed: int
    correct: int
    """Right with faults, where labels are known; for images of classes, the number of right pixels."""
    pixels: int
    changed_pixels: int
    """Pixels whose first class is another one than without faults; a sample of one class has one pixel."""


@dataclass(frozen=True)
class Row:
    """One trial of one cell of a campaign.

    ``hit`` counts elements that faults hit, ``flips`` the bits of their masks, ``effective`` the codes that changed,
    ``absorbed`` those of them that stand for the same datum. Memories ``corrected`` and ``detected`` errors in so many words;
    of those corrected some were ``miscorrected`` to wrong ones, and some wrong ones were ``undetected``. ``residual`` elements
    were read as other codes than without faults. ``stopped`` is 1 where a detector stopped the machine, in one sample or in
    all, and of ``refused`` samples there is no result: what the network was to compute has none by the specification.
    ``digest`` is the SHA-256 of the output codes of all samples that have some.
    """

    cell: int
    trial: int
    hit: int
    flips: int
    effective: int
    absorbed: int
    corrected: int
    detected: int
    miscorrected: int
    undetected: int
    residual: int
    counts: Counts
    digest: str
    stopped: int = 0
    refused: int = 0

    def flat(self) -> tuple[int | str, ...]:
        """All numbers in order, and the digest."""
        head = [getattr(self, field.name) for field in fields(self) if field.name not in {"counts", "digest"}]
        return (*head, *astuple(self.counts), self.digest)


COLUMNS = (
    *(field.name for field in fields(Row) if field.name not in {"counts", "digest"}),
    *(field.name for field in fields(Counts)),
    "digest",
)
"""The names of what ``Row.flat`` gives."""


def row(values: tuple[int | str, ...]) -> Row:
    """The row of such numbers."""
    names = [field.name for field in fields(Row) if field.name not in {"counts", "digest"}]
    numbers = [int(value) for value in values[:-1]]
    head: dict[str, Any] = dict(zip(names, numbers, strict=False))
    return Row(**head, counts=Counts(*numbers[len(names) :]), digest=str(values[-1]))
