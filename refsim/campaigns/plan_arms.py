"""Arms of plans as plain data: networks, how their tensors are stored, and what guards their results."""

from __future__ import annotations

from typing import Any

from ..nn.quantization.quantize import scheme_of
from ..spec.fault_names import read_list
from ..spec.memory_names import read_memory, read_number, write_memory, write_number
from ..spec.networks import check_name
from ..spec.plain_data import mapping, text, yes_or_no
from ..spec.range_guards import RangeGuard
from .plan import Arm, Guard, Scaling, Source, Stored
from .plan_entries import at_least, entries, entry, read_kinds, some, without_none
from .plan_layouts import read_layouts, write_layouts


def read_arm(data: Any) -> Arm:
    """An arm."""
    given = mapping(data, ["name", "network"], ["scheme", "calibration", "bounded", "scaled", "stored", "guards", "layouts"])
    check_name(text(given["name"]))
    scheme = given.get("scheme")
    if scheme is not None:
        scheme_of(scheme)
    bounds = mapping(given.get("bounded", {}), [], None)
    source = Source(
        text(given["network"]),
        scheme,
        at_least(1, given.get("calibration", 200)),
        {kind: text(other) for kind, other in bounds.items()},
        entry("scaled", read_scaling, given["scaled"]) if "scaled" in given else None,
    )
    stored = tuple(entries("stored", read_list(given.get("stored", [])), read_stored))
    guards = tuple(entries("guards", read_list(given.get("guards", [])), read_guard))
    return Arm(given["name"], source, stored, guards, read_layouts(given.get("layouts", [])))


def read_scaling(data: Any) -> Scaling:
    """How weights are scaled."""
    given = mapping(data, ["target", "power_of_two"], ["layers"])
    target = read_number(given["target"])
    if target <= 0:
        raise ValueError(f"the target of weights is above 0, not {target}")
    return Scaling(target, yes_or_no(given["power_of_two"]), some(given.get("layers", ["*"])))


def read_stored(data: Any) -> Stored:
    """How tensors are stored."""
    given = mapping(data, ["memory"], ["names", "kinds", "per_row"])
    names, kinds = some(given.get("names", ["*"])), read_kinds(given.get("kinds", ["weight"]))
    return Stored(read_memory(given["memory"]), names, kinds, yes_or_no(given.get("per_row", False)))


def read_guard(data: Any) -> Guard:
    """What guards results."""
    given = mapping(data, ["layers", "out_of_range", "nan"], ["per_channel", "samples"])
    rule = RangeGuard(text(given["out_of_range"]), text(given["nan"]))
    return Guard(
        some(given["layers"]), rule, yes_or_no(given.get("per_channel", False)), at_least(1, given.get("samples", 200))
    )


def write_arm(arm: Arm) -> dict[str, Any]:
    """The plain data of an arm."""
    return without_none(
        {
            "name": arm.name,
            "network": arm.network.file,
            "scheme": arm.network.scheme,
            "calibration": arm.network.calibration,
            "bounded": dict(arm.network.bounded),
            "scaled": None if arm.network.scaled is None else _write_scaling(arm.network.scaled),
            "stored": [
                {
                    "memory": write_memory(one.memory),
                    "names": list(one.names),
                    "kinds": list(one.kinds),
                    "per_row": one.per_row,
                }
                for one in arm.stored
            ],
            "layouts": write_layouts(arm.layouts),
            "guards": [
                {
                    "layers": list(one.layers),
                    "out_of_range": one.rule.out_of_range,
                    "nan": one.rule.nan,
                    "per_channel": one.per_channel,
                    "samples": one.samples,
                }
                for one in arm.guards
            ],
        }
    )


def _write_scaling(scaling: Scaling) -> dict[str, Any]:
    return {
        "target": write_number(scaling.target),
        "power_of_two": scaling.power_of_two,
        "layers": list(scaling.layers),
    }
