"""Zero-space codes as a procedure: what a stored word of eight bytes is read as."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...spec.catalogue import get_format
from ...spec.linear_codes import CODES, DETECTED, FOUND, Decoded, LinearCode, ones
from ...spec.memories import DATA, Part
from ...spec.zero_space import GROUP, KEPT, SPARE, WORD, ZeroSpace, gathered, kept, spread, throttled, with_signs
from ..fields import Field
from ..mutants import Mutant
from .procedure import Parameter, Parameters, Procedure, Run, Values, bug, mistaken
from .secded import CODE, FOUND_FIELD, patterns, scattered

Decode = Callable[[LinearCode, int], Decoded]


def _stage(parameters: Parameters) -> ZeroSpace:
    return ZeroSpace(parameters["code"], "as_is")


def operands(_: Parameters) -> Iterator[Field]:
    """The stored word, element 0 in its lowest byte."""
    yield Field("stored", WORD)


def results(_: Parameters) -> Iterator[Field]:
    """The word that is read, and what was found."""
    yield from (Field("read", WORD), FOUND_FIELD)


def run(parameters: Parameters, values: Values) -> Values:
    """The word as the stage reads it, where detected words are read as they are."""
    data = Part("weight", get_format("int8"), tuple(values[0].to_bytes(GROUP, "little")))
    word, found = _stage(parameters).decoded({DATA: data})[0]
    return word, FOUND.index(found)


def candidates(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Words that were written with every pattern of wrong bits, and words of any bits."""
    stage = _stage(parameters)
    places = (*KEPT, *SPARE)
    words = [int.from_bytes(bytes(throttled(data.to_bytes(GROUP, "little"))), "little") for data in scattered(WORD, 5)]
    for i, (name, bits) in enumerate(patterns(stage.linear)):
        flips = sum(1 << places[bit] for bit in bits)
        yield name, (stage.encoded(words[0]) ^ flips,)
        yield name, (stage.encoded(words[i % len(words)] if ones(i) % 2 else 0) ^ flips,)
    yield from (("any bits", (word,)) for word in scattered(WORD, 20))


def through(decode: Decode) -> Run:
    """A device that decodes in its own way."""

    def device(parameters: Parameters, values: Values) -> Values:
        word, found = decode(_stage(parameters).linear, values[0])
        return word, FOUND.index(found)

    return device


def _decoded(code: LinearCode, word: int) -> Decoded:
    found = code.decode(kept(word), gathered(word, SPARE))
    return Decoded(spread(found.data, KEPT), found.found)


def _no_signs(code: LinearCode, word: int) -> Decoded:
    found = _decoded(code, word)
    return Decoded(found.data | spread(gathered(word, SPARE), SPARE), found.found)


def _early_signs(code: LinearCode, word: int) -> Decoded:
    found = _decoded(code, word)
    return Decoded(found.data | sum((word >> place + 1 & 1) << place for place in SPARE), found.found)


def _signs_where_right(code: LinearCode, word: int) -> Decoded:
    found = _decoded(code, word)
    return Decoded(word, DETECTED) if found.found == DETECTED else Decoded(with_signs(found.data), found.found)


def _last_first(code: LinearCode, word: int) -> Decoded:
    found = code.decode(gathered(word, KEPT[::-1]), gathered(word, SPARE))
    return Decoded(with_signs(spread(found.data, KEPT[::-1])), found.found)


def _checks_last_first(code: LinearCode, word: int) -> Decoded:
    found = code.decode(kept(word), gathered(word, SPARE[::-1]))
    return Decoded(with_signs(spread(found.data, KEPT)), found.found)


def _all_signs(code: LinearCode, word: int) -> Decoded:
    found = _decoded(code, word)
    top = 1 << WORD - 2
    return Decoded(with_signs(found.data) & ~top | found.data >> 1 & top, found.found)


def _other_end(code: LinearCode, word: int) -> Decoded:
    """Element 0 in the highest byte, so that the last element is without a check bit."""
    turned = int.from_bytes(word.to_bytes(GROUP, "little"), "big")
    found = _decoded(code, turned)
    return Decoded(int.from_bytes(with_signs(found.data).to_bytes(GROUP, "little"), "big"), found.found)


BUGS: tuple[tuple[str, str, Decode], ...] = (
    ("check-bits", "check bits stay where signs are to be repeated", _no_signs),
    ("early-signs", "signs are repeated before they are corrected", _early_signs),
    ("signs-where-right", "signs are not repeated in words that are wrong", _signs_where_right),
    ("all-signs", "the eighth element has its sign repeated too", _all_signs),
    ("bit-order", "data bits are taken from the most significant one down", _last_first),
    ("check-order", "check bits are in the opposite order", _checks_last_first),
    ("byte-order", "element 0 is the highest byte", _other_end),
)


def bugs() -> Iterator[Mutant]:
    """The known bugs of reading."""
    for wrong in CODES:
        right = tuple(name for name in CODES if name != wrong)
        yield mistaken(f"zero_space_read.{wrong}", f"the matrix is that of the code {wrong}", run, "code", wrong, right)
    yield from (bug(f"zero_space_read.{name}", sentence, through(decode)) for name, sentence, decode in BUGS)


def explain(_: Parameters, values: Values, results: Values) -> str:
    """The bytes that are read, element 0 first."""
    return f"{values[0].to_bytes(GROUP, 'little').hex(' ')} -> {results[0].to_bytes(GROUP, 'little').hex(' ')}"


ZERO_SPACE_READ = Procedure(
    "zero_space_read",
    "eight bytes with check bits in them as a code reads them",
    (Parameter(CODE.name, CODE.sentence, CODE.choices),),
    operands,
    results,
    run,
    lambda parameters: ("zero-space/stage", "code/decode", f"code/{parameters['code']}"),
    candidates,
    tuple(bugs()),
    tuple({"code": code} for code in CODES),
    explain,
)
