"""Fault files: a saved trial and its replay give identical codes, and nothing else is taken for one."""

import json
from pathlib import Path

import numpy as np
import pytest

from refsim.campaigns.fault_files import codes_before, read_faults, write_faults, write_images
from refsim.campaigns.rows import COLUMNS
from refsim.campaigns.store import identity
from refsim.engine.faults import apply

from .small import campaign, write_data, write_network

ALL = {
    "faults": [
        {
            "model": {"kind": "rate", "p": "0.03"},
            "kinds": ["weight", "bias", "activation", "accumulator"],
            "lifetime": "until_write",
        },
        {"name": "one reading", "model": {"kind": "rate", "p": "0.01"}, "lifetime": "read"},
    ]
}


@pytest.fixture
def made(tmp_path):
    """A campaign with faults of everything."""
    write_data(tmp_path)
    write_network(tmp_path)
    return campaign(tmp_path, **ALL)


def saved(made, path, cell=0, trial=1):
    """The path of a file with a trial of the campaign, and its fingerprint."""
    mark = identity(made.manifest()).fingerprint
    write_faults(path, made, mark, made.row(cell, trial), made.hits(cell, trial))
    return mark


@pytest.mark.parametrize("cell", [0, 1])
def test_a_saved_trial_gives_the_same_codes(made, tmp_path, cell):
    """The masks that are read are those that were written, and what they come to is the same row."""
    path = tmp_path / "trial.json"
    mark = saved(made, path, cell)
    found = read_faults(path, made, mark)
    assert (found.cell, found.trial) == (cell, 1)
    (row,) = made.judged(cell, [(found.trial, found.masks)])
    assert row == made.row(cell, 1)
    assert found.row == dict(zip(COLUMNS, row.flat(), strict=True))
    wanted = made.hits(cell, 1)
    assert list(found.masks) == sorted(wanted)
    assert all(found.masks[number].events(number) == wanted[number].events(number) for number in wanted)


def test_codes_before_and_after(made, tmp_path):
    """The code before a fault is that of the site, the code after it what the mask makes of it; registers have none."""
    path = tmp_path / "trial.json"
    saved(made, path)
    events = json.loads(path.read_text("utf-8"))["events"]
    assert {event["before"] is None for event in events} == {True, False}
    for event in events:
        assert (event["before"] is None) == event["name"].endswith("@sum")
        if event["before"] is not None:
            before, inverted, cleared, set = (int(event[name], 16) for name in ("before", "inverted", "cleared", "set"))
            assert before == codes_before(made, 0, event["site"])[event["element"]]
            assert int(event["after"], 16) == (before ^ inverted) & ~cleared | set


def changed(content, change):
    """The text of a fault file with a change of its plain data."""
    data = json.loads(content)
    change(data)
    return json.dumps(data)


CHANGES = {
    "another version": (lambda data: data.update(refsim_faults=2), "the version of a fault file is 1, not 2"),
    "another campaign": (
        lambda data: data.update(campaign="0" * 64),
        "its faults are of the campaign 000000000000, not of this",
    ),
    "another cell": (lambda data: data.update(cell=7), r"the campaign has the cells 0..1, not 7"),
    "no events": (lambda data: data.pop("events"), "events is missing"),
    "events of another kind": (lambda data: data.update(events={}), "the events of a fault file are a list"),
    "a site it does not aim at": (lambda data: data["events"][0].update(site=10**6), "which the cell does not aim at"),
    "a site of another name": (lambda data: data["events"][0].update(name="x"), "which the cell does not aim at"),
    "an element past the end": (lambda data: data["events"][0].update(element=10**9), "event 1 is of element 1000000000 of"),
    "an element twice": (lambda data: data["events"].append(data["events"][0]), "each hit once"),
    "a mask that is too wide": (lambda data: data["events"][0].update(set="0x1000000000000"), "has more than the"),
    "a mask that is no text": (lambda data: data["events"][0].update(set=1), "a text is needed, not 1"),
    "a mask that is no number": (lambda data: data["events"][0].update(set="0xg1"), "a mask is written as 0x"),
    "a negative mask": (lambda data: data["events"][0].update(set="-0x1"), "a mask is written as 0x"),
    "another code": (
        lambda data: data["events"][0].update(before="0x1"),
        "has the code '0x1' before the fault, which here is 0x",
    ),
    "a trial that is none": (lambda data: data.update(trial=-5), "a trial is in 0..4294967295, not -5"),
    "a negative count": (lambda data: data["row"].update(hit=-1), "hit is a count, not -1"),
    "a digest of lines": (lambda data: data["row"].update(digest="a\nb"), "a digest is 64 hexadecimal digits"),
    "a row of something else": (lambda data: data["row"].pop("hit"), "hit is missing"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_none_is_refused(made, tmp_path, name):
    """A file of other faults, or of another campaign, is refused in one line that names it."""
    change, message = CHANGES[name]
    path = tmp_path / "trial.json"
    mark = saved(made, path)
    content = path.read_text("utf-8")
    assert json.loads(content)["events"][0]["before"] not in {None, "0x1"}
    path.write_text(changed(content, change), "utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read_faults(path, made, mark)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))


def test_no_image_of_single_reads(made, tmp_path):
    """Faults of single reads: each sample has another memory."""
    with pytest.raises(ValueError, match="faults that last for one read have no image"):
        write_images(tmp_path, made, 1, made.hits(1, 1))


def test_no_json(made, tmp_path):
    """A file that is no JSON."""
    path = tmp_path / "trial.json"
    path.write_text("faults", "utf-8")
    with pytest.raises(ValueError, match=r"is no JSON that can be read"):
        read_faults(path, made, "")


def test_images(made, tmp_path):
    """The stored sites that are hit, one word a line, as $readmemh loads them."""
    masks = made.hits(0, 1)
    for path in write_images(tmp_path, made, 0, masks):
        head, *lines = path.read_text("ascii").splitlines()
        name = head.split()[1]
        number = made.numbers[name]
        wanted = apply(codes_before(made, 0, number), masks[number])
        assert np.array_equal([int(line, 16) for line in lines], wanted)
        assert path.parent == Path(tmp_path)
    assert len(list(tmp_path.glob("*.mem"))) == sum(
        made.built(0).sites[n][0].kind in {"weight", "bias"} for n in made.by_name(masks)
    )
