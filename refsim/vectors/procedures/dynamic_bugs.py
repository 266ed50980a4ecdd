"""Known bugs of dynamic fixed point, and the procedure with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...spec import dynamic
from ...spec.dynamic import Control, State, count, rates, restart
from .dynamic_fixed_point import batches, procedure, reported, run, start
from .procedure import Parameters, Run, Values, bug, mistaken

Update = Callable[[Control, State], State]


@dataclass(frozen=True)
class Device:
    """A device with parts of its own: how it updates, which numbers it quantizes how, and what a cut does. ``early``: the radix
    is updated before the last batch of a period is quantized, and ``uncounted`` before it is counted."""

    update: Update = dynamic.update
    overflow: str | None = None
    rounding: str | None = None
    cut: Callable[[State], State] = restart
    early: bool = False
    uncounted: bool = False

    def run(self, parameters: Parameters, values: Values) -> Values:
        """A run of the device."""
        machine, state = start(parameters, values)
        to = machine.to
        to = replace(to, overflow=self.overflow or to.overflow, rounding=self.rounding or to.rounding)
        machine = replace(machine, to=to)
        found: list[int] = []
        for numbers, cut in batches(values):
            ends = state.place + 1 == machine.period
            if self.early and ends:
                state = self.update(machine, state)
            codes = tuple(dynamic.quantize(x, state.radix, to).code for x in numbers)
            held = [to.format(state.radix).decode(code) for code in codes]
            at_end = machine.counted == "at_end"
            counts = dynamic.at_end(to, state.radix, held) if at_end else dynamic.past_end(to, state.radix, numbers)
            if self.uncounted and ends:
                state = count(self.update(machine, state), len(codes), *counts)._replace(place=0)
            else:
                state = count(state, len(codes), *counts)
                if ends and not self.early:
                    state = self.update(machine, state)
                elif ends:
                    state = state._replace(place=0)
            if cut:
                state = self.cut(state)
            found += reported(codes, state)
        return tuple(found)


def moved(decide: Callable[[Control, State], int], *, clamped: bool = True) -> Update:
    """An update that decides in its own way by how much the radix moves."""

    def update(machine: Control, state: State) -> State:
        radix = state.radix + decide(machine, state)
        return State(min(max(radix, machine.least), machine.greatest) if clamped else radix)

    return update


def _at_the_rate(machine: Control, state: State) -> int:
    rate, halved = rates(machine, state)
    return 1 if rate >= machine.rate else 0 if halved > machine.rate else -1


def _at_half_the_rate(machine: Control, state: State) -> int:
    rate, halved = rates(machine, state)
    return 1 if rate > machine.rate else 0 if halved >= machine.rate else -1


def _full_for_half(machine: Control, state: State) -> int:
    return 1 if rates(machine, state)[0] > machine.rate else -1


def _right(machine: Control, state: State) -> int:
    rate, halved = rates(machine, state)
    return 1 if rate > machine.rate else 0 if halved > machine.rate else -1


def _half_first(machine: Control, state: State) -> int:
    rate, halved = rates(machine, state)
    return 0 if halved > machine.rate else 1 if rate > machine.rate else -1


def _two_steps(machine: Control, state: State) -> int:
    return 2 * _right(machine, state)


def _kept(machine: Control, state: State) -> State:
    """The counts go on."""
    return dynamic.update(machine, state)._replace(
        batches=state.batches, numbers=state.numbers, overflows=state.overflows, halved=state.halved
    )


def _half_kept(machine: Control, state: State) -> State:
    """One of the counts goes on."""
    return dynamic.update(machine, state)._replace(halved=state.halved)


def _device(name: str, sentence: str, device: Device) -> tuple[str, str, Run]:
    return f"dynamic.{name}", sentence, device.run


MUTANTS = (
    *(
        bug(*_device(name, sentence, device))
        for name, sentence, device in (
            ("at-the-rate", "doubles the range at the greatest rate, not past it", Device(moved(_at_the_rate))),
            (
                "at-half-the-rate",
                "keeps the range where the rate at half of it is the greatest",
                Device(moved(_at_half_the_rate)),
            ),
            ("full-for-half", "halves the range whenever it need not double", Device(moved(_full_for_half))),
            ("half-first", "looks at half the range first, so that it never doubles", Device(moved(_half_first))),
            ("two-steps", "moves the radix by two", Device(moved(_two_steps))),
            ("no-ends", "lets the radix pass its ends", Device(moved(_right, clamped=False))),
            ("counts-kept", "does not start the counts anew", Device(_kept)),
            ("half-count-kept", "does not start the count at half the range anew", Device(_half_kept)),
            ("early", "updates before the last batch of a period is quantized", Device(early=True)),
            ("uncounted", "updates before the last batch of a period is counted", Device(uncounted=True)),
            ("ties-to-even", "rounds ties to even", Device(rounding="ties_to_even")),
            ("truncated", "cuts numbers off", Device(rounding="toward_zero")),
            ("asymmetric", "uses the most negative integer", Device(overflow="saturate")),
            ("wraps", "wraps past the end", Device(overflow="wrap")),
            ("cut-forgets", "forgets its counts where a period is cut short", Device(cut=lambda state: State(state.radix))),
            ("cut-ignored", "goes on where a period is cut short", Device(cut=lambda state: state)),
        )
    ),
    mistaken("dynamic.past-end", "counts what is rounded past the end only", run, "counted", "past_end", ("at_end",)),
    mistaken("dynamic.at-end", "counts what is held as the last number", run, "counted", "at_end", ("past_end",)),
    mistaken("dynamic.mean-seen", "takes the mean over all that it saw", run, "mean", "seen", ("period",)),
    mistaken("dynamic.mean-period", "takes the mean over a period", run, "mean", "period", ("seen",)),
)

DYNAMIC_FIXED_POINT = procedure(MUTANTS)
