"""Running the command line."""

import os
import subprocess
import sys
from typing import NamedTuple

import pytest

from refsim.cli import main


class Ran(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
def refsim(capsys):
    """Run a command in this process; on standard error there is nothing, or one line that begins with the program's name."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(ended.value.code, out, err)

    return run


@pytest.fixture
def refused(refsim):
    """Run a command that is misused: exit code 2, nothing printed, one line on standard error, which is given back."""

    def run(*arguments):
        ran = refsim(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("refsim: ")
        assert ran.err.count("\n") == 1
        return ran.err.removeprefix("refsim: ").removesuffix("\n")

    return run


@pytest.fixture
def program():
    """Run a command as a program of its own."""

    def run(*arguments, **options):
        command = [sys.executable, "-m", "refsim", *map(str, arguments)]
        environment = {**os.environ, **options.pop("env", {})}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False, **options)
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
