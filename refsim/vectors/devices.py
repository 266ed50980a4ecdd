"""Devices: whatever answers vectors. A process, a Python function, a file of results, or a mutant of the specification.

A device is asked blind: it gets operands and never expected results. An answer is a tuple of integers, one for each result
field; ``UNKNOWN`` stands for a digit x or z of a simulator.
"""

from __future__ import annotations

import importlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fields import Field
from .file import Vectors
from .hexadecimal import digits_of, matrix_of
from .subjects import get_mutant

UNKNOWN = -1
"""What an answer with digits x or z counts as: a wrong result, never a missing one."""


class DeviceMisused(ValueError):
    """The device cannot be asked at all: a wrong specification, a missing program, a function that does not exist."""


class DeviceFailed(RuntimeError):
    """The device died, hung or raised."""


@dataclass(frozen=True)
class Answers:
    """A device's answers: a column for each result field, as many rows as it answered, and what was wrong with the rest.

    ``trouble`` says in one line why there are not as many answers as vectors, or why one could not be read.
    """

    columns: tuple[NDArray[Any], ...]
    trouble: str = ""

    def __len__(self) -> int:
        return len(self.columns[0])


Device = Callable[[Vectors, int], Answers]
"""Takes vectors and the number of result fields that are wanted, gives answers."""


def device(spec: str, timeout: float) -> Device:
    """The device of a specification ``cmd:COMMAND``, ``py:MODULE:FUNCTION``, ``file:PATH`` or ``mutant:NAME``.

    ``DeviceMisused`` for anything else.
    """
    kind, _, rest = spec.partition(":")
    if not rest:
        raise DeviceMisused(f"device {spec!r} is none of cmd:COMMAND, py:MODULE:FUNCTION, file:PATH, mutant:NAME")
    if kind == "cmd":
        return _process(rest, timeout)
    if kind == "py":
        return _function(rest)
    if kind == "file":
        return lambda vectors, wanted: _results_file(Path(rest), vectors, wanted)
    if kind == "mutant":
        return _mutant(rest)
    raise DeviceMisused(f"device {spec!r} is none of cmd:COMMAND, py:MODULE:FUNCTION, file:PATH, mutant:NAME")


