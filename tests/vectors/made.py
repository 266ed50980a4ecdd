"""Vector files that tests need, made once a process, and the documented rules of the format spelled out a second time."""

import hashlib
import re
from functools import cache

from refsim.spec.catalogue import get_format
from refsim.spec.projection import Projection
from refsim.vectors.file import parse
from refsim.vectors.operations import Configuration
from refsim.vectors.recipes import edge
from refsim.vectors.suites import Suite, matching


def configuration(operation, operands, result=None, rounding="ties_to_even", overflow="saturate", tininess="after", **options):
    """A configuration by names; without a result where none is projected."""
    to = None if result is None else Projection(result, rounding, overflow, tininess, **options)
    return Configuration(operation, tuple(get_format(name) for name in operands.split()), to)


@cache
def published(name):
    """The published suite of a name."""
    (found,) = matching((name,))
    return found


@cache
def made(*names, tier="edge"):
    """The text of a suite's file: published, by its name; or of any configuration, by its parts."""
    return (Suite(configuration(*names), tier) if len(names) > 1 else published(*names)).text()


@cache
def vectors(*names, tier="edge"):
    """The vectors of ``made``."""
    return parse(made(*names, tier=tier).encode("ascii"), "/".join(names))


def without_remarks(text):
    """The file with nothing behind its data words."""
    return re.sub(r"(?m)^([0-9A-F_]+) //.*$", r"\1", text)


def sealed(text):
    """The file with a right end line, whatever was done to the lines above it: their count as the header has it, and the
    SHA-256 of the header and of the data words, each with its line feed."""
    lines = text.splitlines()[:-1]
    count = next((line.split()[2] for line in lines if line.startswith("//! count ")), "0")
    hashed = "".join(line + "\n" for line in without_remarks("\n".join(lines)).split("\n"))
    return "\n".join([*lines, f"//! end count {count} sha256 {hashlib.sha256(hashed.encode()).hexdigest()}", ""])


def data_lines(text):
    """The lines of a file that hold vectors."""
    return [line for line in text.splitlines() if not line.startswith("//!")]


def header_of(text):
    """The header's lines by their first word."""
    lines = [line.removeprefix("//! ").partition(" ") for line in text.splitlines() if line.startswith("//! ")]
    return {key: value for key, _, value in lines}


@cache
def chosen(name):
    """The operands of a published edge suite, with their classes."""
    return tuple(edge(published(name).configuration))
