"""What is taken from a manifest: cells in order, candidates and flips on average, the clean runs."""

from fractions import Fraction

import pytest

from refsim.campaigns.report.facts import bits_of, clean_of, facts_of, stop_of

from .cases import faults, manifest


def of(model, **more):
    """The facts of a cell under a model."""
    return facts_of(manifest(("one",), [faults("some", model)], **more))[0]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ({"kind": "rate", "p": "1/100"}, Fraction(240, 100)),
        ({"kind": "rate", "p": "1e-2"}, Fraction(240, 100)),
        ({"kind": "thinned", "p": "1/100", "greatest": "1/10"}, Fraction(240, 100)),
        ({"kind": "dense_rate", "p": "1/3"}, Fraction(240 * 1431655765, 2**32)),
        ({"kind": "count", "k": 3}, 3),
        ({"kind": "exhaustive"}, 1),
        ({"kind": "burst", "p": "1/100", "lengths": ["1"], "pattern": "all", "end": "clip"}, None),
        ({"kind": "asymmetric", "up": "1/10", "down": "1/10"}, None),
    ],
)
def test_flips_on_average(model, expected):
    """240 candidates at a rate; a number; and no figure for models whose flips depend on more than that."""
    assert of(model).expected == expected


def test_the_faults_in_words():
    """What a rate or a number varies is not part of the model's name, everything else is."""
    assert of({"kind": "thinned", "p": "1/100", "greatest": "1/10"}).model == 'thinned greatest="1/10"'
    assert of({"kind": "count", "k": 3}).model == "count"
    assert of({"kind": "rate", "p": "1/100"}).aim == "weight; until reload"
    aimed = facts_of(manifest(("one",), [faults("some", {"kind": "exhaustive"}, ["sign", 3], ["dense*"])]))[0]
    assert aimed.aim == "weight; named dense*; bits sign, 3; until reload"
    alone = facts_of(manifest(("one",), [faults("some", {"kind": "count", "k": 1}) | {"per_sample": True}]))[0]
    assert (alone.aim, alone.per_sample) == ("weight; until reload; each sample by itself", True)


def test_selected_bits():
    """Fields have the bits of the format, the least significant first; those of posits differ from code to code."""
    assert bits_of("float8_e4m3fn", 8, ("sign", "exponent")) == (3, 4, 5, 6, 7)
    assert bits_of("int8", 8, (7, 0)) == (0, 7)
    assert bits_of("int8", 8, ()) == tuple(range(8))
    assert bits_of("posit8", 8, ("regime",)) is None
    assert bits_of("posit8", 8, (7, 1)) == (1, 7)
    assert bits_of("what nobody knows", 8, (1,)) is None


def test_clean_runs_and_the_rule():
    """The clean run of each arm; without a label there is no number of right ones."""
    assert clean_of(manifest())["hsiao"].correct == 90
    assert clean_of(manifest(labelled=0, correct=0))["plain"].correct is None
    assert clean_of({}) == {}
    assert stop_of(manifest(rule="width")).rule == "width"
    assert stop_of({"cells": []}) is None


def test_cells_are_needed():
    """A manifest without cells is refused in a line, an empty campaign is not."""
    with pytest.raises(ValueError, match="a report needs the list 'cells' of the manifest, which has plan"):
        facts_of({"plan": {}})
    assert facts_of({"cells": []}) == []


def test_order_of_cells():
    """Cells are in order of their numbers."""
    found = manifest()
    found["cells"].reverse()
    assert [facts.number for facts in facts_of(found)] == [0, 1, 2, 3]
