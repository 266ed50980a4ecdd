"""Devices: each kind is asked with operands alone, and whatever it answers or fails to answer is counted as what it is."""

import os
import shlex
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from refsim.vectors.devices import UNKNOWN, DeviceFailed, DeviceMisused, device, questions, read_answers
from refsim.vectors.file import Row, parse, write

from .made import configuration, data_lines, made, vectors

SUITE = ("multiply/float6_e2m3fn/ties_to_even.saturate.smoke",)
STOCHASTIC = ("convert/bfloat16-to-float6_e2m3fn/stochastic_a-3.saturate.edge",)
V = vectors(*SUITE)
RIGHT = [[int(code) for code in column] for column in V.results]


def of_width(bits, results):
    """Vectors of an unsigned integer of so many bits, with given results."""
    c = configuration("convert", f"uint{bits}", f"uint{bits}")
    return parse(write(c, "edge", "somebody", {}, [Row((n,), (y, 0)) for n, y in enumerate(results)]).encode())


def script(tmp_path, body):
    """A device that is a Python program."""
    path = tmp_path / "device.py"
    path.write_text("import os, signal, sys, time\n" + body)
    return f"cmd:{shlex.quote(sys.executable)} {shlex.quote(str(path))}"


def module(tmp_path, monkeypatch, body, name):
    """A device that is a function of a module in the current folder."""
    (tmp_path / f"{name}.py").write_text("import sys\nimport numpy as np\n" + body)
    monkeypatch.chdir(tmp_path)
    return f"py:{name}:f"


def ask(spec, v=V, wanted=1, timeout=30):
    """A device's answers as lists."""
    answers = device(spec, timeout)(v, wanted)
    return [column.tolist() for column in answers.columns], answers.trouble


@pytest.mark.parametrize("names", [SUITE, STOCHASTIC], ids="/".join)
def test_a_process_sees_operands_only(tmp_path, names):
    """A process gets one line of operands a vector, random bits last, and nothing of what is expected."""
    v, copy = vectors(*names), tmp_path / "seen"
    body = f"seen = sys.stdin.read(); open({str(copy)!r}, 'w').write(seen); print('0\\n' * len(seen.splitlines()), end='')"
    columns, trouble = ask(script(tmp_path, body), v)
    layout = [line.partition(" ")[0].split("_") for line in data_lines(made(*names))]
    count = len(v.operands)
    assert copy.read_text().upper() == "".join(" ".join(fields[:count]) + "\n" for fields in layout)
    assert (columns, trouble) == ([[0] * len(v)], "")


def test_a_process_is_asked_wide_operands(tmp_path):
    """Codes above 64 bits are asked and answered in all their digits."""
    v = vectors("convert", "int4", "binary128")
    wide = vectors("convert", "binary128", "binary64", "ties_to_even", "infinity")
    lines = questions(wide).decode().splitlines()
    assert [int(line, 16) for line in lines] == [int(code) for code in wide.operands[0]]
    assert {len(line) for line in lines} == {32}
    body = "for line in sys.stdin: print(f'{int(line, 16) << 100:032x}')"
    columns, _ = ask(script(tmp_path, body), v)
    assert columns == [[int(code) << 100 for code in v.operands[0]]]


def test_a_function_sees_operands_only(tmp_path, monkeypatch):
    """A function gets an array of codes for each operand, in the smallest unsigned type, and may do with them what it likes."""
    body = (
        "SEEN = []\ndef f(*arrays):\n    SEEN.append([(a.dtype.name, a.tolist()) for a in arrays])\n"
        "    for a in arrays:\n        a[:] = 0\n    return np.zeros(len(arrays[0]), np.uint8)\n"
    )
    v = vectors(*STOCHASTIC)
    before = [column.tolist() for column in v.operands]
    ask(module(tmp_path, monkeypatch, body, "blind_device"), v)
    (seen,) = sys.modules["blind_device"].SEEN
    assert seen == [("uint16", before[0]), ("uint8", before[1])]
    assert [column.tolist() for column in v.operands] == before


