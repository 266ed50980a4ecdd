"""refsim beside its peers: one run, one table, ratios of rounds measured next to each other."""

from __future__ import annotations

import argparse
import json
import sys
from fnmatch import fnmatch
from pathlib import Path

from measure import Measured, measure
from report import context, footer, header, record, text
from rows import rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 where ``--check`` finds a goal missed, 2 for misuse."""
    options = parser().parse_args(arguments)
    chosen = [row for row in rows() if any(fnmatch(row.name, pattern) for pattern in options.rows)]
    if not chosen:
        print(f"no row is named {' or '.join(options.rows)}; --list lists them", file=sys.stderr)
        return 2
    if options.list:
        for row in chosen:
            print(row.name, *dict.fromkeys(way.library for way in row.peers))
        return 0
    about = context(options.size, options.rounds)
    print(*(f"{key}: {value}" for key, value in about.items()), "", header(), sep="\n", flush=True)
    done: list[Measured] = []
    for number, row in enumerate(chosen, 1):
        print(f"[{number}/{len(chosen)}] {row.name}", file=sys.stderr, flush=True)
        done.append(measure(row, options.size, options.rounds))
        print(text(done[-1]), flush=True)
    print(footer(done))
    if options.json:
        options.json.write_text(
            json.dumps({"context": about, "rows": [record(measured) for measured in done]}, indent=1) + "\n"
        )
    missed = any(line.met is False for measured in done for line in measured.lines)
    return int(options.check and missed)


def parser() -> argparse.ArgumentParser:
    """The options."""
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--rows", metavar="PATTERN", nargs="+", default=["*"], help="rows to measure, as in 'encode/*'")
    found.add_argument("--size", type=positive, default=1 << 20, help="elements of an array (default: %(default)s)")
    found.add_argument("--rounds", type=positive, default=9, help="timings of each library (default: %(default)s)")
    found.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    found.add_argument("--check", action="store_true", help="exit with 1 where a stated goal is missed")
    found.add_argument("--list", action="store_true", help="print the names of the rows and their peers, measure nothing")
    return found


def positive(word: str) -> int:
    """A count of at least 1."""
    if (value := int(word)) < 1:
        raise ValueError(word)
    return value


if __name__ == "__main__":
    sys.exit(main())
