"""Names from elsewhere: every alias leads to a rule, and the rules mean what their documents say."""

import pytest

from refsim.spec.naming import (
    OVERFLOW_ALIASES,
    ROUNDING_ALIASES,
    get_overflow,
    get_rounding,
    overflow_names,
    rounding_names,
)

ALIASES = [
    *((get_rounding, alias, name) for table in ROUNDING_ALIASES.values() for alias, name in table.items()),
    *((get_overflow, alias, name) for table in OVERFLOW_ALIASES.values() for alias, name in table.items()),
]


@pytest.mark.parametrize(("get", "alias", "name"), ALIASES, ids=[alias for _, alias, _ in ALIASES])
def test_every_alias_is_a_rule(get, alias, name):
    """An alias gives the very rule of its name, which prints as that name."""
    assert get(alias) == get(name)
    assert str(get(alias)) == name


@pytest.mark.parametrize("tables", [ROUNDING_ALIASES, OVERFLOW_ALIASES], ids=["rounding", "overflow"])
def test_an_alias_means_one_thing(tables):
    """No name means two rules in two places, and none hides a rule's own name."""
    meanings = {}
    for table in tables.values():
        for alias, name in table.items():
            assert meanings.setdefault(alias, name) == name
    assert not set(meanings) & {*rounding_names(), *overflow_names()}


def test_every_rule_is_listed():
    """The lists hold the rules that the specification has, each of which is found by its name."""
    assert len(rounding_names()) == 14
    assert len(overflow_names()) == 15
    for name in rounding_names():
        assert get_rounding(name.replace(":N", ":8")).bits == (8 if name.endswith(":N") else 0)
    for name in (name.replace(":N", ":3") for name in overflow_names()):
        assert str(get_overflow(name)) == name
