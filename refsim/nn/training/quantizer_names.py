"""How quantizers of tensors are spelled: a kind and its settings behind colons, in any order that the kind has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from .quantizers import Quantizer, affine, levels, linear, logarithmic, projected

SIGNS = {"signed": True, "unsigned": False}


def _levels(count: str, *method: str) -> Quantizer:
    return levels(_number("levels", count), ":".join(method) or "optimal")


def _log(bits: str, sign: str = "unsigned", steps: str = "1", *choice: str) -> Quantizer:
    return logarithmic(
        _number("log", bits), signed=_sign(sign), steps=_number("log", steps), choice=":".join(choice) or "maximum"
    )


def _linear(bits: str, sign: str = "unsigned", *choice: str) -> Quantizer:
    return linear(_number("linear", bits), signed=_sign(sign), choice=":".join(choice) or "maximum")


def _affine(format: str, model: str = "onnx", *choice: str) -> Quantizer:
    return affine(format, model, ":".join(choice) or "maximum")


KINDS: Mapping[str, tuple[Callable[..., Quantizer], str]] = {
    "levels": (_levels, "levels:COUNT[:METHOD]"),
    "log": (_log, "log:BITS[:signed[:STEPS[:CHOICE]]]"),
    "linear": (_linear, "linear:BITS[:signed[:CHOICE]]"),
    "affine": (_affine, "affine:FORMAT[:MODEL[:CHOICE]]"),
}
"""The kinds by name, with how each is spelled; what has slashes is the name of a projection."""


def get_quantizer(name: str) -> Quantizer:
    """The quantizer of a name, as ``levels:7``, ``log:4``, ``log:5:signed:2:sweep``, ``linear:8:signed:percentile:99.9``,
    ``affine:int8:tflite``, or of a projection, as ``float8_e4m3fn/ties_to_even/saturate``.

    ``ValueError`` for anything else.
    """
    if "/" in name:
        return projected(name)
    kind, *settings = name.split(":")
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, 1)
        known = ", ".join(spelling for _, spelling in KINDS.values())
        hint = f"did you mean {near[0]}?" if near else f"there are {known} and projections"
        raise ValueError(f"there is no quantizer {name!r:.60}; {hint}")
    make, spelling = KINDS[kind]
    try:
        return make(*settings)
    except TypeError:
        raise ValueError(f"a quantizer is spelled {spelling}, not {name!r:.60}") from None


def _number(kind: str, text: str) -> int:
    """A whole number; ``ValueError`` for another text."""
    if not (text.isascii() and text.isdigit()) or len(text) > 4:
        raise ValueError(f"{kind} needs a whole number, not {text!r:.60}")
    return int(text)


def _sign(text: str) -> bool:
    if text not in SIGNS:
        raise ValueError(f"a quantizer is {' or '.join(SIGNS)}, not {text!r:.60}")
    return SIGNS[text]


def optional(name: str | None) -> Quantizer | None:
    """The quantizer of a name, none for ``none`` or no name."""
    return None if name in {None, "", "none"} else get_quantizer(str(name))


def spellings() -> Sequence[str]:
    """How each kind is spelled."""
    return [spelling for _, spelling in KINDS.values()]
