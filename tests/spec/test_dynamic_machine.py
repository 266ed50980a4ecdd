"""The controller of dynamic fixed point beside the published program's own bookkeeping, as a state machine."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from refsim.spec.dynamic import COUNTED, MEANS, observe, published, restart

from .test_dynamic import control, fixed_point, new_range, value


@settings(max_examples=60, stateful_step_count=30)
class Controllers(RuleBasedStateMachine):
    """The controller beside the program's own bookkeeping: sums of mean rates in floats, divided by the period."""

    @initialize(
        width=st.integers(3, 6),
        period=st.integers(1, 4),
        rate=st.sampled_from([0, 1, 2, 4]),
        size=st.sampled_from([1, 2, 4, 8]),
        counted=st.sampled_from(COUNTED),
        mean=st.sampled_from(MEANS),
    )
    def begin(self, width, period, rate, size, counted, mean):
        """A controller at the radix 2; sizes of batches and rates are powers of two over eight, so that floats are exact."""
        self.to, self.size, self.most = published(f"dfxp{width}"), size, rate / 8
        self.control = control(self.to, rate=Fraction(rate, 8), period=period, least=-6, greatest=9, counted=counted, mean=mean)
        self.state = self.control.start(2)
        self.radix, self.overflow, self.halved, self.batches, self.place = 2, [], [], 0, 0

    @rule(data=st.data())
    def batch(self, data):
        """A batch goes through both."""
        xs = data.draw(st.lists(st.integers(-400, 400).map(lambda n: n / 16), min_size=self.size, max_size=self.size))
        bits, radix = self.to.width - 1, self.radix
        codes, self.state = observe(self.control, self.state, [Fraction(x) for x in xs])
        held = np.array([fixed_point(x, bits, radix) for x in xs])
        assert [float(value(code, radix, self.to)) for code in codes] == held.tolist()
        for rates_seen, r in ((self.overflow, radix), (self.halved, radix - 1)):
            end = (2.0**bits - 1) / 2.0 ** (bits - r)
            half_a_step = 2.0 ** (r - bits) / 2
            past = np.abs(held) >= end if self.control.counted == "at_end" else np.abs(xs) >= end + half_a_step
            rates_seen.append(float(np.mean(past)))
        self.place += 1
        if self.place == self.control.period:
            over = len(self.overflow) if self.control.mean == "seen" else self.control.period
            # The sums are exact; to divide them would round.
            moved = new_range(sum(self.overflow), sum(self.halved), self.most * over)
            self.radix = min(max(radix + moved, -6), 9)
            self.overflow, self.halved, self.place = [], [], 0

    @precondition(lambda self: self.place)
    @rule()
    def epoch_ends(self):
        """The place starts anew and the sums stay."""
        self.state, self.place = restart(self.state), 0

    @invariant()
    def same_state(self):
        """Both are in the same state."""
        if hasattr(self, "state"):
            counts = [round(sum(rates_seen) * self.size) for rates_seen in (self.overflow, self.halved)]
            batches = len(self.overflow)
            assert self.state == (self.radix, self.place, batches, batches * self.size, *counts)


@pytest.mark.clause(
    "dynamic/observe",
    "dynamic/count",
    "dynamic/rates",
    "dynamic/update",
    "dynamic/restart",
    "dynamic/at-end",
    "dynamic/past-end",
)
class TestControllers(Controllers.TestCase):
    """Hypothesis runs the machines."""
