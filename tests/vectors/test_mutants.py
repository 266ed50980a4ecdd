"""Mutants: each is one known bug that some vectors notice, that names itself in a diagnosis, and that is nothing else."""

from itertools import product

import pytest

from refsim.spec.formats import Unrepresentable
from refsim.spec.operations import OPERATIONS, Kind
from refsim.spec.rounding import DETERMINISTIC
from refsim.vectors.catalogue_of_mutants import MUTANTS
from refsim.vectors.devices import device
from refsim.vectors.mutants import REFERENCE, deviation, killed
from refsim.vectors.recipes import edge, exhaustive
from refsim.vectors.subjects import get_mutant
from refsim.vectors.verify import DIFFERS, verify

from .made import configuration, vectors

CONFIGURATIONS = [
    ("add", "e3m2 e3m2", "e3m2", "ties_to_even", "infinity"),
    ("subtract", "e3m2 e3m2", "e3m2", "toward_negative", "infinity"),
    ("multiply", "e3m2 e3m2", "e3m2", "ties_to_even", "infinity"),
    ("multiply", "float6_e2m3fn float6_e2m3fn", "float6_e2m3fn"),
    ("convert", "e5m5", "e3m2"),
    ("convert", "binary32", "int8", "ties_to_away", "saturate_symmetric"),
    ("convert", "binary32", "int8", "toward_negative", "wrap"),
    ("convert", "int8", "q1.2"),
    ("convert", "bfloat16", "float6_e2m3fn", "stochastic_a:3"),
    ("convert", "binary64", "bfloat16", "ties_to_even", "infinity"),
    ("fma", "e3m2 e3m2 e3m2", "e3m2", "ties_to_even", "infinity"),
    ("to_integer", "e3m2", "int4", "ties_to_even", "integer_saturate"),
    ("compare_signaling_equal", "e3m2 e3m2"),
    ("next_up", "e3m2"),
]
"""Configurations in which each mutant is held against itself."""
IEEE = ("ties_to_even", "infinity")
SHOWN = [
    *CONFIGURATIONS,
    ("divide", "e3m2 e3m2", "e3m2", *IEEE),
    ("divide", "e4m3 e4m3", "e4m3", *IEEE),
    ("reciprocal", "e4m3", "e4m3", *IEEE),
    ("sqrt", "e4m3", "e4m3", *IEEE),
    ("rsqrt", "e4m3", "e4m3", *IEEE),
    ("hypot", "e3m2 e3m2", "e3m2", *IEEE),
    ("strict_hypot", "e3m2 e3m2", "e3m2", *IEEE),
    ("remainder", "e3m2 e3m2", "e3m2", *IEEE),
    ("fmod", "e3m2 e3m2", "e3m2", *IEEE),
    ("faa", "e3m2 e3m2 e3m2", "e3m2", *IEEE),
    ("dot_product", "e3m2 e3m2 e3m2 e3m2", "e3m2", *IEEE),
    ("scale_b", "e3m2 int8", "e3m2", *IEEE),
    ("scaled_add", "e3m2 int8 e3m2 int8", "e3m2", *IEEE),
    ("scaled_multiply", "e3m2 e3m2 int8", "e3m2", *IEEE),
    ("round_to_integral", "e3m2", "e3m2", "toward_zero", "infinity"),
    ("round_to_integral", "e3m2", "e3m2", *IEEE),
    ("round_to_integral_exact", "e3m2", "e3m2", *IEEE),
    *(
        ("to_integer", "e4m3", "int4", "ties_to_even", f"integer_{rule}")
        for rule in ("saturate", "saturate_high", "indefinite", "modular")
    ),
    ("log_b", "e3m2", "e3m2", *IEEE),
    *((operation, "e3m2 e3m2", "e3m2", *IEEE) for operation in ("minimum", "minimum_number", "minimum_magnitude")),
    ("clamp", "e3m2 e3m2 e3m2", "e3m2", *IEEE),
    ("tanh", "e4m3", "e4m3", *IEEE),
    ("hard_sigmoid_dpu", "e4m3", "e4m3", *IEEE),
    ("leaky_relu", "e3m2 e3m2", "e3m2", *IEEE),
    ("exp", "float8_e4m3fn", "float8_e4m3fn", "ties_to_even", "infinity"),
    ("compare_quiet_equal", "e3m2 e3m2"),
    ("compare_signaling_less", "e3m2 e3m2"),
    ("total_order", "e3m2 e3m2"),
    ("classify", "e3m2"),
    ("negate", "e3m2"),
    ("next_down", "e3m2"),
    ("next_up", "float8_e4m3fn"),
    ("convert", "q2.4", "q1.2", "ties_toward_positive", "wrap_sign_magnitude:1"),
    ("convert", "q2.4", "q1.2", "ties_to_away", "wrap_sign_magnitude"),
    ("add", "int4 int4", "int4", "toward_negative", "wrap"),
    ("negation", "int4", "int4"),
    *((operation, "int4 uint3") for operation in ("shift_left", "shift_right_logical", "shift_right_arithmetic")),
    ("multiply", "posit6 posit6", "posit6", "ties_to_even", "saturate_finite"),
    ("posit_compare_less", "posit6 posit6"),
    ("posit_next", "posit6"),
    ("multiply", "lns2.1 lns2.1", "lns2.1", "ties_to_even", "saturate"),
    ("convert", "bfloat16", "slog4_fsr1_sqrt2", "ties_to_even", "saturate"),
]
"""Configurations that between them show every mutant."""
OPTIONS = [("add", {"subnormals": "flush"}), ("multiply", {"nan": "x86"}), ("add", {"nan": "arm"})]
"""Operations of two binary16 numbers with an option."""
EACH_CONFIGURATION = pytest.mark.parametrize("names", CONFIGURATIONS, ids="/".join)


