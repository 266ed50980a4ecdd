"""SECDED as procedures: the check bits of a word, and what a stored word is read as."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ...spec.linear_codes import CODES, FOUND, LinearCode, get_code, ones
from ...spec.secded import WIDTHS
from ..fields import Field
from .procedure import Parameter, Parameters, Procedure, Values
from .secded_bugs import encoding_bugs, reading_bugs

CODE = Parameter("code", "the parity-check matrix", tuple(CODES))
WIDTH = Parameter("width", "the data bits of a word", tuple(map(str, WIDTHS)))
FOUND_FIELD = Field("found", 2, None, FOUND)
"""What was found of a word."""


def code_of(parameters: Parameters) -> LinearCode:
    """The code that parameters name."""
    return get_code(parameters["code"], int(parameters["width"]))


def data_field(parameters: Parameters) -> Iterator[Field]:
    """The data bits."""
    yield Field("data", code_of(parameters).width)


def check_field(parameters: Parameters) -> Iterator[Field]:
    """The check bits."""
    yield Field("check", code_of(parameters).checks)


def word_fields(parameters: Parameters) -> Iterator[Field]:
    """The data bits and the check bits, as they are stored."""
    yield from (*data_field(parameters), *check_field(parameters))


def read_fields(parameters: Parameters) -> Iterator[Field]:
    """The data bits that are read, and what was found."""
    yield from (Field("read", code_of(parameters).width), FOUND_FIELD)


def run_encode(parameters: Parameters, values: Values) -> Values:
    """The check bits of the data."""
    return (code_of(parameters).encode(*values),)


def run_read(parameters: Parameters, values: Values) -> Values:
    """The data that the stored word is read as, and the number of what was found."""
    data, found = code_of(parameters).decode(*values)
    return data, FOUND.index(found)


def clauses_of_encode(parameters: Parameters) -> tuple[str, ...]:
    """The clauses that check bits show."""
    return (f"code/{parameters['code']}", "code/encode", "code/check-bits")


def clauses_of_read(parameters: Parameters) -> tuple[str, ...]:
    """The clauses that a reading shows."""
    return ("code/decode", "code/syndrome", f"code/{parameters['code']}")


def scattered(width: int, many: int) -> list[int]:
    """Words of many different bits, the same ones always."""
    return [pow(3, 41 + 2 * i, (1 << width + 7) - 1) % (1 << width) for i in range(many)]


def rows_of_data(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """Data in which one bit is set, which shows its column, one is clear, two neighbours are set, and scattered bits."""
    width = code_of(parameters).width
    top = (1 << width) - 1
    yield from (("all zero", (0,)), ("all ones", (top,)))
    for bit in range(width):
        yield "one bit set", (1 << bit,)
        yield "one bit clear", (top ^ 1 << bit,)
        yield "two bits set", (1 << bit | 1 << (bit + 1) % width,)
    yield from (("scattered bits", (data,)) for data in scattered(width, 30))


def patterns(code: LinearCode) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Places that are wrong together: none, each one, neighbours and others by two, and some by three and four of each kind."""
    yield "no error", ()
    yield from (("one error", (place,)) for place in range(code.bits))
    for step in (1, 5):
        yield from (("two errors", (place, (place + step) % code.bits)) for place in range(code.bits))
    yield from (("two check bits", pair) for pair in combinations(range(code.width, code.bits), 2))
    columns, left = code.all_columns, {"three errors, one known": 12, "three errors, none known": 12, "four errors, unseen": 12}
    for step in range(1, code.bits):
        for place in range(code.bits - 2 * step):
            three = (place, place + step, place + 2 * step)
            syndrome = columns[three[0]] ^ columns[three[1]] ^ columns[three[2]]
            name = "three errors, one known" if syndrome in columns else "three errors, none known"
            if left[name]:
                left[name] -= 1
                yield name, three
            if syndrome in columns and left["four errors, unseen"]:
                left["four errors, unseen"] -= 1
                yield "four errors, unseen", (*three, columns.index(syndrome))
    yield "all check bits", tuple(range(code.width, code.bits))
    yield "all bits", tuple(range(code.bits))


def hit(code: LinearCode, data: int, places: tuple[int, ...]) -> Values:
    """A word that was written, with places inverted: the data bits and the check bits."""
    pattern = sum(1 << place for place in places)
    return data ^ pattern & (1 << code.width) - 1, code.encode(data) ^ pattern >> code.width


def rows_of_words(parameters: Parameters) -> Iterator[tuple[str, Values]]:
    """One word with every pattern of wrong bits, others with some, and words of which nothing is known."""
    code = code_of(parameters)
    first, *others = scattered(code.width, 6)
    for i, (name, places) in enumerate(patterns(code)):
        yield name, hit(code, first, places)
        yield name, hit(code, others[i % len(others)] if ones(i) % 2 else 0, places)


def explain_check(_: Parameters, values: Values, results: Values) -> str:
    """How many ones there are."""
    return f"{ones(values[0])} + {ones(results[0])} ones"


def explain_read(parameters: Parameters, values: Values, results: Values) -> str:
    """The syndrome, and what it tells."""
    code = code_of(parameters)
    return f"syndrome {code.syndrome(*values):0{code.checks}b}: {FOUND[results[1]]}"


PUBLISHED: tuple[Parameters, ...] = tuple({"code": code, "width": str(width)} for code in CODES for width in WIDTHS)
SECDED_ENCODE = Procedure(
    "secded_encode",
    "the check bits of a word",
    (CODE, WIDTH),
    data_field,
    check_field,
    run_encode,
    clauses_of_encode,
    rows_of_data,
    tuple(encoding_bugs(run_encode)),
    PUBLISHED,
    explain_check,
)
SECDED_READ = Procedure(
    "secded_read",
    "a stored word as a code reads it",
    (CODE, WIDTH),
    word_fields,
    read_fields,
    run_read,
    clauses_of_read,
    rows_of_words,
    tuple(reading_bugs(run_read)),
    PUBLISHED,
    explain_read,
)
