"""SECDED on arrays: the names of ``refsim.spec.secded``."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from ..spec.catalogue import get_format
from ..spec.formats import Format
from ..spec.memories import DATA
from ..spec.protected_words import Sizes, Verdict, check_sizes
from ..spec.secded import CHECK, Secded
from .array import Array
from .linear_codes import Decoded, decode, encode
from .parts import Grain, Part, Parts, Reading, StageOnArrays
from .protected_words import read_words, words_of
from .protected_words import verdict as verdict_of


def write(stage: Secded, data: Part) -> dict[str, Part]:
    """The data and their check bits."""
    checks = encode(stage.linear, words_of(data.array, stage.width))
    return {DATA: data, CHECK: Part(CHECK, Array(checks, get_format(f"uint{stage.linear.checks}")))}


def decoded(stage: Secded, parts: Parts) -> Decoded:
    """What each word is taken for."""
    words = words_of(parts[DATA].array, stage.width)
    check = parts.get(CHECK)
    given = Sizes(len(check.array), check.array.format.width) if check else None
    check_sizes(stage.name, given, Sizes(len(words), stage.linear.checks))
    assert check is not None, "its sizes were checked"
    return decode(stage.linear, words, check.array.codes)


def read(stage: Secded, parts: Parts) -> Reading:
    """The codes after correction, and after what the policy does with words that are known to be wrong."""
    return read_words(decoded(stage, parts), parts[DATA].array, stage.width, stage.detected)


def verdict(stage: Secded, written: Part, parts: Parts) -> Verdict:
    """What became of the words of parts, of which ``written`` are the data without faults."""
    return verdict_of(words_of(written.array, stage.width), decoded(stage, parts))


def grain(stage: Secded, format: Format) -> Grain:
    """The fewest elements that fill whole words, and those words."""
    shared = gcd(format.width, stage.width)
    return {DATA: stage.width // shared, CHECK: format.width // shared}


STAGES: Mapping[type, StageOnArrays] = {Secded: StageOnArrays(write, read, grain, verdict)}