def _process(command: str, timeout: float) -> Device:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise DeviceMisused(f"command {command!r}: {error}") from None
    if not words:
        raise DeviceMisused("cmd: needs a command")

    def ask(vectors: Vectors, wanted: int) -> Answers:
        try:
            process = subprocess.Popen(  # noqa: S603 running the user's program is the point
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise DeviceMisused(f"cannot start {words[0]!r}: {error.strerror}") from None
        try:
            out, err = process.communicate(questions(vectors), timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise DeviceFailed(f"{words[0]!r} did not finish within {timeout:g} s (--timeout)") from None
        except BaseException:
            _kill(process)
            raise
        if process.returncode:
            last = err.decode(errors="replace").strip().splitlines()
            how = f"signal {-process.returncode}" if process.returncode < 0 else f"exit code {process.returncode}"
            raise DeviceFailed(f"{words[0]!r} ended with {how}" + (f": {_line(last[-1])}" if last else ""))
        return read_answers(out, vectors, wanted)

    return ask


def _line(text: str) -> str:
    """A device's words, fit for one line of a report."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.communicate()


def questions(vectors: Vectors) -> bytes:
    """What a process is asked: a line of operands in hexadecimal for each vector, separated by spaces."""
    fields = vectors.configuration.operand_fields
    columns = [digits_of(column, field.digits) for field, column in zip(fields, vectors.operands, strict=True)]
    lines: NDArray[np.uint8] = np.full((len(vectors), sum(c.shape[1] + 1 for c in columns)), ord(" "), np.uint8)
    at = 0
    for column in columns:
        lines[:, at : at + column.shape[1]] = column
        at += column.shape[1] + 1
    lines[:, -1] = ord("\n")
    return lines.tobytes()


def _results_file(path: Path, vectors: Vectors, wanted: int) -> Answers:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DeviceMisused(f"cannot read {str(path)!r}: {error.strerror}") from None
    return read_answers(data, vectors, wanted)


_COMMENT = re.compile(rb"//[^\n]*")


def read_answers(data: bytes, vectors: Vectors, wanted: int) -> Answers:
    """The answers in a text of one line of hexadecimal results a vector, separated by spaces or underscores.

    Empty lines and ``//`` remarks do not count. Reading stops at the first line that is no answer.
    """
    fields = vectors.configuration.result_fields[:wanted]
    if b"//" in data:
        data = _COMMENT.sub(b"", data)
    if b"_" in data:
        data = data.replace(b"_", b" ")
    regular = matrix_of(data, wanted)
    if regular is not None:
        return Answers(tuple(regular))
    lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    words = data.split()
    if len(words) == wanted * len(lines) and all(len(line.split()) == wanted for line in lines):
        answers, read = _columns(words, fields), len(lines)
    else:
        words, read = [], 0
        for line in lines:
            parts = line.split()
            if parts and len(parts) != wanted:
                break
            words += parts
            read += 1
        answers = _columns(words, fields)
    if len(answers) < len(words) // wanted or read < len(lines):
        at = len(answers)
        shown = b" ".join(words[at * wanted : (at + 1) * wanted]) or lines[read].strip()
        names = " ".join(field.name for field in fields)
        text = shown[:40].decode(errors="replace")
        return Answers(answers.columns, f"answer {at + 1} is {text!r}, not {names} in hexadecimal")
    return answers


def _columns(words: list[bytes], fields: tuple[Field, ...]) -> Answers:
    """The words as columns, up to the first that is not hexadecimal."""
    columns: list[list[int]] = []
    count = len(words) // len(fields)
    for place, field in enumerate(fields):
        mine = words[place :: len(fields)]
        column: list[int] = []
        if not b"".join(mine).translate(None, b"0123456789abcdefABCDEF"):
            column = [int(word, 16) for word in mine]
        else:
            for word in mine:
                value = _value(word, field.digits)
                if value is None:
                    break
                column.append(value)
        count = min(count, len(column))
        columns.append(column)
    return Answers(tuple(_array(column[:count]) for column in columns))


_DIGITS = re.compile(rb"[0-9a-fA-F]+")
_UNKNOWN = re.compile(rb"[0-9a-fA-FxXzZ]+")


def _value(word: bytes, digits: int) -> int | None:
    """The value of a word, ``UNKNOWN`` where a digit is x or z, ``None`` for no answer.

    A simulator that writes 0x means a digit that it knows and one that it does not; a longer word has a prefix.
    """
    if _DIGITS.fullmatch(word):
        return int(word, 16)
    prefix = word[:2].lower() == b"0x" and len(word) > digits
    return UNKNOWN if _UNKNOWN.fullmatch(word) and not prefix else None


def _array(values: list[int]) -> NDArray[Any]:
    try:
        return np.array(values, np.int64)
    except OverflowError:
        return np.array(values, object)


def _function(rest: str) -> Device:
    name, _, attribute = rest.rpartition(":")
    if not name or not attribute:
        raise DeviceMisused(f"device 'py:{rest}' is not py:MODULE:FUNCTION")
    sys.path.insert(0, str(Path.cwd()))
    try:
        function: Any = importlib.import_module(name)
        for part in attribute.split("."):
            function = getattr(function, part)
    except (Exception, SystemExit) as error:  # noqa: BLE001 a module that is imported can raise anything
        raise DeviceMisused(f"device 'py:{rest}': {type(error).__name__}: {error}") from None
    finally:
        sys.path.pop(0)
    if not callable(function):
        raise DeviceMisused(f"device 'py:{rest}' is no function")

    def ask(vectors: Vectors, wanted: int) -> Answers:
        fields = vectors.configuration.operand_fields
        operands = [column.astype(_dtype(field)) for field, column in zip(fields, vectors.operands, strict=True)]
        try:
            found = function(*operands)
        except (Exception, SystemExit) as error:
            raise DeviceFailed(_line(f"{rest} raised {type(error).__name__}: {error}")) from error
        columns = found if isinstance(found, tuple) else (found,)
        if len(columns) < wanted:
            raise DeviceMisused(f"{rest} gave {len(columns)} arrays where {wanted} are wanted: results and flags, as a tuple")
        arrays = tuple(_integers(column, rest) for column in columns[:wanted])
        if len({len(array) for array in arrays}) > 1:
            raise DeviceFailed(f"{rest} gave arrays of different lengths: {', '.join(str(len(array)) for array in arrays)}")
        return Answers(arrays)

    return ask


def _dtype(field: Field) -> np.dtype[Any]:
    bits = next((bits for bits in (8, 16, 32, 64) if field.bits <= bits), None)
    return np.dtype(f"uint{bits}") if bits else np.dtype(object)


def _integers(column: Any, rest: str) -> NDArray[Any]:
    array = np.asarray(column)
    integers = array.dtype.kind in "ui" or (array.dtype == object and all(isinstance(x, int | np.integer) for x in array.flat))
    if not integers or array.ndim != 1:
        raise DeviceFailed(f"{rest} gave an array of {array.dtype} with shape {array.shape}, not a flat array of integer codes")
    return array


def _mutant(name: str) -> Device:
    try:
        mutant = get_mutant(name)
    except ValueError as error:
        raise DeviceMisused(str(error)) from None

    def answers(vectors: Vectors) -> Iterator[tuple[int, ...]]:
        silent = (UNKNOWN,) * len(vectors.results)
        for i in range(len(vectors)):
            yield mutant.results(vectors.configuration, vectors.row(i)[0]) or silent

    def ask(vectors: Vectors, wanted: int) -> Answers:
        columns = list(zip(*answers(vectors), strict=True)) or [()] * len(vectors.results)
        return Answers(tuple(_array(list(column)) for column in columns[:wanted]))

    return ask
