"""What stands behind a vector for people to read: the operation in numbers."""

from __future__ import annotations

from ..spec.operations import OPERATIONS
from ..spec.text import exact_text
from .operations import Configuration


def remark(configuration: Configuration, operands: tuple[int, ...], results: tuple[int, ...]) -> str:
    """The operation on the operands' values and its result, with an arrow where the result is not exact."""
    to = configuration.to
    data = configuration.data(operands)
    if to is None:
        return exact_text(data[0])
    written = OPERATIONS[configuration.operation].template.format(*map(exact_text, data))
    exact, result = configuration.operate(data), to.format.decode(results[0])
    if configuration.operation == "convert":
        return f"{written} -> {exact_text(result)}"
    return f"{written} = {exact_text(exact)}" + ("" if exact == result else f" -> {exact_text(result)}")
