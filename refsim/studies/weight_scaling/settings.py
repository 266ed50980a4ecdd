"""The numbers of the study: networks, training, formats, memories, rates and trials, of the quick and the default scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..running.jobs import Scale

FAMILIES: Mapping[str, str] = {"vgg": "AlexNet", "resnet-1": "ResNet18", "resnet-2": "ResNet50", "densenet": "DenseNet169"}
"""The families, and the network of the paper in whose place each stands."""
MIDDLE, LOW, HIGH = "0.0001", "0.001", "0.01"
"""The rates of bit flips at which effects are looked at."""
ALL_RATES = ("0.000001", "0.00001", MIDDLE, LOW, HIGH)
"""All rates but 0, at which nothing is left to chance."""
SWEPT_FAMILIES = ("vgg", "resnet-2")
"""The families whose targets are swept."""
Memory = list[dict[str, Any]]
"""The stages of a memory as plain data."""


class Format(NamedTuple):
    """A format of stored weights: its name, to which greatest magnitude weights are scaled, the targets that are swept, and
    what becomes of numbers past its range."""

    name: str
    target: str
    swept: tuple[str, ...]
    overflow: str = "infinity"

    @property
    def to(self) -> str:
        """The projection of numbers to be stored."""
        return f"{self.name}/ties_to_even/{self.overflow}"


def below(exponent: int) -> str:
    """A number just below two to the power of the exponent plus one: 2047/1024 times two to the power of the exponent."""
    shift = exponent - 10
    return str(2047 << shift) if shift >= 0 else f"2047/{1 << -shift}"


Q25 = Format("q2.5", "127/32", ("1/2", "1", "2", "3", "127/32", "6", "8"), "saturate")
BINARY16 = Format("binary16", below(0), tuple(map(below, (-2, -1, 0, 1, 3, 7, 11, 14))))
BINARY32 = Format("binary32", below(0), tuple(map(below, (-2, -1, 0, 1, 3, 31, 95, 124))))
FORMATS = (BINARY32, BINARY16, Q25)
TARGETS: Mapping[str, str] = {below(k): f"2^{k + 1}" for k in (-2, -1, 0, 1, 3, 7, 11, 14, 31, 95, 124)}
"""What the targets of floating-point numbers lie just below."""


class Arm(NamedTuple):
    """How weights are stored: its name, whether they are scaled, what is done with what is read, and the check bits."""

    name: str
    scaled: bool = False
    policy: str = ""
    check: str = ""


PLAIN, SCALED = Arm("plain"), Arm("scaled", scaled=True)
CLAMPED, SCALED_CLAMPED = Arm("clamped", policy="clamped"), Arm("scaled, clamped", scaled=True, policy="clamped")
WITHOUT_CHECKS = (PLAIN, SCALED, CLAMPED, SCALED_CLAMPED)
SECDED, SCALED_SECDED = Arm("SECDED", check="secded"), Arm("scaled, SECDED", scaled=True, check="secded")
PARITY, SCALED_PARITY = Arm("parity", check="parity"), Arm("scaled, parity", scaled=True, check="parity")
CLAMPED_SECDED = Arm("clamped, SECDED", policy="clamped", check="secded")
CLAMPED_PARITY = Arm("clamped, parity", policy="clamped", check="parity")
WITH_CHECKS = (SECDED, PARITY, SCALED_SECDED, SCALED_PARITY, CLAMPED_SECDED, CLAMPED_PARITY)
ARMS = (*WITHOUT_CHECKS, *WITH_CHECKS)
READ, ZEROED = "read as it is", "NaN and infinity read as 0"
SWEPT: Mapping[str, str] = {READ: "", ZEROED: "zeroed", "clamped": "clamped"}
"""By what is done with what is read, the policy of the sweep of targets."""
BACK = "binary32/ties_to_even/infinity"
FACTOR = "binary32/toward_zero/saturate"
POLICIES: Mapping[str, Memory] = {
    "": [],
    "zeroed": [{"stage": "read_as_zero", "data": ["nan", "infinity"]}],
    "clamped": [{"stage": "clamped", "out_of_range": "saturate", "nan": "zero"}],
}
CHECKS: Mapping[str, Memory] = {
    "": [],
    "secded": [{"stage": "secded", "code": "hsiao", "width": 64, "detected": "zero_word"}],
    "parity": [{"stage": "parity", "elements": 1, "parity": "even", "detected": "zero_element"}],
}


def memory(arm: Arm, format: Format, target: str | None = None) -> Memory:
    """The stages of an arm's memory as plain data: what is read last looks at numbers, and check bits are of stored codes."""
    scaled = {"stage": "scaled", "target": target or format.target, "power_of_two": False, "scale": FACTOR}
    kind = scaled if arm.scaled else {"stage": "converted"}
    return [*POLICIES[arm.policy], {**kind, "to": format.to, "back": BACK}, *CHECKS[arm.check]]


@dataclass(frozen=True)
class Settings:
    """The sizes of a scale: samples, networks, epochs, and trials. ``trainings`` is of how many the networks are that meet few
    rates, so as to see what depends on the training."""

    train: int
    test: int
    networks: Mapping[str, tuple[str, Mapping[str, Any]]]
    epochs: int
    trials: int
    sweep: int
    trainings: int
    single: int
    cost: float
    """About how many seconds a trial takes."""


def networks(widths: tuple[int, ...], hidden: int, growth: int, layers: int) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
    """By the families, those of ``refsim.nn.families`` and their options, without what the data decide."""
    found: dict[str, tuple[str, Mapping[str, Any]]] = {
        "vgg": ("vgg", {"widths": list(widths), "hidden": [hidden]}),
        "resnet-1": ("resnet", {"widths": list(widths), "blocks": 1}),
        "resnet-2": ("resnet", {"widths": list(widths), "blocks": 2}),
        "densenet": ("densenet", {"first": 8, "growth": growth, "blocks": [layers] * len(widths)}),
    }
    return found


SMALL = networks((8, 16), 32, 8, 3)
"""For images of 8 x 8 pixels."""
LARGE = networks((4, 8, 16), 32, 4, 2)
DIGITS = Settings(1437, 360, SMALL, 10, 30, 20, 5, 30, 0.014)
DIGITS_QUICK = Settings(1437, 360, SMALL, 8, 11, 7, 3, 10, 0.014)
OTHERS = Settings(4000, 200, LARGE, 6, 24, 12, 4, 20, 0.045)
OTHERS_QUICK = Settings(2000, 120, LARGE, 5, 8, 6, 3, 5, 0.03)


def settings(scale: Scale) -> Settings:
    """The sizes for a data set; those of images that are larger than digits for every other one."""
    if scale.data == "digits":
        return DIGITS_QUICK if scale.quick else DIGITS
    return OTHERS_QUICK if scale.quick else OTHERS


TRAINING = ("float", {"optimizer": "adam"})
BATCH, RATES = 32, ("linear", 0.005, 0.0005)
SEED = 1
"""Of the first training; further ones have the next."""
FAULTS = 2
"""The seed of faults: the same ones for all memories of a format. Those of further trainings have the next."""
