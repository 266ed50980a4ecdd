"""The header of a vector file: options of the projection, results of all kinds, and identities that last."""

import hashlib

import pytest

from refsim.vectors.file import DamagedFile, parse
from refsim.vectors.header import identifier
from refsim.vectors.suites import Suite

from .made import configuration, header_of, sealed

ADD = ("add", "e3m2 e3m2", "e3m2", "ties_to_even", "infinity")
OF_ALL_KINDS = [
    ADD,
    ("fma", "e3m2 e3m2 e3m2", "e3m2"),
    ("scale_b", "e3m2 int4", "e3m2"),
    ("dot_product", "e3m2 e3m2 e3m2 e3m2", "e3m2"),
    ("compare_signaling_less", "e3m2 e4m1"),
    ("total_order", "e3m2 e3m2"),
    ("classify", "e3m2"),
    ("next_up", "float8_e4m3fn"),
    ("copy_sign", "e3m2 e3m2"),
    ("to_integer", "e3m2", "int4", "toward_zero", "integer_indefinite"),
]


def text_of(c, tier="edge"):
    """The text of a configuration's file."""
    return Suite(c, tier).text()


@pytest.mark.parametrize("names", OF_ALL_KINDS, ids="/".join)
def test_a_file_of_every_kind_is_read_as_it_was_written(names):
    """Configuration, rows and results of any operation come out of its file."""
    c = configuration(*names)
    v = parse(text_of(c).encode())
    assert v.configuration == c
    assert len(v) > 20
    for i in range(0, len(v), 7):
        operands, results = v.row(i)
        assert c.results(operands) == results


@pytest.mark.parametrize("options", [{"subnormals": "flush"}, {"nan": "x86"}, {"subnormals": "flush_inputs", "nan": "arm"}])
def test_options_stand_in_the_header(options):
    """An option that is not the usual one has a line of its own, is read back, and makes another identity."""
    c, plain = configuration(*ADD, **options), configuration(*ADD)
    head = header_of(text_of(c))
    assert {key: head[key] for key in ("subnormals", "nan") if key in head} == options
    assert parse(text_of(c).encode()).configuration == c
    assert identifier(c)((1, 2)) != identifier(plain)((1, 2))


def test_usual_options_are_not_said():
    """A header without options is as it was before there were any, and so are the identities: the documented hash."""
    head = header_of(text_of(configuration(*ADD)))
    assert not {"subnormals", "nan"} & set(head)
    hashed = hashlib.sha256(b"add|e3m2,e3m2|e3m2 ties_to_even infinity after|01_02").hexdigest().upper()
    assert identifier(configuration(*ADD))((1, 2)) == hashed
    assert identifier(configuration("classify", "e3m2"))((1,)) == hashlib.sha256(b"classify|e3m2||01").hexdigest().upper()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("//! nan x86", "//! nan mips"), "nan 'mips' is none of canonical, riscv, x86, arm"),
        (("//! nan x86", "//! nan x86\n//! subnormals drop"), "subnormals 'drop' is none of keep, flush_inputs"),
        (("//! nan x86", "//! nan x86\n//! nan arm"), "a second 'nan' line"),
        (("//! operation add", "//! operation classify"), "makes no sense"),
        (("//! operation add", "//! operation fma"), "fma takes 3 operands, not 2"),
    ],
)
def test_headers_that_make_no_sense(change, message):
    """An unknown option, a second one, and an operation that does not go with the operands are damage."""
    text = text_of(configuration(*ADD, nan="x86"))
    with pytest.raises(DamagedFile, match=message):
        parse(sealed(text.replace(*change)).encode())


def test_a_class_that_does_not_fit_is_damage():
    """A truth value of more than one bit is refused."""
    text = text_of(configuration("compare_quiet_less", "e3m2 e3m2"))
    line = next(line for line in text.splitlines() if not line.startswith("//!"))
    a, b, _, rest = line.split("_", 3)
    with pytest.raises(DamagedFile, match="y does not fit 1 bits"):
        parse(sealed(text.replace(line, f"{a}_{b}_2_{rest}")).encode())
