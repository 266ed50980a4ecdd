"""Sums of logarithmic numbers in a register of the same kind, each addition through the tables of an adder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .accumulators import together
from .exact import Exact
from .flags import Flags, Result
from .formats import Number
from .lns import Adder, lns_add
from .projection import Projection
from .terms import ZERO, Port, Term


@dataclass(frozen=True)
class LnsSequential:
    """One LNS register, to which terms are added in their order by ``adder``.

    ``to`` brings a term, and an initial value, into the register's format. ``ValueError`` where the adder does not suit it.
    """

    to: Projection
    adder: Adder

    def __post_init__(self) -> None:
        self.adder.check(self.to.format)

    def total(self, terms: Sequence[Term], initial: Exact | None, port: Port) -> Result:
        """Each term **must** be projected into the register's format, as must the initial value; the register starts from the
        initial value, or without one from the first term, and then holds the sum that the adder makes of it and the next
        term. The sum of no terms is zero. [lns/sum]
        """
        if initial is None and not terms:
            return port.write(ZERO, self.to, "sum", -1)
        writes = [] if initial is None else [port.write((initial, Flags.NONE), self.to, "sum", -1)]
        held = writes[0] if writes else None
        for step, term in enumerate(terms):
            written = port.write((term.value, Flags.NONE), self.to, "term" if held else "sum", step)
            writes.append(written)
            if held is not None:
                x, y = (Number(result.code, self.to.format) for result in (held, written))
                written = port.keep(lns_add(x, y, self.adder), self.to.format, "sum", step)
                writes.append(written)
            held = written
        return Result(writes[-1].code, together(writes))
