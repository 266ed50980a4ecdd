"""Lifetimes: how long a fault of an element lasts, over the accesses that the element sees.

An element is written, reloaded from where it is kept safely, and read; in between a fault strikes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .faults import Mask, apply, composed

LIFETIMES = ("read", "until_write", "until_reload", "permanent")
ROLES = ("parameter", "result")
"""What an element of a network is: a parameter of a layer, or an element of an input or of the result of a layer."""


class Write(NamedTuple):
    """A code is stored."""

    code: int


class Reload(NamedTuple):
    """A code is stored again from where it is kept safely."""

    code: int


class Read(NamedTuple):
    """The stored code is read."""


class Strike(NamedTuple):
    """A fault strikes, and lasts as its lifetime says."""

    mask: Mask
    lifetime: str


Access = Write | Reload | Read | Strike


def check_lifetime(lifetime: str, mask: Mask) -> None:
    """Only bits that are cleared or set can be permanent; a fault that inverts bits **must** be refused as permanent with
    ``ValueError``, for what inverts whatever is written is no stuck cell. So is an unknown lifetime. [lifetime/permanent]
    """
    if lifetime not in LIFETIMES:
        raise ValueError(f"unknown lifetime {lifetime!r} of faults; known are {', '.join(LIFETIMES)}")
    if lifetime == "permanent" and mask.inverted:
        raise ValueError(f"only stuck bits are permanent faults, not the inverted bits {mask.inverted:#x}")


def outlives(lifetime: str, access: Access) -> bool:
    """A fault of ``read`` **must** end with the next read; of ``until_write`` with the next write or reload; of
    ``until_reload`` with the next reload, and a ``permanent`` one never. What is written meanwhile is faulty at once.

    [lifetime/ends]
    """
    ends = {"read": (Read,), "until_write": (Write, Reload), "until_reload": (Reload,), "permanent": ()}
    return not isinstance(access, ends[lifetime])


@dataclass(frozen=True)
class Element:
    """The code that was stored last, as it was before faults, and the faults that last."""

    code: int | None = None
    faults: tuple[Strike, ...] = ()

    def after(self, access: Access) -> Element:
        """The element after an access; ``ValueError`` for a strike that is refused."""
        if isinstance(access, Strike):
            check_lifetime(access.lifetime, access.mask)
            return Element(self.code, (*self.faults, access))
        faults = tuple(fault for fault in self.faults if outlives(fault.lifetime, access))
        return Element(self.code if isinstance(access, Read) else access.code, faults)

    def read(self) -> int:
        """What is read **must** be the code that was stored last under all faults that last, composed as masks are; so it does
        not depend on the order in which they struck. ``ValueError`` before anything is stored. [lifetime/read]
        """
        if self.code is None:
            raise ValueError("an element is read before anything is stored in it")
        return apply(self.code, composed(fault.mask for fault in self.faults))


def reads(history: Iterable[Access]) -> list[int]:
    """What each read of a history of accesses gives."""
    element, found = Element(), list[int]()
    for access in history:
        if isinstance(access, Read):
            found.append(element.read())
        element = element.after(access)
    return found


def accesses(role: str, codes: Sequence[int], strikes: Sequence[Sequence[Strike]]) -> list[Access]:
    """In a trial a parameter **must** be reloaded once, before the first sample, and read once by each sample; an element of a
    result is written once and read once by each sample, by all layers that take it together, and never reloaded. The faults
    that strike in a sample do so right before it is read: of a parameter, before the first sample they strike right after the
    reload.

    ``codes`` are what each sample is to read without faults, ``strikes`` the faults that strike in each sample. ``ValueError``
    for a role that is none, and for a parameter that is to change. [lifetime/accesses]
    """
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r} of an element; known are {', '.join(ROLES)}")
    if role == "parameter" and len(set(codes)) > 1:
        raise ValueError(f"a parameter has one code in all samples of a trial, not {len(set(codes))}")
    found: list[Access] = [Reload(code) for code in codes[:1] if role == "parameter"]
    for code, struck in zip(codes, strikes, strict=True):
        found += [Write(code)] if role == "result" else []
        found += [*struck, Read()]
    return found


def samples_hit(role: str, lifetime: str, struck: int, samples: int) -> range:
    """The samples that read a fault which strikes in one of them: that one alone where the lifetime is ``read``, or
    ``until_write`` and the element one of a result; all from that one on otherwise.
    """
    alone = lifetime == "read" or (lifetime == "until_write" and role == "result")
    return range(struck, struck + 1 if alone else samples)
