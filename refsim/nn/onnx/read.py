"""The one way in: a file is read as what is in it."""

from __future__ import annotations

from pathlib import Path

from ..files import CodeNetwork, FloatNetwork
from .float_import import import_float
from .integer_import import import_codes, is_quantized
from .model import Graph, RefusedModel, load


def read(path: Path) -> FloatNetwork | CodeNetwork:
    """The network of an ONNX file and its parameters.

    A graph with a node that quantizes, or that computes with integers, is a network of codes; another one is in floating point.
    ``RefusedModel``, a ``ValueError``, says in one line what a file has that is not supported, or what is wrong with it.
    """
    graph = load(path)
    try:
        return network_of(graph)
    except RefusedModel as error:
        raise RefusedModel(f"{path}: {error}") from None


def network_of(graph: Graph) -> FloatNetwork | CodeNetwork:
    """The network of a graph; ``RefusedModel`` as for ``read``."""
    return import_codes(graph) if is_quantized(graph) else import_float(graph)
