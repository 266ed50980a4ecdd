"""What stands behind a vector for people to read: the operation in numbers."""

from __future__ import annotations

from ..spec.text import exact_text
from .explanations import exact_shown, written
from .operations import Configuration


def remark(configuration: Configuration, operands: tuple[int, ...], results: tuple[int, ...]) -> str:
    """The operation on the operands' values and its result, with an arrow where the result is not exact."""
    text, to = written(configuration, operands), configuration.to
    if configuration.described is None:
        return text
    field = configuration.result_fields[0]
    if to is None:
        shown = exact_text(field.format.decode(results[0])) if field.format else field.words[results[0]]
        return f"{text} = {shown}"
    exact, result = configuration.exact(operands), to.format.decode(results[0])
    shown = exact_shown(configuration, operands, exact)
    if configuration.operation == "convert" or not shown:
        return f"{text} -> {exact_text(result)}"
    return f"{text} = {shown}" + ("" if exact == result else f" -> {exact_text(result)}")
