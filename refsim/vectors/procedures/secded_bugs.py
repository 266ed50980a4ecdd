"""Known bugs of SECDED: other matrices than the one that is meant, and decoders that tell errors apart wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...spec.linear_codes import CODES, CORRECTED, DETECTED, FOUND, Decoded, LinearCode, get_code, ones
from ..mutants import Mutant
from .procedure import Parameters, Run, Values, bug, mistaken

Change = Callable[[LinearCode], LinearCode]
Decode = Callable[[LinearCode, int, int], Decoded]


def _reversed(code: LinearCode) -> LinearCode:
    return LinearCode(code.checks, code.columns[::-1])


def _ascending(code: LinearCode) -> LinearCode:
    return LinearCode(code.checks, tuple(sorted(code.columns)))


def _turned(code: LinearCode) -> LinearCode:
    """Row 0 at the other end."""
    return LinearCode(code.checks, tuple(int(f"{column:0{code.checks}b}"[::-1], 2) for column in code.columns))


MATRICES: tuple[tuple[str, str, Change], ...] = (
    ("bit-order", "the columns go to the data bits from the most significant one down", _reversed),
    ("ascending", "the columns are in ascending order as numbers", _ascending),
    ("check-order", "the check bits are in the opposite order", _turned),
)


def _code(parameters: Parameters) -> LinearCode:
    return get_code(parameters["code"], int(parameters["width"]))


def _differs(change: Change) -> Callable[[Parameters], bool]:
    return lambda parameters: change(_code(parameters)) != _code(parameters)


def encoding_bugs(run: Run) -> Iterator[Mutant]:
    """The known bugs of check bits, of which ``run`` is the right way."""
    yield from _other_codes("secded_encode", run)
    for name, sentence, change in MATRICES:

        def encodes(parameters: Parameters, values: Values, change: Change = change) -> Values:
            return (change(_code(parameters)).encode(*values),)

        yield bug(f"secded_encode.{name}", sentence, encodes, _differs(change))
    for name, sentence, alter in CHECKS:

        def alters(parameters: Parameters, values: Values, alter: Alter = alter) -> Values:
            return (alter(_code(parameters), values[0], run(parameters, values)[0]),)

        yield bug(f"secded_encode.{name}", sentence, alters)


def _other_codes(verb: str, run: Run) -> Iterator[Mutant]:
    for wrong in CODES:
        right = tuple(name for name in CODES if name != wrong)
        yield mistaken(f"{verb}.{wrong}", f"the matrix is that of the code {wrong}", run, "code", wrong, right)


Alter = Callable[[LinearCode, int, int], int]
CHECKS: tuple[tuple[str, str, Alter], ...] = (
    ("last-row", "the last check bit is always 0", lambda code, _, check: check & (1 << code.checks - 1) - 1),
    (
        "inverted",
        "check bits are inverted, so that a word of zeros has ones",
        lambda code, _, check: check ^ (1 << code.checks) - 1,
    ),
    (
        "overall-of-data",
        "the last check bit is the parity of the data alone",
        lambda code, data, check: check & (1 << code.checks - 1) - 1 | ones(data) % 2 << code.checks - 1,
    ),
    (
        "overall-of-checks",
        "the last check bit is the parity of the other check bits alone",
        lambda code, _, check: (low := check & (1 << code.checks - 1) - 1) | ones(low) % 2 << code.checks - 1,
    ),
)


def _always_corrects(code: LinearCode, data: int, check: int) -> Decoded:
    """Where no bit has the syndrome, the first whose column differs from it in one row is inverted."""
    found, syndrome = code.decode(data, check), code.syndrome(data, check)
    if found.found != DETECTED:
        return found
    near = [bit for bit, column in enumerate(code.columns) if ones(column ^ syndrome) == 1]
    return Decoded(data ^ 1 << near[0], CORRECTED) if near else found


def _odd_is_single(code: LinearCode, data: int, check: int) -> Decoded:
    found = code.decode(data, check)
    odd = ones(code.syndrome(data, check)) % 2
    return Decoded(found.data, CORRECTED) if odd and found.found == DETECTED else found


def _check_bits(found: str) -> Decode:
    """Errors of check bits are told as something else than corrected."""

    def decode(code: LinearCode, data: int, check: int) -> Decoded:
        right = code.decode(data, check)
        return Decoded(data, found) if ones(code.syndrome(data, check)) == 1 else right

    return decode


def _no_last_row(code: LinearCode, data: int, check: int) -> Decoded:
    """A decoder that corrects single errors and has no overall parity: the last row counts as what makes a bit of it."""
    low = code.syndrome(data, check) & (1 << code.checks - 1) - 1
    for syndrome in (low, low | 1 << code.checks - 1):
        found = code.decode(0, syndrome)
        if found.found != DETECTED:
            return Decoded(data ^ found.data, found.found)
    return Decoded(data, DETECTED)


def _only_found(code: LinearCode, data: int, check: int) -> Decoded:
    return Decoded(data, code.decode(data, check).found)


def _unreported(code: LinearCode, data: int, check: int) -> Decoded:
    found = code.decode(data, check)
    return Decoded(found.data, FOUND[0]) if found.found == CORRECTED else found


def _zeroed(code: LinearCode, data: int, check: int) -> Decoded:
    found = code.decode(data, check)
    return Decoded(0, DETECTED) if found.found == DETECTED else found


def _neighbour(code: LinearCode, data: int, check: int) -> Decoded:
    found = code.decode(data, check)
    wrong = found.data ^ data
    return Decoded(data ^ (wrong << 1 | wrong >> code.width - 1) & (1 << code.width) - 1, found.found)


def _has_odd_syndromes_of_no_bit(parameters: Parameters) -> bool:
    code = _code(parameters)
    return code.bits < 1 << code.checks - 1


DECODERS: tuple[tuple[str, str, Decode], ...] = (
    ("double", "two wrong bits are corrected as if they were one", _always_corrects),
    ("last-row", "the last row is not asked, so double errors are taken for single ones", _no_last_row),
    ("check-bits", "a wrong check bit is reported as not to be corrected", _check_bits(DETECTED)),
    ("check-bits-unseen", "a wrong check bit is not reported", _check_bits(FOUND[0])),
    ("not-corrected", "a single error is reported and not corrected", _only_found),
    ("unreported", "a corrected word is not reported", _unreported),
    ("zeroed", "a word that is wrong is read as zeros", _zeroed),
    ("neighbour", "the bit above the wrong one is inverted", _neighbour),
)


def reading_bugs(run: Run) -> Iterator[Mutant]:
    """The known bugs of reading, of which ``run`` is the right way."""
    yield from _other_codes("secded_read", run)
    for name, sentence, change in MATRICES:

        def turned(code: LinearCode, data: int, check: int, change: Change = change) -> Decoded:
            return change(code).decode(data, check)

        yield bug(f"secded_read.{name}", sentence, _through(turned), _differs(change))
    for name, sentence, decode in DECODERS:
        yield bug(f"secded_read.{name}", sentence, _through(decode))
    odd = "an odd syndrome of no bit is reported as corrected"
    yield bug("secded_read.odd-is-single", odd, _through(_odd_is_single), _has_odd_syndromes_of_no_bit)


def _through(decode: Decode) -> Run:
    def run(parameters: Parameters, values: Values) -> Values:
        data, found = decode(_code(parameters), *values)
        return data, FOUND.index(found)

    return run