def relevant(c):
    """The mutants that apply to a configuration."""
    return [mutant for mutant in MUTANTS if mutant.applies(c)]


def differs(mutant, c, rows):
    """Whether a mutant gives another result or other flags for some of the rows."""
    return any(killed(mutant, c, operands, results, flags=True) for operands, results in rows)


def test_names():
    """There are at least 25 mutants, with names of their own, and a name that is misspelt is answered with near ones."""
    names = [mutant.name for mutant in MUTANTS]
    assert len(set(names)) == len(names) >= 25
    assert len({mutant.sentence for mutant in MUTANTS}) == len(names)
    assert [str(get_mutant(name)) for name in names] == names
    with pytest.raises(ValueError, match=r"unknown mutant 'rounding.tie-away'; did you mean rounding.ties-away"):
        get_mutant("rounding.tie-away")
    with pytest.raises(ValueError, match="'refsim vectors mutants' lists them"):
        get_mutant("?")


@EACH_CONFIGURATION
def test_without_a_deviation_it_is_the_specification(names):
    """The model that mutants are made of gives what the specification gives, and so does a deviation in nothing."""
    v = vectors(*names)
    nothing = deviation("nothing", "nothing is wrong", lambda _: True)
    for i in range(len(v)):
        operands, results = v.row(i)
        assert REFERENCE.results(v.configuration, operands) == nothing.results(v.configuration, operands) == results
        assert not killed(nothing, v.configuration, operands, results, flags=True)


@EACH_CONFIGURATION
def test_each_names_itself(names):
    """A device with the bug, verified with few vectors, differs where they notice it, and the diagnosis has its name."""
    v = vectors(*names, tier="smoke")
    rows = [v.row(i) for i in range(len(v))]
    for mutant in relevant(v.configuration):
        report = verify(v, device(f"mutant:{mutant.name}", 1), mutant.name, flags=True, nan="exact", keep=3)
        assert (report.exit_code == DIFFERS) == differs(mutant, v.configuration, rows)
        assert (report.answered, report.checked) == (len(v), len(v))
        if report.failed:
            assert mutant.name in {suspect.mutant.name for suspect in report.diagnosis.explained}


@pytest.mark.slow
def test_each_is_noticed_and_named_somewhere():
    """The vectors of these configurations notice every mutant, as the stored ones do in ``test_published``."""
    unnoticed = {mutant.name: mutant for mutant in MUTANTS}
    shown = [configuration(*names) for names in SHOWN]
    shown += [configuration(name, "binary16 binary16", "binary16", *IEEE, **options) for name, options in OPTIONS]
    for c in shown:
        missing = [mutant for mutant in unnoticed.values() if mutant.applies(c)]
        rows = [(operands, c.results(operands)) for _, operands in (edge(c) if missing else [])]
        for mutant in missing:
            if differs(mutant, c, rows):
                del unnoticed[mutant.name]
    assert list(unnoticed) == []


def with_result(c):
    """All operands of a configuration that have a result, with it."""
    for operands in exhaustive(c):
        try:
            yield operands, c.results(operands)
        except Unrepresentable:
            continue


def rows_of(c):
    """All rows of a configuration, behind every seventh, which notices most."""
    rows = list(with_result(c))
    return rows[::7] + rows


