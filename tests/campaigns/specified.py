"""Trials by the specification alone: sites, faults, memories and the network, one number at a time, for small campaigns."""

import numpy as np

from refsim.campaigns.sites import Held, Register, Stored
from refsim.engine.tensors import tensor_of
from refsim.spec.datapaths import dot
from refsim.spec.faults import NO_MASK, apply, by_site, injected, on_writes
from refsim.spec.layers import scales_of
from refsim.spec.memories import Part, site_names
from refsim.spec.networks import trace
from refsim.spec.sites import Target, site_numbers
from refsim.spec.tensors import Tensor, size


def stored(built):
    """The parts of each parameter, by the specification."""
    found = {}
    for name, memory in built.memories.items():
        original = tensor_of(built.original[name])
        kind = next(site.kind for site, where in built.sites.values() if where == Stored(name, "data"))
        found[name] = memory.write(Part(kind, original.format, original.codes))
    return found


def targets(campaign, cell, parts, clean):
    """What the faults of a cell aim at."""
    built, aim = campaign.built(cell), campaign.cells[cell].faults.aim
    kinds = {name: site.kind for one in campaign.arms.values() for name, (site, _) in one.sites.items()}
    numbers, samples, found = site_numbers(kinds), len(clean), []
    for name, (site, where) in built.sites.items():
        if site.kind not in aim.kinds or not {name, "*"} & set(aim.names):
            continue
        codes = None
        if isinstance(where, Stored):
            given = parts[where.tensor]
            codes = given[next(part for part, site in site_names(where.tensor, list(given)).items() if site == name)].codes
            codes = codes * samples if aim.lifetime == "read" else codes
        elif isinstance(where, Held) and aim.lifetime != "permanent":
            codes = tuple(code for one in clean for code in one[where.layer].codes)
        count = site.count // samples if isinstance(where, Held) and aim.lifetime == "permanent" else site.count
        count = count if codes is None else len(codes)
        found.append(Target(numbers[name], type(site)(name, site.kind, site.format, count, site.layout), codes, aim.selection))
    return found


def outputs(campaign, cell, trial):
    """The output codes of each sample in a trial; ``None`` for one that has no result."""
    built, faults = campaign.built(cell), campaign.cells[cell].faults
    network, parts = built.network.network, stored(built)
    tensors = {
        name: Tensor(memory.read(parts[name]).codes, *network.parameters[name]) for name, memory in built.memories.items()
    }
    xs = [tensor_of(built.x[i]) for i in range(len(built.x))]
    clean = [trace(network, tensors, x) for x in xs]
    aims = targets(campaign, cell, parts, clean)
    masks = by_site(faults.model.events(campaign.plan.seed, trial, aims))
    struck = {campaign.name_of(number): one for number, one in masks.items()}
    found = []
    for i, x in enumerate(xs):
        read = {name: sample_tensor(built, name, parts[name], struck, i, faults.aim.lifetime) for name in tensors}
        try:
            found.append(np.array(faulty(built, network, read, x, i, struck, faults.aim.lifetime).codes))
        except ValueError:
            found.append(None)
    return found


def sample_tensor(built, name, parts, struck, sample, lifetime):
    """A parameter as a sample reads it."""
    hit = {}
    for part, site in site_names(name, list(parts)).items():
        masks, count = struck.get(site, {}), len(parts[part].codes)
        if lifetime == "read":
            masks = {element - sample * count: mask for element, mask in masks.items() if element // count == sample}
        hit[part] = parts[part]._replace(codes=injected(parts[part].codes, masks))
    return Tensor(built.memories[name].read(hit).codes, *built.network.network.parameters[name])


def faulty(built, network, tensors, x, sample, struck, lifetime):
    """The output of a sample with faults in results and registers."""
    seen = {}

    def hold(name, made):
        node = next((node for node in network.nodes if node.name == name), None)
        where = built.sites.get(f"{name}@sum", (None, None))[1]
        if isinstance(where, Register) and f"{name}@sum" in struck:
            made = registers(node, tensors, seen[node.inputs[0]], made, sample, struck[f"{name}@sum"], where)
        masks, count = struck.get(name, {}), size(made.shape)
        first = 0 if lifetime == "permanent" else sample * count
        codes = (apply(code, masks.get(first + i, NO_MASK)) for i, code in enumerate(made.codes))
        seen[name] = Tensor(tuple(codes), made.shape, made.format)
        return seen[name]

    return trace(network, tensors, x, hold)[network.nodes[-1].name]


def registers(node, tensors, x, made, sample, masks, where):
    """The result of a dense layer of one row, with faults in the registers of its sums."""
    parameters = {role: tensors[name] for role, name in node.parameters}
    codes = list(made.codes)
    for output in range(len(codes)):
        first = (sample * len(codes) + output) * len(where.steps)
        hits = {("sum", step): masks[first + i] for i, step in enumerate(where.steps) if first + i in masks}
        if hits:
            bias = parameters["bias"].at(output) if "bias" in parameters else None
            row = [parameters["weights"].at(output, k) for k in range(x.shape[0])]
            codes[output] = dot(x.numbers(), row, node.rule.path, bias, scales_of(parameters, output), on_writes(hits)).code
    return Tensor(tuple(codes), made.shape, made.format)
