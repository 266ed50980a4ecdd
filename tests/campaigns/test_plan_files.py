"""Plans in TOML files: what they spell, and what is refused of those that spell nothing."""

import tomllib
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refsim.campaigns.plan import Aim, Data, Laid, Stop
from refsim.campaigns.plan_files import plan_of, read_plan, write_plan
from refsim.spec.layouts import Layout
from refsim.spec.samplers import Count, Rate
from refsim.spec.sites import KINDS

TEXT = """
refsim_plan = 1
name = "digits"
seed = 18446744073709551615

[data]
name = "digits"
take = 100

[[arms]]
name = "int8"
network = "mlp.json"
scheme = "int8"

[[arms]]
name = "guarded"
network = "mlp.json"
scheme = {numbers = "format", weights = "q2.5", bias = "q8.5", activations = "q2.5", rounding = "ties_to_even", \
overflow = "saturate", datapath = "datapath(exact,total(q8.10/toward_zero/saturate),first,sum,output={to})"}
calibration = 50
bounded = {relu = "relu6"}
scaled = {target = "3.96875", power_of_two = true}
[[arms.stored]]
names = ["dense1.*"]
memory = [{stage = "secded", code = "hsiao", width = 64, detected = "zero_word", name = "secded"}]
[[arms.guards]]
layers = ["act*"]
out_of_range = "zero"
nan = "zero"

[[layouts]]
columns = 256
interleave = 4
banks = 2
word = 8

[[faults]]
name = "rate"
model = {kind = "rate"}
sweep = {p = ["1e-6", "1e-5"], names = [["dense1.*"], ["dense2.*"]]}

[[faults]]
name = "three signs"
model = {kind = "count", k = 3}
kinds = ["activation"]
bits = ["sign", 0]
lifetime = "until_write"

[stop]
rule = "events"
trials = 1000
events = 20
"""


def test_a_plan(tmp_path):
    """What is given, what stands where nothing is, and the combinations of a sweep in order."""
    path = tmp_path / "plan.toml"
    path.write_text(TEXT, "utf-8")
    plan = read_plan(path)
    assert (plan.name, plan.seed, plan.batch) == ("digits", 2**64 - 1, 16)
    assert plan.data == Data("digits", {}, 0, 100)
    assert [arm.name for arm in plan.arms] == ["int8", "guarded"]
    assert [faults.name for faults in plan.faults] == [
        *(f"rate p={p} names={names}" for p, names in product(("1e-6", "1e-5"), ("dense1.*", "dense2.*"))),
        "three signs",
    ]
    assert [faults.model for faults in plan.faults] == [
        *[Rate(Fraction(1, 10**6))] * 2,
        *[Rate(Fraction(1, 10**5))] * 2,
        Count(3),
    ]
    assert plan.faults[0].aim == Aim(("weight",), ("dense1.*",), (), "until_reload")
    assert plan.faults[4].aim == Aim(("activation",), ("*",), ("sign", 0), "until_write")
    assert plan.layouts == (Laid(Layout(256, 4, 2, 8), ("*",), ("weight", "check")),)
    assert plan.stop == Stop("events", 1000, "critical", 20, 0.1, 0.95)
    assert [(cell.number, cell.arm.name, cell.faults.name) for cell in plan.cells()][5] == (5, "guarded", plan.faults[0].name)
    assert len(plan.cells()) == 10


def test_written_as_it_is_read():
    """The plain data of a plan are read as the same plan, without its sweeps."""
    plan = plan_of(tomllib.loads(TEXT))
    written = write_plan(plan)
    assert plan_of(written) == plan
    assert write_plan(plan_of(written)) == written
    assert len(written["faults"]) == 5


