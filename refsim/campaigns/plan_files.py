"""Plans as plain data, and in TOML files: everything that is not given is as the book says, and nothing else is taken."""

from __future__ import annotations

import tomllib
from collections import Counter
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from ..spec.fault_names import read_list, read_model, read_selection, write_model, write_selection
from ..spec.networks import check_name
from ..spec.plain_data import mapping, text, whole_number, yes_or_no
from ..spec.randomness import WORD64
from .plan import EVENTS, RULES, Aim, Data, Faults, Plan, Stop
from .plan_arms import read_arm, write_arm
from .plan_entries import at_least, entries, entry, read_kinds, share, some, without_none
from .plan_layouts import read_layouts, write_layouts

VERSION = 1
MOST_CELLS = 1 << 12
MOST_TRIALS, MOST_BATCH = 1 << 32, 1 << 16
LARGEST = 1 << 20
"""The bytes of a plan that are read."""


def read_plan(path: Path) -> Plan:
    """The plan of a TOML file; ``ValueError`` in a line for a file that has none."""
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"{path} has more than the {LARGEST} bytes that a plan may have")
    try:
        return plan_of(tomllib.loads(content.decode("utf-8")))
    except RecursionError:
        raise ValueError(f"{path} is nested too deep") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def plan_of(data: Any) -> Plan:
    """The plan that plain data spell; ``ValueError`` for anything else."""
    given = mapping(data, ["refsim_plan", "name", "seed", "data", "arms", "faults", "stop"], ["batch", "layouts"])
    if whole_number(given["refsim_plan"]) != VERSION:
        raise ValueError(f"the version of a plan is {VERSION}, not {given['refsim_plan']!r:.60}")
    check_name(text(given["name"]))
    if not isinstance(given["seed"], int) or isinstance(given["seed"], bool) or not 0 <= given["seed"] <= WORD64:
        raise ValueError(f"a seed is in 0..{WORD64}, not {given['seed']!r:.60}")
    arms = tuple(entries("arm", read_list(given["arms"]), read_arm))
    faults = tuple(one for many in entries("faults", read_list(given["faults"]), read_faults) for one in many)
    for what, names in (("arms", [arm.name for arm in arms]), ("faults", [one.name for one in faults])):
        if not names:
            raise ValueError(f"a plan has {what}, and this one has none")
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"two {what} have the name {twice[0]}")
    if len(arms) * len(faults) > MOST_CELLS:
        raise ValueError(f"{len(arms)} arms under {len(faults)} faults are more than {MOST_CELLS} cells")
    return Plan(
        given["name"],
        given["seed"],
        entry("data", read_data, given["data"]),
        arms,
        faults,
        entry("stop", read_stop, given["stop"]),
        entry("batch", read_batch, given.get("batch", 16)),
        read_layouts(given.get("layouts", [])),
    )


def read_batch(value: Any) -> int:
    """The trials of a transaction."""
    if at_least(1, value) > MOST_BATCH:
        raise ValueError(f"a batch has at most {MOST_BATCH} trials, not {value}")
    return int(value)


def read_data(data: Any) -> Data:
    """The samples."""
    given = mapping(data, ["name"], ["options", "skip", "take"])
    take = given.get("take")
    options = mapping(given.get("options", {}), [], None)
    if wrong := [name for name, value in options.items() if not isinstance(value, str | int | float)]:
        raise ValueError(f"option {wrong[0]!r:.60} is a text, a number, true or false, not {options[wrong[0]]!r:.60}")
    return Data(
        text(given["name"]),
        options,
        at_least(0, given.get("skip", 0)),
        None if take is None else at_least(1, take),
    )


AIMS = ("kinds", "names", "bits", "lifetime", "per_sample")


def read_faults(data: Any) -> list[Faults]:
    """Faults, for each combination of the values that a sweep lists one; what a sweep gives, faults do not have themselves."""
    given = mapping(data, ["name", "model"], [*AIMS, "sweep"])
    check_name(text(given["name"]))
    sweep = mapping(given.get("sweep", {}), [], None)
    model = mapping(given["model"], ["kind"], None)
    lists = {key: read_list(values) for key, values in sweep.items()}
    if empty := [key for key, values in lists.items() if not values]:
        raise ValueError(f"a sweep lists one value or more of {empty[0]}, not none")
    if prod(map(len, lists.values())) > MOST_CELLS:
        raise ValueError(f"a sweep of {' x '.join(str(len(values)) for values in lists.values())} values has too many cells")
    if taken := [key for key in sweep if key in model or (key in AIMS and key in given)]:
        raise ValueError(f"{taken[0]} is given once, in a sweep or beside it")
    found = []
    for values in product(*lists.values()):
        chosen = dict(zip(lists, values, strict=True))
        aim = {key: chosen.get(key, given.get(key)) for key in AIMS}
        name = " ".join([given["name"], *(f"{key}={_said(value)}" for key, value in chosen.items())])
        check_name(name)
        made = read_model({**model, **{key: value for key, value in chosen.items() if key not in AIMS}})
        found.append(Faults(name, made, read_aim({key: value for key, value in aim.items() if value is not None})))
    return found


def _said(value: Any) -> str:
    return "+".join(map(str, value)) if isinstance(value, list) else str(value)


def read_aim(data: Any) -> Aim:
    """What faults aim at."""
    given = mapping(data, [], AIMS)
    return Aim(
        read_kinds(given.get("kinds", ["weight"])),
        some(given.get("names", ["*"])),
        read_selection(given.get("bits", [])),
        text(given.get("lifetime", "until_reload")),
        yes_or_no(given.get("per_sample", False)),
    )


def read_stop(data: Any) -> Stop:
    """When there are enough trials."""
    given = mapping(data, ["rule", "trials"], ["event", "events", "width", "level"])
    rule, event = text(given["rule"]), text(given.get("event", "critical"))
    for what, one, known in (("rule", rule, RULES), ("event", event, EVENTS)):
        if one not in known:
            raise ValueError(f"unknown {what} {one!r:.60}; known are {', '.join(known)}")
    width, level = (share(what, given.get(what, usual)) for what, usual in (("width", 0.1), ("level", 0.95)))
    trials = at_least(1, given["trials"])
    if trials > MOST_TRIALS:
        raise ValueError(f"there are at most {MOST_TRIALS} trials, not {trials}")
    return Stop(rule, trials, event, at_least(1, given.get("events", 100)), width, level)


def write_plan(plan: Plan) -> dict[str, Any]:
    """The plain data of a plan, without sweeps; what is written is read as an equal plan."""
    return {
        "refsim_plan": VERSION,
        "name": plan.name,
        "seed": plan.seed,
        "batch": plan.batch,
        "layouts": write_layouts(plan.layouts),
        "data": without_none(
            {"name": plan.data.name, "options": dict(plan.data.options), "skip": plan.data.skip, "take": plan.data.take}
        ),
        "arms": [write_arm(arm) for arm in plan.arms],
        "faults": [
            {
                "name": one.name,
                "model": write_model(one.model),
                "kinds": list(one.aim.kinds),
                "names": list(one.aim.names),
                "bits": write_selection(one.aim.selection),
                "lifetime": one.aim.lifetime,
                "per_sample": one.aim.per_sample,
            }
            for one in plan.faults
        ],
        "stop": {
            "rule": plan.stop.rule,
            "trials": plan.stop.trials,
            "event": plan.stop.event,
            "events": plan.stop.events,
            "width": plan.stop.width,
            "level": plan.stop.level,
        },
    }
