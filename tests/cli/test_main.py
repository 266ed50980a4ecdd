"""The program as a whole: help, version, exit codes of a real process, and how it ends when something goes wrong."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from refsim.cli import cli, main
from refsim.version import SPECIFICATION, __version__

SUITE = "multiply/float4_e2m1fn/ties_to_even.saturate.smoke"


def commands(group, path=()):
    """Every command that is not a group, with the words that name it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(cli))


def test_the_commands():
    """These are the commands that there are."""
    vectors = ("list", "generate", "check", "mutants", "score", "export")
    top = ("formats", "show", "encode", "decode", "pack", "unpack", "operations", "compute", "dot", "matmul", "verify", "study")
    networks = ("new", "import", "train", "prune", "quantize", "run", "trace", "check", "summary")
    faults = ("example", "plan", "run", "resume", "report", "replay")
    groups = {"vectors": vectors, "procedures": ("list", "run"), "network": networks, "faults": faults}
    below = {(group, name) for group, names in groups.items() for name in names}
    assert set(COMMANDS) == {*((name,) for name in top), *below}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_help_has_an_example(refsim, words):
    """The help of a command says what it does, and shows a command line that begins with its name and has its options."""
    ran = refsim(*words, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == refsim(*words, "-h").out
    assert f"Usage: refsim {' '.join(words)}" in ran.out
    assert "\\b" not in ran.out
    example = ran.out[ran.out.index("Example") :]
    line = next(line for line in example.splitlines() if f"refsim {' '.join(words)}" in line)
    known = {name for parameter in COMMANDS[words].params for name in parameter.opts}
    assert {word for word in line.split() if word.startswith("--")} <= known


def test_every_option_is_explained():
    """Every option of every command has a help text that ends with a full stop."""
    for words, command in COMMANDS.items():
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help.endswith("."), (words, option.name)


def test_version(refsim):
    """The version of the program and of the specification."""
    assert refsim("--version").out == f"refsim, version {__version__}, specification {SPECIFICATION}\n"


def test_without_a_command(refsim):
    """Without a command there is help, and it is misuse."""
    ran = refsim()
    assert ran.code == 2
    assert "Commands:" in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("verify", SUITE, "--dut", "mutant:flags.inexact-missing"), 0),
        (("verify", SUITE, "--dut", "mutant:rounding.truncates"), 1),
        (("verify", SUITE, "--dut", "nothing"), 2),
        (("verify", SUITE, "--dut", "cmd:true"), 3),
        (("verify", "damaged.rsv", "--dut", "cmd:true"), 4),
        (("verify", SUITE, "--dut", "cmd:false"), 5),
    ],
)
def test_exit_codes_of_a_process(program, tmp_path, arguments, code):
    """The exit codes are those of the process, and only misuse and damage are told on standard error, in one line."""
    (tmp_path / "damaged.rsv").write_text("//! refsim-vectors 1\n")
    ran = program(*arguments, cwd=tmp_path)
    assert ran.code == code
    assert ran.err.count("\n") == (1 if code in (2, 4) else 0)
    assert bool(ran.out) == (code not in (2, 4))


@pytest.mark.parametrize("body", ["import sys; sys.exit(0)", "def f(a, b): import sys; sys.exit(0)"])
def test_a_device_cannot_end_the_program(program, tmp_path, body):
    """A Python device that exits, when it is imported or when it is asked, does not make the program say that all is well."""
    (tmp_path / "leaves.py").write_text(body + "\n")
    assert program("verify", SUITE, "--dut", "py:leaves:f", cwd=tmp_path).code in (2, 5)


def test_a_reader_that_goes_away(tmp_path):
    """When nobody reads what is printed the program ends without a traceback, and not as if all were well."""
    command = [sys.executable, "-m", "refsim", "verify", "multiply/float4_e2m1fn/*", "--dut", "mutant:rounding.truncates"]
    process = subprocess.Popen(
        [*command, "--max-failures", "1000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) != 0
    assert b"Traceback" not in err


def test_a_full_disk():
    """Output that cannot be written is told in one line."""
    command = [sys.executable, "-m", "refsim", "vectors", "mutants"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "refsim: [Errno 28] No space left on device\n"


def test_a_bug_of_ours_is_no_verdict(monkeypatch, capsys):
    """An unforeseen exception ends with a code of its own, not with Python's 1, which says that a device differs."""

    def broken(*_, **__):
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr("refsim.cli.cli.main", broken)
    with pytest.raises(SystemExit) as ended:
        main(["formats"])
    assert ended.value.code == 70
    assert capsys.readouterr().err.splitlines()[-1] == "refsim: this is a bug of refsim: RuntimeError: nobody foresaw this"
