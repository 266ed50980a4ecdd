"""Run a probe and print its observations in sections: ``python collect.py COMMAND... > FILE``.

A section begins with the operation, the formats of operands and result, the rounding rule and what happens to subnormal
numbers; each of its lines holds operands, result and flags. Lines are sorted, and equal ones stand once.
"""

import subprocess
import sys
from itertools import groupby

HEAD = 5


def main(command):
    """Print what the command observes."""
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = sorted({tuple(line.split()) for line in lines})
    for head, group in groupby(rows, key=lambda row: row[:HEAD]):
        sys.stdout.write("[" + " ".join(head) + "]\n")
        sys.stdout.writelines(" ".join(row[HEAD:]) + "\n" for row in group)


if __name__ == "__main__":
    main(sys.argv[1:])
