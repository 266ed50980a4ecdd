"""Campaigns made by hand: manifests as campaigns write them, and rows of which every figure is known."""

from refsim.campaigns.rows import Counts, Row

SITES = [
    {"number": 0, "name": "dense1.weight", "kind": "weight", "format": "int8", "width": 8, "count": 20, "sha256": "00"},
    {"number": 1, "name": "dense2.weight", "kind": "weight", "format": "int8", "width": 8, "count": 10, "sha256": "00"},
]


def faults(name, model, bits=(), names=("*",)):
    """Faults of a plan, as plain data."""
    return {
        "name": name,
        "model": model,
        "kinds": ["weight"],
        "names": list(names),
        "bits": list(bits),
        "lifetime": "until_reload",
    }


RATES = [faults(f"flips p={p}", {"kind": "rate", "p": p}) for p in ("1/1000", "1/100")]


def manifest(arms=("plain", "hsiao"), some=RATES, sites=SITES, targets=(0, 1), labelled=100, rule="trials", correct=90):
    """A manifest."""
    count = sum(site["count"] for site in sites if site["number"] in targets)
    stop = {"rule": rule, "trials": 4, "event": "critical", "events": 2, "width": 0.5, "level": 0.95}
    cells = [{"arm": arm, "faults": one["name"], "sites": list(targets), "faulty": one} for arm in arms for one in some]
    for i, cell in enumerate(cells):
        bits = cell.pop("faulty")["bits"]
        cell |= {"number": i, "bits": count * (len(bits) or 8)}
    run = {"input": "00", "output": "00", "samples": 100, "pixels": 100, "labelled": labelled, "correct": correct}
    return {
        "refsim_campaign": 1,
        "plan": {
            "refsim_plan": 1,
            "name": "made by hand",
            "seed": 7,
            "batch": 2,
            "data": {"name": "digits", "options": {}, "skip": 0},
            "arms": [{"name": arm, "network": "net.json", "stored": [], "guards": []} for arm in arms],
            "faults": list(some),
            "stop": stop,
        },
        "versions": {"refsim": "1", "specification": "1", "numpy": "2", "python": "3"},
        "data": "ab" * 32,
        "arms": [{"name": arm, **run, "sites": list(sites)} for arm in arms],
        "cells": cells,
    }


def row(cell, trial, correct=90, flips=1, due=0, top1=None, **more):
    """A trial of 100 samples of which 90 are right without faults; those that are not right any more are critical."""
    wrong = max(90 - correct, 0)
    changed = wrong if top1 is None else top1
    sdc = max(changed - due, 0) if due < 100 else 0
    counts = {
        "images": 100,
        "identical": 100 - sdc - due,
        "benign": 0,
        "sdc": sdc,
        "due": due,
        "top1": sdc,
        "top5": 0,
        "confidence10": sdc,
        "confidence20": sdc,
        "critical": wrong,
        "healed": max(correct - 90, 0),
        "correct": correct,
        "pixels": 100,
        "changed_pixels": changed,
    }
    head = {"hit": flips, "flips": flips, "effective": flips, "absorbed": 0, "corrected": 0, "detected": 0, "residual": flips}
    head |= {"miscorrected": 0, "undetected": 0}
    counts |= {name: more.pop(name) for name in list(more) if name in counts}
    head |= {"stopped": int(due == 100)}
    return Row(cell, trial, **(head | more), counts=Counts(**counts), digest=f"{cell:032x}{trial:032x}")


def rows():
    """Four trials of each of four cells."""
    found = [
        [row(0, 0), row(0, 1, 90, flips=0), row(0, 2, 89), row(0, 3, 90)],
        [row(1, 0, 80, flips=3), row(1, 1, 85, flips=2), row(1, 2, 90, flips=4), row(1, 3, 10, flips=3)],
        [row(2, 0, corrected=1), row(2, 1, flips=0), row(2, 2, corrected=1), row(2, 3, corrected=1)],
        [row(3, 0, 90, flips=3), row(3, 1, 90, flips=2), row(3, 2, 88, flips=5), row(3, 3, 0, flips=3, due=100, detected=2)],
    ]
    return [one for cell in found for one in cell]
