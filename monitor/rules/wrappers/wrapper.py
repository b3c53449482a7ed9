"""What all wrappers share: they need and are what the condition inside needs and is."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.alert import Compared
from monitor.model.frame import Frame
from monitor.model.metric import Unit
from monitor.rules.conditions.condition import Condition
from monitor.rules.expression.nodes import Expression


@dataclass(frozen=True, slots=True)
class Wrapper(Condition):
    """A condition around `inner`."""

    inner: Condition

    @property
    def remembers(self) -> tuple[str, ...]:
        """The inner one's."""
        return self.inner.remembers

    @property
    def lags(self) -> tuple[int, ...]:
        """The inner one's."""
        return self.inner.lags

    @property
    def dense(self) -> bool:
        """As the inner one."""
        return self.inner.dense

    @property
    def clocked(self) -> bool:
        """As the inner one."""
        return self.inner.clocked

    @property
    def pulse(self) -> bool:
        """As the inner one."""
        return self.inner.pulse

    @property
    def lasts(self) -> bool:
        """As the inner one."""
        return self.inner.lasts

    @property
    def tells_end(self) -> bool:
        """As the inner one."""
        return self.inner.tells_end

    @property
    def operands(self) -> tuple[Expression, ...]:
        """The inner one's."""
        return self.inner.operands

    @property
    def compared(self) -> Compared:
        """As the inner one."""
        return self.inner.compared

    def unit(self, watched: Unit) -> Unit:
        """The inner one's."""
        return self.inner.unit(watched)

    def instances(self, watch: Frame) -> Frame:
        """The inner one's."""
        return self.inner.instances(watch)