def test_functions_are_found_as_python_finds_them(tmp_path, monkeypatch):
    """A function may be an attribute of something in a module of a package; the path is as before."""
    (tmp_path / "some_package").mkdir()
    (tmp_path / "some_package" / "__init__.py").write_text("")
    (tmp_path / "some_package" / "inner.py").write_text("class C:\n    @staticmethod\n    def f(a, b):\n        return a * 0\n")
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    assert ask("py:some_package.inner:C.f") == ([[0] * len(V)], "")
    assert sys.path == path


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ("def f(a, b): raise KeyError('x')", DeviceFailed, "raised KeyError: 'x'"),
        ("def f(a, b): raise ValueError('two\\nlines')", DeviceFailed, "raised ValueError: two lines"),
        ("def f(a, b): sys.exit(0)", DeviceFailed, "raised SystemExit: 0"),
        ("def f(a): return a", DeviceFailed, r"raised TypeError: f\(\) takes 1 positional argument but 2 were given"),
        (
            "def f(a, b): return a.reshape(1, -1)",
            DeviceFailed,
            r"gave an array of uint8 with shape \(1, \d+\), not a flat array",
        ),
        ("def f(a, b): return a[0]", DeviceFailed, r"shape \(\), not a flat array of integer codes"),
        ("def f(a, b): return a.astype(float)", DeviceFailed, "gave an array of float64 .* not a flat array of integer codes"),
        ("def f(a, b): return a > b", DeviceFailed, "gave an array of bool"),
        ("def f(a, b): return None", DeviceFailed, "gave an array of object"),
        ("def f(a, b): return np.array([1.0] * len(a), object)", DeviceFailed, "gave an array of object"),
        ("def f(a, b): return np.array([None] * len(a), object)", DeviceFailed, "gave an array of object"),
        ("def f(a, b): return ['1'] * len(a)", DeviceFailed, "gave an array of <U1"),
        ("def f(a, b): return a, b[1:]", DeviceFailed, "gave arrays of different lengths"),
        ("def f(a, b): return a", DeviceMisused, "gave 1 arrays where 2 are wanted: results and flags, as a tuple"),
        ("f = 3", DeviceMisused, "is no function"),
        ("1 / 0", DeviceMisused, "ZeroDivisionError: division by zero"),
        ("def (", DeviceMisused, "SyntaxError"),
        ("sys.exit(0)", DeviceMisused, "SystemExit"),
        ("g = 1", DeviceMisused, "has no attribute 'f'"),
    ],
)
def test_a_function_that_does_not_answer(tmp_path, monkeypatch, body, error, message):
    """A function that raises, exits, or gives anything but flat integer arrays has failed; one that cannot be called is
    misused."""
    spec = module(tmp_path, monkeypatch, body + "\n", f"device_{abs(hash((body, error)))}")
    with pytest.raises(error, match=message):
        ask(spec, wanted=1 + ("flags" in message or "different" in message))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "device '' is none of cmd:COMMAND, py:MODULE:FUNCTION, file:PATH, mutant:NAME"),
        ("device", "is none of cmd:COMMAND"),
        ("cmd:", "is none of cmd:COMMAND"),
        ("cmd:  ", "cmd: needs a command"),
        ("ssh:host", "is none of cmd:COMMAND"),
        ("cmd:'unbalanced", "No closing quotation"),
        ("cmd:/nowhere/nothing", "cannot start '/nowhere/nothing': No such file or directory"),
        ("cmd:/", "cannot start '/': Permission denied"),
        ("py:module", "is not py:MODULE:FUNCTION"),
        ("py::f", "is not py:MODULE:FUNCTION"),
        ("py:m:", "is not py:MODULE:FUNCTION"),
        ("py:no_such_module:f", "No module named 'no_such_module'"),
        ("file:/nowhere/nothing", "cannot read '/nowhere/nothing': No such file or directory"),
        ("file:/", "cannot read '/': Is a directory"),
        ("mutant:rounding.tie-away", "did you mean rounding.ties-away"),
    ],
)
def test_a_device_that_cannot_be_asked(spec, message):
    """A specification that makes no sense, a missing program, function or file is misuse, with its reason."""
    with pytest.raises(DeviceMisused, match=message):
        ask(spec)


