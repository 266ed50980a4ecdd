"""Faulty runs side by side, from a clean one: layer by layer, the parts of the results that differ, by trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..engine.array import Array
from ..engine.faults import Masks, struck
from ..spec.networks import INPUT, Node
from .affected import affected, lines, ported, ports_of, whole
from .blocks import Block, Codes, Places, divided, joined, laid, over, trimmed, union
from .changes import Changed, Changes
from .clean_runs import Clean

AT_ONCE, FEW = 1 << 16, 1 << 13
"""Trials are computed in one call where the parts of a layer's inputs have at most so many elements together, hardly more than
apart, or few."""
Blocks = dict[int, Block]
"""By trial, the part of a result that differs."""


def outputs(clean: Clean, trials: Sequence[Changes], asked: Places) -> list[Changed]:
    """What differs in the output of the samples that are asked for, for each trial."""
    nodes = clean.network.nodes
    last = {name: i for i, node in enumerate(nodes) for name in node.inputs}
    held: dict[str, Blocks] = {INPUT: with_masks(clean, INPUT, trials, asked, {})}
    for i, node in enumerate(nodes):
        try:
            made = of_layer(clean, node, trials, asked, held)
        except ValueError as error:
            raise ValueError(f"layer {node.name}: {error}") from error
        held[node.name] = with_masks(clean, node.name, trials, asked, made)
        for name in {name for name in node.inputs if last[name] == i}:
            del held[name]
    return [changed(clean, held[nodes[-1].name].get(trial), trial) for trial in range(len(trials))]


def changed(clean: Clean, block: Block | None, trial: int) -> Changed:
    """The output of a trial, where it differs."""
    final = clean.network.nodes[-1].name
    codes, type = clean.results[final], clean.types[final]
    rows = np.zeros(0, np.int64) if block is None else block.rows
    found = laid(block, codes, rows, np.arange(codes.shape[1]))
    return Changed(rows - trial * clean.samples, Array(found.reshape(len(rows), *type.shape), type.format))


def of_layer(clean: Clean, node: Node, trials: Sequence[Changes], asked: Places, held: Mapping[str, Blocks]) -> Blocks:
    """What differs in a layer's result: of trials with faults of their own in it one by one, of the others together."""
    own = {name for _, name in node.parameters}
    alone = [i for i, one in enumerate(trials) if node.name in one.registers or own & set(one.tensors)]
    fed = sorted({trial for name in node.inputs for trial in held[name]} - set(alone))
    found: Blocks = {}
    for trial in alone:
        faulty, rows = trials[trial].tensors, trial * clean.samples + asked
        inputs = [held[name].get(trial) for name in node.inputs]
        ports = trials[trial].registers.get(node.name)
        try:
            block = affected(clean, node, inputs, faulty, rows)
            if ports:
                block = ported(clean, node, inputs, faulty, block, ports, rows)
        except ValueError:
            if not ports:
                raise
            # It may be the sum that an element would have without its port.
            parameters = clean.parameters(node, faulty)
            block = whole(clean, node, inputs, parameters, rows, ports_of(clean, node, ports, rows))
        if block is not None:
            found |= parts_of(clean, node.name, block, [trial])
    for group in groups(clean, node, fed, held):
        together = [
            joined([held[name][i] for i in group if i in held[name]], clean.results[name])
            if set(group) & set(held[name])
            else None
            for name in node.inputs
        ]
        block = affected(clean, node, together, {}, asked)
        assert block is not None, "some input differs"
        found |= parts_of(clean, node.name, block, group)
    return found


def parts_of(clean: Clean, name: str, block: Block, trials: Sequence[int]) -> Blocks:
    """The parts of trials that differ from the clean result. What is looked up next is not looked through before."""
    parts = divided(block, trials, clean.samples) if len(trials) > 1 else {trials[0]: block}
    if name in clean.passing:
        return parts
    final = name == clean.network.nodes[-1].name
    left = {trial: trimmed(part, clean.results[name], whole=final) for trial, part in parts.items()}
    return {trial: part for trial, part in left.items() if part is not None}


def groups(clean: Clean, node: Node, trials: Sequence[int], held: Mapping[str, Blocks]) -> Iterator[list[int]]:
    """The trials in stretches whose inputs put together have few elements, or hardly more than apart."""
    group: list[int] = []
    apart = 0
    for trial in trials:
        own = size_of(clean, node, [trial], held)
        most = min(AT_ONCE, max(FEW, (apart + own) * 5 // 4))
        if group and (own > AT_ONCE or size_of(clean, node, [*group, trial], held) > most):
            yield group
            group, apart = [], 0
        group.append(trial)
        apart += own
    if group:
        yield group


def size_of(clean: Clean, node: Node, trials: Sequence[int], held: Mapping[str, Blocks]) -> int:
    """The elements of the parts of a layer's inputs that differ, put together."""
    size = 0
    for name in node.inputs:
        blocks = [held[name][trial] for trial in trials if trial in held[name]]
        if blocks:
            each = int(np.prod(clean.results[name].shape[2:], dtype=np.int64))
            size += sum(len(block.rows) for block in blocks) * len(union([block.channels for block in blocks])) * each
    return size


def with_masks(clean: Clean, name: str, trials: Sequence[Changes], asked: Places, made: Blocks) -> Blocks:
    """The parts that differ of a result, once faults have struck it."""
    found = dict(made)
    for trial, changes in enumerate(trials):
        if name in changes.results:
            block = hit(clean.results[name], made.get(trial), changes.results[name], trial, asked)
            left = None if block is None else trimmed(block, clean.results[name])
            found.pop(trial, None)
            if left is not None:
                found[trial] = left
    return found


def hit(clean: Codes, block: Block | None, masks: Masks, trial: int, asked: Places) -> Block | None:
    """The part of a result that differs, with faults in the elements of the samples that are asked for."""
    size = clean[0].size
    inside = np.isin(masks.elements // size, asked)
    some = Masks(masks.elements[inside], masks.inverted[inside], masks.cleared[inside], masks.set[inside])
    if not len(some):
        return block
    sample, place = np.divmod(some.elements, size)
    channel, rest = np.divmod(place, size // clean.shape[1])
    rows, channels = np.unique(sample) + trial * len(clean), np.unique(channel)
    found = over(clean, block, Block(rows, channels, laid(block, clean, rows, channels)))
    codes = np.array(found.codes, order="C")  # A view of its lines is written to.
    flat = codes.reshape(*codes.shape[:2], -1)
    index = np.searchsorted(found.rows, sample + trial * len(clean)), np.searchsorted(found.channels, channel), rest
    flat[index] = struck(flat[index], some)
    return replace(found, codes=codes)


def within(changes: Changes, clean: Clean, begin: int) -> Changes:
    """The changes of the samples from ``begin`` on that a clean run is of, counted from there."""
    if not changes.results and not changes.registers:
        return changes
    results, registers = {}, {}
    for name, masks in changes.results.items():
        size = clean.results[name][0].size
        first, last = np.searchsorted(masks.elements, [begin * size, (begin + clean.samples) * size])
        part = slice(int(first), int(last))
        if last > first:
            results[name] = Masks(
                masks.elements[part] - begin * size, masks.inverted[part], masks.cleared[part], masks.set[part]
            )
    for node in clean.network.nodes:
        ports, each = changes.registers.get(node.name, {}), lines(node.rule, clean.types[node.inputs[0]])
        own = {
            (index[0] - begin * each, *index[1:]): port
            for index, port in ports.items()
            if begin * each <= index[0] < (begin + clean.samples) * each
        }
        if own:
            registers[node.name] = own
    return Changes(changes.tensors, results, registers)
