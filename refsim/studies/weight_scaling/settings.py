"""The numbers of the study: networks, training, formats, memories, rates and trials, of the quick and the default scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

FAMILIES: Mapping[str, str] = {
    "vgg": "convolutions in a row",
    "resnet-1": "residual, one block a width",
    "resnet-2": "residual, two blocks a width",
    "densenet": "dense blocks",
}
"""The families of networks, and what they are."""
PAPERS: Mapping[str, str] = {"vgg": "AlexNet", "resnet-1": "ResNet18", "resnet-2": "ResNet50", "densenet": "DenseNet169"}
"""The network of the paper in whose place each stands."""
BELOW_TWO = "2047/1024"


class Format(NamedTuple):
    """A format of stored weights: its name, what weights are scaled to, the targets that are swept, and the rates at which most
    is looked at: the one of the sweep and of the protections, where flips count."""

    name: str
    target: str
    swept: tuple[str, ...]
    rate: str
    overflow: str = "infinity"

    @property
    def to(self) -> str:
        """The projection of numbers to be stored."""
        return f"{self.name}/ties_to_even/{self.overflow}"


def below(exponent: int) -> str:
    """A number just below two to the power of the exponent plus one: 2047/1024 times two to the power of the exponent."""
    shift = exponent - 10
    return str(2047 << shift) if shift >= 0 else f"2047/{1 << -shift}"


Q25 = Format("q2.5", "127/32", ("1/2", "1", "2", "3", "127/32", "6", "8"), "0.01", "saturate")
BINARY16 = Format("binary16", BELOW_TWO, tuple(map(below, (-2, -1, 0, 1, 3, 7, 11, 14))), "0.001")
BINARY32 = Format("binary32", BELOW_TWO, tuple(map(below, (-2, -1, 0, 1, 3, 31, 95, 124))), "0.001")
FORMATS = (BINARY32, BINARY16, Q25)


class Arm(NamedTuple):
    """How weights are stored: what it is called, whether they are scaled, what is done with what is read, and the check bits."""

    name: str
    scaled: bool = False
    policy: str = ""
    check: str = ""


PLAIN, SCALED = Arm("plain"), Arm("scaled", scaled=True)
CLAMPED, SCALED_CLAMPED = Arm("clamped", policy="clamped"), Arm("scaled, clamped", scaled=True, policy="clamped")
ARMS = (PLAIN, SCALED, CLAMPED, SCALED_CLAMPED)
"""Those that meet every rate."""
CHECKED = (
    Arm("SECDED", check="secded"),
    Arm("parity", check="parity"),
    Arm("scaled, SECDED", scaled=True, check="secded"),
    Arm("scaled, parity", scaled=True, check="parity"),
    Arm("scaled, clamped, SECDED", scaled=True, policy="clamped", check="secded"),
    Arm("scaled, clamped, parity", scaled=True, policy="clamped", check="parity"),
)
"""Those with check bits, which are looked at beside the others where flips count."""
SWEPT = {"as read": "", "NaN and infinity read as zero": "zeroed", "clamped": "clamped"}
"""What is done with what is read in the sweep of targets."""
BACK = "binary32/ties_to_even/infinity"
FACTOR = "binary32/toward_zero/saturate"
POLICIES: Mapping[str, list[dict[str, Any]]] = {
    "": [],
    "zeroed": [{"stage": "read_as_zero", "data": ["nan", "infinity"]}],
    "clamped": [{"stage": "clamped", "out_of_range": "saturate", "nan": "zero"}],
}
CHECKS: Mapping[str, list[dict[str, Any]]] = {
    "": [],
    "secded": [{"stage": "secded", "code": "hsiao", "width": 64, "detected": "zero_word"}],
    "parity": [{"stage": "parity", "elements": 1, "parity": "even", "detected": "zero_element"}],
}


def memory(arm: Arm, format: Format, target: str | None = None) -> list[dict[str, Any]]:
    """The stages of an arm's memory as plain data: what is read last looks at numbers, and check bits are of stored codes."""
    scaled = {"stage": "scaled", "target": target or format.target, "power_of_two": False, "scale": FACTOR}
    kind = scaled if arm.scaled else {"stage": "converted"}
    return [*POLICIES[arm.policy], {**kind, "to": format.to, "back": BACK}, *CHECKS[arm.check]]


@dataclass(frozen=True)
class Settings:
    """The sizes of a scale: how many samples, the widths of the networks, the training, and trials by rate. ``swept`` are the
    families whose targets are swept."""

    train: int
    test: int
    widths: tuple[int, ...]
    epochs: int
    trials: Mapping[str, int]
    sweep_trials: int
    checked_trials: int
    single_trials: int
    swept: tuple[str, ...]
    small: bool = False

    def network(self, family: str) -> tuple[str, dict[str, Any]]:
        """A family of networks and its options, without those that the data decide."""
        widths = list(self.widths)
        return {
            "vgg": ("vgg", {"widths": widths, "hidden": [32]}),
            "resnet-1": ("resnet", {"widths": widths, "blocks": 1}),
            "resnet-2": ("resnet", {"widths": widths, "blocks": 2}),
            "densenet": ("densenet", {"first": 8, "growth": 8, "blocks": [3] * len(widths)}),
        }[family]


TRAINING = ("float", {"optimizer": "adam"})
BATCH, FIRST_RATE, LAST_RATE = 32, 0.005, 0.0005
SEED = 1
"""Of the training."""
FAULTS = 2
"""The seed of all faults: the same ones for all memories of a format."""
SAME = "0.001"
"""The rate at which a single division is compared with one for each weight."""
