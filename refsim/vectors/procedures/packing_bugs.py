"""Known bugs of packing: layouts mistaken for others, bits that are lost, and digits that count wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from ...spec.packing import (
    LSB_FIRST,
    MSB_FIRST,
    DigitPacking,
    Layout,
    Packing,
    from_memory,
    get_packing,
    pack,
    to_memory,
)
from ..mutants import Mutant
from .procedure import Parameters, Run, Values, bug

Change = Callable[[Layout], "Layout | None"]
"""A packing mistaken for another one; ``None`` where there is nothing to mistake."""
Codes = Callable[[Values, Layout], Values]
"""Codes as a bug changes them."""


@cache
def _layout(name: str, width: int) -> Layout:
    return get_packing(name, width)


def layout(parameters: Parameters) -> Layout:
    """The packing that parameters name."""
    return _layout(parameters["packing"], number(parameters, "width"))


def number(parameters: Parameters, name: str) -> int:
    """A parameter that is a number; ``ValueError`` for another text."""
    if not (parameters[name].isascii() and parameters[name].isdigit()):
        raise ValueError(f"{name} {parameters[name]!r} is no number")
    return int(parameters[name])


def size(parameters: Parameters) -> int:
    """The bytes of an image."""
    return layout(parameters).words(number(parameters, "count")) * layout(parameters).word // 8


def _other_order(packing: Layout) -> Layout:
    return replace(packing, order=MSB_FIRST if packing.order == LSB_FIRST else LSB_FIRST)


def _other_byte_order(packing: Layout) -> Layout | None:
    if not isinstance(packing, Packing) or packing.byte_order is None:
        return None
    return replace(packing, byte_order="little" if packing.byte_order == "big" else "big")


def _without_straddling(packing: Layout) -> Layout | None:
    if not isinstance(packing, Packing) or not _straddles(packing) or packing.width > packing.word:
        return None
    return replace(packing, straddle=False)


def _with_straddling(packing: Layout) -> Layout | None:
    if not isinstance(packing, Packing) or packing.straddle or packing.word % packing.width == 0:
        return None
    return replace(packing, straddle=True, padding=None)


def _other_padding(packing: Layout) -> Layout | None:
    if not isinstance(packing, Packing) or packing.straddle or packing.word % packing.width == 0:
        return None
    return replace(packing, padding="top" if packing.padding == "bottom" else "bottom")


def _other_scale(packing: Layout) -> Layout | None:
    return replace(packing, scaled=not packing.scaled) if isinstance(packing, DigitPacking) and packing.base == 3 else None


CHANGES: tuple[tuple[str, str, Change], ...] = (
    ("order", "elements lie in each word the other way round, the first one at the other end", _other_order),
    ("byte-order", "the bytes of each word lie the other way round", _other_byte_order),
    ("no-straddling", "an element that does not fit in what is left of a word begins in the next one", _without_straddling),
    ("straddling", "elements go on across the padding of each word", _with_straddling),
    ("padding-end", "the padding of a word lies at its other end", _other_padding),
    ("scale", "digits are scaled to 256 where they are not to be, or not scaled where they are", _other_scale),
)


def mistaken_packing(verb: str, name: str, sentence: str, change: Change) -> Mutant:
    """A bug that takes a packing for another one; the image is cut or filled up to its right size."""

    def other(parameters: Parameters) -> Layout:
        found = change(layout(parameters))
        assert found is not None, "the mutant applies"
        return found

    def packs(parameters: Parameters, values: Values) -> Values:
        return _fitted(pack(values, other(parameters)), size(parameters))

    def unpacks(parameters: Parameters, values: Values) -> Values:
        return read(bytes(values), number(parameters, "count"), other(parameters))

    def applies(parameters: Parameters) -> bool:
        return change(layout(parameters)) is not None

    return bug(f"{verb}.{name}", sentence, packs if verb == "pack" else unpacks, applies)


def _fitted(data: bytes, length: int) -> Values:
    return tuple(data[:length].ljust(length, b"\0"))


def read(data: bytes, count: int, packing: Layout) -> Values:
    """Codes as hardware reads them, which refuses nothing: bytes that no digits make are read as if they were some."""
    given = from_memory(bytes(_fitted(data, packing.words(count) * packing.word // 8)), packing)
    if isinstance(packing, Packing):
        return tuple(packing.take(given, count))
    made = [[packing.byte(number) for number in range(packing.base**packing.per_word)] for _ in given]
    nearest = [max((m for m in row if m <= byte), default=0) for byte, row in zip(given, made, strict=True)]
    return tuple(packing.take(nearest, count))


def _reversed(codes: Values, packing: Layout) -> Values:
    return tuple(int(f"{code:0{packing.width}b}"[::-1], 2) for code in codes)


def _cut(codes: Values, packing: Layout) -> Values:
    """Codes without the bits that lie in another word than the first one."""
    assert isinstance(packing, Packing), "digits do not straddle"
    kept = []
    for element, code in enumerate(codes):
        bits = range(packing.width) if packing.order == LSB_FIRST else range(packing.width - 1, -1, -1)
        first = packing.place(element, bits[0])[0]
        kept.append(sum(code & 1 << bit for bit in bits if packing.place(element, bit)[0] == first))
    return tuple(kept)


def _straddles(packing: Layout) -> bool:
    return isinstance(packing, Packing) and packing.straddle and packing.word % packing.width != 0


def changed_codes(verb: str, run: Run, name: str, sentence: str, change: Codes, applies: Callable[[Layout], bool]) -> Mutant:
    """A bug that changes codes before they are packed, or after they are unpacked."""

    def packs(parameters: Parameters, values: Values) -> Values:
        return run(parameters, change(values, layout(parameters)))

    def unpacks(parameters: Parameters, values: Values) -> Values:
        return change(run(parameters, values), layout(parameters))

    return bug(f"{verb}.{name}", sentence, packs if verb == "pack" else unpacks, lambda parameters: applies(layout(parameters)))


def _padded_with_ones(parameters: Parameters, values: Values) -> Values:
    found = layout(parameters)
    used = pack([found.codes - 1] * len(values), found)
    return tuple(byte | ~mask & 0xFF for byte, mask in zip(pack(values, found), used, strict=True))


def _counted_from_the_last(parameters: Parameters, values: Values) -> Values:
    """A last group of digits that is cut short, as a number of that many digits only."""
    found = layout(parameters)
    assert isinstance(found, DigitPacking), "the mutant applies"
    words = list(from_memory(pack(values, found), found))
    last = values[len(values) // found.per_word * found.per_word :]
    if last:
        words[-1] = found.byte(sum(code * found.base ** (len(last) - 1 - i) for i, code in enumerate(last)))
    return tuple(to_memory(words, found))


def _has_padding(parameters: Parameters) -> bool:
    found, count = layout(parameters), number(parameters, "count")
    return isinstance(found, Packing) and count * found.width < size(parameters) * 8


def _is_cut_short(parameters: Parameters) -> bool:
    found, count = layout(parameters), number(parameters, "count")
    return isinstance(found, DigitPacking) and found.order == MSB_FIRST and count % found.per_word != 0


def _has_bits(packing: Layout) -> bool:
    return isinstance(packing, Packing) and packing.width > 1


def bugs(verb: str, run: Run) -> Iterator[Mutant]:
    """The known bugs of packing or of unpacking, of which ``run`` is the right way."""
    yield from (mistaken_packing(verb, *change) for change in CHANGES)
    yield changed_codes(verb, run, "bits", "the bits of each element lie the other way round", _reversed, _has_bits)
    yield changed_codes(verb, run, "cut", "what an element has in a second word is lost", _cut, _straddles)
    if verb == "pack":
        yield bug("pack.padding-ones", "padding is ones", _padded_with_ones, _has_padding)
        short = "the digits of the last byte count as if it had no more"
        yield bug("pack.short-group", short, _counted_from_the_last, _is_cut_short)