def test_a_mutant_answers_what_it_computes():
    """A mutant answers every vector as its model does, with flags where they are wanted."""
    columns, trouble = ask("mutant:flags.inexact-missing", wanted=2)
    assert columns[0] == RIGHT[0]
    assert columns[1] == [flags & ~1 if flags & 4 else flags for flags in RIGHT[1]]
    assert trouble == ""


@pytest.mark.parametrize(
    "text",
    [
        "{0:x}\n",
        "{0:02X}\n",
        "   {0:x}\t\n",
        "\n\n{0:x}\n",
        "// a remark\n{0:x} // another 12\n",
        "{0:x}//{0:x}\n",
        "000000{0:x}\n",
        "{0:x}\r\n",
    ],
)
def test_ways_to_write_results(tmp_path, text):
    """Upper or lower case, padding, spaces, blank lines and remarks make no difference."""
    path = tmp_path / "results"
    path.write_bytes("".join(text.format(code) for code in RIGHT[0]).encode())
    assert ask(f"file:{path}") == ([RIGHT[0]], "")


@pytest.mark.parametrize("joint", [" ", "_", "  ", "\t", " _ "])
def test_ways_to_join_results_and_flags(tmp_path, joint):
    """Results and flags stand on one line, separated by spaces or underscores; the last newline may be missing."""
    path = tmp_path / "results"
    path.write_text("\n".join(f"{y:x}{joint}{flags:x}" for y, flags in zip(*RIGHT, strict=True)))
    assert ask(f"file:{path}", wanted=2) == (RIGHT, "")


@pytest.mark.parametrize("word", ["xx", "X", "zz", "0x", "x0", "1z", "xxxx"])
def test_unknown_digits_are_answers(word):
    """A digit x or z is an answer, which no result equals, and never a missing one."""
    v = of_width(8, [0, 1, 2])
    found = read_answers(f"0\n{word}\n2\n".encode(), v, 1)
    assert (found.columns[0].tolist(), found.trouble) == ([0, UNKNOWN, 2], "")


def test_an_unknown_digit_behind_a_zero_is_no_prefix():
    """Of 16 bits, 0x1f is a digit 0, a digit that is not known, and 1f; it is not the number 0x1f."""
    found = read_answers(b"001f\n0x1f\n", of_width(16, [0x1F, 0x1F]), 1)
    assert found.columns[0].tolist() == [0x1F, UNKNOWN]


@pytest.mark.parametrize(
    ("text", "answered", "trouble"),
    [
        ("", 0, ""),
        ("0\n1\n", 2, ""),
        ("0\n1\n2\n3\n", 4, ""),
        ("0\n\n// 1\n1\n", 2, ""),
        ("0\nhello\n2\n", 1, "answer 2 is 'hello', not y in hexadecimal"),
        ("0\n1 1\n2\n", 1, "answer 2 is '1 1', not y in hexadecimal"),
        ("0\n-1\n2\n", 1, "answer 2 is '-1', not y in hexadecimal"),
        ("0\n+1\n2\n", 1, "answer 2 is '+1', not y in hexadecimal"),
        ("0\n1.0\n2\n", 1, "answer 2 is '1.0', not y in hexadecimal"),
        ("0x00\n0x01\n0x02\n", 0, "answer 1 is '0x00', not y in hexadecimal"),
        ("Traceback (most recent call last):\n", 0, "answer 1 is 'Traceback (most recent call last):', not y"),
        ("\x00\n", 0, "answer 1 is '\\x00', not y in hexadecimal"),
        ("0\n" + "f" * 3 + "g" * 100, 1, f"answer 2 is '{'f' * 3}{'g' * 37}', not y"),
    ],
)
def test_answers_that_are_too_few_too_many_or_none(text, answered, trouble):
    """Reading stops at the first line that is no answer, and says which it was and what stands there."""
    found = read_answers(text.encode(), of_width(8, [0, 1, 2]), 1)
    assert found.columns[0].tolist() == list(range(answered))
    assert found.trouble.startswith(trouble)
    assert bool(found.trouble) == bool(trouble)


