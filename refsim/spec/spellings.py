"""How records are spelled: a name and arguments in brackets, without spaces, read and written by one table.

What can be spelled is in :doc:`datapath_names`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from .alignment import Alignment
from .catalogue import get_format
from .naming import get_rounding
from .projection import Projection
from .rounding import Rounding


class Misspelled(ValueError):
    """A text is no name; the message says where in it."""


class Spelling(NamedTuple):
    """How one kind of thing is read from a text and written as one; a reader raises ``ValueError``."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


class Part(NamedTuple):
    """An argument of a name: the attribute of the record that it stands for, and its spelling.

    One with a ``key`` is left out where the attribute has the ``default``, and written ``key=text`` otherwise, or as the key
    alone where it is a yes or no. One that may come ``many`` times is the last without a key.
    """

    attribute: str
    spelling: Spelling | Family
    key: str = ""
    default: Any = None
    many: bool = False


class Kind(NamedTuple):
    """A name, the record that it makes, and its arguments."""

    name: str
    record: Callable[..., Any]
    parts: tuple[Part, ...] = ()


class Family(NamedTuple):
    """Records that can stand in one place, by name. Accumulators hold accumulators, so that the table grows."""

    what: str
    kinds: dict[str, Kind]

    def add(self, *kinds: Kind) -> None:
        """Put kinds into the table."""
        self.kinds.update({kind.name: kind for kind in kinds})


def family(what: str, *kinds: Kind) -> Family:
    """A family of these kinds."""
    found = Family(what, {})
    found.add(*kinds)
    return found


def _options(to: Projection) -> dict[str, str]:
    """The options of a projection that it has otherwise than by default."""
    plain = {"tininess": "after", "subnormals": "keep", "nan": "canonical"}
    return {name: getattr(to, name) for name, value in plain.items() if getattr(to, name) != value}


def get_projection(name: str) -> Projection:
    """A projection **must** be spelled as its format, its rounding rule and its overflow rule with slashes between them, and
    behind them, each after a slash, those of its options tininess, subnormals and nan that are not as by default, as
    ``subnormals=flush``. Aliases of formats and rules are read too.

    ``ValueError`` for anything else. [spelling/projection]
    """
    *names, last = pieces = name.split("/")
    options: dict[str, str] = {}
    while "=" in last and len(names) > 1:
        key, _, value = last.partition("=")
        if key not in {"tininess", "subnormals", "nan"} or key in options:
            raise ValueError(f"a projection's options are tininess, subnormals and nan, each once, not {last!r}")
        options[key] = value
        *names, last = pieces = names
    if len(pieces) < 3 or not all(pieces):
        raise ValueError("a projection is a format, a rounding rule and an overflow rule, as in int18/toward_zero/saturate")
    return Projection("/".join(pieces[:-2]), pieces[-2], pieces[-1], **options)


def projection_name(to: Projection) -> str:
    """The name of a projection; ``ValueError`` for a format that is none of those with a name."""
    try:
        known = get_format(to.format.name)
    except ValueError:
        known = None
    if known != to.format:
        raise ValueError(f"a projection to {to.format.name} has no name: no format of that name is the same")
    return "/".join([to.format.name, to.rounding.name, to.overflow.name, *(f"{k}={v}" for k, v in _options(to).items())])


def get_alignment(text: str) -> Alignment:
    """An alignment **must** be spelled as the bits that it keeps, the rule for what is cut off, ``value`` or ``factors`` for
    where exponents are read, and ``with_sum`` or ``apart`` for the running sum, with slashes between them.

    [spelling/alignment]
    """
    bits, rounding, exponent, place = text.split("/") if text.count("/") == 3 else ("", "", "", "")
    if place not in {"with_sum", "apart"}:
        raise ValueError(
            "an alignment is bits, rounding, value or factors, with_sum or apart, as in 13/toward_zero/value/apart"
        )
    return Alignment(integer(bits), rounding, exponent, with_sum=place == "with_sum")


def alignment_name(a: Alignment) -> str:
    """The spelling of an alignment."""
    return f"{a.bits}/{a.rounding.name}/{a.exponent}/{'with_sum' if a.with_sum else 'apart'}"


def integer(text: str) -> int:
    """An integer of at most nine digits."""
    if not re.fullmatch("-?[0-9]{1,9}", text):
        raise ValueError("an integer is needed here")
    return int(text)


def _rule_name(rule: Rounding) -> str:
    return rule.name


PROJECTION = Spelling(get_projection, projection_name)
ALIGNMENT = Spelling(get_alignment, alignment_name)
INTEGER = Spelling(integer, str)
WORD = Spelling(str, str)
RULE = Spelling(get_rounding, _rule_name)
YES = Spelling(bool, str)


class Piece(NamedTuple):
    """A part of a name, and where in it the part begins."""

    text: str
    start: int

    def wrong(self, message: object) -> Misspelled:
        """The error of this piece."""
        return Misspelled(f"{message}; at {self.text!r}, character {self.start + 1}")


