"""The commands of the README print what stands below them."""

import shlex
from itertools import takewhile
from pathlib import Path

import pytest

from refsim.cli import main

LINES = (Path(__file__).parents[2] / "README.md").read_text("utf-8").splitlines()
PROMPT = "    $ refsim "
SHOWN = [i for i, line in enumerate(LINES) if line.startswith(PROMPT)]


@pytest.mark.parametrize("start", SHOWN, ids=lambda i: LINES[i].removeprefix(PROMPT)[:40])
def test_a_command_prints_what_is_shown(start, capsys):
    """The lines that are indented, up to the next command or the next paragraph."""
    rest = takewhile(lambda line: (not line or line.startswith("    ")) and not line.startswith(PROMPT), LINES[start + 1 :])
    shown = "\n".join(line.removeprefix("    ") for line in rest).strip()
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(LINES[start].removeprefix(PROMPT)))
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    assert shown
    assert [line.rstrip() for line in out.strip().splitlines()] == shown.splitlines()


def test_there_are_commands():
    """The README has examples to run."""
    assert len(SHOWN) >= 4