RULES = [*DETERMINISTIC, "stochastic_a:2", "stochastic_b:2", "stochastic_c:2"]
IDENTITIES = {
    # Rounded to a wider format first: whether that is noticed depends on the operands' precision too.
    "rounding.twice-binary16",
    "rounding.twice-bfloat16",
    "rounding.twice-binary32",
    # Whether a source's subnormal numbers are anything but zero to the result depends on how much narrower it is.
    "subnormal.hidden-bit",
    "subnormal.exponent-low",
}
"""Mutants whose condition speaks of the result alone, where the operands matter too."""
PROJECTIONS = [("e3m2", "infinity"), ("q1.2", "wrap")]
MORE = [
    ("e3m2", "saturate"),
    ("e3m2", "saturate_propagate"),
    ("e2m3fn", "saturate"),
    ("e2m3fn", "infinity"),
    ("e3m1fnuz", "infinity"),
]
MORE += [("q1.2", rule) for rule in ("saturate", "saturate_symmetric", "saturate_zero", "wrap_sign_magnitude")]


@pytest.mark.parametrize("rounding", RULES)
@pytest.mark.parametrize(
    ("result", "overflow"), [*PROJECTIONS, *(pytest.param(*names, marks=pytest.mark.slow) for names in MORE)]
)
def test_none_applies_where_it_changes_nothing(result, overflow, rounding):
    """Under every rule a mutant applies only if some conversion, of a source with a wide range or of one with many bits,
    notices it."""
    quiet = set()
    for source in ("e5m4", "e3m6"):
        c = configuration("convert", source, result, rounding, overflow)
        rows = rows_of(c)
        quiet |= {mutant.name for mutant in relevant(c)} if source == "e5m4" else set()
        quiet -= {name for name in quiet if differs(get_mutant(name), c, rows)}
    assert quiet - IDENTITIES == set()


@pytest.mark.parametrize(
    ("operation", "format", "overflow"),
    [
        *product(("add", "subtract", "multiply"), ("float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn"), ("saturate",)),
        *(
            pytest.param(operation, format, overflow, marks=pytest.mark.slow)
            for operation, format, overflow in product(
                ("add", "multiply"),
                ("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e3m4"),
                ("saturate", "infinity"),
            )
        ),
    ],
)
def test_what_survives_is_equivalent(operation, format, overflow):
    """A mutant that the edge tier of an operation does not notice gives the specification's results for all pairs of codes."""
    c = configuration(operation, f"{format} {format}", format, overflow=overflow)
    rows = [(operands, c.results(operands)) for _, operands in edge(c)]
    survivors = [mutant for mutant in relevant(c) if not differs(mutant, c, rows)]
    every = list(with_result(c))
    assert len(every) == 1 << 2 * c.operands[0].width
    assert [mutant.name for mutant in survivors if differs(mutant, c, every)] == []
    assert len(survivors) < len(relevant(c)) / 3


OTHERS = (
    "divide",
    "remainder",
    "fmod",
    "minimum",
    "maximum_magnitude_number",
    "copy_sign",
    "total_order",
    "compare_quiet_equal",
)


@pytest.mark.parametrize(
    ("operation", "format", "count"),
    [
        *((operation, "e3m2", 2) for operation in OTHERS),
        ("fma", "float4_e2m1fn", 3),
        ("faa", "float4_e2m1fn", 3),
        *(pytest.param(operation, "e3m2", 2, marks=pytest.mark.slow) for operation in ("hypot", "strict_hypot")),
        *(
            pytest.param(operation, format, 2, marks=pytest.mark.slow)
            for operation in ("divide", "remainder")
            for format in ("float8_e4m3fn", "float8_e5m2")
        ),
    ],
)
def test_what_survives_of_other_operations_is_equivalent(operation, format, count):
    """So it is of quotients, remainders, extrema, comparisons and fused sums."""
    overflow = "saturate" if format == "float4_e2m1fn" else "infinity"
    to = (format, "ties_to_even", overflow) if OPERATIONS[operation].kind is Kind.NUMBER else ()
    c = configuration(operation, " ".join([format] * count), *to)
    rows = [(operands, c.results(operands)) for _, operands in edge(c)]
    survivors = [mutant for mutant in relevant(c) if not differs(mutant, c, rows)]
    every = list(with_result(c)) if survivors else []
    assert [mutant.name for mutant in survivors if differs(mutant, c, every)] == []
    assert len(survivors) < len(relevant(c)) / 3


def test_no_answer_is_a_noticed_answer():
    """A mutant that has no result where the specification has one is noticed."""
    c = configuration("convert", "binary32", "e2m3fn")

    def refuse(*_):
        raise Unrepresentable("nothing")

    silent = deviation("silent", "there is no answer", lambda _: True, project=refuse)
    assert silent.results(c, (0,)) is None
    assert killed(silent, c, (0,), c.results((0,)), flags=False)


def test_flags_count_only_when_they_are_asked_for():
    """A mutant of the flags is noticed with flags and not without."""
    c = configuration("convert", "binary32", "e2m3fn")
    mutant = get_mutant("flags.inexact-missing")
    huge = 0x7F000000
    assert killed(mutant, c, (huge,), c.results((huge,)), flags=True)
    assert not killed(mutant, c, (huge,), c.results((huge,)), flags=False)