def test_garbage_among_flags():
    """A line with a result and no flags, or with flags that are no digits, is no answer."""
    v = of_width(8, [0, 1, 2])
    for text in (b"0 0\n1\n2 0\n", b"0 0\n1 ?\n2 0\n", b"0 0\n1 0 0\n2 0\n"):
        found = read_answers(text, v, 2)
        assert [column.tolist() for column in found.columns] == [[0], [0]]
        assert found.trouble.startswith("answer 2 is '1")
        assert found.trouble.endswith("not y flags in hexadecimal")


def test_results_above_64_bits():
    """A result wider than its field, or than 64 bits, is read as the number that it is."""
    found = read_answers(b"ffffffffffffffffff\n1\n", of_width(8, [0, 1]), 1)
    assert found.columns[0].tolist() == [(1 << 72) - 1, 1]


def gone(pid, seconds=5):
    """Whether a process is gone, or soon is."""
    for _ in range(int(seconds / 0.05)):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_a_process_that_hangs_is_ended_with_its_children(tmp_path):
    """A process that does not finish in time has failed; neither it nor what it started goes on."""
    note = tmp_path / "pids"
    body = (
        "import subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(note)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\ntime.sleep(600)"
    )
    start = time.monotonic()
    with pytest.raises(DeviceFailed, match=r"did not finish within 1\.5 s \(--timeout\)"):
        ask(script(tmp_path, body), timeout=1.5)
    assert time.monotonic() - start < 30
    pids = [int(pid) for pid in note.read_text().split()]
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit(3)", r"ended with exit code 3$"),
        ("print('0'); sys.exit('no licence')", r"ended with exit code 1: no licence$"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", rf"ended with signal {int(signal.SIGSEGV)}$"),
        ("sys.stderr.write('one\\ntwo \\x1b[31mred\\n'); sys.exit(4)", r"ended with exit code 4: two \?\[31mred$"),
        ("sys.stderr.buffer.write(b'caf\\xc3\\xa9 \\xff'); sys.exit(4)", r"ended with exit code 4: caf\u00e9 .$"),
    ],
)
def test_a_process_that_dies(tmp_path, body, message):
    """A process that ends badly has failed, with its exit code or signal and the last thing that it said."""
    with pytest.raises(DeviceFailed, match=message):
        ask(script(tmp_path, body))


def test_a_process_that_does_not_listen(tmp_path):
    """A process may close its input before it has read it, and answer all the same or not at all."""
    many = of_width(16, [0] * 60000)
    columns, trouble = ask(script(tmp_path, "sys.stdin.close(); os.close(0); print('0\\n' * 60000, end='')"), many)
    assert (columns, trouble) == ([[0] * 60000], "")
    columns, trouble = ask(script(tmp_path, "os.close(0)"), many)
    assert (columns, trouble) == ([[]], "")


def test_a_process_that_answers_before_it_has_read_all(tmp_path):
    """Questions and answers that are longer than a pipe do not block each other."""
    many = of_width(16, list(range(1 << 16)))
    columns, trouble = ask(script(tmp_path, "for line in sys.stdin: print(line, end='', flush=True)"), many)
    assert (columns, trouble) == ([list(range(1 << 16))], "")


def test_a_process_writes_errors_freely(tmp_path):
    """What a process that ends well writes to its standard error is nobody's business."""
    body = "sys.stderr.write('x' * 1000000); print('0\\n' * len(sys.stdin.readlines()), end='')"
    assert ask(script(tmp_path, body)) == ([[0] * len(V)], "")


def test_answers_of_a_function_may_be_any_integers(tmp_path, monkeypatch):
    """Signed, unsigned and Python integers are taken, as arrays or lists, and flags behind the results."""
    bodies = ["np.array(a, np.int32), b", "a.astype(object), b.astype(object)", "a.tolist(), b.tolist()", "a, b, a"]
    for number, body in enumerate(bodies):
        spec = module(tmp_path, monkeypatch, f"def f(a, b): return {body}\n", f"integers_{number}")
        columns, _ = ask(spec, wanted=2)
        assert columns == [np.asarray(column).tolist() for column in V.operands]
