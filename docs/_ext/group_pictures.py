"""Pictures of numbers that share a step or a radix, drawn from the specification."""

from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure

from refsim.engine import dynamic
from refsim.spec.dynamic import Control, published
from refsim.spec.levels import alternate, find_step, squared_error, starts
from refsim.spec.levels import published as published_levels

INK, FAINT, UP, DOWN = "#22303c", "#b8c0c8", "#c2410c", "#1d4ed8"
WEIGHTS = [Fraction(n, 100) for n in (-90, -31, -12, -5, 0, 4, 11, 26, 50, 110)]


def error_of_steps() -> Figure:
    """The error of a group over the step, with the ends of the alternation and the optimum."""
    figure = Figure(figsize=(9.4, 4.2), layout="constrained")
    for axes, count in zip(figure.subplots(1, 2), (3, 7), strict=True):
        to = published_levels(count)
        steps = [Fraction(n, 400) for n in range(20, 521)]
        axes.plot([float(s) for s in steps], [float(squared_error(WEIGHTS, s, to)) for s in steps], color=INK, lw=1.1)
        ends = {list(alternate([abs(w) for w in WEIGHTS], start, to))[-1][0] for start in starts(Fraction(11, 10), 24)}
        axes.plot([float(s) for s in ends], [float(squared_error(WEIGHTS, s, to)) for s in ends], "o", color=DOWN, ms=5)
        best = find_step(WEIGHTS, to, "optimal")
        axes.plot(float(best), float(squared_error(WEIGHTS, best, to)), "o", mfc="none", mec=UP, mew=1.6, ms=12)
        axes.set_title(f"{count} levels: the optimal step is {best}", fontsize=9.5, loc="left")
        axes.set_xlabel("step")
        axes.set_ylim(0)
    return figure


def dynamic_trace() -> Figure:
    """A controller that follows a group whose numbers grow and then shrink."""
    draw = np.random.default_rng(4)
    scales = 2.0 ** (3 * np.sin(np.linspace(0, 2 * np.pi, 160)))
    batches = [scale * draw.standard_normal(500) for scale in scales]
    control = Control(published("dfxp10"), Fraction(1, 100), 5, -8, 8, "past_end", "seen")
    state = control.start(5)
    radices, rates = [], []
    for batch in batches:
        radices.append(state.radix)
        rates.append([count / len(batch) for count in dynamic.past_end(control.to, state.radix, batch)])
        state = dynamic.observe(control, state, batch).state
    figure = Figure(figsize=(9.4, 5.2), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    above.step(range(len(batches)), [2.0**radix for radix in radices], where="post", color=UP, lw=2, label="range")
    above.plot([np.abs(batch).max() for batch in batches], ".", color=INK, ms=3.5, label="greatest magnitude of a batch")
    above.set_yscale("log", base=2)
    above.legend(frameon=False, loc="upper right")
    for values, color, label in zip(zip(*rates, strict=True), (UP, DOWN), ("at the range", "at half of it"), strict=True):
        below.step(range(len(batches)), values, where="post", color=color, lw=1.2, label=f"rate of overflows {label}")
    below.axhline(float(control.rate), color=INK, lw=0.8, ls=":")
    below.set_ylim(0, 0.08)
    below.set_xlabel("batch")
    below.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.98), ncols=2)
    return figure