CHANGES = {
    "another version": ("refsim_plan = 1", "refsim_plan = 2", "the version of a plan is 1, not 2"),
    "a key that is not there": (
        "take = 100",
        "takes = 100",
        "data: there is no 'takes' here; known are name, options, skip, take",
    ),
    "no arms": ("[[arms]]", "[[arm]]", "there is no 'arm' here; known are"),
    "a seed that is too large": ("615", "616", r"a seed is in 0..18446744073709551615"),
    "a rate as a float": ('["1e-6", "1e-5"]', "[1e-6]", r"faults rate: p: a rate is an exact text such as \"1e-5\""),
    "a rate above 1": ('"1e-6"', '"2"', "faults rate: a rate is in 0..1, not 2"),
    "a model that is not there": (
        'kind = "rate"',
        'kind = "rates"',
        "faults rate: there is no fault model 'rates'; did you mean rate?",
    ),
    "an unknown kind": ('["activation"]', '["activations"]', "faults three signs: unknown kind 'activations'; the kinds are"),
    "a key that is swept and given": (
        'model = {kind = "rate"}',
        'model = {kind = "rate", p = "1"}',
        "p is given once, in a sweep or beside it",
    ),
    "an unknown scheme": ('scheme = "int8"', 'scheme = "int9"', "arm int8: .*int9"),
    "two arms of one name": ('name = "guarded"', 'name = "int8"', "two arms have the name int8"),
    "two faults of one name": ('"1e-5"', '"1e-6"', "two faults have the name rate p=1e-6 names=dense1"),
    "a kind that is none": (
        'names = ["dense1.*"]\nmemory',
        'kinds = ["wieght"]\nmemory',
        "stored 1: unknown kind 'wieght'; the kinds are",
    ),
    "a layout of no columns": ("[stop]", "[[layouts]]\ncolumns = 0\n[stop]", "layout 2: a number from 1 on is needed, not 0"),
    "a layout that is too long": ("columns = 256", "columns = 100000000000", "layout 1: a layout has at most 1048576 columns"),
    "an option that is a list": (
        "take = 100",
        "options = {seed = [1]}",
        "data: option 'seed' is a text, a number, true or false",
    ),
    "trials without an end": ("trials = 1000", "trials = 10000000000", "there are at most 4294967296 trials"),
    "a sweep without an end": (
        'sweep = {p = ["1e-6", "1e-5"], names = [["dense1.*"], ["dense2.*"]]}',
        f"sweep = {{p = {['1'] * 1024}, bits = {[[0]] * 1024}}}",
        "a sweep of 1024 x 1024 values has too many cells",
    ),
    "an unknown rule": ('rule = "events"', 'rule = "margin"', "stop: unknown rule 'margin'; known are trials, events, width"),
    "no trials": ("trials = 1000", "trials = 0", "stop: a number from 1 on is needed, not 0"),
    "an unknown stage": ('"secded",', '"ecc",', "arm guarded: stored 1: there is no stage 'ecc'"),
    "a target that is none": ('"3.96875"', '"-1"', "arm guarded: scaled: the target of weights is above 0, not -1"),
    "no layers to scale": (
        "power_of_two = true",
        "power_of_two = true, layers = []",
        "arm guarded: scaled: a list of one text",
    ),
    "no layers to guard": ('layers = ["act*"]', "layers = []", "arm guarded: guards 1: a list of one text"),
    "a guard that does something else": ('"zero"\nnan', '"none"\nnan', "arm guarded: guards 1: .*'none'"),
    "no TOML": ("[stop]", "[stop", r"Expected '\]'"),
    "a name that nobody can read": ('name = "int8"', r'name = "\u0007"', "arm .*: a name has 1 to 200 printable characters"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_refused(tmp_path, name):
    """What is wrong with a plan is said in one line, with the file and the entry."""
    old, new, message = CHANGES[name]
    assert old in TEXT
    path = tmp_path / "plan.toml"
    path.write_text(TEXT.replace(old, new), "utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read_plan(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_files_that_are_none(tmp_path):
    """Bytes that are no text, and a file that is too long."""
    path = tmp_path / "plan.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="can't decode"):
        read_plan(path)
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(ValueError, match="has more than the 1048576 bytes that a plan may have"):
        read_plan(path)
    path.write_text("a = " + "[" * 5000 + "]" * 5000, "utf-8")
    with pytest.raises(ValueError):
        read_plan(path)


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=3) | st.sampled_from([*KINDS, "rate", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "kind", "p", "model", "rule"]), inner),
    max_leaves=5,
)


@given(st.data())
def test_anything_in_any_place_is_read_or_refused(data):
    """Whatever stands in the place of a value: the plan is read, or refused with ValueError."""
    given = tomllib.loads(TEXT)
    place = given
    for _ in range(data.draw(st.integers(0, 4))):
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], dict | list) or not place[key]:
            break
        place = place[key]
    keys = sorted(place) if isinstance(place, dict) else range(len(place))
    place[data.draw(st.sampled_from(list(keys)))] = data.draw(SCRAPS)
    try:
        plan = plan_of(given)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert plan_of(write_plan(plan)) == plan
