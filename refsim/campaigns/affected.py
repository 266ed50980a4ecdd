"""What a layer makes of results and parameters of which some are faulty: the affected part of its result, and nothing else.

The lemmas by which a part is the same codes as that part of the whole:

* A layer computes each sample by itself: one whose inputs are the clean ones, under clean parameters, has the clean result.
* A channel that takes no changed parameter, of a sample whose inputs are clean, has the clean result (``partial_layers``).
* A channel of a rule that works by channel is clean where that channel of its inputs and its parameters are.
* A sum that is kept changes by the differences of its terms (``deltas``); one that does not change is written as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..engine.array import Array
from ..engine.datapaths import NO_PORTS, Ports
from ..engine.networks import compute
from ..engine.partial_layers import Channels, has_kernels, is_by_channel, of_channels, part, touched
from ..spec.layers import SCALES, Dense, Rule
from ..spec.networks import Node
from ..spec.tensors import TensorType
from .blocks import Block, Places, laid, meeting, over, union
from .clean_runs import Clean

SPARSE, SPARSER = 1 / 4, 1 / 16
"""The part of the sums below which those that changed are picked out; and where writing them is looking them up."""
AT_ONCE = 1 << 16
"""So few sums are looked up all, without asking which of them changed."""
Inputs = Sequence[Block | None]
NOWHERE: Places = np.zeros(0, np.int64)


def affected(clean: Clean, node: Node, inputs: Inputs, faulty: Mapping[str, Array], every: Places) -> Block | None:
    """The part of a layer's result that may differ, from the parts of its inputs that do and the faulty parameters by name.

    ``every`` has the rows of all samples that are asked for. ``None`` where nothing can differ.
    """
    before, after = clean.parameters(node, {}), clean.parameters(node, faulty)
    xs, made = clean.inputs(node), clean.types[node.name]
    own = touched(node.rule, xs, made, before, after)
    blocks = [block for block in inputs if block is not None]
    if not blocks and not len(own):
        return None
    rows = every if len(own) else union([block.rows for block in blocks])
    if is_by_channel(node.rule, xs, made):
        channels = union([*([own] if len(own) else []), *(block.channels for block in blocks)])
        if not len(own) and node.name in clean.functions:
            (x,) = taken(clean, node, inputs, rows, channels)
            return Block(rows, channels, np.take(clean.functions[node.name].codes, x.codes, mode="clip"))
        return by_channel(clean, node, inputs, after, rows, channels)
    if node.name in clean.kept:
        try:
            return by_sums(clean, node, inputs[0], before, after, rows, own)
        except ValueError:
            pass  # A number is refused: which one is for the layer to say.
    if blocks and not (len(own) and has_kernels(node.rule, xs)):
        return whole(clean, node, inputs, after, rows)
    if not blocks:
        return (
            of_kernels(clean, node, after, rows, own) if has_kernels(node.rule, xs) else whole(clean, node, inputs, after, rows)
        )
    fed = blocks[0].rows
    everywhere = np.arange(made.shape[0])
    found = laid(of_kernels(clean, node, after, rows, own), clean.results[node.name], rows, everywhere).copy()
    found[meeting(rows, fed)[0]] = whole(clean, node, inputs, after, fed).codes
    return Block(rows, everywhere, found)


def taken(clean: Clean, node: Node, inputs: Inputs, rows: Places, channels: Channels | None = None) -> list[Array]:
    """The inputs of a layer in some rows, in some channels or in all."""
    found = []
    for name, block in zip(node.inputs, inputs, strict=True):
        codes, type = clean.results[name], clean.types[name]
        some = laid(block, codes, rows, np.arange(codes.shape[1]) if channels is None else channels)
        found.append(Array(some.reshape(len(rows), *type.shape) if channels is None else some, type.format))
    return found


def stood(made: Array, rows: Places, channels: Channels | None = None) -> Block:
    """A result as a block; one whose samples have no axes has one channel."""
    codes = made.codes.reshape(len(rows), 1) if made.codes.ndim == 1 else made.codes
    return Block(rows, np.arange(codes.shape[1]) if channels is None else channels, codes)


def whole(
    clean: Clean, node: Node, inputs: Inputs, parameters: Mapping[str, Array], rows: Places, ports: Ports = NO_PORTS
) -> Block:
    """The whole result of some rows."""
    return stood(compute(node, taken(clean, node, inputs, rows), parameters, ports, None), rows)


def by_channel(
    clean: Clean,
    node: Node,
    inputs: Inputs,
    parameters: Mapping[str, Array],
    rows: Places,
    channels: Channels,
    ports: Ports = NO_PORTS,
) -> Block:
    """Some channels of some rows, where each needs no other ones."""
    xs = taken(clean, node, inputs, rows, channels)
    return stood(part(node.rule, xs, parameters, channels, clean.types[node.name].shape[0], ports), rows, channels)


def of_kernels(
    clean: Clean,
    node: Node,
    parameters: Mapping[str, Array],
    rows: Places,
    channels: Channels,
    inputs: Inputs = (None,),
    ports: Ports = NO_PORTS,
) -> Block:
    """Some channels of some rows, by their kernels."""
    xs = taken(clean, node, inputs, rows)
    return stood(part(node.rule, xs, parameters, channels, clean.types[node.name].shape[0], ports), rows, channels)


def by_sums(
    clean: Clean,
    node: Node,
    block: Block | None,
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    rows: Places,
    own: Channels,
) -> Block:
    """A result by what its sums grow by."""
    layer, name = clean.kept[node.name], node.inputs[0]
    sums, result, x = clean.sums[node.name], clean.results[node.name], clean.results[name]
    w, new = before["weights"].codes, after["weights"].codes
    channels = np.arange(result.shape[1]) if block is not None else own
    grown = np.zeros((len(rows), len(channels), *result.shape[2:]), sums.dtype)
    if block is not None:
        more = layer.by_inputs(laid(None, x, block.rows, block.channels), block.codes, w[:, block.channels])
        if block.rows is rows:
            grown = more
        else:
            grown[meeting(rows, block.rows)[0]] = more
    if len(own) and new is not w:
        old, other = w[own], new[own]
        differs = old != other
        met = np.flatnonzero(differs.any(axis=tuple(i for i in range(differs.ndim) if i != 1)))
        more = layer.by_weights(laid(block, x, rows, met), old[:, met], other[:, met])
        if block is None:
            grown = more
        else:
            grown[:, own] += more
    anew = written_anew(before, after, own)
    same = all(np.array_equal(after[role].codes, before[role].codes) for role in SCALES if role in before)
    table = clean.written.get(node.name) if same else None
    if table is not None and grown.size <= AT_ONCE:
        places = None
    else:
        hit = grown != 0
        hit[:, meeting(channels, anew)[0]] = True
        few = np.count_nonzero(hit) <= hit.size * (SPARSE if table is None else SPARSER)
        places = np.nonzero(hit) if few else None
    if places is None:
        parameters = of_channels(layer.rule, after, channels, result.shape[1])
        return Block(rows, channels, layer.written(laid(None, sums, rows, channels) + grown, parameters, None, table))
    found = np.array(laid(None, result, rows, channels))
    samples, outputs = rows[places[0]] % len(sums), channels[places[1]]
    found[places] = layer.written(sums[samples, outputs, *places[2:]] + grown[places], after, outputs, table)
    return Block(rows, channels, found)


def written_anew(before: Mapping[str, Array], after: Mapping[str, Array], own: Channels) -> Channels:
    """The channels, of those that take a changed parameter, whose sums are written by another bias or scale."""
    found = np.zeros(len(own), bool)
    for role in before:
        if role != "weights" and after[role].codes is not before[role].codes:
            differs = after[role].codes != before[role].codes
            found |= differs[own] if len(differs) > 1 else differs
    return own[found]


def ported(
    clean: Clean, node: Node, inputs: Inputs, faulty: Mapping[str, Array], block: Block | None, ports: Ports, every: Places
) -> Block | None:
    """A result with the elements that have ports computed through them, by the specification."""
    samples = len(clean.results[node.inputs[0]])
    each = lines(node.rule, clean.types[node.inputs[0]])
    begin = every[0] // samples * samples if len(every) else 0
    given = {begin + index[0] // each: None for index in ports}
    rows = np.array(sorted(set(given) & set(every.tolist())), np.int64)
    if not len(rows):
        return block
    inner = ports_of(clean, node, ports, rows)
    parameters, xs, made = clean.parameters(node, faulty), clean.inputs(node), clean.types[node.name]
    channels = np.unique(np.array([index[1] for index in inner], np.int64))
    if is_by_channel(node.rule, xs, made):
        found = by_channel(clean, node, inputs, parameters, rows, channels, inner)
    elif has_kernels(node.rule, xs):
        found = of_kernels(clean, node, parameters, rows, channels, inputs, inner)
    else:
        found = whole(clean, node, inputs, parameters, rows, inner)
    return over(clean.results[node.name], block, found)


def ports_of(clean: Clean, node: Node, ports: Ports, rows: Places) -> Ports:
    """The ports of some rows of one trial, counted from the first of these rows."""
    samples, each = len(clean.results[node.inputs[0]]), lines(node.rule, clean.types[node.inputs[0]])
    place = {int(row) % samples: i for i, row in enumerate(rows)}
    return {
        (place[index[0] // each] * each + index[0] % each, *index[1:]): port
        for index, port in ports.items()
        if index[0] // each in place
    }


def lines(rule: Rule, x: TensorType) -> int:
    """How many of the rows by which ports count a sample has."""
    return int(np.prod(x.shape[:-1], dtype=np.int64)) if isinstance(rule, Dense) else 1