def _pieces(inside: Piece) -> Iterator[Piece]:
    """What stands between commas outside all brackets, which a format's name may have too."""
    depth = begin = 0
    for place, c in enumerate(inside.text):
        depth += (c in "(<") - (c in ")>")
        if depth < 0:
            raise inside.wrong("a bracket is closed that was not opened")
        if c == "," and depth == 0:
            yield Piece(inside.text[begin:place], inside.start + begin)
            begin = place + 1
    yield Piece(inside.text[begin:], inside.start + begin)


def read(piece: Piece, spelling: Spelling | Family) -> Any:
    """What a piece of text stands for; ``Misspelled`` where it is nothing."""
    if isinstance(spelling, Family):
        return read_record(piece, spelling)
    try:
        return spelling.read(piece.text)
    except ValueError as error:
        raise piece.wrong(error) from None


def read_record(piece: Piece, of: Family) -> Any:
    """A record **must** be spelled as its name and, where it has any, its arguments in brackets with commas between them and no
    spaces: first those that stand in order, then those with a key, which are left out where they are as by default.

    [spelling/record]
    """
    name, bracket, rest = piece.text.partition("(")
    if name not in of.kinds:
        near = get_close_matches(name, of.kinds, 1, 0.5)
        known = f"did you mean {near[0]}?" if near else f"there are {', '.join(of.kinds)}"
        raise piece.wrong(f"there is no {of.what} {name!r}; {known}")
    if bracket and not rest.endswith(")"):
        raise piece.wrong(f"the bracket of {name} is not closed at its end")
    kind = of.kinds[name]
    given = list(_pieces(Piece(rest[:-1], piece.start + len(name) + 1))) if bracket else []
    try:
        return kind.record(**_arguments(piece, kind, given))
    except Misspelled:
        raise
    except ValueError as error:
        raise piece.wrong(error) from None


def _arguments(piece: Piece, kind: Kind, given: list[Piece]) -> dict[str, Any]:
    """The attributes that the arguments of a name stand for."""
    keys = {part.key: part for part in kind.parts if part.key}
    named = [p for p in given if p.text.partition("=")[0] in keys and ("=" in p.text or keys[p.text].spelling is YES)]
    placed = [p for p in given if p not in named]
    found = {part.attribute: part.default for part in keys.values()}
    for part in (part for part in kind.parts if not part.key):
        if part.many:
            found[part.attribute] = tuple(read(p, part.spelling) for p in placed)
            placed = []
        elif placed:
            found[part.attribute] = read(placed.pop(0), part.spelling)
        else:
            raise piece.wrong(f"{kind.name} needs {_needs(kind)}")
    if placed or given[len(given) - len(named) :] != named:
        raise (placed or named)[0].wrong(f"{kind.name} takes {_needs(kind)}, in this order")
    for p in named:
        key, equals, text = p.text.partition("=")
        if key not in keys:
            raise p.wrong(f"{key} of {kind.name} is given twice")
        part = keys.pop(key)
        if bool(equals) == (part.spelling is YES):
            raise p.wrong(f"{key} of {kind.name} is written {key}{'' if equals else '=...'}")
        found[part.attribute] = read(Piece(text or key, p.start + len(key) + 1 if equals else p.start), part.spelling)
    return found


def _needs(kind: Kind) -> str:
    shown = [part.key if part.spelling is YES else f"{part.key}=..." if part.key else part.attribute for part in kind.parts]
    return f"({','.join(shown)})" if shown else "no arguments"


def write(x: Any, spelling: Spelling | Family) -> str:
    """The text that stands for something: what is written **must** be read as an equal thing. [spelling/round-trip]"""
    if not isinstance(spelling, Family):
        return spelling.write(x)
    kind = next((kind for kind in spelling.kinds.values() if kind.record is type(x)), None)
    if kind is None:
        raise ValueError(f"{type(x).__name__} is no {spelling.what} with a name")
    placed, named = list[str](), list[str]()
    for part in kind.parts:
        value = getattr(x, part.attribute)
        if part.many:
            placed += [write(one, part.spelling) for one in value]
        elif not part.key:
            placed.append(write(value, part.spelling))
        elif value != part.default:
            named.append(part.key if part.spelling is YES else f"{part.key}={write(value, part.spelling)}")
    return f"{kind.name}({','.join([*placed, *named])})" if kind.parts else kind.name


DEEPEST = 100
"""Brackets that a name may have."""


def whole(name: str, of: Family) -> Any:
    """The record of a name; ``Misspelled`` where it is none."""
    if name.count("(") > DEEPEST:
        raise Misspelled(f"a name of {of.what} has at most {DEEPEST} brackets, not {name.count('(')}")
    try:
        return read(Piece(name, 0), of)
    except Misspelled as error:
        raise Misspelled(f"{of.what} {name!r}: {error}" if f"at {name!r}," not in str(error) else f"{error}") from None
